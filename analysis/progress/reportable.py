"""Which months of a project may be reported: one rule for the form, the monthly sheet and the form of the field."""

import datetime as dt
from enum import StrEnum

from base.months import month_of
from layers.codes import LibraryState

ENDED = (LibraryState.ACCEPTED, LibraryState.CANCELLED)
"""States after which nothing is built."""


class NotReportable(StrEnum):
    """Why a month of a project is not reported."""

    NOT_BEGUN = "not_begun"
    """It is a plan yet: somebody has to approve it first."""
    ENDED = "ended"
    """It ended before that month."""


def not_reportable(state: LibraryState, ended_on: dt.date | None, month: dt.date) -> NotReportable | None:
    """Why a month is not reported for the first time; None if it may be. Corrections pass at any time.

    Parameters
    ----------
    ended_on : day on which the project was accepted or cancelled; None if nobody knows.
    month : any day of it.
    """
    if state is LibraryState.PLANNED:
        return NotReportable.NOT_BEGUN
    if state in ENDED and (ended_on is None or month_of(month) > month_of(ended_on)):
        return NotReportable.ENDED
    return None
