"""Earned value against worked examples that others published, and what must hold of any library."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.progress.earned_value import earned_value, summed
from analysis.progress.plan import Plans, day_numbers
from tests.analysis.progress.portfolio import milestones, projects, reports

D = dt.date


def test_the_fence_of_rita_mulcahy() -> None:
    """PMP Exam Prep (R. Mulcahy), exercise "Earned value": four sides of a fence, a day and $1,000 each, end of day 3.

    Side 1 cost 1,000; side 2 is done for 1,200; side 3 is half done for 600; side 4 is not begun. The book's answers:
    PV 3,000, EV 2,500, AC 2,800, BAC 4,000, CV -300, CPI .893, SV -500, SPI .833, EAC 4,479, ETC 1,679, VAC -479.
    """
    eve = D(2026, 3, 1)
    sides = projects(
        *(
            {"planned_start": eve + dt.timedelta(days=i), "planned_finish": eve + dt.timedelta(days=i + 1)}
            for i in range(4)
        )
    )
    today = eve + dt.timedelta(days=3)
    told = reports((1, today, 100, 1_000), (2, today, 100, 1_200), (3, today, 50, 600), (4, today, 0, 0))
    stood = earned_value(sides, milestones(), told, today)
    fence = summed(stood, ["fence"] * 4).loc["fence"]
    assert (fence["pv_yuan"], fence["ev_yuan"], fence["ac_yuan"]) == (3_000, 2_500, 2_800)
    assert fence["budget_yuan"] == 4_000
    assert (fence["cv_yuan"], fence["sv_yuan"]) == (-300, -500)
    assert round(fence["cpi"], 3) == 0.893
    assert round(fence["spi"], 3) == 0.833
    # The book divides by the rounded 0.893; the exact figures are 4,480, 1,680, -480.
    assert fence["eac_yuan"] == pytest.approx(4_479, abs=1.01)
    assert fence["etc_yuan"] == pytest.approx(1_679, abs=1.01)
    assert fence["vac_yuan"] == pytest.approx(-479, abs=1.01)
    assert 4_000 / round(fence["cpi"], 3) == pytest.approx(4_479, abs=0.5)


def test_the_bread_of_a_textbook() -> None:
    """Project Management Interview Questions (S. Koirala), "Bread Project": 400 loaves of $0.02, hour 3 of 10.

    120 were planned, 80 are baked, $3 are spent: PV 2.4, EV 1.6, AC 3, SV -0.8, CV -1.4, SPI 0.6 (0.67), CPI 0.53,
    TCPI 1.28.
    """
    begin = D(2026, 3, 1)
    bread = projects(
        {"budget_yuan": 8.0, "planned_start": begin, "planned_finish": begin + dt.timedelta(days=10)}
    )
    hour = begin + dt.timedelta(days=3)
    one = earned_value(bread, milestones(), reports((1, hour, 20, 3)), hour).iloc[0]
    assert one["pv_yuan"] == pytest.approx(2.4)
    assert one["ev_yuan"] == pytest.approx(1.6)
    assert one["sv_yuan"] == pytest.approx(-0.8)
    assert one["cv_yuan"] == pytest.approx(-1.4)
    assert one["spi"] == pytest.approx(2 / 3)
    assert one["cpi"] == pytest.approx(0.533, abs=5e-4)
    assert one["tcpi"] == pytest.approx(1.28)


def test_the_plan_goes_straight_from_milestone_to_milestone() -> None:
    held = projects(
        {}, {"planned_start": D(2026, 1, 1), "planned_finish": D(2026, 1, 11)}, {"planned_start": None}
    )
    plans = Plans.of(held, milestones((1, 20, D(2026, 1, 11)), (1, 80, D(2026, 1, 31))))
    days = day_numbers(
        pd.Series([D(2025, 12, 1), D(2026, 1, 6), D(2026, 1, 11), D(2026, 1, 21), D(2026, 3, 1)])
    )
    first = plans.share_on(np.zeros(5, dtype=int), days)
    assert first.tolist() == pytest.approx([0, 0.1, 0.2, 0.6, 1])
    plain = plans.share_on(np.ones(5, dtype=int), days)
    assert plain.tolist() == pytest.approx([0, 0.5, 1, 1, 1])
    assert np.isnan(plans.share_on(np.full(5, 2), days)).all()
    back = plans.day_of(np.zeros(3, dtype=int), np.array([0.1, 0.2, 0.6]))
    assert back.tolist() == pytest.approx(days[1:4].tolist())


@given(
    weights=st.lists(st.integers(1, 50), min_size=1, max_size=6),
    gaps=st.lists(st.integers(0, 60), min_size=6, max_size=6),
    asked=st.integers(-30, 500),
)
def test_a_plan_rises_from_nothing_to_all(weights: list[int], gaps: list[int], asked: int) -> None:
    begin = D(2026, 1, 1)
    days = [begin + dt.timedelta(days=sum(gaps[: i + 1])) for i in range(len(weights))]
    parts = [100 * w / sum(weights) for w in weights]
    plans = Plans.of(projects({}), milestones(*((1, p, d) for p, d in zip(parts, days, strict=True))))
    at = day_numbers(pd.Series([begin])) + np.array([asked, asked + 1.0])
    low, high = plans.share_on(np.zeros(2, dtype=int), at)
    assert 0 <= low <= high <= 1
    assert high - low <= 1
    assert plans.share_on(np.array([0]), day_numbers(pd.Series([days[-1]])))[0] == 1
    if 0 < low < 1:
        back = plans.day_of(np.array([0]), np.array([low]))[0]
        assert back == pytest.approx(at[0], abs=1e-6)


def test_no_report_is_counted_apart_and_not_as_zero() -> None:
    held = projects({}, {"budget_yuan": 9_000.0}, {"state": "cancelled"})
    day = D(2026, 7, 2)
    stood = earned_value(held, milestones(), reports((1, D(2026, 6, 28), 50, 400)), day)
    assert list(stood.index) == [1, 2]
    assert np.isnan(stood.loc[2, "ev_yuan"]) and stood.loc[2, "pv_yuan"] == pytest.approx(4_500, rel=0.01)
    whole = summed(stood, ["all", "all"]).iloc[0]
    assert (whole["projects"], whole["unreported"], whole["unreported_yuan"]) == (2, 1, 9_000)
    assert whole["spi"] == pytest.approx(stood.loc[1, "spi"]), "the silent one does not pull the index down"
    assert whole["percent"] == 50


def test_a_group_without_any_report_has_no_index() -> None:
    stood = earned_value(projects({}), milestones(), reports(), D(2026, 7, 2))
    whole = summed(stood, ["all"]).iloc[0]
    assert np.isnan(whole[["pv_yuan", "ev_yuan", "spi", "cpi", "percent"]].astype(float)).all()
    assert whole["unreported"] == 1


def test_what_was_reported_later_does_not_count_and_the_newest_does() -> None:
    told = reports((1, D(2026, 3, 28), 20, 100), (1, D(2026, 4, 28), 40, 300), (1, D(2026, 6, 28), 80, 900))
    stood = earned_value(projects({}), milestones(), told, D(2026, 5, 31))
    assert (stood.loc[1, "percent"], stood.loc[1, "ac_yuan"]) == (40, 300)


@pytest.mark.parametrize(
    ("percent", "state", "day", "overdue"),
    [
        (99, "started", D(2027, 1, 1), True),
        (99, "started", D(2026, 12, 31), False),
        (100, "started", D(2027, 1, 1), False),
        (99, "accepted", D(2027, 1, 1), False),
    ],
)
def test_overdue(percent: float, state: str, day: dt.date, overdue: bool) -> None:
    stood = earned_value(
        projects({"state": state}), milestones(), reports((1, D(2026, 12, 20), percent, 1)), day
    )
    assert bool(stood.loc[1, "overdue"]) is overdue


def test_nothing_to_divide_by_is_no_index() -> None:
    stood = earned_value(projects({}), milestones(), reports((1, D(2025, 12, 20), 0, 0)), D(2025, 12, 31))
    assert np.isnan(stood.loc[1, ["spi", "cpi", "eac_yuan"]].astype(float)).all()
    assert stood.loc[1, "tcpi"] == 1
