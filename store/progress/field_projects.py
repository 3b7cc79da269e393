"""Projects as a form for the field needs them: where they lie, what was reported last, their milestones."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from analysis.progress.reportable import not_reportable
from layers.codes import LibraryState
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
    state, ended_on : the latter the day on which it was accepted or cancelled, None before.
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
    state: LibraryState
    ended_on: dt.date | None = None


def field_projects(connection: sa.Connection, prefixes: Sequence[str]) -> list[FieldProject]:
    """Projects below some codes, whatever their state, by code of place and of project."""
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
            LibraryState.of(row.state),
            row.ended_on,
        )
        for row in rows
    ]


def to_take_along(found: Sequence[FieldProject], month: dt.date) -> list[FieldProject]:
    """Those of which a month or a later one may be reported, by the rule of every way in."""
    return [one for one in found if not_reportable(one.state, one.ended_on, month) is None]
