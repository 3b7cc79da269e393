"""What briefings are made of, read once: figures of two snapshots, outlines, projects and their accepted reports.

One reading serves any number of briefings of the places below it, so that a run over all townships asks the database
no more than a few times.
"""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import shapely
import sqlalchemy as sa

from base.months import month_end, month_of
from layers import AdminKind, AdminLevel, Indicator, Layer, all_layers
from pipelines.briefing.errors import NoSnapshot
from pipelines.briefing.figures import Fact
from store.dossier import unit_list
from store.places import place
from store.progress.briefed import (
    ComputedFrom,
    computed_from,
    earlier_snapshot,
    newest_report,
    outlines_below,
    snapshot_until,
    tracked_until,
)
from store.progress.tracked import Tracked
from store.snapshots import as_of_dates, latest_as_of, level_figures

LEVELS = (AdminLevel.CITY, AdminLevel.COUNTY, AdminLevel.TOWNSHIP, AdminLevel.VILLAGE)
_HEADLINES = 2
_TOLERANCE_DEG = {
    AdminLevel.CITY: 1e-3,
    AdminLevel.COUNTY: 8e-4,
    AdminLevel.TOWNSHIP: 4e-4,
    AdminLevel.VILLAGE: 1e-4,
}
"""Thinning of outlines: about half a pixel of the maps that show the level."""
Row = tuple[float, float, float, int, int]
"""Value, numerator, denominator, units with data, units."""
_NOTHING: Row = (math.nan, math.nan, math.nan, 0, 0)


@dataclass(frozen=True)
class Place:
    """A unit by code, name, level and kind."""

    admin_code: str
    name: str
    level: AdminLevel
    kind: AdminKind

    @property
    def prefix(self) -> str:
        """Leading digits that everything inside it shares."""
        return self.admin_code[: self.level.digits]


@dataclass(frozen=True)
class Gathered:
    """All that the briefings of places below `prefix` say.

    Attributes
    ----------
    month : first day of the month told of; `until` is the last day whose reports count.
    as_of, previous : days of the two snapshots; `previous` is None before the second.
    places : by code, of every level read.
    figures : by code and indicator; `before` holds the values of `previous`.
    outlines : by code, EPSG:4490, thinned for pictures.
    library : projects with their plans and accepted reports, states as of `until`.
    """

    prefix: str
    month: dt.date
    until: dt.date
    as_of: dt.date
    previous: dt.date | None
    computed: ComputedFrom
    places: Mapping[str, Place]
    figures: Mapping[tuple[str, str], Row]
    before: Mapping[tuple[str, str], float]
    outlines: Mapping[str, shapely.Geometry]
    library: Tracked
    _below: dict[tuple[str, AdminLevel], list[Place]] = field(default_factory=dict)

    def below(self, prefix: str, level: AdminLevel) -> list[Place]:
        """Places of a level below a prefix, by code."""
        key = (prefix, level)
        if key not in self._below:
            self._below[key] = [
                one for code, one in self.places.items() if one.level is level and code.startswith(prefix)
            ]
        return self._below[key]

    def fact(self, code: str, indicator: Indicator) -> Fact:
        """An indicator of a place."""
        key = (code, indicator.id)
        value, numerator, denominator, with_data, units = self.figures.get(key, _NOTHING)
        previous = self.before.get(key, math.nan)
        return Fact(indicator, value, previous, numerator, denominator, with_data, units)


def briefed_layers() -> tuple[Layer, ...]:
    """The layers that briefings tell of."""
    return tuple(layer for layer in all_layers() if layer.core)


def headlines(layer: Layer, level: AdminLevel) -> tuple[Indicator, ...]:
    """The indicators that stand for a layer where they exist at a level: those with a target before the others."""
    there = (one for one in layer.indicators if one.level.digits >= level.digits)
    return tuple(sorted(there, key=lambda indicator: indicator.target is None)[:_HEADLINES])


def briefed(layer: Layer, level: AdminLevel) -> tuple[Indicator, ...]:
    """The indicators of a layer that the full table lists: its headlines, then what has a target, no raster's."""
    first = headlines(layer, level)
    others = (
        one
        for one in layer.indicators
        if one not in first
        and one.target is not None
        and not one.rasters
        and one.level.digits >= level.digits
    )
    return (*first, *others)


def gather(
    connection: sa.Connection,
    code: str,
    month: dt.date | None = None,
    *,
    today: dt.date,
    deepest: AdminLevel | None = None,
) -> Gathered:
    """Read what the briefing of a place needs, or those of all places below it down to a level.

    Parameters
    ----------
    code : 12 digits.
    month : any day of the month told of; that of the newest snapshot or accepted report if not given.
    today : the day that it is; nothing later is told of.
    deepest : lowest level read; what the place's own briefing needs if not given.

    Raises
    ------
    UnknownPlace : no unit has that code.
    NoSnapshot : no figures were computed by the end of the month.
    """
    here = place(connection, code)
    told = month_of(month or _newest_month(connection) or today)
    until = min(month_end(told), today)
    as_of = snapshot_until(connection, until)
    computed = None if as_of is None else computed_from(connection, as_of)
    if as_of is None or computed is None:
        raise NoSnapshot(month=f"{told:%Y-%m}")
    previous = earlier_snapshot(connection, as_of)
    lowest = deepest or _lowest(here.level)
    # A village is shown among those of its township.
    prefix = here.prefix[: AdminLevel.TOWNSHIP.digits]
    reach = {
        level: prefix[: level.digits]
        for level in LEVELS
        if level.digits <= max(lowest.digits, here.level.digits)
    }
    places: dict[str, Place] = {}
    figures: dict[tuple[str, str], Row] = {}
    before: dict[tuple[str, str], float] = {}
    outlines: dict[str, shapely.Geometry] = {}
    ids = sorted({one.id for layer in briefed_layers() for level in reach for one in briefed(layer, level)})
    for level, within in reach.items():
        places |= _places(connection, level, within)
        figures |= _figures(connection, as_of, level, ids, within)
        if previous is not None:
            earlier = _figures(connection, previous, level, ids, within)
            before |= {key: row[0] for key, row in earlier.items()}
        outlines |= outlines_below(connection, level, within, _TOLERANCE_DEG[level])
    return Gathered(
        prefix=here.prefix,
        month=told,
        until=until,
        as_of=as_of,
        previous=previous,
        computed=computed,
        places=places,
        figures=figures,
        before=before,
        outlines=outlines,
        library=tracked_until(connection, here.prefix, until),
    )


def months(connection: sa.Connection, most: int = 24) -> tuple[dt.date, ...]:
    """Months that can be told of, newest first: from the first snapshot to the newest snapshot or report."""
    days = as_of_dates(connection)
    last = _newest_month(connection)
    found: list[dt.date] = []
    while days and last is not None and last >= month_of(days[-1]) and len(found) < most:
        found.append(last)
        last = month_of(last - dt.timedelta(days=1))
    return tuple(found)


def townships(gathered: Gathered) -> list[Place]:
    """The towns and streets that were read, without the other statistical units (farms, reserves)."""
    read = gathered.below(gathered.prefix, AdminLevel.TOWNSHIP)
    return [one for one in read if one.kind is not AdminKind.OTHER]


def _newest_month(connection: sa.Connection) -> dt.date | None:
    """The month of the newest snapshot or accepted report, whichever is later; None without both."""
    known = [day for day in (latest_as_of(connection), newest_report(connection)) if day is not None]
    return month_of(max(known)) if known else None


def _lowest(level: AdminLevel) -> AdminLevel:
    """The level that a place's maps show."""
    if level in (AdminLevel.CITY, AdminLevel.COUNTY):
        return AdminLevel.TOWNSHIP
    return AdminLevel.VILLAGE


def _places(connection: sa.Connection, level: AdminLevel, prefix: str) -> dict[str, Place]:
    units = unit_list(connection, level, prefix)
    return {
        row.admin_code: Place(row.admin_code, row.name, level, AdminKind.of(row.kind))
        for row in units.itertuples(index=False)
    }


def _figures(
    connection: sa.Connection, as_of: dt.date, level: AdminLevel, ids: list[str], prefix: str
) -> dict[tuple[str, str], Row]:
    found = level_figures(connection, as_of, level, ids, prefix=prefix)
    columns = ("value", "numerator", "denominator", "with_data", "units")
    keys = zip(found["admin_code"], found["indicator_id"], strict=True)
    rows = zip(*(found[name].tolist() for name in columns), strict=True)
    return dict(zip(keys, rows, strict=True))
