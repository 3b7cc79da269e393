"""Best and worst units of 进度总览 beside their map; a click on the map says who was hit and leads further."""

from dataclasses import replace
from html import escape

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers import AdminLevel, Indicator, all_layers, indicator
from maps.base_map import show, take_click
from maps.choices import MapChoices
from maps.city_map import Look, city_map, whole
from maps.gap_themes import score_theme
from maps.state import MapState, Selection, View
from pages import formats
from pages.overview_figures import COMPOSITE, compared
from pages.overview_html import BAD, CALM, GOOD, bar, link, linked, nothing, table
from pages.overview_kept import kept
from pages.overview_looked import Looked, board_of
from pages.shell import person
from store import places
from store.engine import reading
from store.progress.leaders import Snapshot

LISTED = 10
_KEY, _PICKED, _SERIAL, _SEEN = "overview_map", "overview.picked", "overview.serial", "overview.seen"
INDICATOR = "overview.indicator"
_HEIGHT_PX = 520


@st.fragment
def compare(looked: Looked) -> None:
    """The choice of an indicator, the map, and the lists beside it."""
    lang = looked.lang
    left, right = st.columns([0.52, 0.48], gap="medium")
    with left:
        chosen = _choose(looked)
        draw_map(looked, chosen, _HEIGHT_PX, _KEY)
    with right:
        st.html(lists(looked, chosen))
        picked = st.session_state.get(_PICKED)
        st.html(_told(looked, chosen, picked, lang))


def offered(looked: Looked) -> list[str]:
    """What units can be compared by: the composite score, then every indicator that exists at their level."""
    fitting = [
        one.id
        for layer in all_layers()
        for one in layer.indicators
        if one.level.digits >= looked.below.digits
    ]
    return [COMPOSITE, *fitting]


def title(chosen: str, lang: Lang) -> str:
    """What an indicator, or the composite score, is called."""
    return tr("gaps.score", lang) if chosen == COMPOSITE else indicator(chosen).title.get(lang)


def _choose(looked: Looked) -> str:
    options = offered(looked)
    if st.session_state.get(INDICATOR) not in options:
        st.session_state.pop(INDICATOR, None)
    titles = {one.id: layer.title.get(looked.lang) for layer in all_layers() for one in layer.indicators}

    def words(one: str) -> str:
        return title(one, looked.lang) if one == COMPOSITE else f"{titles[one]} · {title(one, looked.lang)}"

    return str(
        st.selectbox(
            tr("overview.compare_by", looked.lang), options, format_func=words, key=INDICATOR, width="stretch"
        )
    )


def draw_map(looked: Looked, chosen: str, height_px: int, key: str) -> None:
    """The units below the place by what is chosen; the one clicked stands out."""
    seen = (looked.code, looked.below)
    if st.session_state.get(_SEEN) != seen:
        st.session_state[_SEEN] = seen
        st.session_state[_SERIAL] = st.session_state.get(_SERIAL, 0) + 1
        st.session_state[_PICKED] = None
    click = take_click(key)
    if click is not None:
        with reading() as connection:
            code = places.code_at(connection, looked.below, click.lon, click.lat)
        st.session_state[_PICKED] = code if code is not None and code.startswith(looked.prefix) else None
    state = base_state(looked, None if chosen == COMPOSITE else chosen)
    view = state.view
    state = replace(
        state,
        selection=_selection(looked, chosen),
        view=None if view is None else View(st.session_state[_SERIAL], bounds=view.bounds),
        height_px=height_px,
    )
    if chosen == COMPOSITE:
        state = replace(state, theme=_score_theme(looked))
    show(state, key)


def base_state(looked: Looked, theme: str | None) -> MapState:
    """The map of what is looked at without what a visitor clicks; the same for everybody."""
    part = looked.prefix if looked.level is not AdminLevel.CITY else ""
    kind = "all" if looked.below is AdminLevel.VILLAGE else str(looked.scope)
    state = _state(looked.at.snapshot, looked.below, part, kind, None, looked.lang)
    if theme is None:
        return state
    return replace(state, theme=_state(looked.at.snapshot, looked.below, "", "all", theme, looked.lang).theme)


@kept(256)
def _state(at: Snapshot, level: AdminLevel, part: str, kind: str, theme: str | None, lang: Lang) -> MapState:
    """The boundaries with a theme; it hangs on nobody, since no layer of features is in it."""
    choices = MapChoices(frozenset(), theme, level, part, kind)
    with reading() as connection:
        return replace(city_map(connection, choices, lang, person(), Look(0, whole(part))), layers=())


def _score_theme(looked: Looked) -> "object":
    found = compared(looked, COMPOSITE)
    note = "" if looked.at.as_of is None else tr("map.as_of", looked.lang, date=looked.at.as_of.isoformat())
    return score_theme(
        found["admin_code"].tolist(), found["value"].to_numpy(float), looked.below, looked.lang, note
    )


def _selection(looked: Looked, chosen: str) -> Selection | None:
    picked = st.session_state.get(_PICKED)
    if picked is None:
        return None
    found = compared(looked, chosen)
    names = found.loc[found["admin_code"] == picked, "name"]
    return None if names.empty else Selection(looked.below, picked, str(names.iloc[0]))


@kept(512)
def lists(looked: Looked, chosen: str) -> str:
    """Worst and best ten of what is compared; a few units are one list, the worst first."""
    lang = looked.lang
    found = compared(looked, chosen)
    known = found[found["value"].notna()]
    level = looked.below.text.get(lang)
    heading = tr("overview.ranking", lang, indicator=title(chosen, lang), level=level)
    notes = [_explained(chosen, lang)]
    if len(known) < len(found):
        notes.append(
            tr("overview.without_data", lang, number=len(found) - len(known), all=len(found), level=level)
        )
    note = "".join(f'<p class="xo-note">{escape(one)}</p>' for one in notes if one)
    if known.empty:
        return f'<section class="xo"><h3>{escape(heading)}</h3>{nothing(tr("pages.no_data", lang))}{note}</section>'
    most = float(known["value"].abs().max()) or 1.0
    if len(known) <= 2 * LISTED:
        inner = _list(known, looked, chosen, most, tr("overview.all_units", lang), 1, 1)
    else:
        last = len(known)
        worst = _list(known.head(LISTED), looked, chosen, most, tr("pages.overview.worst", lang), last, -1)
        best = _list(
            known.iloc[::-1].head(LISTED), looked, chosen, most, tr("pages.overview.best", lang), 1, 1
        )
        inner = f'<div class="xo-pair">{worst}{best}</div>'
    return f'<section class="xo"><h3>{escape(heading)}</h3>{inner}{note}</section>'


def _explained(chosen: str, lang: Lang) -> str:
    if chosen == COMPOSITE:
        return tr("overview.composite_what", lang)
    one = indicator(chosen)
    return (
        f"{one.formula.get(lang)} · {formats.target_words(one, lang)}"
        if one.target is not None
        else one.formula.get(lang)
    )


def _list(
    found: pd.DataFrame, looked: Looked, chosen: str, most: float, heading: str, first: int, step: int
) -> str:
    lang = looked.lang
    declared = None if chosen == COMPOSITE else indicator(chosen)
    rows = []
    for at, (code, name, county, value, gap) in enumerate(
        found[["admin_code", "name", "county_name", "value", "gap"]].itertuples(index=False)
    ):
        county_words = f"<br><small>{escape(str(county))}</small>" if looked.level is AdminLevel.CITY else ""
        shown, tone = _value(value, gap, declared, lang)
        mark = None
        if declared is not None and declared.target is not None and declared.target <= most:
            mark = declared.target / most
        rows.append(
            (
                str(first + step * at),
                f"{place_link(str(code), str(name), looked)}{county_words}",
                f'<span class="xo-{tone}">{escape(shown)}</span>{bar(abs(value) / most, tone, mark)}',
            )
        )
    head = ("", looked.below.text.get(lang), "")
    return f"<div><h4>{escape(heading)}</h4>{table(head, rows)}</div>"


def _value(value: float, gap: float, declared: Indicator | None, lang: Lang) -> tuple[str, str]:
    if declared is None:
        return formats.number(value * 100, 1), CALM
    tone = CALM if formats.missing(gap) else GOOD if gap <= 0 else BAD
    return formats.figure(value, declared.unit, lang), tone


def place_link(code: str, name: str, looked: Looked) -> str:
    """A township leads to its own overview, a village to its dossier."""
    if code.endswith("000"):
        return link(name, "overview", {"place": code})
    return link(name, "dossier", {"code": code})


def _told(looked: Looked, chosen: str, picked: str | None, lang: Lang) -> str:
    """The unit that was clicked, its value, and where to go from it."""
    found = compared(looked, chosen)
    row = found[found["admin_code"] == picked]
    if picked is None or row.empty:
        return f'<p class="xo xo-note">{escape(tr("overview.click", lang))}</p>'
    name, value, gap = str(row["name"].iloc[0]), float(row["value"].iloc[0]), float(row["gap"].iloc[0])
    declared = None if chosen == COMPOSITE else indicator(chosen)
    shown, tone = _value(value, gap, declared, lang) if value == value else (tr("pages.no_data", lang), CALM)
    ways = [link(tr("overview.to_dossier", lang), "dossier", {"code": picked})]
    if picked.endswith("000"):
        ways.insert(0, link(tr("overview.to_place", lang, place=name), "overview", {"place": picked}))
    if "tracking" in looked.can:
        ways.append(linked(tr("overview.to_tracking", lang), "tracking", {"place": picked}, looked.can))
    where = (
        "" if looked.level is not AdminLevel.CITY else f"{board_of(looked).name(picked[:6] + '000000')} · "
    )
    return (
        f'<section class="xo"><h4>{escape(where + name)}</h4><p>{escape(title(chosen, lang))} '
        f'<b class="xo-{tone}">{escape(shown)}</b></p><p>{" · ".join(ways)}</p></section>'
    )
