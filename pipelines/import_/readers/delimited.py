"""CSV and its relatives: comma, semicolon or tab; UTF-8 with or without mark, GBK, GB18030, UTF-16."""

import csv
import io
from collections.abc import Iterator
from itertools import chain, islice

import pyarrow as pa

from pipelines.import_ import encoding
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.raw_table import ROW, RawTable, Remark
from pipelines.import_.readers import ReadRequest, detail
from pipelines.import_.readers.sheet_layout import SEARCHED_ROWS, find_layout, is_note, trailing_remark

_DELIMITERS = (",", "\t", ";", "|")
_LONGEST_FIELD = 200_000
_LONGEST_LOOK = 10_000
_MOST_CELLS = 16_384
"""As many columns as a sheet of Excel has."""
_ROWS_AT_ONCE = 50_000

NumberedRow = tuple[int, list[str]]


def read_delimited(request: ReadRequest) -> RawTable:
    """Read delimited text as a table of text columns; rows are counted as a sheet would.

    Raises
    ------
    FileRefused : encoding, open quotes, cells and rows without end, rows wider than the headings, no headings.
    """
    data = request.path.read_bytes()
    name = encoding.of_text(data, request.encoding)
    text = data.decode(name).removeprefix("\ufeff").replace("\x00", "")
    del data
    csv.field_size_limit(_LONGEST_FIELD)
    rows = _rows(text, _delimiter(text))
    top = [cells for _, cells in islice(rows, SEARCHED_ROWS)]
    width = max((len(row) for row in top), default=0)
    top = [row + [""] * (width - len(row)) for row in top]
    layout = find_layout(top, request.headings, request.units)
    body = chain(enumerate(top[layout.first_row :], layout.first_row), rows)
    remarks = list(layout.remarks)
    schema = pa.schema([(f"c{i}", pa.large_string()) for i in range(width)] + [(ROW, pa.int64())])
    batches = []
    kept = _records(body, width, remarks)
    while chunk := list(islice(kept, _ROWS_AT_ONCE)):
        columns = [pa.array(cells, pa.large_string()) for cells in zip(*(c for _, c in chunk), strict=True)]
        columns.append(pa.array([i + 1 for i, _ in chunk], pa.int64()))
        batches.append(pa.record_batch(columns, schema=schema))
    return RawTable(
        columns=pa.Table.from_batches(batches, schema),
        headings=layout.headings,
        units=layout.units,
        encoding=name.removesuffix("-sig"),
        remarks=tuple(remarks),
    )


def _delimiter(text: str) -> str:
    """The delimiter that cuts most of the first lines into the same, largest number of cells."""
    lines = [line[:_LONGEST_LOOK] for line in text[:200_000].splitlines()[:50] if line.strip()]
    if not lines:
        raise FileRefused(Refusal.NO_ROWS)
    widths = {d: sorted(len(row) for row in csv.reader(lines, delimiter=d)) for d in _DELIMITERS}
    return max(_DELIMITERS, key=lambda d: widths[d][len(widths[d]) // 2] if widths[d] else 0)


def _rows(text: str, delimiter: str) -> Iterator[NumberedRow]:
    number = -1
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, ""), delimiter=delimiter, strict=True)):
            if len(row) > _MOST_CELLS:
                told = detail("row_wide", row=number + 1, found=len(row), limit=_MOST_CELLS)
                raise FileRefused(Refusal.UNREADABLE, detail=told)
            yield number, [cell.strip() for cell in row]
    except csv.Error as error:
        if "field larger" in str(error):
            told = detail("cell_long", row=number + 2, limit=_LONGEST_FIELD)
            raise FileRefused(Refusal.UNREADABLE, detail=told) from error
        raise FileRefused(Refusal.CSV_QUOTES, row=number + 2) from error


def _records(rows: Iterator[NumberedRow], width: int, remarks: list[Remark]) -> Iterator[NumberedRow]:
    """Rows that are records, all of the same width; notes and sums go to `remarks`."""
    for number, cells in rows:
        if len(cells) != width:
            if any(cells[width:]):
                raise FileRefused(Refusal.CSV_WIDTH, row=number + 1, found=len(cells), width=width)
            cells = cells[:width] + [""] * (width - len(cells))
        if is_note(cells):
            remark = trailing_remark(number, cells)
            if remark:
                remarks.append(remark)
            continue
        yield number, cells
