"""What a briefing says of the followed projects: a sentence, tables, and how they went month by month."""

import math

import pandas as pd

from i18n import Lang, tr
from layers import AdminLevel, layer
from layers.codes import LibraryState
from pipelines.briefing import figures
from pipelines.briefing.gather import Gathered, Place
from pipelines.briefing.model import Chart, ChartKind, Section, Table
from pipelines.briefing.projects import STALLED_DAYS, ProjectSums, of_place, sums

_LISTED = 12
_WAN = 10_000


def project_sums(gathered: Gathered, here: Place) -> ProjectSums:
    """The sums of a place."""
    return sums(of_place(gathered.projects, here.prefix), gathered.reports, gathered.month, gathered.until)


def project_sentence(found: ProjectSums, lang: Lang) -> str:
    """Number, money and progress in a sentence."""
    if not found.number:
        return tr("briefing.projects.none", lang)
    if not found.reports:
        return tr(
            "briefing.projects.unreported",
            lang,
            number=found.number,
            budget=figures.money(found.budget_yuan, lang),
        )
    return tr(
        "briefing.projects.sentence",
        lang,
        number=found.number,
        budget=figures.money(found.budget_yuan, lang),
        paid=figures.money(found.paid_yuan, lang),
        paid_share=_share(found.paid_share),
        done=_share(found.done_share),
    )


def project_section(gathered: Gathered, here: Place, found: ProjectSums, lang: Lang) -> Section:
    """The projects of a place: sentences, months, layers or the projects themselves, what is late or silent."""
    title = tr("briefing.projects.title", lang)
    if not found.number:
        return Section(title, (project_sentence(found, lang),))
    sentences = [project_sentence(found, lang), _states(found, lang)]
    if found.reports:
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
        unreported=untold,
    )


def _attention_sentence(found: ProjectSums, lang: Lang) -> str:
    if not len(found.late) and not len(found.stalled):
        return tr("briefing.projects.all_well", lang, days=STALLED_DAYS)
    return tr(
        "briefing.projects.attention",
        lang,
        late=len(found.late),
        stalled=len(found.stalled),
        days=STALLED_DAYS,
    )


def _charts(found: ProjectSums, lang: Lang) -> tuple[Chart, ...]:
    if len(found.curve) < 2:
        return ()

    def per_cent(value: float) -> float | None:
        return None if math.isnan(value) else round(value * 100, 1)

    return (
        Chart(
            ChartKind.LINES,
            tr("briefing.chart.months", lang),
            tuple(f"{point.month:%Y-%m}" for point in found.curve),
            (
                (tr("briefing.chart.done", lang), tuple(per_cent(point.done_share) for point in found.curve)),
                (tr("briefing.chart.paid", lang), tuple(per_cent(point.paid_share) for point in found.curve)),
            ),
            "%",
        ),
    )


def _by_layer(found: ProjectSums, lang: Lang) -> Table:
    """Number, money and progress by layer, and all together."""
    rows = []
    for layer_id, own in found.rows.groupby("layer", sort=True):
        rows.append(_money_row(layer(str(layer_id)).title.get(lang), own))
    rows.append(_money_row(tr("briefing.projects.total", lang), found.rows))
    names = ("layer", "number", "budget", "paid", "paid_share", "done")
    return Table(
        tr("briefing.projects.by_layer", lang),
        tuple(tr(f"briefing.projects.column.{name}", lang) for name in names),
        (False, *(True,) * (len(names) - 1)),
        tuple(rows),
    )


def _money_row(name: str, own: pd.DataFrame) -> tuple[str, ...]:
    budget, paid = float(own["budget_yuan"].sum()), float(own["paid_yuan"].sum())
    done = float((own["budget_yuan"] * own["percent"].astype(float).fillna(0)).sum()) / 100
    return (
        name,
        f"{len(own):,}",
        _wan(budget),
        _wan(paid),
        _share(paid / budget if budget else math.nan),
        _share(done / budget if budget else math.nan),
    )


def _wan(yuan: float) -> str:
    return "—" if math.isnan(yuan) else f"{yuan / _WAN:,.1f}"


def _project_table(found: ProjectSums, lang: Lang) -> Table:
    """The projects themselves, the dearest first."""
    ordered = found.rows.sort_values(["budget_yuan", "code"], ascending=[False, True])
    rows = tuple(
        (
            str(row.name_),
            LibraryState.of(str(row.state)).text.get(lang),
            _wan(float(row.budget_yuan)),
            _wan(float(row.paid_yuan)),
            "—" if math.isnan(float(row.percent)) else f"{float(row.percent):.1f}%",
            "—" if pd.isna(row.planned_finish) else str(row.planned_finish),
        )
        for row in ordered.rename(columns={"name": "name_"}).head(_LISTED).itertuples(index=False)
    )
    more = found.number - len(rows)
    names = ("name", "state", "budget", "paid", "percent", "finish")
    return Table(
        tr("briefing.projects.list", lang),
        tuple(tr(f"briefing.projects.column.{name}", lang) for name in names),
        (False, False, True, True, True, True),
        rows,
        tr("briefing.projects.more", lang, more=more) if more else "",
    )


def _attention(gathered: Gathered, here: Place, found: ProjectSums, lang: Lang) -> Table | None:
    """Late and silent projects, each once with its reasons; None without any."""
    silent = dict(zip(found.stalled["id"], found.stalled["silent_days"], strict=True))
    rows: list[tuple[str, ...]] = []
    seen: set[int] = set()
    for frame in (found.late, found.stalled):
        for row in frame.rename(columns={"name": "name_"}).to_dict("records"):
            if row["id"] in seen:
                continue
            seen.add(row["id"])
            reasons = []
            if "late_days" in row:
                reasons.append(tr("briefing.projects.late", lang, days=f"{row['late_days']:.0f}"))
            if row["id"] in silent:
                reasons.append(tr("briefing.projects.silent", lang, days=f"{silent[row['id']]:.0f}"))
            percent = float(row["percent"])
            rows.append(
                (
                    str(row["name_"]),
                    _where(gathered, here, str(row["admin_code"])),
                    "—" if math.isnan(percent) else f"{percent:.1f}%",
                    tr("briefing.fact.comma", lang).join(reasons),
                )
            )
    if not rows:
        return None
    more = len(rows) - _LISTED
    names = ("name", "place", "percent", "reason")
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
