"""The demo city's files, from the same seed always the same."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers import AdminKind, AdminLevel, FeatureType, feature_type
from pipelines.demo import broadband, handover, housing, land, services, water
from pipelines.demo.geography import CRS, Geography, make_geography
from pipelines.demo.manifest import HandedFile, Manifest
from pipelines.demo.road_map import make_all_roads
from pipelines.demo.wording import department_frame, short_heading

CITY_CODE, CITY_NAME = "441800000000", "清远市"
_DROPPED_ENDINGS = ("社区居委会", "社区居民委员会", "村民委员会", "居民委员会", "居委会", "村委会")
Progress = Callable[[str], object]


def generate(
    out_dir: Path,
    *,
    seed: int = 441800,
    counties: Sequence[str] | None = None,
    villages: int | None = None,
    progress: Progress = lambda _: None,
) -> Manifest:
    """Write the files that the departments of the demo city hand over.

    Parameters
    ----------
    out_dir : folder, made if missing.
    counties : codes of some counties; None for all eight.
    villages : number of villages of the whole city; None for the real 1,235.
    progress : told what is being made.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    geography = make_geography(seed, counties, villages, progress)
    files: list[HandedFile] = []
    for made in _departments(geography, seed, out_dir):
        files.append(made)
        progress(made.path.name)
    geography.terrain.write(out_dir / "高程模型.tif")
    manifest = Manifest(seed, tuple(files))
    manifest.write(out_dir)
    return manifest


def _departments(geography: Geography, seed: int, folder: Path) -> Iterator[HandedFile]:
    names = _names(geography)
    yield _boundaries(geography, folder)
    yield from _shapefiles(geography.settlements, "settlements", "自然村", "市民政局", folder, code="QHDM")
    yield from _shapefiles(make_all_roads(geography, seed), "roads", "农村公路", "市交通运输局", folder)
    yield from _water(geography, seed, folder, names)
    yield from _broadband(geography, seed, folder, names)
    yield from _houses(geography, seed, folder, names)
    yield from _land(geography, seed, folder, names)
    yield from _services(geography, seed, folder)


def _boundaries(geography: Geography, folder: Path) -> HandedFile:
    city = gpd.GeoDataFrame(
        {"admin_code": [CITY_CODE], "name": [CITY_NAME], "kind": [str(AdminKind.CITY)]},
        geometry=[shapely.union_all(geography.counties.geometry.to_numpy())],
        crs=CRS,
    )
    levels = (
        (AdminLevel.CITY, city),
        (AdminLevel.COUNTY, geography.counties),
        (AdminLevel.TOWNSHIP, geography.townships),
        (AdminLevel.VILLAGE, geography.villages),
    )
    units = pd.concat([frame.assign(level=str(level)) for level, frame in levels], ignore_index=True)
    units = gpd.GeoDataFrame(units, geometry="geometry", crs=CRS)
    table = department_frame(units, feature_type("admin_units"), short=False)
    table.insert(0, "行政区划代码", units["admin_code"])
    path = folder / "行政区划.gpkg"
    handover.geopackage(gpd.GeoDataFrame(table, geometry=units.geometry, crs=CRS), path, "行政区划")
    return HandedFile(path, "admin_units", "市自然资源局", len(table))


def _names(geography: Geography) -> pd.DataFrame:
    """County, township and village names by code, in the short forms that offices write."""
    counties = geography.counties.set_index(geography.counties["admin_code"].str[:6])["name"]
    towns = geography.townships.set_index(geography.townships["admin_code"].str[:9])["name"]
    codes = [
        *geography.counties["admin_code"],
        *geography.townships["admin_code"],
        *geography.villages["admin_code"],
    ]
    own = _short_names(geography.villages)
    return pd.DataFrame(
        {
            "县(市、区)": [counties[code[:6]] for code in codes],
            "乡镇": [towns.get(code[:9], "") for code in codes],
            "行政村": [own.get(code, "") for code in codes],
        },
        index=pd.Index(codes, name="code"),
    ).replace("", None)


def _short_names(villages: gpd.GeoDataFrame) -> dict[str, str]:
    """Village names without 村委会 or 居委会 by code, but in full where that leaves two alike in a township."""
    full = pd.Series(villages["name"].to_numpy(), index=villages["admin_code"])
    short = full.map(_short)
    twins = pd.DataFrame({"town": full.index.str[:9], "name": short.to_numpy()}).duplicated(keep=False)
    return short.where(~twins.to_numpy(), full).to_dict()


def _short(name: str) -> str:
    for ending in _DROPPED_ENDINGS:
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name[: -len(ending)]
    return name


def _shapefiles(
    frame: gpd.GeoDataFrame,
    feature_id: str,
    name: str,
    handed_by: str,
    folder: Path,
    *,
    code: str | None = None,
) -> Iterator[HandedFile]:
    table = department_frame(frame, feature_type(feature_id), short=True)
    if code is not None:
        table.insert(0, code, frame["admin_code"])
    made = gpd.GeoDataFrame(table, geometry=frame.geometry, crs=CRS)
    yield from _zoned(made, feature_id, name, handed_by, folder)


def _zoned(
    made: gpd.GeoDataFrame,
    feature_id: str,
    name: str,
    handed_by: str,
    folder: Path,
    rejected: "pd.Series[bool] | None" = None,
) -> Iterator[HandedFile]:
    zone = handover.zone_of(made)
    refused = pd.Series(False, index=made.index) if rejected is None else rejected
    for number in np.unique(zone):
        chosen = zone == number
        path = folder / f"{name}_{number}带.zip"
        handover.zipped_shapefile(made[chosen], int(number), path)
        yield HandedFile(
            path,
            feature_id,
            handed_by,
            int(chosen.sum()),
            rejected=int(refused[chosen].sum()),
        )


def _water(geography: Geography, seed: int, folder: Path, names: pd.DataFrame) -> Iterator[HandedFile]:
    system = water.make_water(geography, seed)
    works = _table(system.works, "water_works")
    path = folder / "供水工程.csv"
    handover.gcj02_csv(works, path, "GBK")
    yield HandedFile(path, "water_works", "市水利局", len(works), crs="GCJ02")
    for frame, feature_id, name in (
        (system.mains, "water_mains", "供水管网"),
        (system.service_areas, "water_service_areas", "供水范围"),
    ):
        path = folder / f"{name}.gpkg"
        handover.geopackage(_table(frame, feature_id), path, name)
        yield HandedFile(path, feature_id, "市水利局", len(frame))
    yield _figures(system.village_water, "village_water", "村供水统计", "市水利局", folder, names)


def _table(frame: gpd.GeoDataFrame, feature_id: str) -> gpd.GeoDataFrame:
    table = department_frame(frame, feature_type(feature_id), short=False)
    return gpd.GeoDataFrame(table, geometry=frame.geometry, crs=CRS)


def _figures(
    frame: pd.DataFrame, feature_id: str, name: str, handed_by: str, folder: Path, names: pd.DataFrame
) -> HandedFile:
    """A sheet of village figures by name; one row in sixty names a village that does not exist."""
    table = handover.with_names(frame, feature_type(feature_id), names)
    wrong = np.arange(len(table)) % 60 == 59
    table.loc[wrong, "行政村"] = "查无此村"
    path = folder / f"{name}.xlsx"
    handover.sheet(table, path, f"清远市{name}表(2025年)")
    return HandedFile(path, feature_id, handed_by, len(table), rejected=int(wrong.sum()))


def _broadband(geography: Geography, seed: int, folder: Path, names: pd.DataFrame) -> Iterator[HandedFile]:
    for frame, feature_id, name, encoding in (
        (broadband.make_base_stations(geography, seed), "base_stations", "通信基站", "utf-8-sig"),
        (broadband.make_speed_tests(geography, seed), "speed_tests", "网速测试", "GB18030"),
    ):
        path = folder / f"{name}.csv"
        handover.gcj02_csv(_table(frame, feature_id), path, encoding)
        yield HandedFile(path, feature_id, "市通信建设办", len(frame), crs="GCJ02")
    fibre = broadband.make_village_fibre(geography, seed)
    yield _figures(fibre, "village_fibre", "村光纤统计", "市通信建设办", folder, names)


def _houses(geography: Geography, seed: int, folder: Path, names: pd.DataFrame) -> Iterator[HandedFile]:
    """Houses by village name; a few grades in full width or unknown, as hand-kept lists have them."""
    houses = housing.make_houses(geography, seed)
    feature = feature_type("houses")
    table = department_frame(houses, feature, short=True)
    placed = names.loc[houses["admin_code"]].set_axis(table.index)
    table.insert(0, "县区", placed["县(市、区)"])
    table.insert(1, "乡镇", placed["乡镇"])
    table.insert(2, "行政村", placed["行政村"])
    number = pd.Series(np.arange(len(table)), index=table.index)
    rejected = number % 997 == 13
    wide = (houses["grade"] == "C") & (number % 7 == 3) & ~rejected
    grade = short_heading(feature.field("grade"))
    table.loc[wide, grade] = "Ｃ级"
    table.loc[rejected, grade] = "E级"
    made = gpd.GeoDataFrame(table, geometry=houses.geometry, crs=CRS)
    yield from _zoned(made, "houses", "农村房屋安全鉴定", "市住房和城乡建设局", folder, rejected)


def _land(geography: Geography, seed: int, folder: Path, names: pd.DataFrame) -> Iterator[HandedFile]:
    projects = land.make_projects(geography, seed)
    yield from _shapefiles(projects, "consolidation_projects", "土地整治项目", "市自然资源局", folder)
    quotas = land.make_quotas(geography, seed)
    table = handover.with_names(quotas, feature_type("construction_quotas"), names).drop(columns="行政村")
    path = folder / "建设用地规模.xlsx"
    handover.sheet(table, path, "清远市建设用地规模与乡村振兴预留表(2025年)")
    yield HandedFile(path, "construction_quotas", "市自然资源局", len(table))


def _services(geography: Geography, seed: int, folder: Path) -> Iterator[HandedFile]:
    clinics = services.make_clinics(geography, seed)
    path = folder / "卫生院站.gpkg"
    handover.geopackage(_coded(clinics, feature_type("clinics")), path, "卫生院站")
    yield HandedFile(path, "clinics", "市卫生健康局", len(clinics))
    points = services.make_logistics_points(geography, seed)
    path = folder / "物流网点.geojson"
    handover.geojson(_coded(points, feature_type("logistics_points")), path)
    yield HandedFile(path, "logistics_points", "市邮政管理局", len(points))


def _coded(frame: gpd.GeoDataFrame, feature: FeatureType) -> gpd.GeoDataFrame:
    table = department_frame(frame, feature, short=False)
    table.insert(0, "行政区划代码", frame["admin_code"])
    return gpd.GeoDataFrame(table, geometry=frame.geometry, crs=CRS)
