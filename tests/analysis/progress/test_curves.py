"""S-curves of sets of projects."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analysis.progress.curves import s_curve
from analysis.progress.earned_value import earned_value
from tests.analysis.progress.portfolio import milestones, projects, reports

D = dt.date


def test_planned_earned_and_paid_by_month() -> None:
    held = projects(
        {"planned_start": D(2026, 1, 31), "planned_finish": D(2026, 3, 31)},
        {"planned_start": D(2026, 2, 28), "planned_finish": D(2026, 4, 30), "budget_yuan": 500.0},
    )
    told = reports((1, D(2026, 2, 26), 40, 300), (1, D(2026, 3, 26), 100, 900), (2, D(2026, 3, 28), 10, 20))
    curve = s_curve(held, milestones(), told, D(2026, 3, 29)).set_index("month")
    january, february, march, april = (pd.Timestamp(2026, month, 1) for month in (1, 2, 3, 4))
    assert list(curve.index) == [january, february, march, april]
    assert curve["planned_yuan"].tolist() == pytest.approx(
        [0, 1000 * 28 / 59, 1000 * 57 / 59 + 500 * 29 / 61, 1500]
    )
    assert curve.loc[february, "earned_yuan"] == 400
    assert curve.loc[march, "earned_yuan"] == 1_050 and curve.loc[march, "paid_yuan"] == 920
    assert curve.loc[march, "on"] == pd.Timestamp(2026, 3, 29), "the month of the status day ends with it"
    assert np.isnan(curve.loc[january, "earned_yuan"]), "nothing was reported yet: not zero"
    assert np.isnan(curve.loc[april, "earned_yuan"]), "what is to come is not known"
    assert curve.loc[march, "share_reported"] == 1
    assert curve.loc[february, ["due", "reported"]].tolist() == [1, 1]


def test_months_without_a_report_are_told() -> None:
    held = projects({}, {})
    told = reports((1, D(2026, 2, 26), 10, 1), (2, D(2026, 2, 26), 10, 1), (1, D(2026, 3, 26), 20, 1))
    curve = s_curve(held, milestones(), told, D(2026, 4, 30)).set_index("month")
    assert curve["share_reported"].tolist()[:4] == [0, 1, 0.5, 0]
    assert curve.loc[pd.Timestamp(2026, 3, 1), "earned_yuan"] == 300, "the silent one keeps what it last told"


def test_a_project_reported_complete_is_due_no_more() -> None:
    told = reports((1, D(2026, 2, 26), 100, 1))
    curve = s_curve(projects({}), milestones(), told, D(2026, 4, 30)).set_index("month")
    assert curve["due"].tolist()[:4] == [1, 1, 0, 0]


def test_the_last_point_is_the_earned_value_of_the_day() -> None:
    held = projects({}, {"budget_yuan": 300.0}, {"state": "cancelled"})
    told = reports((1, D(2026, 5, 26), 30, 200), (2, D(2026, 6, 20), 70, 100), (3, D(2026, 6, 20), 70, 100))
    day = D(2026, 6, 30)
    last = s_curve(held, milestones(), told, day).set_index("on").loc[pd.Timestamp(day)]
    stood = earned_value(held, milestones(), told, day)
    for name, column in (("planned_yuan", "pv_yuan"), ("earned_yuan", "ev_yuan"), ("paid_yuan", "ac_yuan")):
        assert last[name] == pytest.approx(stood[column].sum())


def test_without_a_plan_there_is_no_curve() -> None:
    assert s_curve(projects({"planned_start": None}), milestones(), reports(), D(2026, 1, 1)).empty
