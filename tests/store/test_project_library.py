"""The library followed: every change of state in the database, milestones, entries, links, who may."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from shapely import Point

from access import Assignment
from analysis.progress.entry import Entry
from analysis.progress.states import TRANSITIONS, way_to
from base.settings import settings
from layers import Role
from layers.codes import LibraryState, WorkKind
from store import identity
from store.embedded import Cluster
from store.engine import changing, make_engine
from store.errors import NotAllowed, RecordChanged
from store.progress.entry import add_project, change_project, require_project
from store.progress.errors import (
    EntryFaulty,
    MilestoneReported,
    MilestonesWrong,
    StateDayWrong,
    StateNotAllowed,
    StateReasonNeeded,
    UnknownFeature,
)
from store.progress.library import (
    Milestone,
    change_state,
    milestones,
    project,
    put_state,
    set_milestones,
    states,
)
from store.progress.project_links import Link, links, set_links
from store.protection import APP
from tests import signed_in

VILLAGE, FOREIGN = "441821100201", "441826100201"
DAY = dt.date(2025, 3, 1)
ENTRY = Entry(
    name="上屋通硬化路",
    kind=WorkKind.ROAD_LINK,
    admin_code=VILLAGE,
    villages=(VILLAGE,),
    geometry=Point(113.5, 23.9),
    budget_yuan=1_200_000,
    planned_start=DAY,
    planned_finish=dt.date(2025, 12, 31),
    payments=(
        {"source": "county", "year": 2025, "yuan": 800_000},
        {"source": "central", "year": 2025, "yuan": 400_000},
    ),
    department="县交通运输局",
)
THREE = tuple(
    Milestone(no, name, Decimal(weight), dt.date(2025, 3 * no, 1))
    for no, name, weight in ((1, "开工", 20), (2, "主体完成", 50), (3, "验收", 30))
)


@dataclass
class Office:
    """A database with planners; `as_` acts for one of them."""

    owner: sa.Engine
    app: sa.Engine

    @contextmanager
    def as_(self, prefix: str = "441821", role: Role = Role.PLANNER) -> Iterator[sa.Connection]:
        secret = signed_in.session(self.owner, (Assignment(role, prefix),))
        with identity.acting(secret), changing(self.app) as connection:
            yield connection


@pytest.fixture
def office(cluster: Cluster, database: sa.Engine) -> Iterator[Office]:
    app = make_engine(cluster.url(str(database.url.database), APP), settings())
    yield Office(database, app)
    app.dispose()


def test_every_change_of_state_is_allowed_or_refused_by_database_and_function(office: Office) -> None:
    """All 49 pairs: the rule in the code, the trigger, and that nobody changes a state by plain SQL."""
    with office.as_() as connection:
        for before, after in product(LibraryState, LibraryState):
            made = add_project(connection, ENTRY, "甲", state=before, reason="测试原因")
            allowed = after in TRANSITIONS[before]
            try:
                with connection.begin_nested():
                    put_state(connection, made, after, happened_on=DAY, by="甲", reason="测试原因")
                done = True
            except sa.exc.DBAPIError as error:
                assert error.orig.sqlstate == "XP002"  # type: ignore[union-attr]
                done = False
            assert done is allowed, (before, after)
            now = require_project(connection, made.code)
            assert now.state is (after if allowed else before)
            assert [one.after for one in states(connection, made.id)] == [
                *way_to(before),
                *([after] if allowed else []),
            ]
            if not allowed and before is not after:
                with pytest.raises(StateNotAllowed):
                    change_state(connection, now, after, happened_on=DAY, by="甲", reason="测试原因")
            other = next(state for state in LibraryState if state is not now.state)
            with pytest.raises(sa.exc.DBAPIError) as refused, connection.begin_nested():
                connection.execute(
                    sa.text("UPDATE xiangtu.projects SET state = :state WHERE id = :id"),
                    {"state": str(other), "id": made.id},
                )
            assert refused.value.orig.sqlstate == "XP002"  # type: ignore[union-attr]


def test_a_stop_needs_a_reason_and_a_day_that_can_be(office: Office) -> None:
    with office.as_() as connection:
        made = add_project(connection, ENTRY, "甲", state=LibraryState.STARTED, state_on=DAY)
        with pytest.raises(StateReasonNeeded):
            change_state(connection, made, LibraryState.SUSPENDED, happened_on=DAY, by="甲", reason=" 。")
        with pytest.raises(sa.exc.DBAPIError) as refused, connection.begin_nested():
            put_state(connection, made, LibraryState.SUSPENDED, happened_on=DAY, by="甲")
        assert refused.value.orig.sqlstate == "XP003"  # type: ignore[union-attr]
        tomorrow = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date() + dt.timedelta(days=1)
        for day in (DAY - dt.timedelta(days=1), tomorrow):
            with pytest.raises(StateDayWrong):
                change_state(connection, made, LibraryState.FINISHED, happened_on=day, by="甲")
        change_state(connection, made, LibraryState.SUSPENDED, happened_on=DAY, by="甲", reason="征地未完成")
        told = states(connection, made.id)[-1]
        assert (told.after, told.reason, told.changed_by) == (LibraryState.SUSPENDED, "征地未完成", "甲")
    with office.owner.connect() as connection:
        last = connection.execute(
            sa.text("SELECT action, object_id, reason FROM access.record ORDER BY id DESC LIMIT 1")
        ).one()
        assert tuple(last) == ("project_state", made.code, "征地未完成")


def test_two_who_change_a_state_at_once_do_it_once(office: Office) -> None:
    with office.as_() as connection:
        made = add_project(connection, ENTRY, "甲")
    with office.as_() as connection:
        change_state(connection, made, LibraryState.APPROVED, happened_on=DAY, by="甲")
    with pytest.raises(RecordChanged), office.as_() as connection:
        change_state(connection, made, LibraryState.APPROVED, happened_on=DAY, by="乙")
    with office.owner.connect() as connection:
        assert len(states(connection, made.id)) == 1


def test_history_code_and_place_stay(office: Office) -> None:
    with office.as_() as connection:
        made = add_project(connection, ENTRY, "甲", state=LibraryState.APPROVED)
    for statement, state in (
        ("UPDATE xiangtu.project_states SET reason = 'x'", "42501"),
        ("DELETE FROM xiangtu.project_states", "42501"),
        ("UPDATE xiangtu.projects SET code = 'XM-441821-2025-9999'", "XP004"),
        (f"UPDATE xiangtu.projects SET admin_code = '{FOREIGN}'", "XP004"),
    ):
        with office.owner.connect() as connection, pytest.raises(sa.exc.DBAPIError) as refused:
            connection.execute(sa.text(statement))
        assert refused.value.orig.sqlstate == state  # type: ignore[union-attr]
    with office.owner.connect() as connection:
        assert project(connection, made.code) == made


def test_planners_of_another_county_and_clerks_change_nothing(office: Office) -> None:
    with office.as_() as connection:
        made = add_project(connection, ENTRY, "甲")
    for prefix, role in (("441826", Role.PLANNER), ("441821", Role.CLERK), ("441821", Role.LEADER)):
        with pytest.raises(NotAllowed), office.as_(prefix, role) as connection:
            add_project(connection, ENTRY, "乙")
        with pytest.raises(NotAllowed), office.as_(prefix, role) as connection:
            change_state(connection, made, LibraryState.APPROVED, happened_on=DAY, by="乙")
        with pytest.raises(NotAllowed), office.as_(prefix, role) as connection:
            put_state(connection, made, LibraryState.APPROVED, happened_on=DAY, by="乙")
        with pytest.raises(NotAllowed), office.as_(prefix, role) as connection:
            set_milestones(connection, made, THREE, "乙")
    with office.owner.connect() as connection:
        assert project(connection, made.code) == made


def test_milestones_weigh_100_in_code_and_database(office: Office) -> None:
    with office.as_() as connection:
        made = add_project(connection, ENTRY, "甲")
        for wrong in (
            THREE[:2],
            (*THREE[:2], replace(THREE[2], weight=Decimal("30.5"))),
            (*THREE[:2], replace(THREE[2], no=1)),
            (*THREE[:2], replace(THREE[2], name=" ")),
        ):
            with pytest.raises(MilestonesWrong):
                set_milestones(connection, made, wrong, "甲")
        set_milestones(connection, made, THREE, "甲")
        assert milestones(connection, VILLAGE[:6]) == {made.id: list(THREE)}
    with pytest.raises(sa.exc.DBAPIError) as refused, office.owner.begin() as connection:
        connection.execute(sa.text("UPDATE xiangtu.project_milestones SET weight = 40 WHERE no = 1"))
    assert refused.value.orig.sqlstate == "XP001"  # type: ignore[union-attr]


@pytest.mark.parametrize("table", ["project_milestones", "project_links"])
def test_a_code_of_ones_own_place_does_not_open_anothers_plan(office: Office, table: str) -> None:
    with office.as_() as connection:
        mine = add_project(connection, ENTRY, "甲")
        set_milestones(connection, mine, THREE, "甲")
    columns, values = {
        "project_milestones": ("no, name, weight, planned_on", "9, '竣工', 100, '2025-12-01'"),
        "project_links": ("feature, feature_key", "'water_works', 'SC001'"),
    }[table]
    insert = (
        f"INSERT INTO xiangtu.{table} (project_id, admin_code, {columns}) "
        f"VALUES ({mine.id}, '{FOREIGN}', {values})"
    )
    with pytest.raises(sa.exc.DBAPIError) as refused, office.as_("441826") as connection:
        connection.execute(sa.text(insert))
    assert refused.value.orig.sqlstate == "XP010"  # type: ignore[union-attr]


def test_a_milestone_does_not_move_to_another_project(office: Office) -> None:
    with office.as_() as connection:
        mine = add_project(connection, ENTRY, "甲")
        set_milestones(connection, mine, THREE, "甲")
        other = add_project(connection, replace(ENTRY, name="下屋通硬化路"), "甲")
    move = sa.text(
        "UPDATE xiangtu.project_milestones SET project_id = :other WHERE project_id = :mine AND no = 1"
    )
    with pytest.raises(sa.exc.DBAPIError) as refused, office.as_() as connection:
        connection.execute(move, {"other": other.id, "mine": mine.id})
    assert refused.value.orig.sqlstate == "XP010"  # type: ignore[union-attr]


def test_a_milestone_that_was_reported_stays(office: Office) -> None:
    with office.as_() as connection:
        made = add_project(connection, ENTRY, "甲")
        set_milestones(connection, made, THREE, "甲")
    with office.owner.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.progress_reports (submission_key, project_id, admin_code, period, reported_on, "
                "percent, paid_yuan, milestones, channel, reported_by) VALUES (gen_random_uuid(), :id, :code, "
                "'2025-04-01', '2025-04-28', 20, 0, '{1}', 'form', '丙')"
            ),
            {"id": made.id, "code": made.admin_code},
        )
    later = (replace(THREE[1], weight=Decimal(60)), replace(THREE[2], weight=Decimal(40)))
    with office.as_() as connection:
        now = require_project(connection, made.code)
        with pytest.raises(MilestoneReported):
            set_milestones(connection, now, later, "甲")


def test_an_entry_comes_back_as_it_was_given_and_is_changed_once(office: Office) -> None:
    with office.as_() as connection:
        made = add_project(connection, replace(ENTRY, people=120.0, team="驻镇工作队", note="先修桥"), "甲")
        again = add_project(connection, ENTRY, "甲")
    assert made.code == "XM-441821-2025-0001" and again.code == "XM-441821-2025-0002"
    assert (made.layer, made.team, made.origin, made.note, made.people) == (
        "roads", "驻镇工作队", "form", "先修桥", 120.0,
    )  # fmt: skip
    assert made.payments == ENTRY.payments and made.budget_yuan == 1_200_000 and not made.synthetic
    wider = replace(ENTRY, name="上屋—下村通硬化路", kind=WorkKind.WORKS_UPGRADE)
    with office.as_() as connection:
        now = change_project(connection, made, wider, "乙")
        assert (now.name, now.layer, now.version, now.changed_by) == (
            "上屋—下村通硬化路", "water_supply", made.version + 1, "乙",
        )  # fmt: skip
        with pytest.raises(RecordChanged):
            change_project(connection, made, ENTRY, "丙")


@pytest.mark.parametrize(
    ("wrong", "field", "kind"),
    [
        ({"name": "路"}, "name", "name"),
        ({"kind": None}, "kind", "kind"),
        ({"budget_yuan": 0, "payments": ()}, "budget_yuan", "budget"),
        ({"planned_start": None}, "planned_start", "date_needed"),
        ({"planned_finish": dt.date(2025, 1, 1)}, "planned_finish", "dates_order"),
        ({"planned_start": dt.date(1999, 1, 1)}, "planned_start", "year"),
        ({"payments": ({"source": "county", "year": 2025, "yuan": 5},)}, "payments", "payments_sum"),
        ({"payments": ({"source": "我", "year": 2025, "yuan": 1_200_000},)}, "payments", "payment"),
    ],
)
def test_each_fault_names_its_field(wrong: dict[str, object], field: str, kind: str) -> None:
    with pytest.raises(EntryFaulty) as refused:
        add_project(None, replace(ENTRY, **wrong), "甲")  # type: ignore[arg-type]
    assert (field, kind) in {(one.field, one.kind) for one in refused.value.faults}


def test_links_are_with_what_there_is(office: Office) -> None:
    with office.as_() as connection:
        made = add_project(connection, ENTRY, "甲")
        for link in (Link("water_works", "没有"), Link("no_such", "1")):
            with pytest.raises(UnknownFeature):
                set_links(connection, made, [link], "甲")
        assert links(connection) == {}
