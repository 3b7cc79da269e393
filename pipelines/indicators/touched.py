"""After an edit: which figures it can have changed, and those figures computed anew.

What changed is known by the transactions that wrote it (`store.changes`), how far a change is felt by the measures
(`analysis.measures.Local`). Units are measured in the frame of their whole county, with no more features read than
can matter to them, so that each figure equals that of a whole run to the last digit.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

import analysis
from analysis.measures import Local, find
from analysis.territory import Territory
from layers import AdminLevel, FeatureType, Indicator, all_features, all_indicators, feature_type
from pipelines.indicators.county import (
    SourceRead,
    extent_of,
    extents_of,
    levels_of,
    measure_county,
    measure_in,
    read_partition,
    read_source,
    read_units,
    sources_of,
)
from pipelines.indicators.rasters import files_in_use, reaches_of, read_grids
from store import changes, snapshots
from store.changes import Change
from store.frames import Extent, Only

_UNITS_SOURCE = "admin_units"
_LOCATED = "settlements"
"""The rows besides the units themselves that `store.changes.units_near` looks at."""
_TOO_MANY = 0.25
"""Share of the figures of units from which a whole run is the shorter way."""
_FIRST_LOOK_M = 2_000.0
_TOWNSHIP_END = "0" * (AdminLevel.VILLAGE.digits - AdminLevel.TOWNSHIP.digits)
_MOST_PREFIXES = 60
"""Codes from which reading the whole county is the shorter way."""


@dataclass(frozen=True)
class Touched:
    """What changes can have changed.

    Attributes
    ----------
    counties : codes of counties in which everything is to be computed anew; if any, nothing else is told.
    units : by county, codes of the units to measure anew by indicator id.
    forced : indicator and county of which a row of a higher unit changed, so that the county is to be rolled up
        even if no figure of its units is another.
    """

    counties: frozenset[str] = frozenset()
    units: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    forced: frozenset[tuple[str, str]] = frozenset()

    @property
    def measured(self) -> int:
        """How many figures of units are measured anew."""
        return sum(len(codes) for by_id in self.units.values() for codes in by_id.values())

    @property
    def villages(self) -> int:
        """How many different units are measured anew."""
        return len({code for by_id in self.units.values() for codes in by_id.values() for code in codes})


def program() -> str:
    """Digest of what makes figures of data: the declared indicators and the text of the measures."""
    return hashlib.sha256(f"{_measures_text()} {all_indicators()!r}".encode()).hexdigest()


@cache
def _measures_text() -> str:
    folder = Path(analysis.__file__).parent
    digests = (hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*.py")))
    return " ".join(digests)


def find_touched(view: sa.Connection, as_of: dt.date, chosen: Sequence[Indicator]) -> Touched | None:
    """What the changes since the last run of a day can have changed; None if that may be anything.

    Only feature types whose version rose are looked at: whoever changes features raises it.
    """
    base = changes.base_run(view, as_of, program())
    if base is None:
        return None
    newer = base.behind(snapshots.data_versions(view))
    by_id = {feature.id: feature for feature in all_features()}
    if not newer <= by_id.keys():
        return None  # a raster, felt everywhere
    if _UNITS_SOURCE in newer:
        counties = changes.counties_with_changed_units(view, base)
        if counties:
            return Touched(counties=_with_other_changes(view, base, counties, newer, chosen, by_id))
    read = {source for indicator in chosen for source in indicator.sources}
    changed = {name: changes.changes(view, by_id[name], base) for name in sorted(newer & read)}
    search = _Search(view, as_of, chosen, base, {name: found for name, found in changed.items() if found})
    touched = search.touched()
    if touched is not None and touched.measured > _TOO_MANY * len(chosen) * changes.count_villages(view):
        return None
    return touched


def _with_other_changes(
    view: sa.Connection,
    base: changes.Base,
    counties: frozenset[str],
    newer: set[str],
    chosen: Sequence[Indicator],
    by_id: Mapping[str, FeatureType],
) -> frozenset[str]:
    """Counties whose units changed, and those where anything else did: there everything is computed anew."""
    reached = set(counties)
    for source, how in sources_of(chosen).items():
        if source not in newer:
            continue
        found = changes.changes(view, by_id[source], base)
        reached |= {_county(change.admin_code) for change in found}
        if how.reaches_m is not None:
            reached |= _in_reach(view, found, how.reaches_m)
    return frozenset(reached)


def _in_reach(view: sa.Connection, found: Iterable[Change], reach_m: float) -> set[str]:
    """Counties of townships whose bounding box is within reach of a change: those that read it."""
    boxes = [change.extent for change in found if change.extent is not None]
    extents = {code: extent.widened(reach_m) for code, extent in changes.township_extents(view).items()}
    return {_county(code) for code, extent in extents.items() if any(extent.meets(box) for box in boxes)}


def _filed_under(code: str) -> str:
    """Digits that the codes of all units have that a row filed under the code may matter to."""
    return code[: AdminLevel.TOWNSHIP.digits] if code.endswith(_TOWNSHIP_END) else code


def _county(code: str) -> str:
    return code[: AdminLevel.COUNTY.digits].ljust(12, "0")


class _Search:
    """Finds the units that changes of sources can have changed, indicator by indicator."""

    def __init__(
        self,
        view: sa.Connection,
        as_of: dt.date,
        chosen: Sequence[Indicator],
        base: changes.Base,
        changed: Mapping[str, Sequence[Change]],
    ) -> None:
        self.view, self.base = view, base
        self.affected = [i for i in chosen if any(source in changed for source in i.sources)]
        self.changed = changed
        self.locals = {indicator.id: local_of(indicator) for indicator in self.affected}
        self.sources = sources_of(chosen)
        self.farthest_m = self._farthest(as_of)
        self.prefixes: dict[str, set[str]] = {indicator.id: set() for indicator in self.affected}
        """Leading digits of the codes that are touched, by indicator."""
        self.near: dict[str, set[str]] = {indicator.id: set() for indicator in self.affected}
        """Codes of units, of any level, that lie near a changed feature, by indicator."""

    def touched(self) -> Touched | None:
        """All of it; None if that is so much that a whole run is the shorter way."""
        self._by_code()
        self._by_place()
        found_codes = [*self.prefixes.values(), *self.near.values()]
        counties = {code[: AdminLevel.COUNTY.digits] for codes in found_codes for code in codes}
        if any(len(prefix.rstrip("0")) <= AdminLevel.CITY.digits for prefix in counties):
            return None  # a row of the city itself
        units: dict[str, dict[str, frozenset[str]]] = {}
        forced = set()
        for digits in sorted(counties):
            county = digits.ljust(12, "0")
            by_level = changes.unit_codes(self.view, county)
            for indicator in self.affected:
                mine = [prefix for prefix in self.prefixes[indicator.id] if prefix.startswith(digits)]
                every = by_level[indicator.level]
                found = _begin_with(every, mine)
                if found is None:
                    forced.add((indicator.id, county))
                    found = frozenset(every)
                found |= self.near[indicator.id].intersection(every)
                if found:
                    units.setdefault(county, {})[indicator.id] = found
        return Touched(units=units, forced=frozenset(forced))

    def _by_code(self) -> None:
        """What is touched because a row filed under it, or in its township or county, changed.

        In a county that has another row of the register, before and after, one more or less tells nothing.
        """
        reported: dict[str, frozenset[str]] = {}
        for indicator in self.affected:
            local = self.locals[indicator.id]
            for place, source in enumerate(indicator.sources):
                if source not in self.changed:
                    continue
                level = AdminLevel.COUNTY if local is None else AdminLevel.VILLAGE
                if local is not None and place == 0:
                    level = local.presence
                    if level is AdminLevel.COUNTY and source not in reported:
                        feature = feature_type(source)
                        reported[source] = changes.counties_with_unchanged(self.view, feature, self.base)
                known = reported.get(source, frozenset()) if local is not None and place == 0 else frozenset()
                for change in self.changed[source]:
                    alone = level is AdminLevel.COUNTY and change.admin_code[: level.digits] in known
                    digits = AdminLevel.VILLAGE.digits if alone else level.digits
                    self.prefixes[indicator.id].add(_filed_under(change.admin_code)[:digits])

    def _by_place(self) -> None:
        """What is touched because it lies near a feature that changed."""
        asked: dict[tuple[str, float], list[str]] = {}
        for indicator in self.affected:
            first, local = indicator.sources[0], self.locals[indicator.id]
            if first not in self.changed:
                continue
            reads_m = self.sources[first].reaches_m
            if (local is None or local.network) and reads_m is not None:
                counties = _in_reach(self.view, self.changed[first], reads_m)
                self.prefixes[indicator.id] |= {code[: AdminLevel.COUNTY.digits] for code in counties}
            elif local is not None and local.within_m is not None:
                reach_m = local.within_m if local.farthest is None else self.farthest_m[indicator.id]
                asked.setdefault((first, reach_m), []).append(indicator.id)
        boxes, ids = [], []
        for (source, reach_m), near in asked.items():
            for change in self.changed[source]:
                if change.extent is not None:
                    boxes.append(change.extent.widened(reach_m))
                    ids.append(near)
        for codes, near in zip(changes.units_near(self.view, boxes) if boxes else (), ids, strict=True):
            for indicator_id in near:
                self.near[indicator_id] |= codes

    def _farthest(self, as_of: dt.date) -> dict[str, float]:
        """For each figure of nearest features: the distance beyond which no change can matter, metres.

        A feature farther from a natural village than its nearest one was is not the nearest and never was. Figures
        that look for the same features share the least bound. A county where no figure is known bounds nothing: its
        units are touched, all of them.
        """
        alike: dict[tuple[object, ...], list[Indicator]] = {}
        for indicator in self.affected:
            local = self.locals[indicator.id]
            if local is not None and local.farthest is not None and indicator.sources[0] in self.changed:
                key = (local.farthest, indicator.sources, repr(indicator.arguments))
                alike.setdefault(key, []).append(indicator)
        bounds: dict[str, float] = {}
        if not alike:
            return bounds
        every = [indicator.id for group in alike.values() for indicator in group]
        stored = changes.farthest(self.view, as_of, every)
        counties = set(changes.county_codes(self.view))
        for group in alike.values():
            known = [stored.get(indicator.id, {}) for indicator in group]
            for indicator in group:
                if any(counties <= by_county.keys() for by_county in known):
                    bounds[indicator.id] = min(
                        max(by_county.values()) for by_county in known if counties <= by_county.keys()
                    )
                else:
                    self.locals[indicator.id] = None
        return bounds


def local_of(indicator: Indicator) -> Local | None:
    """How far a change is felt in an indicator; None if everywhere in the county."""
    found = find(indicator.function)
    local = None if found.local is None else found.local(indicator.arguments)
    if local is not None and local.within_m is not None and set(indicator.sources[1:]) - {_LOCATED}:
        return None
    return local


def _begin_with(codes: Sequence[str], prefixes: Iterable[str]) -> frozenset[str] | None:
    """Codes that begin with one of the prefixes; None if a prefix stands for none of them (a county's row)."""
    found: set[str] = set()
    for prefix in prefixes:
        matched = [code for code in codes if code.startswith(prefix)]
        if not matched:
            return None
        found.update(matched)
    return frozenset(found)


def measure_touched(
    view: sa.Connection,
    county: str,
    as_of: dt.date,
    chosen: Sequence[Indicator],
    wanted: Mapping[str, frozenset[str]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Parts and observations of the touched units of a county, and its own figures, as `measure_county` has them.

    Parameters
    ----------
    chosen : indicators of the run, which decide how far features are looked for.
    wanted : codes of the units by indicator id.
    """
    affected = [indicator for indicator in chosen if indicator.id in wanted]
    near = [indicator for indicator in affected if local_of(indicator) is not None]
    far = [indicator for indicator in affected if local_of(indicator) is None]
    levels, reaches = levels_of(chosen), {s: how.reaches_m for s, how in sources_of(chosen).items()}
    made = []
    if far:
        sources = {s: SourceRead(how.read, reaches[s]) for s, how in sources_of(far).items()}
        partition = read_partition(view, county, levels, sources, reaches_of(far))
        made.append(measure_county(far, as_of, *partition))
    if near:
        made.append(_Near(view, county, as_of, near, wanted, levels, reaches).measured())
    parts = pd.concat([parts for parts, _ in made], ignore_index=True)
    observations = pd.concat([observed for _, observed in made], ignore_index=True)
    return _of(parts, wanted, own=True), _of(observations, wanted, own=False)


def _of(frame: pd.DataFrame, wanted: Mapping[str, frozenset[str]], *, own: bool) -> pd.DataFrame:
    """Rows of the wanted units, and those of higher units where they may be."""
    pairs = zip(frame["indicator_id"], frame["admin_code"], strict=True)
    kept = [code in wanted[name] or (own and code.endswith("000000")) for name, code in pairs]
    return frame[np.array(kept, dtype=bool)]


class _Near:
    """Measures units of a county with no more features than can matter to them."""

    def __init__(
        self,
        view: sa.Connection,
        county: str,
        as_of: dt.date,
        indicators: Sequence[Indicator],
        wanted: Mapping[str, frozenset[str]],
        levels: Sequence[AdminLevel],
        reaches: Mapping[str, float | None],
    ) -> None:
        self.view, self.county, self.indicators, self.wanted = view, county, indicators, wanted
        self.locals = {indicator.id: local_of(indicator) or Local() for indicator in indicators}
        shaped = {s for i in indicators if self._looks_at_places(i) for s in i.sources}
        self.sources = {
            source: SourceRead(replace(how.read, has_geometry=source in shaped), reaches[source])
            for source, how in sources_of(indicators).items()
        }
        self.units = (
            read_units(view, county, levels)
            if any(how.reaches_m is not None for how in self.sources.values())
            or any(i.rasters for i in indicators)
            else changes.units_without_shape(view, county, levels_of(indicators))
        )
        self.territories = {level: Territory(frame, as_of) for level, frame in self.units.items()}

    def _looks_at_places(self, indicator: Indicator) -> bool:
        """Whether the indicator's measure looks at geometries of the sources."""
        local = self.locals[indicator.id]
        return local.within_m is not None or local.network or bool(indicator.rasters)

    def measured(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Parts and observations of the county's units; those of the wanted ones are true."""
        frames: dict[str, pd.DataFrame] = {}
        plain = [source for source, how in self.sources.items() if how.reaches_m is None]
        extents = [] if len(plain) == len(self.sources) else extents_of(self.units)
        for source in plain:
            only = Only(self._filed(source))
            frames[source] = read_source(self.view, self.sources[source], self.county, extents, only)
        network = {i.sources[0] for i in self.indicators if self.locals[i.id].network}
        for source in self.sources.keys() - plain:
            only = None if source in network else Only(self._filed(source), self._around(source, frames))
            frames[source] = read_source(self.view, self.sources[source], self.county, extents, only)
        for indicator in self.indicators:
            source = indicator.sources[0]
            if source not in network and not self._sees_nearest(indicator, frames):
                frames[source] = read_source(self.view, self.sources[source], self.county, extents)
        # The whole county's window, as a whole run reads it: cells of another would differ in their last digits.
        rasters = reaches_of(self.indicators)
        grids = read_grids(files_in_use(self.view), rasters, extent_of(self.units)) if rasters else {}
        return measure_in(self.territories, self.indicators, frames, grids)

    def _filed(self, source: str) -> tuple[str, ...]:
        """Digits of the codes whose rows may matter: the unit's, its township's or county's; the county's own."""
        prefixes = {self.county}
        for indicator in self.indicators:
            if source in indicator.sources:
                wanted = self.wanted[indicator.id]
                if source == indicator.sources[0]:
                    prefixes |= {code[: self.locals[indicator.id].presence.digits] for code in wanted}
                else:
                    prefixes |= wanted | {
                        code[: AdminLevel.TOWNSHIP.digits] + _TOWNSHIP_END for code in wanted
                    }
        if len(prefixes) > _MOST_PREFIXES:
            return (self.county[: AdminLevel.COUNTY.digits],)
        return tuple(sorted(prefixes))

    def _around(self, source: str, frames: Mapping[str, pd.DataFrame]) -> Extent:
        """Where features of a source can matter: around the units and the rows filed under them."""
        shapes, reach_m = [], 0.0
        for indicator in self.indicators:
            if source != indicator.sources[0]:
                continue
            reach_m = max(reach_m, _looked_m(self.locals[indicator.id]))
            codes, units = self.wanted[indicator.id], self.units[indicator.level]
            shapes.append(units.geometry.to_numpy()[units.index.isin(codes)])
            for rows in (frames[other] for other in indicator.sources[1:]):
                shapes.append(rows.geometry.to_numpy()[rows["admin_code"].isin(codes).to_numpy(dtype=bool)])
        return Extent(*shapely.total_bounds(np.concatenate(shapes))).widened(reach_m)

    def _sees_nearest(self, indicator: Indicator, frames: Mapping[str, pd.DataFrame]) -> bool:
        """Whether the nearest feature of each wanted unit is among those read: none that was not is nearer."""
        local = self.locals[indicator.id]
        if local.farthest is None:
            return True
        territory = self.territories[indicator.level]
        sources = [frames[source] for source in indicator.sources]
        metres = local.farthest(territory, *sources, **indicator.arguments)
        wanted = territory.codes.isin(self.wanted[indicator.id])
        return bool((metres[wanted] <= _looked_m(local)).all())


def _looked_m(local: Local) -> float:
    """How far around units features are read; a nearest one that may lie farther is looked for in the county."""
    within_m = local.within_m or 0.0
    return within_m if local.farthest is None else min(within_m, _FIRST_LOOK_M)
