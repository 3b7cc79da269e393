"""Clinics 卫生站 (plan clause 13)."""

from i18n import Text
from layers._declaration import FeatureType, Field, Geometry, Kind, Layer
from layers._style import Shape, Style, Symbol
from layers.codes import CodeList


class ClinicKind(CodeList):
    """Kinds of rural clinics."""

    TOWNSHIP = "township", "乡镇卫生院", "township hospital", "卫生院"
    VILLAGE = "village", "村卫生站", "village clinic", "卫生站", "村卫生室", "卫生室"


CLINICS = FeatureType(
    id="clinics",
    title=Text("卫生院站", "Clinics"),
    geometry=Geometry.POINT,
    key=("clinic_no",),
    label_field="name",
    fields=(
        Field("clinic_no", Text("机构编号", "Clinic number"), required=True, headings=("编号", "JGBH")),
        Field("name", Text("机构名称", "Name"), required=True, headings=("名称", "JGMC"), summary=True),
        Field(
            "clinic_kind",
            Text("机构类型", "Kind"),
            Kind.CODE,
            codes=ClinicKind,
            headings=("类型", "JGLX"),
            filterable=True,
            summary=True,
        ),
        Field(
            "beds",
            Text("床位数", "Beds"),
            Kind.INTEGER,
            minimum=0,
            maximum=5000,
            headings=("床位",),
            summary=True,
        ),
        Field(
            "doctors",
            Text("医生数", "Doctors"),
            Kind.INTEGER,
            minimum=0,
            maximum=5000,
            headings=("医生",),
            summary=True,
        ),
    ),
    style=Style(
        Symbol("#ffffff", fill="#c51b7d", radius=5, fill_opacity=1, shape=Shape.CROSS),
        min_zoom=10,
        full_zoom=12,
        shown=False,
    ),
)

LAYER = Layer(
    id="clinics", title=Text("医疗卫生", "Health care"), features=(CLINICS,), clause="十三", order=60
)
