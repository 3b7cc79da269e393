"""Excel workbooks (.xlsx) by calamine: values only; formulas give their stored results."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from pipelines.import_ import archives
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.raw_table import ROW, RawTable
from pipelines.import_.readers import ReadRequest
from pipelines.import_.readers.sheet_layout import (
    FEWEST_KNOWN,
    SEARCHED_ROWS,
    Layout,
    find_layout,
    is_note,
    spellings,
    trailing_remark,
)

_MAIN_PART = "xl/workbook.xml"


@dataclass(frozen=True)
class _Sheet:
    """A sheet that has headings."""

    name: str
    rows: list[list[str]]
    layout: Layout

    @property
    def has_records(self) -> bool:
        return any(not is_note(row) for _, row in _body(self.rows, self.layout.first_row))

    @property
    def headings(self) -> frozenset[str]:
        """What its headings may say, folded."""
        return frozenset().union(*map(spellings, self.layout.headings))


def read_workbook(request: ReadRequest) -> RawTable:
    """Read one sheet as a table of text columns.

    Without a stated sheet the visible sheet whose headings are known best is read, if no other could be meant.

    Raises
    ------
    FileRefused : not a workbook, no such sheet, no headings, several sheets of data and none stated.
    """
    inside = archives.members(request.path, request.largest_total)
    if not any(member.name == _MAIN_PART for member in inside):
        raise FileRefused(Refusal.CONTENT_MISMATCH, format="Excel", suffix=request.suffix)
    try:
        with CalamineWorkbook.from_path(str(request.path)) as book:
            sheet = _best_sheet(book, request)
    except (CalamineError, OSError, ValueError) as error:
        raise FileRefused(Refusal.UNREADABLE, detail=str(error)) from error
    return _table(sheet.rows, sheet.layout)


def _best_sheet(book: CalamineWorkbook, request: ReadRequest) -> _Sheet:
    visible = [s.name for s in book.sheets_metadata if s.visible == SheetVisibleEnum.Visible]
    if request.layer is not None:
        if request.layer not in book.sheet_names:
            raise FileRefused(Refusal.LAYER_UNKNOWN, layer=request.layer, known="、".join(visible))
        visible = [request.layer]
    sheets: list[_Sheet] = []
    refused: FileRefused | None = None
    for name in visible:
        try:
            sheets.append(_sheet(book.get_sheet_by_name(name), request))
        except FileRefused as error:
            refused = error
    if not sheets:
        raise refused or FileRefused(Refusal.NO_ROWS)
    best = max(sheets, key=lambda sheet: (sheet.layout.score, sheet.has_records))
    rivals = [s.name for s in sheets if s is best or _could_be_meant(s, best, request)]
    if len(rivals) > 1:
        raise FileRefused(Refusal.LAYER_CHOICE, known="、".join(rivals))
    return best


def _could_be_meant(sheet: _Sheet, best: _Sheet, request: ReadRequest) -> bool:
    """Whether a sheet holds records too: under the same headings, or with all that the file must have."""
    if sheet.layout.score < FEWEST_KNOWN or not sheet.has_records:
        return False
    known = sheet.headings & request.headings
    same = known == best.headings & request.headings
    complete = bool(request.needed) and not any(known.isdisjoint(names) for names in request.needed)
    return same or complete


def _sheet(sheet: CalamineSheet, request: ReadRequest) -> _Sheet:
    rows = _text_rows(sheet)
    layout = find_layout(rows[:SEARCHED_ROWS], request.headings, request.units)
    _fill_down(rows, layout.first_row, sheet)
    return _Sheet(sheet.name, rows, layout)


def _text_rows(sheet: CalamineSheet) -> list[list[str]]:
    """Rows from the sheet's first on, equally long, cells as text."""
    rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((i + 1 for row in rows for i, cell in enumerate(row) if cell), default=0)
    return [row[:width] for row in rows]


def _fill_down(rows: list[list[str]], first: int, sheet: CalamineSheet) -> None:
    """A township written once beside all its villages belongs to each of them; headings are joined elsewhere."""
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or []:
        if first <= top < len(rows) and left < len(rows[top]):
            for row in rows[top + 1 : bottom + 1]:
                row[left] = row[left] or rows[top][left]


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
