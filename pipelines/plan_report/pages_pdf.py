"""The two-page PDF, through Typst, without network; text enters as JSON, so that it can never become code."""

import json
from pathlib import Path

from i18n import tr
from pipelines import paper
from pipelines.plan_report.curve import curve_svg
from pipelines.plan_report.model import PlanReport, ReportProject
from pipelines.words_on_paper import cut, wan

ROWS = 34
"""Projects that page 2 has room for."""
_TEMPLATE = Path(__file__).with_name("two_pages.typ")
_ASKED, _FIGURES, _NEXT, _MADE_BY, _SOURCES = 9, 10, 6, 3, 6
_LINE_CELLS, _NARROW_CELLS = 120, 76
_EMPTY_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


def as_pdf(report: PlanReport) -> bytes:
    """Return the report as a PDF of exactly two A4 pages.

    Raises
    ------
    FontMissing : the machine has no Chinese font, without which the PDF would be full of boxes.
    """
    return paper.pdf(_files(report))


def page_pictures(report: PlanReport, ppi: float = 110) -> list[bytes]:
    """The same pages as PNG pictures, for a look before printing."""
    return paper.pictures(_files(report), ppi)


def picture_png(svg: str, ppi: float = 200) -> bytes:
    """A picture of ours as PNG.

    Raises
    ------
    FontMissing : as for `as_pdf`.
    """
    return paper.svg_pictures([svg], ppi)[0]


def _files(report: PlanReport) -> dict[str, bytes]:
    return {
        "main": _TEMPLATE.read_bytes(),
        "data.json": json.dumps(_data(report), ensure_ascii=False).encode(),
        "map.svg": (report.map_svg or _EMPTY_SVG).encode(),
        "curve.svg": (
            curve_svg(report.curve, report.budget_yuan, report.lang, 480, 230) or _EMPTY_SVG
        ).encode(),
    }


def _data(report: PlanReport) -> dict[str, object]:
    lang = report.lang
    more = len(report.chosen) - ROWS
    return {
        "lang": lang,
        "title": cut(report.title, 60),
        "subtitle": cut(report.subtitle, 110),
        "author": tr("shell.title", lang),
        "notice": cut(report.notice, 130),
        "page_words": [tr("selection.report.page", lang, page=page) for page in (1, 2)],
        "figures": [[cut(label, 30), cut(value, 26)] for label, value in report.figures[:_FIGURES]],
        "asked": _some(report.asked, _ASKED, report),
        "gap_words": cut(report.gap_words, _LINE_CELLS),
        "money": _money(report),
        "has_map": bool(report.map_svg),
        "list": {
            "head": [
                tr(f"selection.report.{column}", lang)
                for column in (
                    "row",
                    "name",
                    "place",
                    "kind",
                    "year",
                    "source",
                    "people",
                    "cost",
                    "per_person",
                )
            ],
            "rows": [_row(index, one) for index, one in enumerate(report.chosen[:ROWS], 1)],
        },
        "has_curve": len(report.curve) >= 2,
        "next_million": _some(report.next_million, _NEXT, report) or [tr("selection.report.no_next", lang)],
        "made_by": [cut(line, _LINE_CELLS) for line in report.made_by[:_MADE_BY]],
        "words": {
            "asked": tr("selection.report.asked", lang),
            "money": tr("selection.report.money", lang),
            "money_note": tr("selection.report.money_note", lang),
            "chosen": tr("selection.report.chosen", lang, number=f"{len(report.chosen):,}"),
            "more": tr("selection.report.more", lang, number=f"{more:,}")
            if more > 0
            else tr("selection.report.all_here", lang),
            "curve": tr("selection.report.curve", lang),
            "no_curve": tr("selection.report.no_curve", lang),
            "next": tr("selection.report.next", lang),
            "made_by": tr("selection.report.made_by", lang),
        },
    }


def _some(lines: tuple[str, ...], most: int, report: PlanReport) -> list[str]:
    """The first lines, and how many more the workbook holds."""
    shown = [cut(line, _NARROW_CELLS) for line in lines[:most]]
    if len(lines) > most:
        shown.append(tr("selection.report.more_lines", report.lang, number=len(lines) - most))
    return shown


def _row(index: int, one: ReportProject) -> list[str]:
    per_person = one.yuan_per_person
    return [
        str(index),
        cut(one.name, 34),
        cut(one.place, 32),
        cut(one.kind, 22),
        str(one.year or ""),
        cut(one.sources, 20),
        f"{one.people:,.0f}",
        wan(one.cost_yuan),
        "—" if per_person is None else f"{per_person:,.0f}",
    ]


def _money(report: PlanReport) -> dict[str, object]:
    """Paid of budget by source and year, in ten thousand yuan."""
    years = sorted({p.year for p in report.payments})[:5]
    paid: dict[tuple[str, int], tuple[int, int]] = {
        (p.source, p.year): (p.paid_yuan, p.budget_yuan) for p in report.payments
    }
    sources = list(dict.fromkeys(p.source for p in report.payments))[:_SOURCES]

    def cell(found: list[tuple[int, int]]) -> str:
        if not found:
            return "—"
        return f"{wan(sum(p for p, _ in found))} / {wan(sum(b for _, b in found))}"

    def row(title: str, wanted: list[str]) -> list[str]:
        by_year = [[paid[s, y] for s in wanted if (s, y) in paid] for y in years]
        return [
            cut(title, 16),
            *(cell(found) for found in by_year),
            cell([f for found in by_year for f in found]),
        ]

    total = tr("selection.report.total", report.lang)
    return {
        "years": [str(year) for year in years],
        "head": [tr("selection.report.source", report.lang), *(str(year) for year in years), total],
        "rows": [*(row(source, [source]) for source in sources), row(total, sources)],
    }
