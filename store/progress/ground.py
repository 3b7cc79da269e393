"""What is on the ground where projects may be: villages with a natural village's spot, and water works."""

from dataclasses import dataclass

import sqlalchemy as sa


@dataclass(frozen=True)
class Village:
    """A village with names above it, its people, the spot (degrees, EPSG:4490) of its largest natural village, and
    the number of a water works in it, if any."""

    admin_code: str
    name: str
    township: str
    county: str
    people: float
    lon: float
    lat: float
    works_no: str | None


_VILLAGES = """
SELECT DISTINCT ON (v.admin_code) v.admin_code, v.name, t.name AS township, c.name AS county,
    sum(s.population) OVER (PARTITION BY v.admin_code) AS people, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat,
    (SELECT min(w.works_no) FROM feature.water_works AS w WHERE w.admin_code = v.admin_code) AS works_no
FROM feature.admin_units AS v
JOIN feature.admin_units AS t ON t.admin_code = left(v.admin_code, 9) || '000'
JOIN feature.admin_units AS c ON c.admin_code = left(v.admin_code, 6) || '000000'
JOIN feature.settlements AS s ON s.admin_code = v.admin_code
WHERE v.level = 'village' AND v.admin_code ^@ :prefix AND s.population > 0
ORDER BY v.admin_code, s.population DESC, s.settlement_no
"""


def villages(connection: sa.Connection, prefix: str = "") -> list[Village]:
    """Villages below a code that have people, by code."""
    rows = connection.execute(sa.text(_VILLAGES), {"prefix": prefix})
    return [Village(**row._mapping) for row in rows]
