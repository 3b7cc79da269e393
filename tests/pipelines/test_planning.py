"""Proposals on the small city, kept and asked for again; drawings reckoned; the question made of them."""

from contextlib import nullcontext
from dataclasses import replace

import pytest
import shapely
import sqlalchemy as sa
from shapely import LineString, Point
from typer.testing import CliRunner

import cli
from analysis.proposals.model import Candidate, NotServed, Served
from analysis.proposals.unit_costs import DEFAULT_YUAN
from analysis.selection.model import Budget
from base.settings import settings
from layers.codes import CandidateKind, Need
from pipelines.indicators import InProcess, UnknownCounty
from pipelines.planning import (
    BadDrawing,
    Proposed,
    keep,
    orphans,
    problem_of,
    propose,
    redraw,
    supplied_people,
)
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from store.planning.candidates import candidates, latest_runs
from store.planning.people import village_people

PLAIN, HILLS = "441821000000", "441826000000"


@pytest.fixture(scope="module")
def proposed(city: sa.Engine) -> list[Proposed]:
    return propose(city, needs=list(Need), counties=[PLAIN], executor=InProcess())


@pytest.mark.parametrize("need", Need)
def test_there_are_candidates_for_every_need(proposed: list[Proposed], need: Need, city: sa.Engine) -> None:
    (found,) = (one.proposal for one in proposed if one.need is need)
    with city.connect() as connection:
        people = village_people(connection, ["441821"])
    assert found.candidates
    for one in found.candidates:
        assert one.kind.need is need and one.admin_code.startswith("441821")
        assert one.cost_yuan > 0 and one.people > 0 and one.geometry.is_valid
        assert sum(yuan for _, yuan in one.cost_parts.values()) == pytest.approx(one.cost_yuan)
        west, south, east, north = one.geometry.bounds
        assert 113 < west <= east < 114 and 23.5 < south <= north < 24.3
    lacking = {served.key: served.people for one in found.candidates for served in one.served}
    assert sum(lacking.values()) < sum(people.values())


def test_the_same_is_proposed_again_whatever_the_order(proposed: list[Proposed], city: sa.Engine) -> None:
    again = propose(city, needs=[Need.WATER, Need.ROAD], counties=[PLAIN], executor=InProcess())
    assert again == [one for one in proposed if one.need in (Need.WATER, Need.ROAD)]


def test_a_county_that_is_not_there_is_refused(city: sa.Engine) -> None:
    with pytest.raises(UnknownCounty):
        propose(city, needs=[Need.ROAD], counties=["441881000000"], executor=InProcess())


def test_what_is_proposed_is_kept_by_the_command_line(
    proposed: list[Proposed], cluster: Cluster, city_template: str
) -> None:
    create_database(cluster, "city_planned", template=city_template)
    engine = make_engine(cluster.url("city_planned"), settings())
    roads = [one for one in proposed if one.need is Need.ROAD]
    with engine.begin() as connection:
        # A cluster kept between sessions may have been sealed with another key.
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
        (run,) = keep(connection, roads, "测试", as_owner=True)
        stored = [one.candidate for one in candidates(connection)]
        assert latest_runs(connection) == [run]
        by = connection.scalar(
            sa.text("SELECT account_name FROM access.record WHERE action = 'candidates_proposed'")
        )
    assert by == "测试"
    made = sorted(roads[0].proposal.candidates, key=lambda one: one.no)
    assert [one.no for one in stored] == [one.no for one in made]
    assert all(
        a.served == b.served and a.geometry.equals(b.geometry) for a, b in zip(stored, made, strict=True)
    )
    assert run.without == roads[0].proposal.without
    engine.dispose()
    drop_database(cluster, "city_planned")


def test_the_command_proposes_and_says_how_many(
    cluster: Cluster, city_template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_database(cluster, "city_command", template=city_template)
    engine = make_engine(cluster.url("city_command"), settings())
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
    monkeypatch.setattr(cli, "_store", lambda: nullcontext(engine))
    told = CliRunner().invoke(cli.app, ["propose", "--need", "road", "--county", "441821"])
    with engine.connect() as connection:
        number = len(candidates(connection))
    assert (told.exit_code, number > 0) == (0, True)
    assert f"提出 {number} 个" in told.output
    wrong = CliRunner().invoke(cli.app, ["propose", "--need", "castles"])
    assert wrong.exit_code == 2
    engine.dispose()
    drop_database(cluster, "city_command")


def _longest_road(proposed: list[Proposed]) -> Candidate:
    (found,) = (one.proposal for one in proposed if one.need is Need.ROAD)
    return max(found.candidates, key=lambda one: one.size)


def test_a_road_drawn_as_proposed_serves_its_village(proposed: list[Proposed], city: sa.Engine) -> None:
    road = _longest_road(proposed)
    with city.connect() as connection:
        drawn, prices = redraw(connection, CandidateKind.ROAD_LINK, road.geometry, road.name, road)
    assert prices == DEFAULT_YUAN
    assert {one.key for one in road.served[:1]} <= {one.key for one in drawn.served}
    assert drawn.no == road.no and drawn.needs_first == road.needs_first
    assert drawn.size == pytest.approx(road.size, rel=0.02)
    assert 0 < drawn.cost_yuan <= road.size / 1000 * max(prices["harden_km"], prices["new_road_km"]) * 1.05


def test_a_station_drawn_reaches_those_who_lack_a_signal(proposed: list[Proposed], city: sa.Engine) -> None:
    (found,) = (one.proposal for one in proposed if one.need is Need.MOBILE_5G)
    best = max(found.candidates, key=lambda one: one.people)
    with city.connect() as connection:
        drawn, _ = redraw(connection, CandidateKind.BASE_STATION_5G, best.geometry, "站")
    assert {one.key for one in drawn.served} == {one.key for one in best.served}
    assert (drawn.cost_yuan, drawn.admin_code) == (320_000, best.admin_code)


@pytest.mark.parametrize(
    ("kind", "shape", "reason"),
    [
        (CandidateKind.ROAD_LINK, Point(113.5, 23.9), "line"),
        (CandidateKind.NEW_WORKS, LineString([(113.5, 23.9), (113.51, 23.9)]), "point"),
        (CandidateKind.ROAD_LINK, LineString([(113.5, 23.9), (113.50001, 23.9)]), "length"),
        (CandidateKind.ROAD_LINK, LineString([(113.5, 23.9), (114.5, 23.9)]), "length"),
        (CandidateKind.NEW_WORKS, Point(100, 20), "outside"),
        (CandidateKind.NEW_WORKS, Point(float("nan"), 20), "empty"),
        (CandidateKind.ROAD_LINK, LineString(), "empty"),
    ],
)
def test_what_cannot_be_built_is_refused(
    city: sa.Engine, kind: CandidateKind, shape: shapely.Geometry, reason: str
) -> None:
    with city.connect() as connection, pytest.raises(BadDrawing) as refused:
        redraw(connection, kind, shape, "甲")
    assert refused.value.reason == reason
    assert refused.value.sentence("zh") and refused.value.sentence("en")


def _served(name: str, people: float) -> Served:
    return Served(Need.ROAD, name, "441821100201", people)


BASE = Candidate(
    no="a", kind=CandidateKind.ROAD_LINK, admin_code="441821100201", name="甲", geometry=Point(0, 0), size=1, unit="m",
    cost_yuan=10.4, cost_parts={}, served=(_served("1", 30), _served("2", 20)),
)  # fmt: skip


def test_a_problem_has_each_demand_once_and_no_orphans() -> None:
    shared = replace(BASE, no="b", served=(_served("2", 25),), needs_first=("a",))
    orphan = replace(BASE, no="c", served=(_served("3", 9),), needs_first=("gone",))
    below = replace(BASE, no="d", needs_first=("c",))
    problem = problem_of(
        [below, orphan, shared, BASE],
        budgets=[Budget("city", 2026, 100)],
        without=[NotServed(_served("4", 5), "no_route")],
    )
    assert orphans([below, orphan, shared, BASE]) == {"c", "d"}
    assert [(o.no, o.cost_yuan, o.demands) for o in problem.options] == [
        ("a", 10, ("road:1", "road:2")),
        ("b", 10, ("road:2",)),
    ]
    assert {d.key: d.people for d in problem.demands} == {
        "road:1": 30,
        "road:2": 25,
        "road:3": 9,
        "road:4": 5,
    }


def test_the_supplied_are_those_who_lack_nothing(proposed: list[Proposed], city: sa.Engine) -> None:
    (found,) = (one.proposal for one in proposed if one.need is Need.WATER)
    with city.connect() as connection:
        people = village_people(connection, ["441821"])
        supplied = supplied_people(connection, [Need.WATER], found.candidates, found.without, ["441821"])
    problem = problem_of(found.candidates, budgets=[], without=found.without, supplied=supplied)
    assert set(supplied) == {f"water:{code}" for code in people}
    assert all(0 <= supplied[f"water:{code}"] <= people[code] for code in people)
    together = sum(supplied.values()) + sum(demand.people for demand in problem.demands)
    assert together == pytest.approx(sum(people.values()), rel=0.05)
