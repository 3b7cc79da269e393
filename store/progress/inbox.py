"""Reports that wait for the county, as its list shows them."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from store.progress.reports import Report, reports_by_id
from store.queries import query


@dataclass(frozen=True)
class Waiting:
    """A report that nobody has looked at.

    Attributes
    ----------
    first_at : when its month was first reported, UTC.
    township : name of the township, None where the city has none of that code.
    before_percent, before_paid_yuan : of the standing report of the last month before; None without one.
    farthest_m : distance from the project of the photo taken farthest from it, m; None without positions.
    """

    report: Report
    first_at: dt.datetime
    township: str | None
    before_percent: Decimal | None
    before_paid_yuan: Decimal | None
    farthest_m: float | None


def waiting(connection: sa.Connection, prefix: str) -> list[Waiting]:
    """Reports below a code that wait, by township, month and the time at which they came."""
    rows = connection.execute(query("progress_waiting"), {"prefix": prefix}).all()
    known = reports_by_id(connection, [row.id for row in rows])
    return [
        Waiting(
            known[row.id],
            row.first_at,
            row.township,
            row.before_percent,
            row.before_paid_yuan,
            row.farthest_m,
        )
        for row in rows
    ]
