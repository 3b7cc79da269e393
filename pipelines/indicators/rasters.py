"""The rasters of one county: windows of the registered files, as the measures take them."""

from collections.abc import Iterable, Mapping
from math import ceil, floor
from pathlib import Path

import numpy as np
import rasterio
import sqlalchemy as sa
from rasterio.windows import Window

from analysis.grid import Grid
from analysis.measures import find
from layers import Indicator, RasterKind, all_indicators
from pipelines.indicators.errors import RasterFileMissing
from store import rasters
from store.frames import Extent

Grids = Mapping[RasterKind, Grid | None]
_AROUND_CELLS = 2
"""Cells beyond the extent: slope looks at neighbours, interpolation at the next centre."""
_MOST_CELLS = 25_000_000
"""Of a window in memory (200 MB); a finer raster is read coarser."""
_STRIP_CELLS = 4_000_000


def reaches_of(indicators: Iterable[Indicator]) -> dict[RasterKind, float]:
    """How far beyond the county each raster that the indicators need is read, metres.

    As far as any declared indicator needs it: a window must not depend on which are computed together, or figures could
    differ in their last digits.
    """
    needed = {kind for indicator in indicators for kind in indicator.rasters}
    reaches = dict.fromkeys(sorted(needed), 0.0)
    for indicator in all_indicators():
        measure = find(indicator.function)
        reach_m = measure.reaches_m(indicator.arguments) if measure.reaches_m is not None else 0.0
        for kind in needed & set(indicator.rasters):
            reaches[kind] = max(reaches[kind], reach_m)
    return reaches


def files_in_use(connection: sa.Connection) -> dict[RasterKind, Path]:
    """Files of the rasters in use.

    Raises
    ------
    RasterFileMissing : one is registered, but not in the folder of rasters.
    """
    files = {}
    for raster in rasters.in_use(connection):
        if not raster.file.exists():
            raise RasterFileMissing(kind=str(raster.kind), path=raster.path)
        files[raster.kind] = raster.file
    return files


def read_grids(
    files: Mapping[RasterKind, Path], reaches: Mapping[RasterKind, float], extent: Extent
) -> Grids:
    """The rasters around an extent; None for one that is not loaded or lies elsewhere."""
    return {
        kind: read_grid(files[kind], kind, extent.widened(reach_m)) if kind in files else None
        for kind, reach_m in reaches.items()
    }


def read_grid(path: Path, kind: RasterKind, extent: Extent, most_cells: int = _MOST_CELLS) -> Grid | None:
    """The cells of a stored raster that meet an extent, and two more on each side.

    Where they would be more than `most_cells`, squares of them are put together: the mean of their elevations, the sum
    of their people.

    Returns
    -------
    None if the raster does not meet the extent.
    """
    with rasterio.open(path, driver="GTiff") as raster:
        across, down = raster.transform.a, -raster.transform.e
        west, north = raster.transform.c, raster.transform.f
        left = max(0, floor((extent.west - west) / across) - _AROUND_CELLS)
        right = min(raster.width, ceil((extent.east - west) / across) + _AROUND_CELLS)
        top = max(0, floor((north - extent.north) / down) - _AROUND_CELLS)
        bottom = min(raster.height, ceil((north - extent.south) / down) + _AROUND_CELLS)
        if left >= right or top >= bottom:
            return None
        side = max(1, ceil(np.sqrt((right - left) * (bottom - top) / most_cells)))
        values = _values(raster, (left, right, top, bottom), side, mean=kind is RasterKind.ELEVATION)
    return Grid(values, west + left * across, north - top * down, across * side, down * side)


def _values(
    raster: rasterio.DatasetReader, span: tuple[int, int, int, int], side: int, *, mean: bool
) -> np.ndarray:
    """Values of a window in squares of `side` cells, strip by strip; squares at the edges may be cut."""
    left, right, top, bottom = span
    columns = ceil((right - left) / side)
    step = side * max(1, _STRIP_CELLS // (side * (right - left)))
    strips = []
    for start in range(top, bottom, step):
        end = min(start + step, bottom)
        read = raster.read(1, window=Window(left, start, right - left, end - start), out_dtype="float64")
        if side > 1:
            rows = ceil((end - start) / side)
            padded = np.full((rows * side, columns * side), np.nan)
            padded[: end - start, : right - left] = read
            squares = padded.reshape(rows, side, columns, side)
            known = (~np.isnan(squares)).sum(axis=(1, 3))
            total = np.nansum(squares, axis=(1, 3))
            read = np.where(known > 0, total / np.maximum(known, 1) if mean else total, np.nan)
        strips.append(read)
    return np.concatenate(strips)
