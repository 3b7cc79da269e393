"""Planned shares of projects over time: milestones with weights, joined by straight lines."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.territory import FloatArray, IntArray

_DAYS_APART = 10_000_000.0
"""Larger than any day number, so that project and day make one sorted key."""


@dataclass(frozen=True, eq=False)
class Plans:
    """What share of each project was to be done by which day.

    Attributes
    ----------
    project_ids : of the projects, in their order; other arrays speak of them by place.
    first : place in `day` of each project's first point, and the number of points at the end; shape (projects + 1,).
    day : days since 1970-01-01 of the points, ascending in each project; shape (points,).
    share : share planned to be done on that day, 0–1, ascending in each project; shape (points,).
    """

    project_ids: "pd.Index[int]"
    first: IntArray
    day: FloatArray
    share: FloatArray

    @classmethod
    def of(cls, projects: pd.DataFrame, milestones: pd.DataFrame) -> "Plans":
        """Make the plans of projects.

        Parameters
        ----------
        projects : index ``project_id``; ``planned_start``, ``planned_finish`` (datetime64, NaT where not planned).
        milestones : ``project_id``, ``weight`` (sums to 100 in a project), ``planned_on`` (datetime64).

        Notes
        -----
        From nothing at the planned start a straight line goes to each milestone's day, when its weight and those
        before it are done. Without milestones one line goes from the planned start to the planned finish. Without
        either there is no plan, and every share of it is NaN.
        """
        place = projects.index.get_indexer(pd.Index(milestones["project_id"]))
        known = place >= 0
        owner, day = place[known], day_numbers(milestones["planned_on"])[known]
        weight = milestones["weight"].to_numpy(dtype=float)[known]
        order = np.lexsort((day, owner))
        owner, day, weight = owner[order], day[order], weight[order]
        total = np.bincount(owner, weight, minlength=len(projects))
        share = _running_sums(owner, weight) / total[owner]
        with_milestones = total > 0
        start, finish = day_numbers(projects["planned_start"]), day_numbers(projects["planned_finish"])
        earliest = np.full(len(projects), np.inf)
        np.minimum.at(earliest, owner, day)
        begin = np.where(with_milestones, np.fmin(start, earliest), start)
        plain = np.flatnonzero(~with_milestones & ~np.isnan(start) & ~np.isnan(finish))
        begun = np.flatnonzero(with_milestones | np.isin(np.arange(len(projects)), plain))
        owners = np.concatenate([begun, owner, plain])
        days = np.concatenate([begin[begun], day, finish[plain]])
        shares = np.concatenate([np.zeros(len(begun)), share, np.ones(len(plain))])
        order = np.lexsort((shares, days, owners))
        first = np.searchsorted(owners[order], np.arange(len(projects) + 1))
        return cls(projects.index, first, days[order], np.clip(shares[order], 0, 1))

    def share_on(self, place: IntArray, day: FloatArray) -> FloatArray:
        """Share planned to be done by a day, 0–1, NaN without a plan.

        Parameters
        ----------
        place : places of projects, shape (n,).
        day : days since 1970-01-01, shape (n,).
        """
        begin, end = self.first[place], self.first[place + 1]
        owner = np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))
        at = np.searchsorted(owner * _DAYS_APART + self.day, place * _DAYS_APART + day, side="right") - 1
        last = np.clip(np.minimum(at, end - 1), 0, max(len(self.day) - 1, 0))
        following = np.minimum(last + 1, np.maximum(end - 1, 0))
        if not len(self.day):
            return np.full(len(place), np.nan)
        done = _between(self.day[last], self.day[following], self.share[last], self.share[following], day)
        return np.asarray(np.where(begin == end, np.nan, np.where(at < begin, 0.0, done)), dtype=float)

    def day_of(self, place: IntArray, share: FloatArray) -> FloatArray:
        """The first day on which the plan reaches a share, days since 1970-01-01, NaN without a plan."""
        begin, end = self.first[place], self.first[place + 1]
        if not len(self.day):
            return np.full(len(place), np.nan)
        owner = np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))
        at = np.searchsorted(owner * 4.0 + self.share, place * 4.0 + share, side="left")
        at = np.clip(at, begin, np.maximum(end - 1, begin))
        at = np.minimum(at, len(self.day) - 1)
        before = np.maximum(at - 1, np.minimum(begin, len(self.day) - 1))
        reached = _between(self.share[before], self.share[at], self.day[before], self.day[at], share)
        return np.asarray(np.where(begin == end, np.nan, reached), dtype=float)


def day_numbers(days: "pd.Series[pd.Timestamp]") -> FloatArray:
    """Days since 1970-01-01 of a column of dates, NaN for none; shape (rows,)."""
    stamped = pd.to_datetime(days).to_numpy().astype("datetime64[D]")
    numbers: FloatArray = stamped.astype(np.int64).astype(float)
    numbers[np.isnat(stamped)] = np.nan
    return numbers


def _running_sums(owner: IntArray, weight: FloatArray) -> FloatArray:
    """Sums so far within each owner, whose rows are together."""
    every = np.cumsum(weight)
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else np.array([], dtype=int)
    before = np.repeat(np.r_[0.0, every][starts], np.diff(np.r_[starts, len(owner)]))
    return np.asarray(every - before, dtype=float)


def _between(
    left: FloatArray, right: FloatArray, low: FloatArray, high: FloatArray, at: FloatArray
) -> FloatArray:
    """The value on the straight line from (left, low) to (right, high); `high` where both ends are one."""
    span = right - left
    part = np.clip(np.divide(at - left, span, out=np.ones_like(span), where=span > 0), 0, 1)
    return np.asarray(low + part * (high - low), dtype=float)
