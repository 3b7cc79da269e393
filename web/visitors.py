"""Who is behind a session's secret: asked of the database once a second at most for each."""

import threading
import time

import sqlalchemy as sa

from access import Person
from base.errors import XiangtuError
from store import identity, sessions
from store.engine import is_away, owner
from store.errors import DatabaseAway

_FRESH_S = 1.0
_KEPT = 2000


class NotSignedIn(XiangtuError):
    """Nobody is signed in, or the session has ended."""

    key = "web.not_signed_in"


class _Known:
    """Persons by secret, for a moment: the tiles of one page are one question."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[float, Person | None]] = {}
        self._lock = threading.Lock()

    def lately(self, secret: str) -> Person | None:
        """The person found less than a moment ago, without asking anybody."""
        held = self._found.get(secret)
        return held[1] if held is not None and time.monotonic() - held[0] < _FRESH_S else None

    def get(self, secret: str) -> Person | None:
        now = time.monotonic()
        held = self._found.get(secret)
        if held is not None and now - held[0] < _FRESH_S:
            return held[1]
        try:
            with owner().begin() as connection:
                person = sessions.person_of(connection, secret)
        except sa.exc.SQLAlchemyError as error:
            if not is_away(error):
                raise
            # While the database is away nobody can be signed out, and nothing but its absence can be shown.
            if held is not None and held[1] is not None:
                return held[1]
            raise DatabaseAway() from error
        with self._lock:
            if len(self._found) > _KEPT:
                self._found.clear()
            self._found[secret] = (now, person)
        return person

    def forget(self, secret: str) -> None:
        with self._lock:
            self._found.pop(secret, None)


_known = _Known()


def person_behind(secret: str | None) -> Person | None:
    """The person of an open session; None if there is none."""
    return None if secret is None else _known.get(secret)


def person_lately(secret: str | None) -> Person | None:
    """The person of a session that was looked up a moment ago; None says nothing (`person_behind` does)."""
    return None if secret is None else _known.lately(secret)


def forget(secret: str) -> None:
    """Ask anew for a session that has just changed."""
    _known.forget(secret)


def person_now() -> Person:
    """The person for whom this request or script runs.

    Raises
    ------
    NotSignedIn : the session has ended.
    """
    person = person_behind(identity.current())
    if person is None:
        raise NotSignedIn()
    return person
