"""The percent falls only with a reason: which month clashes with another, and in which turn several can be written.

The database holds the same rule for each row as it comes (migration 0022). Two neighbouring months that both rise pass
it in one turn only, the later one first; what a file says is therefore judged by where it leads, and then put in turn.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

_SHORTEST_REASON = 2


@dataclass(frozen=True)
class Stand:
    """What stands of a month: per cent since the beginning, and the reason of a fall ("" for none)."""

    percent: Decimal
    fall_reason: str = ""


class Way(StrEnum):
    """How a month clashes with another one."""

    FALLS = "falls"
    """Less than the month before."""
    PASSES = "passes"
    """More than the month after, which gives no reason."""


@dataclass(frozen=True)
class Clash:
    """A month clashes with `month` (first day), of which `percent` stands."""

    way: Way
    month: dt.date
    percent: Decimal


@dataclass(frozen=True)
class Turns:
    """Months in the turn in which they can be written, and those that cannot, with the reason."""

    order: tuple[dt.date, ...]
    refused: Mapping[dt.date, Clash]


def has_reason(text: str) -> bool:
    """Whether a text is a reason: two letters, blanks apart."""
    return len("".join(text.split())) >= _SHORTEST_REASON


def clash(stands: Mapping[dt.date, Stand], month: dt.date, new: Stand) -> Clash | None:
    """What a month that is written now clashes with, as the database judges it; None if it passes.

    Parameters
    ----------
    stands : what stands of the project's months (first days); that of `month` itself is not looked at.
    """
    if has_reason(new.fall_reason):
        return None
    earlier = max((one for one in stands if one < month), default=None)
    if earlier is not None and new.percent < stands[earlier].percent:
        return Clash(Way.FALLS, earlier, stands[earlier].percent)
    later = min((one for one in stands if one > month), default=None)
    if later is not None and not stands[later].fall_reason and new.percent > stands[later].percent:
        return Clash(Way.PASSES, later, stands[later].percent)
    return None


def turns(stands: Mapping[dt.date, Stand], wanted: Mapping[dt.date, Stand]) -> Turns:
    """Judge the months of one project that come together, and put them in turn.

    Parameters
    ----------
    stands : what stands now, by the months' first days.
    wanted : what comes, by the same.

    Returns
    -------
    Each month of `wanted` in one of the two; written in this order on top of `stands`, none clashes.
    """
    refused: dict[dt.date, Clash] = {}
    while True:
        left = {month: one for month, one in wanted.items() if month not in refused}
        wrong = _first_clash(stands, left)
        if wrong is None:
            order, wrong = _in_turn(stands, left)
        if wrong is None:
            return Turns(order, refused)
        refused[wrong[0]] = wrong[1]


def _first_clash(
    stands: Mapping[dt.date, Stand], left: Mapping[dt.date, Stand]
) -> tuple[dt.date, Clash] | None:
    """The first month that does not go with where all of them lead; of two that come together, the later one."""
    final = {**stands, **left}
    for month in sorted(left):
        found = clash(final, month, left[month])
        if found is not None and not (found.way is Way.PASSES and found.month in left):
            return month, found
    return None


def _in_turn(
    stands: Mapping[dt.date, Stand], left: Mapping[dt.date, Stand]
) -> tuple[tuple[dt.date, ...], tuple[dt.date, Clash] | None]:
    """The months one after the other, each of which passes when it comes; the first of those that never do."""
    now, order = dict(stands), list[dt.date]()
    waiting = _preferred(stands, left)
    while waiting:
        month = next((one for one in waiting if clash(now, one, left[one]) is None), None)
        if month is None:
            stuck = min(waiting)
            found = clash(now, stuck, left[stuck])
            return (), None if found is None else (stuck, found)
        waiting.remove(month)
        now[month] = left[month]
        order.append(month)
    return tuple(order), None


def _preferred(stands: Mapping[dt.date, Stand], left: Mapping[dt.date, Stand]) -> list[dt.date]:
    """Months that rise, the last first, then the others, the first first: so none without a reason has to wait."""

    def rises(month: dt.date) -> bool:
        return month in stands and left[month].percent > stands[month].percent

    rising: Sequence[dt.date] = sorted((one for one in left if rises(one)), reverse=True)
    return [*rising, *sorted(one for one in left if not rises(one))]
