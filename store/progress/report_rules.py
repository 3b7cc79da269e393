"""What is asked of a monthly report before it is written, each with a sentence that says what is wrong.

The database judges every report by itself (migration 0022); what is asked here before is asked for the sentence.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa

from analysis.progress.reportable import NotReportable, not_reportable
from analysis.progress.rising import Clash, Stand, Way, clash
from base.months import month_of
from layers.codes import LibraryState
from store.progress import report_errors as errors
from store.progress.report_rows import reports_of
from store.progress.reports_given import NewReport

LONGEST_TEXT = 2000
_MOST_YUAN = Decimal(10) ** 13


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


def own_name(connection: sa.Connection) -> str:
    """The name of whoever is signed in; the program's own where nobody is."""
    found = connection.scalar(sa.text("SELECT display_name FROM access.accounts WHERE id = access.account()"))
    return str(found or "xiangtu")


def told_project(connection: sa.Connection, project_id: int) -> Told:
    """A project as a report needs it.

    Raises
    ------
    UnknownProject : the library has none of that number.
    """
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


def require(
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
    """One rule for every way in (`analysis.progress.reportable`); corrections pass at any time."""
    refusal = refused_month(project.name, project.state, project.ended_on, period)
    if refusal is not None:
        raise refusal
    early = project.planned_start is not None and period < month_of(project.planned_start)
    if early and not new.note:
        raise errors.NoteForEarlyMonth(month=f"{period:%Y-%m}", start=f"{project.planned_start:%Y-%m}")


def refused_month(
    name: str, state: LibraryState, ended_on: dt.date | None, period: dt.date
) -> errors.ReportError | None:
    """The sentence with which a month is refused that is not to be reported; None if it may be."""
    why = not_reportable(state, ended_on, period)
    if why is None:
        return None
    if why is NotReportable.NOT_BEGUN:
        return errors.ProjectNotBegun(name=name, state=state.text)
    return errors.ProjectEnded(
        name=name, state=state.text, month="—" if ended_on is None else f"{ended_on:%Y-%m}"
    )


def ended_on(connection: sa.Connection) -> dict[int, dt.date]:
    """The day on which each project that was accepted or cancelled came to that state, by the project's id."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (p.id) p.id, s.happened_on FROM xiangtu.projects AS p "
            "JOIN xiangtu.project_states AS s ON s.project_id = p.id AND s.after = p.state "
            "WHERE p.state IN ('accepted', 'cancelled') ORDER BY p.id, s.id DESC"
        )
    )
    return {row.id: row.happened_on for row in rows}


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
    stands = {
        one.period: Stand(one.percent, one.fall_reason)
        for one in reports_of(connection, new.project_id)
        if one.stands
    }
    found = clash(stands, period, Stand(new.percent, new.fall_reason))
    if found is not None:
        raise fall_refused(new.percent, found)


def fall_refused(percent: Decimal, found: Clash) -> errors.ReportError:
    """The sentence for a month that clashes with another one."""
    month, other = f"{found.month:%Y-%m}", plain(found.percent)
    if found.way is Way.FALLS:
        return errors.FallWithoutReason(percent=plain(percent), before=other, month=month)
    return errors.RiseBeforeLower(percent=plain(percent), later=other, month=month)


def plain(percent: Decimal) -> str:
    """Per cent without needless digits."""
    return f"{percent:.2f}".rstrip("0").rstrip(".")
