"""Values of one indicator for the map."""

import datetime as dt

import sqlalchemy as sa

from layers import AdminLevel, indicator


def theme_values(
    connection: sa.Connection, indicator_id: str, as_of: dt.date, level: AdminLevel
) -> dict[str, float | None]:
    """Value by 12-digit code of the units of a level; None for a unit without data.

    Raises
    ------
    UnknownLayer : no such indicator.
    """
    statement = sa.text(
        "SELECT admin_code, value FROM xiangtu.indicator_values WHERE indicator_id = :id AND as_of = :as_of "
        "AND level = :level AND scope = 'all' ORDER BY admin_code"
    )
    given = {"id": indicator(indicator_id).id, "as_of": as_of, "level": str(level)}
    return {row.admin_code: row.value for row in connection.execute(statement, given)}
