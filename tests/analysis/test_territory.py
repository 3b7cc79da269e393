"""The partition: its projection, its memory, who reported."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.errors import CrsMismatch
from analysis.territory import Territory
from tests.analysis.square_county import A1, A2, B1, CRS, GEOD, VILLAGES, county, geodesic_m, points


def test_local_projection_holds_its_stated_error() -> None:
    wide = gpd.GeoDataFrame(
        geometry=[shapely.box(112.4, 23.8, 113.6, 24.8)], index=pd.Index([A1], name="admin_code"), crs=CRS
    )
    territory = Territory(wide, pd.Timestamp("2024-06-30").date())
    ends = [(113.58, 24.7), (113.6, 24.71)]
    line = gpd.GeoDataFrame(geometry=[shapely.LineString(ends)], crs=CRS)
    scale = territory.in_metres(line).length.iloc[0] / geodesic_m(*ends)
    assert scale == pytest.approx(1, abs=4.6e-5)
    assert GEOD.a == 6378137


def test_frames_are_projected_once() -> None:
    territory, frame = county(), points([(A1, 113.0, 24.0)])
    assert territory.in_metres(frame) is territory.in_metres(frame)


def test_an_equal_frame_at_another_place_is_another_frame() -> None:
    territory = county()
    first = territory.in_metres(points([(A1, 113.0, 24.0)]))
    second = territory.in_metres(points([(A1, 113.01, 24.0)]))
    assert first.iloc[0] != second.iloc[0]


def test_units_come_sorted() -> None:
    assert county(order=VILLAGES[::-1]).codes.tolist() == list(VILLAGES)


def test_township_reports_for_its_villages() -> None:
    reported = county().reported(pd.DataFrame({"admin_code": [A2, "441999001201"]}))
    assert reported.tolist() == [True, True, False, False]


def test_rows_that_tell_nothing_do_not_report() -> None:
    rows = pd.DataFrame({"admin_code": [A2, B1, None]})
    told = county().reported_by(rows, np.array([True, False, True]))
    assert told.tolist() == [True, True, False, False]


def test_frame_without_crs_is_refused() -> None:
    bare = points([(B1, 113.03, 24.01)]).set_crs(None, allow_override=True)
    with pytest.raises(CrsMismatch) as caught:
        county().in_metres(bare)
    assert "EPSG:4490" in caught.value.sentence("en")


@pytest.mark.parametrize(
    "shapes",
    [
        ["POINT (113 24)", "POINT (113.01 24.01)"],
        ["POINT (113 24)", "POINT EMPTY", None],
        ["MULTIPOINT ((113 24))", "POINT (113.01 24.01)"],
        ["MULTILINESTRING ((113 24, 113.01 24.01, 113.02 24))", "LINESTRING (113 24, 113 24.02)"],
        [
            "MULTILINESTRING ((113 24, 113.01 24.01), (113.02 24, 113.03 24))",
            "LINESTRING (113 24, 113 24.02)",
        ],
        ["MULTILINESTRING EMPTY", "LINESTRING (113 24, 113 24.02)"],
        ["POLYGON ((113 24, 113.01 24, 113 24.01, 113 24))"],
        ["LINESTRING Z (113 24 7, 113 24.02 8)", "LINESTRING (113 24, 113 24.02)"],
        [],
    ],
)
def test_metres_are_those_of_geopandas(shapes: list[str | None]) -> None:
    frame = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_wkt(shapes, crs=CRS))
    territory = county()
    expected = frame.geometry.to_crs(territory.metric_crs).to_numpy()
    found = territory.metres(frame)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert (one is None) == (other is None)
        assert shapely.get_coordinates(one, include_z=True).tobytes() == (
            shapely.get_coordinates(other, include_z=True).tobytes()
        )


def test_a_multi_line_of_one_part_comes_as_a_line() -> None:
    stored = gpd.GeoDataFrame(
        geometry=gpd.GeoSeries.from_wkt(["MULTILINESTRING ((113 24, 113 24.1))"], crs=CRS)
    )
    assert county().metres(stored)[0].geom_type == "LineString"
