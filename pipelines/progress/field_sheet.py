"""Field sheets of an inspection: one A4 page for each place that was drawn, with lines to fill in by hand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from i18n import Lang, tr
from pipelines import paper
from pipelines.words_on_paper import cut

_TEMPLATE = Path(__file__).with_name("field_sheet.typ")
_CHECKS = {
    "village": ("water", "roads", "broadband", "housing", "assets", "accounts"),
    "project": ("exists", "percent", "quality", "money", "sign", "people"),
}


@dataclass(frozen=True)
class FieldPage:
    """One place, in words.

    Attributes
    ----------
    order : day and number of the visit, where a route was made; else blank.
    facts : label and value: number, place, position, stratum, probability.
    signs : why it may be a risk, one sentence each.
    """

    name: str
    order: str
    facts: Sequence[tuple[str, str]]
    signs: Sequence[str]


@dataclass(frozen=True)
class FieldSheets:
    """The sheets of an inspection; `subject` is ``village`` or ``project``."""

    title: str
    subtitle: str
    subject: str
    pages: Sequence[FieldPage]
    made_at: str
    synthetic: bool
    lang: Lang


def as_pdf(sheets: FieldSheets) -> bytes:
    """Return the sheets as a PDF, a page for each place.

    Raises
    ------
    FontMissing : the machine has no Chinese font.
    """
    return paper.pdf(_files(sheets))


def page_pictures(sheets: FieldSheets, ppi: float = 90) -> list[bytes]:
    """The same pages as PNG pictures."""
    return paper.pictures(_files(sheets), ppi)


def _files(sheets: FieldSheets) -> dict[str, bytes]:
    lang = sheets.lang

    def say(key: str) -> str:
        return tr(f"inspection.sheet.{key}", lang)

    data = {
        "lang": lang,
        "title": cut(sheets.title, 70),
        "subtitle": cut(sheets.subtitle, 110),
        "pages": [
            {
                "name": cut(one.name, 60),
                "order": cut(one.order, 40),
                "facts": [[cut(label, 20), cut(value, 90)] for label, value in one.facts],
                "signs": [cut(sign, 90) for sign in one.signs] or [say("no_signs")],
            }
            for one in sheets.pages
        ],
        "signs_title": say("signs"),
        "check_head": [say("check"), say("yes"), say("no"), say("told")],
        "checks": [say(f"check_{name}") for name in _CHECKS[sheets.subject]],
        "verdict": say("verdict"),
        "verdicts": [say(name) for name in ("good", "minor", "serious")],
        "finding": say("finding"),
        "photos": say("photos"),
        "signed": [say(name) for name in ("visited_on", "inspectors", "accompanied")],
        "footer": tr("shell.synthetic", lang) if sheets.synthetic else "",
        "made_at": tr("paper.made_at", lang, at=sheets.made_at),
    }
    return {
        "main": _TEMPLATE.read_bytes(),
        "data.json": json.dumps(data, ensure_ascii=False).encode(),
    }
