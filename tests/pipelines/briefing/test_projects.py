"""Sums over projects against figures worked by hand; sums of parts make the whole."""

import datetime as dt
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pipelines.briefing.projects import ProjectSums, of_place, sums

MONTH, UNTIL = dt.date(2026, 10, 1), dt.date(2026, 10, 31)


def project(
    no: int, budget: float, state: str = "started", code: str = "441826101001", **given: object
) -> dict[str, object]:
    return {
        "id": no, "code": f"XM-{no}", "name": f"项目{no}", "layer": "roads", "kind": "road_link",
        "admin_code": code, "villages": [code], "budget_yuan": budget, "planned_start": dt.date(2026, 1, 1),
        "planned_finish": dt.date(2026, 12, 31), "department": None, "synthetic": False, "state": state, **given,
    }  # fmt: skip


def report(no: int, month: int, percent: float, paid: float, day: int = 25) -> dict[str, object]:
    told = dt.date(2026, month, day)
    return {
        "project_id": no, "report_id": 100 * no + month, "period": told.replace(day=1), "reported_on": told,
        "percent": percent, "paid_yuan": paid,
    }  # fmt: skip


COLUMNS = list(report(1, 1, 0, 0))


def summed(projects: list[dict[str, object]], reports: list[dict[str, object]]) -> ProjectSums:
    return sums(
        pd.DataFrame(projects, columns=list(project(1, 1))),
        pd.DataFrame(reports, columns=COLUMNS),
        MONTH,
        UNTIL,
    )


def test_money_and_progress_weighted_by_budget() -> None:
    found = summed(
        [project(1, 100.0), project(2, 300.0), project(3, 50.0, "cancelled")],
        [
            report(1, 9, 40, 30),
            report(1, 10, 60, 50),
            report(2, 9, 10, 20),
            report(3, 10, 99, 50),
        ],
    )
    assert found.number == 2
    assert found.by_state == {"started": 2, "cancelled": 1}
    assert (found.budget_yuan, found.paid_yuan) == (400.0, 70.0)
    assert found.done_share == pytest.approx((100 * 0.6 + 300 * 0.1) / 400)
    assert found.done_month == pytest.approx(100 * 0.2 / 400)
    assert found.paid_month_yuan == 20
    assert found.paid_share == pytest.approx(70 / 400)
    assert found.unreported == 1
    assert [point.month.month for point in found.curve] == [9, 10]
    assert found.curve[0].done_share == pytest.approx((40 + 30) / 400)
    assert found.curve[1].paid_share == pytest.approx(70 / 400)


def test_late_and_silent() -> None:
    past = dt.date(2026, 10, 1)
    found = summed(
        [
            project(1, 1.0, planned_finish=past),
            project(2, 1.0, planned_finish=past),
            project(3, 1.0, "accepted", planned_finish=past),
            project(4, 1.0, planned_finish=None),
            project(5, 1.0, "planned"),
            project(6, 1.0, planned_start=None),
        ],
        [report(1, 10, 80, 0), report(2, 10, 100, 0), report(4, 9, 10, 0, day=15)],
    )
    assert found.late["id"].tolist() == [1]
    assert found.late["late_days"].tolist() == [30]
    # 4 has been silent for 46 days; 6 never reported and nobody knows when it began.
    assert found.stalled["id"].tolist() == [4]
    assert found.stalled["silent_days"].tolist() == [46]


def test_nothing_to_sum() -> None:
    found = summed([], [])
    assert (found.number, found.budget_yuan, found.reports, found.curve) == (0, 0, 0, ())
    assert math.isnan(found.done_share)
    assert math.isnan(found.paid_share)
    without_budget = summed([project(1, 0.0)], [report(1, 10, 50, 0)])
    assert math.isnan(without_budget.done_share)
    assert without_budget.curve == ()


def test_a_village_has_the_projects_that_are_linked_to_it_too() -> None:
    frame = pd.DataFrame(
        [project(1, 1.0), project(2, 1.0, code="441826101002", villages=["441826101002", "441826101001"])]
    )
    assert of_place(frame, "441826101001")["id"].tolist() == [1, 2]
    assert of_place(frame, "441826101002")["id"].tolist() == [2]
    assert of_place(frame, "441826101")["id"].tolist() == [1, 2]


@settings(max_examples=12, deadline=None)
@given(
    some.lists(
        some.tuples(
            some.integers(1, 10**6), some.integers(0, 2), some.floats(0, 100), some.integers(0, 10**6)
        ),
        min_size=1,
        max_size=12,
    )
)
def test_sums_of_townships_make_the_county(drawn: list[tuple[int, int, float, int]]) -> None:
    projects = [
        project(no, float(budget), code=f"44182610{town}001") for no, (budget, town, _, _) in enumerate(drawn)
    ]
    reports = [report(no, 10, percent, paid) for no, (_, _, percent, paid) in enumerate(drawn)]
    frame, told = pd.DataFrame(projects), pd.DataFrame(reports)
    whole = sums(of_place(frame, "441826"), told, MONTH, UNTIL)
    parts = [sums(of_place(frame, f"44182610{town}"), told, MONTH, UNTIL) for town in range(3)]
    assert sum(part.number for part in parts) == whole.number
    assert sum(part.budget_yuan for part in parts) == pytest.approx(whole.budget_yuan)
    assert sum(part.paid_yuan for part in parts) == pytest.approx(whole.paid_yuan)
    done = sum(part.done_share * part.budget_yuan for part in parts if part.budget_yuan)
    assert done == pytest.approx(whole.done_share * whole.budget_yuan)
