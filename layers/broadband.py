"""Broadband 宽带 (plan clause 12): base stations, fibre figures of villages, speed tests."""

from typing import Any

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
    Unit,
)
from layers._style import Shape, Style, Symbol
from layers.codes import Operator, RadioTechnology, RasterKind

BASE_STATIONS = FeatureType(
    id="base_stations",
    title=Text("通信基站", "Base stations"),
    geometry=Geometry.POINT,
    key=("station_no",),
    label_field="station_no",
    fields=(
        Field(
            "station_no", Text("基站编号", "Station number"), required=True, headings=("编号", "站号", "JZBH")
        ),
        Field(
            "operator",
            Text("运营商", "Operator"),
            Kind.CODE,
            codes=Operator,
            headings=("运营企业", "YYS"),
            filterable=True,
            summary=True,
        ),
        Field(
            "technology",
            Text("网络制式", "Technology"),
            Kind.CODE,
            codes=RadioTechnology,
            required=True,
            headings=("制式", "技术", "网络类型", "WLZS"),
            filterable=True,
            summary=True,
        ),
        Field(
            "opened_on",
            Text("开通日期", "Opened on"),
            Kind.DATE,
            headings=("开通时间", "入网日期", "KTRQ"),
            summary=True,
        ),
    ),
    style=Style(
        Symbol("#ffffff", fill="#6a51a3", radius=4, fill_opacity=1, shape=Shape.TRIANGLE),
        attribute="technology",
        symbols={
            "5G": Symbol("#ffffff", fill="#54278f", radius=5, fill_opacity=1, shape=Shape.TRIANGLE),
            "4G": Symbol("#ffffff", fill="#807dba", radius=4.5, fill_opacity=1, shape=Shape.TRIANGLE),
            "3G": Symbol("#54278f", fill="#bcbddc", radius=4, fill_opacity=1, shape=Shape.TRIANGLE),
            "2G": Symbol("#54278f", fill="#efedf5", radius=4, fill_opacity=1, shape=Shape.TRIANGLE),
        },
        priority=("5G", "4G", "3G", "2G"),
        min_zoom=9,
        full_zoom=12,
    ),
)

VILLAGE_FIBRE = FeatureType(
    id="village_fibre",
    title=Text("村光纤统计", "Village fibre figures"),
    geometry=Geometry.NONE,
    key=("admin_code",),
    fields=(
        Field(
            "households",
            Text("总户数", "Households"),
            Kind.INTEGER,
            unit="户",
            required=True,
            minimum=0,
            maximum=20_000,
            headings=("户数",),
            summary=True,
        ),
        Field(
            "households_passed",
            Text("光纤覆盖户数", "Households passed"),
            Kind.INTEGER,
            unit="户",
            minimum=0,
            maximum=20_000,
            headings=("覆盖户数", "光纤到户覆盖"),
            summary=True,
        ),
        Field(
            "households_connected",
            Text("光纤接入户数", "Households connected"),
            Kind.INTEGER,
            unit="户",
            minimum=0,
            maximum=20_000,
            headings=("接入户数", "宽带接入户数", "光纤用户数"),
            summary=True,
        ),
        Field(
            "reported_on",
            Text("统计日期", "Reported on"),
            Kind.DATE,
            headings=("上报日期", "填报日期", "截止日期"),
        ),
    ),
    rules=(
        Rule(
            "passed_over_households",
            Text("光纤覆盖户数多于总户数", "More households passed than households"),
            Remedy.REJECT,
            ("households_passed", "households"),
            broken=lambda f: f["households_passed"] > f["households"],
        ),
        Rule(
            "connected_over_passed",
            Text("光纤接入户数多于覆盖户数", "More households connected than passed"),
            Remedy.WARN,
            ("households_connected", "households_passed"),
            broken=lambda f: f["households_connected"] > f["households_passed"],
        ),
    ),
)

SPEED_TESTS = FeatureType(
    id="speed_tests",
    title=Text("网速测试", "Speed tests"),
    geometry=Geometry.POINT,
    key=("test_no",),
    label_field="test_no",
    fields=(
        Field("test_no", Text("测试编号", "Test number"), required=True, headings=("编号", "CSBH")),
        Field(
            "operator",
            Text("运营商", "Operator"),
            Kind.CODE,
            codes=Operator,
            headings=("YYS",),
            filterable=True,
            summary=True,
        ),
        Field(
            "down_mbps",
            Text("下行速率", "Download"),
            Kind.NUMBER,
            unit="Mbps",
            required=True,
            minimum=0,
            maximum=20_000,
            headings=("下载速率", "下行", "XXSL"),
            summary=True,
        ),
        Field(
            "up_mbps",
            Text("上行速率", "Upload"),
            Kind.NUMBER,
            unit="Mbps",
            minimum=0,
            maximum=20_000,
            headings=("上传速率", "上行", "SXSL"),
            summary=True,
        ),
        Field(
            "tested_on", Text("测试日期", "Tested on"), Kind.DATE, headings=("测试时间", "CSRQ"), summary=True
        ),
    ),
    style=Style(
        Symbol("#54278f", fill="#dadaeb", radius=3, fill_opacity=1, shape=Shape.DIAMOND),
        min_zoom=11,
        full_zoom=13,
        shown=False,
    ),
)

_REACH_4G: dict[str, Any] = {"distance_m": 3000.0, "where": {"technology": ["4G", "5G"]}}
_REACH_5G: dict[str, Any] = {"distance_m": 1000.0, "where": {"technology": ["5G"]}}
_HEIGHTS = {"mast_m": 35.0, "receiver_m": 1.5}
"""Antennas above ground: a usual rural mast, and a telephone in the hand."""

LAYER = Layer(
    id="broadband",
    title=Text("宽带", "Broadband"),
    features=(BASE_STATIONS, VILLAGE_FIBRE, SPEED_TESTS),
    clause="十二",
    core=True,
    order=30,
    indicators=(
        Indicator(
            "ftth_household_share",
            Text("光纤入户率", "FTTH household share"),
            Unit.SHARE,
            Direction.HIGHER,
            Text("光纤覆盖户数 ÷ 总户数", "households passed by fibre ÷ households"),
            "figures.ratio_of_fields",
            Rollup.RATIO,
            ("village_fibre",),
            arguments={"numerator": "households_passed", "denominator": "households"},
            target=settings().ftth_target,
            target_year=2025,
            clause="十二",
        ),
        Indicator(
            "fibre_villages",
            Text("通光纤行政村", "Villages with fibre"),
            Unit.VILLAGES,
            Direction.HIGHER,
            Text("有光纤覆盖户的行政村数", "villages with at least one household passed by fibre"),
            "figures.count_positive",
            Rollup.SUM,
            ("village_fibre",),
            arguments={"field": "households_passed"},
            clause="十二",
        ),
        Indicator(
            "people_in_4g_share",
            Text("4G 覆盖人口比例", "People inside 4G reach"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                "距 4G/5G 基站 3 km 以内的自然村人口 ÷ 自然村总人口",
                "people within 3 km of a 4G or 5G station ÷ all people of natural villages",
            ),
            "coverage.share_within_distance",
            Rollup.RATIO,
            ("base_stations", "settlements"),
            arguments={**_REACH_4G, "weight": "population"},
            target=0.99,
            target_year=2025,
            clause="十二",
        ),
        Indicator(
            "people_in_5g_share",
            Text("5G 覆盖人口比例", "People inside 5G reach"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                "距 5G 基站 1 km 以内的自然村人口 ÷ 自然村总人口",
                "people within 1 km of a 5G station ÷ all people of natural villages",
            ),
            "coverage.share_within_distance",
            Rollup.RATIO,
            ("base_stations", "settlements"),
            arguments={**_REACH_5G, "weight": "population"},
            target=0.6,
            target_year=2025,
            clause="十二",
        ),
        Indicator(
            "people_in_4g_sight_share",
            Text("4G 视线覆盖人口比例", "People in sight of 4G"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                "距 4G/5G 基站 3 km 以内且视线不被地形遮挡的自然村人口 ÷ 自然村总人口",
                "people within 3 km of a 4G or 5G station and in sight of it over the terrain ÷ "
                "all people of natural villages",
            ),
            "sight.share_in_sight",
            Rollup.RATIO,
            ("base_stations", "settlements"),
            arguments={**_REACH_4G, **_HEIGHTS},
            target=0.99,
            target_year=2025,
            clause="十二",
            rasters=(RasterKind.ELEVATION,),
        ),
        Indicator(
            "people_in_5g_sight_share",
            Text("5G 视线覆盖人口比例", "People in sight of 5G"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                "距 5G 基站 1 km 以内且视线不被地形遮挡的自然村人口 ÷ 自然村总人口",
                "people within 1 km of a 5G station and in sight of it over the terrain ÷ "
                "all people of natural villages",
            ),
            "sight.share_in_sight",
            Rollup.RATIO,
            ("base_stations", "settlements"),
            arguments={**_REACH_5G, **_HEIGHTS},
            target=0.6,
            target_year=2025,
            clause="十二",
            rasters=(RasterKind.ELEVATION,),
        ),
        Indicator(
            "people_in_4g_grid_share",
            Text("4G 覆盖人口比例（人口栅格）", "People inside 4G reach (population raster)"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                "人口栅格中距 4G/5G 基站 3 km 以内的人口 ÷ 栅格总人口",
                "people of the population raster within 3 km of a 4G or 5G station ÷ all people of the raster",
            ),
            "population_grid.share_within_distance",
            Rollup.RATIO,
            ("base_stations",),
            arguments=_REACH_4G,
            target=0.99,
            target_year=2025,
            clause="十二",
            rasters=(RasterKind.POPULATION,),
        ),
        Indicator(
            "median_down_mbps",
            Text("实测下行速率中位数", "Median measured download"),
            Unit.MBPS,
            Direction.HIGHER,
            Text("村内网速测试下行速率的中位数", "median download rate of the speed tests in the village"),
            "figures.observations",
            Rollup.MEDIAN,
            ("speed_tests",),
            arguments={"field": "down_mbps"},
            target=100.0,
            target_year=2025,
            clause="十二",
        ),
    ),
)
