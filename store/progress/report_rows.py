"""Monthly reports read back: with what the county said of each, by place and month, and what stands of a month."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from base.months import month_of
from store.progress import report_errors as errors
from store.queries import query


@dataclass(frozen=True)
class Check:
    """What the county said of a report; `verdict` is ``accepted`` or ``returned``, the time is UTC."""

    verdict: str
    remark: str
    account_id: int | None
    checked_by: str
    checked_at: dt.datetime


@dataclass(frozen=True)
class Report:
    """A monthly report as it was handed in; it never changes.

    Attributes
    ----------
    period : first day of the month; `reported_on` the day within it that the figures are of.
    percent : physical progress since the beginning, 0–100.
    paid_yuan : paid since the beginning.
    milestones : numbers of the milestones reached by then.
    supersedes, superseded_by : the report that it corrects, and the one that corrects it.
    photos : how many there are.
    """

    id: int
    submission_key: UUID
    project_id: int
    project_code: str
    project_name: str
    admin_code: str
    period: dt.date
    reported_on: dt.date
    percent: Decimal
    paid_yuan: Decimal
    milestones: tuple[int, ...]
    note: str
    fall_reason: str
    supersedes: int | None
    superseded_by: int | None
    channel: str
    synthetic: bool
    account_id: int | None
    reported_by: str
    submitted_at: dt.datetime
    photos: int
    check: Check | None

    @property
    def waits(self) -> bool:
        """Whether the county has yet to look at it."""
        return self.check is None and self.superseded_by is None

    @property
    def returned(self) -> bool:
        """Whether the township has yet to correct it."""
        return self.check is not None and self.check.verdict == "returned" and self.superseded_by is None

    @property
    def stands(self) -> bool:
        """Whether it says what holds of its month: the last of its chain, and not returned."""
        return self.superseded_by is None and not self.returned


def reports(connection: sa.Connection, prefix: str = "", period: dt.date | None = None) -> list[Report]:
    """Reports below a code, of one month or of all, by month and project; corrected ones are among them."""
    return _reports(connection, prefix=prefix, period=period and month_of(period))


def report(connection: sa.Connection, report_id: int) -> Report:
    """One report.

    Raises
    ------
    UnknownReport : there is none of that number, or not for this person.
    """
    for found in _reports(connection, ids=[report_id]):
        return found
    raise errors.UnknownReport(number=report_id)


def reports_by_id(connection: sa.Connection, ids: Sequence[int]) -> dict[int, Report]:
    """Some reports by their numbers; those that are not there are left out."""
    return {one.id: one for one in _reports(connection, ids=ids)} if ids else {}


def reports_of(connection: sa.Connection, project_id: int) -> list[Report]:
    """All reports of a project, by month, those of one month in the order in which they came."""
    return _reports(connection, project=project_id)


def newest_month(connection: sa.Connection) -> dt.date | None:
    """The last month that anything was reported of, as its first day; None before the first report."""
    month: dt.date | None = connection.scalar(sa.text("SELECT max(period) FROM xiangtu.progress_reports"))
    return month


def chain(connection: sa.Connection, of: Report) -> list[Report]:
    """A report with those that it corrects and that correct it, the first one first."""
    return [one for one in reports_of(connection, of.project_id) if one.period == of.period]


def standing(found: Sequence[Report], period: dt.date) -> Report | None:
    """What holds of a month among a project's reports: the last of the chain, unless it was returned."""
    return next((one for one in found if one.period == period and one.stands), None)


def before(found: Sequence[Report], period: dt.date) -> Report | None:
    """The standing report of the last month before one; None where there is none."""
    earlier = [one for one in found if one.period < period and one.stands]
    return max(earlier, key=lambda one: one.period, default=None)


def after(found: Sequence[Report], period: dt.date) -> Report | None:
    """The standing report of the first month after one; None where there is none."""
    later = [one for one in found if one.period > period and one.stands]
    return min(later, key=lambda one: one.period, default=None)


def _reports(
    connection: sa.Connection,
    *,
    prefix: str = "",
    period: dt.date | None = None,
    project: int | None = None,
    ids: Sequence[int] | None = None,
) -> list[Report]:
    rows = connection.execute(
        query("progress_reports"),
        {"prefix": prefix, "period": period, "project": project, "ids": None if ids is None else list(ids)},
    )
    return [_report(dict(row._mapping)) for row in rows]


def _report(row: dict[str, Any]) -> Report:
    said = [row.pop(name) for name in ("verdict", "remark", "check_account_id", "checked_by", "checked_at")]
    return Report(
        **{**row, "milestones": tuple(row["milestones"])}, check=None if said[0] is None else Check(*said)
    )
