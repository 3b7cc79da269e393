"""The project sheet read and compared with the library: what each row adds, changes or leaves as it is."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from pipelines.import_.register import Register
from pipelines.progress.project_changes import ProjectLine
from pipelines.progress.project_lines import LineReader
from pipelines.progress.project_places import place_projects
from pipelines.progress.sheet_import import SheetOptions, Told, open_sheet, told
from pipelines.progress.sheets import PROJECT_SHEET


@dataclass(frozen=True)
class ProjectFile:
    """A project sheet read: rows to be written, and the report."""

    lines: tuple[ProjectLine, ...]
    told: Told
    synthetic: bool
    today: dt.date

    @property
    def new(self) -> tuple[ProjectLine, ...]:
        """Rows that add a project."""
        return tuple(line for line in self.lines if line.known is None)

    @property
    def changing(self) -> tuple[ProjectLine, ...]:
        """Rows that change one."""
        return tuple(line for line in self.lines if line.known is not None and line.changed)

    @property
    def same(self) -> int:
        """Rows that say what is kept already."""
        return len(self.lines) - len(self.new) - len(self.changing)


def read_projects(connection: sa.Connection, path: Path, options: SheetOptions) -> ProjectFile:
    """Read a project sheet and compare it with the library; nothing is written.

    Raises
    ------
    FileRefused : the file cannot be taken as a whole.
    """
    opened = open_sheet(path, PROJECT_SHEET, options.layer)
    register = Register.load(connection)
    places, shapes = place_projects(opened, register, options)
    reader = LineReader(connection, opened, register, options)
    lines = []
    for row in np.flatnonzero(~opened.findings.rejected):
        line = reader.line(int(row), int(places[row]), shapes[row])
        if line is not None:
            lines.append(line)
    return ProjectFile(tuple(lines), told(path.name, opened.findings), options.synthetic, options.today)
