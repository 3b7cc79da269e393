"""Prices that candidates are reckoned with: the defaults of the analysis until someone types one in."""

import datetime as dt
import math
from dataclasses import dataclass

import sqlalchemy as sa

from analysis.proposals.unit_costs import UNIT_COSTS
from base.settings import settings
from store import record
from store.planning.errors import BadPrice
from store.versions import require_saved

MOST_YUAN = 1_000_000_000
_SELECT = "SELECT id, yuan, version, changed_by, changed_at FROM xiangtu.unit_costs"


@dataclass(frozen=True)
class Price:
    """The price of one unit; `version` is 0 and nobody has changed it while it is the default."""

    id: str
    yuan: float
    version: int = 0
    changed_by: str | None = None
    changed_at: dt.datetime | None = None


def prices(connection: sa.Connection) -> dict[str, Price]:
    """Every price by its id, in the order of the table of unit costs."""
    typed = {row.id: row for row in connection.execute(sa.text(_SELECT))}
    return {
        cost.id: Price(
            cost.id,
            float(typed[cost.id].yuan),
            typed[cost.id].version,
            typed[cost.id].changed_by,
            typed[cost.id].changed_at,
        )
        if cost.id in typed
        else Price(cost.id, cost.default_yuan)
        for cost in UNIT_COSTS
    }


def unit_costs(connection: sa.Connection) -> dict[str, float]:
    """Yuan for one unit by id: the defaults, and above them what planners typed in."""
    return {price.id: price.yuan for price in prices(connection).values()}


def change_unit_cost(connection: sa.Connection, seen: Price, yuan: float, by: str) -> Price:
    """Save a price over the one that was seen.

    Raises
    ------
    BadPrice : not a number from 0 to `MOST_YUAN`.
    RecordChanged : someone saved it since; carries what is there now.
    NotAllowed : prices are the whole city's, and the person plans for a part of it or not at all.
    """
    if not (math.isfinite(yuan) and 0 <= yuan <= MOST_YUAN):
        raise BadPrice(most=f"{MOST_YUAN:,}")
    given = {
        "id": seen.id,
        "code": settings().city_code,
        "yuan": round(yuan, 2),
        "by": by,
        "version": seen.version,
    }
    statement = (
        "INSERT INTO xiangtu.unit_costs (id, admin_code, yuan, changed_by) VALUES (:id, :code, :yuan, :by) "
        "ON CONFLICT (id) DO NOTHING RETURNING version"
        if seen.version == 0
        else "UPDATE xiangtu.unit_costs SET yuan = :yuan, changed_by = :by, changed_at = now(), "
        "version = version + 1 WHERE id = :id AND version = :version RETURNING version"
    )
    saved = connection.execute(sa.text(statement), given).first()
    now = prices(connection)[seen.id]
    require_saved(saved is not None, seen, now)
    record.note(
        connection,
        "unit_cost_changed",
        "unit_cost",
        seen.id,
        before={"yuan": seen.yuan},
        after={"yuan": now.yuan},
    )
    return now
