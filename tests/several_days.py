"""Figures of earlier days for a database that has those of one day, for tests that look at several."""

import datetime as dt

import pandas as pd
import sqlalchemy as sa

from store import snapshots
from store.snapshots import Look

EARLIER = (dt.date(2024, 6, 30), dt.date(2024, 12, 31))
INDICATOR = "tap_water_rate"


def look_back(engine: sa.Engine, indicator_id: str = INDICATOR) -> tuple[dt.date, ...]:
    """Store an indicator for earlier days, a tenth less for each day further back; all days, oldest first."""
    with engine.connect() as connection:
        newest = connection.scalar(sa.text("SELECT max(as_of) FROM xiangtu.indicator_values"))
        statement = sa.text(
            "SELECT indicator_id, level, admin_code, scope, value, numerator, denominator, with_data, units "
            "FROM xiangtu.indicator_values WHERE as_of = :as_of AND indicator_id = :id"
        )
        found = pd.read_sql(statement, connection, params={"as_of": newest, "id": indicator_id})
    for back, day in enumerate(reversed(EARLIER), start=1):
        share = 1 - back / 10
        earlier = found.assign(value=found["value"] * share, numerator=found["numerator"] * share)
        with engine.begin() as connection:
            run = snapshots.start_run(connection, Look(day, {}, 0, "", "part"))
            snapshots.replace(connection, day, earlier, [indicator_id], ["4418"])
            snapshots.finish_run(connection, run, "done", 2, 0, 0.0)
    return (*EARLIER, newest)
