"""The briefing as a PDF, through Typst, without network; text enters as JSON, so that it can never become code."""

import json
from pathlib import Path

from i18n import tr
from pipelines import paper
from pipelines.briefing.chart_svg import chart_svg
from pipelines.briefing.model import Briefing, Section, Table
from pipelines.words_on_paper import cells, cut

_TEMPLATE = Path(__file__).with_name("briefing.typ")
_CELL, _LINE = 90, 600
_NARROWEST, _WIDEST = 6, 34


def as_pdf(told: Briefing) -> bytes:
    """Return the briefing as a PDF of A4 pages.

    Raises
    ------
    FontMissing : the machine has no Chinese font.
    """
    return paper.pdf(_files(told))


def page_pictures(told: Briefing, ppi: float = 110) -> list[bytes]:
    """The same pages as PNG pictures."""
    return paper.pictures(_files(told), ppi)


def _files(told: Briefing) -> dict[str, bytes]:
    files = {"main": _TEMPLATE.read_bytes()}
    sections = [_section(told, index, section, files) for index, section in enumerate(told.sections)]
    data = {
        "lang": told.lang,
        "title": cut(told.title, 60),
        "subtitle": cut(told.subtitle, 110),
        "path": cut(told.path, 90),
        "head": [cut(told.title, 44), cut(told.path, 66)],
        "author": tr("shell.title", told.lang),
        "notice": cut(told.notice, 200),
        "made": told.made,
        "page": tr("briefing.page", told.lang, page="\u0001", pages="\u0002"),
        "figures": [
            {
                "label": cut(one.label, 40),
                "value": cut(one.value, 24),
                "remark": cut(one.remark, 40),
                "good": one.good,
            }
            for one in told.figures
        ],
        "summary": [cut(line, _LINE) for line in told.summary],
        "sections": sections,
        "tables": [_table(table) for table in told.tables],
        "sources": [cut(line, _LINE) for line in told.sources],
        "missing": [cut(line, _LINE) for line in told.missing],
        "words": {
            name: tr(f"briefing.{key}", told.lang)
            for name, key in (
                ("summary", "summary"),
                ("sources", "sources"),
                ("missing", "missing_title"),
                ("annex", "table.annex"),
            )
        },
        "table_caption": tr("briefing.table_caption", told.lang, no="\u0001", title="\u0002"),
        "figure_caption": tr("briefing.figure_caption", told.lang, no="\u0001", title="\u0002"),
    }
    files["data.json"] = json.dumps(data, ensure_ascii=False).encode()
    return files


def _section(told: Briefing, index: int, section: Section, files: dict[str, bytes]) -> dict[str, object]:
    picture: dict[str, str] | None = None
    if section.picture is not None:
        name = f"map{index}.svg"
        files[name] = section.picture.svg.encode()
        picture = {"file": name, "title": cut(section.picture.title, 90), "alt": section.picture.words}
    charts = []
    for number, chart in enumerate(section.charts):
        name = f"chart{index}-{number}.svg"
        files[name] = chart_svg(chart).encode()
        charts.append({"file": name, "title": cut(chart.title, 90)})
    return {
        "title": cut(section.title, 60),
        "sentences": [cut(line, _LINE) for line in section.sentences],
        "picture": picture,
        "charts": charts,
        "tables": [_table(table) for table in section.tables],
    }


def _table(table: Table) -> dict[str, object]:
    rows = [[cut(cell, _CELL) for cell in row] for row in table.rows]
    return {
        "title": cut(table.title, 90),
        "columns": [cut(name, 40) for name in table.columns],
        "numeric": list(table.numeric),
        "widths": column_widths(table),
        "rows": rows,
        "note": cut(table.note, _LINE),
    }


def column_widths(table: Table) -> list[int]:
    """Shares of the width for each column: what its longest cell takes, within bounds; a heading may break in two."""
    found = []
    for index, name in enumerate(table.columns):
        longest = max((cells(row[index]) for row in table.rows), default=0)
        found.append(min(_WIDEST, max(_NARROWEST, longest, -(-cells(name) // 2) + 1)))
    return found
