"""The library summed up for leaders: standing, decisions, the month."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.progress.leading import (
    Decision,
    Limits,
    by_unit,
    data_day,
    library_decisions,
    month,
    standing,
)
from layers.codes import LibraryState

DAY = dt.date(2025, 6, 30)


def project(code: str = "a", **given: object) -> dict[str, object]:
    usual = {
        "code": code,
        "name": f"项目{code}",
        "admin_code": "441881103201",
        "department": "县水利局",
        "state": "started",
        "budget_yuan": 1000.0,
        "planned_start": dt.date(2025, 1, 1),
        "planned_finish": dt.date(2025, 12, 31),
        "percent": float("nan"),
        "paid_yuan": float("nan"),
        "paid_before": float("nan"),
        "period": None,
        "told_on": DAY,
        "waiting_id": None,
        "waiting_since": None,
        "state_since": None,
    }
    return usual | given


def frame(*projects: dict[str, object]) -> pd.DataFrame:
    found = pd.DataFrame(projects, columns=list(project()), dtype=object)
    return found.astype(dict.fromkeys(("budget_yuan", "percent", "paid_yuan", "paid_before"), float))


def test_progress_is_weighted_by_budget_and_unknown_is_not_nothing() -> None:
    found = standing(
        frame(
            project("a", budget_yuan=3000, percent=50, paid_yuan=1200),
            project("b", budget_yuan=1000, percent=90, paid_yuan=800),
            project("c", budget_yuan=1000, state="planned"),  # nothing accepted: not known
            project("d", budget_yuan=9000),  # begun, nothing accepted yet: not known
            project("e", budget_yuan=7000, state="cancelled", percent=10, paid_yuan=700),
            project("f", budget_yuan=1000, state="accepted", percent=100, paid_yuan=1000),
        )
    )
    assert (found.number, found.begun, found.done, found.accepted, found.known) == (5, 3, 1, 1, 3)
    assert found.percent == pytest.approx((3000 * 50 + 1000 * 90 + 1000 * 100) / 5000)
    assert (found.budget_yuan, found.paid_yuan) == (15_000, 3000)
    assert found.paid_share == pytest.approx(3000 / 5000), "of budgets of which payments are known"


def test_nothing_stands_nowhere() -> None:
    found = standing(frame())
    assert (found.number, found.percent, found.paid_share) == (0, None, None)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["441881103201", "441821100201", "441821101000"]),
            st.sampled_from([str(state) for state in LibraryState]),
            st.integers(1, 10**9),
            st.floats(0, 100),
        ),
        max_size=12,
    )
)
def test_the_parts_make_the_whole(drawn: list[tuple[str, str, int, float]]) -> None:
    projects = frame(
        *(
            project(str(n), admin_code=code, state=state, budget_yuan=budget, percent=percent, paid_yuan=1)
            for n, (code, state, budget, percent) in enumerate(drawn)
        )
    )
    whole = standing(projects)
    parts = by_unit(projects, ["441881000000", "441821000000"], 6).values()
    for name in ("number", "begun", "done", "accepted", "budget_yuan", "paid_yuan", "known"):
        assert getattr(whole, name) == sum(getattr(part, name) for part in parts)
    if whole.percent is not None:
        assert 0 <= whole.percent <= 100 + 1e-9


def test_what_needs_a_decision() -> None:
    found = library_decisions(
        frame(
            project("late", planned_finish=DAY - dt.timedelta(days=30)),
            project("today", planned_finish=DAY),
            project("later", planned_finish=DAY - dt.timedelta(days=90), department=None),
            project("done", planned_finish=DAY - dt.timedelta(days=90), state="finished"),
            project("still", told_on=DAY - dt.timedelta(days=46)),
            project("quiet", told_on=DAY - dt.timedelta(days=45)),
            project("never", told_on=None, planned_start=DAY - dt.timedelta(days=60)),
            project("paused", state="suspended", state_since=DAY - dt.timedelta(days=12)),
            project("unsaid", state="suspended", told_on=None),
            project("sent", waiting_id=7, waiting_since=DAY - dt.timedelta(days=11)),
            project("fresh", waiting_id=8, waiting_since=DAY - dt.timedelta(days=10)),
        ),
        DAY,
        DAY,
        Limits(45, 10),
    )
    told = [(row.kind, row.code, row.days) for row in found.itertuples()]
    assert told == [
        ("overdue", "later", 90),
        ("overdue", "late", 30),
        ("suspended", "paused", 12),
        ("suspended", "unsaid", None),
        ("stalled", "never", 60),
        ("stalled", "still", 46),
        ("waiting", "sent", 11),
    ]
    assert found.set_index("code").loc["sent", "report_id"] == 7
    assert found.set_index("code").loc["later", "who"] is None
    assert set(found["kind"]) <= {str(kind) for kind in Decision}


def test_a_report_waits_as_long_as_others_come_in_after_it() -> None:
    handed_on = DAY + dt.timedelta(days=100)
    projects = frame(project("a", waiting_id=1, waiting_since=DAY), project("b"))
    found = library_decisions(projects, DAY, handed_on, Limits())
    assert [(row.kind, row.code, row.days) for row in found.itertuples()] == [("waiting", "a", 100)]


def test_a_project_may_need_several_decisions() -> None:
    one = project(
        "a", planned_finish=DAY - dt.timedelta(days=50), told_on=DAY - dt.timedelta(days=50), waiting_id=1,
        waiting_since=DAY - dt.timedelta(days=50),
    )  # fmt: skip
    assert list(library_decisions(frame(one), DAY, DAY, Limits())["kind"]) == [
        "overdue",
        "stalled",
        "waiting",
    ]


def test_the_month_counts_its_own_payments_and_changes() -> None:
    begin = dt.date(2025, 6, 1)
    projects = frame(
        project("a", period=begin, paid_yuan=900, paid_before=400),
        project("b", period=begin, paid_yuan=100),
        project("c", period=dt.date(2025, 5, 1), paid_yuan=5000, paid_before=1),
        project("d"),
    )
    states = pd.DataFrame(
        [
            ("a", "甲", "441881103201", "started", "finished", dt.date(2025, 6, 3)),
            ("b", "乙", "441881103201", "approved", "started", dt.date(2025, 6, 30)),
            ("c", "丙", "441881103201", "approved", "started", dt.date(2025, 5, 31)),
            ("d", "丁", "441881103201", "approved", "started", dt.date(2025, 7, 1)),
        ],
        columns=["code", "name", "admin_code", "before", "after", "happened_on"],
    )
    found = month(projects, states, DAY)
    assert (found.begin, found.reports, found.paid_yuan) == (begin, 2, 500)
    assert (found.first_reports, found.first_paid_yuan) == (1, 100), "of b nobody knows when it was paid"
    assert list(found.states["code"]) == ["b", "a"]


def test_a_month_in_which_nothing_happened() -> None:
    states = pd.DataFrame(columns=["code", "name", "admin_code", "before", "after", "happened_on"])
    found = month(frame(), states, DAY)
    assert (found.reports, found.paid_yuan, len(found.states)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("as_of", "reported", "expected"),
    [
        (None, None, DAY),
        (dt.date(2025, 3, 31), None, dt.date(2025, 3, 31)),
        (dt.date(2025, 3, 31), dt.date(2025, 4, 28), dt.date(2025, 4, 28)),
        (dt.date(2025, 3, 31), dt.date(2026, 4, 28), DAY),
    ],
)
def test_the_datas_day(as_of: dt.date | None, reported: dt.date | None, expected: dt.date) -> None:
    assert data_day(DAY, as_of, reported) == expected
