"""Monthly reports in words: percent, money, months, how far a report is; the style of forms on a phone."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import pandas as pd

from i18n import Lang, tr
from pages import formats
from pages.candidate_words import money
from store.progress.due import Stage
from store.progress.reports import Report

WAN = 10_000
STAGE_COLORS = {Stage.RETURNED: "red", Stage.TO_DO: "orange", Stage.WAITING: "blue", Stage.ACCEPTED: "green"}
PHONE_STYLE = """<style>
.st-key-report-page{max-width:46rem}
.st-key-report-page button{min-height:3.25rem;font-size:1.05rem}
.st-key-report-page [data-testid="stNumberInputContainer"],
.st-key-report-page [data-testid="stSelectbox"] [role="group"]{min-height:3rem;align-items:center}
.st-key-report-page [data-testid="stSelectbox"] button{min-height:0}
.st-key-report-page input,.st-key-report-page textarea{font-size:1.1rem}
.st-key-report-page .stNumberInput button{min-width:3rem}
.st-key-report-page [data-testid="stCheckbox"] label{min-height:2.9rem;align-items:center;width:100%}
.st-key-report-page [data-testid="stCheckbox"] label p{font-size:1.05rem}
.st-key-report-page [data-testid="stCheckbox"] label>div:first-of-type{transform:scale(1.5);margin:0 .45rem 0 .25rem}
.st-key-report-page [data-testid="stSlider"]{padding:.6rem .9rem .8rem}
.st-key-report-page [data-testid="stSlider"]>label{margin-bottom:1rem}
.st-key-report-page [data-testid="stSlider"] div:has(>[data-testid="stSliderThumbValue"]){width:1.9rem;height:1.9rem}
</style>"""
"""Fingers are 44 px and more; one column, also on a desk."""


def percent(value: Decimal | float | None) -> str:
    """A physical progress of 0–100; a dash where there is none."""
    return "—" if value is None else f"{formats.number(float(value), 2)}%"


def paid(value: Decimal | None, lang: Lang) -> str:
    """What was paid, as people say it; a dash where nothing was told."""
    return "—" if value is None else money(float(value), lang)


def month(period: dt.date, lang: Lang) -> str:
    """A month in words."""
    return tr("reporting.month", lang, year=period.year, month=period.month)


def badge(stage: Stage, lang: Lang) -> str:
    """How far a report is, as a badge in Markdown."""
    return f":{STAGE_COLORS[stage]}-badge[{formats.plain(tr(f'reporting.stage_{stage}', lang))}]"


def stage_of(report: Report) -> str:
    """How far one report is; a corrected one is that, whatever was said of it."""
    if report.superseded_by is not None:
        return "superseded"
    if report.check is None:
        return str(Stage.WAITING)
    return str(Stage.RETURNED if report.returned else Stage.ACCEPTED)


def milestone_words(numbers: tuple[int, ...], names: Mapping[int, str], lang: Lang) -> str:
    """Milestones reached, by name; a dash where there is none."""
    return formats.joined((names.get(no, str(no)) for no in numbers), lang) or "—"


def compared(now: Report, before: Report | None, names: Mapping[int, str], lang: Lang) -> pd.DataFrame:
    """A report beside the standing one of the month before, as Markdown."""

    def column(one: Report | None) -> list[str]:
        if one is None:
            return ["—"] * 5
        return [
            percent(one.percent),
            paid(one.paid_yuan, lang),
            milestone_words(one.milestones, names, lang),
            one.note or "—",
            one.reported_on.isoformat(),
        ]

    rows = [
        tr(f"reporting.{name}", lang) for name in ("percent", "paid", "milestones", "note", "reported_on")
    ]
    held = {tr("reporting.field", lang): rows}
    held[tr("reporting.none_before", lang) if before is None else month(before.period, lang)] = [
        formats.plain(text) for text in column(before)
    ]
    held[month(now.period, lang)] = [f"**{formats.plain(text)}**" for text in column(now)]
    return pd.DataFrame(held)
