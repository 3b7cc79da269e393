"""Reading days as departments write them."""

import datetime as dt
import re

from pipelines.import_.findings import Check
from pipelines.import_.folding import fold_width, without_unseen
from pipelines.import_.reading import Reading

_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2100
_SERIAL_DAY_0 = dt.date(1899, 12, 30)
_SERIALS = range(18_264, 73_051)
"""Excel's day numbers of 1950 to 2099."""

_FULL = re.compile(
    r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?$"
)
_MONTH = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?(?:份)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_COMPACT_MONTH = re.compile(r"^(\d{4})(\d{2})$")
_YEAR = re.compile(r"^(\d{4})\s*年?$")
_DAY_FIRST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})$")
_SHORT_YEAR = re.compile(r"^(\d{2})年(\d{1,2})月(\d{1,2})日$")
_SERIAL = re.compile(r"^(\d{5})(?:\.\d+)?$")


def read_date(text: str) -> Reading:
    """Read a day.

    Forms without doubt (2023-06-05, 2023年6月5日, 20230605) are read as they are; 2023.6, 2023年, Excel's day
    numbers and two-digit years are read with a note; 05/06/2023 is not read, because it has two meanings.

    Returns
    -------
    a `datetime.date`, or a failure: `DATE_IMPOSSIBLE` for a day that no calendar has, else `UNREADABLE`.
    """
    plain = without_unseen(fold_width(text))
    if match := _FULL.match(plain) or _COMPACT.match(plain):
        return _day(*map(int, match.groups()))
    if match := _SERIAL.match(plain):
        number = int(match[1])
        if number in _SERIALS:
            return Reading(_SERIAL_DAY_0 + dt.timedelta(days=number), Check.DATE_SERIAL)
        return Reading(failure=Check.UNREADABLE)
    if match := _MONTH.match(plain) or _COMPACT_MONTH.match(plain):
        # Excel turns 2023.10 into the number 2023.1.
        note = Check.DATE_MONTH_DOUBTFUL if re.match(r"^\d{4}\.1$", plain) else Check.DATE_MONTH
        return _day(int(match[1]), int(match[2]), 1, note)
    if match := _YEAR.match(plain):
        return _day(int(match[1]), 1, 1, Check.DATE_YEAR)
    if match := _SHORT_YEAR.match(plain):
        return _day(2000 + int(match[1]), int(match[2]), int(match[3]), Check.DATE_SHORT_YEAR)
    if match := _DAY_FIRST.match(plain):
        return _day_first(int(match[1]), int(match[2]), match[3])
    return Reading(failure=Check.UNREADABLE)


def _day_first(first: int, second: int, year: str) -> Reading:
    """31/12/23 and 12/31/2023 have one meaning, 05/06/23 has two."""
    whole = int(year) if len(year) == 4 else 2000 + int(year)
    if first > 12 >= second:
        return _day(whole, second, first, Check.DATE_SHORT_YEAR)
    if second > 12 >= first:
        return _day(whole, first, second, Check.DATE_SHORT_YEAR)
    return Reading(failure=Check.UNREADABLE if first <= 12 else Check.DATE_IMPOSSIBLE)


def _day(year: int, month: int, day: int, note: Check | None = None) -> Reading:
    if not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
        return Reading(failure=Check.DATE_IMPOSSIBLE)
    try:
        return Reading(dt.date(year, month, day), note)
    except ValueError:
        return Reading(failure=Check.DATE_IMPOSSIBLE)
