"""进度总览: how the city, a county or a township stands against the plan; for leaders, on a desk, a phone or a wall."""

import re
from html import escape

import pandas as pd
import streamlit as st

from base.settings import settings
from i18n import Lang, tr
from layers import AdminLevel
from pages import formats, overview_wall
from pages.briefing_offer import offer_briefing
from pages.data_day import age_words, day_of, day_words
from pages.overview_figures import trends_of
from pages.overview_html import STYLE
from pages.overview_looked import Looked, board, rights
from pages.overview_money import money_part, units_part
from pages.overview_news import changes_part, decisions_part
from pages.overview_numbers import cards
from pages.overview_ranking import INDICATOR, compare
from pages.scopes import Townships, choose_townships
from pages.shell import lang
from store.engine import reading
from store.progress.leaders import Stamp, stamp

_COUNTY, _TOWN, _SCOPE, _PLACE = "overview.county", "overview.town", "overview.scope", "overview.place"
_CODE = re.compile(r"\d{4}|\d{6}|\d{9}|\d{12}")


def page() -> None:
    """The place chosen, its numbers, what needs a decision, the comparison of what lies below, the money."""
    current = lang()
    with reading() as connection:
        at = stamp(connection)
    if st.query_params.get("wall") == "1":
        overview_wall.draw(_looked(at, settings().city_code, Townships.ALL, current))
        return
    title = tr("pages.overview.title", current)
    units = board(at, day_of(at)).units
    code = _place(units)
    if code != settings().city_code:
        title += f" · {formats.plain(str(units['name'][code]))}"
    st.title(title, anchor=False)
    if at.as_of is None and not at.projects:
        st.info(tr("pages.no_snapshot", current))
        return
    asked = st.query_params.get("place", "")
    if asked and not code.startswith(asked):
        st.warning(
            tr("overview.unknown_place", current, place=formats.plain(asked[:20])), icon=":material/link_off:"
        )
    scope = _toolbar(units, code, current)
    _take_indicator()
    looked = _looked(at, code, scope, current)
    if at.as_of is not None and scope is not Townships.ALL and trends_of(looked).empty:
        st.warning(
            tr("pages.overview.no_scope", current, scope=tr(f"pages.scope.{scope}", current)),
            icon=":material/info:",
        )
    st.html(STYLE + _day(looked) + cards(looked))
    offer_briefing(code, current)
    if at.as_of is not None:
        compare(looked)
    left, right = st.columns(2, gap="medium")
    with left:
        st.html(decisions_part(looked))
    with right:
        st.html(changes_part(looked))
        st.html(money_part(looked))
    st.html(units_part(looked))
    st.caption(tr("pages.no_data_note", current))


def _looked(at: Stamp, code: str, scope: Townships, current: Lang) -> Looked:
    can, land, parcels = rights()
    level = AdminLevel.of(board(at, day_of(at)).units["level"].get(code, str(AdminLevel.CITY)))
    return Looked(at, day_of(at), formats.today(), code, level, scope, current, can, land, parcels)


def _place(units: pd.DataFrame) -> str:
    """Code of the place in the address: a county or township of ours, else the city; the lists follow it."""
    asked = st.query_params.get("place", "")
    code = asked.ljust(12, "0") if _CODE.fullmatch(asked) else ""
    if code not in units.index:
        code = settings().city_code
    if st.session_state.get(_PLACE) != code:
        st.session_state[_PLACE] = code
        county = code[:6].ljust(12, "0")
        st.session_state[_COUNTY] = county if county != settings().city_code and county in units.index else ""
        st.session_state[_TOWN] = code if units["level"].get(code) == str(AdminLevel.TOWNSHIP) else ""
    return code


def _toolbar(units: pd.DataFrame, code: str, current: Lang) -> Townships:
    """The lists of places, which townships count, and the way to the wall screen."""
    counties = units[units["level"] == str(AdminLevel.COUNTY)]
    with st.container(horizontal=True, vertical_alignment="bottom", key="overview-toolbar"):
        names = counties["name"].to_dict()
        county = st.selectbox(
            tr("pages.choose.county", current), ["", *names],
            format_func=lambda one: names.get(one, tr("map.whole_city", current)),
            key=_COUNTY, width=172, on_change=_go,
        )  # fmt: skip
        if county:
            towns = units[
                (units["level"] == str(AdminLevel.TOWNSHIP)) & units.index.str.startswith(county[:6])
            ]["name"].to_dict()
            if st.session_state.get(_TOWN) not in towns:
                st.session_state[_TOWN] = ""
            st.selectbox(
                tr("pages.choose.township", current), ["", *towns],
                format_func=lambda one: towns.get(one, tr("pages.all", current)),
                key=_TOWN, width=172, on_change=_go,
            )  # fmt: skip
        scope = Townships.ALL
        if units["level"].get(code) != str(AdminLevel.TOWNSHIP):
            townships = units[units["level"] == str(AdminLevel.TOWNSHIP)]
            scope = choose_townships(current, _SCOPE, units=townships)
        st.link_button(
            tr("overview.to_wall", current), "/overview?wall=1", icon=":material/tv:", type="tertiary"
        )
    return scope


def _go() -> None:
    """Take the place of the lists into the address."""
    county = st.session_state.get(_COUNTY) or ""
    town = st.session_state.get(_TOWN) or ""
    code = town if town and town[:6] == county[:6] else county
    if code:
        st.query_params["place"] = code
    else:
        st.query_params.pop("place", None)


def _take_indicator() -> None:
    """The indicator that a link names is compared by, once; what is chosen afterwards holds."""
    asked = st.query_params.get("indicator")
    if asked and st.session_state.get("overview.asked") != asked:
        st.session_state["overview.asked"] = st.session_state[INDICATOR] = asked


def _day(looked: Looked) -> str:
    """Until when the data reach, as HTML; data that are old are said to be."""
    current, at = looked.lang, looked.at
    said = []
    if at.as_of is not None:
        said.append(formats.snapshot_words(at.as_of, at.computed_at, current))
    if at.reported_on is not None:
        said.append(tr("overview.reported_on", current, day=at.reported_on.isoformat()))
    said += filter(None, [age_words(looked.day, current)])
    day = escape(day_words(looked.day, current))
    rest = escape("".join(f" · {one}" for one in said))
    return f'<p class="xo xo-day"><b>{day}</b><span class="rest">{rest}</span></p>'
