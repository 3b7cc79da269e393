"""地块审查: what waits for whom, parcels with their conflicts on the map, and the way from a draft to an approval."""

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from pages import formats
from pages.parcels_card import draw_card
from pages.parcels_check import DONE, pieces_of
from pages.parcels_list import (
    COUNTY,
    SELECTED,
    SERIAL,
    TABLE,
    Chosen,
    View,
    Waiting,
    counties_and_towns,
    draw_list,
    keep_choice,
    listed,
    offer_list,
    open_by_address,
    toolbar,
    waiting,
)
from pages.parcels_making import making_now
from pages.parcels_map import Shown, answer_click, base_state, choose_layers, draw_map
from pages.parcels_new import draw_making, new_button
from pages.parcels_save import WARNED, show_findings
from pages.parcels_words import may_read_review
from pages.shell import lang
from store.engine import reading
from store.land.checks import conflicts
from store.land.parcels import parcel
from store.land.review_errors import UnknownParcel
from store.land.reviews import review

_LAST = "parcels.last"
# The card is longer than the window; the map stays beside what is read of it.
_STYLE = """<style>@media (min-width:641px){[data-testid="stColumn"]:has(.st-key-parcels-map){position:sticky;
top:1rem;align-self:flex-start}}</style>"""


def page() -> None:
    """The inbox, the list and the map; the card of the parcel that is chosen."""
    current = lang()
    st.title(tr("pages.parcels.title", current), anchor=False)
    st.caption(tr("parcels.what", current))
    with reading() as connection:
        counties, towns = counties_and_towns(connection)
    if counties.empty:
        st.info(tr("planning.no_places", current), icon=":material/map:")
        return
    if done := st.session_state.pop(DONE, None):
        st.success(formats.plain(done), icon=":material/check_circle:")
    if (warned := st.session_state.pop(WARNED, None)) is not None:
        with st.expander(tr("parcels.warned", current), expanded=True, icon=":material/info:"):
            show_findings(warned, current)
    st.html(_STYLE)
    open_by_address(counties)
    _workbench(counties, towns, current)


@st.fragment
def _workbench(counties: pd.DataFrame, towns: pd.DataFrame, current: Lang) -> None:
    making = making_now()
    if making is not None:
        keep_choice()
        below = choose_layers(current)
        with reading() as connection:
            state = base_state(connection, st.session_state[COUNTY], below, current)
        draw_making(making, state, current)
        return
    with reading() as connection:
        held = waiting(connection)
    chosen = toolbar(counties, towns, held, current)
    _follow(chosen)
    with reading() as connection:
        found = listed(connection, chosen, held)
        answer_click(connection, found["parcel_no"].tolist())
    left, right = st.columns([0.46, 0.54], gap="small")
    with left:
        new_button(current)
        selected = _left(found, chosen, held, current)
    with right, st.container(key="parcels-map"):
        below = choose_layers(current)
        _right(found, chosen, selected, below, current)


def _follow(chosen: Chosen) -> None:
    """Look at the whole place again when another one is chosen."""
    if st.session_state.get(_LAST, chosen.prefix) != chosen.prefix:
        st.session_state[SERIAL] += 1
        st.session_state[SELECTED] = None
    st.session_state[_LAST] = chosen.prefix


def _left(found: pd.DataFrame, chosen: Chosen, held: Waiting, current: Lang) -> str | None:
    """The list and, below it, the card; returns the number of the parcel that is open."""
    if chosen.view is View.INBOX and held.overdue:
        st.error(tr("parcels.overdue_number", current, number=held.overdue), icon=":material/alarm:")
    if found.empty:
        st.info(tr(f"parcels.empty_{chosen.view}", current), icon=":material/inbox:")
        selected = st.session_state[SELECTED]
    else:
        selected = draw_list(found, current)
        offer_list(found, chosen, current)
    selected = _by_number(found, selected, current)
    if selected is None:
        if not found.empty:
            st.caption(f":material/touch_app: {tr('parcels.choose', current)}")
        return None
    try:
        with reading() as connection:
            opened = parcel(connection, selected)
            seen = review(connection, selected) if may_read_review(opened.admin_code) else None
            pieces = conflicts(connection, selected)
    except UnknownParcel as unknown:
        st.warning(formats.plain(unknown.sentence(current)), icon=":material/search_off:")
        return None
    draw_card(opened, seen, pieces, current)
    return selected


def _by_number(found: pd.DataFrame, selected: str | None, current: Lang) -> str | None:
    """The way to a parcel without the mouse: its name or number in a field; returns what is open now."""
    names = {
        row.parcel_no: f"{row.name} · {row.parcel_no}"
        for row in found[["parcel_no", "name"]].itertuples(index=False)
    }
    if selected is not None and selected not in names:
        names = {selected: selected, **names}
    key = f"parcels.open.{st.session_state[TABLE]}.{selected}"
    chosen = st.selectbox(
        tr("parcels.open", current),
        list(names),
        index=None if selected is None else list(names).index(selected),
        format_func=lambda no: names.get(no, no),
        placeholder=tr("parcels.open_hint", current),
        key=key,
    )
    if chosen != selected:
        st.session_state[SELECTED] = chosen
        st.session_state[TABLE] += 1
        st.session_state[SERIAL] += 1
        st.rerun(scope="fragment")
    return selected


def _right(
    found: pd.DataFrame, chosen: Chosen, selected: str | None, below: tuple[str, ...], current: Lang
) -> None:
    with reading() as connection:
        if selected is None:
            shown = Shown(chosen.prefix, found)
        else:
            pieces = pieces_of(conflicts(connection, selected))
            shown = Shown(chosen.prefix, found, parcel(connection, selected), pieces)
        draw_map(connection, shown, below, current)
