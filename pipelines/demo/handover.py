"""Writing files the way departments hand them over."""

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from analysis.web_map_offset import wgs84_to_gcj02
from layers import FeatureType
from pipelines.demo.geography import CRS
from pipelines.demo.wording import department_frame

ZONES = {37: "EPSG:4525", 38: "EPSG:4526"}
"""Three-degree Gauss-Krüger zones with prefix; the city straddles their border at 112.5°E."""
_ZONE_BORDER_DEG = 112.5


def zone_of(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Zone of each feature by where its middle lies."""
    return np.where(frame.geometry.representative_point().x < _ZONE_BORDER_DEG, 37, 38)


def zipped_shapefile(frame: gpd.GeoDataFrame, zone: int, path: Path) -> None:
    """A zip with .shp .shx .dbf in GBK, without .prj and .cpg, in the zone-prefixed projection."""
    folder = path.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{path.stem}.shp"
    pyogrio.write_dataframe(frame.to_crs(ZONES[zone]), made, driver="ESRI Shapefile", encoding="GBK")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.iterdir()):
            if part.suffix in {".shp", ".shx", ".dbf"}:
                # A fixed date, so that the same seed gives the same bytes.
                entry = zipfile.ZipInfo(part.name, date_time=(2025, 6, 30, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, part.read_bytes())
            part.unlink()
    folder.rmdir()


def geopackage(frame: gpd.GeoDataFrame, path: Path, layer: str) -> None:
    """A GeoPackage in EPSG:4490."""
    path.unlink(missing_ok=True)
    pyogrio.write_dataframe(frame.set_crs(CRS, allow_override=True), path, layer=layer, driver="GPKG")


def geojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    """A GeoJSON file, degrees."""
    path.write_text(frame.to_crs("EPSG:4326").to_json(drop_id=True, ensure_ascii=False), "utf-8")


def gcj02_csv(frame: gpd.GeoDataFrame, path: Path, encoding: str) -> None:
    """A CSV with points as web maps give them: longitude and latitude in GCJ-02."""
    lon, lat = wgs84_to_gcj02(frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy())
    table = pd.DataFrame(frame.drop(columns="geometry"))
    table.insert(1, "经度", np.round(lon, 6))
    table.insert(2, "纬度", np.round(lat, 6))
    table.to_csv(path, index=False, encoding=encoding)


def sheet(frame: pd.DataFrame, path: Path, title: str) -> None:
    """A workbook as offices make it: a merged title, headings, a unit row, data, a note at the bottom."""
    book = Workbook()
    page = book.active
    page.title = "Sheet1"
    page.append([title])
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(frame.columns))
    page["A1"].font = Font(bold=True, size=16)
    page["A1"].alignment = Alignment(horizontal="center")
    names, units = zip(*(_split(heading) for heading in frame.columns), strict=True)
    page.append(list(names))
    page.append(list(units))
    for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False):
        page.append(list(row))
    page.append(["注:本表为模拟数据,不代表实际情况。"])
    book.properties.created = book.properties.modified = pd.Timestamp("2025-06-30").to_pydatetime()
    book.save(path)


def _split(heading: str) -> tuple[str, str | None]:
    name, bracket, unit = heading.partition("(")
    return (name, unit.rstrip(")")) if bracket else (heading, None)


def with_names(frame: pd.DataFrame, feature: FeatureType, names: pd.DataFrame) -> pd.DataFrame:
    """Headings in words, with county, township and village names in place of the code.

    `names` has the columns 县(市、区), 乡镇, 行政村 by 12-digit code.
    """
    table = department_frame(frame, feature, short=False)
    placed = names.loc[frame["admin_code"]].reset_index(drop=True)
    table.index = placed.index
    return pd.concat([placed, table], axis=1)
