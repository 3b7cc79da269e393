"""Writing a project sheet that was read: all of its rows in the caller's transaction, or none."""

from dataclasses import dataclass

import sqlalchemy as sa

from i18n import tr
from layers.codes import LibraryState
from pipelines.progress.project_changes import ProjectLine
from pipelines.progress.project_file import ProjectFile
from store import record
from store.progress.entry import add_project, change_project, require_project
from store.progress.library import Project, put_milestones, put_state, set_milestones
from store.progress.project_links import put_links


@dataclass(frozen=True)
class ProjectsWritten:
    """Codes of the projects added and changed, and how many rows said what was kept already."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    same: int


def write_projects(connection: sa.Connection, read: ProjectFile, by: str) -> ProjectsWritten:
    """Write what a sheet says and put it on record.

    Raises
    ------
    RecordChanged : somebody saved one of the projects since the sheet was read.
    NotAllowed : a project lies where the person does not plan.
    LibraryError : what the library refuses; nothing is written then.
    """
    added = [_add(connection, line, read, by).code for line in read.new]
    changed = [
        _change(connection, line.known, line, read, by).code
        for line in read.changing
        if line.known is not None
    ]
    record.note(
        connection,
        "projects_imported",
        "project",
        after={
            "file": read.told.file_name,
            "rows": read.told.read,
            "added": len(added),
            "changed": len(changed),
            "rejected": read.told.rejected,
        },
    )
    return ProjectsWritten(tuple(added), tuple(changed), read.same)


def _add(connection: sa.Connection, line: ProjectLine, read: ProjectFile, by: str) -> Project:
    made = add_project(
        connection,
        line.entry,
        by,
        origin="import",
        code=line.code,
        state=line.state or LibraryState.PLANNED,
        state_on=line.state_on,
        reason=tr("projectfile.state_on_arrival", "zh"),
        synthetic=read.synthetic,
    )
    if line.milestones:
        put_milestones(connection, made.id, made.admin_code, line.milestones)
    if line.links:
        put_links(connection, made.id, made.admin_code, line.links)
    return made


def _change(
    connection: sa.Connection, seen: Project, line: ProjectLine, read: ProjectFile, by: str
) -> Project:
    now = change_project(connection, seen, line.entry, by)
    if line.milestones is not None and "milestones" in line.changed:
        set_milestones(connection, now, line.milestones, by)
    if line.links is not None:
        put_links(connection, now.id, now.admin_code, line.links)
    if line.state is not None and line.state is not now.state:
        put_state(
            connection,
            now,
            line.state,
            happened_on=line.state_on or read.today,
            by=by,
            reason=tr("projectfile.state_by_file", "zh", file=read.told.file_name),
        )
    return require_project(connection, now.code)
