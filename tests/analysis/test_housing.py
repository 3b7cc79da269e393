"""Dangerous housing: outstanding, overdue, completed."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analysis.housing import (
    completion,
    cut_slope_outstanding,
    days_to_acceptance,
    outstanding,
    outstanding_per_1000,
    overdue,
)
from tests.analysis.square_county import A1, A2, B1, B2, county, points

GRADES, CLOSED = ["C", "D"], ["accepted", "occupied", "demolished", "relocated"]


@pytest.fixture
def houses() -> pd.DataFrame:
    rows = [
        (A1, "D", "planned", True, "2023-01-01", "2024-06-29", None),
        (A1, "C", "accepted", False, "2023-01-01", "2024-01-01", "2023-04-11"),
        (A1, "C", "under_way", None, "2023-01-01", "2024-06-30", None),
        (A1, "B", "found", True, "2023-01-01", "2023-06-30", None),
        (A1, "D", "appraised", False, "2023-01-01", None, None),
        (A1, "D", "occupied", False, "2023-01-01", "2024-01-01", "2024-07-01"),
        (A1, "D", "occupied", False, "2024-01-01", "2024-01-01", "2023-07-01"),
    ]
    names = ["admin_code", "grade", "state", "cut_slope", "found_on", "due_on", "accepted_on"]
    frame = pd.DataFrame(rows, columns=names).astype({"cut_slope": "boolean"})
    for name in names[4:]:
        frame[name] = pd.to_datetime(frame[name])
    return frame


def test_outstanding_by_hand(houses: pd.DataFrame) -> None:
    found = outstanding(county(), houses, grades=GRADES, closed=CLOSED).frame["numerator"]
    assert found.loc[A1] == 3
    assert found.loc[A2] == 0, "its township reported houses, so none here is none"
    assert found.loc[[B1, B2]].isna().all(), "a township without any report is no data"


def test_per_1000_households(houses: pd.DataFrame) -> None:
    settlements = points([(A1, 113.01, 24.01), (A1, 113.01, 24.011)], households=[40.0, 20.0])
    found = outstanding_per_1000(county(), houses, settlements, grades=GRADES, closed=CLOSED).frame
    assert found.loc[A1].tolist() == [3, 0.06]
    assert found.loc[[A2, B1]].isna().all(axis=None), "no households known, no rate"


def test_completion_keeps_a_reported_village_without_dangerous_houses(houses: pd.DataFrame) -> None:
    found = completion(county(), houses, grades=GRADES, closed=CLOSED).frame
    assert found.loc[A1].tolist() == [3, 6]
    assert found.loc[A2].tolist() == [0, 0]
    assert found.loc[[B1, B2]].isna().all(axis=None)


def test_cut_slope_counts_any_grade(houses: pd.DataFrame) -> None:
    found = cut_slope_outstanding(county(), houses, closed=CLOSED).frame["numerator"]
    assert found.loc[[A1, A2]].tolist() == [2, 0]
    untold = cut_slope_outstanding(county(), houses.assign(cut_slope=pd.NA), closed=CLOSED).frame
    assert untold.isna().all(axis=None)


@pytest.mark.parametrize(("as_of", "expected"), [("2024-06-30", 1), ("2024-07-01", 2), ("2024-06-29", 0)])
def test_overdue_from_the_day_after(houses: pd.DataFrame, as_of: str, expected: int) -> None:
    found = overdue(county(dt.date.fromisoformat(as_of)), houses, grades=GRADES, closed=CLOSED).frame
    assert found.loc[A1, "numerator"] == expected


def test_overdue_is_unknown_where_no_outstanding_house_has_a_due_date(houses: pd.DataFrame) -> None:
    undated = houses.iloc[[4, 1]].assign(admin_code=A2)
    found = overdue(county(), pd.concat([houses, undated]), grades=GRADES, closed=CLOSED).frame["numerator"]
    assert found.loc[A1] == 1, "one without a date beside others with one"
    assert np.isnan(found.loc[A2]), "outstanding without a date; the date of the closed house says nothing"
    closed = overdue(county(), houses.iloc[[1]].assign(due_on=pd.NaT), grades=GRADES, closed=CLOSED).frame
    assert closed.loc[[A1, A2], "numerator"].tolist() == [0, 0], "nothing outstanding, nothing overdue"


def test_days_to_acceptance_by_hand(houses: pd.DataFrame) -> None:
    found = days_to_acceptance(county(), houses, grades=GRADES).frame
    assert found.to_numpy().tolist() == [[A1, 100.0]], (
        "dates the wrong way round and future ones are left out"
    )
    later = days_to_acceptance(county(dt.date(2024, 7, 1)), houses, grades=GRADES).frame
    assert later["value"].tolist() == [100.0, 547.0]


def test_no_house_reported(houses: pd.DataFrame) -> None:
    for measure in (outstanding, completion, overdue):
        assert measure(county(), houses[:0], grades=GRADES, closed=CLOSED).frame.isna().all(axis=None)
    assert days_to_acceptance(county(), houses[:0], grades=GRADES).frame.empty
    assert np.isnan(cut_slope_outstanding(county(), houses[:0], closed=CLOSED).frame.to_numpy()).all()
