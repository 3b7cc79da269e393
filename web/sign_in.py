"""Signing in and out: ``/sign-in`` and below, ``/sign-out``."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import anyio
import anyio.to_thread
import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from access import Person
from access.passwords import WeakPassword
from base.errors import XiangtuError
from i18n import Lang, tr
from store import accounts, demo_doors, record, sessions
from store.engine import is_away, owner
from store.errors import DatabaseAway, SignInRefused, SignInWaits
from web import forms, oidc, session_cookie, visitors
from web.answers import refusal
from web.door import same_origin
from web.language import language_of
from web.sign_in_page import Field, fields_form, page
from web.sign_in_page import demo_doors as demo_buttons


class SessionEnded(XiangtuError):
    """The session that the browser had is over: idle, too old, ended elsewhere, or never one of ours."""

    key = "web.session_ended"


_STATUS: dict[type[XiangtuError], int] = {
    SessionEnded: 200,
    SignInRefused: 401,
    SignInWaits: 429,
    forms.FormStale: 409,
    WeakPassword: 422,
    DatabaseAway: 503,
    oidc.ProviderAway: 503,
    oidc.SubjectUnknown: 403,
}


_Found = TypeVar("_Found")
_turnstile: anyio.CapacityLimiter | None = None


def _next(given: str | None) -> str:
    """Where to go afterwards: a page of ours, else the first one."""
    path = forms.own_path(given)
    return "/" if path.startswith(("/sign-", "/_stcore")) else path


def _visit(request: Request) -> sessions.Visit:
    address = request.client.host if request.client else None
    return sessions.Visit(address, request.headers.get("user-agent"))


def _status_of(error: XiangtuError) -> int:
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)


def _mark(request: Request) -> str:
    return request.cookies.get(forms.FORM_COOKIE) or forms.browser_mark()


def _paper(
    request: Request, lang: Lang, mark: str, title: str, body: str, hint: str, error: XiangtuError | None
) -> Response:
    """A page with forms for the browser that has the mark, and what was wrong with the last one."""
    problem = error.sentence(lang) if error else ""
    shown = page(lang, title, body, problem=problem, hint=hint, status=_status_of(error) if error else 200)
    https = session_cookie.is_https(request.scope)
    shown.set_cookie(forms.FORM_COOKIE, mark, httponly=True, samesite="strict", secure=https, path="/")
    return shown


async def sign_in(request: Request) -> Response:
    """The sign-in page; with POST, a session for a name and password."""
    lang = language_of(request.scope)
    if request.method != "POST":
        ended = SessionEnded() if "ended" in request.query_params else None
        return await _show(request, lang, _next(request.query_params.get("next")), ended)
    given = await request.form()
    wanted = _next(str(given.get("next", "")))
    name, password = str(given.get("name", "")), str(given.get("password", ""))

    def work() -> str:
        forms.spend(str(given.get("token", "")), "sign-in", request.cookies.get(forms.FORM_COOKIE))
        return sessions.sign_in(owner(), name, password, _visit(request))

    return await _opened(request, lang, wanted, work, name)


async def demo(request: Request) -> Response:
    """A session for an account of the demo, as long as its doors stand open."""
    lang = language_of(request.scope)
    given = await request.form()
    wanted = _next(str(given.get("next", "")))

    def work() -> str:
        forms.spend(str(given.get("token", "")), "sign-in", request.cookies.get(forms.FORM_COOKIE))
        with owner().connect() as connection:
            account_id = demo_doors.account(connection, str(given.get("account", "")))
        return sessions.open_session(owner(), account_id, str(given.get("account", "")), _visit(request))

    return await _opened(request, lang, wanted, work)


async def oidc_begin(request: Request) -> Response:
    """The way to the city's identity provider."""
    try:
        return await oidc.begin(request)
    except XiangtuError as error:
        wanted = _next(request.query_params.get("next"))
        return await _show(request, language_of(request.scope), wanted, error)


async def oidc_back(request: Request) -> Response:
    """The way back from the city's identity provider."""
    lang = language_of(request.scope)
    try:
        found = await oidc.identity(request)

        def work() -> str:
            with owner().connect() as connection:
                account_id, name = oidc.account_for(connection, found.subject)
            return sessions.open_session(owner(), account_id, name, _visit(request))

        response = await _opened(request, lang, _next(found.next), work)
        oidc.forget(response)
        return response
    except XiangtuError as error:
        return await _show(request, lang, "/", error)


async def _slowly(work: Callable[[], _Found]) -> _Found:
    """Run what hashes passwords, two at a time: a crowd at the door must not keep those inside waiting."""
    global _turnstile
    if _turnstile is None:
        _turnstile = anyio.CapacityLimiter(2)
    return await anyio.to_thread.run_sync(work, limiter=_turnstile)


async def _opened(
    request: Request, lang: Lang, wanted: str, work: Callable[[], str], name: str = ""
) -> Response:
    """Open a session and go on; the session that the browser had before ends (rotation)."""
    try:
        secret = await _slowly(work)
    except XiangtuError as error:
        return await _show(request, lang, wanted, error, name)
    except sa.exc.SQLAlchemyError as error:
        if not is_away(error):
            raise
        return await _show(request, lang, wanted, DatabaseAway(), name)
    await run_in_threadpool(_end_former, request)
    response = RedirectResponse(wanted, status_code=303, headers={"Cache-Control": "no-store"})
    session_cookie.give(response, secret, session_cookie.is_https(request.scope))
    return response


def _former(request: Request) -> str | None:
    return session_cookie.secret_in(request.cookies.get(session_cookie.SESSION_COOKIE))


def _end_former(request: Request) -> None:
    former = _former(request)
    if former is not None:
        sessions.end(owner(), former)
        visitors.forget(former)
    with owner().connect() as connection:
        record.mark(connection)


async def _show(
    request: Request, lang: Lang, wanted: str, error: XiangtuError | None = None, name: str = ""
) -> Response:
    doors, ready = await run_in_threadpool(_doors)
    mark = _mark(request)
    hidden = {"next": wanted, "token": forms.token("sign-in", mark)}
    body = fields_form(
        "/sign-in",
        hidden,
        [
            Field("name", tr("web.sign_in.name", lang), autocomplete="username", value=name[:40]),
            Field("password", tr("web.sign_in.password", lang), "password", "current-password"),
        ],
        tr("web.sign_in.button", lang),
    )
    if oidc.enabled():
        address = "/sign-in/oidc?" + urlencode({"next": wanted})
        body += f'<a class="other" href="{address}">{tr("web.sign_in.oidc", lang)}</a>'
    if doors:
        body += demo_buttons(doors, {**hidden, "token": forms.token("sign-in", mark)}, lang)
    hint = tr("web.sign_in.hint", lang) if ready else tr("web.sign_in.nobody", lang)
    return _paper(request, lang, mark, tr("web.sign_in.title", lang), body, hint, error)


def _doors() -> tuple[list[demo_doors.Door], bool]:
    """The demo's doors, none where they are shut; and whether anybody can sign in at all."""
    try:
        with owner().connect() as connection:
            found = demo_doors.doors(connection)
            ready = bool(found) or accounts.real_admin_exists(connection)
    except sa.exc.SQLAlchemyError as error:
        if not is_away(error):
            raise
        return [], True
    return found, ready


async def password(request: Request) -> Response:
    """The first change of a password, before anything else can be seen."""
    lang = language_of(request.scope)
    secret = _former(request)
    person = await run_in_threadpool(visitors.person_behind, secret)
    if person is None or secret is None:
        return RedirectResponse("/sign-in", status_code=303)
    if request.method != "POST":
        return _show_password(request, lang, person)
    given = await request.form()
    old, new, again = (str(given.get(part, "")) for part in ("old", "new", "again"))
    try:
        forms.spend(str(given.get("token", "")), "password", request.cookies.get(forms.FORM_COOKIE))
        if new != again:
            raise PasswordsDiffer()
        await _slowly(lambda: sessions.change_password(owner(), person, old, new))
    except XiangtuError as error:
        return _show_password(request, lang, person, error)
    visitors.forget(secret)
    return RedirectResponse(_next(str(given.get("next", ""))), status_code=303)


class PasswordsDiffer(XiangtuError):
    """A new password and its repetition are not the same."""

    key = "web.passwords_differ"


def _show_password(
    request: Request, lang: Lang, person: Person, error: XiangtuError | None = None
) -> Response:
    mark = _mark(request)
    hidden = {
        "token": forms.token("password", mark),
        "next": _next(request.query_params.get("next")),
    }
    fields = [
        Field("old", tr("web.password.old", lang), "password", "current-password"),
        Field("new", tr("web.password.new", lang), "password", "new-password"),
        Field("again", tr("web.password.again", lang), "password", "new-password"),
    ]
    body = fields_form("/sign-in/password", hidden, fields, tr("web.password.button", lang))
    title = tr("web.password.title", lang, name=person.display_name)
    return _paper(request, lang, mark, title, body, tr("web.password.hint", lang), error)


async def sign_out(request: Request) -> Response:
    """End the session, if a page of ours asks for it; another site's link does nothing."""
    site = request.headers.get("sec-fetch-site")  # which browsers leave out on plain HTTP
    referer = urlsplit(request.headers.get("referer", ""))
    from_us = site == "same-origin" or (site is None and referer.netloc == request.headers.get("host"))
    if not (from_us or request.method == "POST") or not same_origin(request.scope):
        return refusal("web.foreign_origin", 403)
    await run_in_threadpool(_end_former, request)
    response = RedirectResponse("/sign-in", status_code=303, headers={"Cache-Control": "no-store"})
    session_cookie.take(response)
    return response


async def nothing(_: Request) -> Response:
    """No such page below ``/sign-in``."""
    return refusal("web.no_such_page", 404)


SIGN_IN_ROUTES = [
    Route("/sign-in", sign_in, methods=["GET", "POST"]),
    Route("/sign-in/demo", demo, methods=["POST"]),
    Route("/sign-in/password", password, methods=["GET", "POST"]),
    Route("/sign-in/oidc", oidc_begin),
    Route("/sign-in/oidc/back", oidc_back),
    Route("/sign-in/{rest:path}", nothing),
    Route("/sign-out", sign_out, methods=["GET", "POST"]),
]
