"""What a leader asks of the project library: how it stands, what a month changed, what waits for a decision.

Projects are judged as of the data's day, not of the day that the calendar happens to show: a city whose reports end in
June is not a city in which every project has stalled since. For the same reason a report has waited for its check as
long as others have come in after it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.progress.shares import Shares, shares
from base.months import month_of
from layers.codes import CodeList, LibraryState

_DONE = (LibraryState.FINISHED, LibraryState.ACCEPTED)
_UNDER_WAY = (LibraryState.PLANNED, LibraryState.APPROVED, LibraryState.STARTED)
"""States in which a report is due once the planned start has come, as `analysis.progress.signs.silent_days` has it."""
COLUMNS = ("kind", "code", "name", "admin_code", "who", "since", "days", "report_id")


class Decision(CodeList):
    """Why something needs a decision, in the order of the list."""

    OVERDUE = "overdue", "逾期未完工", "past its planned finish"
    SUSPENDED = "suspended", "停工", "suspended"
    STALLED = "stalled", "长期未上报", "no report for long"
    WAITING = "waiting", "报告待核查", "report waits to be checked"
    RESERVE = "reserve", "建设用地预留不足 10%", "less than 10 % of construction land reserved"
    PARCEL = "parcel", "地块审查超期", "review of a parcel past due"


@dataclass(frozen=True)
class Limits:
    """From how many days on something is listed."""

    stalled_days: int = 45
    check_days: int = 10


@dataclass(frozen=True)
class Standing:
    """How the projects of a place stand; cancelled ones are left out.

    Attributes
    ----------
    begun, done : how many are being built or suspended, and how many are finished or accepted.
    budget_yuan : of all of them.
    shares : what is done and paid of the budgets of those with an accepted report.
    """

    number: int
    begun: int
    done: int
    accepted: int
    budget_yuan: int
    shares: Shares

    @property
    def known(self) -> int:
        """Projects with an accepted report."""
        return self.shares.known

    @property
    def percent(self) -> float | None:
        """Physical progress of those, 0–100; None where there is none."""
        return self.shares.percent

    @property
    def paid_yuan(self) -> int:
        """As the accepted reports have it."""
        return int(self.shares.paid_yuan)

    @property
    def paid_share(self) -> float | None:
        """Paid over the budgets of those with an accepted report; None where there is none."""
        return self.shares.paid_share


def data_day(today: dt.date, as_of: dt.date | None, reported_on: dt.date | None) -> dt.date:
    """The day that the data describe: the later of the last snapshot and the last report, never in the future."""
    known = [day for day in (as_of, reported_on) if day is not None]
    return min(today, max(known, default=today))


def counted(projects: pd.DataFrame) -> pd.DataFrame:
    """Projects without the cancelled ones."""
    return projects[projects["state"] != str(LibraryState.CANCELLED)]


def standing(projects: pd.DataFrame) -> Standing:
    """Sum up projects.

    Parameters
    ----------
    projects : ``state``, ``budget_yuan``, ``percent`` (0–100, NaN without an accepted report), ``paid_yuan`` (NaN).
    """
    found = counted(projects)
    state = found["state"]
    done = state.isin(list(map(str, _DONE)))
    begun = state.isin([str(LibraryState.STARTED), str(LibraryState.SUSPENDED)])
    return Standing(
        number=len(found),
        begun=int(begun.sum()),
        done=int(done.sum()),
        accepted=int((state == str(LibraryState.ACCEPTED)).sum()),
        budget_yuan=int(found["budget_yuan"].astype(float).sum()),
        shares=shares(found),
    )


def by_unit(projects: pd.DataFrame, units: Iterable[str], digits: int) -> dict[str, Standing]:
    """`standing` of each unit, by 12-digit code; a project counts where its own code lies.

    Parameters
    ----------
    digits : of the units' level: 6, 9 or 12.
    """
    parts = dict(iter(projects.groupby(projects["admin_code"].str[:digits])))
    empty = projects.iloc[:0]
    return {code: standing(parts.get(code[:digits], empty)) for code in units}


def library_decisions(
    projects: pd.DataFrame, day: dt.date, handed_on: dt.date, limits: Limits
) -> pd.DataFrame:
    """Projects and reports that need a decision, by kind, the longest first.

    Parameters
    ----------
    projects : ``code``, ``name``, ``admin_code``, ``department`` (None), ``state``, ``percent``, ``planned_start`` and
        ``planned_finish`` (dates or None), ``state_since`` (date or None), ``told_on`` (date of the last report handed
        in, or None), ``waiting_id`` and ``waiting_since`` (the oldest report that nobody has checked: id, date; None).
    day : the data's day, as of which projects are late or still.
    handed_on : day of the newest report handed in, as of which an older one waits for its check.

    Returns
    -------
    `COLUMNS`: ``who`` (None where nobody is named), ``since`` (date), ``days``; ``report_id`` only of a report.
    """
    rows: list[tuple[object, ...]] = []
    for one in projects.to_dict("records"):
        state = LibraryState.of(one["state"])
        if state in (*_DONE, LibraryState.CANCELLED):
            since: list[tuple[Decision, dt.date | None, int]] = []
        else:
            since = [(Decision.OVERDUE, one["planned_finish"], 1)]
        if state is LibraryState.SUSPENDED:
            since.append((Decision.SUSPENDED, one["state_since"] or one["told_on"], 0))
        if state in _UNDER_WAY and not one["percent"] >= 100:  # NaN without an accepted report
            since.append((Decision.STALLED, one["told_on"] or one["planned_start"], limits.stalled_days + 1))
        if one["waiting_since"] is not None:
            since.append((Decision.WAITING, one["waiting_since"], limits.check_days + 1))
        for kind, begun, least in since:
            until = handed_on if kind is Decision.WAITING else day
            days = None if begun is None else (until - begun).days
            if days is None:
                if kind is Decision.SUSPENDED:
                    rows.append(_row(kind, one, None, None))
            elif days >= least:
                rows.append(_row(kind, one, begun, days))
    return ordered(pd.DataFrame(rows, columns=list(COLUMNS), dtype=object))


def _row(
    kind: Decision, project: Mapping[Any, Any], since: dt.date | None, days: int | None
) -> tuple[object, ...]:
    report = project["waiting_id"] if kind is Decision.WAITING else None
    own = (project["code"], project["name"], project["admin_code"], project["department"])
    return (str(kind), *own, since, days, report)


def ordered(found: pd.DataFrame) -> pd.DataFrame:
    """Decisions in the order of their kinds, then the longest, else as they were."""
    order = {str(kind): at for at, kind in enumerate(Decision)}
    keys = found.assign(
        order=found["kind"].map(order), longest=-pd.to_numeric(found["days"], errors="coerce").fillna(0)
    )
    at = keys.sort_values(["order", "longest"], kind="stable").index
    return found.loc[at].reset_index(drop=True)


@dataclass(frozen=True)
class Month:
    """What the month of a day brought to the projects of a place.

    Attributes
    ----------
    reports : accepted reports of the month.
    paid_yuan : more than the reports before said, of the projects that had an accepted one of an earlier month.
    first_reports, first_paid_yuan : projects told of for the first time, and what was paid of them up to then: nobody
        knows how much of that was paid in the month.
    states : changes of state: ``code``, ``name``, ``admin_code``, ``after``, ``happened_on``, the latest first.
    """

    begin: dt.date
    reports: int
    paid_yuan: int
    first_reports: int
    first_paid_yuan: int
    states: pd.DataFrame


def month(projects: pd.DataFrame, states: pd.DataFrame, day: dt.date) -> Month:
    """Sum up the month in which `day` lies, up to that day.

    Parameters
    ----------
    projects : ``period`` (first day of the month of the last accepted report, or None), ``paid_yuan``,
        ``paid_before`` (paid as of the last accepted report of an earlier month; NaN without one).
    states : ``code``, ``name``, ``admin_code``, ``before``, ``after``, ``happened_on``.
    """
    begin = month_of(day)
    told = projects[_where(projects, (period == begin for period in projects["period"]))]
    paid, before = told["paid_yuan"].astype(float), told["paid_before"].astype(float)
    first = before.isna()
    within = states[_where(states, (begin <= at <= day for at in states["happened_on"]))]
    within = within.sort_values(["happened_on", "code"], ascending=[False, True], ignore_index=True)
    return Month(
        begin, len(told), int((paid - before)[~first].sum()), int(first.sum()), int(paid[first].sum()), within
    )


def _where(rows: pd.DataFrame, holds: Iterable[bool]) -> "pd.Series[bool]":
    """Which rows to keep; a bare list of none would be taken for a list of columns."""
    return pd.Series(list(holds), index=rows.index, dtype=bool)
