"""What inspectors found at a place: the latest record, and the form to add or correct it."""

import datetime as dt

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from base.errors import XiangtuError
from i18n import Lang, tr
from pages import formats
from pages.inspection_words import sign_sentences
from pages.shell import person
from store.engine import changing
from store.errors import DatabaseAway
from store.progress.inspections import Inspection, NewFinding, Verdict, add_finding

DONE = "inspection.done"
"""What was done last, told once at the top of the page."""


def finding_form(one: Inspection, unit: "pd.Series[object]", found: pd.DataFrame, current: Lang) -> None:
    """Draw the place with its signs and its record; the form for whoever may record there."""
    name, number = str(unit["name"]), str(unit["unit_id"])
    own = found[found["unit_id"] == number]
    last = own.iloc[-1] if len(own) else None
    with st.container(border=True):
        st.markdown(f"**{formats.plain(name)}** · {formats.plain(str(unit['place']))}")
        for sentence in sign_sentences(unit["signals"], current):  # type: ignore[arg-type]
            st.caption(f"· {formats.plain(sentence)}")
        if last is not None:
            told = tr(
                "inspection.recorded",
                current,
                day=formats.day(last["visited_on"], current),
                verdict=Verdict.of(str(last["verdict"])).text.get(current),
                finding=str(last["finding"]),
                by=str(last["made_by"]),
                mend="—" if formats.missing(last["mend_by"]) else formats.day(last["mend_by"], current),
            )
            st.write(formats.plain(told))
        if person().may(OwnTable.INSPECTIONS, Action.WRITE, str(unit["admin_code"])):
            _form(one, number, None if last is None else int(last["id"]), name, current)


def _form(one: Inspection, unit: str, supersedes: int | None, name: str, current: Lang) -> None:
    today = formats.today()
    with st.form(f"inspection.found.{one.id}.{unit}", border=False):
        verdict = st.radio(
            tr("inspection.verdict", current),
            [str(each) for each in Verdict],
            index=None,
            format_func=lambda code: Verdict.of(code).text.get(current),
            horizontal=True,
            key=f"inspection.verdict.{unit}",
        )
        left, right = st.columns(2)
        day = left.date_input(
            tr("inspection.visited_on", current), today, max_value=today, key=f"inspection.day.{unit}"
        )
        mend_by = right.date_input(tr("inspection.mend_by", current), None, key=f"inspection.mend.{unit}")
        finding = st.text_area(
            tr("inspection.finding", current), max_chars=500, key=f"inspection.finding.{unit}"
        )
        sent = st.form_submit_button(
            tr("inspection.record" if supersedes is None else "inspection.correct", current),
            type="primary",
            icon=":material/save:",
        )
    if not sent:
        return
    if verdict is None or not isinstance(day, dt.date):
        st.error(tr("inspection.choose_verdict", current), icon=":material/error:")
        return
    mend = mend_by if isinstance(mend_by, dt.date) else None
    new = NewFinding(one.id, unit, day, Verdict.of(verdict), finding, mend, supersedes)
    try:
        with changing() as connection:
            add_finding(connection, new, today=today)
    except DatabaseAway:
        raise
    except XiangtuError as error:
        st.error(formats.plain(error.sentence(current)), icon=":material/error:")
        return
    st.session_state[DONE] = tr("inspection.recorded_done", current, name=name)
    st.rerun()
