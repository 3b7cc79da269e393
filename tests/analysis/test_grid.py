"""The grid: cells, interpolation, sides of a cell in metres."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.grid import Grid, metres_per_degree
from tests.analysis.square_county import geodesic_m

SMALL = Grid(np.array([[1.0, 2.0, 4.0], [3.0, 5.0, np.nan]]), 113.0, 24.0, 0.1, 0.2)


def test_points_fall_into_cells_from_the_north_west() -> None:
    row, column = SMALL.cells(
        np.array([113.05, 113.29, 113.31, 113.15]), np.array([23.9, 23.75, 23.9, 24.01])
    )
    assert row.tolist() == [0, 1, -1, -1]
    assert column.tolist() == [0, 2, -1, -1]


def test_centres() -> None:
    lon, lat = SMALL.centres()
    assert lon == pytest.approx([113.05, 113.15, 113.25])
    assert lat == pytest.approx([23.9, 23.7])


def test_interpolation_between_centres() -> None:
    lon, lat = np.array([113.05, 113.1, 113.1, 113.0]), np.array([23.9, 23.9, 23.8, 24.0])
    assert SMALL.bilinear(lon, lat) == pytest.approx([1.0, 1.5, 2.75, 1.0])


def test_nothing_is_made_up_outside_or_beside_no_data() -> None:
    assert np.isnan(SMALL.bilinear(np.array([112.99, 113.24, np.nan]), np.array([23.9, 23.71, 23.9]))).all()


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(113.05, 113.25), st.floats(23.7, 23.9))
def test_a_plane_is_interpolated_exactly(east: float, north: float, lon: float, lat: float) -> None:
    lons, lats = SMALL.centres()
    plane = Grid(east * (lons - 113)[None, :] + north * (lats - 24)[:, None], 113.0, 24.0, 0.1, 0.2)
    found = plane.bilinear(np.array([lon]), np.array([lat]))[0]
    assert found == pytest.approx(east * (lon - 113) + north * (lat - 24), abs=1e-9)


@pytest.mark.parametrize("lat", [0.0, 23.9, 45.0, 60.0])
def test_degrees_in_metres_are_those_of_geodesics(lat: float) -> None:
    east_m, north_m = metres_per_degree(np.array([lat]))
    assert east_m[0] * 1e-3 == pytest.approx(geodesic_m((113, lat), (113.001, lat)), rel=1e-6)
    assert north_m[0] * 1e-3 == pytest.approx(geodesic_m((113, lat - 5e-4), (113, lat + 5e-4)), rel=1e-6)


def test_sides_of_a_cell() -> None:
    width_m, height_m = SMALL.cell_m(np.array([23.9]))
    assert width_m[0] == pytest.approx(geodesic_m((113, 23.9), (113.1, 23.9)), rel=1e-5)
    assert height_m[0] == pytest.approx(geodesic_m((113, 23.8), (113, 24.0)), rel=1e-5)
