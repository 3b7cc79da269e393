"""Why a candidate is in a choice or not, and what would change it.

Every number here compares the present choice with a *neighbour* of it, searched exactly with everything else as it
is: without the candidate, the money that becomes free goes where it does most good; with it, what is least missed
gives way. Searching the whole problem anew would mix the candidate's effect with whatever else a search within a gap
of a per cent happens to find; `whole` asks for that all the same.
"""

import time
from dataclasses import dataclass

from analysis.selection.case import Case
from analysis.selection.check import validate
from analysis.selection.errors import UnknownOption
from analysis.selection.judge import positions, served_years, worth
from analysis.selection.model import Choice, Problem
from analysis.selection.neighbour import WITHIN_PEOPLE, breakeven_of, same_price, turn_around
from analysis.selection.reasons import Reason, reasons_of, verdict_of

__all__ = ["Explanation", "Reason", "explain"]


@dataclass(frozen=True)
class Explanation:
    """What is to be said of one candidate.

    Attributes
    ----------
    people : whom it serves; `people_alone`: whom no other chosen candidate serves.
    people_per_million : people_alone per million yuan of its cost (None if it costs nothing).
    served_by : chosen candidates that serve some of the same people.
    firsts : what it waits for and is not chosen; `dependents`: chosen candidates that wait for it.
    possible : False if it is proved that no choice exists with it turned around (in instead of out, or out instead of
        in).
    people_change, objective_change : the best alternative found less the present choice (discounted: the objective);
        all is lost if none was found in time.
    objective_change_most : no alternative of the kind that was searched (`whole` or near) is better than this.
    settled : whether the two are the same to half a person. If not, the time was short: only the range from
        `objective_change` to `objective_change_most` holds, and `people_change` is but that of the best found.
    added, dropped : candidates that come in and go out beside it in the alternative.
    breakeven_yuan : the highest cost at which a choice with it is as good as one without it; for a candidate that is
        out, the cost below which it would come in. None if not even a gift would, or if it was not settled in time.
    breakeven_range_yuan : at least and at most this is the break-even cost; None only if not even a gift would come
        in (both are `breakeven_yuan` when that is settled).
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
    objective_change_most: float
    settled: bool
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    breakeven_yuan: int | None
    breakeven_range_yuan: tuple[int, int] | None
    whole: bool
    seconds: float


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
    alternative = turn_around(case, built, at, seconds=seconds * 0.6, whole=whole)
    now = worth(case, built)
    then = now if alternative.impossible else worth(case, alternative.built or {})
    change, most = then.objective - now.objective, max(alternative.most - now.objective, -now.objective)
    if alternative.impossible or most < change:
        most = change
    settled = most - change <= WITHIN_PEOPLE
    verdict = verdict_of(alternative, change, most)
    reasons, rules = reasons_of(case, built, at, alternative, alone, verdict)
    left = max(seconds - (time.monotonic() - began), 0.5)
    breakeven = breakeven_of(case, built, at, alternative, seconds=left, whole=whole)
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
        possible=not alternative.impossible,
        people_change=then.people - now.people,
        objective_change=change,
        objective_change_most=most,
        settled=settled,
        added=case.numbers(set(alternative.built or ()) - set(built) - {at}),
        dropped=() if alternative.built is None else case.numbers(set(built) - set(alternative.built) - {at}),
        breakeven_yuan=breakeven[0] if breakeven is not None and same_price(breakeven) else None,
        breakeven_range_yuan=breakeven,
        whole=whole,
        seconds=time.monotonic() - began,
    )
