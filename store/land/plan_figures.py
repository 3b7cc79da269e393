"""Plan figures as imported, and what of them the ledger has been opened with; areas in 亩."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from analysis.quota import Account
from layers.codes import QuotaBucket, QuotaKind
from store.queries import query

OPENING = "construction_quotas"
"""How the reference of every posting begins that opens the ledger: the feature type whose figures it carries over."""
_OPENED = """
SELECT a.admin_code, a.kind, a.bucket, sum(l.amount_mu) AS amount_mu
FROM xiangtu.quota_postings AS p
LEFT JOIN xiangtu.quota_postings AS was ON was.id = p.reverses_id
JOIN xiangtu.quota_lines AS l ON l.posting_id = p.id
JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id
WHERE p.book = 'actual' AND a.admin_code ^@ :prefix
  AND a.bucket <> 'outside' AND a.parcel_no = ''
  AND CASE WHEN p.reverses_id IS NULL THEN p.account_id IS NULL AND p.reference ^@ :opening
           ELSE was.account_id IS NULL AND was.reference ^@ :opening END
GROUP BY a.admin_code, a.kind, a.bucket
"""


@dataclass(frozen=True)
class PlanFigure:
    """What the imported plan says of a unit: areas in 亩, None where it says nothing; `name` None if unknown."""

    admin_code: str
    name: str | None
    total_mu: Decimal
    reserved_mu: Decimal | None
    allotted_mu: Decimal | None
    as_of: dt.date

    @property
    def is_county(self) -> bool:
        """Whether the unit is a county, whose figure is the sum of its townships."""
        return self.admin_code.endswith("000000")


def plan_figures(connection: sa.Connection, prefix: str = "") -> list[PlanFigure]:
    """Construction land of every plan unit, by code."""
    rows = connection.execute(query("plan_figures"), {"prefix": prefix})
    return [
        PlanFigure(
            row.admin_code,
            row.name,
            _mu(row.total_scale_mu) or Decimal(0),
            _mu(row.reserved_mu),
            _mu(row.allotted_mu),
            row.as_of,
        )
        for row in rows
    ]


def any_synthetic(connection: sa.Connection, prefix: str = "") -> bool:
    """Whether any plan figure below a code is made up."""
    statement = (
        "SELECT EXISTS (SELECT FROM feature.construction_quotas WHERE admin_code ^@ :prefix AND synthetic)"
    )
    return bool(connection.scalar(sa.text(statement), {"prefix": prefix}))


def opened(connection: sa.Connection, prefix: str) -> Mapping[Account, Decimal]:
    """What the postings that opened the ledger have brought to each account; one that was reversed has brought nothing.

    Only postings of the owner count: whoever is signed in cannot pass a posting off as one of them.
    """
    rows = connection.execute(sa.text(_OPENED), {"opening": OPENING, "prefix": prefix})
    return {
        Account(row.admin_code, QuotaKind.of(row.kind), QuotaBucket.of(row.bucket)): row.amount_mu
        for row in rows
    }


def _mu(value: float | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.0001"))
