"""Roads of other surfaces: what feels them, and figures carried over from the roads before, to the last digit."""

from unittest.mock import patch

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from analysis.measures import find
from analysis.population_grid import felt_by_cells
from analysis.roads import distances_to_hardened, felt_by_distance, felt_by_length
from analysis.territory import Territory
from tests.analysis.grids import grid_of
from tests.analysis.square_county import VILLAGES, county, lines, points

HARDENED = ["cement", "asphalt"]
_SURFACES = np.array(["cement", "asphalt", "earth", "gravel", None], dtype=object)
_NEAR = {"distance_m": 700.0, "hardened": HARDENED}
_LENGTHS = {"road_classes": ["C"], "hardened": HARDENED}
PEOPLE = grid_of(lambda lon, lat: np.floor(1e4 * (lon + 2 * lat)) % 7)


def random_roads(rng: np.random.Generator, count: int) -> gpd.GeoDataFrame:
    """Lines in and around the county, some of them across its borders."""
    starts = np.column_stack([rng.uniform(112.99, 113.05, count), rng.uniform(23.99, 24.05, count)])
    rows = []
    for start in starts:
        steps = rng.normal(0, 0.003, (3, 2))
        rows.append((rng.choice(VILLAGES), [tuple(start), *map(tuple, start + np.cumsum(steps, axis=0))]))
    classes = rng.choice(["C", "C", "X"], count)
    frame = lines(rows, road_class=classes.tolist())
    return with_surfaces(frame, rng.choice(_SURFACES, count))


def with_surfaces(roads: gpd.GeoDataFrame, surfaces: np.ndarray) -> gpd.GeoDataFrame:
    """The same lines with other surfaces."""
    other = roads.copy(deep=False)
    other["surface"] = pd.Series(surfaces, dtype="str")
    return other


def random_settlements(rng: np.random.Generator, count: int) -> gpd.GeoDataFrame:
    places = zip(rng.uniform(113.0, 113.04, count), rng.uniform(24.0, 24.04, count), strict=True)
    rows = [(rng.choice(VILLAGES), lon, lat) for lon, lat in places]
    return points(rows, population=rng.integers(0, 300, count).astype(float).tolist())


def figures(
    territory: Territory, roads: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame
) -> list[pd.DataFrame]:
    named = (
        ("roads.hardened_share", (roads,), _LENGTHS),
        ("roads.mean_distance_to_hardened", (roads, settlements), {"hardened": HARDENED}),
        ("roads.distance_to_hardened", (roads, settlements), {"hardened": HARDENED}),
        ("roads.share_near_hardened", (roads, settlements), _NEAR | {"min_households": 0, "weight": "population"}),
        ("population_grid.share_near_hardened", (roads, PEOPLE), _NEAR),
    )  # fmt: skip
    return [find(name).function(territory, *frames, **arguments).frame for name, frames, arguments in named]


@pytest.mark.parametrize("many", [0, 200])
@pytest.mark.parametrize("count", [30, 400])
@pytest.mark.parametrize("seed", range(6))
def test_figures_carried_over_are_those_made_anew(seed: int, count: int, many: int) -> None:
    rng = np.random.default_rng(seed)
    territory, settlements, before = county(), random_settlements(rng, count), random_roads(rng, 60)
    made = figures(territory, before, settlements)
    felt_at_all = 0
    for changes in (1, 1, 4, 1, 12):
        surfaces = before["surface"].to_numpy(dtype=object, na_value=None)
        surfaces[rng.choice(len(surfaces), changes, replace=False)] = rng.choice(_SURFACES, changes)
        now, anew = with_surfaces(before, surfaces), county()
        with patch("analysis.roads._MANY_ROADS", many):
            farther = felt_by_distance(territory, before, now, settlements, hardened=HARDENED)
        longer = felt_by_length(territory, before, now, **_LENGTHS)
        peopled = felt_by_cells(territory, before, now, PEOPLE, **_NEAR)
        territory.carry(before, now)
        with patch("analysis.roads.lengths_inside", side_effect=AssertionError("not carried over")):
            carried = figures(territory, now, settlements)
        expected = figures(anew, now, settlements)
        for found, wanted in zip(carried, expected, strict=True):
            pd.testing.assert_frame_equal(found, wanted, check_exact=True)
        was = distances_to_hardened(county(), before, settlements, HARDENED)
        np.testing.assert_array_equal(farther, was != distances_to_hardened(anew, now, settlements, HARDENED))
        for mask, place in ((longer, 0), (peopled, 4)):
            same = (made[place] == carried[place]) | (made[place].isna() & carried[place].isna())
            assert mask[~same.all(axis=1).to_numpy()].all(), "a unit whose figure differs feels it"
        felt_at_all += int(farther.any()) + int(longer.any()) + int(peopled.any())
        before, made = now, carried
    assert felt_at_all > 0


def test_a_road_that_counts_no_more_and_one_that_does_now_are_told_from_the_rest() -> None:
    rows = [
        (VILLAGES[0], [(113.005, 24.005), (113.006, 24.006)]),
        (VILLAGES[3], [(113.03, 24.03), (113.031, 24.03)]),
    ]
    before = with_surfaces(lines(rows, road_class=["C", "C"]), np.array(["earth", "earth"], dtype=object))
    territory, settlements = county(), points([(VILLAGES[0], 113.005, 24.005), (VILLAGES[3], 113.03, 24.03)])
    hardened = with_surfaces(before, np.array(["cement", "earth"], dtype=object))
    assert felt_by_length(territory, before, hardened, **_LENGTHS).tolist() == [True, False, False, False]
    assert felt_by_distance(territory, before, hardened, settlements, hardened=HARDENED).tolist() == [
        True,
        True,
    ]
    assert felt_by_cells(territory, before, hardened, PEOPLE, **_NEAR).tolist() == [True, False, False, False]
    unknown = with_surfaces(hardened, np.array(["cement", None], dtype=object))
    assert felt_by_length(territory, hardened, unknown, **_LENGTHS).tolist() == [False, False, False, True]
    assert not felt_by_distance(territory, hardened, unknown, settlements, hardened=HARDENED).any()
    assert not felt_by_cells(territory, hardened, unknown, PEOPLE, **_NEAR).any()


def test_other_lines_are_not_compared() -> None:
    rng = np.random.default_rng(1)
    territory, settlements, before = county(), random_settlements(rng, 10), random_roads(rng, 5)
    moved = before.copy()
    moved["geometry"] = before.geometry.translate(0.001, 0)
    for now in (moved, before.iloc[:4]):
        assert felt_by_distance(territory, before, now, settlements, hardened=HARDENED) is None
        assert felt_by_length(territory, before, now, **_LENGTHS) is None
        assert felt_by_cells(territory, before, now, PEOPLE, **_NEAR) is None
    assert not felt_by_cells(territory, before, with_surfaces(before, before["surface"]), None, **_NEAR).any()


def test_what_values_matter_to_is_not_carried_over() -> None:
    territory = county()
    roads = lines([(VILLAGES[0], [(113.005, 24.005), (113.006, 24.006)])], surface=["earth"])
    settlements = points([(VILLAGES[0], 113.01, 24.01)])
    assert np.isinf(distances_to_hardened(territory, roads, settlements, HARDENED)).all()
    now = with_surfaces(roads, np.array(["cement"], dtype=object))
    territory.carry(roads, now)
    assert territory.metres(now) is territory.metres(roads)
    assert np.isfinite(distances_to_hardened(territory, now, settlements, HARDENED)).all()
