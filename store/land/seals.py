"""Seals of the record's entries behind the steps of a review."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa


@dataclass(frozen=True)
class Seal:
    """An entry of the record with its seal in hexadecimal; `at` is UTC."""

    entry: int
    at: dt.datetime
    account_name: str
    action: str
    seal: str


def seals(connection: sa.Connection, entries: Sequence[int]) -> list[Seal]:
    """Seals of these entries, by number; none for a person who does not read the record."""
    rows = connection.execute(
        sa.text(
            "SELECT id AS entry, at, account_name, action, encode(seal, 'hex') AS seal FROM access.record "
            "WHERE id = ANY (:entries) ORDER BY id"
        ),
        {"entries": list(entries)},
    )
    return [Seal(**row._mapping) for row in rows]
