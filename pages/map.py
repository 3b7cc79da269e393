"""一张图: villages, townships, counties and the layers over them, with a dossier beside the map."""

from dataclasses import replace

import sqlalchemy as sa
import streamlit as st

from i18n import Lang, tr
from layers import AdminLevel
from maps.base_map import show, take_click
from maps.choices import MapChoices, as_address, read_address
from maps.city_map import Look, city_map, whole
from maps.state import Click
from pages import formats
from pages.dossier_parts import render_panel
from pages.feature_card import render_hit
from pages.map_controls import controls
from pages.shell import lang, person
from store import places
from store.engine import reading
from store.errors import UnknownPlace
from store.hits import Hit, features_at

_KEY = "city_map"
_CLICK_PX = 9
_HITS_SHOWN = 3


def page() -> None:
    """The map page: controls, map and the panel beside it, in one fragment."""
    current = lang()
    if "map.choices" not in st.session_state:
        choices, problems = read_address(st.query_params.to_dict(), current)
        st.session_state["map.choices"] = choices
        st.session_state["map.problems"] = problems
        st.session_state["map.serial"] = 0
        st.session_state["map.hits"] = []
    for problem in st.session_state["map.problems"]:
        st.warning(formats.plain(problem), icon=":material/link_off:")
    _map_and_panel(current)


@st.fragment
def _map_and_panel(current: Lang) -> None:
    with reading() as connection:
        click = take_click(_KEY)
        if click is not None:
            _answer_click(connection, click)
        held: MapChoices = st.session_state["map.choices"]
        toolbar = st.container()
        left, right = st.columns([0.71, 0.29], gap="small")
        opening = "map.opened" not in st.session_state
        # What is waited for goes first: the map when the page opens, the dossier after a click.
        if opening:
            st.session_state["map.opened"] = True
            with left:
                _map(connection, held, current)
        if click is not None:
            with right:
                _panel(connection, held, current)
        with toolbar:
            choices, found = controls(connection, held, current)
        if choices.scope != held.scope:
            _look_at(whole(choices.scope))
        if found is not None:
            choices = replace(choices, code=found)
            st.session_state["map.hits"] = []
            _look_at(found)
        st.session_state["map.choices"] = choices
        if click is not None or (not opening and choices != held):
            # Told long enough: another run of the page would tell it again.
            st.session_state["map.problems"] = []
        if not opening:
            with left:
                _map(connection, choices, current)
        elif choices != held:
            # The address named a place that the lists do not have.
            st.rerun()
        if click is None:
            with right:
                _panel(connection, choices, current)
    _keep_address(choices)


def _map(connection: sa.Connection, choices: MapChoices, current: Lang) -> None:
    look = Look(st.session_state["map.serial"], st.session_state.get("map.target"))
    show(city_map(connection, choices, current, person(), look), _KEY)


def _answer_click(connection: sa.Connection, click: Click) -> None:
    choices: MapChoices = st.session_state["map.choices"]
    st.session_state["map.hits"] = features_at(
        connection,
        sorted(choices.on),
        click.lon,
        click.lat,
        radius_m=_CLICK_PX * click.metres_per_pixel,
        tile_zoom=click.tile_zoom,
        filters=choices.filters,
    )
    code = places.code_at(connection, AdminLevel.VILLAGE, click.lon, click.lat)
    st.session_state["map.choices"] = replace(choices, code=code)


def _look_at(code: str) -> None:
    """Bring a place into view."""
    st.session_state["map.serial"] += 1
    st.session_state["map.target"] = code


def _panel(connection: sa.Connection, choices: MapChoices, current: Lang) -> None:
    hits: list[Hit] = st.session_state["map.hits"]
    for hit in hits[:_HITS_SHOWN]:
        render_hit(hit, current)
    if choices.code is None:
        st.caption(f":material/touch_app: {tr('map.click_hint', current)}")
    try:
        render_panel(connection, choices.code or whole(choices.scope), current)
    except UnknownPlace as error:
        st.error(formats.plain(error.sentence(current)))


def _keep_address(choices: MapChoices) -> None:
    """Write the choices into the address, leaving the view, which the map's runtime keeps, alone."""
    wanted = as_address(choices)
    if view := st.query_params.get("v"):
        wanted["v"] = view
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
