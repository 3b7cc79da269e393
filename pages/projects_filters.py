"""Filters of the library, kept in the address: counties, layers, kinds, years, states."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from i18n import Lang, tr
from layers.codes import LibraryState, WorkKind
from pages.project_words import layer_words
from store.progress.library import Project

_IN_ADDRESS = ("county", "layer", "state")
_SEPARATOR = ","
_One = TypeVar("_One", str, int)


def filtered(known: Sequence[Project], counties: Mapping[str, str], current: Lang) -> list[Project]:
    """Draw the filters; the projects that pass all of them. Nothing chosen in a list lets all pass."""
    years = sorted({one.planned_start.year for one in known if one.planned_start is not None})
    kinds = [str(kind) for kind in WorkKind if any(one.kind is kind for one in known)]
    layers = list(dict.fromkeys(one.kind.layer_id for one in known))
    states = [str(one) for one in LibraryState]
    _from_address({"county": list(counties), "layer": layers, "state": states})
    with st.container(border=True):
        places, subjects, sorts, when, stage = st.columns([3, 3, 3, 2, 2])
        in_counties = _choice(places, "county", list(counties), lambda one: counties.get(one, one), current)
        of_layers = _choice(subjects, "layer", layers, lambda one: layer_words(one, current), current)
        of_kinds = _choice(sorts, "kind", kinds, lambda one: WorkKind.of(one).text.get(current), current)
        in_years = _choice(when, "year", years, str, current)
        in_states = _choice(
            stage, "state", states, lambda one: LibraryState.of(one).text.get(current), current
        )
    _to_address({"county": in_counties, "layer": of_layers, "state": in_states})
    return [
        one
        for one in known
        if (not in_counties or one.admin_code[:6] in in_counties)
        and (not of_layers or one.layer in of_layers)
        and (not of_kinds or one.kind in of_kinds)
        and (not in_years or (one.planned_start is not None and one.planned_start.year in in_years))
        and (not in_states or one.state in in_states)
    ]


def _choice(
    column: DeltaGenerator, name: str, options: Sequence[_One], words: Callable[[_One], str], current: Lang
) -> list[_One]:
    with column:
        return st.multiselect(
            tr(f"library.{name}", current),
            options,
            format_func=words,
            placeholder=tr("pages.all", current),
            key=f"projects.{name}",
        )


def _from_address(known: Mapping[str, Sequence[str]]) -> None:
    """Begin with what the address asks for, as far as there is such."""
    for name, options in known.items():
        key = f"projects.{name}"
        if key not in st.session_state:
            asked = st.query_params.get(name, "").split(_SEPARATOR)
            st.session_state[key] = [one for one in options if one in asked]


def _to_address(chosen: Mapping[str, Sequence[str]]) -> None:
    for name in _IN_ADDRESS:
        told = _SEPARATOR.join(chosen[name])
        if told:
            if st.query_params.get(name) != told:
                st.query_params[name] = told
        elif name in st.query_params:
            del st.query_params[name]
