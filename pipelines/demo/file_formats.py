"""Writing files as departments hand them over, byte for byte the same for the same content."""

import csv
import re
import tempfile
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import shapely
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from pyproj import Transformer

from pipelines.demo.calendar import AS_OF

_STAMP = (AS_OF.year, AS_OF.month, AS_OF.day, 9, 0, 0)
_ISO_STAMP = f"{AS_OF.isoformat()}T09:00:00"
ZONES = {37: "EPSG:4525", 38: "EPSG:4526"}
"""Zone-prefixed 3-degree Gauss-Kruger zones of CGCS2000 that the city lies in; they meet at 112.5°E."""


def write_geopackage(
    path: Path, layer: str, table: pd.DataFrame, shapes: np.ndarray, geometry_type: str
) -> None:
    """Write a GeoPackage in EPSG:4490."""
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4490")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{_ISO_STAMP}.000Z"})
    try:
        pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG", geometry_type=geometry_type)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def zone_of(shapes: np.ndarray) -> np.ndarray:
    """3-degree zone of each shape by the middle of its bounds."""
    bounds = shapely.bounds(shapes)
    return np.where((bounds[:, 0] + bounds[:, 2]) / 2 < 112.5, 37, 38)


def write_bare_shapefile(path: Path, name: str, table: pd.DataFrame, shapes: np.ndarray, zone: int) -> None:
    """Write a zip with a GBK shapefile in a zone-prefixed Gauss-Kruger system, without .prj and .cpg.

    Raises
    ------
    ValueError : a heading is longer than the ten bytes that dBase allows.
    """
    long = [h for h in table.columns if len(h.encode("gbk")) > 10]
    if long:
        raise ValueError(f"headings too long for dBase: {long}")
    projected = _projected(shapes, ZONES[zone])
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"{name}.shp"
        with warnings.catch_warnings():
            # a missing .prj is what we want here
            warnings.filterwarnings("ignore", message="'crs' was not provided")
            pyogrio.write_dataframe(
                gpd.GeoDataFrame(table, geometry=projected),
                target,
                driver="ESRI Shapefile",
                encoding="GBK",
                layer_options={"DBF_DATE_LAST_UPDATE": AS_OF.isoformat(), "RESIZE": "YES"},
            )
        parts = [target.with_suffix(suffix) for suffix in (".shp", ".shx", ".dbf")]
        _pack(path, {part.name: part.read_bytes() for part in parts})


def write_csv(path: Path, table: pd.DataFrame, encoding: str) -> None:
    """Write a CSV with Windows line ends, as Excel saves it (``gbk`` or ``utf-8-sig``)."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        writer.writerows(table.astype(object).where(table.notna(), "").itertuples(index=False, name=None))


def write_workbook(path: Path, title: str, note: str, table: pd.DataFrame, units: Sequence[str]) -> None:
    """Write a workbook as offices lay them out: merged title, a line of remarks, headings, a row of units."""
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("Sheet1")
    width = len(table.columns)
    sheet.merged_cells.add(f"A1:{openpyxl.utils.get_column_letter(width)}1")
    heading = WriteOnlyCell(sheet, title)
    heading.font, heading.alignment = Font(bold=True, size=16), Alignment(horizontal="center")
    sheet.append([heading])
    sheet.append([note])
    sheet.append(list(table.columns))
    sheet.append(list(units))
    for row in table.itertuples(index=False, name=None):
        sheet.append(row)
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.xlsx"
        workbook.save(raw)
        with zipfile.ZipFile(raw) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    # openpyxl writes the time of saving, which would make two runs differ
    core = parts["docProps/core.xml"].decode("utf-8")
    parts["docProps/core.xml"] = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", _ISO_STAMP, core).encode("utf-8")
    _pack(path, parts)


def _projected(shapes: np.ndarray, crs: str) -> np.ndarray:
    transformer = Transformer.from_crs("EPSG:4490", crs, always_xy=True)
    return shapely.transform(shapes, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))


def _pack(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
