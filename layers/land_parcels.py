"""Parcels 用地地块 (plan clause 17): land that is asked for, ordinary or by building footprint (点状供地)."""

from i18n import Text
from layers._declaration import FeatureType, Field, Geometry, Kind, Layer, Remedy, Rule
from layers._style import Style, Symbol
from layers.codes import LandClass, ParcelKind, ParcelUse, QuotaKind, Role
from layers.land_constraints import STATED_AREA, stated_area

PARCELS = FeatureType(
    id="land_parcels",
    title=Text("用地地块", "Parcels"),
    geometry=Geometry.POLYGON,
    key=("parcel_no",),
    label_field="name",
    writers=(Role.CLERK, Role.LAND_REVIEWER, Role.DATA_STEWARD),
    source=Text("GB/T 21010-2017、TD/T 1055-2019", "GB/T 21010-2017, TD/T 1055-2019"),
    fields=(
        Field(
            "parcel_no",
            Text("地块编号", "Parcel number"),
            required=True,
            headings=("编号", "DKBH"),
            summary=True,
        ),
        Field("name", Text("地块名称", "Name"), required=True, headings=("名称", "DKMC"), summary=True),
        Field(
            "parcel_kind",
            Text("供地方式", "Kind of supply"),
            Kind.CODE,
            codes=ParcelKind,
            headings=("地块类型", "供地类型", "GDFS"),
            filterable=True,
            summary=True,
        ),
        Field(
            "parcel_use",
            Text("地块用途", "Use"),
            Kind.CODE,
            codes=ParcelUse,
            headings=("用途", "土地用途", "DKYT"),
            filterable=True,
            summary=True,
        ),
        # It may be a villager: not in lists and cards of the map; the page of parcels says it to who reads reviews.
        Field("applicant", Text("用地单位", "Applicant"), headings=("申请单位", "YDDW")),
        stated_area(20_000),
        Field(
            "class_before",
            Text("现状地类", "Present land class"),
            Kind.CODE,
            codes=LandClass,
            headings=("地类编码", "地类", "DLBM"),
            summary=True,
        ),
        Field(
            "quota_kind",
            Text("使用指标类型", "Quota asked for"),
            Kind.CODE,
            codes=QuotaKind,
            headings=("指标类型", "ZBLX"),
            summary=True,
        ),
        Field(
            "project_no",
            Text("节余指标来源项目", "Project whose saved quota is used"),
            headings=("整治项目编号", "来源项目", "XMBH"),
        ),
        Field("note", Text("情况说明", "Note"), headings=("说明", "SM"), max_length=1000),
    ),
    rules=(
        STATED_AREA,
        Rule(
            "saved_without_project",
            Text(
                "使用节余指标的地块没有填写来源项目",
                "A parcel that uses saved quota does not name its project",
            ),
            Remedy.WARN,
            ("quota_kind", "project_no"),
            broken=lambda f: (f["quota_kind"] == "saved") & f["project_no"].isna(),
        ),
    ),
    style=Style(
        Symbol("#0f172a", fill="#38bdf8", fill_opacity=0.35, width=1.6),
        attribute="parcel_kind",
        symbols={
            "ordinary": Symbol("#075985", fill="#38bdf8", fill_opacity=0.35, width=1.6),
            "spot": Symbol("#9d174d", fill="#f472b6", fill_opacity=0.45, width=1.6),
        },
        min_zoom=11,
        full_zoom=13,
        shown=False,
    ),
)
"""Without `quota_kind` a parcel asks for `QuotaKind.RESERVE`, without `parcel_kind` it is `ParcelKind.ORDINARY`."""

LAYER = Layer(
    id="land_parcels", title=Text("用地地块", "Parcels"), features=(PARCELS,), clause="十七", order=54
)
