"""Administrative units: city, counties, townships, villages, and the natural villages below them."""

from i18n import Text
from layers._declaration import FeatureType, Field, Geometry, Kind, Layer, Remedy, Rule
from layers._style import Shape, Style, Symbol
from layers.codes import AdminKind, AdminLevel, VillageType

ADMIN_UNITS = FeatureType(
    id="admin_units",
    title=Text("行政区划", "Administrative units"),
    geometry=Geometry.POLYGON,
    key=("admin_code",),
    label_field="name",
    levels=tuple(AdminLevel),
    source=Text(
        "国家统计局统计用区划代码", "Statistical division codes of the National Bureau of Statistics"
    ),
    fields=(
        Field(
            "name",
            Text("名称", "Name"),
            required=True,
            headings=("区划名称", "行政区划名称", "单位名称", "MC", "XZQMC"),
            in_tile=True,
            summary=True,
        ),
        Field(
            "level",
            Text("级别", "Level"),
            Kind.CODE,
            codes=AdminLevel,
            required=True,
            headings=("层级", "行政级别", "JB"),
            in_tile=True,
        ),
        Field(
            "kind",
            Text("类别", "Kind"),
            Kind.CODE,
            codes=AdminKind,
            required=True,
            headings=("单位类别", "类型", "LB"),
            in_tile=True,
            summary=True,
        ),
        Field(
            "village_type",
            Text("村庄分类", "Village type"),
            Kind.CODE,
            codes=VillageType,
            headings=("村庄类型", "规划分类", "CZFL"),
            in_tile=True,
            summary=True,
        ),
    ),
)

SETTLEMENTS = FeatureType(
    id="settlements",
    title=Text("自然村", "Natural villages"),
    geometry=Geometry.POINT,
    key=("settlement_no",),
    label_field="name",
    fields=(
        Field(
            "settlement_no",
            Text("自然村编号", "Settlement number"),
            required=True,
            headings=("编号", "自然村代码", "ZRCBH"),
        ),
        Field(
            "name",
            Text("自然村名称", "Name"),
            required=True,
            headings=("自然村", "名称", "ZRCMC"),
            in_tile=True,
            summary=True,
        ),
        Field(
            "households",
            Text("户数", "Households"),
            Kind.INTEGER,
            unit="户",
            minimum=0,
            maximum=5000,
            headings=("总户数", "HS"),
            in_tile=True,
            summary=True,
        ),
        Field(
            "population",
            Text("人口", "Population"),
            Kind.INTEGER,
            unit="人",
            minimum=0,
            maximum=20000,
            headings=("总人口", "人口数", "RK"),
            summary=True,
        ),
    ),
    rules=(
        Rule(
            "population_per_household",
            Text(
                "每户超过 15 人，请核对户数与人口", "More than 15 persons to a household: check both figures"
            ),
            Remedy.WARN,
            ("households", "population"),
            broken=lambda f: f["population"] > 15 * f["households"],
        ),
    ),
    style=Style(
        Symbol("#5b5348", fill="#f7f3ea", radius=2.5, width=1, fill_opacity=1, shape=Shape.CIRCLE),
        min_zoom=11,
        full_zoom=13,
        shown=False,
    ),
)

TOWNSHIP_SEATS = FeatureType(
    id="township_seats",
    title=Text("乡镇政府驻地", "Township seats"),
    geometry=Geometry.POINT,
    key=("admin_code",),
    label_field="name",
    levels=(AdminLevel.TOWNSHIP,),
    fields=(
        Field(
            "name",
            Text("驻地名称", "Seat"),
            required=True,
            headings=("名称", "政府驻地", "ZDMC"),
            summary=True,
        ),
    ),
    style=Style(
        Symbol("#8f1d14", fill="#d7301f", radius=5, width=1, fill_opacity=1, shape=Shape.DIAMOND),
        min_zoom=9,
        full_zoom=11,
        shown=False,
    ),
)

LAYER = Layer(
    id="admin_units",
    title=Text("行政区划与自然村", "Administrative units and settlements"),
    features=(ADMIN_UNITS, SETTLEMENTS, TOWNSHIP_SEATS),
    order=0,
)
