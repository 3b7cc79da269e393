"""进度地图: any indicator on any day that has figures, played through, compared, and true to what was known then."""

import time
from dataclasses import replace

import streamlit as st

from i18n import Lang, tr
from pages import formats
from pages.past_choices import Choices, View, as_address, read_address
from pages.past_controls import choose, choose_days, choose_knowledge
from pages.past_figures import Dated, Shown, classes_of, dated, shown
from pages.past_map import draw_map, take_place
from pages.past_views import change_table, counties, said, target_line
from pages.shell import lang

_CHOICES, _PROBLEMS, _PLAYING, _STEPPED = "past.choices", "past.problems", "past.playing", "past.stepped"
STEP_S = 1.6
"""How long each day is seen while the days are played."""


def page() -> None:
    """Controls; the map with its days below; beside it the way to the target."""
    current = lang()
    st.title(tr("pages.progress_map.title", current), anchor=False)
    if _CHOICES not in st.session_state:
        choices, problems = read_address(st.query_params.to_dict(), current)
        st.session_state[_CHOICES] = choices
        st.session_state[_PROBLEMS] = problems
    for problem in st.session_state.pop(_PROBLEMS, []):
        st.warning(formats.plain(problem), icon=":material/link_off:")
    playing = st.session_state.setdefault(_PLAYING, False)
    st.fragment(_body, run_every=STEP_S if playing else None)(current)


def _body(current: Lang) -> None:
    choices = choose(st.session_state[_CHOICES], current)
    choices = choose_knowledge(choices, current)
    found = dated(choices)
    if found is None:
        st.session_state[_CHOICES] = choices
        st.info(tr("pages.no_snapshot", current))
        return
    choices = _step(choose_days_kept(choices, found), found)
    choices = choose_days(choices, found, current)
    choices = take_place(choices)
    st.session_state[_CHOICES] = choices
    _show(found, choices, current)
    _keep_address(choices)
    if st.session_state[_PLAYING] and choices.day == found.dates[-1] and _due():
        st.session_state[_PLAYING] = False
        st.rerun()


def choose_days_kept(choices: Choices, found: Dated) -> Choices:
    """Days that exist: the newest, and the oldest to compare with, unless others are chosen."""
    dates = found.dates
    day = choices.day if choices.day in dates else dates[-1]
    against = choices.against if choices.against in dates else dates[0]
    return replace(choices, day=day, against=against)


def _due() -> bool:
    return time.monotonic() - float(st.session_state.get(_STEPPED, 0.0)) >= STEP_S * 0.8


def _step(choices: Choices, found: Dated) -> Choices:
    """While the days are played, go on to the next one when its time has come."""
    dates = found.dates
    if not st.session_state[_PLAYING] or not _due() or choices.day == dates[-1]:
        return choices
    st.session_state[_STEPPED] = time.monotonic()
    following = dates[dates.index(choices.day) + 1] if choices.day in dates else dates[-1]
    st.session_state["past.day"] = following
    return replace(choices, day=following)


def _show(found: Dated, choices: Choices, current: Lang) -> None:
    days: dict[object, Shown] = {as_of: shown(found, choices, as_of) for as_of in found.dates}
    made = classes_of(list(days.values()), choices, current)
    now, before = days[choices.day], days[choices.against]
    left, right = st.columns([0.66, 0.34], gap="small")
    with left:
        if choices.view is View.COUNTIES:
            counties(now, made, choices, current)
        else:
            draw_map(now, before, made, choices, current)
        said(found, now, before, made, choices, current)
    with right:
        target_line(found, choices, current)
        if choices.view.compares:
            change_table(now, before, choices, current)


def _keep_address(choices: Choices) -> None:
    """Write the choices into the address, leaving the view, which the map's runtime keeps, alone."""
    wanted = as_address(choices)
    if view := st.query_params.get("v"):
        wanted["v"] = view
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
