"""耕地监测: what was farmland in one edition and is not in the next, by place, on the map, and what was said of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers import AdminLevel
from layers.codes import FarmlandChange, FarmlandVerdict
from pages import formats
from pages.downloads import offer
from pages.farmland_map import draw_map
from pages.farmland_tables import piece_table, place_table
from pages.farmland_verdict import DONE, verdict_form
from pages.number_cards import lay_out, number_card
from pages.shell import lang
from store import places
from store.engine import reading
from store.land.farmland import (
    Comparison,
    Piece,
    Run,
    WatchSource,
    comparisons,
    counted,
    pieces,
    runs,
    shapes,
)

_WHICH, _COUNTY, _TOWN = "farmland.which", "farmland.county", "farmland.township"
_CHANGE, _VERDICT, _SLIVERS, _LEVEL = (
    f"farmland.{name}" for name in ("change", "verdict", "slivers", "level")
)
MOST_LISTED, MOST_DRAWN = 2000, 400
_STANDS = (str(FarmlandVerdict.OPEN), str(FarmlandVerdict.CONFIRMED))
_BEHIND: dict[str, tuple[tuple[str, ...], tuple[str, ...], bool]] = {
    "non_farm": ((str(FarmlandChange.NON_FARM),), _STANDS, False),
    "non_grain": ((str(FarmlandChange.NON_GRAIN),), _STANDS, False),
    "pieces": ((), _STANDS, False),
    "open": ((), (str(FarmlandVerdict.OPEN),), False),
    "slivers": ((), (), True),
}
"""Changes, verdicts and whether slivers, of the pieces that make each number."""
_LEVELS = (AdminLevel.COUNTY, AdminLevel.TOWNSHIP, AdminLevel.VILLAGE)


def page() -> None:
    """The choice of editions and place; sums; the list beside the map; the verdict."""
    current = lang()
    st.title(tr("pages.farmland.title", current), anchor=False)
    st.caption(tr("farmland.what", current))
    if done := st.session_state.pop(DONE, None):
        st.success(formats.plain(done), icon=":material/check_circle:")
    with reading() as connection:
        known = comparisons(connection)
        counties = places.children(connection, AdminLevel.COUNTY)
    if not known:
        st.info(tr("farmland.nothing", current), icon=":material/grass:")
        return
    _open_by_address(known, counties)
    with st.container(horizontal=True, vertical_alignment="bottom", key="farmland-toolbar"):
        compared = st.selectbox(
            tr("farmland.editions", current),
            known,
            format_func=lambda one: comparison_words(one, current),
            key=_WHICH,
            width=300,
        )
        prefix = _choose_place(counties, current)
    _watched(compared, prefix, current)


def comparison_words(compared: Comparison, current: Lang) -> str:
    """Two editions in words."""
    key = "farmland.by_raster" if compared.source is WatchSource.RASTER else "farmland.by_patches"
    return tr(key, current, before=compared.before, after=compared.after)


def _open_by_address(known: list[Comparison], counties: pd.DataFrame) -> None:
    """Take the place from the address when the page opens: ``?code=441881103000&verdict=open``."""
    if st.session_state.get(_WHICH) not in known:
        st.session_state[_WHICH] = known[0]
    if _COUNTY not in st.session_state:
        asked = st.query_params.get("code", "")
        codes = [code[:6] for code in counties["admin_code"]]
        st.session_state[_COUNTY] = asked[:6] if asked[:6] in codes else ""
        st.session_state[_TOWN] = asked[:9] if asked[6:9].strip("0") else ""
        verdict = st.query_params.get("verdict")
        st.session_state[_VERDICT] = [verdict] if verdict in set(FarmlandVerdict) else []


def _choose_place(counties: pd.DataFrame, current: Lang) -> str:
    """Draw the lists of counties and townships; leading digits of what is chosen."""
    names = dict(zip((code[:6] for code in counties["admin_code"]), counties["name"], strict=True))
    county = st.selectbox(
        tr("map.county", current),
        ["", *names],
        format_func=lambda code: names.get(code, tr("map.whole_city", current)),
        key=_COUNTY,
        width=200,
    )
    towns: dict[str, str] = {}
    if county:
        with reading() as connection:
            found = places.children(connection, AdminLevel.TOWNSHIP, county)
        towns = dict(zip((code[:9] for code in found["admin_code"]), found["name"], strict=True))
    if st.session_state.get(_TOWN) not in towns:
        st.session_state[_TOWN] = ""
    town = st.selectbox(
        tr("farmland.township", current),
        ["", *towns],
        format_func=lambda code: towns.get(code, tr("pages.all", current)),
        key=_TOWN,
        disabled=not towns,
        width=200,
    )
    return town or county or ""


def _watched(compared: Comparison, prefix: str, current: Lang) -> None:
    with reading() as connection:
        table = counted(connection, compared, prefix)
        made = runs(connection, compared, prefix[:6])
        found = pieces(connection, compared, prefix, MOST_LISTED + 1)
        names = _names(connection, prefix)
    if not made:
        st.info(tr("farmland.not_watched_here", current), icon=":material/grass:")
        return
    _figures(table, made, bool(prefix[6:]), current)
    if table.empty:
        st.success(tr("farmland.no_change", current), icon=":material/check_circle:")
        return
    notes = [comparison_words(compared, current), tr("farmland.note", current)]
    if any(run.synthetic for run in made):
        notes.append(tr("shell.synthetic", current))
    today = formats.today().isoformat()
    place = names.get(prefix.ljust(12, "0"), tr("map.whole_city", current))
    heading = tr("consolidation.sheet", current, place=place, day=today)
    listed, by_place = st.tabs([tr("farmland.tab_pieces", current), tr("farmland.tab_places", current)])
    with listed:
        _pieces(found, names, prefix, notes, heading, current)
    with by_place:
        _places(table, names, prefix, notes, heading, current)
    st.caption(tr("farmland.note", current))


def _names(connection: Any, prefix: str) -> dict[str, str]:
    """Names of counties, townships and villages below a prefix and of those above it, by 12-digit code."""
    found: dict[str, str] = {}
    for level in _LEVELS:
        units = places.children(connection, level, prefix[: level.digits])
        found |= dict(zip(units["admin_code"], units["name"], strict=True))
    return {
        code: name if code.endswith("000") else f"{found.get(code[:9] + '000', '')} {name}".strip()
        for code, name in found.items()
    }


def _figures(table: pd.DataFrame, made: Sequence[Run], below_county: bool, current: Lang) -> None:
    """Sums in 亩, and the balance of the farmland where whole counties are looked at."""
    real = table[~table["sliver"].astype(bool)]
    stands = real[real["verdict"] != str(FarmlandVerdict.DISMISSED)]
    area = stands.groupby("change")["area_m2"].sum()
    figures = {
        "non_farm": formats.number(formats.mu(float(area.get("non_farm", 0))), 1),
        "non_grain": formats.number(formats.mu(float(area.get("non_grain", 0))), 1),
        "pieces": formats.number(int(stands["pieces"].sum())),
        "open": formats.number(int(real.loc[real["verdict"] == "open", "pieces"].sum())),
        "slivers": formats.number(int(table.loc[table["sliver"].astype(bool), "pieces"].sum())),
    }
    lay_out("farmland-numbers", len(figures))
    with st.container(key="farmland-numbers", gap="small"):
        for name, value in figures.items():
            number_card(
                tr(f"farmland.{name}", current),
                value,
                tr("farmland.list_these", current),
                f"farmland.open.{name}",
                ":material/filter_alt:",
                _narrow,
                name,
                empty=value == "0",
            )
    last = max(made, key=lambda run: run.made_at)
    told = tr("farmland.run", current, at=formats.moment(last.made_at, current), by=last.made_by)
    if not below_county:
        whole = {
            name: formats.number(sum(formats.mu(run.balance[f"{name}_m2"]) for run in made), 1)
            for name in ("farmland", "kept", "non_farm", "non_grain", "uncovered", "doubled")
        }
        balance = tr("farmland.balance", current, **whole)
        told = f"{told} {balance}" if current == "en" else told + balance
    st.caption(formats.plain(told))


def _narrow(name: str) -> None:
    """Filter the list to the pieces that make a number above it."""
    change, verdicts, slivers = _BEHIND[name]
    st.session_state[_CHANGE], st.session_state[_VERDICT] = list(change), list(verdicts)
    st.session_state[_SLIVERS] = slivers


def _pieces(
    found: Sequence[Piece],
    names: Mapping[str, str],
    prefix: str,
    notes: list[str],
    heading: str,
    current: Lang,
) -> None:
    """Filters, list, map and verdict."""
    shown = _filtered(found[:MOST_LISTED], current)
    if len(found) > MOST_LISTED:
        st.caption(tr("farmland.more", current, number=MOST_LISTED))
    if not shown:
        st.info(tr("farmland.filtered_away", current), icon=":material/filter_alt_off:")
        return
    whole = formats.number(sum(formats.mu(one.area_m2) for one in shown), 2)
    st.caption(tr("farmland.listed", current, number=formats.number(len(shown)), mu=whole))
    left, right = st.columns([0.5, 0.5], gap="small")
    with left:
        picked = _list(shown, names, notes, heading, current)
        if picked is None:
            st.caption(f":material/touch_app: {tr('farmland.pick', current)}")
        else:
            verdict_form(picked, names.get(picked.admin_code, picked.admin_code), current)
    drawn = list(shown[:MOST_DRAWN])
    if picked is not None and picked not in drawn:
        drawn.append(picked)
    with right, reading() as connection:
        geometries = shapes(connection, [one.id for one in drawn])
        draw_map(connection, drawn, geometries, picked, prefix, current)
        if len(shown) > MOST_DRAWN:
            st.caption(tr("farmland.drawn", current, number=MOST_DRAWN))


def _filtered(found: Sequence[Piece], current: Lang) -> list[Piece]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="farmland-filters"):
        changes = st.pills(
            tr("farmland.change", current),
            [str(one) for one in FarmlandChange],
            selection_mode="multi",
            format_func=lambda code: FarmlandChange.of(code).text.get(current),
            key=_CHANGE,
        )
        verdicts = st.pills(
            tr("farmland.verdict", current),
            [str(one) for one in FarmlandVerdict],
            selection_mode="multi",
            format_func=lambda code: FarmlandVerdict.of(code).text.get(current),
            key=_VERDICT,
        )
        slivers = st.toggle(tr("farmland.show_slivers", current), key=_SLIVERS)
    return [
        one
        for one in found
        if (not changes or one.change in changes)
        and (not verdicts or one.verdict in verdicts)
        and one.sliver == slivers
    ]


def _list(
    shown: Sequence[Piece], names: Mapping[str, str], notes: list[str], heading: str, current: Lang
) -> Piece | None:
    table = piece_table(shown, names, current)
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=min(38 + 35 * len(shown), 330),
        placeholder="—",
        key=f"farmland.table.{hash(tuple(one.id for one in shown))}",
        column_config={
            tr("farmland.column.place", current): st.column_config.TextColumn(pinned=True, width=150),
            tr("farmland.column.area", current): st.column_config.NumberColumn(format="%.2f", width=80),
            tr("farmland.column.change", current): st.column_config.TextColumn(width=110),
        },
    )
    offer(table, "farmland-changes", tr("farmland.tab_pieces", current), notes, current, subtitle=heading)
    rows = event["selection"]["rows"] if event else []
    return shown[rows[0]] if rows and rows[0] < len(shown) else None


def _places(
    table: pd.DataFrame, names: Mapping[str, str], prefix: str, notes: list[str], heading: str, current: Lang
) -> None:
    levels = [level for level in _LEVELS if level.digits >= len(prefix)] or [AdminLevel.VILLAGE]
    chosen = st.segmented_control(
        tr("pages.indicators.level", current),
        levels,
        default=levels[0],
        required=True,
        format_func=lambda level: level.text.get(current),
        key=f"{_LEVEL}.{len(prefix)}",
    )
    level = AdminLevel.of(str(chosen or levels[0]))
    sums = place_table(table, level.digits, names, current)
    numbers = sums.select_dtypes("number").columns
    st.dataframe(
        sums,
        hide_index=True,
        column_config={str(one): st.column_config.NumberColumn(format="localized") for one in numbers},
    )
    offer(
        sums, f"farmland-{level}", tr("farmland.tab_places", current), notes, current, subtitle=heading
    )  # fmt: skip
