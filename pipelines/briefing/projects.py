"""Sums over the followed projects of a place: how far, what was paid, what is late, what nobody reports of."""

import datetime as dt
import math
from dataclasses import dataclass

import pandas as pd

from analysis.progress.curves import s_curve
from analysis.progress.earned_value import earned_value, summed
from analysis.progress.signs import is_stalled, silent_days
from base.settings import settings
from store.progress.tracked import Tracked

_BEHIND, _AHEAD = 11, 6
"""Months of the curve before and after the one told of."""


@dataclass(frozen=True)
class ProjectSums:
    """The projects of a place at the end of a day; cancelled ones are counted in `by_state` only.

    Attributes
    ----------
    number : projects that are not cancelled; `by_state` counts all, by code of `LibraryState`.
    reported : how many have an accepted report, and `reports` how many reports those are.
    budget_yuan, paid_yuan : of all; paid is what accepted reports say, cumulative.
    done_share, paid_share : work done and paid of the budgets of the projects with an accepted report, 0–1, as
        `analysis.progress.shares`; NaN without any.
    planned_share : due by plan of the budgets of those that have a plan too; `spi` is theirs.
    paid_month_yuan : more than at the end of the month before, of the projects that were told of by then.
    first_reports, first_paid_yuan : projects told of since for the first time, and what was paid of them up to now.
    done_month : work done since, of the same projects, as a share of the budgets of `done_share`.
    unreported : due to report, without an accepted report of the month.
    late, stalled : rows of `rows`, the worst first: past the planned finish and not done (``late_days``); due to report
        and not heard of for longer than the settings allow (``silent_days``).
    rows : one for each project: columns of `store.progress.tracked.Tracked.projects` and
        `analysis.progress.earned_value.earned_value`, and ``silent_days``.
    by_layer : as `analysis.progress.earned_value.summed`, by layer.
    curve : as `analysis.progress.curves.s_curve`, the months about the one told of.
    """

    number: int
    by_state: dict[str, int]
    reported: int
    reports: int
    budget_yuan: float
    paid_yuan: float
    done_share: float
    planned_share: float
    paid_share: float
    spi: float
    paid_month_yuan: float
    first_reports: int
    first_paid_yuan: float
    done_month: float
    unreported: int
    late: pd.DataFrame
    stalled: pd.DataFrame
    rows: pd.DataFrame
    by_layer: pd.DataFrame
    curve: pd.DataFrame


def of_place(library: Tracked, prefix: str) -> Tracked:
    """The projects whose own code lies in a place, so that sums over places add up."""
    projects = library.projects[library.projects["admin_code"].str.startswith(prefix)]

    def own(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["project_id"].isin(projects.index)]

    return Tracked(projects, own(library.milestones), own(library.reports))


def sums(found: Tracked, month: dt.date, until: dt.date) -> ProjectSums:
    """Sum up the projects of a place.

    Parameters
    ----------
    month : first day of the month told of; `until` the day at whose end it is.
    """
    projects, milestones, reports = found.projects, found.milestones, found.reports
    by_state = {str(state): int(n) for state, n in projects["state"].value_counts().items()}
    stood = earned_value(projects, milestones, reports, until)
    before = earned_value(projects, milestones, reports, month - dt.timedelta(days=1))
    counted = projects.loc[stood.index]
    silent = silent_days(counted, stood, until)
    rows = counted.assign(**stood.drop(columns="budget_yuan"), silent_days=silent)
    mine = reports[reports["project_id"].isin(stood.index)]
    told = mine.loc[mine["period"] == pd.Timestamp(month), "project_id"]
    groups = summed(stood, ["all"] * len(stood))
    whole = groups.iloc[0] if len(groups) else pd.Series(math.nan, index=groups.columns)
    compared, known = (float(whole[name]) or math.nan for name in ("compared_yuan", "known_yuan"))
    # What was told of for the first time was done and paid in nobody knows which months: it is counted apart.
    first = stood["reported"] & ~before["reported"].reindex(stood.index, fill_value=False)
    earned = (stood["ev_yuan"] - before["ev_yuan"])[~first].sum()
    return ProjectSums(
        number=len(stood),
        by_state=by_state,
        reported=int(stood["reported"].sum()),
        reports=len(mine),
        budget_yuan=float(stood["budget_yuan"].sum()),
        paid_yuan=float(stood["ac_yuan"].sum()),
        done_share=float(whole["percent"]) / 100,
        planned_share=float(whole["pv_yuan"]) / compared,
        paid_share=float(whole["paid_share"]),
        spi=float(whole["spi"]),
        paid_month_yuan=float((stood["ac_yuan"] - before["ac_yuan"])[~first].sum()),
        first_reports=int(first.sum()),
        first_paid_yuan=float(stood.loc[first, "ac_yuan"].sum()),
        done_month=float(earned) / known,
        unreported=int((silent.notna() & ~silent.index.isin(told)).sum()),
        late=_late(rows, until),
        stalled=_worst(rows[is_stalled(silent, settings().stalled_days)], "silent_days"),
        rows=rows,
        by_layer=summed(stood, counted["layer"]),
        curve=_about(s_curve(projects, milestones, mine, until), month),
    )


def _late(rows: pd.DataFrame, until: dt.date) -> pd.DataFrame:
    late = rows[rows["overdue"]]
    return _worst(late.assign(late_days=(pd.Timestamp(until) - late["planned_finish"]).dt.days), "late_days")


def _worst(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    return rows.sort_values([by, "code"], ascending=[False, True])


def _about(curve: pd.DataFrame, month: dt.date) -> pd.DataFrame:
    """The months of a curve about one."""
    if curve.empty:
        return curve
    here = pd.Timestamp(month)
    first, last = here - pd.DateOffset(months=_BEHIND), here + pd.DateOffset(months=_AHEAD)
    return curve[(curve["month"] >= first) & (curve["month"] <= last)]
