"""The exact choice: by hand, against every possible choice, and by what must always hold."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from analysis.selection.case import Case
from analysis.selection.greedy import greedy
from analysis.selection.judge import broken_rules
from analysis.selection.model import (
    Aim,
    Budget,
    Choice,
    Measure,
    Option,
    Outcome,
    Problem,
    Progress,
    Rule,
    RuleKind,
)
from analysis.selection.solve import solve
from tests.analysis.selection import brute
from tests.analysis.selection.problems import HAND, VILLAGES, demand, option, problems

quick = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
NEARLY = 3e-6
"""Thrift and the tolerances of the solver, as a share of everybody."""


def _with(*rules: Rule, yuan: int = 1000) -> Problem:
    return replace(HAND, rules=rules, budgets=(Budget("county", 2026, yuan),))


def test_the_best_pair_that_a_thousand_yuan_buy() -> None:
    choice = solve(HAND, gap=0)
    assert choice.outcome is Outcome.OPTIMAL
    assert choice.years == {"C": 2026, "D": 2026}
    assert (choice.people, choice.cost_yuan, dict(choice.people_by_need)) == (100, 900, {"road": 100})
    assert {(p.no, p.source, p.year, p.yuan) for p in choice.payments} == {
        ("C", "county", 2026, 500),
        ("D", "county", 2026, 400),
    }
    assert choice.gap == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(
    ("rule", "yuan", "chosen"),
    [
        (Rule("r", RuleKind.NEVER, options=("D",)), 1000, {"B", "C"}),
        (Rule("r", RuleKind.MUST, options=("A",)), 1000, {"A"}),
        (Rule("r", RuleKind.EXCLUSIVE, options=("C", "D")), 1000, {"B", "C"}),
        (Rule("r", RuleKind.TOGETHER, options=("C", "A")), 1100, {"A", "B"}),
        (Rule("r", RuleKind.AT_MOST, "4418", 1), 1000, {"A"}),
        (Rule("r", RuleKind.AT_MOST, "4418", 899, Measure.YUAN), 1000, {"A"}),
        (Rule("r", RuleKind.AT_LEAST, "4418", 1000, Measure.YUAN), 1000, {"B", "C"}),
        (Rule("r", RuleKind.AT_LEAST, "4418", 3), 1400, {"B", "C", "D"}),
        (Rule("r", RuleKind.FAIR, "4418", 0.4), 1100, {"A", "B"}),
        (Rule("r", RuleKind.NO_RELOCATION), 1000, {"C", "D"}),
    ],
)
def test_each_rule_turns_the_choice_as_worked_by_hand(rule: Rule, yuan: int, chosen: set[str]) -> None:
    assert set(solve(_with(rule, yuan=yuan), gap=0).years) == chosen


def test_earlier_is_better_when_money_comes_every_year() -> None:
    problem = replace(HAND, budgets=(Budget("county", 2026, 600), Budget("county", 2027, 500)))
    choice = solve(problem, gap=0)
    assert choice.years == {"A": 2026, "B": 2027}
    assert choice.objective == pytest.approx(90 + 45 * 0.98)
    assert choice.people == 135


def test_two_sources_share_a_project_and_pay_only_for_their_kinds() -> None:
    problem = Problem(
        options=(
            option("road", 700, "a"),
            Option("works", "new_works", VILLAGES[0], 500, ("w",)),
        ),
        demands=(demand("a", 70), demand("w", 60, need="water")),
        budgets=(Budget("city", 2026, 600, ("new_works",)), Budget("county", 2026, 600)),
    )
    choice = solve(problem, gap=0)
    assert set(choice.years) == {"works"}
    richer = replace(problem, budgets=(*problem.budgets, Budget("central", 2026, 100, ("road_link",))))
    choice = solve(richer, gap=0)
    assert {(p.no, p.source): p.yuan for p in choice.payments} == {
        ("road", "central"): 100,
        ("road", "county"): 600,
        ("works", "city"): 500,
    }


def test_villages_count_only_when_enough_of_them_are_supplied() -> None:
    problem = Problem(
        options=(
            option("half", 10, "a"),
            option("rest", 10, "b"),
            option("other", 10, "c", admin_code=VILLAGES[1]),
        ),
        demands=(demand("a", 50), demand("b", 40), demand("c", 30, VILLAGES[1])),
        budgets=(Budget("county", 2026, 20),),
        aim=Aim.VILLAGES,
        supplied={f"road:{VILLAGES[0]}": 10, f"road:{VILLAGES[1]}": 60},
    )
    both = solve(problem, gap=0)
    assert (set(both.years), both.people) == ({"half", "rest"}, 100)
    poor = solve(replace(problem, budgets=(Budget("county", 2026, 10),)), gap=0)
    assert (set(poor.years), poor.people) == ({"other"}, 90)


def test_nothing_is_spent_on_people_who_are_served_already() -> None:
    problem = replace(HAND, options=(*HAND.options, option("E", 1, "e"), option("F", 1)))
    assert set(solve(replace(problem, budgets=(Budget("county", 2026, 9999),)), gap=0).years) == {
        "A",
        "B",
        "C",
        "E",
    }


def test_covering_a_line_of_nine_places_from_two_sites() -> None:
    """Maximal covering (Church & ReVelle 1974): places 1…9 in a row, a site reaches its neighbours, two sites."""
    people = (5, 1, 8, 2, 9, 7, 1, 6, 4)

    def near(place: int, sites: tuple[int, ...]) -> bool:
        return any(abs(place - site) <= 1 for site in sites)

    problem = Problem(
        options=tuple(
            option(f"s{i}", 1, *(f"p{j}" for j in (i - 1, i, i + 1) if 0 <= j < 9)) for i in range(9)
        ),
        demands=tuple(demand(f"p{i}", count) for i, count in enumerate(people)),
        budgets=(Budget("county", 2026, 2),),
    )
    pairs = combinations(range(9), 2)
    best = max(pairs, key=lambda pair: sum(n for i, n in enumerate(people) if near(i, pair)))
    choice = solve(problem, gap=0)
    assert choice.people == 33
    assert set(choice.years) == {f"s{site}" for site in best} == {"s3", "s6"}


@quick
@given(problems())
def test_no_choice_of_all_is_better(problem: Problem) -> None:
    found, best = solve(problem, gap=0), brute.best(problem)
    if best is None:
        assert found.outcome is Outcome.INFEASIBLE
        return
    everybody = sum(one.people for one in problem.demands) + sum(problem.supplied.values())
    assert found.outcome is Outcome.OPTIMAL
    assert found.objective == pytest.approx(best[0], abs=NEARLY * everybody)
    assert brute.objective(problem, found.years) == pytest.approx(found.objective)
    assert found.bound >= best[0] - 1e-9
    assert brute.allowed(problem, found.years)
    assert broken_rules(problem, found.years) == ()
    _paid_exactly(problem, found)


def _paid_exactly(problem: Problem, choice: Choice) -> None:
    costs = {one.no: one.cost_yuan for one in problem.options}
    paid = dict.fromkeys(choice.years, 0)
    for payment in choice.payments:
        assert payment.yuan > 0
        assert payment.year == choice.years[payment.no]
        paid[payment.no] += payment.yuan
    assert paid == {no: costs[no] for no in choice.years}
    kinds = {one.no: one.kind for one in problem.options}
    for budget in problem.budgets:
        mine = [p for p in choice.payments if (p.source, p.year) == (budget.source, budget.year)]
        assert sum(payment.yuan for payment in mine) <= budget.yuan
        assert all(not budget.kinds or kinds[payment.no] in budget.kinds for payment in mine)
    assert choice.cost_yuan == sum(payment.yuan for payment in choice.payments)


@quick
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_the_question_changes_nothing(problem: Problem, random: object) -> None:
    def mixed(values: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(random.sample(values, len(values)))  # type: ignore[attr-defined]

    other = replace(
        problem,
        options=tuple(replace(one, demands=mixed(one.demands)) for one in mixed(problem.options)),  # type: ignore[type-var, arg-type]
        demands=mixed(problem.demands),  # type: ignore[arg-type]
        budgets=mixed(problem.budgets),  # type: ignore[arg-type]
        rules=mixed(problem.rules),  # type: ignore[arg-type]
    )
    one, two = solve(problem, gap=0), solve(other, gap=0)
    assert replace(one, seconds=0) == replace(two, seconds=0)


@quick
@given(problems(), st.integers(1, 20))
def test_more_money_never_serves_less(problem: Problem, more: int) -> None:
    richer = replace(problem, budgets=tuple(replace(b, yuan=b.yuan + 25 * more) for b in problem.budgets))
    before = solve(problem, gap=0)
    assume(before.outcome is not Outcome.INFEASIBLE)
    after = solve(richer, gap=0.2, warm=before)
    assert after.objective >= before.objective - 1e-9


@quick
@given(problems())
def test_the_greedy_start_keeps_every_rule(problem: Problem) -> None:
    case = Case(problem)
    start = greedy(case)
    assume(start is not None)
    assert start is not None
    years = {case.options[at].no: case.years[year] for at, year in start.items()}
    assert brute.allowed(problem, years)


def test_a_stopped_search_still_answers_with_its_gap() -> None:
    problem = _many(300)
    heard: list[Progress] = []

    def stop(now: Progress) -> bool:
        heard.append(now)
        return False

    choice = solve(problem, gap=0, progress=stop)
    assert choice.outcome is Outcome.STOPPED
    assert heard and len(heard) < 5
    assert choice.people > 0
    assert 0 < choice.gap < 0.5
    assert choice.bound >= choice.objective
    assert broken_rules(problem, choice.years) == ()


def test_progress_tells_of_a_better_choice_and_a_closing_gap() -> None:
    heard: list[Progress] = []
    choice = solve(_many(60), gap=0.002, progress=lambda now: heard.append(now) is None)
    assert choice.outcome is Outcome.OPTIMAL
    assert choice.gap <= 0.002
    assert heard
    objectives = [now.objective for now in heard if now.objective is not None]
    assert objectives == sorted(objectives)


def test_a_warm_start_is_never_made_worse() -> None:
    problem = _many(60)
    good = solve(problem, gap=0.0005)
    again = solve(problem, gap=0.5, seconds=0.01, warm=good)
    assert again.objective >= good.objective


def _many(count: int) -> Problem:
    """Sites on a ring, each reaching five places, in two years."""
    return Problem(
        options=tuple(
            option(f"s{i:03d}", 100 + 37 * i % 90, *(f"p{(i + j) % count}" for j in range(5)))
            for i in range(count)
        ),
        demands=tuple(demand(f"p{i}", 1 + 53 * i % 97) for i in range(count)),
        budgets=(Budget("county", 2026, count * 8), Budget("county", 2027, count * 5)),
    )
