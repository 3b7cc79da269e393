"""Sums over the followed projects of a place: how far, what was paid, what is late, what nobody reports of."""

import datetime as dt
import math
from dataclasses import dataclass

import pandas as pd

from layers.codes import LibraryState

STALLED_DAYS = 45
"""Days without an accepted report after which a project under way counts as stalled: a month and a half."""
_MONTHS_SHOWN = 12
_OVER = frozenset({str(LibraryState.FINISHED), str(LibraryState.ACCEPTED), str(LibraryState.CANCELLED)})
_NOT_BEGUN = frozenset({str(LibraryState.PLANNED), str(LibraryState.APPROVED)})


@dataclass(frozen=True)
class MonthPoint:
    """Where the projects stood at the end of a month; shares of the whole budget, NaN without a budget."""

    month: dt.date
    done_share: float
    paid_share: float


@dataclass(frozen=True)
class ProjectSums:
    """The projects of a place at the end of a day; cancelled ones are counted in `by_state` only.

    Attributes
    ----------
    number : projects that are not cancelled; `by_state` counts all, by code of `LibraryState`.
    budget_yuan, paid_yuan : whole yuan; paid is what accepted reports say, cumulative.
    done_share : physical progress weighted by budget, 0–1; NaN without a budget. A project without an accepted
        report has done nothing that is known of, and counts with nothing.
    paid_month_yuan : paid more than the month before.
    done_month : points (0–1) more than the month before.
    unreported : under way, without any accepted report of the month.
    late : past their planned finish and not finished; columns of `rows` and ``late_days``, the latest first.
    stalled : under way without an accepted report for more than `STALLED_DAYS`; ``silent_days``.
    rows : one for each project that is not cancelled: those of `projects_until` and ``percent``, ``paid_yuan``,
        ``reported_on``, NaN or NaT without a report.
    curve : the last months, this one last.
    reports : how many accepted reports that rests on.
    """

    number: int
    by_state: dict[str, int]
    budget_yuan: float
    paid_yuan: float
    done_share: float
    paid_month_yuan: float
    done_month: float
    unreported: int
    late: pd.DataFrame
    stalled: pd.DataFrame
    rows: pd.DataFrame
    curve: tuple[MonthPoint, ...]
    reports: int

    @property
    def paid_share(self) -> float:
        """Paid of the budget; NaN without a budget."""
        return self.paid_yuan / self.budget_yuan if self.budget_yuan else math.nan


def of_place(projects: pd.DataFrame, prefix: str) -> pd.DataFrame:
    """Projects that count for a place: by their own code, so that sums over places add up; a village's also by link."""
    own = projects["admin_code"].str.startswith(prefix)
    if len(prefix) == 12:
        own |= projects["villages"].map(lambda villages: prefix in villages).astype(bool)
    return projects[own]


def sums(projects: pd.DataFrame, reports: pd.DataFrame, month: dt.date, until: dt.date) -> ProjectSums:
    """Sum up.

    Parameters
    ----------
    projects : of one place, as `store.progress.briefed.projects_until`.
    reports : accepted reports of at least these, as `accepted_until`.
    month : first day of the month told of; `until` the day at whose end it is.
    """
    by_state = {str(state): int(n) for state, n in projects["state"].value_counts().items()}
    counted = projects[projects["state"] != str(LibraryState.CANCELLED)]
    mine = reports[reports["project_id"].isin(counted["id"])]
    now, before = _at(counted, mine, month), _at(counted, mine, _earlier(month))
    budget = float(counted["budget_yuan"].sum())
    rows = counted.merge(now, left_on="id", right_index=True, how="left")
    under_way = rows[~rows["state"].isin(_OVER | _NOT_BEGUN)]
    told = set(mine.loc[mine["period"] == month, "project_id"])
    return ProjectSums(
        number=len(counted),
        by_state=by_state,
        budget_yuan=budget,
        paid_yuan=float(now["paid_yuan"].sum()),
        done_share=_done(counted, now, budget),
        paid_month_yuan=float(now["paid_yuan"].sum() - before["paid_yuan"].sum()),
        done_month=_done(counted, now, budget) - _done(counted, before, budget),
        unreported=int((~under_way["id"].isin(told)).sum()),
        late=_late(rows, until),
        stalled=_stalled(under_way, until),
        rows=rows,
        curve=_curve(counted, mine, month, budget),
        reports=len(mine),
    )


def _earlier(month: dt.date) -> dt.date:
    return (month - dt.timedelta(days=1)).replace(day=1)


def _at(projects: pd.DataFrame, reports: pd.DataFrame, month: dt.date) -> pd.DataFrame:
    """The last accepted report of each project up to a month, by project id."""
    upto = reports[reports["period"] <= month].drop_duplicates("project_id", keep="last")
    found = upto.set_index("project_id")[["percent", "paid_yuan", "reported_on"]]
    return found.reindex(projects["id"])


def _done(projects: pd.DataFrame, at: pd.DataFrame, budget: float) -> float:
    if not budget:
        return math.nan
    percent = at["percent"].fillna(0.0).to_numpy(float)
    return float((projects["budget_yuan"].to_numpy(float) * percent).sum() / 100 / budget)


def _curve(
    projects: pd.DataFrame, reports: pd.DataFrame, month: dt.date, budget: float
) -> tuple[MonthPoint, ...]:
    """The last months from the first report on."""
    if reports.empty or not budget:
        return ()
    first, points = min(reports["period"]), list[MonthPoint]()
    while month >= first and len(points) < _MONTHS_SHOWN:
        at = _at(projects, reports, month)
        points.append(MonthPoint(month, _done(projects, at, budget), float(at["paid_yuan"].sum()) / budget))
        month = _earlier(month)
    return tuple(reversed(points))


def _late(rows: pd.DataFrame, until: dt.date) -> pd.DataFrame:
    due = rows[rows["planned_finish"].notna() & ~rows["state"].isin(_OVER)]
    days = due["planned_finish"].map(lambda day: (until - day).days).astype(float)
    found = due.assign(late_days=days)
    found = found[(found["late_days"] > 0) & ~(found["percent"] >= 100)]
    return found.sort_values(["late_days", "code"], ascending=[False, True], ignore_index=True)


def _stalled(under_way: pd.DataFrame, until: dt.date) -> pd.DataFrame:
    """Silent since the last report, or since the planned start where none was ever accepted."""
    since = under_way["reported_on"].where(under_way["reported_on"].notna(), under_way["planned_start"])
    days = since.map(lambda day: math.nan if pd.isna(day) else (until - day).days).astype(float)
    found = under_way.assign(silent_days=days)
    found = found[found["silent_days"] > STALLED_DAYS]
    return found.sort_values(["silent_days", "code"], ascending=[False, True], ignore_index=True)
