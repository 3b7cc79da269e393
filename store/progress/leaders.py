"""What the leaders' page is drawn from: the library's projects with their reports, trends, and marks of what is new.

Everything here is read by every role for the whole city, so that one reading serves all who look at the page. What
only some may read, the ledger and the reviews of parcels, is read by their own rooms.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from store.queries import query

_MONEY = ("budget_yuan", "paid_yuan", "paid_before", "percent")
_PAYMENTS = """
SELECT p.code, p.admin_code, p.state, paid.value ->> 'source' AS source, (paid.value ->> 'year')::int AS year,
       (paid.value ->> 'yuan')::numeric AS yuan
FROM xiangtu.projects AS p CROSS JOIN LATERAL jsonb_array_elements(p.payments) AS paid
ORDER BY p.code
"""
_STATES = """
SELECT p.code, p.name, s.admin_code, s.before, s.after, s.happened_on
FROM xiangtu.project_states AS s JOIN xiangtu.projects AS p ON p.id = s.project_id
WHERE s.happened_on >= :since ORDER BY s.id
"""


@dataclass(frozen=True)
class Snapshot:
    """Marks of the indicators and of the places: these change when a run ends or files are imported, not by reports.

    Attributes
    ----------
    base : name of the database.
    as_of, computed_at : day of the last snapshot and when the last computation ended (UTC); None before the first.
    layers : how often data were imported.
    """

    base: str
    as_of: dt.date | None
    computed_at: dt.datetime | None
    layers: int


@dataclass(frozen=True)
class Stamp:
    """Marks of everything that the page shows: two readings with the same stamp are the same.

    Attributes
    ----------
    reported_on : day of the newest accepted report; None without one.
    handed_on : day on which the newest report was handed in, accepted or not; None without one.
    projects : how many the library holds.
    marks : counts, ids and moments that grow with every change.
    """

    snapshot: Snapshot
    reported_on: dt.date | None
    handed_on: dt.date | None
    projects: int
    marks: tuple[Any, ...]

    @property
    def as_of(self) -> dt.date | None:
        """Day of the last snapshot; None before the first."""
        return self.snapshot.as_of

    @property
    def computed_at(self) -> dt.datetime | None:
        """When the last computation ended (UTC); None before the first."""
        return self.snapshot.computed_at


def stamp(connection: sa.Connection) -> Stamp:
    """Read the marks; what the transaction's person may not read leaves no mark."""
    row = dict(connection.execute(query("leaders_stamp")).mappings().one())
    snapshot = Snapshot(**{name: row.pop(name) for name in ("base", "as_of", "computed_at", "layers")})
    own = {name: row.pop(name) for name in ("reported_on", "handed_on", "projects")}
    return Stamp(snapshot, **own, marks=tuple(row.values()))


def library(connection: sa.Connection, month: dt.date) -> pd.DataFrame:
    """Every project of the library with its newest accepted report.

    Parameters
    ----------
    month : first day of the month before which `paid_before` was paid.

    Returns
    -------
    By code: ``code``, ``name``, ``layer``, ``admin_code``, ``state``, ``department``, ``budget_yuan``,
    ``planned_start``, ``planned_finish``, ``synthetic``; of the newest accepted report ``report_id``, ``period``,
    ``reported_on``, ``percent`` (0–100), ``paid_yuan``; ``paid_before``; ``told_on`` (last report handed in);
    ``waiting_id``, ``waiting_since`` (oldest report not checked); ``state_since``. Numbers are NaN, days and ids None
    where there is nothing.
    """
    rows = connection.execute(query("leaders_projects"), {"month": month})
    found = pd.DataFrame(rows.all(), columns=list(rows.keys()), dtype=object)
    return found.astype(dict.fromkeys(_MONEY, float))


def payments(connection: sa.Connection) -> pd.DataFrame:
    """Planned payments: ``code``, ``admin_code``, ``state`` of the project, ``source``, ``year``, ``yuan``."""
    rows = connection.execute(sa.text(_PAYMENTS))
    return pd.DataFrame(rows.all(), columns=list(rows.keys())).astype({"yuan": float})


def state_changes(connection: sa.Connection, since: dt.date) -> pd.DataFrame:
    """Changes of state from a day on: ``code``, ``name``, ``admin_code``, ``before``, ``after``, ``happened_on``."""
    rows = connection.execute(sa.text(_STATES), {"since": since})
    return pd.DataFrame(rows.all(), columns=list(rows.keys()), dtype=object)


def trend(
    connection: sa.Connection,
    admin_code: str,
    ids: Sequence[str],
    as_of: dt.date,
    scope: str = "all",
    days: int = 24,
) -> pd.DataFrame:
    """Indicators of one unit on the last days with a snapshot, up to and with `as_of`.

    Returns
    -------
    Columns ``as_of``, ``indicator_id``, ``value``, ``numerator``, ``denominator``, ``with_data``, ``units``; the
    oldest day first, NaN without data.
    """
    given = {"admin_code": admin_code, "ids": list(ids), "as_of": as_of, "scope": scope, "days": days}
    rows = connection.execute(query("leaders_trend"), given)
    found = pd.DataFrame(rows.all(), columns=list(rows.keys()))
    return found.astype(dict.fromkeys(("value", "numerator", "denominator"), float))
