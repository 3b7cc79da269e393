"""A made-up layer with one of everything, and a file of its kind as a department would hand it in."""

from pathlib import Path

import openpyxl

from i18n import Text
from layers import (
    CodeList,
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
    Style,
    Symbol,
    Unit,
)


class ColdKind(CodeList):
    """Kinds of cold stores."""

    FRESH = "fresh", "保鲜库", "fresh-keeping store", "气调库"
    FREEZER = "freezer", "冷冻库", "freezer", "速冻库"


COLD_STORES = FeatureType(
    id="cold_stores",
    title=Text("农产品冷库", "Cold stores"),
    geometry=Geometry.POINT,
    key=("store_no",),
    label_field="name",
    fields=(
        Field("store_no", Text("冷库编号", "Store number"), required=True, headings=("编号",)),
        Field("name", Text("冷库名称", "Name"), required=True, headings=("名称",), summary=True),
        Field(
            "cold_kind",
            Text("冷库类型", "Kind"),
            Kind.CODE,
            codes=ColdKind,
            headings=("类型",),
            filterable=True,
            summary=True,
        ),
        Field(
            "capacity_t",
            Text("库容", "Capacity"),
            Kind.NUMBER,
            unit="t",
            minimum=0,
            maximum=100_000,
            unit_factors={"万吨": 10_000},
            summary=True,
        ),
        Field("keeper", Text("负责人", "Keeper"), personal=True, summary=True),
    ),
    rules=(
        Rule(
            "freezer_without_capacity",
            Text("冷冻库必须填写库容", "A freezer states its capacity"),
            Remedy.REJECT,
            ("cold_kind", "capacity_t"),
            broken=lambda f: (f["cold_kind"] == "freezer") & f["capacity_t"].isna(),
        ),
    ),
    style=Style(
        Symbol("#ffffff", fill="#777777"),
        attribute="cold_kind",
        symbols={"fresh": Symbol("#ffffff", fill="#2a9d8f"), "freezer": Symbol("#ffffff", fill="#264653")},
        priority=("freezer", "fresh"),
        min_zoom=9,
        full_zoom=12,
    ),
)
WITH_STORE = Indicator(
    "villages_with_cold_store",
    Text("有冷库的行政村", "Villages with a cold store"),
    Unit.VILLAGES,
    Direction.HIGHER,
    Text("库容大于 0 的行政村数", "villages whose cold stores hold more than nothing"),
    "figures.count_positive",
    Rollup.SUM,
    ("cold_stores",),
    arguments={"field": "capacity_t"},
)
LAYER = Layer("cold_chain", Text("冷链", "Cold chain"), (COLD_STORES,), (WITH_STORE,), order=90)


def workbook(folder: Path, points: list[tuple[float, float]]) -> Path:
    """The file of a department: two sound rows, a freezer without capacity, a store without a name."""
    (x0, y0), (x1, y1), (x2, y2) = points
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["编号", "冷库名称", "类型", "库容(万吨)", "负责人", "经度", "纬度"])
    sheet.append(["L1", "汤塘砂糖桔冷库", "气调库", 0.25, "欧阳修远", x0, y0])
    sheet.append(["L2", "洛洞冷链站", "冷冻库", 0.04, "李四光", x1, y1])
    sheet.append(["L3", "下岳速冻库", "速冻库", None, "王五六", x2, y2])
    sheet.append(["L4", None, "保鲜库", 0.01, "赵七八", x2, y2])
    path = folder / "冷库台账.xlsx"
    book.save(path)
    return path
