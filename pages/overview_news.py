"""What a month changed, and what needs a decision: each with who, how long, and the way to it."""

from html import escape

import pandas as pd

from analysis.progress.leading import Decision, month
from base.settings import settings
from i18n import Lang, tr
from layers import indicator
from layers.codes import LibraryState
from pages import formats
from pages.candidate_words import money
from pages.overview_figures import core_layers, trends_of
from pages.overview_html import BAD, GOOD, link, linked, more, nothing, section
from pages.overview_kept import kept
from pages.overview_looked import Looked, board_of
from pages.overview_numbers import moved, moved_words, tone_of
from pages.overview_projects import decisions

_SHOWN, _FEWER = 5, 3
_TOLD_STATES = (
    LibraryState.ACCEPTED,
    LibraryState.FINISHED,
    LibraryState.STARTED,
    LibraryState.SUSPENDED,
    LibraryState.APPROVED,
    LibraryState.CANCELLED,
)


@kept(128)
def decisions_part(looked: Looked, shown: int = _SHOWN) -> str:
    """The list by kind, the longest first; the rest of each kind is folded away."""
    lang = looked.lang
    found = decisions(looked)
    heading = tr("overview.decisions", lang, number=len(found))
    note = tr(
        "overview.decisions_note",
        lang,
        stalled=settings().stalled_days,
        check=settings().check_wait_days,
        day=looked.day.isoformat(),
    )
    if found.empty:
        return section(heading, nothing(tr("overview.no_decisions", lang)), note)
    parts = []
    for kind in Decision:
        of_kind = found[found["kind"] == str(kind)]
        if of_kind.empty:
            continue
        rows = [_decision(kind, one, looked) for one in of_kind.to_dict("records")]
        parts.append(f"<h4>{escape(kind.text.get(lang))}<em>{len(rows)}</em></h4>{more(rows, shown, lang)}")
    return section(heading, "".join(parts), note)


def _decision(kind: Decision, one: dict[str, object], looked: Looked) -> str:
    lang = looked.lang
    code, name, place = str(one["code"]), str(one["name"]), str(one["admin_code"])
    said = [board_of(looked).name(place)]
    if kind is Decision.RESERVE:
        said = [] if place.endswith("000000") else [board_of(looked).name(place[:6].ljust(12, "0"))]
        said.append(tr("overview.short_mu", lang, amount=formats.number(float(str(one["amount_mu"])), 2)))
        what = linked(name, "land", {}, looked.can)
    elif kind is Decision.PARCEL:
        what = linked(f"{name} · {code}", "parcels", {"parcel": code}, looked.can)
        said.append(str(one["who"]))
    else:
        what = linked(name, "projects", {"project": code}, looked.can)
        said.append(tr("overview.nobody", lang) if one["who"] is None else str(one["who"]))
    said.append(_long(kind, one, lang))
    words = escape(" · ".join(part for part in said if part))
    if kind is Decision.WAITING:
        words += " · " + linked(
            tr("overview.to_report", lang), "report_check", {"report": str(one["report_id"])}, looked.can
        )
    return f"<li>{what}<small>{words}</small></li>"


def _long(kind: Decision, one: dict[str, object], lang: Lang) -> str:
    if kind is Decision.RESERVE:
        return ""
    if one["days"] is None:
        return tr("overview.since_unknown", lang)
    since = formats.day(one["since"], lang)
    return tr(f"overview.long.{kind}", lang, days=one["days"], since=since)


@kept(128)
def changes_part(looked: Looked, shown: int = _FEWER) -> str:
    """Reports and payments of the month, changes of state, indicators that moved since the last snapshot."""
    lang = looked.lang
    held = board_of(looked)
    found = month(held.inside(held.projects, looked), held.inside(held.states, looked), looked.day)
    heading = tr("overview.changes", lang, month=f"{found.begin:%Y-%m}")
    told = tr("overview.month_reports", lang, reports=found.reports, paid=money(found.paid_yuan, lang))
    if found.first_reports:
        told += tr(
            "overview.month_first", lang, number=found.first_reports, paid=money(found.first_paid_yuan, lang)
        )
    parts = [f"<p>{escape(told)}</p>"]
    for state in _TOLD_STATES:
        of_state = found.states[found.states["after"] == str(state)]
        if of_state.empty:
            continue
        rows = [_turned(one, looked) for one in of_state.to_dict("records")]
        words = tr("overview.newly", lang, state=state.text.get(lang))
        parts.append(f"<h4>{escape(words)} <em>{len(rows)}</em></h4>{more(rows, shown, lang)}")
    if found.states.empty:
        parts.append(nothing(tr("overview.no_states", lang)))
    parts.append(f"<h4>{escape(tr('overview.moved', lang))}</h4>{_moves(looked, lang, 2 * shown)}")
    return section(heading, "".join(parts))


def _turned(one: dict[str, object], looked: Looked) -> str:
    project = linked(str(one["name"]), "projects", {"project": str(one["code"])}, looked.can)
    where, day = board_of(looked).name(str(one["admin_code"])), formats.day(one["happened_on"], looked.lang)
    return f"<li>{project}<small>{escape(f'{where} · {day}')}</small></li>"


def moves(looked: Looked) -> pd.DataFrame:
    """Indicators of the core layers that moved between their last two snapshots.

    Returns
    -------
    ``indicator_id``, ``before``, ``now`` (stored unit), ``since`` (day of the snapshot before).
    """
    rows = []
    days = trends_of(looked)
    for layer in core_layers():
        for one in layer.indicators:
            known = days[(days["indicator_id"] == one.id) & days["value"].notna()]
            if len(known) < 2 or known["as_of"].iloc[-1] != looked.at.as_of:
                continue
            before, now = float(known["value"].iloc[-2]), float(known["value"].iloc[-1])
            if moved(before, now, one):
                rows.append((one.id, before, now, known["as_of"].iloc[-2]))
    return pd.DataFrame(rows, columns=["indicator_id", "before", "now", "since"])


def _moves(looked: Looked, lang: Lang, shown: int) -> str:
    found = moves(looked)
    if found.empty:
        return nothing(tr("overview.no_moves", lang))
    worse, better, rest = [], [], []
    for one in found.to_dict("records"):
        declared = indicator(str(one["indicator_id"]))
        tone = tone_of(float(one["before"]), float(one["now"]), declared)
        words = moved_words(float(one["before"]), float(one["now"]), declared, lang)
        words += " · " + tr("overview.since", lang, day=formats.day(one["since"], lang))
        name = link(declared.title.get(lang), "overview", {"place": looked.code, "indicator": declared.id})
        value = formats.figure(one["now"], declared.unit, lang)
        item = f'<li>{name} <b>{escape(value)}</b><small class="xo-{tone}">{escape(words)}</small></li>'
        (worse if tone == BAD else better if tone == GOOD else rest).append(item)
    return more([*worse, *better, *rest], shown, lang)
