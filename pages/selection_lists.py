"""A plan's figures, its lists of chosen and other projects, its money."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from analysis.proposals.model import Candidate
from i18n import Lang, tr
from pages import formats
from pages.candidate_words import money, size_words
from pages.selection_held import Held
from pages.selection_words import (
    Names,
    asked_words,
    gap_words,
    kind_words,
    need_words,
    source_words,
    sources_in_words,
)
from pipelines.plan_report import ReportPayment, ReportProject
from pipelines.planning.choose import Plan

_HEIGHT_PX = 430
_WAN = 1e4
_SMALLER = (
    "<style>.st-key-selection-figures{gap:.6rem!important}"
    ".st-key-selection-figures [data-testid='stMetric']>div{padding:.3rem .8rem}"
    ".st-key-selection-figures [data-testid='stMetricValue']{font-size:1.25rem}</style>"
)
"""The figures in one low row of a desk's screen, so that lists and map lie above its lower edge."""
_COLUMNS = (
    "name",
    "year",
    "people",
    "cost",
    "per_person",
    "note",
    "place",
    "kind",
    "size",
    "sources",
    "no",
)


def figures(plan: Plan, lang: Lang) -> list[tuple[str, str]]:
    """Key figures as (label, value), the most important first."""
    choice, ask = plan.choice, plan.ask
    return [
        (tr("selection.figure.people", lang), formats.number(choice.people)),
        (
            tr("selection.figure.projects", lang),
            tr(
                "selection.figure.of",
                lang,
                part=formats.number(len(choice.years)),
                all=formats.number(len(plan.candidates)),
            ),
        ),
        (tr("selection.figure.cost", lang), money(choice.cost_yuan, lang)),
        (
            tr("selection.figure.used", lang),
            f"{choice.cost_yuan / ask.budget_yuan:.0%}" if ask.budget_yuan else "—",
        ),
        (
            tr("selection.figure.per_person", lang),
            tr("selection.yuan", lang, yuan=formats.number(choice.cost_yuan / choice.people))
            if choice.people
            else "—",
        ),
    ]


def need_figures(plan: Plan, lang: Lang) -> list[tuple[str, str]]:
    """People who gain by need as (label, value); also of a need for which nothing was chosen."""
    people = plan.choice.people_by_need
    return [
        (need_words(need, lang), tr("selection.persons", lang, people=formats.number(people.get(need, 0.0))))
        for need in plan.ask.needs
    ]


def show_figures(plan: Plan, names: Names, lang: Lang) -> None:
    """Draw the question that was answered, the figures, who gains of which need, and how good the answer is."""
    st.html(_SMALLER)
    st.caption(f":material/help_center: {formats.plain(asked_words(plan.ask, names, lang))}")
    with st.container(horizontal=True, gap="small", key="selection-figures"):
        for label, value in figures(plan, lang):
            st.metric(label, value, border=True, width="content")
    needs = formats.joined((f"{label} {value}" for label, value in need_figures(plan, lang)), lang)
    told = tr("selection.figure.by_need", lang, needs=needs)
    st.caption(f":material/target: {formats.plain(gap_words(plan.choice, lang))} {formats.plain(told)}")


def chosen_rows(plan: Plan, names: Names, lang: Lang) -> tuple[ReportProject, ...]:
    """Chosen candidates as lists and files show them."""
    paid = sources_in_words(plan, lang)
    return tuple(
        replace(_row(one, names, lang), year=plan.choice.years[one.no], sources=paid.get(one.no, ""))
        for one in plan.chosen
    )


def _row(one: Candidate, names: Names, lang: Lang) -> ReportProject:
    return ReportProject(
        no=one.no,
        name=one.name,
        place=names.get(one.admin_code, one.admin_code),
        kind=kind_words(str(one.kind), lang),
        size=size_words(one, lang),
        people=one.people,
        cost_yuan=round(one.cost_yuan),
    )


def other_rows(held: Held, names: Names, lang: Lang) -> tuple[ReportProject, ...]:
    """Candidates that were not chosen, with what can be said at a glance; the panel says the rest."""
    plan = held.plan
    served = {
        key for option in held.problem.options if option.no in plan.choice.years for key in option.demands
    }
    barred = {no for rule in held.problem.rules if str(rule.kind) == "never" for no in rule.options}
    no_relocation = any(str(rule.kind) == "no_relocation" for rule in held.problem.rules)
    rows = []
    for one in plan.others:
        keys = {person.key for person in one.served}
        if one.no in barred:
            note = "never"
        elif one.relocation and no_relocation:
            note = "relocation"
        elif keys and keys <= served:
            note = "served"
        elif not keys:
            note = "nobody"
        else:
            note = "money"
        rows.append(replace(_row(one, names, lang), note=tr(f"selection.note.{note}", lang)))
    return tuple(rows)


def show_list(rows: tuple[ReportProject, ...], key: str, lang: Lang, *, chosen: bool) -> str | None:
    """Draw a list; the number of the project that was picked in it."""
    columns = {name: tr(f"selection.list.{name}", lang) for name in _COLUMNS}
    left_out = {"note"} if chosen else {"year", "sources"}
    shown = pd.DataFrame(
        {
            title: [
                one.cost_yuan / _WAN
                if name == "cost"
                else one.yuan_per_person
                if name == "per_person"
                else getattr(one, name)
                for one in rows
            ]
            for name, title in columns.items()
            if name not in left_out
        }
    )
    event = st.dataframe(
        shown,
        hide_index=True,
        height=_HEIGHT_PX,
        on_select="rerun",
        selection_mode="single-row",
        key=key,
        placeholder="—",
        column_config={
            columns["people"]: st.column_config.NumberColumn(format="%.0f", width="small"),
            columns["cost"]: st.column_config.NumberColumn(format="%.1f", width="small"),
            columns["per_person"]: st.column_config.NumberColumn(format="%.0f", width="small"),
            columns["year"]: st.column_config.NumberColumn(format="%d", width="small"),
            columns["name"]: st.column_config.TextColumn(pinned=True, width=170),
        },
    )
    picked = event["selection"]["rows"] if event else []
    return rows[picked[0]].no if picked and picked[0] < len(rows) else None


def payments(plan: Plan, lang: Lang) -> tuple[ReportPayment, ...]:
    """What each source has and pays in each year."""
    paid = plan.paid_yuan()
    budgets: dict[tuple[str, int], int] = {}
    for budget in plan.ask.budgets:
        key = (budget.source, budget.year)
        budgets[key] = budgets.get(key, 0) + budget.yuan
    return tuple(
        ReportPayment(source_words(source, lang), year, yuan, paid.get((source, year), 0))
        for (source, year), yuan in budgets.items()
        if yuan or paid.get((source, year))
    )


def show_money(plan: Plan, lang: Lang) -> None:
    """Draw placed and left money by source and year, ten thousand yuan."""
    rows: dict[str, dict[str, object]] = {}
    years = sorted(plan.ask.years)
    lines = payments(plan, lang)
    for line in lines:
        row = rows.setdefault(line.source, {tr("selection.ask.source", lang): line.source})
        row[str(line.year)] = _pair(line.paid_yuan, line.budget_yuan)
    total: dict[str, object] = {tr("selection.ask.source", lang): tr("selection.list.total", lang)}
    for year in years:
        own = [line for line in lines if line.year == year]
        total[str(year)] = _pair(sum(o.paid_yuan for o in own), sum(o.budget_yuan for o in own))
    sums = tr("selection.list.total", lang)
    for source, row in rows.items():
        own = [line for line in lines if line.source == source]
        row[sums] = _pair(sum(o.paid_yuan for o in own), sum(o.budget_yuan for o in own))
    total[sums] = _pair(sum(o.paid_yuan for o in lines), sum(o.budget_yuan for o in lines))
    st.caption(tr("selection.list.money_note", lang))
    st.dataframe(pd.DataFrame([*rows.values(), total]), hide_index=True, placeholder="—")


def _pair(paid: float, budget: float) -> str:
    return f"{paid / _WAN:,.1f} / {budget / _WAN:,.1f}"
