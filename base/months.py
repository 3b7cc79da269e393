"""Months of the calendar, named by their first day."""

import calendar
import datetime as dt


def month_of(day: dt.date) -> dt.date:
    """The first day of a day's month."""
    return day.replace(day=1)


def month_end(month: dt.date) -> dt.date:
    """The last day of a month."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def months_back(day: dt.date, number: int) -> list[dt.date]:
    """So many months, the newest first: that of a day and those before it."""
    last = day.year * 12 + day.month - 1
    return [dt.date(at // 12, at % 12 + 1, 1) for at in range(last, last - number, -1)]
