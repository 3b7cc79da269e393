"""驻镇帮扶: teams of townships with their terms, the register of assets, village income against the target."""

import pandas as pd
import streamlit as st

from access import Action
from i18n import Lang, tr
from layers import AdminLevel
from layers.assistance import INCOME_TARGET_YUAN, TEAMS, AssetKind, AssetState
from pages import formats
from pages.assistance_tables import (
    asset_table,
    below_table,
    is_stale,
    team_table,
    term_state,
    township_table,
)
from pages.downloads import offer
from pages.links import MAP, page_link
from pages.shell import lang, person
from pages.unmasking import offer_unmasking
from store import assistance, places
from store.engine import reading

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
    today = formats.today().isoformat()
    heading = tr("assistance.sheet", current, place=place, day=today)
    with reading() as connection:
        teams = assistance.teams(connection, prefix or "")
        assets = assistance.assets(connection, prefix or "")
        incomes = assistance.incomes(connection, prefix or "")
    tabs = st.tabs([tr(f"assistance.tab_{name}", current) for name in ("teams", "assets", "income")])
    with tabs[0]:
        _teams(teams, heading, current)
    with tabs[1]:
        _assets(assets, heading, prefix or "", current)
    with tabs[2]:
        _income(incomes, heading, current)


def _figures(figures: dict[str, str], current: Lang) -> None:
    with st.container(horizontal=True):
        for name, value in figures.items():
            st.metric(tr(f"assistance.{name}", current), value, border=True, width=165)


def _teams(teams: pd.DataFrame, heading: str, current: Lang) -> None:
    if teams.empty:
        st.info(tr("assistance.no_seats", current), icon=":material/groups:")
        return
    today = formats.today()
    states = pd.Series([term_state(row, today) for _, row in teams.iterrows()], index=teams.index)
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
    table = team_table(teams[kept], list(states[kept]), current)
    st.dataframe(table, hide_index=True, placeholder="—", height=min(38 + 35 * len(table), 560))
    notes = [tr("assistance.phones_masked", current)]
    offer(table, "assistance-teams", tr("assistance.tab_teams", current), notes, current, subtitle=heading)
    st.caption(notes[0])
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


def _assets(assets: pd.DataFrame, heading: str, prefix: str, current: Lang) -> None:
    if assets.empty:
        st.info(tr("assistance.no_assets", current), icon=":material/warehouse:")
        return
    today = formats.today()
    stale = pd.Series([is_stale(day, today) for day in assets["checked_on"]], index=assets.index)
    stale &= assets["asset_state"] != str(AssetState.DISPOSED)
    held = assets[assets["asset_state"] != str(AssetState.DISPOSED)]
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
    table = asset_table(assets[kept], list(stale[kept]), current)
    st.dataframe(table, hide_index=True, placeholder="—", height=min(38 + 35 * len(table), 560))
    offer(table, "assistance-assets", tr("assistance.tab_assets", current), [], current, subtitle=heading)
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
    st.dataframe(
        table,
        hide_index=True,
        placeholder="—",
        height=min(38 + 35 * len(table), 420),
        column_config={share: st.column_config.ProgressColumn(min_value=0, max_value=100, format="%.1f%%")},
    )
    offer(table, "village-income", tr("assistance.by_township", current), [], current, subtitle=heading)
    st.markdown(f"**{tr('assistance.below', current)}**")
    below = below_table(incomes, current)
    st.dataframe(below, hide_index=True, placeholder="—", height=min(38 + 35 * len(below), 420))
    offer(below, "village-income-below", tr("assistance.below", current), [], current, subtitle=heading)
