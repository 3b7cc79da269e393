"""The one door: pages, websocket, tiles, downloads and data answer nobody without a session.

Open are the sign-in page with what belongs to it, the choice of language, and ``/healthz``. A websocket is looked at
with each message and every two seconds: one whose session has ended is closed with code 4401, at which the page goes
to the sign-in page by itself (`web.first_paint`).
"""

import asyncio
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from access import Person
from i18n import LANGUAGES, tr
from store import identity
from store.errors import DatabaseAway
from web.answers import refusal
from web.language import language_of
from web.session_cookie import SESSION_COOKIE, cookie_of, is_https, secret_in
from web.sign_in_page import page
from web.visitors import person_behind, person_lately

SIGNED_OUT = 4401
"""Close code of a websocket whose session has ended."""
_OPEN = ("/healthz", "/sign-in", *(f"/language/{lang}" for lang in LANGUAGES))
_OPEN_BELOW = ("/sign-in/",)
_LONGEST_FORM = 65_536
_WHILE_PASSWORD_IS_FIRST = ("/sign-out",)
_SAFE = ("GET", "HEAD", "OPTIONS")
_LOOK_S = 2.0
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self' ws: wss:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
"""Nothing from elsewhere; Streamlit and its map component write scripts and styles into their pages."""
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"SAMEORIGIN"),
)


def person_in(scope: Scope) -> Person:
    """The person whom the door let in with a request."""
    found: Person = scope["state"]["person"]
    return found


def same_origin(scope: Scope) -> bool:
    """Whether a request that changes something, or a websocket, comes from a page of ours."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    if origin is None:
        # A browser says for a form where it comes from, one way or the other; other programs are no forgery.
        return headers.get(b"sec-fetch-site", b"same-origin") in (b"same-origin", b"none")
    return bool(urlsplit(origin.decode("latin-1")).netloc.encode("latin-1") == headers.get(b"host"))


class Door:
    """Middleware that lets in who has a session, and lets everything know whose request it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, _with_headers(send, is_https(scope)))
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if scope["method"] not in _SAFE and not same_origin(scope):
            await _foreign(scope)(scope, receive, send)
            return
        if path in _OPEN or path.startswith(_OPEN_BELOW):
            length = dict(scope["headers"]).get(b"content-length", b"")
            if scope["method"] not in _SAFE and not (length.isdigit() and int(length) <= _LONGEST_FORM):
                await refusal("web.form_too_long", 413)(scope, receive, send)
                return
            await self._app(scope, receive, send)
            return
        cookie = cookie_of(scope, SESSION_COOKIE)
        secret = secret_in(cookie)
        try:
            person = await _person(secret)
        except DatabaseAway:
            await _database_away(scope)(scope, receive, send)
            return
        if person is None:
            said = {} if cookie is None else {"ended": "1"}
            await _away(scope, "/sign-in", "web.not_signed_in", 401, **said)(scope, receive, send)
        elif person.must_change and path not in _WHILE_PASSWORD_IS_FIRST:
            await _away(scope, "/sign-in/password", "web.password_is_first", 403)(scope, receive, send)
        else:
            scope.setdefault("state", {})["person"] = person
            with identity.acting(secret):
                await self._app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not same_origin(scope):
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        secret = secret_in(cookie_of(scope, SESSION_COOKIE))
        if not await _may_stay(secret):
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": SIGNED_OUT})
            return
        with identity.acting(secret):
            await _Watched(self._app, secret, receive, send).run(scope)


async def _person(secret: str | None) -> Person | None:
    """The person of a session; without a thread for who came a moment ago."""
    return person_lately(secret) or await run_in_threadpool(person_behind, secret)


async def _may_stay(secret: str | None) -> bool:
    try:
        person = await _person(secret)
    except DatabaseAway:  # Pages say so themselves.
        return True
    return person is not None and not person.must_change


class _Watched:
    """One websocket, closed as soon as its session has ended."""

    def __init__(self, app: ASGIApp, secret: str | None, receive: Receive, send: Send) -> None:
        self._app = app
        self._secret = secret
        self._receive = receive
        self._send = send
        self._gone = asyncio.Event()

    async def run(self, scope: Scope) -> None:
        watching = asyncio.create_task(self._watch())
        try:
            await self._app(scope, self._next, self._forward)
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        while await _may_stay(self._secret):
            await asyncio.sleep(_LOOK_S)
        self._gone.set()

    async def _next(self) -> Message:
        """The next message of the browser, or its leaving when the session has ended."""
        if not self._gone.is_set():
            coming = asyncio.ensure_future(self._receive())
            ending = asyncio.ensure_future(self._gone.wait())
            await asyncio.wait({coming, ending}, return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
            if coming.done():
                message = coming.result()
                if message["type"] != "websocket.receive" or await _may_stay(self._secret):
                    return message
            else:
                coming.cancel()
            await self._send({"type": "websocket.close", "code": SIGNED_OUT})
            self._gone.set()
        return {"type": "websocket.disconnect", "code": SIGNED_OUT}

    async def _forward(self, message: Message) -> None:
        if not self._gone.is_set():
            await self._send(message)


def wants_page(scope: Scope) -> bool:
    """Whether a person will look at the answer."""
    return b"text/html" in dict(scope["headers"]).get(b"accept", b"")


def _away(scope: Scope, to: str, key: str, status: int, **said: str) -> Response:
    """Where a page's visitor is sent, and what everything else is told."""
    if scope["method"] == "GET" and wants_page(scope):
        query = scope["query_string"].decode("latin-1")
        asked = scope["path"] + (f"?{query}" if query else "")
        address = f"{to}?{urlencode({**said, 'next': asked})}"
        return RedirectResponse(address, status_code=303, headers=_NOT_KEPT)
    return refusal(key, status)


def _foreign(scope: Scope) -> Response:
    """The refusal of a request that another site has made a browser send."""
    if not wants_page(scope):
        return refusal("web.foreign_origin", 403)
    lang = language_of(scope)
    return page(lang, tr("web.refused", lang), "", problem=tr("web.foreign_origin", lang), status=403)


def _database_away(scope: Scope) -> Response:
    """For eyes a page that asks again by itself, for everything else the plain refusal."""
    if not wants_page(scope):
        return refusal("store.database_away", 503)
    lang = language_of(scope)
    told = page(lang, tr("web.away", lang), "", problem=DatabaseAway().sentence(lang), status=503)
    told.headers["Refresh"] = "5"
    return told


_NOT_KEPT = {"Cache-Control": "no-store"}


def _with_headers(send: Send, https: bool) -> Send:
    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            known = {name.lower() for name, _ in message["headers"]}
            added = [pair for pair in _HEADERS if pair[0] not in known]
            if https:
                added.append((b"strict-transport-security", b"max-age=31536000"))
            message["headers"] = [*message["headers"], *added]
        await send(message)

    return dressed
