"""进度地图: any indicator on any past day, played through, compared, and true to what was known then."""

import datetime as dt
import math
import time
from dataclasses import replace

import streamlit as st

from i18n import Lang, tr
from pages import formats
from pages.past_choices import Choices, View, as_address, read_address
from pages.past_controls import choose
from pages.past_days import CHOICES, PLAYING, SEEN, choose_days, nothing_yet
from pages.past_figures import Dated, Shown, classes_of, dated, shown
from pages.past_map import draw_map, take_place
from pages.past_views import change_table, counties, said, target_line
from pages.shell import lang

_PROBLEMS, _SINCE = "past.problems", "past.since"
"""What of the address made no sense, and since when the day is seen (a clock of the process)."""
STEP_S = 1.6
"""How long each day is seen while the days are played."""


def page() -> None:
    """Controls; the map with its days below; beside it the way to the target."""
    current = lang()
    st.title(tr("pages.progress_map.title", current), anchor=False)
    if CHOICES not in st.session_state:
        choices, problems = read_address(st.query_params.to_dict(), current)
        st.session_state[CHOICES] = choices
        st.session_state[_PROBLEMS] = problems
    for problem in st.session_state.pop(_PROBLEMS, []):
        st.warning(formats.plain(problem), icon=":material/link_off:")
    playing = st.session_state.setdefault(PLAYING, False)
    st.fragment(_body, run_every=STEP_S if playing else None)(current)


def _body(current: Lang) -> None:
    choices = choose(st.session_state[CHOICES], current)
    found = dated(choices)
    if found is None:
        st.session_state[CHOICES] = choices
        st.info(tr("pages.no_snapshot", current))
        return
    choices = _step(_existing(choices, found), found)
    choices = choose_days(choices, found, current)
    choices = take_place(choices)
    st.session_state[CHOICES] = choices
    if choices.view.compares and st.session_state[PLAYING]:
        st.session_state[PLAYING] = False  # two days are chosen, not played
        st.rerun()
    on = found.on(choices.day)
    _keep_address(choices)
    if on is None and st.session_state[PLAYING]:
        st.session_state[PLAYING] = False  # the indicator was changed for one that begins later
        st.rerun()
    if on is None:
        nothing_yet(choices, found, current)
        return
    _show(found, choices, on, current)
    over = _due() and choices.day == found.dates[-1]
    if st.session_state.get(SEEN) != choices.day:
        st.session_state[SEEN], st.session_state[_SINCE] = choices.day, time.monotonic()
    elif st.session_state[PLAYING] and over:
        st.session_state[PLAYING] = False
        st.rerun()


def _existing(choices: Choices, found: Dated) -> Choices:
    """The newest day, and the oldest that tells anything to compare with, unless others are chosen."""
    dates = found.dates
    day = choices.day or dates[-1]
    against = found.on(choices.against)
    if against is None:
        told = (one for one in dates if shown(found, choices, one).values.notna().any())
        against = next(told, dates[0])
    return replace(choices, day=day, against=against)


def _due() -> bool:
    """Whether the day that is shown has been seen long enough, counted from when it was ready."""
    return time.monotonic() - float(st.session_state.get(_SINCE, math.inf)) >= STEP_S * 0.8


def _step(choices: Choices, found: Dated) -> Choices:
    """While the days are played, go on to the next one when its time has come."""
    if not st.session_state[PLAYING] or choices.day is None:
        return choices
    if st.session_state.get(SEEN) != choices.day or not _due():
        return choices
    later = (day for day in found.dates if choices.day is not None and day > choices.day)
    return replace(choices, day=next(later, found.dates[-1]))


def _show(found: Dated, choices: Choices, on: dt.date, current: Lang) -> None:
    """The map and what stands beside it, with the figures of one of the computed days."""
    days: dict[object, Shown] = {as_of: shown(found, choices, as_of) for as_of in found.dates}
    made = classes_of(list(days.values()), choices, current)
    now, before = days[on], days[choices.against]
    if choices.view is View.COUNTIES:
        counties(now, made, choices, current)
        left, right = st.columns([0.5, 0.5], gap="medium")
    else:
        left, right = st.columns([0.66, 0.34], gap="small")
    with left:
        if choices.view is not View.COUNTIES:
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
