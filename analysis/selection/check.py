"""Is the question sound? Says what is wrong before any search begins."""

import math
from collections import Counter
from collections.abc import Iterable

from analysis.selection.errors import (
    BadShare,
    DuplicateNumber,
    EmptyRule,
    NegativeAmount,
    NoBudget,
    PrecedenceCycle,
    UnknownDemand,
    UnknownOption,
)
from analysis.selection.model import Option, Problem, RuleKind

_LEAST_OPTIONS = {RuleKind.TOGETHER: 2, RuleKind.EXCLUSIVE: 2, RuleKind.MUST: 1, RuleKind.NEVER: 1}


def validate(problem: Problem) -> None:
    """Raise the first `SelectionError` that applies to `problem`; return if there is none.

    Two `TOGETHER` rules may name each other's candidates (both or none); `needs_first` in a circle is an error,
    for nothing in it could be built first.
    """
    if not problem.budgets:
        raise NoBudget()
    _once((option.no for option in problem.options), "options")
    _once((demand.key for demand in problem.demands), "demands")
    _once((rule.id for rule in problem.rules), "rules")
    _amounts(problem)
    _names(problem)
    _no_circle(problem.options)


def _once(numbers: Iterable[str], what: str) -> None:
    for no, times in Counter(numbers).items():
        if times > 1:
            raise DuplicateNumber(no=no, what=what)


def _amounts(problem: Problem) -> None:
    amounts: list[tuple[str, float]] = [(option.no, option.cost_yuan) for option in problem.options]
    amounts += [(demand.key, demand.people) for demand in problem.demands]
    amounts += [(f"{budget.source} {budget.year}", budget.yuan) for budget in problem.budgets]
    amounts += [(rule.id, rule.amount) for rule in problem.rules]
    amounts += list(problem.supplied.items())
    for where, value in amounts:
        if not (math.isfinite(value) and value >= 0):
            raise NegativeAmount(where=where, value=value)
    shares = [("village_target", problem.village_target), ("later_discount", problem.later_discount)]
    shares += [(rule.id, rule.amount) for rule in problem.rules if rule.kind is RuleKind.FAIR]
    for where, value in shares:
        if not 0 <= value <= 1:
            raise BadShare(where=where, value=value)


def _names(problem: Problem) -> None:
    options = {option.no for option in problem.options}
    demands = {demand.key for demand in problem.demands}
    for option in problem.options:
        for no in option.needs_first:
            if no not in options:
                raise UnknownOption(where=option.no, no=no)
        for key in option.demands:
            if key not in demands:
                raise UnknownDemand(no=option.no, demand=key)
    for rule in problem.rules:
        least = _LEAST_OPTIONS.get(rule.kind, 0)
        if len(set(rule.options)) < least:
            raise EmptyRule(rule=rule.id, least=least)
        for no in rule.options:
            if no not in options:
                raise UnknownOption(where=rule.id, no=no)


def _no_circle(options: Iterable[Option]) -> None:
    """Take away, again and again, what waits for nothing that is left; a circle is what stays."""
    waits = {option.no: set(option.needs_first) for option in options}
    followers: dict[str, list[str]] = {}
    for no, firsts in waits.items():
        for first in firsts:
            followers.setdefault(first, []).append(no)
    free = [no for no, firsts in waits.items() if not firsts]
    while free:
        first = free.pop()
        waits.pop(first)
        for no in followers.get(first, ()):
            waits[no].discard(first)
            if not waits[no]:
                free.append(no)
    if not waits:
        return
    path = [min(waits)]
    while len(path) == len(set(path)):
        path.append(min(first for first in waits[path[-1]] if first in waits))
    raise PrecedenceCycle(circle=" → ".join(path[path.index(path[-1]) :]))
