"""A table on paper as an office files it: title, notes, the rows with their heading on every page, who signs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from i18n import Lang, tr
from pipelines import paper
from pipelines.words_on_paper import cells, cut

MOST_ROWS = 3_000
"""Rows printed; more is no paper that anyone reads."""
_TEMPLATE = Path(__file__).with_name("table_sheet.typ")
_NARROWEST, _WIDEST = 5, 44
"""Half-width cells of a column."""


@dataclass(frozen=True)
class TableSheet:
    """A table in words and figures as they are to be printed.

    Attributes
    ----------
    title : above the table; `subtitle` says the place, the day, the unit of measure.
    columns : headings; `numeric` says which columns are set to the right.
    rows : text for each cell; blank where there is no data.
    notes : sentences below the table.
    made_at : when it was printed, in words.
    """

    title: str
    subtitle: str
    columns: Sequence[str]
    numeric: Sequence[bool]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]
    made_at: str
    lang: Lang


def as_pdf(sheet: TableSheet) -> bytes:
    """Return the sheet as a PDF, A4 across.

    Raises
    ------
    FontMissing : the machine has no Chinese font.
    """
    return paper.pdf(_files(sheet))


def page_pictures(sheet: TableSheet, ppi: float = 110) -> list[bytes]:
    """The same pages as PNG pictures."""
    return paper.pictures(_files(sheet), ppi)


def _files(sheet: TableSheet) -> dict[str, bytes]:
    return {
        "main": _TEMPLATE.read_bytes(),
        "data.json": json.dumps(_data(sheet), ensure_ascii=False).encode(),
    }


def _data(sheet: TableSheet) -> dict[str, object]:
    lang = sheet.lang
    rows = [[cut(str(cell), 200) for cell in row] for row in sheet.rows[:MOST_ROWS]]
    notes = [cut(note, 400) for note in sheet.notes]
    if len(sheet.rows) > MOST_ROWS:
        shown, whole = f"{MOST_ROWS:,}", f"{len(sheet.rows):,}"
        notes.insert(0, tr("paper.cut", lang, shown=shown, all=whole))
    return {
        "lang": lang,
        "title": cut(sheet.title, 90),
        "subtitle": cut(sheet.subtitle, 150),
        "columns": [cut(name, 60) for name in sheet.columns],
        "numeric": list(sheet.numeric),
        "widths": _widths(sheet.columns, rows),
        "rows": rows,
        "notes": notes,
        "made_at": tr("paper.made_at", lang, at=sheet.made_at),
        "page": tr("paper.page", lang, page="\u0001", pages="\u0002"),
        "signs": [tr(f"paper.{name}", lang) for name in ("sealed", "head_of", "checked_by", "made_by")],
    }


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Shares of the page: what a column's longest cell takes, within bounds; a heading may break in two."""
    found = []
    for index, name in enumerate(columns):
        longest = max((cells(row[index]) for row in rows), default=0)
        found.append(min(_WIDEST, max(_NARROWEST, longest, -(-cells(name) // 2) + 1)))
    return found
