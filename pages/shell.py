"""The frame around every page: title, language, navigation, the note on synthetic data, database away."""

import importlib
from collections.abc import Callable
from html import escape
from pathlib import Path

import streamlit as st
import structlog
from streamlit.runtime.scriptrunner import get_script_run_ctx

from access import PAGES, Person, pages_for
from base.errors import XiangtuError
from base.journal import journal
from base.settings import settings
from i18n import LANGUAGES, Lang, tr
from pages import formats
from store import identity
from store.engine import reading
from store.errors import DatabaseAway
from web import visitors
from web.language import LANGUAGE_COOKIE
from web.session_cookie import SESSION_COOKIE, secret_in

log = journal("pages")
_LOGO = Path(__file__).resolve().parent / "images" / "logo.svg"
_ICON = {
    "home": "home",
    "map": "map",
    "dossier": "description",
    "indicators": "leaderboard",
    "gaps": "troubleshoot",
    "candidates": "add_location_alt",
    "selection": "checklist",
    "projects": "inventory_2",
    "network": "route",
    "land": "landscape",
    "quota_ledger": "account_balance",
    "parcels": "crop_free",
    "consolidation": "agriculture",
    "farmland": "grass",
    "overview": "monitoring",
    "tracking": "trending_up",
    "report": "edit_note",
    "report_check": "fact_check",
    "data_import": "upload_file",
    "dictionary": "menu_book",
    "people": "group",
    "record": "history_edu",
    "account": "account_circle",
    "progress_map": "map_search",
    "assessment": "fact_check",
    "inspection": "travel_explore",
    "assistance": "handshake",
}
_SECTIONS: dict[str, tuple[str, ...]] = {
    "start": ("home",),
    "planning": ("map", "dossier", "indicators", "gaps", "candidates", "selection", "projects", "network"),
    "land": ("land", "quota_ledger", "parcels", "consolidation", "farmland"),
    "leading": ("overview", "progress_map", "tracking", "assessment", "inspection", "assistance"),
    "reporting": ("report", "report_check"),
    "data": ("data_import", "dictionary"),
    "administration": ("people", "record", "account"),
}


def _session_of_script() -> str | None:
    """The session's secret in the cookie that came with the page's websocket."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    return secret_in(st.context.cookies.get(SESSION_COOKIE))


identity.ask(_session_of_script)


def person() -> Person:
    """Who is signed in.

    Raises
    ------
    NotSignedIn : the session has ended.
    """
    return visitors.person_now()


def lang() -> Lang:
    """The visitor's language: the one chosen before (a cookie), else the installation's."""
    chosen = st.context.cookies.get(LANGUAGE_COOKIE)
    for known in LANGUAGES:
        if chosen == known:
            return known
    return settings().language


def main() -> None:
    """Show the page that the address names inside the common frame."""
    current = lang()
    st.set_page_config(page_title=tr("shell.title", current), page_icon="🗺️", layout="wide")
    who = person()
    if st.session_state.get("xiangtu.session", who.session_id) != who.session_id:
        st.session_state.clear()
    st.session_state["xiangtu.session"] = who.session_id
    offered = pages_for(who.roles)
    made = {
        name: st.Page(
            _page(name),
            title=tr(f"shell.page.{name}", current),
            icon=f":material/{_ICON[name]}:",
            url_path=name,
            default=name == "home",
        )
        for name in offered
    }
    menu = {
        tr(f"shell.section.{section}", current): [made[name] for name in names if name in made]
        for section, names in _SECTIONS.items()
        if any(name in made for name in names)
    }
    # Else an address that these roles may not open gets words of Streamlit's own, in English.
    refused = [
        st.Page(
            _refused(name, current),
            url_path=name,
            title=tr(f"shell.page.{name}", current),
            visibility="hidden",
        )
        for name in PAGES
        if name not in made
    ]
    menu[tr("shell.section.start", current)] += refused
    chosen = st.navigation(menu, expanded=True)  # else Streamlit hides part of it behind words of its own
    _frame(who, current)
    with structlog.contextvars.bound_contextvars(
        session_id=who.session_id, account=who.name, page=chosen.url_path
    ):
        chosen.run()


def _frame(who: Person, current: Lang) -> None:
    other: Lang = "en" if current == "zh" else "zh"
    st.logo(_LOGO, size="large")
    note = tr("shell.demo" if who.demo else "shell.synthetic", current)
    st.html(
        f'<style>{_STYLE}</style><div class="xt-frame">'
        f'<div class="xt-synthetic" role="note">{escape(note)}</div>'
        f'<a class="xt-language" href="/language/{other}" target="_self" lang="{other}">'
        f"{escape(tr('shell.other_language', current))}</a></div>"
    )
    roles = " · ".join(sorted({a.role.text.get(current) for a in who.assignments}))
    with st.sidebar:
        st.html(
            f'<div class="xt-who"><b>{escape(who.display_name)}</b><span>{escape(roles)}</span>'
            f'<a class="xt-language" href="/sign-out" target="_self">{escape(tr("shell.sign_out", current))}</a></div>'
        )


def _page(name: str) -> Callable[[], None]:
    """The page's function, imported when it is first shown; its errors are told by `pages.last_resort`."""

    def run() -> None:
        importlib.import_module(f"pages.{name}").page()

    run.__name__ = name
    return run


def _refused(name: str, current: Lang) -> Callable[[], None]:
    """What a page shows to those whose roles do not open it."""

    def run() -> None:
        st.title(tr("shell.refused", current), anchor=False)
        title = tr(f"shell.page.{name}", current)
        st.info(tr("shell.refused_page", current, page=title), icon=":material/lock:")

    run.__name__ = name
    return run


def show_error(error: XiangtuError) -> None:
    """Say what is wrong; when the database is away, try again by itself until it is back."""
    current = lang()
    st.error(formats.plain(error.sentence(current)), icon=":material/error:")
    log.warning("page_error", kind=type(error).__name__, sentence=str(error))
    if isinstance(error, DatabaseAway):
        st.button(tr("shell.retry", current), icon=":material/refresh:")
        _wait_for_database()


@st.fragment(run_every=5)
def _wait_for_database() -> None:
    if not st.session_state.setdefault("xiangtu.waiting", False):
        st.session_state["xiangtu.waiting"] = True
        return
    try:
        with reading():
            pass
    except DatabaseAway:
        return
    st.session_state["xiangtu.waiting"] = False
    st.rerun()


_STYLE = """
.stMainBlockContainer{padding:1rem 2rem 2rem}
.stMainBlockContainer>.stVerticalBlock{gap:.8rem}
[data-testid="stHeader"]{height:0;min-height:0;background:none}
[data-testid="stMetricValue"]{font-size:1.6rem}
[data-testid="stMetricLabel"] p{white-space:normal}
[data-testid="InputInstructions"]{display:none}
.xt-frame{display:flex;align-items:center;gap:1rem}
.xt-synthetic{flex:1;background:#fff7e0;border-left:4px solid #d99a00;color:#5c4300;padding:.2rem .7rem;
font-size:.82rem;border-radius:3px}
.xt-who{display:grid;grid-template-columns:1fr auto;align-items:center;column-gap:.6rem;
padding:0 0 .7rem;font-size:.85rem}
.xt-who span{grid-column:1;color:#64748b;font-size:.78rem}.xt-who a{grid-column:2;grid-row:1/3}
.xt-language{flex:none;font-size:.85rem;padding:.2rem .7rem;border:1px solid #c9d3cc;border-radius:6px;
text-decoration:none!important;color:inherit!important}
.xt-language:hover{border-color:#0b6e4f}
@media (hover:none){.stElementContainer:has(.stDataFrame){margin-top:1.9rem}}
@media (max-width:640px){.stMainBlockContainer{padding:3.4rem .8rem 2rem}
[data-testid="stHeader"]{height:3rem;background:#fff}.xt-frame{gap:.5rem}
.st-key-map-toolbar>*{flex:1 1 40%!important;width:auto!important}.st-key-map-toolbar{gap:.5rem}
.st-key-map-toolbar .stPopover button{width:100%}
[data-testid="stButtonGroup"] [role="radiogroup"]{flex-wrap:wrap}
[data-testid="stButtonGroup"] [role="radiogroup"] button{padding-inline:.55rem}}
@media print{.stSidebar,[data-testid="stHeader"],[data-testid="stToolbar"]{display:none!important}
.stMainBlockContainer{padding:0}}
"""
