"""An independent peer: every choice of a small problem, judged by the words of the rules and nothing else.

It shares no code with the package but the model: demands are looked up anew, the money is divided by trying, year by
year, every set of pots (Hall's condition over all subsets, not over unions).
"""

from collections.abc import Iterator, Mapping
from itertools import chain, combinations, product

from analysis.selection.model import Aim, Measure, Problem, Rule, RuleKind


def choices(problem: Problem) -> Iterator[dict[str, int]]:
    """Every way to build some options in some years, whether allowed or not."""
    years = sorted({budget.year for budget in problem.budgets})
    numbers = [option.no for option in problem.options]
    for picks in product([None, *years], repeat=len(numbers)):
        yield {no: year for no, year in zip(numbers, picks, strict=True) if year is not None}


def allowed(problem: Problem, years: Mapping[str, int], *, with_budget: bool = True) -> bool:
    """Whether a choice keeps precedence, rules and (if asked) budgets."""
    for option in problem.options:
        if option.no in years:
            for first in option.needs_first:
                if years.get(first, 10_000) > years[option.no]:
                    return False
    return all(keeps(problem, rule, years) for rule in problem.rules) and (
        not with_budget or payable(problem, years)
    )


def payable(problem: Problem, years: Mapping[str, int]) -> bool:
    """Whether for every set of projects of a year the pots that may pay for any of them hold enough."""
    for year in set(years.values()):
        built = [option for option in problem.options if years.get(option.no) == year]
        pots = [pot for pot in problem.budgets if pot.year == year]
        for some in chain.from_iterable(combinations(built, size) for size in range(1, len(built) + 1)):
            payers = [pot for pot in pots if not pot.kinds or any(o.kind in pot.kinds for o in some)]
            if sum(o.cost_yuan for o in some) > sum(pot.yuan for pot in payers):
                return False
    return True


def keeps(problem: Problem, rule: Rule, years: Mapping[str, int]) -> bool:
    """Whether a choice keeps one rule."""
    under = [
        option
        for option in problem.options
        if option.admin_code.startswith(rule.prefix) and (not rule.kinds or option.kind in rule.kinds)
    ]
    chosen = [option for option in under if option.no in years]
    amount = sum(option.cost_yuan if rule.measure is Measure.YUAN else 1 for option in chosen)
    named = [no for no in rule.options if no in years]
    if rule.kind is RuleKind.AT_LEAST:
        return amount >= rule.amount
    if rule.kind is RuleKind.AT_MOST:
        return amount <= rule.amount
    if rule.kind is RuleKind.TOGETHER:
        first = rule.options[0]
        return first not in years or all(years.get(no, 10_000) <= years[first] for no in rule.options[1:])
    if rule.kind is RuleKind.EXCLUSIVE:
        return len(named) <= 1
    if rule.kind is RuleKind.MUST:
        return len(named) == len(rule.options)
    if rule.kind is RuleKind.NEVER:
        return not named
    if rule.kind is RuleKind.NO_RELOCATION:
        return not any(option.relocation for option in chosen)
    reached = {key for option in problem.options if option.no in years for key in option.demands}
    of_kinds = {key for option in problem.options if option.kind in rule.kinds for key in option.demands}
    spoken_of = [
        demand
        for demand in problem.demands
        if demand.admin_code.startswith(rule.prefix) and (not rule.kinds or demand.key in of_kinds)
    ]
    for township in {demand.admin_code[:9] for demand in spoken_of}:
        here = [demand for demand in spoken_of if demand.admin_code[:9] == township]
        served = sum(demand.people for demand in here if demand.key in reached)
        if served < rule.amount * sum(demand.people for demand in here) - 1e-7:
            return False
    return True


def objective(problem: Problem, years: Mapping[str, int]) -> float:
    """The aim of a choice after discounts."""
    first = min(budget.year for budget in problem.budgets)
    when = {
        demand.key: min(
            (years[o.no] for o in problem.options if o.no in years and demand.key in o.demands), default=None
        )
        for demand in problem.demands
    }
    if problem.aim is Aim.PEOPLE:
        return sum(
            demand.people * (1 - problem.later_discount) ** (year - first)
            for demand in problem.demands
            if (year := when[demand.key]) is not None
        )
    total = 0.0
    for need, code in {(demand.need, demand.admin_code) for demand in problem.demands}:
        here = [demand for demand in problem.demands if (demand.need, demand.admin_code) == (need, code)]
        supplied = problem.supplied.get(f"{need}:{code}", 0.0)
        everyone = supplied + sum(demand.people for demand in here)
        target = problem.village_target * everyone - 1e-7
        if supplied >= target:
            continue
        for year in sorted({pot.year for pot in problem.budgets}):
            reached = sum(d.people for d in here if (w := when[d.key]) is not None and w <= year)
            if supplied + reached >= target:
                total += everyone * (1 - problem.later_discount) ** (year - first)
                break
    return total


def best(problem: Problem) -> tuple[float, dict[str, int]] | None:
    """The best objective and a choice that has it (the cheapest); None if no choice is allowed."""
    costs = {option.no: option.cost_yuan for option in problem.options}
    found = [
        (objective(problem, years), -sum(costs[no] for no in years), sorted(years.items()))
        for years in choices(problem)
        if allowed(problem, years)
    ]
    if not found:
        return None
    value, _, years = max(found, key=lambda one: one[:2])
    return value, dict(years)
