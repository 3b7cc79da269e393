"""Having a file read by a process of its own, with nothing but what the reading needs."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from base.journal import journal
from base.settings import CHECKOUT, Settings, settings
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.raw_table import RawTable
from pipelines.import_.reader_process import REFUSAL_FILE

log = journal("pipelines.import_")

_MOST_UNPACKED = 10
"""An archive may unpack to this many times the upload limit."""

_SKIPPED_DRIVERS = [
    "ADBC",
    "AIVector",
    "AVCBin",
    "AVCE00",
    "AmigoCloud",
    "CAD",
    "CSV",
    "CSW",
    "Carto",
    "DGN",
    "DXF",
    "EDIGEO",
    "EEDA",
    "ESRIJSON",
    "Elasticsearch",
    "FlatGeobuf",
    "GDALG",
    "GML",
    "GPSBabel",
    "GPX",
    "GTFS",
    "GeoJSONSeq",
    "GeoRSS",
    "HANA",
    "HTTP",
    "Idrisi",
    "JML",
    "JSONFG",
    "KML",
    "LIBKML",
    "LVBAG",
    "MBTiles",
    "MEM",
    "MSSQLSpatial",
    "MVT",
    "MapML",
    "MiraMonVector",
    "MongoDBv3",
    "MySQL",
    "NAS",
    "NGW",
    "OAPIF",
    "ODBC",
    "ODS",
    "OGCAPI",
    "OGR_GMT",
    "OGR_PDS",
    "OGR_VRT",
    "OSM",
    "OpenFileGDB",
    "FileGDB",
    "PCIDSK",
    "PDF",
    "PDS4",
    "PGDUMP",
    "PGeo",
    "PLSCENES",
    "PMTiles",
    "Parquet",
    "Arrow",
    "PostgreSQL",
    "S57",
    "SQLite",
    "SXF",
    "Selafin",
    "SOSI",
    "TileDB",
    "TopoJSON",
    "VDV",
    "VFK",
    "VICAR",
    "WAsP",
    "WFS",
    "XLS",
    "XLSX",
    "netCDF",
    "MapInfo File",
    "Interlis 1",
    "Interlis 2",
    "JP2ECW",
]
"""Drivers of GDAL other than ours; the reading process refuses to work if one more is there."""


def read_file(
    path: Path,
    *,
    headings: frozenset[str],
    units: frozenset[str],
    layer: str | None = None,
    encoding: str | None = None,
    chosen: Settings | None = None,
) -> RawTable:
    """Read an upload in a process of its own.

    Parameters
    ----------
    path : the upload; its suffix claims the format.
    headings, units : folded spellings that the feature type knows, for finding the heading and unit rows.
    layer, encoding : what the person stated.

    Raises
    ------
    FileRefused : too large, not what it claims to be, unsafe, unreadable, or beyond the limits.
    """
    limits = chosen or settings()
    size = path.stat().st_size
    if size > limits.upload_limit_mb * 2**20:
        raise FileRefused(Refusal.TOO_LARGE, size_mb=size // 2**20, limit_mb=limits.upload_limit_mb)
    if size == 0:
        raise FileRefused(Refusal.EMPTY_FILE)
    with tempfile.TemporaryDirectory(prefix="xiangtu-read-") as name:
        folder = Path(name)
        shutil.copyfile(path, folder / "upload")
        task = {
            "folder": str(folder),
            "file": "upload",
            "suffix": path.suffix.lower(),
            "layer": layer,
            "encoding": encoding,
            "headings": sorted(headings),
            "units": sorted(units),
            "memory_mb": limits.read_memory_mb,
            "timeout_s": limits.read_timeout_s,
            "largest_total": limits.upload_limit_mb * 2**20 * _MOST_UNPACKED,
        }
        _run(folder, task, limits)
        return RawTable.load(folder)


def _run(folder: Path, task: dict[str, object], limits: Settings) -> None:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.import_.reader_process"],
            input=json.dumps(task, ensure_ascii=False).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=_environment(folder),
            timeout=limits.read_timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FileRefused(Refusal.TIMEOUT, limit_s=limits.read_timeout_s) from error
    refusal = folder / REFUSAL_FILE
    if refusal.exists():
        told = json.loads(refusal.read_text("utf-8"))
        raise FileRefused(told["reason"], **told["values"])
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", errors="replace").strip()
        log.error("reader_died", code=done.returncode, said=said[-2000:])
        if "MemoryError" in said or "bad_alloc" in said or "Cannot allocate memory" in said:
            raise FileRefused(Refusal.MEMORY, limit_mb=limits.read_memory_mb)
        raise FileRefused(Refusal.READER_DIED, code=done.returncode)


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of ours (no database address), GDAL with three drivers and without a way out."""
    return {
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OGR_SKIP": ",".join(_SKIPPED_DRIVERS),
        "GDAL_SKIP": "all",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
        "GDAL_HTTP_PROXY": "127.0.0.1:9",
        "GDAL_HTTP_TIMEOUT": "1",
        "GDAL_DRIVER_PATH": "disable",
        "OGR_SQLITE_LOAD_EXTENSIONS": "NO",
        "OGR_GEOJSON_MAX_OBJ_SIZE": "0",
        "CPL_LOG": "/dev/null",
    }
