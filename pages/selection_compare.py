"""Two saved scenarios side by side: maps that look at the same place, and a table of what differs."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from analysis.selection.compare import Comparison, compare
from analysis.selection.model import Choice
from i18n import Lang, tr
from layers.codes import Need
from maps.base_map import show
from maps.plan_map import PlanLook, plan_map
from pages import formats
from pages.selection_saved import open_scenario, scenario_title
from pages.selection_words import bounds_of, names_under, need_words
from pipelines.planning.choose import Plan, together
from store.engine import reading
from store.planning.scenarios import Scenario

_LINK, _HEIGHT_PX = "selection-compare", 430


def show_compare(saved: list[Scenario], current: int | None, lang: Lang) -> None:
    """Draw the two lists, the two maps and the differences; says what is missing with fewer than two scenarios."""
    solved = {one.id: one for one in saved if one.result is not None}
    if len(solved) < 2:
        st.info(tr("selection.compare.two_needed", lang), icon=":material/compare:")
        return
    ids = list(solved)
    first = ids.index(current) if current in ids else 0
    left, right = st.columns(2, gap="small")
    with left:
        a = _choose("a", solved, first, lang)
    with right:
        b = _choose("b", solved, next(i for i in range(len(ids)) if i != ids.index(a)), lang)
    if a == b:
        st.info(tr("selection.compare.same", lang), icon=":material/compare:")
        return
    one, other = open_scenario(a), open_scenario(b)
    if one is None or other is None:
        return
    counties = tuple(dict.fromkeys((*one.plan.ask.counties, *other.plan.ask.counties)))
    needs = tuple(Need.of(n) for n in dict.fromkeys((*one.plan.ask.needs, *other.plan.ask.needs)))
    with reading() as connection:
        names = names_under(connection, counties)
        bounds = bounds_of(connection, counties)
        for column, scenario_id, key in ((left, a, "a"), (right, b, "b")):
            with column:
                look = PlanLook(scenario=scenario_id, needs=needs, bounds=bounds)
                show(plan_map(connection, look, lang, link=_LINK, height_px=_HEIGHT_PX), f"compare_{key}")
    st.caption(f":material/link: {tr('selection.compare.linked', lang)}")
    found = compare(together(one.problem, other.problem), one.plan.choice, other.plan.choice)
    _differences(found, one.plan, other.plan, names, lang)


def _choose(side: str, solved: Mapping[int, Scenario], index: int, lang: Lang) -> int:
    return int(
        st.selectbox(
            tr(f"selection.compare.{side}", lang),
            list(solved),
            index=index,
            format_func=lambda i: scenario_title(solved[i], lang),
            key=f"selection.compare.{side}",
        )
    )


def _differences(found: Comparison, one: Plan, other: Plan, names: Mapping[str, str], lang: Lang) -> None:
    a, b = tr("selection.compare.a", lang), tr("selection.compare.b", lang)
    change = tr("selection.compare.change", lang)

    def row(title: str, pair: tuple[float, float], digits: int = 0) -> dict[str, object]:
        less = pair[1] - pair[0]
        sign = "+" if less > 0 else "−" if less < 0 else ""
        return {
            "": title,
            a: formats.number(pair[0], digits),
            b: formats.number(pair[1], digits),
            change: sign + formats.number(abs(less), digits),
        }

    def money_of(choice: Choice) -> float:
        return choice.cost_yuan / 1e4

    rows = [
        row(tr("selection.figure.people", lang), found.people),
        row(tr("selection.compare.money", lang), (money_of(one.choice), money_of(other.choice)), 1),
        row(tr("selection.figure.projects", lang), (len(one.choice.years), len(other.choice.years))),
        *(row(need_words(need, lang), pair) for need, pair in found.by_need.items()),
        *(row(names.get(code, code), pair) for code, pair in found.by_county.items()),
    ]
    left, right = st.columns([0.45, 0.55], gap="medium")
    with left:
        st.dataframe(pd.DataFrame(rows), hide_index=True)
        with st.expander(tr("selection.compare.townships", lang)):
            st.dataframe(
                pd.DataFrame([row(names.get(code, code), pair) for code, pair in found.by_township.items()]),
                hide_index=True,
            )
    with right:
        st.dataframe(_projects(found, one, other, names, lang), hide_index=True, placeholder="—", height=330)


def _projects(
    found: Comparison, one: Plan, other: Plan, names: Mapping[str, str], lang: Lang
) -> pd.DataFrame:
    """Projects that only one of the two builds, and those built in another year."""
    by_no = {**other.by_no, **one.by_no}
    told = (
        *((no, tr("selection.compare.only_a", lang)) for no in found.only_a),
        *((no, tr("selection.compare.only_b", lang)) for no in found.only_b),
        *(
            (no, tr("selection.compare.moved", lang, a=years[0], b=years[1]))
            for no, years in found.moved.items()
        ),
    )
    return pd.DataFrame(
        [
            {
                tr("selection.compare.difference", lang): words,
                tr("selection.list.name", lang): by_no[no].name,
                tr("selection.list.place", lang): names.get(by_no[no].admin_code, by_no[no].admin_code),
                tr("selection.list.people", lang): round(by_no[no].people),
                tr("selection.list.cost", lang): round(by_no[no].cost_yuan / 1e4, 1),
            }
            for no, words in told
        ]
        or [{tr("selection.compare.difference", lang): tr("selection.compare.none", lang)}]
    )
