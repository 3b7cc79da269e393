"""Files on broadband, clinics and logistics."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from pipelines.demo.delivery import (
    CODE,
    NAMES,
    Desk,
    far_away_points,
    odd_dates,
    unknown_villages,
    with_blanks,
)
from pipelines.demo.earlier_files import write_tables
from pipelines.demo.editions import earlier_fibre
from pipelines.demo.manifest import Outcome
from pipelines.demo.soiling import Soiler, full_width, with_thousands

_TELECOM, _HEALTH, _COMMERCE = "清远市通信发展管理办公室", "清远市卫生健康局", "清远市商务局"
_SILENT_TOWNSHIP_CHANCE = 0.025


@dataclass(frozen=True)
class Services:
    """Broadband, clinics and logistics of the counties that are generated, with codes and in EPSG:4490."""

    stations: gpd.GeoDataFrame
    speed_tests: gpd.GeoDataFrame
    village_fibre: pd.DataFrame
    clinics: gpd.GeoDataFrame
    logistics: gpd.GeoDataFrame


def deliver_services(desk: Desk, made: Services) -> None:
    """Write base stations, fibre figures, speed tests, clinics and logistics points."""
    desk.points_csv(
        "通信基站",
        "base_stations",
        _TELECOM,
        with_blanks(desk.named(made.stations, "stations"), {"opened_on": 0.05}, desk.rng("stations blanks")),
        {
            "station_no": "基站编号",
            **NAMES,
            "operator": "运营商",
            "technology": "网络制式",
            "opened_on": "开通日期",
        },
        _soil_stations,
        encoding="gbk",
    )
    _village_fibre(desk, made.village_fibre)
    desk.points_csv(
        "网速测试",
        "speed_tests",
        _TELECOM,
        desk.named(made.speed_tests, "speed tests"),
        {
            "test_no": "测试编号",
            **NAMES,
            "operator": "运营商",
            "down_mbps": "下行速率(Mbps)",
            "up_mbps": "上行速率(Mbps)",
            "tested_on": "测试日期",
        },
        _soil_speed_tests,
        encoding="utf-8-sig",
    )
    _points(desk, made)


def _points(desk: Desk, made: Services) -> None:
    desk.points_csv(
        "卫生院站",
        "clinics",
        _HEALTH,
        with_blanks(
            desk.named(made.clinics, "clinics"), {"doctors": 0.04, "beds": 0.03}, desk.rng("clinics blanks")
        ),
        {
            "clinic_no": "机构编号",
            "name": "机构名称",
            "clinic_kind": "机构类型",
            **NAMES,
            "beds": "床位数",
            "doctors": "医生数",
        },
        _soil_clinics,
        encoding="gbk",
    )
    desk.points_csv(
        "物流网点",
        "logistics_points",
        _COMMERCE,
        desk.named(made.logistics, "logistics"),
        {"point_no": "网点编号", "name": "网点名称", "tier": "网点级别", **NAMES, "state": "运营状态"},
        lambda soiler: soiler.duplicates(2),
        encoding="utf-8-sig",
    )


def _village_fibre(desk: Desk, figures: pd.DataFrame) -> None:
    """Some villages have not reported, and some townships as a whole."""
    rng = desk.rng("village fibre gaps")
    township = figures["admin_code"].str[:9]
    every = np.sort(township.unique())
    silent = every[rng.random(len(every)) < _SILENT_TOWNSHIP_CHANCE]
    reported = (rng.random(len(figures)) >= 0.04) & ~township.isin(silent).to_numpy()
    kept = figures[reported].reset_index(drop=True)
    figures_told = {
        "households": "总户数",
        "households_passed": "光纤覆盖户数",
        "households_connected": "光纤接入户数",
        "reported_on": "统计日期",
    }
    filled = with_blanks(kept, {"households_connected": 0.03}, rng)
    clean_rows = desk.workbook(
        "清远市行政村光纤接入统计表",
        "village_fibre",
        _TELECOM,
        desk.named(filled, "village fibre"),
        {**NAMES, **figures_told},
        _soil_village_fibre,
        units={"总户数": "户", "光纤覆盖户数": "户", "光纤接入户数": "户"},
        unreported=tuple(figures["admin_code"][~reported]),
    )
    write_tables(
        desk,
        "行政村光纤接入",
        "village_fibre",
        _TELECOM,
        earlier_fibre(filled.iloc[clean_rows].reset_index(drop=True), desk.rng("earlier fibre")),
        {"admin_code": CODE, **figures_told},
    )


def _soil_stations(soiler: Soiler) -> None:
    soiler.cells(
        "full_width_technology",
        Outcome.UNDERSTOOD,
        None,
        10,
        {"网络制式": full_width},
        lambda v: len(str(v)) == 2,
    )
    soiler.cells("unknown_technology", Outcome.REJECTED, "unknown_code", 3, {"网络制式": lambda _: "9G"})
    odd_dates(soiler, "开通日期", 6)
    unknown_villages(soiler, 3)
    far_away_points(soiler, 4)
    soiler.duplicates(3)


def _soil_village_fibre(soiler: Soiler) -> None:
    soiler.cells(
        "thousands",
        Outcome.UNDERSTOOD,
        None,
        8,
        {"总户数": with_thousands},
        lambda v: int(np.int64(v)) >= 1000,
    )
    soiler.cells("blank_word", Outcome.UNDERSTOOD, "read_as_blank", 8, {"光纤接入户数": lambda _: "无"})
    soiler.cells(
        "more_passed_than_there_are", Outcome.REJECTED, "passed_over_households", 3,
        {"光纤覆盖户数": lambda v: int(v) * 10 + 5000},
    )  # fmt: skip
    odd_dates(soiler, "统计日期", 4)
    unknown_villages(soiler, 3)


def _soil_speed_tests(soiler: Soiler) -> None:
    soiler.cells(
        "value_with_unit", Outcome.REPAIRED, "value_unit", 15, {"下行速率(Mbps)": lambda v: f"{v}Mbps"}
    )
    soiler.cells("full_width_number", Outcome.UNDERSTOOD, None, 10, {"上行速率(Mbps)": full_width})
    soiler.cells("unreadable_speed", Outcome.REJECTED, "unreadable", 3, {"下行速率(Mbps)": lambda _: "很快"})
    odd_dates(soiler, "测试日期", 5)
    far_away_points(soiler, 5)
    soiler.duplicates(4)


def _soil_clinics(soiler: Soiler) -> None:
    soiler.cells("blank_word", Outcome.UNDERSTOOD, "read_as_blank", 6, {"医生数": lambda _: "/"})
    soiler.cells("full_width_number", Outcome.UNDERSTOOD, None, 5, {"床位数": full_width})
    unknown_villages(soiler, 2)
