"""Sums over projects against figures worked by hand; sums of parts make the whole."""

import datetime as dt
import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pipelines.briefing.projects import ProjectSums, of_place, sums
from store.progress.tracked import Tracked

MONTH, UNTIL = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
START, FINISH = pd.Timestamp(2026, 1, 1), pd.Timestamp(2026, 12, 31)


def project(
    no: int, budget: float, state: str = "started", code: str = "441826101001", **given: Any
) -> dict[str, Any]:
    return {
        "project_id": no, "code": f"XM-{no}", "name": f"项目{no}", "layer": "roads", "kind": "road_link",
        "admin_code": code, "budget_yuan": budget, "planned_start": START, "planned_finish": FINISH,
        "department": None, "team": None, "synthetic": False, "state": state, "finished_on": pd.NaT,
        "last_heard_on": pd.NaT, **given,
    }  # fmt: skip


def report(no: int, month: int, percent: float, paid: float, day: int = 25) -> dict[str, Any]:
    told = pd.Timestamp(2026, month, day)
    return {
        "report_id": 100 * no + month, "project_id": no, "period": told.replace(day=1), "reported_on": told,
        "percent": percent, "paid_yuan": paid,
    }  # fmt: skip


def library(projects: list[dict[str, Any]], reports: list[dict[str, Any]]) -> Tracked:
    days = {
        "planned_start": "datetime64[s]",
        "planned_finish": "datetime64[s]",
        "last_heard_on": "datetime64[s]",
    }
    frame = pd.DataFrame(projects, columns=list(project(1, 1))).astype({"budget_yuan": float, **days})
    told = pd.DataFrame(reports, columns=list(report(1, 1, 0, 0)))
    told = told.astype(
        {"percent": float, "paid_yuan": float, "period": "datetime64[s]", "reported_on": "datetime64[s]"}
    )
    for no, last in told.groupby("project_id")["reported_on"].max().items():
        frame.loc[frame["project_id"] == no, "last_heard_on"] = last
    plans = pd.DataFrame(
        [
            {
                "project_id": one["project_id"],
                "no": 1,
                "name": "验收",
                "weight": 100.0,
                "planned_on": one["planned_finish"],
            }
            for one in projects
        ],
        columns=["project_id", "no", "name", "weight", "planned_on"],
    ).astype({"weight": float, "planned_on": "datetime64[s]"})
    return Tracked(frame.set_index("project_id"), plans, told)


def summed(projects: list[dict[str, Any]], reports: list[dict[str, Any]]) -> ProjectSums:
    return sums(library(projects, reports), MONTH, UNTIL)


def test_money_and_progress_weighted_by_budget() -> None:
    found = summed(
        [project(1, 100.0), project(2, 300.0), project(3, 50.0, "cancelled"), project(4, 200.0)],
        [report(1, 9, 40, 30), report(1, 10, 60, 50), report(2, 9, 10, 20), report(3, 10, 99, 50)],
    )
    assert (found.number, found.reported, found.reports) == (3, 2, 3)
    assert found.by_state == {"started": 3, "cancelled": 1}
    assert (found.budget_yuan, found.paid_yuan) == (600.0, 70.0)
    # Of the two with a report: 100 × 60 % and 300 × 10 %.
    assert found.done_share == pytest.approx(90 / 400)
    assert found.done_month == pytest.approx(20 / 400)
    assert found.paid_month_yuan == 20
    assert found.paid_share == pytest.approx(70 / 400)
    planned = (UNTIL - START.date()).days / (FINISH - START).days
    assert found.planned_share == pytest.approx(planned, abs=0.01)
    assert found.spi == pytest.approx(found.done_share / found.planned_share)
    assert found.unreported == 2
    assert found.by_layer.loc["roads", "projects"] == 3
    here = found.curve.set_index(found.curve["month"].dt.strftime("%Y-%m"))
    assert here.loc["2026-09", "earned_yuan"] == pytest.approx(40 + 30)
    assert here.loc["2026-10", "paid_yuan"] == pytest.approx(70)
    assert math.isnan(here.loc["2026-12", "earned_yuan"])


def test_a_first_report_says_nothing_of_when_its_money_was_paid() -> None:
    """Project 1 paid 20 since September; of 2 nobody knew before October, and its 90 cover all time before."""
    found = summed(
        [project(1, 100.0), project(2, 300.0), project(3, 50.0)],
        [report(1, 9, 40, 30), report(1, 10, 60, 50), report(2, 10, 30, 90)],
    )
    assert (found.paid_month_yuan, found.first_reports, found.first_paid_yuan) == (20, 1, 90)
    assert found.done_month == pytest.approx(20 / 400)
    assert found.paid_yuan == 140


def test_late_and_silent() -> None:
    past = pd.Timestamp(2026, 10, 1)
    found = summed(
        [
            project(1, 1.0, planned_finish=past),
            project(2, 1.0, planned_finish=past),
            project(3, 1.0, "accepted", planned_finish=past),
            project(4, 1.0),
            project(5, 1.0, "suspended", planned_finish=pd.Timestamp(2026, 9, 1)),
        ],
        [report(1, 10, 80, 0), report(2, 10, 100, 0), report(4, 9, 10, 0, day=15)],
    )
    assert found.late["code"].tolist() == ["XM-5", "XM-1"]
    assert found.late["late_days"].tolist() == [60, 30]
    assert found.stalled["code"].tolist() == ["XM-4"]
    assert found.stalled["silent_days"].tolist() == [46]


def test_nothing_to_sum() -> None:
    found = summed([], [])
    assert (found.number, found.budget_yuan, found.reports, len(found.curve)) == (0, 0, 0, 0)
    assert math.isnan(found.done_share)
    without_report = summed([project(1, 5.0)], [])
    assert (without_report.number, without_report.reported) == (1, 0)
    assert math.isnan(without_report.done_share)


@settings(max_examples=8, deadline=None)
@given(
    some.lists(
        some.tuples(
            some.integers(1, 10**6), some.integers(0, 2), some.integers(0, 100), some.integers(0, 10**6)
        ),
        min_size=1,
        max_size=12,
    )
)
def test_sums_of_townships_make_the_county(drawn: list[tuple[int, int, int, int]]) -> None:
    held = library(
        [
            project(no, float(budget), code=f"44182610{town}001")
            for no, (budget, town, _, _) in enumerate(drawn)
        ],
        [report(no, 10, percent, paid) for no, (_, _, percent, paid) in enumerate(drawn)],
    )
    whole = sums(of_place(held, "441826"), MONTH, UNTIL)
    parts = [sums(of_place(held, f"44182610{town}"), MONTH, UNTIL) for town in range(3)]
    assert sum(part.number for part in parts) == whole.number
    assert sum(part.budget_yuan for part in parts) == pytest.approx(whole.budget_yuan)
    assert sum(part.paid_yuan for part in parts) == pytest.approx(whole.paid_yuan)
    done = sum(part.done_share * part.budget_yuan for part in parts if part.budget_yuan)
    assert done == pytest.approx(whole.done_share * whole.budget_yuan)
