"""土地指标: the 10 % reserve, consolidation and saved quota; for the land bureau."""

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers import AdminLevel, Indicator, feature_type, indicator
from layers.codes import CodeList, ConsolidationKind, ProjectState
from pages import formats
from pages.downloads import offer
from pages.scopes import Townships, choose_townships, kept
from pages.shell import lang
from store.dossier import consolidation_totals, last_deliveries, quota_table
from store.engine import reading

_QUOTA = ("saved_quota_mu", "used_quota_mu", "left_quota_mu")
_SUMS = ["projects", "stated_area_mu", "new_farmland_mu", *_QUOTA, "investment_yuan"]
_RED = "background-color: #fde2e1; color: #8f1d14; font-weight: 600"


def page() -> None:
    """The reserve by unit, then projects and quota."""
    current = lang()
    st.title(tr("pages.land.title", current), anchor=False)
    with reading() as connection:
        deliveries = last_deliveries(connection)
    for feature_id in ("construction_quotas", "consolidation_projects"):
        if feature_id in deliveries.index:
            last = deliveries.loc[feature_id]
            st.caption(
                tr(
                    "pages.land.as_of",
                    current,
                    title=feature_type(feature_id).title.get(current),
                    as_of=formats.day(last["as_of"], current),
                    at=formats.moment(last["finished_at"], current),
                )
            )
    _reserve(indicator("reserved_land_share"), current)
    _consolidation(current)


def checked(table: pd.DataFrame, required: float) -> pd.DataFrame:
    """The reserve of each unit against the required share.

    Returns
    -------
    `table` with ``share`` (0–1), ``shortage_mu`` (0 where met) and ``left_mu`` (not yet allotted); NaN where
    not reported; the greatest shortage first, units not reported last.
    """
    found = table.copy()
    known_total = found["total_scale_mu"].where(found["total_scale_mu"] > 0)
    found["share"] = found["reserved_mu"] / known_total
    wanted = known_total * required - found["reserved_mu"]
    found["shortage_mu"] = wanted.clip(lower=0).round(2)
    found["left_mu"] = found["total_scale_mu"] - found["allotted_mu"]
    return found.sort_values(
        ["shortage_mu", "share", "admin_code"], ascending=[False, True, True], na_position="last",
        ignore_index=True,
    )  # fmt: skip


def _reserve(rule: Indicator, current: Lang) -> None:
    required = rule.target
    if required is None:
        raise ValueError(f"{rule.id} has no target")
    share = formats.target_figure(rule, current)
    st.subheader(tr("pages.land.reserve", current, share=share), anchor=False)
    st.caption(tr("pages.land.reserve_rule", current))
    left, right = st.columns(2)
    with left:
        level = _level(current)
    scope = Townships.ALL
    if level is AdminLevel.TOWNSHIP:
        with right:
            scope = choose_townships(current, "land.scope")
    with reading() as connection:
        table = quota_table(connection, level)
    found = checked(kept(table, scope, "kind"), required)
    _reserve_sums(found, current)
    shown = _reserve_table(found, level, current)
    short = tr("pages.land.short", current)
    finding = tr("pages.land.finding", current)
    st.dataframe(
        shown.style.apply(lambda row: [_RED if row[finding] == short else ""] * len(row), axis=1).format(
            dict.fromkeys(shown.select_dtypes("number").columns, "{:,.1f}"),
            na_rep=tr("pages.no_data", current),
        ),
        hide_index=True,
        placeholder=tr("pages.no_data", current),
    )
    notes = [tr("pages.land.reserve_rule", current), tr("pages.no_data_note", current)]
    offer(shown, f"reserve-{level}", tr("pages.land.reserve", current, share=share), notes, current)
    st.caption(tr("pages.no_data_note", current))


def _level(current: Lang) -> AdminLevel:
    chosen = st.segmented_control(
        tr("pages.indicators.level", current),
        [AdminLevel.COUNTY, AdminLevel.TOWNSHIP],
        default=AdminLevel.COUNTY,
        required=True,
        format_func=lambda level: level.text.get(current),
        key="land.level",
    )
    return AdminLevel.of(str(chosen or AdminLevel.COUNTY))


def _reserve_sums(found: pd.DataFrame, current: Lang) -> None:
    known = found[found["share"].notna()]
    total = known["total_scale_mu"].sum()
    figures = (
        ("checked", f"{len(known)}/{len(found)}"),
        ("below", formats.number(int((known["shortage_mu"] > 0).sum()))),
        ("shortage_sum", formats.number(known["shortage_mu"].sum(), 1)),
        (
            "reserved_share_all",
            f"{known['reserved_mu'].sum() / total:.1%}" if total else tr("pages.no_data", current),
        ),
    )
    with st.container(horizontal=True):
        for name, value in figures:
            st.metric(tr(f"pages.land.{name}", current), value, border=True, width=160)


def _reserve_table(found: pd.DataFrame, level: AdminLevel, current: Lang) -> pd.DataFrame:
    def finding(shortage: float) -> str:
        if pd.isna(shortage):
            return tr("pages.no_data", current)
        return tr("pages.land.short" if shortage > 0 else "pages.land.ok", current)

    columns: dict[str, object] = {tr("pages.dossier.code", current): found["admin_code"]}
    if level is not AdminLevel.COUNTY:
        columns[tr("pages.choose.county", current)] = found["county_name"]
    columns[tr("pages.land.unit", current)] = found["name"]
    columns[tr("pages.land.finding", current)] = [finding(s) for s in found["shortage_mu"]]
    columns[tr("pages.land.share", current)] = (found["share"] * 100).round(2)
    columns[tr("pages.land.shortage", current)] = found["shortage_mu"]
    columns[tr("pages.land.total", current)] = found["total_scale_mu"]
    columns[tr("pages.land.reserved", current)] = found["reserved_mu"]
    columns[tr("pages.land.allotted", current)] = found["allotted_mu"]
    columns[tr("pages.land.used", current)] = found["used_mu"]
    columns[tr("pages.land.left", current)] = found["left_mu"]
    return pd.DataFrame(columns)


def _consolidation(current: Lang) -> None:
    st.subheader(tr("pages.land.consolidation", current), anchor=False)
    with reading() as connection:
        totals = consolidation_totals(connection)
    if totals.empty:
        st.info(tr("pages.land.nothing", current))
        return
    accepted = totals[totals["state"] == str(ProjectState.ACCEPTED)]
    st.markdown(f"**{tr('pages.land.quota', current)}**")
    with st.container(horizontal=True):
        for name, column in zip(("saved", "quota_used", "quota_left"), _QUOTA, strict=True):
            value = accepted[column].sum(min_count=1)
            words = tr("pages.no_data", current) if pd.isna(value) else formats.number(value, 1)
            st.metric(tr(f"pages.land.{name}", current), words, border=True, width=160)
    st.caption(tr("pages.land.quota_rule", current))
    by_kind, by_state, by_county = st.tabs(
        [tr(f"pages.land.{name}", current) for name in ("by_kind", "by_state", "by_county")]
    )
    with by_kind:
        _sums(totals, "project_kind", tr("pages.land.kind", current), current, ConsolidationKind)
    with by_state:
        _sums(totals, "state", tr("pages.land.state", current), current, ProjectState)
    with by_county:
        _sums(totals, "county_name", tr("pages.choose.county", current), current, None)


def _sums(totals: pd.DataFrame, column: str, title: str, current: Lang, codes: type[CodeList] | None) -> None:
    """Sums by a column: all projects; quota of accepted projects only."""
    accepted = totals["state"] == str(ProjectState.ACCEPTED)
    counted = totals.assign(**{name: totals[name].where(accepted) for name in _QUOTA})
    sums = counted.groupby(column, sort=False)[_SUMS].sum(min_count=1)
    words = {member.value: member.text.get(current) for member in codes} if codes else {}
    order = [code for code in words if code in sums.index] or list(sums.index)
    sums = sums.loc[order]
    shown = pd.DataFrame(
        {
            title: [words.get(code, code) for code in sums.index],
            tr("pages.land.projects", current): sums["projects"].astype("Int64").to_numpy(),
            tr("pages.land.area", current): sums["stated_area_mu"].to_numpy(),
            tr("pages.land.farmland", current): sums["new_farmland_mu"].to_numpy(),
            tr("pages.land.saved", current): sums["saved_quota_mu"].to_numpy(),
            tr("pages.land.quota_used", current): sums["used_quota_mu"].to_numpy(),
            tr("pages.land.quota_left", current): sums["left_quota_mu"].to_numpy(),
            tr("pages.land.investment", current): (sums["investment_yuan"] / 10_000).to_numpy(),
        }
    )
    numbers = [name for name in shown.columns if name not in (title, tr("pages.land.projects", current))]
    st.dataframe(
        shown,
        hide_index=True,
        column_config={name: st.column_config.NumberColumn(format="localized") for name in numbers},
        placeholder="—",
    )
    offer(
        shown, f"consolidation-{column}", tr("pages.land.consolidation", current),
        [tr("pages.no_data_note", current)], current,
    )  # fmt: skip
