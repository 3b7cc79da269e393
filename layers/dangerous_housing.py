"""Dangerous housing 危房 (plan clauses 3 and 12; JGJ 125): appraised houses and their renovation."""

from typing import TYPE_CHECKING

from base.settings import settings
from i18n import Text
from layers._declaration import (
    Direction,
    FeatureType,
    Field,
    Geometry,
    Indicator,
    Kind,
    Layer,
    Remedy,
    Rollup,
    Rule,
    StateMachine,
    Unit,
)
from layers._style import Shape, Style, Symbol
from layers.codes import HouseGrade, HouseState, HouseStructure, IncomeCategory, RasterKind, Role

if TYPE_CHECKING:
    import pandas as pd

STATES = StateMachine(
    field="state",
    transitions={
        HouseState.FOUND: (HouseState.APPRAISED,),
        HouseState.APPRAISED: (HouseState.PLANNED, HouseState.DEMOLISHED, HouseState.RELOCATED),
        HouseState.PLANNED: (HouseState.UNDER_WAY, HouseState.DEMOLISHED, HouseState.RELOCATED),
        HouseState.UNDER_WAY: (HouseState.ACCEPTED, HouseState.DEMOLISHED),
        HouseState.ACCEPTED: (HouseState.OCCUPIED,),
        HouseState.OCCUPIED: (),
        HouseState.DEMOLISHED: (),
        HouseState.RELOCATED: (),
    },
    dates={
        HouseState.FOUND: "found_on",
        HouseState.APPRAISED: "appraised_on",
        HouseState.PLANNED: "planned_on",
        HouseState.UNDER_WAY: "started_on",
        HouseState.ACCEPTED: "accepted_on",
    },
)


def _dates_out_of_order(frame: "pd.DataFrame") -> "pd.Series[bool]":
    """True where a later step is dated before an earlier one (an undated step is skipped)."""
    dated = frame[list(STATES.dates.values())]
    latest_before = dated.ffill(axis=1).cummax(axis=1).shift(axis=1)
    return (dated < latest_before).any(axis=1)


HOUSES = FeatureType(
    id="houses",
    title=Text("农村房屋", "Houses"),
    geometry=Geometry.POINT,
    key=("household_no",),
    label_field="household_no",
    source=Text("《危险房屋鉴定标准》JGJ 125", "JGJ 125, Standard for dangerous building appraisal"),
    readers=(Role.LEADER, Role.PLANNER, Role.HOUSING_OFFICER, Role.CLERK, Role.DATA_STEWARD, Role.ADMIN),
    writers=(Role.HOUSING_OFFICER, Role.CLERK, Role.DATA_STEWARD),
    unmaskers=(Role.HOUSING_OFFICER,),
    fields=(
        Field(
            "household_no",
            Text("户编号", "Household number"),
            required=True,
            personal=True,
            headings=("编号", "农户编号", "HBH"),
        ),
        Field(
            "householder",
            Text("户主姓名", "Householder"),
            personal=True,
            headings=("户主", "姓名", "HZXM"),
        ),
        Field(
            "grade",
            Text("鉴定等级", "Grade"),
            Kind.CODE,
            codes=HouseGrade,
            required=True,
            headings=("等级", "危险等级", "危房等级", "JDDJ"),
            filterable=True,
            summary=True,
        ),
        Field(
            "structure",
            Text("房屋结构", "Structure"),
            Kind.CODE,
            codes=HouseStructure,
            headings=("结构", "结构类型", "FWJG"),
            summary=True,
        ),
        Field(
            "built_year",
            Text("建成年份", "Year built"),
            Kind.INTEGER,
            minimum=1850,
            maximum=2100,
            headings=("建造年份", "建造年代", "JCNF"),
            summary=True,
        ),
        Field(
            "floor_area_m2",
            Text("建筑面积", "Floor area"),
            Kind.NUMBER,
            unit="m²",
            minimum=5,
            maximum=3000,
            headings=("面积", "JZMJ"),
            summary=True,
        ),
        Field(
            "cut_slope",
            Text("削坡建房", "Cut slope"),
            Kind.BOOLEAN,
            headings=("是否削坡", "削坡", "XPJF"),
            filterable=True,
            summary=True,
        ),
        Field(
            "income_category",
            Text("农户类别", "Income category"),
            Kind.CODE,
            codes=IncomeCategory,
            personal=True,
            headings=("低收入类别", "类别", "NHLB"),
        ),
        Field(
            "state",
            Text("改造状态", "State"),
            Kind.CODE,
            codes=HouseState,
            required=True,
            headings=("状态", "GZZT"),
            filterable=True,
            summary=True,
        ),
        Field("found_on", Text("排查日期", "Found on"), Kind.DATE, headings=("PCRQ",), summary=True),
        Field("appraised_on", Text("鉴定日期", "Appraised on"), Kind.DATE, headings=("JDRQ",)),
        Field("planned_on", Text("计划日期", "Planned on"), Kind.DATE, headings=("列入计划日期", "JHRQ")),
        Field("started_on", Text("开工日期", "Started on"), Kind.DATE, headings=("KGRQ",)),
        Field("due_on", Text("限期完成", "Due on"), Kind.DATE, headings=("要求完成日期", "限期日期", "XQRQ")),
        Field("accepted_on", Text("验收日期", "Accepted on"), Kind.DATE, headings=("竣工日期", "YSRQ")),
        Field(
            "subsidy_yuan",
            Text("补助金额", "Subsidy"),
            Kind.MONEY,
            unit="元",
            minimum=0,
            maximum=500_000,
            headings=("补助", "补助资金", "BZJE"),
            unit_factors={"万元": 10_000},
        ),
        Field("contractor", Text("施工单位", "Contractor"), headings=("承建单位", "SGDW")),
    ),
    rules=(
        Rule(
            "dates_out_of_order",
            Text("各阶段日期先后颠倒（如验收早于鉴定）", "Dates of the steps are out of order"),
            Remedy.REJECT,
            tuple(STATES.dates.values()),
            broken=_dates_out_of_order,
        ),
        Rule(
            "accepted_without_date",
            Text("已验收或入住但没有验收日期", "Accepted or occupied without a date of acceptance"),
            Remedy.WARN,
            ("state", "accepted_on"),
            broken=lambda f: f["state"].isin(["accepted", "occupied"]) & f["accepted_on"].isna(),
        ),
    ),
    states=STATES,
    style=Style(
        Symbol("#636363", fill="#bdbdbd", radius=3, fill_opacity=1),
        attribute="grade",
        symbols={
            "D": Symbol("#ffffff", fill="#a50f15", radius=5, fill_opacity=1, shape=Shape.CIRCLE),
            "C": Symbol("#ffffff", fill="#ef6548", radius=4.5, fill_opacity=1, shape=Shape.CIRCLE),
            "B": Symbol("#b58a3c", fill="#fdd49e", radius=2.5, fill_opacity=0.9, width=0.6),
            "A": Symbol("#9a9a86", fill="#e8e8d8", radius=2, fill_opacity=0.9, width=0.6),
        },
        value_min_zoom={"B": 12, "A": 13},
        priority=("D", "C", "B", "A"),
        min_zoom=9,
        full_zoom=13,
    ),
)

_OUTSTANDING: dict[str, object] = {
    "grades": ["C", "D"],
    "closed": ["accepted", "occupied", "demolished", "relocated"],
}

LAYER = Layer(
    id="dangerous_housing",
    title=Text("危房", "Dangerous housing"),
    features=(HOUSES,),
    clause="三、十二",
    core=True,
    order=40,
    indicators=(
        Indicator(
            "dangerous_houses_outstanding",
            Text("未完成 C/D 级危房", "C/D houses outstanding"),
            Unit.HOUSES,
            Direction.LOWER,
            Text(
                "鉴定为 C、D 级且未竣工、拆除或搬迁的房屋数",
                "C and D houses not yet accepted, demolished or relocated",
            ),
            "housing.outstanding",
            Rollup.SUM,
            ("houses",),
            arguments=_OUTSTANDING,
            target=0.0,
            target_year=2025,
            clause="三",
        ),
        Indicator(
            "dangerous_houses_per_1000",
            Text("每千户未完成危房", "C/D houses outstanding per 1 000 households"),
            Unit.PER_1000_HOUSEHOLDS,
            Direction.LOWER,
            Text("未完成 C/D 级危房 ÷ 自然村户数 × 1000", "C/D houses outstanding ÷ households × 1000"),
            "housing.outstanding_per_1000",
            Rollup.RATIO,
            ("houses", "settlements"),
            arguments=_OUTSTANDING,
            target=0.0,
            target_year=2025,
            clause="三",
        ),
        Indicator(
            "housing_completion_rate",
            Text("危房改造完成率", "Completion rate"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                "已竣工、入住、拆除或搬迁的 C/D 级房屋 ÷ 全部 C/D 级房屋",
                "closed C/D houses ÷ all C/D houses",
            ),
            "housing.completion",
            Rollup.RATIO,
            ("houses",),
            arguments=_OUTSTANDING,
            target=1.0,
            target_year=2025,
            clause="三",
        ),
        Indicator(
            "cut_slope_outstanding",
            Text("未整治削坡建房", "Cut-slope houses outstanding"),
            Unit.HOUSES,
            Direction.LOWER,
            Text(
                "削坡建房且未竣工、拆除或搬迁的房屋数",
                "cut-slope houses not yet accepted, demolished or relocated",
            ),
            "housing.cut_slope_outstanding",
            Rollup.SUM,
            ("houses",),
            arguments={"closed": _OUTSTANDING["closed"]},
            target=0.0,
            target_year=2025,
            clause="十二",
        ),
        Indicator(
            "cut_slope_on_steep_ground",
            Text("陡坡上未整治削坡建房", "Cut-slope houses on steep ground"),
            Unit.HOUSES,
            Direction.LOWER,
            Text(
                f"所在地面坡度 {settings().steep_ground_deg:g}° 以上的未整治削坡建房数",
                f"cut-slope houses outstanding on ground of a slope of {settings().steep_ground_deg:g}° or more",
            ),
            "housing.cut_slope_on_steep_ground",
            Rollup.SUM,
            ("houses",),
            arguments={"closed": _OUTSTANDING["closed"], "steep_deg": settings().steep_ground_deg},
            target=0.0,
            target_year=2025,
            clause="十二",
            rasters=(RasterKind.ELEVATION,),
        ),
        Indicator(
            "overdue_houses",
            Text("逾期未完成危房", "Overdue cases"),
            Unit.HOUSES,
            Direction.LOWER,
            Text("限期已过而未完成的 C/D 级房屋数", "C/D houses outstanding past their due date"),
            "housing.overdue",
            Rollup.SUM,
            ("houses",),
            arguments=_OUTSTANDING,
            target=0.0,
            target_year=2025,
            clause="三",
        ),
        Indicator(
            "median_days_to_acceptance",
            Text("排查到验收天数中位数", "Median days from found to accepted"),
            Unit.DAYS,
            Direction.LOWER,
            Text(
                "已验收 C/D 级房屋从排查到验收的天数中位数",
                "median days from found to accepted of accepted C/D houses",
            ),
            "housing.days_to_acceptance",
            Rollup.MEDIAN,
            ("houses",),
            arguments={"grades": ["C", "D"]},
            clause="三",
        ),
    ),
)
