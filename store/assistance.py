"""Assistance as its page reads it: teams of townships, registered assets, incomes of village collectives."""

import pandas as pd
import sqlalchemy as sa

from store.queries import query


def teams(connection: sa.Connection, prefix: str = "") -> pd.DataFrame:
    """Townships with their teams, those without one too; telephones masked (``store/sql/assistance_teams.sql``)."""
    return _frame(connection, "assistance_teams", prefix)


def assets(connection: sa.Connection, prefix: str = "") -> pd.DataFrame:
    """Registered assets; money in yuan (``store/sql/assistance_assets.sql``)."""
    return _frame(connection, "assistance_assets", prefix)


def incomes(connection: sa.Connection, prefix: str = "") -> pd.DataFrame:
    """Villages with the income of their collective in yuan, NaN without (``store/sql/village_income.sql``)."""
    found = _frame(connection, "village_income", prefix)
    return found.astype({"income_yuan": float, "operating_yuan": float})


def _frame(connection: sa.Connection, name: str, prefix: str) -> pd.DataFrame:
    rows = connection.execute(query(name), {"prefix": prefix})
    return pd.DataFrame(rows.all(), columns=list(rows.keys()))
