"""Projects that people enter themselves, by form or by file: added, changed."""

import datetime as dt

import shapely
import sqlalchemy as sa

from analysis.progress.entry import Entry, faults
from analysis.progress.states import way_to
from layers.codes import LibraryState
from store import record
from store.planning.forms import as_text
from store.planning.people import village_people
from store.planning.projects import Project, next_code, project, take_turn
from store.progress.errors import EntryFaulty, UnknownLibraryProject
from store.progress.library import put_state
from store.tables import SRID
from store.versions import require_saved

_INSERT = f"""
INSERT INTO xiangtu.projects (code, name, kind, layer, admin_code, villages, geom, budget_yuan, payments,
    planned_start, planned_finish, department, team, people, note, origin, synthetic, created_by, changed_by)
VALUES (:code, :name, :kind, :layer, :admin_code, :villages, ST_GeomFromWKB(:shape, {SRID}), :budget,
    CAST(:payments AS jsonb), :start, :finish, :department, :team, :people, :note, :origin, :synthetic, :by, :by)
"""
_UPDATE = f"""
UPDATE xiangtu.projects SET name = :name, kind = :kind, layer = :layer, villages = :villages,
    geom = ST_GeomFromWKB(:shape, {SRID}), budget_yuan = :budget, payments = CAST(:payments AS jsonb),
    planned_start = :start, planned_finish = :finish, department = :department, team = :team, people = :people,
    note = :note, version = version + 1, changed_by = :by, changed_at = now()
WHERE id = :id AND version = :version
"""


def add_project(
    connection: sa.Connection,
    entry: Entry,
    by: str,
    *,
    origin: str = "form",
    code: str | None = None,
    state: LibraryState = LibraryState.PLANNED,
    state_on: dt.date | None = None,
    reason: str = "",
    synthetic: bool = False,
) -> Project:
    """Add a project to the library; the database numbers it within its county and first year.

    Parameters
    ----------
    origin : ``form`` or ``import``.
    code : its code, if it has one already.
    state : in which it comes; it is planned first and led there by the shortest way.
    state_on : day on which it came into that state; that of its planned start if not said.
    reason : told with those changes.

    Raises
    ------
    EntryFaulty : with what is wrong, field by field.
    NotAllowed : by the policies, if the person does not plan for the place.
    """
    wrong = faults(entry)
    if wrong:
        raise EntryFaulty(wrong)
    # Everybody waits for the record first, then for the library: two never wait for each other.
    record.take_turn(connection)
    take_turn(connection)
    given = _given(connection, entry, by)
    year = (entry.planned_start or dt.datetime.now(dt.UTC).date()).year
    number = code or next_code(connection, entry.admin_code, year)
    connection.execute(
        sa.text(_INSERT),
        {
            **given,
            "code": number,
            "admin_code": entry.admin_code,
            "origin": origin,
            "synthetic": synthetic,
        },
    )
    made = require_project(connection, number)
    way = way_to(state)
    reached = state_on or made.planned_start or dt.datetime.now(dt.UTC).date()
    before = min(reached, made.planned_start or reached)
    for step in way:
        day = reached if step is state else before
        put_state(connection, made, step, happened_on=day, by=by, reason=reason)
        made = require_project(connection, number)
    return made


def change_project(connection: sa.Connection, seen: Project, entry: Entry, by: str) -> Project:
    """Change what is kept of a project; its code, place and state stay.

    Raises
    ------
    EntryFaulty : with what is wrong, field by field.
    RecordChanged : someone saved it since it was on screen.
    NotAllowed : the person does not plan for the place.
    """
    wrong = faults(entry)
    if wrong:
        raise EntryFaulty(wrong)
    record.take_turn(connection)
    given = _given(connection, entry, by) | {"id": seen.id, "version": seen.version}
    saved = connection.execute(sa.text(_UPDATE), given).rowcount
    now = require_project(connection, seen.code)
    require_saved(saved == 1, seen, now)
    return now


def note_added(connection: sa.Connection, made: Project) -> None:
    """Put on record that a person added a project by form."""
    record.note(connection, "project_added", "project", made.code, after=_told(made))


def note_changed(connection: sa.Connection, seen: Project, now: Project) -> None:
    """Put on record what a person changed of a project."""
    before, after = _told(seen), _told(now)
    changed = [name for name in after if before[name] != after[name]]
    record.note(
        connection,
        "project_changed",
        "project",
        now.code,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )


def require_project(connection: sa.Connection, code: str) -> Project:
    """The project with a code.

    Raises
    ------
    UnknownLibraryProject
    """
    found = project(connection, code)
    if found is None:
        raise UnknownLibraryProject(code=code[:40])
    return found


def _told(one: Project) -> dict[str, object]:
    return {
        "name": one.name,
        "kind": str(one.kind),
        "villages": list(one.villages),
        "budget_yuan": one.budget_yuan,
        "payments": list(one.payments),
        "planned_start": str(one.planned_start),
        "planned_finish": str(one.planned_finish),
        "department": one.department,
        "team": one.team,
        "note": one.note,
    }


def _given(connection: sa.Connection, entry: Entry, by: str) -> dict[str, object]:
    people = entry.people
    if people is None:
        people = sum(village_people(connection, entry.villages).values())
    return {
        "name": " ".join(entry.name.split()),
        "kind": str(entry.kind),
        "layer": None if entry.kind is None else entry.kind.layer_id,
        "villages": sorted(entry.villages),
        "shape": shapely.to_wkb(entry.geometry),
        "budget": entry.budget_yuan,
        "payments": as_text(entry.payments),
        "start": entry.planned_start,
        "finish": entry.planned_finish,
        "department": entry.department,
        "team": entry.team,
        "people": people,
        "note": entry.note.strip(),
        "by": by,
    }
