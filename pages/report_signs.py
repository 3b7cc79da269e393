"""Signs of reports that wait: what tracking would find if they were accepted, each with its reason."""

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from analysis.progress.signs import Sign, Thresholds, signs
from pages import formats
from store.progress.photos import repeated
from store.progress.reports import Report
from store.progress.tracked import Tracked, Version, thresholds, tracked, version

Told = tuple[Report, dt.datetime]
"""A report, and the moment (UTC) at which its month was first reported."""


def signs_of(connection: sa.Connection, told: Sequence[Told]) -> tuple[dict[int, list[Sign]], dict[int, str]]:
    """Signs by the number of the report that they are about, and names of projects by id.

    A note counts as copied, or as a stock phrase, among the reports of the whole library, as in tracking: the list and
    the card of a report would differ if each looked at a part of its own.

    Parameters
    ----------
    told : reports, accepted or not; each takes the place of the accepted one of its month.
    """
    if not told:
        return {}, {}
    return _found(connection, version(connection), tuple(told), formats.today(), thresholds())


def repeated_in(connection: sa.Connection, reports: Sequence[int]) -> frozenset[int]:
    """Those of some reports that have a photo which was used before."""
    return _repeated_in(connection, version(connection), tuple(reports))


@st.cache_resource(max_entries=20, show_spinner=False)
def _repeated_in(_connection: sa.Connection, now: Version, reports: tuple[int, ...]) -> frozenset[int]:
    return frozenset(one.report_id for one in repeated(_connection, reports))


@st.cache_resource(max_entries=20, show_spinner=False)
def _found(
    _connection: sa.Connection,
    now: Version,
    told: tuple[Told, ...],
    day: dt.date,
    limits: Thresholds,
) -> tuple[dict[int, list[Sign]], dict[int, str]]:
    held = tracked(_connection)
    wanted = {report.id for report, _ in told}
    by_report: dict[int, list[Sign]] = {}
    for one in signs(held.projects, held.milestones, in_place(held, told), day, limits):
        if one.report_id in wanted:
            by_report.setdefault(one.report_id, []).append(one)
    return by_report, held.projects["name"].to_dict()


def in_place(held: Tracked, told: Sequence[Told]) -> pd.DataFrame:
    """Accepted reports, with some others in the place of those of their project and month."""
    rows = pd.DataFrame([_row(report, first_at) for report, first_at in told])
    for name in ("period", "reported_on", "submitted_on"):
        rows[name] = pd.to_datetime(rows[name]).astype("datetime64[s]")
    taken = pd.MultiIndex.from_frame(rows[["project_id", "period"]])
    others = held.reports[~pd.MultiIndex.from_frame(held.reports[["project_id", "period"]]).isin(taken)]
    kept = others.drop(columns=["checked_at"])
    return rows if kept.empty else pd.concat([kept, rows], ignore_index=True)


def _row(report: Report, first_at: dt.datetime) -> Mapping[str, object]:
    return {
        "report_id": report.id,
        "project_id": report.project_id,
        "admin_code": report.admin_code,
        "period": report.period,
        "reported_on": report.reported_on,
        "percent": float(report.percent),
        "paid_yuan": float(report.paid_yuan),
        "milestones": list(report.milestones),
        "note": report.note,
        "fall_reason": report.fall_reason,
        "photos": report.photos,
        "submitted_on": first_at.astimezone(formats.SCREEN_ZONE).date(),
    }
