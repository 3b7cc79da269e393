"""``/language/{lang}``: remember the language in a cookie and go back to the page."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from base.settings import settings
from i18n import LANGUAGES, Lang
from web.answers import BadAddress
from web.session_cookie import cookie_of

LANGUAGE_COOKIE = "xiangtu_language"
_A_YEAR_S = 365 * 24 * 3600


def language_of(scope: Scope) -> Lang:
    """The language that the request's cookie names, else the installation's."""
    chosen = cookie_of(scope, LANGUAGE_COOKIE)
    for known in LANGUAGES:
        if chosen == known:
            return known
    return settings().language


async def language(request: Request) -> Response:
    """Set the cookie and return to the page of this server that the visitor came from.

    Raises
    ------
    BadAddress : the language is not one of ours.
    """
    lang = request.path_params["lang"]
    if lang not in LANGUAGES:
        raise BadAddress(name="language", value=lang)
    came_from = urlsplit(request.headers.get("referer", ""))
    back = "/"
    if came_from.netloc == request.headers.get("host") and came_from.path.startswith("/"):
        back = "/" + came_from.path.lstrip("/") + (f"?{came_from.query}" if came_from.query else "")
    response = RedirectResponse(back, status_code=303)
    secure = request.url.scheme == "https"
    response.set_cookie(
        LANGUAGE_COOKIE, lang, max_age=_A_YEAR_S, samesite="lax", secure=secure, httponly=True
    )
    return response
