"""明察暗访: draws weighted by risk that anybody can repeat, routes and field sheets, what was found."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from analysis.sampling import estimated_share
from i18n import Lang, tr
from layers import AdminLevel
from pages import formats
from pages.downloads import offer
from pages.inspection_draw import draw_form
from pages.inspection_findings import DONE, finding_form
from pages.inspection_map import draw_map
from pages.inspection_route import routes_tab
from pages.inspection_words import strata_table, unit_table
from pages.record_choice import choose_record
from pages.shell import lang, person
from store import places
from store.engine import reading
from store.progress.inspections import Inspection, Verdict, findings, inspections, is_as_drawn, units

_WHICH, _TABLE = "inspection.which", "inspection.table"


@dataclass(frozen=True)
class Read:
    """An inspection with its frozen list, and what was found."""

    one: Inspection
    listed: pd.DataFrame
    found: pd.DataFrame

    @property
    def drawn(self) -> pd.DataFrame:
        """The units that were drawn."""
        return self.listed[self.listed["drawn"]].reset_index(drop=True)


def page() -> None:
    """The choice of the inspection; what was drawn, routes, how it was drawn, a new draw."""
    current = lang()
    st.title(tr("pages.inspection.title", current), anchor=False)
    st.caption(tr("inspection.what", current))
    if done := st.session_state.pop(DONE, None):
        st.success(formats.plain(done), icon=":material/check_circle:")
    with reading() as connection:
        known = inspections(connection)
        counties = places.children(connection, AdminLevel.COUNTY)
    names = ["drawn", "routes", "how", *(["new"] if person().may(OwnTable.INSPECTIONS, Action.WRITE) else [])]
    tabs = dict(zip(names, st.tabs([tr(f"inspection.tab_{name}", current) for name in names]), strict=True))
    if "new" in tabs:
        with tabs["new"]:
            draw_form(counties, current)
    with tabs["drawn"]:
        read = _chosen(known, current)
        if read is not None:
            _drawn(read, current)
    with tabs["routes"]:
        if read is None:
            st.info(tr("inspection.nothing", current), icon=":material/travel_explore:")
        else:
            routes_tab(read.one, read.drawn, counties, current)
    with tabs["how"]:
        if read is not None:
            _how(read, current)


def _chosen(known: list[Inspection], current: Lang) -> Read | None:
    if not known:
        st.info(tr("inspection.nothing", current), icon=":material/travel_explore:")
        return None
    one = choose_record(known, tr("inspection.which", current), lambda kept: kept.name, _WHICH, "inspection")
    with reading() as connection:
        return Read(one, units(connection, one.id), findings(connection, one.id))


def _drawn(read: Read, current: Lang) -> None:
    """Sums, the list beside the map, what was found at the one picked."""
    drawn = read.drawn
    _figures(read, drawn, current)
    table = unit_table(drawn, read.found, current)
    left, right = st.columns([0.56, 0.44], gap="small")
    with left:
        event = st.dataframe(
            table,
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            placeholder="—",
            height=min(38 + 35 * len(table), 460),
            key=f"{_TABLE}.{read.one.id}",
            column_config={
                tr("inspection.column.name", current): st.column_config.TextColumn(pinned=True, width=120),
                tr("inspection.column.place", current): st.column_config.TextColumn(width=130),
                tr("inspection.column.probability", current): st.column_config.NumberColumn(format="%.1f"),
            },
        )
        notes = [_how_words(read.one, current)]
        if read.one.synthetic:
            notes.append(tr("shell.synthetic", current))
        heading = tr("inspection.sheet_heading", current, number=len(drawn), day=read.one.as_of.isoformat())
        offer(table, "inspection", read.one.name, notes, current, subtitle=heading)
        rows = event["selection"]["rows"] if event else []
        picked = drawn.iloc[rows[0]] if rows and rows[0] < len(drawn) else None
        if picked is None:
            st.caption(f":material/touch_app: {tr('inspection.pick', current)}")
        else:
            finding_form(read.one, picked, read.found, current)
    with right, reading() as connection:
        draw_map(connection, drawn, read.found, picked, read.one.prefix, current)


def _figures(read: Read, drawn: pd.DataFrame, current: Lang) -> None:
    """How many were listed, drawn, visited; the share of all that the findings stand for."""
    bad = set(read.found.loc[read.found["verdict"] != str(Verdict.GOOD), "unit_id"])
    figures = {
        "listed": formats.number(len(read.listed)),
        "drawn": formats.number(len(drawn)),
        "visited": formats.number(len(read.found)),
        "problems": formats.number(len(bad)),
    }
    if len(read.found) == len(drawn):
        share = estimated_share(drawn["unit_id"].isin(bad).to_numpy(), drawn["probability"].to_numpy())
        if share is not None:
            figures["estimate"] = f"{share.value:.0%} ({share.low:.0%}–{share.high:.0%})"
    with st.container(horizontal=True):
        for name, value in figures.items():
            st.metric(
                tr(f"inspection.{name}", current),
                value,
                border=True,
                width=190 if name == "estimate" else 130,
                help=tr("inspection.estimate_help", current) if name == "estimate" else None,
            )


def _how_words(one: Inspection, current: Lang) -> str:
    return tr(
        "inspection.how",
        current,
        by=one.made_by,
        at=formats.moment(one.made_at, current),
        day=one.as_of.isoformat(),
        seed=one.seed,
        listed=one.population_digest[:12],
        drawn=one.sample_digest[:12],
    )


def _how(read: Read, current: Lang) -> None:
    """How it was drawn, drawn again on the spot; the whole list with its probabilities."""
    one = read.one
    st.write(formats.plain(_how_words(one, current)))
    if is_as_drawn(one, read.listed):
        st.success(tr("inspection.repeated", current), icon=":material/verified:")
    else:
        st.error(tr("inspection.not_repeated", current), icon=":material/gpp_bad:")
    weights = [
        f"{tr(f'inspection.signal_{name}', current)} ×{weight:g}" for name, weight in one.weights.items()
    ]
    st.caption(
        formats.plain(tr("inspection.weights_words", current, weights=formats.joined(weights, current)))
    )
    st.caption(tr("inspection.method", current))
    table = strata_table(read.listed, current)
    st.dataframe(table, hide_index=True)
    whole = unit_table(read.listed, read.found, current)
    whole.insert(0, tr("inspection.column.drawn", current), read.listed["drawn"].to_numpy())
    offer(whole, "inspection-list", one.name, [_how_words(one, current)], current)
