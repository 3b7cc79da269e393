"""Having a file read by a process of its own, with nothing but what the reading needs."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from base.errors import XiangtuError
from base.journal import journal
from base.settings import CHECKOUT, Settings, settings
from i18n import Text
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.raw_table import RawTable
from pipelines.import_.reader_process import CONFINEMENT_FILE, REFUSAL_FILE

log = journal("pipelines.import_")

READER = "pipelines.import_.reader_process"
"""The module that reads tables."""

_MOST_UNPACKED = 10
"""An archive may unpack to this many times the upload limit."""

_OUT_OF_MEMORY = ("MemoryError", "bad_alloc", "Cannot allocate memory", "memory allocation of")
"""What Python, C++, the system and Rust say before they die of it."""

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
VECTOR_ONLY = {"OGR_SKIP": ",".join(_SKIPPED_DRIVERS), "GDAL_SKIP": "all"}
"""GDAL with three drivers."""


def check_size(path: Path, limits: Settings) -> None:
    """Refuse an upload that is empty, or larger than an installation takes.

    Raises
    ------
    FileRefused : it is.
    """
    size = path.stat().st_size
    if size > limits.upload_limit_mb * 2**20:
        raise FileRefused(Refusal.TOO_LARGE, size_mb=size // 2**20, limit_mb=limits.upload_limit_mb)
    if size == 0:
        raise FileRefused(Refusal.EMPTY_FILE)


def read_file(
    path: Path,
    *,
    headings: frozenset[str],
    units: frozenset[str],
    needed: Iterable[frozenset[str]] = (),
    layer: str | None = None,
    encoding: str | None = None,
    chosen: Settings | None = None,
) -> RawTable:
    """Read an upload in a process of its own.

    Parameters
    ----------
    path : the upload; its suffix claims the format.
    headings, units : folded spellings that the feature type knows, for finding the heading and unit rows.
    needed : for each field that the file must have, its folded headings; for finding the sheet of data.
    layer, encoding : what the person stated.

    Raises
    ------
    FileRefused : too large, not what it claims to be, unsafe, unreadable, or beyond the limits.
    """
    limits = chosen or settings()
    check_size(path, limits)
    with tempfile.TemporaryDirectory(prefix="xiangtu-read-") as name:
        folder = Path(name)
        shutil.copyfile(path, folder / "upload")
        task = {
            "file": "upload",
            "suffix": path.suffix.lower(),
            "layer": layer,
            "encoding": encoding,
            "headings": sorted(headings),
            "units": sorted(units),
            "needed": [sorted(spellings) for spellings in needed],
            "memory_mb": limits.read_memory_mb,
            "timeout_s": limits.read_timeout_s,
            "largest_total": limits.upload_limit_mb * 2**20 * _MOST_UNPACKED,
        }
        run_confined(READER, folder, task, limits, VECTOR_ONLY)
        return RawTable.load(folder)


def run_confined(
    module: str,
    folder: Path,
    task: dict[str, object],
    limits: Settings,
    environment: Mapping[str, str],
    error: Callable[..., XiangtuError] = FileRefused,
) -> None:
    """Run a module as a process of its own that reads what is in a folder and leaves its result there.

    Parameters
    ----------
    module : it confines itself by the functions of `pipelines.import_.reader_process`.
    task : plain values, told on standard input; ``run_as`` is added.
    environment : variables besides those that every such process has.
    error : makes the error from the reason and the values that the process left, if it refused the file.

    Raises
    ------
    FileRefused : it ran out of memory or time, or died.
    XiangtuError : what `error` makes.
    """
    task = task | {"run_as": _hand_over(folder)}
    try:
        done = subprocess.run(  # noqa: S603 - a module of ours
            [sys.executable, "-m", module],
            input=json.dumps(task, ensure_ascii=False).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**_environment(folder), **environment},
            timeout=limits.read_timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise FileRefused(Refusal.TIMEOUT, limit_s=limits.read_timeout_s) from late
    confined = folder / CONFINEMENT_FILE
    if confined.exists() and not json.loads(confined.read_text("utf-8"))["isolated"]:
        log.warning("reader_has_network")
    refusal = folder / REFUSAL_FILE
    if refusal.exists():
        told = json.loads(refusal.read_text("utf-8"))
        raise error(told["reason"], **{name: _heard(v) for name, v in told["values"].items()})
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", errors="replace").strip()
        log.error("reader_died", code=done.returncode, said=said[-2000:])
        if any(sign in said for sign in _OUT_OF_MEMORY):
            raise FileRefused(Refusal.MEMORY, limit_mb=limits.read_memory_mb)
        raise FileRefused(Refusal.READER_DIED, code=done.returncode)


def _heard(value: object) -> object:
    """A value of a refusal; what has words in both languages is a `Text` again."""
    return Text(**value) if isinstance(value, dict) and value.keys() == {"zh", "en"} else value


def _hand_over(folder: Path) -> tuple[int, int] | None:
    """Give the folder to the user that the reading process is to become; None when we are not root ourselves.

    Where that user could not come to the libraries or the folder, or we may not give files away, the reader
    stays root and the journal tells it.
    """
    if os.geteuid() != 0:
        return None
    for needed in (Path(sysconfig.get_path("purelib")).resolve(), CHECKOUT, folder.resolve().parent):
        if not all(place.stat().st_mode & 0o001 for place in (needed, *needed.parents)):
            log.warning("reader_keeps_root", unreachable=str(needed))
            return None
    try:
        nobody = pwd.getpwnam("nobody")
        for path in (folder, *folder.iterdir()):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    except (KeyError, OSError) as error:
        log.warning("reader_keeps_root", reason=str(error))
        return None
    return nobody.pw_uid, nobody.pw_gid


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of ours (no database address), GDAL without a way out."""
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
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
        "GDAL_HTTP_PROXY": "127.0.0.1:9",
        "GDAL_HTTP_TIMEOUT": "1",
        "GDAL_DRIVER_PATH": "disable",
        "OGR_GEOJSON_MAX_OBJ_SIZE": "0",
        "CPL_LOG": "/dev/null",
    }
