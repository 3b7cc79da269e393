"""The check of a network: its parts, who is cut off and why, ends that nearly meet, crossings."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from analysis.network import Travel
from analysis.network_check import NetworkCheck, Why, check_network
from tests.analysis.square_county import A1, A2, B1, county, lines, points
from tests.analysis.test_travel import TRAVEL

DEG_LAT_M = 110_770.0
"""Metres in a degree of latitude at 24° N."""


def roads(**paths: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    """Roads of A1 by segment number; those whose number begins with N are a neighbour's."""
    rows = [("441999001201" if number.startswith("N") else A1, path) for number, path in paths.items()]
    return lines(
        rows, segment_no=list(paths), technical_class=["2"] * len(rows), road_class=["C"] * len(rows),
        surface=["cement"] * len(rows), condition=["good"] * len(rows),
    )  # fmt: skip


def settlements(*rows: tuple[str, float, float]) -> gpd.GeoDataFrame:
    return points(
        rows, name=[f"村{i}" for i in range(len(rows))], population=[10.0 * (i + 1) for i in range(len(rows))]
    )


def seats(*rows: tuple[str, float, float]) -> gpd.GeoDataFrame:
    return points(rows, name=[f"驻地{i}" for i in range(len(rows))])


SEAT = ("441802001000", 113.005, 24.01)
NORTH_M = 20.0
"""How far the second road ends from the first."""
NETWORK = {
    "L1": [(113.002, 24.01), (113.018, 24.01)],
    "L2": [(113.01, 24.01 + NORTH_M / DEG_LAT_M), (113.01, 24.02)],
    "L3": [(113.015, 24.005), (113.015, 24.015)],
    "N4": [(113.05, 24.05), (113.06, 24.05)],
}
PLACES = [(A1, 113.007, 24.01), (A2, 113.01, 24.02), (A2, 113.02, 24.06), (B1, 113.035, 24.035)]


def checked(*given: tuple[str, float, float]) -> NetworkCheck:
    return check_network(
        county(), roads(**NETWORK), settlements(*PLACES), seats(*(given or (SEAT,))), Travel.of(TRAVEL)
    )


def test_parts_are_told_with_their_length_and_people() -> None:
    parts = checked().parts
    assert len(parts) == 3, "the neighbour's road is not judged"
    assert parts["km"].is_monotonic_decreasing
    assert parts["km"].to_numpy() == pytest.approx([0.016 * 101.7, 0.01 * 110.77, 1.0877], rel=2e-3)
    whole = parts.iloc[0]
    assert whole[["roads", "seats", "settlements", "people", "cut_off_people"]].tolist() == [1, 1, 1, 10, 0]
    second = parts[parts["settlements"].eq(1) & parts["seats"].eq(0)].iloc[0]
    assert second[["people", "cut_off_people"]].tolist() == [20, 20]
    assert parts.loc[0, ["lon", "lat"]].tolist() == pytest.approx([113.01, 24.01], abs=1e-5)


def test_the_unconnected_and_why() -> None:
    check = checked()
    assert check.unconnected["name"].tolist() == ["村2", "村1"], "most people first"
    assert check.unconnected["why"].tolist() == [Why.TOO_FAR, Why.CUT_OFF]
    assert check.unconnected["gap_m"].to_numpy() == pytest.approx([3235, 0], rel=0.01, abs=1e-3)
    assert check.unconnected.loc[1, ["lon", "lat"]].tolist() == [113.01, 24.02]
    assert check.townships_without_seat == ("441802002",), "so nothing is said of village B1"
    assert check.settlements == 4
    assert check.far_seats.empty


def test_a_seat_that_no_road_reaches() -> None:
    check = checked(("441802001000", 113.005, 24.06))
    assert check.far_seats["gap_m"].to_numpy() == pytest.approx([4460], rel=0.02)
    assert set(check.unconnected["why"]) == {Why.SEAT_TOO_FAR, Why.TOO_FAR}
    assert len(check.unconnected) == 3


def test_ends_that_nearly_join_and_crossings() -> None:
    check = checked()
    assert check.near_misses[["segment_no", "other_segment_no", "joins_parts"]].to_numpy().tolist() == [
        ["L2", "L1", True]
    ]
    assert check.near_misses["gap_m"].to_numpy() == pytest.approx([NORTH_M], rel=5e-3)
    assert check.near_misses.loc[0, ["lon", "lat"]].tolist() == pytest.approx(
        [113.01, 24.01 + NORTH_M / DEG_LAT_M], abs=1e-6
    )
    assert check.crossings[["segment_no", "other_segment_no"]].to_numpy().tolist() == [["L1", "L3"]]
    assert check.crossings.loc[0, ["lon", "lat"]].tolist() == pytest.approx([113.015, 24.01], abs=1e-5)


def test_a_joined_end_is_no_near_miss() -> None:
    joined = {**NETWORK, "L2": [(113.01, 24.01 + 3 / DEG_LAT_M), (113.01, 24.02)]}
    check = check_network(county(), roads(**joined), settlements(*PLACES), seats(SEAT), Travel.of(TRAVEL))
    assert check.near_misses.empty
    assert len(check.parts) == 2
    assert check.unconnected["name"].tolist() == ["村2"]


def test_nothing_to_look_at() -> None:
    empty = check_network(
        county(), roads(**NETWORK)[:0], settlements(*PLACES)[:0], seats(SEAT)[:0], Travel.of(TRAVEL)
    )
    tables = (empty.parts, empty.unconnected, empty.far_seats, empty.near_misses, empty.crossings)
    assert all(isinstance(table, pd.DataFrame) and table.empty for table in tables)
    assert empty.settlements == 0
    no_roads = check_network(
        county(), roads(**NETWORK)[:0], settlements(*PLACES), seats(SEAT), Travel.of(TRAVEL)
    )
    assert np.isinf(no_roads.unconnected["gap_m"]).all()
