"""村镇档案: one page for each county, township and village; the address keeps the place."""

import streamlit as st

from i18n import Lang, tr
from layers import AdminLevel
from pages import formats, links
from pages.briefing_offer import offer_briefing
from pages.dossier_parts import render_dossier
from pages.dossier_print import render_print
from pages.shell import lang
from store.dossier import unit_list
from store.engine import reading
from store.errors import UnknownPlace
from store.places import Found, place, search

_CODE = "dossier.code"
_WORDS = "dossier.words"
_LEVELS = (AdminLevel.COUNTY, AdminLevel.TOWNSHIP, AdminLevel.VILLAGE)


def page() -> None:
    """Choose a place, then its dossier; ``?print=1`` gives the sheet for paper."""
    current = lang()
    asked = st.query_params.get("code")
    if asked and st.query_params.get("print") == "1":
        render_print(asked, current)
        return
    st.title(tr("pages.dossier.title", current), anchor=False)
    chosen = _choose(asked, current)
    if chosen is None:
        st.info(tr("pages.dossier.start", current), icon=":material/search:")
        return
    st.query_params["code"] = chosen
    with st.container(horizontal=True):
        links.page_link(links.MAP, tr("pages.dossier.on_map", current), ":material/map:", {"code": chosen})
        links.page_link(
            links.DOSSIER,
            tr("pages.dossier.print", current),
            ":material/print:",
            {"code": chosen, "print": "1"},
        )
    offer_briefing(chosen, current)
    render_dossier(chosen, current)


def _choose(asked: str | None, current: Lang) -> str | None:
    """The code chosen by address, search or the three lists; the lists follow the address."""
    found = _search(current)
    if found is not None:
        asked = found
    try:
        _follow(asked)
    except UnknownPlace as error:
        st.error(formats.plain(error.sentence(current)), icon=":material/error:")
        asked = None
    code = None
    prefix = ""
    for column, level in zip(st.columns(3), _LEVELS, strict=True):
        with column:
            code_here = _one_list(level, prefix, current) if level is AdminLevel.COUNTY or prefix else None
        if code_here is None:
            prefix = ""
            continue
        code, prefix = code_here, code_here[: level.digits]
    return code or asked


def _search(current: Lang) -> str | None:
    """A search box; the code that a person picks from its results, once."""
    words = st.text_input(
        tr("pages.choose.search", current),
        key=_WORDS,
        placeholder=tr("pages.choose.search_hint", current),
        icon=":material/search:",
    )
    if not words.strip():
        st.session_state.pop("dossier.searched", None)
        return None
    with reading() as connection:
        hits = [hit for hit in search(connection, words) if hit.level is not AdminLevel.CITY]
    if not hits:
        st.warning(formats.plain(tr("pages.choose.nothing", current, words=words)))
        return None
    picked = st.selectbox(
        tr("pages.choose.found", current),
        hits,
        format_func=lambda hit: _hit_words(hit),
        key="dossier.hit",
    )
    if picked is None:
        return None
    if st.session_state.get("dossier.searched") == (words, picked.admin_code):
        return None
    st.session_state["dossier.searched"] = (words, picked.admin_code)
    return str(picked.admin_code)


def _hit_words(hit: Found) -> str:
    names = dict.fromkeys(n for n in (hit.county_name, hit.township_name, hit.name) if n)
    return f"{' · '.join(names)}（{hit.admin_code}）"


def _follow(code: str | None) -> None:
    """Set the three lists to a code that came by address or search.

    Raises
    ------
    UnknownPlace : no county, township or village has that code.
    """
    if code is None or st.session_state.get(_CODE) == code:
        return
    with reading() as connection:
        here = place(connection, code)
    if here.level not in _LEVELS:
        st.session_state[_CODE] = code
        return
    for level in _LEVELS:
        deep_enough = here.level.digits >= level.digits
        st.session_state[f"dossier.{level}"] = (
            here.admin_code[: level.digits].ljust(12, "0") if deep_enough else None
        )
    st.session_state[_CODE] = code


def _one_list(level: AdminLevel, prefix: str, current: Lang) -> str | None:
    with reading() as connection:
        units = unit_list(connection, level, prefix)
    if units.empty and level is AdminLevel.COUNTY:
        st.info(tr("pages.no_places", current))
    names = dict(zip(units["admin_code"], units["name"], strict=True))
    key = f"dossier.{level}"
    if st.session_state.get(key) not in names:
        st.session_state[key] = None
    code: str | None = st.selectbox(
        tr(f"pages.choose.{level}", current),
        list(names),
        format_func=lambda value: names.get(value, value),
        index=None,
        placeholder=tr("pages.choose.whole", current),
        key=key,
        on_change=_chosen_by_hand,
    )
    return code


def _chosen_by_hand() -> None:
    """The lists, not the address, say what is shown from now on."""
    deepest = None
    for level in _LEVELS:
        deepest = st.session_state.get(f"dossier.{level}") or deepest
    st.session_state[_CODE] = deepest
    if deepest is None:
        st.query_params.pop("code", None)
    else:
        st.query_params["code"] = deepest
