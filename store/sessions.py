"""Sessions: who is signed in, until when; passwords are tried here, with a wait that grows with wrong guesses."""

import datetime as dt
import hashlib
import math
import secrets
import threading
import time
from dataclasses import dataclass

import sqlalchemy as sa

from access import Person
from access.passwords import PasswordSame, hashed, matches, require_strong
from base.settings import settings
from store import record
from store.accounts import HELD, end_sessions, held_by
from store.errors import SignInRefused, SignInWaits

_FREE_GUESSES = 4
_LONGEST_WAIT_S = 900
_MOST_DOUBLINGS = 20
"""Far beyond the longest wait; 2 to the power of a thousand guesses is no number of PostgreSQL's."""
_turns = [threading.Lock() for _ in range(64)]
_MOST_STRANGERS = 10_000
_strangers: dict[str, tuple[int, float]] = {}
"""Guesses at names that are not there and the end of their wait: they wait like those that are."""
_KNOWN = f"""
SELECT s.id AS session_id, s.ended_at IS NULL AND now() < s.idle_at AND now() < s.ends_at AND NOT a.disabled
           AND NOT (a.demo AND (SELECT earnest FROM access.installation)) AS open,
       s.seen_at < now() - interval '30 seconds' AS stale,
       a.id, a.name, a.display_name, a.demo,
       a.must_change OR (NOT a.demo AND a.subject IS NULL AND a.password_changed_at < now() - :age) AS must_change,
       {HELD}
FROM access.sessions AS s JOIN access.accounts AS a ON a.id = s.account_id
WHERE s.token_sha256 = :digest
"""


@dataclass(frozen=True)
class Visit:
    """From where a session is opened."""

    address: str | None = None
    agent: str | None = None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def person_of(connection: sa.Connection, secret: str) -> Person | None:
    """The person of an open session, None if it has ended or never was; using it keeps it from idling out."""
    age = dt.timedelta(days=settings().password_max_days)
    row = connection.execute(sa.text(_KNOWN), {"digest": _digest(secret), "age": age}).first()
    if row is None or not row.open:
        return None
    if row.stale:
        connection.execute(
            sa.text("UPDATE access.sessions SET seen_at = now(), idle_at = now() + :idle WHERE id = :id"),
            {"id": row.session_id, "idle": dt.timedelta(minutes=settings().session_idle_min)},
        )
    return Person(row.id, row.session_id, row.name, row.display_name, held_by(row), row.must_change, row.demo)


def sign_in(engine: sa.Engine, name: str, password: str, visit: Visit) -> str:
    """Open a session for a name and password and return its secret.

    A name that is not there is refused with the same words after the same time as a wrong password. After some
    wrong guesses a name answers only after a wait, which doubles with each further one, be it there or not.

    Raises
    ------
    SignInRefused : no such name and password.
    SignInWaits : too many guesses; says how long to wait.
    """
    name = "".join(letter for letter in name if letter.isprintable()).strip().lower()[:200]
    account_id = _proved(engine, name, password, "session", visit)
    return open_session(engine, account_id, name, visit)


def _proved(
    engine: sa.Engine, name: str, password: str, obj: str, visit: Visit, obj_id: int | None = None
) -> int:
    """The id of the account whose name and password these are; wrong guesses are counted and recorded for `obj`."""
    # Guesses at one name take turns, be it there or not: side by side they would tell the two apart.
    with _turns[hash(name) % len(_turns)]:
        with engine.connect() as connection:
            row = connection.execute(
                sa.text(
                    "SELECT id, password_hash, disabled, failures, "
                    "ceil(extract(epoch FROM wait_until - now())) AS wait_s "
                    "FROM access.accounts WHERE name = :name"
                ),
                {"name": name},
            ).first()
        wait_s = _stranger_wait_s(name) if row is None else int(row.wait_s or 0)
        # Slow on purpose, so no connection is held meanwhile.
        good = matches(password, row.password_hash if row is not None and not row.disabled else None)
        if row is not None and good and wait_s <= 0:
            return int(row.id)
        with engine.begin() as connection:
            if wait_s <= 0 and row is None:
                _stranger_guessed(name)
            elif wait_s <= 0 and row is not None:
                _count_guess(connection, row.id, row.failures + 1)
            account_id = None if row is None else row.id
            record.note_for(
                connection, account_id, name, "sign_in_refused", obj, obj_id, address=visit.address
            )
    if wait_s > 0:
        raise SignInWaits(seconds=wait_s)
    raise SignInRefused()


def _wait_s(failures: int) -> int:
    """How long a name waits after so many wrong guesses, s."""
    more = failures - 1 - _FREE_GUESSES
    return 0 if more < 0 else min(5 * 2 ** min(more, _MOST_DOUBLINGS), _LONGEST_WAIT_S)


def _stranger_wait_s(name: str) -> int:
    """How long a name that is not there has still to wait, s."""
    return math.ceil(max(0.0, _strangers.get(name, (0, 0.0))[1] - time.monotonic()))


def _stranger_guessed(name: str) -> None:
    """Count a guess at a name that is not there; the oldest names are forgotten, so that they fill no memory."""
    failures = _strangers.pop(name, (0, 0.0))[0] + 1
    _strangers[name] = (failures, time.monotonic() + _wait_s(failures))
    for oldest in list(_strangers)[:-_MOST_STRANGERS]:
        _strangers.pop(oldest, None)


def open_session(engine: sa.Engine, account_id: int, name: str, visit: Visit) -> str:
    """Open a session for an account that has shown who it is: by password, demo button or identity provider."""
    secret = secrets.token_urlsafe(32)
    chosen = settings()
    given = {
        "digest": _digest(secret),
        "account": account_id,
        "idle": dt.timedelta(minutes=chosen.session_idle_min),
        "longest": dt.timedelta(hours=chosen.session_max_h),
        "address": visit.address,
        "agent": (visit.agent or "")[:200] or None,
    }
    with engine.begin() as connection:
        session_id = connection.execute(
            sa.text(
                "INSERT INTO access.sessions (token_sha256, account_id, idle_at, ends_at, address, agent) "
                "VALUES (:digest, :account, now() + :idle, now() + :longest, :address, :agent) RETURNING id"
            ),
            given,
        ).scalar_one()
        connection.execute(
            sa.text(
                "UPDATE access.accounts SET failures = 0, wait_until = NULL, last_sign_in = now() "
                "WHERE id = :account"
            ),
            given,
        )
        record.note_for(
            connection, account_id, name, "signed_in", "session", session_id, address=visit.address
        )
    return secret


def end(engine: sa.Engine, secret: str) -> None:
    """End the session of a secret; nothing happens if it has ended."""
    with engine.begin() as connection:
        row = connection.execute(
            sa.text(
                "UPDATE access.sessions AS s SET ended_at = now() FROM access.accounts AS a "
                "WHERE a.id = s.account_id AND s.token_sha256 = :digest AND s.ended_at IS NULL "
                "RETURNING s.id, a.id AS account_id, a.name"
            ),
            {"digest": _digest(secret)},
        ).first()
        if row is not None:
            record.note_for(connection, row.account_id, row.name, "signed_out", "session", row.id)


def change_password(engine: sa.Engine, person: Person, old: str, new: str) -> None:
    """Change one's own password; all other sessions of the account end. Wrong guesses count as at the sign-in.

    Raises
    ------
    SignInRefused, SignInWaits : the old password is wrong, or was too often.
    WeakPassword : the rules refuse the new one, or it is the old one (PasswordSame).
    """
    _proved(engine, person.name, old, "account", Visit(), person.account_id)
    require_strong(new, person.name)
    if new == old:
        raise PasswordSame()
    given = {"id": person.account_id, "hash": hashed(new)}
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE access.accounts SET password_hash = :hash, must_change = false, "
                "password_changed_at = now(), failures = 0, wait_until = NULL, version = version + 1 "
                "WHERE id = :id"
            ),
            given,
        )
        end_sessions(connection, person.account_id, kept=person.session_id)
        record.note_for(
            connection, person.account_id, person.name, "password_changed", "account", person.account_id
        )


def _count_guess(connection: sa.Connection, account_id: int, failures: int) -> None:
    connection.execute(
        sa.text(
            "UPDATE access.accounts SET failures = :failures, "
            "wait_until = CASE WHEN :wait_s > 0 THEN now() + :wait_s * interval '1 second' END WHERE id = :id"
        ),
        {"id": account_id, "failures": failures, "wait_s": _wait_s(failures)},
    )
