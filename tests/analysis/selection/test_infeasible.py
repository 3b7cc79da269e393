"""Which rules are in the way, and which questions are no questions."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from analysis.selection import errors
from analysis.selection.infeasible import feasible, in_the_way, out_of_reach
from analysis.selection.model import Budget, Measure, Outcome, Problem, Rule, RuleKind
from analysis.selection.solve import solve
from tests.analysis.selection import brute
from tests.analysis.selection.problems import HAND, demand, option, problems

MUST_A = Rule("must-a", RuleKind.MUST, options=("A",))
MUST_B = Rule("must-b", RuleKind.MUST, options=("B",))
ONE = Rule("one", RuleKind.EXCLUSIVE, options=("A", "B"))
IDLE = Rule("idle", RuleKind.NO_RELOCATION)


def test_two_demands_and_the_exclusion_between_them_are_named_but_not_the_idle_rule() -> None:
    choice = solve(replace(HAND, rules=(MUST_A, MUST_B, ONE, IDLE), budgets=(Budget("county", 2026, 5000),)))
    assert choice.outcome is Outcome.INFEASIBLE
    assert choice.in_the_way == ("must-a", "must-b", "one")
    assert dict(choice.years) == {}


def test_the_budget_is_named_when_only_money_is_short() -> None:
    choice = solve(replace(HAND, rules=(MUST_A, MUST_B, IDLE)))
    assert choice.in_the_way == ("budget", "must-a", "must-b")


def test_precedence_pulls_the_first_in_even_past_a_ban() -> None:
    rules = (Rule("d", RuleKind.MUST, options=("D",)), Rule("no-c", RuleKind.NEVER, options=("C",)))
    assert solve(replace(HAND, rules=rules)).in_the_way == ("d", "no-c")


def test_townships_that_no_candidate_can_help_are_told() -> None:
    rule = Rule("fair", RuleKind.FAIR, "4418", 0.5)
    problem = replace(HAND, demands=(*HAND.demands, demand("far", 9, "441826100201")), rules=(rule,))
    assert out_of_reach(problem, rule) == ("441826100",)
    assert solve(problem).in_the_way == ("fair",)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems(rules=5, most_options=4))
def test_leaving_out_any_rule_in_the_way_makes_a_choice_possible(problem: Problem) -> None:
    assume(brute.best(problem) is None)
    found = in_the_way(problem)
    assert found
    named = tuple(rule for rule in problem.rules if rule.id in found)
    assert not _possible(replace(problem, rules=named), with_budget="budget" in found)
    for left_out in found:
        fewer = replace(problem, rules=tuple(rule for rule in named if rule.id != left_out))
        assert _possible(fewer, with_budget="budget" in found and left_out != "budget")


def _possible(problem: Problem, *, with_budget: bool) -> bool:
    by_hand = any(brute.allowed(problem, years, with_budget=with_budget) for years in brute.choices(problem))
    assert feasible(problem, with_budget=with_budget) is by_hand
    return by_hand


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"budgets": ()}, errors.NoBudget),
        ({"budgets": (Budget("county", 2026, -1),)}, errors.NegativeAmount),
        ({"options": (option("A", -5),)}, errors.NegativeAmount),
        ({"options": (option("A", 5), option("A", 6))}, errors.DuplicateNumber),
        ({"options": (option("A", 5, "nobody"),)}, errors.UnknownDemand),
        ({"options": (option("A", 5, needs_first=("Z",)),)}, errors.UnknownOption),
        ({"demands": (*HAND.demands, demand("a", 1))}, errors.DuplicateNumber),
        ({"demands": (*HAND.demands, demand("z", float("nan")))}, errors.NegativeAmount),
        ({"rules": (Rule("r", RuleKind.MUST, options=("Z",)),)}, errors.UnknownOption),
        ({"rules": (Rule("r", RuleKind.EXCLUSIVE, options=("A",)),)}, errors.EmptyRule),
        ({"rules": (Rule("r", RuleKind.FAIR, "4418", 1.5),)}, errors.BadShare),
        ({"rules": (Rule("r", RuleKind.AT_MOST, "", -1, Measure.YUAN),)}, errors.NegativeAmount),
        ({"rules": (MUST_A, MUST_A)}, errors.DuplicateNumber),
        ({"later_discount": 1.2}, errors.BadShare),
    ],
)
def test_an_unsound_question_is_told_what_is_wrong(
    change: dict[str, Any], error: type[errors.SelectionError]
) -> None:
    with pytest.raises(error) as told:
        solve(replace(HAND, **change))
    assert "{" not in told.value.sentence("zh") + told.value.sentence("en")


def test_candidates_that_wait_for_each_other_are_named() -> None:
    options = (
        option("A", 1, needs_first=("B",)),
        option("B", 1, needs_first=("C",)),
        option("C", 1, needs_first=("B",)),
    )
    with pytest.raises(errors.PrecedenceCycle) as told:
        solve(replace(HAND, options=options))
    assert "B → C → B" in told.value.sentence("en")


def test_two_that_need_each_other_by_rule_are_both_or_none() -> None:
    rules = (
        Rule("ab", RuleKind.TOGETHER, options=("A", "B")),
        Rule("ba", RuleKind.TOGETHER, options=("B", "A")),
    )
    assert set(solve(replace(HAND, rules=rules), gap=0).years) == {"C", "D"}
    assert set(solve(replace(HAND, rules=rules, budgets=(Budget("county", 2026, 1100),)), gap=0).years) == {
        "A",
        "B",
    }
