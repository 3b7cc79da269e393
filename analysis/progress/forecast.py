"""When projects will be done: a day and the range around it, from how like projects went on from the same percent.

Reference-class forecasting (Flyvbjerg 2006) with split-conformal quantiles (Lei et al. 2018). A plain forecast is
made for every project in the same way, for those that are done as well, from what was known when they stood where
this one stands. How far off it was for them says how far off it will be for this one. Projects that are not done yet
count as having taken longer than they have so far (Kaplan & Meier 1958): without them the class would be made of the
quick only.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.progress.earned_value import newest_reports
from analysis.progress.plan import Plans, day_numbers
from analysis.territory import BoolArray, FloatArray, IntArray, ObjectArray
from layers.codes import LibraryState

_LEFT_OUT = (LibraryState.CANCELLED,)


class NoForecast(StrEnum):
    """Why a project has no forecast, or no range."""

    DONE = "done"
    NO_REPORT = "no_report"
    NO_PLAN = "no_plan"
    FEW = "few"
    """Too few like projects are done."""
    OPEN = "open"
    """Of like projects too many are not done yet to say where the range ends."""
    OVERTAKEN = "overtaken"
    """Nearly all like projects were done by now."""


class Basis(StrEnum):
    """Whose time a forecast rests on; the first of these with enough projects is asked."""

    LAYER = "layer"
    """Of the same layer, from there to the finish."""
    ALL = "all"
    LAYER_PART = "layer_part"
    """Of the same layer, over `Method.part` of what was left; in a young library few are done."""
    ALL_PART = "all_part"


@dataclass(frozen=True)
class Method:
    """What the forecast is made with.

    Attributes
    ----------
    coverage : share of projects that are to be done within the range.
    least_done : projects with a known time from which a class may be asked; below it the next `Basis` is.
    part : share of the rest whose time is asked where too few are done.
    near_points : how far from the middle of a band a like project's report may be, percentage points.
    step_points : width of the bands of percent that share one class.
    pace_limits : a project's own pace counts no less and no more than this, times the planned one.
    """

    coverage: float = 0.8
    least_done: int = 20
    part: float = 2 / 3
    near_points: float = 10.0
    step_points: float = 10.0
    pace_limits: tuple[float, float] = (0.25, 4.0)


METHOD = Method()


def forecast(
    projects: pd.DataFrame,
    milestones: pd.DataFrame,
    reports: pd.DataFrame,
    day: dt.date,
    method: Method = METHOD,
) -> pd.DataFrame:
    """The day on which each project will be done, with its range.

    Parameters
    ----------
    projects : index ``project_id``; as `analysis.progress.earned_value.earned_value`, with ``layer`` and
        ``finished_on`` (datetime64, the day it was finished according to its states; NaT if it was not).
    milestones, reports : as there; also those of projects that are done, from which the classes are made.
    day : nothing that was reported or done later is looked at.

    Returns
    -------
    Index as `projects`, without those cancelled: ``finish_on``, ``from_on``, ``to_on`` (datetime64, NaT where
    unknown), ``like`` how many like projects were asked and ``like_done`` how many of them are done (0 without a
    forecast), ``basis`` which class they are (`Basis`), ``why`` a `NoForecast` or "".

    Notes
    -----
    With percent p reported on day t, the plan reaches p on day P(p) and all on day F. The plain forecast of what is
    left is (F - P(p)) times m, where m is the project's own pace (t - start) / (P(p) - start) to the power of p/100:
    the further it has come, the more its own pace counts. Each report of like projects near p tells the ratio of what
    the rest took to the plain forecast made then. Of the ratios longer than what has passed since t already, 10 %, 50 %
    and 90 % give the range and the day between. With n projects the share done within the longest ratio is taken as
    n / (n + 1). Where too few are done, what two thirds of the rest took is asked instead.
    """
    counted = projects[~projects["state"].isin([str(state) for state in _LEFT_OUT])]
    plans = Plans.of(counted, milestones)
    told = reports[(reports["reported_on"] <= pd.Timestamp(day))]
    today = float(day_numbers(pd.Series([pd.Timestamp(day)]))[0])
    finished = _finished(counted, told, today)
    whole = _History.of(counted, told, plans, finished, today, method)
    part = _History.of_parts(counted, told, plans, today, method)
    asked = _Asked.of(counted, told, plans, method)
    made = _Made.none(len(counted), _why_not(asked, finished))
    layer = np.unique(counted["layer"].to_numpy(dtype=str), return_inverse=True)[1]
    open_rows = made.why == ""
    band = np.floor(np.nan_to_num(asked.percent) / method.step_points)
    for nth in np.unique(band[open_rows]):
        centre = (nth + 0.5) * method.step_points
        near = [history.near(centre, method.near_points) for history in (whole, part)]
        everything = [_Class.of(*pair) for pair in zip((whole, part), near, strict=True)]
        for group in np.unique(layer[open_rows & (band == nth)]):
            mine = np.flatnonzero(open_rows & (band == nth) & (layer == group))
            own = [
                _Class.of(history, rows[layer[history.place[rows]] == group])
                for history, rows in zip((whole, part), near, strict=True)
            ]
            known = [(own[0], Basis.LAYER), (everything[0], Basis.ALL),
                     (own[1], Basis.LAYER_PART), (everything[1], Basis.ALL_PART)]  # fmt: skip
            used = next((one for one in known if one[0].done >= method.least_done), max(known, key=_done))
            made.take(mine, *used, asked, today, method)
    made.close()
    return pd.DataFrame(
        {
            "finish_on": _stamps(made.finish),
            "from_on": _stamps(np.floor(made.low)),
            "to_on": _stamps(np.ceil(made.high)),
            "like": made.like,
            "like_done": made.like_done,
            "basis": made.basis.astype(str),
            "why": made.why.astype(str),
        },
        index=counted.index,
    )


@dataclass(frozen=True, eq=False)
class _Class:
    """What a class of like projects says.

    Attributes
    ----------
    size, done : how many projects it has, and how many of them are done.
    share, times : as `shares_done`.
    """

    size: int
    done: int
    share: FloatArray
    times: FloatArray

    @classmethod
    def of(cls, history: "_History", rows: IntArray) -> "_Class":
        """Make it of some rows of the history.

        A project that stood long near a percent has many rows there: it is as much likelier to be the one asked about.
        """
        place, is_done = history.place[rows], history.is_done[rows]
        size, done = len(np.unique(place)), len(np.unique(place[is_done]))
        share, times = shares_done(history.ratio[rows], is_done)
        return cls(size, done, share * size / (size + 1), times)

    @property
    def last_share(self) -> float:
        """The largest share that it can tell the time of."""
        return float(self.share[-1])

    def share_at(self, times: FloatArray) -> FloatArray:
        """Share that was done within some times the plain forecast."""
        return np.interp(times, self.times, self.share, left=0.0)

    def times_at(self, share: FloatArray) -> FloatArray:
        """Times the plain forecast within which a share was done, NaN beyond what the class has seen."""
        known = np.interp(share, self.share, self.times)
        return np.where(share > self.last_share + 1e-12, np.nan, known)


@dataclass(frozen=True, eq=False)
class _Made:
    """Forecasts in the making; days since 1970-01-01, shape (projects,)."""

    finish: FloatArray
    low: FloatArray
    high: FloatArray
    like: IntArray
    like_done: IntArray
    basis: ObjectArray
    why: ObjectArray

    @classmethod
    def none(cls, rows: int, why: ObjectArray) -> "_Made":
        """No forecast for any project yet."""
        (finish, low, high), (like, done) = np.full((3, rows), np.nan), np.zeros((2, rows), dtype=np.intp)
        return cls(finish, low, high, like, done, np.full(rows, "", dtype=object), why)

    def take(
        self, mine: IntArray, used: _Class, basis: Basis, asked: "_Asked", today: float, method: Method
    ) -> None:
        """Forecast some projects from what their class says."""
        self.basis[mine] = str(basis)
        self.like[mine], self.like_done[mine] = used.size, used.done
        if used.done < method.least_done:
            self.why[mine] = str(NoForecast.FEW)
            return
        begin, left = asked.day[mine], asked.plain_left[mine]
        passed = used.share_at((today - begin) / left)
        tail = (1 - method.coverage) / 2
        self.low[mine], self.finish[mine], self.high[mine] = (
            begin + left * used.times_at(passed + (1 - passed) * share) for share in (tail, 0.5, 1 - tail)
        )
        overtaken = passed >= used.last_share
        open_ = np.where(np.isnan(self.high[mine]), str(NoForecast.OPEN), "")
        self.why[mine] = np.where(overtaken, str(NoForecast.OVERTAKEN), open_)

    def close(self) -> None:
        """Take back halves of ranges, and the days of projects behind all like them."""
        no_range = self.why != ""
        self.low[no_range], self.high[no_range] = np.nan, np.nan
        self.finish[self.why == str(NoForecast.OVERTAKEN)] = np.nan


def _done(one: tuple[_Class, Basis]) -> int:
    return one[0].done


def _why_not(asked: "_Asked", finished: FloatArray) -> ObjectArray:
    """Why projects cannot be forecast whatever their class says; "" where they can."""
    why = np.full(len(finished), "", dtype=object)
    why[asked.plain_left <= 0] = str(NoForecast.DONE)
    why[np.isnan(asked.plain_left)] = str(NoForecast.NO_PLAN)
    why[np.isnan(asked.percent)] = str(NoForecast.NO_REPORT)
    why[~np.isnan(finished) | (asked.percent >= 100)] = str(NoForecast.DONE)
    return why


@dataclass(frozen=True, eq=False)
class _Asked:
    """Where projects stand: newest percent, the day of it, days left by the plain forecast; shape (projects,)."""

    percent: FloatArray
    day: FloatArray
    plain_left: FloatArray

    @classmethod
    def of(cls, projects: pd.DataFrame, told: pd.DataFrame, plans: Plans, method: Method) -> "_Asked":
        last = dt.date.max if told.empty else told["reported_on"].max().date()
        newest = newest_reports(told, last).reindex(projects.index)
        percent, day = newest["percent"].to_numpy(dtype=float), day_numbers(newest["reported_on"])
        place = np.arange(len(projects))
        return cls(percent, day, _plain_left(plans, place, percent, day, method))


@dataclass(frozen=True, eq=False)
class _History:
    """What took how long: one row for each report of a project that is not complete yet, shape (reports,).

    Attributes
    ----------
    ratio : days that the rest, or a part of it, took after the report, over the plain forecast of that; where it is not
        done, days until the status day over the same.
    is_done : whether it is done, so that the ratio is the whole.
    """

    place: IntArray
    percent: FloatArray
    ratio: FloatArray
    is_done: BoolArray

    @classmethod
    def of(
        cls,
        projects: pd.DataFrame,
        told: pd.DataFrame,
        plans: Plans,
        finished: FloatArray,
        today: float,
        method: Method,
    ) -> "_History":
        """What the rest took after each report, until the project was finished."""
        place, percent, day = _reported(projects, told)
        plain = _plain_left(plans, place, percent, day, method)
        return cls._ratios(place, percent, day, finished[place], plain, today)

    @classmethod
    def of_parts(
        cls, projects: pd.DataFrame, told: pd.DataFrame, plans: Plans, today: float, method: Method
    ) -> "_History":
        """What `Method.part` of the rest took after each report, straight from report to report."""
        place, percent, day = _reported(projects, told)
        until = (percent + method.part * (100 - percent)) / 100
        plain = _plain_left(plans, place, percent, day, method, until)
        return cls._ratios(place, percent, day, _reached(projects, told, place, until), plain, today)

    @classmethod
    def _ratios(
        cls,
        place: IntArray,
        percent: FloatArray,
        day: FloatArray,
        ended: FloatArray,
        plain: FloatArray,
        today: float,
    ) -> "_History":
        is_done = ~np.isnan(ended)
        took = np.where(is_done, ended, today) - day
        some = (plain > 0) & (took > 0)
        ratio = np.divide(took, plain, out=np.full(len(plain), np.nan), where=some)
        return cls(place[some], percent[some], ratio[some], is_done[some])

    def near(self, percent: float, points: float) -> IntArray:
        """Rows whose percent is within some points of another."""
        return np.flatnonzero(np.abs(self.percent - percent) <= points)


def _reported(projects: pd.DataFrame, told: pd.DataFrame) -> tuple[IntArray, FloatArray, FloatArray]:
    """Place of the project, percent and day of each report that does not say it is complete."""
    place = projects.index.get_indexer(pd.Index(told["project_id"]))
    percent, day = told["percent"].to_numpy(dtype=float), day_numbers(told["reported_on"])
    kept = (place >= 0) & (percent < 100)
    return place[kept], percent[kept], day[kept]


def _reached(projects: pd.DataFrame, told: pd.DataFrame, place: IntArray, share: FloatArray) -> FloatArray:
    """The day on which projects first stood at a share, NaN if they have not; shape (rows,)."""
    owner = projects.index.get_indexer(pd.Index(told["project_id"]))
    day = day_numbers(told["reported_on"])
    order = np.lexsort((day, owner))
    order = order[owner[order] >= 0]
    owner, day = owner[order], day[order]
    done = pd.Series(told["percent"].to_numpy(dtype=float)[order] / 100).groupby(owner).cummax()
    share_done = np.asarray(done, dtype=float)
    first = np.searchsorted(owner, np.arange(len(projects) + 1))
    most = np.full(len(projects), -1.0)
    np.maximum.at(most, owner, share_done)
    days = Plans(projects.index, first, day, share_done).day_of(place, share)
    return np.where(most[place] >= share, days, np.nan)


def _plain_left(
    plans: Plans,
    place: IntArray,
    percent: FloatArray,
    day: FloatArray,
    method: Method,
    until: FloatArray | float = 1.0,
) -> FloatArray:
    """Days from a report until a share is done, by the plan and the project's own pace; shape (rows,)."""
    ones, part = np.ones(len(place)), np.nan_to_num(percent) / 100
    begin, at, end = (plans.day_of(place, share) for share in (0 * ones, part, until * ones))
    elapsed, planned = day - begin, at - begin
    pace = np.divide(elapsed, planned, out=np.ones_like(planned), where=planned > 0)
    return np.asarray((end - at) * np.clip(pace, *method.pace_limits) ** part, dtype=float)


def _finished(projects: pd.DataFrame, told: pd.DataFrame, today: float) -> FloatArray:
    """The day each project was done, by its states or the first report of all of it; NaN if it is not."""
    by_state = day_numbers(projects["finished_on"])
    whole = told[told["percent"] >= 100].groupby("project_id")["reported_on"].min()
    by_report = day_numbers(whole.reindex(projects.index))
    first = np.fmin(by_state, by_report)
    return np.where(first <= today, first, np.nan)


def shares_done(times: FloatArray, is_done: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Which share is done within which time, where some times are known only to be longer (Kaplan & Meier 1958).

    Parameters
    ----------
    times, is_done : shape (n,); where not `is_done` the time is longer than the one given.

    Returns
    -------
    Shares (0–1) and times, ascending, one for each that is done.
    """
    order = np.lexsort((~is_done, times))
    times, is_done = times[order], is_done[order]
    number = len(times)
    survival = np.cumprod(np.where(is_done, 1 - 1 / (number - np.arange(number)), 1.0))
    return np.asarray(1 - survival[is_done], dtype=float), times[is_done]


def _stamps(days: FloatArray) -> "NDArray[np.datetime64]":
    whole = np.nan_to_num(np.round(days)).astype("datetime64[D]").astype("datetime64[s]")
    whole[np.isnan(days)] = np.datetime64("NaT")
    return whole
