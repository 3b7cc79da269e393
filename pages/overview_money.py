"""The money of 进度总览: budget and paid, by source and by county, beside how far the projects are."""

from html import escape

import pandas as pd

from analysis.progress.leading import Decision, Standing, counted, standing
from i18n import Lang, tr
from layers import AdminLevel
from layers.codes import FundSource, LibraryState
from pages.candidate_words import money
from pages.overview_html import BAD, CALM, bar, link, linked, nothing, section, table
from pages.overview_kept import kept
from pages.overview_looked import Looked, board_of
from pages.overview_projects import decisions, standing_below, standing_of
from pages.project_words import layer_words
from pages.selection_words import source_words


@kept(128)
def money_part(looked: Looked) -> str:
    """Sums, then by source, then by unit below."""
    lang = looked.lang
    whole = standing_of(looked)
    if not whole.number:
        return section(tr("overview.money", lang), nothing(tr("overview.no_projects", lang)))
    sums = (
        ("budget", money(whole.budget_yuan, lang)),
        ("paid", money(whole.paid_yuan, lang)),
        ("left", money(whole.budget_yuan - whole.paid_yuan, lang)),
        ("paid_share", "—" if whole.paid_share is None else f"{whole.paid_share:.1%}"),
        ("percent", percent_words(whole, lang)),
    )
    shown = "".join(
        f"<div><span>{escape(tr(f'overview.{name}', lang))}</span><b>{escape(value)}</b></div>"
        for name, value in sums
    )
    note = tr("overview.money_note", lang, known=whole.known, all=whole.number)
    parts = [f'<div class="xo-sums">{shown}</div>', _sources(looked), _layers(looked)]
    return section(tr("overview.money", lang), "".join(parts), note)


def percent_words(held: Standing, lang: Lang) -> str:
    """Physical progress in words."""
    return tr("pages.no_data", lang) if held.percent is None else f"{held.percent:.1f}%"


def by_source(looked: Looked) -> "pd.Series[float]":
    """Planned payments by source, yuan; projects that were cancelled pay nothing."""
    held = board_of(looked)
    found = counted(held.inside(held.payments, looked))
    sums = found.groupby("source")["yuan"].sum()
    return sums.reindex([str(one) for one in FundSource if str(one) in sums.index])


def _sources(looked: Looked) -> str:
    lang = looked.lang
    sums = by_source(looked)
    if sums.empty:
        return nothing(tr("overview.no_sources", lang))
    whole = float(sums.sum()) or 1.0
    rows = [
        (
            escape(source_words(str(source), lang)),
            f'<span class="num">{escape(money(yuan, lang))}</span>',
            f"{yuan / whole:.1%}",
            bar(yuan / whole),
        )
        for source, yuan in sums.items()
    ]
    head = (tr("overview.source", lang), tr("overview.budget", lang), tr("overview.part", lang), "")
    return table(head, rows)


def _layers(looked: Looked) -> str:
    """The same by subject of the plan."""
    lang = looked.lang
    held = board_of(looked)
    found = held.inside(held.projects, looked)
    rows = [
        (
            escape(layer_words(str(layer), lang)),
            str(one.number),
            *_shares(one, lang),
            escape(money(one.budget_yuan, lang)),
        )
        for layer, one in ((layer, standing(part)) for layer, part in found.groupby("layer"))
        if one.number
    ]
    head = [tr(f"overview.{name}", lang) for name in ("layer", "number", "percent", "paid_share", "budget")]
    return table(head, rows)


def _shares(one: Standing, lang: Lang) -> tuple[str, str]:
    """Physical progress and money paid, as cells; more paid than budgeted stands out."""
    percent = f"{escape(percent_words(one, lang))}{bar(None if one.percent is None else one.percent / 100)}"
    if one.paid_share is None:
        return percent, "—"
    return percent, f"{one.paid_share:.1%}{bar(one.paid_share, BAD if one.paid_share > 1 else CALM)}"


@kept(128)
def units_part(looked: Looked) -> str:
    """The units below with their projects: number, physical progress against money paid, what is overdue."""
    lang = looked.lang
    if looked.level is AdminLevel.TOWNSHIP:
        return _projects(looked)
    found = {code: one for code, one in standing_below(looked).items() if one.number}
    level = AdminLevel.COUNTY if looked.level is AdminLevel.CITY else AdminLevel.TOWNSHIP
    heading = tr("overview.by_unit", lang, level=level.text.get(lang))
    if not found:
        return section(heading, nothing(tr("overview.no_projects", lang)))
    held = board_of(looked)
    waits = decisions(looked)
    late = waits.loc[waits["kind"] == str(Decision.OVERDUE), "admin_code"].str[: level.digits].value_counts()
    rows = []
    for code, one in sorted(found.items(), key=lambda pair: (pair[1].percent is None, pair[1].percent or 0)):
        rows.append(
            (
                link(held.name(code), "overview", {"place": code}),
                str(one.number),
                *_shares(one, lang),
                escape(money(one.paid_yuan, lang)),
                escape(money(one.budget_yuan, lang)),
                _late(int(late.get(code[: level.digits], 0))),
            )
        )
    names = ("number", "percent", "paid_share", "paid", "budget", "overdue")
    head = [level.text.get(lang), *(tr(f"overview.{name}", lang) for name in names)]
    return section(heading, table(head, rows), tr("overview.slowest_first", lang))


def _late(number: int) -> str:
    return f'<b class="xo-bad">{number}</b>' if number else "0"


def _projects(looked: Looked) -> str:
    """The projects of a township, each with its newest accepted report."""
    lang = looked.lang
    held = board_of(looked)
    found = counted(held.inside(held.projects, looked))
    heading = tr("overview.projects_here", lang)
    if found.empty:
        return section(heading, nothing(tr("overview.no_projects", lang)))
    rows = []
    for one in found.to_dict("records"):
        report = escape(tr("overview.no_report", lang))
        if one["report_id"] is not None:
            words = tr("overview.report_of", lang, month=f"{one['period']:%Y-%m}")
            report = linked(words, "report_check", {"report": str(one["report_id"])}, looked.can)
        percent = one["percent"] == one["percent"]
        rows.append(
            (
                linked(str(one["name"]), "projects", {"project": str(one["code"])}, looked.can),
                escape(LibraryState.of(one["state"]).text.get(lang)),
                f"{one['percent']:.1f}%{bar(one['percent'] / 100)}" if percent else "—",
                escape(money(one["paid_yuan"], lang)) if percent else "—",
                escape(money(one["budget_yuan"], lang)),
                report,
            )
        )
    head = [
        tr(f"overview.{name}", lang) for name in ("project", "state", "percent", "paid", "budget", "report")
    ]
    return section(heading, table(head, rows))
