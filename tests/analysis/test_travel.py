"""Time to the township seat: figures of villages by hand, no data, and villages on their own."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from analysis.errors import CrsMismatch, MissingColumn
from analysis.results import Parts
from analysis.territory import Territory
from analysis.travel import mean_minutes_to_seat, share_within_minutes, unconnected_people
from layers import indicator
from tests.analysis.square_county import A1, A2, B1, B2, county, geodesic_m, lines, points

TRAVEL = {
    "tolerance_m": 5,
    "snap_m": 1500,
    "walking_kmh": 6,
    "technical_kmh": {"2": 60},
    "road_kmh": {},
    "surface_factor": {},
    "condition_factor": {},
}
WEST, MIDDLE, EAST = 113.005, 113.015, 113.035
KM = geodesic_m((WEST, 24.01), (MIDDLE, 24.01)) / 1000
"""1.02 km, at 60 km/h as many minutes."""


def roads(*paths: list[tuple[float, float]], filed: str = A1) -> gpd.GeoDataFrame:
    count = len(paths)
    return lines(
        [(filed, path) for path in paths],
        technical_class=["2"] * count, road_class=["C"] * count, surface=["cement"] * count,
        condition=["good"] * count,
    )  # fmt: skip


ROAD = [(WEST, 24.01), (MIDDLE, 24.01), (EAST, 24.01)]
"""From A1 through its township into the other one."""
APART = [(WEST, 24.03), (MIDDLE, 24.03)]


def settlements() -> gpd.GeoDataFrame:
    return points(
        [(A1, MIDDLE, 24.01), (A1, WEST, 24.01), (A2, MIDDLE, 24.03), (A2, MIDDLE, 24.01), (B1, EAST, 24.01)],
        population=[100.0, np.nan, 60.0, 20.0, 50.0],
    )


def seats() -> gpd.GeoDataFrame:
    return points([("441802001000", WEST, 24.01)], name=["甲镇人民政府"])


def figures(made: Parts) -> dict[str, list[float]]:
    return {code: row.tolist() for code, row in made.frame.iterrows()}


def test_figures_by_hand() -> None:
    network, places = roads(ROAD, APART), settlements()
    mean = figures(mean_minutes_to_seat(county(), network, places, seats(), travel=TRAVEL))
    share = figures(share_within_minutes(county(), network, places, seats(), minutes=1.1, travel=TRAVEL))
    cut = figures(unconnected_people(county(), network, places, seats(), travel=TRAVEL))
    assert mean[A1] == pytest.approx([100 * KM, 100], rel=1e-4), "of unknown people nobody counts"
    assert mean[A2] == pytest.approx([20 * KM, 20], rel=1e-4), "the 60 are on a part that reaches no seat"
    assert share[A1] == [100, 100]
    assert share[A2] == [20, 80]
    assert (cut[A1], cut[A2]) == ([0, 1], [60, 1])
    for found in (mean, share, cut):
        assert np.isnan([found[B1], found[B2]]).all(), "township B has no seat on record"


def test_a_village_that_no_road_connects_has_data_without_a_time() -> None:
    only = settlements().iloc[[2]].reset_index(drop=True)
    found = figures(mean_minutes_to_seat(county(), roads(ROAD, APART), only, seats(), travel=TRAVEL))
    assert found[A2] == [0, 0]
    assert np.isnan(found[A1]).all(), "no natural village of known number"


def test_a_township_without_roads_of_its_own_has_no_data() -> None:
    both = pd.concat([seats(), points([("441802002000", EAST, 24.01)], name=["乙镇"])], ignore_index=True)
    found = figures(mean_minutes_to_seat(county(), roads(ROAD), settlements(), both, travel=TRAVEL))
    assert np.isnan(found[B1]).all(), "roads are filed under township A only"
    reported = pd.concat([roads(ROAD), roads(APART, filed=B2)], ignore_index=True)
    found = figures(mean_minutes_to_seat(county(), reported, settlements(), both, travel=TRAVEL))
    assert found[B1] == pytest.approx([0, 50])


def test_a_way_may_leave_the_county() -> None:
    beyond = [(WEST, 24.01), (112.99, 24.02), (WEST, 24.03)]
    across = roads(beyond, filed="441999001201"), roads(APART)
    network = pd.concat(across, ignore_index=True)
    found = figures(unconnected_people(county(), network, settlements(), seats(), travel=TRAVEL))
    assert found[A2] == [0, 1]


def test_a_village_has_the_same_figures_whatever_others_are_asked_about() -> None:
    network = roads(ROAD, APART, [(MIDDLE, 24.01), (MIDDLE, 24.03)])
    whole = county()
    part = Territory(whole.units.loc[[A1, B1]], whole.as_of)
    assert part.metric_crs == whole.metric_crs, "both reach as far west and east"
    travel = indicator("minutes_to_seat").arguments["travel"]
    everyone = mean_minutes_to_seat(whole, network, settlements(), seats(), travel=travel).frame
    alone = mean_minutes_to_seat(part, network, settlements(), seats(), travel=travel).frame
    pd.testing.assert_frame_equal(alone, everyone.loc[[A1, B1]], check_exact=True)
    own = settlements()[lambda s: s["admin_code"] == A1].reset_index(drop=True)
    fewer = mean_minutes_to_seat(part, network, own, seats(), travel=travel).frame
    pd.testing.assert_frame_equal(fewer.loc[[A1]], everyone.loc[[A1]], check_exact=True)


def test_faults_are_named() -> None:
    with pytest.raises(CrsMismatch):
        mean_minutes_to_seat(county(), roads(ROAD), settlements(), seats().to_crs(4547), travel=TRAVEL)
    lacking = settlements().drop(columns="population")
    with pytest.raises(MissingColumn):
        mean_minutes_to_seat(county(), roads(ROAD), lacking, seats(), travel=TRAVEL)
