"""Which projects are to be reported in a month, and how far that is: to do, returned, handed in, accepted."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from base.months import month_end, month_of
from layers.codes import LibraryState
from store.planning.forms import geometry_of
from store.progress.report_errors import UnknownProject
from store.progress.reports import Report, reports_by_id
from store.queries import query


class Stage(StrEnum):
    """How far the report of a project and month is."""

    RETURNED = "returned"
    """The county sent it back."""
    TO_DO = "to_do"
    WAITING = "waiting"
    """Handed in, not looked at."""
    ACCEPTED = "accepted"


@dataclass(frozen=True)
class Due:
    """A project with what is reported of it in a month.

    Attributes
    ----------
    township, village : names of the place, None where the city has none of that code.
    last : the last report of the month, None before the first.
    before_percent, before_paid_yuan, before_period : of the standing report of the last month before; None without one.
    """

    project_id: int
    code: str
    name: str
    admin_code: str
    township: str | None
    village: str | None
    state: LibraryState
    budget_yuan: Decimal
    planned_start: dt.date | None
    planned_finish: dt.date | None
    last: Report | None
    before_percent: Decimal | None
    before_paid_yuan: Decimal | None
    before_period: dt.date | None

    @property
    def stage(self) -> Stage:
        """How far the report is."""
        if self.last is None:
            return Stage.TO_DO
        if self.last.check is None:
            return Stage.WAITING
        return Stage.RETURNED if self.last.returned else Stage.ACCEPTED


def asked_month(today: dt.date, until_day: int) -> dt.date:
    """The month that is to be reported: up to a day of the month it is still the last one."""
    this = month_of(today)
    return this if today.day > until_day else month_of(this - dt.timedelta(days=1))


def last_day(period: dt.date, until_day: int) -> dt.date:
    """The day until which a month is reported in time."""
    return month_end(period) + dt.timedelta(days=until_day)


def due(connection: sa.Connection, prefix: str, period: dt.date) -> list[Due]:
    """Projects below a code that are asked for in a month: to begin, under way, stopped, finished, or ended since."""
    return _due(connection, prefix, period, None)


def due_project(connection: sa.Connection, code: str, period: dt.date) -> Due:
    """One project of the library, whatever its state.

    Raises
    ------
    UnknownProject : the library has none of that code.
    """
    for found in _due(connection, "", period, code):
        return found
    raise UnknownProject(number=code[:40])


def project_shape(connection: sa.Connection, project_id: int) -> BaseGeometry:
    """Where a project is, EPSG:4490.

    Raises
    ------
    UnknownProject : the library has none of that number.
    """
    found = connection.scalar(
        sa.text("SELECT ST_AsBinary(geom) FROM xiangtu.projects WHERE id = :id"), {"id": project_id}
    )
    if found is None:
        raise UnknownProject(number=project_id)
    return geometry_of(found)


def _due(connection: sa.Connection, prefix: str, period: dt.date, code: str | None) -> list[Due]:
    rows = connection.execute(
        query("progress_due"), {"prefix": prefix, "period": month_of(period), "code": code}
    ).all()
    known = reports_by_id(connection, [row.report_id for row in rows if row.report_id is not None])
    return [
        Due(
            **{
                **{k: v for k, v in row._mapping.items() if k != "report_id"},
                "state": LibraryState.of(row.state),
                "last": known.get(row.report_id),
            }
        )
        for row in rows
    ]
