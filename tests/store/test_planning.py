"""Plans in the database: prices, proposals, candidates, scenarios and the library, under the policies of people."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa
from shapely import LineString, Point

from access import Assignment
from analysis.proposals.model import Candidate, NotServed, Proposal, Served
from analysis.proposals.unit_costs import DEFAULT_YUAN
from analysis.selection.model import Choice, Outcome, Payment
from base.settings import settings
from layers import Role
from layers.codes import CandidateKind, Need, WorkKind
from store import identity
from store.embedded import Cluster
from store.engine import changing, make_engine, reading
from store.errors import NotAllowed, RecordChanged
from store.planning import scenarios
from store.planning.candidates import (
    CandidateState,
    Origin,
    candidate,
    candidates,
    change,
    draw,
    latest_runs,
    put_proposal,
    set_state,
)
from store.planning.errors import BadPrice, NothingChosen, ScenarioKnown, UnknownCandidate
from store.planning.forms import candidate_form, candidate_of, choice_form, choice_of
from store.planning.plan_tiles import LINES, POINTS, candidates_at, plan_tile, stamp
from store.planning.projects import carry_into_library, projects
from store.planning.unit_costs import change_unit_cost, prices, unit_costs
from store.protection import APP
from store.tiles import TileOutside
from tests import signed_in

COUNTY, VILLAGE, FOREIGN = "441821000000", "441821100201", "441826100201"
LINK = Candidate(
    no="road-441821100201-1",
    kind=CandidateKind.ROAD_LINK,
    admin_code=VILLAGE,
    name="上屋—下村通硬化路",
    geometry=LineString([(113.5, 23.9), (113.51, 23.91)]),
    size=1500.0,
    unit="m",
    cost_yuan=1_200_000.0,
    cost_parts={"new_road_km": (1.5, 1_200_000.0)},
    served=(
        Served(Need.ROAD, "441821100201001", VILLAGE, 120.0),
        Served(Need.ROAD, "441821100202003", "441821100202", 30.0),
    ),
    needs_first=("road-441821100201-0",),
    assumptions={"slope_percent": 8.2, "linked_m": 50.0},
)
STATION = replace(
    LINK,
    no="station-1",
    kind=CandidateKind.BASE_STATION_4G,
    geometry=Point(113.5, 23.9),
    size=1,
    unit="stations",
)


@dataclass
class Office:
    """A database with planners; `as_` acts for one of them."""

    owner: sa.Engine
    app: sa.Engine

    @contextmanager
    def as_(self, prefix: str, role: Role = Role.PLANNER) -> Iterator[sa.Connection]:
        secret = signed_in.session(self.owner, (Assignment(role, prefix),))
        with identity.acting(secret), changing(self.app) as connection:
            yield connection

    def propose(self, *made: Candidate, need: Need = Need.ROAD, prefix: str = "441821") -> None:
        """Put a proposal as a planner of the county."""
        without = (NotServed(Served(need, "441821100201009", VILLAGE, 7.0), "no_route"),)
        with self.as_(prefix) as connection:
            put_proposal(
                connection,
                COUNTY,
                need,
                Proposal(made, without),
                data_versions={"roads": 3},
                unit_costs=DEFAULT_YUAN,
                by="甲",
            )


@pytest.fixture
def office(cluster: Cluster, database: sa.Engine) -> Iterator[Office]:
    app = make_engine(cluster.url(str(database.url.database), APP), settings())
    yield Office(database, app)
    app.dispose()


def _choice(*chosen: str) -> Choice:
    return Choice(
        outcome=Outcome.OPTIMAL,
        years=dict.fromkeys(chosen, 2026),
        payments=tuple(Payment(no, "city", 2026, 1_200_000) for no in chosen),
        people=150.0,
        people_by_need={"road": 150.0},
        cost_yuan=1_200_000,
        objective=150.0,
        bound=151.0,
        gap=0.01,
        seconds=0.2,
    )


def test_forms_are_read_as_written() -> None:
    assert candidate_of(candidate_form(LINK), LINK.geometry) == LINK
    assert choice_of(choice_form(_choice("a", "b"))) == _choice("a", "b")


def test_prices_are_the_defaults_until_someone_types_one(office: Office) -> None:
    with office.as_("4418") as connection:
        assert unit_costs(connection) == DEFAULT_YUAN
        seen = prices(connection)["pump"]
        now = change_unit_cost(connection, seen, 180_000, "甲")
        assert (now.yuan, now.version, now.changed_by) == (180_000, 1, "甲")
        assert unit_costs(connection) == DEFAULT_YUAN | {"pump": 180_000}
    with office.as_("4418") as connection:
        with pytest.raises(RecordChanged) as other:
            change_unit_cost(connection, seen, 170_000, "乙")
        assert other.value.now == now
        assert change_unit_cost(connection, now, 170_000, "乙").version == 2
        with pytest.raises(BadPrice):
            change_unit_cost(connection, now, float("nan"), "乙")


def test_prices_are_the_whole_citys(office: Office) -> None:
    for role, prefix in ((Role.PLANNER, "441821"), (Role.LEADER, "4418"), (Role.ADMIN, "4418")):
        with pytest.raises(NotAllowed), office.as_(prefix, role) as connection:
            change_unit_cost(connection, prices(connection)["pump"], 1, "甲")


def test_a_proposal_is_kept_with_what_it_came_from(office: Office) -> None:
    office.propose(LINK)
    with office.as_("441826", Role.LEADER) as connection:
        (found,) = candidates(connection)
        (run,) = latest_runs(connection)
    assert list(found.candidate.assumptions) == list(LINK.assumptions), "they are told in this order"
    assert found.candidate == LINK and found.prices == {"new_road_km": 800_000}
    assert not found.is_priced_otherwise(DEFAULT_YUAN)
    assert found.is_priced_otherwise(DEFAULT_YUAN | {"new_road_km": 1.0})
    assert (found.origin, found.state, found.version) == (Origin.PROPOSED, CandidateState.OPEN, 1)
    assert (run.id, run.admin_code, run.need, run.proposed) == (found.proposal_id, COUNTY, Need.ROAD, 1)
    assert run.data_versions == {"roads": 3} and run.unit_costs == DEFAULT_YUAN
    assert [(one.served.people, one.reason) for one in run.without] == [(7.0, "no_route")]


def test_a_new_proposal_replaces_what_nobody_touched(office: Office) -> None:
    others = [replace(LINK, no=f"road-{i}") for i in range(3)]
    office.propose(LINK, *others)
    office.propose(STATION, need=Need.MOBILE_4G)
    with office.as_("441821") as connection:
        change(
            connection, candidate(connection, "road-0"), replace(others[0], name="改线"), DEFAULT_YUAN, "甲"
        )
        set_state(connection, candidate(connection, "road-1"), CandidateState.WITHDRAWN, "甲")
        drawn = draw(connection, replace(LINK, name="自绘"), DEFAULT_YUAN, "甲")
    office.propose(others[0], others[1], replace(LINK, no="road-9"))
    with office.as_("441821") as connection:
        found = {one.no: one for one in candidates(connection, withdrawn=True)}
        opened = {one.no for one in candidates(connection, needs=(Need.ROAD,))}
    assert set(found) == {"road-0", "road-1", "road-9", "station-1", drawn.no}
    assert opened == {"road-0", "road-9", drawn.no}
    assert (found["road-0"].candidate.name, found["road-0"].origin) == ("改线", Origin.EDITED)
    assert found["road-1"].state is CandidateState.WITHDRAWN


def test_drawn_candidates_are_numbered_by_village_and_kind(office: Office) -> None:
    with office.as_("441821") as connection:
        numbers = [draw(connection, one, DEFAULT_YUAN, "甲").no for one in (LINK, LINK, STATION)]
    assert numbers == [
        "road_link-441821100201-D1",
        "road_link-441821100201-D2",
        "base_station_4g-441821100201-D1",
    ]


def test_who_saves_second_is_shown_what_is_there(office: Office) -> None:
    office.propose(LINK)
    with office.as_("441821") as connection:
        seen = candidate(connection, LINK.no)
        now = change(connection, seen, replace(LINK, cost_yuan=5.0), DEFAULT_YUAN, "甲")
    with office.as_("441821") as connection:
        with pytest.raises(RecordChanged) as other:
            change(connection, seen, replace(LINK, cost_yuan=6.0), DEFAULT_YUAN, "乙")
        assert other.value.now == now
        with pytest.raises(RecordChanged):
            set_state(connection, seen, CandidateState.WITHDRAWN, "乙")
        with pytest.raises(UnknownCandidate):
            candidate(connection, "没有")


def test_a_planner_of_another_county_changes_nothing(office: Office) -> None:
    office.propose(LINK)
    with office.as_("441826") as connection:
        seen = candidate(connection, LINK.no)
        for work in (
            lambda: change(connection, seen, LINK, DEFAULT_YUAN, "乙"),
            lambda: set_state(connection, seen, CandidateState.WITHDRAWN, "乙"),
        ):
            with pytest.raises(NotAllowed):
                work()
    for work in (
        lambda c: draw(c, LINK, DEFAULT_YUAN, "乙"),
        lambda c: put_proposal(
            c, COUNTY, Need.ROAD, Proposal((LINK,)), data_versions={}, unit_costs=DEFAULT_YUAN, by="乙"
        ),
        lambda c: scenarios.save(c, name="甲", note="", admin_code=COUNTY, problem={}, by="乙"),
    ):
        with pytest.raises(NotAllowed), office.as_("441826") as connection:
            work(connection)
    with pytest.raises(NotAllowed), office.as_("441821") as connection:
        change(
            connection, candidate(connection, LINK.no), replace(LINK, admin_code=FOREIGN), DEFAULT_YUAN, "乙"
        )


def _solved(connection: sa.Connection, name: str, *chosen: str) -> scenarios.Scenario:
    made = scenarios.save(
        connection, name=name, note="", admin_code=COUNTY, problem={"aim": "people"}, by="甲"
    )
    choice = _choice(*chosen)
    return scenarios.solve(
        connection,
        made,
        problem={"aim": "people"},
        result={"choice": choice_form(choice), "curve": [[1, 2]]},
        candidates=[LINK, STATION],
        years=choice.years,
        by="甲",
    )


def test_a_scenario_keeps_its_own_copy(office: Office) -> None:
    office.propose(LINK)
    with office.as_("441821") as connection:
        made = _solved(connection, "保守", LINK.no)
        change(connection, candidate(connection, LINK.no), replace(LINK, cost_yuan=1.0), DEFAULT_YUAN, "甲")
    office.propose()
    with office.as_("441821") as connection:
        kept = scenarios.copies(connection, made.id)
        again = scenarios.scenario(connection, made.id)
        (listed,) = scenarios.scenarios(connection, "441821")
    assert kept == [(LINK, 2026), (STATION, None)]
    assert again.result is not None and choice_of(again.result["choice"]) == _choice(LINK.no)
    assert listed.result == {
        "choice": {"people": 150.0, "cost_yuan": 1_200_000, "gap": 0.01, "outcome": "optimal"}
    }


def test_scenarios_have_names_of_their_own_and_versions(office: Office) -> None:
    with office.as_("441821") as connection:
        made = scenarios.save(connection, name=" 甲  案 ", note="", admin_code=COUNTY, problem={}, by="甲")
        other = scenarios.save(connection, name="乙案", note="", admin_code=COUNTY, problem={}, by="甲")
        assert made.name == "甲 案"
        with pytest.raises(ScenarioKnown):
            scenarios.save(connection, name="甲 案", note="", admin_code=COUNTY, problem={}, by="甲")
        with pytest.raises(ScenarioKnown):
            scenarios.rename(connection, other, name="甲 案", note="", by="甲")
        renamed = scenarios.rename(connection, made, name="丙案", note="说明", by="乙")
        assert (renamed.name, renamed.note, renamed.version) == ("丙案", "说明", 2)
        with pytest.raises(RecordChanged):
            scenarios.rename(connection, made, name="丁案", note="", by="甲")
        with pytest.raises(RecordChanged):
            scenarios.delete(connection, made)
        scenarios.delete(connection, renamed)
        assert [one.name for one in scenarios.scenarios(connection)] == ["乙案"]


def test_each_chosen_candidate_becomes_a_project_once(office: Office) -> None:
    with office.as_("441821") as connection:
        first = _solved(connection, "一", LINK.no)
        carried = carry_into_library(connection, first, "甲")
        assert carried.added == ("XM-441821-2026-0001",) and carried.already == 0
        second = _solved(connection, "二", LINK.no, STATION.no)
        carried = carry_into_library(connection, second, "甲")
        assert carried.added == ("XM-441821-2026-0002",) and carried.already == 1
        link, station = projects(connection)
        assert scenarios.scenario(connection, first.id).state == "carried"
        scenarios.delete(connection, scenarios.scenario(connection, first.id))
        kept = projects(connection)[0]
    assert (link.name, link.budget_yuan, link.people, link.department) == (LINK.name, 1_200_000, 150.0, None)
    assert link.villages == (VILLAGE, "441821100202") and link.geometry == LINK.geometry
    assert link.payments == ({"source": "city", "year": 2026, "yuan": 1_200_000},)
    assert str(link.planned_start) == "2026-01-01" and station.kind is WorkKind.BASE_STATION_4G
    assert (kept.code, kept.scenario_id) == (link.code, None)


def test_nothing_is_carried_of_what_chose_nothing(office: Office) -> None:
    with office.as_("441821") as connection, pytest.raises(NothingChosen):
        carry_into_library(connection, _solved(connection, "空"), "甲")


def test_every_change_is_on_record(office: Office) -> None:
    office.propose(LINK)
    with office.as_("4418") as connection:
        change_unit_cost(connection, prices(connection)["pump"], 1, "甲")
        now = change(connection, candidate(connection, LINK.no), LINK, DEFAULT_YUAN, "甲")
        now = set_state(connection, now, CandidateState.WITHDRAWN, "甲")
        set_state(connection, now, CandidateState.OPEN, "甲")
        draw(connection, LINK, DEFAULT_YUAN, "甲")
        made = _solved(connection, "一", LINK.no)
        carry_into_library(connection, made, "甲")
        scenarios.delete(connection, scenarios.scenario(connection, made.id))
    with reading(office.owner) as connection:
        done = list(
            connection.scalars(
                sa.text(
                    "SELECT action FROM access.record WHERE object <> 'account' AND object <> 'session' ORDER BY id"
                )
            )
        )
    assert done == [
        "candidates_proposed", "unit_cost_changed", "candidate_changed", "candidate_withdrawn", "candidate_reopened",
        "candidate_drawn", "scenario_saved", "scenario_saved", "projects_carried", "scenario_deleted",
    ]  # fmt: skip


def _tile_at(zoom: int) -> tuple[int, int, int]:
    """The tile that holds 113.5° E, 23.9° N."""
    x = (113.5 + 180) / 360 * 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(23.9))) / math.pi) / 2 * 2**zoom
    return zoom, int(x), int(y)


def test_tiles_hold_what_is_open_now_or_what_a_scenario_copied(office: Office) -> None:
    office.propose(LINK)
    office.propose(STATION, need=Need.MOBILE_4G)
    with office.as_("441821") as connection:
        made = _solved(connection, "一", LINK.no)
        before = stamp(connection)
        both = plan_tile(connection, *_tile_at(12))
        assert LINES.encode() in both and POINTS.encode() in both and LINK.no.encode() in both
        set_state(connection, candidate(connection, LINK.no), CandidateState.WITHDRAWN, "甲")
        assert stamp(connection) != before
        points = plan_tile(connection, *_tile_at(12))
        assert POINTS.encode() in points and LINES.encode() not in points
        copied = plan_tile(connection, *_tile_at(12), scenario=made.id)
        assert LINK.no.encode() in copied and b"left" in copied
        assert plan_tile(connection, 12, 0, 0) == b""
        with pytest.raises(TileOutside):
            plan_tile(connection, 3, 9, 0)
    with reading(office.app) as nobody:
        assert plan_tile(nobody, *_tile_at(12)) == b""


def test_a_click_finds_points_before_lines_within_reach(office: Office) -> None:
    office.propose(LINK)
    office.propose(STATION, need=Need.MOBILE_4G)
    with office.as_("441821", Role.LEADER) as connection:
        assert candidates_at(connection, 113.5, 23.9, radius_m=50) == [STATION.no, LINK.no]
        assert candidates_at(connection, 113.5, 23.9, radius_m=50, needs=(Need.ROAD,)) == [LINK.no]
        assert candidates_at(connection, 113.501, 23.9, radius_m=200) == [LINK.no, STATION.no][::-1]
        assert candidates_at(connection, 113.52, 23.9, radius_m=50) == []
