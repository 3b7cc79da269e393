"""More money, and two choices side by side."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from analysis.selection.compare import compare
from analysis.selection.curve import curve, next_million, scaled
from analysis.selection.model import Budget, Choice, Outcome, Problem, Progress
from analysis.selection.solve import solve
from tests.analysis.selection import brute
from tests.analysis.selection.problems import HAND, VILLAGES, demand, option, problems


def test_the_curve_by_hand() -> None:
    heard: list[Progress] = []
    points = curve(HAND, tenths=range(21), gap=0, progress=lambda now: heard.append(now) is None)
    people = {point.budget_yuan: point.choice.people for point in points if point.choice}
    # C alone is cheaper than B but serves 10; B alone 85; A alone 90; C + D 100; A + B 135; B + C + D 185; all 235.
    assert people[0] == 0
    assert [p.choice.gap for p in points if p.choice] == pytest.approx([0.0] * 21, abs=1e-6)
    assert (people[400], people[500], people[600], people[900]) == (0, 85, 90, 100)
    assert (people[1000], people[1100], people[1400], people[2000]) == (100, 135, 185, 235)
    assert [now.step for now in heard] == sorted(now.step for now in heard)
    assert {now.steps for now in heard} == {21}


def test_a_stopped_curve_gives_the_points_so_far() -> None:
    points = curve(HAND, progress=lambda now: now.step < 4)
    assert [point.tenths for point in points] == [0, 2, 4]


def test_the_curve_passes_through_the_present_choice() -> None:
    exact = solve(HAND, gap=0)
    points = {point.tenths: point.choice for point in curve(HAND, gap=0.9, present=exact)}
    here, later = points[10], points[12]
    assert here is not None and later is not None
    assert (here.people, dict(here.years)) == (100, dict(exact.years))
    assert later.people >= 100


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems(most_options=5))
def test_the_curve_never_falls_and_every_point_is_affordable(problem: Problem) -> None:
    points = curve(problem, tenths=(0, 3, 7, 10, 20), gap=0.3)
    for point in points:
        # Where building nothing keeps the rules there is always a choice, and its gap says how good it is.
        if brute.allowed(scaled(problem, point.tenths), {}):
            assert point.choice is not None and point.choice.outcome is not Outcome.INFEASIBLE
            assert 0 <= point.choice.gap <= 1
    found = [point for point in points if point.choice and point.choice.outcome is not Outcome.INFEASIBLE]
    values = [(p.choice.people, p.choice.objective) for p in found if p.choice]
    assert [people for people, _ in values] == sorted(people for people, _ in values)
    assert [objective for _, objective in values] == sorted(objective for _, objective in values)
    for point in found:
        assert point.choice is not None
        assert brute.allowed(scaled(problem, point.tenths), point.choice.years)


def test_the_next_hundred_yuan_bring_thirty_five_people() -> None:
    more = next_million(HAND, solve(HAND, gap=0), yuan=100)
    assert (more.source, more.year, more.people) == ("county", 2026, 35)
    assert (more.comparison.only_a, more.comparison.only_b) == (("C", "D"), ("A", "B"))
    assert more.worth_per_million["county"] > 0


def test_the_next_money_goes_where_it_is_short() -> None:
    problem = Problem(
        options=(option("r", 100, "a"), option("w", 100, "b", kind="new_works")),
        demands=(demand("a", 10), demand("b", 500)),
        budgets=(Budget("city", 2026, 0, ("new_works",)), Budget("county", 2026, 100, ("road_link",))),
    )
    more = next_million(problem, solve(problem, gap=0), yuan=100)
    assert (more.source, more.people, more.comparison.only_b) == ("city", 500, ("w",))


def test_a_choice_that_is_close_enough_is_not_searched_again() -> None:
    choice = solve(HAND, gap=0)
    more = next_million(HAND, choice, yuan=100)
    assert more.base is choice
    assert more.settled
    assert more.worth_range == pytest.approx((35, 35), abs=0.01)


def test_what_the_search_gains_is_not_owed_to_the_money() -> None:
    problem = replace(HAND, budgets=(Budget("county", 2026, 1000),))
    poor = Choice(Outcome.STOPPED, {"C": 2026}, (), 10, {}, 500, 10, 235, 0.96, 0)
    more = next_million(problem, poor, yuan=100)
    assert (more.base.people, more.more.people, more.people) == (100, 135, 35)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems(most_options=4), st.integers(1, 20), st.sampled_from((0.0, 0.3)), st.booleans())
def test_more_money_is_worth_what_the_range_says(
    problem: Problem, steps: int, gap: float, hurry: bool
) -> None:
    choice = solve(problem, gap=gap)
    assume(choice.outcome is not Outcome.INFEASIBLE)
    more = next_million(problem, choice, yuan=25 * steps, seconds=0.0 if hurry else 20.0)
    first = problem.budgets[0].year
    pots = [pot for pot in problem.budgets if (pot.source, pot.year) == (more.source, first)]
    richer = replace(
        problem,
        budgets=tuple(replace(b, yuan=b.yuan + 25 * steps) if b is pots[0] else b for b in problem.budgets),
    )
    before, after = brute.best(problem), brute.best(richer)
    assert before is not None and after is not None
    everybody = sum(one.people for one in problem.demands) + sum(problem.supplied.values())
    nearly = 1e-5 * everybody
    least, most = more.worth_range
    assert least - nearly <= after[0] - before[0] <= most + nearly
    assert more.people >= 0 and more.more.people >= choice.people
    assert brute.allowed(richer, more.more.years) and brute.allowed(problem, more.base.years)


def test_two_choices_side_by_side() -> None:
    problem = replace(
        HAND,
        demands=(*HAND.demands[:4], demand("e", 90, VILLAGES[3], "water")),
    )

    def choice(**years: int) -> Choice:
        cost = sum(one.cost_yuan for one in problem.options if one.no in years)
        return Choice(Outcome.OPTIMAL, years, (), 0, {}, cost, 0, 0, 0, 0)

    both = compare(problem, choice(A=2026, C=2026), choice(C=2027, D=2027))
    assert (both.only_a, both.only_b, both.moved) == (("A",), ("D",), {"C": (2026, 2027)})
    assert both.people == (100, 100)
    assert both.cost_yuan == (1100, 900)
    assert both.by_need == {"road": (100, 10), "water": (0, 90)}
    assert both.by_county == {"441821": (100, 10), "441826": (0, 90)}
    assert both.by_township == {"441821100": (100, 10), "441826100": (0, 90)}
