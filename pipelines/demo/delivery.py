"""A department's desk: puts a table into words, plants problems, writes the file, and keeps the manifest."""

from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from analysis.web_map_offset import wgs84_to_gcj02
from pipelines.demo.calendar import AS_OF
from pipelines.demo.file_formats import (
    ZONES,
    write_bare_shapefile,
    write_csv,
    write_geopackage,
    write_workbook,
    zone_of,
)
from pipelines.demo.manifest import DemoFile, EarlierFile, Outcome, Planted
from pipelines.demo.randomness import stream
from pipelines.demo.soiling import Soiler, excel_serial, month_in_words, month_with_point
from pipelines.demo.wording import NOTE, Spellings, headed, worded
from pipelines.land.boundary_txt import as_bytes, boundary_texts

Soiling = Callable[[Soiler], None]
Rows = NDArray[np.int64]
"""Positions of rows of a frame."""
CODE = "区划代码"
LONGITUDE, LATITUDE = "经度", "纬度"
GEOMETRY = "geometry"
COUNTY, TOWNSHIP, VILLAGE = "县(市、区)", "乡镇(街道)", "行政村(社区)"
NAMES = {"county": COUNTY, "township": TOWNSHIP, "village": VILLAGE}
_FAR_AWAY_DEG = (2.6, -1.9)


class Desk:
    """Collects the files of one demo city.

    Parameters
    ----------
    folder : where files are written; made if it is not there.

    Attributes
    ----------
    files, earlier : what has been written.
    """

    def __init__(self, folder: Path, seed: int, spellings: Spellings) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._seed = seed
        self._spellings = spellings
        self.files: list[DemoFile] = []
        self.earlier: list[EarlierFile] = []

    def rng(self, purpose: str) -> np.random.Generator:
        """Random stream of a file."""
        return stream(self._seed, "delivery", purpose)

    def named(self, frame: pd.DataFrame, purpose: str) -> pd.DataFrame:
        """Names in the departments' spellings, without codes."""
        return self._spellings.applied(frame, self.rng(f"{purpose} names"))

    def geopackage(
        self,
        name: str,
        feature: str,
        handed_by: str,
        frame: gpd.GeoDataFrame,
        headings: Mapping[str, str],
        soil: Soiling,
    ) -> None:
        """A GeoPackage in EPSG:4490."""
        soiler = self._soiled(name, feature, frame, headings, soil)
        shapes = soiler.table.pop(GEOMETRY).to_numpy()
        kind = "Point" if shapely.get_type_id(shapes[0]) == 0 else "MultiPolygon"
        if kind == "MultiPolygon":
            shapes = np.array([_multi(s) for s in shapes])
        path = f"{self._number():02d}_{name}.gpkg"
        write_geopackage(self.folder / path, name, soiler.table, shapes, kind)
        self._register(path, feature, handed_by, soiler, layer=name)

    def shapefiles(
        self,
        name: str,
        feature: str,
        handed_by: str,
        frame: gpd.GeoDataFrame,
        headings: Mapping[str, str],
        soil: Soiling,
    ) -> Rows:
        """Zipped GBK shapefiles without .prj, one for each zone that the features lie in; rows as `workbook`."""
        zones = zone_of(frame.geometry.to_numpy())
        untouched = [np.empty(0, dtype=np.int64)]
        for zone in ZONES:
            part = frame[zones == zone].reset_index(drop=True)
            if part.empty:
                continue
            title = f"{name}_{zone}带"
            soiler = self._soiled(title, feature, part, headings, soil)
            shapes = soiler.table.pop(GEOMETRY).to_numpy()
            path = f"{self._number():02d}_{title}.zip"
            write_bare_shapefile(self.folder / path, title, soiler.table, shapes, zone)
            self._register(path, feature, handed_by, soiler)
            untouched.append(np.flatnonzero(zones == zone)[soiler.untouched])
        return np.sort(np.concatenate(untouched))

    def points_csv(
        self,
        name: str,
        feature: str,
        handed_by: str,
        frame: gpd.GeoDataFrame,
        headings: Mapping[str, str],
        soil: Soiling,
        *,
        encoding: str,
        unreported: tuple[str, ...] = (),
    ) -> Rows:
        """A CSV with GCJ-02 longitudes and latitudes, as taken from a web map; rows as `workbook`."""
        lon, lat = wgs84_to_gcj02(frame.geometry.x, frame.geometry.y)
        placed = frame.drop(columns=GEOMETRY).assign(lon=_degrees(lon), lat=_degrees(lat))
        columns = {**headings, "lon": LONGITUDE, "lat": LATITUDE}
        soiler = self._soiled(name, feature, placed, columns, soil)
        path = f"{self._number():02d}_{name}.csv"
        write_csv(self.folder / path, soiler.table, encoding)
        self._register(path, feature, handed_by, soiler, crs="GCJ02", unreported=unreported)
        return soiler.untouched

    def workbook(
        self,
        name: str,
        feature: str,
        handed_by: str,
        frame: pd.DataFrame,
        headings: Mapping[str, str],
        soil: Soiling,
        *,
        units: Mapping[str, str],
        unreported: tuple[str, ...] = (),
    ) -> Rows:
        """A workbook with a merged title and a row of units; points in CGCS2000 degrees.

        Returns
        -------
        Positions of the rows of `frame` in which no problem was planted.
        """
        frame, columns = in_columns(frame, headings)
        soiler = self._soiled(name, feature, frame, columns, soil)
        path = f"{self._number():02d}_{name}.xlsx"
        note = f"填报单位:{handed_by}    本表为模拟数据,仅供演示"
        row_of_units = [units.get(heading, "") for heading in soiler.table.columns]
        write_workbook(self.folder / path, f"{name}(模拟数据)", note, soiler.table, row_of_units)
        self._register(path, feature, handed_by, soiler, unreported=unreported)
        return soiler.untouched

    def boundary_texts(
        self,
        name: str,
        feature: str,
        handed_by: str,
        frame: gpd.GeoDataFrame,
        planted: Mapping[int, tuple[Planted, ...]],
    ) -> None:
        """The bureau's texts of boundary points, GB18030, one for each zone; fields as `boundary_texts` takes them."""
        producer = f"{handed_by}({NOTE})"
        for zone, text in boundary_texts(frame, producer=producer, made_on=AS_OF).items():
            path = f"{self._number():02d}_{name}_{zone}带.txt"
            (self.folder / path).write_bytes(as_bytes(text))
            rows = text.count("@\n")
            self.files.append(
                DemoFile(
                    path, feature, self._number(), handed_by, None, None, None, rows, planted.get(zone, ())
                )
            )

    def _soiled(
        self, name: str, feature: str, frame: pd.DataFrame, headings: Mapping[str, str], soil: Soiling
    ) -> Soiler:
        table = headed(worded(frame, feature, self.rng(f"{name} words")), headings)
        if isinstance(frame, gpd.GeoDataFrame):
            table[GEOMETRY] = frame.geometry.to_numpy()
        soiler = Soiler(table, self.rng(f"{name} problems"))
        soil(soiler)
        return soiler

    def _number(self) -> int:
        return len(self.files) + 1

    def _register(
        self,
        path: str,
        feature: str,
        handed_by: str,
        soiler: Soiler,
        crs: str | None = None,
        layer: str | None = None,
        unreported: tuple[str, ...] = (),
    ) -> None:
        self.files.append(
            DemoFile(
                path,
                feature,
                self._number(),
                handed_by,
                crs,
                None,
                layer,
                len(soiler.table),
                soiler.planted,
                unreported,
            )
        )


def far_away_points(soiler: Soiler, count: int, *, copied: str | None = None) -> None:
    """Points outside the city; `copied` as for `Soiler.cells`."""
    soiler.cells(
        "outside_city",
        Outcome.REJECTED,
        "outside_city",
        count,
        {
            LONGITUDE: lambda old: f"{float(str(old)) + 3.1:.6f}",
            LATITUDE: lambda old: f"{float(str(old)) - 1.7:.6f}",
        },
        copied=copied,
    )


def far_away_shapes(soiler: Soiler, count: int, *, copied: str | None = None) -> None:
    """Lines or areas outside the city; `copied` as for `Soiler.cells`."""
    soiler.cells(
        "outside_city",
        Outcome.REJECTED,
        "outside_city",
        count,
        {GEOMETRY: lambda shape: shapely.transform(shape, lambda xy: xy + np.array(_FAR_AWAY_DEG))},
        copied=copied,
    )


def unknown_villages(soiler: Soiler, count: int) -> None:
    """Villages that the township does not have."""
    soiler.cells("unknown_village", Outcome.REJECTED, "name_unknown", count, {VILLAGE: lambda _: "不存在村"})


def odd_dates(soiler: Soiler, heading: str, count: int) -> None:
    """Dates written 2023.6, 2023年6月 and as Excel's day numbers; the months that Excel garbles are left out."""
    for kind, rule, change in (
        ("month_with_point", "date_month", month_with_point),
        ("month_in_words", "date_month", month_in_words),
        ("excel_serial", "date_serial", excel_serial),
    ):
        soiler.cells(
            kind, Outcome.REPAIRED, rule, count, {heading: change}, lambda old: "02" <= str(old)[5:7] <= "09"
        )


def clean(soiler: Soiler) -> None:
    """Plant nothing."""


def with_blanks(frame: pd.DataFrame, shares: Mapping[str, float], rng: np.random.Generator) -> pd.DataFrame:
    """Empty a share of each column, where nobody has filled it in."""
    emptied = frame.copy()
    for column, share in shares.items():
        kept = rng.random(len(frame)) >= share
        emptied[column] = emptied[column].astype(object).where(kept, None)
    return emptied


def _degrees(values: object) -> list[str]:
    return [f"{v:.7f}" for v in np.asarray(values, dtype=float)]


def in_columns(frame: pd.DataFrame, headings: Mapping[str, str]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Points as two columns of CGCS2000 degrees, with the headings of all columns; a frame without points as it is."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame, dict(headings)
    places = {"lon": _degrees(frame.geometry.x), "lat": _degrees(frame.geometry.y)}
    plain = pd.DataFrame(frame.drop(columns=GEOMETRY)).assign(**places)
    return plain, {**headings, "lon": LONGITUDE, "lat": LATITUDE}


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shape if isinstance(shape, shapely.MultiPolygon) else shapely.MultiPolygon([shape])
