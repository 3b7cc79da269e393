"""The map of the library: projects coloured by state or layer, the one looked at ringed; a click opens its card."""

import zlib
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from i18n import Lang, tr
from layers.codes import LibraryState
from maps.base_map import show, take_click
from maps.choices import MapChoices
from maps.city_map import Look, city_map, whole
from maps.project_layer import LAYER_COLORS, MOST, OTHER_COLOR, groups, nearest, relief
from maps.state import Drawn
from pages import formats
from pages.project_words import STATE_COLORS, layer_words
from pages.projects_picked import pick, picked
from pages.projects_read import Library
from pages.shell import person
from store.engine import reading
from store.progress.library import Project

_KEY = "projects_map"
_BY = "projects.map_by"
_CLICK_PX = 12
_HEIGHT_PX = 520


def take_clicked(found: Sequence[Project]) -> None:
    """Look at the project under a click, of those that are shown."""
    click = take_click(_KEY)
    if click is not None:
        shapes = {one.code: one.geometry for one in found[:MOST]}
        pick(nearest(shapes, click.lon, click.lat, _CLICK_PX * click.metres_per_pixel))


def draw_map(library: Library, found: Sequence[Project], current: Lang) -> None:
    """Draw the switch and the map."""
    by = st.segmented_control(
        tr("library.map.by", current),
        ["state", "layer"],
        default="state",
        required=True,
        format_func=lambda name: tr(f"library.map.by_{name}", current),
        key=_BY,
    )
    if len(found) > MOST:
        st.caption(tr("library.map.most", current, number=MOST))
    counties = {one.admin_code[:6] for one in found}
    prefix = next(iter(counties)) if len(counties) == 1 else ""
    with reading() as connection:
        state = city_map(
            connection,
            MapChoices(on=frozenset(), scope=prefix),
            current,
            person(),
            Look(zlib.crc32(prefix.encode()), whole(prefix)),
        )
    drawn = _by_layer(found, current) if by == "layer" else _by_state(found, current)
    code = picked()
    at = library.by_code.get(code) if code else None
    if at is not None:
        drawn = (*drawn, relief(at.geometry, formats.plain(at.name)))
    show(replace(state, layers=(), drawn=drawn, height_px=_HEIGHT_PX), _KEY)
    st.caption(f":material/touch_app: {tr('library.map.click', current)}")


def _by_state(found: Sequence[Project], current: Lang) -> tuple[Drawn, ...]:
    classes = [(state.text.get(current), STATE_COLORS[state]) for state in LibraryState]
    return groups(classes, ((one.state.text.get(current), one.geometry) for one in found[:MOST]), current)


def _by_layer(found: Sequence[Project], current: Lang) -> tuple[Drawn, ...]:
    ids = list(dict.fromkeys([*LAYER_COLORS, *(one.layer for one in found)]))
    classes = [(layer_words(one, current), LAYER_COLORS.get(one, OTHER_COLOR)) for one in ids]
    return groups(classes, ((layer_words(one.layer, current), one.geometry) for one in found[:MOST]), current)
