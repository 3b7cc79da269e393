"""Vector files by GDAL: zipped shapefiles, GeoPackages, GeoJSON.

Shapefile text is read as Latin-1, which keeps every byte, and decoded here: a character cut at the end of a
field must not cost the whole value.
"""

import json
import re
import sqlite3
import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from i18n import Text
from pipelines.import_ import archives, encoding
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.raw_table import GEOMETRY, ROW, RawTable, Remark
from pipelines.import_.readers import ReadRequest, dbase, detail

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_GDAL_ERRORS = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError)
_SHAPE_HEADER = 100
_FORMATS = {".shp": "Shapefile", ".gpkg": "GeoPackage", ".geojson": "GeoJSON"}
_OUR_FILE = re.compile(r"[^\s'\"()]*source\.(?:shp|shx|dbf|gpkg|geojson)\b[^\s'\"(),.:]*", re.IGNORECASE)
ALLOWED_DRIVERS = {"ESRI Shapefile", "GPKG", "GeoJSON"}


def read_zipped_shapefile(request: ReadRequest) -> RawTable:
    """Read the one shapefile (or the stated one) of a zip.

    Raises
    ------
    FileRefused : the zip is not safe, holds none or several shapefiles, or its parts disagree.
    """
    parts = _choose(archives.members(request.path, request.largest_total), request.layer)
    folder = request.path.parent
    files = {suffix: folder / f"source{suffix}" for suffix in parts}
    archives.extract(request.path, {parts[s].info.filename: files[s] for s in parts})
    remarks: list[Remark] = []
    header = dbase.read_header(files[".dbf"])
    _check_counts(files, header)
    if ".shx" not in files:
        remarks.append(Remark("shx_rebuilt"))
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
    stated = request.encoding or (files[".cpg"].read_text("latin-1").strip() if ".cpg" in files else None)
    name, believed = dbase.detect_encoding(files[".dbf"], header, stated)
    if ".cpg" in files:
        # GDAL would apply it before we see the bytes.
        files[".cpg"].unlink()
    if not believed:
        remarks.append(Remark("cpg_ignored", values={"stated": str(stated)[:40], "used": name}))
    meta, table = _read(files[".shp"], None, encoding="ISO-8859-1")
    headings = tuple(encoding.decode_field(n, name)[0] for n in header.names)
    table, damaged = _decoded(table, headings, name)
    remarks += [Remark("text_damaged", column=column, values={"count": n}) for column, n in damaged]
    crs = files[".prj"].read_text("latin-1", errors="replace").strip() or None if ".prj" in files else None
    return _raw(table, headings, meta, name, crs, ".prj" if crs else None, remarks, cut_headings=True)


def read_geopackage(request: ReadRequest) -> RawTable:
    """Read one layer of a GeoPackage.

    Raises
    ------
    FileRefused : damaged, no such layer, or several layers and none stated.
    """
    path = request.path.with_name("source.gpkg")
    request.path.rename(path)
    _check_database(path)
    _only_allowed_drivers()
    layers = [str(row[0]) for row in _gdal(pyogrio.list_layers, path)]
    layer = _one_of(layers, request.layer)
    meta, table = _read(path, layer)
    headings = tuple(str(name) for name in meta["fields"])
    crs = str(meta["crs"]) if meta["crs"] else None
    return _raw(table, headings, meta, "utf-8", crs, "GeoPackage" if crs else None, [])


def read_geojson(request: ReadRequest) -> RawTable:
    """Read GeoJSON; text in GBK is turned into UTF-8 first, as the format demands.

    Raises
    ------
    FileRefused : not GeoJSON, or text of an unknown encoding.
    """
    data = request.path.read_bytes()
    name = encoding.of_text(data, request.encoding)
    path = request.path.with_name("source.geojson")
    path.write_bytes(data.decode(name).encode("utf-8"))
    foreign = b'"crs"' in data[:10_000]
    del data
    meta, table = _read(path, None)
    headings = tuple(str(field) for field in meta["fields"])
    crs = str(meta["crs"]) if meta["crs"] else None
    origin = "GeoJSON crs" if foreign else "GeoJSON (RFC 7946)"
    return _raw(table, headings, meta, name.removesuffix("-sig"), crs, origin if crs else None, [])


def _choose(found: list[archives.Member], wanted: str | None) -> dict[str, archives.Member]:
    """Parts of the wanted shapefile by suffix."""
    stems = [m.name[: -len(m.suffix)] for m in found if m.suffix == ".shp"]
    if not stems:
        raise FileRefused(Refusal.NO_SHAPEFILE, found="、".join(m.name for m in found[:10]) or "-")
    names = [stem.rsplit("/", 1)[-1] for stem in stems]
    stem = stems[names.index(_one_of(names, wanted))]
    same = {m.suffix: m for m in found if m.name[: -len(m.suffix) or None].casefold() == stem.casefold()}
    parts = {suffix: same[suffix] for suffix in _PARTS if suffix in same}
    if ".dbf" not in parts:
        raise FileRefused(Refusal.PART_MISSING, part=".dbf")
    return parts


def _one_of(known: list[str], wanted: str | None) -> str:
    if wanted is not None:
        if wanted not in known:
            raise FileRefused(Refusal.LAYER_UNKNOWN, layer=wanted, known="、".join(known))
        return wanted
    if not known:
        raise FileRefused(Refusal.NO_ROWS)
    if len(known) > 1:
        raise FileRefused(Refusal.LAYER_CHOICE, known="、".join(known))
    return known[0]


def _check_counts(files: dict[str, Path], header: dbase.DbaseHeader) -> None:
    """Shapes and records must be equally many, and the records must be there."""
    with files[".shp"].open("rb") as source:
        head = source.read(_SHAPE_HEADER)
    if len(head) < _SHAPE_HEADER or struct.unpack(">i", head[:4])[0] != 9994:
        raise FileRefused(Refusal.UNREADABLE, detail=".shp")
    present = dbase.records_present(files[".dbf"], header)
    shapes = (files[".shx"].stat().st_size - _SHAPE_HEADER) // 8 if ".shx" in files else header.records
    if present < header.records or shapes != header.records:
        raise FileRefused(Refusal.PARTS_DISAGREE, shapes=shapes, records=min(present, header.records))


def _check_database(path: Path) -> None:
    """A GeoPackage cut short opens all the same; SQLite finds it out."""
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        try:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise FileRefused(Refusal.UNREADABLE, detail=str(error)) from error
    if verdict != "ok":
        raise FileRefused(Refusal.UNREADABLE, detail=verdict)


def _gdal(function, path: Path, **options):
    """Call pyogrio and turn what GDAL says into a refusal."""
    try:
        return function(path, **options)
    except (*_GDAL_ERRORS, pa.ArrowException, ValueError, UnicodeDecodeError, RuntimeError) as error:
        raise FileRefused(Refusal.UNREADABLE, detail=_cause(str(error), _FORMATS[path.suffix])) from error


def _cause(said: str, claimed: str) -> Text:
    """What GDAL said in our words: the format in which the file was read, not the names that we gave it."""
    if "not recognized" in said:
        return detail("not_recognised", format=claimed)
    first = next(iter(said.splitlines()), "")
    return detail("gdal", format=claimed, said=_OUR_FILE.sub("…", first)[:300])


def _only_allowed_drivers() -> None:
    """GDAL goes by content, not by name: a driver that is not there cannot be talked into reading a file."""
    extra = set(pyogrio.list_drivers()) - ALLOWED_DRIVERS
    if extra:
        raise RuntimeError(f"GDAL drivers beyond the allow-list: {sorted(extra)}")


def _read(path: Path, layer: str | None, **options) -> tuple[dict, pa.Table]:
    _only_allowed_drivers()
    meta, table = _gdal(pyogrio.read_arrow, path, layer=layer, **options)
    if table.num_rows == 0:
        raise FileRefused(Refusal.NO_ROWS)
    return meta, table


def _decoded(table: pa.Table, headings: tuple[str, ...], name: str) -> tuple[pa.Table, list[tuple[str, int]]]:
    """Decode text columns that hold Latin-1; tells columns with bytes that are no text."""
    damaged = []
    for i, heading in enumerate(headings):
        column = table.column(i)
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            continue
        distinct = column.combine_chunks().dictionary_encode()
        texts, bad = [], np.zeros(len(distinct.dictionary), dtype=bool)
        for k, value in enumerate(distinct.dictionary.to_pylist()):
            text, bad[k] = encoding.decode_field(value.encode("latin-1", errors="replace"), name)
            texts.append(text)
        if bad.any():
            places = distinct.indices.drop_null().to_numpy()
            damaged.append((heading, int(bad[places].sum())))
        decoded = pc.take(pa.array(texts, pa.large_string()), distinct.indices)
        table = table.set_column(i, table.field(i).name, decoded)
    return table, damaged


def _raw(
    table: pa.Table,
    headings: tuple[str, ...],
    meta: dict,
    text_encoding: str,
    crs: str | None,
    origin: str | None,
    remarks: list[Remark],
    *,
    cut_headings: bool = False,
) -> RawTable:
    """Give the columns neutral names and plain types, and count the rows from 1."""
    columns = {f"c{i}": _plain(table.column(i)) for i in range(len(headings))}
    columns[ROW] = pa.array(np.arange(1, table.num_rows + 1), pa.int64())
    name = meta.get("geometry_name") or "wkb_geometry"
    if name in table.column_names[len(headings) :]:
        columns[GEOMETRY] = table.column(name).cast(pa.large_binary())
    return RawTable(
        columns=pa.table(columns),
        headings=headings,
        units=(None,) * len(headings),
        encoding=text_encoding,
        crs=crs,
        crs_origin=origin,
        cut_headings=cut_headings,
        remarks=tuple(remarks),
    )


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers and booleans as they are; days and everything else as text."""
    if isinstance(column.type, pa.BaseExtensionType):
        column = column.cast(column.type.storage_type)
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return column
    if pa.types.is_date(kind):
        return column.cast(pa.large_string())
    if pa.types.is_timestamp(kind):
        return pc.strftime(column, "%Y-%m-%d").cast(pa.large_string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column.cast(pa.large_string())
    told = [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist()]
    return pa.chunked_array([pa.array(told, pa.large_string())])
