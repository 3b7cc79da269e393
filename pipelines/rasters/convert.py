"""From any one-band GeoTIFF to ours: EPSG:4490, north up, tiles of float32, NaN for no data.

Runs in the reading process; windows of one tile at a time, never a whole raster in memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio import Affine
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import CRSError, RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from pipelines.rasters.errors import RasterRefusal, RasterRefused

STORED = CRS.from_epsg(4490)
_SAME_DEGREES = (4490, 4326)
"""Degrees taken as they are: WGS 84 and CGCS2000 agree within centimetres."""
_TILE = 512
_FINEST_DEG, _COARSEST_DEG = 1e-5, 0.02
"""Sides of a cell, about 1 m and 2 km."""
_MOST_CELLS = 400_000_000
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Rules:
    """What holds for a kind of raster.

    Attributes
    ----------
    lowest, highest : plausible values.
    resampling : how cells of another system become ours.
    missing : the value of cells without data, where neither file nor person says.
    """

    lowest: float
    highest: float
    resampling: Resampling
    missing: float | None = None


RULES = {
    "elevation": Rules(-200.0, 3000.0, Resampling.bilinear),
    # A cell gets the share of people of each cell under it, so that the total stays.
    "population": Rules(0.0, 200_000.0, Resampling.sum),
    # First-level classes of GB/T 21010: the class of the nearest cell, never something between two.
    "land_cover_before": Rules(1.0, 12.0, Resampling.nearest, 0.0),
    "land_cover_after": Rules(1.0, 12.0, Resampling.nearest, 0.0),
}


@dataclass
class _Seen:
    """What is in the cells written so far."""

    known: int = 0
    lowest: float = float("inf")
    highest: float = float("-inf")
    total: float = 0.0

    def add(self, values: np.ndarray) -> None:
        known = values[~np.isnan(values)]
        if known.size:
            self.known += known.size
            self.lowest = min(self.lowest, float(known.min()))
            self.highest = max(self.highest, float(known.max()))
            self.total += float(known.sum(dtype=np.float64))


def convert(
    source: Path,
    target: Path,
    kind: str,
    city: Bounds,
    *,
    around: Bounds | None = None,
    crs: str | None,
    nodata: float | None,
) -> dict[str, Any]:
    """Check a raster and write the part of it that lies in the city or around it.

    Parameters
    ----------
    kind : value of a `RasterKind`.
    city : west, south, east, north in degrees, some of which the raster must cover.
    around : what is kept; the city if not given.
    crs, nodata : what the person states, in place of what the file says.

    Returns
    -------
    Facts as `store.rasters.NewRaster` names them: ``crs width height step_lon_deg step_lat_deg west south east north
    lowest highest total nodata``; and ``wkt``, the system in full.

    Raises
    ------
    RasterRefused : it cannot be taken.
    """
    try:
        with rasterio.Env(GDAL_CACHEMAX=128), rasterio.open(source, driver="GTiff") as given:
            system = _system(given, crs)
            missing = given.nodata if nodata is None else nodata
            missing = RULES[kind].missing if missing is None else missing
            with _in_degrees(given, system, missing, kind) as upright:
                transform, width, height = _kept(upright, city, around or city)
                seen = _write(upright, target, transform, width, height, missing)
    except (RasterioError, CPLE_BaseError) as error:
        raise RasterRefused(RasterRefusal.UNREADABLE) from error
    rules = RULES[kind]
    if not seen.known:
        raise RasterRefused(RasterRefusal.NO_VALUES)
    if seen.lowest < rules.lowest or seen.highest > rules.highest:
        raise RasterRefused(
            RasterRefusal.IMPLAUSIBLE,
            found_lowest=f"{seen.lowest:g}",
            found_highest=f"{seen.highest:g}",
            lowest=f"{rules.lowest:g}",
            highest=f"{rules.highest:g}",
        )
    west, north = transform.c, transform.f
    return {
        "crs": _label(system),
        "wkt": system.to_wkt(),
        "width": width,
        "height": height,
        "step_lon_deg": transform.a,
        "step_lat_deg": -transform.e,
        "west": west,
        "south": north + height * transform.e,
        "east": west + width * transform.a,
        "north": north,
        "lowest": seen.lowest,
        "highest": seen.highest,
        "total": seen.total if kind == "population" else None,
        "nodata": None if missing is None or np.isnan(missing) else float(missing),
    }


def _system(given: rasterio.DatasetReader, stated: str | None) -> CRS:
    if given.count != 1:
        raise RasterRefused(RasterRefusal.BANDS, bands=given.count)
    if np.dtype(given.dtypes[0]).kind not in "iuf":
        raise RasterRefused(RasterRefusal.NOT_NUMBERS, found=given.dtypes[0])
    if given.transform == Affine.identity():
        raise RasterRefused(RasterRefusal.NOT_PLACED)
    if not stated and not given.crs:
        raise RasterRefused(RasterRefusal.CRS_MISSING)
    system = given.crs
    if stated:
        try:
            system = CRS.from_user_input(stated)
        except CRSError as error:
            raise RasterRefused(RasterRefusal.CRS_UNKNOWN, crs=stated) from error
    if not (system.is_geographic or system.is_projected):
        raise RasterRefused(RasterRefusal.CRS_UNKNOWN, crs=_label(system))
    return system


@contextmanager
def _in_degrees(
    given: rasterio.DatasetReader, system: CRS, missing: float | None, kind: str
) -> Iterator["rasterio.DatasetReader | WarpedVRT"]:
    """The raster itself where its cells are ours already, else a view of it brought to EPSG:4490."""
    upright = given.transform.b == given.transform.d == 0 and given.transform.a > 0 > given.transform.e
    if upright and system.to_epsg() in _SAME_DEGREES:
        yield given
        return
    try:
        view = WarpedVRT(
            given,
            src_crs=system,
            crs=STORED,
            src_nodata=missing,
            nodata=np.nan,
            dtype="float32",
            resampling=RULES[kind].resampling,
            tolerance=0.01,
            warp_mem_limit=64,
        )
    except (RasterioError, CPLE_BaseError) as error:
        raise RasterRefused(RasterRefusal.CRS_NOT_FITTING, crs=_label(system)) from error
    with view:
        yield view


def _kept(
    upright: "rasterio.DatasetReader | WarpedVRT", city: Bounds, around: Bounds
) -> tuple[Affine, int, int]:
    """Grid of the cells that meet the bounds, on the raster's own lines."""
    found: Bounds = tuple(upright.bounds)
    across, down = upright.transform.a, -upright.transform.e
    if not (found[0] < city[2] and city[0] < found[2] and found[1] < city[3] and city[1] < found[3]):
        shown = {"found": _degrees(found), "city": _degrees(city)}
        raise RasterRefused(RasterRefusal.ELSEWHERE, **shown)
    first, last = _span(around[0] - found[0], around[2] - found[0], across, upright.width)
    top, bottom = _span(found[3] - around[3], found[3] - around[1], down, upright.height)
    if max(across, down) > _COARSEST_DEG:
        side = f"{max(across, down):g}"
        raise RasterRefused(RasterRefusal.CELLS_COARSE, side_deg=side, most_deg=f"{_COARSEST_DEG:g}")
    if min(across, down) < _FINEST_DEG or (last - first) * (bottom - top) > _MOST_CELLS:
        cells = f"{(last - first) * (bottom - top):,}"
        raise RasterRefused(RasterRefusal.CELLS_FINE, cells=cells, most=f"{_MOST_CELLS:,}")
    transform = Affine(across, 0, found[0] + first * across, 0, -down, found[3] - top * down)
    return transform, last - first, bottom - top


def _span(start_deg: float, end_deg: float, step_deg: float, count: int) -> tuple[int, int]:
    """First cell and the one after the last of an axis that meet a stretch of it."""
    return max(0, floor(start_deg / step_deg)), min(count, ceil(end_deg / step_deg))


def _write(
    upright: "rasterio.DatasetReader | WarpedVRT",
    target: Path,
    transform: Affine,
    width: int,
    height: int,
    missing: float | None,
) -> _Seen:
    left = round((transform.c - upright.transform.c) / transform.a)
    top = round((transform.f - upright.transform.f) / transform.e)
    seen = _Seen()
    with rasterio.open(
        target, "w", driver="GTiff", width=width, height=height, count=1, dtype="float32", crs=STORED,
        transform=transform, nodata=np.nan, tiled=True, blockxsize=_TILE, blockysize=_TILE, compress="deflate",
        predictor=3, bigtiff="if_safer",
    ) as written:  # fmt: skip
        for _, tile in written.block_windows(1):
            there = Window(left + tile.col_off, top + tile.row_off, tile.width, tile.height)
            values = upright.read(1, window=there, masked=True)
            plain = np.where(np.ma.getmaskarray(values), np.nan, values.data.astype("float32"))
            if missing is not None and not isinstance(upright, WarpedVRT):
                plain[values.data == missing] = np.nan
            plain[~np.isfinite(plain)] = np.nan
            seen.add(plain)
            written.write(plain.astype("float32"), 1, window=tile)
    return seen


def _degrees(bounds: Bounds) -> str:
    west, south, east, north = bounds
    return f"{west:.2f}–{east:.2f}°E, {south:.2f}–{north:.2f}°N"


def _label(system: CRS) -> str:
    code = None
    with suppress(CRSError):
        code = system.to_epsg()
    return f"EPSG:{code}" if code else system.to_wkt()[:60].split('"')[1]
