"""The page that comes before Streamlit's scripts: our name in the visitor's language, and where the server is.

Streamlit sends one and the same empty page for every address. Its scripts then look for the server below the
page's own address first (``/map/_stcore``) and try again after a pause; told where it is, they do not. Files of
the map are asked for while those scripts are still being read.
"""

import re
from functools import cache
from html import escape
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

import streamlit
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from base.settings import settings
from i18n import LANGUAGES, Lang, tr
from maps.assets import url_of
from web.language import LANGUAGE_COOKIE

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
_HEAD = re.compile(rb"<head>", re.IGNORECASE)
_ROOT = b'<div id="root"></div>'
_OF_THE_FILE = (b"content-length", b"etag", b"last-modified", b"accept-ranges")
_NOT_PAGES = ("/component/", "/static/", "/_stcore/")


def _language(scope: Scope) -> Lang:
    """The language that the request's cookie names, else the installation's."""
    for name, value in scope["headers"]:
        if name != b"cookie":
            continue
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(value.decode("latin-1"))
        except CookieError:
            continue
        chosen = cookies.get(LANGUAGE_COOKIE)
        for known in LANGUAGES:
            if chosen is not None and chosen.value == known:
                return known
    return settings().language


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


def dressed(page: bytes, path: str, lang: Lang) -> bytes:
    """Streamlit's page with our words in it; what is not found in it is left out."""
    head = "<script>window.__streamlit={BACKEND_BASE_URL:location.origin+'/'}</script>"
    if path == "/map":
        for name in _MAP_FILES:
            kind = "script" if name.endswith(".js") else "style"
            head += f'<link rel="preload" as="{kind}" href="{url_of(name)}">'
    for name in _parts(_WIDGETS):
        if name.encode() not in page:
            head += f'<link rel="modulepreload" crossorigin href="./static/js/{name}">'
    page = _HEAD.sub(lambda found: found[0] + head.encode(), page, count=1)
    title = escape(tr("shell.title", lang)).encode()
    page = page.replace(b"<title>Streamlit</title>", b"<title>" + title + b"</title>", 1)
    page = page.replace(b'<html lang="en">', f'<html lang="{"zh-CN" if lang == "zh" else "en"}">'.encode(), 1)
    words = escape(tr("shell.opening", lang))
    root = f'<div id="root"><p style="margin:38vh 0;text-align:center;font:20px sans-serif">{words}</p></div>'
    return page.replace(_ROOT, root.encode(), 1)


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
            whole = dressed(body, scope["path"], _language(scope))
            headers = [(n, v) for n, v in held["headers"] if n not in _OF_THE_FILE]
            await send({**held, "headers": [*headers, (b"content-length", str(len(whole)).encode())]})
            await send({"type": "http.response.body", "body": whole})

        await self._app({**scope, "headers": _plain(scope["headers"])}, receive, collect)


def _asks_for_page(scope: Scope) -> bool:
    """Whether a browser wants to show what it asks for: scripts, styles and data are asked for otherwise."""
    if scope["method"] != "GET" or scope["path"].startswith(_NOT_PAGES):
        return False
    accepted: bytes = dict(scope["headers"]).get(b"accept", b"")
    return b"text/html" in accepted


def _is_page(start: Message) -> bool:
    kind: bytes = dict(start["headers"]).get(b"content-type", b"")
    return kind.startswith(b"text/html")


def _plain(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Ask for the page whole and uncompressed: a language is not part of Streamlit's file and its tag."""
    left_out = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
    return [(name, value) for name, value in headers if name not in left_out]
