"""One county's share of a computation: read its frames, measure its units."""

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa
from numpy.typing import NDArray

from analysis.measures import find
from analysis.results import Observations, Parts, Result
from analysis.territory import Territory
from base.garbage import collection_paused
from base.settings import settings
from layers import AdminLevel, Indicator, RasterKind, feature_type
from pipelines.indicators.rasters import Grids, files_in_use, reaches_of, read_grids
from store.engine import make_engine
from store.frames import Extent, FrameRead, Only, read_frame, read_rows
from store.snapshots import shared_view

_UNITS = FrameRead.of(feature_type("admin_units"), ("level",))


@dataclass(frozen=True)
class SourceRead:
    """A source as the measures need it: what to read, and how far beyond the townships (None: the county's own)."""

    read: FrameRead
    reaches_m: float | None


@dataclass(frozen=True)
class CountyTask:
    """What another process needs to compute a county; plain values only.

    Attributes
    ----------
    county : 12-digit code.
    view_id : the view of the data that all tasks of a computation share.
    levels : levels of the units; they make the extent of the county.
    sources : by feature type id.
    """

    database_url: str
    view_id: str
    county: str
    as_of: dt.date
    indicators: tuple[Indicator, ...]
    levels: tuple[AdminLevel, ...]
    sources: dict[str, SourceRead]


@dataclass(frozen=True)
class CountyResult:
    """Results of all indicators of a county.

    Attributes
    ----------
    parts : columns ``indicator_id``, ``admin_code``, ``numerator``, ``denominator``.
    observations : columns ``indicator_id``, ``admin_code``, ``value``.
    read_seconds, compute_seconds : wall-clock time of the two halves.
    """

    county: str
    parts: pd.DataFrame
    observations: pd.DataFrame
    read_seconds: float = field(compare=False)
    compute_seconds: float = field(compare=False)


def levels_of(indicators: Sequence[Indicator]) -> tuple[AdminLevel, ...]:
    """Levels of the units that the indicators measure."""
    return tuple(sorted({indicator.level for indicator in indicators}))


def sources_of(indicators: Sequence[Indicator]) -> dict[str, SourceRead]:
    """What the indicators read together, by feature type id.

    Raises
    ------
    UnknownMeasure, UnknownLayer, KeyError : a declared function, source or field does not exist.
    """
    columns: dict[str, set[str]] = {}
    reaches: dict[str, float] = {}
    for indicator in indicators:
        measure = find(indicator.function)
        for source, read in zip(indicator.sources, measure.columns(indicator.arguments), strict=True):
            columns.setdefault(source, set()).update(read)
        if measure.reaches_m is not None:
            first = indicator.sources[0]
            reaches[first] = max(reaches.get(first, 0.0), measure.reaches_m(indicator.arguments))
    return {
        source: SourceRead(FrameRead.of(feature_type(source), sorted(read)), reaches.get(source))
        for source, read in sorted(columns.items())
    }


@collection_paused()
def compute_county(task: CountyTask) -> CountyResult:
    """Read and measure one county; runs in any process."""
    started = time.perf_counter()
    units, frames, grids = read_county(task)
    read = time.perf_counter()
    parts, observations = measure_county(task.indicators, task.as_of, units, frames, grids)
    return CountyResult(task.county, parts, observations, read - started, time.perf_counter() - read)


def read_county(
    task: CountyTask,
) -> tuple[dict[AdminLevel, gpd.GeoDataFrame], dict[str, pd.DataFrame], Grids]:
    """The county's units by level, the frames of the sources by feature type id, and the grids of the rasters."""
    with shared_view(_engine(task.database_url), task.view_id) as connection:
        reaches = reaches_of(task.indicators)
        return read_partition(connection, task.county, task.levels, task.sources, reaches)


def read_partition(
    connection: sa.Connection,
    county: str,
    levels: Sequence[AdminLevel],
    sources: Mapping[str, SourceRead],
    reaches: Mapping[RasterKind, float],
) -> tuple[dict[AdminLevel, gpd.GeoDataFrame], dict[str, pd.DataFrame], Grids]:
    """A county's units by level, the frames of sources by feature type id, and the grids of rasters.

    Parameters
    ----------
    reaches : how far beyond the county each raster is read, metres (`pipelines.indicators.rasters.reaches_of`).
    """
    units = read_units(connection, county, levels)
    extents = extents_of(units)
    frames = {source: read_source(connection, how, county, extents) for source, how in sources.items()}
    grids = read_grids(files_in_use(connection), reaches, extent_of(units)) if reaches else {}
    return units, frames, grids


def read_units(
    connection: sa.Connection, county: str, levels: Sequence[AdminLevel]
) -> dict[AdminLevel, gpd.GeoDataFrame]:
    """The county's units by level, index ``admin_code``."""
    prefix = county[: AdminLevel.COUNTY.digits]
    frame = read_frame(connection, _UNITS, prefix=prefix, levels=[str(level) for level in levels])
    frame = frame.set_index("admin_code")
    if len(levels) == 1:
        return {levels[0]: cast(gpd.GeoDataFrame, frame)}
    return {level: cast(gpd.GeoDataFrame, frame[frame["level"] == str(level)]) for level in levels}


def extent_of(units: dict[AdminLevel, gpd.GeoDataFrame]) -> Extent:
    """The bounding box of all units of a county."""
    return Extent(
        *shapely.total_bounds(np.concatenate([frame.geometry.to_numpy() for frame in units.values()]))
    )


def extents_of(units: dict[AdminLevel, gpd.GeoDataFrame]) -> list[Extent]:
    """The bounding box of the units of each township of a county; much of the county's own lies in its neighbours."""
    codes = np.concatenate([frame.index.str[: AdminLevel.TOWNSHIP.digits] for frame in units.values()])
    corners = shapely.bounds(np.concatenate([frame.geometry.to_numpy() for frame in units.values()]))
    _, township = np.unique(codes.astype(str), return_inverse=True)
    count = township.max(initial=-1) + 1
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.fmin.at(low, township, corners[:, :2])
    np.fmax.at(high, township, corners[:, 2:])
    return [Extent(*map(float, box)) for box in np.hstack([low, high]) if np.isfinite(box).all()]


def read_source(
    connection: sa.Connection,
    how: SourceRead,
    county: str,
    extents: Sequence[Extent],
    only: Only | None = None,
) -> pd.DataFrame:
    """The features of a source that a county's measures see, or a part of them."""
    if how.reaches_m is None:
        return read_frame(connection, how.read, prefix=county[: AdminLevel.COUNTY.digits], only=only)
    within = [extent.widened(how.reaches_m) for extent in extents]
    return read_frame(connection, how.read, within=within, only=only)


def read_source_rows(
    connection: sa.Connection,
    how: SourceRead,
    county: str,
    extents: Sequence[Extent],
    ids: Sequence[int] | None = None,
) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """As `read_source`, with the ids of the features; only those of `ids`, if given."""
    if how.reaches_m is None:
        return read_rows(connection, how.read, prefix=county[: AdminLevel.COUNTY.digits], ids=ids)
    within = [extent.widened(how.reaches_m) for extent in extents]
    return read_rows(connection, how.read, within=within, ids=ids)


@collection_paused()
def measure_county(
    indicators: Sequence[Indicator],
    as_of: dt.date,
    units: dict[AdminLevel, gpd.GeoDataFrame],
    frames: dict[str, pd.DataFrame],
    grids: Grids,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Parts and observations of the indicators, as `CountyResult` has them."""
    territories = {level: Territory(frame, as_of) for level, frame in units.items()}
    return measure_in(territories, indicators, frames, grids)


def measure_in(
    territories: dict[AdminLevel, Territory],
    indicators: Sequence[Indicator],
    frames: dict[str, pd.DataFrame],
    grids: Grids,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Parts and observations of the indicators in territories of the county by level."""
    parts: dict[str, Parts] = {}
    observed: dict[str, Observations] = {}
    for indicator in indicators:
        sources = [frames[source] for source in indicator.sources]
        rasters = [grids.get(kind) for kind in indicator.rasters]
        result = find(indicator.function).function(
            territories[indicator.level], *sources, *rasters, **indicator.arguments
        )
        if isinstance(result, Observations):
            observed[indicator.id] = result
        else:
            parts[indicator.id] = result
    return _parts_together(parts), _observations_together(observed)


def _parts_together(parts: Mapping[str, Parts]) -> pd.DataFrame:
    """One frame of the parts of all indicators, which is cheaper made of arrays than of frames."""
    if not parts:
        return pd.DataFrame(columns=["indicator_id", "admin_code", "numerator", "denominator"])
    every = list(parts.values())
    numerator = np.concatenate([one.numerator for one in every])
    denominator = np.concatenate([one.denominator for one in every])
    return pd.DataFrame(_named(parts) | {"numerator": numerator, "denominator": denominator})


def _observations_together(observed: Mapping[str, Observations]) -> pd.DataFrame:
    if not observed:
        return pd.DataFrame(columns=["indicator_id", "admin_code", "value"])
    value = np.concatenate([one.value for one in observed.values()])
    return pd.DataFrame(_named(observed) | {"value": value})


def _named(results: Mapping[str, Result]) -> dict[str, Any]:
    """The columns that say what a row is of; text is put together as it is, for taking it out costs more."""
    codes = [result.codes for result in results.values()]
    return {
        "indicator_id": pd.Index(list(results)).repeat([len(own) for own in codes]),
        "admin_code": codes[0].append(codes[1:]),
    }


@cache
def _engine(url: str) -> sa.Engine:
    return make_engine(url, settings())
