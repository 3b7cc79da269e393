"""The form of one project and month: kept on the server with each change, handed in once whatever the line does."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from base.errors import XiangtuError
from i18n import Lang, tr
from pages import formats
from pages.conflict import Kept, choose_version
from pages.report_photos import draft_photos
from pages.report_words import WAN, badge, milestone_words, month, paid, percent
from pages.shell import person
from store.engine import changing, reading
from store.errors import DatabaseAway
from store.progress import drafts
from store.progress.drafts import Draft
from store.progress.due import Due, Stage
from store.progress.library import Milestone, milestones_of
from store.progress.photos import Photo, photos
from store.progress.report_errors import CorrectedMeanwhile
from store.progress.reports import (
    LONGEST_TEXT,
    NewReport,
    Report,
    Submitted,
    after,
    before,
    reports_of,
    submit,
)

_RECEIPT = "report.receipt"


@dataclass(frozen=True)
class _Known:
    """What the form is drawn from."""

    seen: Due
    period: dt.date
    milestones: Sequence[Milestone]
    reports: Sequence[Report]
    kept: Sequence[Photo]

    @property
    def names(self) -> dict[int, str]:
        return {one.no: one.name for one in self.milestones}


def draw_project(seen: Due, period: dt.date, current: Lang) -> None:
    """Draw the form, or what was handed in where there is nothing to do."""
    st.subheader(formats.plain(seen.name), anchor=False)
    place = f"{seen.township or ''}{seen.village or ''}" or seen.admin_code
    st.caption(
        formats.plain(
            f"{place} · {month(period, current)} · {tr('reporting.budget', current)} {paid(seen.budget_yuan, current)}"
        )
    )
    with reading() as connection:
        draft = drafts.draft(connection, seen.project_id, period)
        known = _Known(
            seen,
            period,
            milestones_of(connection, seen.project_id),
            reports_of(connection, seen.project_id),
            photos(connection, [seen.last.id]) if seen.last is not None else [],
        )
    if draft is None and seen.stage in (Stage.WAITING, Stage.ACCEPTED) and seen.last is not None:
        _receipt(known, seen.last, current)
        return
    if draft is None:
        draft = _begin(known)
    if seen.last is not None and draft.content.get("supersedes") != seen.last.id:
        _overtaken(known, draft, seen.last, current)
        return
    _form(known, draft, current)


def _overtaken(known: _Known, draft: Draft, last: Report, current: Lang) -> None:
    """Somebody handed in since the draft was begun: theirs stands, or the draft becomes its correction."""
    held = draft.content
    mine = [
        percent(Decimal(str(held["percent"]))),
        paid(Decimal(str(held["paid_yuan"])), current),
        held["note"],
    ]
    theirs = [percent(last.percent), paid(last.paid_yuan, current), last.note]
    versions = pd.DataFrame(
        {
            tr("reporting.field", current): [
                tr(f"reporting.{name}", current) for name in ("percent", "paid", "note")
            ],
            tr("pages.people.theirs", current): [formats.plain(one or "—") for one in theirs],
            tr("pages.people.mine", current): [formats.plain(one or "—") for one in mine],
        }
    )
    kept = choose_version(CorrectedMeanwhile(last), versions, "report", current)
    if kept is None:
        return
    with changing() as connection:
        if kept is Kept.THEIRS:
            drafts.drop(connection, draft)
        else:
            drafts.save(connection, draft, {**held, "supersedes": last.id, "kept_photos": []})
    st.rerun()


def _begin(known: _Known) -> Draft:
    """A new draft: of the last report of the month where that is corrected, else of the month before."""
    last, earlier = known.seen.last, before(known.reports, known.period)
    like = last or earlier
    content: dict[str, Any] = {
        "percent": "0" if like is None else str(like.percent),
        "paid_yuan": "0" if like is None else str(like.paid_yuan),
        "milestones": [] if like is None else list(like.milestones),
        "note": "" if last is None else last.note,
        "fall_reason": "" if last is None else last.fall_reason,
        "supersedes": None if last is None else last.id,
        "kept_photos": [one.id for one in known.kept],
    }
    with changing() as connection:
        return drafts.begin(connection, known.seen.project_id, known.period, content)


def _receipt(known: _Known, last: Report, current: Lang) -> None:
    """What was handed in, with its number and time; and the way to correct it."""
    done: Submitted | None = st.session_state.pop(_RECEIPT, None)
    if done is not None and done.report_id == last.id:
        st.success(tr("reporting.received", current, number=last.id), icon=":material/task_alt:")
        if done.differs:
            st.warning(tr("reporting.differs", current), icon=":material/compare_arrows:")
    with st.container(border=True, key="report-receipt"):
        st.markdown(
            f"**{formats.plain(tr('reporting.receipt', current, number=last.id))}** "
            f"{badge(known.seen.stage, current)}"
        )
        lines = (
            ("submitted_at", formats.moment(last.submitted_at, current)),
            ("by", last.reported_by),
            ("percent", percent(last.percent)),
            ("paid", paid(last.paid_yuan, current)),
            ("milestones", milestone_words(last.milestones, known.names, current)),
            ("photos", formats.number(last.photos)),
            ("note", last.note or "—"),
        )
        for name, value in lines:
            st.markdown(f"{formats.plain(tr(f'reporting.{name}', current))}：**{formats.plain(value)}**")
    if st.button(
        tr("reporting.correct", current), icon=":material/edit:", width="stretch", key="report.correct"
    ):
        _begin(known)
        st.rerun()
    st.caption(tr("reporting.correct_help", current))


@st.fragment
def _form(known: _Known, draft: Draft, current: Lang) -> None:
    last = known.seen.last
    if last is not None and last.returned and last.check is not None:
        words = tr("reporting.returned_because", current, remark=last.check.remark)
        st.error(formats.plain(words), icon=":material/reply:")
    elif last is not None:
        st.info(tr("reporting.correcting", current, number=last.id), icon=":material/edit:")
    content = _fields(known, draft, current)
    draft_photos(draft, known.kept, content, current)
    saved_at = _keep(draft, content)
    if saved_at is None:
        st.rerun(scope="app")
    at = saved_at.astimezone(formats.SCREEN_ZONE).strftime("%H:%M")
    st.caption(f":material/cloud_done: {formats.plain(tr('reporting.saved', current, at=at))}")
    if st.button(
        tr("reporting.submit", current),
        type="primary",
        icon=":material/send:",
        width="stretch",
        key=_key(draft, "submit"),
    ):
        _hand_in(known, draft, content, current)
    st.caption(tr("reporting.submit_help", current))
    if st.button(
        tr("reporting.drop", current),
        icon=":material/delete:",
        type="tertiary",
        width="stretch",
        key=_key(draft, "drop"),
    ):
        with changing() as connection:
            drafts.drop(connection, draft)
        st.query_params.clear()
        st.rerun(scope="app")


def _key(draft: Draft, name: str) -> str:
    """Key of a field; another draft is another form."""
    return f"report.{draft.submission_key}.{name}"


def _fields(known: _Known, draft: Draft, current: Lang) -> dict[str, Any]:
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
        key=_key(draft, "note"),
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
            key=_key(draft, "reason"),
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
    value, turn = _key(draft, "value"), _key(draft, "turn")
    begun = st.session_state.setdefault(value, float(Decimal(str(draft.content.get("percent", "0")))))
    turned = st.session_state.setdefault(turn, 0)

    def other() -> None:
        st.session_state[turn] = turned + 1

    place = st.container()
    exact = st.toggle(
        tr("reporting.exact", current), value=begun % 1 != 0, on_change=other, key=_key(draft, "exact")
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
                key=_key(draft, f"{turned}.percent"),
            )
        else:
            told = st.slider(
                tr("reporting.percent", current),
                min_value=0,
                max_value=100,
                step=1,
                value=round(begun),
                format="%d%%",
                key=_key(draft, f"{turned}.slide"),
            )
    st.session_state[value] = float(told or 0)
    if earlier is not None:
        told = tr(
            "reporting.was", current, month=month(earlier.period, current), value=percent(earlier.percent)
        )
        st.caption(formats.plain(told))
    return Decimal(str(st.session_state[value])).quantize(Decimal("0.01"))


def _paid(known: _Known, draft: Draft, earlier: Report | None, current: Lang) -> Decimal:
    """What was paid since the beginning, ten thousand yuan; its share of the budget below."""
    begun = float(Decimal(str(draft.content.get("paid_yuan", "0"))) / WAN)
    wan = st.number_input(
        tr("reporting.paid_wan", current),
        min_value=0.0,
        step=1.0,
        format="%.2f",
        value=begun,
        key=_key(draft, "paid"),
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


def _milestones(known: _Known, draft: Draft, earlier: Report | None, current: Lang) -> list[int]:
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
        if st.checkbox(formats.plain(label), value=one.no in held, key=_key(draft, f"milestone.{one.no}")):
            reached.append(one.no)
    weight = sum(one.weight for one in known.milestones if one.no in reached)
    st.caption(
        formats.plain(tr("reporting.weight_reached", current, weight=formats.number(float(weight), 1)))
    )
    return reached


def _keep(draft: Draft, content: Mapping[str, Any]) -> dt.datetime | None:
    """Keep the draft if anything is new; when it was kept last, None if it is gone."""
    with reading() as connection:
        now = drafts.draft(connection, draft.project_id, draft.period)
    if now is None or now.submission_key != draft.submission_key:
        return None
    if dict(now.content) == dict(content):
        return now.changed_at
    with changing() as connection:
        return drafts.save(connection, draft, content)


def _hand_in(known: _Known, draft: Draft, content: Mapping[str, Any], current: Lang) -> None:
    new = NewReport(
        submission_key=draft.submission_key,
        project_id=known.seen.project_id,
        period=known.period,
        percent=Decimal(str(content["percent"])),
        paid_yuan=Decimal(str(content["paid_yuan"])),
        milestones=tuple(content["milestones"]),
        note=str(content["note"]),
        fall_reason=str(content["fall_reason"]),
        supersedes=content.get("supersedes"),
        kept_photos=tuple(content.get("kept_photos", ())),
    )
    try:
        with changing() as connection:
            done = submit(connection, new, drafts.photos(connection, draft), by=person().display_name)
    except DatabaseAway:
        raise
    except XiangtuError as refused:
        st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
        return
    st.session_state[_RECEIPT] = done
    st.rerun(scope="app")
