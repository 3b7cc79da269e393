"""States of a project on its card: the history, and a button for each state that may follow."""

import pandas as pd
import streamlit as st

from analysis.progress.states import TRANSITIONS, needs_reason
from base.errors import XiangtuError
from i18n import Lang, tr
from layers.codes import LibraryState
from pages import formats
from pages.projects_form import DONE
from pages.shell import person
from store.engine import changing, reading
from store.errors import DatabaseAway
from store.progress.library import Project, change_state, states

_ICONS = {
    LibraryState.APPROVED: "approval",
    LibraryState.STARTED: "play_arrow",
    LibraryState.SUSPENDED: "pause",
    LibraryState.FINISHED: "flag",
    LibraryState.ACCEPTED: "verified",
    LibraryState.CANCELLED: "cancel",
}


def history(one: Project, current: Lang) -> None:
    """Every change of the state: when, from what to what, why, put down by whom."""
    with reading() as connection:
        known = states(connection, one.id)
    with st.expander(tr("library.history.title", current, number=len(known)), icon=":material/history:"):
        made = tr(
            "library.history.made", current, by=one.created_by, at=formats.moment(one.created_at, current)
        )
        st.caption(formats.plain(made))
        if not known:
            return
        st.dataframe(
            pd.DataFrame(
                {
                    tr("library.history.on", current): [step.happened_on.isoformat() for step in known],
                    tr("library.history.before", current): [step.before.text.get(current) for step in known],
                    tr("library.history.after", current): [step.after.text.get(current) for step in known],
                    tr("library.history.reason", current): [step.reason or None for step in known],
                    tr("library.history.by", current): [step.changed_by for step in known],
                    tr("library.history.at", current): [
                        formats.moment(step.changed_at, current) for step in known
                    ],
                }
            ),
            hide_index=True,
            placeholder="—",
        )


def state_buttons(one: Project, current: Lang) -> None:
    """A button for each state that may follow, each with its day and, where it must be, its reason."""
    allowed = TRANSITIONS[one.state]
    if not allowed:
        return
    with st.container(horizontal=True):
        for after in allowed:
            back = (one.state, after) == (LibraryState.FINISHED, LibraryState.STARTED)
            word = "back" if back else str(after)
            with st.popover(tr(f"library.act.{word}", current), icon=f":material/{_ICONS[after]}:"):
                _ask(one, after, current)


def _ask(one: Project, after: LibraryState, current: Lang) -> None:
    key = f"projects.state.{one.code}.{one.version}.{after}"
    with st.form(key, border=False):
        today = formats.today()
        day = st.date_input(tr("library.history.on", current), today, max_value=today, key=f"{key}.day")
        reason = st.text_area(
            tr(f"library.act.{'reason_needed' if needs_reason(one.state, after) else 'reason'}", current),
            max_chars=500,
            height=80,
            key=f"{key}.reason",
        )
        sent = st.form_submit_button(
            tr("library.act.confirm", current, state=after.text.get(current)), type="primary"
        )
    if not sent:
        return
    try:
        with changing() as connection:
            change_state(
                connection, one, after, happened_on=day, by=person().display_name, reason=reason or ""
            )
    except DatabaseAway:
        raise
    except XiangtuError as error:
        st.error(formats.plain(error.sentence(current)), icon=":material/error:")
        return
    st.session_state[DONE] = tr("library.act.done", current, name=one.name, state=after.text.get(current))
    st.rerun()
