"""Rounds over the roads of the demo city: every place once, no longer than in the order of the list."""

import pandas as pd
import sqlalchemy as sa

from pipelines.progress.inspection_route import county_route
from store.progress.inspection_lists import listed
from store.snapshots import latest_as_of
from tests.conftest import SMALL_CITY


def _villages(connection: sa.Connection, county: str, every: int) -> pd.DataFrame:
    day = latest_as_of(connection)
    assert day is not None
    return listed(connection, "village", county, day).iloc[::every]


def test_a_county_is_gone_round_by_day(city: sa.Engine) -> None:
    with city.connect() as connection:
        drawn = _villages(connection, SMALL_CITY[0], 6)
        route = county_route(connection, SMALL_CITY[0], drawn, 5)
        seats = set(
            connection.scalars(
                sa.text("SELECT name FROM feature.township_seats WHERE admin_code ^@ :c"),
                {"c": SMALL_CITY[0]},
            )
        )
    assert route is not None
    assert route.start in seats
    visited = [unit for day in route.days for unit in route.stops(day)]
    assert sorted(visited) == sorted(drawn["unit_id"])
    assert all(len(day.stops) <= 5 for day in route.days)
    assert all(0 < day.minutes <= day.listed_minutes + 1e-9 for day in route.days)
    assert len(route.estimated) < len(visited) / 2


def test_nothing_with_a_position_is_no_route(city: sa.Engine) -> None:
    with city.connect() as connection:
        drawn = _villages(connection, SMALL_CITY[0], 20).assign(lon=None)
        assert county_route(connection, SMALL_CITY[0], drawn.astype({"lon": float}), 5) is None
        assert county_route(connection, "441899", _villages(connection, SMALL_CITY[0], 20), 5) is None
