"""Objections to scores: the township's form, the list with the answers, the city's form."""

from collections.abc import Callable, Sequence

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from access import Action, OwnTable
from analysis.assessment import Rules
from base.errors import XiangtuError
from base.settings import settings
from i18n import Lang, tr
from layers import indicator
from pages import formats
from pages.shell import person
from store.engine import changing
from store.errors import DatabaseAway
from store.progress.assessments import Assessment
from store.progress.objections import Objection, answer, object_to

DONE = "assessment.done"
"""What was done last, told once at the top of the page."""
_LONGEST = 500


def change(what: Callable[[sa.Connection], object], done: str, current: Lang) -> None:
    """Do something in a transaction, tell what was done or what keeps it from being done."""
    try:
        with changing() as connection:
            what(connection)
    except DatabaseAway:
        raise
    except XiangtuError as error:
        st.error(formats.plain(error.sentence(current)), icon=":material/error:")
        return
    st.session_state[DONE] = done
    st.rerun()


def item_words(rules: Rules, no: int, current: Lang) -> str:
    """An item by number and figure."""
    return f"{no}. {indicator(rules.item(no).indicator).title.get(current)}"


def object_form(one: Assessment, rules: Rules, code: str, asked: Sequence[Objection], current: Lang) -> None:
    """The form by which a township objects, as long as it may."""
    until = one.objections_until.isoformat()
    if formats.today() > one.objections_until:
        st.caption(tr("assessment.objections_over", current, day=until))
        return
    waiting = {o.item_no for o in asked if o.admin_code == code and o.verdict is None}
    items = [item.no for item in rules.items if item.no not in waiting]
    with st.form(f"assessment.object.{one.id}.{code}", clear_on_submit=False):
        st.markdown(f"**{tr('assessment.object', current)}**")
        st.caption(tr("assessment.object_note", current, day=until))
        item = st.selectbox(
            tr("assessment.column.item", current),
            items,
            format_func=lambda no: item_words(rules, no, current),
            key=f"assessment.item.{code}",
        )
        reason = st.text_area(
            tr("assessment.reason", current), max_chars=_LONGEST, key=f"assessment.reason.{code}"
        )
        sent = st.form_submit_button(
            tr("assessment.object_button", current), type="primary", icon=":material/campaign:"
        )
    if sent and item is not None:
        change(
            lambda connection: object_to(connection, one.id, code, int(item), reason),
            tr("assessment.objected", current, item=item_words(rules, int(item), current)),
            current,
        )


def objection_list(
    one: Assessment, rules: Rules, asked: Sequence[Objection], present: pd.DataFrame, current: Lang
) -> None:
    """All objections with their answers; open ones with the form, for whoever answers for the city."""
    if not asked:
        st.info(tr("assessment.no_objections", current), icon=":material/forum:")
        return
    scores = present.set_index(["admin_code", "item_no"])["score"]
    may_answer = person().may(OwnTable.ASSESSMENT, Action.WRITE, settings().city_code)
    for each in asked:
        name = one.units.get(each.admin_code, {}).get("name", each.admin_code)
        with st.container(border=True):
            st.markdown(
                f"**{formats.plain(name)}** · {formats.plain(item_words(rules, each.item_no, current))}"
            )
            st.write(formats.plain(each.reason))
            st.caption(
                formats.plain(
                    tr(
                        "assessment.objected_by",
                        current,
                        by=each.made_by,
                        at=formats.moment(each.made_at, current),
                    )
                )
            )
            if each.verdict is not None:
                _answered(each, current)
            elif may_answer:
                _answer_form(each, rules, float(scores.get((each.admin_code, each.item_no), 0.0)), current)
            else:
                st.caption(f":material/hourglass_empty: {tr('assessment.waiting', current)}")


def _answered(each: Objection, current: Lang) -> None:
    given = {
        "by": each.answered_by or "",
        "at": formats.moment(each.answered_at, current),
        "reason": each.answer or "",
    }
    if each.verdict == "accepted":
        told = tr("assessment.accepted", current, score=f"{each.score:.2f}", **given)
        st.success(formats.plain(told), icon=":material/check_circle:")
    else:
        st.info(formats.plain(tr("assessment.refused", current, **given)), icon=":material/block:")


def _answer_form(each: Objection, rules: Rules, score: float, current: Lang) -> None:
    points = rules.item(each.item_no).points
    with st.form(f"assessment.answer.{each.id}", border=False):
        verdict = st.radio(
            tr("assessment.verdict", current),
            ["accepted", "refused"],
            index=None,
            format_func=lambda name: tr(f"assessment.verdict_{name}", current),
            horizontal=True,
            key=f"assessment.verdict.{each.id}",
        )
        changed = st.number_input(
            tr("assessment.new_score", current, points=f"{points:g}"),
            min_value=0.0,
            max_value=float(points),
            value=min(float(points), 0.0 if formats.missing(score) else round(score, 2)),
            step=0.1,
            format="%.2f",
            key=f"assessment.score.{each.id}",
        )
        reason = st.text_input(
            tr("assessment.reason", current), max_chars=_LONGEST, key=f"assessment.answer_reason.{each.id}"
        )
        sent = st.form_submit_button(tr("assessment.answer_button", current), type="primary")
    if not sent:
        return
    if verdict is None:
        st.error(tr("assessment.choose_verdict", current), icon=":material/error:")
        return
    change(
        lambda connection: answer(
            connection, each.id, reason, float(changed) if verdict == "accepted" else None
        ),
        tr("assessment.answered_done", current),
        current,
    )
