"""Monthly reports of projects: handed in once each, corrected by another one, read with their chain and checks.

The database judges every report by itself (migration 0022); what is asked here before is asked for a clear sentence.
A report is known by the key that its form was opened with: the same key twice is the same report.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from base.months import month_end, month_of
from layers.codes import LibraryState
from store import record
from store.progress import report_errors as errors
from store.progress.photos import NewPhoto, add_photos, keep_photos
from store.queries import query

LONGEST_TEXT = 2000
MOST_PHOTOS = 9
_MOST_YUAN = Decimal(10) ** 13
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_ENDED = (LibraryState.ACCEPTED, LibraryState.CANCELLED)


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


@dataclass(frozen=True)
class NewReport:
    """A report to be handed in.

    Attributes
    ----------
    submission_key : made when the form was opened, or from the file and row; the same twice is one report.
    period : any day of the month.
    reported_on : the day that the figures are of; None for the last day of the month that has come.
    supersedes : the report that this one corrects; it must be the last of its chain.
    kept_photos : photos of the superseded report that hold for this one, too.
    """

    submission_key: UUID
    project_id: int
    period: dt.date
    percent: Decimal
    paid_yuan: Decimal
    milestones: tuple[int, ...] = ()
    note: str = ""
    fall_reason: str = ""
    reported_on: dt.date | None = None
    supersedes: int | None = None
    kept_photos: tuple[int, ...] = ()
    channel: str = "form"
    synthetic: bool = False


@dataclass(frozen=True)
class Submitted:
    """What became of a submission.

    `already`: the key was known, nothing was added. `differs`: what was handed in under it then was not the same.
    """

    report_id: int
    already: bool
    differs: bool = False


@dataclass(frozen=True)
class Told:
    """A project as a report needs it."""

    id: int
    name: str
    admin_code: str
    state: LibraryState
    planned_start: dt.date | None
    ended_on: dt.date | None
    milestones: frozenset[int] = field(default_factory=frozenset)


def submit(
    connection: sa.Connection,
    new: NewReport,
    photos: Sequence[NewPhoto] = (),
    *,
    by: str = "",
    today: dt.date | None = None,
) -> Submitted:
    """Hand a report in, with its photos; the draft that the person had of it is gone with the same transaction.

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
    project = _project(connection, new.project_id)
    reported_on = new.reported_on or min(day, month_end(period))
    _require(connection, new, project, period, reported_on, day)
    if len(photos) + len(new.kept_photos) > MOST_PHOTOS:
        raise errors.TooManyPhotos(most=MOST_PHOTOS, number=len(photos) + len(new.kept_photos))
    report_id = _insert(connection, new, project, period, reported_on, by or _own_name(connection))
    if new.kept_photos and new.supersedes is not None:
        keep_photos(connection, new.supersedes, report_id, new.kept_photos)
    add_photos(connection, report_id, photos)
    connection.execute(
        sa.text(
            "DELETE FROM xiangtu.report_drafts WHERE account_id = access.account() AND project_id = :project "
            "AND period = :period"
        ),
        {"project": new.project_id, "period": period},
    )
    _note(connection, report_id, new, project, period, len(photos) + len(new.kept_photos))
    return Submitted(report_id, False)


def check(
    connection: sa.Connection, report_id: int, verdict: str, remark: str = "", *, by: str = ""
) -> Report:
    """Accept or return a report, for the county; returns it with the check.

    Parameters
    ----------
    verdict : ``accepted`` or ``returned``; a return says why.

    Raises
    ------
    CheckedMeanwhile : somebody was quicker. The same person's same verdict twice is no error.
    OwnReport, Superseded, RemarkNeeded, UnknownReport, TextTooLong : what refuses it; nothing is changed.
    NotAllowed : the person does not check reports of that place.
    """
    remark = remark.strip()
    if len(remark) > LONGEST_TEXT:
        raise errors.TextTooLong(most=LONGEST_TEXT, number=len(remark))
    record.take_turn(connection)
    seen = report(connection, report_id)
    me = connection.scalar(sa.text("SELECT access.account()"))
    if seen.check is not None:
        if me is not None and (seen.check.account_id, seen.check.verdict) == (me, verdict):
            return seen
        raise errors.CheckedMeanwhile(seen, seen.check.verdict)
    try:
        with connection.begin_nested():
            connection.execute(
                sa.text(
                    "INSERT INTO xiangtu.progress_checks (report_id, admin_code, verdict, remark, checked_by) "
                    "VALUES (:id, :code, :verdict, :remark, :by)"
                ),
                {
                    "id": report_id,
                    "code": seen.admin_code,
                    "verdict": verdict,
                    "remark": remark,
                    "by": by or _own_name(connection),
                },
            )
    except sa.exc.DBAPIError as error:
        refusal = _CHECK_REFUSALS.get(_state(error))
        if refusal is not None:
            raise refusal(number=report_id) from error
        raise
    record.note(
        connection,
        f"report_{verdict}",
        "progress_report",
        report_id,
        after={"project": seen.project_code, "month": f"{seen.period:%Y-%m}"},
        reason=remark or None,
    )
    return report(connection, report_id)


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


def _own_name(connection: sa.Connection) -> str:
    """The name of whoever is signed in; the program's own where nobody is."""
    found = connection.scalar(sa.text("SELECT display_name FROM access.accounts WHERE id = access.account()"))
    return str(found or "xiangtu")


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


def _project(connection: sa.Connection, project_id: int) -> Told:
    row = connection.execute(
        sa.text(
            "SELECT p.id, p.name, p.admin_code, p.state, p.planned_start, "
            "(SELECT s.happened_on FROM xiangtu.project_states AS s WHERE s.project_id = p.id AND s.after = p.state "
            "ORDER BY s.id DESC LIMIT 1) AS ended_on, "
            "ARRAY(SELECT m.no FROM xiangtu.project_milestones AS m WHERE m.project_id = p.id) AS milestones "
            "FROM xiangtu.projects AS p WHERE p.id = :id"
        ),
        {"id": project_id},
    ).one_or_none()
    if row is None:
        raise errors.UnknownProject(number=project_id)
    return Told(
        row.id,
        row.name,
        row.admin_code,
        LibraryState.of(row.state),
        row.planned_start,
        row.ended_on,
        frozenset(row.milestones),
    )


def _require(
    connection: sa.Connection,
    new: NewReport,
    project: Told,
    period: dt.date,
    reported_on: dt.date,
    today: dt.date,
) -> None:
    """Ask what can be asked before, and say what is wrong."""
    month = f"{period:%Y-%m}"
    if period > today:
        raise errors.MonthAhead(month=month)
    if month_of(reported_on) != period or reported_on > today:
        raise errors.DayOutsideMonth(day=reported_on.isoformat(), month=month)
    if not 0 <= new.percent <= 100:
        raise errors.PercentOutside(percent=new.percent)
    if not 0 <= new.paid_yuan < _MOST_YUAN:
        raise errors.PaidOutside(paid=new.paid_yuan)
    if strange := sorted(set(new.milestones) - project.milestones):
        raise errors.UnknownMilestone(no=strange[0], name=project.name)
    for text in (new.note, new.fall_reason):
        if len(text) > LONGEST_TEXT:
            raise errors.TextTooLong(most=LONGEST_TEXT, number=len(text))
    if new.supersedes is None:
        _require_open(new, project, period)
    _require_chain(connection, new, period)
    _require_no_fall(connection, new, period)


def _require_open(new: NewReport, project: Told, period: dt.date) -> None:
    """A project that has ended is reported for the months up to its end; corrections pass at any time."""
    if project.state in _ENDED and (project.ended_on is None or period > month_of(project.ended_on)):
        raise errors.ProjectEnded(name=project.name)
    early = project.planned_start is not None and period < month_of(project.planned_start)
    if early and not new.note:
        raise errors.NoteForEarlyMonth(month=f"{period:%Y-%m}", start=f"{project.planned_start:%Y-%m}")


def _require_chain(connection: sa.Connection, new: NewReport, period: dt.date) -> None:
    present = [one for one in reports_of(connection, new.project_id) if one.period == period]
    last = next((one for one in present if one.superseded_by is None), None)
    if new.supersedes is None:
        if last is not None:
            raise errors.AlreadyReported(last)
        return
    if new.supersedes not in {one.id for one in present}:
        raise errors.NotSameMonth(number=new.supersedes)
    if last is not None and last.id != new.supersedes:
        raise errors.CorrectedMeanwhile(last)


def _require_no_fall(connection: sa.Connection, new: NewReport, period: dt.date) -> None:
    if len("".join(new.fall_reason.split())) >= 2:
        return
    known = reports_of(connection, new.project_id)
    earlier, later = before(known, period), after(known, period)
    if earlier is not None and new.percent < earlier.percent:
        raise errors.FallWithoutReason(
            percent=_plain(new.percent), before=_plain(earlier.percent), month=f"{earlier.period:%Y-%m}"
        )
    if later is not None and not later.fall_reason and new.percent > later.percent:
        raise errors.RiseBeforeLower(
            percent=_plain(new.percent), later=_plain(later.percent), month=f"{later.period:%Y-%m}"
        )


def _plain(percent: Decimal) -> str:
    return f"{percent:.2f}".rstrip("0").rstrip(".")


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
            "percent": _plain(new.percent),
            "paid_yuan": str(new.paid_yuan),
            "photos": photos,
            "supersedes": new.supersedes,
        },
        reason=new.fall_reason or None,
    )


_CHECK_REFUSALS: dict[str, type[errors.ReportError]] = {
    "XP012": errors.OwnReport,
    "XP013": errors.Superseded,
    "XP014": errors.RemarkNeeded,
}


def _state(error: sa.exc.DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", ""))
