"""The days of 进度地图: which view of them, their player, the slider of computed days, and a box for any day.

Slider and box say the same: whichever is moved, the other follows. Both are told their value in every run, so that
only what a visitor moved, noted under `_MOVED`, is read back from them.
"""

import datetime as dt
from dataclasses import replace

import streamlit as st

from i18n import Lang, tr
from pages import formats
from pages.past_choices import Choices, View
from pages.past_figures import Dated

CHOICES, PLAYING, SEEN = "past.choices", "past.playing", "past.seen"
"""What is chosen, whether days are played, and the day that was seen last, in the session."""
_SLIDER, _BOX, _MOVED = "past.day", "past.any_day", "past.moved"
_FIRST = dt.date(2000, 1, 1)
"""The box goes back to this day at least."""


def choose_days(held: Choices, found: Dated, current: Lang) -> Choices:
    """Draw the view, the player and the days; returns the choices."""
    dates = list(found.dates)
    held = _moved(held, dates)
    on = found.on(held.day)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="past-days"):
        held = _choose_view(held, current)
        if held.view.compares and len(dates) > 1:
            held = replace(held, against=_earlier(dates, held.against, on, current))
        elif on is not None and len(dates) > 1:
            _player(dates, held, on, current)
        _box(held, dates, current)
        if len(dates) == 1:
            st.caption(tr("pastmaps.one_day", current, day=dates[0].isoformat()))
        elif on is not None:
            _slider(dates, on, current)
    if on is not None and on != held.day and held.day is not None:
        words = tr("pastmaps.newest_before", current, asked=held.day.isoformat(), day=on.isoformat())
        st.info(formats.plain(words), icon=":material/event_repeat:")
    return held


def nothing_yet(held: Choices, found: Dated, current: Lang) -> None:
    """Say that a day lies before all that was computed, and offer the first day that does not."""
    first = found.dates[0].isoformat()
    asked = held.day.isoformat() if held.day is not None else ""
    st.info(
        formats.plain(tr("pastmaps.before_all", current, asked=asked, first=first)),
        icon=":material/event_busy:",
    )
    if st.button(tr("pastmaps.to_first", current, first=first), icon=":material/first_page:"):
        st.session_state[CHOICES] = replace(held, day=found.dates[0])
        st.rerun()


def _moved(held: Choices, dates: list[dt.date]) -> Choices:
    """The day that a visitor chose in the slider or the box since the last run; no later one than there can be."""
    moved = st.session_state.pop(_MOVED, None)
    day = st.session_state.get(moved, held.day) if moved is not None else held.day
    return replace(held, day=min(day if isinstance(day, dt.date) else dates[-1], _last(dates)))


def _last(dates: list[dt.date]) -> dt.date:
    return max(formats.today(), dates[-1])


def _note(key: str) -> None:
    st.session_state[_MOVED] = key


def _key(name: str, day: dt.date) -> str:
    """The key of a control; while the days are played another one for each day.

    Browsers send the place of each control along with every rerun, and a rerun asked for before the last step arrived
    would take the map a day back.
    """
    return f"{name}.played.{day}" if st.session_state[PLAYING] else name


def _box(held: Choices, dates: list[dt.date], current: Lang) -> None:
    """Any day, computed or not."""
    day = held.day if held.day is not None else dates[-1]
    key = _key(_BOX, day)
    st.session_state[key] = day
    st.date_input(
        tr("pastmaps.later" if held.view.compares else "pastmaps.any_day", current),
        min_value=min(_FIRST, day, dates[0]),
        max_value=_last(dates),
        format="YYYY-MM-DD",
        key=key,
        on_change=_note,
        args=(key,),
        disabled=bool(st.session_state[PLAYING]),
        width=150,
        help=tr("pastmaps.any_day_help", current),
    )


def _slider(dates: list[dt.date], on: dt.date, current: Lang) -> None:
    """The computed days; while they are played the slider only shows the day."""
    key = _key(_SLIDER, on)
    st.session_state[key] = on
    st.select_slider(
        tr("pastmaps.day", current),
        dates,
        format_func=dt.date.isoformat,
        key=key,
        on_change=_note,
        args=(key,),
        label_visibility="collapsed",
        disabled=bool(st.session_state[PLAYING]),
    )


def _choose_view(held: Choices, current: Lang) -> Choices:
    """Draw what is to be seen of the days; returns the choices."""
    view = st.segmented_control(
        tr("pastmaps.view.label", current),
        list(View),
        default=held.view,
        required=True,
        format_func=lambda one: tr(f"pastmaps.view.{one}", current),
        key="past.view",
        label_visibility="collapsed",
    )
    return replace(held, view=View(view or held.view))


def _earlier(dates: list[dt.date], held: dt.date | None, on: dt.date | None, current: Lang) -> dt.date:
    """The computed day to compare with, which does not come after the later one: else every change turned round."""
    offered = [day for day in dates if on is None or day <= on]
    if st.session_state.get("past.against") not in offered:
        st.session_state["past.against"] = held if held in offered else offered[0]
    chosen: dt.date = st.selectbox(
        tr("pastmaps.earlier", current),
        offered,
        format_func=dt.date.isoformat,
        key="past.against",
        width=140,
    )
    return chosen


def _player(dates: list[dt.date], held: Choices, on: dt.date, current: Lang) -> None:
    """The button that plays and pauses; from the last day it begins with the first."""
    playing = bool(st.session_state[PLAYING])
    words = tr("pastmaps.pause" if playing else "pastmaps.play", current)
    icon = ":material/pause:" if playing else ":material/play_arrow:"
    if not st.button(words, icon=icon, key="past.play", type="primary"):
        return
    first = not playing and on == dates[-1]
    st.session_state[PLAYING] = not playing
    st.session_state[CHOICES] = replace(held, day=dates[0] if first else on)
    st.session_state[SEEN] = None
    st.rerun()
