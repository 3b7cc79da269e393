"""What slopes do to lengths and costs, and ways over a grid against networkx."""

import networkx as nx
import numpy as np
import pytest
import shapely

from analysis.grid import Grid
from analysis.proposals.terrain import GRADE_WEIGHT, Terrain, steepness
from tests.analysis.proposals.metres import degrees, ramp
from tests.analysis.square_county import county

CRS = county().metric_crs


def line(*xy: tuple[float, float]) -> np.ndarray:
    """A line of metres from the county's middle, in the metres of its CRS."""
    terrain = Terrain(None, CRS)
    return np.array([shapely.LineString(terrain.to_metres(degrees(xy)))], dtype=object)


def ends(profiles) -> tuple[float, float, float]:
    return tuple(float(values[-1]) for values in (profiles.flat_m, profiles.built_m, profiles.rise_m))


def test_without_a_grid_the_land_is_flat() -> None:
    flat, built, rise = ends(Terrain(None, CRS).profiles(line((0, 0), (730, 0)), is_new=True))
    assert (flat, built, rise) == pytest.approx((730, 730, 0))


def test_a_gentle_slope_costs_more_and_is_no_longer() -> None:
    # 1000 m at 6 %: 60 m up, each metre 1 + 35 * 0.06² = 1.126 flat metres.
    flat, built, rise = ends(Terrain(ramp(6), CRS).profiles(line((0, 0), (1000, 0)), is_new=True))
    assert (flat, built, rise) == pytest.approx((1126, 1000, 60), rel=2e-3)


def test_steeper_ground_than_a_road_can_climb_makes_bends() -> None:
    # 1000 m at 30 %: 300 m up; at 12 % that takes 2500 m, each of 1 + 35 * 0.12² = 1.504 flat metres.
    steep = Terrain(ramp(30), CRS)
    flat, built, rise = ends(steep.profiles(line((0, 0), (1000, 0)), is_new=True))
    assert (flat, built, rise) == pytest.approx((3760, 2500, 300), rel=2e-3)
    # A road that is there keeps its length.
    flat, built, rise = ends(steep.profiles(line((0, 0), (1000, 0)), is_new=False))
    assert (flat, built, rise) == pytest.approx((1504, 1000, 300), rel=2e-3)


def test_a_stretch_of_a_line_is_its_share() -> None:
    profiles = Terrain(ramp(6), CRS).profiles(
        np.concatenate([line((0, 0), (500, 0)), line((0, 0), (1000, 0))]), is_new=False
    )
    assert profiles.between(1, 250, 750) == pytest.approx([563, 500, 30], rel=5e-3)


def test_beside_no_data_the_land_is_flat() -> None:
    grid = ramp(6)
    empty = Grid(np.full_like(grid.values, np.nan), grid.west, grid.north, grid.step_lon, grid.step_lat)
    assert ends(Terrain(empty, CRS).profiles(line((0, 0), (1000, 0)), is_new=True)) == pytest.approx(
        (1000, 1000, 0)
    )
    assert Terrain(empty, CRS).least_cost_ways(np.array([0.0, 0.0]), np.array([[9e5, 0.0]])) == [None]


def wall() -> Grid:
    """Level ground with a ridge of 800 m from the south that leaves a gap in the north."""
    step = 0.001
    values = np.full((40, 40), 100.0)
    values[8:, 20] = 900.0
    return Grid(values, 113.0, 24.04, step, step)


def test_the_least_cost_way_goes_round_a_ridge_as_networkx_does() -> None:
    terrain = Terrain(wall(), CRS)
    grid = wall()
    start, goal = np.array([[113.0105, 24.0205]]), np.array([[113.0305, 24.0205]])
    start_m, goal_m = terrain.to_metres(start), terrain.to_metres(goal)
    way = terrain.least_cost_ways(start_m[0], goal_m)[0]
    assert way is not None
    assert way.coords[0] == tuple(start_m[0]) and way.coords[-1] == tuple(goal_m[0])
    assert shapely.get_coordinates(terrain.to_degrees(way))[:, 1].max() > 24.0315, "north of the ridge"
    mine = float(terrain.profiles(np.array([way], dtype=object), is_new=True).flat_m[-1])
    straight = shapely.LineString([start_m[0], goal_m[0]])
    assert mine < float(terrain.profiles(np.array([straight], dtype=object), is_new=True).flat_m[-1])

    peer = nx.Graph()
    rows, columns = grid.values.shape
    centre = {
        (i, j): terrain.to_metres(np.array([[113.0 + (j + 0.5) * 0.001, 24.04 - (i + 0.5) * 0.001]]))[0]
        for i in range(rows) for j in range(columns)
    }  # fmt: skip
    for (i, j), here in centre.items():
        for di, dj in ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)):
            if (i + di, j + dj) in centre:
                run = float(np.hypot(*(centre[i + di, j + dj] - here)))
                over = [grid.values[i, j], grid.values[i + di, j + dj]]
                passed = {(1, 2): ((0, 1), (1, 1)), (1, -2): ((0, -1), (1, -1)),
                          (2, 1): ((1, 0), (1, 1)), (2, -1): ((1, 0), (1, -1))}.get((di, dj))  # fmt: skip
                if passed:
                    over.insert(1, np.mean([grid.values[i + a, j + b] for a, b in passed]))
                grade = np.abs(np.diff(over)).sum() / run
                cost = run * max(1, grade / 0.12) * (1 + GRADE_WEIGHT * min(grade, 0.12) ** 2)
                peer.add_edge((i, j), (i + di, j + dj), weight=cost)
    least = nx.dijkstra_path_length(peer, (19, 10), (19, 30))
    cells = [tuple(int(v) for v in np.ravel(grid.cells(*xy))) for xy in
             shapely.get_coordinates(terrain.to_degrees(way))]  # fmt: skip
    assert nx.path_weight(peer, cells, "weight") == pytest.approx(least, rel=1e-9)


def test_steepness_by_hand() -> None:
    assert steepness(np.array([0.0, 0.06, 0.12, 0.5])) == pytest.approx([1, 1.126, 1.504, 1.504])
