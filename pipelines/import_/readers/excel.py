"""Excel workbooks (.xlsx) by calamine: values only; formulas give their stored results."""

import datetime as dt
from collections.abc import Iterable

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from pipelines.import_ import archives
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.raw_table import ROW, RawTable
from pipelines.import_.readers import ReadRequest
from pipelines.import_.readers.sheet_layout import (
    SEARCHED_ROWS,
    Layout,
    find_layout,
    is_note,
    trailing_remark,
)

_MAIN_PART = "xl/workbook.xml"


def read_workbook(request: ReadRequest) -> RawTable:
    """Read one sheet as a table of text columns.

    Without a stated sheet the visible sheet whose headings are known best is read.

    Raises
    ------
    FileRefused : not a workbook, no such sheet, no headings.
    """
    inside = archives.members(request.path, request.largest_total)
    if not any(member.name == _MAIN_PART for member in inside):
        raise FileRefused(Refusal.CONTENT_MISMATCH, format="Excel", suffix=request.suffix)
    try:
        with CalamineWorkbook.from_path(str(request.path)) as book:
            rows, layout = _best_sheet(book, request)
    except (CalamineError, OSError, ValueError) as error:
        raise FileRefused(Refusal.UNREADABLE, detail=str(error)) from error
    return _table(rows, layout)


def _best_sheet(book: CalamineWorkbook, request: ReadRequest) -> tuple[list[list[str]], Layout]:
    visible = [s.name for s in book.sheets_metadata if s.visible == SheetVisibleEnum.Visible]
    if request.layer is not None:
        if request.layer not in book.sheet_names:
            raise FileRefused(Refusal.LAYER_UNKNOWN, layer=request.layer, known="、".join(visible))
        visible = [request.layer]
    best: tuple[list[list[str]], Layout] | None = None
    refused: FileRefused | None = None
    for name in visible:
        rows = _text_rows(book.get_sheet_by_name(name))
        try:
            layout = find_layout(rows[:SEARCHED_ROWS], request.headings, request.units)
        except FileRefused as error:
            refused = error
            continue
        if best is None or layout.score > best[1].score:
            best = rows, layout
    if best is None:
        raise refused or FileRefused(Refusal.NO_ROWS)
    return best


def _text_rows(sheet: CalamineSheet) -> list[list[str]]:
    """Rows from the sheet's first on, equally long, cells as text."""
    rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or []:
        # A township written once beside all its villages belongs to each of them; headings are joined later.
        if bottom > top >= SEARCHED_ROWS or (bottom - top > 2):
            for row in rows[top + 1 : bottom + 1]:
                row[left] = row[left] or rows[top][left]
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((i + 1 for row in rows for i, cell in enumerate(row) if cell), default=0)
    return [row[:width] for row in rows]


def _text(cell: object) -> str:
    """A cell as text: whole numbers without a point, dates by ISO 8601."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
    return "" if cell is None else str(cell)


def _table(rows: list[list[str]], layout: Layout) -> RawTable:
    kept: list[list[str]] = []
    numbers: list[int] = []
    remarks = list(layout.remarks)
    for i, row in _body(rows, layout.first_row):
        if is_note(row):
            remark = trailing_remark(i, row)
            if remark:
                remarks.append(remark)
            continue
        kept.append(row)
        numbers.append(i + 1)
    width = len(layout.headings)
    by_column = zip(*kept, strict=True) if kept else [()] * width
    columns = {f"c{i}": pa.array(cells, pa.large_string()) for i, cells in enumerate(by_column)}
    columns[ROW] = pa.array(numbers, pa.int64())
    return RawTable(pa.table(columns), layout.headings, layout.units, remarks=tuple(remarks))


def _body(rows: list[list[str]], first: int) -> Iterable[tuple[int, list[str]]]:
    return ((i, rows[i]) for i in range(first, len(rows)))
