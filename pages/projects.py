"""项目库: the projects that scenarios carried here, with their money; for every role to read."""

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from access import may_open
from i18n import Lang, tr
from layers import AdminLevel
from layers.codes import FundSource, LibraryState, WorkKind
from pages import formats, links
from pages.candidate_words import money
from pages.downloads import offer
from pages.selection_words import names_under, source_words
from pages.shell import lang, person
from store import places
from store.engine import reading
from store.planning.projects import Project, projects

_WAN = 10_000


def page() -> None:
    """The filters, the sums, the list, the money, the downloads."""
    current = lang()
    st.title(tr("pages.projects.title", current), anchor=False)
    st.caption(tr("library.what", current))
    with reading() as connection:
        known = projects(connection)
        units = places.children(connection, AdminLevel.COUNTY)
        names = names_under(connection, tuple(sorted({one.admin_code[:6] for one in known})))
    if not known:
        _empty(current)
        return
    held = {one.admin_code[:6] for one in known}
    counties = {
        code[:6]: name
        for code, name in zip(units["admin_code"], units["name"], strict=True)
        if code[:6] in held
    }
    found = _filtered(known, counties, current)
    if not found:
        st.info(tr("library.nothing", current), icon=":material/filter_alt_off:")
        return
    _sums(found, current)
    shown = project_table(found, names, current)
    _list(shown, found, current)
    with st.expander(tr("library.money", current), expanded=True):
        st.dataframe(money_table(found, current), hide_index=True)
    st.caption(tr("library.note", current))
    today = dt.datetime.now(formats.SCREEN_ZONE).date().isoformat()
    offer(
        shown,
        f"projects-{today}",
        tr("library.title", current),
        [tr("library.note", current), tr("shell.synthetic", current)],
        current,
    )


def _empty(current: Lang) -> None:
    st.info(tr("library.empty", current), icon=":material/inventory_2:")
    if may_open("selection", person().roles):
        links.page_link("selection", tr("library.empty_link", current), ":material/checklist:")


def _filtered(known: Sequence[Project], counties: Mapping[str, str], current: Lang) -> list[Project]:
    """Draw the filters; the projects that pass all of them. Nothing chosen in a list lets all pass."""
    years = sorted({one.planned_start.year for one in known if one.planned_start is not None})
    kinds = [kind for kind in WorkKind if any(one.kind is kind for one in known)]
    with st.container(border=True):
        place, kind, year, state = st.columns([3, 3, 2, 2])
        with place:
            in_counties = st.multiselect(
                tr("library.county", current),
                list(counties),
                format_func=lambda code: counties.get(code, code),
                placeholder=tr("pages.all", current),
                key="projects.county",
            )
        with kind:
            of_kinds = st.multiselect(
                tr("library.kind", current),
                [str(one) for one in kinds],
                format_func=lambda code: WorkKind.of(code).text.get(current),
                placeholder=tr("pages.all", current),
                key="projects.kind",
            )
        with year:
            in_years = st.multiselect(
                tr("library.year", current), years, placeholder=tr("pages.all", current), key="projects.year"
            )
        with state:
            in_states = st.multiselect(
                tr("library.state", current),
                [str(one) for one in LibraryState],
                format_func=lambda code: LibraryState.of(code).text.get(current),
                placeholder=tr("pages.all", current),
                key="projects.state",
            )
    return [
        one
        for one in known
        if (not in_counties or one.admin_code[:6] in in_counties)
        and (not of_kinds or one.kind in of_kinds)
        and (not in_years or (one.planned_start is not None and one.planned_start.year in in_years))
        and (not in_states or one.state in in_states)
    ]


def _sums(found: Sequence[Project], current: Lang) -> None:
    villages = {code for one in found for code in one.villages}
    figures = {
        "number": formats.number(len(found)),
        "cost": money(sum(one.budget_yuan for one in found), current),
        "people": formats.number(sum(one.people for one in found)),
        "villages": formats.number(len(villages)),
    }
    with st.container(horizontal=True):
        for name, value in figures.items():
            wide = 240 if name == "cost" else 140
            st.metric(tr(f"library.{name}", current), value, border=True, width=wide)


def project_table(found: Sequence[Project], names: Mapping[str, str], current: Lang) -> pd.DataFrame:
    """One row for each project, money in whole yuan."""

    def sources(one: Project) -> str:
        paid = dict.fromkeys(str(payment["source"]) for payment in one.payments)
        return formats.joined((source_words(source, current) for source in paid), current)

    columns: dict[str, list[object]] = {
        "name": [one.name for one in found],
        "place": [names.get(one.admin_code, one.admin_code) for one in found],
        "kind": [one.kind.text.get(current) for one in found],
        "year": [None if one.planned_start is None else one.planned_start.year for one in found],
        "cost_yuan": [one.budget_yuan for one in found],
        "people": [round(one.people) for one in found],
        "sources": [sources(one) for one in found],
        "state": [one.state.text.get(current) for one in found],
        "department": [one.department for one in found],
        "code": [one.code for one in found],
        "added": [formats.moment(one.created_at, current) for one in found],
    }
    return pd.DataFrame({tr(f"library.column.{name}", current): values for name, values in columns.items()})


def money_table(found: Sequence[Project], current: Lang) -> pd.DataFrame:
    """What each source pays in each year, ten thousand yuan, with totals both ways."""
    paid = pd.DataFrame(
        [(p["source"], p["year"], p["yuan"] / _WAN) for one in found for p in one.payments],
        columns=["source", "year", "wan"],
    )
    years = sorted(paid["year"].unique())
    wide = paid.pivot_table(index="source", columns="year", values="wan", aggfunc="sum", fill_value=0.0)
    wide = wide.reindex([str(source) for source in FundSource if str(source) in wide.index])
    total = tr("library.total", current)
    rows = [*wide.index, total]
    table = pd.DataFrame(
        {
            tr("library.source", current): [
                row if row == total else source_words(str(row), current) for row in rows
            ],
            **{str(year): [*wide[year].round(2), round(float(wide[year].sum()), 2)] for year in years},
        }
    )
    table[total] = [*wide.sum(axis=1).round(2), round(float(wide.to_numpy().sum()), 2)]
    return table


def _list(shown: pd.DataFrame, found: Sequence[Project], current: Lang) -> None:
    """The table, and below it where the picked project leads."""
    event = st.dataframe(
        shown,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="projects.table",
        placeholder="—",
        column_config={
            tr("library.column.name", current): st.column_config.TextColumn(pinned=True, width=190),
            tr("library.column.cost_yuan", current): st.column_config.NumberColumn(format="localized"),
            tr("library.column.year", current): st.column_config.NumberColumn(format="%d"),
        },
    )
    rows = event["selection"]["rows"] if event else []
    picked = found[rows[0]] if rows and rows[0] < len(found) else None
    if picked is None:
        st.caption(f":material/touch_app: {tr('library.pick', current)}")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{formats.plain(picked.name)}**", width="content")
        point = picked.geometry.representative_point()
        links.page_link(
            links.MAP,
            tr("library.on_map", current),
            ":material/map:",
            {"code": picked.admin_code, "v": f"14/{point.y:.5f}/{point.x:.5f}"},
        )
        links.page_link(
            links.DOSSIER,
            tr("library.dossier", current),
            ":material/description:",
            {"code": picked.admin_code},
        )
        if picked.scenario_id is not None and may_open("selection", person().roles):
            links.page_link(
                "selection",
                tr("library.scenario", current),
                ":material/checklist:",
                {"scenario": str(picked.scenario_id)},
            )
