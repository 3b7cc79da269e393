"""土地指标: the land bureau's screen: what waits, the 10 % rule as map and table, balances, parcels in conflict."""

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from access import Action, OwnTable
from base.settings import settings
from i18n import Lang, tr
from pages import formats, links
from pages.land_lists import balance_table, conflict_list, inbox_list
from pages.land_numbers import Read, numbers, takes_part
from pages.land_reserve import draw_map, draw_table, read_reserve
from pages.parcels_list import Waiting, waiting
from pages.quota_words import unit_names
from pages.shell import lang, person
from pipelines.land.opening import open_ledger
from store.engine import owner, reading
from store.land.checks import latest_checks
from store.land.farmland import comparisons, counted
from store.land.ledger_list import balances

_DONE = "land.done"
_TOLD = 5
"""Remarks on the plan figures that are told on the page."""


def page() -> None:
    """Numbers on top; below them the map with what waits beside it; then the tables."""
    current = lang()
    st.title(tr("pages.land.title", current), anchor=False)
    if done := st.session_state.pop(_DONE, None):
        st.success(formats.plain(done), icon=":material/check_circle:")
    with reading() as connection:
        names = unit_names(connection)
        if not names:
            st.info(tr("ledger.no_places", current), icon=":material/map:")
            return
        held = waiting(connection)
        checks = latest_checks(connection)
        changes = _changes(connection)
        empty = balances(connection).empty
    if empty:
        _closed_ledger(current)
    _workbench(names, held, checks, changes, current)


def _changes(connection: sa.Connection) -> pd.DataFrame | None:
    """Changes of farmland of the latest comparison, counted; None if nothing was compared."""
    compared = comparisons(connection)
    return counted(connection, compared[0]) if compared else None


def _closed_ledger(current: Lang) -> None:
    """Say that the ledger has nothing yet; whoever reviews land for the city opens it from the plan's figures."""
    st.info(tr("land.closed", current), icon=":material/account_balance:")
    if person().may(OwnTable.QUOTAS, Action.WRITE, settings().city_code) and st.button(
        tr("land.open_ledger", current), icon=":material/play_arrow:", key="land.open_ledger"
    ):
        with st.spinner(tr("land.opening", current)):
            report = open_ledger(owner(), by=person().display_name)
        sentences = [tr("land.opened", current, number=len(report.postings))]
        sentences += [finding.sentence(current) for finding in report.findings[:_TOLD]]
        if len(report.findings) > _TOLD:
            sentences.append(tr("land.more_findings", current, number=len(report.findings) - _TOLD))
        st.session_state[_DONE] = " ".join(sentences)
        st.rerun()


@st.fragment
def _workbench(
    names: dict[str, str], held: Waiting, checks: pd.DataFrame, changes: pd.DataFrame | None, current: Lang
) -> None:
    found = read_reserve(names, current)
    numbers(Read(found, held, checks, changes), current)
    _ways(current)
    left, right = st.columns([0.55, 0.45], gap="medium")
    with left:
        draw_map(found, current)
    with right:
        if takes_part():
            st.subheader(tr("land.inbox", current), anchor=False)
            inbox_list(held, current)
        st.subheader(tr("land.balances", current), anchor=False)
        balance_table(found, current)
    rule, conflicts = st.tabs([tr("land.tab_rule", current), tr("land.tab_conflicts", current)])
    with rule:
        draw_table(found, current)
    with conflicts:
        conflict_list(checks, current)


def _ways(current: Lang) -> None:
    with st.container(horizontal=True):
        for page_name, icon in (
            ("quota_ledger", "account_balance"),
            ("parcels", "crop_free"),
            ("consolidation", "agriculture"),
            ("farmland", "grass"),
        ):
            links.page_link(page_name, tr(f"shell.page.{page_name}", current), f":material/{icon}:")
