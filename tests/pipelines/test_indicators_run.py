"""Computing indicators on a real database: snapshots, executors, partial runs, faults."""

import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence

import pandas as pd
import pytest
import sqlalchemy as sa

from analysis.errors import UnknownMeasure
from i18n import Text
from layers import AdminLevel, Direction, Indicator, Layer, Rollup, Unit, all_indicators, registered
from pipelines.indicators import (
    DataOfLaterDay,
    DayAlreadyComputed,
    FutureDay,
    InProcess,
    LocalProcesses,
    NoUnits,
    UnknownCounty,
    executor_for,
    run,
    today,
)
from store import snapshots
from store.engine import reading
from tests.pipelines.two_counties import CITY, EAST, VILLAGES, WEST, store

DAY = dt.date(2024, 6, 30)


@pytest.fixture
def counties(database: sa.Engine) -> sa.Engine:
    store(database)
    return database


def figures(engine: sa.Engine, as_of: dt.date = DAY) -> pd.DataFrame:
    keys = ["indicator_id", "level", "admin_code", "scope"]
    statement = sa.text("SELECT * FROM xiangtu.indicator_values WHERE as_of = :as_of")
    with engine.connect() as connection:
        frame = pd.read_sql(statement, connection, params={"as_of": as_of})
    return frame.drop(columns="as_of").set_index(keys).sort_index()


def value(frame: pd.DataFrame, indicator_id: str, level: str, code: str, scope: str = "all") -> float:
    return float(frame.loc[(indicator_id, level, code, scope), "value"])


def run_states(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT state FROM xiangtu.indicator_runs ORDER BY id"))
        return list(rows.scalars())


def test_full_run_stores_every_level_and_scope(counties: sa.Engine) -> None:
    told: list[tuple[int, int]] = []
    report = run(counties, as_of=DAY, workers=1, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
    assert report.counties == (WEST, EAST)
    found = figures(counties)
    assert report.rows == len(found)
    assert set(found.index.get_level_values("indicator_id")) == {i.id for i in all_indicators()}

    assert value(found, "tap_water_rate", "village", VILLAGES[1]) == 0.5
    assert value(found, "tap_water_rate", "county", WEST) == 400 / 1000
    assert value(found, "tap_water_rate", "county", WEST, "town") == 200 / 300
    assert value(found, "tap_water_rate", "city", CITY) == 600 / 2100
    assert found.loc[("tap_water_rate", "city", CITY, "all"), ["with_data", "units"]].tolist() == [6, 8]
    assert value(found, "tap_water_rate", "city", CITY, "street") == 200 / 700

    assert value(found, "dangerous_houses_outstanding", "city", CITY) == 4
    assert value(found, "dangerous_houses_per_1000", "county", EAST) == pytest.approx(2 / 0.25)
    assert value(found, "hardened_share", "village", VILLAGES[0]) == 1
    assert value(found, "median_down_mbps", "city", CITY) == pytest.approx(20 + 11.5 / 7)


def test_features_of_the_neighbour_count_near_the_border(counties: sa.Engine) -> None:
    with counties.begin() as connection:
        connection.execute(sa.text("UPDATE feature.roads SET admin_code = :code"), {"code": VILLAGES[2]})
        connection.execute(sa.text("UPDATE feature.roads SET surface = 'earth' WHERE segment_no = 'L1'"))
    run(counties, as_of=DAY, workers=1)
    found = figures(counties)
    metres = value(found, "worst_distance_to_hardened_m", "village", VILLAGES[3])
    assert metres == pytest.approx(0.011 * 101_700, rel=0.01), "the road lies 0.011° east, across the border"
    assert value(found, "rural_access_index", "village", VILLAGES[3]) == 1


def test_processes_and_one_process_agree_to_the_last_digit(counties: sa.Engine) -> None:
    run(counties, as_of=DAY, executor=InProcess())
    alone = figures(counties).drop(columns="computed_at")
    run(counties, as_of=DAY, executor=LocalProcesses(2), again=True)
    pd.testing.assert_frame_equal(figures(counties).drop(columns="computed_at"), alone, check_exact=True)


def test_partial_run_equals_a_full_one_and_leaves_the_rest_alone(counties: sa.Engine) -> None:
    run(counties, as_of=DAY, workers=1)
    before = figures(counties)
    with counties.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE feature.village_water SET households_connected = 300 WHERE admin_code LIKE '441802%'"
            )
        )
        connection.execute(
            sa.text("UPDATE feature.speed_tests SET down_mbps = 500 WHERE admin_code LIKE '441802%'")
        )
    report = run(counties, as_of=DAY, counties=[EAST], workers=1, again=True)
    partial = figures(counties)
    assert report.counties == (EAST,)
    west = partial.index.get_level_values("admin_code").str.startswith("441801")
    pd.testing.assert_frame_equal(partial[west], before[west])
    assert value(partial, "tap_water_rate", "city", CITY) == 1000 / 2100

    run(counties, as_of=DAY, workers=1, again=True)
    full = figures(counties)
    pd.testing.assert_frame_equal(
        partial.drop(columns="computed_at"), full.drop(columns="computed_at"), check_exact=True
    )


def test_a_countys_own_quota_goes_before_its_townships_and_outlives_a_partial_run(
    counties: sa.Engine,
) -> None:
    quotas = {WEST: (45, 250), "441801001000": (10, 100), "441802001000": (5, 100), "441802002000": (7, 100)}
    with counties.begin() as connection:
        for code, (reserved, total) in quotas.items():
            connection.execute(
                sa.text(
                    "INSERT INTO feature.construction_quotas (admin_code, reserved_mu, total_scale_mu) "
                    "VALUES (:code, :reserved, :total)"
                ),
                {"code": code, "reserved": reserved, "total": total},
            )
    run(counties, as_of=DAY, indicators=["reserved_land_share"], workers=1)
    assert value(figures(counties), "reserved_land_share", "county", WEST) == 45 / 250
    with counties.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE feature.construction_quotas SET reserved_mu = 9 WHERE admin_code = '441802001000'"
            )
        )
    run(counties, as_of=DAY, counties=[EAST], indicators=["reserved_land_share"], workers=1, again=True)
    found = figures(counties)
    assert value(found, "reserved_land_share", "county", WEST) == 45 / 250
    assert value(found, "reserved_land_share", "city", CITY) == (45 + 16) / (250 + 200)


def test_partial_run_on_a_new_day_computes_the_whole_city(counties: sa.Engine) -> None:
    report = run(counties, as_of=DAY, counties=[EAST], indicators=["tap_water_rate"], workers=1)
    assert report.counties == (WEST, EAST)
    assert value(figures(counties), "tap_water_rate", "city", CITY) == 600 / 2100


def test_all_counties_see_the_data_as_they_were_at_the_start(counties: sa.Engine) -> None:
    class ImportBetween:
        """Another connection changes the data after the start and before the first county is read."""

        def map_unordered(self, function: Callable, tasks: Sequence) -> Iterator:
            with counties.begin() as connection:
                connection.execute(sa.text("UPDATE feature.village_water SET households_connected = 0"))
            yield from map(function, tasks)

    run(counties, as_of=DAY, indicators=["tap_water_rate"], executor=ImportBetween())
    assert value(figures(counties), "tap_water_rate", "city", CITY) == 600 / 2100


def test_figures_of_a_unit_that_is_no_more_go_with_the_next_run(counties: sa.Engine) -> None:
    run(counties, as_of=DAY, indicators=["tap_water_rate"], workers=1)
    with counties.begin() as connection:
        connection.execute(sa.text("DELETE FROM feature.admin_units WHERE admin_code LIKE '441801%'"))
    run(counties, as_of=DAY, indicators=["tap_water_rate"], workers=1, again=True)
    codes = figures(counties).index.get_level_values("admin_code")
    assert not codes.str.startswith("441801").any()
    assert value(figures(counties), "tap_water_rate", "city", CITY) == 200 / 1100


def test_another_day_is_kept_beside(counties: sa.Engine) -> None:
    later = dt.date(2024, 7, 31)
    run(counties, as_of=DAY, indicators=["tap_water_rate"], workers=1)
    with counties.begin() as connection:
        connection.execute(sa.text("UPDATE feature.village_water SET households_connected = households"))
    run(counties, as_of=later, indicators=["tap_water_rate"], workers=1)
    with reading(counties) as connection:
        assert snapshots.as_of_dates(connection) == (later, DAY)
        assert snapshots.latest_as_of(connection) == later
        headline = snapshots.headline(connection, later).set_index(["indicator_id", "scope"])
        first = snapshots.headline(connection, DAY)
    assert headline.loc[("tap_water_rate", "all"), ["value", "previous_value"]].tolist() == [1, 600 / 2100]
    assert headline.loc[("tap_water_rate", "all"), "previous_as_of"] == DAY
    assert first["previous_value"].isna().all()


def test_snapshot_queries(counties: sa.Engine) -> None:
    run(counties, as_of=DAY, indicators=["tap_water_rate", "reserved_land_share"], workers=1)
    with reading(counties) as connection:
        villages = snapshots.values(connection, "tap_water_rate", DAY, AdminLevel.VILLAGE, prefix="441802")
        towns = snapshots.values(connection, "tap_water_rate", DAY, AdminLevel.TOWNSHIP, scope="town")
        unit = snapshots.unit_values(connection, VILLAGES[1], DAY)
        county = snapshots.unit_values(connection, EAST, DAY)
        nowhere = snapshots.unit_values(connection, "449999000000", DAY)
    assert villages["admin_code"].tolist() == VILLAGES[4:]
    assert villages["value"].isna().tolist() == [False, False, True, True]
    assert towns["admin_code"].tolist() == ["441801001000", "441802001000"]
    compared = ["value", "township_value", "county_value", "city_value"]
    assert unit.loc["tap_water_rate", compared].tolist() == [100 / 200, 200 / 300, 0.4, 600 / 2100]
    assert "reserved_land_share" not in unit.index, "quotas are no figure of villages"
    assert county.loc["tap_water_rate", ["county_value"]].tolist() == [200 / 1100]
    assert county["township_value"].isna().all()
    assert nowhere.empty


def test_run_is_noted_with_the_versions_of_the_data(counties: sa.Engine) -> None:
    report = run(counties, as_of=DAY, indicators=["tap_water_rate"], workers=1)
    with counties.connect() as connection:
        noted = connection.execute(sa.text("SELECT * FROM xiangtu.indicator_runs")).mappings().one()
    assert noted["id"] == report.run_id
    assert (noted["state"], noted["counties"], noted["data_versions"]) == ("done", 2, {"roads": 7})
    assert noted["finished_at"] >= noted["started_at"]


def made_up(function: str) -> Layer:
    name = Text("试", "trial")
    indicator = Indicator(
        "trial_sum", name, Unit.PERSONS, Direction.LOWER, name, function, Rollup.SUM, ("village_water",),
        arguments={"field": "dispersed_population"},
    )  # fmt: skip
    return Layer("trial", name, (), (indicator,))


@pytest.mark.parametrize("workers", [1, 2])
def test_indicator_of_a_made_up_layer_needs_nothing_else(counties: sa.Engine, workers: int) -> None:
    with registered(made_up("figures.sum_of_field")):
        run(counties, as_of=DAY, indicators=["trial_sum"], workers=workers)
    assert value(figures(counties), "trial_sum", "city", CITY) == 21


def test_failed_run_is_noted_and_leaves_the_old_figures(counties: sa.Engine) -> None:
    run(counties, as_of=DAY, indicators=["tap_water_rate"], workers=1)
    before = figures(counties)
    with registered(made_up("figures.no_such_measure")), pytest.raises(UnknownMeasure):
        run(counties, as_of=DAY, workers=1, again=True)
    assert run_states(counties) == ["done", "failed"]
    pd.testing.assert_frame_equal(figures(counties), before)


def test_error_in_a_worker_process_reaches_the_caller(counties: sa.Engine) -> None:
    with counties.begin() as connection:
        connection.execute(sa.text("ALTER TABLE feature.roads RENAME surface TO lost"))
    with pytest.raises(Exception, match="surface"):
        run(counties, as_of=DAY, indicators=["hardened_share"], executor=LocalProcesses(2))
    assert run_states(counties) == ["failed"]


def handed_in(engine: sa.Engine, as_of: dt.date | None, finished_at: str) -> None:
    """Note an import that changed a row."""
    statement = sa.text(
        "INSERT INTO xiangtu.import_batches (feature_id, file_name, file_sha256, state, inserted, as_of, finished_at) "
        "VALUES ('roads', 'r.zip', '', 'done', 1, :as_of, CAST(:finished_at AS timestamptz))"
    )
    with engine.begin() as connection:
        connection.execute(statement, {"as_of": as_of, "finished_at": finished_at})


def test_a_coming_day_is_refused_in_words(counties: sa.Engine) -> None:
    tomorrow = today() + dt.timedelta(days=1)
    with pytest.raises(FutureDay, match=tomorrow.isoformat()):
        run(counties, as_of=tomorrow, again=True)
    assert run_states(counties) == []


def test_today_begins_at_midnight_in_the_city(monkeypatch: pytest.MonkeyPatch) -> None:
    class Evening(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return dt.datetime(2024, 6, 30, 17, 0, tzinfo=dt.UTC).astimezone(tz)

    monkeypatch.setattr("pipelines.indicators.days.dt.datetime", Evening)
    assert today() == dt.date(2024, 7, 1)


def test_past_figures_are_rewritten_only_when_asked_for(counties: sa.Engine) -> None:
    run(counties, as_of=DAY, indicators=["tap_water_rate"], workers=1)
    before = figures(counties)
    with counties.begin() as connection:
        connection.execute(sa.text("UPDATE feature.village_water SET households_connected = households"))
    with pytest.raises(DayAlreadyComputed, match="--again"):
        run(counties, as_of=DAY, indicators=["tap_water_rate"], workers=1)
    pd.testing.assert_frame_equal(figures(counties), before)
    run(counties, as_of=DAY, indicators=["tap_water_rate"], workers=1, again=True)
    assert value(figures(counties), "tap_water_rate", "city", CITY) == 1


def test_todays_figures_are_replaced_without_asking(counties: sa.Engine) -> None:
    handed_in(counties, today(), "2024-07-05 12:00+08")
    for _ in range(2):
        run(counties, as_of=today(), indicators=["tap_water_rate"], workers=1)
    assert run_states(counties) == ["done", "done"]


@pytest.mark.parametrize("again", [False, True])
def test_a_past_day_is_not_computed_from_later_data(counties: sa.Engine, again: bool) -> None:
    handed_in(counties, DAY, "2024-07-20 12:00+08")
    run(counties, as_of=DAY, indicators=["tap_water_rate"], workers=1)
    day_before = DAY - dt.timedelta(days=1)
    with pytest.raises(DataOfLaterDay, match=f"{DAY}.*{day_before}"):
        run(counties, as_of=day_before, again=again)
    handed_in(counties, None, "2024-07-31 17:00+00")
    with pytest.raises(DataOfLaterDay, match="2024-08-01"):
        run(counties, as_of=dt.date(2024, 7, 31), again=again)
    assert run_states(counties) == ["done"]


def test_unknown_county_is_named(counties: sa.Engine) -> None:
    with pytest.raises(UnknownCounty, match="441899000000"):
        run(counties, as_of=DAY, counties=["441899000000"])
    assert run_states(counties) == []


def test_empty_database_says_what_to_do(database: sa.Engine) -> None:
    with pytest.raises(NoUnits, match="xiangtu demo"):
        run(database, as_of=DAY)


def test_more_workers_than_processors_make_no_more_processes() -> None:
    assert executor_for(1) == InProcess()
    assert executor_for(10_000) in (InProcess(), LocalProcesses(len(os.sched_getaffinity(0))))
