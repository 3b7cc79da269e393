"""Reading features as frames."""

import datetime as dt

import pandas as pd
import pytest
import sqlalchemy as sa

from layers import feature_type
from store.frames import Extent, FrameRead, read_frame
from tests.pipelines.two_counties import VILLAGES, centre, store

HOUSES = FrameRead.of(
    feature_type("houses"), ("grade", "cut_slope", "due_on", "floor_area_m2", "subsidy_yuan")
)


def test_types_and_missing_values(database: sa.Engine) -> None:
    store(database)
    with database.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE feature.houses SET due_on = '2024-02-29', floor_area_m2 = 80.5, cut_slope = NULL, "
                "subsidy_yuan = 32000.25 WHERE admin_code = :code"
            ),
            {"code": VILLAGES[0]},
        )
        frame = read_frame(connection, HOUSES, prefix="441801").set_index("admin_code")
    assert frame.index.tolist() == sorted(VILLAGES[:4], key=frame.index.tolist().index)
    assert set(frame.index) == set(VILLAGES[:4])
    first, second = frame.loc[VILLAGES[0]], frame.loc[VILLAGES[1]]
    assert (first["grade"], first["floor_area_m2"], first["subsidy_yuan"]) == ("C", 80.5, 32000.25)
    assert first["due_on"] == pd.Timestamp(dt.date(2024, 2, 29))
    assert first["cut_slope"] is pd.NA
    assert second[["due_on", "floor_area_m2", "subsidy_yuan"]].isna().all()
    assert not second["cut_slope"]
    assert frame.crs == "EPSG:4490"
    assert frame.geometry.iloc[0].geom_type == "Point"


def test_extent_takes_what_its_margin_meets(database: sa.Engine) -> None:
    store(database)
    read = FrameRead.of(feature_type("base_stations"))
    west = Extent(113.0, 24.0, 113.04, 24.04)
    with database.connect() as connection:
        assert set(read_frame(connection, read, within=west)["admin_code"]) == set(VILLAGES[:4])
        assert len(read_frame(connection, read, within=west.widened(990))) == 4, "1 km beyond the border"
        assert len(read_frame(connection, read, within=west.widened(1030))) == 6


def test_without_geometry_and_without_rows(database: sa.Engine) -> None:
    read = FrameRead.of(feature_type("village_water"), ("households", "reported_on"))
    with database.connect() as connection:
        plain = read_frame(connection, read)
        shaped = read_frame(connection, HOUSES)
    assert plain.columns.tolist() == ["admin_code", "households", "reported_on"]
    assert plain.empty
    assert shaped.empty
    assert shaped.crs == "EPSG:4490"
    assert plain["admin_code"].str[:9].tolist() == []


def test_unknown_field_is_refused() -> None:
    with pytest.raises(KeyError, match="no_such_field"):
        FrameRead.of(feature_type("houses"), ("no_such_field",))


def test_several_extents_read_what_meets_any_once(database: sa.Engine) -> None:
    store(database)
    read = FrameRead.of(feature_type("settlements"))
    here, there = (Extent(x - 0.001, y - 0.001, x + 0.001, y + 0.001) for x, y in map(centre, VILLAGES[::7]))
    with database.connect() as connection:
        found = read_frame(connection, read, within=[here, there, here])["admin_code"]
    assert list(found) == VILLAGES[::7]
