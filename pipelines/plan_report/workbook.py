"""The plan as an Excel workbook of several sheets; text is never run as a formula."""

import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill

from i18n import tr
from pipelines.plan_report.model import PlanReport, ReportProject

_HEAD_FILL = PatternFill("solid", fgColor="E8EEF4")
_MOST_LETTERS = 32_000
"""Excel takes 32,767 letters in a cell."""


def as_workbook(report: PlanReport) -> bytes:
    """Return the workbook: overview, chosen, not chosen, money, curve, rules, assumptions and sources."""
    lang = report.lang
    book = Workbook(write_only=True)

    def title(key: str) -> str:
        return tr(f"selection.report.sheet_{key}", lang)

    overview = [
        [report.title],
        [report.subtitle],
        [report.notice],
        [],
        *([label, value] for label, value in report.figures),
        [],
        [tr("selection.report.asked", lang)],
        *([line] for line in report.asked),
        [],
        [report.gap_words],
        *([line] for line in report.made_by),
    ]
    _sheet(book, title("overview"), None, overview, (34, 60))
    _projects(book, title("chosen"), report.chosen, report, chosen=True)
    _projects(book, title("others"), report.others, report, chosen=False)
    _sheet(
        book,
        title("money"),
        [
            tr(f"selection.report.{c}", lang)
            for c in ("source", "year", "budget_yuan", "paid_yuan", "left_yuan")
        ],
        [
            [p.source, p.year, p.budget_yuan, p.paid_yuan, p.budget_yuan - p.paid_yuan]
            for p in report.payments
        ],
        (18, 10, 18, 18, 18),
    )
    if report.curve or report.next_million:
        _sheet(
            book,
            title("curve"),
            [tr(f"selection.report.{c}", lang) for c in ("curve_budget_yuan", "people")],
            [
                *([p.budget_yuan, p.people] for p in report.curve),
                [],
                *([line] for line in report.next_million),
            ],
            (22, 14),
        )
    for key, lines in (
        ("rules", report.rules),
        ("assumptions", report.assumptions),
        ("sources", report.sources),
    ):
        _sheet(book, title(key), [title(key)], [[line] for line in lines], (100,))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _projects(
    book: Workbook, title: str, projects: Sequence[ReportProject], report: PlanReport, *, chosen: bool
) -> None:
    columns = ["no", "name", "place", "kind", "size", "people", "cost_yuan", "per_person"]
    widths = [18, 36, 30, 18, 16, 12, 14, 14]
    columns += ["year", "source"] if chosen else ["why_not"]
    widths += [10, 24] if chosen else [60]
    rows: list[list[object]] = []
    for one in projects:
        per_person = one.yuan_per_person
        row: list[object] = [
            one.no,
            one.name,
            one.place,
            one.kind,
            one.size,
            round(one.people),
            one.cost_yuan,
        ]
        row.append(None if per_person is None else round(per_person))
        row += [one.year, one.sources] if chosen else [one.note]
        rows.append(row)
    _sheet(book, title, [tr(f"selection.report.{c}", report.lang) for c in columns], rows, widths)


def _sheet(
    book: Workbook,
    title: str,
    head: Sequence[str] | None,
    rows: Iterable[Sequence[object]],
    widths: Sequence[int],
) -> None:
    sheet = book.create_sheet(title)
    for index, width in enumerate(widths):
        sheet.column_dimensions[chr(65 + index)].width = width
    if head is not None:
        sheet.freeze_panes = "A2"
        sheet.append([_heading(sheet, words) for words in head])
    for number, row in enumerate(rows):
        cells = [_cell(sheet, value) for value in row]
        if head is None and number == 0:
            cells[0].font = Font(bold=True, size=14)
        sheet.append(cells)


def _cell(sheet: object, value: object) -> WriteOnlyCell:
    if not isinstance(value, str):
        cell = WriteOnlyCell(sheet, value)
        if isinstance(value, int | float) and abs(value) >= 10_000:
            cell.number_format = "#,##0"
        return cell
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:_MOST_LETTERS])
    # openpyxl takes a leading "=" for a formula unless the type is said.
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _heading(sheet: object, words: str) -> WriteOnlyCell:
    cell = _cell(sheet, words)
    cell.font = Font(bold=True)
    cell.fill = _HEAD_FILL
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cell
