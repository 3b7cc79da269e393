"""Form tokens: each form is good for one browser, one purpose, half an hour, and once."""

import hashlib
import secrets
import threading
import time

from itsdangerous import BadData, URLSafeTimedSerializer

from base.errors import XiangtuError
from store.secret import key_for

FORM_COOKIE = "xiangtu_form"
_GOOD_FOR_S = 1800


def own_path(given: str | None) -> str:
    """Where a form says to go afterwards, if that is a path of this server; else the first page."""
    path = given or "/"
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if plain else "/"


class FormStale(XiangtuError):
    """A form sent twice, too late, or from another browser."""

    key = "web.form_stale"


_used: dict[str, float] = {}
_lock = threading.Lock()


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        key_for("form"), salt=purpose, signer_kwargs={"digest_method": hashlib.sha256}
    )


def browser_mark() -> str:
    """A mark for a browser that has none: the cookie with which its forms go together."""
    return secrets.token_urlsafe(18)


def token(purpose: str, mark: str) -> str:
    """A token for one form in the browser with a mark."""
    return _serializer(purpose).dumps([secrets.token_urlsafe(12), mark])


def spend(given: str, purpose: str, mark: str | None) -> None:
    """Take a token that came back with its form.

    Raises
    ------
    FormStale : forged, of another form or browser, too old, or spent before.
    """
    try:
        once, made_for = _serializer(purpose).loads(given, max_age=_GOOD_FOR_S)
    except BadData as error:
        raise FormStale() from error
    now = time.monotonic()
    with _lock:
        for old in [key for key, ends in _used.items() if ends < now]:
            del _used[old]
        if made_for != mark or once in _used:
            raise FormStale()
        _used[once] = now + _GOOD_FOR_S
