"""Touched units of one county measured anew, with no more features read than can matter to them.

They are measured in the frame of the whole county, so that each figure equals that of a whole run to the last digit.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.measures import Local, find
from analysis.territory import Territory
from layers import AdminLevel, Indicator
from pipelines.indicators.county import (
    SourceRead,
    levels_of,
    measure_county,
    measure_in,
    read_partition,
    read_source,
    sources_of,
)
from pipelines.indicators.kept import Keeper
from pipelines.indicators.rasters import reaches_of
from store.frames import STORED_CRS, Extent, Only

_LOCATED = "settlements"
"""The rows besides the units themselves that `store.changes.units_near` looks at."""
_FIRST_LOOK_M = 2_000.0
_TOWNSHIP_END = "0" * (AdminLevel.VILLAGE.digits - AdminLevel.TOWNSHIP.digits)
_MOST_PREFIXES = 60
"""Codes from which reading the whole county is the shorter way."""
_Result = tuple[pd.DataFrame, pd.DataFrame]
"""Parts and observations, as `pipelines.indicators.county.measure_county` has them."""


def local_of(indicator: Indicator) -> Local | None:
    """How far a change is felt in an indicator; None if everywhere in the county."""
    found = find(indicator.function)
    local = None if found.local is None else found.local(indicator.arguments)
    if local is not None and local.within_m is not None and set(indicator.sources[1:]) - {_LOCATED}:
        return None
    return local


def measure_touched(
    keeper: Keeper, county: str, chosen: Sequence[Indicator], wanted: Mapping[str, frozenset[str]]
) -> _Result:
    """Parts and observations of the touched units of a county, and its own figures.

    Parameters
    ----------
    chosen : indicators of the run, which decide how far features are looked for.
    wanted : codes of the units by indicator id.
    """
    affected = [indicator for indicator in chosen if indicator.id in wanted]
    locals_ = {indicator.id: local_of(indicator) for indicator in affected}
    wide = [
        i
        for i in affected
        if (local := locals_[i.id]) is not None and local.felt and keeper.has_changed(i.sources[0])
    ]
    rest = [i for i in affected if i not in wide]
    far = [i for i in rest if locals_[i.id] is None]
    over = [i for i in rest if (local := locals_[i.id]) is not None and local.network]
    near = [i for i in rest if (local := locals_[i.id]) is not None and not local.network]
    made: list[_Result] = []
    if wide:
        sources = {source for indicator in wide for source in indicator.sources}
        frames = {source: keeper.whole_frame(county, source) for source in sources}
        made.append(measure_in(keeper.territories(county), wide, frames, keeper.grids(county, wide)))
    if far:
        reads = {s: SourceRead(how.read, keeper.sources[s].reaches_m) for s, how in sources_of(far).items()}
        partition = read_partition(keeper.view, county, keeper.levels, reads, reaches_of(far))
        made.append(measure_county(far, keeper.as_of, *partition))
    if over:
        made.append(_over_networks(keeper, county, over, wanted))
    if near:
        made.append(_Near(keeper, county, near, wanted).measured())
    parts = pd.concat([_of(parts, wanted, own=True) for parts, _ in made], ignore_index=True)
    observations = pd.concat([_of(observed, wanted, own=False) for _, observed in made], ignore_index=True)
    return parts, observations


def _of(frame: pd.DataFrame, wanted: Mapping[str, frozenset[str]], *, own: bool) -> pd.DataFrame:
    """Rows of the wanted units, and those of higher units where they may be."""
    pairs = zip(frame["indicator_id"].tolist(), frame["admin_code"].tolist(), strict=True)
    kept = [code in wanted[name] or (own and code.endswith("000000")) for name, code in pairs]
    return frame[np.array(kept, dtype=bool)]


def _over_networks(
    keeper: Keeper, county: str, indicators: Sequence[Indicator], wanted: Mapping[str, frozenset[str]]
) -> _Result:
    """Indicators over a network: of the whole of it, and of those travellers only that are filed under the units."""
    rows = {source: keeper.rows(county, source) for i in indicators for source in i.sources}
    codes: dict[str, frozenset[str]] = {}
    for indicator in indicators:
        travellers = indicator.sources[1]
        codes[travellers] = codes.get(travellers, frozenset()) | wanted[indicator.id]
    filed = {source: _below(county, _with_townships(found)) for source, found in codes.items()}
    whole = _below(county, ())
    parts = {
        source: rows[source].frame if prefixes == whole else rows[source].part(Only(prefixes))
        for source, prefixes in filed.items()
    }
    territories, made = keeper.territories(county), []
    for sources in sorted({indicator.sources for indicator in indicators}):
        alike = [indicator for indicator in indicators if indicator.sources == sources]
        frames = {source: rows[source].frame for source in sources} | {sources[1]: parts[sources[1]]}
        made.append(measure_in(territories, alike, frames, {}))
    if len(made) == 1:
        return made[0]
    return (
        pd.concat([found for found, _ in made], ignore_index=True),
        pd.concat([observed for _, observed in made], ignore_index=True),
    )


class _Near:
    """Measures units of a county with no more features than can matter to them."""

    def __init__(
        self,
        keeper: Keeper,
        county: str,
        indicators: Sequence[Indicator],
        wanted: Mapping[str, frozenset[str]],
    ) -> None:
        self.keeper, self.view, self.county = keeper, keeper.view, county
        self.indicators, self.wanted = indicators, wanted
        self.locals = {indicator.id: local_of(indicator) or Local() for indicator in indicators}
        shaped = {s for i in indicators if self._looks_at_places(i) for s in i.sources}
        self.sources = {
            source: SourceRead(
                replace(how.read, has_geometry=source in shaped), keeper.sources[source].reaches_m
            )
            for source, how in sources_of(indicators).items()
        }
        self.needs_places = any(how.reaches_m is not None for how in self.sources.values()) or any(
            i.rasters for i in indicators
        )
        if self.needs_places or keeper.has_units(county):
            self.territories = keeper.territories(county)
        else:
            codes = keeper.codes[county]
            self.territories = {
                level: Territory(_without_shape(codes[level]), keeper.as_of)
                for level in levels_of(indicators)
            }

    def _looks_at_places(self, indicator: Indicator) -> bool:
        """Whether the indicator's measure looks at geometries of the sources."""
        return self.locals[indicator.id].within_m is not None or bool(indicator.rasters)

    def measured(self) -> _Result:
        """Parts and observations of the county's units; those of the wanted ones are true."""
        frames: dict[str, pd.DataFrame] = {}
        for source in sorted(self.sources, key=lambda source: self.sources[source].reaches_m is not None):
            beyond = self.sources[source].reaches_m is not None
            near = self._around(source, frames) if beyond else None
            frames[source] = self._read(source, Only(self._filed(source), near))
        for indicator in self.indicators:
            if not self._sees_nearest(indicator, frames):
                frames[indicator.sources[0]] = self._read(indicator.sources[0])
        # The whole county's window, as a whole run reads it: cells of another would differ in their last digits.
        grids = self.keeper.grids(self.county, self.indicators)
        return measure_in(self.territories, self.indicators, frames, grids)

    def _read(self, source: str, only: Only | None = None) -> pd.DataFrame:
        """Features of a source: out of all rows, which are kept, or from the database where there may be many."""
        if self.sources[source].reaches_m is not None or self.keeper.has_rows(self.county, source):
            rows = self.keeper.rows(self.county, source)
            return rows.frame if only is None else rows.part(only)
        return read_source(self.view, self.sources[source], self.county, (), only)

    def _filed(self, source: str) -> tuple[str, ...]:
        """Digits of the codes whose rows may matter: the unit's, its township's or county's; the county's own."""
        prefixes: set[str] = set()
        for indicator in self.indicators:
            if source in indicator.sources:
                wanted = self.wanted[indicator.id]
                if source == indicator.sources[0]:
                    prefixes |= {code[: self.locals[indicator.id].presence.digits] for code in wanted}
                else:
                    prefixes |= _with_townships(wanted)
        return _below(self.county, prefixes)

    def _around(self, source: str, frames: Mapping[str, pd.DataFrame]) -> Extent:
        """Where features of a source can matter: around the units and the rows filed under them."""
        reach_m, around = 0.0, set()
        for indicator in self.indicators:
            if source == indicator.sources[0]:
                reach_m = max(reach_m, _looked_m(self.locals[indicator.id]))
                around.add((indicator.level, indicator.sources[1:], self.wanted[indicator.id]))
        shapes = []
        for level, others, codes in around:
            units = self.territories[level].units
            shapes.append(units.geometry.to_numpy()[units.index.get_indexer(list(codes))])
            for rows in (frames[other] for other in others):
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


def _without_shape(codes: Sequence[str]) -> gpd.GeoDataFrame:
    """Units with empty geometries: for measures of tables only."""
    index = pd.Index(codes, dtype="str", name="admin_code")
    return gpd.GeoDataFrame(geometry=[None] * len(codes), index=index, crs=STORED_CRS)


def _with_townships(codes: Iterable[str]) -> set[str]:
    """Codes of units, and of the townships that they lie in."""
    return {code for own in codes for code in (own, own[: AdminLevel.TOWNSHIP.digits] + _TOWNSHIP_END)}


def _below(county: str, prefixes: Collection[str]) -> tuple[str, ...]:
    """The prefixes and the county's own code, or the county's digits if they are many; of none, the latter."""
    if not 0 < len(prefixes) < _MOST_PREFIXES:
        return (county[: AdminLevel.COUNTY.digits],)
    return tuple(sorted({county, *prefixes}))


def _looked_m(local: Local) -> float:
    """How far around units features are read; a nearest one that may lie farther is looked for in the county."""
    within_m = local.within_m or 0.0
    return within_m if local.farthest is None else min(within_m, _FIRST_LOOK_M)
