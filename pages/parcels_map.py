"""The map beside the list of parcels: constraints below, the parcels, the one selected with its pieces in conflict."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
import sqlalchemy as sa
import streamlit as st
from shapely.geometry.base import BaseGeometry

from i18n import Lang, tr
from layers import Severity, feature_type
from maps.base_map import show, take_click
from maps.choices import MapChoices
from maps.city_map import city_map
from maps.parcel_layer import conflict_pieces, outline, spots, view_of
from maps.state import Drawn, MapState
from pages.parcels_list import SELECTED, SERIAL, TABLE, UNCHECKED
from pages.shell import person
from store.land.parcels import PARCELS, Parcel, parcel_at

KEY = "parcels_map"
_BELOW = ("basic_farmland", "ecological_redlines", "growth_boundaries", "hazard_points")
_LAYERS = "parcels.layers"
_CLICK_PX = 10
_MOST_SPOTS = 1500


@dataclass(frozen=True)
class Shown:
    """What the map shows besides its layers.

    Attributes
    ----------
    prefix : leading digits of the place looked at.
    found : the parcels listed (`pages.parcels_list.listed`).
    selected, pieces : the parcel in relief, and its conflicts: severity, whether a sliver, polygon.
    """

    prefix: str
    found: pd.DataFrame
    selected: Parcel | None = None
    pieces: Sequence[tuple[Severity, bool, BaseGeometry]] = ()


def choose_layers(current: Lang) -> tuple[str, ...]:
    """Draw the choice of what lies below the parcels."""
    chosen = st.pills(
        tr("parcels.layers", current),
        _BELOW,
        selection_mode="multi",
        default=_BELOW,
        format_func=lambda name: feature_type(name).title.get(current),
        label_visibility="collapsed",
        key=_LAYERS,
    )
    return tuple(chosen)


def answer_click(connection: sa.Connection, numbers: Sequence[str]) -> None:
    """Select the parcel under a click, of those that are listed; the list shows it too, at its row."""
    click = take_click(KEY)
    if click is None:
        return
    reach = _CLICK_PX * click.metres_per_pixel
    st.session_state[SELECTED] = parcel_at(connection, click.lon, click.lat, reach, numbers)
    st.session_state[TABLE] += 1


def base_state(connection: sa.Connection, prefix: str, below: Sequence[str], current: Lang) -> MapState:
    """The city's map with the parcels, and the constraints wanted below them."""
    choices = MapChoices(on=frozenset({*below, PARCELS}), scope=prefix)
    state = city_map(connection, choices, current, person())
    layers = [layer for layer in state.layers if layer.visible]
    # Parcels lie above the areas that limit them.
    layers.sort(key=lambda layer: layer.id == PARCELS)
    return replace(state, layers=tuple(layers))


def draw_map(connection: sa.Connection, shown: Shown, below: Sequence[str], current: Lang) -> None:
    """Draw the map; it moves when another parcel or place is chosen."""
    state = base_state(connection, shown.prefix, below, current)
    drawn: tuple[Drawn, ...] = ()
    if shown.selected is None:
        drawn = spots(_places(shown.found), current)
    else:
        drawn = (outline([shown.selected.geometry], current), *conflict_pieces(shown.pieces, current))
    serial = int(f"{st.session_state[SERIAL]}{shown.prefix}")
    view = state.view
    if shown.selected is not None:
        view = view_of(shown.selected.geometry, serial)
    elif view is not None:
        view = replace(view, serial=serial)
    show(replace(state, drawn=drawn, view=view), KEY)


def _places(found: pd.DataFrame) -> list[tuple[Severity | None, bool, float, float]]:
    known = set(Severity)
    return [
        (
            Severity.of(row.severity) if row.severity in known else None,
            row.severity != UNCHECKED,
            row.lon,
            row.lat,
        )
        for row in found.head(_MOST_SPOTS).itertuples()
    ]
