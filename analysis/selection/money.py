"""Which source can pay for what: the conditions under which the money suffices, and its exact division.

A *pot* is one `Budget`: money of one source in one year, for some kinds of candidates. The costs of a year can be
paid if and only if, for every set of pots, the projects that only these pots may pay for cost no more than the pots
hold (Hall's condition for a transport problem; Gale 1957, "A theorem on flows in networks"). Written so, the money
needs no variables of its own, and the solver sees plain knapsacks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis.selection.model import Budget, Option, Payment


@dataclass(frozen=True)
class MoneyRow:
    """In `year` the projects of `kinds`, which only these `pots` may pay for, cost at most `yuan` together."""

    year: int
    kinds: frozenset[str]
    pots: frozenset[int]
    yuan: int


def money_rows(kinds: Iterable[str], budgets: Sequence[Budget]) -> tuple[MoneyRow, ...]:
    """Return rows that hold together exactly when every project can be paid by pots that may pay for it.

    Only sets of pots that are unions of the pots of single kinds matter; with a handful of sources there are few.
    """
    rows = []
    for year in sorted({budget.year for budget in budgets}):
        payers = {kind: _payers(kind, year, budgets) for kind in sorted(set(kinds))}
        unions: set[frozenset[int]] = set()
        for own in payers.values():
            unions |= {own | other for other in unions} | {own}
        for union in sorted(unions, key=sorted):
            only = frozenset(kind for kind, own in payers.items() if own <= union)
            rows.append(MoneyRow(year, only, union, sum(budgets[pot].yuan for pot in union)))
    return tuple(rows)


def _payers(kind: str, year: int, budgets: Sequence[Budget]) -> frozenset[int]:
    return frozenset(
        pot
        for pot, budget in enumerate(budgets)
        if budget.year == year and (not budget.kinds or kind in budget.kinds)
    )


def divide(
    options: Mapping[str, Option], years: Mapping[str, int], budgets: Sequence[Budget]
) -> tuple[Payment, ...] | None:
    """Divide the costs of the chosen options over the pots, to the yuan; None if the money does not suffice.

    `years` says in which year each chosen option is built. A project may be paid by several sources; that happens
    only where a pot runs out in the middle of one.
    """
    paid: dict[tuple[str, str, int], int] = {}
    for year in sorted(set(years.values())):
        built = sorted(no for no, when in years.items() if when == year)
        costs: dict[str, int] = {}
        for no in built:
            costs[options[no].kind] = costs.get(options[no].kind, 0) + options[no].cost_yuan
        flow = _flow(costs, year, budgets)
        if flow is None:
            return None
        for no in built:
            option, left = options[no], options[no].cost_yuan
            for pot, budget in enumerate(budgets):
                part = min(left, flow.get((option.kind, pot), 0))
                if part > 0:
                    flow[option.kind, pot] -= part
                    left -= part
                    key = (no, budget.source, year)
                    paid[key] = paid.get(key, 0) + part
    return tuple(Payment(no, source, year, yuan) for (no, source, year), yuan in paid.items())


def _flow(
    costs: Mapping[str, int], year: int, budgets: Sequence[Budget]
) -> dict[tuple[str, int], int] | None:
    """Yuan that each pot pays for each kind: a greatest flow by augmenting paths (Ford and Fulkerson), in integers."""
    payers = {kind: sorted(_payers(kind, year, budgets)) for kind in costs}
    left = {pot: budgets[pot].yuan for pots in payers.values() for pot in pots}
    flow: dict[tuple[str, int], int] = {}
    for kind in sorted(costs, key=lambda kind: (len(payers[kind]), kind)):
        owed = costs[kind]
        while owed > 0:
            path = _path(kind, payers, left, flow)
            if path is None:
                return None
            step = min(owed, left[path[-1][1]])
            for (_, pot), (follower, _) in pairwise(path):
                step = min(step, flow[follower, pot])
            for payee, pot in path:
                flow[payee, pot] = flow.get((payee, pot), 0) + step
            for (_, pot), (follower, _) in pairwise(path):
                flow[follower, pot] -= step
            left[path[-1][1]] -= step
            owed -= step
    return flow


def _path(
    kind: str,
    payers: Mapping[str, Sequence[int]],
    left: Mapping[int, int],
    flow: Mapping[tuple[str, int], int],
) -> list[tuple[str, int]] | None:
    """Shortest chain of (kind, pot): the last pot has money left, each other pot can be freed by the next kind."""
    queue: list[list[tuple[str, int]]] = [[(kind, pot)] for pot in payers[kind]]
    seen = set(payers[kind])
    for path in queue:
        pot = path[-1][1]
        if left[pot] > 0:
            return path
        for other, pots in payers.items():
            if flow.get((other, pot), 0) > 0:
                for further in pots:
                    if further not in seen:
                        seen.add(further)
                        queue.append([*path, (other, further)])
    return None
