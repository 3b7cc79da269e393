"""The controls of 进度地图: indicator, level, part of the city, by whose knowledge."""

from dataclasses import replace

import streamlit as st

from i18n import Lang, tr
from layers import AdminLevel, all_layers
from pages import formats
from pages.past_choices import LEVELS, Choices, Knowledge, offered
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
