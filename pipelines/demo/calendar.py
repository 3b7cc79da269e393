"""Days of the demo city: everything happens before one fixed day, so that the same seed gives the same files."""

import datetime as dt

import numpy as np
import numpy.typing as npt

AS_OF = dt.date(2025, 6, 30)
"""The day that the made-up data describe."""

EARLIER_DAYS = (dt.date(2024, 6, 30), dt.date(2024, 9, 30), dt.date(2024, 12, 31), dt.date(2025, 3, 31))
"""Ends of quarters before it for which departments had handed in earlier editions of some files."""

Days = npt.NDArray[np.datetime64]


def days_before(days: npt.ArrayLike) -> Days:
    """Dates that many days before `AS_OF`."""
    return np.datetime64(AS_OF, "D") - np.asarray(days).astype("timedelta64[D]")
