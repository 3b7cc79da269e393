"""Roads 道路 (plan clause 12; JTG B01, GB/T 917): centre lines and the natural villages they link."""

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
from layers._style import Style, Symbol
from layers.codes import HARDENED_SURFACES, Condition, RasterKind, RoadClass, Surface, TechnicalClass

_HARDENED = [str(surface) for surface in HARDENED_SURFACES]
_TRAVEL = {
    "tolerance_m": 5.0,
    "snap_m": 1500.0,
    "walking_kmh": 4.0,
    "technical_kmh": {
        str(TechnicalClass.EXPRESSWAY): 100.0,
        str(TechnicalClass.FIRST): 80.0,
        str(TechnicalClass.SECOND): 60.0,
        str(TechnicalClass.THIRD): 30.0,
        str(TechnicalClass.FOURTH): 20.0,
        str(TechnicalClass.SUBSTANDARD): 15.0,
    },
    "road_kmh": {
        str(RoadClass.NATIONAL): 60.0,
        str(RoadClass.PROVINCIAL): 60.0,
        str(RoadClass.COUNTY): 30.0,
        str(RoadClass.TOWNSHIP): 20.0,
        str(RoadClass.VILLAGE): 20.0,
    },
    "surface_factor": {str(Surface.GRAVEL): 0.75, str(Surface.EARTH): 0.5},
    "condition_factor": {str(Condition.POOR): 0.8, str(Condition.BAD): 0.6},
}
"""Speeds are design speeds of JTG B01-2014: the middle of three, the lower of two, as in hills; see docs/network.md."""
_SEAT_SOURCES = ("roads", "settlements", "township_seats")

ROADS = FeatureType(
    id="roads",
    title=Text("道路", "Roads"),
    geometry=Geometry.LINE,
    key=("segment_no",),
    label_field="road_no",
    source=Text("JTG B01、GB/T 917", "JTG B01, GB/T 917"),
    fields=(
        Field("segment_no", Text("路段编号", "Segment number"), required=True, headings=("编号", "LDBH")),
        Field(
            "road_no",
            Text("路线编号", "Road number"),
            headings=("道路编号", "路线代码", "LXBH"),
            summary=True,
        ),
        Field("name", Text("路线名称", "Name"), headings=("名称", "道路名称", "LXMC"), summary=True),
        Field(
            "road_class",
            Text("行政等级", "Administrative class"),
            Kind.CODE,
            codes=RoadClass,
            required=True,
            headings=("道路类别", "XZDJ"),
            filterable=True,
            summary=True,
        ),
        Field(
            "technical_class",
            Text("技术等级", "Technical class"),
            Kind.CODE,
            codes=TechnicalClass,
            headings=("公路等级", "JSDJ"),
            summary=True,
        ),
        Field(
            "surface",
            Text("路面类型", "Surface"),
            Kind.CODE,
            codes=Surface,
            headings=("路面", "LMLX"),
            filterable=True,
            summary=True,
        ),
        Field(
            "width_m",
            Text("路面宽度", "Width"),
            Kind.NUMBER,
            unit="m",
            minimum=0.5,
            maximum=80,
            headings=("路宽", "宽度", "LMKD"),
            summary=True,
        ),
        Field(
            "lanes", Text("车道数", "Lanes"), Kind.INTEGER, minimum=1, maximum=12, headings=("车道", "CDS")
        ),
        Field(
            "condition",
            Text("路况", "Condition"),
            Kind.CODE,
            codes=Condition,
            headings=("技术状况", "LK"),
            filterable=True,
            summary=True,
        ),
        Field(
            "linked_settlements",
            Text("连通自然村", "Settlements linked"),
            Kind.INTEGER,
            minimum=0,
            maximum=200,
        ),
        Field("maintainer", Text("管养单位", "Maintenance owner"), headings=("养护单位", "GYDW")),
    ),
    rules=(
        Rule(
            "expressway_unpaved",
            Text(
                "二级及以上公路的路面不应是砂石或土路", "A class 2 or better road cannot be gravel or earth"
            ),
            Remedy.WARN,
            ("technical_class", "surface"),
            broken=lambda f: (
                f["technical_class"].isin(["expressway", "1", "2"]) & f["surface"].isin(["gravel", "earth"])
            ),
        ),
    ),
    style=Style(
        Symbol("#8a8178", width=1),
        attribute="road_class",
        symbols={
            "G": Symbol("#b5482a", width=3.2),
            "S": Symbol("#d98032", width=2.6),
            "X": Symbol("#c9a227", width=2.0),
            "Y": Symbol("#8a7f5c", width=1.4),
            "C": Symbol("#9c9388", width=0.9),
        },
        value_min_zoom={"X": 9, "Y": 10, "C": 11},
        priority=("G", "S", "X", "Y", "C"),
        min_zoom=7,
        full_zoom=12,
    ),
)

LAYER = Layer(
    id="roads",
    title=Text("道路", "Roads"),
    features=(ROADS,),
    clause="十二",
    core=True,
    order=20,
    indicators=(
        Indicator(
            "hardened_share",
            Text("村道硬化率", "Hardened share of village roads"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                "村界内水泥或沥青村道里程 ÷ 已知路面的村道里程",
                "length of cement or asphalt village roads ÷ village roads of known surface",
            ),
            "roads.hardened_share",
            Rollup.RATIO,
            ("roads",),
            arguments={"road_classes": ["C"], "hardened": _HARDENED},
            target=1.0,
            target_year=2025,
            clause="十二",
        ),
        Indicator(
            "linked_settlement_share",
            Text("自然村通硬化路比例", "Natural villages on a hardened road"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                f"距硬化路 50 m 以内的自然村 ÷ {settings().linked_settlement_households} 户以上自然村",
                "natural villages within 50 m of a hardened road ÷ natural villages of at least "
                f"{settings().linked_settlement_households} households",
            ),
            "roads.share_near_hardened",
            Rollup.RATIO,
            ("roads", "settlements"),
            arguments={
                "distance_m": 50.0,
                "hardened": _HARDENED,
                "min_households": settings().linked_settlement_households,
                "weight": None,
            },
            target=1.0,
            target_year=2025,
            clause="十二",
        ),
        Indicator(
            "mean_distance_to_hardened_m",
            Text("自然村距硬化路平均距离", "Mean distance to a hardened road"),
            Unit.METRES,
            Direction.LOWER,
            Text(
                "各自然村到最近硬化路距离的平均",
                "mean distance from natural villages to the nearest hardened road",
            ),
            "roads.mean_distance_to_hardened",
            Rollup.RATIO,
            ("roads", "settlements"),
            arguments={"hardened": _HARDENED},
            clause="十二",
        ),
        Indicator(
            "worst_distance_to_hardened_m",
            Text("自然村距硬化路最远距离", "Worst distance to a hardened road"),
            Unit.METRES,
            Direction.LOWER,
            Text(
                "各自然村到最近硬化路距离的最大值",
                "largest distance from a natural village to the nearest hardened road",
            ),
            "roads.distance_to_hardened",
            Rollup.MAXIMUM,
            ("roads", "settlements"),
            arguments={"hardened": _HARDENED},
            clause="十二",
        ),
        Indicator(
            "rural_access_index",
            Text("农村通达指数", "Rural Access Index"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                "距全天候道路 2 km 以内的自然村人口 ÷ 自然村总人口（SDG 9.1.1）",
                "people within 2 km of an all-season road ÷ all people of natural villages (SDG 9.1.1)",
            ),
            "roads.share_near_hardened",
            Rollup.RATIO,
            ("roads", "settlements"),
            arguments={
                "distance_m": 2000.0,
                "hardened": _HARDENED,
                "min_households": 0,
                "weight": "population",
            },
            target=1.0,
            target_year=2025,
            clause="十二",
        ),
        Indicator(
            "minutes_to_seat",
            Text("到乡镇政府驻地平均时间", "Mean time to the township seat"),
            Unit.MINUTES,
            Direction.LOWER,
            Text(
                "自然村沿路网到本乡镇政府驻地的时间按人口加权平均（不含路网不通的）",
                "minutes over the road network from natural villages to their own township's seat, "
                "weighted by people (the unconnected left out)",
            ),
            "travel.mean_minutes_to_seat",
            Rollup.RATIO,
            _SEAT_SOURCES,
            arguments={"travel": _TRAVEL},
            clause="十二",
        ),
        Indicator(
            "people_within_30_min_share",
            Text("30 分钟到驻地人口比例", "People within 30 minutes of the seat"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                "30 分钟内沿路网到本乡镇政府驻地的人口 ÷ 自然村总人口（路网不通的计为不能到达）",
                "people who reach their own township's seat over the road network within 30 minutes ÷ all people "
                "of natural villages (the unconnected do not reach it)",
            ),
            "travel.share_within_minutes",
            Rollup.RATIO,
            _SEAT_SOURCES,
            arguments={"minutes": 30.0, "travel": _TRAVEL},
            clause="十二",
        ),
        Indicator(
            "unconnected_people",
            Text("路网不通人口", "People without a road to the seat"),
            Unit.PERSONS,
            Direction.LOWER,
            Text(
                "没有道路连到本乡镇政府驻地的自然村人口",
                "people of natural villages that no road connects to their own township's seat",
            ),
            "travel.unconnected_people",
            Rollup.SUM,
            _SEAT_SOURCES,
            arguments={"travel": _TRAVEL},
            clause="十二",
        ),
        Indicator(
            "rural_access_index_grid",
            Text("农村通达指数（人口栅格）", "Rural Access Index (population raster)"),
            Unit.SHARE,
            Direction.HIGHER,
            Text(
                "人口栅格中距全天候道路 2 km 以内的人口 ÷ 栅格总人口（SDG 9.1.1）",
                "people of the population raster within 2 km of an all-season road ÷ "
                "all people of the raster (SDG 9.1.1)",
            ),
            "population_grid.share_near_hardened",
            Rollup.RATIO,
            ("roads",),
            arguments={"distance_m": 2000.0, "hardened": _HARDENED},
            target=1.0,
            target_year=2025,
            clause="十二",
            rasters=(RasterKind.POPULATION,),
        ),
    ),
)
