"""GCJ-02 and BD-09 against published points, their own inverses, and a county map of known datum."""

import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

import data
from analysis.web_map_offset import bd09_to_gcj02, gcj02_to_bd09, gcj02_to_wgs84, wgs84_to_gcj02

GEOD = Geod(a=6378137, rf=298.257222101)
lons = st.floats(73.6, 135.0)
lats = st.floats(3.0, 53.6)


@given(lons, lats)
def test_gcj02_round_trip_is_better_than_a_tenth_of_a_millimetre(lon, lat):
    back = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    assert abs(back.lon - lon) < 1e-9
    assert abs(back.lat - lat) < 1e-9


@given(lons, lats)
def test_bd09_round_trip_is_better_than_a_tenth_of_a_millimetre(lon, lat):
    back = bd09_to_gcj02(*gcj02_to_bd09(lon, lat))
    assert abs(back.lon - lon) < 1e-9
    assert abs(back.lat - lat) < 1e-9


@given(lons, lats)
def test_the_shift_is_of_the_known_size(lon, lat):
    metres = GEOD.inv(lon, lat, *(float(v) for v in wgs84_to_gcj02(lon, lat)))[2]
    assert 1 < metres < 1500


def test_published_points_of_coordtransform():
    """Values printed in the read-me of the npm package coordtransform for 116.404, 39.915."""
    assert wgs84_to_gcj02(116.404, 39.915) == pytest.approx(
        (116.41024449916938, 39.91640428150164), abs=1e-11
    )
    assert gcj02_to_bd09(116.404, 39.915) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-11)
    # its inverse is an approximation of one step, good to about a metre
    assert bd09_to_gcj02(116.404, 39.915) == pytest.approx((116.39762729119315, 39.90865673957631), abs=2e-5)


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_published_points_of_eviltransform(wgs, gcj):
    """Test values of the project eviltransform, which takes another ellipsoid: equal to 2 cm."""
    assert wgs84_to_gcj02(*wgs) == pytest.approx(gcj, abs=2e-7)


def test_places_outside_the_mainland_box_are_left_alone():
    assert wgs84_to_gcj02(2.35, 48.85) == (2.35, 48.85)
    assert gcj02_to_wgs84(-70.0, -33.0) == (-70.0, -33.0)


def test_not_a_number_stays_so_and_shapes_are_kept():
    lon, lat = gcj02_to_wgs84(np.array([[113.0, np.nan]]), np.array([[23.7, 23.7]]))
    assert lon.shape == lat.shape == (1, 2)
    assert np.isnan(lon[0, 1])
    assert lon[0, 0] == pytest.approx(112.9945, abs=1e-3)


def _counties(name):
    features = json.loads(data.path(name).read_text("utf-8"))["features"]
    return {f["properties"]["code"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in features}


def _mismatch_km2(one, other):
    return abs(GEOD.geometry_area_perimeter(one.symmetric_difference(other))[0]) / 1e6


def test_the_county_map_falls_into_place():
    """Each county comes much nearer to an independent CGCS2000 map when its GCJ-02 offset is undone."""
    gcj02, coarse = _counties(data.COUNTIES_GCJ02), _counties(data.COUNTIES_COARSE)
    for code, polygon in gcj02.items():
        moved = shapely.transform(polygon, lambda xy: np.column_stack(gcj02_to_wgs84(xy[:, 0], xy[:, 1])))
        before = _mismatch_km2(polygon, coarse[code])
        after = _mismatch_km2(moved, coarse[code])
        assert after < 0.62 * before, code
        assert after < 70, code
