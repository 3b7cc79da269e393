"""Reading the quota ledger: balances of any day, and the entries behind each number; areas in 亩."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from layers.codes import QuotaBook, QuotaBucket, QuotaKind

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


def lots(connection: sa.Connection, prefix: str = "", on: dt.date | None = None) -> pd.DataFrame:
    """Saved quota by consolidation project and the unit that holds it: what is left, allotted, expired.

    Returns
    -------
    DataFrame[project_no, project_name (None if no such project is imported), admin_code, kind, left_mu,
    allotted_mu, expired_mu], Decimal.
    """
    rows = connection.execute(sa.text(_LOTS), {"prefix": prefix, "on": on})
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
