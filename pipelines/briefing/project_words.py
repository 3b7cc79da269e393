"""What a briefing says of the followed projects: a sentence, tables, and how they went month by month."""

import math

import pandas as pd

from base.settings import settings
from i18n import Lang, tr
from layers import AdminLevel, layer
from layers.codes import LibraryState
from pipelines.briefing import figures
from pipelines.briefing.gather import Gathered, Place
from pipelines.briefing.model import Chart, ChartKind, Section, Table
from pipelines.briefing.projects import ProjectSums, of_place, sums

_LISTED = 12
_WAN = 10_000


def project_sums(gathered: Gathered, here: Place) -> ProjectSums:
    """The sums of a place."""
    return sums(of_place(gathered.library, here.prefix), gathered.month, gathered.until)


def project_sentence(found: ProjectSums, lang: Lang) -> str:
    """Number, money and progress in a sentence."""
    if not found.number:
        return tr("briefing.projects.none", lang)
    given = {"number": found.number, "budget": figures.money(found.budget_yuan, lang)}
    if not found.reported:
        return tr("briefing.projects.unreported", lang, **given)
    return tr(
        "briefing.projects.sentence",
        lang,
        **given,
        paid=figures.money(found.paid_yuan, lang),
        reported=found.reported,
        done=_share(found.done_share),
        planned=_share(found.planned_share),
        paid_share=_share(found.paid_share),
    )


def project_section(gathered: Gathered, here: Place, found: ProjectSums, lang: Lang) -> Section:
    """The projects of a place: sentences, months, layers or the projects themselves, what is late or silent."""
    title = tr("briefing.projects.title", lang)
    if not found.number:
        return Section(title, (project_sentence(found, lang),))
    sentences = [project_sentence(found, lang), _states(found, lang)]
    if found.reported:
        sentences.append(_month(found, lang))
    sentences.append(_attention_sentence(found, lang))
    detailed = here.level in (AdminLevel.TOWNSHIP, AdminLevel.VILLAGE)
    tables = [_project_table(found, lang) if detailed else _by_layer(found, lang)]
    attention = _attention(gathered, here, found, lang)
    if attention is not None:
        tables.append(attention)
    return Section(title, tuple(sentences), charts=_charts(found, lang), tables=tuple(tables))


def _share(value: float) -> str:
    return "—" if math.isnan(value) else figures.share(value)


def _states(found: ProjectSums, lang: Lang) -> str:
    parts = [
        tr("briefing.projects.state", lang, state=state.text.get(lang), number=found.by_state[str(state)])
        for state in LibraryState
        if found.by_state.get(str(state))
    ]
    return tr("briefing.projects.states", lang, parts=figures.joined(parts, lang))


def _month(found: ProjectSums, lang: Lang) -> str:
    untold = (
        tr("briefing.projects.some_untold", lang, number=found.unreported)
        if found.unreported
        else tr("briefing.projects.all_told", lang)
    )
    moved = 0.0 if math.isnan(found.done_month) else round(found.done_month * 100, 1)
    way = "same" if moved == 0 else "up" if moved > 0 else "down"
    return tr(
        f"briefing.projects.month_{way}",
        lang,
        points=figures.number(abs(moved), 1),
        paid=figures.money(found.paid_month_yuan, lang),
        first=_first(found, lang),
        unreported=untold,
    )


def _first(found: ProjectSums, lang: Lang) -> str:
    """Projects told of for the first time: what was paid of them was paid in nobody knows which months."""
    if not found.first_reports:
        return ""
    paid = figures.money(found.first_paid_yuan, lang)
    return tr("briefing.projects.first_told", lang, number=found.first_reports, paid=paid)


def _attention_sentence(found: ProjectSums, lang: Lang) -> str:
    days = settings().stalled_days
    if not len(found.late) and not len(found.stalled):
        return tr("briefing.projects.all_well", lang, days=days)
    return tr(
        "briefing.projects.attention", lang, late=len(found.late), stalled=len(found.stalled), days=days
    )


def _charts(found: ProjectSums, lang: Lang) -> tuple[Chart, ...]:
    if len(found.curve) < 2:
        return ()
    months = tuple(f"{month:%Y-%m}" for month in found.curve["month"])
    series = tuple(
        (
            tr(f"briefing.chart.{name}", lang),
            tuple(None if pd.isna(yuan) else round(float(yuan) / _WAN, 1) for yuan in found.curve[column]),
        )
        for name, column in (("planned", "planned_yuan"), ("done", "earned_yuan"), ("paid", "paid_yuan"))
    )
    return (Chart(ChartKind.LINES, tr("briefing.chart.months", lang), months, series, ""),)


def _by_layer(found: ProjectSums, lang: Lang) -> Table:
    """Number, money and progress by layer, and all together."""
    rows = []
    for row in found.by_layer.itertuples():
        compared = float(row.compared_yuan) or math.nan  # type: ignore[arg-type]
        rows.append(
            (
                layer(str(row.Index)).title.get(lang),
                f"{row.projects:,}",
                _wan(row.budget_yuan),
                _wan(row.ac_yuan),
                _share(float(row.pv_yuan) / compared),  # type: ignore[arg-type]
                _share(float(row.percent) / 100),  # type: ignore[arg-type]
                _index(row.spi),
            )
        )
    rows.append(
        (
            tr("briefing.projects.total", lang),
            f"{found.number:,}",
            _wan(found.budget_yuan),
            _wan(found.paid_yuan),
            _share(found.planned_share),
            _share(found.done_share),
            _index(found.spi),
        )
    )
    names = ("layer", "number", "budget", "paid", "planned", "done", "spi")
    return Table(
        tr("briefing.projects.by_layer", lang),
        tuple(tr(f"briefing.projects.column.{name}", lang) for name in names),
        (False, *(True,) * (len(names) - 1)),
        tuple(rows),
        tr("briefing.projects.index_note", lang),
    )


def _wan(yuan: object) -> str:
    value = float(str(yuan))
    return "—" if math.isnan(value) else f"{value / _WAN:,.1f}"


def _index(value: object) -> str:
    number = float(str(value))
    return "—" if math.isnan(number) else f"{number:.2f}"


def _percent(value: object) -> str:
    number = float(str(value))
    return "—" if math.isnan(number) else f"{number:.1f}%"


def _project_table(found: ProjectSums, lang: Lang) -> Table:
    """The projects themselves, the dearest first."""
    ordered = found.rows.sort_values(["budget_yuan", "code"], ascending=[False, True])
    rows = tuple(
        (
            str(row["name"]),
            LibraryState.of(str(row["state"])).text.get(lang),
            _wan(row["budget_yuan"]),
            _wan(row["ac_yuan"]),
            _percent(float(row["planned_share"]) * 100),
            _percent(row["percent"]),
            "—" if pd.isna(row["planned_finish"]) else f"{row['planned_finish']:%Y-%m-%d}",
        )
        for row in ordered.head(_LISTED).to_dict("records")
    )
    more = found.number - len(rows)
    names = ("name", "state", "budget", "paid", "planned", "done", "finish")
    return Table(
        tr("briefing.projects.list", lang),
        tuple(tr(f"briefing.projects.column.{name}", lang) for name in names),
        (False, False, True, True, True, True, True),
        rows,
        tr("briefing.projects.more", lang, more=more) if more else "",
    )


def _attention(gathered: Gathered, here: Place, found: ProjectSums, lang: Lang) -> Table | None:
    """Late and silent projects, each once with its reasons; None without any."""
    late = found.late["late_days"].to_dict()
    silent = found.stalled["silent_days"].to_dict()
    rows = []
    for no in dict.fromkeys((*late, *silent)):
        row = found.rows.loc[no]
        reasons = []
        if no in late:
            reasons.append(tr("briefing.projects.late", lang, days=f"{late[no]:.0f}"))
        if no in silent:
            reasons.append(tr("briefing.projects.silent", lang, days=f"{silent[no]:.0f}"))
        where = _where(gathered, here, str(row["admin_code"]))
        rows.append(
            (str(row["name"]), where, _percent(row["percent"]), tr("briefing.fact.comma", lang).join(reasons))
        )
    if not rows:
        return None
    more = len(rows) - _LISTED
    names = ("name", "place", "done", "reason")
    return Table(
        tr("briefing.projects.attention_title", lang),
        tuple(tr(f"briefing.projects.column.{name}", lang) for name in names),
        (False, False, True, False),
        tuple(rows[:_LISTED]),
        tr("briefing.projects.more", lang, more=more) if more > 0 else "",
    )


def _where(gathered: Gathered, here: Place, code: str) -> str:
    """The units between the place and a project, as far as they were read."""
    names = [
        gathered.places[upper].name
        for level in AdminLevel
        if level.digits > here.level.digits
        and (upper := code[: level.digits].ljust(12, "0")) in gathered.places
    ]
    return " ".join(dict.fromkeys(names)) or here.name
