"""Slope: a published example, planes, edges; cut-slope houses on steep ground."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.grid import metres_per_degree
from analysis.housing import cut_slope_on_steep_ground, cut_slope_outstanding
from analysis.slope import horn_deg, slope_at
from tests.analysis.grids import NORTH, WEST, flat, grid_of
from tests.analysis.square_county import A1, A2, B1, CENTRES, county, points

CLOSED = ["accepted"]


def test_the_published_example() -> None:
    """Esri, "How Slope works": cells of 5 m, rise over run 3.80032 (cut short there), 75.25762°."""
    nine = np.array([[[50.0, 45, 50], [30, 30, 30], [8, 10, 10]]])
    assert horn_deg(nine, np.array([5.0]), np.array([5.0]))[0] == pytest.approx(75.25762, abs=1e-4)


@given(st.floats(-80, 80), st.floats(-80, 80))
def test_a_plane_has_its_slope_everywhere(east_deg: float, north_deg: float) -> None:
    """Rise per metre eastward and northward are the tangents of the two angles."""
    lat = 24.03
    east_m, north_m = metres_per_degree(np.array([lat]))
    rise = np.tan(np.radians([east_deg, north_deg]))
    plane = grid_of(lambda lon, lats: rise[0] * east_m * (lon - 113) + rise[1] * north_m * (lats - lat))
    found = slope_at(plane, np.array([113.01]), np.array([lat - 1e-5]))[0]
    assert found == pytest.approx(np.degrees(np.arctan(np.hypot(*rise))), abs=0.01)


def test_no_slope_where_a_neighbour_is_unknown() -> None:
    ground = flat(100.0)
    ground.values[50, 60] = np.nan
    lon, lat = ground.centres()
    column, row = np.array([61, 63, 0, 60]), np.array([51, 51, 51, 0])
    found = slope_at(ground, np.append(lon[column], WEST - 1), np.append(lat[row], NORTH))
    assert np.isnan(found).tolist() == [True, False, True, True, True]


def test_houses_on_steep_ground() -> None:
    """West of 113.02 the ground rises northward by 45°, east of it it is level."""
    north_m = 110_750.0
    ground = grid_of(lambda lon, lat: np.where(lon < 113.0195, north_m * (lat - 24), 0))
    rows = [(A1, *CENTRES[A1])] * 4 + [(B1, *CENTRES[B1])] * 2
    houses = points(
        rows,
        cut_slope=[True, True, False, None, True, True],
        state=["planned", "accepted", "planned", "planned", "planned", "planned"],
    ).astype({"cut_slope": "boolean"})
    found = cut_slope_on_steep_ground(county(), houses, ground, closed=CLOSED, steep_deg=25.0).frame
    assert found["numerator"].to_dict() == {A1: 1, A2: 0, B1: 0, "441802002202": 0}
    standing = cut_slope_outstanding(county(), houses, closed=CLOSED).frame
    assert (found["numerator"] <= standing["numerator"]).all()


def test_no_ground_is_no_data() -> None:
    houses = points([(A1, *CENTRES[A1]), (B1, *CENTRES[B1])], cut_slope=[True, True], state=["planned"] * 2)
    missing = cut_slope_on_steep_ground(county(), houses, None, closed=CLOSED, steep_deg=25.0).frame
    assert missing["numerator"].isna().all()
    ground = flat(5.0)
    ground.values[:, 70:] = np.nan  # east of 113.02
    half = cut_slope_on_steep_ground(county(), houses, ground, closed=CLOSED, steep_deg=25.0).frame
    assert half.loc[[A1, A2], "numerator"].tolist() == [0, 0]
    assert half["numerator"].isna()[B1], "the one house there stands on unknown ground"
