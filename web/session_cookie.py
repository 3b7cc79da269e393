"""The cookie of a session: its secret, signed, out of reach of scripts and of other sites."""

import hashlib

from itsdangerous import BadSignature, Signer
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from store.secret import key_for

SESSION_COOKIE = "xiangtu_session"


def _signer() -> Signer:
    return Signer(key_for("cookie"), salt=SESSION_COOKIE, digest_method=hashlib.sha256)


def signed(secret: str) -> str:
    """The value of the cookie for a session's secret."""
    return _signer().sign(secret).decode("ascii")


def secret_in(value: str | None) -> str | None:
    """The secret in a cookie's value; None for a forged one, or none."""
    try:
        return _signer().unsign(value or "").decode("ascii")
    except (BadSignature, UnicodeError):
        return None


def cookie_of(scope: Scope, name: str) -> str | None:
    """A cookie of a request or websocket by name."""
    for header, value in scope["headers"]:
        if header == b"cookie":
            found = cookie_parser(value.decode("latin-1")).get(name)
            if found is not None:
                return found
    return None


def is_https(scope: Scope) -> bool:
    """Whether the visitor came by TLS, to us or to the proxy before us."""
    forwarded = dict(scope["headers"]).get(b"x-forwarded-proto", b"").decode("latin-1")
    return scope.get("scheme") in ("https", "wss") or forwarded.split(",")[0].strip() == "https"


def give(response: Response, secret: str, https: bool) -> None:
    """Set the cookie; it ends with the browser, the session itself in the database."""
    response.set_cookie(SESSION_COOKIE, signed(secret), httponly=True, samesite="lax", secure=https, path="/")


def take(response: Response) -> None:
    """Take the cookie away."""
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")
