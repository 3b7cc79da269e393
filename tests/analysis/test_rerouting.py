"""Ways over roads of other speeds: to the last digit those of a graph made anew."""

from collections.abc import Sequence
from unittest.mock import patch

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.network import RoadGraph, Snapped
from analysis.rerouting import at_speeds, keeping, rerouted
from tests.analysis.test_network import TRAVEL

_CELL_M = 137.0
_SIDE = 5
_PLACES = [(x, y) for x in range(_SIDE) for y in range(_SIDE)]
_LINES = [((x, y), (x + 1, y)) for x, y in _PLACES if x + 1 < _SIDE] + [
    ((x, y), (x, y + 1)) for x, y in _PLACES if y + 1 < _SIDE
]
_SPEEDS = st.sampled_from([6.0, 10.0, 20.0, 30.0, 33.3, 60.0, 61.7])


def grid_graph(lines: Sequence[tuple[tuple[int, int], tuple[int, int]]], kmh: Sequence[float]) -> RoadGraph:
    drawn = [shapely.LineString([(_CELL_M * x, _CELL_M * y + x * y) for x, y in line]) for line in lines]
    return RoadGraph.of(np.array(drawn, dtype=object), np.array(kmh), TRAVEL.tolerance_m)


def seats_on(graph: RoadGraph) -> Snapped:
    points = shapely.points([(40.0, 3.0), (2.5 * _CELL_M, 2 * _CELL_M), (600.0, 500.0), (90_000.0, 0.0)])
    return graph.snap(points, TRAVEL.snap_m)


@st.composite
def changed_networks(draw: st.DrawFn) -> tuple[RoadGraph, np.ndarray]:
    """Streets on a grid, some missing, and their speeds after a change."""
    lines = draw(st.lists(st.sampled_from(_LINES), min_size=3, unique=True))
    before = draw(st.lists(_SPEEDS, min_size=len(lines), max_size=len(lines)))
    now = list(before)
    only_quicker = draw(st.booleans())
    for place in draw(st.lists(st.integers(0, len(lines) - 1), max_size=4)):
        speed = draw(_SPEEDS)
        now[place] = max(speed, before[place]) if only_quicker else speed
    return grid_graph(lines, before), np.array(now)


@given(changed_networks(), st.sampled_from([0, 2, 100]))
@settings(deadline=None, max_examples=300)
def test_ways_over_other_speeds_are_those_of_a_new_graph(
    network: tuple[RoadGraph, np.ndarray], most_gaining: int
) -> None:
    graph, kmh = network
    seats = seats_on(graph)
    from_seat = graph.minutes_from(seats, 4, TRAVEL)
    as_it_was = from_seat.copy()
    with patch("analysis.rerouting._MOST_GAINING", most_gaining):
        made, minutes = rerouted(graph, seats, from_seat, kmh, TRAVEL)
    anew = RoadGraph.of(graph.lines, kmh, TRAVEL.tolerance_m)
    np.testing.assert_array_equal(made.minutes, anew.minutes)
    np.testing.assert_array_equal(minutes, anew.minutes_from(seats_on(anew), 4, TRAVEL))
    np.testing.assert_array_equal(from_seat, as_it_was)


def test_a_seat_that_gains_nothing_keeps_its_times() -> None:
    """Two rows of streets that nothing joins: what happens in one is nothing to a seat in the other."""
    lines = [((0, 0), (1, 0)), ((1, 0), (2, 0)), ((0, 3), (1, 3)), ((1, 3), (2, 3))]
    graph = grid_graph(lines, [20.0] * 4)
    seats = graph.snap(shapely.points([(0, 0), (0, 3 * _CELL_M)]), TRAVEL.snap_m)
    from_seat = graph.minutes_from(seats, 2, TRAVEL)
    other = at_speeds(graph, np.array([20.0, 60.0, 20.0, 20.0]))
    assert keeping(graph, from_seat, other.minutes).tolist() == [False, True]
    slower = at_speeds(graph, np.array([20.0, 20.0, 20.0, 10.0]))
    assert keeping(graph, from_seat, slower.minutes).tolist() == [True, False]


@pytest.mark.parametrize(("kmh", "kept"), [(30.0, True), (33.0, True), (100.0, False)])
def test_a_detour_matters_only_once_it_is_quicker(kmh: float, kept: bool) -> None:
    lines = np.array(
        [shapely.LineString([(0, 0), (1000, 0)]), shapely.LineString([(0, 0), (500, 600), (1000, 0)])]
    )
    graph = RoadGraph.of(lines, np.array([30.0, 20.0]), TRAVEL.tolerance_m)
    from_seat = graph.minutes_from(graph.snap(shapely.points([(0, 0)])), 1, TRAVEL)
    made = at_speeds(graph, np.array([30.0, kmh]))
    assert keeping(graph, from_seat, made.minutes).tolist() == [kept]
