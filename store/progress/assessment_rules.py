"""Tables of rules of assessment in the database: each saved whole, none ever changed."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from analysis.assessment import Item, ItemKind, NoData, Rules, require_sound
from base.settings import settings
from layers import all_indicators
from store import record
from store.errors import StoreError


class UnknownRules(StoreError):
    """No table of rules has that number."""

    key = "assessment.unknown_rules"


class RulesUnnamed(StoreError):
    """A table of rules has a name."""

    key = "assessment.rules_unnamed"


@dataclass(frozen=True)
class RulesTable:
    """A stored table of rules.

    Attributes
    ----------
    digest : SHA-256 of the rules.
    confirmed : by the city; else it is a proposal.
    made_at : UTC.
    """

    id: int
    name: str
    rules: Rules
    digest: str
    confirmed: bool
    note: str
    made_by: str
    made_at: dt.datetime


def as_content(rules: Rules) -> dict[str, Any]:
    """Rules as plain values."""
    return {
        "items": [
            {
                "no": one.no,
                "group": one.group,
                "indicator": one.indicator,
                "points": float(one.points),
                "kind": str(one.kind),
                "floor": one.floor,
                "full": one.full,
                "bands": [list(band) for band in one.bands],
            }
            for one in rules.items
        ],
        "no_data": str(rules.no_data),
        "grades": list(rules.grades),
    }


def from_content(content: dict[str, Any]) -> Rules:
    """Undo `as_content`."""
    items = tuple(
        Item(**{**one, "kind": ItemKind.of(one["kind"]), "bands": tuple((f, s) for f, s in one["bands"])})
        for one in content["items"]
    )
    good, fair, average = content["grades"]
    return Rules(items, NoData.of(content["no_data"]), (good, fair, average))


def digest_of(rules: Rules) -> str:
    """SHA-256 of rules, the same for equal ones."""
    said = json.dumps(as_content(rules), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def add_rules(
    connection: sa.Connection,
    name: str,
    rules: Rules,
    *,
    note: str = "",
    confirmed: bool = False,
    by: str = "",
) -> int:
    """Store a table of rules; returns its number.

    Raises
    ------
    BadRules : it does not add up.
    RulesUnnamed
    NotAllowed : the person does not plan for the city.
    """
    if not name.strip():
        raise RulesUnnamed()
    require_sound(rules, [one.id for one in all_indicators()])
    digest = digest_of(rules)
    number: int = connection.execute(
        sa.text(
            "INSERT INTO xiangtu.assessment_rules (admin_code, name, content, digest, confirmed, note, made_by) "
            "VALUES (:code, :name, CAST(:content AS jsonb), :digest, :confirmed, :note, :by) RETURNING id"
        ),
        {
            "code": settings().city_code,
            "name": name.strip(),
            "content": json.dumps(as_content(rules), ensure_ascii=False),
            "digest": digest,
            "confirmed": confirmed,
            "note": note.strip(),
            "by": by,
        },
    ).scalar_one()
    after = {"name": name.strip(), "digest": digest, "confirmed": confirmed}
    record.note(connection, "assessment_ruled", "assessment_rules", number, after=after)
    return number


def rules_tables(connection: sa.Connection) -> list[RulesTable]:
    """All tables of rules, the newest first."""
    rows = connection.execute(
        sa.text(
            "SELECT id, name, content, digest, confirmed, note, made_by, made_at FROM xiangtu.assessment_rules "
            "ORDER BY id DESC"
        )
    )
    return [_table(row) for row in rows.mappings()]


def rules_table(connection: sa.Connection, number: int) -> RulesTable:
    """One table of rules.

    Raises
    ------
    UnknownRules
    """
    for one in rules_tables(connection):
        if one.id == number:
            return one
    raise UnknownRules(number=number)


def _table(row: "sa.RowMapping") -> RulesTable:
    given = dict(row)
    return RulesTable(rules=from_content(given.pop("content")), **given)
