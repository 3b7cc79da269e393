"""The monthly sheet read and compared with what was reported: what each row adds, corrects or says again."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from layers import Remedy
from pipelines.progress.report_lines import ReportLine, ReportReader
from pipelines.progress.sheet_import import OpenSheet, SheetOptions, Told, open_sheet, sentence, told
from pipelines.progress.sheets import REPORT_SHEET
from store import record
from store.progress.handed_in import put_reports


@dataclass(frozen=True)
class ReportFile:
    """A monthly sheet read: rows to be written, how many say what was reported already, and the report."""

    lines: tuple[ReportLine, ...]
    already: int
    told: Told
    synthetic: bool

    @property
    def new(self) -> int:
        """Rows for months that were not reported."""
        return sum(line.corrects is None for line in self.lines)

    @property
    def corrections(self) -> int:
        """Rows that correct a report."""
        return len(self.lines) - self.new


@dataclass(frozen=True)
class ReportsWritten:
    """Reports added, how many of them correct one, and how many were there already."""

    added: int
    corrections: int
    already: int


def read_reports(connection: sa.Connection, path: Path, options: SheetOptions) -> ReportFile:
    """Read a monthly sheet and compare it with what was reported; nothing is written.

    Raises
    ------
    FileRefused : the file cannot be taken as a whole.
    """
    opened = open_sheet(path, REPORT_SHEET, options.layer)
    _mend_shares(opened)
    reader = ReportReader(connection, opened, options)
    return ReportFile(
        tuple(reader.lines()), reader.already, told(path.name, opened.findings), options.synthetic
    )


def write_reports(connection: sa.Connection, read: ReportFile, by: str) -> ReportsWritten:
    """Hand in what a sheet says, all of it or nothing, and put it on record.

    Raises
    ------
    ReportedMeanwhile : somebody reported one of the months since the sheet was read.
    NotAllowed : a project lies where the person does not report.
    """
    record.take_turn(connection)
    added = put_reports(connection, [line.report for line in read.lines], by, synthetic=read.synthetic)
    again = len(read.lines) - added
    record.note(
        connection,
        "reports_imported",
        "project",
        after={
            "file": read.told.file_name,
            "rows": read.told.read,
            "added": added,
            "already": read.already + again,
            "rejected": read.told.rejected,
        },
    )
    return ReportsWritten(added, read.corrections if added else 0, read.already + again)


def _mend_shares(opened: OpenSheet) -> None:
    """Excel keeps 85 % as 0.85: a column in which nothing exceeds 1 is one of shares, if any is between 0 and 1."""
    values = opened.values["percent"]
    some = values[values > 0]
    if len(some) < 2 or not (some <= 1).all() or not (some < 1).any():
        return
    rows = np.flatnonzero((values > 0).to_numpy())
    opened.values["percent"] = values * 100
    opened.findings.rows(
        "share_as_percent",
        Remedy.REPAIR,
        rows,
        sentence("share_as_percent"),
        column=opened.title("percent"),
        value=lambda i: f"{values.iloc[rows[i]]:g}",
    )
