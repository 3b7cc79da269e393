"""Files on places: the register of administrative units, the natural villages, the township seats."""

import geopandas as gpd
import pandas as pd
import shapely

from layers import AdminKind, AdminLevel
from pipelines.demo.delivery import Desk, clean
from pipelines.demo.geography import CRS, Geography
from pipelines.demo.manifest import Outcome
from pipelines.demo.places import CITY_CODE
from pipelines.demo.soiling import Soiler, full_width


def deliver_places(desk: Desk, geography: Geography) -> None:
    """Write the register first, because all other files are placed by it."""
    desk.geopackage(
        "行政区划",
        "admin_units",
        "清远市民政局",
        _register(geography),
        {
            "admin_code": "区划代码",
            "name": "名称",
            "level": "级别",
            "kind": "类别",
            "village_type": "村庄分类",
        },
        clean,
    )
    desk.geopackage(
        "自然村",
        "settlements",
        "清远市农业农村局",
        geography.settlements,
        {
            "settlement_no": "自然村编号",
            "name": "自然村名称",
            "admin_code": "区划代码",
            "households": "户数",
            "population": "人口",
        },
        _soil_settlements,
    )


def deliver_seats(desk: Desk, seats: gpd.GeoDataFrame) -> None:
    """Write the township seats, with the codes of their townships."""
    desk.geopackage(
        "乡镇政府驻地",
        "township_seats",
        "清远市民政局",
        seats,
        {"admin_code": "区划代码", "name": "驻地名称"},
        clean,
    )


def _register(geography: Geography) -> gpd.GeoDataFrame:
    city = gpd.GeoDataFrame(
        {"admin_code": [CITY_CODE], "name": ["清远市"], "kind": [str(AdminKind.CITY)]},
        geometry=[shapely.union_all(geography.counties.geometry.to_numpy())],
        crs=CRS,
    )
    levels = (
        (AdminLevel.CITY, city),
        (AdminLevel.COUNTY, geography.counties),
        (AdminLevel.TOWNSHIP, geography.townships),
        (AdminLevel.VILLAGE, geography.villages),
    )
    columns = ["admin_code", "name", "level", "kind", "village_type", "geometry"]
    frames = [frame.assign(level=str(level)).reindex(columns=columns) for level, frame in levels]
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=CRS)


def _soil_settlements(soiler: Soiler) -> None:
    soiler.cells("full_width_key", Outcome.REPAIRED, "width_folded", 6, {"自然村编号": full_width})
    soiler.duplicates(3)
