"""Files on houses, land consolidation and construction quotas."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipelines.demo.delivery import (
    CODE,
    COUNTY,
    GEOMETRY,
    NAMES,
    TOWNSHIP,
    Desk,
    clean,
    far_away_points,
    far_away_shapes,
    odd_dates,
    unknown_villages,
)
from pipelines.demo.earlier_files import only_changes, write_shapes, write_tables
from pipelines.demo.editions_of_works import earlier_houses, earlier_projects, earlier_quotas
from pipelines.demo.land import Land
from pipelines.demo.manifest import Outcome
from pipelines.demo.soiling import Soiler, full_width, with_thousands

_LAND, _HOUSING = "清远市自然资源局", "清远市住房和城乡建设局"
_LARGEST_WORKBOOK_ROWS = 6_000
_SILENT_TOWNSHIP_CHANCE = 0.04
_HOUSE_HEADINGS = {
    "household_no": "户编号",
    **NAMES,
    "householder": "户主姓名",
    "grade": "鉴定等级",
    "structure": "房屋结构",
    "built_year": "建成年份",
    "floor_area_m2": "建筑面积",
    "cut_slope": "是否削坡",
    "income_category": "农户类别",
    "state": "改造状态",
    "found_on": "排查日期",
    "appraised_on": "鉴定日期",
    "planned_on": "列入计划日期",
    "started_on": "开工日期",
    "due_on": "限期完成",
    "accepted_on": "验收日期",
    "subsidy_yuan": "补助金额",
    "contractor": "施工单位",
}

_PROJECT_HEADINGS = {
    "project_no": "项目编号",
    "name": "项目名称",
    "project_kind": "项目类型",
    "stated_area_mu": "项目面积",
    "new_farmland_mu": "新增耕地",
    "class_before": "原地类",
    "class_after": "现地类",
    "saved_quota_mu": "节余指标",
    "used_quota_mu": "已用指标",
    "investment_wan": "投资/万元",
    "state": "项目状态",
    "accepted_on": "验收日期",
    "started_on": "开工日期",
    "planned_finish": "计划完工",
    "progress_percent": "形象进度",
}
_QUOTA_HEADINGS = {
    "county": COUNTY,
    "township": TOWNSHIP,
    "total_ha": "建设用地总规模",
    "reserved_ha": "乡村振兴预留",
    "allotted_ha": "已安排",
    "used_ha": "已使用",
}


def deliver_houses(desk: Desk, county: str, houses: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Write the houses of one county: a workbook, or a CSV where there are too many rows for the office's liking.

    Some townships have not reported.

    Returns
    -------
    The houses handed in with nothing wrong.
    """
    rng = desk.rng(f"houses {county} gaps")
    township = houses["admin_code"].str[:9]
    every = np.sort(township.unique())
    silent = every[rng.random(len(every)) < _SILENT_TOWNSHIP_CHANCE]
    kept = houses[~township.isin(silent)].reset_index(drop=True)
    named = desk.named(kept, f"houses {county}")
    unreported = tuple(f"{code}000" for code in silent)
    name, handed_by = f"{county}农村房屋安全鉴定台账", f"{county}住房和城乡建设局"
    if len(kept) <= _LARGEST_WORKBOOK_ROWS:
        units = {"建筑面积": "m²", "补助金额": "元"}
        clean_rows = desk.workbook(
            name,
            "houses",
            handed_by,
            named,
            _HOUSE_HEADINGS,
            _soil_houses,
            units=units,
            unreported=unreported,
        )
    else:
        clean_rows = desk.points_csv(
            name,
            "houses",
            handed_by,
            named,
            _HOUSE_HEADINGS,
            _soil_houses,
            encoding="gbk",
            unreported=unreported,
        )
    return kept.iloc[clean_rows].reset_index(drop=True)


def deliver_earlier_houses(desk: Desk, houses: gpd.GeoDataFrame) -> None:
    """Write what the register of all counties' houses was at the ends of earlier quarters, then its changes."""
    headings = {"admin_code": CODE} | {k: v for k, v in _HOUSE_HEADINGS.items() if k not in NAMES}
    write_tables(desk, "农村房屋", "houses", _HOUSING, only_changes(earlier_houses(houses)), headings)


def _soil_houses(soiler: Soiler) -> None:
    soiler.cells("full_width_grade", Outcome.UNDERSTOOD, None, 12, {"鉴定等级": full_width})
    soiler.cells("full_width_key", Outcome.REPAIRED, "width_folded", 5, {"户编号": full_width})
    soiler.cells("value_with_unit", Outcome.REPAIRED, "value_unit", 10, {"建筑面积": lambda v: f"{v}平方米"})
    soiler.cells("about", Outcome.REPAIRED, "approximate", 6, {"建筑面积": lambda v: f"约{v}"})
    soiler.cells("thousands", Outcome.UNDERSTOOD, None, 10, {"补助金额": with_thousands})
    soiler.cells("blank_word", Outcome.UNDERSTOOD, "read_as_blank", 8, {"施工单位": lambda _: "无"})
    odd_dates(soiler, "排查日期", 5)
    soiler.cells("unknown_grade", Outcome.REJECTED, "unknown_code", 3, {"鉴定等级": lambda _: "E"})
    soiler.cells(
        "accepted_before_appraised",
        Outcome.REJECTED,
        "dates_out_of_order",
        3,
        {"验收日期": lambda _: "2019-03-01"},
    )
    unknown_villages(soiler, 3)
    far_away_points(soiler, 2)
    soiler.duplicates(2)


def deliver_land(desk: Desk, made: Land) -> None:
    """Write projects, their areas by land class, and quotas."""
    clean_rows = desk.shapefiles(
        "土地整治项目", "consolidation_projects", _LAND, made.projects, _PROJECT_HEADINGS, _soil_projects
    )
    untouched = made.projects.iloc[clean_rows].reset_index(drop=True)
    write_shapes(
        desk, "土地整治项目", "consolidation_projects", _LAND,
        only_changes(earlier_projects(untouched)), _PROJECT_HEADINGS,
    )  # fmt: skip
    desk.workbook(
        "整治项目前后地类面积表",
        "consolidation_classes",
        _LAND,
        desk.named(made.classes, "project classes"),
        {
            "project_no": "项目编号",
            **NAMES,
            "land_class": "地类",
            "before_mu": "整治前面积",
            "after_mu": "整治后面积",
        },
        clean,
        units={"整治前面积": "亩", "整治后面积": "亩"},
    )
    _quotas(desk, made.quotas)


def _quotas(desk: Desk, quotas: pd.DataFrame) -> None:
    units = dict.fromkeys((_QUOTA_HEADINGS[name] for name in list(_QUOTA_HEADINGS)[2:]), "公顷")
    desk.workbook(
        "清远市建设用地规模分解表",
        "construction_quotas",
        _LAND,
        quotas.assign(township=quotas["township"].replace("", None)),
        _QUOTA_HEADINGS,
        _soil_quotas,
        units=units,
    )
    with_units = {name: f"{told}(公顷)" if told in units else told for name, told in _QUOTA_HEADINGS.items()}
    editions = earlier_quotas(quotas, desk.rng("earlier quotas"))
    write_tables(desk, "建设用地规模", "construction_quotas", _LAND, only_changes(editions), with_units)


def _soil_projects(soiler: Soiler) -> None:
    soiler.cells("bow_tie", Outcome.REPAIRED, "geometry_repaired", 3, {GEOMETRY: bow_tie})
    odd_dates(soiler, "验收日期", 2)
    soiler.cells(
        "more_new_farmland_than_land", Outcome.REJECTED, "new_farmland_over_area", 2,
        {"新增耕地": lambda v: float(np.float64(v)) + 99_000},
    )  # fmt: skip
    far_away_shapes(soiler, 1)
    soiler.duplicates(1)


def _soil_quotas(soiler: Soiler) -> None:
    soiler.cells(
        "thousands",
        Outcome.UNDERSTOOD,
        None,
        5,
        {"建设用地总规模": with_thousands},
        lambda v: float(np.float64(v)) >= 1000,
    )
    soiler.cells("full_width_number", Outcome.UNDERSTOOD, None, 3, {"已使用": full_width})


def bow_tie(shape: shapely.Polygon) -> shapely.Polygon:
    """Exchange two corners of the shape's largest inner box, so that its ring crosses itself."""
    centre = shapely.point_on_surface(shape)
    reach = 0.4 * shapely.distance(centre, shape.boundary)
    x, y = centre.x, centre.y
    return shapely.Polygon(
        [(x - reach, y - reach), (x + reach, y + reach), (x + reach, y - reach), (x - reach, y + reach)]
    )
