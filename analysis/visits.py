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
    best = stops
    while len(best) > 1:
        saved, other = _best_step(minutes, best)
        if saved < _LEAST_GAIN:
            break
        best = other
    return best


def _best_step(minutes: FloatArray, stops: list[int]) -> tuple[float, list[int]]:
    """The turn of a part or the move of a stop that saves most, and the minutes that it saves.

    All are weighed at once by the legs that they change, as a round of some hundred stops has ten thousands of them.
    """
    way = np.array([0, *stops, 0])
    leg = minutes[way[:-1], way[1:]]
    before, at, after = way[:-2], way[1:-1], way[2:]
    # [i, j]: the part from the stop i to the stop j is turned round.
    turned = (leg[:-1, None] + leg[None, 1:]) - minutes[before[:, None], at] - minutes[at[:, None], after]
    turned = np.triu(turned, 1)
    # [i, j]: the stop i goes into the leg j, which is not one of its own two.
    put_in = minutes[at[:, None], way[:-1]] + minutes[at[:, None], way[1:]] - leg
    moved = (leg[:-1] + leg[1:] - minutes[before, after])[:, None] - put_in
    rows = np.arange(len(stops))
    moved[rows, rows] = moved[rows, rows + 1] = 0.0
    if turned.max() >= moved.max():
        i, j = np.unravel_index(int(turned.argmax()), turned.shape)
        return float(turned[i, j]), [*stops[:i], *reversed(stops[i : j + 1]), *stops[j + 1 :]]
    i, j = np.unravel_index(int(moved.argmax()), moved.shape)
    rest = [*stops[:i], *stops[i + 1 :]]
    into = j if j < i else j - 1
    return float(moved[i, j]), [*rest[:into], stops[i], *rest[into:]]
