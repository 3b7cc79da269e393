"""What runs of the touched keep of a county for the next one in the same process: units, grids, rows, ways.

An edit changes a few rows of a county; its boundaries, its rasters and nearly all its roads are as the run before
read them. Each thing is kept with the state of the data that it was read in (`store.changes.Stamp`) and used only
while the view of the data shows the same state, whichever process wrote it. Of rows of another state only the changed
ones are read.

A run takes counties out of what is kept and puts them back at its end. A second run at the same time finds nothing
and reads for itself; a run that fails puts nothing back.
"""

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import geopandas as gpd
import pandas as pd
import shapely
import sqlalchemy as sa

from analysis.grid import Grid
from analysis.measures import find
from analysis.territory import IntArray, Territory
from layers import AdminLevel, Indicator, RasterKind
from pipelines.indicators.county import (
    extent_of,
    extents_of,
    levels_of,
    read_source_rows,
    read_units,
    sources_of,
)
from pipelines.indicators.rasters import Grids, files_in_use, reaches_of, read_grids
from pipelines.indicators.rows import Rows
from store import changes
from store.changes import Base, Change, Stamp
from store.frames import Extent, read_rows

T = TypeVar("T")
_MOST_BYTES = 200_000_000
"""Of all that is kept, as `County.size` reckons it; what was used longest ago goes first."""
_UNITS_SOURCE = "admin_units"
_MOST_SORTED_HERE = 50
"""Changed rows up to which it is found here which counties see them."""
_EDGE_M = 5.0
"""More than boxes are rounded by in the database, which keeps their corners in single precision."""


@dataclass(eq=False)
class County:
    """What is kept of a county. Everything in it is of one day and one state of the units.

    Attributes
    ----------
    extents : as `pipelines.indicators.county.extents_of`.
    grids : by kind, with the state of the raster; None as in `pipelines.indicators.rasters.read_grids`.
    rows : by feature type id.
    """

    as_of: dt.date
    units_stamp: Stamp | None
    units: dict[AdminLevel, gpd.GeoDataFrame] = field(default_factory=dict)
    territories: dict[AdminLevel, Territory] = field(default_factory=dict)
    extents: list[Extent] = field(default_factory=list)
    grids: dict[RasterKind, tuple[Stamp | None, Grid | None]] = field(default_factory=dict)
    rows: dict[str, Rows] = field(default_factory=dict)

    def settle(self) -> None:
        """Let go of what serves no other run."""
        frames = [frame for rows in self.rows.values() for frame in (rows.frame, rows.places)]
        for territory in self.territories.values():
            territory.forget_other_than(frames)

    @property
    def size(self) -> int:
        """Bytes that it takes, roughly: three times what was read, for what is worked out of that."""
        cells = sum(grid.values.nbytes for _, grid in self.grids.values() if grid is not None)
        points = sum(shapely.get_num_coordinates(u.geometry.to_numpy()).sum() for u in self.units.values())
        return int(3 * (cells + 16 * points + sum(rows.size for rows in self.rows.values())))


_kept: OrderedDict[tuple[str, str], tuple[County, int]] = OrderedDict()
"""By database and county, what was used last at the end, each with its size."""
_all_units: dict[str, Any] = {}
"""What was read of all units of the database that was asked last, by what read it; under ``of``, in which state."""
_lock = Lock()


def forget() -> None:
    """Let go of everything that is kept."""
    with _lock:
        _kept.clear()
        _all_units.clear()


def kept_bytes() -> int:
    """How much is kept, as `County.size` reckons it."""
    with _lock:
        return sum(size for _, size in _kept.values())


class Felt(NamedTuple):
    """What feels other values of a county's features.

    Attributes
    ----------
    codes : of units.
    only_values : whether the features are the same ones, in their places and filed under the same units, so that
        nothing else is touched by them.
    """

    codes: frozenset[str]
    only_values: bool


@contextmanager
def keeper(view: sa.Connection, as_of: dt.date, chosen: Sequence[Indicator]) -> Iterator["Keeper"]:
    """What is kept of the counties, for one run; it is put back unless the run fails."""
    made = Keeper(view, as_of, chosen)
    yield made
    made.put_back()


class Keeper:
    """What one run has of the counties, all of it as its view of the data shows it.

    Attributes
    ----------
    view : the run's.
    levels, sources : as `levels_of` and `sources_of`, of all indicators of the run.
    """

    def __init__(self, view: sa.Connection, as_of: dt.date, chosen: Sequence[Indicator]) -> None:
        self.view, self.as_of = view, as_of
        self.levels, self.sources = levels_of(chosen), sources_of(chosen)
        self._stamps = changes.stamps(view)
        self._database = changes.database_key(view)
        self._base: Base | None = None
        self._changed: Mapping[str, Sequence[Change]] = {}
        self._counties: dict[str, County] = {}
        self._before: dict[tuple[str, str], Rows] = {}
        self._changed_rows: dict[str, tuple[IntArray, pd.DataFrame, list[Extent]]] = {}
        self._extents_widened: dict[tuple[str, float], list[Extent]] = {}

    @property
    def versions(self) -> dict[str, int]:
        """As `store.snapshots.data_versions`."""
        return {source: stamp.version for source, stamp in self._stamps.items()}

    @property
    def codes(self) -> Mapping[str, Mapping[AdminLevel, Sequence[str]]]:
        """Codes of all villages and townships, by county and level."""
        return self._of_units(changes.unit_codes)

    @property
    def township_extents(self) -> Mapping[str, Extent]:
        """The bounding box of each township and its villages, by its code."""
        return self._of_units(changes.township_extents)

    def _of_units(self, read: Callable[[sa.Connection], T]) -> T:
        """What is read of all units, kept as long as they are the same."""
        key = (self._database, self._stamps.get(_UNITS_SOURCE))
        with _lock:
            if _all_units.get("of") != key:
                _all_units.clear()
                _all_units["of"] = key
            found: T | None = _all_units.get(read.__name__)
        if found is None:
            found = read(self.view)
            with _lock:
                if _all_units.get("of") == key:
                    _all_units[read.__name__] = found
        return found

    def start_from(self, base: Base, changed: Mapping[str, Sequence[Change]]) -> None:
        """Say what the run starts from, and by feature type id what changed since: all of those that changed."""
        self._base, self._changed = base, changed

    def has_units(self, county: str) -> bool:
        """Whether the units of a county need not be read."""
        return bool(self._county(county).units)

    def units(self, county: str) -> dict[AdminLevel, gpd.GeoDataFrame]:
        """The county's units by level."""
        found = self._county(county)
        if not found.units:
            found.units = read_units(self.view, county, self.levels)
            found.extents = extents_of(found.units)
            found.territories = {level: Territory(u, self.as_of) for level, u in found.units.items()}
        return found.units

    def territories(self, county: str) -> dict[AdminLevel, Territory]:
        """The territories of its units by level; they remember what was worked out of kept rows and grids."""
        self.units(county)
        return self._county(county).territories

    def extents(self, county: str) -> list[Extent]:
        """As `pipelines.indicators.county.extents_of`."""
        self.units(county)
        return self._county(county).extents

    def grids(self, county: str, indicators: Sequence[Indicator]) -> Grids:
        """The rasters that the indicators need, in the whole county's window, as a whole run reads it."""
        found, reaches = self._county(county), reaches_of(indicators)
        missing = {}
        for kind, reach_m in reaches.items():
            if kind not in found.grids or found.grids[kind][0] != self._stamps.get(kind.source_id):
                missing[kind] = reach_m
        if missing:
            read = read_grids(files_in_use(self.view), missing, extent_of(self.units(county)))
            for kind, grid in read.items():
                found.grids[kind] = (self._stamps.get(kind.source_id), grid)
        return {kind: found.grids[kind][1] for kind in reaches}

    def has_rows(self, county: str, source: str) -> bool:
        """Whether at most the changed rows of a feature type need to be read."""
        kept = self._county(county).rows.get(source)
        return kept is not None and (kept.stamp == self._stamps.get(source) or self._can_follow(source, kept))

    def rows(self, county: str, source: str) -> Rows:
        """All rows of a feature type that the county's measures see."""
        found = self._county(county)
        kept, stamp = found.rows.get(source), self._stamps.get(source)
        if kept is not None and kept.stamp == stamp:
            return kept
        how, extents = self.sources[source], self.extents(county)
        if kept is None or not self._can_follow(source, kept):
            made = Rows.of(stamp, *read_source_rows(self.view, how, county, extents))
        else:
            self._before[county, source] = kept
            changed, seen = self._changed_ids(source), self._seen_of_changed(county, source)
            if seen is None:
                seen = read_source_rows(self.view, how, county, extents, changed)
            made = kept.with_changes(stamp, changed, *seen)
            if made.places is kept.places:
                self._carry(county, kept.frame, made.frame)
        found.rows[source] = made
        return made

    def _changed_ids(self, source: str) -> list[int]:
        return [number for change in self._changed[source] for number in change.ids]

    def _seen_of_changed(self, county: str, source: str) -> tuple[IntArray, pd.DataFrame] | None:
        """Changed rows that the county's measures see, read once for all counties.

        None if it is for the database to say which these are, because there are many, or one lies at the very edge of
        what is read: there boxes are compared after rounding.
        """
        reach_m, changed = self.sources[source].reaches_m, self._changed_ids(source)
        if reach_m is None or len(changed) > _MOST_SORTED_HERE:
            return None
        if source not in self._changed_rows:
            ids, frame = read_rows(self.view, self.sources[source].read, ids=changed)
            boxes = [Extent(*corners) for corners in shapely.bounds(frame.geometry.to_numpy()).tolist()]
            self._changed_rows[source] = ids, frame, boxes
        ids, frame, boxes = self._changed_rows[source]
        within, beyond = (
            [any(extent.meets(box) for extent in self._widened(county, reach_m + margin_m)) for box in boxes]
            for margin_m in (-_EDGE_M, _EDGE_M)
        )
        if within != beyond:
            return None
        return (ids, frame) if all(within) else (ids[within], frame[within].reset_index(drop=True))

    def _widened(self, county: str, margin_m: float) -> list[Extent]:
        """The county's extents with a margin, remembered for the run."""
        key = (county, margin_m)
        if key not in self._extents_widened:
            self._extents_widened[key] = [extent.widened(margin_m) for extent in self.extents(county)]
        return self._extents_widened[key]

    def has_changed(self, source: str) -> bool:
        """Whether rows of a feature type changed since the run that this one starts from."""
        return bool(self._changed.get(source))

    def whole_frame(self, county: str, source: str) -> pd.DataFrame:
        """All rows of a feature type that the county's measures see; its territories know what is kept of them.

        That is what they worked out of the places of the rows, whose frame may be an older one.
        """
        rows = self.rows(county, source)
        self._carry(county, rows.places, rows.frame)
        return rows.frame

    def felt(self, county: str, indicator: Indicator) -> Felt | None:
        """What feels that features of the indicator's first source changed.

        None if it cannot be told: what the figures to start from were computed of is not kept.
        """
        measure = find(indicator.function)
        local = None if measure.local is None else measure.local(indicator.arguments)
        if local is None or local.felt is None:
            return None
        before = []
        for source in indicator.sources:
            kept = self._before.get((county, source), self._county(county).rows.get(source))
            if kept is None or not self._is_of_base(source, kept):
                return None
            before.append(kept)
        now, territory = self.rows(county, indicator.sources[0]), self.territories(county)[indicator.level]
        others = [*(rows.places for rows in before[1:2]), *(rows.frame for rows in before[2:])]
        grids = self.grids(county, [indicator]) if indicator.rasters else {}
        rasters = [grids[kind] for kind in indicator.rasters]
        felt = local.felt(territory, before[0].frame, now.frame, *others, *rasters, **indicator.arguments)
        if felt is None:
            return None
        codes = others[0]["admin_code"][felt] if others else territory.codes[felt]
        return Felt(frozenset(codes), now.places is before[0].places)

    def _carry(self, county: str, before: pd.DataFrame, now: pd.DataFrame) -> None:
        """Have a county's territories know of a frame what they know of another one with the same places."""
        if now is not before:
            for territory in self.territories(county).values():
                territory.carry(before, now)

    def put_back(self) -> None:
        """Keep for the next run what this one has, and what others left that the changes are far from."""
        with _lock:
            left = {
                code: county for (database, code), (county, _) in _kept.items() if database == self._database
            }
            for code, county in (left | self._counties).items():
                self._bring_up(code, county)
            for code, county in self._counties.items():
                county.settle()
                if county.units:
                    _kept[self._database, code] = (county, county.size)
            while sum(size for _, size in _kept.values()) > _MOST_BYTES:
                _kept.popitem(last=False)

    def _bring_up(self, code: str, county: County) -> None:
        """Bring rows to the state that this run saw, and let go of those that differ in it."""
        for source, rows in list(county.rows.items()):
            stamp = self._stamps.get(source)
            if rows.stamp == stamp:
                continue
            if self._can_follow(source, rows) and not self._is_near(code, county, source):
                county.rows[source] = rows.at(stamp)
            else:
                del county.rows[source]

    def _is_near(self, code: str, county: County, source: str) -> bool:
        """Whether changes of a feature type may concern rows that a county's measures see."""
        reach_m, digits = self.sources[source].reaches_m, code[: AdminLevel.COUNTY.digits]
        if reach_m is None:
            return any(change.admin_code.startswith(digits) for change in self._changed[source])
        within = [extent.widened(reach_m) for extent in county.extents]
        return any(
            change.extent is None or any(extent.meets(change.extent) for extent in within)
            for change in self._changed[source]
        )

    def _county(self, code: str) -> County:
        if code not in self._counties:
            with _lock:
                found = _kept.pop((self._database, code), (None, 0))[0]
            stamp = self._stamps.get(_UNITS_SOURCE)
            if found is None or found.as_of != self.as_of or found.units_stamp != stamp:
                found = County(self.as_of, stamp)
            self._counties[code] = found
        return self._counties[code]

    def _can_follow(self, source: str, kept: Rows) -> bool:
        """Whether all that changed since rows were read is among the changes known."""
        return source in self._changed and self._is_of_base(source, kept)

    def _is_of_base(self, source: str, kept: Rows) -> bool:
        """Whether the figures that this run starts from were computed of these rows."""
        version = None if kept.stamp is None else kept.stamp.version
        return self._base is not None and all(
            read.get(source) == version for read in self._base.data_versions
        )
