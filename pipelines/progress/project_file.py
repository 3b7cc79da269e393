"""The project sheet read and compared with the library: what each row adds, changes or leaves as it is."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
import sqlalchemy as sa

from pipelines.import_ import geometry
from pipelines.import_.findings import Findings
from pipelines.import_.folding import comparable
from pipelines.import_.headings import Role
from pipelines.import_.placing import Stated, place_rows
from pipelines.import_.register import Register
from pipelines.import_.values import BLANKS
from pipelines.progress.project_lines import LineReader, ProjectLine
from pipelines.progress.sheet_import import OpenSheet, SheetOptions, Told, open_sheet, told
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
    places, shapes = _places(opened, register, options)
    reader = LineReader(connection, opened, register, options)
    lines = []
    for row in np.flatnonzero(~opened.findings.rejected):
        line = reader.line(int(row), int(places[row]), shapes[row])
        if line is not None:
            lines.append(line)
    return ProjectFile(tuple(lines), told(path.name, opened.findings), options.synthetic, options.today)


def _places(opened: OpenSheet, register: Register, options: SheetOptions) -> tuple[np.ndarray, np.ndarray]:
    """Place of each row in the register, and its point where it gives one (EPSG:4490)."""
    findings = opened.findings
    count = len(findings.source_rows)
    shapes = np.full(count, None, dtype=object)
    x, y = opened.text(Role.X), opened.text(Role.Y)
    label = ""
    if x is not None and y is not None:
        given = np.array(
            [not (_blank(a) and _blank(b)) for a, b in zip(x.to_pylist(), y.to_pylist(), strict=True)]
        )
        rows = np.flatnonzero(given)
        if len(rows):
            some = Findings(findings.source_rows[rows])
            titles = tuple(m.heading for r in (Role.X, Role.Y) if (m := opened.headings.of(r)) is not None)
            points = geometry.from_columns(x.take(rows), y.take(rows), (titles[0], titles[1]), some)
            stored = geometry.to_stored(
                points,
                stated=options.crs,
                in_file=None,
                file_origin=None,
                city=register.bounds,
                findings=some,
            )
            shapes[rows], label = stored.geometries, stored.crs.label
            findings.absorb(some, rows)
    said = Stated(*(opened.text(role) for role in (Role.CODE, Role.COUNTY, Role.TOWNSHIP, Role.VILLAGE)))
    located = shapes if not shapely.is_missing(shapes).all() else None
    places = place_rows(said, located, opened.headings, opened.sheet, register, findings, label)
    return places, shapes


def _blank(text: str | None) -> bool:
    return text is None or not text or comparable(text) in BLANKS
