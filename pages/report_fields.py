"""The fields of a monthly report: percent, money, milestones, note, and the reason where the percent falls."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import streamlit as st

from i18n import Lang, tr
from pages import formats
from pages.report_words import WAN, month, paid, percent
from store.progress.drafts import Draft
from store.progress.due import Due
from store.progress.library import Milestone
from store.progress.photos import Photo
from store.progress.reports import LONGEST_TEXT, Report, after, before


@dataclass(frozen=True)
class Known:
    """What the form is drawn from."""

    seen: Due
    period: dt.date
    milestones: Sequence[Milestone]
    reports: Sequence[Report]
    kept: Sequence[Photo]

    @property
    def names(self) -> dict[int, str]:
        return {one.no: one.name for one in self.milestones}


def field_key(draft: Draft, name: str) -> str:
    """Key of a field; another draft is another form."""
    return f"report.{draft.submission_key}.{name}"


def form_fields(known: Known, draft: Draft, current: Lang) -> dict[str, Any]:
    """Draw the fields; what they hold, as the draft keeps it."""
    held = draft.content
    earlier, later = before(known.reports, known.period), after(known.reports, known.period)
    told = _percent(draft, earlier, current)
    yuan = _paid(known, draft, earlier, current)
    reached = _milestones(known, draft, earlier, current)
    note = st.text_area(
        tr("reporting.note", current),
        value=str(held.get("note", "")),
        max_chars=LONGEST_TEXT,
        height=110,
        placeholder=tr("reporting.note_hint", current),
        key=field_key(draft, "note"),
    )
    falls = earlier is not None and told < earlier.percent
    passes = later is not None and not later.fall_reason and told > later.percent
    reason = str(held.get("fall_reason", ""))
    if falls or passes:
        key = "reporting.falls" if falls else "reporting.passes"
        other = earlier if falls else later
        words = tr(key, current, month=month(other.period, current), percent=percent(other.percent))  # type: ignore[union-attr]
        st.warning(formats.plain(words), icon=":material/trending_down:")
        reason = st.text_area(
            tr("reporting.fall_reason", current),
            value=reason,
            max_chars=LONGEST_TEXT,
            height=80,
            key=field_key(draft, "reason"),
        )
    return {
        **held,
        "percent": str(told),
        "paid_yuan": str(yuan),
        "milestones": reached,
        "note": note or "",
        "fall_reason": reason or "",
    }


def _percent(draft: Draft, earlier: Report | None, current: Lang) -> Decimal:
    """A slider for the thumb, or a number for the exact figure: one at a time.

    Two that follow each other do not work on a slow line: the browser goes on to send what the other one was before,
    and the figure falls back to it.
    """
    value, turn = field_key(draft, "value"), field_key(draft, "turn")
    begun = st.session_state.setdefault(value, float(Decimal(str(draft.content.get("percent", "0")))))
    turned = st.session_state.setdefault(turn, 0)

    def other() -> None:
        st.session_state[turn] = turned + 1

    place = st.container()
    exact = st.toggle(
        tr("reporting.exact", current), value=begun % 1 != 0, on_change=other, key=field_key(draft, "exact")
    )
    with place:
        if exact:
            told = st.number_input(
                tr("reporting.percent_exact", current),
                min_value=0.0,
                max_value=100.0,
                step=1.0,
                value=begun,
                format="%.1f",
                key=field_key(draft, f"{turned}.percent"),
            )
        else:
            told = st.slider(
                tr("reporting.percent", current),
                min_value=0,
                max_value=100,
                step=1,
                value=round(begun),
                format="%d%%",
                key=field_key(draft, f"{turned}.slide"),
            )
    st.session_state[value] = float(told or 0)
    if earlier is not None:
        told = tr(
            "reporting.was", current, month=month(earlier.period, current), value=percent(earlier.percent)
        )
        st.caption(formats.plain(told))
    return Decimal(str(st.session_state[value])).quantize(Decimal("0.01"))


def _paid(known: Known, draft: Draft, earlier: Report | None, current: Lang) -> Decimal:
    """What was paid since the beginning, ten thousand yuan; its share of the budget below."""
    begun = float(Decimal(str(draft.content.get("paid_yuan", "0"))) / WAN)
    wan = st.number_input(
        tr("reporting.paid_wan", current),
        min_value=0.0,
        step=1.0,
        format="%.2f",
        value=begun,
        key=field_key(draft, "paid"),
    )
    yuan = (Decimal(str(wan or 0)) * WAN).quantize(Decimal(1))
    share = yuan / known.seen.budget_yuan if known.seen.budget_yuan else None
    words = [
        tr(
            "reporting.of_budget",
            current,
            yuan=formats.number(float(yuan)),
            share="—" if share is None else f"{share:.0%}",
        )
    ]
    if earlier is not None:
        words.append(
            tr(
                "reporting.was",
                current,
                month=month(earlier.period, current),
                value=paid(earlier.paid_yuan, current),
            )
        )
    st.caption(formats.plain(" · ".join(words)))
    if share is not None and share > 1:
        st.warning(tr("reporting.over_budget", current), icon=":material/payments:")
    if earlier is not None and yuan < earlier.paid_yuan:
        st.warning(tr("reporting.paid_falls", current), icon=":material/payments:")
    return yuan


def _milestones(known: Known, draft: Draft, earlier: Report | None, current: Lang) -> list[int]:
    if not known.milestones:
        return []
    st.markdown(f"**{formats.plain(tr('reporting.milestones_reached', current))}**")
    held = set(draft.content.get("milestones", ()))
    reached = []
    for one in known.milestones:
        label = tr(
            "reporting.milestone",
            current,
            name=one.name,
            weight=formats.number(float(one.weight), 1),
            day=one.planned_on.isoformat(),
        )
        if st.checkbox(
            formats.plain(label), value=one.no in held, key=field_key(draft, f"milestone.{one.no}")
        ):
            reached.append(one.no)
    weight = sum(one.weight for one in known.milestones if one.no in reached)
    st.caption(
        formats.plain(tr("reporting.weight_reached", current, weight=formats.number(float(weight), 1)))
    )
    return reached
