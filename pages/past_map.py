"""The map of 进度地图: one day, the change between two, or both with a divider between them."""

from dataclasses import replace

import streamlit as st

from i18n import Lang, tr
from layers import indicator
from maps.base_map import show, take_click
from maps.choices import MapChoices
from maps.city_map import Look, city_map, whole
from maps.past_layers import past_address, with_boundaries
from maps.past_themes import change_theme, day_theme
from maps.state import Swipe
from maps.theme import ThemeClasses
from pages.past_choices import Choices, View
from pages.past_figures import Shown
from pages.shell import person
from store import places
from store.engine import reading

_KEY = "past_map"


def take_place(choices: Choices) -> Choices:
    """The unit clicked on the map, whose way to the target is shown; a click beside all units chooses the city."""
    click = take_click(_KEY)
    if click is None:
        return choices
    with reading() as connection:
        clicked = places.code_at(connection, choices.level, click.lon, click.lat)
    return replace(choices, code=None if clicked == choices.code else clicked)


def draw_map(now: Shown, before: Shown, made: ThemeClasses, choices: Choices, current: Lang) -> None:
    """Bring the living map to what is chosen; only what differs is drawn anew."""
    serial = st.session_state.setdefault("past.serial", 0)
    if st.session_state.setdefault("past.looked", choices.part) != choices.part:
        st.session_state["past.looked"] = choices.part
        serial = st.session_state["past.serial"] = serial + 1
    chosen = MapChoices(frozenset(), None, choices.level, choices.part, str(choices.kind), choices.code)
    with reading() as connection:
        state = city_map(connection, chosen, current, person(), Look(serial, whole(choices.part)))
    declared = indicator(choices.indicator_id)
    left, swipe = now, None
    if choices.view is View.CHANGE:
        change = now.values - before.values.reindex(now.values.index)
        note = tr("pastmaps.between", current, before=before.as_of.isoformat(), now=now.as_of.isoformat())
        theme = change_theme(change, declared, choices.level, current, note)
    else:
        left = before if choices.view is View.SWIPE else now
        note = tr("map.as_of", current, date=left.as_of.isoformat())
        theme = day_theme(left.values, made, declared, choices.level, current, note)
    base = state.base if left.edition.current else with_boundaries(state.base, _address(left))
    if choices.view is View.SWIPE:
        note = tr("pastmaps.between", current, before=before.as_of.isoformat(), now=now.as_of.isoformat())
        theme = replace(theme, note=note)
        swipe = Swipe(
            day_theme(now.values, made, declared, choices.level, current, note),
            state.base[0].url if now.edition.current else _address(now),
            before.as_of.isoformat(),
            now.as_of.isoformat(),
            tr("pastmaps.divider", current),
        )
    show(replace(state, layers=(), base=base, theme=theme, swipe=swipe), _KEY)


def _address(one: Shown) -> str:
    return past_address(one.as_of, one.known_at, one.edition.key)
