"""Small made libraries for tests of progress: projects, milestones and reports as frames."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd


def projects(*rows: dict[str, Any]) -> pd.DataFrame:
    """Projects with ids 1, 2, …; each row may say otherwise than a project of 2026 of 1,000 yuan."""
    plain = {
        "budget_yuan": 1_000.0,
        "planned_start": dt.date(2026, 1, 1),
        "planned_finish": dt.date(2026, 12, 31),
        "state": "started",
        "layer": "roads",
        "admin_code": "441881103201",
        "finished_on": None,
        "last_heard_on": None,
    }
    frame = pd.DataFrame([plain | row for row in rows])
    for name in ("planned_start", "planned_finish", "finished_on", "last_heard_on"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="project_id")
    return frame


def milestones(*rows: tuple[int, float, dt.date]) -> pd.DataFrame:
    """Milestones as (project, weight, planned on)."""
    frame = pd.DataFrame(list(rows), columns=["project_id", "weight", "planned_on"])
    frame["planned_on"] = pd.to_datetime(frame["planned_on"]).astype("datetime64[s]")
    return frame


def reports(*rows: tuple[int, dt.date, float, float], **more: Sequence[Any]) -> pd.DataFrame:
    """Reports as (project, reported on, percent, paid yuan), of the month of that day."""
    frame = pd.DataFrame(list(rows), columns=["project_id", "reported_on", "percent", "paid_yuan"])
    told = pd.to_datetime(frame["reported_on"])
    plain: dict[str, Any] = {
        "report_id": range(101, 101 + len(frame)),
        "period": told.dt.to_period("M").dt.start_time.astype("datetime64[s]"),
        "reported_on": told.astype("datetime64[s]"),
        "note": [f"{chr(0x4E00 + i)}处路基与排水正在施工" for i in range(len(frame))],
        "photos": 1,
        "fall_reason": "",
        "milestones": [[] for _ in range(len(frame))],
        "submitted_on": told.astype("datetime64[s]"),
    }
    return frame.assign(**(plain | more))
