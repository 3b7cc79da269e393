"""More money, and two choices side by side."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from analysis.selection.compare import compare
from analysis.selection.curve import curve, next_million, scaled
from analysis.selection.model import Budget, Choice, Outcome, Problem, Progress
from analysis.selection.solve import solve
from tests.analysis.selection import brute
from tests.analysis.selection.problems import HAND, VILLAGES, demand, option, problems


def test_the_curve_by_hand() -> None:
    heard: list[Progress] = []
    points = curve(HAND, gap=0, progress=lambda now: heard.append(now) is None)
    people = {point.budget_yuan: point.choice.people for point in points if point.choice}
    # C alone is cheaper than B but serves 10; B alone 85; A alone 90; C + D 100; A + B 135; B + C + D 185; all 235.
    assert people[0] == 0
    assert (people[400], people[500], people[600], people[900]) == (0, 85, 90, 100)
    assert (people[1000], people[1100], people[1400], people[2000]) == (100, 135, 185, 235)
    assert [now.step for now in heard] == sorted(now.step for now in heard)
    assert {now.steps for now in heard} == {21}


def test_a_stopped_curve_gives_the_points_so_far() -> None:
    points = curve(HAND, progress=lambda now: now.step < 4)
    assert [point.tenths for point in points] == [0, 1, 2]


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems(most_options=5))
def test_the_curve_never_falls_and_every_point_is_affordable(problem: Problem) -> None:
    points = curve(problem, tenths=(0, 3, 7, 10, 20), gap=0.3)
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
