"""Loading a raster: checked and converted in a process of its own, put in its place, registered."""

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pyproj import CRS
from pyproj.exceptions import CRSError

from access import Person
from base.journal import journal
from base.settings import settings
from i18n import Lang, tr
from layers import RasterKind
from pipelines.import_.crs import old_datum
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.sandbox import run_confined
from pipelines.rasters.errors import RasterRefusal, RasterRefused
from pipelines.rasters.reader_process import CONVERTED_FILE, FACTS_FILE
from store import rasters, record
from store.frames import Extent

log = journal("pipelines.rasters")

UNITS = {
    RasterKind.ELEVATION: "m",
    RasterKind.POPULATION: "persons",
    RasterKind.LAND_COVER_BEFORE: "GB/T 21010",
    RasterKind.LAND_COVER_AFTER: "GB/T 21010",
}
SUFFIXES = (".tif", ".tiff")
_AROUND_M = 20_000.0
"""How far beyond the city a raster is kept: farther than any measure reaches."""
_PART = ".part-"


@dataclass(frozen=True)
class RasterOptions:
    """Statements about a raster; None means "as the file says".

    Attributes
    ----------
    crs : ``EPSG:4526``, WKT, …
    nodata : value of cells without data.
    as_of : the day that it describes.
    handed_by : who delivers it.
    synthetic : it is made up (demo city).
    by : the person who loads it, None for the command line.
    """

    crs: str | None = None
    nodata: float | None = None
    as_of: dt.date | None = None
    handed_by: str | None = None
    synthetic: bool = False
    by: Person | None = None


@dataclass(frozen=True)
class Loaded:
    """What was loaded; `old_datum` names a system whose shift to CGCS2000 is uncertain by metres."""

    id: int
    version: int
    raster: rasters.NewRaster
    old_datum: str | None

    def sentences(self, lang: Lang) -> list[str]:
        """What was loaded, in words."""
        raster = self.raster
        said = tr(
            "rasters.loaded",
            lang,
            kind=raster.kind.text.get(lang),
            width=raster.width,
            height=raster.height,
            lowest=f"{raster.lowest:g}",
            highest=f"{raster.highest:g}",
        )
        warned = [tr("rasters.old_datum", lang, datum=self.old_datum)] if self.old_datum else []
        return [said, *warned]


def load_raster(
    engine: sa.Engine, path: Path, kind: RasterKind, options: RasterOptions | None = None
) -> Loaded:
    """Check a GeoTIFF, bring it to EPSG:4490, store the part around the city and put it in use.

    Elevation is interpolated (bilinear); people are shared out among the cells, so that their total
    stays; classes of land are those of the nearest cell.

    Raises
    ------
    FileRefused : empty, too large, or beyond the limits of the reading process; or there are no administrative units.
    RasterRefused : not a raster that can be taken.
    NotAllowed : the person may not load rasters.
    """
    options = options or RasterOptions()
    city = _city(engine, options)
    _require_file(path)
    with tempfile.TemporaryDirectory(prefix="xiangtu-raster-") as name:
        work = Path(name)
        facts = _converted(work, path, kind, city, options)
        datum = _old_datum(facts.pop("wkt"))
        stored = _stored(work / CONVERTED_FILE, kind)
    new = rasters.NewRaster(
        kind=kind,
        file_name=path.name,
        file_sha256=_sha256(path),
        path=stored.name,
        unit=UNITS[kind],
        handed_by=options.handed_by,
        account_id=options.by.account_id if options.by else None,
        as_of=options.as_of,
        synthetic=options.synthetic,
        **facts,
    )
    with engine.begin() as connection:
        raster_id, version = rasters.register(connection, new)
        record.note_for(
            connection,
            new.account_id,
            options.by.name if options.by else options.handed_by or tr("import.by_command", "zh"),
            "imported",
            kind.source_id,
            raster_id,
            after={
                "file": new.file_name,
                "sha256": new.file_sha256,
                "width": new.width,
                "height": new.height,
            },
        )
    _take_away_old(engine, kind)
    log.info("raster_loaded", kind=str(kind), id=raster_id, width=new.width, height=new.height, crs=new.crs)
    return Loaded(raster_id, version, new, datum)


def _city(engine: sa.Engine, options: RasterOptions) -> rasters.Bounds:
    with engine.connect() as connection:
        if options.by is not None:
            rasters.require_permission(connection)
        bounds = rasters.covered(connection)
    if bounds is None:
        raise FileRefused(Refusal.NO_ADMIN_UNITS)
    return bounds


def _require_file(path: Path) -> None:
    size, limit_mb = path.stat().st_size, settings().upload_limit_mb
    if path.suffix.lower() not in SUFFIXES:
        raise RasterRefused(RasterRefusal.NOT_TIFF, suffix=path.suffix or "-", known=" ".join(SUFFIXES))
    if size == 0:
        raise FileRefused(Refusal.EMPTY_FILE)
    if size > limit_mb * 2**20:
        raise FileRefused(Refusal.TOO_LARGE, size_mb=size // 2**20, limit_mb=limit_mb)


def _converted(
    work: Path, path: Path, kind: RasterKind, city: rasters.Bounds, options: RasterOptions
) -> dict[str, Any]:
    limits = settings()
    wide = Extent(*city).widened(_AROUND_M)
    shutil.copyfile(path, work / "upload")
    task: dict[str, object] = {
        "kind": str(kind),
        "city": city,
        "around": (wide.west, wide.south, wide.east, wide.north),
        "crs": options.crs,
        "nodata": options.nodata,
        "memory_mb": limits.read_memory_mb,
        "timeout_s": limits.read_timeout_s,
    }
    run_confined("pipelines.rasters.reader_process", work, task, limits, {}, RasterRefused)
    facts: dict[str, Any] = json.loads((work / FACTS_FILE).read_text("utf-8"))
    return facts


def _stored(converted: Path, kind: RasterKind) -> Path:
    """The file in the folder of rasters, under a name made of what is in it; there whole or not at all.

    If it cannot be registered afterwards it stays for the next attempt, which finds it.
    """
    folder = rasters.folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{kind}-{_sha256(converted)[:24]}.tif"
    if target.exists():
        return target
    handle, part = tempfile.mkstemp(prefix=_PART, dir=folder)
    try:
        with os.fdopen(handle, "wb") as written, converted.open("rb") as read:
            shutil.copyfileobj(read, written, 2**20)
            written.flush()
            os.fsync(written.fileno())
        Path(part).replace(target)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return target


def _old_datum(wkt: str) -> str | None:
    try:
        return old_datum(CRS.from_wkt(wkt))
    except CRSError:
        return None  # GDAL understood what pyproj does not


def _take_away_old(engine: sa.Engine, kind: RasterKind) -> None:
    with engine.connect() as connection:
        paths = rasters.outdated(connection, kind)
    for path in paths:
        (rasters.folder() / path).unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()
