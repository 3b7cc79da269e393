"""Land constraints 国土管控 (plan clause 17): basic farmland, red lines, growth boundaries, hazard points."""

from typing import TYPE_CHECKING

from base.areas import M2_PER_MU
from i18n import Text
from layers._declaration import FeatureType, Field, Geometry, Kind, Layer, Remedy, Rule
from layers._style import Shape, Style, Symbol
from layers.codes import AdminLevel, GrowthZone, HazardKind, LandClass, Role

if TYPE_CHECKING:
    import pandas as pd

_WRITERS = (Role.LAND_REVIEWER, Role.DATA_STEWARD)
_TOLERATED_SHARE, _TOLERATED_MU = 0.01, 0.01
"""How far a stated area may be from the one on the map: a hundredth of it, and never less than is rounded off."""


def stated_area_differs(frame: "pd.DataFrame") -> "pd.Series[bool]":
    """True where `stated_area_mu` is more than 1 % away from the ellipsoidal area (TD/T 1055-2019)."""
    measured_mu = frame["area_m2"] / M2_PER_MU
    allowed_mu = (_TOLERATED_SHARE * measured_mu).clip(lower=_TOLERATED_MU)
    return (frame["stated_area_mu"] - measured_mu).abs() > allowed_mu


STATED_AREA = Rule(
    "stated_area_differs",
    Text(
        "填报面积与图上椭球面积相差超过 1%，请核对图形与面积",
        "The stated area is more than 1 % away from the ellipsoidal area: check shape and figure",
    ),
    Remedy.WARN,
    ("stated_area_mu",),
    broken=stated_area_differs,
)
"""Rule of feature types with areas and a field `stated_area_mu`."""


def stated_area(maximum: float) -> Field:
    """The field of an area as a file states it, 亩; `maximum` is the largest plausible one."""
    return Field(
        "stated_area_mu",
        Text("填报面积", "Stated area"),
        Kind.NUMBER,
        unit="亩",
        minimum=0,
        maximum=maximum,
        headings=("面积", "地块面积", "图斑面积", "MJ"),
        unit_factors={"公顷": 15, "平方米": 15 / 10_000, "m²": 15 / 10_000},
        summary=True,
    )


BASIC_FARMLAND = FeatureType(
    id="basic_farmland",
    title=Text("永久基本农田", "Permanent basic farmland"),
    geometry=Geometry.POLYGON,
    key=("plot_no",),
    label_field="plot_no",
    writers=_WRITERS,
    source=Text("TD/T 1032-2011、GB/T 21010-2017", "TD/T 1032-2011, GB/T 21010-2017"),
    fields=(
        Field(
            "plot_no",
            Text("图斑编号", "Plot number"),
            required=True,
            headings=("编号", "地块编号", "永久基本农田图斑编号", "YJJBNTTBBH", "TBBH"),
            summary=True,
        ),
        Field(
            "land_class",
            Text("地类", "Land class"),
            Kind.CODE,
            codes=LandClass,
            headings=("地类编码", "地类名称", "DLBM"),
            summary=True,
        ),
        stated_area(100_000),
        Field(
            "grade",
            Text("质量等级", "Quality grade"),
            Kind.INTEGER,
            minimum=1,
            maximum=15,
            headings=("耕地质量等级", "等级", "ZLDJ"),
            summary=True,
        ),
    ),
    rules=(STATED_AREA,),
    style=Style(
        Symbol("#a16207", fill="#ca8a04", fill_opacity=0.12, width=1.0, dash="1 3", hatched=True),
        min_zoom=11,
        full_zoom=14,
        shown=False,
    ),
)

ECOLOGICAL_REDLINES = FeatureType(
    id="ecological_redlines",
    title=Text("生态保护红线", "Ecological red lines"),
    geometry=Geometry.POLYGON,
    key=("redline_no",),
    label_field="name",
    levels=(AdminLevel.COUNTY,),
    writers=_WRITERS,
    source=Text("《生态保护红线划定指南》(2017)", "Guidelines for ecological red lines (2017)"),
    fields=(
        Field(
            "redline_no",
            Text("红线编号", "Red line number"),
            required=True,
            headings=("编号", "地块编号", "HXBH", "BH"),
            summary=True,
        ),
        Field(
            "name",
            Text("红线名称", "Name"),
            required=True,
            headings=("名称", "地块名称", "HXMC"),
            summary=True,
        ),
        Field("function", Text("主导功能", "Main function"), headings=("主导生态功能", "功能", "ZDGN")),
        stated_area(3_000_000),
    ),
    rules=(STATED_AREA,),
    style=Style(
        Symbol("#dc2626", fill="#ef4444", fill_opacity=0.08, width=1.6, dash="7 3", hatched=True),
        min_zoom=8,
        full_zoom=11,
        shown=False,
    ),
)

GROWTH_BOUNDARIES = FeatureType(
    id="growth_boundaries",
    title=Text("城镇开发边界", "Urban growth boundaries"),
    geometry=Geometry.POLYGON,
    key=("boundary_no",),
    label_field="name",
    levels=(AdminLevel.COUNTY, AdminLevel.TOWNSHIP),
    writers=_WRITERS,
    source=Text("《城镇开发边界划定指南》、TD/T 1065-2021", "TD/T 1065-2021"),
    fields=(
        Field(
            "boundary_no",
            Text("边界编号", "Boundary number"),
            required=True,
            headings=("编号", "地块编号", "BJBH", "BH"),
            summary=True,
        ),
        Field(
            "name",
            Text("边界名称", "Name"),
            required=True,
            headings=("名称", "地块名称", "BJMC"),
            summary=True,
        ),
        Field(
            "zone",
            Text("分区类型", "Zone"),
            Kind.CODE,
            codes=GrowthZone,
            required=True,
            headings=("分区", "类型", "FQLX"),
            filterable=True,
            summary=True,
        ),
        stated_area(500_000),
    ),
    rules=(STATED_AREA,),
    style=Style(
        Symbol("#7c3aed", width=1.8, dash="10 4"),
        attribute="zone",
        symbols={
            "concentrated": Symbol("#6d28d9", fill="#8b5cf6", fill_opacity=0.06, width=2.2),
            "elastic": Symbol("#7c3aed", fill="#a78bfa", fill_opacity=0.06, width=1.6, dash="10 4"),
            "special": Symbol("#8b5cf6", fill="#c4b5fd", fill_opacity=0.06, width=1.4, dash="3 3"),
        },
        min_zoom=9,
        full_zoom=12,
        shown=False,
    ),
)

HAZARD_POINTS = FeatureType(
    id="hazard_points",
    title=Text("地质灾害隐患点", "Geological hazard points"),
    geometry=Geometry.POINT,
    key=("hazard_no",),
    label_field="name",
    writers=_WRITERS,
    source=Text("GB/T 32864-2016", "GB/T 32864-2016"),
    fields=(
        Field(
            "hazard_no",
            Text("隐患点编号", "Hazard number"),
            required=True,
            headings=("编号", "统一编号", "YHDBH", "BH"),
            summary=True,
        ),
        Field("name", Text("隐患点名称", "Name"), required=True, headings=("名称", "YHDMC"), summary=True),
        Field(
            "hazard_kind",
            Text("灾害类型", "Kind"),
            Kind.CODE,
            codes=HazardKind,
            required=True,
            headings=("类型", "隐患类型", "ZHLX"),
            filterable=True,
            summary=True,
        ),
        Field("scale", Text("规模等级", "Scale"), headings=("规模", "GMDJ"), summary=True),
        Field(
            "radius_m",
            Text("影响半径", "Affected radius"),
            Kind.NUMBER,
            unit="m",
            minimum=0,
            maximum=5_000,
            headings=("威胁半径", "半径", "YXBJ"),
            summary=True,
        ),
        Field(
            "threatened_people",
            Text("威胁人口", "People threatened"),
            Kind.INTEGER,
            unit="人",
            minimum=0,
            maximum=50_000,
            headings=("威胁人数", "WXRK"),
            summary=True,
        ),
    ),
    style=Style(
        Symbol("#7f1d1d", fill="#fb923c", radius=5, width=1.2, fill_opacity=1, shape=Shape.TRIANGLE),
        min_zoom=9,
        full_zoom=11,
        shown=False,
    ),
)

LAYER = Layer(
    id="land_constraints",
    title=Text("国土管控", "Land constraints"),
    features=(BASIC_FARMLAND, ECOLOGICAL_REDLINES, GROWTH_BOUNDARIES, HAZARD_POINTS),
    clause="十七",
    order=52,
)
