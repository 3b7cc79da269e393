"""The road network of the small demo city: every seat on it, plausible minutes, and what its check says."""

import pandas as pd
import pytest
import sqlalchemy as sa

from layers import AdminLevel
from pipelines.network_check import check_county
from store import snapshots

PLAIN, MOUNTAINS = "441821000000", "441826000000"


def _values(city: sa.Engine, indicator: str, level: AdminLevel) -> "pd.Series[float]":
    with city.connect() as connection:
        as_of = snapshots.latest_as_of(connection)
        assert as_of is not None
        found = snapshots.values(connection, indicator, as_of, level)
    return found.set_index("admin_code")["value"].astype(float)


def test_seats_are_those_of_towns_and_streets(city: sa.Engine) -> None:
    statement = sa.text(
        "SELECT u.kind, count(*), count(s.id), bool_and(s.synthetic) FROM feature.admin_units AS u "
        "LEFT JOIN feature.township_seats AS s USING (admin_code) WHERE u.level = 'township' GROUP BY u.kind"
    )
    with city.connect() as connection:
        found = {row[0]: tuple(row[1:]) for row in connection.execute(statement)}
    assert found == {"town": (13, 13, True), "other": (2, 0, None)}


def test_minutes_are_plausible_and_unknown_without_a_seat(city: sa.Engine) -> None:
    townships = _values(city, "minutes_to_seat", AdminLevel.TOWNSHIP)
    unknown = {"441821400000", "441821401000"}
    assert set(townships.index[townships.isna()]) == unknown, "estates without a seat"
    assert townships.dropna().between(5, 60).all()
    counties = _values(city, "minutes_to_seat", AdminLevel.COUNTY)
    assert counties[PLAIN] < counties[MOUNTAINS]
    share = _values(city, "people_within_30_min_share", AdminLevel.COUNTY)
    assert 0.4 < share[MOUNTAINS] < share[PLAIN] < 1


@pytest.mark.parametrize("county", [PLAIN, MOUNTAINS])
def test_the_check_agrees_with_the_figures(city: sa.Engine, county: str) -> None:
    with city.connect() as connection:
        check = check_county(connection, county)
    assert check is not None
    assert len(check.parts) == 1
    assert check.far_seats.empty
    assert check.parts.loc[0, "seats"] == {PLAIN: 6, MOUNTAINS: 7}[county]
    assert set(check.unconnected["why"]) <= {"too_far"}
    assert (check.unconnected["gap_m"] > 1500).all()
    assert not check.near_misses["joins_parts"].any()
    figure = _values(city, "unconnected_people", AdminLevel.COUNTY)[county]
    assert check.unconnected["population"].sum() == figure


def test_a_county_without_villages_has_no_check(database: sa.Engine) -> None:
    with database.connect() as connection:
        assert check_county(connection, PLAIN) is None


_SHORTENED = """
UPDATE feature.roads AS road SET geom = ST_Multi(ST_LineSubstring(line, 20 / length, 1))
FROM (
    SELECT id, line, length,
        (SELECT count(*) FROM feature.roads AS o WHERE ST_DWithin(o.geom, ST_StartPoint(line), 1e-6)) AS at_start,
        (SELECT count(*) FROM feature.roads AS o WHERE ST_DWithin(o.geom, ST_EndPoint(line), 1e-6)) AS at_end
    FROM (
        SELECT id, ST_GeometryN(geom, 1) AS line, ST_Length(geom::geography) AS length
        FROM feature.roads WHERE admin_code LIKE '441826%'
    ) AS lines
) AS dead
WHERE road.id = dead.id AND at_end = 1 AND at_start = 2 AND length > 300
"""
"""Twenty metres are taken off dead ends where they leave the one road that goes on."""


def test_roads_that_stop_short_are_found(city: sa.Engine) -> None:
    with city.connect() as connection, connection.begin() as undone:
        before = check_county(connection, MOUNTAINS)
        connection.execute(sa.text(_SHORTENED))
        after = check_county(connection, MOUNTAINS)
        undone.rollback()
    assert before is not None and after is not None
    holes = after.near_misses[after.near_misses["joins_parts"]]
    assert len(holes) >= len(after.parts) - 1 > 5
    assert holes["gap_m"].between(5, 30).all()
    assert len(after.unconnected) > len(before.unconnected)
    assert "cut_off" in set(after.unconnected["why"])
    assert after.parts.loc[1:, "cut_off_people"].sum() == after.parts.loc[1:, "people"].sum() > 0
