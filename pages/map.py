"""一张图: villages, townships, counties and the layers over them, with a dossier beside the map."""

import datetime as dt
from collections.abc import Callable, Mapping

import numpy as np
import sqlalchemy as sa
import streamlit as st

from base.settings import settings
from i18n import Lang, tr
from layers import AdminLevel, FeatureType, Kind, all_indicators, all_layers, indicator
from maps.base_map import show, take_click
from maps.legend import layer_legend, legend_layer, theme_legend
from maps.state import Click, MapState, Scope, Selection, Theme, View
from maps.theme import theme_classes
from maps.vector_layer import admin_layers, drawing_order, feature_layer
from pages.dossier_parts import render_dossier
from pages.feature_card import render_hit
from pages.map_choices import (
    KINDS,
    THEME_LEVELS,
    MapChoices,
    as_address,
    drawn_features,
    filter_values,
    read_address,
)
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
        st.warning(problem, icon=":material/link_off:")
    _map_and_panel(current)


@st.fragment
def _map_and_panel(current: Lang) -> None:
    with reading() as connection:
        _answer_click(connection, take_click(_KEY))
        _controls(connection, current)
        choices: MapChoices = st.session_state["map.choices"]
        as_of = latest_as_of(connection)
        left, right = st.columns([0.68, 0.32], gap="small")
        theme, legend = _theme(connection, choices, as_of, current)
        state = _state(connection, choices, theme, current)
        with left:
            show(state, _KEY)
        with right:
            _panel(connection, choices, legend, current)
    _keep_address(choices)


def _answer_click(connection: sa.Connection, click: Click | None) -> None:
    if click is None:
        return
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
    _choose(code=code)


def _choose(**changes: object) -> None:
    held: MapChoices = st.session_state["map.choices"]
    st.session_state["map.choices"] = MapChoices(**{**held.__dict__, **changes})  # type: ignore[arg-type]


def _go_to(code: str) -> None:
    """Select a place and bring it into view."""
    _choose(code=code)
    st.session_state["map.hits"] = []
    st.session_state["map.serial"] += 1
    st.session_state["map.target"] = code


def _controls(connection: sa.Connection, current: Lang) -> None:
    choices: MapChoices = st.session_state["map.choices"]
    search, scope, theme, layers = st.columns(
        [0.28, 0.3, 0.26, 0.16], gap="small", vertical_alignment="bottom"
    )
    with search:
        _search(connection, current)
    with scope:
        _scope(connection, choices, current)
    with theme:
        _theme_choice(choices, current)
    with layers:
        _layers(choices, current)


def _search(connection: sa.Connection, current: Lang) -> None:
    words = st.text_input(
        tr("map.search", current), placeholder=tr("map.search_hint", current), key="map.words", max_chars=40
    )
    if not words:
        return
    found = places.search(connection, words, most=8)
    if not found:
        st.caption(tr("map.nothing_found", current, words=words))
    options = {
        f.admin_code: " · ".join(n for n in (f.name, f.township_name, f.county_name) if n) for f in found
    }
    picked = st.pills(
        tr("map.found", current),
        list(options),
        format_func=lambda c: options[c],
        label_visibility="collapsed",
    )
    if picked and picked != st.session_state.get("map.picked"):
        st.session_state["map.picked"] = picked
        _go_to(picked)


def _scope(connection: sa.Connection, choices: MapChoices, current: Lang) -> None:
    county_part, township_part, kind_part = st.columns(3, gap="small", vertical_alignment="bottom")
    counties = places.children(connection, AdminLevel.COUNTY)
    names = dict(zip(counties["admin_code"].str[:6], counties["name"], strict=True))
    everywhere = tr("map.everywhere", current)
    with county_part:
        county = st.selectbox(
            tr("map.county", current),
            ["", *names],
            index=_index(["", *names], choices.scope[:6]),
            format_func=lambda c: names.get(c, everywhere),
            key="map.county",
        )
    township = ""
    with township_part:
        below = places.children(connection, AdminLevel.TOWNSHIP, county) if county else None
        towns = {} if below is None else dict(zip(below["admin_code"].str[:9], below["name"], strict=True))
        township = st.selectbox(
            tr("map.township", current),
            ["", *towns],
            index=_index(["", *towns], choices.scope if len(choices.scope) == 9 else ""),
            format_func=lambda c: towns.get(c, everywhere),
            key=f"map.township.{county}",
            disabled=not county,
        )
    with kind_part:
        kind = st.selectbox(
            tr("map.kind", current),
            KINDS,
            index=KINDS.index(choices.kind),
            format_func=lambda k: tr(f"map.kind_{k}", current),
            key="map.kind",
        )
    scope = township or county
    if scope != choices.scope:
        st.session_state["map.serial"] += 1
        st.session_state["map.target"] = (scope or settings().city_code[:4]).ljust(12, "0")
    _choose(scope=scope, kind=kind)


def _index(options: list[str], wanted: str) -> int:
    return options.index(wanted) if wanted in options else 0


def _theme_choice(choices: MapChoices, current: Lang) -> None:
    titles = {i.id: i.title.get(current) for i in all_indicators()}
    theme_part, level_part = st.columns([0.64, 0.36], gap="small", vertical_alignment="bottom")
    with theme_part:
        theme = st.selectbox(
            tr("map.theme", current),
            ["", *titles],
            index=_index(["", *titles], choices.theme or ""),
            format_func=lambda i: titles.get(i, tr("map.no_theme", current)),
            key="map.theme",
        )
    with level_part:
        level = st.selectbox(
            tr("map.level", current),
            [str(level) for level in THEME_LEVELS],
            index=THEME_LEVELS.index(choices.level),
            format_func=lambda value: AdminLevel.of(value).text.get(current),
            key="map.level",
            disabled=not theme,
        )
    _choose(theme=theme or None, level=AdminLevel.of(level))


def _layers(choices: MapChoices, current: Lang) -> None:
    chosen: set[str] = set()
    filters: dict[str, Mapping[str, frozenset[str]]] = {}
    with st.popover(tr("map.layers", current), icon=":material/layers:", width="stretch"):
        for layer in all_layers():
            drawn = [f for f in layer.features if f.style is not None]
            if not drawn:
                continue
            st.markdown(f"**{layer.title.get(current)}**")
            for feature in drawn:
                title = feature.title.get(current)
                if st.toggle(title, value=feature.id in choices.on, key=f"map.on.{feature.id}"):
                    chosen.add(feature.id)
                    allowed = _filters_of(feature, choices, current)
                    if allowed:
                        filters[feature.id] = allowed
    _choose(on=frozenset(chosen), filters=filters)


def _filters_of(feature: FeatureType, choices: MapChoices, current: Lang) -> dict[str, frozenset[str]]:
    allowed: dict[str, frozenset[str]] = {}
    for declared in feature.filters:
        offered = filter_values(feature, declared.name)
        held = choices.filters.get(feature.id, {}).get(declared.name, frozenset())
        picked = st.pills(
            declared.title.get(current),
            offered,
            selection_mode="multi",
            default=[value for value in offered if value in held],
            format_func=_value_name(feature, declared.name, current),
            key=f"map.filter.{feature.id}.{declared.name}",
        )
        if picked:
            allowed[declared.name] = frozenset(picked)
    return allowed


def _value_name(feature: FeatureType, name: str, current: Lang) -> Callable[[str], str]:
    declared = feature.field(name)

    def words(value: str) -> str:
        if declared.kind is Kind.BOOLEAN:
            return tr(f"map.{value}", current)
        return declared.codes.of(value).text.get(current) if declared.codes else value

    return words


def _theme(
    connection: sa.Connection, choices: MapChoices, as_of: dt.date | None, current: Lang
) -> tuple[Theme | None, str]:
    """The theme of the map and its legend; nothing before the first snapshot."""
    if choices.theme is None or as_of is None:
        return None, ""
    chosen = indicator(choices.theme)
    values = theme_values(connection, chosen.id, as_of, choices.level)
    figures = np.array([np.nan if value is None else value for value in values.values()], dtype=float)
    made = theme_classes(figures, chosen, current)
    theme = Theme(
        url=f"/themes/{chosen.id}/{as_of.isoformat()}.json?level={choices.level}",
        level=choices.level,
        title=chosen.title.get(current),
        colors=made.colors,
        labels=made.labels,
    )
    return theme, theme_legend(theme, made, current, tr("map.as_of", current, date=as_of.isoformat()))


def _state(connection: sa.Connection, choices: MapChoices, theme: Theme | None, current: Lang) -> MapState:
    at = versions(connection)
    try:
        bounds = places.place(connection, settings().city_code).bounds
    except UnknownPlace:
        bounds = None
    base = admin_layers(str(at.get("admin_units", 0)), current, bounds=bounds)
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
        base=base,
        layers=drawing_order(layers),
        theme=theme,
        scope=Scope(choices.scope, _townships(connection, choices.kind)),
        selection=_selection(connection, choices.code),
        view=_view(connection, bounds),
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


def _view(connection: sa.Connection, city: places.Bounds | None) -> View | None:
    target = st.session_state.get("map.target")
    if target is None:
        code = st.session_state["map.choices"].code
        target = code
    if target is not None:
        try:
            return View(st.session_state["map.serial"], bounds=places.place(connection, target).bounds)
        except UnknownPlace:
            pass
    return None if city is None else View(st.session_state["map.serial"], bounds=city)


def _panel(connection: sa.Connection, choices: MapChoices, legend: str, current: Lang) -> None:
    hits: list[Hit] = st.session_state["map.hits"]
    shown, explained = st.tabs([tr("map.tab_place", current), tr("map.tab_legend", current)])
    with shown:
        for hit in hits[:3]:
            render_hit(hit, current)
        if choices.code is None:
            st.info(tr("map.click_hint", current), icon=":material/touch_app:")
        else:
            try:
                render_dossier(choices.code, current, compact=True)
            except UnknownPlace as error:
                st.error(error.sentence(current))
    with explained:
        if legend:
            st.html(legend)
        on = tuple(legend_layer(f, current) for f in drawn_features() if f.id in choices.on)
        if on:
            st.html(layer_legend(on, current))
        elif not legend:
            st.caption(tr("map.nothing_on", current))


def _keep_address(choices: MapChoices) -> None:
    """Write the choices into the address, leaving the view, which the map's runtime keeps, alone."""
    wanted = as_address(choices)
    if view := st.query_params.get("v"):
        wanted["v"] = view
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
