"""一张图: villages, townships, counties and the layers over them, with a dossier beside the map."""

import datetime as dt
from dataclasses import replace

import numpy as np
import sqlalchemy as sa
import streamlit as st

from base.settings import settings
from i18n import Lang, tr
from layers import AdminLevel, indicator
from maps.base_map import show, take_click
from maps.state import Click, MapState, Scope, Selection, Theme, View
from maps.theme import theme_classes
from maps.vector_layer import admin_layers, drawing_order, feature_layer
from pages import formats
from pages.dossier_parts import render_panel
from pages.feature_card import render_hit
from pages.map_choices import MapChoices, as_address, drawn_features, read_address
from pages.map_controls import controls
from pages.shell import lang
from store import places
from store.engine import reading
from store.errors import UnknownPlace
from store.hits import Hit, features_at
from store.snapshots import latest_as_of
from store.theme_values import theme_values
from store.tiles import versions

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
    for problem in st.session_state.pop("map.problems", []):
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
            _look_at(_whole(choices.scope))
        if found is not None:
            choices = replace(choices, code=found)
            st.session_state["map.hits"] = []
            _look_at(found)
        st.session_state["map.choices"] = choices
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
    theme = _theme(connection, choices, latest_as_of(connection), current)
    show(_state(connection, choices, theme, current), _KEY)


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


def _theme(
    connection: sa.Connection, choices: MapChoices, as_of: dt.date | None, current: Lang
) -> Theme | None:
    """The theme of the map; nothing before the first snapshot."""
    if choices.theme is None or as_of is None:
        return None
    chosen = indicator(choices.theme)
    values = theme_values(connection, chosen.id, as_of, choices.level)
    figures = np.array([np.nan if value is None else value for value in values.values()], dtype=float)
    made = theme_classes(figures, chosen, current)
    target = None
    if made.target is not None and made.classes.target_at is not None:
        target = made.classes.target_at, tr("maps.target", current, value=made.target)
    return Theme(
        url=f"/themes/{chosen.id}/{as_of.isoformat()}.json?level={choices.level}",
        level=choices.level,
        title=chosen.title.get(current),
        colors=made.colors,
        labels=made.labels,
        counts=made.counts,
        without_data=made.without_data,
        target=target,
        note=tr("map.as_of", current, date=as_of.isoformat()),
    )


def _state(connection: sa.Connection, choices: MapChoices, theme: Theme | None, current: Lang) -> MapState:
    at = versions(connection)
    try:
        bounds = places.place(connection, settings().city_code).bounds
    except UnknownPlace:
        bounds = None
    layers = tuple(
        feature_layer(
            feature,
            str(at.get(feature.id, 0)),
            current,
            visible=feature.id in choices.on,
            filters=choices.filters.get(feature.id),
            bounds=bounds,
        )
        for feature in drawn_features()
    )
    return MapState(
        base=admin_layers(str(at.get("admin_units", 0)), current, bounds=bounds),
        layers=drawing_order(layers),
        theme=theme,
        scope=Scope(choices.scope, _townships(connection, choices.kind)),
        selection=_selection(connection, choices.code),
        view=_view(connection, choices, bounds),
        lang=current,
    )


def _townships(connection: sa.Connection, kind: str) -> frozenset[str] | None:
    if kind == "all":
        return None
    townships = places.children(connection, AdminLevel.TOWNSHIP)
    return frozenset(townships.loc[townships["kind"] == kind, "admin_code"].str[:9])


def _selection(connection: sa.Connection, code: str | None) -> Selection | None:
    if code is None:
        return None
    try:
        chosen = places.place(connection, code)
    except UnknownPlace:
        return None
    if chosen.level is AdminLevel.CITY:
        return None
    return Selection(chosen.level, chosen.admin_code, chosen.name)


def _view(connection: sa.Connection, choices: MapChoices, city: places.Bounds | None) -> View | None:
    serial = st.session_state["map.serial"]
    target = st.session_state.get("map.target") or choices.code or _whole(choices.scope)
    try:
        return View(serial, bounds=places.place(connection, target).bounds)
    except UnknownPlace:
        return None if city is None else View(serial, bounds=city)


def _panel(connection: sa.Connection, choices: MapChoices, current: Lang) -> None:
    hits: list[Hit] = st.session_state["map.hits"]
    for hit in hits[:_HITS_SHOWN]:
        render_hit(hit, current)
    if choices.code is None:
        st.caption(f":material/touch_app: {tr('map.click_hint', current)}")
    try:
        render_panel(connection, choices.code or _whole(choices.scope), current)
    except UnknownPlace as error:
        st.error(formats.plain(error.sentence(current)))


def _whole(scope: str) -> str:
    """The 12-digit code of the scope; the city's where there is none."""
    return (scope or settings().city_code[:4]).ljust(12, "0")


def _keep_address(choices: MapChoices) -> None:
    """Write the choices into the address, leaving the view, which the map's runtime keeps, alone."""
    wanted = as_address(choices)
    if view := st.query_params.get("v"):
        wanted["v"] = view
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
