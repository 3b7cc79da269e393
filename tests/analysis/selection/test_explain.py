"""Why in, why out, what would change it: by hand and against every possible choice."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from analysis.selection.errors import UnknownOption
from analysis.selection.explain import Reason, explain
from analysis.selection.model import Budget, Option, Outcome, Problem, Rule, RuleKind
from analysis.selection.neighbour import WITHIN_PEOPLE, Alternative
from analysis.selection.reasons import Verdict, verdict_of
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


def _near(problem: Problem, years: Mapping[str, int], no: str) -> float | None:
    """Best aim of all choices near a choice: without `no`, the rest stays in its years; with it, others may only go."""

    def closure(one: str) -> set[str]:
        firsts = set(next(option for option in problem.options if option.no == one).needs_first)
        for rule in problem.rules:
            if rule.kind is RuleKind.TOGETHER and rule.options[0] == one:
                firsts |= set(rule.options[1:])
        return firsts - {one}

    def waits(one: str, seen: frozenset[str] = frozenset()) -> set[str]:
        own = closure(one) - seen
        return own.union(*(waits(first, seen | own | {one}) for first in own))

    found = []
    for other in brute.choices(problem):
        if no in years:
            same = all(other.get(one) == year or no in waits(one) for one, year in years.items() if one != no)
            near = no not in other and same
        else:
            moved = [one for one, year in other.items() if years.get(one) != year]
            near = no in other and set(moved) <= {no} | waits(no)
        if near and brute.allowed(problem, other):
            found.append(brute.objective(problem, other))
    return max(found, default=None)


@pytest.mark.parametrize("seconds", [5.0, 0.0])
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems(most_options=4), st.integers(0, 3))
def test_the_loss_near_the_choice_lies_in_the_range(seconds: float, problem: Problem, pick: int) -> None:
    """Whatever the clock: at least the loss of the best neighbour there is, and nothing worse than was found."""
    choice = solve(problem, gap=0)
    assume(choice.outcome is not Outcome.INFEASIBLE)
    no = problem.options[pick % len(problem.options)].no
    best = _near(problem, choice.years, no)
    assume(best is not None)
    assert best is not None
    why = explain(problem, choice, no, seconds=seconds)
    change = best - choice.objective
    assert change <= why.objective_change_most + WITHIN_PEOPLE
    assert why.objective_change <= why.objective_change_most
    if why.settled:
        assert why.objective_change >= change - WITHIN_PEOPLE
    elif why.breakeven_range_yuan is not None:
        assert why.breakeven_range_yuan[0] <= why.breakeven_range_yuan[1]
    if seconds:
        assert why.settled


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems(most_options=4), st.integers(0, 3))
def test_at_the_breakeven_cost_it_is_as_good_and_beyond_it_is_not(problem: Problem, pick: int) -> None:
    choice = solve(problem, gap=0)
    assume(choice.outcome is not Outcome.INFEASIBLE)
    no = problem.options[pick % len(problem.options)].no
    assume(no not in choice.years)
    why = explain(problem, choice, no)
    assume(why.breakeven_yuan is not None)
    assert why.breakeven_yuan is not None and why.breakeven_range_yuan is not None
    assert why.breakeven_range_yuan[0] <= why.breakeven_yuan <= why.breakeven_range_yuan[1]

    def worth_at(cost_yuan: int) -> float:
        options = tuple(replace(o, cost_yuan=cost_yuan) if o.no == no else o for o in problem.options)
        return _near(replace(problem, options=options), choice.years, no) or 0.0

    everybody = sum(one.people for one in problem.demands) + sum(problem.supplied.values())
    assert worth_at(why.breakeven_yuan) >= choice.objective - 1e-5 * everybody


@pytest.mark.parametrize(
    ("alternative", "change", "most", "verdict"),
    [
        (Alternative(None), 0, 0, Verdict.IMPOSSIBLE),
        (Alternative({0: 0}, 95), -5, -5, Verdict.WORSE),
        (Alternative({0: 0}, 98), -5, -2, Verdict.WORSE),
        (Alternative({0: 0}, 120), -5, 20, Verdict.OPEN),
        (Alternative(None, 120), -100, 20, Verdict.OPEN),
        (Alternative({0: 0}, 120), 0, 20, Verdict.AS_GOOD),
        # Known to half a person is known, on whatever side of nought.
        (Alternative({0: 0}, 100.2), -0.2, 0.2, Verdict.WORSE),
    ],
)
def test_nothing_is_said_that_was_not_settled(
    alternative: Alternative, change: float, most: float, verdict: Verdict
) -> None:
    assert verdict_of(alternative, change, most) is verdict
