"""The form of one project and month: kept on the server with each change, handed in once whatever the line does."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from base.errors import XiangtuError
from i18n import Lang, tr
from pages import formats
from pages.conflict import Kept, choose_version
from pages.report_fields import Known, field_key, form_fields
from pages.report_photos import draft_photos
from pages.report_words import badge, milestone_words, month, paid, percent
from pages.shell import person
from store.engine import changing, reading
from store.errors import DatabaseAway
from store.progress import drafts
from store.progress.drafts import Draft
from store.progress.due import Due, Stage
from store.progress.library import milestones_of
from store.progress.photos import photos
from store.progress.report_errors import CorrectedMeanwhile
from store.progress.report_rules import refused_month, told_project
from store.progress.reports import (
    MOST_PHOTOS,
    NewReport,
    Report,
    Submitted,
    before,
    reports_of,
    submit,
)

_RECEIPT = "report.receipt"


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
        known = Known(
            seen,
            period,
            milestones_of(connection, seen.project_id),
            reports_of(connection, seen.project_id),
            photos(connection, [seen.last.id]) if seen.last is not None else [],
        )
        ends = told_project(connection, seen.project_id).ended_on
    refusal = refused_month(seen.name, seen.state, ends, period)
    if draft is None and seen.last is None and refusal is not None:
        st.warning(formats.plain(refusal.sentence(current)), icon=":material/block:")
        return
    if draft is None and seen.stage in (Stage.WAITING, Stage.ACCEPTED) and seen.last is not None:
        _receipt(known, seen.last, current)
        return
    if draft is None:
        draft = _begin(known)
    if seen.last is not None and draft.content.get("supersedes") != seen.last.id:
        _overtaken(known, draft, seen.last, current)
        return
    _form(known, draft, current)


def _overtaken(known: Known, draft: Draft, last: Report, current: Lang) -> None:
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
            # As any correction, it keeps the photos of the report that it corrects, as far as there is room.
            room = MOST_PHOTOS - len(drafts.pictures(connection, draft))
            kept_photos = [one.id for one in known.kept[: max(room, 0)]]
            drafts.save(connection, draft, {**held, "supersedes": last.id, "kept_photos": kept_photos})
    st.rerun()


def _begin(known: Known) -> Draft:
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


def _receipt(known: Known, last: Report, current: Lang) -> None:
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
def _form(known: Known, draft: Draft, current: Lang) -> None:
    last = known.seen.last
    if last is not None and last.returned and last.check is not None:
        words = tr("reporting.returned_because", current, remark=last.check.remark)
        st.error(formats.plain(words), icon=":material/reply:")
    elif last is not None:
        st.info(tr("reporting.correcting", current, number=last.id), icon=":material/edit:")
    content = form_fields(known, draft, current)
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
        key=field_key(draft, "submit"),
    ):
        _hand_in(known, draft, content, current)
    st.caption(tr("reporting.submit_help", current))
    if st.button(
        tr("reporting.drop", current),
        icon=":material/delete:",
        type="tertiary",
        width="stretch",
        key=field_key(draft, "drop"),
    ):
        with changing() as connection:
            drafts.drop(connection, draft)
        st.query_params.clear()
        st.rerun(scope="app")


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


def _hand_in(known: Known, draft: Draft, content: Mapping[str, Any], current: Lang) -> None:
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
