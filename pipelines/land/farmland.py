"""The farmland watch: two editions of land patches, or two land-cover rasters, compared county by county."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from math import ceil, floor
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
import sqlalchemy as sa
from rasterio import Affine
from rasterio.enums import Resampling
from rasterio.features import rasterize
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from analysis.farmland_change import Balance, Changes, Tolerance, by_village, compare, digest
from analysis.land_cover_change import Block, Lattice, compare_covers
from base.errors import XiangtuError
from base.journal import journal
from layers import AdminLevel, RasterKind, feature_type
from pipelines.indicators.errors import RasterFileMissing
from store import places, rasters, record
from store.frames import FrameRead, read_frame
from store.land.farmland import Comparison, NewRun, Stored, WatchSource, editions, put_run
from store.snapshots import data_versions

log = journal("pipelines.farmland")

_PATCHES = "land_patches"
_BLOCK = 1024
"""Side of a window in cells; two of them of both rasters take some 20 MB."""
Progress = Callable[[int, int], None]


class WatchError(XiangtuError):
    """Base of what keeps the watch from being run."""


class EditionMissing(WatchError):
    """An edition was never handed in."""

    key = "farmland.edition_missing"


class EditionsTheSame(WatchError):
    """An edition is compared with itself, or the later one comes first."""

    key = "farmland.editions_order"


class RasterMissing(WatchError):
    """One of the two land-cover rasters was never loaded."""

    key = "farmland.raster_missing"


class NoVillages(WatchError):
    """There are no village boundaries, without which no change has a place."""

    key = "farmland.no_villages"


@dataclass(frozen=True)
class Watched:
    """What a watch found in a county; `admin_code` is the county's."""

    admin_code: str
    balance: Balance
    stored: Stored


def latest_editions(
    engine: sa.Engine, before: int | None = None, after: int | None = None
) -> tuple[int, int]:
    """The editions to compare: those named, else the last and the one before it.

    Raises
    ------
    EditionMissing : there are not two.
    """
    with engine.connect() as connection:
        known = editions(connection)
    last = after if after is not None else (known[-1] if known else 0)
    earlier = [year for year in known if year < last]
    first = before if before is not None else (earlier[-1] if earlier else 0)
    if not first or not last:
        raise EditionMissing(edition="—", known="、".join(map(str, known)) or "—")
    return first, last


def watch_patches(
    engine: sa.Engine,
    before: int,
    after: int,
    *,
    counties: Sequence[str] | None = None,
    tolerance: Tolerance | None = None,
    by: str,
    progress: Progress | None = None,
) -> list[Watched]:
    """Compare two editions of land patches, one county after the other, each in one transaction.

    Parameters
    ----------
    engine : of the tables' owner.
    before, after : years of the editions.
    counties : 12-digit codes; all if not given. A county without patches of both editions is passed over.
    by : who runs it.

    Raises
    ------
    EditionsTheSame, EditionMissing, NoVillages
    UnknownLandClass : a patch has a class that GB/T 21010-2017 lacks.
    """
    if before >= after:
        raise EditionsTheSame(before=before, after=after)
    with engine.connect() as connection:
        known = editions(connection)
    for year in (before, after):
        if year not in known:
            listed = "、".join(map(str, known)) or "—"
            raise EditionMissing(edition=year, known=listed)
    compared = Comparison(WatchSource.VECTOR, str(before), str(after))
    chosen = tolerance or Tolerance()
    read = FrameRead.of(feature_type(_PATCHES), ("edition", "patch_no", "land_class"))

    def find(connection: sa.Connection, prefix: str, villages: gpd.GeoDataFrame) -> Changes | None:
        frame = cast(gpd.GeoDataFrame, read_frame(connection, read, prefix=prefix))
        early, late = frame[frame["edition"] == before], frame[frame["edition"] == after]
        if early.empty or late.empty:
            return None
        found = compare(early, late, chosen)
        return Changes(by_village(found.pieces, villages, chosen), found.balance)

    return _each_county(engine, compared, find, (_PATCHES,), counties, chosen, by, progress)


def watch_rasters(
    engine: sa.Engine,
    *,
    counties: Sequence[str] | None = None,
    tolerance: Tolerance | None = None,
    by: str,
    progress: Progress | None = None,
) -> list[Watched]:
    """Compare the two land-cover rasters in use, window by window; a cell counts for the village that holds its centre.

    If they lie on two lattices the later one is looked at on the earlier one's: the cell nearest to each centre.

    Parameters
    ----------
    engine, counties, by : as for `watch_patches`.

    Raises
    ------
    RasterMissing, RasterFileMissing, NoVillages
    """
    with engine.connect() as connection:
        earlier = _raster(connection, RasterKind.LAND_COVER_BEFORE)
        later = _raster(connection, RasterKind.LAND_COVER_AFTER)
    compared = Comparison(WatchSource.RASTER, _edition(earlier), _edition(later))
    chosen = tolerance or Tolerance()

    def find(_: sa.Connection, __: str, villages: gpd.GeoDataFrame) -> Changes | None:
        return compare_files(earlier, later, villages, chosen)

    sources = (RasterKind.LAND_COVER_BEFORE.source_id, RasterKind.LAND_COVER_AFTER.source_id)
    return _each_county(engine, compared, find, sources, counties, chosen, by, progress)


def _raster(connection: sa.Connection, kind: RasterKind) -> rasters.Registered:
    found = rasters.current(connection, kind)
    if found is None:
        raise RasterMissing(name=str(kind))
    if not found.file.exists():
        raise RasterFileMissing(kind=str(kind), path=found.path)
    return found


def _edition(raster: rasters.Registered) -> str:
    """A raster's edition: the day that it describes, or the day on which it was loaded."""
    return (
        raster.as_of or raster.loaded_at.astimezone(dt.timezone(dt.timedelta(hours=8))).date()
    ).isoformat()


def _each_county(
    engine: sa.Engine,
    compared: Comparison,
    find: Callable[[sa.Connection, str, gpd.GeoDataFrame], Changes | None],
    sources: Sequence[str],
    counties: Sequence[str] | None,
    tolerance: Tolerance,
    by: str,
    progress: Progress | None,
) -> list[Watched]:
    with engine.connect() as connection:
        units = places.children(connection, AdminLevel.COUNTY)
    chosen = [code for code in units["admin_code"] if counties is None or code in counties]
    if not chosen:
        raise NoVillages()
    done = []
    for number, county in enumerate(chosen):
        if progress is not None:
            progress(number, len(chosen))
        with engine.begin() as connection:
            watched = _county(connection, county, compared, find, sources, tolerance, by)
        if watched is not None:
            done.append(watched)
    if progress is not None:
        progress(len(chosen), len(chosen))
    if not done:
        raise NoVillages()
    return done


def _county(
    connection: sa.Connection,
    county: str,
    compared: Comparison,
    find: Callable[[sa.Connection, str, gpd.GeoDataFrame], Changes | None],
    sources: Sequence[str],
    tolerance: Tolerance,
    by: str,
) -> Watched | None:
    connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    prefix = county[: AdminLevel.COUNTY.digits]
    villages = cast(
        gpd.GeoDataFrame,
        read_frame(
            connection,
            FrameRead.of(feature_type("admin_units")),
            prefix=prefix,
            levels=[str(AdminLevel.VILLAGE)],
        ),
    )
    if villages.empty:
        return None
    versions = {name: version for name, version in data_versions(connection).items() if name in sources}
    found = find(connection, prefix, villages)
    if found is None:
        return None
    pieces = with_digests(found.pieces)
    run = NewRun(
        admin_code=county,
        comparison=compared,
        versions=versions,
        balance=asdict(found.balance),
        tolerance=asdict(tolerance),
        synthetic=_synthetic(connection, compared, prefix),
        by=by,
    )
    stored = put_run(connection, run, pieces)
    record.note_for(
        connection,
        None,
        by,
        "farmland_watched",
        "farmland_run",
        stored.run_id,
        after=asdict(stored) | {"county": county, "before": compared.before, "after": compared.after},
    )
    log.info("farmland_watched", county=county, source=str(compared.source), **asdict(stored))
    return Watched(county, found.balance, stored)


def with_digests(pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The pieces with the digest of each; a piece that patches over each other give twice is there once."""
    digests = [
        digest(before, after, shape)
        for before, after, shape in zip(
            pieces["class_before"], pieces["class_after"], pieces.geometry, strict=True
        )
    ]
    return pieces.assign(digest=pd.array(digests, dtype="str")).drop_duplicates("digest", ignore_index=True)


def _synthetic(connection: sa.Connection, compared: Comparison, prefix: str) -> bool:
    if compared.source is WatchSource.RASTER:
        kinds = (RasterKind.LAND_COVER_BEFORE, RasterKind.LAND_COVER_AFTER)
        return any(one.synthetic for one in rasters.in_use(connection) if one.kind in kinds)
    made_up = sa.text(
        "SELECT EXISTS (SELECT FROM feature.land_patches WHERE admin_code ^@ :prefix AND synthetic "
        "AND edition = ANY (:years))"
    )
    years = [int(compared.before), int(compared.after)]
    return bool(connection.scalar(made_up, {"prefix": prefix, "years": years}))


def compare_files(
    earlier: rasters.Registered,
    later: rasters.Registered,
    villages: gpd.GeoDataFrame,
    tolerance: Tolerance,
    block: int = _BLOCK,
) -> Changes | None:
    """Compare two stored land-cover rasters in some villages; None if these lie outside of the earlier one.

    Parameters
    ----------
    villages : ``admin_code`` and polygons, EPSG:4490.
    block : side of the windows that are read, cells; what is found does not depend on it.
    """
    with (
        rasterio.open(earlier.file, driver="GTiff") as first,
        rasterio.open(later.file, driver="GTiff") as second,
        # Where both lie on one lattice, the nearest cell is the cell itself.
        WarpedVRT(
            second,
            crs=first.crs,
            transform=first.transform,
            width=first.width,
            height=first.height,
            resampling=Resampling.nearest,
            src_nodata=np.nan,
            nodata=np.nan,
            dtype="float32",
        ) as fitted,
    ):
        whole = _reach(first, villages)
        if whole is None:
            return None
        lattice = Lattice(first.transform.c, first.transform.f, first.transform.a, -first.transform.e)
        blocks = _blocks(first, fitted, villages, whole, block)
        return compare_covers(blocks, lattice, tolerance, villages["admin_code"].tolist())


def _reach(raster: rasterio.DatasetReader, villages: gpd.GeoDataFrame) -> Window | None:
    """The cells of a raster that the villages' bounding box meets."""
    west, south, east, north = villages.total_bounds
    first, last = (
        (west - raster.transform.c) / raster.transform.a,
        (east - raster.transform.c) / raster.transform.a,
    )
    upper, lower = (
        (north - raster.transform.f) / raster.transform.e,
        (south - raster.transform.f) / raster.transform.e,
    )
    left, top = max(0, floor(first)), max(0, floor(upper))
    right, bottom = min(raster.width, ceil(last)), min(raster.height, ceil(lower))
    return Window(left, top, right - left, bottom - top) if left < right and top < bottom else None


def _blocks(
    first: rasterio.DatasetReader, fitted: WarpedVRT, villages: gpd.GeoDataFrame, whole: Window, side: int
) -> Iterator[Block]:
    index = villages.sindex
    shapes = villages.geometry.to_numpy()
    for row in range(int(whole.row_off), int(whole.row_off + whole.height), side):
        for column in range(int(whole.col_off), int(whole.col_off + whole.width), side):
            window = Window(
                column,
                row,
                min(side, int(whole.col_off + whole.width) - column),
                min(side, int(whole.row_off + whole.height) - row),
            )
            west = first.transform.c + column * first.transform.a
            north = first.transform.f + row * first.transform.e
            transform = Affine(first.transform.a, 0, west, 0, first.transform.e, north)
            east, south = west + window.width * transform.a, north + window.height * transform.e
            there = np.sort(index.query(shapely.box(west, south, east, north)))
            if not len(there):
                continue
            place = rasterize(
                [(shapes[one], int(one) + 1) for one in there],
                out_shape=(int(window.height), int(window.width)),
                transform=transform,
                dtype="int32",
            )
            yield Block(row, column, _cells(first, window), _cells(fitted, window), place)


def _cells(raster: "rasterio.DatasetReader | WarpedVRT", window: Window) -> np.ndarray:
    """Classes of a window's cells, 0 where nothing is known."""
    values = raster.read(1, window=window)
    return np.where(np.isfinite(values), values, 0).astype("int32")
