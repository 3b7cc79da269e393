"""Monthly reports that come in numbers: the newest of each month, and many added at once."""

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import psycopg
import sqlalchemy as sa

from store.progress.errors import ReportedMeanwhile

_KEYS = uuid.UUID("5b0c6d0e-6a0f-4d53-9d7c-0e1f0a6c2a11")
"""Namespace of the keys of reports that come by file."""
_MEANWHILE = (psycopg.errors.UniqueViolation.sqlstate, "XP015")
"""A month that is there already, and a percent that falls without a reason (migration 0022)."""


@dataclass(frozen=True)
class Content:
    """What a report says; money in yuan and per cent are cumulative, milestones by their numbers."""

    percent: Decimal
    paid_yuan: int
    milestones: tuple[int, ...]
    note: str
    fall_reason: str


@dataclass(frozen=True)
class Newest:
    """The newest report of a project and month; `verdict` is None while nobody has checked it."""

    report_id: int
    content: Content
    verdict: str | None


@dataclass(frozen=True)
class FileReport:
    """A report out of a file.

    Attributes
    ----------
    period : first day of the month.
    supersedes : the report of that month that it corrects.
    submitted_at : when it was handed in, UTC; None for now.
    """

    project_id: int
    project_code: str
    admin_code: str
    period: dt.date
    reported_on: dt.date
    content: Content
    supersedes: int | None = None
    submitted_at: dt.datetime | None = None

    @property
    def submission_key(self) -> uuid.UUID:
        """The same for the same content of the same month after the same report: handed in twice, it is one."""
        content = self.content
        said = [
            self.project_code, self.period.isoformat(), f"{content.percent.normalize():f}", content.paid_yuan,
            list(content.milestones), content.note, content.fall_reason, self.supersedes,
        ]  # fmt: skip
        return uuid.uuid5(_KEYS, json.dumps(said, ensure_ascii=False))


def newest(connection: sa.Connection, prefix: str = "") -> dict[tuple[int, dt.date], Newest]:
    """The newest report of each project and month below a code, by the project's id and the month's first day."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (r.project_id, r.period) r.id, r.project_id, r.period, r.percent, r.paid_yuan, "
            "r.milestones, r.note, r.fall_reason, c.verdict FROM xiangtu.progress_reports AS r "
            "LEFT JOIN xiangtu.progress_checks AS c ON c.report_id = r.id WHERE r.admin_code ^@ :prefix "
            "ORDER BY r.project_id, r.period, r.id DESC"
        ),
        {"prefix": prefix},
    )
    return {
        (row.project_id, row.period): Newest(
            row.id,
            Content(
                row.percent,
                int(row.paid_yuan),
                tuple(sorted(row.milestones)),
                row.note,
                row.fall_reason,
            ),
            row.verdict,
        )
        for row in rows
    }


def put_reports(
    connection: sa.Connection, given: Sequence[FileReport], by: str, *, synthetic: bool = False
) -> int:
    """Add reports, in the order given; one that was handed in before stays as it is. Returns how many were added.

    A correction keeps the photos of the report that it corrects.

    Raises
    ------
    ReportedMeanwhile : somebody else reported one of the months since it was looked at; nothing is added.
    """
    if not given:
        return 0
    there = sa.text("SELECT submission_key FROM xiangtu.progress_reports WHERE submission_key = ANY (:keys)")
    keys = [one.submission_key for one in given]
    before = set(connection.scalars(there, {"keys": keys}))
    try:
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.progress_reports (submission_key, project_id, admin_code, period, reported_on, "
                "percent, paid_yuan, milestones, note, fall_reason, supersedes, channel, synthetic, reported_by, "
                "submitted_at) VALUES (:key, :project, :code, :period, :day, :percent, :paid, :milestones, :note, "
                ":fall, :supersedes, 'excel', :synthetic, :by, coalesce(:at, clock_timestamp())) "
                "ON CONFLICT (submission_key) DO NOTHING"
            ),
            [
                {
                    "key": one.submission_key,
                    "project": one.project_id,
                    "code": one.admin_code,
                    "period": one.period,
                    "day": one.reported_on,
                    "percent": one.content.percent,
                    "paid": one.content.paid_yuan,
                    "milestones": list(one.content.milestones),
                    "note": one.content.note,
                    "fall": one.content.fall_reason,
                    "supersedes": one.supersedes,
                    "synthetic": synthetic,
                    "by": by,
                    "at": one.submitted_at,
                }
                for one in given
            ],
        )
    except sa.exc.DBAPIError as error:
        # Falls were judged when the file was read: one that shows now is due to what was reported since.
        if getattr(error.orig, "sqlstate", "") in _MEANWHILE:
            raise ReportedMeanwhile() from error
        raise
    added = set(connection.scalars(there, {"keys": keys})) - before
    _keep_photos(connection, list(added))
    return len(added)


def _keep_photos(connection: sa.Connection, keys: Sequence[uuid.UUID]) -> None:
    """A file brings no photos: those of a report hold for the one that corrects it, as in the form."""
    columns = "name, content, thumbnail, width, height, sha256, phash, taken_at, lon, lat, distance_m"
    connection.execute(
        sa.text(
            f"INSERT INTO xiangtu.progress_photos (report_id, admin_code, {columns}) "
            f"SELECT r.id, r.admin_code, {', '.join(f'p.{name}' for name in columns.split(', '))} "
            "FROM xiangtu.progress_reports AS r JOIN xiangtu.progress_photos AS p ON p.report_id = r.supersedes "
            "WHERE r.submission_key = ANY (:keys) ORDER BY p.id"
        ),
        {"keys": keys},
    )


@dataclass(frozen=True)
class FileCheck:
    """What the county said of a report: ``accepted`` or ``returned`` with a remark, and when, UTC."""

    report_id: int
    admin_code: str
    verdict: str
    remark: str
    checked_at: dt.datetime


def put_checks(connection: sa.Connection, given: Sequence[FileCheck], by: str) -> None:
    """Add what the county said of reports; the database refuses a second word on one."""
    if given:
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.progress_checks (report_id, admin_code, verdict, remark, checked_by, checked_at) "
                "VALUES (:report, :code, :verdict, :remark, :by, :at)"
            ),
            [
                {"report": one.report_id, "code": one.admin_code, "verdict": one.verdict,
                 "remark": one.remark, "by": by, "at": one.checked_at}
                for one in given
            ],
        )  # fmt: skip


@dataclass(frozen=True)
class Unchecked:
    """A report that nobody has checked."""

    report_id: int
    project_code: str
    admin_code: str
    period: dt.date
    submitted_at: dt.datetime


def unchecked(connection: sa.Connection, prefix: str = "") -> list[Unchecked]:
    """Reports below a code that wait for the county, those superseded since apart; the oldest first."""
    rows = connection.execute(
        sa.text(
            "SELECT r.id AS report_id, p.code AS project_code, r.admin_code, r.period, r.submitted_at "
            "FROM xiangtu.progress_reports AS r JOIN xiangtu.projects AS p ON p.id = r.project_id "
            "LEFT JOIN xiangtu.progress_checks AS c ON c.report_id = r.id "
            "LEFT JOIN xiangtu.progress_reports AS later ON later.supersedes = r.id "
            "WHERE r.admin_code ^@ :prefix AND c.report_id IS NULL AND later.id IS NULL ORDER BY r.id"
        ),
        {"prefix": prefix},
    )
    return [Unchecked(**row._mapping) for row in rows]


@dataclass(frozen=True)
class Standing:
    """How far a project is by its newest accepted report: per cent, paid yuan, milestones reached, as of which day."""

    percent: float
    paid_yuan: int
    reached: tuple[int, ...]
    reported_on: dt.date


def standings(connection: sa.Connection, prefix: str = "") -> dict[int, Standing]:
    """The standing of the projects below a code that have an accepted report, by id."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (project_id) project_id, percent, paid_yuan, milestones, reported_on "
            "FROM xiangtu.accepted_reports WHERE admin_code ^@ :prefix ORDER BY project_id, period DESC"
        ),
        {"prefix": prefix},
    )
    return {
        row.project_id: Standing(
            float(row.percent), int(row.paid_yuan), tuple(row.milestones), row.reported_on
        )
        for row in rows
    }


def latest(connection: sa.Connection, month: dt.date) -> dict[int, tuple[dt.date, Newest]]:
    """What a month goes on from, with the month that it is of, by the project's id.

    That is the newest report of the month itself, whatever became of it; else that of the last month before, those
    returned apart, which do not stand. What later months say is nothing to go on from.
    """
    found: dict[int, tuple[dt.date, Newest]] = {}
    for (project_id, period), held in sorted(newest(connection).items(), key=lambda item: item[0]):
        if period == month or (period < month and held.verdict != "returned"):
            found[project_id] = (period, held)
    return found
