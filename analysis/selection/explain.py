"""Why a candidate is in a choice or not, and what would change it.

Every number here compares the present choice with a *neighbour* of it, searched exactly with everything else as it
is: without the candidate, the money that becomes free goes where it does most good; with it, what is least missed
gives way. Searching the whole problem anew would mix the candidate's effect with whatever else a search within a gap
of a per cent happens to find; `whole` asks for that all the same.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import highspy

from analysis.selection.case import Case
from analysis.selection.check import validate
from analysis.selection.errors import NothingFound, UnknownOption
from analysis.selection.formulation import YUAN, Formulation
from analysis.selection.greedy import drop, greedy
from analysis.selection.infeasible import in_the_way
from analysis.selection.judge import BUDGET, broken, positions, served_years, worth
from analysis.selection.model import Choice, Outcome, Problem, Rule, RuleKind
from analysis.selection.solve import search

WITHIN_PEOPLE = 0.5
"""Neighbours have few free options, so they are searched to half a person."""
_WHOLE_GAP = 1e-4
_FORCED = "\0forced"
"""Id of the rule that a search of an alternative adds; no user can type it."""


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


@dataclass(frozen=True)
class Explanation:
    """What is to be said of one candidate.

    Attributes
    ----------
    people : whom it serves; `people_alone`: whom no other chosen candidate serves.
    people_per_million : people_alone per million yuan of its cost (None if it costs nothing).
    served_by : chosen candidates that serve some of the same people.
    firsts : what it waits for and is not chosen; `dependents`: chosen candidates that wait for it.
    possible : whether a choice exists with it turned around (in instead of out, or out instead of in).
    people_change, objective_change : the alternative less the present choice.
    added, dropped : candidates that come in and go out beside it in the alternative.
    breakeven_yuan : the highest cost at which a choice with it is as good as one without it; for a candidate that is
        out, the cost below which it would come in. None if not even a gift would, or if it was not settled in time.
    gap : how far the alternative may be from the best one (share), as in `Choice`.
    whole : whether the whole problem was searched, not the neighbours.
    """

    no: str
    chosen: bool
    year: int | None
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]
    cost_yuan: int
    people: float
    people_alone: float
    people_per_million: float | None
    served_by: tuple[str, ...]
    firsts: tuple[str, ...]
    dependents: tuple[str, ...]
    possible: bool
    people_change: float
    objective_change: float
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    breakeven_yuan: int | None
    gap: float
    whole: bool
    seconds: float


@dataclass(frozen=True)
class _Alternative:
    built: Mapping[int, int] | None
    gap: float = 0.0
    in_the_way: tuple[str, ...] = ()


def explain(
    problem: Problem, choice: Choice, no: str, *, seconds: float = 5.0, whole: bool = False
) -> Explanation:
    """Return why candidate `no` is in `choice` or not, and what would change it.

    Parameters
    ----------
    choice : an answer of `solve` to `problem`, or any choice that keeps its rules.
    seconds : time for both searches (the alternative and the break-even cost).
    whole : search the whole problem for the alternative, instead of the neighbours of the choice.

    Raises
    ------
    SelectionError : `problem` is unsound or has no candidate `no`.
    """
    began = time.monotonic()
    validate(problem)
    case = Case(problem)
    if no not in case.position:
        raise UnknownOption(where="explain", no=no)
    at, built = case.position[no], positions(case, choice.years)
    others = {other: year for other, year in built.items() if other != at}
    served = served_years(case, others)
    own = case.groups_of[at]
    people = sum(case.groups[group].people for group in own)
    alone = sum(case.groups[group].people for group in own if group not in served)
    alternative = _alternative(case, built, at, seconds=seconds * 0.6, whole=whole)
    now = worth(case, built)
    then = worth(case, alternative.built) if alternative.built is not None else now
    reasons, rules = _reasons(case, built, at, alternative, alone, then.objective - now.objective)
    left = max(seconds - (time.monotonic() - began), 0.5)
    cost = case.options[at].cost_yuan
    return Explanation(
        no=no,
        chosen=at in built,
        year=case.years[built[at]] if at in built else None,
        reasons=reasons,
        rules=rules,
        cost_yuan=cost,
        people=people,
        people_alone=alone,
        people_per_million=alone * 1e6 / cost if cost else None,
        served_by=case.numbers({o for group in own for o in case.groups[group].options if o in others}),
        firsts=case.numbers(first for first in case.closures[at] if first != at and first not in built),
        dependents=case.numbers(other for other in others if at in case.closures[other]),
        possible=alternative.built is not None,
        people_change=then.people - now.people,
        objective_change=then.objective - now.objective,
        added=case.numbers(set(alternative.built or ()) - set(built) - {at}) if alternative.built else (),
        dropped=case.numbers(set(built) - set(alternative.built) - {at}) if alternative.built else (),
        breakeven_yuan=_breakeven(case, built, at, alternative.built, seconds=left, whole=whole),
        gap=alternative.gap,
        whole=whole,
        seconds=time.monotonic() - began,
    )


def _alternative(
    case: Case, built: Mapping[int, int], at: int, *, seconds: float, whole: bool
) -> _Alternative:
    """Turn candidate `at` around: out if it is in, in if it is out."""
    end = time.monotonic() + seconds
    ruled = _ruled(case, built, at)
    if ruled:
        return _Alternative(None, in_the_way=ruled)
    kind = RuleKind.NEVER if at in built else RuleKind.MUST
    rule = Rule(_FORCED, kind, options=(case.options[at].no,))
    turned = Case(replace(case.problem, rules=(*case.problem.rules, rule)))
    near = None if whole else _neighbour(turned, built, at, seconds=seconds)
    if near is not None:
        return near
    warm = drop(case, built, at) if at in built else dict(built)
    years = {case.options[option].no: case.years[year] for option, year in warm.items()}
    present = Choice(Outcome.STOPPED, years, (), 0.0, {}, 0, 0.0, 0.0, 0.0, 0.0)
    left = max(end - time.monotonic(), 0.5)
    try:
        found = search(turned, gap=_WHOLE_GAP, seconds=left, warm=present, say_why=False)
    except NothingFound:
        return _Alternative(None, 1.0)
    if found.outcome is Outcome.INFEASIBLE:
        rules = in_the_way(turned.problem, seconds=max(end - time.monotonic(), 1.0))
        return _Alternative(None, in_the_way=tuple(rule for rule in rules if rule != _FORCED))
    return _Alternative(positions(case, found.years), found.gap)


def _ruled(case: Case, built: Mapping[int, int], at: int) -> tuple[str, ...]:
    """Return the rules (or the money) that settle by themselves that `at` cannot be turned around."""
    if at in built:
        no = case.options[at].no
        return tuple(rule.id for rule in case.rules if rule.kind is RuleKind.MUST and no in rule.options)
    missing = [option for option in case.closures[at] if option not in built]
    dear = () if all(any(case.allowed[option]) for option in missing) else (BUDGET,)
    return _forbidding(case, missing) or dear


def _neighbour(turned: Case, built: Mapping[int, int], at: int, *, seconds: float) -> _Alternative | None:
    """Search near the choice; None if nothing near keeps the rules, so that one must look further."""
    formulation = Formulation(turned)
    _stay_near(formulation, built, at)
    run = formulation.program.run(gap=0.0, within=WITHIN_PEOPLE * formulation.scale, seconds=seconds)
    if run.status == highspy.HighsModelStatus.kInfeasible:
        return None
    found = [greedy(turned, drop(turned, built, at) if at in built else built)]
    if run.values is not None:
        exact = formulation.built(run.values.tolist())
        found += [exact, greedy(turned, exact)] if not broken(turned, exact) else []
    best = max((f for f in found if f is not None), key=lambda f: worth(turned, f).objective, default=None)
    if best is None:
        return _Alternative(None, 1.0)
    objective = worth(turned, best).objective
    bound = max(formulation.bound(run.bound), objective) if math.isfinite(run.bound) else turned.everyone
    return _Alternative(best, 1 - objective / bound if bound > 0 else 0.0)


def _stay_near(formulation: Formulation, built: Mapping[int, int], at: int) -> None:
    """Leave all as it is, but for what the turn of `at` touches.

    When `at` goes, the rest of the choice stays in its years, what waited for `at` goes too, and anything may be added.
    When it comes, what it waits for may be added, and anything may go.
    """
    case = formulation.case
    goes = at in built and formulation.free is None
    for option, columns in enumerate(formulation.build):
        if option == at:
            continue
        touched = at in case.closures[option] if goes else option in case.closures[at]
        for year, column in enumerate(columns):
            if option not in built:
                formulation.program.limit(column, 0.0, 1.0 if goes or touched else 0.0)
            elif not touched:
                stays = built[option] == year
                formulation.program.limit(column, float(stays and goes), float(stays))


def _breakeven(
    case: Case,
    built: Mapping[int, int],
    at: int,
    alternative: Mapping[int, int] | None,
    *,
    seconds: float,
    whole: bool,
) -> int | None:
    """Return the highest cost at which a choice with `at` is as good as the best without it (a MIP of its own)."""
    if at in case.barred:
        return None
    without = alternative if at in built else built
    floor = worth(case, without).objective if without is not None else 0.0
    formulation = Formulation(case, free=at, floor=floor - 1e-9 * max(floor, 1.0))
    if not whole:
        _stay_near(formulation, built, at)
    run = formulation.program.run(gap=_WHOLE_GAP, seconds=seconds)
    if run.status != highspy.HighsModelStatus.kOptimal:
        return None
    return int(run.objective / YUAN + 1e-3)


def _reasons(
    case: Case,
    built: Mapping[int, int],
    at: int,
    alternative: _Alternative,
    alone: float,
    change: float,
) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    if at in built:
        return _reasons_in(case, built, at, alternative)
    return _reasons_out(case, built, at, alternative, alone, change)


def _reasons_in(
    case: Case, built: Mapping[int, int], at: int, alternative: _Alternative
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
    if alternative.built is None and alternative.in_the_way and not musts:
        reasons.append(Reason.IMPOSSIBLE)
        kept += [rule for rule in alternative.in_the_way if rule not in kept]
    if (
        alternative.built is not None
        and worth(case, alternative.built).objective < worth(case, built).objective
    ):
        reasons.append(Reason.WORTH)
    return tuple(reasons or [Reason.AS_GOOD]), (*musts, *kept)


def _reasons_out(
    case: Case,
    built: Mapping[int, int],
    at: int,
    alternative: _Alternative,
    alone: float,
    change: float,
) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    missing = [option for option in case.closures[at] if option not in built]
    forbidding = _forbidding(case, missing)
    if forbidding:
        return (Reason.NEVER,), forbidding
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
    if alternative.built is None:
        reasons.append(Reason.IMPOSSIBLE)
        rules = tuple(dict.fromkeys((*rules, *alternative.in_the_way)))
    elif change < 0 and any(option not in alternative.built for option in built):
        reasons.append(Reason.MONEY)
    elif change >= 0 and not reasons:
        reasons.append(Reason.AS_GOOD)
    return tuple(reasons or [Reason.SERVES_NOBODY]), rules


def _forbidding(case: Case, options: list[int]) -> tuple[str, ...]:
    """Return the ids of the rules that bar any of these options."""
    found = []
    for rule in case.rules:
        if rule.kind is RuleKind.NEVER:
            barred = {case.position[no] for no in rule.options}
        elif rule.kind is RuleKind.NO_RELOCATION:
            barred = {option for option in case.under(rule) if case.options[option].relocation}
        else:
            continue
        if barred.intersection(options):
            found.append(rule.id)
    return tuple(found)
