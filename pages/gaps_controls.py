"""The row of controls of 短板分析: level, part of the city, indicators, weights, colour, day."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from analysis.gap_index import Scaling, Weighting
from i18n import Lang, tr
from layers import AdminLevel, all_layers, indicator
from pages import formats
from pages.gaps_choices import COLOURS, LEVELS, MOST_SEED, MOST_WEIGHT, Choices, by_hand
from pages.gaps_figures import Weights, offered, usual_parts
from pages.scopes import PlaceList, Townships, choose_townships, draw_place_lists
from store.dossier import unit_list
from store.engine import reading

_COLOUR_PX, _DAY_PX = 240, 150
_DRAWS = ("any", "around")


def controls(held: Choices, days: Sequence[dt.date], current: Lang) -> Choices:
    """Draw the controls; returns what is chosen now."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="gaps-toolbar"):
        level = _level(held, current)
        if level is not held.level:
            held = replace(held, level=level, parts=_kept_parts(held.parts, held.level, level))
            held = replace(held, weights=replace(held.weights, by_hand=by_hand(held.parts, held)))
        part, scope = _place(held, current)
        parts = _parts(held, current)
        weights = _weights(held, parts, current)
        colour = _colour(held, current)
        as_of = _day(held, days, current)
    return Choices(as_of, level, part, scope, parts, weights, colour, held.code)


def _level(held: Choices, current: Lang) -> AdminLevel:
    chosen = st.segmented_control(
        tr("pages.indicators.level", current),
        [str(level) for level in LEVELS],
        default=str(held.level),
        required=True,
        format_func=lambda level: AdminLevel.of(level).text.get(current),
        key="gaps.level",
        label_visibility="collapsed",
    )
    return AdminLevel.of(str(chosen or held.level))


def _kept_parts(parts: tuple[str, ...], before: AdminLevel, now: AdminLevel) -> tuple[str, ...]:
    """Parts at another level: the usual ones if they were the usual ones, else those that exist there."""
    if parts == usual_parts(before):
        return usual_parts(now)
    exist = {i.id for i in offered(now)}
    return tuple(part for part in parts if part in exist) or usual_parts(now)


def _place(held: Choices, current: Lang) -> tuple[str, Townships]:
    """The part of the city and which townships count; the button says what is chosen inside it."""
    part, names = "", [tr("gaps.whole_city", current)]
    lists: list[PlaceList] = []
    # A county is part of nothing, a township of a county, a village of a township.
    for level in {AdminLevel.COUNTY: [], AdminLevel.TOWNSHIP: [AdminLevel.COUNTY]}.get(
        held.level, [AdminLevel.COUNTY, AdminLevel.TOWNSHIP]
    ):
        open_ = level is AdminLevel.COUNTY or bool(part)
        offered_units = _units(level, part) if open_ else {}
        key = f"gaps.{level}.in{part}"
        chosen = st.session_state.get(key, held.part[: level.digits])
        chosen = chosen if chosen in offered_units else ""
        lists.append(PlaceList(level, key, offered_units, chosen))
        part = chosen or part
        names += [offered_units[chosen]] if chosen else []
    scope = Townships(st.session_state.get("gaps.scope") or held.scope)
    words = names[-1] + (f" · {tr(f'pages.scope.{scope}', current)}" if scope is not Townships.ALL else "")
    with st.popover(formats.plain(words), icon=":material/filter_alt:"):
        draw_place_lists(lists, lambda level: tr(f"pages.choose.{level}", current), tr("pages.all", current))
        choose_townships(current, "gaps.scope", scope, more_help=tr("gaps.scope_help", current))
    return part, scope


def _units(level: AdminLevel, prefix: str) -> dict[str, str]:
    with reading() as connection:
        units = unit_list(connection, level, prefix)
    return dict(zip(units["admin_code"].str[: level.digits], units["name"], strict=True))


def _parts(held: Choices, current: Lang) -> tuple[str, ...]:
    """The indicators of the index, by layer; without any the usual ones."""
    known = offered(held.level)
    picked: set[str] = set()
    with st.popover(tr("gaps.parts_button", current, count=len(held.parts)), icon=":material/checklist:"):
        st.caption(tr("gaps.parts_help", current))
        for layer in all_layers():
            titles = {i.id: i.title.get(current) for i in layer.indicators if i in known}
            if titles:
                picked |= set(
                    st.pills(
                        layer.title.get(current),
                        list(titles),
                        selection_mode="multi",
                        default=[name for name in titles if name in held.parts],
                        format_func=lambda name, titles=titles: formats.plain(titles[name]),
                        key=f"gaps.parts.{layer.id}.{held.level}",
                    )
                )
    chosen = tuple(i.id for i in known if i.id in picked)
    return chosen or usual_parts(held.level)


def _weights(held: Choices, parts: tuple[str, ...], current: Lang) -> Weights:
    method = Weighting(st.session_state.get("gaps.method") or held.weights.method)
    hand = by_hand(parts, held)
    words = tr("gaps.weights_button", current, method=tr(f"gaps.method.{method}", current))
    with st.popover(words, icon=":material/balance:"):
        st.segmented_control(
            tr("gaps.method.label", current),
            list(Weighting),
            default=method,
            required=True,
            format_func=lambda m: tr(f"gaps.method.{m}", current),
            key="gaps.method",
        )
        st.caption(tr(f"gaps.method_help.{method}", current))
        if method is Weighting.HAND:
            hand = _sliders(parts, hand, current)
        with st.expander(tr("gaps.more", current)):
            scaling = st.radio(
                tr("gaps.scaling.label", current),
                list(Scaling),
                index=list(Scaling).index(held.weights.scaling),
                format_func=lambda s: tr(f"gaps.scaling.{s}", current),
                key="gaps.scaling",
            )
            draws = st.radio(
                tr("gaps.draws.label", current),
                _DRAWS,
                index=int(held.weights.around),
                format_func=lambda d: tr(f"gaps.draws.{d}", current),
                key="gaps.draws",
            )
            seed = st.number_input(
                tr("gaps.seed", current),
                0,
                MOST_SEED,
                held.weights.seed,
                1,
                key="gaps.seed",
                help=tr("gaps.seed_help", current),
            )
    return Weights(method, hand, Scaling(scaling), draws == "around", int(seed))


def _sliders(parts: tuple[str, ...], hand: tuple[float, ...], current: Lang) -> tuple[float, ...]:
    """A slider for each indicator, in two columns."""
    chosen = []
    columns = st.columns(2)
    for place, (part, weight) in enumerate(zip(parts, hand, strict=True)):
        with columns[place % 2]:
            chosen.append(
                st.slider(
                    formats.plain(indicator(part).title.get(current)),
                    0.0,
                    MOST_WEIGHT,
                    weight,
                    0.5,
                    format="%.1f",
                    key=f"gaps.weight.{part}",
                )
            )
    return tuple(chosen)


def _colour(held: Choices, current: Lang) -> str:
    titles = {name: tr(f"gaps.colour.{name}", current) for name in COLOURS}
    titles |= {i.id: i.title.get(current) for i in offered(held.level)}
    chosen = st.session_state.get("gaps.colour", held.colour)
    options = list(titles)
    return str(
        st.selectbox(
            tr("gaps.colour.label", current),
            options,
            index=options.index(chosen) if chosen in options else 0,
            format_func=lambda name: titles[name],
            key="gaps.colour",
            label_visibility="collapsed",
            width=_COLOUR_PX,
        )
    )


def _day(held: Choices, days: Sequence[dt.date], current: Lang) -> dt.date:
    if len(days) == 1:
        return days[0]
    return st.selectbox(
        tr("gaps.day", current),
        list(days),
        index=list(days).index(held.as_of),
        format_func=lambda day: day.isoformat(),
        key="gaps.day",
        label_visibility="collapsed",
        width=_DAY_PX,
    )
