"""Reading the quota ledger: balances of any day, and the entries behind each number; areas in 亩."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
import sqlalchemy as sa

from layers.codes import AdminLevel, QuotaBook, QuotaBucket, QuotaKind

_BALANCES = """
SELECT a.admin_code, a.kind, a.bucket, a.lot, a.parcel_no, sum(l.amount_mu) AS amount_mu
FROM xiangtu.quota_lines AS l JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id
WHERE a.admin_code ^@ :prefix AND l.book = :book AND (CAST(:on AS date) IS NULL OR l.effective_on <= :on)
  AND (:book = 'actual' OR l.posting_id IN ({outstanding}))
GROUP BY a.id HAVING sum(l.amount_mu) <> 0
ORDER BY a.admin_code, a.kind, a.bucket, a.lot, a.parcel_no
"""
# Planned and neither reversed nor carried out.
_OUTSTANDING = """
SELECT p.id FROM xiangtu.quota_postings AS p WHERE p.book = 'planned' AND p.entry <> 'reversed'
AND NOT EXISTS (SELECT FROM xiangtu.quota_postings AS c WHERE c.closes_id = p.id)
"""
_ENTRIES = """
SELECT p.id AS posting_id, p.effective_on, p.book, p.entry, a.admin_code, a.kind, a.bucket, a.lot, a.parcel_no,
       l.amount_mu, p.purpose, p.reason, p.reference, p.reverses_id, p.fulfils_id, c.id AS closed_by,
       p.made_by, p.made_at
FROM xiangtu.quota_lines AS l
JOIN xiangtu.quota_postings AS p ON p.id = l.posting_id
JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id
LEFT JOIN xiangtu.quota_postings AS c ON c.closes_id = p.id
WHERE a.admin_code ^@ :prefix
  AND (CAST(:kind AS text) IS NULL OR a.kind = :kind)
  AND (CAST(:bucket AS text) IS NULL OR a.bucket = :bucket)
  AND (CAST(:lot AS text) IS NULL OR a.lot = :lot)
  AND (CAST(:parcel_no AS text) IS NULL OR a.parcel_no = :parcel_no)
  AND (CAST(:since AS date) IS NULL OR p.effective_on >= :since)
  AND (CAST(:until AS date) IS NULL OR p.effective_on <= :until OR p.book = 'planned')
  AND (CAST(:book AS text) IS NULL OR p.book = :book)
  AND (CAST(:posting_id AS bigint) IS NULL OR p.id = :posting_id)
ORDER BY p.effective_on DESC, p.id DESC, l.amount_mu, a.admin_code
LIMIT :most OFFSET :skipped
"""

# A unit's own accounts count for every level above it; a county has no share in the figures of single townships.
_UNITS = """
SELECT left(a.admin_code, :digits) AS scope, a.kind, a.bucket, p.book, sum(l.amount_mu) AS amount_mu
FROM xiangtu.quota_lines AS l
JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id
JOIN xiangtu.quota_postings AS p ON p.id = l.posting_id
WHERE a.admin_code ^@ :prefix AND a.bucket <> 'outside'
  AND rtrim(substr(a.admin_code, :at, :digits - :at + 1), '0') <> ''
  AND (CAST(:on AS date) IS NULL OR l.effective_on <= :on OR p.book = 'planned')
  AND (p.book = 'actual' OR p.id IN ({outstanding}))
GROUP BY 1, 2, 3, 4
"""
_LOTS = """
SELECT a.lot AS project_no, p.name AS project_name, a.admin_code, a.kind,
       coalesce(sum(l.amount_mu) FILTER (WHERE a.bucket = 'available'), 0) AS left_mu,
       coalesce(sum(l.amount_mu) FILTER (WHERE a.bucket = 'allotted'), 0) AS allotted_mu,
       coalesce(sum(l.amount_mu) FILTER (WHERE a.bucket = 'expired'), 0) AS expired_mu
FROM xiangtu.quota_lines AS l
JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id
LEFT JOIN feature.consolidation_projects AS p ON p.project_no = a.lot
WHERE a.lot <> '' AND a.bucket <> 'outside' AND l.book = 'actual' AND a.admin_code ^@ :prefix
  AND (CAST(:on AS date) IS NULL OR l.effective_on <= :on)
GROUP BY a.lot, p.name, a.admin_code, a.kind
ORDER BY a.lot, a.admin_code, a.kind
"""
_TRACE = """
SELECT p.id AS posting_id, p.effective_on, a.admin_code, a.kind, a.parcel_no, l.amount_mu, p.entry, p.purpose,
       p.reason, p.reference, c.id AS closed_by
FROM xiangtu.quota_lines AS l
JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id
JOIN xiangtu.quota_postings AS p ON p.id = l.posting_id
LEFT JOIN xiangtu.quota_postings AS c ON c.closes_id = p.id
WHERE a.lot = :lot AND a.bucket = 'allotted' AND p.book = 'actual'
ORDER BY p.effective_on, p.id
"""
_ZERO = Decimal(0)
_DIGITS = {AdminLevel.CITY: (1, 4), AdminLevel.COUNTY: (5, 6), AdminLevel.TOWNSHIP: (7, 9)}
"""First and last digit of the code that name a unit of the level."""


@dataclass(frozen=True)
class Filters:
    """Which lines are wanted; None is no limit.

    Attributes
    ----------
    prefix : leading digits of the accounts' units, "" for the city.
    lot, parcel_no : "" is "of none", None is "of any".
    since, until : days from which they count, both included; what is planned is there whatever its day, as in the sums.
    """

    prefix: str = ""
    kind: QuotaKind | None = None
    bucket: QuotaBucket | None = None
    lot: str | None = None
    parcel_no: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    book: QuotaBook | None = None
    posting_id: int | None = None


def balances(
    connection: sa.Connection, prefix: str = "", on: dt.date | None = None, book: QuotaBook | None = None
) -> pd.DataFrame:
    """What each account holds at the end of a day (of all days if not given), in 亩 as Decimal; zeros are left out.

    Parameters
    ----------
    prefix : leading digits of the units.
    book : ``ACTUAL`` if not given; ``PLANNED`` gives what is planned and neither reversed nor carried out.

    Returns
    -------
    DataFrame[admin_code, kind, bucket, lot, parcel_no, amount_mu]
    """
    rows = connection.execute(
        sa.text(_BALANCES.format(outstanding=_OUTSTANDING)),
        {"prefix": prefix, "on": on, "book": str(book or QuotaBook.ACTUAL)},
    )
    return pd.DataFrame(rows.all(), columns=list(rows.keys()))


def unit_table(
    connection: sa.Connection, level: AdminLevel, prefix: str = "", on: dt.date | None = None
) -> pd.DataFrame:
    """What the units of a level hold of each kind of quota, their lower units included; zeros where they hold none.

    Parameters
    ----------
    level : city, county or township.
    on : day at whose end the actual figures are taken; planned ones are all that are outstanding.

    Returns
    -------
    DataFrame[admin_code, kind, total_mu, available_mu, allotted_mu, expired_mu, planned_available_mu,
    planned_allotted_mu], Decimal; `planned_…` is what outstanding planned entries would add (below zero: take away);
    ``total_mu`` is available and allotted. One row for each unit and kind of which it has had any.
    """
    at, digits = _DIGITS[level]
    rows = connection.execute(
        sa.text(_UNITS.format(outstanding=_OUTSTANDING)),
        {"at": at, "digits": digits, "prefix": prefix, "on": on},
    )
    cells: dict[tuple[str, str], dict[str, Decimal]] = {}
    for scope, kind, bucket, book, amount_mu in rows:
        planned = "planned_" if book == str(QuotaBook.PLANNED) else ""
        cells.setdefault((scope.ljust(12, "0"), kind), {})[f"{planned}{bucket}_mu"] = amount_mu
    shown = ("available_mu", "allotted_mu", "expired_mu", "planned_available_mu", "planned_allotted_mu")
    found = [
        {"admin_code": code, "kind": kind}
        | {"total_mu": cell.get("available_mu", _ZERO) + cell.get("allotted_mu", _ZERO)}
        | {name: cell.get(name, _ZERO) for name in shown}
        for (code, kind), cell in sorted(cells.items())
    ]
    return pd.DataFrame(found, columns=["admin_code", "kind", "total_mu", *shown])


def lots(connection: sa.Connection, prefix: str = "", on: dt.date | None = None) -> pd.DataFrame:
    """Saved quota by consolidation project and the unit that holds it: what is left, allotted, expired.

    Returns
    -------
    DataFrame[project_no, project_name (None if no such project is imported), admin_code, kind, left_mu,
    allotted_mu, expired_mu], Decimal.
    """
    rows = connection.execute(sa.text(_LOTS), {"prefix": prefix, "on": on})
    return pd.DataFrame(rows.all(), columns=list(rows.keys()))


def uses_of(connection: sa.Connection, project_no: str) -> pd.DataFrame:
    """Where the savings of a project went: each allotment to a parcel and each return, oldest first.

    Returns
    -------
    DataFrame[posting_id, effective_on, admin_code, kind, parcel_no, amount_mu (below zero: came back), entry, purpose,
    reason, reference, closed_by]
    """
    rows = connection.execute(sa.text(_TRACE), {"lot": project_no})
    return pd.DataFrame(rows.all(), columns=list(rows.keys()))


def entries(
    connection: sa.Connection, filters: Filters | None = None, *, most: int = 10_000, skipped: int = 0
) -> pd.DataFrame:
    """The lines behind a number, newest day first.

    Returns
    -------
    DataFrame[posting_id, effective_on, book, entry, admin_code, kind, bucket, lot, parcel_no, amount_mu, purpose,
    reason, reference, reverses_id, fulfils_id, closed_by, made_by, made_at]; times are UTC.
    """
    given = dict((filters or Filters()).__dict__)
    given |= {name: None if given[name] is None else str(given[name]) for name in ("kind", "bucket", "book")}
    rows = connection.execute(sa.text(_ENTRIES), given | {"most": most, "skipped": skipped})
    return pd.DataFrame(rows.all(), columns=list(rows.keys()))
