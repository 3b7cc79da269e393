"""Working days with public holidays and the weekend days that are worked instead of them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

_ONE = dt.timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class WorkingDays:
    """Days off and days worked that the week does not tell.

    Attributes
    ----------
    off : public holidays.
    worked : Saturdays and Sundays that are worked.
    """

    off: frozenset[dt.date] = frozenset()
    worked: frozenset[dt.date] = frozenset()

    def knows(self, day: dt.date) -> bool:
        """Whether the holidays of the day's year are announced; of other years only weekends are known."""
        return any(one.year == day.year for one in self.off)

    def is_working(self, day: dt.date) -> bool:
        """Whether offices work on a day."""
        return day in self.worked or (day.weekday() < _SATURDAY and day not in self.off)

    def due_after(self, day: dt.date, working_days: int) -> dt.date:
        """The day that lies a number of working days after another; the count begins with the next working day.

        What comes in on a day off counts as come in on the working day before it.
        """
        due = day
        while working_days > 0:
            due += _ONE
            working_days -= self.is_working(due)
        return due


def read_days(rows: Iterable[dict[str, str]]) -> WorkingDays:
    """Working days of lines ``day`` (ISO) and ``is`` (``off`` or ``work``).

    Raises
    ------
    ValueError : a line has no day, or is neither.
    """
    days: dict[str, set[dt.date]] = {"off": set(), "work": set()}
    for number, row in enumerate(rows, start=2):
        try:
            days[row["is"].strip()].add(dt.date.fromisoformat(row["day"].strip()))
        except (KeyError, ValueError) as error:
            raise ValueError(f"line {number}: {row}") from error
    return WorkingDays(frozenset(days["off"]), frozenset(days["work"]))
