"""The figures of single units from those of the units right below: what `analysis.rollup` does for whole frames.

Sums run in the order of the codes, as there, so that both give the same figures to the last digit.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from analysis.territory import FloatArray
from layers import Rollup


class Figure(NamedTuple):
    """An indicator of one unit in one scope; NaN without data, fields as in `analysis.rollup.COLUMNS`."""

    value: float
    numerator: float
    denominator: float
    with_data: int
    units: int

    def same(self, other: "Figure") -> bool:
        """Whether all fields are equal, NaN being equal to itself."""
        return all(a == b or (a != a and b != b) for a, b in zip(self, other, strict=True))


def of_parts(rollup: Rollup, numerator: float, denominator: float, with_data: int, units: int) -> Figure:
    """The figure that a numerator and a denominator make: a ratio, or a sum."""
    if rollup is Rollup.RATIO:
        value = math.nan if denominator == 0 or math.isnan(denominator) else numerator / denominator
    else:
        value = numerator
    return Figure(value, numerator, denominator, with_data, units)


def of_observations(rollup: Rollup, values: FloatArray) -> Figure:
    """The figure of a measured unit by its observations: the median or the largest."""
    value = middle(values) if rollup is Rollup.MEDIAN else float(values.max()) if len(values) else math.nan
    return Figure(value, math.nan, float(len(values)), int(len(values) > 0), 1)


def middle(values: FloatArray) -> float:
    """Median; the mean of the two in the middle of an even number, NaN of none."""
    count = len(values)
    if count == 0:
        return math.nan
    low, high = (count - 1) // 2, count // 2
    ordered = np.partition(values, (low, high))
    return float((ordered[low] + ordered[high]) / 2)


def above(rollup: Rollup, below: Sequence[Figure], own: tuple[float, float] | None = None) -> Figure:
    """The figure of a unit from those right below it.

    Parameters
    ----------
    below : in the order of their codes.
    own : numerator and denominator of the unit's own figure, which goes before the sum.

    Returns
    -------
    For a median the value is NaN: it takes all observations (`middle`).
    """
    with_data, units = sum(f.with_data for f in below), sum(f.units for f in below)
    if rollup in (Rollup.RATIO, Rollup.SUM):
        known = [f for f in below if not math.isnan(f.numerator)]
        if own is not None and not math.isnan(own[0]):
            return of_parts(rollup, *own, with_data, units)
        if not known:
            return Figure(math.nan, math.nan, math.nan, with_data, units)
        return of_parts(
            rollup, _sum(f.numerator for f in known), _sum(f.denominator for f in known), with_data, units
        )
    values = [f.value for f in below if not math.isnan(f.value)]
    largest = max(values) if values and rollup is Rollup.MAXIMUM else math.nan
    return Figure(largest, math.nan, _sum(f.denominator for f in below), with_data, units)


def _sum(values: Iterable[float]) -> float:
    """Plain sum from the left; the built-in one corrects its rounding in newer Pythons."""
    total = 0.0
    for value in values:
        total += value
    return total
