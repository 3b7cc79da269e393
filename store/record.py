"""The record of what was done: written through the database's own functions, sealed, and verified here.

An entry's seal is ``sha256(key ‖ sha256(key ‖ seal before ‖ content))`` with a key of the installation that the
database never keeps. A removed, altered or inserted row breaks the chain; entries cut off at the end are noticed by
the marks kept beside the data folder, which say how far the record had come.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from base.settings import settings
from store.errors import NotAllowed, ReasonNeeded
from store.secret import key_for

SHORTEST_REASON = 4
"""Letters, without spaces."""
_TURN = 7879771
"""The lock under which entries are added, one after the other; `access.append` takes it."""
_MARKS = "record.marks"
_CONTENT = """
SELECT id, seal, jsonb_build_array(
    id, (extract(epoch FROM at) * 1000000)::bigint, account_id, account_name, roles, address, action, object,
    object_id, before, after, reason, before IS NULL, after IS NULL)::text AS content
FROM access.record ORDER BY id
"""
Values = Mapping[str, Any] | None


@dataclass(frozen=True)
class Flaw:
    """Where the record was tampered with: the entry, and what is wrong (a key of the catalogue)."""

    entry: int
    kind: str


def _key() -> bytes:
    return key_for("record")


def _json(values: Values) -> str | None:
    return None if values is None else json.dumps(values, ensure_ascii=False, default=str, sort_keys=True)


def _given(
    action: str, obj: str, obj_id: object, before: Values, after: Values, address: str | None
) -> dict[str, object]:
    return {
        "action": action,
        "object": obj,
        "id": None if obj_id is None else str(obj_id),
        "before": _json(before),
        "after": _json(after),
        "address": address,
        "key": _key(),
    }


def take_turn(connection: sa.Connection) -> None:
    """Wait for the record's lock now, and hold it until the transaction ends.

    For whoever locks rows before adding an entry: two transactions, one of which has added an entry and wants the
    rows while the other holds the rows and wants to add one, would otherwise wait for each other.
    """
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})


def note(
    connection: sa.Connection,
    action: str,
    obj: str,
    obj_id: object = None,
    *,
    before: Values = None,
    after: Values = None,
    reason: str | None = None,
    address: str | None = None,
) -> int | None:
    """Add what the transaction's person did (`store.identity.tell`); None if nobody is signed in."""
    statement = sa.text(
        "SELECT access.note(:action, :object, :id, CAST(:before AS jsonb), CAST(:after AS jsonb), :reason, "
        ":address, :key)"
    )
    given = _given(action, obj, obj_id, before, after, address) | {"reason": reason}
    entry: int | None = connection.scalar(statement, given)
    return entry


def ask_unmask(
    connection: sa.Connection, feature_id: str, row_id: int, reason: str, address: str | None = None
) -> int:
    """Record that the transaction's person looks at the personal fields of a row, and why.

    `unmask` tells them for the entry returned, once this transaction has been committed.

    Raises
    ------
    ReasonNeeded : it is shorter than four letters.
    NotAllowed : the person may not know; nothing is recorded.
    """
    if len("".join(reason.split())) < SHORTEST_REASON:
        raise ReasonNeeded()
    statement = sa.text("SELECT access.ask_unmask(:table, :id, :reason, :address, :key)")
    given = {"table": feature_id, "id": row_id, "reason": reason, "address": address, "key": _key()}
    try:
        return int(connection.execute(statement, given).scalar_one())
    except sa.exc.DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == "XT003":
            raise ReasonNeeded() from error
        if state == "42501":
            raise NotAllowed() from error
        raise


def unmask(connection: sa.Connection, entry: int) -> dict[str, str | None]:
    """The personal fields of the row for which an entry of the last minute stands.

    Raises
    ------
    NotAllowed : there is no such entry of the person's that is committed.
    """
    try:
        told: dict[str, str | None] = connection.execute(
            sa.text("SELECT access.unmask(:entry)"), {"entry": entry}
        ).scalar_one()
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == "42501":
            raise NotAllowed() from error
        raise
    return told


def note_for(
    connection: sa.Connection,
    account_id: int | None,
    name: str,
    action: str,
    obj: str,
    obj_id: object = None,
    *,
    before: Values = None,
    after: Values = None,
    address: str | None = None,
) -> int:
    """Add an entry by the owner: sign-ins, refusals, the command line (``account_id`` None)."""
    statement = sa.text(
        "SELECT access.append(:account, :name, NULL, :address, :action, :object, :id, CAST(:before AS jsonb), "
        "CAST(:after AS jsonb), NULL, :key)"
    )
    given = _given(action, obj, obj_id, before, after, address) | {
        "account": account_id,
        "name": name[:200],
    }
    entry: int = connection.execute(statement, given).scalar_one()
    return entry


def mark(connection: sa.Connection, folder: Path | None = None) -> None:
    """Write down beside the database how far the record has come."""
    last = connection.execute(sa.text("SELECT id, seal FROM access.record ORDER BY id DESC LIMIT 1")).first()
    if last is None:
        return
    path = (folder or settings().data_dir) / _MARKS
    line = f"{last.id} {bytes(last.seal).hex()}\n"
    if path.exists() and path.read_text("ascii").endswith(line):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as marks:
        marks.write(line)


def _marks(folder: Path | None) -> dict[int, str]:
    path = (folder or settings().data_dir) / _MARKS
    if not path.exists():
        return {}
    pairs = (line.split() for line in path.read_text("ascii").splitlines())
    return {int(entry): seal for entry, seal in pairs}


def verify(connection: sa.Connection, folder: Path | None = None) -> Iterator[Flaw]:
    """Go through the whole record and give each place at which it is not what was written."""
    marks = _marks(folder)
    key, previous, expected = _key(), b"", 1
    rows = connection.execution_options(stream_results=True).execute(sa.text(_CONTENT))
    for row in rows:
        if row.id > expected:
            yield Flaw(expected, "removed")
        inner = hashlib.sha256(key + previous + row.content.encode()).digest()
        if hashlib.sha256(key + inner).digest() != bytes(row.seal):
            yield Flaw(row.id, "removed_before" if row.id > expected else "altered")
        elif marks.get(row.id, bytes(row.seal).hex()) != bytes(row.seal).hex():
            yield Flaw(row.id, "unlike_mark")
        previous, expected = bytes(row.seal), row.id + 1
    if marks and max(marks) >= expected:
        yield Flaw(expected, "removed")
