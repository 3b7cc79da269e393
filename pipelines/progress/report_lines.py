"""Rows of the monthly sheet: what each says of a project and month, and what is wrong with it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from access import Action, OwnTable
from analysis.progress.rising import Stand, turns
from base.errors import XiangtuError
from base.months import month_end, month_of
from i18n import Text
from layers import Remedy
from pipelines.import_.dates import read_date
from pipelines.import_.folding import comparable
from pipelines.progress.cells import CellFault, read_reached
from pipelines.progress.sheet_import import OpenSheet, SheetOptions, as_read, day, words
from store.progress.handed_in import Content, FileReport, Newest, newest
from store.progress.library import Milestone, Project, milestones, projects
from store.progress.report_rules import ended_on, fall_refused, refused_month

_EARLIEST = dt.date(2015, 1, 1)
_HANDED_IN_AT = dt.time(9)
"""Hour, UTC, at which a report of a past day of the demo is taken to have come in."""


@dataclass(frozen=True)
class ReportLine:
    """A row that can be kept; `corrects` if that month was reported otherwise before."""

    row_no: int
    project: Project
    report: FileReport
    corrects: Newest | None


class ReportReader:
    """Reads the rows of one sheet; the months of one project are judged together, by where they lead."""

    def __init__(self, connection: sa.Connection, opened: OpenSheet, options: SheetOptions) -> None:
        self._opened = opened
        self._options = options
        self._projects = {one.code: one for one in projects(connection)}
        self._ended_on = ended_on(connection)
        self._milestones = milestones(connection)
        self._newest = newest(connection)
        self._rows: dict[tuple[int, dt.date], int] = {}
        self.already = 0
        self._periods = [self._period(row) for row in range(len(opened.values))]

    def lines(self) -> list[ReportLine]:
        """Rows that can be kept, in an order in which they can be written: by month, but what rises the last first."""
        read = [(row, line) for row in self._in_order_of_months() if (line := self._line(row)) is not None]
        of_project: dict[int, list[tuple[int, ReportLine]]] = {}
        for row, line in read:
            of_project.setdefault(line.project.id, []).append((row, line))
        kept = {project: self._judged(project, found) for project, found in of_project.items()}
        left = {line.row_no for found in kept.values() for line in found}
        # Each project's lines take the places that its months had in the file's order.
        return [kept[line.project.id].pop(0) for _, line in read if line.row_no in left]

    def _in_order_of_months(self) -> list[int]:
        """Positions of the rows that are not left out yet."""
        rows = [int(row) for row in np.flatnonzero(~self._opened.findings.rejected)]
        return sorted(rows, key=lambda row: self._periods[row] or dt.date.max)

    def _line(self, row: int) -> ReportLine | None:
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
        before = self._newest.get((project.id, period))
        if before is None and not self._reportable(row, project, period):
            return None
        content = self._content(row, held, project)
        reported_on = self._reported_on(row, held, period)
        if content is None or reported_on is None:
            return None
        if before is not None and _in_a_sheet(before.content) == content:
            self.already += 1
            return None
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

    def _judged(self, project_id: int, found: list[tuple[int, ReportLine]]) -> list[ReportLine]:
        """Those of a project's lines whose percent falls with a reason only, in the turn to write them."""
        stands = {
            month: held.content
            for (held_by, month), held in self._newest.items()
            # What was returned does not stand, and is compared with nothing.
            if held_by == project_id and held.verdict != "returned"
        }
        rows = {line.report.period: row for row, line in found}
        lines = {line.report.period: line for _, line in found}
        told = turns(
            {month: _stand(content) for month, content in stands.items()},
            {month: _stand(line.report.content) for month, line in lines.items()},
        )
        for month, clash in told.refused.items():
            percent = lines[month].report.content.percent
            self._refuse(rows[month], "percent", percent, fall_refused(percent, clash))
        after = stands | {month: lines[month].report.content for month in told.order}
        for month in sorted(told.order):
            self._warn_of_money(rows[month], month, after)
        return [lines[month] for month in told.order]

    def _warn_of_money(self, row: int, period: dt.date, stands: Mapping[dt.date, Content]) -> None:
        """Money that falls between months is told, not refused: some is paid back."""
        earlier = max((month for month in stands if month < period), default=None)
        paid = stands[period].paid_yuan
        if earlier is not None and paid < stands[earlier].paid_yuan:
            self._opened.warn(
                row,
                "paid_yuan",
                "paid_falls",
                f"{paid / 10_000:g}",
                before=f"{stands[earlier].paid_yuan / 10_000:g}",
            )

    def _reportable(self, row: int, project: Project, period: dt.date) -> bool:
        """Whether the month may be reported for the first time, by the rule of the form."""
        refusal = refused_month(project.name, project.state, self._ended_on.get(project.id), period)
        if refusal is None:
            return True
        self._refuse(row, "code", project.code, refusal)
        return False

    def _refuse(self, row: int, name: str, value: object, error: XiangtuError) -> None:
        """Leave a row out with the sentence that the form says."""
        self._opened.findings.rows(
            error.key.rpartition(".")[2],
            Remedy.REJECT,
            [row],
            Text(error.sentence("zh"), error.sentence("en")),
            column=self._opened.title(name),
            value=lambda _: value,
        )

    def _project(self, row: int, held: Mapping[str, Any]) -> Project | None:
        opened, by = self._opened, self._options.by
        code = words(held["code"]).upper()
        project = self._projects.get(code)
        if project is None:
            opened.reject(row, "code", "project_unknown", code)
        elif by is not None and not by.may(OwnTable.REPORTS, Action.WRITE, project.admin_code):
            opened.reject(row, "code", "report_out_of_scope", code)
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


def _in_a_sheet(content: Content) -> Content:
    """What a report says as a sheet says it, so that a form's line ends make no correction."""
    return replace(content, note=as_read(content.note), fall_reason=as_read(content.fall_reason))


def _stand(content: Content) -> Stand:
    return Stand(content.percent, content.fall_reason)
