"""Files on assistance: teams, assets, incomes of village collectives."""

import numpy as np

from pipelines.demo.assistance import Assistance
from pipelines.demo.delivery import COUNTY, NAMES, TOWNSHIP, Desk, clean, odd_dates, unknown_villages
from pipelines.demo.manifest import Outcome
from pipelines.demo.soiling import Soiler, with_thousands

_OFFICE = "清远市乡村振兴局"


def deliver_assistance(desk: Desk, made: Assistance) -> None:
    """Write the three files."""
    desk.workbook(
        "驻镇帮扶工作队名册",
        "assistance_teams",
        _OFFICE,
        made.teams,
        {
            "team_no": "工作队编号",
            "county": COUNTY,
            "township": TOWNSHIP,
            "lead_unit": "组长单位",
            "member_units": "成员单位",
            "leader": "队长",
            "phone": "联系电话",
            "head_count": "队员人数",
            "term_from": "驻镇开始",
            "term_to": "驻镇结束",
            "county_contact": "县级联系领导",
        },
        clean,
        units={"队员人数": "人"},
    )
    desk.points_csv(
        "帮扶项目资产登记",
        "assistance_assets",
        _OFFICE,
        desk.named(made.assets, "assistance assets"),
        {
            "asset_no": "资产编号",
            "name": "资产名称",
            "asset_kind": "资产类别",
            **NAMES,
            "built_year": "建成年份",
            "cost_yuan": "资产原值(元)",
            "owner": "产权单位",
            "asset_state": "使用状态",
            "income_yuan": "年收益(元)",
            "checked_on": "最近核查日期",
        },
        _soil_assets,
        encoding="utf-8-sig",
    )
    income = made.income.assign(
        income_wan=np.round(made.income["income_yuan"] / 10_000, 2),
        operating_wan=np.round(made.income["operating_yuan"] / 10_000, 2),
    )
    desk.workbook(
        "行政村集体经济收入统计表",
        "village_income",
        _OFFICE,
        desk.named(income, "village income"),
        {**NAMES, "income_year": "年度", "income_wan": "集体经济年收入", "operating_wan": "其中经营性收入"},
        _soil_income,
        units={"集体经济年收入": "万元", "其中经营性收入": "万元"},
    )


def _soil_assets(soiler: Soiler) -> None:
    odd_dates(soiler, "最近核查日期", 2)
    soiler.cells("unknown_state", Outcome.REJECTED, "unknown_code", 2, {"使用状态": lambda _: "不清楚"})
    unknown_villages(soiler, 1)
    soiler.duplicates(2)


def _soil_income(soiler: Soiler) -> None:
    soiler.cells(
        "thousands",
        Outcome.UNDERSTOOD,
        None,
        3,
        {"集体经济年收入": with_thousands},
        lambda v: float(str(v)) > 0,
    )
