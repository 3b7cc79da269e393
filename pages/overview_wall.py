"""进度总览 on a wall screen: one view after the other, no menu and no controls, for days on end.

All views are drawn at once and stay; a small script in the browser shows one of them at a time. The server is asked
nothing for a turn; it looks once a minute whether the data have changed. See docs/decisions/0028-leaders-page.md.
"""

import json
from html import escape

import streamlit as st

from base.settings import settings
from i18n import Lang, tr
from pages import formats
from pages.data_day import day_words
from pages.overview_figures import COMPOSITE
from pages.overview_html import STYLE
from pages.overview_looked import Looked
from pages.overview_money import money_part, units_part
from pages.overview_news import changes_part, decisions_part
from pages.overview_numbers import cards
from pages.overview_projects import decisions
from pages.overview_ranking import draw_map, lists
from store.engine import reading
from store.progress.leaders import stamp

VIEWS = ("numbers", "map", "ranking", "money", "decisions")
_LOOK_S = 60
_FEW, _FEWER, _ROOMY = 4, 2, 3
"""Rows of each kind that a wall has room for, and of how many kinds it has room for more."""


def draw(looked: Looked) -> None:
    """The head and all views; the script that turns them."""
    lang = looked.lang
    st.html(_STYLE + STYLE + _head(looked))
    if looked.at.as_of is None and not looked.at.projects:
        st.info(tr("pages.no_snapshot", lang))
        return
    with _view("numbers"):
        st.html(cards(looked))
    with _view("map"):
        if looked.at.as_of is not None:
            draw_map(looked, COMPOSITE, 0, "overview_wall_map")
    with _view("ranking"):
        st.html(lists(looked, COMPOSITE))
    with _view("money"):
        st.html(f'<div class="xo-pair">{money_part(looked)}{units_part(looked)}</div>')
    with _view("decisions"):
        shown = _FEW if decisions(looked)["kind"].nunique() <= _ROOMY else _FEWER
        st.html(f'<div class="xo-pair">{decisions_part(looked, shown)}{changes_part(looked, _FEWER)}</div>')
    st.html(_script(lang), unsafe_allow_javascript=True)
    _look_again(looked)


def _view(name: str) -> "st.delta_generator.DeltaGenerator":
    return st.container(key=f"wall-{name}")


def _head(looked: Looked) -> str:
    lang = looked.lang
    day = day_words(looked.day, lang)
    drawn = tr("overview.wall_drawn", lang, at=formats.moment(looked.at.computed_at, lang))
    names = "".join(f"<span>{escape(tr(f'overview.wall.{name}', lang))}</span>" for name in VIEWS)
    return (
        f'<div id="xw-head"><b>{escape(tr("overview.wall_title", lang))}</b><nav>{names}</nav>'
        f'<span class="day">{escape(day)}<small>{escape(drawn)}</small></span>'
        f'<span id="xw-state" hidden>{escape(tr("overview.paused", lang))}</span></div>'
    )


def _script(lang: Lang) -> str:
    """The script with its two values; there are no words of anybody else in it."""
    given = json.dumps({"views": VIEWS, "seconds": settings().wall_seconds})
    return f'<span lang="{lang}"></span><script>({_TURN})({given})</script>'


@st.fragment(run_every=_LOOK_S)
def _look_again(looked: Looked) -> None:
    """Draw everything anew if the data have changed, or the day has; nothing otherwise."""
    with reading() as connection:
        now = stamp(connection)
    if now != looked.at or formats.today() != looked.today:
        st.rerun()


# Space or P holds the view, the arrows turn by hand. One timer for the window, however often this is drawn.
_TURN = """(given) => {
const wall = window.xtWall ?? (window.xtWall = { at: 0, held: false });
const show = () => {
    const view = given.views[wall.at];
    document.documentElement.dataset.wall = view;
    document.querySelectorAll("#xw-head nav span").forEach((one, at) => one.classList.toggle("on", at === wall.at));
    const state = document.getElementById("xw-state");
    if (state) state.hidden = !wall.held;
};
const turn = (by) => { wall.at = (wall.at + by + given.views.length) % given.views.length; show(); };
const start = () => {
    clearInterval(wall.timer);
    if (!wall.held) wall.timer = setInterval(next, given.seconds * 1000);
};
const next = () => { if (document.getElementById("xw-head")) turn(1); else leave(); };
const keys = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " || event.key.toLowerCase() === "p") wall.held = !wall.held;
    else if (event.key === "ArrowRight") turn(1);
    else if (event.key === "ArrowLeft") turn(-1);
    else return;
    event.preventDefault();
    show();
    start();
};
const leave = () => {
    clearInterval(wall.timer);
    document.removeEventListener("keydown", wall.keys, true);
    delete document.documentElement.dataset.wall;
    delete window.xtWall;
};
if (wall.keys) document.removeEventListener("keydown", wall.keys, true);
wall.keys = keys;
document.addEventListener("keydown", keys, true);
show();
start();
}"""
_STYLE = """<style>
.stSidebar,[data-testid="stSidebarCollapsedControl"],[data-testid="stExpandSidebarButton"],[data-testid="stHeader"],
[data-testid="stStatusWidget"],.xt-language{display:none!important}
.stMainBlockContainer{padding:0!important;max-width:none!important}
.xt-frame{position:fixed;left:0;right:0;bottom:0;z-index:5}.xt-synthetic{border-radius:0}
[data-stale]{opacity:1!important}
#xw-head{position:fixed;left:0;right:0;top:0;height:7vh;z-index:5;display:flex;align-items:center;gap:2vw;
padding:0 2vw;background:#0b4f3a;color:#fff;font-size:2.1vh}
#xw-head b{font-size:3vh;font-weight:650;white-space:nowrap}
#xw-head nav{flex:1;display:flex;gap:.6vw;justify-content:center}
#xw-head nav span{padding:.4vh 1vw;border-radius:99px;opacity:.65;white-space:nowrap}
#xw-head nav span.on{background:#fff;color:#0b4f3a;opacity:1;font-weight:600}
#xw-head .day{text-align:right;white-space:nowrap}#xw-head small{display:block;font-size:.75em;opacity:.8}
#xw-state{background:#d99a00;color:#1f1500;padding:.4vh .8vw;border-radius:6px;white-space:nowrap}
[class*="st-key-wall-"]{position:fixed!important;left:0;right:0;top:7vh;bottom:4vh;padding:2vh 2vw;overflow:hidden;
background:#fff;visibility:hidden}
[class*="st-key-wall-"] .xo{font-size:clamp(13px,1.95vh,34px)}
[class*="st-key-wall-"] .xo h3{font-size:1.35em}
[class*="st-key-wall-"] .xo h4{font-size:1.1em}
[class*="st-key-wall-"] .xo-note{font-size:.8em}
[class*="st-key-wall-"] .xo-cards{grid-template-columns:repeat(3,minmax(0,1fr));gap:1.6vh 1.2vw;
font-size:clamp(14px,2.3vh,40px)}
[class*="st-key-wall-"] .xo-card h3 a,[class*="st-key-wall-"] details{display:none}
[class*="st-key-wall-"] .xo-fig .value{font-size:min(1.9em,2.5vw)}
[class*="st-key-wall-"] .xo-spark{width:6.5em;height:1.8em}
[class*="st-key-wall-"] .xo a{color:inherit}
[class*="st-key-wall-"] .xo-card{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));column-gap:1.2vw;
padding:2vh 1.2vw;align-content:start;min-height:40vh}
[class*="st-key-wall-"] .xo-card h3{grid-column:1/3}[class*="st-key-wall-"] .xo-fig+.xo-fig{border:0}
[class*="st-key-wall-"] .xo-card small{margin-top:.6vh}
.st-key-wall-decisions .xo{font-size:clamp(13px,2.15vh,40px)!important}
.st-key-wall-decisions .xo .xo-note{display:none}
.st-key-wall-money .xo{font-size:clamp(13px,2.2vh,40px)!important}
.st-key-wall-money .xo td{padding:1.1vh .4rem}
.st-key-wall-money .xo-pair section:first-child td{padding:.45vh .4rem}
.st-key-wall-money .xo-sums{margin:1vh 0 1.2vh}.st-key-wall-money .xo-sums b{font-size:1.2em}
.st-key-wall-money .xo-bar{min-width:2em}
.st-key-wall-decisions .xo ul{columns:2;column-gap:2vw}.st-key-wall-decisions .xo li{break-inside:avoid}
[class*="st-key-wall-"] .xo-pair{gap:3vw}
html[data-wall="numbers"] .st-key-wall-numbers,html[data-wall="map"] .st-key-wall-map,
html[data-wall="ranking"] .st-key-wall-ranking,html[data-wall="money"] .st-key-wall-money,
html[data-wall="decisions"] .st-key-wall-decisions{visibility:visible}
@media (max-width:900px){#xw-head nav,#xw-head small{display:none}
[class*="st-key-wall-"]{overflow:auto}[class*="st-key-wall-"] .xo-cards{grid-template-columns:minmax(0,1fr)}}
</style>"""
