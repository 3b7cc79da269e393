"""Where large gaps lie together: local Moran's I and Getis–Ord Gi*, by PySAL's esda.

Neighbours are places that touch, be it in one point (queen contiguity); a place that touches none gets its
nearest one. Places without a value are left out before weights are row-standardised. Pseudo p values come from
conditional permutations: the value of a place is held, those of the others are shuffled over the map.

esda draws at random in the order of the places, so they are sorted by code first: the same places in another
order get the same answer.

Sources: Anselin (1995), Local indicators of spatial association, Geographical Analysis 27; Ord & Getis (1995),
Local spatial autocorrelation statistics, ibid.; Benjamini & Hochberg (1995), Controlling the false discovery rate,
J. R. Statist. Soc. B 57.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from analysis.errors import AnalysisError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

PERMUTATIONS = 9_999
"""Enough for p values small enough to be discoveries among a thousand places."""
SIGNIFICANCE = 0.05
FEWEST_PLACES = 10
"""With fewer places with a value, no pattern on the map can be told from chance."""


class TooFewPlaces(AnalysisError):
    """Too few places have a value."""

    key = "gaps.too_few_places"


class Statistic(StrEnum):
    """How clusters are looked for."""

    MORAN = "moran"
    """Local Moran's I: alike neighbours, and outliers among others."""
    GETIS_ORD = "getis_ord"
    """Gi*: hot and cold spots, the place itself counted."""


class Cluster(StrEnum):
    """What a place is part of."""

    HIGH_HIGH = "high_high"
    LOW_LOW = "low_low"
    HIGH_LOW = "high_low"
    """A high value among low ones."""
    LOW_HIGH = "low_high"
    HOT = "hot"
    COLD = "cold"
    NONE = "none"
    """Not significant."""


@dataclass(frozen=True)
class Neighbours:
    """Which places touch which.

    Attributes
    ----------
    codes : of the places.
    pairs : (n, 2) positions in `codes`, each pair once, smaller position first.
    middles : (places, 2) a point of each place, in metres or in any unit in which the nearest is the nearest.
    """

    codes: tuple[str, ...]
    pairs: IntArray
    middles: FloatArray


@dataclass(frozen=True)
class Clusters:
    """Clusters of places.

    Attributes
    ----------
    kinds : `Cluster` of each place; None without a value.
    p : two-sided pseudo p value of each place, NaN without a value.
    statistic : local I, or the standardised Gi*; NaN without a value.
    threshold : the largest p that counts as significant; 0 if none does.
    joined : places that touch no other one and were joined to their nearest.
    """

    kinds: tuple[Cluster | None, ...]
    p: FloatArray
    statistic: FloatArray
    threshold: float
    joined: int


def neighbours(codes: Sequence[str], shapes: "npt.NDArray[np.object_]") -> Neighbours:
    """Find out which polygons touch.

    Parameters
    ----------
    codes : of the places.
    shapes : (Multi)Polygons in degrees (EPSG:4490); slivers and overlaps of neighbours do no harm.
    """
    tree = shapely.STRtree(shapes)
    one, other = tree.query(shapes, predicate="intersects")
    once = one < other
    pairs = np.stack([one[once], other[once]], axis=1).astype(np.int64)
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    # A degree of longitude is shorter than one of latitude: enough of a projection to find the nearest.
    middles[:, 0] *= np.cos(np.radians(middles[:, 1].mean())) if len(middles) else 1.0
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return Neighbours(tuple(codes), pairs[order], middles)


def local_clusters(
    values: FloatArray,
    touching: Neighbours,
    statistic: Statistic = Statistic.MORAN,
    *,
    seed: int = 0,
    permutations: int = PERMUTATIONS,
    significance: float = SIGNIFICANCE,
    false_discovery: bool = True,
) -> Clusters:
    """Find clusters of high and low values.

    Parameters
    ----------
    values : one for each place of `touching`, NaN for no data.
    false_discovery : keep the expected share of false clusters among those found at `significance`
        (Benjamini–Hochberg) instead of testing each place as if it were the only one.

    Raises
    ------
    TooFewPlaces : fewer than `FEWEST_PLACES` have a value, or all values are the same.
    """
    # By code, so that the order in which places are given does not decide what is drawn at random.
    order = np.array(
        sorted(np.flatnonzero(~np.isnan(values)), key=lambda i: touching.codes[i]), dtype=np.int64
    )
    known = values[order]
    if len(known) < FEWEST_PLACES or np.ptp(known) == 0:
        raise TooFewPlaces(count=len(known), least=FEWEST_PLACES)
    pairs, joined = _among(touching, order)
    judge = _moran if statistic is Statistic.MORAN else _getis_ord
    with warnings.catch_warnings():
        # That its p values are of one tail, the nearer one: they are doubled here.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="esda")
        # A city of several parts is no mistake.
        warnings.filterwarnings("ignore", message="The weights matrix is not fully connected")
        found, one_tail, kinds = judge(known, pairs, seed, permutations)
    p = np.minimum(2.0 * one_tail, 1.0)
    threshold = largest_rejected(p, significance) if false_discovery else significance
    all_kinds: list[Cluster | None] = [None] * len(values)
    for place, kind, chance in zip(order, kinds, p, strict=True):
        all_kinds[place] = kind if chance <= threshold else Cluster.NONE
    all_p, all_found = np.full(len(values), np.nan), np.full(len(values), np.nan)
    all_p[order], all_found[order] = p, found
    return Clusters(tuple(all_kinds), all_p, all_found, threshold, joined)


def largest_rejected(p: FloatArray, rate: float) -> float:
    """The largest p value that Benjamini and Hochberg's step-up procedure still takes as a discovery, else 0.

    Parameters
    ----------
    p : p values of all tests.
    rate : expected share of false ones among the discoveries.
    """
    ordered = np.sort(p)
    passing = np.flatnonzero(ordered <= rate * np.arange(1, len(p) + 1) / len(p))
    return float(ordered[passing[-1]]) if passing.size else 0.0


def _among(touching: Neighbours, places: IntArray) -> tuple[IntArray, int]:
    """Pairs among the places given, by their position there, and how many had to be joined to their nearest."""
    position = np.full(len(touching.codes), -1, dtype=np.int64)
    position[places] = np.arange(len(places))
    pairs = position[touching.pairs]
    pairs = np.sort(pairs[(pairs >= 0).all(axis=1)], axis=1)
    alone = np.setdiff1d(np.arange(len(places)), pairs)
    middles = touching.middles[places]
    for place in alone:
        away = ((middles - middles[place]) ** 2).sum(axis=1)
        away[place] = np.inf
        pairs = np.vstack([pairs, np.sort([place, int(away.argmin())])[None, :]])
    return np.unique(pairs, axis=0), len(alone)


def _weights(pairs: IntArray, count: int) -> Any:
    """PySAL's weights; imported here, since it takes a second that most visitors need not wait for."""
    from libpysal.weights import W

    lists: dict[int, list[int]] = {place: [] for place in range(count)}
    for one, other in pairs:
        lists[int(one)].append(int(other))
        lists[int(other)].append(int(one))
    return W({place: sorted(near) for place, near in lists.items()}, silence_warnings=True)


_Found = tuple[FloatArray, FloatArray, list[Cluster]]
_QUADRANTS = {1: Cluster.HIGH_HIGH, 2: Cluster.LOW_HIGH, 3: Cluster.LOW_LOW, 4: Cluster.HIGH_LOW}


def _moran(values: FloatArray, pairs: IntArray, seed: int, permutations: int) -> _Found:
    from esda.moran import Moran_Local

    made = Moran_Local(
        values,
        _weights(pairs, len(values)),
        permutations=permutations,
        seed=seed,
        keep_simulations=False,
        n_jobs=1,
    )
    return made.Is, made.p_sim, [_QUADRANTS[int(quadrant)] for quadrant in made.q]


def _getis_ord(values: FloatArray, pairs: IntArray, seed: int, permutations: int) -> _Found:
    from esda.getisord import G_Local

    # The standardised Gi* is the same for ones as for rows that sum to 1, but esda's variance is that of ones.
    # Nor does it change when all values move by the same: esda divides by their sum, which must not be zero.
    made = G_Local(
        values - values.min() + 1.0,
        _weights(pairs, len(values)),
        transform="B",
        star=True,
        permutations=permutations,
        seed=seed,
        keep_simulations=False,
        n_jobs=1,
    )
    return made.Zs, made.p_sim, [Cluster.HOT if z > 0 else Cluster.COLD for z in made.Zs]
