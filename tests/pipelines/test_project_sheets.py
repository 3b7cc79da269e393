"""Sheets of the library: a round through Excel, what each bad cell is told, the same twice, corrections."""

import datetime as dt
import io
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import shapely
import sqlalchemy as sa
from pyproj import Transformer

from access import Assignment, Person
from base.settings import settings
from layers import Remedy, Role
from layers.codes import LibraryState, WorkKind
from pipelines.import_ import FileRefused
from pipelines.progress.cells import (
    CellFault,
    read_milestones,
    read_payments,
    write_milestones,
    write_payments,
)
from pipelines.progress.project_file import ProjectFile, read_projects
from pipelines.progress.project_write import write_projects
from pipelines.progress.report_file import read_reports, write_reports
from pipelines.progress.sheet_import import SheetOptions
from pipelines.progress.template import project_sheet, report_sheet
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from store.progress import report_errors as errors
from store.progress.entry import require_project
from store.progress.handed_in import latest
from store.progress.library import milestones, projects, states
from store.progress.project_links import links, spot_of
from store.progress.reports import LONGEST_TEXT, NewReport, check, reports_of, submit

TODAY = dt.date(2025, 6, 30)
OPTIONS = SheetOptions(today=TODAY)
HEADS = (
    "项目编号", "项目名称", "项目类别", "行政区划代码", "总投资（万元）", "资金来源（万元）", "计划开工", "计划完工",
    "里程碑", "项目状态", "状态日期", "责任部门", "其他受益村", "关联设施", "经度", "纬度",
)  # fmt: skip
STEPS = "开工:20:2025-03-01；主体完成:50:2025-08-01；验收:30:2025-12-01"


@pytest.fixture(scope="module")
def ground(cluster: Cluster, city_template: str) -> Iterator[sa.Engine]:
    """The small city with an empty library; each test takes back what it wrote."""
    create_database(cluster, "sheets", template=city_template)
    engine = make_engine(cluster.url("sheets"), settings())
    with engine.begin() as connection:
        # A cluster kept between sessions may have been sealed with another key.
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
    yield engine
    engine.dispose()
    drop_database(cluster, "sheets")


@pytest.fixture
def connection(ground: sa.Engine) -> Iterator[sa.Connection]:
    with ground.connect() as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def village(connection: sa.Connection) -> str:
    """Code of a village of the small city."""
    return str(
        connection.scalar(sa.text("SELECT min(admin_code) FROM feature.admin_units WHERE level = 'village'"))
    )


Fill = Callable[..., Path]


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    """Write a workbook of headings and rows."""

    def filled(heads: Sequence[str], *rows: Sequence[object], name: str = "项目表.xlsx") -> Path:
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        sheet.append(list(heads))
        for row in rows:
            sheet.append(list(row))
        book.save(tmp_path / name)
        return tmp_path / name

    return filled


def _row(village: str, **other: object) -> list[object]:
    held: dict[str, object] = {
        "项目名称": "上屋通硬化路", "项目类别": "道路提升", "行政区划代码": village, "总投资（万元）": "１２０",
        "资金来源（万元）": "中央:2025:40；县级:2025:80", "计划开工": "2025.3.1", "计划完工": dt.date(2025, 12, 31),
        "里程碑": STEPS, "项目状态": "在建", "状态日期": "2025年3月5日", "责任部门": "无",
    } | other  # fmt: skip
    return [held.get(head) for head in HEADS]


def _put(connection: sa.Connection, path: Path) -> ProjectFile:
    read = read_projects(connection, path, OPTIONS)
    write_projects(connection, read, "测试")
    return read


def test_a_row_becomes_a_project_with_all_that_belongs_to_it(
    connection: sa.Connection, village: str, fill: Fill
) -> None:
    works = connection.execute(sa.text("SELECT works_no FROM feature.water_works LIMIT 1")).scalar_one()
    path = fill(HEADS, _row(village, **{"关联设施": f"water_works:{works}"}))
    read = read_projects(connection, path, OPTIONS)
    assert projects(connection) == [], "checking writes nothing"
    assert (len(read.new), read.told.rejected) == (1, 0)
    done = write_projects(connection, read, "测试")
    (one,) = projects(connection)
    assert done.added == (one.code,) == (f"XM-{village[:6]}-2025-0001",)
    assert (one.name, one.kind, one.layer) == ("上屋通硬化路", WorkKind.ROAD_UPGRADE, "roads")
    assert one.budget_yuan == 1_200_000 and one.department is None and one.villages == (village,)
    assert one.payments == (
        {"source": "central", "year": 2025, "yuan": 400_000},
        {"source": "county", "year": 2025, "yuan": 800_000},
    )
    assert (one.planned_start, one.planned_finish) == (dt.date(2025, 3, 1), dt.date(2025, 12, 31))
    assert milestones(connection)[one.id] == list(read_milestones(STEPS))
    assert [(str(step.after), step.happened_on) for step in states(connection, one.id)] == [
        ("approved", dt.date(2025, 3, 1)), ("started", dt.date(2025, 3, 5)),
    ]  # fmt: skip
    assert [(link.feature, link.key) for link in links(connection)[one.id]] == [("water_works", works)]
    spot = spot_of(connection, links(connection)[one.id][0])
    assert spot is not None and 111 < spot[0] < 115 and 22 < spot[1] < 26
    told = {finding.rule for finding in read.told.findings}
    assert "point_of_place" in told, "the point that stands for missing coordinates is told"
    inside = sa.text(
        "SELECT ST_Contains(u.geom, p.geom) FROM xiangtu.projects AS p JOIN feature.admin_units AS u USING (admin_code)"
    )
    assert connection.scalar(inside) is True


def test_the_library_comes_back_from_its_own_sheet_unchanged(
    connection: sa.Connection, village: str, fill: Fill, tmp_path: Path
) -> None:
    _put(
        connection,
        fill(HEADS, _row(village), _row(village, 项目名称="下村供水管网延伸", 项目类别="管网延伸")),
    )
    known = projects(connection)
    path = tmp_path / "导出.xlsx"
    path.write_bytes(project_sheet("zh", known, milestones(connection), links(connection)))
    again = read_projects(connection, path, OPTIONS)
    assert (again.same, len(again.new), len(again.changing)) == (2, 0, 0), again.told.findings
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    sheet.cell(2, heads.index("总投资（万元）") + 1).value = 130
    sheet.cell(2, heads.index("资金来源（万元）") + 1).value = "县级:2025:130"
    sheet.cell(2, heads.index("项目状态") + 1).value = "完工"
    book.save(path)
    read = _put(connection, path)
    (line,) = read.changing
    assert line.changed == ("budget_yuan", "payments", "state")
    now = require_project(connection, known[0].code)
    assert (now.budget_yuan, now.state) == (1_300_000, LibraryState.FINISHED)
    assert replace(
        now, budget_yuan=known[0].budget_yuan, payments=known[0].payments, state=known[0].state,
        version=known[0].version, changed_by=known[0].changed_by, changed_at=known[0].changed_at,
    ) == known[0]  # fmt: skip
    assert require_project(connection, known[1].code) == known[1]


def test_the_empty_template_filled_in_is_read(
    connection: sa.Connection, village: str, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(project_sheet("zh")))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    for head, value in {
        "项目名称": "甲村光纤", "项目类别": "光纤到村", "行政区划代码": village, "总投资（万元）": 30.5,
        "计划开工": dt.date(2025, 1, 1), "计划完工": dt.date(2025, 6, 1),
    }.items():  # fmt: skip
        sheet.cell(2, heads.index(head) + 1).value = value
    path = tmp_path / "空表.xlsx"
    book.save(path)
    read = read_projects(connection, path, OPTIONS)
    assert [line.entry.budget_yuan for line in read.new] == [305_000] and read.told.rejected == 0


def _inside(connection: sa.Connection, village: str) -> tuple[float, float]:
    """A point inside a village, degrees, to a ten-millionth."""
    found = connection.execute(
        sa.text(
            "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom) AS p FROM feature.admin_units "
            "WHERE admin_code = :code) AS inner_point"
        ),
        {"code": village},
    ).one()
    return round(found[0], 7), round(found[1], 7)


def test_lines_and_areas_come_by_the_sheet_and_come_back_unchanged(
    connection: sa.Connection, village: str, fill: Fill, tmp_path: Path
) -> None:
    x, y = _inside(connection, village)
    line = f"LINESTRING ({x} {y}, {x + 0.001} {y}, {x + 0.002} {y + 0.001})"
    area = f"SRID=4490;polygon z（（{x} {y} 5， {x + 0.001} {y} 5， {x + 0.001} {y + 0.001} 5， {x} {y} 5））"
    heads = (*HEADS, "WKT")
    path = fill(
        heads,
        [*_row(village), line],
        [*_row(village, 项目名称="下村高标准农田", 项目类别="土地整治", 经度=x, 纬度=y), area],
        [*_row(village, 项目名称="下村供水管网延伸", 项目类别="管网延伸"), "无"],
    )
    read = _put(connection, path)
    assert read.told.rejected == 0, read.told.findings
    assert {(f.row_no, f.rule) for f in read.told.findings} >= {(3, "wkt_holds"), (4, "point_of_place")}
    known = projects(connection)
    assert [one.geometry.geom_type for one in known] == ["LineString", "Polygon", "Point"]
    assert shapely.equals_exact(known[0].geometry, shapely.from_wkt(line), tolerance=1e-9)
    back = tmp_path / "导出.xlsx"
    back.write_bytes(project_sheet("zh", known, milestones(connection), links(connection)))
    again = read_projects(connection, back, OPTIONS)
    assert (again.same, len(again.new), len(again.changing)) == (3, 0, 0), again.told.findings


def test_a_line_in_metres_is_brought_to_the_stored_system_and_a_bow_tie_mended(
    connection: sa.Connection, village: str, fill: Fill
) -> None:
    x, y = _inside(connection, village)
    to_metres = Transformer.from_crs(4490, 4547, always_xy=True).transform
    corners = [(x, y), (x + 0.002, y + 0.002), (x + 0.002, y), (x, y + 0.002), (x, y)]
    bow_tie = shapely.to_wkt(
        shapely.Polygon([to_metres(*corner) for corner in corners]), rounding_precision=4
    )
    read = read_projects(connection, fill((*HEADS, "WKT"), [*_row(village), bow_tie]), OPTIONS)
    (line,) = read.new
    assert {"crs_guessed", "geometry_repaired"} <= {f.rule for f in read.told.findings}
    assert shapely.is_valid(line.entry.geometry)
    assert shapely.distance(line.entry.geometry, shapely.Point(x, y)) < 1e-6
    assert shapely.area(line.entry.geometry) == pytest.approx(2e-6, rel=0.01)


@pytest.mark.parametrize("columns", ["degrees", "metres, northing first"])
def test_pasted_lines_are_not_taken_for_what_the_columns_are(
    connection: sa.Connection, village: str, fill: Fill, columns: str
) -> None:
    x, y = _inside(connection, village)
    to_metres = Transformer.from_crs(4490, 4526, always_xy=True).transform
    (east, north), (beyond, above) = to_metres(x, y), to_metres(x + 0.001, y + 0.001)
    line = f"LINESTRING ({east:.3f} {north:.3f}, {beyond:.3f} {above:.3f})"
    said = {"经度": x, "纬度": y} if columns == "degrees" else {"经度": north, "纬度": east}
    heads = (
        [{"经度": "X坐标", "纬度": "Y坐标"}.get(head, head) for head in HEADS]
        if "metres" in columns
        else HEADS
    )
    points = [[*_row(village, 项目名称=f"{name}圩", **said), None] for name in "甲乙丙丁"]
    path = fill((*heads, "WKT"), *points, [*_row(village, 项目名称="灌渠"), line])
    read = read_projects(connection, path, OPTIONS)
    assert (read.told.rejected, len(read.new)) == (0, 5), read.told.findings
    assert all(shapely.distance(one.entry.geometry, shapely.Point(x, y)) < 1e-7 for one in read.new), (
        "each lies where it is"
    )
    told = {f.rule for f in read.told.findings}
    assert ("crs_overruled" in told) == (columns == "degrees"), "another system is told"
    assert ("axes_swapped" in told) == ("metres" in columns)


@pytest.mark.parametrize(
    ("wkt", "rule"),
    [
        ("LINESTRING (113.1 24.1", "wkt_unreadable"),
        ("村口到桥头", "wkt_unreadable"),
        ("LINESTRING EMPTY", "wkt_unreadable"),
        ("LINESTRING (113.1 nan, 113.2 24.1)", "wkt_unreadable"),
        ("MULTIPOINT (113.1 24.1, 113.2 24.2)", "wkt_kind"),
        ("GEOMETRYCOLLECTION (POINT (113.1 24.1), LINESTRING (113 24, 114 25))", "wkt_kind"),
        ("LINESTRING (" + ", ".join(["1 1"] * 3_000) + ")", "geometry_degenerate"),
    ],
)
def test_a_shape_that_is_none_leaves_its_row_out(
    connection: sa.Connection, village: str, fill: Fill, wkt: str, rule: str
) -> None:
    read = read_projects(
        connection, fill((*HEADS, "WKT"), [*_row(village), wkt]), replace(OPTIONS, crs="EPSG:4490")
    )
    assert read.lines == ()
    told = next(f for f in read.told.findings if f.remedy is Remedy.REJECT)
    assert (told.rule, told.row_no) == (rule, 2)
    if rule.startswith("wkt"):
        assert (told.column_title, told.value) == ("WKT", wkt[:60])


BAD_CELLS: tuple[tuple[dict[str, object], str, str, str | None], ...] = (
    ({"项目名称": None}, "key_empty", "项目名称", None),
    ({"项目类别": "修桥铺路"}, "unknown_code", "项目类别", "修桥铺路"),
    ({"总投资（万元）": "约莫"}, "unreadable", "总投资（万元）", "约莫"),
    ({"总投资（万元）": -3}, "out_of_range", "总投资（万元）", "-3"),
    ({"资金来源（万元）": "中央40"}, "payment_form", "资金来源（万元）", "中央40"),
    ({"资金来源（万元）": "中央:2025:41"}, "entry_payments_sum", "资金来源（万元）", "中央:2025:41"),
    ({"计划开工": "何时"}, "unreadable", "计划开工", "何时"),
    ({"计划完工": "2025-01-01"}, "entry_dates_order", "计划完工", None),
    ({"里程碑": "开工:20"}, "milestone_form", "里程碑", "开工:20"),
    ({"里程碑": "开工:20:2025-03-01"}, "milestones", "里程碑", "开工:20:2025-03-01"),
    ({"状态日期": "2025-07-20"}, "day_ahead", "状态日期", "2025-07-20"),
    ({"行政区划代码": "441899999999"}, "code_unknown", "行政区划代码", "441899999999"),
    ({"项目编号": "甲1"}, "code_form", "项目编号", "甲1"),
    ({"其他受益村": "没有这个村"}, "village_unknown", "其他受益村", "没有这个村"),
    ({"关联设施": "water_works:没有"}, "links", "关联设施", "water_works:没有"),
    ({"关联设施": "水井"}, "link_form", "关联设施", "水井"),
)
"""What is wrong in a row, and how it is told: rule, column, value."""


def test_each_bad_cell_is_told_with_row_column_value_and_mend(
    connection: sa.Connection, village: str, fill: Fill
) -> None:
    bad = [_row(village, **{"项目名称": f"第{i}个项目", **wrong}) for i, (wrong, *_) in enumerate(BAD_CELLS)]
    read = read_projects(connection, fill(HEADS, _row(village, 项目名称="好的项目"), *bad), OPTIONS)
    for row, (_, rule, column, value) in enumerate(BAD_CELLS, start=3):
        (found,) = (f for f in read.told.findings if f.row_no == row and f.remedy is Remedy.REJECT)
        assert (found.rule, found.column_title) == (rule, column)
        assert value is None or found.value == value
        assert len(found.message.zh) > 8 and len(found.message.en) > 8
    assert [line.entry.name for line in read.new] == ["好的项目"], "the other row is kept"


def test_what_is_there_is_not_added_again_and_twins_are_pointed_out(
    connection: sa.Connection, village: str, fill: Fill
) -> None:
    _put(connection, fill(HEADS, _row(village)))
    read = read_projects(
        connection,
        fill(
            HEADS,
            _row(village),
            _row(village, 项目名称="上屋通硬化路工程"),
            _row(village, 项目名称="上屋通硬化路工程"),
        ),
        OPTIONS,
    )
    rules = {(f.row_no, f.rule, f.remedy) for f in read.told.findings}
    assert (2, "known_already", Remedy.REJECT) in rules
    assert (3, "twin_near", Remedy.WARN) in rules
    assert (4, "name_twice", Remedy.REJECT) in rules
    assert len(read.new) == 1


def test_of_twins_metres_are_metres_and_rows_are_told_in_either_language(
    connection: sa.Connection, village: str, fill: Fill
) -> None:
    x, y = _inside(connection, village)
    names = ("老圩晒谷坪", "北坑灌渠渡槽")
    rows = [_row(village, 项目名称=name, 经度=x, 纬度=y) for name in names]
    read = read_projects(connection, fill(HEADS, *rows), OPTIONS)
    (twin,) = (f for f in read.told.findings if f.rule == "twin_near")
    assert "第 2 行" in twin.message.zh and "相距仅 0 米" in twin.message.zh
    assert "row 2" in twin.message.en and "only 0 m" in twin.message.en


def test_a_note_of_several_lines_is_no_change(
    connection: sa.Connection, village: str, fill: Fill, tmp_path: Path
) -> None:
    _put(connection, fill(HEADS, _row(village)))
    (one,) = projects(connection)
    words = "一期：\n管沟　二百米\n"
    connection.execute(sa.text("UPDATE xiangtu.projects SET note = :note, team = '无'"), {"note": words})
    path = tmp_path / "导出.xlsx"
    path.write_bytes(project_sheet("zh", projects(connection), milestones(connection), links(connection)))
    read = read_projects(connection, path, OPTIONS)
    assert (read.same, read.changing) == (1, ())
    assert read.lines[0].entry.note == words, f"a form's line ends stay with {one.code}"


def test_a_place_is_found_by_name_and_out_of_scope_is_refused(
    connection: sa.Connection, village: str, fill: Fill
) -> None:
    row = connection.execute(
        sa.text(
            "SELECT v.name AS village, t.name AS town FROM feature.admin_units AS v JOIN feature.admin_units AS t "
            "ON t.admin_code = left(v.admin_code, 9) || '000' WHERE v.admin_code = :code"
        ),
        {"code": village},
    ).one()
    heads = ("项目名称", "类别", "乡镇", "行政村", "总投资（元）", "计划开工", "计划完工")
    path = fill(heads, ("甲", "水厂改造", row.town, row.village, 1_200_000, "2025-01-01", "2025-09-01"))
    read = read_projects(connection, path, OPTIONS)
    assert [f.rule for f in read.told.findings if f.remedy is Remedy.REJECT] == ["entry_name"]
    path = fill(heads, ("甲村水厂", "水厂改造", row.town, row.village, 1_200_000, "2025-01-01", "2025-09-01"))
    (line,) = read_projects(connection, path, OPTIONS).new
    assert (line.entry.admin_code, line.entry.budget_yuan) == (village, 1_200_000)
    elsewhere = Person(1, 1, "p", "规划", (Assignment(Role.PLANNER, "441899"),))
    read = read_projects(connection, path, replace(OPTIONS, by=elsewhere))
    assert read.lines == () and "out_of_scope" in {f.rule for f in read.told.findings}


def test_a_file_without_needed_columns_is_refused(connection: sa.Connection, fill: Fill) -> None:
    with pytest.raises(FileRefused) as refused:
        read_projects(connection, fill(("项目名称", "类别"), ("甲", "乙")), OPTIONS)
    assert "总投资" in refused.value.sentence("zh")


REPORT_HEADS = (
    "项目编号", "月份", "形象进度（%）", "累计支付（万元）", "完成的里程碑", "进展说明", "进度回落原因",
)  # fmt: skip


@pytest.fixture
def code(connection: sa.Connection, village: str, fill: Fill) -> str:
    """A project that is being built."""
    _put(connection, fill(HEADS, _row(village)))
    return projects(connection)[0].code


def _report(connection: sa.Connection, path: Path) -> tuple[int, int, int]:
    done = write_reports(connection, read_reports(connection, path, OPTIONS), "镇报送员")
    return done.added, done.corrections, done.already


def test_reports_come_in_once_and_corrections_supersede(
    connection: sa.Connection, code: str, fill: Fill
) -> None:
    path = fill(
        REPORT_HEADS,
        (code, "2025年5月", "３５", 30.5, "开工", "路基完成", None),
        (code, "2025-04", "12%", "10万元", "1", "进场", None),
    )
    assert _report(connection, path) == (2, 0, 0)
    assert _report(connection, path) == (0, 0, 2), "the same file again is there already"
    better = fill(REPORT_HEADS, (code, "2025.5", 36, 30.5, "开工", "路基完成", "无"))
    assert _report(connection, better) == (1, 1, 0)
    back = fill(REPORT_HEADS, (code, "2025.5", 35, 30.5, "开工", "路基完成", None))
    assert _report(connection, back) == (1, 1, 0), "back to the first content is a correction too"
    rows = connection.execute(
        sa.text("SELECT period, percent, paid_yuan, milestones, supersedes IS NOT NULL AS corrects, channel, "
                "reported_on FROM xiangtu.progress_reports ORDER BY id")
    ).all()  # fmt: skip
    assert [(row.period.month, row.percent, int(row.paid_yuan), row.corrects) for row in rows] == [
        (4, Decimal("12.00"), 100_000, False),
        (5, Decimal("35.00"), 305_000, False),
        (5, Decimal("36.00"), 305_000, True),
        (5, Decimal("35.00"), 305_000, True),
    ]
    assert {row.channel for row in rows} == {"excel"} and rows[1].reported_on == dt.date(2025, 5, 31)
    assert list(rows[0].milestones) == [1]


BAD_REPORTS = (
    (("XM-441821-2025-9999", "2025-05", 30, 10), "project_unknown", "项目编号"),
    (("{code}", "五月", 30, 10), "month_unreadable", "月份"),
    (("{code}", "2025", 30, 10), "month_unreadable", "月份"),
    (("{code}", "2025-07", 30, 10), "month_ahead", "月份"),
    (("{code}", "2025-05", 130, 10), "out_of_range", "形象进度（%）"),
    (("{code}", "2025-05", None, 10), "required_empty", "形象进度（%）"),
    (("{code}", "2025-05", 30, "很多"), "unreadable", "累计支付（万元）"),
    (("{code}", "2025-05", 30, 10, "封顶"), "milestone_unknown", "完成的里程碑"),
    (("{code}", "2025-05", 8, 10), "fall_without_reason", "形象进度（%）"),
)
"""A row of the monthly sheet, and how what is wrong is told: rule, column."""


def test_each_bad_cell_of_a_monthly_sheet_is_told(connection: sa.Connection, code: str, fill: Fill) -> None:
    _report(connection, fill(REPORT_HEADS, (code, "2025-04", 20, 9)))
    # One month may stand in a file once: the last row is the one that is compared with the month before.
    for first, last in ((0, 7), (7, 8), (8, 9)):
        bad = [[code if cell == "{code}" else cell for cell in row] for row, _, _ in BAD_REPORTS[first:last]]
        read = read_reports(connection, fill(REPORT_HEADS, *bad, (code, "2025-03", 10, 5)), OPTIONS)
        for row_no, (_, rule, column) in enumerate(BAD_REPORTS[first:last], start=2):
            found = next(f for f in read.told.findings if f.rule == rule and f.row_no == row_no)
            assert (found.column_title, found.remedy) == (column, Remedy.REJECT)
        assert [line.report.period.month for line in read.lines] == [3]


def test_a_fall_with_its_reason_is_taken_and_doubts_are_told(
    connection: sa.Connection, code: str, fill: Fill
) -> None:
    _report(connection, fill(REPORT_HEADS, (code, "2025-04", 20, 9)))
    path = fill(
        REPORT_HEADS,
        (code, "2025-05", 18, 8, None, "复测", "复测核减"),
        (code, "2025-05", 18, 8, None, "复测", "复测核减"),
        (code, "2025-06", 30, 300, None, "推进", None),
    )
    read = read_reports(connection, path, OPTIONS)
    assert {(f.row_no, f.rule) for f in read.told.findings} >= {
        (2, "paid_falls"), (3, "month_twice"), (4, "paid_over_budget"),
    }  # fmt: skip
    assert len(read.lines) == 2


def test_two_neighbouring_months_that_both_rise_are_corrected_by_one_file(
    connection: sa.Connection, code: str, fill: Fill
) -> None:
    """One by one in order of months, April's 60 would pass the 50 that stand of May."""
    path = fill(REPORT_HEADS, (code, "2025-04", 40, 9), (code, "2025-05", 50, 10), (code, "2025-06", 80, 12))
    assert _report(connection, path) == (3, 0, 0)
    both = fill(REPORT_HEADS, (code, "2025-04", 60, 9), (code, "2025-05", 70, 10))
    assert _report(connection, both) == (2, 2, 0)
    stands = "SELECT percent FROM xiangtu.standing_reports ORDER BY period"
    assert [int(percent) for percent in connection.scalars(sa.text(stands))] == [60, 70, 80]
    sinking = fill(REPORT_HEADS, (code, "2025-04", 20, 9), (code, "2025-05", 30, 10))
    assert _report(connection, sinking) == (2, 2, 0)
    assert [int(percent) for percent in connection.scalars(sa.text(stands))] == [20, 30, 80]


def test_months_of_a_file_that_do_not_go_with_what_stands_are_told_with_that_month(
    connection: sa.Connection, code: str, fill: Fill
) -> None:
    path = fill(REPORT_HEADS, (code, "2025-04", 40, 9), (code, "2025-06", 50, 12))
    _report(connection, path)
    read = read_reports(
        connection, fill(REPORT_HEADS, (code, "2025-04", 60, 9), (code, "2025-05", 70, 10)), OPTIONS
    )
    assert read.lines == ()
    told = {f.row_no: (f.rule, f.message.zh) for f in read.told.findings if f.remedy is Remedy.REJECT}
    assert {row: rule for row, (rule, _) in told.items()} == dict.fromkeys((2, 3), "rise_before_lower")
    assert all("2025-06" in said and "50%" in said for _, said in told.values())


def test_an_ended_project_is_reported_up_to_its_end_with_the_sentence_of_the_form(
    connection: sa.Connection, village: str, fill: Fill
) -> None:
    _put(connection, fill(HEADS, _row(village, 项目状态="验收", 状态日期="2025-05-12")))
    (one,) = projects(connection)
    path = fill(REPORT_HEADS, (one.code, "2025-05", 100, 100), (one.code, "2025-06", 100, 100))
    read = read_reports(connection, path, OPTIONS)
    assert [line.report.period.month for line in read.lines] == [5]
    (told,) = (f for f in read.told.findings if f.remedy is Remedy.REJECT)
    new = NewReport(uuid.uuid4(), one.id, dt.date(2025, 6, 1), Decimal(100), Decimal(0))
    with pytest.raises(errors.ProjectEnded) as form:
        submit(connection, new, today=TODAY)
    assert (told.row_no, told.column_title, told.message.zh) == (3, "项目编号", form.value.sentence("zh"))


def test_what_nobody_approved_is_reported_by_no_way(
    connection: sa.Connection, village: str, fill: Fill
) -> None:
    _put(connection, fill(HEADS, _row(village, 项目状态="储备", 状态日期=None)))
    (one,) = projects(connection)
    read = read_reports(connection, fill(REPORT_HEADS, (one.code, "2025-05", 1, 1)), OPTIONS)
    new = NewReport(uuid.uuid4(), one.id, dt.date(2025, 5, 1), Decimal(1), Decimal(0))
    with pytest.raises(errors.ProjectNotBegun) as form:
        submit(connection, new, today=TODAY)
    (told,) = (f for f in read.told.findings if f.remedy is Remedy.REJECT)
    assert read.lines == () and told.message.en == form.value.sentence("en")


def test_per_cent_that_excel_keeps_as_shares_are_read_as_per_cent(
    connection: sa.Connection, code: str, fill: Fill
) -> None:
    path = fill(REPORT_HEADS, (code, "2025-04", 0.25, 9), (code, "2025-05", 0.4, 10))
    read = read_reports(connection, path, OPTIONS)
    assert [float(line.report.content.percent) for line in read.lines] == [25.0, 40.0]
    assert "share_as_percent" in {f.rule for f in read.told.findings}


def _month_sheet(connection: sa.Connection, folder: Path, month: int) -> Path:
    """The sheet of a month of 2025 as it is offered."""
    first, path = dt.date(2025, month, 1), folder / f"{month}.xlsx"
    path.write_bytes(report_sheet("zh", projects(connection), first, latest(connection, first)))
    return path


def test_a_months_sheet_handed_in_as_it_came_corrects_nothing(
    connection: sa.Connection, code: str, tmp_path: Path
) -> None:
    project = require_project(connection, code)
    note = "  管沟开挖（东段）１２０米，\n西段待征地。 " + "长" * (LONGEST_TEXT - 40)
    for month, percent, reason in ((4, 40, ""), (5, 30, "返工\n两处"), (6, 60, "")):
        submit(
            connection,
            NewReport(
                uuid.uuid4(), project.id, dt.date(2025, month, 1), Decimal(percent), Decimal(percent * 1000),
                (1,), f"{month}月{note}", reason,
            ),
            today=TODAY,
        )  # fmt: skip
    for month in (4, 5, 6):
        read = read_reports(connection, _month_sheet(connection, tmp_path, month), OPTIONS)
        assert (read.lines, read.already, read.told.rejected) == ((), 1, 0), f"{month}: what was said stays"
    read = read_reports(connection, _month_sheet(connection, tmp_path, 3), OPTIONS)
    assert read.lines == () and read.told.rejected == 1, "later months are nothing to go on from"


def test_the_months_sheet_goes_on_from_what_stands(
    connection: sa.Connection, code: str, fill: Fill, tmp_path: Path
) -> None:
    _report(connection, fill(REPORT_HEADS, (code, "2025-04", 20, 10), (code, "2025-05", 35, 30)))
    (may,) = (
        one for one in reports_of(connection, require_project(connection, code).id) if one.period.month == 5
    )
    check(connection, may.id, "returned", "数字不对", by="县")
    (line,) = read_reports(connection, _month_sheet(connection, tmp_path, 6), OPTIONS).lines
    assert float(line.report.content.percent) == 20, "what was returned does not stand"


def test_the_months_sheet_brings_the_last_figures_and_is_read_back(
    connection: sa.Connection, code: str, fill: Fill, tmp_path: Path
) -> None:
    _report(connection, fill(REPORT_HEADS, (code, "2025-05", 35, 30.5, "开工")))
    path = _month_sheet(connection, tmp_path, 6)
    (line,) = read_reports(connection, path, OPTIONS).lines
    content = line.report.content
    assert (line.report.period, float(content.percent), content.paid_yuan) == (
        dt.date(2025, 6, 1),
        35.0,
        305_000,
    )
    assert content.milestones == (1,)


def test_cells_come_back_as_they_were_written() -> None:
    steps = read_milestones(STEPS)
    assert read_milestones(write_milestones(steps)) == steps
    paid = read_payments("中央:2025:40.5；县级资金：2026年：80万元；市级:2025:1000元", "万元", None)
    assert [one["yuan"] for one in paid] == [405_000, 800_000, 1_000]
    assert read_payments(write_payments(paid), "万元", None) == paid
    assert read_payments("县级:5000", "元", 2025) == ({"source": "county", "year": 2025, "yuan": 5000},)
    assert read_payments("无", None, None) == ()
    for cell in ("中央:2025", "县级:二零:5", "老王:2025:5", "县级:2025:0"):
        with pytest.raises(CellFault):
            read_payments(cell, None, None)
