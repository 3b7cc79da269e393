"""Open sessions listed and ended: each one that is ended for somebody is recorded."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from access import Person
from store import record

_OPEN = "s.ended_at IS NULL AND now() < s.idle_at AND now() < s.ends_at AND NOT a.disabled"


@dataclass(frozen=True)
class OpenSession:
    """A session that still counts; times are UTC."""

    id: int
    account_id: int
    account_name: str
    display_name: str
    started_at: dt.datetime
    seen_at: dt.datetime
    address: str | None
    agent: str | None


def open_sessions(connection: sa.Connection, account_id: int | None = None) -> list[OpenSession]:
    """Open sessions that the transaction's person may see, those used last first; of one account if given."""
    rows = connection.execute(
        sa.text(
            "SELECT s.id, s.account_id, a.name AS account_name, a.display_name, s.started_at, s.seen_at, "
            "s.address, s.agent FROM access.sessions AS s JOIN access.accounts AS a ON a.id = s.account_id "
            f"WHERE {_OPEN} AND s.account_id = coalesce(:account, s.account_id) "
            "ORDER BY s.seen_at DESC, s.id DESC"
        ),
        {"account": account_id},
    )
    return [OpenSession(**row) for row in rows.mappings()]


def end_session(connection: sa.Connection, session_id: int) -> bool:
    """End one session for an administrator; False if it had ended already."""
    return _end(connection, "s.id = :id", {"id": session_id}) > 0


def end_sessions(connection: sa.Connection, account_id: int, kept: int | None = None) -> int:
    """End all sessions of an account for an administrator, but one if given, and count them."""
    condition = "s.account_id = :account AND s.id <> coalesce(:kept, 0)"
    return _end(connection, condition, {"account": account_id, "kept": kept})


def _end(connection: sa.Connection, condition: str, given: dict[str, int | None]) -> int:
    ended = _ended(connection, condition, given)
    for row in ended:
        record.note(connection, "session_ended", "session", row.id, after={"account": row.name})
    return len(ended)


def end_others(engine: sa.Engine, person: Person) -> int:
    """End all of a person's sessions but the one in use, by the owner of the tables, and count them."""
    with engine.begin() as connection:
        ended = _ended(
            connection,
            "s.account_id = :account AND s.id <> :kept",
            {"account": person.account_id, "kept": person.session_id},
        )
        for row in ended:
            record.note_for(
                connection,
                person.account_id,
                person.name,
                "session_ended",
                "session",
                row.id,
                after={"account": row.name},
            )
    return len(ended)


def _ended(
    connection: sa.Connection, condition: str, given: dict[str, int | None]
) -> list["sa.Row[tuple[int, str]]"]:
    statement = (
        "UPDATE access.sessions AS s SET ended_at = now() FROM access.accounts AS a "
        f"WHERE a.id = s.account_id AND {_OPEN} AND {condition} RETURNING s.id, a.name"
    )
    return list(connection.execute(sa.text(statement), given).all())
