"""Logistics points of the county-township-village network 三级物流 (plan clause 12)."""

from i18n import Text
from layers._declaration import FeatureType, Field, Geometry, Kind, Layer
from layers._style import Shape, Style, Symbol
from layers.codes import CodeList, OperatingState


class LogisticsTier(CodeList):
    """Tiers of the county-township-village logistics network (plan clause 12)."""

    COUNTY = "county", "县级中心", "county hub", "县级", "县级物流中心"
    TOWNSHIP = "township", "镇级站", "township station", "镇级", "镇级服务站"
    VILLAGE = "village", "村级点", "village point", "村级", "村级服务点"


LOGISTICS_POINTS = FeatureType(
    id="logistics_points",
    title=Text("物流网点", "Logistics points"),
    geometry=Geometry.POINT,
    key=("point_no",),
    label_field="name",
    fields=(
        Field("point_no", Text("网点编号", "Point number"), required=True, headings=("编号", "WDBH")),
        Field("name", Text("网点名称", "Name"), required=True, headings=("名称", "WDMC"), summary=True),
        Field(
            "tier",
            Text("网点级别", "Tier"),
            Kind.CODE,
            codes=LogisticsTier,
            required=True,
            headings=("级别", "WDJB"),
            filterable=True,
            summary=True,
        ),
        Field(
            "state",
            Text("运营状态", "State"),
            Kind.CODE,
            codes=OperatingState,
            headings=("状态", "YYZT"),
            summary=True,
        ),
    ),
    style=Style(
        Symbol("#ffffff", fill="#7f5539", radius=4.5, fill_opacity=1, shape=Shape.DIAMOND),
        min_zoom=10,
        full_zoom=12,
        shown=False,
    ),
)

LAYER = Layer(
    id="logistics_points",
    title=Text("物流", "Logistics"),
    features=(LOGISTICS_POINTS,),
    clause="十二",
    order=70,
)
