"""The library as tracking reads it: projects, milestones and accepted reports in bulk, as known at any moment."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from analysis.progress.signs import Thresholds
from base.settings import settings
from store.queries import query

_ALWAYS = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
_LAST_DAY = dt.date(9999, 12, 31)
_DAYS = frozenset(
    {"planned_start", "planned_finish", "planned_on", "finished_on", "last_heard_on", "period", "reported_on"}
    | {"submitted_on"}
)
_NUMBERS = frozenset({"budget_yuan", "weight", "percent", "paid_yuan"})
_MILESTONES = (
    "SELECT m.project_id, m.no, m.name, m.weight::float8 AS weight, m.planned_on "
    "FROM xiangtu.project_milestones AS m WHERE m.admin_code ^@ :prefix ORDER BY m.project_id, m.no"
)


@dataclass(frozen=True, eq=False)
class Tracked:
    """Projects with what is known of their progress; days as datetime64, NaT for none.

    Attributes
    ----------
    projects : index ``project_id``; ``code``, ``name``, ``layer``, ``kind``, ``admin_code``, ``budget_yuan``,
        ``planned_start``, ``planned_finish``, ``department``, ``team``, ``synthetic``, ``state``, ``finished_on`` (the
        day it was finished by its states), ``last_heard_on`` (the newest report that was not returned).
    milestones : ``project_id``, ``no``, ``name``, ``weight`` (of 100), ``planned_on``.
    reports : the accepted one of each project and month: ``report_id``, ``project_id``, ``admin_code``, ``period``,
        ``reported_on``, ``percent`` (0–100), ``paid_yuan``, both cumulative, ``milestones`` (numbers), ``note``,
        ``fall_reason``, ``photos`` (how many), ``submitted_on`` (the day in the city on which the month was first
        reported; of a file the day that it states), ``checked_at`` (UTC).
    """

    projects: pd.DataFrame
    milestones: pd.DataFrame
    reports: pd.DataFrame


Version = tuple[str, int, int, int]
"""Tells states of the library apart: of which database, its changes, its newest report and photo."""


def thresholds() -> Thresholds:
    """From where on something is a sign, with what the installation sets of it."""
    chosen = settings()
    return Thresholds(stalled_days=chosen.stalled_days, due_day=max(1, chosen.report_until_day))


def version(connection: sa.Connection) -> Version:
    """The state that the library is in, for what is kept of it."""
    statement = (
        "SELECT concat_ws(' ', current_database(), pg_postmaster_start_time()), "
        "coalesce((SELECT version FROM xiangtu.layer_versions WHERE feature_id = 'project_progress'), 0), "
        "coalesce((SELECT max(id) FROM xiangtu.progress_reports), 0), "
        "coalesce((SELECT max(id) FROM xiangtu.progress_photos), 0)"
    )
    database, changes, report, photo = connection.execute(sa.text(statement)).one()
    return str(database), int(changes), int(report), int(photo)


def last_told(connection: sa.Connection) -> dt.date | None:
    """The day of the newest report; before the first one the day the newest project was entered, None without any."""
    statement = (
        "SELECT coalesce((SELECT max(reported_on) FROM xiangtu.progress_reports), "
        "(SELECT (max(created_at) AT TIME ZONE 'Asia/Shanghai')::date FROM xiangtu.projects))"
    )
    day: dt.date | None = connection.scalar(sa.text(statement))
    return day


def tracked(
    connection: sa.Connection,
    prefix: str = "",
    known_at: dt.datetime | None = None,
    until: dt.date | None = None,
) -> Tracked:
    """Projects below a code, with their milestones and accepted reports.

    Parameters
    ----------
    prefix : leading digits of the projects' codes.
    known_at : what was entered, handed in or checked later is not looked at; None looks at everything. Budgets and
        plans are as they are now: earlier ones are not kept.
    until : the day at whose end states, finishes and ``last_heard_on`` are; None for the last there is. Reports of
        later days are still among the reports, which whoever looks at a day leaves out.
    """
    given = {"prefix": prefix, "known_at": known_at or _ALWAYS, "until": until or _LAST_DAY}
    return Tracked(
        _frame(connection, query("tracked_projects"), given).set_index("project_id"),
        _frame(connection, sa.text(_MILESTONES), {"prefix": prefix}),
        _frame(connection, query("tracked_reports"), given),
    )


def followed(connection: sa.Connection, day: dt.date) -> Tracked:
    """All projects as they stood on a day, with the newest accepted report of each by then, without its words."""
    given = {"prefix": "", "known_at": _ALWAYS, "until": day}
    return Tracked(
        _frame(connection, query("tracked_projects"), given).set_index("project_id"),
        _frame(connection, sa.text(_MILESTONES), {"prefix": ""}),
        _frame(connection, query("followed_reports"), {"day": day}),
    )


def _frame(connection: sa.Connection, statement: sa.TextClause, given: dict[str, Any]) -> pd.DataFrame:
    found = connection.execute(statement, given)
    names = list(found.keys())
    rows = found.cursor.fetchall() if found.cursor is not None else []
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pd.DataFrame({name: _typed(name, values) for name, values in zip(names, columns, strict=True)})


def _typed(name: str, values: Any) -> Any:
    if name in _DAYS:
        return np.array(values, dtype="datetime64[D]").astype("datetime64[s]")  # None becomes NaT
    if name in _NUMBERS:
        return np.array(values, dtype=float)
    if name in ("project_id", "report_id", "no", "photos"):
        return np.array(values, dtype=np.int64)
    if name == "synthetic":
        return np.array(values, dtype=bool)
    return pd.Series(list(values), dtype=object)
