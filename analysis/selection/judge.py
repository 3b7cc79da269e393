"""What a choice is worth and which rules it breaks, counted anew and without the solver."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.selection.case import SLACK, Case
from analysis.selection.model import Aim, Problem, Rule, RuleKind
from analysis.selection.money import divide

BUDGET = "budget"
"""Stands for the money among the ids of rules."""
ORDER = "needs_first"
"""Stands for the precedence that the candidates bring along."""


@dataclass(frozen=True)
class Worth:
    """The aim of a choice: `objective` after discounts, people before them, and its cost."""

    objective: float
    people: float
    by_need: Mapping[str, float]
    cost_yuan: int


def served_years(case: Case, built: Mapping[int, int]) -> dict[int, int]:
    """Return the first year (position) in which each group of demands is served; unserved groups are left out.

    `built` has the year (position) of each chosen option (position).
    """
    served: dict[int, int] = {}
    for option, year in built.items():
        for group in case.groups_of[option]:
            if year < served.get(group, len(case.years)):
                served[group] = year
    return served


def worth(case: Case, built: Mapping[int, int]) -> Worth:
    """Return what a choice is worth, by positions."""
    served = served_years(case, built)
    cost = sum(case.options[option].cost_yuan for option in built)
    objective, by_need = 0.0, dict[str, float]()
    if case.problem.aim is Aim.VILLAGES:
        for village in case.villages:
            year = reached(village.parts, village.short, served)
            if year is not None:
                objective += village.people * case.weights[year]
                by_need[village.need] = by_need.get(village.need, 0.0) + village.people
    else:
        for at in sorted(served):
            group = case.groups[at]
            objective += group.people * case.weights[served[at]]
            for need, people in group.by_need.items():
                by_need[need] = by_need.get(need, 0.0) + people
    by_need = dict(sorted(by_need.items()))
    return Worth(objective, sum(by_need.values()), by_need, cost)


def reached(parts: Mapping[int, float], short: float, served: Mapping[int, int]) -> int | None:
    """Year (position) in which the parts served make up for what is short."""
    gained = 0.0
    for year, people in sorted((served[group], people) for group, people in parts.items() if group in served):
        gained += people
        if gained >= short - SLACK:
            return year
    return None


def broken(case: Case, built: Mapping[int, int]) -> tuple[str, ...]:
    """Return the ids of the rules that a choice breaks, with `BUDGET` and `ORDER` where they apply."""
    found = [rule.id for rule in case.rules if not _kept(case, rule, built)]
    for option, year in built.items():
        firsts = (case.position[no] for no in case.options[option].needs_first)
        if any(built.get(first, year + 1) > year for first in firsts):
            found.append(ORDER)
            break
    if case.with_budget:
        years = {case.options[option].no: case.years[year] for option, year in built.items()}
        if divide(case.by_no, years, case.budgets) is None:
            found.append(BUDGET)
    return tuple(found)


def _kept(case: Case, rule: Rule, built: Mapping[int, int]) -> bool:
    named = [case.position[no] for no in rule.options]
    match rule.kind:
        case RuleKind.AT_LEAST:
            return sum(case.amount_of(rule, at) for at in case.under(rule) if at in built) >= rule.amount
        case RuleKind.AT_MOST:
            return sum(case.amount_of(rule, at) for at in case.under(rule) if at in built) <= rule.amount
        case RuleKind.TOGETHER:
            year = built.get(named[0])
            return year is None or all(built.get(first, year + 1) <= year for first in named[1:])
        case RuleKind.EXCLUSIVE:
            return sum(at in built for at in set(named)) <= 1
        case RuleKind.MUST:
            return all(at in built for at in named)
        case RuleKind.NEVER:
            return not any(at in built for at in named)
        case RuleKind.NO_RELOCATION:
            return not any(case.options[at].relocation and at in built for at in case.under(rule))
        case RuleKind.FAIR:
            served = served_years(case, built)
            return all(
                sum(people for group, people in place.parts.items() if group in served)
                >= rule.amount * place.people - SLACK
                for place in case.townships(rule)
            )


def broken_rules(problem: Problem, years: Mapping[str, int]) -> tuple[str, ...]:
    """Return the ids of the rules of `problem` that a stored choice breaks (``budget``, ``needs_first`` included).

    A choice may name candidates that are no longer there, or years without money: it breaks the budget then.
    """
    case = Case(problem)
    if any(no not in case.position or year not in case.year_at for no, year in years.items()):
        known = {no: year for no, year in years.items() if no in case.position and year in case.year_at}
        return tuple(dict.fromkeys((*broken(case, positions(case, known)), BUDGET)))
    return broken(case, positions(case, years))


def positions(case: Case, years: Mapping[str, int]) -> dict[int, int]:
    """Translate numbers and years into positions, leaving out what the case does not know."""
    return {
        case.position[no]: case.year_at[year]
        for no, year in sorted(years.items())
        if no in case.position and year in case.year_at
    }
