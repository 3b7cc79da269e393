"""Earned value of projects and of groups of them: what was planned, done and paid by a day, in yuan.

Source: PMI, *Practice Standard for Earned Value Management* (2011), with the budget as budget at completion (BAC),
physical progress times the budget as earned value (EV), payments as actual cost (AC).
"""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.progress.plan import Plans, day_numbers
from analysis.progress.shares import shares_by
from analysis.territory import BoolArray, FloatArray
from layers.codes import LibraryState

INDICES = ("sv_yuan", "cv_yuan", "spi", "cpi", "eac_yuan", "etc_yuan", "vac_yuan", "tcpi")
_ENDED = (LibraryState.FINISHED, LibraryState.ACCEPTED)


def newest_reports(reports: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """The newest accepted report of each project on a day, index ``project_id``.

    Parameters
    ----------
    reports : ``project_id``, ``period``, ``reported_on`` (datetime64) and what else is wanted.
    """
    told = reports[reports["reported_on"] <= pd.Timestamp(day)]
    ordered = told.sort_values(["project_id", "period", "reported_on"], kind="stable")
    return ordered.drop_duplicates("project_id", keep="last").set_index("project_id")


def earned_value(
    projects: pd.DataFrame, milestones: pd.DataFrame, reports: pd.DataFrame, day: dt.date
) -> pd.DataFrame:
    """Where each project stands on a day.

    Parameters
    ----------
    projects : index ``project_id``; ``budget_yuan``, ``planned_start``, ``planned_finish`` (datetime64), ``state``.
    milestones : as `analysis.progress.plan.Plans.of`.
    reports : accepted ones: ``project_id``, ``period``, ``reported_on`` (datetime64), ``percent`` (0–100),
        ``paid_yuan``, both cumulative.

    Returns
    -------
    Index as `projects`, without those cancelled. ``planned_share`` (0–1) and ``pv_yuan`` by the plan on that day;
    ``reported`` whether an accepted report is there, ``reported_on``, ``percent``, ``ev_yuan``, ``ac_yuan`` of the
    newest one, NaN without: *no data is not zero*; `INDICES`; ``overdue`` whether the planned finish has passed and
    the project is not done. A ratio is NaN where there is nothing to divide by.
    """
    counted = projects[projects["state"] != str(LibraryState.CANCELLED)]
    plans = Plans.of(counted, milestones)
    at = np.full(len(counted), float(day_numbers(pd.Series([pd.Timestamp(day)]))[0]))
    share = plans.share_on(np.arange(len(counted)), at)
    newest = newest_reports(reports, day).reindex(counted.index)
    budget, percent = counted["budget_yuan"].to_numpy(dtype=float), newest["percent"].to_numpy(dtype=float)
    finish = day_numbers(counted["planned_finish"])
    done = (percent >= 100) | counted["state"].isin([str(state) for state in _ENDED]).to_numpy()
    stood = pd.DataFrame(
        {
            "budget_yuan": budget,
            "planned_share": share,
            "pv_yuan": share * budget,
            "reported": ~np.isnan(percent),
            "reported_on": newest["reported_on"].to_numpy(),
            "percent": percent,
            "ev_yuan": percent / 100 * budget,
            "ac_yuan": newest["paid_yuan"].to_numpy(dtype=float),
            "done": done,
            "overdue": (finish < at) & ~done,
        },
        index=counted.index,
    )
    return stood.assign(**_indices(stood))


def summed(stood: pd.DataFrame, by: "Sequence[str] | pd.Series[str]") -> pd.DataFrame:
    """Earned value of groups of projects: indices of sums, never means of indices.

    Parameters
    ----------
    stood : as `earned_value` returns.
    by : the group of each row, in their order; rows whose group is missing are left out.

    Returns
    -------
    Index the groups, ascending. ``projects``, ``unreported`` and ``overdue`` count projects; ``budget_yuan``,
    ``unreported_yuan`` sum budgets of all and of those without a report. ``pv_yuan``, ``ev_yuan``, ``ac_yuan``,
    ``compared_yuan`` (budgets) sum over projects that have both a plan and a report, and `INDICES` are theirs; NaN
    where no project of the group has both. ``known_yuan``, ``percent``, ``paid_share`` are those of all with a
    report, as `analysis.progress.shares.shares_by`.
    """
    group = pd.Series(np.asarray(by, dtype=object), index=stood.index)
    compared = stood["reported"] & stood["pv_yuan"].notna()
    rows = pd.DataFrame(
        {
            "projects": 1,
            "unreported": (~stood["reported"]).astype(int),
            "overdue": stood["overdue"].astype(int),
            "budget_yuan": stood["budget_yuan"],
            "unreported_yuan": stood["budget_yuan"].where(~stood["reported"], 0.0),
            **{name: stood[name].where(compared) for name in ("pv_yuan", "ev_yuan", "ac_yuan")},
            "compared_yuan": stood["budget_yuan"].where(compared),
        }
    )
    found = rows.groupby(group).sum(min_count=1).sort_index()
    whole = found.rename(columns={"compared_yuan": "bac"})
    indices = _indices(whole.assign(budget_yuan=whole["bac"]))
    known = shares_by(stood.rename(columns={"ac_yuan": "paid_yuan"}), group)
    return found.join(known[["known_yuan", "percent", "paid_share"]]).assign(**indices)


def _indices(stood: pd.DataFrame) -> dict[str, FloatArray]:
    """`INDICES` from budget, PV, EV and AC."""
    budget, pv, ev, ac = (
        stood[name].to_numpy(dtype=float) for name in ("budget_yuan", "pv_yuan", "ev_yuan", "ac_yuan")
    )
    cpi = _ratio(ev, ac, ac > 0)
    eac = _ratio(budget, cpi, cpi > 0)
    return {
        "sv_yuan": ev - pv,
        "cv_yuan": ev - ac,
        "spi": _ratio(ev, pv, pv > 0),
        "cpi": cpi,
        "eac_yuan": eac,
        "etc_yuan": eac - ac,
        "vac_yuan": budget - eac,
        "tcpi": _ratio(budget - ev, budget - ac, budget > ac),
    }


def _ratio(above: FloatArray, below: FloatArray, where: BoolArray) -> FloatArray:
    ratio: FloatArray = np.divide(above, below, out=np.full(len(above), np.nan), where=where)
    return ratio
