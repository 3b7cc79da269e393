"""What a process keeps of a county is what the database holds, whoever changed it meanwhile."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from base.settings import settings
from layers import all_indicators, feature_type
from pipelines.indicators import kept, today
from pipelines.indicators.county import read_source_rows
from pipelines.indicators.rows import Rows
from store import changes
from store.changes import Stamp
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from store.frames import Extent, FrameRead, Only, read_frame, read_rows
from tests.pipelines.test_indicators_touched import Edit, edit, figures, touched, whole
from tests.pipelines.two_counties import EAST, VILLAGES, WEST, store

_ROADS = FrameRead.of(feature_type("roads"), ("surface", "road_class"))
_STAMPS = Stamp(1, "1"), Stamp(2, "2")
_FIRST = "(SELECT id FROM feature.{0} WHERE {1} ORDER BY id OFFSET {2} LIMIT 1)"


def _road(change: str, where: str, place: int) -> Edit:
    return "roads", f"UPDATE feature.roads SET {change} WHERE id = " + _FIRST.format("roads", where, place)


_EARTH, _CEMENT = "surface = 'earth' AND road_class = 'C'", "surface = 'cement' AND road_class = 'C'"
_EDITS: dict[str, list[Edit]] = {
    "a road hardened": [_road("surface = 'cement'", _EARTH, 2)],
    "another one": [_road("surface = 'asphalt'", _EARTH, 31)],
    "a road worn out": [_road("surface = 'earth', condition = 'bad'", _CEMENT, 11)],
    "one better, one worse": [_road("surface = 'cement'", _EARTH, 50), _road("surface = 'earth'", _CEMENT, 70)],
    "a county road slower": [_road("technical_class = '4'", "road_class = 'X'", 0)],
    "a county road quicker": [_road("technical_class = '2'", "road_class = 'X'", 1)],
    "a road moved": [_road("geom = ST_Translate(geom, 0.0004, 0)", _CEMENT, 25)],
    "one more hardened": [_road("surface = 'cement'", _EARTH, 17)],
    "people": [("settlements", "UPDATE feature.settlements SET population = population + 3 WHERE id = "
                               + _FIRST.format("settlements", "population > 0", 40))],
    "a natural village moved, a road hardened": [
        ("settlements", "UPDATE feature.settlements SET geom = ST_Translate(geom, 0.004, 0.003) WHERE id = "
                        + _FIRST.format("settlements", "population > 0", 90)),
        _road("surface = 'cement'", _EARTH, 9)],
    "a seat moved, a road worn out": [
        ("township_seats", "UPDATE feature.township_seats SET geom = ST_Translate(geom, -0.008, 0.01) WHERE id = "
                           + _FIRST.format("township_seats", "true", 1)),
        _road("surface = 'earth'", _CEMENT, 3)],
    "a natural village gone": [("settlements", "DELETE FROM feature.settlements WHERE id = "
                                               + _FIRST.format("settlements", "population > 0", 12))],
    "a road hardened at last": [_road("surface = 'cement'", _EARTH, 5)],
}  # fmt: skip


@pytest.fixture
def city(cluster: Cluster, city_template: str) -> Iterator[sa.Engine]:
    """A copy of the small demo city to change, computed for today, nothing kept."""
    create_database(cluster, "kept_city", template=city_template)
    engine = make_engine(cluster.url("kept_city"), settings())
    kept.forget()
    whole(engine, today())
    yield engine
    engine.dispose()
    drop_database(cluster, "kept_city")


@contextmanager
def elsewhere() -> Iterator[None]:
    """What is done here is done by another process, which keeps its own."""
    with patch.object(kept, "_kept", OrderedDict()), patch.object(kept, "_all_units", {}):
        yield


def assert_equal_to_whole(engine: sa.Engine, what: str) -> None:
    """The figures are those of a run of everything; what is kept stays as it was."""
    brought = figures(engine, today())
    with elsewhere():
        whole(engine, today())
    pd.testing.assert_frame_equal(brought, figures(engine, today()), check_exact=True, obj=what)


def test_every_edit_from_what_is_kept_equals_a_whole_run(city: sa.Engine) -> None:
    units = {}
    for what, edits in _EDITS.items():
        edit(city, *edits)
        report = touched(city, today())
        assert not report.whole, what
        assert report.rows > 0, what
        units[what] = report.villages
        assert_equal_to_whole(city, what)
    assert units["a road hardened"] > 40, "nothing is kept yet, so the whole county is measured"
    assert max(units["one more hardened"], units["a road hardened at last"]) < 40
    assert kept.kept_bytes() > 0


def test_what_another_process_did_is_noticed(city: sa.Engine) -> None:
    names = list(_EDITS)
    for number, name in enumerate(names):
        edit(city, *_EDITS[name])
        if number % 3 == 1:  # computed by another process
            with elsewhere():
                touched(city, today())
        elif number % 3 == 2:  # everything computed by another process, before and after one more edit
            with elsewhere():
                whole(city, today())
                edit(city, _road("surface = 'gravel'", _CEMENT, 100 + number))
                touched(city, today())
        else:
            touched(city, today())
    assert_equal_to_whole(city, "edits here and elsewhere")


def test_changed_boundaries_let_go_of_what_is_kept(city: sa.Engine) -> None:
    edit(city, _EDITS["a road hardened"][0])
    touched(city, today())
    grown = (
        "UPDATE feature.admin_units SET geom = ST_Multi(ST_Buffer(geom, 0.0004)) WHERE id = "
        + _FIRST.format("admin_units", "level = 'village'", 4)
    )
    edit(city, ("admin_units", grown))
    touched(city, today())
    edit(city, *_EDITS["another one"])
    touched(city, today())
    assert_equal_to_whole(city, "a road after a boundary")


def test_a_run_that_fails_puts_nothing_back(city: sa.Engine) -> None:
    edit(city, *_EDITS["a road hardened"])
    touched(city, today())
    edit(city, *_EDITS["another one"])
    with (
        patch("pipelines.indicators.run.snapshots.replace_rows", side_effect=OSError("disk")),
        pytest.raises(OSError, match="disk"),
    ):
        touched(city, today())
    edit(city, *_EDITS["one more hardened"])
    touched(city, today())
    assert_equal_to_whole(city, "after a failure")


def test_no_more_is_kept_than_the_bound(city: sa.Engine) -> None:
    with patch.object(kept, "_MOST_BYTES", 1_000):
        for what in ("a road hardened", "people", "another one"):
            edit(city, *_EDITS[what])
            touched(city, today())
            assert kept.kept_bytes() <= 1_000
    assert_equal_to_whole(city, "nothing kept")


def test_a_database_restored_in_place_is_another(database: sa.Engine) -> None:
    store(database)
    with database.begin() as connection:
        before = changes.database_key(connection)
        assert changes.database_key(connection) == before
        connection.execute(sa.text("TRUNCATE xiangtu.layer_versions"))
        assert changes.database_key(connection) != before


def test_a_version_written_again_is_another_state(database: sa.Engine) -> None:
    store(database)
    with database.begin() as connection:
        before = changes.stamps(connection)["roads"]
    with database.begin() as connection:
        connection.execute(
            sa.text("UPDATE xiangtu.layer_versions SET version = version WHERE feature_id = 'roads'")
        )
        now = changes.stamps(connection)["roads"]
    assert (before.version, before == now) == (now.version, False)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE feature.roads SET surface = 'earth' WHERE segment_no = 'L2'",
        "UPDATE feature.roads SET surface = NULL, road_class = 'Y'",
        "UPDATE feature.roads SET geom = ST_Translate(geom, 0.01, 0) WHERE segment_no = 'L1'",
        f"UPDATE feature.roads SET admin_code = '{VILLAGES[3]}' WHERE segment_no = 'L1'",
        "DELETE FROM feature.roads WHERE segment_no = 'L1'",
        "DELETE FROM feature.roads",
        "INSERT INTO feature.roads (admin_code, segment_no, road_class, surface, geom) SELECT admin_code, 'L3', 'C', "
        "'asphalt', ST_Translate(geom, 0.002, 0.001) FROM feature.roads WHERE segment_no = 'L2'",
        "UPDATE feature.roads SET id = DEFAULT WHERE segment_no = 'L1'",
    ],
    ids=["a value", "values of all", "a place", "a code", "one gone", "all gone", "one more", "another id"],
)
def test_rows_with_changes_are_those_read_anew(database: sa.Engine, change: str) -> None:
    store(database)
    with database.begin() as connection:
        before = Rows.of(_STAMPS[0], *read_rows(connection, _ROADS))
        connection.execute(sa.text(change))
        anew = Rows.of(_STAMPS[1], *read_rows(connection, _ROADS))
        changed = sorted({*before.ids.tolist(), *anew.ids.tolist()})
        made = before.with_changes(_STAMPS[1], changed, *read_rows(connection, _ROADS, ids=changed))
    pd.testing.assert_frame_equal(made.frame, anew.frame)
    assert made.stamp == _STAMPS[1]
    for name in ("ids", "codes", "corners"):
        np.testing.assert_array_equal(getattr(made, name), getattr(anew, name))
    unmoved = "geom" not in change and "admin_code" not in change and change.startswith("UPDATE")
    assert (made.places is before.places) == (unmoved and " id " not in change)


def test_a_part_of_kept_rows_is_what_would_be_read(database: sa.Engine) -> None:
    store(database)
    read = FrameRead.of(feature_type("settlements"), ("population",))
    with database.connect() as connection:
        rows = Rows.of(None, *read_rows(connection, read))
        for only in (
            Only((VILLAGES[0], VILLAGES[5][:9])),
            Only((VILLAGES[1],), Extent(113.05, 24.0, 113.06, 24.02)),
            Only(("441803",)),
        ):
            pd.testing.assert_frame_equal(rows.part(only), read_frame(connection, read, only=only))
        assert len(rows.part(Only(("4418",)))) == len(VILLAGES)


def test_rows_of_some_ids_are_read_where_they_matter(database: sa.Engine) -> None:
    store(database)
    near, far = Extent(113.0, 24.0, 113.01, 24.015), Extent(113.2, 24.0, 113.3, 24.1)
    with database.connect() as connection:
        ids, _ = read_rows(connection, _ROADS)
        found, frame = read_rows(connection, _ROADS, within=[far, near], ids=ids.tolist())
        assert (found.tolist(), frame["surface"].tolist()) == (ids[:1].tolist(), ["cement"])
        assert len(read_rows(connection, _ROADS, within=[far], ids=ids.tolist())[0]) == 0
        assert len(read_rows(connection, _ROADS, ids=[])[0]) == 0


def test_changed_rows_are_sorted_by_county_as_the_database_would(database: sa.Engine) -> None:
    """Roads at growing distances from the border, and one that ends right where a county stops reading them."""
    store(database)
    more = (
        "INSERT INTO feature.roads (admin_code, segment_no, road_class, surface, geom) "
        "SELECT admin_code, 'M' || n, 'C', 'earth', ST_Translate(geom, n * 0.012, 0) "
        "FROM feature.roads, generate_series(1, 9) AS n WHERE segment_no = 'L1'"
    )
    with database.begin() as connection:
        connection.execute(sa.text(more))
    with database.connect() as connection:
        ids = tuple(connection.execute(sa.text("SELECT id FROM feature.roads ORDER BY id")).scalars())
        keeper = kept.Keeper(connection, today(), all_indicators())
        keeper.start_from(changes.Base(1, ()), {"roads": [changes.Change(VILLAGES[0], None, ids)]})
        how, seen = keeper.sources["roads"], []
        for county in (WEST, EAST):
            found = keeper._seen_of_changed(county, "roads")
            assert found is not None
            wanted = read_source_rows(connection, how, county, keeper.extents(county), ids)
            np.testing.assert_array_equal(found[0], wanted[0])
            pd.testing.assert_frame_equal(found[1], wanted[1])
            seen.append(len(found[0]))
        assert 0 < seen[0] < len(ids)
        edge = max(extent.widened(how.reaches_m).east for extent in keeper.extents(WEST))
    at_edge = (
        "UPDATE feature.roads SET geom = ST_SetSRID(ST_Multi(ST_MakeLine(ST_MakePoint(:x, 24.01), "
        "ST_MakePoint(:x + 0.01, 24.01))), 4490) WHERE id = :id"
    )
    with database.begin() as connection:
        connection.execute(sa.text(at_edge), {"x": edge, "id": ids[-1]})
    with database.connect() as connection:
        keeper = kept.Keeper(connection, today(), all_indicators())
        keeper.start_from(changes.Base(1, ()), {"roads": [changes.Change(VILLAGES[0], None, ids)]})
        assert keeper._seen_of_changed(WEST, "roads") is None, "that is for the database to say"
