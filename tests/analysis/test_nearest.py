"""Nearest features: the same as shapely's own search, whatever the boxes found first."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from analysis.nearest import Indexed, Nearby


def paths(rng: np.random.Generator, count: int) -> np.ndarray:
    """Lines on a lattice of 100 m, many of them sharing an end: near several at once, exactly."""
    steps = rng.integers(-3, 4, (count, 4, 2))
    steps[:, 0] = rng.integers(0, 30, (count, 2))
    return np.asarray(shapely.linestrings(steps.cumsum(axis=1) * 100.0), dtype=object)


@pytest.mark.parametrize("spread_m", [0.0, 30.0, 2_000.0])
@given(seed=st.integers(0, 10_000), most_m=st.none() | st.floats(1, 3_000))
def test_nearest_is_what_the_tree_finds(spread_m: float, seed: int, most_m: float | None) -> None:
    rng = np.random.default_rng(seed)
    lines = paths(rng, 60)
    at = shapely.get_coordinates(lines)[rng.integers(0, 240, 300)]
    points = np.asarray(shapely.points(at + rng.normal(0, spread_m, (300, 2))), dtype=object)
    points[7], points[8] = shapely.Point(), None
    counted = rng.random(60) < 0.7
    nearby = Nearby.of(points, Indexed(lines))
    for among, rows in (
        (None, np.arange(60)),
        ((counted, Indexed(lines[counted])), np.flatnonzero(counted)),
    ):
        found, metres = shapely.STRtree(lines[rows]).query_nearest(
            points, max_distance=most_m, return_distance=True
        )
        order = np.lexsort((found[1], found[0]))
        point, feature, apart_m = nearby.nearest(most_m, among)
        assert (point == found[0][order]).all()
        assert (feature == rows[found[1][order]]).all()
        assert (apart_m == metres[order]).all()


def test_few_points_are_searched_for_at_once() -> None:
    lines = np.asarray(shapely.linestrings([[[0, 0], [100, 0]], [[0, 20], [100, 20]]]), dtype=object)
    points = np.asarray(shapely.points([[50, 10], [50, 25]]), dtype=object)
    point, feature, metres = Nearby.of(points, Indexed(lines)).nearest()
    assert point.tolist() == [0, 0, 1]
    assert feature.tolist() == [0, 1, 1]
    assert metres.tolist() == [10.0, 10.0, 5.0]


def test_nothing_is_near_where_there_is_nothing() -> None:
    points = np.asarray(shapely.points(np.zeros((300, 2))), dtype=object)
    point, feature, metres = Nearby.of(points, Indexed(np.empty(0, dtype=object))).nearest()
    assert len(point) == len(feature) == len(metres) == 0
