"""The reasons that a candidate is in a choice or out of it, from the rules and from what turning it around brings."""

from collections.abc import Mapping
from enum import StrEnum

from analysis.selection.case import Case
from analysis.selection.greedy import drop
from analysis.selection.judge import BUDGET, broken
from analysis.selection.model import RuleKind
from analysis.selection.neighbour import WITHIN_PEOPLE, Alternative, forbidding


class Reason(StrEnum):
    """Why a candidate is in (the first four) or out; the page has the words."""

    MUST = "must"
    """A rule demands it (`rules`)."""
    NEEDED_BY = "needed_by"
    """Chosen candidates wait for it (`dependents`)."""
    KEEPS_RULE = "keeps_rule"
    """Without it a rule would be broken (`rules`)."""
    WORTH = "worth"
    """It serves people at this price better than anything in its place would."""
    NEVER = "never"
    """A rule forbids it or what it waits for (`rules`)."""
    NO_SOURCE = "no_source"
    """No source may pay for its kind."""
    TOO_DEAR = "too_dear"
    """It costs more than all money of any one year that may pay for it."""
    AGAINST_RULE = "against_rule"
    """Adding it to the choice would break a rule (`rules`): an exclusion, or an “at most”."""
    SERVED = "served"
    """All its people are served already (`served_by`)."""
    SERVES_NOBODY = "serves_nobody"
    """It adds nothing to the aim."""
    MONEY = "money"
    """The money for it would have to be taken from what brings more (`dropped`)."""
    IMPOSSIBLE = "impossible"
    """No choice with it (or, for a chosen one, without it) keeps the rules (`rules`)."""
    AS_GOOD = "as_good"
    """With it the choice would be as good, or better: it is out by a tie or within the gap."""
    OPEN = "open"
    """The time was too short to tell whether the choice would be better or worse with it turned around."""


class Verdict(StrEnum):
    """How the choice with the candidate turned around compares with the present one."""

    IMPOSSIBLE = "impossible"
    WORSE = "worse"
    AS_GOOD = "as_good"
    OPEN = "open"


def verdict_of(alternative: Alternative, change: float, most: float) -> Verdict:
    if alternative.impossible:
        return Verdict.IMPOSSIBLE
    if alternative.built is not None and change >= 0:
        return Verdict.AS_GOOD
    return Verdict.WORSE if most < 0 or most - change <= WITHIN_PEOPLE else Verdict.OPEN


def reasons_of(
    case: Case,
    built: Mapping[int, int],
    at: int,
    alternative: Alternative,
    alone: float,
    verdict: Verdict,
) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    if at in built:
        return _reasons_in(case, built, at, alternative, verdict)
    return _reasons_out(case, built, at, alternative, alone, verdict)


def _reasons_in(
    case: Case, built: Mapping[int, int], at: int, alternative: Alternative, verdict: Verdict
) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    reasons: list[Reason] = []
    no = case.options[at].no
    musts = [rule.id for rule in case.rules if rule.kind is RuleKind.MUST and no in rule.options]
    if musts:
        reasons.append(Reason.MUST)
    if any(other != at and at in case.closures[other] for other in built):
        reasons.append(Reason.NEEDED_BY)
    kept = [rule for rule in broken(case, drop(case, built, at)) if rule not in musts]
    if kept:
        reasons.append(Reason.KEEPS_RULE)
    if alternative.impossible and alternative.in_the_way and not musts:
        reasons.append(Reason.IMPOSSIBLE)
        kept += [rule for rule in alternative.in_the_way if rule not in kept]
    if verdict is Verdict.WORSE:
        reasons.append(Reason.WORTH)
    elif verdict is Verdict.OPEN:
        reasons.append(Reason.OPEN)
    return tuple(reasons or [Reason.AS_GOOD]), (*musts, *kept)


def _reasons_out(
    case: Case,
    built: Mapping[int, int],
    at: int,
    alternative: Alternative,
    alone: float,
    verdict: Verdict,
) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    missing = [option for option in case.closures[at] if option not in built]
    barring = forbidding(case, missing)
    if barring:
        return (Reason.NEVER,), barring
    payers = [pot for pot in case.budgets if not pot.kinds or case.options[at].kind in pot.kinds]
    if case.options[at].cost_yuan > 0 and not any(pot.yuan > 0 for pot in payers):
        return (Reason.NO_SOURCE,), (BUDGET,)
    if not any(case.allowed[at]):
        return (Reason.TOO_DEAR,), (BUDGET,)
    reasons: list[Reason] = []
    last = len(case.years) - 1
    rules = tuple(rule for rule in broken(case, {**built, **dict.fromkeys(missing, last)}) if rule != BUDGET)
    if rules:
        reasons.append(Reason.AGAINST_RULE)
    if not case.groups_of[at]:
        reasons.append(Reason.SERVES_NOBODY)
    elif alone == 0:
        reasons.append(Reason.SERVED)
    if verdict is Verdict.IMPOSSIBLE:
        reasons.append(Reason.IMPOSSIBLE)
        rules = tuple(dict.fromkeys((*rules, *alternative.in_the_way)))
    elif verdict is Verdict.OPEN:
        reasons.append(Reason.OPEN)
    elif verdict is Verdict.WORSE and any(option not in (alternative.built or ()) for option in built):
        reasons.append(Reason.MONEY)
    elif verdict is Verdict.AS_GOOD and not reasons:
        reasons.append(Reason.AS_GOOD)
    return tuple(reasons or [Reason.SERVES_NOBODY]), rules
