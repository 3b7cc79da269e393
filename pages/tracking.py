"""进度跟踪: how projects stand against plan and money, when they will be done, and where somebody should look."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from analysis.progress.earned_value import summed
from analysis.progress.signs import SignKind, counted
from i18n import Lang, tr
from layers import AdminLevel
from pages import formats, links
from pages.candidate_words import money
from pages.downloads import offer
from pages.shell import lang
from pages.tracking_chart import curve_table, draw_curve
from pages.tracking_read import Followed, read_followed, status_day
from pages.tracking_scope import Scope, choose_scope, layer_words, place_names, place_words
from pages.tracking_signs import show_signs
from pages.tracking_tables import LINK, WAN, coloured, group_table, index_words, project_table

_BY = "tracking.by"
_WAYS = ("layer", "county", "township", "village")


def page() -> None:
    """The scope, the figures with their sentence, then curve, groups, projects, signs."""
    current = lang()
    st.title(tr("pages.tracking.title", current), anchor=False)
    st.caption(tr("tracking.what", current))
    known = status_day()
    if known is None:
        st.info(tr("tracking.empty", current), icon=":material/inventory_2:")
        links.page_link("projects", tr("tracking.to_library", current), ":material/inventory_2:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="tracking-toolbar"):
        day = _choose_day(known, current)
        whole = read_followed(day)
        scope = choose_scope(whole.held.projects, current)
    shown = whole.within(scope.prefix, scope.layer)
    if shown.stood.empty:
        st.info(tr("tracking.nothing", current), icon=":material/filter_alt_off:")
        return
    _figures(shown, scope, day, current)
    notes = [tr("tracking.note", current)]
    if bool(shown.held.projects["synthetic"].any()):
        notes.append(tr("shell.synthetic", current))
    heading = tr("tracking.sheet", current, place=scope.words, day=day.isoformat())
    names = place_names(shown.held.projects)
    tabs = st.tabs([tr(f"tracking.tab_{name}", current) for name in ("curve", "groups", "projects", "signs")])
    with tabs[0]:
        _curve(shown, day, notes, heading, current)
    with tabs[1]:
        _groups(shown, scope, names, notes, heading, current)
    with tabs[2]:
        _projects(shown, names, notes, heading, current)
    with tabs[3]:
        show_signs(shown, names, notes, heading, current)


def _choose_day(known: dt.date, current: Lang) -> dt.date:
    """The status day: the last one that anything is known of, or one before it."""
    picked = st.date_input(
        tr("tracking.day", current),
        known,
        max_value=formats.today(),
        key="tracking.day",
        width=180,
        help=tr("tracking.day_help", current),
    )
    return picked if isinstance(picked, dt.date) else known


def _figures(shown: Followed, scope: Scope, day: dt.date, current: Lang) -> None:
    """The headline figures and what they say in a sentence."""
    whole = summed(shown.stood, ["all"] * len(shown.stood)).iloc[0]
    budget = whole["compared_yuan"]
    due = 100 * whole["pv_yuan"] / budget if budget else None
    percent, planned, paid = (
        _percent(value, current) for value in (whole["percent"], due, 100 * whole["paid_share"])
    )
    found = counted(shown.found)
    figures = {
        "projects": formats.number(whole["projects"]),
        "budget": formats.number(whole["budget_yuan"] / WAN),
        "percent": percent,
        "planned": planned,
        "paid": paid,
        "spi": tr("tracking.unknown", current) if formats.missing(whole["spi"]) else f"{whole['spi']:.2f}",
        "overdue": formats.number(whole["overdue"]),
        "stalled": formats.number(found[SignKind.STALLED]),
    }
    labels = {name: tr(f"tracking.figure.{name}", current) for name in figures if name != "spi"}
    labels["spi"] = tr("tracking.figure.spi", current, words=index_words("spi", whole["spi"], current))
    with st.container(horizontal=True):
        for name, value in figures.items():
            st.metric(labels[name], value, border=True, width=168)
    place = {
        "day": day.isoformat(),
        "place": scope.words,
        "projects": formats.number(whole["projects"]),
        "money": money(whole["budget_yuan"], current),
    }
    if whole["unreported"] == whole["projects"]:
        st.markdown(formats.plain(tr("tracking.sentence_unreported", current, **place)))
        return
    said = tr(
        "tracking.sentence",
        current,
        **place,
        reported=formats.number(whole["projects"] - whole["unreported"]),
        percent=percent,
        planned=planned,
        paid=paid,
        spi=index_words("spi", whole["spi"], current),
        cpi=index_words("cpi", whole["cpi"], current),
    )
    if whole["unreported"]:
        unreported = formats.number(whole["unreported"])
        sum_of_them = money(whole["unreported_yuan"], current)
        rest = tr("tracking.sentence_rest", current, unreported=unreported, money=sum_of_them)
        said += rest if current == "zh" else f" {rest}"
    st.markdown(formats.plain(said))


def _percent(value: object, current: Lang) -> str:
    return tr("tracking.unknown", current) if formats.missing(value) else f"{float(str(value)):.1f}%"


def _curve(shown: Followed, day: dt.date, notes: list[str], heading: str, current: Lang) -> None:
    curve = shown.curve(day)
    if curve.empty:
        st.info(tr("tracking.no_plan", current), icon=":material/event_busy:")
        return
    silent = shown.stood[~shown.stood["reported"]]
    if len(silent):
        told = money(float(silent["pv_yuan"].sum()), current)
        st.caption(tr("tracking.curve_unreported", current, number=len(silent), money=told))
    draw_curve(curve, day, current)
    table = curve_table(curve, current)
    with st.expander(tr("tracking.curve_as_table", current)):
        st.dataframe(table, hide_index=True, placeholder="—", column_config=_numbers(table))
    offer(table, "tracking-curve", tr("tracking.tab_curve", current), notes, current, subtitle=heading)


def _groups(
    shown: Followed, scope: Scope, names: Mapping[str, str], notes: list[str], heading: str, current: Lang
) -> None:
    """Earned value by layer or by places of a level."""
    by = st.segmented_control(
        tr("tracking.by", current),
        _WAYS,
        default=str(scope.below),
        required=True,
        format_func=lambda way: (
            tr("tracking.layer", current) if way == "layer" else _level(way).text.get(current)
        ),
        key=f"{_BY}.{scope.below}",
    )
    projects = shown.held.projects.loc[shown.stood.index]
    if by == "layer":
        table = group_table(
            shown,
            projects["layer"],
            tr("tracking.layer", current),
            lambda one: layer_words(one, current),
            current,
        )
    else:
        level = _level(str(by))
        codes = projects["admin_code"].str[: level.digits]
        table = group_table(
            shown, codes, level.text.get(current), lambda code: place_words(code, names), current
        )
    st.dataframe(
        coloured(table, current),
        hide_index=True,
        placeholder="—",
        height=min(38 + 35 * len(table), 560),
        column_config={**_numbers(table), str(table.columns[0]): st.column_config.TextColumn(pinned=True)},
    )
    st.caption(tr("tracking.groups_note", current))
    offer(table, f"tracking-{by}", tr("tracking.tab_groups", current), notes, current, subtitle=heading)


def _level(name: str) -> AdminLevel:
    return AdminLevel.of(name)


def _projects(
    shown: Followed, names: Mapping[str, str], notes: list[str], heading: str, current: Lang
) -> None:
    table = project_table(shown, names, current)
    st.caption(tr("tracking.forecast_note", current))
    name = tr("tracking.column.name", current)
    st.dataframe(
        coloured(table, current),
        hide_index=True,
        placeholder="—",
        height=min(38 + 35 * len(table), 560),
        column_config={
            **_numbers(table),
            name: st.column_config.TextColumn(pinned=True, width=220),
            tr("tracking.column.percent", current): st.column_config.ProgressColumn(
                min_value=0, max_value=100, format="%.0f%%"
            ),
            LINK: links.link_column("tracking.open_project", current),
        },
    )
    files = table.drop(columns=LINK)
    offer(files, "tracking-projects", tr("tracking.tab_projects", current), notes, current, subtitle=heading)


def _numbers(table: pd.DataFrame) -> dict[str, Any]:
    return {
        str(name): st.column_config.NumberColumn(format="localized")
        for name in table.select_dtypes("number").columns
    }
