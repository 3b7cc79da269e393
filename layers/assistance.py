"""Assistance 驻镇帮扶 (plan clauses 4, 10, 11): teams of townships, assets, income of village collectives."""

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
    Unit,
)
from layers._style import Shape, Style, Symbol
from layers.codes import AdminLevel, CodeList, Role

INCOME_TARGET_YUAN = 150_000.0
"""A year's income that village collectives are to exceed by 2025 (the plan's general goals)."""
CHECK_MONTHS = 12
"""An asset is checked at least once in so many months."""


class AssetKind(CodeList):
    """Kinds of assistance assets (国务院扶贫办等《关于加强扶贫项目资产后续管理的指导意见》, 2021)."""

    OPERATING = "operating", "经营性资产", "operating asset", "经营性", "经营类"
    PUBLIC = "public", "公益性资产", "public asset", "公益性", "公益类"
    HOUSEHOLD = "household", "到户类资产", "household asset", "到户类", "到户"


class AssetState(CodeList):
    """Whether an asset is in use."""

    IN_USE = "in_use", "正常使用", "in use", "在用", "使用中", "正常"
    IDLE = "idle", "闲置", "idle", "未使用", "停用"
    DAMAGED = "damaged", "损毁", "damaged", "损坏", "毁损"
    DISPOSED = "disposed", "已处置", "disposed of", "处置", "报废", "核销"


_HELD = (str(AssetState.IN_USE), str(AssetState.IDLE), str(AssetState.DAMAGED))
"""States in which an asset is there to be used and checked."""

TEAMS = FeatureType(
    id="assistance_teams",
    title=Text("驻镇帮扶工作队", "Assistance teams"),
    geometry=Geometry.NONE,
    key=("team_no",),
    levels=(AdminLevel.TOWNSHIP,),
    label_field="lead_unit",
    # Who looks after the register calls a team; housing people have no business with its telephone.
    unmaskers=(Role.DATA_STEWARD,),
    fields=(
        Field("team_no", Text("工作队编号", "Team number"), required=True, headings=("编号", "GZDBH")),
        Field(
            "lead_unit",
            Text("组长单位", "Leading unit"),
            required=True,
            headings=("牵头单位", "ZZDW"),
            summary=True,
        ),
        Field(
            "member_units",
            Text("成员单位", "Member units"),
            headings=("参加单位", "组员单位"),
            max_length=500,
            summary=True,
        ),
        Field("leader", Text("队长", "Team leader"), headings=("队长姓名", "负责人")),
        Field("phone", Text("联系电话", "Telephone"), personal=True, headings=("电话", "手机")),
        Field(
            "head_count",
            Text("队员人数", "Members"),
            Kind.INTEGER,
            unit="人",
            minimum=1,
            maximum=200,
            headings=("人数",),
            summary=True,
        ),
        Field(
            "term_from",
            Text("驻镇开始", "Term from"),
            Kind.DATE,
            required=True,
            headings=("派驻日期", "开始日期"),
        ),
        Field(
            "term_to",
            Text("驻镇结束", "Term to"),
            Kind.DATE,
            required=True,
            headings=("轮换日期", "结束日期", "期满日期"),
            summary=True,
        ),
        Field(
            "county_contact",
            Text("县级联系领导", "County contact"),
            headings=("县级联系人", "联系领导"),
        ),
    ),
    rules=(
        Rule(
            "term_ends_before_it_begins",
            Text("驻镇结束早于开始", "The term ends before it begins"),
            Remedy.REJECT,
            ("term_from", "term_to"),
            broken=lambda f: f["term_to"] < f["term_from"],
        ),
    ),
    source=Text("计划第十条：组团式驻镇帮扶", "plan clause 10"),
)

ASSETS = FeatureType(
    id="assistance_assets",
    title=Text("帮扶项目资产", "Assistance assets"),
    geometry=Geometry.POINT,
    key=("asset_no",),
    label_field="name",
    fields=(
        Field("asset_no", Text("资产编号", "Asset number"), required=True, headings=("编号", "ZCBH")),
        Field("name", Text("资产名称", "Name"), required=True, headings=("名称", "ZCMC"), summary=True),
        Field(
            "asset_kind",
            Text("资产类别", "Kind"),
            Kind.CODE,
            codes=AssetKind,
            required=True,
            headings=("类别", "资产类型", "ZCLB"),
            filterable=True,
            summary=True,
        ),
        Field(
            "built_year",
            Text("建成年份", "Built"),
            Kind.INTEGER,
            minimum=1980,
            maximum=2100,
            headings=("年份", "形成年份"),
        ),
        Field(
            "cost_yuan",
            Text("资产原值", "Cost"),
            Kind.MONEY,
            unit="元",
            minimum=0,
            maximum=1_000_000_000,
            headings=("原值", "投入资金", "资产规模"),
            summary=True,
        ),
        Field("owner", Text("产权单位", "Owner"), headings=("所有权人", "产权归属"), summary=True),
        Field("operator", Text("管护单位", "Kept by"), headings=("经营主体", "管护责任人")),
        Field(
            "asset_state",
            Text("使用状态", "State"),
            Kind.CODE,
            codes=AssetState,
            required=True,
            headings=("状态", "使用情况", "SYZT"),
            filterable=True,
            summary=True,
        ),
        Field(
            "income_yuan",
            Text("年收益", "Income a year"),
            Kind.MONEY,
            unit="元",
            minimum=0,
            maximum=1_000_000_000,
            headings=("收益", "年度收益"),
            summary=True,
        ),
        Field(
            "checked_on",
            Text("最近核查日期", "Last checked"),
            Kind.DATE,
            headings=("核查日期", "盘点日期"),
            summary=True,
        ),
    ),
    rules=(
        Rule(
            "idle_with_income",
            Text(
                "闲置、损毁或已处置的资产填了年收益，请核对", "Not in use, but with an income: please check"
            ),
            Remedy.WARN,
            ("asset_state", "income_yuan"),
            broken=lambda f: (
                (f["asset_state"] != str(AssetState.IN_USE)) & (f["income_yuan"].astype(float) > 0)
            ),
        ),
    ),
    style=Style(
        Symbol("#ffffff", fill="#2e7d32", radius=5, fill_opacity=1, shape=Shape.SQUARE),
        attribute="asset_state",
        symbols={
            "idle": Symbol("#ffffff", fill="#e08a00", radius=5, fill_opacity=1, shape=Shape.SQUARE),
            "damaged": Symbol("#ffffff", fill="#c62828", radius=5, fill_opacity=1, shape=Shape.SQUARE),
            "disposed": Symbol("#ffffff", fill="#7a7a7a", radius=4, fill_opacity=1, shape=Shape.SQUARE),
        },
        priority=("damaged", "idle", "in_use", "disposed"),
        min_zoom=10,
        full_zoom=12,
        shown=False,
    ),
    source=Text("计划第四条：扶贫资产确权登记", "plan clause 4"),
)

VILLAGE_INCOME = FeatureType(
    id="village_income",
    title=Text("村集体经济收入", "Income of village collectives"),
    geometry=Geometry.NONE,
    key=("admin_code",),
    fields=(
        Field(
            "income_year",
            Text("收入年度", "Year"),
            Kind.INTEGER,
            required=True,
            minimum=2015,
            maximum=2100,
            headings=("年度", "年份"),
            summary=True,
        ),
        Field(
            "income_yuan",
            Text("集体经济年收入", "Income"),
            Kind.MONEY,
            unit="元",
            required=True,
            minimum=0,
            maximum=1_000_000_000,
            headings=("年收入", "集体收入", "总收入"),
            summary=True,
        ),
        Field(
            "operating_yuan",
            Text("其中经营性收入", "Of it from operations"),
            Kind.MONEY,
            unit="元",
            minimum=0,
            maximum=1_000_000_000,
            headings=("经营性收入",),
            summary=True,
        ),
    ),
    rules=(
        Rule(
            "part_larger_than_whole",
            Text("经营性收入大于集体经济年收入", "More from operations than in all"),
            Remedy.REJECT,
            ("income_yuan", "operating_yuan"),
            broken=lambda f: f["operating_yuan"].astype(float) > f["income_yuan"].astype(float),
        ),
    ),
    source=Text("计划总体目标：村集体经济年收入超过15万元", "the plan's general goals"),
)

LAYER = Layer(
    id="assistance",
    title=Text("驻镇帮扶", "Assistance"),
    features=(TEAMS, ASSETS, VILLAGE_INCOME),
    clause="十",
    order=85,
    indicators=(
        Indicator(
            "prosperous_village_share",
            Text("集体经济年收入超过15万元的村", "Villages with an income above 150,000 yuan"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                "集体经济年收入超过 15 万元的村数 ÷ 报送收入的村数",
                "villages whose collective earns more than 150,000 yuan a year ÷ villages that reported",
            ),
            "assistance.share_above",
            Rollup.RATIO,
            ("village_income",),
            arguments={"field": "income_yuan", "above": INCOME_TARGET_YUAN},
            target=1.0,
            target_year=2025,
            clause="十一",
        ),
        Indicator(
            "asset_in_use_share",
            Text("帮扶资产在用率", "Assistance assets in use"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                "正常使用的帮扶资产数 ÷ 未处置的帮扶资产数", "assets in use ÷ assets that are not disposed of"
            ),
            "assistance.share_of_rows",
            Rollup.RATIO,
            ("assistance_assets",),
            arguments={
                "where": {"asset_state": [str(AssetState.IN_USE)]},
                "among": {"asset_state": list(_HELD)},
            },
            target=0.95,
            target_year=2025,
            clause="四",
        ),
        Indicator(
            "unchecked_asset_share",
            Text("逾期未核查的帮扶资产", "Assistance assets not checked for a year"),
            Unit.SHARE,
            Direction.LOWER,
            Text(
                "未处置的帮扶资产中，12 个月内没有核查记录的 ÷ 全部",
                "assets not disposed of without a check in 12 months ÷ all of them",
            ),
            "assistance.share_stale",
            Rollup.RATIO,
            ("assistance_assets",),
            arguments={
                "field": "checked_on",
                "months": CHECK_MONTHS,
                "among": {"asset_state": list(_HELD)},
            },
            target=0.0,
            target_year=2025,
            clause="四",
        ),
        Indicator(
            "township_team_share",
            Text("有驻镇帮扶工作队的乡镇街道", "Townships with an assistance team"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                "有任期内驻镇帮扶工作队的乡镇街道数 ÷ 乡镇街道数（有政府驻地的）",
                "townships with a team in its term ÷ townships with a seat",
            ),
            "assistance.townships_in_term",
            Rollup.RATIO,
            ("assistance_teams", "township_seats"),
            target=1.0,
            target_year=2025,
            level=AdminLevel.TOWNSHIP,
            clause="十",
        ),
    ),
)
