"""People of villages, for shares of a village that has what it needs."""

from collections.abc import Sequence

import sqlalchemy as sa


def people_by_village(connection: sa.Connection, prefixes: Sequence[str]) -> dict[str, float]:
    """People of the natural villages by their village's 12-digit code, below any of the leading digits."""
    rows = connection.execute(
        sa.text(
            "SELECT admin_code, sum(population)::float AS people FROM feature.settlements "
            "WHERE admin_code ^@ ANY (CAST(:prefixes AS text[])) AND population IS NOT NULL GROUP BY admin_code"
        ),
        {"prefixes": list(prefixes)},
    )
    return {row.admin_code: row.people for row in rows}
