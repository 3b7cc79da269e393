"""The library's projects as they are followed: milestones, states with their history, features they are linked with."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from analysis.progress.duplicates import Place
from analysis.progress.states import is_reason, may_follow, needs_reason
from layers.codes import LibraryState
from store import record
from store.planning.projects import Project, project, projects
from store.progress.errors import (
    MilestoneReported,
    MilestonesWrong,
    StateDayWrong,
    StateNotAllowed,
    StateReasonNeeded,
    UnknownLibraryProject,
)
from store.versions import require_saved

__all__ = [
    "Milestone",
    "Project",
    "StateChange",
    "change_state",
    "milestones",
    "place_of",
    "project",
    "projects",
    "set_milestones",
    "states",
    "touch",
]

_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Milestone:
    """A milestone of a project; `weight` in per cent of the work, those of one project make 100."""

    no: int
    name: str
    weight: Decimal
    planned_on: dt.date


@dataclass(frozen=True)
class StateChange:
    """A change of a project's state: from what to what, why, on which day, and who put it down when (UTC)."""

    before: LibraryState
    after: LibraryState
    reason: str
    happened_on: dt.date
    changed_by: str
    changed_at: dt.datetime


def place_of(one: Project) -> Place:
    """A project as `analysis.progress.duplicates` compares it."""
    return Place(one.id, one.layer, str(one.kind), one.name, frozenset(one.villages), one.geometry)


def milestones(connection: sa.Connection, prefix: str = "") -> dict[int, list[Milestone]]:
    """Milestones of the projects below a code by the project's id, in their order."""
    rows = connection.execute(
        sa.text(
            "SELECT project_id, no, name, weight, planned_on FROM xiangtu.project_milestones "
            "WHERE admin_code ^@ :prefix ORDER BY project_id, no"
        ),
        {"prefix": prefix},
    )
    found: dict[int, list[Milestone]] = {}
    for row in rows:
        found.setdefault(row.project_id, []).append(Milestone(row.no, row.name, row.weight, row.planned_on))
    return found


def milestones_of(connection: sa.Connection, project_id: int) -> list[Milestone]:
    """Milestones of one project in their order."""
    rows = connection.execute(
        sa.text(
            "SELECT no, name, weight, planned_on FROM xiangtu.project_milestones WHERE project_id = :id ORDER BY no"
        ),
        {"id": project_id},
    )
    return [Milestone(**row._mapping) for row in rows]


def states(connection: sa.Connection, project_id: int) -> list[StateChange]:
    """Changes of a project's state, the first one first."""
    rows = connection.execute(
        sa.text(
            "SELECT before, after, reason, happened_on, changed_by, changed_at FROM xiangtu.project_states "
            "WHERE project_id = :id ORDER BY id"
        ),
        {"id": project_id},
    )
    return [
        StateChange(
            LibraryState.of(row.before),
            LibraryState.of(row.after),
            row.reason,
            row.happened_on,
            row.changed_by,
            row.changed_at,
        )
        for row in rows
    ]


def change_state(
    connection: sa.Connection,
    seen: Project,
    after: LibraryState,
    *,
    happened_on: dt.date,
    by: str,
    reason: str = "",
) -> None:
    """Bring a project into another state.

    Parameters
    ----------
    seen : the project as it was on screen.
    happened_on : the day on which it happened, not in the future.

    Raises
    ------
    StateNotAllowed, StateReasonNeeded, StateDayWrong
    RecordChanged : someone saved the project since.
    NotAllowed : the person does not plan for the project's place.
    """
    if not may_follow(seen.state, after):
        raise StateNotAllowed(before=seen.state.text, after=after.text)
    if needs_reason(seen.state, after) and not is_reason(reason):
        raise StateReasonNeeded(after=after.text)
    earlier = states(connection, seen.id)
    latest = max((one.happened_on for one in earlier), default=dt.date.min)
    if not latest <= happened_on <= dt.datetime.now(_SHANGHAI).date():
        raise StateDayWrong()
    record.take_turn(connection)
    touch(connection, seen, by)
    put_state(connection, seen, after, happened_on=happened_on, by=by, reason=reason)
    record.note(
        connection,
        "project_state",
        "project",
        seen.code,
        before={"state": str(seen.state)},
        after={"state": str(after), "on": happened_on.isoformat()},
        reason=reason or None,
    )


def put_state(
    connection: sa.Connection,
    of: Project,
    after: LibraryState,
    *,
    happened_on: dt.date,
    by: str,
    reason: str = "",
) -> None:
    """Add a change of state; the database carries it into the project, and refuses what may not be."""
    connection.execute(
        sa.text(
            "INSERT INTO xiangtu.project_states (project_id, admin_code, before, after, reason, happened_on, "
            "changed_by) VALUES (:id, :code, :before, :after, :reason, :day, :by)"
        ),
        {
            "id": of.id,
            "code": of.admin_code,
            "before": str(of.state),
            "after": str(after),
            "reason": " ".join(reason.split()),
            "day": happened_on,
            "by": by,
        },
    )


def touch(connection: sa.Connection, seen: Project, by: str) -> None:
    """Take the project for a change: its version goes up if it is still the one that was on screen.

    Raises
    ------
    RecordChanged, NotAllowed : as `store.versions.require_saved`.
    UnknownLibraryProject : there is no such project.
    """
    saved = connection.execute(
        sa.text(
            "UPDATE xiangtu.projects SET version = version + 1, changed_by = :by, changed_at = now() "
            "WHERE id = :id AND version = :version"
        ),
        {"id": seen.id, "version": seen.version, "by": by},
    ).rowcount
    now = project(connection, seen.code)
    if now is None:
        raise UnknownLibraryProject(code=seen.code)
    require_saved(saved == 1, seen, now)


def set_milestones(connection: sa.Connection, seen: Project, wanted: Sequence[Milestone], by: str) -> None:
    """Put other milestones in the place of a project's; none at all is allowed.

    Raises
    ------
    MilestonesWrong : they do not weigh 100 together, a number twice, or one without a name or weight.
    MilestoneReported : one that a report says to be reached would be gone.
    RecordChanged, NotAllowed : as `touch`.
    """
    require_milestones(wanted)
    record.take_turn(connection)
    reported = connection.scalars(
        sa.text(
            "SELECT DISTINCT unnest(milestones) FROM xiangtu.progress_reports WHERE project_id = :id ORDER BY 1"
        ),
        {"id": seen.id},
    )
    gone = set(reported) - {one.no for one in wanted}
    if gone:
        raise MilestoneReported(no=min(gone))
    touch(connection, seen, by)
    put_milestones(connection, seen.id, seen.admin_code, wanted)
    record.note(
        connection,
        "project_milestones",
        "project",
        seen.code,
        after={str(one.no): f"{one.name} {one.weight} {one.planned_on}" for one in wanted},
    )


def require_milestones(wanted: Sequence[Milestone]) -> None:
    """Refuse milestones that cannot be those of a project.

    Raises
    ------
    MilestonesWrong
    """
    total = sum((one.weight for one in wanted), Decimal(0))
    numbers = {one.no for one in wanted}
    sound = all(one.name.strip() and one.no > 0 and one.weight > 0 for one in wanted)
    if wanted and not (sound and total == 100 and len(numbers) == len(wanted)):
        raise MilestonesWrong(total=f"{total:f}")


def put_milestones(
    connection: sa.Connection, project_id: int, admin_code: str, wanted: Sequence[Milestone]
) -> None:
    """Write a project's milestones, instead of those that there are."""
    connection.execute(
        sa.text("DELETE FROM xiangtu.project_milestones WHERE project_id = :id"), {"id": project_id}
    )
    if wanted:
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.project_milestones (project_id, admin_code, no, name, weight, planned_on) "
                "VALUES (:id, :code, :no, :name, :weight, :day)"
            ),
            [
                {"id": project_id, "code": admin_code, "no": one.no, "name": one.name.strip(),
                 "weight": one.weight, "day": one.planned_on}
                for one in wanted
            ],
        )  # fmt: skip
