"""驻镇帮扶: teams of townships with their terms, the register of assets, village income against the target.

Terms and checks are judged as of the data's day, as on 进度总览; what ended or fell due since is marked, not counted.
"""

import datetime as dt
from typing import Any

import pandas as pd
import streamlit as st

from access import Action
from i18n import Lang, tr
from layers import AdminLevel
from layers.assistance import INCOME_TARGET_YUAN, TEAMS, AssetKind, AssetState
from pages import formats
from pages.assistance_tables import (
    LINK,
    asset_table,
    below_table,
    is_stale,
    team_table,
    term_state,
    township_table,
)
from pages.data_day import age_words, day_of, day_words
from pages.downloads import offer
from pages.links import MAP, link_column, page_link
from pages.shell import lang, person
from pages.unmasking import offer_unmasking
from store import assistance, places
from store.engine import reading
from store.progress.leaders import stamp

_COUNTY, _TERMS, _KINDS, _STATES, _STALE = (
    f"assistance.{name}" for name in ("county", "terms", "kinds", "states", "only_stale")
)
_TERM_STATES = ("none", "over", "soon", "serving", "coming")


def page() -> None:
    """The county; teams, assets, incomes."""
    current = lang()
    st.title(tr("pages.assistance.title", current), anchor=False)
    st.caption(tr("assistance.what", current))
    with reading() as connection:
        counties = places.children(connection, AdminLevel.COUNTY)
        day = day_of(stamp(connection))
    st.caption(
        formats.plain(" · ".join(filter(None, [day_words(day, current), age_words(day, current)])))
        + tr("assistance.as_of", current)
    )
    names = dict(zip((code[:6] for code in counties["admin_code"]), counties["name"], strict=True))
    asked = st.query_params.get("county")
    if _COUNTY not in st.session_state:
        st.session_state[_COUNTY] = asked if asked in names else ""
    prefix = st.selectbox(
        tr("map.county", current),
        ["", *names],
        format_func=lambda code: names.get(code, tr("map.whole_city", current)),
        key=_COUNTY,
        width=220,
    )
    place = names.get(prefix or "", tr("map.whole_city", current))
    heading = tr("assistance.sheet", current, place=place, day=day.isoformat())
    with reading() as connection:
        teams = assistance.teams(connection, prefix or "")
        assets = assistance.assets(connection, prefix or "")
        incomes = assistance.incomes(connection, prefix or "")
    tabs = st.tabs([tr(f"assistance.tab_{name}", current) for name in ("teams", "assets", "income")])
    with tabs[0]:
        _teams(teams, day, heading, current)
    with tabs[1]:
        _assets(assets, day, heading, prefix or "", current)
    with tabs[2]:
        _income(incomes, heading, current)


def _figures(figures: dict[str, str], current: Lang) -> None:
    with st.container(horizontal=True):
        for name, value in figures.items():
            st.metric(tr(f"assistance.{name}", current), value, border=True, width=165)


def _teams(teams: pd.DataFrame, day: dt.date, heading: str, current: Lang) -> None:
    if teams.empty:
        st.info(tr("assistance.no_seats", current), icon=":material/groups:")
        return
    states, now = (
        pd.Series([term_state(row, on) for _, row in teams.iterrows()], index=teams.index)
        for on in (day, formats.today())
    )
    since = (now == "over") & (states != "over")
    serving = teams[states.isin(["soon", "serving"])]
    _figures(
        {
            "townships": formats.number(teams["admin_code"].nunique()),
            "with_team": formats.number(serving["admin_code"].nunique()),
            "members": formats.number(float(serving["head_count"].astype(float).sum())),
            "expiring": formats.number(int((states == "soon").sum())),
            "expired": formats.number(int((states == "over").sum())),
        },
        current,
    )
    chosen = st.pills(
        tr("assistance.term", current),
        [state for state in _TERM_STATES if (states == state).any()],
        selection_mode="multi",
        format_func=lambda state: tr(f"assistance.term_{state}", current),
        key=_TERMS,
    )
    kept = states.isin(chosen) if chosen else states.notna()
    table = team_table(teams[kept], list(states[kept]), list(since[kept]), current)
    # A term with its mark is longer than its heading.
    term = st.column_config.TextColumn(width=180 if since.any() else None)
    _table(table, 560, current, {tr("assistance.column.term", current): term})
    notes = [tr("assistance.phones_masked", current)]
    if since.any():
        notes.append(tr("assistance.teams_since", current, number=int(since.sum()), day=day.isoformat()))
    _offer(table, "assistance-teams", tr("assistance.tab_teams", current), notes, heading, current)
    for note in notes:
        st.caption(note)
    _telephone(teams[kept & teams["team_id"].notna()], current)


def _telephone(teams: pd.DataFrame, current: Lang) -> None:
    """One team's telephone, for a reason, to whoever may read it."""
    mine = {
        int(row["team_id"]): row
        for row in teams.to_dict("records")
        if person().may(TEAMS.id, Action.UNMASK, str(row["admin_code"]))
    }
    if not mine:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            tr("assistance.call", current),
            list(mine),
            index=None,
            format_func=lambda team: f"{mine[team]['township']} · {mine[team]['lead_unit']}",
            placeholder=tr("assistance.call_choose", current),
            key="assistance.call",
            width=420,
        )
        if chosen is not None:
            with st.container(width=240):
                offer_unmasking(TEAMS.id, chosen, str(mine[chosen]["admin_code"]), current)


def _assets(assets: pd.DataFrame, day: dt.date, heading: str, prefix: str, current: Lang) -> None:
    if assets.empty:
        st.info(tr("assistance.no_assets", current), icon=":material/warehouse:")
        return
    kept_on = assets["asset_state"] != str(AssetState.DISPOSED)
    stale, now = (
        pd.Series([is_stale(checked, on) for checked in assets["checked_on"]], index=assets.index) & kept_on
        for on in (day, formats.today())
    )
    since = now & ~stale
    held = assets[kept_on]
    in_use = int((held["asset_state"] == str(AssetState.IN_USE)).sum())
    _figures(
        {
            "assets": formats.number(len(assets)),
            "cost": formats.number(float(assets["cost_yuan"].sum()) / 10_000, 1),
            "in_use": f"{in_use / len(held):.1%}" if len(held) else "—",
            "income": formats.number(float(assets["income_yuan"].sum()) / 10_000, 1),
            "unchecked": formats.number(int(stale.sum())),
        },
        current,
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = st.multiselect(
            tr("assistance.column.kind", current),
            [str(one) for one in AssetKind],
            format_func=lambda code: AssetKind.of(code).text.get(current),
            placeholder=tr("pages.all", current),
            key=_KINDS,
            width=300,
        )
        states = st.multiselect(
            tr("assistance.column.state", current),
            [str(one) for one in AssetState],
            format_func=lambda code: AssetState.of(code).text.get(current),
            placeholder=tr("pages.all", current),
            key=_STATES,
            width=300,
        )
        only_stale = st.toggle(tr("assistance.only_stale", current), key=_STALE)
    kept = pd.Series(True, index=assets.index)
    kept &= assets["asset_kind"].isin(kinds) if kinds else True
    kept &= assets["asset_state"].isin(states) if states else True
    kept &= stale if only_stale else True
    table = asset_table(assets[kept], list(stale[kept]), list(since[kept]), current)
    _table(table, 560, current)
    notes = []
    if since.any():
        notes.append(tr("assistance.assets_since", current, number=int(since.sum()), day=day.isoformat()))
        st.caption(notes[0])
    _offer(table, "assistance-assets", tr("assistance.tab_assets", current), notes, heading, current)
    query = {"on": "assistance_assets", "theme": "none"} | ({"code": prefix.ljust(12, "0")} if prefix else {})
    page_link(MAP, tr("assistance.on_map", current), ":material/map:", query)


def _income(incomes: pd.DataFrame, heading: str, current: Lang) -> None:
    known = incomes["income_yuan"].notna()
    if not known.any():
        st.info(tr("assistance.no_income", current), icon=":material/payments:")
        return
    above = int((incomes["income_yuan"] > INCOME_TARGET_YUAN).sum())
    reported = int(known.sum())
    _figures(
        {
            "above": f"{above / reported:.1%}",
            "villages_above": formats.number(above),
            "villages_below": formats.number(reported - above),
            "not_reported": formats.number(len(incomes) - reported),
            "median": formats.number(float(incomes["income_yuan"].median()) / 10_000, 2),
        },
        current,
    )
    st.caption(tr("assistance.target", current))
    table = township_table(incomes, current)
    share = tr("assistance.column.share", current)
    bar = st.column_config.ProgressColumn(min_value=0, max_value=100, format="%.1f%%")
    _table(table, 420, current, {share: bar})
    _offer(table, "village-income", tr("assistance.by_township", current), [], heading, current)
    st.markdown(f"**{tr('assistance.below', current)}**")
    below = below_table(incomes, current)
    _table(below, 420, current)
    _offer(below, "village-income-below", tr("assistance.below", current), [], heading, current)


def _table(table: pd.DataFrame, most_px: int, current: Lang, more: "dict[str, Any] | None" = None) -> None:
    st.dataframe(
        table,
        hide_index=True,
        placeholder="—",
        height=min(38 + 35 * len(table), most_px),
        column_config={LINK: link_column("assistance.open_dossier", current), **(more or {})},
    )


def _offer(table: pd.DataFrame, name: str, title: str, notes: list[str], heading: str, current: Lang) -> None:
    offer(table.drop(columns=LINK), name, title, notes, current, subtitle=heading)
