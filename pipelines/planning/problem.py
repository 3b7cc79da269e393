"""The question to the optimiser, made from candidates."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from analysis.proposals.model import Candidate, NotServed
from analysis.selection.model import Aim, Budget, Demand, Option, Problem, Rule
from layers.codes import Need
from store.planning.people import village_people


def problem_of(
    candidates: Sequence[Candidate],
    *,
    budgets: Sequence[Budget],
    rules: Sequence[Rule] = (),
    without: Iterable[NotServed] = (),
    aim: Aim = Aim.PEOPLE,
    village_target: float = 0.95,
    supplied: dict[str, float] | None = None,
    later_discount: float = 0.02,
) -> Problem:
    """Return the problem of choosing among candidates.

    A demand that several candidates serve is one demand. Candidates that need another first which is not among them
    (`orphans`) are no options.

    Parameters
    ----------
    without : people for whom nothing was found: demands that no option serves, for the shares of their villages.
    supplied : people who have the thing already, as `supplied_people` gives them; matters for `Aim.VILLAGES`.
    """
    lost = orphans(candidates)
    options = tuple(
        Option(
            no=one.no,
            kind=str(one.kind),
            admin_code=one.admin_code,
            cost_yuan=round(one.cost_yuan),
            demands=tuple(dict.fromkeys(served.key for served in one.served)),
            needs_first=one.needs_first,
            relocation=one.relocation,
        )
        for one in sorted(candidates, key=lambda one: one.no)
        if one.no not in lost
    )
    return Problem(
        options=options,
        demands=_demands(candidates, without),
        budgets=tuple(budgets),
        rules=tuple(rules),
        aim=aim,
        village_target=village_target,
        supplied=supplied or {},
        later_discount=later_discount,
    )


def _demands(candidates: Iterable[Candidate], without: Iterable[NotServed]) -> tuple[Demand, ...]:
    """Each demand once, with the most people that anything says of it: an older drawing may count fewer."""
    found: dict[str, Demand] = {}
    everyone = [*(one for c in candidates for one in c.served), *(one.served for one in without)]
    for one in everyone:
        held = found.get(one.key)
        people = one.people if held is None else max(held.people, one.people)
        found[one.key] = Demand(one.key, str(one.need), one.admin_code, people)
    return tuple(found[key] for key in sorted(found))


def orphans(candidates: Iterable[Candidate]) -> frozenset[str]:
    """Numbers of the candidates that need another first which is not there, directly or by one of those."""
    waiting = {one.no: one for one in candidates}
    while True:
        lost = [no for no, one in waiting.items() if any(first not in waiting for first in one.needs_first)]
        if not lost:
            return frozenset(one.no for one in candidates) - waiting.keys()
        for no in lost:
            del waiting[no]


def supplied_people(
    connection: sa.Connection,
    needs: Sequence[Need],
    candidates: Sequence[Candidate],
    without: Sequence[NotServed],
    prefixes: Sequence[str] = ("",),
) -> dict[str, float]:
    """People of each village who have a thing already, by ``need:admin_code``: all of them less those who lack it."""
    people = village_people(connection, prefixes)
    supplied = {f"{need}:{code}": held for need in needs for code, held in people.items()}
    for demand in _demands(candidates, without):
        key = f"{demand.need}:{demand.admin_code}"
        if key in supplied:
            supplied[key] = max(0.0, supplied[key] - demand.people)
    return supplied
