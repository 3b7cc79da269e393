"""The frame around every page: title, language, navigation, the note on synthetic data, database away."""

import importlib
from collections.abc import Callable
from html import escape
from pathlib import Path

import streamlit as st
import structlog

from base.errors import XiangtuError
from base.journal import journal
from base.settings import settings
from i18n import LANGUAGES, Lang, tr
from pages import formats
from store.engine import reading
from store.errors import DatabaseAway
from web.language import LANGUAGE_COOKIE

log = journal("pages")
_LOGO = Path(__file__).resolve().parent / "images" / "logo.svg"
_SECTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "start": (("home", ":material/home:"),),
    "planning": (
        ("map", ":material/map:"),
        ("dossier", ":material/description:"),
        ("indicators", ":material/leaderboard:"),
    ),
    "land": (("land", ":material/landscape:"),),
    "leading": (("overview", ":material/monitoring:"),),
    "data": (("data_import", ":material/upload_file:"), ("dictionary", ":material/menu_book:")),
}


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
    made = {
        name: st.Page(
            _page(name),
            title=tr(f"shell.page.{name}", current),
            icon=icon,
            url_path=name,
            default=name == "home",
        )
        for section in _SECTIONS.values()
        for name, icon in section
    }
    menu = {
        tr(f"shell.section.{section}", current): [made[name] for name, _ in entries]
        for section, entries in _SECTIONS.items()
    }
    chosen = st.navigation(menu)
    _frame(current)
    session = st.context.cookies.get("_streamlit_xsrf", "")[:8]
    with structlog.contextvars.bound_contextvars(session_id=session, page=chosen.url_path):
        chosen.run()


def _frame(current: Lang) -> None:
    other: Lang = "en" if current == "zh" else "zh"
    st.logo(_LOGO, size="large")
    st.html(
        f'<style>{_STYLE}</style><div class="xt-frame">'
        f'<div class="xt-synthetic" role="note">{escape(tr("shell.synthetic", current))}</div>'
        f'<a class="xt-language" href="/language/{other}" target="_self" lang="{other}">'
        f"{escape(tr('shell.other_language', current))}</a></div>"
    )


def _page(name: str) -> Callable[[], None]:
    """The page's function, imported when it is first shown; its errors are told by `pages.last_resort`."""

    def run() -> None:
        importlib.import_module(f"pages.{name}").page()

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
.xt-language{flex:none;font-size:.85rem;padding:.2rem .7rem;border:1px solid #c9d3cc;border-radius:6px;
text-decoration:none!important;color:inherit!important}
.xt-language:hover{border-color:#0b6e4f}
@media (max-width:640px){.stMainBlockContainer{padding:3.4rem .8rem 2rem}
[data-testid="stHeader"]{height:3rem;background:#fff}.xt-frame{gap:.5rem}
.st-key-map-toolbar>*{flex:1 1 40%!important;width:auto!important}.st-key-map-toolbar{gap:.5rem}
.st-key-map-toolbar .stPopover button{width:100%}}
@media print{.stSidebar,[data-testid="stHeader"],[data-testid="stToolbar"]{display:none!important}
.stMainBlockContainer{padding:0}}
"""
