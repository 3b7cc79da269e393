"""Hardened length inside villages, and distances to hardened roads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import CrsMismatch
from analysis.roads import (
    distance_to_hardened,
    hardened_share,
    mean_distance_to_hardened,
    share_near_hardened,
)
from tests.analysis.square_county import A1, A2, B1, B2, county, geodesic_m, lines, points

HARDENED = ["cement", "asphalt"]


def roads(*rows: tuple[str, list[tuple[float, float]], str | None], road_class: str = "C"):
    return lines(
        [r[:2] for r in rows], surface=[r[2] for r in rows], road_class=[road_class] * len(rows)
    ).astype({"surface": "str"})


def share(frame) -> dict[str, float]:
    parts = hardened_share(county(), frame, road_classes=["C"], hardened=HARDENED).frame
    return (parts["numerator"] / parts["denominator"]).to_dict()


def test_line_wholly_inside_has_its_geodesic_length() -> None:
    start, end = (113.003, 24.004), (113.017, 24.012)
    parts = hardened_share(
        county(), roads((B2, [start, end], "cement")), road_classes=["C"], hardened=HARDENED
    ).frame
    assert parts.loc[A1, "denominator"] == pytest.approx(geodesic_m(start, end), rel=1e-5)
    assert parts.loc[A1, "numerator"] == parts.loc[A1, "denominator"]
    assert parts.drop(A1).isna().all(axis=None), "a road counts where it lies, not where it is filed"


def test_line_across_a_border_is_cut_there() -> None:
    crossing = roads((A1, [(113.016, 24.01), (113.032, 24.01)], "cement"))
    parts = hardened_share(county(), crossing, road_classes=["C"], hardened=HARDENED).frame["denominator"]
    whole = geodesic_m((113.016, 24.01), (113.032, 24.01))
    assert parts.loc[[A1, B1]].to_numpy() == pytest.approx([whole / 4, whole * 3 / 4], rel=1e-4)


def test_line_along_a_border_counts_once() -> None:
    along = roads((A1, [(113.02, 24.002), (113.02, 24.018)], "earth"))
    parts = hardened_share(county(), along, road_classes=["C"], hardened=HARDENED).frame["denominator"]
    assert parts.sum() == pytest.approx(geodesic_m((113.02, 24.002), (113.02, 24.018)), rel=1e-5)
    assert parts.loc[A1] == pytest.approx(parts.loc[B1])


def test_line_beyond_the_county_counts_its_inner_part() -> None:
    leaving = roads((A1, [(112.99, 24.01), (113.01, 24.01)], "gravel"))
    parts = hardened_share(county(), leaving, road_classes=["C"], hardened=HARDENED).frame
    assert parts.loc[A1, "numerator"] == 0
    assert parts.loc[A1, "denominator"] == pytest.approx(geodesic_m((113, 24.01), (113.01, 24.01)), rel=1e-4)


def test_unknown_surfaces_and_other_classes_are_left_out() -> None:
    inside = [(113.003, 24.01), (113.008, 24.01)]
    assert np.isnan(share(roads((A1, inside, None)))[A1])
    assert np.isnan(share(roads((A1, inside, "cement"), road_class="G"))[A1])
    mixed = roads((A1, inside, "cement"), (A1, inside, "earth"), (A1, inside, None))
    assert share(mixed)[A1] == pytest.approx(0.5)


def settlements():
    return points(
        [(A1, 113.01, 24.01), (A1, 113.01, 24.015), (A2, 113.01, 24.03), (B1, 113.03, 24.01)],
        households=[30.0, 10.0, np.nan, 40.0],
        population=[120.0, 40.0, 80.0, 160.0],
    )


MERIDIAN = (A1, [(113.0, 24.0), (113.0, 24.04)], "asphalt")
EARTH = (A1, [(113.0, 24.011), (113.04, 24.011)], "earth")


def test_distances_by_hand() -> None:
    found = distance_to_hardened(county(), roads(MERIDIAN, EARTH), settlements(), hardened=HARDENED).frame
    near = geodesic_m((113.0, 24.01), (113.01, 24.01))
    assert found["admin_code"].tolist() == [A1, A1, A2], "township B reported no road"
    assert found["value"].to_numpy() == pytest.approx([near] * 3, rel=2e-4)
    mean = mean_distance_to_hardened(county(), roads(MERIDIAN, EARTH), settlements(), hardened=HARDENED).frame
    assert mean.loc[A1].tolist() == pytest.approx([2 * near, 2.0], rel=2e-4)
    assert mean.loc[[B1, B2]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("distance_m", "min_households", "weight", "expected"),
    [
        (1100, 0, None, {A1: [2, 2], A2: [1, 1]}),
        (900, 0, None, {A1: [0, 2], A2: [0, 1]}),
        (1100, 20, None, {A1: [1, 1], A2: [np.nan, np.nan]}),
        (1100, 0, "population", {A1: [160, 160], A2: [80, 80]}),
    ],
)
def test_share_near_hardened_by_hand(distance_m, min_households, weight, expected) -> None:
    parts = share_near_hardened(
        county(), roads(MERIDIAN, EARTH), settlements(),
        distance_m=distance_m, hardened=HARDENED, min_households=min_households, weight=weight,
    ).frame  # fmt: skip
    for code, values in expected.items():
        assert parts.loc[code].tolist() == pytest.approx(values, nan_ok=True)


def test_no_hardened_road_in_reach_means_no_distance_but_no_coverage_either() -> None:
    only_earth = roads(EARTH)
    assert distance_to_hardened(county(), only_earth, settlements(), hardened=HARDENED).frame.empty
    parts = share_near_hardened(
        county(), only_earth, settlements(), distance_m=50, hardened=HARDENED, min_households=0, weight=None
    ).frame
    assert parts.loc[A1].tolist() == [0, 2]


def test_neighbours_road_counts() -> None:
    beyond = ("441999001201", [(113.012, 24.0), (113.012, 24.04)], "cement")
    parts = share_near_hardened(
        county(), roads(EARTH, beyond), settlements(),
        distance_m=300, hardened=HARDENED, min_households=0, weight=None,
    ).frame  # fmt: skip
    assert parts.loc[A1].tolist() == [2, 2]


def test_empty_frames_have_no_data() -> None:
    assert np.isnan(list(share(roads(EARTH)[:0]).values())).all()
    found = distance_to_hardened(county(), roads(EARTH)[:0], settlements()[:0], hardened=HARDENED).frame
    assert found.empty


def test_crs_mismatch_raises() -> None:
    with pytest.raises(CrsMismatch):
        hardened_share(county(), roads(EARTH).to_crs(4547), road_classes=["C"], hardened=HARDENED)
    with pytest.raises(CrsMismatch):
        distance_to_hardened(county(), roads(EARTH), settlements().to_crs(4547), hardened=HARDENED)


LON, LAT = st.floats(112.99, 113.05), st.floats(23.99, 24.05)
ROAD = st.tuples(
    st.sampled_from([A1, A2, B1, B2]),
    st.lists(st.tuples(LON, LAT), min_size=2, max_size=5, unique=True),
    st.sampled_from(["cement", "earth", None]),
)


@given(existing=st.lists(ROAD, min_size=1, max_size=8), added=ROAD)
def test_adding_a_hardened_road_never_lowers_a_share(existing, added) -> None:
    before = roads(*existing)
    after = roads(*existing, (added[0], added[1], "cement"))
    for measured in (_hardened_ratio, _near_ratio):
        was, now = measured(before), measured(after)
        known = was.notna()
        assert (now[known] >= was[known] - 1e-9).all()
        assert now.dropna().between(0, 1 + 1e-9).all()


def _hardened_ratio(frame):
    parts = hardened_share(county(), frame, road_classes=["C"], hardened=HARDENED).frame
    return parts["numerator"] / parts["denominator"]


def _near_ratio(frame):
    parts = share_near_hardened(
        county(),
        frame,
        settlements(),
        distance_m=500,
        hardened=HARDENED,
        min_households=0,
        weight="population",
    ).frame
    return parts["numerator"] / parts["denominator"]


@given(existing=st.lists(ROAD, min_size=1, max_size=8))
def test_no_line_counts_for_more_than_its_length(existing) -> None:
    frame = roads(*[(code, path, "cement") for code, path, _ in existing])
    total_m = (
        hardened_share(county(), frame, road_classes=["C"], hardened=HARDENED).frame["denominator"].sum()
    )
    assert total_m <= county().in_metres(frame).length.sum() * (1 + 1e-9)
