"""Line of sight: a ridge worked by hand, the curved Earth, symmetry, a slow reference, people in sight."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.grid import Grid
from analysis.sight import EARTH_M, REFRACTION, clearance_m, share_in_sight
from tests.analysis.grids import flat, grid_of
from tests.analysis.square_county import A1, A2, B1, B2, CENTRES, county, geodesic_m, points

WHERE = {"technology": ["4G"]}
HEIGHTS = {"mast_m": 35.0, "receiver_m": 1.5}


def clear(grid: Grid, start: tuple[float, float], end: tuple[float, float], up: float, down: float) -> float:
    apart_m = geodesic_m(start, end)
    return float(clearance_m(grid, np.array([start]), np.array([end]), np.array([apart_m]), up, down)[0])


def test_a_ridge_in_the_middle_worked_by_hand() -> None:
    """2 040 m apart over level ground with a wall of 30 m half way: 18.25 m of line, less 0.06 m of Earth."""
    start, end = (113.0005, 24.0195), (113.0205, 24.0195)
    ridge = grid_of(lambda lon, lat: np.where(np.abs(lon - 113.0105) < 4e-4, 30.0, 0.0))
    metres = geodesic_m(start, end)
    assert metres == pytest.approx(2034, abs=1)
    # The line falls from 35 m to 1.5 m; its samples are 40 for half cells of 51 m, the middle one on the ridge.
    middle = (35 + 1.5) / 2 - metres**2 / 4 / (2 * 4 / 3 * EARTH_M) - 30
    assert clear(ridge, start, end, 35, 1.5) == pytest.approx(middle, abs=0.02)
    assert middle == pytest.approx(-11.81, abs=0.01)
    assert clear(flat(), start, end, 35, 1.5) > 0


def test_level_ground_hides_what_is_beyond_the_horizon() -> None:
    """Antennas of equal height h see each other over a sphere as far as 2·√(2·4/3·R·h)."""
    wide = Grid(np.zeros((3, 4_000)), 113.0, 24.003, 0.0005, 0.002)
    horizon_m = 2 * math.sqrt(2 * REFRACTION * EARTH_M * 4.0)
    assert horizon_m == pytest.approx(16_487, abs=1)
    per_degree_m = geodesic_m((113.0, 24.0), (113.1, 24.0)) * 10
    for metres, seen in ((horizon_m * 0.99, True), (horizon_m * 1.01, False)):
        start, end = (113.01, 24.0), (113.01 + metres / per_degree_m, 24.0)
        assert (clear(wide, start, end, 4.0, 4.0) >= 0) == seen


rough = grid_of(
    lambda lon, lat: 60 * np.sin(lon * 900) * np.cos(lat * 700) + 40 * np.sin(lon * 2100 + lat * 1700)
)
places = st.tuples(st.floats(112.96, 113.07), st.floats(23.98, 24.07))
heights = st.floats(1, 120)


@given(places, places, heights, heights)
def test_whoever_sees_is_seen(start, end, up: float, down: float) -> None:
    assert clear(rough, start, end, up, down) == pytest.approx(clear(rough, end, start, down, up), abs=1e-6)


@given(places, places, heights, heights)
def test_as_a_slow_reference_finds(start, end, up: float, down: float) -> None:
    assert clear(rough, start, end, up, down) == pytest.approx(slow(rough, start, end, up, down), abs=1e-6)


@given(places, places, heights, heights, st.floats(0, 200))
def test_a_higher_mast_sees_no_less(start, end, up: float, down: float, more: float) -> None:
    assert clear(rough, start, end, up + more, down) >= clear(rough, start, end, up, down) - 1e-9


def slow(grid: Grid, start: tuple[float, float], end: tuple[float, float], up: float, down: float) -> float:
    """Sample by sample, in plain Python."""

    def ground(lon: float, lat: float) -> float:
        return float(grid.bilinear(np.array([lon]), np.array([lat]))[0])

    apart_m = geodesic_m(start, end)
    width_m, height_m = (float(m) for m in grid.cell_m(np.float64((start[1] + end[1]) / 2)))
    steps = math.ceil(apart_m / (min(width_m, height_m) / 2))
    foot, head = ground(*start) + up, ground(*end) + down
    lowest = math.inf
    for i in range(1, steps):
        share = i / steps
        bulge = share * apart_m * (1 - share) * apart_m / (2 * 4 / 3 * 6_371_000)
        here = ground(start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
        lowest = min(lowest, foot + share * (head - foot) - bulge - here)
    return lowest


def test_many_lines_at_once_are_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.sight._SAMPLES_AT_ONCE", 100)
    rng = np.random.default_rng(5)
    start, end = (rng.uniform((112.96, 23.98), (113.07, 24.07), (60, 2)) for _ in range(2))
    end[:5] = start[:5]
    apart_m = np.array([geodesic_m(tuple(a), tuple(b)) for a, b in zip(start, end, strict=True)])
    found = clearance_m(rough, start, end, apart_m, 35, 1.5)
    alone = [clear(rough, tuple(a), tuple(b), 35, 1.5) for a, b in zip(start, end, strict=True)]
    assert found == pytest.approx(alone, abs=1e-9)
    assert np.isinf(found[:5]).all(), "nothing lies between a place and itself"
    assert len(clearance_m(rough, start[:0], end[:0], apart_m[:0], 35, 1.5)) == 0


STATIONS = points([(A1, 113.004, 24.012), (B2, 113.038, 24.038)], technology=["4G", "5G"])
SETTLEMENTS = points(
    [(A1, 113.006, 24.012), (A1, 113.014, 24.012), (A2, *CENTRES[A2]), (B1, 113.036, 24.012)],
    population=[100.0, 40.0, 60.0, 80.0],
)


def test_people_behind_the_ridge_are_near_and_not_reached() -> None:
    ridge = grid_of(lambda lon, lat: np.where((np.abs(lon - 113.0105) < 4e-4) & (lat < 24.02), 300.0, 0.0))
    arguments = {"distance_m": 1500.0, "where": WHERE, **HEIGHTS}
    open_ = share_in_sight(county(), STATIONS, SETTLEMENTS, flat(), **arguments).frame
    hidden = share_in_sight(county(), STATIONS, SETTLEMENTS, ridge, **arguments).frame
    assert open_.loc[A1].tolist() == [140, 140]
    assert hidden.loc[A1].tolist() == [100, 140]
    assert hidden.loc[A2].tolist() == [0, 60], "too far away"
    assert hidden.loc[B1].tolist() == [0, 80]
    assert hidden.loc[B2].isna().all(), "nobody lives there"


def test_no_data_is_not_out_of_sight() -> None:
    arguments = {"distance_m": 1500.0, "where": WHERE, **HEIGHTS}
    none = share_in_sight(county(), STATIONS, SETTLEMENTS, None, **arguments).frame
    assert none.isna().all(axis=None)
    holed = flat()
    holed.values[:, 60:62] = np.nan  # a gap at 113.01 to 113.012
    found = share_in_sight(county(), STATIONS, SETTLEMENTS, holed, **arguments).frame
    assert found.loc[A1].tolist() == [100, 100], "whether the 40 behind the gap see it is unknown"
    assert found.loc[A2].tolist() == [0, 60], "no station near: known"


def test_a_second_station_in_sight_is_enough() -> None:
    ridge = grid_of(lambda lon, lat: np.where(np.abs(lon - 113.0105) < 4e-4, 300.0, 0.0))
    both = points([(A1, 113.004, 24.012), (A1, 113.016, 24.012), (A1, 113.0, 24.0)], technology=["4G"] * 3)
    found = share_in_sight(
        county(), both, SETTLEMENTS, ridge, distance_m=1500.0, where=WHERE, **HEIGHTS
    ).frame
    assert found.loc[A1].tolist() == [140, 140]
