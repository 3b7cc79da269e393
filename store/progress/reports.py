"""Monthly reports of projects: handed in once each, corrected by another one, read with their chain and checks.

A report is known by the key that its form was opened with: the same key twice is the same report. This is the door to
what is kept by report_rows (reading), report_rules (what is asked before) and report_checks (the county's word).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from base.months import month_end, month_of
from store import record
from store.progress import report_errors as errors
from store.progress.photos import NewPhoto, add_photos, keep_photos
from store.progress.report_checks import check
from store.progress.report_rows import (
    Check,
    Report,
    after,
    before,
    chain,
    newest_month,
    report,
    reports,
    reports_by_id,
    reports_of,
    standing,
)
from store.progress.report_rules import LONGEST_TEXT, Told, own_name, plain, require, told_project
from store.progress.reports_given import NewReport, Submitted

__all__ = [
    "LONGEST_TEXT",
    "MOST_PHOTOS",
    "Check",
    "NewReport",
    "Report",
    "Submitted",
    "after",
    "before",
    "chain",
    "check",
    "newest_month",
    "report",
    "reports",
    "reports_by_id",
    "reports_of",
    "standing",
    "submit",
]

MOST_PHOTOS = 9
_SHANGHAI = ZoneInfo("Asia/Shanghai")


def submit(
    connection: sa.Connection,
    new: NewReport,
    photos: Sequence[NewPhoto] = (),
    *,
    by: str = "",
    today: dt.date | None = None,
) -> Submitted:
    """Hand a report in, with its photos; the draft that it was made of (the same key) goes with the same transaction.

    Parameters
    ----------
    connection : `store.engine.changing`, for the person who reports; the owner's for a file that nobody signed.
    by : the name of whoever reports, as it is to be read; that of the account if not given.
    today : the day that it is; that of Shanghai if not given.

    Raises
    ------
    AlreadyReported : the project has a report of that month, and this one does not say that it corrects it.
    CorrectedMeanwhile : somebody else corrected the same report.
    FallWithoutReason, RiseBeforeLower : see migration 0022; a reason lets both pass.
    ReportError : what else is wrong with it; nothing is written.
    NotAllowed : the person does not report for the project's place.
    """
    # One after the other, in the order in which the record is written (`store.record.take_turn`).
    record.take_turn(connection)
    new = _rounded(new)
    period = new.period
    if (present := _by_key(connection, new.submission_key)) is not None:
        return _again(connection, present, new, period)
    day = today or dt.datetime.now(_SHANGHAI).date()
    project = told_project(connection, new.project_id)
    reported_on = new.reported_on or min(day, month_end(period))
    require(connection, new, project, period, reported_on, day)
    if len(photos) + len(new.kept_photos) > MOST_PHOTOS:
        raise errors.TooManyPhotos(most=MOST_PHOTOS, number=len(photos) + len(new.kept_photos))
    report_id = _insert(connection, new, project, period, reported_on, by or own_name(connection))
    if new.kept_photos and new.supersedes is not None:
        keep_photos(connection, new.supersedes, report_id, new.kept_photos)
    add_photos(connection, report_id, photos)
    # A draft with another key is somebody's work that this report knows nothing of: it is kept, and its form tells.
    connection.execute(
        sa.text(
            "DELETE FROM xiangtu.report_drafts WHERE account_id = access.account() AND project_id = :project "
            "AND period = :period AND content ->> 'key' = :key"
        ),
        {"project": new.project_id, "period": period, "key": str(new.submission_key)},
    )
    _note(connection, report_id, new, project, period, len(photos) + len(new.kept_photos))
    return Submitted(report_id, False)


def _rounded(new: NewReport) -> NewReport:
    """A report as the database keeps it: percent to a hundredth, whole yuan, texts without blanks around them."""
    return replace(
        new,
        period=month_of(new.period),
        percent=new.percent.quantize(Decimal("0.01")),
        paid_yuan=new.paid_yuan.quantize(Decimal(1)),
        milestones=tuple(sorted(set(new.milestones))),
        note=new.note.strip(),
        fall_reason=new.fall_reason.strip(),
    )


def _by_key(connection: sa.Connection, key: UUID) -> Report | None:
    found = connection.scalar(
        sa.text("SELECT id FROM xiangtu.progress_reports WHERE submission_key = :key"), {"key": key}
    )
    return None if found is None else report(connection, int(found))


def _again(connection: sa.Connection, present: Report, new: NewReport, period: dt.date) -> Submitted:
    """The answer to a key that is known: the report of then, if it is one of the same person, project and month."""
    me = connection.scalar(sa.text("SELECT access.account()"))
    if (present.project_id, present.period, present.account_id) != (new.project_id, period, me):
        raise errors.KeyOfAnother(number=present.id)
    then = (present.percent, present.paid_yuan, present.milestones, present.note, present.fall_reason)
    now = (new.percent, new.paid_yuan, new.milestones, new.note, new.fall_reason)
    return Submitted(present.id, True, differs=then != now)


def _insert(
    connection: sa.Connection,
    new: NewReport,
    project: Told,
    period: dt.date,
    reported_on: dt.date,
    by: str,
) -> int:
    return int(
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.progress_reports (submission_key, project_id, admin_code, period, reported_on, "
                "percent, paid_yuan, milestones, note, fall_reason, supersedes, channel, synthetic, reported_by) "
                "VALUES (:key, :project, :code, :period, :day, :percent, :paid, :milestones, :note, :reason, "
                ":supersedes, :channel, :synthetic, :by) RETURNING id"
            ),
            {
                "key": new.submission_key,
                "project": project.id,
                "code": project.admin_code,
                "period": period,
                "day": reported_on,
                "percent": new.percent,
                "paid": new.paid_yuan,
                "milestones": list(new.milestones),
                "note": new.note,
                "reason": new.fall_reason,
                "supersedes": new.supersedes,
                "channel": new.channel,
                "synthetic": new.synthetic,
                "by": by,
            },
        ).scalar_one()
    )


def _note(
    connection: sa.Connection, report_id: int, new: NewReport, project: Told, period: dt.date, photos: int
) -> None:
    record.note(
        connection,
        "report_submitted" if new.supersedes is None else "report_corrected",
        "progress_report",
        report_id,
        after={
            "project": project.name,
            "month": f"{period:%Y-%m}",
            "percent": plain(new.percent),
            "paid_yuan": str(new.paid_yuan),
            "photos": photos,
            "supersedes": new.supersedes,
        },
        reason=new.fall_reason or None,
    )
