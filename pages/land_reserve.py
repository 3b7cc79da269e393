"""The 10 % rule on the land bureau's screen: which units, their figures, the map and the table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import pandas as pd
import streamlit as st

from analysis.quota import scope
from analysis.reserve import ReserveFinding, required_share, reserve_table
from i18n import Lang, tr
from layers import AdminLevel
from layers.codes import QuotaBook, QuotaBucket, QuotaKind
from maps.base_map import show, take_click
from maps.choices import MapChoices
from maps.city_map import Look, city_map, whole
from maps.computed_themes import computed_theme
from maps.state import Theme
from pages import formats
from pages.downloads import offer
from pages.quota_link import entries_link
from pages.quota_words import level_of, share_words
from pages.scopes import KINDS, Townships, choose_townships
from pages.shell import person
from store import places
from store.engine import reading
from store.land.ledger_list import balances
from store.land.plan_figures import any_synthetic

_KEY, _LEVEL, _PART, _UNIT = "land_map", "land.level", "land.county", "land.unit"
_TABLE, _SERIAL, _SCOPE = "land.table", "land.serial", "land.scope"
_COLORS = {
    ReserveFinding.OK: "#a6d5b0",
    ReserveFinding.AMBER: "#f2b84b",
    ReserveFinding.RED: "#d64545",
}
_TINTS = {
    ReserveFinding.RED: "background-color: #fde2e1; color: #8f1d14; font-weight: 600",
    ReserveFinding.AMBER: "background-color: #fdf0d5; color: #7a4d00; font-weight: 600",
}
_NUMBERS = ("shortage_mu", "total_mu", "reserved_mu", "allotted_mu", "left_mu", "reserve_left_mu",
            "planned_shortage_mu")  # fmt: skip


@dataclass(frozen=True)
class Reserve:
    """The units looked at with their figures.

    Attributes
    ----------
    table : as `analysis.reserve.reserve_table`, the greatest shortage first.
    held : balances of the actual book below `prefix`.
    prefix : a county's six digits, or the city's four.
    synthetic : the plan's figures that the ledger was opened with are made up, in part at least.
    """

    level: AdminLevel
    prefix: str
    kind: Townships
    names: Mapping[str, str]
    table: pd.DataFrame
    held: pd.DataFrame
    synthetic: bool


def read_reserve(names: Mapping[str, str], current: Lang) -> Reserve:
    """Draw the choice of level and county; the figures of its units."""
    counties = [code for code in names if level_of(code) is AdminLevel.COUNTY]
    with st.container(horizontal=True, vertical_alignment="bottom", key="land-toolbar"):
        level = AdminLevel.of(
            str(
                st.segmented_control(
                    tr("pages.indicators.level", current),
                    [AdminLevel.COUNTY, AdminLevel.TOWNSHIP],
                    default=AdminLevel.TOWNSHIP,
                    required=True,
                    format_func=lambda one: one.text.get(current),
                    key=_LEVEL,
                )
                or AdminLevel.TOWNSHIP
            )
        )
        county = st.selectbox(
            tr("pages.choose.county", current),
            ["", *counties],
            format_func=lambda code: names.get(code, tr("map.whole_city", current)),
            key=_PART,
            width=200,
        )
        kind = Townships.ALL
        if level is AdminLevel.TOWNSHIP:
            kind = choose_townships(current, _SCOPE)
    prefix = scope(county) if county else scope(next(iter(names)))
    with reading() as connection:
        units = places.children(connection, level, prefix)
        held = balances(connection, prefix)
        planned = balances(connection, prefix, None, QuotaBook.PLANNED)
        synthetic = any_synthetic(connection, prefix)
    wanted = KINDS.get(kind)
    if wanted is not None:
        units = units[units["kind"] == str(wanted)]
    table = reserve_table(held, planned, units["admin_code"].tolist())
    if len(table):
        table = table.sort_values(["shortage_mu", "admin_code"], ascending=[False, True], ignore_index=True)
    return Reserve(level, prefix, kind, names, table, held, synthetic)


def draw_map(found: Reserve, current: Lang) -> None:
    """The units by what the rule says of them; a click or a row of the table makes one stand out."""
    st.session_state.setdefault(_SERIAL, 0)
    looked = (found.level, found.prefix)
    if st.session_state.setdefault("land.looked", looked) != looked:
        st.session_state["land.looked"] = looked
        st.session_state[_SERIAL] += 1
        st.session_state[_UNIT] = None
    click = take_click(_KEY)
    with reading() as connection:
        if click is not None:
            st.session_state[_UNIT] = places.code_at(connection, found.level, click.lon, click.lat)
        unit = st.session_state.get(_UNIT)
        unit = unit if unit in set(found.table.get("admin_code", ())) else None
        kind = "all" if found.level is AdminLevel.COUNTY else str(found.kind)
        part = found.prefix if len(found.prefix) > len("4418") else ""
        choices = MapChoices(frozenset(), None, found.level, part, kind, unit)
        target = part.ljust(12, "0") if part else whole("")
        state = city_map(connection, choices, current, person(), Look(st.session_state[_SERIAL], target))
    show(replace(state, layers=(), theme=_theme(found, current)), _KEY)
    if unit is not None:
        _told(found, unit, current)


def _theme(found: Reserve, current: Lang) -> Theme:
    order = list(_COLORS)
    classes: dict[str, int | None] = {}
    if len(found.table):
        for code, said in zip(found.table["admin_code"], found.table["finding"], strict=True):
            finding = ReserveFinding.of(said)
            classes[code] = order.index(finding) if finding in _COLORS else None
    return computed_theme(
        found.level,
        tr("land.theme", current, share=f"{required_share():.0%}"),
        classes,
        tuple(_COLORS.values()),
        tuple(finding.text.get(current) for finding in order),
    )


def _told(found: Reserve, unit: str, current: Lang) -> None:
    row = found.table[found.table["admin_code"] == unit].iloc[0]
    words = tr(
        "land.told",
        current,
        unit=found.names.get(unit, unit),
        share=share_words(row["share"], current),
        finding=ReserveFinding.of(row["finding"]).text.get(current),
        shortage=formats.number(float(row["shortage_mu"]), 2),
        left=formats.number(float(row["reserve_left_mu"]), 2),
    )
    st.markdown(formats.plain(words))
    own = found.held[found.held["admin_code"].str.startswith(scope(unit))]
    with st.container(horizontal=True):
        # What the rule reckons with: the four make the total, the first two of them the reserve.
        for kind in (QuotaKind.RESERVE, QuotaKind.SCALE):
            for bucket in (QuotaBucket.AVAILABLE, QuotaBucket.ALLOTTED):
                of = (own["kind"] == str(kind)) & (own["bucket"] == str(bucket))
                entries_link(scope(unit), kind, bucket, current, sum(own.loc[of, "amount_mu"], Decimal(0)))


def rule_words(found: Reserve, current: Lang) -> pd.DataFrame:
    """The table of the rule in words and 亩, for the screen, Excel and paper."""
    table = found.table
    if not len(table):
        return pd.DataFrame({tr("pages.land.unit", current): []})
    columns: dict[str, object] = {
        tr("pages.land.unit", current): [found.names.get(code, code) for code in table["admin_code"]],
        tr("pages.land.finding", current): [
            ReserveFinding.of(said).text.get(current) for said in table["finding"]
        ],
        tr("pages.land.share", current): [
            None if formats.missing(share) else round(float(share) * 100, 2) for share in table["share"]
        ],
    }
    columns |= {tr(f"land.column.{name}", current): table[name].astype(float).round(4) for name in _NUMBERS}
    columns[tr("pages.dossier.code", current)] = table["admin_code"]
    return pd.DataFrame(columns)


def draw_table(found: Reserve, current: Lang) -> None:
    """The table: red where short, amber where planned entries would make it so; a row makes its unit stand out."""
    share = f"{required_share():.0%}"
    st.caption(tr("land.rule", current, share=share))
    shown = rule_words(found, current)
    if shown.empty:
        st.info(tr("pages.no_data", current))
        return
    said = [ReserveFinding.of(one) for one in found.table["finding"]]
    event = st.dataframe(
        shown.style.apply(lambda row: [_TINTS.get(said[row.name], "")] * len(row), axis=1).format(
            dict.fromkeys(shown.select_dtypes("number").columns, "{:,.2f}"),
            na_rep=tr("pages.no_data", current),
        ),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"{_TABLE}.{found.level}.{found.prefix}.{found.kind}",
        placeholder=tr("pages.no_data", current),
    )
    picked = [row for row in event["selection"]["rows"] if row < len(found.table)]
    if picked:
        code = str(found.table["admin_code"].iloc[picked[0]])
        if st.session_state.get("land.picked") != code:
            st.session_state["land.picked"] = st.session_state[_UNIT] = code
            st.rerun(scope="fragment")
    title = tr("pages.land.reserve", current, share=share)
    notes = [tr("land.rule", current, share=share)]
    notes += [tr("shell.synthetic", current)] if found.synthetic else []
    offer(shown, f"reserve-{found.level}", title, notes, current, subtitle=subtitle(found, current))


def subtitle(found: Reserve, current: Lang) -> str:
    """Place, day and unit of measure, as the bureau's sheets say them."""
    place = found.names.get(found.prefix.ljust(12, "0"), found.prefix)
    return tr("land.subtitle", current, place=place, day=formats.today().isoformat())
