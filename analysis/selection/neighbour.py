"""Near a choice: the best one with a candidate turned around, and the cost at which the candidate breaks even.

Searching the whole problem anew would mix the candidate's effect with whatever else a search within a gap of a per cent
happens to find; `whole` asks for that all the same.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import highspy

from analysis.selection.case import Case
from analysis.selection.core import LEAST_SECONDS, search_core
from analysis.selection.errors import NothingFound
from analysis.selection.formulation import YUAN, Formulation
from analysis.selection.greedy import drop, greedy
from analysis.selection.infeasible import in_the_way
from analysis.selection.judge import BUDGET, broken, positions, worth
from analysis.selection.model import Choice, Outcome, Rule, RuleKind
from analysis.selection.program import Model
from analysis.selection.solve import search

WITHIN_PEOPLE = 0.5
"""A difference is settled when it is known to half a person."""
_CLOSE_PEOPLE, _THRIFT = 0.2, 0.01
"""Neighbours have few free options, so they are searched as closely as that, and thrift hardly blurs them."""
_WHOLE_GAP = 1e-4
_FORCED = "\0forced"
"""Id of the rule that a search of an alternative adds; no user can type it."""


@dataclass(frozen=True)
class Alternative:
    """`built` is None if nothing was found. None is worth more than `most`; minus infinity if there is none at all."""

    built: Mapping[int, int] | None
    most: float = -math.inf
    in_the_way: tuple[str, ...] = ()

    @property
    def impossible(self) -> bool:
        """Whether it is proved that there is none."""
        return self.built is None and self.most == -math.inf


def turn_around(case: Case, built: Mapping[int, int], at: int, *, seconds: float, whole: bool) -> Alternative:
    """Turn candidate `at` around: out if it is in, in if it is out."""
    end = time.monotonic() + seconds
    ruled = _ruled(case, built, at)
    if ruled:
        return Alternative(None, in_the_way=ruled)
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
        found = search(turned, gap=_WHOLE_GAP, seconds=left, warm=present, say_why=False, quick=True)
    except NothingFound:
        return Alternative(None, case.everyone)
    if found.outcome is Outcome.INFEASIBLE:
        rules = in_the_way(turned.problem, seconds=max(end - time.monotonic(), 1.0))
        return Alternative(None, in_the_way=tuple(rule for rule in rules if rule != _FORCED))
    return Alternative(positions(case, found.years), found.bound)


def _ruled(case: Case, built: Mapping[int, int], at: int) -> tuple[str, ...]:
    """Return the rules (or the money) that settle by themselves that `at` cannot be turned around."""
    if at in built:
        no = case.options[at].no
        return tuple(rule.id for rule in case.rules if rule.kind is RuleKind.MUST and no in rule.options)
    missing = [option for option in case.closures[at] if option not in built]
    dear = () if all(any(case.allowed[option]) for option in missing) else (BUDGET,)
    return forbidding(case, missing) or dear


def _neighbour(turned: Case, built: Mapping[int, int], at: int, *, seconds: float) -> Alternative | None:
    """Search near the choice; None if nothing near keeps the rules, so that one must look further."""
    greedily = greedy(turned, drop(turned, built, at) if at in built else built)
    found = [] if greedily is None else [greedily]
    formulation = Formulation(turned, thrift=_THRIFT)
    _stay_near(formulation, built, at)
    value = worth(turned, greedily) if greedily is not None else None
    run = search_core(
        formulation.program.model(),
        best=formulation.value(value.objective, value.cost_yuan) if value is not None else -math.inf,
        within=_CLOSE_PEOPLE * formulation.scale,
        seconds=seconds,
    )
    if run.status == highspy.HighsModelStatus.kInfeasible:
        return None
    if run.values is not None:
        exact = formulation.built(run.values.tolist())
        if not broken(turned, exact):
            found += [one for one in (exact, greedy(turned, exact)) if one is not None]
    most = min(formulation.bound(run.bound), turned.everyone)
    best = max(found, key=lambda one: worth(turned, one).objective, default=None)
    return Alternative(best, most)


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


def forbidding(case: Case, options: list[int]) -> tuple[str, ...]:
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


def breakeven_of(
    case: Case,
    built: Mapping[int, int],
    at: int,
    alternative: Alternative,
    *,
    seconds: float,
    whole: bool,
) -> tuple[int, int] | None:
    """Return the highest cost at which a choice with `at` is as good as the best without it, between two bounds.

    If the best without it is known but between bounds, the least cost is looked for at the upper one and the greatest
    at the lower one (in the relaxation).
    """
    if at in case.barred:
        return None
    if at not in built:
        least = most = worth(case, built).objective
    elif alternative.impossible:
        least = most = 0.0
    else:
        least = worth(case, alternative.built).objective if alternative.built is not None else 0.0
        most = alternative.most
    settled = most - least <= WITHIN_PEOPLE

    def priced(floor: float) -> Model:
        formulation = Formulation(case, free=at, floor=floor - 1e-9 * max(floor, 1.0))
        if not whole:
            _stay_near(formulation, built, at)
        return formulation.program.model()

    run = search_core(priced(least if settled else most), gap=_WHOLE_GAP, seconds=seconds)
    if settled and run.status == highspy.HighsModelStatus.kInfeasible:
        return None
    dearest = run.bound
    if not settled:
        relaxed = priced(least).relax(seconds=max(seconds, LEAST_SECONDS))
        dearest = relaxed.bound if relaxed is not None else math.inf
    limit = max(sum(pot.yuan for pot in case.budgets), case.options[at].cost_yuan)
    dearest = min(dearest / YUAN, limit) if math.isfinite(dearest) else limit
    lowest = run.objective / YUAN if math.isfinite(run.objective) else 0.0
    return int(max(lowest, 0.0) + 1e-3), int(max(dearest, lowest, 0.0) + 1e-3)


def same_price(between: tuple[int, int]) -> bool:
    """Whether a range of costs is as good as one cost."""
    return between[1] - between[0] <= max(1, 2 * _WHOLE_GAP * between[1])
