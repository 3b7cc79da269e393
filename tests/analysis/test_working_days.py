"""Working days: weekends, announced holidays, weekend days worked instead, and years that are not announced."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

import data
from analysis.working_days import WorkingDays, read_days

ANNOUNCED = read_days(data.rows(data.WORKING_DAYS))
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2028, 1, 1))


@pytest.mark.parametrize(
    ("day", "working_days", "due"),
    [
        ("2026-11-23", 1, "2026-11-24"),
        ("2026-11-23", 5, "2026-11-30"),
        ("2026-11-28", 1, "2026-11-30"),
        ("2026-11-23", 10, "2026-12-07"),
        ("2026-11-23", 15, "2026-12-14"),
        # 国庆节 2026: 1 to 7 October off, 20 September and 10 October worked.
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-09-30", 4, "2026-10-12"),
        ("2026-09-18", 1, "2026-09-20"),
        # 春节 2026: Saturday 14 February is worked, then nine days are off.
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2025-01-27", 1, "2025-02-05"),
        ("2025-09-30", 1, "2025-10-09"),
    ],
)
def test_days_that_count(day: str, working_days: int, due: str) -> None:
    assert ANNOUNCED.due_after(dt.date.fromisoformat(day), working_days) == dt.date.fromisoformat(due)


def test_announced_years_have_their_number_of_days() -> None:
    """33 days off in 2026 and 28 in 2025, weekends among them, by the notices; worked days are all weekend days."""
    off = [sum(day.year == year for day in ANNOUNCED.off) for year in (2025, 2026)]
    assert off == [1 + 8 + 3 + 5 + 3 + 8, 3 + 9 + 3 + 5 + 3 + 3 + 7]
    assert all(day.weekday() >= 5 for day in ANNOUNCED.worked)
    assert [sum(day.year == year for day in ANNOUNCED.worked) for year in (2025, 2026)] == [5, 6]
    assert ANNOUNCED.knows(dt.date(2026, 12, 31)) and not ANNOUNCED.knows(dt.date(2027, 1, 1))


@given(DAYS, st.integers(1, 120))
def test_a_due_day_is_a_working_day_with_as_many_before_it(day: dt.date, working_days: int) -> None:
    due = ANNOUNCED.due_after(day, working_days)
    between = [day + dt.timedelta(days=n) for n in range(1, (due - day).days + 1)]
    assert ANNOUNCED.is_working(due)
    assert sum(ANNOUNCED.is_working(one) for one in between) == working_days


@given(DAYS)
def test_without_holidays_the_week_counts(day: dt.date) -> None:
    assert WorkingDays().is_working(day) is (day.weekday() < 5)


@pytest.mark.parametrize(
    "row", [{"day": "2026-13-01", "is": "off"}, {"day": "2026-01-01", "is": "frei"}, {"day": "x"}]
)
def test_a_wrong_line_is_named(row: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="line 3"):
        read_days([{"day": "2026-01-01", "is": "off"}, row])
