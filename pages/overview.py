"""进度总览: the core indicators against their targets, best and worst townships, by county; for leaders."""

import datetime as dt
from typing import Any

import pandas as pd
import streamlit as st

from base.settings import settings
from i18n import Lang, tr
from layers import AdminLevel, Direction, Indicator, Layer, all_layers
from pages import formats, links
from pages.briefing_offer import offer_briefing
from pages.indicator_choice import choose_indicator, explain
from pages.indicators import ranked
from pages.scopes import Townships, choose_townships, kept
from pages.shell import lang
from store.dossier import last_run, unit_list
from store.engine import reading
from store.snapshots import headline
from store.snapshots import values as snapshot_values

_HEADLINES_PER_LAYER = 2
_LISTED = 10


def page() -> None:
    """Headlines by layer, then one indicator by township and by county."""
    current = lang()
    st.title(tr("pages.overview.title", current), anchor=False)
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
    scope = choose_townships(current, "overview.scope")
    offer_briefing(settings().city_code, current)
    _headlines(run.as_of, scope, current)
    _ranking(run.as_of, scope, current)


def headline_indicators(layer: Layer) -> list[Indicator]:
    """The indicators that stand for a layer: the first ones, those with a target before the others."""
    return sorted(layer.indicators, key=lambda indicator: indicator.target is None)[:_HEADLINES_PER_LAYER]


def _headlines(as_of: dt.date, scope: Townships, current: Lang) -> None:
    with reading() as connection:
        figures = headline(connection, as_of)
    values = figures[figures["scope"] == str(scope)]
    if values.empty:
        st.warning(
            tr("pages.overview.no_scope", current, scope=tr(f"pages.scope.{scope}", current)),
            icon=":material/info:",
        )
    by_id: dict[str, pd.Series[Any]] = {str(row["indicator_id"]): row for _, row in values.iterrows()}
    core = [layer for layer in all_layers() if layer.core]
    for column, layer in zip(st.columns(len(core), border=True, gap="small"), core, strict=True):
        with column:
            st.subheader(formats.plain(layer.title.get(current)), anchor=False)
            headlines = headline_indicators(layer)
            for indicator in headlines:
                _headline(indicator, by_id.get(indicator.id), current)
            links.page_link(
                links.MAP,
                tr("pages.overview.on_map", current),
                ":material/map:",
                {"theme": headlines[0].id, "level": str(AdminLevel.TOWNSHIP)},
            )


def _headline(indicator: Indicator, row: "pd.Series[Any] | None", current: Lang) -> None:
    """One figure with its distance to the target: green when met, red when short."""
    value = None if row is None else row["value"]
    gap = formats.short_of_target(value, indicator)
    delta = None if gap is None else formats.standing(gap, indicator.unit, current)
    with st.container(gap=None):
        st.metric(
            formats.plain(indicator.title.get(current)),
            formats.figure(value, indicator.unit, current),
            delta,
            delta_color="off" if gap is None else "green" if gap <= 0 else "red",
            delta_arrow="off",
            help=formats.plain(indicator.formula.get(current)),
        )
        said = []
        if indicator.target is not None:
            said.append(
                tr("pages.overview.towards", current, target=formats.target_words(indicator, current))
            )
        if row is not None:
            said.append(
                tr(
                    "pages.overview.with_data",
                    current,
                    known=int(str(row["with_data"])),
                    all=int(str(row["units"])),
                )
            )
        if said:
            st.caption(formats.plain(" · ".join(said)))


def _ranking(as_of: dt.date, scope: Townships, current: Lang) -> None:
    st.subheader(tr("pages.overview.ranking", current), anchor=False)
    indicator = choose_indicator(current, "overview.indicator", AdminLevel.TOWNSHIP)
    explain(indicator, current)
    with reading() as connection:
        townships = kept(unit_list(connection, AdminLevel.TOWNSHIP), scope, "kind")
        values = snapshot_values(connection, indicator.id, as_of, AdminLevel.TOWNSHIP)
        counties = unit_list(connection, AdminLevel.COUNTY)
        by_county = snapshot_values(connection, indicator.id, as_of, AdminLevel.COUNTY, str(scope))
    found = ranked(indicator, values, townships)
    known = found[found["value"].notna()]
    if indicator.direction is not Direction.NEUTRAL:
        worst, best = st.columns(2)
        with worst:
            st.subheader(tr("pages.overview.worst", current), anchor=False)
            st.dataframe(_short_table(known.head(_LISTED), indicator, current), hide_index=True)
        with best:
            st.subheader(tr("pages.overview.best", current), anchor=False)
            st.dataframe(_short_table(known.iloc[::-1].head(_LISTED), indicator, current), hide_index=True)
    st.subheader(tr("pages.overview.counties", current), anchor=False)
    st.dataframe(
        _county_table(ranked(indicator, by_county, counties), indicator, current),
        hide_index=True,
        height="content",
    )
    st.caption(tr("pages.no_data_note", current))


def _short_table(found: pd.DataFrame, indicator: Indicator, current: Lang) -> pd.DataFrame:
    return pd.DataFrame(
        {
            tr("pages.choose.township", current): found["name"].to_numpy(),
            tr("pages.choose.county", current): found["county_name"].to_numpy(),
            indicator.title.get(current): [
                formats.figure(value, indicator.unit, current) for value in found["value"]
            ],
        }
    )


def _county_table(found: pd.DataFrame, indicator: Indicator, current: Lang) -> pd.DataFrame:
    return pd.DataFrame(
        {
            tr("pages.choose.county", current): found["name"].to_numpy(),
            indicator.title.get(current): [
                formats.figure(value, indicator.unit, current) for value in found["value"]
            ],
            tr("pages.dossier.standing", current): [
                formats.standing(gap, indicator.unit, current) for gap in found["gap"]
            ],
            tr("pages.dossier.with_data", current): [
                formats.coverage(known, of, current)
                for known, of in zip(found["with_data"], found["units"], strict=True)
            ],
        }
    )
