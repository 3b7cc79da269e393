"""What a planner asks: counties and needs, money by source and year, the aim, how long to search."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from analysis.proposals.model import Candidate
from analysis.selection.model import Aim, Budget, Rule
from i18n import Lang, tr
from layers.codes import CandidateKind, FundSource, Need
from pages import formats
from pages.candidate_words import money
from pages.selection_words import source_words
from pipelines.planning.choose import Ask, usual_budgets

_MONEY, _TURN, _SOURCE = "selection.money", "selection.turn", "source"
_WAN = 10_000
_YEARS_MOST = 5
_SECONDS = (10, 30, 60, 180, 600)
_GAPS = (0.0, 0.005, 0.01, 0.02, 0.05)
Money = tuple[Budget, ...]


def choose_place(
    counties: Mapping[str, str], needs: Sequence[str], lang: Lang
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Draw the lists of counties (by six digits) and needs; what is chosen, all if nothing is."""
    _seed("selection.counties", [], counties)
    if len(st.session_state["selection.counties"]) == len(counties):
        # An empty list says "all" in few words; eight names would be cut.
        st.session_state["selection.counties"] = []
    _seed("selection.needs", list(needs), needs)
    left, right = st.columns(2)
    with left:
        chosen = st.multiselect(
            tr("selection.ask.counties", lang),
            list(counties),
            format_func=lambda code: counties.get(code, code),
            placeholder=tr("selection.ask.all_counties", lang),
            key="selection.counties",
        )
    with right:
        wanted = st.pills(
            tr("selection.ask.needs", lang),
            list(needs),
            selection_mode="multi",
            format_func=lambda code: Need.of(code).text.get(lang),
            key="selection.needs",
        )
    return tuple(chosen or counties), tuple(need for need in needs if not wanted or need in wanted)


def _seed(key: str, usual: list[str], known: Iterable[str]) -> None:
    """What a list of several begins with, where nothing was chosen yet; what is no longer offered is let go."""
    held = st.session_state.setdefault(key, usual)
    st.session_state[key] = [value for value in held or [] if value in set(known)]


def put_question(ask: Ask) -> None:
    """Set every control to a saved question, before any of them is drawn."""
    st.session_state["selection.counties"] = list(ask.counties)
    st.session_state["selection.needs"] = list(ask.needs)
    st.session_state["selection.aim"] = ask.aim
    st.session_state["selection.target"] = round(ask.village_target * 100)
    st.session_state["selection.seconds"] = min(_SECONDS, key=lambda s: abs(s - ask.seconds))
    st.session_state["selection.gap"] = min(_GAPS, key=lambda g: abs(g - ask.gap))
    _put_money(ask.budgets)


def _put_money(budgets: Money) -> None:
    st.session_state[_MONEY] = budgets
    # A number in the key: the table begins anew with these figures.
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def choose_money(candidates: Sequence[Candidate], lang: Lang) -> Money:
    """Draw the table of money by source and year; ten thousand yuan on screen, whole yuan in the answer."""
    cost = sum(one.cost_yuan for one in candidates)
    if _MONEY not in st.session_state:
        _put_money(usual_budgets(candidates, dt.datetime.now(formats.SCREEN_ZONE).year + 1))
    held: Money = st.session_state[_MONEY]
    years = sorted({budget.year for budget in held})
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    with bar:
        first = st.number_input(
            tr("selection.ask.first_year", lang),
            2000,
            2100,
            years[0],
            key=f"selection.first.{st.session_state[_TURN]}",
            width=140,
        )
        number = st.number_input(
            tr("selection.ask.years", lang),
            1,
            _YEARS_MOST,
            len(years),
            key=f"selection.years.{st.session_state[_TURN]}",
            width=120,
        )
        if st.button(
            tr("selection.ask.usual", lang),
            icon=":material/restart_alt:",
            help=tr("selection.ask.usual_help", lang),
            key="selection.usual",
        ):
            _put_money(usual_budgets(candidates, int(first)))
            st.rerun()
    wanted = list(range(int(first), int(first) + int(number)))
    edited = st.data_editor(
        _table(held, wanted, lang),
        hide_index=True,
        key=f"selection.table.{st.session_state[_TURN]}.{wanted[0]}.{len(wanted)}",
        disabled=[_SOURCE],
        column_config={
            _SOURCE: st.column_config.TextColumn(tr("selection.ask.source", lang), pinned=True),
            "kinds": st.column_config.MultiselectColumn(
                tr("selection.ask.pays_for", lang),
                help=tr("selection.ask.pays_for_help", lang),
                options=[str(kind) for kind in CandidateKind],
                format_func=lambda kind: CandidateKind.of(kind).text.get(lang),
                width="medium",
            ),
            **{
                str(year): st.column_config.NumberColumn(
                    str(year), min_value=0.0, max_value=10_000_000.0, step=0.01, format="localized"
                )
                for year in wanted
            },
        },
    )
    budgets = _budgets(edited, wanted)
    total = sum(budget.yuan for budget in budgets)
    share = total / cost if cost else 0.0
    st.caption(
        tr(
            "selection.ask.total",
            lang,
            total=money(total, lang),
            cost=money(cost, lang),
            number=formats.number(len(candidates)),
            share=f"{share:.0%}",
        )
    )
    return budgets


def _table(held: Money, years: Sequence[int], lang: Lang) -> pd.DataFrame:
    known = {(budget.source, budget.year): budget for budget in held}
    rows: list[dict[str, Any]] = []
    for source in FundSource:
        own = [budget for budget in held if budget.source == source]
        row: dict[str, Any] = {_SOURCE: source_words(source, lang)}
        for year in years:
            budget = known.get((str(source), year))
            row[str(year)] = budget.yuan / _WAN if budget else 0.0
        row["kinds"] = list(own[0].kinds) if own else []
        rows.append(row)
    return pd.DataFrame(rows)


def _budgets(edited: pd.DataFrame, years: Sequence[int]) -> Money:
    """What was typed, in whole yuan; blanks are nothing. Each year stays, also one without money."""
    budgets = []
    for source, row in zip(FundSource, edited.to_dict("records"), strict=True):
        chosen = row["kinds"]
        kinds = tuple(str(kind) for kind in chosen) if isinstance(chosen, list | tuple) else ()
        for year in years:
            wan = row[str(year)]
            yuan = 0 if formats.missing(wan) else max(0, round(float(wan) * _WAN))
            budgets.append(Budget(str(source), year, yuan, kinds))
    return tuple(budgets)


def choose_aim(lang: Lang) -> tuple[Aim, float]:
    """Draw the switch of the aim, and the share that counts as supplied where villages count."""
    st.session_state.setdefault("selection.aim", Aim.PEOPLE)
    aim = st.segmented_control(
        tr("selection.ask.aim", lang),
        list(Aim),
        required=True,
        format_func=lambda value: tr(f"selection.aim.{value}", lang),
        help=tr("selection.ask.aim_help", lang),
        key="selection.aim",
    )
    if aim != Aim.VILLAGES:
        return Aim.PEOPLE, 0.95
    st.session_state.setdefault("selection.target", 95)
    target = st.slider(
        tr("selection.ask.target", lang), 50, 100, step=1, format="%d%%", key="selection.target"
    )
    return Aim.VILLAGES, target / 100


def choose_limits(lang: Lang) -> tuple[float, float]:
    """Draw when the search may end: a distance from the best, seconds."""
    st.session_state.setdefault("selection.gap", 0.01)
    st.session_state.setdefault("selection.seconds", 60)
    left, right = st.columns(2)
    with left:
        gap = st.selectbox(
            tr("selection.ask.gap", lang),
            _GAPS,
            format_func=lambda g: f"{g * 100:g}%" if g else tr("selection.ask.gap_exact", lang),
            help=tr("selection.ask.gap_help", lang),
            key="selection.gap",
        )
    with right:
        seconds = st.selectbox(
            tr("selection.ask.seconds", lang),
            _SECONDS,
            format_func=lambda s: tr("selection.ask.seconds_words", lang, seconds=s),
            key="selection.seconds",
        )
    return float(gap), float(seconds)


def question(
    counties: tuple[str, ...],
    needs: tuple[str, ...],
    budgets: Money,
    rules: tuple[Rule, ...],
    aim: tuple[Aim, float],
    limits: tuple[float, float],
) -> Ask:
    """All parts of the question together."""
    return Ask(counties, needs, budgets, rules, aim[0], aim[1], *limits)
