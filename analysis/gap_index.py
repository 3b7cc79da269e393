"""The composite gap index: how far each place is from its targets, over all chosen indicators together.

A part of the index is one indicator's distance to its target, scaled to 0 (met) … 1 (furthest). The score of a
place is the weighted mean of its known parts; what is unknown is neither 0 nor 1 but left out, and the weight
that is known is told beside the score. How much the order of the places hangs on the weights is measured by
drawing many weights and looking at each place's rank under every one of them.

Arrays are places × parts. All functions are pure and treat each place by itself or by counting, so the order in
which places are given changes nothing.

Sources: OECD/JRC (2008), Handbook on Constructing Composite Indicators (min–max and z-score scaling, weights,
ranks under weight draws); Hwang & Yoon (1981), Multiple Attribute Decision Making, ch. 3 (entropy weight 熵权法).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from analysis.errors import AnalysisError
from layers import Direction

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

LEAST_KNOWN_WEIGHT = 0.5
"""A place of which less than this share of the weight is known gets no score."""
Z_REACH = 3.0
"""Standard deviations behind the target at which a z-scored gap is full."""
WORST_SHARE = 0.1
"""The worst decile."""
LEAST_SIZES = {"households": 20.0, "population": 100.0, "settlements": 4.0}
"""Below any of these, shares jump: of 20 households each is 5 points, of 3 natural villages each is 33."""
_TINY = 1e-12
_SCORES_AT_ONCE = 4_000_000


class BadWeights(AnalysisError):
    """Weights below zero, not numbers, or all zero."""

    key = "gaps.bad_weights"


class NoDirection(AnalysisError):
    """An indicator that has neither a better nor a worse end cannot be part of the index."""

    key = "gaps.no_direction"


class Scaling(StrEnum):
    """What a full gap is."""

    MIN_MAX = "min_max"
    """The worst place known, or the given floor."""
    Z_SCORE = "z_score"
    """Three standard deviations behind the target: one place far out does not make all others look well."""


class Weighting(StrEnum):
    """Where the weights come from."""

    EQUAL = "equal"
    HAND = "hand"
    ENTROPY = "entropy"


@dataclass(frozen=True)
class Part:
    """One indicator as a part of the index.

    Attributes
    ----------
    target : value at which the gap is 0; None for the best value known.
    floor : value at which the gap is 1; None for the worst value known. Used by `Scaling.MIN_MAX` only.
    """

    id: str
    direction: Direction
    target: float | None = None
    floor: float | None = None


@dataclass(frozen=True)
class Scale:
    """How values become gaps; one number for each part. Kept apart from the values so that two dates, or a
    part of the city and the whole, can be measured by the same scale.

    Attributes
    ----------
    sign : 1 where higher is better, -1 where lower is.
    target : value of gap 0.
    span : distance from the target at which the gap is 1; 0 where no place is behind.
    """

    sign: FloatArray
    target: FloatArray
    span: FloatArray


@dataclass(frozen=True)
class Scores:
    """Scores of places.

    Attributes
    ----------
    score : 0 … 1 of each place, NaN where too little is known.
    known_weight : share of the weight that is known of each place.
    contributions : places × parts; they add up to the score. NaN for an unknown part and without a score.
    """

    score: FloatArray
    known_weight: FloatArray
    contributions: FloatArray


@dataclass(frozen=True)
class RankRanges:
    """Ranks over all weight draws, 1 for the largest gap; 0 for a place without a score.

    Attributes
    ----------
    worst, best : the rank nearest to 1 and the one furthest from it.
    median : the middle rank (of two, the one nearer to 1).
    low, high : ranks between which the place lies in nine draws of ten.
    worst_share : share of the draws in which the place is among the worst tenth; NaN without a score.
    """

    worst: IntArray
    best: IntArray
    median: IntArray
    low: IntArray
    high: IntArray
    worst_share: FloatArray


def scale_of(values: FloatArray, parts: Sequence[Part], scaling: Scaling = Scaling.MIN_MAX) -> Scale:
    """Find the scale of each part from the values of the places that are compared.

    Parameters
    ----------
    values : places × parts, in the indicators' stored units, NaN for no data.

    Raises
    ------
    NoDirection : a part is neutral.
    ValueError : a floor is on the better side of its target.
    """
    neutral = [part.id for part in parts if part.direction is Direction.NEUTRAL]
    if neutral:
        raise NoDirection(id=neutral[0])
    sign = np.array([1.0 if part.direction is Direction.HIGHER else -1.0 for part in parts])
    least, greatest = _ends(values)
    best, worst = np.where(sign > 0, greatest, least), np.where(sign > 0, least, greatest)
    target = np.where(_given([p.target for p in parts]), _numbers([p.target for p in parts]), best)
    if scaling is Scaling.Z_SCORE:
        return Scale(sign, target, Z_REACH * _deviation(values))
    floors = _numbers([p.floor for p in parts])
    end = np.where(np.isnan(floors), worst, floors)
    span = sign * (target - end)
    if np.any(span[~np.isnan(floors)] <= 0):
        raise ValueError("a floor lies on the better side of its target")
    return Scale(sign, target, np.where(np.isnan(span), 0.0, np.maximum(span, 0.0)))


def gaps(values: FloatArray, scale: Scale, nothing: BoolArray | None = None) -> FloatArray:
    """Gap of each place in each part: 0 at the target and beyond it, 1 at the end of the scale and beyond.

    Parameters
    ----------
    values : places × parts, in the indicators' stored units, NaN for no data.
    nothing : where it is known that there is nothing that could lack (a share of no houses): no gap, though
        there is no value either.

    Returns
    -------
    Places × parts, NaN for no data.
    """
    short = np.maximum(scale.sign * (scale.target - values), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(scale.span > 0, short / scale.span, (short > 0).astype(float))
    found = np.where(np.isnan(values), np.nan, np.minimum(scaled, 1.0))
    return found if nothing is None else np.where(nothing & np.isnan(values), 0.0, found)


def normalised(weights: Sequence[float] | FloatArray) -> FloatArray:
    """Weights that sum to 1.

    Raises
    ------
    BadWeights : one is below zero or no number, or all are zero.
    """
    given = np.asarray(weights, dtype=float)
    if given.size == 0 or not np.isfinite(given).all() or (given < 0).any() or given.sum() <= 0:
        raise BadWeights()
    # The largest first: no sum of tiny or huge weights leaves the range of numbers.
    given = given / given.max()
    return np.asarray(given / given.sum())


def equal_weights(parts: int) -> FloatArray:
    """The same weight for each of so many parts."""
    return np.full(parts, 1.0 / parts)


def entropy_weights(numbers: FloatArray) -> FloatArray:
    """Entropy weight 熵权法: the more the places differ in a part, the more it weighs.

    With p_ij = x_ij / Σ_i x_ij over the n places known, e_j = -Σ_i p_ij ln p_ij / ln n (0 ln 0 = 0), the
    divergence is d_j = 1 - e_j and the weight d_j / Σ_j d_j. A part in which all places are alike, all are at
    the target, or fewer than two are known, tells nothing and weighs 0; if all parts are so, they weigh alike.

    Parameters
    ----------
    numbers : places × parts, not below zero; NaN for no data.

    Source: Hwang & Yoon (1981), Multiple Attribute Decision Making, Springer, ch. 3.
    """
    known = ~np.isnan(numbers)
    filled = np.where(known, numbers, 0.0)
    total, count = filled.sum(axis=0), known.sum(axis=0)
    informative = (total > 0) & (count > 1)
    share = np.divide(filled, total, out=np.zeros_like(filled), where=informative & known)
    with np.errstate(divide="ignore", invalid="ignore"):
        surprise = np.where(share > 0, share * np.log(share), 0.0).sum(axis=0)
        entropy = np.where(informative, -surprise / np.log(np.maximum(count, 2)), 1.0)
    divergence = np.where(1.0 - entropy > _TINY, 1.0 - entropy, 0.0)
    return normalised(divergence) if divergence.sum() > 0 else equal_weights(numbers.shape[1])


def scores(found: FloatArray, weights: FloatArray) -> Scores:
    """Score of each place: the weighted mean of its known gaps, taken apart into what each part adds.

    Parameters
    ----------
    found : gaps, places × parts, NaN for no data.
    weights : one for each part; only their proportions count.

    Raises
    ------
    BadWeights : see `normalised`.
    """
    weights = normalised(weights)
    known = ~np.isnan(found)
    # Elementwise and in a fixed order, not by a matrix product: rounding then keeps "never less" as it is.
    known_weight = np.zeros(len(found))
    for column, weight in enumerate(weights):
        known_weight += np.where(known[:, column], weight, 0.0)
    scored = known_weight >= LEAST_KNOWN_WEIGHT - _TINY
    divisor = np.where(scored, known_weight, np.nan)[:, None]
    contributions = weights * found / divisor
    score = np.where(scored, np.nansum(contributions, axis=1), np.nan)
    return Scores(score, known_weight, contributions)


def ranks(score: FloatArray) -> IntArray:
    """Rank of each score, 1 for the largest; equal scores share the smaller number, NaN gets 0."""
    scored = ~np.isnan(score)
    found = np.zeros(len(score), dtype=np.int64)
    found[scored] = _ranks(score[scored][None, :])[0]
    return found


def weight_draws(
    weights: FloatArray, draws: int = 1000, seed: int = 0, concentration: float | None = None
) -> FloatArray:
    """Weights at random, by which a ranking is tried.

    Parameters
    ----------
    weights : the weights chosen; a part that weighs nothing weighs nothing in any draw.
    concentration : None draws evenly from all weights that there are (the Dirichlet distribution with all
        parameters 1). A number c draws around the chosen weights (parameters c·w): a weight w then has the
        standard deviation √(w(1-w)/(c+1)).

    Returns
    -------
    Draws × parts, each row summing to 1; the same seed gives the same draws.
    """
    weights = normalised(weights)
    weighing = weights > 0
    drawn = np.zeros((draws, len(weights)))
    parameters = np.ones(int(weighing.sum())) if concentration is None else concentration * weights[weighing]
    drawn[:, weighing] = np.random.default_rng(seed).dirichlet(parameters, size=draws)
    return drawn


def rank_ranges(found: FloatArray, draws: FloatArray, ranked: BoolArray | None = None) -> RankRanges:
    """Rank of each place under each draw of weights, summed up.

    Parameters
    ----------
    found : gaps, places × parts, NaN for no data.
    draws : draws × parts; see `weight_draws`.
    ranked : the places that take part; all of them if None.

    Returns
    -------
    One entry for each place. A place that is in no part better than another, both fully known, never gets a
    better rank than that one.
    """
    taking = np.ones(len(found), dtype=bool) if ranked is None else ranked
    count = int(taking.sum())
    each = np.zeros((count, len(draws)), dtype=np.int32)
    step = max(1, _SCORES_AT_ONCE // max(1, count))
    for start in range(0, len(draws), step):
        each[:, start : start + step] = _ranks(_drawn_scores(found[taking], draws[start : start + step])).T
    decile = max(1, int(np.ceil(count * WORST_SHARE)))
    share = np.full(len(found), np.nan)
    share[taking] = (each <= decile).mean(axis=1) if count else 0.0
    each.sort(axis=1)
    last = len(draws) - 1
    places = (0, last, last // 2, int(np.floor(0.05 * last)), int(np.ceil(0.95 * last)))
    summed = np.zeros((len(places), len(found)), dtype=np.int64)
    for row, place in enumerate(places):
        summed[row, taking] = each[:, place]
    worst, best, median, low, high = summed
    return RankRanges(worst, best, median, low, high, share)


def small_numbers(sizes: FloatArray, least: Sequence[float]) -> BoolArray:
    """Places so small that one household or natural village more or less moves their shares by whole points.

    Parameters
    ----------
    sizes : places × kinds of size (households, people, natural villages). Unknown ones (NaN) are not small: they
        are unknown.
    least : of each kind, the size from which shares are steady; see `LEAST_SIZES`.
    """
    with np.errstate(invalid="ignore"):
        return np.asarray((sizes < np.asarray(least)).any(axis=1))


def _drawn_scores(found: FloatArray, draws: FloatArray) -> FloatArray:
    """Scores, draws × places, summed part by part (see `scores`)."""
    known = ~np.isnan(found)
    total = np.zeros((len(draws), len(found)))
    weight = np.zeros_like(total)
    for part in range(found.shape[1]):
        column = draws[:, part, None]
        total += column * np.where(known[:, part], found[:, part], 0.0)
        weight += column * known[:, part]
    return np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)


def _ranks(score: FloatArray) -> IntArray:
    """Ranks along the last axis, 1 for the largest, equal ones sharing the smaller number."""
    order = np.argsort(-score, axis=1, kind="stable")
    falling = np.take_along_axis(score, order, axis=1)
    position = np.broadcast_to(np.arange(1, score.shape[1] + 1), score.shape).copy()
    position[:, 1:][falling[:, 1:] == falling[:, :-1]] = 0
    found = np.empty_like(position)
    np.put_along_axis(found, order, np.maximum.accumulate(position, axis=1), axis=1)
    return found


def _ends(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least and greatest known value of each part, NaN where none is known."""
    known = ~np.isnan(values)
    some = known.any(axis=0)
    least = np.where(some, np.where(known, values, np.inf).min(axis=0, initial=np.inf), np.nan)
    greatest = np.where(some, np.where(known, values, -np.inf).max(axis=0, initial=-np.inf), np.nan)
    return least, greatest


def _deviation(values: FloatArray) -> FloatArray:
    """Standard deviation of each part's known values, 0 where none is known."""
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    return np.asarray(np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / count))


def _numbers(given: Sequence[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in given], dtype=float)


def _given(numbers: Sequence[float | None]) -> BoolArray:
    return np.array([value is not None for value in numbers], dtype=bool)
