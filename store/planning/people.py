"""How many people live where: what shares of villages are taken of."""

from collections.abc import Sequence

import sqlalchemy as sa


def village_people(connection: sa.Connection, prefixes: Sequence[str] = ("",)) -> dict[str, float]:
    """People of the natural villages of each village below any of the codes; those without a figure count none."""
    rows = connection.execute(
        sa.text(
            "SELECT admin_code, coalesce(sum(population), 0) AS people FROM feature.settlements "
            "WHERE admin_code ^@ ANY (CAST(:prefixes AS text[])) GROUP BY admin_code ORDER BY admin_code"
        ),
        {"prefixes": list(prefixes)},
    )
    return {row.admin_code: float(row.people) for row in rows}


def settlement_names(connection: sa.Connection, numbers: Sequence[str]) -> dict[str, str]:
    """Names of natural villages by their number."""
    rows = connection.execute(
        sa.text("SELECT settlement_no, name FROM feature.settlements WHERE settlement_no = ANY (:numbers)"),
        {"numbers": list(numbers)},
    )
    return {row.settlement_no: row.name for row in rows}


def village_names(connection: sa.Connection, codes: Sequence[str]) -> dict[str, str]:
    """Names of villages with their township's, by code."""
    rows = connection.execute(
        sa.text(
            "SELECT v.admin_code, concat_ws(' · ', t.name, v.name) AS name FROM feature.admin_units AS v "
            "LEFT JOIN feature.admin_units AS t ON t.admin_code = left(v.admin_code, 9) || '000' "
            "AND t.level = 'township' WHERE v.admin_code = ANY (:codes)"
        ),
        {"codes": list(codes)},
    )
    return {row.admin_code: row.name for row in rows}
