"""The exports of a plan: two pages whatever the data say, text as text, sums that agree."""

import io
import re
import zlib
from dataclasses import replace
from itertools import pairwise

import openpyxl
import pytest
import shapely

from i18n import LANGUAGES, Lang
from layers.codes import CandidateKind
from maps.plan_picture import PlanShape, plan_picture
from pipelines.plan_report import (
    CurvePoint,
    PlanReport,
    ReportPayment,
    ReportProject,
    as_pdf,
    as_workbook,
    page_pictures,
    picture_png,
)
from pipelines.plan_report.curve import curve_svg
from pipelines.words_on_paper import cut

PNG = b"\x89PNG\r\n\x1a\n"
HOSTILE = '#panic("x") *粗* _斜_ "引" <标签> $x$ \\ @a = `码` </svg><script>alert(1)</script> \u202e反 \x07'
COUNTY = shapely.box(113.0, 24.0, 113.4, 24.3)


def picture(lang: Lang = "zh", name: str = "佛冈县") -> str:
    shapes = [
        PlanShape(shapely.LineString([(113.05, 24.05), (113.1, 24.1)]), "road_link", True),
        PlanShape(shapely.LineString([(113.2, 24.05), (113.3, 24.1)]), "mains_extension", False),
        PlanShape(shapely.Point(113.2, 24.2), "base_station_4g", True),
        PlanShape(shapely.MultiPoint([(113.1, 24.2), (113.11, 24.21)]), "house_renovation", True),
    ]
    halves = [shapely.box(113.0, 24.0, 113.2, 24.3), shapely.box(113.2, 24.0, 113.4, 24.3)]
    return plan_picture([(COUNTY, name)], halves, shapes, title="规划图", lang=lang)


def report(lang: Lang = "zh", projects: int = 40) -> PlanReport:
    chosen = tuple(
        ReportProject(
            f"R{i:05d}",
            f"上屋—下村{i}通硬化路",
            "佛冈县石角镇大村村",
            CandidateKind.ROAD_LINK.text.get(lang),
            "1.8 km",
            120 + i,
            812_000,
            2026 + i % 3,
            "中央资金、市级资金",
        )
        for i in range(projects)
    )
    return PlanReport(
        lang=lang,
        title="佛冈县、连南县道路与饮水项目方案",
        subtitle="2 个县，2026—2028 年，数据截至 2026-06-30",
        notice="模拟数据。",
        asked=tuple(f"条件 {i}：每个乡镇至少满足 20% 的缺口人口。" for i in range(6)),
        figures=tuple((f"指标 {i}", f"{12_345 * i:,}") for i in range(8)),
        gap_words="与理论最优最多相差 0.8%。",
        chosen=chosen,
        others=tuple(replace(one, year=None, note="预算用完。") for one in chosen[:5]),
        payments=tuple(
            ReportPayment(source, year, 5_000_000, 4_321_000)
            for source in ("中央资金", "省级资金", "市级资金")
            for year in (2026, 2027, 2028)
        ),
        rules=("不安排搬迁撤并村。",),
        assumptions=("单价为演示取值。",),
        sources=("演示城市。",),
        made_by=("HiGHS 混合整数规划，间隙 0.8%，用时 3.2 秒。",),
        map_svg=picture(lang),
        curve=tuple(CurvePoint(b * 1e6, 9000 * b / (b + 5)) for b in range(0, 31, 3)),
        budget_yuan=12_000_000,
        next_million=("再加 100 万元：多服务 312 人次。",),
    )


def hostile() -> PlanReport:
    long = HOSTILE * 30
    project = ReportProject(long, long, long, long, long, 0, 10**13, 2026, long, long)
    return replace(
        report(),
        title=long,
        subtitle=long,
        notice=long,
        asked=(long,) * 60,
        figures=((long, long),) * 20,
        gap_words=long,
        chosen=(project,) * 3000,
        others=(project,) * 10,
        payments=tuple(
            ReportPayment(f"{i}{long}", 2026 + y, 10**13, 10**12) for i in range(9) for y in range(8)
        ),
        made_by=(long,) * 9,
        next_million=(long,) * 40,
        map_svg=picture(name=HOSTILE),
    )


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type */Page\b", pdf))


def unicode_of(pdf: bytes) -> str:
    """Letters that the fonts of a PDF can be read back as (their ToUnicode tables)."""
    found = ""
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            table = zlib.decompress(packed)
        except zlib.error:
            continue
        if b"beginbfchar" in table or b"beginbfrange" in table:
            for code in re.findall(rb"<[0-9A-F]+> *<([0-9A-F]+)>", table):
                found += bytes.fromhex(code.decode()).decode("utf-16-be", "replace")
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("projects", [0, 3, 400])
def test_pdf_has_two_pages_with_chinese_letters(lang: Lang, projects: int) -> None:
    pdf = as_pdf(report(lang, projects))
    assert pdf.startswith(b"%PDF")
    assert pages(pdf) == 2
    assert b"NotoSansCJKsc" in pdf
    assert set("佛冈县连南道路与饮水项目方案") <= set(unicode_of(pdf))


def test_pdf_of_hostile_text_has_two_pages_and_shows_it_as_text() -> None:
    pdf = as_pdf(hostile())
    assert pages(pdf) == 2
    assert "#" in unicode_of(pdf)
    assert "\u202e" not in unicode_of(pdf)


def test_pages_and_map_as_pictures() -> None:
    made = page_pictures(report(), ppi=40)
    assert len(made) == 2
    assert all(page.startswith(PNG) for page in made)
    assert picture_png(picture(), ppi=72).startswith(PNG)


def test_picture_escapes_names_and_tells_chosen_from_others() -> None:
    drawn = picture(name='"><script>县')
    assert "<script" not in drawn
    assert drawn.count("#c026d3") == 2  # the road and its swatch
    assert "#7c3aed" not in drawn  # the main was not chosen: grey
    for words in ("入选项目", "未入选", "CGCS2000", "县界", "北"):
        assert words in drawn


def test_workbook_keeps_sums_and_runs_nothing() -> None:
    data = replace(
        report(), others=(ReportProject("=1+1", "=HYPERLINK(1)", "@x", "+k", "-s", 0, 1, note="=2"),)
    )
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(data)))
    assert book.sheetnames == ["概况", "入选项目", "未入选", "资金", "预算与受益", "规则", "假设", "数据来源"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    chosen = list(book["入选项目"].iter_rows(min_row=2, values_only=True))
    assert len(chosen) == len(data.chosen)
    assert sum(row[6] for row in chosen) == sum(one.cost_yuan for one in data.chosen)
    money = list(book["资金"].iter_rows(min_row=2, values_only=True))
    assert sum(row[4] for row in money) == 9 * (5_000_000 - 4_321_000)


def test_workbook_takes_hostile_text() -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(hostile())))
    assert book["未入选"]["B2"].value.startswith("#panic")


def test_curve_rises_to_the_right_and_marks_the_budget() -> None:
    points = tuple(CurvePoint(b * 1e5, 10.0 * b) for b in range(5))
    drawn = curve_svg(points, 2e5, "en")
    spots = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', drawn)]
    assert len(spots) == 5
    assert all(a[0] < b[0] and a[1] > b[1] for a, b in pairwise(spots))
    mark = re.search(r'M([\d.]+) \d+V\d+" stroke="#b45309"', drawn)
    assert mark is not None
    assert float(mark.group(1)) == spots[2][0]
    assert curve_svg(points[:1], 1, "en") == ""


def test_cut_counts_wide_letters_twice() -> None:
    assert cut("村村村村", 8) == "村村村村"
    assert cut("村村村村村", 8) == "村村村…"
    assert cut("a\u202eb\x07c\nd", 20) == "abc d"
