"""项目优选: which candidates to build within a budget, chosen exactly; explained, compared, saved, carried on."""

import streamlit as st

from analysis.selection.model import Choice, Problem
from analysis.selection.solve import Tell
from base.errors import XiangtuError
from i18n import Lang, tr
from layers import AdminLevel
from layers.codes import Need
from pages import formats, links
from pages.selection_ask import (
    choose_aim,
    choose_limits,
    choose_money,
    choose_place,
    put_question,
    question,
)
from pages.selection_held import Held, begin, busy, give_up, held, hold, show_work, take_answer
from pages.selection_result import show_result
from pages.selection_rules import choose_rules, put_rules
from pages.selection_saved import ADDRESS, open_scenario, scenario_title, show_news
from pages.selection_words import names_under
from pages.shell import lang
from pipelines.planning import choose
from pipelines.planning.choose import Ask, Ground, Plan
from store import places
from store.engine import reading
from store.planning import scenarios
from store.planning.candidate_counts import counts

_OPENED, _GROUND, _ASKED = "selection.opened", "selection.ground", "selection.asked_open"


def page() -> None:
    """The question, the search, the answer."""
    current = lang()
    st.title(tr("pages.selection.title", current), anchor=False)
    st.caption(tr("selection.what", current))
    take_answer()
    _open_from_address(current)
    show_news(current)
    with reading() as connection:
        saved = scenarios.scenarios(connection)
        found = counts(connection)
        units = places.children(connection, AdminLevel.COUNTY)
    counties = {
        code[:6]: name
        for code, name in zip(units["admin_code"], units["name"], strict=True)
        if any(one.county == code[:6] for one in found)
    }
    if saved:
        _choose_scenario(saved, current)
    box, bar = st.container(), st.container(horizontal=True, vertical_alignment="center", gap="small")
    if not counties:
        _nothing_to_choose_from(current)
    else:
        needs = [str(need) for need in Need if any(one.need == need for one in found)]
        stamp = tuple((one.county, str(one.need), one.number, one.changed) for one in found)
        with box:
            asked = _ask(counties, needs, stamp, current)
        if asked is not None:
            with bar:
                _run(*asked, current)
    show_work(current)
    shown = held()
    if shown is not None:
        with reading() as connection:
            names = names_under(connection, shown.plan.ask.counties)
        show_result(shown, saved, names, bar, current)


def _nothing_to_choose_from(current: Lang) -> None:
    st.info(tr("selection.empty", current), icon=":material/add_location_alt:")
    links.page_link("candidates", tr("selection.empty_link", current), ":material/add_location_alt:")


def _open_from_address(current: Lang) -> None:
    """Open the scenario that the address names, once; after a reload it is there again."""
    asked = st.query_params.get(ADDRESS)
    if asked is None or asked == st.session_state.get(_OPENED):
        return
    shown = held()
    if shown is not None and shown.scenario is not None and str(shown.scenario.id) == asked:
        st.session_state[_OPENED] = asked
        return
    st.session_state[_OPENED] = asked
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 12):
        st.query_params.pop(ADDRESS)
        return
    try:
        opened = open_scenario(int(asked))
    except XiangtuError as error:
        st.query_params.pop(ADDRESS)
        st.error(formats.plain(error.sentence(current)), icon=":material/link_off:")
        return
    if opened is None:
        return
    give_up()
    hold(opened)
    put_question(opened.plan.ask)
    put_rules(opened.plan.ask.rules)


def _choose_scenario(saved: list[scenarios.Scenario], current: Lang) -> None:
    by_id = {one.id: one for one in saved}
    shown = held()
    now = shown.scenario.id if shown is not None and shown.scenario is not None else None

    def opened() -> None:
        chosen = st.session_state["selection.open"]
        if chosen is not None:
            st.query_params[ADDRESS] = str(chosen)

    st.session_state["selection.open"] = now if now in by_id else None
    st.selectbox(
        tr("selection.saved.open", current),
        list(by_id),
        format_func=lambda i: scenario_title(by_id[i], current),
        placeholder=tr("selection.saved.open_hint", current),
        key="selection.open",
        on_change=opened,
    )


def _ground(counties: tuple[str, ...], needs: tuple[str, ...], stamp: object) -> Ground:
    """The candidates to choose from; read again when other places are chosen or something changed."""
    key = (counties, needs, stamp)
    kept = st.session_state.get(_GROUND)
    if kept is None or kept[0] != key:
        with reading() as connection:
            kept = (key, choose.read_ground(connection, counties, needs))
        st.session_state[_GROUND] = kept
    ground: Ground = kept[1]
    return ground


def _ask(
    counties: dict[str, str], needs: list[str], stamp: object, current: Lang
) -> tuple[Ask, Ground] | None:
    """The question in one box that can be folded away; None if there is nothing to choose from."""
    with st.expander(tr("selection.ask.title", current), expanded=held() is None, icon=":material/tune:"):
        chosen, wanted = choose_place(counties, needs, current)
        ground = _ground(chosen, wanted, stamp)
        if not ground.candidates:
            st.info(tr("selection.ask.nothing_here", current), icon=":material/search_off:")
            return None
        if ground.stale:
            st.caption(
                f":material/price_change: {tr('selection.ask.stale', current, number=formats.number(ground.stale))}"
            )
        left, right = st.columns([0.6, 0.4], gap="medium")
        with left:
            st.markdown(f"**{tr('selection.ask.money', current)}**")
            budgets = choose_money(ground.candidates, current)
        with right:
            st.markdown(f"**{tr('selection.rules.title', current)}**")
            with reading() as connection:
                names = names_under(connection, chosen)
            by_no = {one.no: one for one in ground.candidates}
            rules = choose_rules(by_no, names, current)
            aim = choose_aim(current)
            limits = choose_limits(current)
        return question(chosen, wanted, budgets, rules, aim, limits), ground


def _run(ask: Ask, ground: Ground, current: Lang) -> None:
    """The button that begins the search, and whether the answer on screen is still to this question."""
    enough = ask.budget_yuan > 0
    if st.button(
        tr("selection.run.do", current),
        type="primary",
        icon=":material/play_arrow:",
        disabled=busy() or not enough,
        key="selection.run",
    ):
        _begin(ask, ground, current)
    if not enough:
        st.caption(tr("selection.run.no_money", current))
    shown = held()
    if shown is not None and shown.plan.ask != ask:
        st.caption(f":material/edit_note: {tr('selection.run.changed', current)}")


def _begin(ask: Ask, ground: Ground, current: Lang) -> None:
    problem = choose.problem_for(ask, ground)
    before = held()
    scenario = before.scenario if before is not None else None

    def work(tell: Tell) -> Choice:
        return choose.choose(ask, problem, tell)

    def take(choice: Choice) -> None:
        _take(ask, ground, problem, choice, scenario)

    begin(tr("selection.run.title", current), ask.seconds, work, take)
    st.rerun()


def _take(
    ask: Ask, ground: Ground, problem: Problem, choice: Choice, scenario: scenarios.Scenario | None
) -> None:
    """Put the answer on screen: in place of the opened scenario's, which stays saved as it was."""
    same_place = scenario is not None and scenario.admin_code == ask.admin_code
    hold(Held(Plan(ask, ground.candidates, choice), ground, problem, scenario if same_place else None))
