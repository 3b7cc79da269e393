"""The form that draws: whom from, by which strata and risks, how many, with which seed."""

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from base.errors import XiangtuError
from base.settings import settings
from i18n import Lang, tr
from layers import AdminLevel
from pages import formats
from pages.inspection_findings import DONE
from pages.shell import person
from store.engine import changing, reading
from store.errors import DatabaseAway
from store.progress.inspection_lists import SIGNALS, STRATA
from store.progress.inspections import LONGEST_SEED, NewInspection, hold
from store.snapshots import latest_as_of

_SUBJECT = "inspection.subject"
_STRONGEST = 5.0


def draw_form(counties: pd.DataFrame, current: Lang) -> None:
    """Draw the form, and what came of it."""
    city = settings().city_code[: AdminLevel.CITY.digits]
    named = dict(zip((code[:6] for code in counties["admin_code"]), counties["name"], strict=True))
    options = {city: tr("map.whole_city", current), **named}
    allowed = [
        prefix
        for prefix in options
        if person().may(OwnTable.INSPECTIONS, Action.WRITE, prefix.ljust(12, "0"))
    ]
    st.caption(tr("inspection.draw_note", current))
    subject = st.segmented_control(
        tr("inspection.subject", current),
        list(SIGNALS),
        default="project",
        required=True,
        format_func=lambda name: tr(f"inspection.subject_{name}", current),
        key=_SUBJECT,
    )
    subject = str(subject or "project")
    with reading() as connection:
        snapshot = latest_as_of(connection)
    today = formats.today()
    as_of = snapshot or today if subject == "village" else today
    with st.form(f"inspection.draw.{subject}"):
        name = st.text_input(
            tr("inspection.name", current), max_chars=60, placeholder=tr("inspection.name_example", current)
        )
        left, right = st.columns(2)
        prefix = left.selectbox(tr("inspection.where", current), allowed, format_func=options.__getitem__)
        number = right.number_input(tr("inspection.number", current), min_value=1, max_value=2000, value=20)
        strata = st.multiselect(
            tr("inspection.strata", current),
            list(STRATA[subject]),
            default=["county"],
            format_func=lambda one: tr(f"inspection.stratum_{one}", current),
        )
        st.markdown(tr("inspection.weights", current))
        weights = {
            signal: st.slider(
                tr(f"inspection.signal_{signal}", current),
                0.0,
                _STRONGEST,
                1.0,
                0.5,
                key=f"inspection.weight.{subject}.{signal}",
            )
            for signal in SIGNALS[subject]
        }
        seed = st.text_input(
            tr("inspection.seed", current), max_chars=LONGEST_SEED, help=tr("inspection.seed_help", current)
        )
        st.caption(tr("inspection.as_of", current, day=as_of.isoformat()))
        sent = st.form_submit_button(
            tr("inspection.draw_button", current), type="primary", icon=":material/casino:"
        )
    if not sent or prefix is None:
        return
    new = NewInspection(name, subject, prefix, tuple(strata), weights, int(number), seed, as_of)
    try:
        with changing() as connection:
            hold(connection, new)
    except DatabaseAway:
        raise
    except XiangtuError as error:
        st.error(formats.plain(error.sentence(current)), icon=":material/error:")
        return
    st.session_state[DONE] = tr("inspection.drawn_done", current, name=name, number=number)
    st.session_state.pop("inspection.which", None)
    st.rerun()
