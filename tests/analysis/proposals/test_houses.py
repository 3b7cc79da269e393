"""Batches of houses: worked cases, what is kept back, and what holds for any county."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from analysis.housing import cut_slope_outstanding, outstanding
from analysis.proposals.houses import propose_houses
from analysis.proposals.model import Proposal
from layers.codes import CandidateKind
from tests.analysis.proposals.metres import PRICES, settlements
from tests.analysis.square_county import A1, A2, B1, CENTRES, CRS, VILLAGES, county

# The county's day is 30 June 2024.
LATE, SOON = dt.date(2024, 6, 29), dt.date(2024, 6, 30)
House = tuple[str, str, str, bool | None, str | None, dt.date | None]


def houses(*rows: House) -> gpd.GeoDataFrame:
    """Houses of (village, grade, state, cut slope, income category, due date)."""
    columns = list(zip(*rows, strict=True)) or [()] * 6
    return gpd.GeoDataFrame(
        {
            "admin_code": pd.Series(columns[0], dtype="str"),
            "grade": pd.Series(columns[1], dtype="str"),
            "state": pd.Series(columns[2], dtype="str"),
            "cut_slope": pd.Series(columns[3], dtype="boolean"),
            "income_category": pd.Series(columns[4], dtype="str"),
            "due_on": pd.Series(np.array(columns[5], dtype="datetime64[s]")),
        },
        geometry=[shapely.Point(CENTRES[code]) for code in columns[0]],
        crs=CRS,
    )


VILLAGERS = settlements(
    (-1000, -1000), (-900, -1000), (1000, -1000), households=[30, 20, 10], people=[120, 100, 30]
)
"""A1 has 220 people in 50 households, 4.4 to one; B1 3; the county 250 in 60, 4.1667."""


def proposed(frame: gpd.GeoDataFrame, territory=None, **options) -> Proposal:
    return propose_houses(territory or county(), frame, VILLAGERS, None, PRICES, **options)


def test_worked_case_of_a_village() -> None:
    frame = houses(
        (A1, "D", "appraised", False, "minimum_living", SOON),  # 2 + 1 = 3: urgent, 50 000
        (A1, "D", "planned", True, "none", None),  # 2 + 1 = 3: urgent, 50 000, its slope is left behind
        (A1, "C", "found", True, "destitute", LATE),  # 1 + 1 + 1 = 3: urgent, 20 000 + 30 000
        (A1, "C", "appraised", None, None, LATE),  # 1: other, 20 000
        (A1, "D", "under_way", None, "none", SOON),  # 2: other, 50 000
        (A1, "A", "appraised", True, "low_income", None),  # 2: other, slope alone, 30 000
        (A1, "B", "appraised", False, "destitute", LATE),  # sound: not counted
        (A1, "D", "accepted", True, "destitute", LATE),  # done
        (A1, "C", "demolished", True, None, LATE),
    )
    other, urgent = proposed(frame).candidates
    assert (urgent.no, urgent.kind) == (f"H-{A1}-urgent", CandidateKind.HOUSE_RENOVATION)
    assert (urgent.size, urgent.unit, urgent.cost_yuan) == (3, "houses", 150_000)
    assert urgent.cost_parts == {
        "house_c": (1, 20_000), "house_d": (2, 100_000), "house_cut_slope": (1, 30_000),
    }  # fmt: skip
    assert urgent.people == pytest.approx(3 * 4.4)
    assert (other.no, other.size, other.cost_yuan) == (f"H-{A1}-other", 3, 100_000)
    assert {one.key for c in (urgent, other) for one in c.served} == {
        f"housing:{A1}-urgent", f"housing:{A1}-other",
    }, "different people"  # fmt: skip


def test_mean_household_of_the_village_or_the_county() -> None:
    rows = [(code, "C", "found", False, None, None) for code in (A1, A2, B1)]
    a1, a2, b1 = proposed(houses(*rows)).candidates
    assert [a1.people, a2.people, b1.people] == pytest.approx([4.4, 250 / 60, 3.0])
    assert "county_household_size" in a2.assumptions
    assert "county_household_size" not in a1.assumptions


def test_titles_relocation_and_places() -> None:
    territory = county()
    territory.units["name"] = [f"村{code[-3:]}" for code in territory.codes]
    frame = houses((A1, "D", "found", True, None, None), (A2, "C", "found", None, None, None))
    a1, a2 = proposed(frame, territory, relocation=frozenset({A2})).candidates
    assert (a1.name, a2.name) == ("村201急需危房改造", "村202其余危房改造")
    assert (a1.relocation, a2.relocation) == (False, True)
    assert a1.name != proposed(frame).candidates[0].name == f"{A1}急需危房改造"


def test_no_house_can_be_found_from_a_candidate() -> None:
    frame = houses((A1, "D", "found", True, "destitute", LATE)).assign(household_no="NF1", householder="张三")
    frame = frame.set_geometry([shapely.Point(113.0012, 24.0034)])
    (one,) = proposed(frame.set_crs(CRS)).candidates
    assert one.geometry.equals(county().units.loc[A1].geometry.representative_point())
    told = repr(one)
    assert "NF1" not in told and "张三" not in told and "destitute" not in told
    assert "village_point" in one.assumptions


def test_none_outstanding() -> None:
    assert proposed(houses()) == Proposal(())
    assert proposed(houses((A1, "D", "occupied", True, None, None))) == Proposal(())


HOUSE = st.tuples(
    st.sampled_from([*VILLAGES, "441999001201"]),
    st.sampled_from("ABCD"),
    st.sampled_from(["found", "appraised", "planned", "under_way", "accepted", "demolished"]),
    st.sampled_from([True, False, None]),
    st.sampled_from(["none", "minimum_living", None]),
    st.sampled_from([LATE, SOON, None]),
)


def anywhere(rows: list[House]) -> gpd.GeoDataFrame:
    frame = houses(*[(A1, *row[1:]) for row in rows])
    frame["admin_code"] = pd.Series([row[0] for row in rows], dtype="str")
    return frame


@given(st.lists(HOUSE, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_a_permutation_of_rows_changes_nothing(rows, shuffler) -> None:
    frame, order = anywhere(rows), list(range(len(rows)))
    shuffler.shuffle(order)
    assert proposed(frame.iloc[order]) == proposed(frame)


@given(st.lists(HOUSE, min_size=1, max_size=30))
def test_houses_are_those_of_the_indicators(rows) -> None:
    frame = anywhere(rows)
    closed = ["accepted", "occupied", "demolished", "relocated"]
    dangerous = outstanding(county(), frame, grades=["C", "D"], closed=closed).frame["numerator"].sum()
    of_grade = dict.fromkeys(("house_c", "house_d", "house_cut_slope"), 0.0)
    for one in proposed(frame).candidates:
        assert one.cost_yuan == sum(yuan for _, yuan in one.cost_parts.values())
        for id_, (count, _) in one.cost_parts.items():
            of_grade[id_] += count
    assert of_grade["house_c"] + of_grade["house_d"] == dangerous
    slopes = cut_slope_outstanding(county(), frame, closed=closed).frame["numerator"].sum()
    cut_d = frame["grade"].eq("D") & frame["cut_slope"].fillna(False) & ~frame["state"].isin(closed)
    cut_d &= frame["admin_code"].isin(VILLAGES)
    assert of_grade["house_cut_slope"] == slopes - cut_d.sum()
