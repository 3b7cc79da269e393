"""Signs that a project is late or a report may not be true: each with its reason, for people to look into.

A sign is no verdict. The thresholds are ours, chosen so that a plain month of a plain project shows none; they are
stated in `Thresholds` and may be changed there.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from analysis.progress.earned_value import earned_value
from layers.codes import LibraryState

_STANDING = (LibraryState.PLANNED, LibraryState.APPROVED, LibraryState.STARTED)
_NOT_WORDS = re.compile(r"[\W\d_]+")


class SignKind(StrEnum):
    """Kinds of signs, in the order in which lists show them."""

    OVERDUE = "overdue"
    STALLED = "stalled"
    LATE = "late"
    MONEY_AHEAD = "money_ahead"
    UNSEEN = "unseen"
    """Percent up without money or photo."""
    JUMPY = "jumpy"
    QUARTER_END = "quarter_end"
    COPIED = "copied"
    FALLEN = "fallen"
    REPORTED_LATE = "reported_late"


@dataclass(frozen=True)
class Thresholds:
    """From where on something is a sign.

    Attributes
    ----------
    stalled_days : more days than these without a report.
    late_spi : schedule index below which a project is late, once `late_planned_share` of it was to be done.
    money_ahead_points : paid share of the budget this many points above the percent done.
    unseen_points : gain in a report with neither new payment nor photo.
    jump_points, jump_times : gain a month of at least so many points and so many times the usual one (the median of
        the project's own earlier gains a month, of which there must be `jump_history`).
    quarter_share, quarter_points, quarters : in so many quarters of at least so many points each, the last month
        made at least this share of the gain.
    copied_letters : shortest note that counts as copied, letters without signs and digits.
    stock_projects : a note that so many projects use is a stock phrase.
    due_day : day of the following month by which a month is to be reported.
    """

    stalled_days: int = 45
    late_spi: float = 0.85
    late_planned_share: float = 0.1
    money_ahead_points: float = 20.0
    unseen_points: float = 5.0
    jump_points: float = 25.0
    jump_times: float = 3.0
    jump_history: int = 2
    quarter_share: float = 0.7
    quarter_points: float = 10.0
    quarters: int = 2
    copied_letters: int = 8
    stock_projects: int = 5
    due_day: int = 5


THRESHOLDS = Thresholds()


@dataclass(frozen=True)
class Sign:
    """One sign.

    Attributes
    ----------
    report_id, period : the report that it is about, and its month; None where it is about the project.
    values : what the reason says: numbers in the units of their names, dates.
    """

    kind: SignKind
    project_id: int
    report_id: int | None = None
    period: dt.date | None = None
    values: dict[str, Any] = field(default_factory=dict)


def signs(
    projects: pd.DataFrame,
    milestones: pd.DataFrame,
    reports: pd.DataFrame,
    day: dt.date,
    limits: Thresholds = THRESHOLDS,
) -> list[Sign]:
    """All signs on a day, by kind, project and month.

    Parameters
    ----------
    projects : as `analysis.progress.earned_value.earned_value`, with ``last_heard_on`` (datetime64: the newest report
        that was not returned, checked or not; NaT without).
    milestones : as there.
    reports : as there, with ``report_id``, ``note``, ``photos`` (number), ``fall_reason`` and ``submitted_on``
        (datetime64: the day the month was first reported).
    """
    kept = projects[projects["state"] != str(LibraryState.CANCELLED)]
    told = reports[(reports["reported_on"] <= pd.Timestamp(day)) & reports["project_id"].isin(kept.index)]
    stood = earned_value(kept, milestones, told, day)
    steps = _steps(told.assign(budget_yuan=kept["budget_yuan"].reindex(told["project_id"]).to_numpy(float)))
    found = [
        *_of_projects(kept, stood, day, limits),
        *_of_steps(steps, limits),
        *_quarter_ends(steps, limits),
        *_copied(told, limits),
        *_reported_late(told, limits),
    ]
    order = {kind: place for place, kind in enumerate(SignKind)}
    return sorted(found, key=lambda one: (order[one.kind], one.project_id, one.period or dt.date.min))


def silent_days(projects: pd.DataFrame, stood: pd.DataFrame, day: dt.date) -> "pd.Series[float]":
    """Days since a project was last heard of, or was to begin; NaN where no report of it is due.

    None is due before the planned start, of a project that stands still by its state, and once it is done.
    """
    today = pd.Timestamp(day)
    heard = projects["last_heard_on"].where(projects["last_heard_on"] <= today)
    standing = projects["state"].isin([str(state) for state in _STANDING])
    is_due = (projects["planned_start"] <= today) & standing & ~stood["done"]
    silent: pd.Series[float] = (today - heard.fillna(projects["planned_start"])).dt.days.where(is_due)
    return silent


def is_stalled(silent: "pd.Series[float]", stalled_days: int) -> "pd.Series[bool]":
    """Whether nothing was heard for more than so many days."""
    return silent > stalled_days


def _of_projects(
    projects: pd.DataFrame, stood: pd.DataFrame, day: dt.date, limits: Thresholds
) -> Iterator[Sign]:
    """Overdue, stalled, late."""
    today = pd.Timestamp(day)
    heard = projects["last_heard_on"].where(projects["last_heard_on"] <= today)
    silent = silent_days(projects, stood, day)
    stalled = is_stalled(silent, limits.stalled_days)
    late = (
        ~stood["done"]
        & ~stood["overdue"]
        & (stood["planned_share"] >= limits.late_planned_share)
        & (stood["spi"] < limits.late_spi)
    )
    for number, row in projects[stood["overdue"]].iterrows():
        finish = row["planned_finish"]
        values = {
            "finish": finish.date(),
            "days": (today - finish).days,
            "percent": stood.at[number, "percent"],
        }
        yield Sign(SignKind.OVERDUE, _id(number), values=values)
    for number in projects.index[stalled]:
        last = heard[number]
        values = {"days": int(silent[number]), "last": None if pd.isna(last) else last.date()}
        yield Sign(SignKind.STALLED, _id(number), values=values)
    for number, row in stood[late].iterrows():
        values = {"spi": row["spi"], "planned": 100 * row["planned_share"], "percent": row["percent"]}
        yield Sign(SignKind.LATE, _id(number), values=values)


def _steps(told: pd.DataFrame) -> pd.DataFrame:
    """Reports by project and month with what they add to the one before: the first one adds to nothing.

    ``gain`` in points, ``months`` since the one before (1 for the first), ``pace`` points a month, ``paid_more`` yuan.
    """
    steps = told.sort_values(["project_id", "period", "reported_on"], kind="stable").reset_index(drop=True)
    by_project = steps.groupby("project_id")
    month = steps["period"].dt.year * 12 + steps["period"].dt.month
    steps["gain"] = steps["percent"] - by_project["percent"].shift().fillna(0.0)
    steps["paid_more"] = steps["paid_yuan"] - by_project["paid_yuan"].shift().fillna(0.0)
    steps["before"] = by_project["percent"].shift()
    steps["months"] = (month - month.groupby(steps["project_id"]).shift()).fillna(1).clip(lower=1)
    steps["pace"] = steps["gain"] / steps["months"]
    return steps


def _of_steps(steps: pd.DataFrame, limits: Thresholds) -> Iterator[Sign]:
    """Money ahead (told by the newest report), unseen, jumpy, fallen."""
    paid = 100 * steps["paid_yuan"] / steps["budget_yuan"].where(steps["budget_yuan"] > 0)
    newest = ~steps.duplicated("project_id", keep="last")
    ahead = newest & (paid - steps["percent"] >= limits.money_ahead_points)
    for place in np.flatnonzero(ahead).tolist():
        yield _about(steps, place, SignKind.MONEY_AHEAD, paid=paid[place], percent=steps.at[place, "percent"])
    unseen = (steps["gain"] >= limits.unseen_points) & (steps["paid_more"] <= 0) & (steps["photos"] == 0)
    for place in np.flatnonzero(unseen).tolist():
        yield _about(steps, place, SignKind.UNSEEN, gain=steps.at[place, "gain"])
    pace, earlier = steps["pace"].to_numpy(dtype=float), steps.groupby("project_id").cumcount().to_numpy()
    for place in np.flatnonzero((pace >= limits.jump_points) & (earlier >= limits.jump_history)).tolist():
        usual = float(np.median(pace[place - earlier[place] : place]))
        if pace[place] >= limits.jump_times * max(usual, 0.0):
            yield _about(steps, place, SignKind.JUMPY, gain=pace[place], usual=usual)
    for place in np.flatnonzero(steps["percent"] < steps["before"]).tolist():
        row = steps.loc[place]
        yield _about(steps, place, SignKind.FALLEN, before=row["before"], percent=row["percent"],
                     reason=row["fall_reason"])  # fmt: skip


def _quarter_ends(steps: pd.DataFrame, limits: Thresholds) -> Iterator[Sign]:
    """Projects that move at the ends of quarters only."""
    if steps.empty:
        return
    quarter = steps["period"].dt.to_period("Q")
    is_last = steps["period"].dt.month % 3 == 0
    every_month = steps["months"] == 1
    parts = steps.assign(last=steps["gain"].where(is_last, 0.0), whole=every_month.astype(int))
    by_quarter = parts.groupby(["project_id", quarter])[["gain", "last", "whole"]].sum()
    is_one = (
        (by_quarter["whole"] == 3)
        & (by_quarter["gain"] >= limits.quarter_points)
        & (by_quarter["last"] >= limits.quarter_share * by_quarter["gain"])
    )
    jumped = by_quarter[is_one].reset_index()
    for number, rows in jumped.groupby("project_id"):
        if len(rows) < limits.quarters:
            continue
        share = 100 * rows["last"].sum() / rows["gain"].sum()
        month = rows["period"].max().end_time.to_period("M").start_time
        newest = steps[(steps["project_id"] == number) & (steps["period"] == month)].iloc[-1]
        values = {"quarters": len(rows), "share": min(share, 100.0)}
        yield Sign(SignKind.QUARTER_END, _id(number), int(newest["report_id"]), month.date(), values)


def _copied(told: pd.DataFrame, limits: Thresholds) -> Iterator[Sign]:
    """Notes that say word for word what an earlier month or another project said, stock phrases apart.

    Signs, digits and white space do not count, so that a changed date does not hide a copy.
    """
    words = pd.Series([_NOT_WORDS.sub("", note).casefold() for note in told["note"]], told.index, dtype=str)
    long = told.assign(words=words)[words.str.len() >= limits.copied_letters]
    long = long.sort_values(["period", "report_id"], kind="stable")
    users = long.groupby("words")["project_id"].nunique()
    used = long["words"].map(users)
    again = long.duplicated("words") & (used < limits.stock_projects)
    first = long.drop_duplicates("words").set_index("words")
    for _, row in long[again].iterrows():
        origin = first.loc[row["words"]]
        values = {"from_project": int(origin["project_id"]), "from_period": origin["period"].date(),
                  "note": row["note"]}  # fmt: skip
        yield Sign(
            SignKind.COPIED, int(row["project_id"]), int(row["report_id"]), row["period"].date(), values
        )


def _reported_late(told: pd.DataFrame, limits: Thresholds) -> Iterator[Sign]:
    due = told["period"] + pd.DateOffset(months=1) + pd.Timedelta(days=limits.due_day - 1)
    days = (told["submitted_on"] - due).dt.days
    for place in np.flatnonzero(days > 0):
        row = told.iloc[place]
        values = {"days": int(days.iloc[place]), "due": due.iloc[place].date()}
        yield Sign(
            SignKind.REPORTED_LATE,
            int(row["project_id"]),
            int(row["report_id"]),
            row["period"].date(),
            values,
        )


def _about(steps: pd.DataFrame, place: int, kind: SignKind, **values: Any) -> Sign:
    row = steps.iloc[place]
    return Sign(kind, int(row["project_id"]), int(row["report_id"]), row["period"].date(), values)


def _id(number: Any) -> int:
    return int(number)


def counted(found: Sequence[Sign]) -> dict[SignKind, int]:
    """How many signs of each kind there are, all kinds named."""
    return {kind: sum(one.kind is kind for one in found) for kind in SignKind}
