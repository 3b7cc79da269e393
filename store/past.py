"""The past as it was known: figures of any day at any moment of knowledge, and the boundaries of that day.

Two times are told apart. The *day* (`as_of`) is what a figure speaks of. A *moment of knowledge* (`known_at`, UTC) is
when somebody looks: a later computation of the same day, after corrections, replaces what was known before, and the
replaced figure is kept with the time in which it was the one known. See docs/decisions/0024-past-maps.md.
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from layers import AdminLevel
from store.queries import query
from store.tables import SRID

NEWEST = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
"""The moment of knowledge that lies after all others."""
_ZONE = ZoneInfo("Asia/Shanghai")
_NUMBERS = ("value", "numerator", "denominator")


@dataclass(frozen=True)
class KnownDay:
    """A day for which an indicator is stored.

    Attributes
    ----------
    first_known, last_known : when its figures were first stored, and last changed (UTC).
    held : whether it has figures now; a day may have lost them.
    """

    as_of: dt.date
    first_known: dt.datetime
    last_known: dt.datetime
    held: bool

    @property
    def then(self) -> dt.datetime:
        """The moment of knowledge of those who drew the day in its time (UTC).

        That is its end (Beijing time) if figures were stored by then, else the moment when they first were: who drew
        the day at all could not draw it sooner.
        """
        end = dt.datetime.combine(self.as_of + dt.timedelta(days=1), dt.time(), _ZONE).astimezone(dt.UTC)
        return max(end - dt.timedelta(microseconds=1), self.first_known)


def known_days(
    connection: sa.Connection, indicator_id: str, level: AdminLevel, known_at: dt.datetime | None = None
) -> tuple[KnownDay, ...]:
    """Days with figures of an indicator at a level, oldest first.

    Parameters
    ----------
    known_at : only days that had figures then; None for those that have some now.
    """
    rows = connection.execute(query("known_days"), {"indicator_id": indicator_id, "level": str(level)})
    days = (KnownDay(row.as_of, row.first_known, row.last_known, row.held) for row in rows)
    return tuple(d for d in days if (d.held if known_at is None else d.first_known <= known_at))


def values_at(
    connection: sa.Connection,
    indicator_id: str,
    as_of: dt.date,
    level: AdminLevel,
    scope: str = "all",
    prefix: str = "",
    known_at: dt.datetime | None = None,
) -> pd.DataFrame:
    """One indicator of the units of a level on a day, as known at a moment.

    Parameters
    ----------
    scope : ``all``, ``town`` (the plan's 80 and what lies in them) or ``street`` (the 5).
    prefix : leading digits of the units' codes.
    known_at : UTC; None for what is known now.

    Returns
    -------
    Columns ``admin_code``, ``value``, ``numerator``, ``denominator``, ``with_data``, ``units``, by code; NaN
    where there is no data; no row for a unit that was not computed.
    """
    given = {
        "indicator_id": indicator_id, "as_of": as_of, "level": str(level), "scope": scope, "prefix": prefix,
        "known_at": known_at or NEWEST,
    }  # fmt: skip
    rows = connection.execute(query("values_at"), given)
    return pd.DataFrame(rows.all(), columns=list(rows.keys())).astype(dict.fromkeys(_NUMBERS, float))


def boundaries_at(
    connection: sa.Connection,
    level: AdminLevel,
    as_of: dt.date,
    prefix: str = "",
    known_at: dt.datetime | None = None,
) -> gpd.GeoDataFrame:
    """The units of a level with the boundaries of a day, as known at a moment.

    Returns
    -------
    EPSG:4490, by code: ``admin_code``, ``name``, ``kind``, ``stated_on`` (the day that the boundary was stated for)
    and ``geometry``.
    """
    given = {"level": str(level), "as_of": as_of, "prefix": prefix, "known_at": known_at or NEWEST}
    rows = connection.execute(query("boundaries_at"), given)
    frame = pd.DataFrame(rows.all(), columns=list(rows.keys()))
    shapes = shapely.from_wkb(np.array([bytes(shape) for shape in frame.pop("shape")], dtype=object))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=f"EPSG:{SRID}")


def last_change(connection: sa.Connection, indicator_id: str, level: AdminLevel) -> dt.datetime | None:
    """The moment (UTC) since which maps of an indicator at a level show what they show now; None without data."""
    given = {"indicator_id": indicator_id, "level": str(level)}
    found: dt.datetime | None = connection.execute(query("last_change"), given).scalar_one()
    return found
