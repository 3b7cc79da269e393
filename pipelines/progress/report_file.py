"""The monthly sheet read and compared with what was reported: what each row adds, corrects or says again."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from access import Action, OwnTable
from base.months import month_end, month_of
from layers import Remedy
from layers.codes import LibraryState
from pipelines.import_.dates import read_date
from pipelines.import_.folding import comparable
from pipelines.progress.cells import CellFault, read_reached
from pipelines.progress.sheet_import import (
    OpenSheet,
    SheetOptions,
    Told,
    day,
    open_sheet,
    sentence,
    told,
    words,
)
from pipelines.progress.sheets import REPORT_SHEET
from store import record
from store.progress.handed_in import Content, FileReport, Newest, newest, put_reports
from store.progress.library import Milestone, Project, milestones, projects

_EARLIEST = dt.date(2015, 1, 1)
_CLOSED = (LibraryState.PLANNED, LibraryState.CANCELLED)
"""States in which nothing is being built."""
_HANDED_IN_AT = dt.time(9)
"""Hour, UTC, at which a report of a past day of the demo is taken to have come in."""


@dataclass(frozen=True)
class ReportLine:
    """A row that can be kept; `corrects` if that month was reported otherwise before."""

    row_no: int
    project: Project
    report: FileReport
    corrects: Newest | None


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
    reader = _Reader(connection, opened, options)
    lines = [line for row in reader.in_order_of_months() if (line := reader.line(row)) is not None]
    return ReportFile(tuple(lines), reader.already, told(path.name, opened.findings), options.synthetic)


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


class _Reader:
    """Reads the rows of one sheet, earlier months first, so that each is compared with the month before."""

    def __init__(self, connection: sa.Connection, opened: OpenSheet, options: SheetOptions) -> None:
        self._opened = opened
        self._options = options
        self._projects = {one.code: one for one in projects(connection)}
        self._milestones = milestones(connection)
        self._newest = newest(connection)
        # What was returned does not stand, and is compared with nothing.
        self._contents = {
            key: held.content for key, held in self._newest.items() if held.verdict != "returned"
        }
        self._rows: dict[tuple[int, dt.date], int] = {}
        self.already = 0
        self._periods = [self._period(row) for row in range(len(opened.values))]

    def in_order_of_months(self) -> list[int]:
        """Positions of the rows that are not left out yet."""
        rows = [int(row) for row in np.flatnonzero(~self._opened.findings.rejected)]
        return sorted(rows, key=lambda row: self._periods[row] or dt.date.max)

    def line(self, row: int) -> ReportLine | None:
        """What a row says; None if it is left out or says what is there already."""
        opened = self._opened
        held = opened.values.iloc[row]
        project = self._project(row, held)
        period = self._periods[row]
        if project is None or period is None:
            return None
        number = int(opened.findings.source_rows[row])
        earlier = self._rows.setdefault((project.id, period), number)
        if earlier != number:
            opened.reject(row, "period", "month_twice", words(held["period"]), earlier=earlier)
            return None
        content = self._content(row, held, project)
        reported_on = self._reported_on(row, held, period)
        if content is None or reported_on is None:
            return None
        before = self._newest.get((project.id, period))
        if before is not None and before.content == content:
            self.already += 1
            return None
        if not self._rises(row, held, project, period, content):
            return None
        self._contents[project.id, period] = content
        made_up = self._options.synthetic
        report = FileReport(
            project.id,
            project.code,
            project.admin_code,
            period,
            reported_on,
            content,
            None if before is None else before.report_id,
            dt.datetime.combine(reported_on, _HANDED_IN_AT, dt.UTC) if made_up else None,
        )
        return ReportLine(number, project, report, before)

    def _project(self, row: int, held: Mapping[str, Any]) -> Project | None:
        opened, by = self._opened, self._options.by
        code = words(held["code"]).upper()
        project = self._projects.get(code)
        if project is None:
            opened.reject(row, "code", "project_unknown", code)
        elif by is not None and not by.may(OwnTable.REPORTS, Action.WRITE, project.admin_code):
            opened.reject(row, "code", "report_out_of_scope", code)
        elif project.state in _CLOSED:
            opened.reject(row, "code", "not_being_built", code, state=project.state.text)
        else:
            name = words(held["name"])
            if name and comparable(name) != comparable(project.name):
                opened.warn(row, "name", "other_name", name, name=project.name)
            return project
        return None

    def _period(self, row: int) -> dt.date | None:
        """The month of a row, its first day."""
        if self._opened.findings.rejected[row]:
            return None
        text = words(self._opened.values.iloc[row]["period"])
        reading = read_date(text.removesuffix("月份") + ("月" if text.endswith("月份") else ""))
        if not isinstance(reading.value, dt.date):
            self._opened.reject(row, "period", "month_unreadable", text)
            return None
        if str(reading.note) == "date_year":
            self._opened.reject(row, "period", "month_unreadable", text)
            return None
        period = month_of(reading.value)
        if not _EARLIEST <= period <= self._options.today:
            self._opened.reject(row, "period", "month_ahead", text)
            return None
        if str(reading.note) == "date_month_doubtful":
            self._opened.warn(row, "period", "month_doubtful", text, month=f"{period:%Y-%m}")
        return period

    def _reported_on(self, row: int, held: Mapping[str, Any], period: dt.date) -> dt.date | None:
        """The day that the figures are of: as stated, else the month's last day or today if that is earlier."""
        stated = day(held["reported_on"])
        if stated is None:
            return min(month_end(period), self._options.today)
        if not period <= stated <= self._options.today:
            self._opened.reject(row, "reported_on", "report_day", stated)
            return None
        return stated

    def _content(self, row: int, held: Mapping[str, Any], project: Project) -> Content | None:
        opened = self._opened
        try:
            steps: list[Milestone] = self._milestones.get(project.id, [])
            reached = read_reached(words(held["milestones"]), steps)
        except CellFault as fault:
            known = "、".join(f"{one.no} {one.name}" for one in self._milestones.get(project.id, [])) or "-"
            opened.reject(row, "milestones", fault.kind, fault.part, known=known)
            return None
        if pd.isna(held["percent"]) or pd.isna(held["paid_yuan"]):
            return None
        paid = round(float(held["paid_yuan"]))
        if paid > project.budget_yuan:
            opened.warn(
                row,
                "paid_yuan",
                "paid_over_budget",
                f"{paid / 10_000:g}",
                budget=f"{project.budget_yuan / 10_000:g}",
            )
        return Content(
            Decimal(str(round(float(held["percent"]), 2))).quantize(Decimal("0.01")),
            paid,
            reached,
            words(held["note"]),
            words(held["fall_reason"]),
        )

    def _rises(
        self, row: int, held: Mapping[str, Any], project: Project, period: dt.date, content: Content
    ) -> bool:
        """Whether the percent falls between months only with a reason; a fall of the money is told."""
        if not self._in_order(row, held, project, period, content):
            return False
        before = self._beside(project, period, later=False)
        if before is not None and content.paid_yuan < before[1].paid_yuan:
            self._opened.warn(
                row,
                "paid_yuan",
                "paid_falls",
                f"{content.paid_yuan / 10_000:g}",
                before=f"{before[1].paid_yuan / 10_000:g}",
            )
        return True

    def _in_order(
        self, row: int, held: Mapping[str, Any], project: Project, period: dt.date, content: Content
    ) -> bool:
        if len("".join(content.fall_reason.split())) >= 2:
            return True
        before = self._beside(project, period, later=False)
        after = self._beside(project, period, later=True)
        wrong = None
        if before is not None and content.percent < before[1].percent:
            wrong = "percent_falls", before
        elif after is not None and not after[1].fall_reason and content.percent > after[1].percent:
            wrong = "percent_above_later", after
        if wrong is None:
            return True
        kind, (month, other) = wrong
        self._opened.reject(
            row,
            "percent",
            kind,
            f"{held['percent']:g}",
            other=f"{float(other.percent):g}",
            month=f"{month:%Y-%m}",
        )
        return False

    def _beside(self, project: Project, period: dt.date, *, later: bool) -> tuple[dt.date, Content] | None:
        """The nearest month before or after that is reported, and what stands of it."""
        months = [
            month
            for held_by, month in self._contents
            if held_by == project.id and (month > period if later else month < period)
        ]
        if not months:
            return None
        nearest = min(months) if later else max(months)
        return nearest, self._contents[project.id, nearest]
