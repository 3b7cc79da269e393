"""The calendar of working days of this installation: the announced one, or a file of its own."""

import csv
from functools import cache
from pathlib import Path

import data
from analysis.working_days import WorkingDays, read_days
from base.settings import settings
from store.errors import StoreError


class BadCalendar(StoreError):
    """The file of working days cannot be read; names the file and the line."""

    key = "reviews.bad_calendar"


def working_days() -> WorkingDays:
    """The calendar in force.

    Raises
    ------
    BadCalendar : the file that the settings name is missing, or a line of it is wrong.
    """
    return _read(settings().working_days_file)


@cache
def _read(path: Path | None) -> WorkingDays:
    if path is None:
        return read_days(data.rows(data.WORKING_DAYS))
    try:
        return read_days(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    except (OSError, ValueError) as error:
        raise BadCalendar(file=path.name, detail=str(error)[:200]) from error
