"""Clusters: statistics against closed forms in NumPy, a planted cluster, islands, the order of places."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from analysis.clusters import (
    Cluster,
    Clusters,
    FloatArray,
    Neighbours,
    Statistic,
    TooFewPlaces,
    largest_rejected,
    local_clusters,
    neighbours,
)

NAN = np.nan


def lattice(rows: int, columns: int) -> Neighbours:
    shapes = np.array([shapely.box(x, y, x + 1, y + 1) for y in range(rows) for x in range(columns)])
    return neighbours([f"{k:012d}" for k in range(len(shapes))], shapes)


def matrix(touching: Neighbours) -> FloatArray:
    """Who touches whom, 1 or 0."""
    found = np.zeros((len(touching.codes),) * 2)
    found[tuple(touching.pairs.T)] = found[tuple(touching.pairs[:, ::-1].T)] = 1
    return found


def quickly(
    values: FloatArray, touching: Neighbours, statistic: Statistic = Statistic.MORAN, seed: int = 1
) -> Clusters:
    return local_clusters(values, touching, statistic, seed=seed, permutations=499)


def test_queens_touch_in_a_corner() -> None:
    touching = lattice(2, 2)
    assert touching.pairs.tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    assert len(lattice(3, 3).pairs) == 20


def test_local_moran_is_its_closed_form() -> None:
    """I_i = z_i Σ_j w_ij z_j (n - 1) / Σ z², rows of w summing to 1 (Anselin 1995)."""
    touching = lattice(3, 4)
    values = np.array([1.0, 2, 3, 4, 2, 9, 8, 1, 0, 7, 9, 2])
    z = values - values.mean()
    w = matrix(touching)
    w /= w.sum(axis=1, keepdims=True)
    expected = (len(z) - 1) * z * (w @ z) / (z**2).sum()
    found = quickly(values, touching)
    np.testing.assert_allclose(found.statistic, expected, atol=1e-12)
    # In the corner: -3 beside -2, -2 and 5.
    assert expected[0] == pytest.approx(11 * -3 * (1 / 3) / 122)


def test_gi_star_is_its_closed_form() -> None:
    """Z_i of Ord & Getis (1995), the place itself counted among its neighbours."""
    touching = lattice(3, 4)
    values = np.array([1.0, 2, 3, 4, 2, 9, 8, 1, 0, 7, 9, 2])
    n = len(values)
    w = matrix(touching) + np.eye(n)
    w /= w.sum(axis=1, keepdims=True)
    spread = np.sqrt((n * (w**2).sum(axis=1) - 1) / (n - 1))
    expected = (w @ values - values.mean()) / (values.std() * spread)
    np.testing.assert_allclose(quickly(values, touching, Statistic.GETIS_ORD).statistic, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("statistic", "kind"), [(Statistic.MORAN, Cluster.HIGH_HIGH), (Statistic.GETIS_ORD, Cluster.HOT)]
)
def test_a_planted_cluster_is_found(statistic: Statistic, kind: Cluster) -> None:
    touching = lattice(12, 12)
    values = np.random.default_rng(3).random(144).reshape(12, 12)
    values[2:6, 2:6] += 3
    found = local_clusters(values.ravel(), touching, statistic, seed=1)
    kinds = np.array(found.kinds, dtype=object).reshape(12, 12)
    assert (kinds[3:5, 3:5] == kind).all()
    assert (kinds[2:6, 2:6] == kind).sum() >= 12
    assert (kinds[8:, 8:] == Cluster.NONE).all()


def test_a_false_discovery_is_rarer_than_a_test_of_each_place() -> None:
    touching = lattice(15, 15)
    noise = np.random.default_rng(8).random(225)
    each = local_clusters(noise, touching, seed=1, false_discovery=False)
    corrected = local_clusters(noise, touching, seed=1)
    assert sum(kind is not Cluster.NONE for kind in each.kinds) > 5
    assert sum(kind is not Cluster.NONE for kind in corrected.kinds) == 0


def test_benjamini_and_hochberg_by_hand() -> None:
    """The fifteen p values of their paper (1995, section 3.3): four are discoveries at 5 %."""
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.324,
        0.4262,
        0.5719,
        0.6528,
        0.759,
        1,
    ]
    assert largest_rejected(np.array(p), 0.05) == 0.0095
    assert largest_rejected(np.array([0.5, 0.9]), 0.05) == 0.0


def test_islands_join_their_nearest_and_the_unknown_are_left_out() -> None:
    shapes = [shapely.box(x, y, x + 1, y + 1) for y in range(4) for x in range(4)]
    touching = neighbours([f"{k:012d}" for k in range(17)], np.array([*shapes, shapely.box(6, 0, 7, 1)]))
    values = np.arange(17.0)
    found = quickly(values, touching)
    assert found.joined == 1
    assert found.kinds[16] is not None
    assert np.isfinite(found.statistic[16])
    # Its nearest, place 3, is unknown now: the next one, place 7, takes its part.
    values[3] = NAN
    without = quickly(values, touching)
    assert without.kinds[3] is None
    assert np.isnan(without.p[3])
    z = values - np.nanmean(values)
    expected = 15 * z[16] * z[7] / np.nansum(z**2)
    assert without.statistic[16] == pytest.approx(expected)


def test_too_few_places_or_no_difference_is_said() -> None:
    touching = lattice(4, 4)
    values = np.full(16, NAN)
    values[:9] = np.arange(9)
    with pytest.raises(TooFewPlaces):
        quickly(values, touching)
    with pytest.raises(TooFewPlaces):
        quickly(np.ones(16), touching)


@given(st.permutations(range(25)), st.sampled_from(list(Statistic)))
def test_the_order_of_places_changes_nothing(order: list[int], statistic: Statistic) -> None:
    shapes = np.array([shapely.box(x, y, x + 1, y + 1) for y in range(5) for x in range(5)])
    codes = [f"{k:012d}" for k in range(25)]
    values = np.random.default_rng(6).random(25)
    values[4] = NAN
    one = quickly(values, neighbours(codes, shapes), statistic)
    other = quickly(values[order], neighbours([codes[k] for k in order], shapes[order]), statistic)
    assert [one.kinds[k] for k in order] == list(other.kinds)
    np.testing.assert_array_equal(one.p[order], other.p)
    np.testing.assert_array_equal(one.statistic[order], other.statistic)
