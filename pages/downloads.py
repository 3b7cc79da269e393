"""Tables to take away: CSV, Excel, and paper; text never run as a formula."""

import datetime as dt
import io
from numbers import Number

import pandas as pd
import streamlit as st
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill

from i18n import Lang, tr
from pages.formats import cell_text, missing, moment
from pipelines import table_sheet
from pipelines.table_sheet import TableSheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_csv(table: pd.DataFrame) -> bytes:
    """A table as CSV with a byte-order mark, so that Excel reads the Chinese; blanks for no data."""
    safe = table.rename(columns=lambda name: str(cell_text(str(name)))).map(
        lambda value: None if missing(value) else cell_text(value)
    )
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def as_workbook(table: pd.DataFrame, title: str, notes: list[str]) -> bytes:
    """A table as one Excel sheet: title and notes above, headings in bold, codes as text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("".join(c for c in title if c not in "[]:*?/\\")[:31] or "1")
    for index, name in enumerate(table.columns):
        sheet.column_dimensions[_letter(index)].width = min(40, max(12, 2 * len(str(name)) + 2))
    top = len(notes) + 2
    sheet.freeze_panes = f"A{top + 1}"
    heading = _cell(sheet, title)
    heading.font = Font(bold=True, size=14)
    sheet.append([heading])
    for note in notes:
        sheet.append([_cell(sheet, note)])
    sheet.append([_bold(sheet, str(name)) for name in table.columns])
    for row in table.itertuples(index=False):
        sheet.append([_cell(sheet, value) for value in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _letter(index: int) -> str:
    return (_letter(index // 26 - 1) if index >= 26 else "") + chr(65 + index % 26)


def _cell(sheet: object, value: object) -> WriteOnlyCell:
    if missing(value):
        return WriteOnlyCell(sheet, None)
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
        # openpyxl takes a leading "=" for a formula unless the type is said.
        cell.data_type = "s"
        cell.number_format = "@"
        return cell
    return WriteOnlyCell(sheet, value.item() if hasattr(value, "item") else value)


def _bold(sheet: object, words: str) -> WriteOnlyCell:
    cell = _cell(sheet, words)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="E8EEF4")
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cell


def as_sheet(table: pd.DataFrame, title: str, subtitle: str, notes: list[str], lang: Lang) -> bytes:
    """A table as a PDF to print and sign, blanks for no data.

    Raises
    ------
    FontMissing : the machine has no Chinese font.
    """
    numeric = [pd.api.types.is_numeric_dtype(table[name]) for name in table.columns]
    digits = [_digits(table[name]) if held else 0 for name, held in zip(table.columns, numeric, strict=True)]
    rows = [
        ["" if missing(value) else _printed(value, places) for value, places in zip(row, digits, strict=True)]
        for row in table.itertuples(index=False)
    ]
    now = moment(dt.datetime.now(dt.UTC), lang)
    return table_sheet.as_pdf(
        TableSheet(title, subtitle, list(map(str, table.columns)), numeric, rows, notes, now, lang)
    )


def _digits(column: "pd.Series[float]") -> int:
    """Decimals that a column is printed with: as many as its figures have, four at most, as the ledger keeps them."""
    values = column.dropna().astype(float)
    return next((places for places in (0, 1, 2) if (values.round(places) == values).all()), 4)


def _printed(value: object, places: int) -> str:
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, Number):
        return f"{value:,.{places}f}"
    return str(value)


def offer(
    table: pd.DataFrame, name: str, title: str, notes: list[str], lang: Lang, *, subtitle: str | None = None
) -> None:
    """Draw the download buttons of a table: CSV, Excel and, with a subtitle, the sheet to print.

    Parameters
    ----------
    name : file name without ending, ASCII.
    notes : sentences above the table in the workbook: what it is, as of when.
    subtitle : place, day and unit of measure, as the office's sheets say them under the title.
    """
    with st.container(horizontal=True):
        st.download_button(
            tr("pages.download.csv", lang),
            lambda: as_csv(table),
            f"{name}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"{name}.csv",
        )
        st.download_button(
            tr("pages.download.xlsx", lang),
            lambda: as_workbook(table, title, notes),
            f"{name}.xlsx",
            XLSX,
            icon=":material/table:",
            on_click="ignore",
            key=f"{name}.xlsx",
        )
        if subtitle is not None:
            st.download_button(
                tr("paper.button", lang),
                lambda: as_sheet(table, title, subtitle, notes, lang),
                f"{name}.pdf",
                "application/pdf",
                icon=":material/print:",
                on_click="ignore",
                key=f"{name}.pdf",
            )
