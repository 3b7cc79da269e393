"""Files on roads and water supply."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from pipelines.demo.delivery import (
    CODE,
    NAMES,
    Desk,
    clean,
    far_away_points,
    far_away_shapes,
    odd_dates,
    unknown_villages,
    with_blanks,
)
from pipelines.demo.earlier_files import only_changes, write_shapes, write_tables
from pipelines.demo.editions import earlier_water
from pipelines.demo.editions_of_works import earlier_roads
from pipelines.demo.manifest import Outcome
from pipelines.demo.soiling import Soiler, full_width, with_thousands

_WATER, _TRAFFIC = "清远市水利局", "清远市交通运输局"
_ROAD_HEADINGS = {
    "segment_no": "路段编号",
    "road_no": "路线编号",
    "name": "路线名称",
    "road_class": "行政等级",
    "technical_class": "技术等级",
    "surface": "路面类型",
    "width_m": "路面宽度",
    "lanes": "车道数",
    "condition": "路况",
    "linked_settlements": "连通自然村",
    "maintainer": "管养单位",
}


@dataclass(frozen=True)
class Infrastructure:
    """Roads and water supply of the counties that are generated, with codes and in EPSG:4490."""

    roads: gpd.GeoDataFrame
    works: gpd.GeoDataFrame
    mains: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    village_water: pd.DataFrame


def deliver_infrastructure(desk: Desk, made: Infrastructure) -> None:
    """Write roads, works, mains, service areas and the villages' figures."""
    _roads(desk, made.roads)
    _works(desk, made.works)
    desk.shapefiles(
        "供水管网",
        "water_mains",
        _WATER,
        made.mains,
        {
            "main_no": "管段编号",
            "works_no": "工程编号",
            "material": "管材",
            "diameter_mm": "管径",
            "built_year": "建成年份",
        },
        _soil_mains,
    )
    desk.geopackage(
        "供水范围",
        "water_service_areas",
        _WATER,
        made.areas,
        {"area_no": "范围编号", "works_no": "工程编号", "works_type": "工程类型"},
        clean,
    )
    _village_water(desk, made.village_water)


def _roads(desk: Desk, roads: gpd.GeoDataFrame) -> None:
    # the inventory keeps widths as text, as its officers write them
    width = roads["width_m"].map(lambda w: f"{w:g}", na_action="ignore").astype(object)
    kept = roads.assign(width_m=width.where(width.notna(), None))
    clean_rows = desk.shapefiles("农村公路", "roads", _TRAFFIC, kept, _ROAD_HEADINGS, _soil_roads)
    untouched = kept.iloc[clean_rows].reset_index(drop=True)
    editions = only_changes(earlier_roads(untouched, desk.rng("earlier roads")))
    write_shapes(desk, "农村公路", "roads", _TRAFFIC, editions, _ROAD_HEADINGS)


def _soil_roads(soiler: Soiler) -> None:
    soiler.cells("value_with_unit", Outcome.REPAIRED, "value_unit", 12, {"路面宽度": lambda w: f"{w}米"})
    soiler.cells("about", Outcome.REPAIRED, "approximate", 6, {"路面宽度": lambda w: f"约{w}"})
    soiler.cells("full_width_number", Outcome.UNDERSTOOD, None, 8, {"路面宽度": full_width})
    soiler.cells("blank_word", Outcome.UNDERSTOOD, "read_as_blank", 8, {"管养单位": lambda _: "无"})
    soiler.cells("unknown_surface", Outcome.WARNED, "unknown_code", 4, {"路面类型": lambda _: "其他路面"})
    soiler.cells(
        "unknown_class", Outcome.REJECTED, "unknown_code", 2, {"行政等级": lambda _: "专用轨道"},
        copied="路段编号",
    )  # fmt: skip
    far_away_shapes(soiler, 3, copied="路段编号")
    soiler.duplicates(4)


def _soil_mains(soiler: Soiler) -> None:
    soiler.cells("full_width_key", Outcome.REPAIRED, "width_folded", 5, {"管段编号": full_width})
    far_away_shapes(soiler, 2)


def _works(desk: Desk, works: gpd.GeoDataFrame) -> None:
    rng = desk.rng("works blanks")
    blanks = {"actual_capacity_m3d": 0.04, "water_source": 0.02, "served_population": 0.03}
    desk.workbook(
        "清远市农村供水工程台账",
        "water_works",
        _WATER,
        with_blanks(works, blanks, rng),
        {
            "works_no": "工程编号",
            "name": "工程名称",
            "works_type": "工程类型",
            "design_capacity_m3d": "设计规模",
            "actual_capacity_m3d": "实际供水",
            "water_source": "水源类型",
            "served_population": "受益人口",
            "quality_result": "水质结果",
            "tested_on": "检测日期",
            "state": "运行状态",
        },
        _soil_works,
        units={"设计规模": "m³/d", "实际供水": "m³/d", "受益人口": "人", "经度": "°", "纬度": "°"},
    )


def _soil_works(soiler: Soiler) -> None:
    soiler.cells(
        "thousands",
        Outcome.UNDERSTOOD,
        None,
        10,
        {"设计规模": with_thousands},
        lambda v: float(str(v)) >= 1000,
    )
    soiler.cells("about", Outcome.REPAIRED, "approximate", 6, {"设计规模": lambda v: f"约{v:g}"})
    soiler.cells("value_with_unit", Outcome.REPAIRED, "value_unit", 6, {"实际供水": lambda v: f"{v:g}吨"})
    odd_dates(soiler, "检测日期", 4)
    soiler.cells(
        "impossible_date", Outcome.WARNED, "date_impossible", 2, {"检测日期": lambda _: "2024-02-30"}
    )
    soiler.cells(
        "unknown_type", Outcome.REJECTED, "unknown_code", 2, {"工程类型": lambda _: "桶装水配送"},
        copied="工程编号",
    )  # fmt: skip
    far_away_points(soiler, 3, copied="工程编号")
    soiler.duplicates(3)


def _village_water(desk: Desk, figures: pd.DataFrame) -> None:
    rng = desk.rng("village water gaps")
    reported = rng.random(len(figures)) >= 0.035
    unreported = tuple(figures["admin_code"][~reported])
    kept = with_blanks(figures[reported].reset_index(drop=True), {"dispersed_population": 0.03}, rng)
    figures_told = {
        "households": "总户数",
        "households_connected": "自来水户数",
        "dispersed_population": "分散供水人口",
        "reported_on": "统计日期",
    }
    clean_rows = desk.workbook(
        "清远市农村自来水普及情况统计表",
        "village_water",
        _WATER,
        desk.named(kept, "village water"),
        {**NAMES, **figures_told},
        _soil_village_water,
        units={"总户数": "户", "自来水户数": "户", "分散供水人口": "人"},
        unreported=unreported,
    )
    write_tables(
        desk,
        "农村自来水普及情况",
        "village_water",
        _WATER,
        earlier_water(kept.iloc[clean_rows].reset_index(drop=True), desk.rng("earlier water")),
        {"admin_code": CODE, **figures_told},
    )


def _soil_village_water(soiler: Soiler) -> None:
    soiler.cells(
        "thousands",
        Outcome.UNDERSTOOD,
        None,
        8,
        {"总户数": with_thousands},
        lambda v: int(np.int64(v)) >= 1000,
    )
    soiler.cells("full_width_number", Outcome.UNDERSTOOD, None, 8, {"自来水户数": full_width})
    soiler.cells("blank_word", Outcome.UNDERSTOOD, "read_as_blank", 12, {"分散供水人口": lambda _: "/"})
    soiler.cells(
        "more_connected_than_there_are", Outcome.REJECTED, "connected_over_households", 3,
        {"自来水户数": lambda v: int(v) * 10 + 5000},
    )  # fmt: skip
    odd_dates(soiler, "统计日期", 5)
    unknown_villages(soiler, 3)
    soiler.duplicates(2)
