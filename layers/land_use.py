"""Land use 地类图斑 (plan clause 17, domain rule 5): editions of the land survey side by side."""

from i18n import Text
from layers._declaration import FeatureType, Field, Geometry, Kind, Layer
from layers._style import Style, Symbol
from layers.codes import LandClass, Role
from layers.land_constraints import STATED_AREA, stated_area

_FARMLAND, _PLANTATION, _WOODLAND, _BUILT, _WATER = "#d9c35b", "#d8904f", "#6b9a5b", "#b56a73", "#6fa5c9"
_COLORS = {
    "01": _FARMLAND,
    "02": _PLANTATION,
    "03": _WOODLAND,
    "04": "#a7c36f",
    "05": _BUILT,
    "06": _BUILT,
    "07": _BUILT,
    "08": _BUILT,
    "09": _BUILT,
    "10": "#8f8f8f",
    "11": _WATER,
    "12": "#c9bfae",
}
"""By first-level class."""
_SHOWN = (
    LandClass.PADDY,
    LandClass.IRRIGATED,
    LandClass.DRY,
    LandClass.ORCHARD,
    LandClass.TEA,
    LandClass.FOREST,
    LandClass.BAMBOO,
    LandClass.SHRUB,
    LandClass.OTHER_GRASS,
    LandClass.INDUSTRIAL,
    LandClass.VILLAGE_SITE,
    LandClass.HIGHWAY,
    LandClass.RURAL_ROAD,
    LandClass.RIVER,
    LandClass.RESERVOIR,
    LandClass.POND,
    LandClass.FARM_FACILITY,
    LandClass.BARE,
)
"""Classes common in the city; a legend of all 73 would hide the map."""

PATCHES = FeatureType(
    id="land_patches",
    title=Text("地类图斑", "Land patches"),
    geometry=Geometry.POLYGON,
    key=("edition", "patch_no"),
    label_field="patch_no",
    writers=(Role.LAND_REVIEWER, Role.DATA_STEWARD),
    source=Text("GB/T 21010-2017、TD/T 1055-2019", "GB/T 21010-2017, TD/T 1055-2019"),
    fields=(
        Field(
            "edition",
            Text("调查年度", "Edition (year)"),
            Kind.INTEGER,
            required=True,
            minimum=1990,
            maximum=2100,
            headings=("年度", "年份", "ND"),
            summary=True,
        ),
        Field(
            "patch_no",
            Text("图斑编号", "Patch number"),
            required=True,
            headings=("编号", "标识码", "TBBH", "BSM"),
            summary=True,
        ),
        Field(
            "land_class",
            Text("地类", "Land class"),
            Kind.CODE,
            codes=LandClass,
            required=True,
            headings=("地类编码", "地类名称", "DLBM"),
            filterable=True,
            summary=True,
        ),
        stated_area(200_000),
    ),
    rules=(STATED_AREA,),
    style=Style(
        Symbol("#8a8271", fill="#c9bfae", fill_opacity=0.3, width=0.6),
        attribute="land_class",
        symbols={
            str(member): Symbol("#7a7363", fill=_COLORS[str(member.group)], fill_opacity=0.4, width=0.6)
            for member in _SHOWN
        },
        min_zoom=12,
        full_zoom=14,
        shown=False,
    ),
)

LAYER = Layer(
    id="land_use", title=Text("土地利用现状", "Land use"), features=(PATCHES,), clause="十七", order=56
)
