"""The gap index: worked by hand, against published entropy weights, and by properties of scores and ranks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.gap_index import (
    BadWeights,
    FloatArray,
    NoDirection,
    Part,
    Scaling,
    entropy_weights,
    equal_weights,
    gaps,
    normalised,
    rank_ranges,
    ranks,
    scale_of,
    scores,
    small_numbers,
    weight_draws,
)
from layers import Direction

NAN = np.nan
TAP = Part("tap", Direction.HIGHER, target=0.9)
HOUSES = Part("houses", Direction.LOWER, target=0.0)
SPEED = Part("speed", Direction.HIGHER)
VALUES = np.array([[0.9, 4.0, 50.0], [0.5, 0.0, 100.0], [0.7, 2.0, NAN], [1.0, NAN, NAN]])

gap_tables = st.integers(2, 4).flatmap(
    lambda parts: arrays(
        float,
        st.tuples(st.integers(2, 12), st.just(parts)),
        elements=st.one_of(st.floats(0, 1), st.just(NAN)),
    )
)


def weights_for(found: FloatArray) -> FloatArray:
    return normalised(np.arange(1.0, found.shape[1] + 1))


def test_gaps_by_hand() -> None:
    """Tap water 0.9 … 0.5 and houses 0 … 4 against targets; speed has none, so the best known is its zero."""
    parts = [TAP, HOUSES, SPEED]
    found = gaps(VALUES, scale_of(VALUES, parts))
    expected = [[0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.5, 0.5, NAN], [0.0, NAN, NAN]]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_floor_is_the_end_of_the_scale() -> None:
    floored = Part("tap", Direction.HIGHER, target=0.9, floor=0.0)
    found = gaps(VALUES[:, :1], scale_of(VALUES[:, :1], [floored]))
    np.testing.assert_allclose(found[:, 0], [0, 4 / 9, 2 / 9, 0], atol=1e-12)
    with pytest.raises(ValueError, match="better side"):
        scale_of(VALUES[:, :1], [Part("tap", Direction.HIGHER, target=0.9, floor=0.95)])


def test_z_scored_gaps_by_hand() -> None:
    """Houses 4, 0, 2: mean 2, standard deviation √(8/3); a full gap is three of them from the target 0."""
    found = gaps(VALUES[:, 1:2], scale_of(VALUES[:, 1:2], [HOUSES], Scaling.Z_SCORE))
    full = 3 * np.sqrt(8 / 3)
    np.testing.assert_allclose(found[:, 0], [4 / full, 0, 2 / full, NAN])


def test_nobody_behind_is_no_gap_and_a_scale_serves_another_day() -> None:
    met = np.array([[0.95], [1.0]])
    scale = scale_of(met, [TAP])
    assert gaps(met, scale).tolist() == [[0.0], [0.0]]
    assert gaps(np.array([[0.8], [0.9], [NAN]]), scale)[:2].tolist() == [[1.0], [0.0]]


def test_nothing_that_could_lack_is_no_gap() -> None:
    """A share of no houses has no value, and no gap; a value that is there stays."""
    values = np.array([[NAN], [NAN], [0.5]])
    scale = scale_of(values, [TAP])
    found = gaps(values, scale, np.array([[True], [False], [True]]))
    np.testing.assert_array_equal(found[:, 0], [0.0, NAN, 1.0])


def test_a_part_without_a_better_end_is_refused() -> None:
    with pytest.raises(NoDirection):
        scale_of(VALUES[:, :1], [Part("used_quota", Direction.NEUTRAL)])


def test_scores_by_hand() -> None:
    """Weights 1:1:2. Third place: (0.25·0.5 + 0.25·0.5)/0.5; fourth knows a quarter of the weight only."""
    found = gaps(VALUES, scale_of(VALUES, [TAP, HOUSES, SPEED]))
    result = scores(found, np.array([1.0, 1.0, 2.0]))
    np.testing.assert_allclose(result.score, [0.75, 0.25, 0.5, NAN])
    np.testing.assert_allclose(result.known_weight, [1, 1, 0.5, 0.25])
    np.testing.assert_allclose(result.contributions[0], [0, 0.25, 0.5])
    assert np.isnan(result.contributions[3]).all()
    assert ranks(result.score).tolist() == [1, 3, 2, 0]


def test_published_entropy_weights() -> None:
    """The choice of a fighter aircraft in Hwang & Yoon (1981), ch. 3: four aircraft, six attributes.

    The book carries four decimals from step to step (weights 0.0649, 0.2055, 0.0133, 0.0829, 0.3570, 0.2764 from
    rounded divergences), so entropies agree to 2e-4 and weights to 2e-3.
    """
    aircraft = np.array(
        [
            [2.0, 1500, 20000, 5.5, 5, 9],
            [2.5, 2700, 18000, 6.5, 3, 5],
            [1.8, 2000, 21000, 4.5, 7, 7],
            [2.2, 1800, 20000, 5.0, 5, 5],
        ]
    )
    share = aircraft / aircraft.sum(axis=0)
    entropy = -(share * np.log(share)).sum(axis=0) / np.log(4)
    np.testing.assert_allclose(entropy, [0.9946, 0.9829, 0.9989, 0.9931, 0.9703, 0.9770], atol=2e-4)
    printed = [0.0649, 0.2055, 0.0133, 0.0829, 0.3570, 0.2764]
    divergence = np.array([0.0054, 0.0171, 0.0011, 0.0069, 0.0297, 0.0230])
    np.testing.assert_allclose(divergence / divergence.sum(), printed, atol=2e-4)
    np.testing.assert_allclose(entropy_weights(aircraft), printed, atol=2e-3)
    np.testing.assert_allclose(entropy_weights(aircraft), (1 - entropy) / (1 - entropy).sum())


def test_published_entropy_weights_to_their_last_digit() -> None:
    """Xu (2004), European Journal of Operational Research 156(2), 530-532: four alternatives, four attributes."""
    ratings = np.array([[30.0, 30, 38, 29], [19, 54, 86, 29], [19, 15, 85, 28.9], [68, 70, 60, 29]])
    np.testing.assert_array_equal(np.round(entropy_weights(ratings), 4), [0.4630, 0.3992, 0.1378, 0.0])


def test_entropy_weights_by_hand() -> None:
    """Three places, two parts: (1, 1, 2) has p = ¼, ¼, ½ and e = 1.5 ln 2 / ln 3; (0, 0, 1) has e = 0."""
    entropy = 1.5 * np.log(2) / np.log(3)
    expected = np.array([1 - entropy, 1]) / (2 - entropy)
    np.testing.assert_allclose(entropy_weights(np.array([[1.0, 0], [1, 0], [2, 1]])), expected)


def test_parts_that_tell_nothing_weigh_nothing() -> None:
    numbers = np.array([[0.0, 0.3, 1.0, NAN], [0.0, 0.3, 0.5, 0.2], [0.0, 0.3, NAN, NAN]])
    assert entropy_weights(numbers).tolist() == [0.0, 0.0, 1.0, 0.0]
    np.testing.assert_allclose(entropy_weights(numbers[:, :2]), [0.5, 0.5])


@pytest.mark.parametrize("bad", [[0.0, 0.0], [1.0, -0.1], [NAN, 1.0], [np.inf, 1.0], []])
def test_bad_weights_are_refused(bad: list[float]) -> None:
    with pytest.raises(BadWeights):
        normalised(bad)


@given(gap_tables)
def test_parts_add_up_to_the_score(found: FloatArray) -> None:
    result = scores(found, weights_for(found))
    scored = ~np.isnan(result.score)
    added = np.nansum(result.contributions, axis=1)
    assert np.abs(added[scored] - result.score[scored]).max(initial=0.0) <= 1e-12
    assert (np.isnan(result.contributions) == (np.isnan(found) | ~scored[:, None])).all()
    assert ((result.score[scored] >= 0) & (result.score[scored] <= 1 + 1e-12)).all()
    assert (scored == (result.known_weight >= 0.5 - 1e-12)).all()


@given(gap_tables, st.randoms(use_true_random=False))
def test_the_order_of_places_changes_nothing(found: FloatArray, random: object) -> None:
    order = list(range(len(found)))
    random.shuffle(order)  # type: ignore[attr-defined]
    weights = weights_for(found)
    one, other = scores(found, weights), scores(found[order], weights)
    np.testing.assert_array_equal(one.score[order], other.score)
    np.testing.assert_array_equal(ranks(one.score)[order], ranks(other.score))
    np.testing.assert_allclose(entropy_weights(found), entropy_weights(found[order]), atol=1e-9)
    draws = weight_draws(weights, 50, seed=3)
    before, after = rank_ranges(found, draws), rank_ranges(found[order], draws)
    for name in ("worst", "best", "median", "low", "high", "worst_share"):
        np.testing.assert_array_equal(getattr(before, name)[order], getattr(after, name))


@given(gap_tables, st.floats(1e-6, 1e6))
def test_only_proportions_of_weights_count(found: FloatArray, factor: float) -> None:
    weights = weights_for(found)
    np.testing.assert_allclose(scores(found, weights).score, scores(found, weights * factor).score, rtol=1e-9)
    np.testing.assert_allclose(weight_draws(weights, 5, seed=1), weight_draws(weights * factor, 5, seed=1))


@given(arrays(float, (8, 3), elements=st.floats(0, 1)), arrays(float, 3, elements=st.floats(0, 1)))
def test_who_is_dominated_is_never_better_off(found: FloatArray, worse_by: FloatArray) -> None:
    """The last place is behind the first in every part or level with it."""
    table = np.vstack([found, np.minimum(found[0] + worse_by, 1.0)])
    draws = weight_draws(equal_weights(3), 100, seed=7)
    for draw in draws:
        found_ranks = ranks(scores(table, draw).score)
        assert found_ranks[-1] <= found_ranks[0]
    summed = rank_ranges(table, draws)
    for numbers in (summed.worst, summed.best, summed.median, summed.low, summed.high):
        assert numbers[-1] <= numbers[0]


def test_rank_ranges_are_the_ranks_of_each_draw() -> None:
    """Against the plain way: one draw after the other, sorted by Python."""
    random = np.random.default_rng(5)
    found = np.where(random.random((40, 4)) < 0.1, NAN, random.random((40, 4)))
    found[0] = NAN
    draws = weight_draws(equal_weights(4), 200, seed=9)
    ranked = ~np.isnan(found).all(axis=1)
    each = []
    for draw in draws:
        known = np.where(np.isnan(found), 0, draw)
        score = np.nansum(found * draw, axis=1) / np.where(ranked, known.sum(axis=1), 1)
        each.append([1 + sum(score[j] > score[i] + 1e-13 for j in np.flatnonzero(ranked)) for i in range(40)])
    plain = np.sort(np.array(each), axis=0)
    summed = rank_ranges(found, draws, ranked)
    assert summed.worst[1:].tolist() == plain[0, 1:].tolist()
    assert summed.best[1:].tolist() == plain[-1, 1:].tolist()
    assert summed.median[1:].tolist() == plain[99, 1:].tolist()
    assert summed.low[1:].tolist() == plain[9, 1:].tolist()
    assert summed.high[1:].tolist() == plain[190, 1:].tolist()
    np.testing.assert_allclose(summed.worst_share[1:], (np.array(each) <= 4).mean(axis=0)[1:])
    assert summed.worst[0] == 0
    assert np.isnan(summed.worst_share[0])


def test_draws_are_reproducible_and_around_what_was_chosen() -> None:
    chosen = normalised([3.0, 1.0, 0.0])
    draws = weight_draws(chosen, 2000, seed=4, concentration=100)
    assert np.array_equal(draws, weight_draws(chosen, 2000, seed=4, concentration=100))
    assert not np.array_equal(draws, weight_draws(chosen, 2000, seed=5, concentration=100))
    np.testing.assert_allclose(draws.sum(axis=1), 1)
    np.testing.assert_allclose(draws.mean(axis=0), chosen, atol=0.005)
    assert draws[:, 0].std() == pytest.approx(np.sqrt(0.75 * 0.25 / 101), rel=0.1)
    assert (draws[:, 2] == 0).all()
    everywhere = weight_draws(equal_weights(3), 2000, seed=4)
    assert everywhere.min() < 0.01 and everywhere.max() > 0.9


def test_a_place_behind_in_everything_is_worst_whatever_the_weights() -> None:
    random = np.random.default_rng(2)
    found = random.random((50, 5)) * 0.8
    found[17] = 0.9
    summed = rank_ranges(found, weight_draws(equal_weights(5), 500))
    assert (summed.worst[17], summed.best[17], summed.worst_share[17]) == (1, 1, 1.0)
    assert summed.worst_share.sum() == pytest.approx(5)


def test_small_numbers_need_a_number() -> None:
    sizes = np.array([[19.0, 500], [20, 100], [NAN, 99], [300, NAN]])
    assert small_numbers(sizes, [20, 100]).tolist() == [True, False, True, False]
