"""The controls of 进度地图: indicator, level, part of the city, view, knowledge; the days with their player."""

import datetime as dt
from dataclasses import replace

import streamlit as st

from i18n import Lang, tr
from layers import AdminLevel, all_layers
from pages import formats
from pages.past_choices import LEVELS, Choices, Knowledge, View, offered
from pages.past_figures import Dated
from pages.scopes import PlaceList, Townships, choose_townships, draw_place_lists
from store.dossier import unit_list
from store.engine import reading


def choose(held: Choices, current: Lang) -> Choices:
    """Draw what, at which level and where; returns the choices."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="past-toolbar"):
        titles = {
            one.id: f"{layer.title.get(current)} · {one.title.get(current)}"
            for layer in all_layers()
            for one in layer.indicators
        }
        known = [one.id for one in offered(held.level)]
        indicator_id = st.selectbox(
            tr("pages.dossier.indicator", current),
            known,
            index=known.index(held.indicator_id) if held.indicator_id in known else 0,
            format_func=lambda name: titles[name],
            key=f"past.indicator.{held.level}",
            label_visibility="collapsed",
            width=300,
        )
        level = st.segmented_control(
            tr("pages.indicators.level", current),
            [str(level) for level in LEVELS],
            default=str(held.level),
            required=True,
            format_func=lambda name: AdminLevel.of(name).text.get(current),
            key="past.level",
            label_visibility="collapsed",
        )
        part, kind = _place(held, current)
        knowledge = _knowledge(held, current)
    chosen = AdminLevel.of(str(level or held.level))
    known = [one.id for one in offered(chosen)]
    return replace(
        held,
        indicator_id=indicator_id if indicator_id in known else known[0],
        level=chosen,
        part=part,
        kind=kind,
        knowledge=knowledge,
        code=held.code if chosen is held.level else None,
    )


def _place(held: Choices, current: Lang) -> tuple[str, Townships]:
    """The county looked at and which townships count; the button says what is chosen inside it."""
    with reading() as connection:
        counties = unit_list(connection, AdminLevel.COUNTY)
    names = dict(zip(counties["admin_code"].str[:6], counties["name"], strict=True))
    part = str(st.session_state.get("past.part", held.part))
    part = part if part in names else ""
    kind = Townships(st.session_state.get("past.kind") or held.kind)
    words = names.get(part, tr("gaps.whole_city", current))
    words += f" · {tr(f'pages.scope.{kind}', current)}" if kind is not Townships.ALL else ""
    with st.popover(formats.plain(words), icon=":material/filter_alt:"):
        draw_place_lists(
            [PlaceList(AdminLevel.COUNTY, "past.part", names, part)],
            lambda level: tr(f"pages.choose.{level}", current),
            tr("pages.all", current),
        )
        choose_townships(current, "past.kind", kind)
    return part, kind


def _knowledge(held: Choices, current: Lang) -> Knowledge:
    """By whose knowledge days are drawn; a fixed moment is an option only where the address brought one."""
    options = [Knowledge.NEWEST, Knowledge.THEN]
    if held.known_at is not None:
        options.append(Knowledge.FIXED)
    at = formats.moment(held.known_at, current)
    chosen = st.segmented_control(
        tr("pastmaps.knowledge.label", current),
        options,
        default=held.knowledge,
        required=True,
        format_func=lambda one: tr(f"pastmaps.knowledge.{one}", current, at=at),
        key="past.knowledge",
        label_visibility="collapsed",
    )
    return Knowledge(chosen or held.knowledge)


def choose_view(held: Choices, current: Lang) -> Choices:
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


def choose_days(held: Choices, found: Dated, current: Lang) -> Choices:
    """Draw the view, the player and the days; returns the choices."""
    dates = list(found.dates)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="past-days"):
        held = choose_view(held, current)
        if len(dates) == 1:
            st.caption(tr("pastmaps.one_day", current, day=dates[0].isoformat()))
            return replace(held, day=dates[0], against=dates[0])
        if held.view.compares:
            against = _day_list("past.against", tr("pastmaps.earlier", current), dates, held.against)
        else:
            against = held.against
            _player(dates, held, current)
        day = _slider(tr("pastmaps.day", current), dates, held.day)
    return replace(held, day=day, against=against)


def _day_list(key: str, label: str, dates: list[dt.date], held: dt.date | None) -> dt.date:
    if st.session_state.get(key) not in dates:
        st.session_state[key] = held
    chosen: dt.date = st.selectbox(
        label, dates, format_func=dt.date.isoformat, key=key, label_visibility="collapsed", width=130
    )
    return chosen


def _slider(label: str, dates: list[dt.date], held: dt.date | None) -> dt.date:
    """The days; while they are played the slider only shows the day.

    It has another key for each day then: browsers send the slider's place along with every rerun, and a rerun asked for
    before the last step arrived would take the map a day back.
    """
    playing = bool(st.session_state["past.playing"])
    key = f"past.day.played.{held}" if playing else "past.day"
    # Set in the run that brings the slider (back): a value set in a run before would not reach the browser.
    if st.session_state.get("past.slider") != key or st.session_state.get(key) not in dates:
        st.session_state[key] = held
    st.session_state["past.slider"] = key
    chosen: dt.date = st.select_slider(
        label, dates, format_func=dt.date.isoformat, key=key, label_visibility="collapsed", disabled=playing
    )
    return chosen


def _player(dates: list[dt.date], held: Choices, current: Lang) -> None:
    """The button that plays and pauses; from the last day it begins with the first."""
    playing = bool(st.session_state["past.playing"])
    words = tr("pastmaps.pause" if playing else "pastmaps.play", current)
    icon = ":material/pause:" if playing else ":material/play_arrow:"
    if not st.button(words, icon=icon, key="past.play", type="primary"):
        return
    first = not playing and held.day == dates[-1]
    day = dates[0] if first else held.day
    st.session_state["past.playing"] = not playing
    st.session_state["past.choices"] = replace(held, day=day)
    st.session_state["past.seen"] = None
    st.rerun()
