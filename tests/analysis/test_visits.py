"""Orders of visits: every place once, never longer than the list, as short as can be where that can be checked."""

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.visits import days, length

points = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=13)


def _minutes(places: list[tuple[int, int]]) -> np.ndarray:
    xy = np.array(places, dtype=float)
    return np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))


@settings(deadline=None, max_examples=60)
@given(points, st.integers(1, 6))
def test_every_place_once_in_days_that_are_full_enough(places: list[tuple[int, int]], most: int) -> None:
    minutes = _minutes(places)
    found = days(minutes, most)
    assert sorted(stop for day in found for stop in day.stops) == list(range(1, len(places)))
    assert all(1 <= len(day.stops) <= most for day in found)
    for day in found:
        assert day.minutes == length(minutes, day.stops)
        assert day.minutes <= day.listed_minutes + 1e-9


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=7))
def test_a_short_round_is_nearly_the_shortest(places: list[tuple[int, int]]) -> None:
    minutes = _minutes(places)
    (day,) = days(minutes, 6)
    best = min(length(minutes, way) for way in permutations(range(1, len(places))))
    assert day.minutes <= 1.05 * best + 1e-9


def test_a_circle_is_gone_round() -> None:
    angle = np.array([0, 5, 2, 7, 1, 4, 6, 3]) * 2 * np.pi / 8
    xy = np.column_stack([np.cos(angle), np.sin(angle)])
    minutes = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    (day,) = days(minutes, 10)
    around = [round(float(angle[stop]) * 8 / (2 * np.pi)) for stop in day.stops]
    assert around in ([1, 2, 3, 4, 5, 6, 7], [7, 6, 5, 4, 3, 2, 1])
    assert day.listed_minutes > day.minutes


def test_nothing_to_visit_takes_no_day() -> None:
    assert days(np.zeros((1, 1)), 4) == []


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=3, max_size=10, unique=True))
def test_no_turn_and_no_move_of_a_stop_makes_it_shorter(places: list[tuple[int, int]]) -> None:
    minutes = _minutes(places)
    (day,) = days(minutes, 10)
    stops = list(day.stops)
    for i in range(len(stops)):
        for j in range(i + 1, len(stops)):
            turned = [*stops[:i], *reversed(stops[i : j + 1]), *stops[j + 1 :]]
            assert length(minutes, turned) > day.minutes - 1e-6
        rest = [*stops[:i], *stops[i + 1 :]]
        for j in range(len(stops)):
            assert length(minutes, [*rest[:j], stops[i], *rest[j:]]) > day.minutes - 1e-6


def test_a_large_sample_of_a_county_is_put_in_order() -> None:
    """Weighing each other order by its whole length took minutes for so many."""
    places = np.random.default_rng(1).integers(0, 1000, (251, 2))
    minutes = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    found = days(minutes, 6)
    assert len(found) == 42
    assert sum(day.minutes for day in found) < 0.8 * sum(
        length(minutes, range(first, min(first + 6, 251))) for first in range(1, 251, 6)
    )
