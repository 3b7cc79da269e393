"""The row of controls above the map: search, scope, theme, layers and their filters."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from access import Action
from i18n import Lang, tr
from layers import AdminLevel, FeatureType, Kind, all_indicators, all_layers
from maps.choices import KINDS, THEME_LEVELS, MapChoices, filter_values
from pages import formats
from pages.scopes import PlaceList, draw_place_lists
from pages.shell import person
from store import places

_SEARCH, _COUNTY, _KIND = "map.words", "map.county", "map.kind"
_SCOPE_LEVELS = (AdminLevel.COUNTY, AdminLevel.TOWNSHIP, AdminLevel.VILLAGE)
_ABOVE = {AdminLevel.TOWNSHIP: AdminLevel.COUNTY, AdminLevel.VILLAGE: AdminLevel.TOWNSHIP}
_FOUND_MOST = 8
_NO_THEME = ""
_SEARCH_PX, _THEME_PX, _LEVEL_PX = 250, 230, 190


def controls(connection: sa.Connection, choices: MapChoices, current: Lang) -> tuple[MapChoices, str | None]:
    """Draw the controls; returns what is chosen now, and the code of a place that the search led to."""
    toolbar = st.container(horizontal=True, vertical_alignment="center", gap="small", key="map-toolbar")
    # A place of its own: results that came and went among the page's elements would rebuild the map below.
    results = st.container()
    with toolbar:
        words = st.text_input(
            tr("map.search", current),
            placeholder=tr("map.search_hint", current),
            key=_SEARCH,
            max_chars=40,
            icon=":material/search:",
            label_visibility="collapsed",
            width=_SEARCH_PX,
        )
    with results:
        found = _found(connection, words, current)
    if found is not None and not found.startswith(choices.scope):
        # Before the scope's own control is drawn: what was found must not lie outside of what is shown.
        st.session_state[_COUNTY] = ""
    with toolbar:
        choices = _scope(connection, choices, current)
        choices = _theme(choices, current)
        choices = _layers(choices, current)
    return choices, found


def _found(connection: sa.Connection, words: str | None, current: Lang) -> str | None:
    """The place picked among the results of a search; once, not again at the next rerun."""
    if not words:
        return None
    found = places.search(connection, words, most=_FOUND_MOST)
    if not found:
        st.caption(tr("map.nothing_found", current, words=formats.plain(words)))
        return None
    names = {
        f.admin_code: " · ".join(dict.fromkeys(n for n in (f.name, f.township_name, f.county_name) if n))
        for f in found
    }
    picked = st.pills(
        tr("map.found", current),
        list(names),
        format_func=lambda code: formats.plain(names[code]),
        label_visibility="collapsed",
        key=f"map.found.{words}",
    )
    if picked is None or picked == st.session_state.get("map.picked"):
        return None
    st.session_state["map.picked"] = picked
    return str(picked)


def _scope(connection: sa.Connection, choices: MapChoices, current: Lang) -> MapChoices:
    """County, township and village, each list within what is chosen above it; then which townships count."""
    # The button's words are drawn before the lists inside, whose values the session holds already.
    scope, path = "", [tr("map.whole_city", current)]
    lists = []
    for level in _SCOPE_LEVELS:
        open_ = level is AdminLevel.COUNTY or len(scope) == _ABOVE[level].digits
        names = _names(places.children(connection, level, scope), level) if open_ else {}
        key = f"map.{level}" + (f".{scope}" if scope else "")
        chosen = _held(key, choices.scope[: level.digits], names)
        lists.append(PlaceList(level, key, names, chosen))
        scope = chosen or scope
        path += [names[chosen]] if chosen else []
    kind = _held(_KIND, choices.kind, dict.fromkeys(KINDS, "")) or KINDS[0]
    where = path[-1] + (f" · {tr(f'map.kind_{kind}', current)}" if kind != KINDS[0] else "")
    with st.popover(formats.plain(where), icon=":material/filter_alt:", key="map.scope"):
        draw_place_lists(lists, lambda level: tr(f"map.{level}", current), tr("map.everywhere", current))
        st.segmented_control(
            tr("map.kind", current),
            KINDS,
            default=kind,
            required=True,
            format_func=lambda k: tr(f"map.kind_{k}", current),
            key=_KIND,
        )
    return replace(choices, scope=scope, kind=kind)


def _names(units: pd.DataFrame, level: AdminLevel) -> dict[str, str]:
    return dict(zip(units["admin_code"].str[: level.digits], units["name"], strict=True))


def _held(key: str, otherwise: str, options: Mapping[str, str]) -> str:
    """The value that the session holds for a control, else the given one; nothing if it is no option."""
    value = st.session_state.get(key, otherwise)
    return value if value in options else ""


def _theme(choices: MapChoices, current: Lang) -> MapChoices:
    titles = {i.id: i.title.get(current) for i in all_indicators()}
    options = [_NO_THEME, *titles]
    theme = st.selectbox(
        tr("map.theme", current),
        options,
        index=options.index(choices.theme or _NO_THEME),
        format_func=lambda i: titles.get(i, tr("map.no_theme", current)),
        key="map.theme",
        label_visibility="collapsed",
        width=_THEME_PX,
    )
    level = st.selectbox(
        tr("map.level", current),
        [str(level) for level in THEME_LEVELS],
        index=THEME_LEVELS.index(choices.level),
        format_func=lambda value: tr("map.by", current, level=AdminLevel.of(value).text.get(current)),
        key="map.level",
        label_visibility="collapsed",
        disabled=not theme,
        width=_LEVEL_PX,
    )
    return replace(choices, theme=theme or None, level=AdminLevel.of(level))


def _layers(choices: MapChoices, current: Lang) -> MapChoices:
    chosen: set[str] = set()
    filters: dict[str, Mapping[str, frozenset[str]]] = {}
    with (
        st.popover(tr("map.layers", current), icon=":material/layers:", key="map.layers"),
        st.container(gap="xsmall"),
    ):
        for layer in all_layers():
            drawn = [f for f in layer.features if f.style is not None and person().may(f.id, Action.READ)]
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
    return replace(choices, on=frozenset(chosen), filters=filters)


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
