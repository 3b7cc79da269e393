"""After an edit only what it can have changed is computed, and equals a run of everything to the last digit."""

import datetime as dt
from collections.abc import Iterator
from unittest.mock import patch

import pandas as pd
import pytest
import sqlalchemy as sa

from base.settings import settings
from layers import all_indicators
from pipelines.indicators import InProcess, RunReport, run, today
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from tests.pipelines.quiet import wait_for_writers
from tests.pipelines.two_counties import EAST, VILLAGES, WEST, centre, store

DAY = dt.date(2024, 6, 30)
_POINT = "ST_SetSRID(ST_MakePoint({}, {}), 4490)"
Edit = tuple[str, str]
"""Feature type and statement."""


def figures(engine: sa.Engine, as_of: dt.date = DAY) -> pd.DataFrame:
    keys = ["indicator_id", "level", "admin_code", "scope"]
    with engine.connect() as connection:
        statement = sa.text("SELECT * FROM xiangtu.indicator_values WHERE as_of = :as_of")
        frame = pd.read_sql(statement, connection, params={"as_of": as_of})
        statement = sa.text(
            "SELECT indicator_id, 'observed' AS level, admin_code, 'all' AS scope, observed::text AS value "
            "FROM xiangtu.indicator_observations WHERE as_of = :as_of"
        )
        kept = pd.read_sql(statement, connection, params={"as_of": as_of})
    together = pd.concat([frame.astype({"value": object}), kept], ignore_index=True)
    return together.drop(columns=["as_of", "computed_at"]).set_index(keys).sort_index()


def edit(engine: sa.Engine, *edits: Edit, wait: bool = True) -> None:
    with engine.begin() as connection:
        for feature, statement in edits:
            changed = connection.execute(sa.text(statement)).rowcount
            assert changed > 0, statement
            _bump(connection, feature)
    if wait:
        wait_for_writers(engine)


def _bump(connection: sa.Connection, feature: str) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO xiangtu.layer_versions (feature_id, version) VALUES (:feature, 1) "
            "ON CONFLICT (feature_id) DO UPDATE SET version = layer_versions.version + 1"
        ),
        {"feature": feature},
    )


def whole(engine: sa.Engine, as_of: dt.date = DAY) -> RunReport:
    return run(engine, as_of=as_of, executor=InProcess(), again=True)


def touched(engine: sa.Engine, as_of: dt.date = DAY) -> RunReport:
    return run(engine, as_of=as_of, executor=InProcess(), again=True, only_touched=True)


def assert_equals_whole(engine: sa.Engine, as_of: dt.date = DAY) -> None:
    brought = figures(engine, as_of)
    whole(engine, as_of)
    pd.testing.assert_frame_equal(brought, figures(engine, as_of), check_exact=True)


@pytest.fixture
def counties(database: sa.Engine) -> sa.Engine:
    store(database)
    with database.begin() as connection:
        for code in (WEST, VILLAGES[0][:9] + "000", VILLAGES[4][:9] + "000"):
            connection.execute(
                sa.text("INSERT INTO feature.construction_quotas (admin_code, reserved_mu, total_scale_mu) "
                        "VALUES (:code, 10.1, 100)"), {"code": code})  # fmt: skip
    wait_for_writers(database)
    whole(database)
    return database


def _at(number: int, east: float = 0.0, north: float = 0.0) -> str:
    x, y = centre(VILLAGES[number])
    return _POINT.format(x + east, y + north)


_SMALL_EDITS: dict[str, tuple[Edit, int]] = {
    "a house done": (("houses", f"UPDATE feature.houses SET state = 'accepted', found_on = '2024-01-01', "
                                f"accepted_on = '2024-03-01' WHERE admin_code = '{VILLAGES[1]}'"), 2),
    "its date corrected": (("houses", "UPDATE feature.houses SET accepted_on = '2024-03-05' "
                                      f"WHERE admin_code = '{VILLAGES[1]}'"), 2),
    "the last houses of a township": (("houses", "DELETE FROM feature.houses "
                                                 f"WHERE admin_code LIKE '{VILLAGES[2][:9]}%'"), 2),
    "its first house again": (("houses", "INSERT INTO feature.houses (admin_code, household_no, grade, state, geom) "
                                         f"VALUES ('{VILLAGES[2]}', 'N1', 'D', 'planned', {_at(2)})"), 2),
    "whether a slope is cut": (("houses", "UPDATE feature.houses SET cut_slope = true WHERE household_no = 'N1'"), 2),
    "a house filed elsewhere": (("houses", f"UPDATE feature.houses SET admin_code = '{VILLAGES[4]}' "
                                           "WHERE household_no = 'N1'"), 4),
    "a speed": (("speed_tests", "UPDATE feature.speed_tests SET down_mbps = 77.7 WHERE test_no = 'T3'"), 1),
    "speeds gone": (("speed_tests", f"DELETE FROM feature.speed_tests WHERE admin_code = '{VILLAGES[5]}'"), 1),
    "a water figure": (("village_water", "UPDATE feature.village_water SET households_connected = 333 "
                                         f"WHERE admin_code = '{VILLAGES[4]}'"), 1),
    "a village's first water figure": (("village_water", "INSERT INTO feature.village_water (admin_code, households, "
                                        f"households_connected) VALUES ('{VILLAGES[6]}', 70, 7)"), 1),
    "people": (("settlements", f"UPDATE feature.settlements SET population = 123 "
                               f"WHERE admin_code = '{VILLAGES[3]}'"), 1),
    "a settlement moved into the neighbour": (("settlements", f"UPDATE feature.settlements SET geom = {_at(0)}, "
                                               f"admin_code = '{VILLAGES[0]}' WHERE admin_code = '{VILLAGES[1]}'"), 2),
    "an area grown over the border": (("water_service_areas", "UPDATE feature.water_service_areas "
                                       "SET geom = ST_Multi(ST_MakeEnvelope(113.0, 24.0, 113.051, 24.03, 4490))"), 6),
    "an area gone": (("water_service_areas", "DELETE FROM feature.water_service_areas"), 6),
    "a station": (("base_stations", f"UPDATE feature.base_stations SET technology = '4G' "
                                    f"WHERE admin_code = '{VILLAGES[7]}'"), 8),
    "a project, the county's first": (("consolidation_projects", "INSERT INTO feature.consolidation_projects "
                                       "(admin_code, project_no, name, project_kind, state, stated_area_mu, geom) "
                                       f"VALUES ('{VILLAGES[5]}', 'P1', 'P', 'comprehensive', 'accepted', 12.3, "
                                       f"ST_Multi(ST_Buffer({_at(5)}, 0.001)))"), 4),
    "a second project": (("consolidation_projects", "INSERT INTO feature.consolidation_projects "
                          "(admin_code, project_no, name, project_kind, state, stated_area_mu, geom) "
                          f"VALUES ('{VILLAGES[6]}', 'P2', 'P', 'comprehensive', 'accepted', 45.6, "
                          f"ST_Multi(ST_Buffer({_at(6)}, 0.001)))"), 1),
    "projects gone": (("consolidation_projects", "DELETE FROM feature.consolidation_projects"), 4),
    "a township's quota": (("construction_quotas", "UPDATE feature.construction_quotas SET reserved_mu = 9.9 "
                            f"WHERE admin_code = '{VILLAGES[4][:9]}000'"), 1),
    "a county's own quota": (("construction_quotas", "UPDATE feature.construction_quotas SET reserved_mu = 45.6 "
                              f"WHERE admin_code = '{WEST}'"), 2),
    "a county's own quota gone": (("construction_quotas", "DELETE FROM feature.construction_quotas "
                                   f"WHERE admin_code = '{WEST}'"), 2),
    "a name": (("admin_units", f"UPDATE feature.admin_units SET name = 'X' WHERE admin_code = '{VILLAGES[0]}'"), 0),
    "a road unpaved": (("roads", "UPDATE feature.roads SET surface = 'earth' WHERE segment_no = 'L2'"), 8),
    "a road paved": (("roads", "UPDATE feature.roads SET surface = 'cement' WHERE segment_no = 'L2'"), 8),
    "a road moved": (("roads", "UPDATE feature.roads SET geom = ST_Translate(geom, -0.003, 0) "
                               "WHERE segment_no = 'L1'"), 8),
    "the only hardened road gone far away": (("roads", "UPDATE feature.roads SET geom = ST_Translate(geom, 0, 0.09) "
                                              "WHERE segment_no = 'L2'"), 8),
    "a road gone": (("roads", "DELETE FROM feature.roads WHERE segment_no = 'L2'"), 8),
}  # fmt: skip


def test_every_kind_of_edit_equals_a_whole_run(counties: sa.Engine) -> None:
    for number, (name, (change, villages)) in enumerate(_SMALL_EDITS.items(), start=1):
        edit(counties, change)
        report = touched(counties)
        assert not report.whole, name
        assert report.villages == villages or (villages == 8 and report.villages <= 8), name
        if number % 5 == 0:  # what an edit left behind, the next ones leave too
            assert_equals_whole(counties)


_BOUNDARY = "UPDATE feature.admin_units SET geom = ST_Multi(ST_Buffer(geom, 0.0004)) WHERE admin_code = '{}'"


def test_a_changed_boundary_has_its_county_computed(counties: sa.Engine) -> None:
    edit(counties, ("admin_units", _BOUNDARY.format(VILLAGES[6])), _SMALL_EDITS["a water figure"][0])
    report = touched(counties)
    assert (report.counties, report.villages, report.whole) == ((EAST,), 4, False)
    assert_equals_whole(counties)


def test_a_changed_kind_moves_the_figures_of_its_scope(counties: sa.Engine) -> None:
    township = VILLAGES[6][:9] + "000"
    edit(
        counties,
        ("admin_units", f"UPDATE feature.admin_units SET kind = 'street' WHERE admin_code = '{township}'"),
    )
    assert touched(counties).counties == (EAST,)
    assert_equals_whole(counties)


def test_a_county_that_is_no_more_has_the_whole_city_computed(counties: sa.Engine) -> None:
    edit(counties, ("admin_units", "DELETE FROM feature.admin_units WHERE admin_code LIKE '441801%'"))
    assert touched(counties).whole
    assert_equals_whole(counties)


def test_nothing_changed_computes_nothing_and_is_on_record(counties: sa.Engine) -> None:
    report = touched(counties)
    assert (report.villages, report.rows, report.whole) == (0, 0, False)
    with counties.connect() as connection:
        runs = connection.execute(sa.text("SELECT kind, state FROM xiangtu.indicator_runs ORDER BY id")).all()
    assert [tuple(row) for row in runs] == [("whole", "done"), ("touched", "done")]


def test_without_a_run_of_the_day_everything_is_computed(counties: sa.Engine) -> None:
    later = DAY + dt.timedelta(days=1)
    assert touched(counties, later).whole
    assert not touched(counties, later).whole


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE xiangtu.indicator_runs SET program = 'another'",
        "UPDATE xiangtu.indicator_runs SET seconds = 1",
        "UPDATE xiangtu.indicator_runs SET horizon = NULL, stored_by = NULL",
        "INSERT INTO xiangtu.layer_versions (feature_id, version) VALUES ('raster_elevation', 1)",
    ],
    ids=["another program", "rows written by a restored dump", "a run of before", "a raster"],
)
def test_a_base_that_cannot_be_trusted_has_everything_computed(counties: sa.Engine, statement: str) -> None:
    with counties.begin() as connection:
        connection.execute(sa.text(statement))
    assert touched(counties).whole


def test_a_change_under_way_when_the_run_looked_is_found_by_the_next(counties: sa.Engine) -> None:
    statement = sa.text(
        f"UPDATE feature.village_water SET households_connected = 1 WHERE admin_code = '{VILLAGES[0]}'"
    )
    with counties.connect() as early, early.begin():
        with early.begin_nested():  # rows carry the id of the savepoint then
            early.execute(statement)
        _bump(early, "village_water")
        edit(
            counties,
            ("speed_tests", "UPDATE feature.speed_tests SET down_mbps = 1 WHERE test_no = 'T0'"),
            wait=False,
        )
        assert touched(counties).villages == 1
    assert touched(counties).villages >= 1
    assert_equals_whole(counties)


def test_a_partial_run_of_older_data_is_not_taken_for_new(counties: sa.Engine) -> None:
    """A run of one county looks first and stores last; the touched run between them stored newer figures."""
    change = _SMALL_EDITS["a water figure"][0]

    class TouchedBetween:
        def map_unordered(self, function, tasks):  # type: ignore[no-untyped-def]
            edit(counties, change)
            assert touched(counties).villages == 1
            yield from map(function, tasks)

    run(counties, as_of=DAY, counties=[EAST], executor=TouchedBetween(), again=True)
    touched(counties)
    assert_equals_whole(counties)


def test_a_failed_run_is_on_record_and_changes_nothing(counties: sa.Engine) -> None:
    edit(counties, _SMALL_EDITS["a water figure"][0])
    before = figures(counties)
    with (
        patch("pipelines.indicators.run.snapshots.replace_rows", side_effect=OSError("disk")),
        pytest.raises(OSError, match="disk"),
    ):
        touched(counties)
    pd.testing.assert_frame_equal(figures(counties), before)
    with counties.connect() as connection:
        states = (
            connection.execute(sa.text("SELECT state FROM xiangtu.indicator_runs ORDER BY id"))
            .scalars()
            .all()
        )
    assert states == ["done", "failed"]
    assert touched(counties).villages == 1
    assert_equals_whole(counties)


@pytest.fixture
def own_city(cluster: Cluster, city_template: str) -> Iterator[sa.Engine]:
    """A copy of the small demo city to change."""
    create_database(cluster, "touched_city", template=city_template)
    engine = make_engine(cluster.url("touched_city"), settings())
    yield engine
    engine.dispose()
    drop_database(cluster, "touched_city")


_FIRST = "(SELECT id FROM feature.{0} WHERE {1} ORDER BY id OFFSET {2} LIMIT 1)"
_OFF_THE_GRIDS = _POINT.format(118, 24)
_CUT = "cut_slope AND state NOT IN ('accepted', 'occupied', 'demolished', 'relocated')"
_CITY_EDITS: list[Edit] = [
    ("houses", "UPDATE feature.houses SET state = 'accepted', accepted_on = found_on + 91 WHERE id = "
               + _FIRST.format("houses", "state = 'planned' AND found_on IS NOT NULL", 5)),
    ("houses", f"UPDATE feature.houses SET geom = {_OFF_THE_GRIDS} WHERE {_CUT} AND left(admin_code, 6) "
               "= '441826'"),
    ("houses", "UPDATE feature.houses SET cut_slope = false WHERE id = "
               + _FIRST.format("houses", _CUT, 0)),
    ("base_stations", "UPDATE feature.base_stations SET geom = ST_Translate(geom, 0.004, 0.002) WHERE id = "
                      + _FIRST.format("base_stations", "technology = '5G'", 9)),
    ("base_stations", "DELETE FROM feature.base_stations WHERE admin_code LIKE (SELECT left(admin_code, 9) || '%' "
                      "FROM feature.base_stations ORDER BY admin_code DESC LIMIT 1)"),
    ("water_service_areas", "UPDATE feature.water_service_areas SET geom = ST_Multi(ST_Buffer(geom, 0.002)) "
                            "WHERE id = " + _FIRST.format("water_service_areas", "true", 30)),
    ("settlements", "UPDATE feature.settlements SET geom = ST_Translate(geom, 0.006, 0), population = 777 WHERE id = "
                    + _FIRST.format("settlements", "population > 0", 100)),
    ("settlements", "UPDATE feature.settlements SET population = population + 50 WHERE id = "
                    + _FIRST.format("settlements", "population > 0", 200)),
    ("township_seats", "UPDATE feature.township_seats SET geom = ST_Translate(geom, 0.01, 0.01) WHERE id = "
                       + _FIRST.format("township_seats", "true", 3)),
    ("consolidation_projects", "UPDATE feature.consolidation_projects SET state = 'accepted' WHERE id = "
                               + _FIRST.format("consolidation_projects", "state <> 'accepted'", 2)),
]  # fmt: skip
_ROAD_EDITS: list[Edit] = [
    ("roads", "UPDATE feature.roads SET surface = 'cement' WHERE id = "
              + _FIRST.format("roads", "surface = 'earth' AND road_class = 'C'", 3)),
    ("roads", "DELETE FROM feature.roads WHERE id = "
              + _FIRST.format("roads", "surface = 'cement' AND road_class = 'C'", 40)),
    ("roads", "INSERT INTO feature.roads (admin_code, segment_no, road_class, surface, geom) SELECT admin_code, "
              "'NEW', 'C', 'asphalt', ST_Translate(geom, 0.002, 0.001) FROM feature.roads WHERE id = "
              + _FIRST.format("roads", "road_class = 'Y'", 10)),
]  # fmt: skip


def test_edits_of_a_city_one_after_the_other_equal_a_whole_run(own_city: sa.Engine) -> None:
    whole(own_city, today())
    reports = []
    for change in (*_CITY_EDITS, *_ROAD_EDITS):
        edit(own_city, change)
        reports.append(touched(own_city, today()))
    assert not any(report.whole for report in reports)
    assert all(report.rows > 0 for report in reports)
    assert max(report.villages for report in reports[: len(_CITY_EDITS)]) < 80, "of about 170"
    assert all(len(report.counties) == 1 for report in reports), "the two counties lie far apart"
    assert_equals_whole(own_city, today())
    known = figures(own_city, today())["value"].dropna().index.get_level_values("indicator_id")
    assert {indicator.id for indicator in all_indicators() if indicator.rasters} <= set(known)


def test_many_changes_have_everything_computed(own_city: sa.Engine) -> None:
    whole(own_city, today())
    edit(own_city, ("houses", "UPDATE feature.houses SET grade = 'D'"),
         ("settlements", "UPDATE feature.settlements SET population = population + 1"))  # fmt: skip
    assert touched(own_city, today()).whole
