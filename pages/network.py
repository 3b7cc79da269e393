"""路网检查: whether a county's roads hold together, who is cut off from the seat, where the drawing is at fault."""

from typing import Any

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from analysis.network_check import NEAR_MISS_M, NetworkCheck
from i18n import Lang, tr
from layers import AdminLevel, indicator
from pages import formats, links
from pages.downloads import offer
from pages.shell import lang
from pipelines.network_check import SOURCES, check_county
from store.dossier import unit_list
from store.engine import reading
from store.tiles import versions

_ZOOM = 16
_COUNTIES_KEPT = 16


def page() -> None:
    """Choose a county; its figures in one line, then each kind of finding as a table."""
    current = lang()
    st.title(tr("pages.network.title", current), anchor=False)
    travel = indicator("minutes_to_seat").arguments["travel"]
    st.caption(
        tr(
            "network.what",
            current,
            tolerance=formats.number(travel["tolerance_m"]),
            snap=formats.number(travel["snap_m"]),
        )
    )
    with reading() as connection:
        counties = unit_list(connection, AdminLevel.COUNTY)
        if counties.empty:
            st.info(tr("pages.no_places", current))
            return
        county = _choose_county(counties, current)
        known = versions(connection)
        with st.spinner(tr("network.checking", current)):
            check = _checked(
                connection,
                str(connection.engine.url),
                county,
                tuple(known.get(source, 0) for source in SOURCES),
            )
        villages = unit_list(connection, AdminLevel.VILLAGE, county[: AdminLevel.COUNTY.digits])
        townships = unit_list(connection, AdminLevel.TOWNSHIP, county[: AdminLevel.COUNTY.digits])
    if check is None or check.parts.empty:
        st.info(tr("network.no_roads", current))
        return
    _figures(check, current)
    _seats(check, townships, current)
    _tables(check, villages, county, current)


def _choose_county(counties: pd.DataFrame, current: Lang) -> str:
    names = dict(zip(counties["admin_code"], counties["name"], strict=True))
    if st.session_state.get("network.county") not in names:
        st.session_state.pop("network.county", None)
    return str(
        st.selectbox(
            tr("pages.choose.county", current),
            list(names),
            format_func=lambda code: names[code],
            key="network.county",
            width=320,
        )
    )


@st.cache_data(max_entries=_COUNTIES_KEPT, show_spinner=False)
def _checked(
    _connection: sa.Connection, database: str, county: str, versions: tuple[int, ...]
) -> NetworkCheck | None:
    """The check, kept until one of its layers changes; everybody who finds the page may read them all."""
    return check_county(_connection, county)


def _figures(check: NetworkCheck, current: Lang) -> None:
    cut_off = int(check.unconnected["population"].sum())
    figures = (
        ("parts", formats.number(len(check.parts))),
        ("km", formats.number(check.parts["km"].sum(), 1)),
        ("unconnected", f"{formats.number(len(check.unconnected))}/{formats.number(check.settlements)}"),
        ("unconnected_people", formats.number(cut_off)),
        ("near_misses", formats.number(len(check.near_misses))),
        ("crossings", formats.number(len(check.crossings))),
    )
    with st.container(horizontal=True):
        for name, value in figures:
            st.metric(tr(f"network.{name}", current), value, border=True, width=160)
    holes = int(check.near_misses["joins_parts"].sum())
    if holes:
        st.warning(tr("network.holes", current, count=holes), icon=":material/call_split:")
    elif len(check.parts) == 1:
        st.success(tr("network.whole", current), icon=":material/check:")
    else:
        st.warning(tr("network.apart", current, count=len(check.parts)), icon=":material/call_split:")


def _seats(check: NetworkCheck, townships: pd.DataFrame, current: Lang) -> None:
    """Say which townships have no seat on record, and which seats no road reaches."""
    names = {code[:9]: name for code, name in zip(townships["admin_code"], townships["name"], strict=True)}
    without = [names.get(code, code) for code in check.townships_without_seat]
    if without:
        listed = formats.plain(formats.joined(without, current))
        st.info(tr("network.no_seat", current, townships=listed), icon=":material/location_off:")
    far = [
        tr("network.far_seat", current, name=str(row["name"]), metres=formats.number(row["gap_m"]))
        for _, row in check.far_seats.iterrows()
    ]
    if far:
        listed = formats.plain(formats.joined(far, current))
        st.warning(tr("network.far_seats", current, seats=listed), icon=":material/location_off:")


def _tables(check: NetworkCheck, villages: pd.DataFrame, county: str, current: Lang) -> None:
    tables = (
        ("unconnected", _unconnected(check, villages, current), "network.unconnected_note"),
        ("parts", _parts(check, current), "network.parts_note"),
        ("near_misses", _near_misses(check, current), "network.near_misses_note"),
        ("crossings", _crossings(check, current), "network.crossings_note"),
    )
    titles = [f"{tr(f'network.{name}', current)} · {len(shown)}" for name, shown, _ in tables]
    for tab, (name, shown, note) in zip(st.tabs(titles), tables, strict=True):
        with tab:
            words = tr(note, current, metres=formats.number(NEAR_MISS_M))
            st.caption(words)
            if shown.empty:
                st.markdown(tr("network.nothing", current))
                continue
            _table(shown, current)
            offer(
                shown, f"network-{name.replace('_', '-')}-{county[:6]}", tr(f"network.{name}", current),
                [words], current,
            )  # fmt: skip


def _table(shown: pd.DataFrame, current: Lang) -> None:
    """The table with a link to each place on the map in front."""
    lon, lat = tr("network.lon", current), tr("network.lat", current)
    title = tr("network.on_map", current)
    places = [
        f"/{links.MAP}?theme=none&on=roads,settlements,township_seats&v={_ZOOM}/{y:.6f}/{x:.6f}"
        for x, y in zip(shown[lon], shown[lat], strict=True)
    ]
    linked = shown.copy()
    linked.insert(0, title, pd.Series(places, dtype=object, index=shown.index))
    config: dict[str, Any] = {
        title: st.column_config.LinkColumn(display_text=tr("network.look", current), width="small"),
        lon: st.column_config.NumberColumn(format="%.6f"),
        lat: st.column_config.NumberColumn(format="%.6f"),
    }
    st.dataframe(linked, hide_index=True, column_config=config, placeholder="—")


def _unconnected(check: NetworkCheck, villages: pd.DataFrame, current: Lang) -> pd.DataFrame:
    found = check.unconnected.merge(
        villages[["admin_code", "township_name"]].assign(village_name=villages["name"]),
        on="admin_code", how="left",
    )  # fmt: skip
    return pd.DataFrame(
        {
            tr("pages.choose.township", current): found["township_name"],
            tr("pages.choose.village", current): found["village_name"],
            tr("network.settlement", current): found["name"],
            tr("network.people", current): found["population"].astype("Int64"),
            tr("network.why", current): [tr(f"network.why_{why}", current) for why in found["why"]],
            tr("network.gap", current): found["gap_m"].round(0),
            tr("network.lon", current): found["lon"],
            tr("network.lat", current): found["lat"],
        }
    )


def _parts(check: NetworkCheck, current: Lang) -> pd.DataFrame:
    parts = check.parts
    return pd.DataFrame(
        {
            tr("network.part", current): range(1, len(parts) + 1),
            tr("network.km", current): parts["km"].round(2),
            tr("network.roads", current): parts["roads"],
            tr("network.seats", current): parts["seats"],
            tr("network.settlements", current): parts["settlements"],
            tr("network.people", current): parts["people"],
            tr("network.cut_off_people", current): parts["cut_off_people"],
            tr("network.lon", current): parts["lon"],
            tr("network.lat", current): parts["lat"],
        }
    )


def _near_misses(check: NetworkCheck, current: Lang) -> pd.DataFrame:
    found = check.near_misses
    return pd.DataFrame(
        {
            tr("network.segment", current): found["segment_no"],
            tr("network.other_segment", current): found["other_segment_no"],
            tr("network.miss", current): found["gap_m"].round(1),
            tr("network.joins_parts", current): [
                tr("pages.yes" if joins else "pages.no", current) for joins in found["joins_parts"]
            ],
            tr("network.lon", current): found["lon"],
            tr("network.lat", current): found["lat"],
        }
    )


def _crossings(check: NetworkCheck, current: Lang) -> pd.DataFrame:
    found = check.crossings
    return pd.DataFrame(
        {
            tr("network.segment", current): found["segment_no"],
            tr("network.other_segment", current): found["other_segment_no"],
            tr("network.lon", current): found["lon"],
            tr("network.lat", current): found["lat"],
        }
    )
