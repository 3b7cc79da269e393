"""Why in, why out, what would change it: by hand and against every possible choice."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from analysis.selection.errors import UnknownOption
from analysis.selection.explain import Reason, explain
from analysis.selection.model import Budget, Option, Outcome, Problem, Rule, RuleKind
from analysis.selection.solve import solve
from tests.analysis.selection import brute
from tests.analysis.selection.problems import HAND, option, problems

CHOICE = solve(HAND, gap=0)
"""C and D for 900 of 1000 yuan: 100 people."""


def test_why_the_wells_are_in() -> None:
    why = explain(HAND, CHOICE, "D")
    assert why.chosen and why.year == 2026
    assert why.reasons == (Reason.WORTH,)
    assert (why.people, why.people_alone, why.people_per_million) == (90, 90, 225_000)
    assert (why.people_change, why.added, why.dropped) == (-5, ("B",), ())
    # Without D, B and C serve 95; with it at up to 500 yuan, C and D serve 100.
    assert why.breakeven_yuan == 500


def test_what_others_wait_for_says_so() -> None:
    why = explain(HAND, CHOICE, "C")
    assert why.reasons == (Reason.NEEDED_BY, Reason.WORTH)
    assert why.dependents == ("D",)
    assert (why.people_change, why.added, why.dropped) == (-10, ("A",), ("D",))


def test_why_out_for_money_and_at_which_price_it_would_come_in() -> None:
    why = explain(HAND, CHOICE, "B")
    assert not why.chosen and why.possible
    assert why.reasons == (Reason.MONEY,)
    assert (why.people_alone, why.people_change, why.dropped) == (85, -5, ("D",))
    assert why.breakeven_yuan == 100
    cheaper = replace(
        HAND, options=tuple(replace(o, cost_yuan=99) if o.no == "B" else o for o in HAND.options)
    )
    assert set(solve(cheaper, gap=0).years) == {"B", "C", "D"}


def _ruled(*rules: Rule) -> Problem:
    return replace(HAND, rules=rules)


def _also(*options: Option) -> Problem:
    return replace(HAND, options=(*HAND.options, *options))


NO_RELOCATION = Rule("m", RuleKind.NO_RELOCATION)


@pytest.mark.parametrize(
    ("problem", "no", "reason", "rules"),
    [
        (_ruled(Rule("n", RuleKind.NEVER, options=("A",))), "A", Reason.NEVER, ("n",)),
        (_ruled(Rule("n", RuleKind.NEVER, options=("C",))), "D", Reason.NEVER, ("n",)),
        (_ruled(Rule("x", RuleKind.EXCLUSIVE, options=("B", "D"))), "B", Reason.AGAINST_RULE, ("x",)),
        (
            replace(_also(option("R", 1, "a", relocation=True)), rules=(NO_RELOCATION,)),
            "R",
            Reason.NEVER,
            ("m",),
        ),
        (_also(option("W", 1, "a", kind="works")), "W", Reason.NO_SOURCE, ("budget",)),
        (_also(option("X", 1001, "a")), "X", Reason.TOO_DEAR, ("budget",)),
        (_also(option("Y", 450, "e", needs_first=("C",))), "Y", Reason.SERVED, ()),
        (_also(option("Z", 100)), "Z", Reason.SERVES_NOBODY, ()),
        (_ruled(Rule("m", RuleKind.MUST, options=("D",))), "D", Reason.MUST, ("m",)),
        # Without C there is no D either, and A and B together cost too much: the rule and the money hold it.
        (_ruled(Rule("l", RuleKind.AT_LEAST, "4418", 2)), "C", Reason.KEEPS_RULE, ("l", "budget")),
    ],
)
def test_each_reason(problem: Problem, no: str, reason: Reason, rules: tuple[str, ...]) -> None:
    problem = replace(problem, budgets=(Budget("county", 2026, 1000, ("road_link",)),))
    why = explain(problem, solve(problem, gap=0), no)
    assert reason in why.reasons
    assert why.rules == rules


def test_a_choice_that_cannot_be_without_it_names_the_rule() -> None:
    problem = replace(
        HAND, rules=(Rule("fair", RuleKind.FAIR, "4418", 0.8),), budgets=(Budget("x", 2026, 1500),)
    )
    why = explain(problem, solve(problem, gap=0), "D")
    assert not why.possible
    assert Reason.IMPOSSIBLE in why.reasons
    assert "fair" in why.rules


def test_an_unknown_candidate_is_an_error() -> None:
    with pytest.raises(UnknownOption):
        explain(HAND, CHOICE, "Z")


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems(most_options=4), st.integers(0, 3))
def test_the_whole_problem_searched_gives_the_true_loss(problem: Problem, pick: int) -> None:
    choice = solve(problem, gap=0)
    assume(choice.outcome is not Outcome.INFEASIBLE)
    no = problem.options[pick % len(problem.options)].no
    kind = RuleKind.NEVER if no in choice.years else RuleKind.MUST
    turned = replace(problem, rules=(*problem.rules, Rule("turned", kind, options=(no,))))
    best = brute.best(turned)
    why = explain(problem, choice, no, whole=True)
    near = explain(problem, choice, no)
    assert why.possible == near.possible == (best is not None)
    if best is not None:
        everybody = sum(one.people for one in problem.demands) + sum(problem.supplied.values())
        loss = best[0] - choice.objective
        assert why.objective_change == pytest.approx(loss, abs=2e-4 * everybody)
        assert near.objective_change <= why.objective_change + 2e-4 * everybody
