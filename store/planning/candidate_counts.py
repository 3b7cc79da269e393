"""How many candidates there are, by county and need, and whether that changed."""

from dataclasses import dataclass

import sqlalchemy as sa

from layers.codes import Need


@dataclass(frozen=True)
class CandidateCount:
    """Open candidates of a county (six digits) for a need; `changed` differs after every change of them."""

    county: str
    need: Need
    number: int
    changed: str


def counts(connection: sa.Connection) -> list[CandidateCount]:
    """Counts by county and need, where there are any."""
    rows = connection.execute(
        sa.text(
            "SELECT left(admin_code, 6) AS county, need, count(*) AS number, "
            "max(id) || '-' || sum(version) AS changed FROM xiangtu.candidates WHERE state = 'open' "
            "GROUP BY 1, 2 ORDER BY 1, 2"
        )
    )
    return [CandidateCount(row.county, Need.of(row.need), int(row.number), row.changed) for row in rows]
