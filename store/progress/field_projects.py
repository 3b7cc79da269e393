"""Projects as a form for the field needs them: where they lie, what was reported last, their milestones."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from store.queries import query


@dataclass(frozen=True)
class FieldProject:
    """A project that somebody may report from the field.

    Attributes
    ----------
    county, township, village : names; `county_code` and `township_code` with 6 and 9 digits. A project of several
        villages is where its code says.
    percent, paid_yuan : as the last standing report has them, 0 before the first.
    milestones : number and name.
    """

    id: int
    code: str
    name: str
    county_code: str
    county: str
    township_code: str
    township: str
    village: str
    percent: Decimal
    paid_yuan: Decimal
    milestones: tuple[tuple[int, str], ...]


def field_projects(connection: sa.Connection, prefixes: Sequence[str]) -> list[FieldProject]:
    """Projects below some codes that are neither accepted nor cancelled, by code of place and of project."""
    rows = connection.execute(query("field_projects"), {"prefixes": list(prefixes)})
    return [
        FieldProject(
            row.id,
            row.code,
            row.name,
            row.county_code,
            row.county,
            row.township_code,
            row.township,
            row.village,
            row.percent,
            row.paid_yuan,
            tuple(zip(row.numbers, row.milestones, strict=True)),
        )
        for row in rows
    ]
