"""Which day's figures may be computed: never a coming day's, a past day's only from data as they were then."""

import datetime as dt
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from pipelines.indicators.errors import DataOfLaterDay, DayAlreadyComputed, FutureDay
from store import snapshots

_ZONE = ZoneInfo("Asia/Shanghai")


def today() -> dt.date:
    """The day it is where the city lies."""
    return dt.datetime.now(_ZONE).date()


def require_computable(view: sa.Connection, day: dt.date, *, again: bool, of_features: bool) -> None:
    """Refuse a day whose figures would be invented, or rewritten without being asked for.

    Features are read as they are now, so no data of a later day may be among them; reports of projects carry their day,
    and are read as they were on any.

    Parameters
    ----------
    again : a past day that has figures is to be computed anew.
    of_features : whether features are read.

    Raises
    ------
    FutureDay : the day is yet to come.
    DayAlreadyComputed : a finished computation of that past day is stored, and `again` was not asked for.
    DataOfLaterDay : the features stored describe a later day than that past one.
    """
    now = today()
    if day > now:
        raise FutureDay(day=day.isoformat(), today=now.isoformat())
    if day == now:
        return
    if not again and snapshots.is_computed(view, day):
        raise DayAlreadyComputed(day=day.isoformat())
    data_day = snapshots.latest_data_day(view) if of_features else None
    if data_day is not None and data_day > day:
        raise DataOfLaterDay(day=day.isoformat(), data_day=data_day.isoformat())
