"""The order of visits: short rounds from a seat and back, and what they save over the order of the list.

One round through all places is cut into days (route first, cluster second: Beasley 1983); each day is then put in
order by itself, from the nearest neighbour's round (Rosenkrantz, Stearns and Lewis 1977) improved by 2-opt (Croes 1958)
and by moving single stops (Or 1976).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.territory import FloatArray

_LEAST_GAIN = 1e-9


@dataclass(frozen=True)
class Day:
    """One day's round.

    Attributes
    ----------
    stops : positions of the places in the order of visits.
    minutes : of the round from the seat and back; `listed_minutes` in the order of the list.
    """

    stops: tuple[int, ...]
    minutes: float
    listed_minutes: float


def days(minutes: FloatArray, most: int) -> list[Day]:
    """Part places into days and order each.

    Parameters
    ----------
    minutes : (n + 1, n + 1) between places, symmetric, finite; the first row is the seat.
    most : visits of a day.

    Returns
    -------
    Days in the order of the one round through all places; positions from 1 to n.
    """
    places = list(range(1, len(minutes)))
    if not places:
        return []
    whole = _ordered(minutes, places)
    number = -(-len(places) // most)
    found = []
    for part in np.array_split(np.array(whole), number):
        stops = _ordered(minutes, sorted(part.tolist()))
        found.append(Day(tuple(stops), length(minutes, stops), length(minutes, sorted(stops))))
    return found


def length(minutes: FloatArray, stops: Sequence[int]) -> float:
    """Minutes of the round from the seat through the stops and back."""
    way = [0, *stops, 0]
    return float(minutes[way[:-1], way[1:]].sum())


def _ordered(minutes: FloatArray, places: Sequence[int]) -> list[int]:
    """A round that neither turning a part of it nor moving a stop makes shorter; never longer than the list's."""
    starts = (list(places), _nearest_first(minutes, places))
    return min((_improved(minutes, stops) for stops in starts), key=lambda stops: length(minutes, stops))


def _nearest_first(minutes: FloatArray, places: Sequence[int]) -> list[int]:
    left, here, stops = set(places), 0, []
    while left:
        here = min(left, key=lambda place: (minutes[here, place], place))
        left.remove(here)
        stops.append(here)
    return stops


def _improved(minutes: FloatArray, stops: list[int]) -> list[int]:
    best, shortest = stops, length(minutes, stops)
    while True:
        other = min(_neighbours(best), key=lambda way: length(minutes, way), default=best)
        if length(minutes, other) >= shortest - _LEAST_GAIN:
            return best
        best, shortest = other, length(minutes, other)


def _neighbours(stops: list[int]) -> "list[list[int]]":
    count = len(stops)
    turned = [
        [*stops[:i], *reversed(stops[i : j + 1]), *stops[j + 1 :]]
        for i in range(count)
        for j in range(i + 1, count)
    ]
    moved = []
    for i in range(count):
        rest = [*stops[:i], *stops[i + 1 :]]
        moved += [[*rest[:j], stops[i], *rest[j:]] for j in range(count) if j != i]
    return turned + moved
