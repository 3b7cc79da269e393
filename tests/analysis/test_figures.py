"""Figures that units report: no data is not zero."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import MissingColumn
from analysis.figures import (
    count_positive,
    difference_of_fields,
    observations,
    ratio_of_fields,
    sum_of_field,
)
from tests.analysis.square_county import A1, A2, B1, B2, VILLAGES, county

WATER = pd.DataFrame(
    {"admin_code": [A1, A2, B1], "connected": [80.0, 0.0, np.nan], "households": [100.0, 50.0, 60.0]}
)
PROJECTS = pd.DataFrame(
    {
        "admin_code": [A1, A1, A2, B1],
        "state": ["accepted", "accepted", "proposed", "accepted"],
        "saved": [10.0, 5.0, 7.0, np.nan],
        "used": [4.0, np.nan, 0.0, 1.0],
    }
)
ACCEPTED = {"state": ["accepted"]}


def test_ratio_by_hand() -> None:
    parts = ratio_of_fields(county(), WATER, numerator="connected", denominator="households").frame
    assert parts.loc[A1].tolist() == [80, 100]
    assert parts.loc[A2].tolist() == [0, 50], "zero connected is a figure"
    assert parts.loc[[B1, B2]].isna().all(axis=None), "a missing field and a missing report are no data"


def test_ratio_passes_on_the_countys_own_row() -> None:
    rows = pd.DataFrame({"admin_code": ["441802000000", "441999000000"], "r": [1.0, 2.0], "t": [10.0, 20.0]})
    parts = ratio_of_fields(county(), rows, numerator="r", denominator="t").frame
    assert parts.index.tolist() == ["441802000000", *VILLAGES], "another county's row is not ours"
    assert parts["numerator"].notna().tolist() == [True, False, False, False, False]


def test_sum_of_a_table_that_every_unit_fills_in() -> None:
    parts = sum_of_field(county(), WATER, field="connected").frame["numerator"]
    assert parts.loc[[A1, A2]].tolist() == [80, 0]
    assert parts.loc[[B1, B2]].isna().all()


def test_sum_of_a_register_of_events() -> None:
    parts = sum_of_field(county(), PROJECTS, field="saved", where=ACCEPTED, absent_is_zero=True).frame
    assert parts["numerator"].loc[[A1, A2, B2]].tolist() == [15, 0, 0]
    assert np.isnan(parts.loc[B1, "numerator"]), "an accepted project of unknown saving is unknown, not zero"


def test_empty_register_is_not_reported() -> None:
    parts = sum_of_field(county(), PROJECTS[:0], field="saved", where=ACCEPTED, absent_is_zero=True).frame
    assert parts.isna().all(axis=None)


def test_difference_counts_rows_that_know_both() -> None:
    parts = difference_of_fields(
        county(), PROJECTS, minuend="saved", subtrahend="used", where=ACCEPTED, absent_is_zero=True
    ).frame["numerator"]
    assert parts.loc[[A1, A2, B2]].tolist() == [6, 0, 0]
    assert np.isnan(parts.loc[B1])


def test_count_positive_by_hand() -> None:
    parts = count_positive(county(), WATER, field="connected").frame["numerator"]
    assert parts.loc[[A1, A2]].tolist() == [1, 0]
    assert parts.loc[[B1, B2]].isna().all()


def test_observations_leave_out_the_unknown_and_the_foreign() -> None:
    rows = pd.DataFrame(
        {"admin_code": [B1, A1, A1, A2, "441999001201"], "down": [30.0, 9.0, 4.0, np.nan, 1.0]}
    )
    found = observations(county(), rows, field="down").frame
    assert found.to_numpy().tolist() == [[A1, 4.0], [A1, 9.0], [B1, 30.0]]


def test_missing_column_is_named() -> None:
    with pytest.raises(MissingColumn, match="lacking") as caught:
        sum_of_field(county(), WATER, field="lacking")
    assert "lacking" in caught.value.sentence("en")


@given(order=st.permutations(VILLAGES), rows=st.permutations(range(len(PROJECTS))))
def test_order_changes_nothing(order: list[str], rows: list[int]) -> None:
    expected = sum_of_field(county(), PROJECTS, field="saved", absent_is_zero=True).frame
    shuffled = PROJECTS.iloc[rows].reset_index(drop=True)
    found = sum_of_field(county(order=order), shuffled, field="saved", absent_is_zero=True).frame
    pd.testing.assert_frame_equal(found, expected)
