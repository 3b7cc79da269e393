"""Routes and field sheets: rounds of a county by day over the roads, a page to print for each place."""

import datetime as dt

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from pages import formats
from pages.downloads import offer
from pages.inspection_words import field_pages, route_table
from pipelines.progress.field_sheet import FieldSheets, as_pdf
from pipelines.progress.inspection_route import Route, county_route
from store.engine import reading
from store.progress.inspections import Inspection

_COUNTY, _PER_DAY = "inspection.route_county", "inspection.per_day"
_MADE = "inspection.route"


def routes_tab(one: Inspection, drawn: pd.DataFrame, counties: pd.DataFrame, current: Lang) -> None:
    """The county's rounds, made when asked for, and the sheets of its places."""
    named = dict(zip((code[:6] for code in counties["admin_code"]), counties["name"], strict=True))
    there = drawn["admin_code"].str[:6]
    known = [code for code in named if (there == code).any()]
    if not known:
        st.info(tr("inspection.no_places", current), icon=":material/route:")
        return
    st.caption(tr("inspection.route_note", current))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        county = st.selectbox(
            tr("map.county", current),
            known,
            format_func=lambda code: f"{named[code]} ({int((there == code).sum())})",
            key=_COUNTY,
            width=240,
        )
        per_day = st.number_input(tr("inspection.per_day", current), 1, 20, 5, key=_PER_DAY, width=150)
        asked = st.button(tr("inspection.make_route", current), type="primary", icon=":material/route:")
    own = drawn[there == county].reset_index(drop=True)
    made = _made(one, str(county), own, int(per_day), asked=asked)
    if made is not None:
        _route(one, made, own, named[str(county)], current)
    _sheets(one, own, made, named[str(county)], current)


def _made(one: Inspection, county: str, own: pd.DataFrame, per_day: int, *, asked: bool) -> Route | None:
    """The rounds of the county; kept in the session until another county or number is chosen."""
    key = (one.id, county, per_day)
    kept = st.session_state.get(_MADE)
    if asked and (kept is None or kept[0] != key):
        with reading() as connection:
            kept = (key, county_route(connection, county, own, per_day))
        st.session_state[_MADE] = kept
    return kept[1] if kept is not None and kept[0] == key else None


def _route(one: Inspection, route: Route, own: pd.DataFrame, county: str, current: Lang) -> None:
    total = sum(day.minutes for day in route.days)
    listed = sum(day.listed_minutes for day in route.days)
    told = tr(
        "inspection.route_words",
        current,
        start=route.start,
        days=len(route.days),
        hours=formats.number(total / 60, 1),
        listed=formats.number(listed / 60, 1),
    )
    st.write(formats.plain(told))
    names = dict(zip(own["unit_id"], own["place"] + " " + own["name"], strict=True))
    table = route_table(route, names, current)
    st.dataframe(table, hide_index=True, placeholder="—")
    offer(table, "inspection-route", one.name, [told], current, subtitle=f"{county}  {one.name}")


def _sheets(one: Inspection, own: pd.DataFrame, route: Route | None, county: str, current: Lang) -> None:
    def pdf() -> bytes:
        now = formats.moment(dt.datetime.now(dt.UTC), current)
        subtitle = tr(
            "inspection.sheet.subtitle", current, name=one.name, county=county, day=one.as_of.isoformat()
        )
        pages = field_pages(own, () if route is None else (route,), current)
        title = tr("inspection.sheet.title", current)
        return as_pdf(FieldSheets(title, subtitle, one.subject, pages, now, one.synthetic, current))

    st.download_button(
        tr("inspection.sheets", current, number=len(own)),
        pdf,
        f"inspection-sheets-{one.id}.pdf",
        "application/pdf",
        icon=":material/print:",
        on_click="ignore",
    )
