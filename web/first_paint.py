"""The page that comes before Streamlit's scripts: our name in the visitor's language, and where the server is.

Streamlit sends one and the same empty page for every address, and words of its own for one that no page has: such an
address leads to the front page, which says so. Its scripts then look for the server below the
page's own address first (``/map/_stcore``) and try again after a pause; told where it is, they do not. On the
map's page a first map (`maps.first_map`) is drawn before those scripts run. See docs/decisions/0008-first-paint.md.
"""

import json
import re
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import urlencode

import streamlit
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from access import PAGES
from i18n import Lang, tr
from maps.assets import url_of
from web.door import SIGNED_OUT, wants_page
from web.language import language_of

_WIDGETS = (
    "Html",
    "TextInput",
    "Selectbox",
    "ComponentInstance",
    "Popover",
    "Expander",
    "Checkbox",
    "ButtonGroup",
)
"""Streamlit's widgets that our pages have; it would ask for each when it meets it."""
_IMPORTS = re.compile(r"""(?:from|import)\s*["`']\./([\w.-]+\.js)["`']""")
_MAP_FILES = ("map.js", "map.css")
_TO_SIGN_IN = f"""<script>window.__streamlit={{BACKEND_BASE_URL:location.origin+'/'}};
window.WebSocket=class extends WebSocket{{constructor(...given){{super(...given);
this.addEventListener('close',(event)=>{{if(event.code==={SIGNED_OUT})
location.href='/sign-in?ended=1&next='+encodeURIComponent(location.pathname+location.search)}})}}}}</script>"""
"""Where the server is, and where a page goes whose session has ended (`web.door`)."""
_FIRST_MAP = """<style>
#xt-first{{position:fixed;z-index:1;border:0;visibility:hidden;
left:332px;top:115px;width:calc(71vw - 266.4px);height:calc(100vh - 162px)}}
@media(max-width:1279px){{#xt-first{{top:171px;height:calc(100vh - 218px)}}}}
@media(max-width:899px){{#xt-first{{top:245px;height:calc(100vh - 292px)}}}}
@media(max-width:767px){{#xt-first{{left:32px;top:171px;width:calc(71vw - 53.4px);height:calc(100vh - 218px)}}}}
@media(max-width:640px){{#xt-first{{left:12.8px;top:268px;width:calc(100vw - 25.6px);height:62vh}}}}
</style><iframe id="xt-first" title="{title}" allowfullscreen src="{address}"></iframe>"""
"""Where Streamlit will lay out the map; the first map corrects itself once that is there."""
_SCRIPT = re.compile(rb'<script type="module" crossorigin src="([^"]+)"></script>')
_PRELOADS = re.compile(rb'<link rel="modulepreload" crossorigin href="([^"]+)">\s*')
_AFTER_THE_MAP = """<script>(() => {{
let begun = false;
window.startStreamlit = () => {{
if (begun) return;
begun = true;
const add = (tag, values) => document.head.append(Object.assign(document.createElement(tag), values));
for (const href of {parts}) add("link", {{ rel: "modulepreload", crossOrigin: "", href }});
add("script", {{ type: "module", crossOrigin: "", src: {script} }});
}};
setTimeout(startStreamlit, 700);
}})()</script>"""
"""Streamlit's scripts and the first map need the same thread and the same line: the map goes first, if it is quick."""
_HEAD = re.compile(rb"<head>", re.IGNORECASE)
_ROOT = b'<div id="root"></div>'
_OF_THE_FILE = (b"content-length", b"etag", b"last-modified", b"accept-ranges")
_ADDRESSES = frozenset(f"/{name}" for name in PAGES if name != "home") | {"/"}
_LONGEST_TOLD = 60
_NOT_PAGES = ("/component/", "/static/", "/_stcore/")


@cache
def _parts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Streamlit's script files for the widgets named, with all that they import; unknown names are left out."""
    folder = Path(streamlit.__file__).parent / "static" / "static" / "js"
    wanted = [path.name for name in names for path in sorted(folder.glob(f"{name}.*.js"))]
    found: dict[str, None] = {}
    while wanted:
        name = wanted.pop()
        if name in found or not (folder / name).is_file():
            continue
        found[name] = None
        wanted += _IMPORTS.findall((folder / name).read_text("utf-8"))
    return tuple(found)


def dressed(page: bytes, path: str, query: str, lang: Lang) -> bytes:
    """Streamlit's page with our words, and on the map's page the first map; any other page is left as it is."""
    if _ROOT not in page:
        return page
    with_map = path == "/map"
    head = _TO_SIGN_IN
    parts = [f"./static/js/{name}" for name in _parts(_WIDGETS) if name.encode() not in page]
    if with_map:
        for name in _MAP_FILES:
            kind = "script" if name.endswith(".js") else "style"
            head += f'<link rel="preload" as="{kind}" href="{url_of(name)}">'
        page = _after_the_map(page, parts)
    else:
        head += "".join(f'<link rel="modulepreload" crossorigin href="{part}">' for part in parts)
    page = _HEAD.sub(lambda found: found[0] + head.encode(), page, count=1)
    title = escape(tr("shell.title", lang)).encode()
    page = page.replace(b"<title>Streamlit</title>", b"<title>" + title + b"</title>", 1)
    page = page.replace(b'<html lang="en">', f'<html lang="{"zh-CN" if lang == "zh" else "en"}">'.encode(), 1)
    words = escape(tr("shell.opening", lang))
    above = "40px" if with_map else "38vh"
    root = (
        f'<div id="root"><p style="margin:{above} 0;text-align:center;font:20px sans-serif">{words}</p></div>'
    )
    if with_map:
        root += _FIRST_MAP.format(
            address=escape(f"/first-map?{query}"), title=escape(tr("shell.page.map", lang))
        )
    return page.replace(_ROOT, root.encode(), 1)


def _after_the_map(page: bytes, parts: list[str]) -> bytes:
    """The page with Streamlit's scripts held back until the first map says so, or is late."""
    found = _SCRIPT.search(page)
    if found is None:
        return page
    script = found[1].decode()
    parts = [script, *(part.decode() for part in _PRELOADS.findall(page)), *parts]
    held = _AFTER_THE_MAP.format(parts=json.dumps(parts), script=json.dumps(script))
    return _SCRIPT.sub(lambda _: held.encode(), _PRELOADS.sub(b"", page), count=1)


class FirstPaint:
    """Middleware that dresses the pages; everything else passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _asks_for_page(scope):
            await self._app(scope, receive, send)
            return
        held: Message | None = None
        body = b""

        async def collect(message: Message) -> None:
            nonlocal held, body
            if message["type"] == "http.response.start" and _is_page(message):
                held = message
                return
            if held is None or message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body", False):
                return
            if _ROOT in body and scope["path"] not in _ADDRESSES:
                front = f"/?{urlencode({'unknown': scope['path'][:_LONGEST_TOLD]})}"
                await RedirectResponse("/" if scope["path"] == "/home" else front, 303)(scope, receive, send)
                return
            whole = dressed(body, scope["path"], scope["query_string"].decode("latin-1"), language_of(scope))
            headers = [(n, v) for n, v in held["headers"] if n not in _OF_THE_FILE]
            await send({**held, "headers": [*headers, (b"content-length", str(len(whole)).encode())]})
            await send({"type": "http.response.body", "body": whole})

        await self._app({**scope, "headers": _plain(scope["headers"])}, receive, collect)


def _asks_for_page(scope: Scope) -> bool:
    """Whether a browser wants to show what it asks for: scripts, styles and data are asked for otherwise."""
    return scope["method"] == "GET" and not scope["path"].startswith(_NOT_PAGES) and wants_page(scope)


def _is_page(start: Message) -> bool:
    kind: bytes = dict(start["headers"]).get(b"content-type", b"")
    return kind.startswith(b"text/html")


def _plain(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Ask for the page whole and uncompressed: a language is not part of Streamlit's file and its tag."""
    left_out = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
    return [(name, value) for name, value in headers if name not in left_out]
