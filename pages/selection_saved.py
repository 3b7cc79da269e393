"""Saved scenarios: save, open, rename, delete, carry into the project library; what others saved is not overwritten."""

from collections.abc import Callable

import streamlit as st

from analysis.selection.model import Outcome
from i18n import Lang, tr
from pages import formats, links
from pages.candidate_words import money
from pages.selection_held import Held, hold
from pages.shell import person
from pipelines.planning import choose
from store.engine import changing, reading
from store.errors import DatabaseAway, RecordChanged, StoreError
from store.planning import scenarios
from store.planning.projects import carry_into_library
from store.planning.scenarios import Scenario, ScenarioState

_DONE, _CONFLICT = "selection.done", "selection.conflict"
ADDRESS = "scenario"
"""Parameter of the page's address that names the scenario on screen."""


def scenario_title(one: Scenario, lang: Lang) -> str:
    """A scenario as lists to pick from name it, with the sums of its result."""
    choice = (one.result or {}).get("choice")
    when = formats.moment(one.changed_at, lang)
    if choice is None or choice.get("people") is None:
        return tr("selection.saved.draft", lang, name=one.name, by=one.changed_by, at=when)
    return tr(
        "selection.saved.title",
        lang,
        name=one.name,
        people=formats.number(choice["people"]),
        money=money(choice["cost_yuan"], lang),
        by=one.changed_by,
        at=when,
    )


def show_news(lang: Lang) -> None:
    """What was just done, and what someone else saved meanwhile."""
    done: str | None = st.session_state.pop(_DONE, None)
    if done is not None:
        st.success(formats.plain(done), icon=":material/check_circle:")
    conflict: Scenario | None = st.session_state.pop(_CONFLICT, None)
    if conflict is not None:
        st.warning(
            formats.plain(
                tr(
                    "selection.saved.changed",
                    lang,
                    name=conflict.name,
                    by=conflict.changed_by,
                    at=formats.moment(conflict.changed_at, lang),
                )
            ),
            icon=":material/sync_problem:",
        )


def _do(work: Callable[[], str], held: Held, lang: Lang) -> None:
    """Do something and say so at the top of the page, or say here why it was refused."""
    try:
        done = work()
    except RecordChanged as changed:
        now = changed.now
        if isinstance(now, Scenario):
            held.scenario, held.saved = now, False
            st.session_state[_CONFLICT] = now
        st.rerun()
    except DatabaseAway:
        raise
    except StoreError as refused:
        st.error(formats.plain(refused.sentence(lang)), icon=":material/block:")
        return
    st.session_state[_DONE] = done
    st.rerun()


def open_scenario(scenario_id: int) -> Held | None:
    """A saved scenario with its result; None if it was saved without one.

    Raises
    ------
    UnknownScenario : there is none.
    """
    with reading() as connection:
        found = scenarios.scenario(connection, scenario_id)
        if found.result is None:
            return None
        plan, ground = choose.saved_plan(connection, found)
    opened = Held(plan, ground, choose.problem_for(plan.ask, ground), found, saved=True)
    opened.curve = choose.saved_curve(found)
    return opened


def show_saving(held: Held, lang: Lang) -> None:
    """Draw the buttons of the plan on screen: save, save as another, rename, delete, carry into the library."""
    if held.plan.choice.outcome is Outcome.INFEASIBLE:
        return
    one = held.scenario
    if one is not None:
        state = "saved" if held.saved else "unsaved"
        words = f"**{formats.plain(one.name)}** · {tr(f'selection.saved.{state}', lang)}"
        st.markdown(f":material/bookmark: {words}", width="content")
        if not held.saved and st.button(
            tr("selection.saved.save", lang), icon=":material/save:", type="primary", key="selection.save"
        ):
            _do(lambda: _save_over(held, one, lang), held, lang)
    _save_as(held, lang)
    if one is not None:
        _rename(held, one, lang)
        _delete(held, one, lang)
        if held.saved:
            _carry(held, one, lang)


def _save_as(held: Held, lang: Lang) -> None:
    new = held.scenario is None
    words = tr("selection.saved.save" if new else "selection.saved.save_as", lang)
    with st.popover(words, icon=":material/bookmark_add:", type="primary" if new else "secondary"):
        # A number in the keys: after it was saved the form begins anew.
        serial = held.scenario.id if held.scenario else 0
        name = st.text_input(
            tr("selection.saved.name", lang), max_chars=60, key=f"selection.save_name.{serial}"
        )
        note = st.text_area(
            tr("selection.saved.note", lang), max_chars=2000, height=80, key=f"selection.save_note.{serial}"
        )
        if st.button(tr("selection.saved.save", lang), type="primary", key="selection.save_as"):
            _do(lambda: _save_new(held, name, note, lang), held, lang)


def _save_new(held: Held, name: str, note: str, lang: Lang) -> str:
    ask = held.plan.ask
    with changing() as connection:
        made = scenarios.save(
            connection, name=name, note=note, admin_code=ask.admin_code, problem=ask.form(), by=person().name
        )
        made = choose.save_plan(connection, made, held.plan, held.ground, held.curve, person().name)
    _now_in(held, made)
    return tr("selection.saved.done", lang, name=made.name)


def _save_over(held: Held, seen: Scenario, lang: Lang) -> str:
    with changing() as connection:
        made = choose.save_plan(connection, seen, held.plan, held.ground, held.curve, person().name)
    _now_in(held, made)
    return tr("selection.saved.done", lang, name=made.name)


def _now_in(held: Held, made: Scenario) -> None:
    held.scenario, held.saved = made, True
    hold(held)
    st.query_params[ADDRESS] = str(made.id)


def _rename(held: Held, one: Scenario, lang: Lang) -> None:
    with st.popover(tr("selection.saved.rename", lang), icon=":material/edit:"):
        key = f"selection.rename.{one.id}.{one.version}"
        name = st.text_input(tr("selection.saved.name", lang), one.name, max_chars=60, key=f"{key}.name")
        note = st.text_area(
            tr("selection.saved.note", lang), one.note, max_chars=2000, height=80, key=f"{key}.note"
        )

        def work() -> str:
            with changing() as connection:
                held.scenario = scenarios.rename(connection, one, name=name, note=note, by=person().name)
            return tr("selection.saved.renamed", lang, name=held.scenario.name)

        if st.button(tr("selection.saved.rename", lang), type="primary", key=f"{key}.do"):
            _do(work, held, lang)


def _delete(held: Held, one: Scenario, lang: Lang) -> None:
    with st.popover(tr("selection.saved.delete", lang), icon=":material/delete:"):
        st.markdown(formats.plain(tr("selection.saved.delete_sure", lang, name=one.name)))

        def work() -> str:
            with changing() as connection:
                scenarios.delete(connection, one)
            held.scenario, held.saved = None, False
            st.query_params.pop(ADDRESS, None)
            return tr("selection.saved.deleted", lang, name=one.name)

        if st.button(tr("selection.saved.delete_do", lang), type="primary", key="selection.delete"):
            _do(work, held, lang)


def _carry(held: Held, one: Scenario, lang: Lang) -> None:
    if one.state is ScenarioState.CARRIED:
        links.page_link("projects", tr("selection.saved.in_library", lang), ":material/inventory_2:")
        return
    with st.popover(tr("selection.saved.carry", lang), icon=":material/inventory_2:"):
        number = formats.number(len(held.plan.choice.years))
        st.markdown(formats.plain(tr("selection.saved.carry_sure", lang, number=number)))

        def work() -> str:
            with changing() as connection:
                carried = carry_into_library(connection, one, person().name)
                held.scenario = scenarios.scenario(connection, one.id)
            return tr(
                "selection.saved.carried",
                lang,
                number=formats.number(len(carried.added)),
                already=formats.number(carried.already),
            )

        if st.button(tr("selection.saved.carry_do", lang), type="primary", key="selection.carry"):
            _do(work, held, lang)
