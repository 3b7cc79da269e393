"""What the demo's project offices have done: the library and a year of monthly reports, handed in as Excel files.

The files go through the same import as anybody's; then the counties' checkers say their word on the reports.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import sqlalchemy as sa
from openpyxl import Workbook

from base.months import month_of
from base.settings import settings
from pipelines.demo.calendar import AS_OF
from pipelines.demo.works import Month, Work, make_works, months_of
from pipelines.progress.project_file import read_projects
from pipelines.progress.project_write import write_projects
from pipelines.progress.report_file import read_reports, write_reports
from pipelines.progress.sheet_import import SheetOptions
from store.progress.ground import villages
from store.progress.handed_in import FileCheck, Unchecked, put_checks, unchecked
from store.progress.library import projects

OFFICE, TOWNS, CHECKERS = "演示项目办", "演示各镇报送员", "演示县级核查员"
_FOLDER = "library"
_PROJECT_HEADS = (
    "项目名称", "项目类别", "县（市、区）", "乡镇", "行政村", "经度", "纬度", "总投资（万元）", "资金来源（万元）",
    "计划开工", "计划完工", "里程碑", "责任部门", "帮扶工作队", "项目状态", "状态日期", "受益人数", "关联设施", "备注",
)  # fmt: skip
_REPORT_HEADS = (
    "项目编号", "项目名称", "填报月份", "形象进度（%）", "累计支付（万元）", "完成的里程碑", "进展说明",
    "进度回落原因", "填报日期",
)  # fmt: skip
_NOTE = "模拟数据，仅供演示"
_REMARKS = (
    "支付金额与县财政拨付记录不符，请核对后重报",
    "形象进度缺少现场依据，请补充说明",
    "里程碑与进度不一致，请更正",
)
_UNCHECKED_SHARE, _RETURNED_SHARE, _CORRECTED_SHARE = 0.35, 0.035, 0.55
_TODAY = SheetOptions(today=AS_OF, synthetic=True)


@dataclass(frozen=True)
class Opened:
    """What was handed in: projects, reports of them, those accepted, those returned."""

    projects: int
    reports: int
    accepted: int
    returned: int


Rows = Sequence[tuple[str, str, Month]]
"""Code and name of a project with a month of it."""


def open_library(engine: sa.Engine, folder: Path) -> Opened:
    """Fill an empty library; one that has projects stays as it is.

    Parameters
    ----------
    folder : the demo's folder; the files are kept below it.
    """
    seed = settings().demo_seed
    with engine.connect() as connection:
        if projects(connection):
            return Opened(0, 0, 0, 0)
        works = make_works(villages(connection), seed)
    kept = folder / _FOLDER
    kept.mkdir(parents=True, exist_ok=True)
    codes = _hand_in_projects(engine, kept / "projects.xlsx", works)
    rows = [
        (codes[one.village.admin_code, one.name], one.name, month)
        for one in works
        for month in months_of(one, seed)
    ]
    reports = 0
    for name, some in _by_quarter(rows).items():
        reports += _hand_in_reports(engine, kept / f"reports-{name}.xlsx", some)
    drawn = Random(seed)  # noqa: S311 - made-up data
    accepted, returned = _check(engine, drawn)
    corrected = _corrected(rows, returned, drawn)
    reports += _hand_in_reports(engine, kept / "reports-corrections.xlsx", corrected)
    mended = {(code, month.period) for code, _, month in corrected}
    with engine.begin() as connection:
        again = [one for one in unchecked(connection) if (one.project_code, one.period) in mended]
        put_checks(connection, [_accepting(one) for one in again], CHECKERS)
    return Opened(len(works), reports, accepted + len(again), len(returned))


def _hand_in_projects(engine: sa.Engine, path: Path, works: Sequence[Work]) -> dict[tuple[str, str], str]:
    """Import the projects; their codes by village and name."""
    _write(path, _PROJECT_HEADS, [_project_row(one) for one in works])
    with engine.begin() as connection:
        write_projects(connection, read_projects(connection, path, _TODAY), OFFICE)
        return {(one.admin_code, one.name): one.code for one in projects(connection)}


def _project_row(one: Work) -> tuple[object, ...]:
    village, trade = one.village, one.trade
    linked = f"water_works:{village.works_no}" if trade.bureau == "水利局" and village.works_no else ""
    return (
        one.name, trade.kind.text.zh, village.county, village.township, village.name, one.lon, one.lat,
        one.budget_wan, one.payments, one.start, one.finish, one.milestones, f"{village.county}{trade.bureau}",
        f"驻{village.township}帮镇扶村工作队", one.state.text.zh, one.state_on, village.people, linked, _NOTE,
    )  # fmt: skip


def _by_quarter(rows: Rows) -> dict[str, Rows]:
    """The rows of each quarter, the first one first."""
    found: dict[str, list[tuple[str, str, Month]]] = {}
    for code, name, month in sorted(rows, key=lambda row: (row[2].period, row[0])):
        quarter = (month.period.month + 2) // 3
        found.setdefault(f"{month.period.year}q{quarter}", []).append((code, name, month))
    return dict(found)


def _hand_in_reports(engine: sa.Engine, path: Path, rows: Rows) -> int:
    if not rows:
        return 0
    _write(path, _REPORT_HEADS, [_report_row(*row) for row in rows])
    with engine.begin() as connection:
        return write_reports(connection, read_reports(connection, path, _TODAY), TOWNS).added


def _report_row(code: str, name: str, month: Month) -> tuple[object, ...]:
    reached = "、".join(str(no) for no in range(1, month.reached + 1))
    period = f"{month.period.year}年{month.period.month}月"
    return (
        code, name, period, month.percent, month.paid_wan, reached, month.note, month.fall_reason,
        month.reported_on,
    )  # fmt: skip


def _check(engine: sa.Engine, drawn: Random) -> tuple[int, list[Unchecked]]:
    """Let the counties accept most reports, return a few, and leave part of the last month's waiting."""
    accepted: list[FileCheck] = []
    returned: list[Unchecked] = []
    last = month_of(AS_OF)
    with engine.begin() as connection:
        said = []
        for one in unchecked(connection):
            luck = drawn.random()
            if one.period == last and luck < _UNCHECKED_SHARE:
                continue
            if luck > 1 - _RETURNED_SHARE:
                returned.append(one)
                remark = drawn.choice(_REMARKS)
                said.append(FileCheck(one.report_id, one.admin_code, "returned", remark, _later(one)))
            else:
                accepted.append(_accepting(one))
        put_checks(connection, [*accepted, *said], CHECKERS)
    return len(accepted), returned


def _accepting(one: Unchecked) -> FileCheck:
    return FileCheck(one.report_id, one.admin_code, "accepted", "", _later(one))


def _later(one: Unchecked) -> dt.datetime:
    return one.submitted_at + dt.timedelta(hours=7)


def _corrected(rows: Rows, returned: Sequence[Unchecked], drawn: Random) -> Rows:
    """Some of the reports that were returned, handed in again with another sum."""
    back = {(one.project_code, one.period) for one in returned if drawn.random() < _CORRECTED_SHARE}
    return [
        (
            code,
            name,
            replace(
                month,
                paid_wan=round(month.paid_wan * 0.97, 2),
                note="已按县级意见核对拨付记录后更正。",
                reported_on=min(month.reported_on + dt.timedelta(days=4), AS_OF),
            ),
        )
        for code, name, month in rows
        if (code, month.period) in back
    ]


def _write(path: Path, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append(list(heads))
    for row in rows:
        sheet.append(list(row))
    book.save(path)
