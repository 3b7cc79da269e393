"""Months by their first and last day, also over the turn of a year and in February."""

import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from base.months import month_end, month_of, months_back

D = dt.date


def test_first_and_last_day() -> None:
    assert month_of(D(2024, 2, 29)) == D(2024, 2, 1)
    assert month_end(D(2024, 2, 1)) == D(2024, 2, 29)
    assert month_end(D(2025, 12, 5)) == D(2025, 12, 31)


def test_months_go_back_over_the_turn_of_a_year() -> None:
    assert months_back(D(2026, 2, 14), 4) == [D(2026, 2, 1), D(2026, 1, 1), D(2025, 12, 1), D(2025, 11, 1)]


@given(st.dates(D(1990, 1, 1), D(2100, 1, 1)), st.integers(1, 40))
def test_each_month_follows_the_one_before(day: dt.date, number: int) -> None:
    found = months_back(day, number)
    assert len(found) == number
    assert found[0] == month_of(day)
    assert all(month_end(earlier) + dt.timedelta(days=1) == later for later, earlier in pairwise(found))
