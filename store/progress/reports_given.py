"""A monthly report as it is handed in, and what becomes of it."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


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
