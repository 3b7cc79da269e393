"""The map of 短板分析, and which place is chosen: by a row of the table or by a click on the map."""

from dataclasses import replace

import numpy as np
import streamlit as st

from analysis.clusters import Statistic
from base.errors import XiangtuError
from i18n import Lang, tr
from layers import AdminLevel, indicator
from maps.base_map import show, take_click
from maps.choices import MapChoices
from maps.city_map import Look, city_map, whole
from maps.gap_themes import certainty_theme, cluster_theme, indicator_theme, score_theme
from maps.state import Theme
from pages import formats
from pages.gaps_choices import CERTAINTY, GETIS_ORD, MORAN, SCORE, Choices
from pages.gaps_figures import Figures, Index, boundary_version, clusters
from pages.shell import person
from store import places
from store.engine import reading

_KEY = "gaps_map"
TABLE_KEY = "gaps.table"
ON_TOP = "gaps.on_top"
"""The place that was chosen on the map: the table lists it first, where it is seen."""
_PICKED = "gaps.picked"
_AROUND = {AdminLevel.VILLAGE: AdminLevel.TOWNSHIP, AdminLevel.TOWNSHIP: AdminLevel.COUNTY}


def pick(code: str | None) -> None:
    """Choose a place elsewhere than on the map: the map will bring it into view."""
    st.session_state[_PICKED] = code
    if code is None:
        st.session_state[ON_TOP] = None
    else:
        st.session_state["gaps.serial"] += 1
        st.session_state["gaps.target"] = code


def take_place(made: Index, choices: Choices) -> str | None:
    """The place chosen now; a click beside all that is shown changes nothing."""
    code = st.session_state.pop(_PICKED, choices.code)
    click = take_click(_KEY)
    if click is not None:
        with reading() as connection:
            clicked = places.code_at(connection, choices.level, click.lon, click.lat)
        if clicked in made.codes and made.shown[made.codes.index(clicked)]:
            code = st.session_state[ON_TOP] = clicked
    if code is None or code not in made.codes or not made.shown[made.codes.index(code)]:
        return None
    return code


def draw_map(made: Index, found: Figures, choices: Choices, current: Lang) -> None:
    """Draw the map, coloured as chosen, with the chosen place standing out."""
    if st.session_state.setdefault("gaps.looked", choices.part) != choices.part:
        st.session_state["gaps.looked"] = choices.part
        st.session_state["gaps.serial"] += 1
        st.session_state["gaps.target"] = None
    kind = "all" if choices.level is AdminLevel.COUNTY else str(choices.scope)
    shown = MapChoices(frozenset(), None, choices.level, choices.part, kind, choices.code)
    look = Look(st.session_state["gaps.serial"], _view(choices))
    try:
        theme = _theme(made, found, choices, current)
    except XiangtuError as error:
        st.warning(formats.plain(error.sentence(current)), icon=":material/scatter_plot:")
        theme = None
    with reading() as connection:
        state = city_map(connection, shown, current, person(), look)
    show(replace(state, layers=(), theme=theme), _KEY)


def _view(choices: Choices) -> str | None:
    """What to look at: a place chosen in the table with what lies around it, else the part of the city."""
    target: str | None = st.session_state.get("gaps.target")
    if target is not None:
        return target[: _AROUND.get(choices.level, choices.level).digits].ljust(12, "0")
    return choices.part.ljust(12, "0") if choices.part else whole("")


def _theme(made: Index, found: Figures, choices: Choices, current: Lang) -> Theme:
    """Classes of the units shown, by what the map is to be coloured."""
    note = tr("map.as_of", current, date=choices.as_of.isoformat())
    codes = [code for code, seen in zip(made.codes, made.shown, strict=True) if seen]
    if choices.colour == SCORE:
        return score_theme(codes, made.scores.score[made.shown], choices.level, current, note)
    if choices.colour == CERTAINTY:
        return certainty_theme(codes, made.ranges.worst_share[made.shown], choices.level, current, note)
    if choices.colour in (MORAN, GETIS_ORD):
        statistic = Statistic(choices.colour)
        score = tuple(float(value) for value in made.scores.score)
        kinds = np.array(
            clusters(made.codes, score, choices.level, boundary_version(), statistic).kinds, dtype=object
        )
        return cluster_theme(codes, list(kinds[made.shown]), statistic, choices.level, current, note)
    values = found.values.loc[codes, choices.colour].to_numpy(float)
    return indicator_theme(codes, values, indicator(choices.colour), choices.level, current, note)
