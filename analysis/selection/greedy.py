"""A good choice without a solver: most people per yuan first, with everything that a project waits for.

It stands beside the exact search, so that stopping early still answers, and it fills what is left of the money
after an answer within the gap (greedy for maximal covering: Church & ReVelle 1974).
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping

from analysis.selection.case import SLACK, Case
from analysis.selection.judge import broken, reached, served_years
from analysis.selection.model import Aim, RuleKind


class _Builder:
    """A choice under construction that never breaks a rule of the kind “at most”."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.built: dict[int, int] = {}
        self.served: dict[int, int] = {}
        self.spent = [0] * len(case.money)
        self.caps: list[float] = []
        self.tallies_of: list[list[tuple[int, int]]] = [[] for _ in case.options]
        for rule in case.rules:
            if rule.kind is RuleKind.AT_MOST:
                self._cap(rule.amount, [(at, case.amount_of(rule, at)) for at in case.under(rule)])
            elif rule.kind is RuleKind.EXCLUSIVE:
                self._cap(1, [(at, 1) for at in sorted({case.position[no] for no in rule.options})])
        self.used = [0] * len(self.caps)

    def _cap(self, most: float, parts: Iterable[tuple[int, int]]) -> None:
        for at, amount in parts:
            self.tallies_of[at].append((len(self.caps), amount))
        self.caps.append(most)

    def missing(self, option: int) -> list[int]:
        """Return what must still be built for `option`, itself included."""
        return [at for at in self.case.closures[option] if at not in self.built]

    def place(self, option: int, wished: Mapping[int, int] | None = None) -> bool:
        """Build `option` and what it waits for, in the wished years or the earliest that the money allows."""
        missing = self.missing(option)
        if not missing:
            return True
        if any(at in self.case.barred for at in missing):
            return False
        if wished is not None:
            return option in wished and self._build(
                {at: min(wished.get(at, wished[option]), wished[option]) for at in missing}
            )
        ready = max((self.built[at] for at in self.case.closures[option] if at in self.built), default=0)
        years = range(ready, len(self.case.years))
        return any(self._build(dict.fromkeys(missing, year)) for year in years)

    def _build(self, years: Mapping[int, int]) -> bool:
        case = self.case
        for at, year in years.items():
            if not case.allowed[at][year]:
                return False
            if any(self.built.get(first, years.get(first, year)) > year for first in case.firsts[at]):
                return False
        spent: dict[int, int] = {}
        used: dict[int, int] = {}
        for at, year in years.items():
            for row in case.rows_of.get((case.options[at].kind, year), ()):
                spent[row] = spent.get(row, 0) + case.options[at].cost_yuan
            for tally, amount in self.tallies_of[at]:
                used[tally] = used.get(tally, 0) + amount
        if any(self.spent[row] + more > case.money[row].yuan for row, more in spent.items()):
            return False
        if any(self.used[tally] + more > self.caps[tally] for tally, more in used.items()):
            return False
        for row, more in spent.items():
            self.spent[row] += more
        for tally, more in used.items():
            self.used[tally] += more
        self.built.update(years)
        for at, year in years.items():
            for group in case.groups_of[at]:
                self.served[group] = min(year, self.served.get(group, year))
        return True

    def rate(self, option: int, only: Mapping[int, float] | None = None) -> float:
        """People whom building `option` would newly serve, per yuan of all that must be built for it."""
        missing = self.missing(option)
        cost = sum(self.case.options[at].cost_yuan for at in missing)
        new = {group for at in missing for group in self.case.groups_of[at] if group not in self.served}
        if only is None:
            people = sum(self.case.groups[group].people for group in new)
        else:
            people = sum(only.get(group, 0.0) for group in new)
        return people / max(cost, 1)

    def fill(self, options: Iterable[int], only: Mapping[int, float] | None = None) -> None:
        """Build options by falling rate until nothing more fits or serves anyone."""
        heap = [(-self.rate(at, only), at) for at in options if at not in self.built]
        heapq.heapify(heap)
        while heap:
            known, at = heapq.heappop(heap)
            if at in self.built:
                continue
            rate = self.rate(at, only)
            if rate <= 0:
                continue
            if -rate > known and heap and -rate > heap[0][0]:
                heapq.heappush(heap, (-rate, at))
                continue
            self.place(at)


def greedy(case: Case, keep: Mapping[int, int] | None = None) -> dict[int, int] | None:
    """Return a choice that keeps every rule, by positions, or None if this simple way finds none.

    With `keep`, as much of that choice as the rules allow is built first, best rate first; if all of it is allowed,
    all of it is kept and only added to.
    """
    builder = _Builder(case)
    kept = keep or {}
    for rule in case.rules:
        if rule.kind is RuleKind.MUST:
            for no in sorted(rule.options):
                at = case.position[no]
                if not (at in kept and builder.place(at, kept)) and not builder.place(at):
                    return None
    everything = range(len(case.options))
    by_rate = sorted(kept, key=lambda at: (-builder.rate(at), at))
    for at in by_rate:
        builder.place(at, kept)
    for rule in case.rules:
        if rule.kind is RuleKind.FAIR:
            for place in case.townships(rule):
                _reach(builder, place.parts, rule.amount * place.people)
        elif rule.kind is RuleKind.AT_LEAST:
            _amount(builder, rule.amount, {at: case.amount_of(rule, at) for at in case.under(rule)})
    builder.fill(everything)
    return None if broken(case, builder.built) else prune(case, builder.built)


def _reach(builder: _Builder, parts: Mapping[int, float], people: float) -> None:
    """Serve at least so many of the people of a place, by falling rate."""
    case = builder.case
    near = sorted({at for group in parts for at in case.groups[group].options})
    while sum(parts[group] for group in parts if group in builder.served) < people:
        near = [at for at in near if at not in builder.built and builder.rate(at, parts) > 0]
        if not near:
            return
        best = max(near, key=lambda at: (builder.rate(at, parts), -at))
        near.remove(best)
        builder.place(best)


def _amount(builder: _Builder, least: float, amounts: Mapping[int, int]) -> None:
    """Build until the options of a rule add up to `least`; those that serve most per yuan first."""
    reached = sum(amount for at, amount in amounts.items() if at in builder.built)
    for at in sorted(amounts, key=lambda at: (-builder.rate(at), builder.case.options[at].cost_yuan, at)):
        if reached >= least:
            return
        if at not in builder.built and builder.place(at):
            reached = sum(amount for one, amount in amounts.items() if one in builder.built)


def prune(case: Case, built: Mapping[int, int]) -> dict[int, int]:
    """Take away, costliest first, what could go without a loss to the aim or to any rule."""
    left = dict(built)
    held = _Held(case, left)
    waiting = Counter(first for option in left for first in case.firsts[option])
    for option in sorted(built, key=lambda at: (-case.options[at].cost_yuan, -at)):
        later = _later_without(case, left, option)
        lost = [group for group, year in later.items() if year is None]
        if waiting[option] or not _idle(case, left, later) or not held.without(option, lost):
            continue
        del left[option]
        waiting.subtract(case.firsts[option])
    return left


class _Held:
    """What the rules that ask for something have beyond what they ask for."""

    def __init__(self, case: Case, built: Mapping[int, int]) -> None:
        self.surplus: list[float] = []
        self.of_option: dict[int, list[tuple[int, float]]] = {}
        self.of_group: dict[int, list[tuple[int, float]]] = {}
        served = served_years(case, built)
        for rule in case.rules:
            if rule.kind is RuleKind.AT_LEAST:
                amounts: dict[int, float] = {at: case.amount_of(rule, at) for at in case.under(rule)}
                self._hold(self.of_option, amounts, built, rule.amount)
            elif rule.kind is RuleKind.MUST:
                for no in rule.options:
                    self._hold(self.of_option, {case.position[no]: 1.0}, built, 1.0)
            elif rule.kind is RuleKind.FAIR:
                for place in case.townships(rule):
                    self._hold(self.of_group, place.parts, served, rule.amount * place.people - SLACK)

    def _hold(
        self,
        index: dict[int, list[tuple[int, float]]],
        parts: Mapping[int, float],
        there: Mapping[int, int],
        least: float,
    ) -> None:
        for at, amount in parts.items():
            index.setdefault(at, []).append((len(self.surplus), amount))
        self.surplus.append(sum(amount for at, amount in parts.items() if at in there) - least)

    def without(self, option: int, lost: Iterable[int]) -> bool:
        """Take an option away with the groups that only it serves, if the rules allow; return whether they do."""
        taken: dict[int, float] = {}
        for number, amount in self.of_option.get(option, ()):
            taken[number] = taken.get(number, 0.0) + amount
        for group in lost:
            for number, amount in self.of_group.get(group, ()):
                taken[number] = taken.get(number, 0.0) + amount
        if any(self.surplus[number] < amount for number, amount in taken.items() if amount > 0):
            return False
        for number, amount in taken.items():
            self.surplus[number] -= amount
        return True


def _later_without(case: Case, built: Mapping[int, int], option: int) -> dict[int, int | None]:
    """Groups that would be served later (or never: None) without an option."""
    later: dict[int, int | None] = {}
    for group in case.groups_of[option]:
        others = (built[at] for at in case.groups[group].options if at != option and at in built)
        year = min(others, default=None)
        if case.groups[group].people > 0 and (year is None or year > built[option]):
            later[group] = year
    return later


def _idle(case: Case, built: Mapping[int, int], later: Mapping[int, int | None]) -> bool:
    """Whether the aim stays the same when these groups are served later or never."""
    if case.problem.aim is not Aim.VILLAGES:
        return not later
    for number in {number for group in later for number in case.villages_of.get(group, ())}:
        village = case.villages[number]
        now = {
            group: min(years)
            for group in village.parts
            if (years := [built[at] for at in case.groups[group].options if at in built])
        }
        then = {group: year for group, year in {**now, **later}.items() if year is not None}
        if reached(village.parts, village.short, now) != reached(village.parts, village.short, then):
            return False
    return True


def drop(case: Case, built: Mapping[int, int], option: int) -> dict[int, int]:
    """Return a choice without `option` and without everything that waits for it."""
    return {at: year for at, year in built.items() if option not in case.closures[at]}
