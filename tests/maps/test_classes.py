"""Classes against figures worked by hand and against brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from layers import Direction
from maps.classes import Classes, Closed, Method, around_target, classify, equal, natural, quantile, tidy

NAN = float("nan")
some_values = hnp.arrays(
    float,
    st.integers(1, 40),
    elements=st.one_of(st.floats(-1e6, 1e6), st.just(NAN), st.integers(0, 5).map(float)),
)


def _squares(groups: list[list[float]]) -> float:
    return sum(float(np.var(group) * len(group)) for group in groups)


def _best_by_brute_force(values: list[float], count: int) -> float:
    ordered = sorted(values)
    cuts = itertools.combinations(range(1, len(ordered)), count - 1)
    return min(
        _squares([ordered[a:b] for a, b in itertools.pairwise((0, *cut, len(ordered)))]) for cut in cuts
    )


def test_quantile_by_hand() -> None:
    made = quantile([1, 2, 3, 4, 5, 6, 7, 8], 4)
    assert made.edges == (1, 3, 5, 7, 8)
    assert made.counts([1, 2, 3, 4, 5, 6, 7, 8]) == (2, 2, 2, 2)


def test_quantile_keeps_a_large_tie_together_and_shares_the_rest() -> None:
    values = [0] * 60 + list(range(1, 41))
    made = quantile(values, 5)
    assert made.edges[:2] == (0, 1)
    assert made.counts(values) == (60, 10, 10, 10, 10)


def test_equal_by_hand() -> None:
    made = equal([0, 1, 10, NAN], 5)
    assert made.edges == (0, 2, 4, 6, 8, 10)
    assert made.counts([0, 1, 10, NAN]) == (2, 0, 0, 0, 1)


def test_natural_by_hand() -> None:
    values = [4, 5, 9, 10]
    made = natural(values, 2)
    assert made.edges == (4, 9, 10)
    assert made.counts(values) == (2, 2)


@settings(deadline=None)
@given(st.lists(st.integers(0, 30).map(float), min_size=3, max_size=9, unique=True), st.integers(2, 3))
def test_natural_breaks_are_the_best_there_are(values: list[float], count: int) -> None:
    made = natural(values, count)
    found = made.assign(values)
    groups = [[v for v, c in zip(values, found, strict=True) if c == k] for k in range(made.count)]
    assert made.count == count
    assert _squares(groups) == pytest.approx(_best_by_brute_force(values, count), abs=1e-6)


def test_break_belongs_to_the_side_that_is_closed() -> None:
    assert Classes((0, 10, 20)).assign([0, 9.9, 10, 20]).tolist() == [0, 0, 1, 1]
    assert Classes((0, 10, 20), Closed.RIGHT).assign([0, 10, 10.1, 20]).tolist() == [0, 0, 1, 1]


def test_values_beyond_the_ends_and_without_data() -> None:
    assert Classes((0, 10, 20)).assign([-5, 25, NAN]).tolist() == [0, 1, -1]
    assert Classes(()).assign([1, NAN]).tolist() == [-1, -1]


def test_edges_must_ascend() -> None:
    with pytest.raises(ValueError, match="ascend"):
        Classes((1, 0))


def test_target_reached_is_beyond_it_when_more_is_better() -> None:
    values = [0.2, 0.5, 0.8, 0.95, 0.96, 1.0]
    made = around_target(values, 0.95, Direction.HIGHER, below=3, above=2)
    assert made.target_at is not None
    assert made.edges[made.target_at] == 0.95
    assert (made.assign(values) >= made.target_at).tolist() == [False, False, False, True, True, True]


def test_target_reached_is_below_it_when_less_is_better() -> None:
    values = [0, 0, 0, 1, 4, 9]
    made = around_target(values, 0, Direction.LOWER, below=1, above=2)
    assert made.target_at is not None
    assert (made.assign(values) < made.target_at).tolist() == [True, True, True, False, False, False]


@pytest.mark.parametrize(
    ("values", "target", "direction", "met"),
    [
        ([1.0, 1.0, 0.4], 1.0, Direction.HIGHER, [True, True, False]),
        ([0.4, 0.5], 0.9, Direction.HIGHER, [False, False]),
        ([0.95, 0.99], 0.9, Direction.HIGHER, [True, True]),
        ([0.0, 0.0], 0.0, Direction.LOWER, [True, True]),
        ([3.0, 5.0], 1.0, Direction.LOWER, [False, False]),
        ([0.9], 0.9, Direction.HIGHER, [True]),
    ],
)
def test_target_at_the_ends(
    values: list[float], target: float, direction: Direction, met: list[bool]
) -> None:
    for made in (
        around_target(values, target, direction),
        tidy(around_target(values, target, direction), 0.01),
    ):
        assert made.target_at is not None
        beyond = made.assign(values) >= made.target_at
        assert (beyond if direction is Direction.HIGHER else ~beyond).tolist() == met


@given(
    some_values, st.sampled_from(Method), st.sampled_from(Direction), st.floats(-1e3, 1e3), st.integers(2, 6)
)
@settings(max_examples=300, deadline=None)
def test_every_known_value_has_a_class_and_order_is_kept(
    values: np.ndarray, method: Method, direction: Direction, target: float, count: int
) -> None:
    made = classify(values, method, count, target=target, direction=direction)
    found = made.assign(values)
    known = ~np.isnan(values)
    assert ((found >= 0) == (known & (made.count > 0))).all()
    assert (found < max(made.count, 1)).all()
    assert sum(made.counts(values)) == known.sum()
    order = np.argsort(values[known], kind="stable")
    assert (np.diff(found[known][order]) >= 0).all()
    if method is Method.TARGET and known.any():
        assert made.target_at is not None
        beyond = found[known] >= made.target_at
        reached = values[known] > target if direction is Direction.LOWER else values[known] >= target
        assert (beyond == reached).all()


@settings(deadline=None)
@given(some_values, st.sampled_from([0.01, 0.1, 1.0, 10.0]), st.floats(-1e3, 1e3), st.sampled_from(Direction))
def test_tidying_keeps_the_target_and_covers_the_values(
    values: np.ndarray, step: float, target: float, direction: Direction
) -> None:
    rough = around_target(values, target, direction)
    made = tidy(rough, step)
    known = values[~np.isnan(values)]
    assert (made.count == 0) == (known.size == 0)
    if known.size:
        assert made.target_at is not None
        assert made.edges[made.target_at] == target
        assert made.edges[0] <= known.min() + 1e-4
        assert made.edges[-1] >= known.max() - 1e-4
        beyond = made.assign(known) >= made.target_at
        reached = known > target if direction is Direction.LOWER else known >= target
        assert (beyond == reached).all()


def test_tidy_rounds_inner_edges_to_the_nearest_and_the_ends_outward() -> None:
    assert tidy(Classes((0.123, 0.456, 0.789)), 0.1).edges == (0.1, 0.5, 0.8)


def test_without_a_target_natural_breaks_serve() -> None:
    values = [1.0, 2.0, 9.0, 10.0]
    made = classify(values, Method.TARGET, 2, target=None, direction=Direction.HIGHER)
    assert made == natural(values, 2)
