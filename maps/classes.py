"""Classes of a theme: from values to breaks, from breaks to a class for each value, and to words.

No data is never a class of numbers: `Classes.assign` gives -1 for it.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

from layers import Direction

Values = npt.ArrayLike
NO_CLASS = -1
_MOST_GROUPS = 512


class Method(StrEnum):
    """How breaks are found."""

    QUANTILE = "quantile"
    """As many places in each class as can be."""
    EQUAL = "equal"
    """Classes of the same width."""
    NATURAL = "natural"
    """Least squares within classes (Fisher 1958, Jenks 1977)."""
    TARGET = "target"
    """A break at the target, quantiles on both sides."""


class Closed(StrEnum):
    """Which class a value on a break belongs to."""

    LEFT = "left"
    """[a, b): the upper one, so that a value at a target to be reached has reached it."""
    RIGHT = "right"
    """(a, b]: the lower one, so that a value at a limit has not passed it."""


@dataclass(frozen=True)
class Classes:
    """Breaks between classes, ascending: `edges` has one value more than there are classes.

    Two equal edges hold a class of that one value.

    `target_at` is the index of the edge that is a target, None if there is none.
    """

    edges: tuple[float, ...]
    closed: Closed = Closed.LEFT
    target_at: int | None = None

    def __post_init__(self) -> None:
        if any(a > b for a, b in zip(self.edges, self.edges[1:], strict=False)):
            raise ValueError("class edges must ascend")

    @property
    def count(self) -> int:
        """Number of classes; 0 where there are no values at all."""
        return max(0, len(self.edges) - 1)

    def assign(self, values: Values) -> npt.NDArray[np.int64]:
        """Return the class index of each value; -1 for NaN; values beyond the ends go to the end classes."""
        numbers = np.asarray(values, dtype=float)
        if self.count == 0:
            return np.full(numbers.shape, NO_CLASS)
        side: Literal["left", "right"] = "right" if self.closed is Closed.LEFT else "left"
        found = np.searchsorted(np.asarray(self.edges[1:-1]), numbers, side=side).astype(np.int64)
        return np.where(np.isnan(numbers), NO_CLASS, found)

    def counts(self, values: Values) -> tuple[int, ...]:
        """Return how many values each class holds (no data not counted)."""
        found = self.assign(values)
        return tuple(int(n) for n in np.bincount(found[found >= 0], minlength=self.count)[: self.count])


def _known(values: Values) -> npt.NDArray[np.float64]:
    numbers = np.asarray(values, dtype=float).ravel()
    return np.sort(numbers[np.isfinite(numbers)])


def _distinct(edges: npt.ArrayLike) -> tuple[float, ...]:
    """Ascending edges without repetition; a single value is one class of no width."""
    unique = tuple(float(edge) for edge in np.unique(np.asarray(edges, dtype=float)))
    return unique * 2 if len(unique) == 1 else unique


def quantile(values: Values, count: int) -> Classes:
    """Return up to `count` classes with as equal numbers of values as ties allow.

    Equal values are never parted, and what a large tie leaves (the many villages with nothing outstanding) is
    shared among the other classes. Each break is the least value of the class above it.
    """
    known = _known(values)
    if known.size == 0:
        return Classes(())
    unique, weight = np.unique(known, return_counts=True)
    before = np.concatenate(([0], np.cumsum(weight)))
    starts = [0]
    while len(starts) < min(count, unique.size):
        done = before[starts[-1]]
        goal = done + (known.size - done) / (count - len(starts) + 1)
        start = max(int(np.argmin(np.abs(before - goal))), starts[-1] + 1)
        if start >= unique.size:
            break
        starts.append(start)
    return Classes((*map(float, unique[starts]), float(unique[-1])))


def equal(values: Values, count: int) -> Classes:
    """Return `count` classes of equal width between the least and the greatest value."""
    known = _known(values)
    if known.size == 0:
        return Classes(())
    return Classes(_distinct(np.linspace(known[0], known[-1], count + 1)))


def natural(values: Values, count: int) -> Classes:
    """Return up to `count` classes with the least sum of squares within classes.

    Exact for up to 512 distinct values; more are first joined into 512 groups of about as many values each.
    Each break is the least value of the class above it.

    Source: W. D. Fisher (1958), On grouping for maximum homogeneity, JASA 53, by dynamic programming.
    """
    known = _known(values)
    if known.size == 0:
        return Classes(())
    unique, weight = np.unique(known, return_counts=True)
    group = (np.cumsum(weight) - weight) * _MOST_GROUPS // known.size
    first = np.arange(unique.size) if unique.size <= _MOST_GROUPS else np.unique(group, return_index=True)[1]
    mass = np.add.reduceat(weight, first).astype(float)
    mean = np.add.reduceat(unique * weight, first) / mass
    starts = first[_fisher_starts(mean, mass, min(count, first.size))]
    return Classes((*map(float, unique[starts]), float(unique[-1])))


def around_target(
    values: Values, target: float, direction: Direction, below: int = 3, above: int = 2
) -> Classes:
    """Return classes with a break at the target, quantiles on both of its sides.

    Parameters
    ----------
    values : any shape, NaN for no data.
    target : in the values' unit; a value on it has met it, whichever way is better.
    direction : which way the indicator gets better.
    below, above : classes wished for under and over the target; empty ones are left out.
    """
    known = _known(values)
    if known.size == 0:
        return Classes(())
    closed = Closed.RIGHT if direction is Direction.LOWER else Closed.LEFT
    under = known[known <= target] if closed is Closed.RIGHT else known[known < target]
    over = known[under.size :]
    lower = _edges(under, below, closed)[:-1] if under.size else ()
    upper = _edges(over, above, closed)[1:] if over.size else ()
    beyond = [edge for edge in upper if edge > target] or [float(target)] * bool(over.size)
    return Classes((*lower, float(target), *beyond), closed, target_at=len(lower))


def _edges(known: npt.NDArray[np.float64], count: int, closed: Closed) -> tuple[float, ...]:
    """Edges of quantile classes whose breaks belong to the class that `closed` says."""
    if closed is Closed.LEFT:
        return quantile(known, count).edges
    return tuple(-edge for edge in reversed(quantile(-known, count).edges))


_FINEST_STEP = 1e-6


def tidy(classes: Classes, step: float) -> Classes:
    """Return classes with round edges, so that what the legend says is what the map shows.

    Parameters
    ----------
    classes : as found from values.
    step : edges become multiples of it: inner ones the nearest, the ends outward; a target stays as it is.
    """
    if classes.count == 0:
        return classes
    edges: list[float] = []
    target_at = None
    for index, edge in enumerate(classes.edges):
        moved = _tidy_edge(classes, index, step)
        one_value = index > 0 and edge == classes.edges[index - 1]
        at_end = index == len(classes.edges) - 1
        if not edges or moved > edges[-1] or one_value or at_end:
            edges.append(max(moved, edges[-1]) if edges else moved)
        if index == classes.target_at:
            target_at = len(edges) - 1
    return Classes(tuple(edges), classes.closed, target_at)


def _tidy_edge(classes: Classes, index: int, step: float) -> float:
    """An edge on a multiple of `step`, or of a finer one where rounding would take values across the target."""
    edges, at = classes.edges, classes.target_at
    edge, last = edges[index], len(edges) - 1
    if index == at:
        return edge
    if index == 0 or (index < last and edges[index + 1] == edge):
        rounded = math.floor(round(edge / step, 6))
    elif index == last or edges[index - 1] == edge:
        rounded = math.ceil(round(edge / step, 6))
    else:
        rounded = round(edge / step)
    moved = round(rounded * step, 10)
    if at is None:
        return moved
    crosses = moved >= edges[at] if index < at else moved <= edges[at]
    if not crosses:
        return moved
    return _tidy_edge(classes, index, step / 10) if step > _FINEST_STEP else edge


def classify(
    values: Values, method: Method, count: int = 5, *, target: float | None = None, direction: Direction
) -> Classes:
    """Return classes by a method; without a target `Method.TARGET` falls back to natural breaks."""
    if method is Method.TARGET and target is not None:
        return around_target(values, target, direction, below=max(1, count - 2), above=2)
    if method is Method.QUANTILE:
        return quantile(values, count)
    if method is Method.EQUAL:
        return equal(values, count)
    return natural(values, count)


def _fisher_starts(mean: npt.NDArray[np.float64], mass: npt.NDArray[np.float64], count: int) -> list[int]:
    """Index of the first of each class, for ascending values with weights."""
    size = mean.size
    centred = mean - np.average(mean, weights=mass)
    total, moment, square = (np.concatenate(([0.0], np.cumsum(mass * centred**power))) for power in (0, 1, 2))
    start, stop = np.ogrid[: size + 1, : size + 1]
    held = np.where(start < stop, total[stop] - total[start], np.inf)
    within = square[stop] - square[start] - (moment[stop] - moment[start]) ** 2 / held
    within[start >= stop] = np.inf
    best, choices = within[0], []
    for _ in range(count - 1):
        cost = best[:, None] + within
        choices.append(cost.argmin(axis=0))
        best = cost.min(axis=0)
    starts, end = [0], size
    for choice in reversed(choices):
        end = int(choice[end])
        starts.insert(1, end)
    return starts
