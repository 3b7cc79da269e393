"""The answer: figures, lists beside the map, why a project is in or out; or which rules are in the way."""

from collections.abc import Sequence

import sqlalchemy as sa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analysis.selection.infeasible import out_of_reach
from analysis.selection.judge import BUDGET
from analysis.selection.model import Outcome, RuleKind
from i18n import Lang, tr
from layers.codes import Need
from maps.base_map import show, take_click
from maps.plan_map import PlanLook, plan_map
from pages import formats
from pages.selection_compare import show_compare
from pages.selection_curve import show_curve
from pages.selection_explain import show_explanation
from pages.selection_exports import show_exports
from pages.selection_held import Held
from pages.selection_lists import chosen_rows, other_rows, show_figures, show_list, show_money
from pages.selection_rules import drop_rule
from pages.selection_saved import show_saving
from pages.selection_words import Names, bounds_of, rule_words
from store.engine import reading
from store.planning.plan_tiles import candidates_at
from store.planning.scenarios import Scenario

_VIEWS = ("result", "curve", "compare", "export")
_KEY, _FOCUS, _PICKED = "selection_map", "selection.focus", "selection.picked"
_CLICK_PX, _TOWNSHIPS_NAMED = 9, 8
MAP_PX = 470


def show_result(held: Held, saved: list[Scenario], names: Names, bar: DeltaGenerator, lang: Lang) -> None:
    """Draw the plan on screen, and in `bar` what can be done with it as a whole."""
    if held.plan.choice.outcome is Outcome.INFEASIBLE:
        _in_the_way(held, names, lang)
        return
    with bar:
        show_saving(held, lang)
    show_figures(held.plan, names, lang)
    view = st.segmented_control(
        tr("selection.view.label", lang),
        _VIEWS,
        default="result",
        required=True,
        format_func=lambda name: tr(f"selection.view.{name}", lang),
        label_visibility="collapsed",
        key="selection.view",
    )
    if view == "curve":
        show_curve(held, lang)
    elif view == "compare":
        show_compare(saved, held.scenario.id if held.scenario else None, lang)
    elif view == "export":
        show_exports(held, names, lang)
    else:
        _list_and_map(held, names, lang)


def _in_the_way(held: Held, names: Names, lang: Lang) -> None:
    """Say which rules cannot be kept together, and offer to drop one."""
    plan = held.plan
    rules = {rule.id: rule for rule in plan.ask.rules}
    st.error(tr("selection.way.title", lang), icon=":material/block:")
    for rule_id in plan.choice.in_the_way:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            if rule_id == BUDGET or rule_id not in rules:
                st.markdown(formats.plain(tr("selection.way.budget", lang)))
                st.caption(tr("selection.way.more_money", lang))
                continue
            rule = rules[rule_id]
            st.markdown(formats.plain(rule_words(rule, names, plan.by_no, lang)))
            if rule.kind is RuleKind.FAIR and (beyond := out_of_reach(held.problem, rule)):
                st.caption(formats.plain(_beyond_words(beyond, names, lang)))
            st.button(
                tr("selection.way.drop", lang),
                icon=":material/delete:",
                key=f"selection.way.{rule_id}",
                on_click=drop_rule,
                args=(rule_id,),
            )
    st.caption(tr("selection.way.then", lang))


def _beyond_words(townships: Sequence[str], names: Names, lang: Lang) -> str:
    """Townships whose share no candidate can bring, for whom more money would not help either."""
    some = formats.joined((names.get(code, code) for code in townships[:_TOWNSHIPS_NAMED]), lang)
    key = "selection.way.beyond_more" if len(townships) > _TOWNSHIPS_NAMED else "selection.way.beyond"
    return tr(key, lang, names=some, number=len(townships))


@st.fragment
def _list_and_map(held: Held, names: Names, lang: Lang) -> None:
    """The lists and the map, each showing what was picked in the other; below them why."""
    left, right = st.columns([0.5, 0.5], gap="small")
    with reading() as connection:
        clicked = _clicked(connection, held)
        with left:
            picked = _lists(held, names, lang)
        if clicked is not None:
            st.session_state[_FOCUS] = clicked
        elif picked is not None:
            st.session_state[_FOCUS] = picked
        focus: str | None = st.session_state.get(_FOCUS)
        if focus not in held.plan.by_no:
            focus = None
        with right:
            show(plan_map(connection, _look(connection, held, focus), lang, height_px=MAP_PX), _KEY)
    if focus is None:
        st.caption(f":material/touch_app: {tr('selection.why.hint', lang)}")
    else:
        show_explanation(held, focus, names, lang)


def _lists(held: Held, names: Names, lang: Lang) -> str | None:
    """Draw one of the lists; the number picked in it just now."""
    plan = held.plan
    numbers = {
        "chosen": len(plan.choice.years),
        "others": len(plan.candidates) - len(plan.choice.years),
    }
    which = st.segmented_control(
        tr("selection.list.which", lang),
        ("chosen", "others", "money"),
        default="chosen",
        required=True,
        format_func=lambda name: tr(
            f"selection.list.{name}", lang, number=formats.number(numbers.get(name, 0))
        ),
        label_visibility="collapsed",
        key="selection.which",
    )
    if which == "money":
        show_money(plan, lang)
        return None
    chosen = which == "chosen"
    rows = chosen_rows(plan, names, lang) if chosen else other_rows(held, names, lang)
    picked = show_list(rows, f"selection.list.{which}.{id(held)}", lang, chosen=chosen)
    # The table keeps its pick through later runs: only a new one moves the focus.
    if picked == st.session_state.get(_PICKED):
        return None
    st.session_state[_PICKED] = picked
    return picked


def _clicked(connection: sa.Connection, held: Held) -> str | None:
    """The candidate of the plan under a click on the map, once."""
    click = take_click(_KEY)
    if click is None:
        return None
    scenario = held.scenario.id if held.scenario is not None and held.saved else None
    found = candidates_at(
        connection, click.lon, click.lat, radius_m=_CLICK_PX * click.metres_per_pixel, scenario=scenario
    )
    return next((no for no in found if no in held.plan.by_no), None)


def _look(connection: sa.Connection, held: Held, focus: str | None) -> PlanLook:
    plan = held.plan
    counties = plan.ask.counties
    one = counties[0] if len(counties) == 1 else ""
    return PlanLook(
        scenario=held.scenario.id if held.scenario is not None and held.saved else None,
        chosen=tuple(plan.choice.years),
        others=tuple(one.no for one in plan.others),
        selected=None if focus is None else (focus, plan.by_no[focus].geometry),
        needs=tuple(Need.of(need) for need in plan.ask.needs),
        scope=one,
        bounds=bounds_of(connection, counties),
    )
