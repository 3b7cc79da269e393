"""Which rules are in the way when no choice keeps them all.

A deletion filter (Chinneck & Dravnieks 1991): leave one rule out after the other; if it still cannot be done, the rule
was not needed for the contradiction and stays out. What remains cannot be kept together, and every one of it matters.
"""

import time
from dataclasses import replace

import highspy

from analysis.selection.case import SLACK, Case
from analysis.selection.formulation import Formulation
from analysis.selection.judge import BUDGET
from analysis.selection.model import Problem, Rule, RuleKind


def feasible(problem: Problem, *, with_budget: bool = True, seconds: float = 10.0) -> bool | None:
    """Return whether any choice keeps the rules (and the budgets); None if that was not settled in time."""
    formulation = Formulation(Case(problem, with_budget=with_budget), feasible_only=True)
    run = formulation.program.model().run(gap=1.0, seconds=seconds)
    if run.values is not None:
        return True
    return False if run.status == highspy.HighsModelStatus.kInfeasible else None


def in_the_way(problem: Problem, *, seconds: float = 30.0) -> tuple[str, ...]:
    """Return the ids of a smallest set of rules, with ``budget`` for the money, that cannot be kept together.

    Smallest in the sense that leaving any one of them out makes a choice possible; there may be other such sets. The
    candidates' own precedence always holds. What cannot be settled in `seconds` is left in: the set is then still
    impossible, but may not be smallest.
    """
    end = time.monotonic() + seconds
    # What only forbids is tried first, so that what is left speaks of what was asked for.
    rules = sorted(problem.rules, key=lambda rule: (rule.kind in _PUSHING, rule.id))
    kept: list[Rule | None] = [None, *rules]
    for rule in list(kept):
        fewer = [other for other in kept if other is not rule]
        without = replace(problem, rules=tuple(other for other in fewer if other is not None))
        left = max(end - time.monotonic(), 0.5)
        if feasible(without, with_budget=None in fewer, seconds=left) is False:
            kept = fewer
    return tuple(sorted(BUDGET if rule is None else rule.id for rule in kept))


_PUSHING = {RuleKind.MUST, RuleKind.AT_LEAST, RuleKind.FAIR}
"""Rules that ask for something to be built: without any of them, building nothing is always possible."""


def out_of_reach(problem: Problem, rule: Rule) -> tuple[str, ...]:
    """Return the codes of townships that a `FAIR` rule could not satisfy even if every candidate were built."""
    case = Case(problem)
    return tuple(
        place.code
        for place in case.townships(rule)
        if sum(place.parts.values()) < rule.amount * place.people - SLACK
    )
