"""S-curves: what was to be done, was done and was paid by the end of each month, for any set of projects."""

import datetime as dt

import numpy as np
import pandas as pd

from analysis.progress.plan import Plans, day_numbers
from analysis.territory import BoolArray, FloatArray, IntArray
from layers.codes import LibraryState

_DAYS_APART = 10_000_000.0


def s_curve(
    projects: pd.DataFrame, milestones: pd.DataFrame, reports: pd.DataFrame, day: dt.date
) -> pd.DataFrame:
    """Planned, earned and paid yuan of a set of projects month by month.

    Parameters
    ----------
    projects, milestones, reports : as `analysis.progress.earned_value.earned_value`.
    day : the status day; what was reported later does not count, and months after it have a plan only.

    Returns
    -------
    One row for each month from the first planned start to the last planned finish or the status day, whichever is
    later: ``month`` (its first day), ``on`` (its last day, in the month of the status day that day);
    ``planned_yuan`` of all projects that have a plan; ``earned_yuan`` and ``paid_yuan`` of the newest reports by
    then, NaN after the status day and before the first report; ``due`` how many projects were under way by plan or
    by report and not reported to be complete before the month, ``reported`` how many of those have a report of it,
    ``share_reported`` their share (NaN where none is due). Empty without a plan.
    """
    kept = projects[projects["state"] != str(LibraryState.CANCELLED)]
    plans = Plans.of(kept, milestones)
    if not len(plans.day):
        return pd.DataFrame(columns=["month", "on", "planned_yuan", "earned_yuan", "paid_yuan", "due", "reported",
                                     "share_reported"])  # fmt: skip
    today = pd.Timestamp(day)
    first = pd.Timestamp(int(plans.day.min()), unit="D").to_period("M")
    last = max(pd.Timestamp(int(plans.day.max()), unit="D"), today).to_period("M")
    months = pd.period_range(first, last, freq="M")
    ends = months.end_time.normalize()
    on = pd.Series(ends).where(months != today.to_period("M"), today).astype("datetime64[s]")
    days = day_numbers(on)
    held = _Held.of(kept, reports, day)
    budget = kept["budget_yuan"].to_numpy(dtype=float)
    rows = len(kept)
    place = np.tile(np.arange(rows), len(months))
    at = np.repeat(days, rows)
    shape = (len(months), rows)
    share = plans.share_on(place, at).reshape(shape)
    newest = held.newest(place, at).reshape(shape)
    known = newest >= 0
    percent = np.where(known, held.percent[newest], np.nan)
    paid = np.where(known, held.paid_yuan[newest], np.nan)
    begins = day_numbers(pd.Series(months.start_time))
    before = held.newest(place, np.repeat(begins - 1, rows)).reshape(shape)
    complete = np.where(before >= 0, held.percent[before], 0.0) >= 100
    of_month = held.has_of(months, rows)
    due = ((np.nan_to_num(share) > 0) | known | of_month) & ~complete
    past = days <= float(day_numbers(pd.Series([today]))[0])
    reported, number = (due & of_month).sum(axis=1), due.sum(axis=1)
    return pd.DataFrame(
        {
            "month": months.start_time,
            "on": on,
            "planned_yuan": np.nansum(share * budget, axis=1),
            "earned_yuan": _sums(percent / 100 * budget, past),
            "paid_yuan": _sums(paid, past),
            "due": np.where(past, number, 0),
            "reported": np.where(past, reported, 0),
            "share_reported": np.where(past & (number > 0), reported / np.maximum(number, 1), np.nan),
        }
    )


def _sums(values: FloatArray, past: BoolArray) -> FloatArray:
    """Sums of months, NaN where nothing is known or the month is still to come."""
    some = ~np.isnan(values).all(axis=1)
    return np.where(past & some, np.nansum(values, axis=1), np.nan)


class _Held:
    """Reports by project and day, so that the newest by any day is found at once."""

    def __init__(self, place: IntArray, reports: pd.DataFrame) -> None:
        self.place = place
        self.key = place * _DAYS_APART + day_numbers(reports["reported_on"])
        # A place of -1, for none, meets the row added at the end.
        self.percent = np.append(reports["percent"].to_numpy(dtype=float), np.nan)
        self.paid_yuan = np.append(reports["paid_yuan"].to_numpy(dtype=float), np.nan)
        self.month = pd.to_datetime(reports["period"]).dt.to_period("M")

    @classmethod
    def of(cls, projects: pd.DataFrame, reports: pd.DataFrame, day: dt.date) -> "_Held":
        """Those of the projects that were told by a day."""
        place = projects.index.get_indexer(pd.Index(reports["project_id"]))
        told = (place >= 0) & (reports["reported_on"] <= pd.Timestamp(day)).to_numpy()
        kept = reports[told].assign(place=place[told])
        kept = kept.sort_values(["place", "reported_on", "period"], kind="stable")
        return cls(kept["place"].to_numpy(dtype=np.intp), kept)

    def newest(self, place: IntArray, day: FloatArray) -> IntArray:
        """Place of the newest report of each project by a day, -1 for none."""
        at = np.searchsorted(self.key, place * _DAYS_APART + day, side="right") - 1
        mine = (at >= 0) & (np.append(self.place, -1)[at] == place)
        return np.where(mine, at, -1)

    def has_of(self, months: "pd.PeriodIndex", projects: int) -> BoolArray:
        """Whether a report of the month is there; shape (months, projects)."""
        found = np.zeros((len(months), projects), dtype=bool)
        row = months.get_indexer(pd.PeriodIndex(self.month, freq="M"))
        inside = row >= 0
        found[row[inside], self.place[inside]] = True
        return found
