"""What is done and paid of the budgets means the same on the leaders' page, in tracking and as an indicator."""

import datetime as dt
import math

import pandas as pd
import pytest

from analysis.progress import leading, measures
from analysis.progress.earned_value import earned_value, summed
from analysis.progress.shares import shares, shares_by
from layers import indicator
from tests.analysis.progress.portfolio import milestones, projects, reports

D = dt.date
DAY = D(2026, 7, 2)
VILLAGES = pd.Index(["441881103201", "441881103202"])
# Reported; reported without a plan; never reported; cancelled.
LIBRARY = projects(
    {"budget_yuan": 1_000.0},
    {"budget_yuan": 3_000.0, "planned_start": None, "planned_finish": None, "admin_code": VILLAGES[1]},
    {"budget_yuan": 6_000.0},
    {"budget_yuan": 9_000.0, "state": "cancelled"},
)
TOLD = reports((1, D(2026, 6, 28), 50, 400), (2, D(2026, 6, 28), 10, 600), (4, D(2026, 6, 28), 90, 9_000))
PERCENT, PAID_SHARE = (50 * 1_000 + 10 * 3_000) / 4_000, 1_000 / 4_000


def test_the_leaders_page_tracking_and_the_indicators_say_the_same() -> None:
    newest = TOLD.set_index("project_id")[["percent", "paid_yuan"]]
    stands = leading.standing(LIBRARY.join(newest))
    assert (stands.percent, stands.paid_share) == (pytest.approx(PERCENT), pytest.approx(PAID_SHARE))
    assert (stands.known, stands.number, stands.budget_yuan) == (2, 3, 10_000)

    tracked = summed(earned_value(LIBRARY, milestones(), TOLD, DAY), ["all"] * 3).iloc[0]
    assert (tracked["percent"], tracked["paid_share"]) == (pytest.approx(PERCENT), pytest.approx(PAID_SHARE))

    stood = measures.standing(LIBRARY, milestones(), TOLD, DAY)
    declared = [indicator(name) for name in ("project_percent", "project_paid_share")]
    sums = measures.parts_of(stood, declared, VILLAGES, DAY).groupby("indicator_id").sum(numeric_only=True)
    measured = (sums["numerator"] / sums["denominator"]).to_dict()
    assert measured == {
        "project_percent": pytest.approx(PERCENT / 100),
        "project_paid_share": pytest.approx(PAID_SHARE),
    }


def test_groups_are_summed_like_the_whole_and_nothing_known_is_no_share() -> None:
    held = LIBRARY.join(TOLD.set_index("project_id")[["percent", "paid_yuan"]])
    found = shares_by(held, ["a", "a", "b", None])
    assert list(found.index) == ["a", "b"]
    assert found.loc["a", "paid_share"] == shares(held.iloc[:2]).paid_share == PAID_SHARE
    assert (found.loc["b", "known"], found.loc["b", "known_yuan"]) == (0, 0)
    assert math.isnan(found.loc["b", "percent"]) and math.isnan(found.loc["b", "paid_share"])
    assert shares(held.iloc[2:3]).percent is None
