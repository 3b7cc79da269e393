"""指标一览: villages or townships by indicator, worst first, those without data apart; for planners."""

import datetime as dt
from typing import Any

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers import AdminLevel, Direction, Indicator
from pages import formats
from pages.downloads import offer
from pages.indicator_choice import choose_indicator, explain
from pages.scopes import Townships, choose_townships, kept
from pages.shell import lang
from store.dossier import last_run, unit_list
from store.engine import reading
from store.snapshots import values as snapshot_values

_LEVELS = (AdminLevel.TOWNSHIP, AdminLevel.VILLAGE)


def page() -> None:
    """Choose level, indicator and part of the city; the table, the downloads, the units without data."""
    current = lang()
    st.title(tr("pages.indicators.title", current), anchor=False)
    with reading() as connection:
        run = last_run(connection)
    if run is None:
        st.info(tr("pages.no_snapshot", current))
        return
    st.caption(
        tr(
            "pages.snapshot",
            current,
            as_of=run.as_of.isoformat(),
            at=formats.moment(run.finished_at, current),
        )
    )
    with st.container(border=True):
        level = _level(current)
        indicator = choose_indicator(current, "indicators.indicator", level)
        place, switch = st.columns([3, 2])
        with place:
            prefix = _part(level, current)
        with switch:
            scope = choose_townships(current, "indicators.scope")
    explain(indicator, current)
    _table(indicator, level, prefix, scope, run.as_of, current)


def _level(current: Lang) -> AdminLevel:
    chosen = st.segmented_control(
        tr("pages.indicators.level", current),
        list(_LEVELS),
        default=AdminLevel.TOWNSHIP,
        required=True,
        format_func=lambda level: level.text.get(current),
        key="indicators.level",
    )
    return AdminLevel.of(str(chosen or AdminLevel.TOWNSHIP))


def _part(level: AdminLevel, current: Lang) -> str:
    """The code prefix of the county and, for villages, the township chosen; empty for the city."""
    left, right = st.columns(2)
    with left:
        prefix = _units_list(AdminLevel.COUNTY, "", current)
    if level is AdminLevel.VILLAGE and prefix:
        with right:
            prefix = _units_list(AdminLevel.TOWNSHIP, prefix, current) or prefix
    return prefix


def _units_list(level: AdminLevel, prefix: str, current: Lang) -> str:
    with reading() as connection:
        units = unit_list(connection, level, prefix)
    names = dict(zip(units["admin_code"], units["name"], strict=True))
    key = f"indicators.{level}"
    if st.session_state.get(key) not in names:
        st.session_state.pop(key, None)
    code = st.selectbox(
        tr(f"pages.choose.{level}", current),
        list(names),
        format_func=lambda value: names.get(value, value),
        index=None,
        placeholder=tr("pages.all", current),
        key=key,
    )
    return code[: level.digits] if code else ""


def ranked(indicator: Indicator, values: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Units with their value and distance to the target, worst first, those without data last.

    Returns
    -------
    The columns of `units` with ``value``, ``gap`` (stored unit; NaN without target or data), ``with_data``,
    ``units``.
    """
    found = units.merge(values, on="admin_code", how="left").astype({"value": float})
    found["gap"] = pd.Series(
        [formats.short_of_target(value, indicator) for value in found["value"]],
        index=found.index,
        dtype=float,
    )
    ascending = indicator.direction is Direction.HIGHER
    return found.sort_values(
        ["value", "admin_code"], ascending=[ascending, True], na_position="last", ignore_index=True
    )


def _table(
    indicator: Indicator, level: AdminLevel, prefix: str, scope: Townships, as_of: dt.date, current: Lang
) -> None:
    with reading() as connection:
        units = unit_list(connection, level, prefix)
        values = snapshot_values(connection, indicator.id, as_of, level, prefix=prefix)
    kind_column = "kind" if level is AdminLevel.TOWNSHIP else "township_kind"
    found = ranked(indicator, values, kept(units, scope, kind_column))
    known = found[found["value"].notna()]
    absent = found[found["value"].isna()]
    short = int((known["gap"] > 0).sum())
    with st.container(horizontal=True):
        st.metric(tr("pages.indicators.units", current), formats.number(len(found)), border=True, width=160)
        st.metric(tr("pages.indicators.known", current), formats.number(len(known)), border=True, width=160)
        if indicator.target is not None:
            st.metric(tr("pages.indicators.short", current), formats.number(short), border=True, width=160)
    shown = _shown(known, indicator, level, current)
    st.dataframe(shown, hide_index=True, column_config=_columns(indicator, current), placeholder="—")
    title = indicator.title.get(current)
    target = formats.target_words(indicator, current)
    notes = [
        tr("pages.indicators.note", current, as_of=as_of.isoformat(), target=target),
        tr("pages.no_data_note", current),
    ]
    everything = _shown(found, indicator, level, current)
    offer(everything, f"{indicator.id}-{level}-{as_of.isoformat()}", title, notes, current)
    with st.expander(tr("pages.indicators.absent", current, count=len(absent)), expanded=False):
        st.caption(tr("pages.no_data_note", current))
        st.dataframe(
            _shown(absent, indicator, level, current).iloc[:, : 3 + (level is AdminLevel.VILLAGE)],
            hide_index=True,
        )


def _value_title(indicator: Indicator, current: Lang) -> str:
    return f"{indicator.title.get(current)} ({formats.unit_name(indicator.unit, current)})"


def _gap_title(indicator: Indicator, current: Lang) -> str:
    return tr("pages.indicators.gap", current, target=formats.target_words(indicator, current))


def _columns(indicator: Indicator, current: Lang) -> dict[str, Any]:
    form = f"%.{formats.decimals(indicator.unit)}f"
    return {
        _value_title(indicator, current): st.column_config.NumberColumn(format=form),
        _gap_title(indicator, current): st.column_config.NumberColumn(format=form),
    }


def _shown(found: pd.DataFrame, indicator: Indicator, level: AdminLevel, current: Lang) -> pd.DataFrame:
    columns: dict[str, object] = {tr("pages.dossier.code", current): found["admin_code"]}
    columns[tr("pages.choose.county", current)] = found["county_name"]
    if level is AdminLevel.VILLAGE:
        columns[tr("pages.choose.township", current)] = found["township_name"]
    columns[tr(f"pages.choose.{level}", current)] = found["name"]
    columns[_value_title(indicator, current)] = formats.on_screen_series(found["value"], indicator.unit)
    if indicator.target is not None:
        columns[_gap_title(indicator, current)] = formats.on_screen_series(found["gap"], indicator.unit)
    if level is not AdminLevel.VILLAGE:
        columns[tr("pages.dossier.with_data", current)] = [
            formats.coverage(known, of, current)
            for known, of in zip(found["with_data"], found["units"], strict=True)
        ]
    return pd.DataFrame(columns)
