"""People by raster: cells in villages, distances as shapely finds them, no data."""

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st
from rasterio.features import rasterize

from analysis.grid import Grid
from analysis.nearest import Indexed
from analysis.population_grid import holding, peopled, share_near_hardened, share_within_distance, within
from tests.analysis.grids import flat, grid_of
from tests.analysis.square_county import A1, A2, B1, B2, VILLAGES, county, lines, points

WHERE = {"technology": ["4G"]}
NEAR_A = points([(A1, 113.01, 24.01)], technology=["4G"])


def test_cells_count_where_their_centres_lie() -> None:
    """Villages of 0.02° hold 20 × 20 cells of 0.001°."""
    cells = peopled(county(), flat(2.0))
    assert cells.everyone.tolist() == [800.0] * 4
    assert np.bincount(cells.unit, cells.people).tolist() == [800.0] * 4
    assert len(cells.xy) == 1600


def test_people_near_a_station() -> None:
    """Cells whose centres lie within 500 m of the middle of A1: π · 500² m² at 101.7 × 110.7 m a cell, about 70."""
    found = share_within_distance(county(), NEAR_A, flat(1.0), distance_m=500.0, where=WHERE).frame
    assert found.loc[A1, "numerator"] == pytest.approx(70, abs=4)
    assert found["denominator"].dropna().unique().tolist() == [400.0]
    assert found.loc[A2].tolist() == [0, 400], "its township reported"
    assert found.loc[[B1, B2]].isna().all(axis=None), "theirs did not"


def test_people_along_a_hardened_road() -> None:
    """A road along 24.0105°: 11 rows of cells have their centres within 0.00525° (581 m) of it."""
    road = [(113.0, 24.0105), (113.04, 24.0105)]
    roads = lines([(A1, road), (B1, [(x, y + 0.02) for x, y in road])], surface=["cement", "gravel"])
    found = share_near_hardened(county(), roads, flat(1.0), distance_m=580.0, hardened=["cement"]).frame
    assert found.loc[[A1, B1], "numerator"].tolist() == [11 * 20.0] * 2
    assert found.loc[[A2, B2], "numerator"].tolist() == [0, 0]


def test_no_data_and_nobody() -> None:
    none = share_within_distance(county(), NEAR_A, None, distance_m=500.0, where=WHERE).frame
    assert none.isna().all(axis=None)
    people = grid_of(lambda lon, lat: np.where(lon < 113.02, np.where(lat < 24.02, 0.0, np.nan), 1.0))
    cells = peopled(county(), people)
    assert cells.everyone[[0, 2, 3]].tolist() == [0, 400, 400]
    assert np.isnan(cells.everyone[1])
    found = share_within_distance(county(), NEAR_A, people, distance_m=500.0, where=WHERE).frame
    assert found.loc[A1].tolist() == [0, 0], "nobody lives there, and that is known"
    assert found.loc[A2].isna().all()


@given(st.permutations(VILLAGES))
def test_order_of_villages_changes_nothing(order) -> None:
    people = grid_of(lambda lon, lat: np.abs(np.sin(lon * 999 + lat * 777)))
    arguments = {"distance_m": 900.0, "where": WHERE}
    found = share_within_distance(county(order=order), NEAR_A, people, **arguments).frame
    assert found.equals(share_within_distance(county(), NEAR_A, people, **arguments).frame)


def random_features(rng: np.random.Generator, kind: str) -> np.ndarray:
    starts = rng.uniform(0, 5_000, (12, 1, 2))
    if kind == "points":
        return shapely.points(starts[:, 0])
    paths = starts + rng.normal(0, 600, (12, 5, 2)).cumsum(axis=1)
    return shapely.linestrings(paths) if kind == "lines" else shapely.convex_hull(shapely.multipoints(paths))


@pytest.mark.parametrize("kind", ["points", "lines", "polygons"])
@given(seed=st.integers(0, 10_000), distance_m=st.floats(0, 3_000))
def test_within_is_what_shapely_measures(kind: str, seed: int, distance_m: float) -> None:
    rng = np.random.default_rng(seed)
    features, xy = random_features(rng, kind), rng.uniform(-1_000, 6_000, (80, 2))
    nearest = shapely.distance(shapely.points(xy)[:, None], features[None, :]).min(axis=1)
    clear = np.abs(nearest - distance_m) > 1e-6
    assert (within(xy, Indexed(features), distance_m) == (nearest <= distance_m))[clear].all()


def test_within_nothing() -> None:
    assert not within(np.zeros((2, 2)), Indexed(np.array([], dtype=object)), 1e9).any()
    assert within(np.zeros((0, 2)), Indexed(shapely.points([[0.0, 0.0]])), 1.0).shape == (0,)


@given(seed=st.integers(0, 10_000))
def test_cells_are_held_as_gdal_burns_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = Grid(np.zeros((23, 31)), 113.0, 24.0, 0.002, 0.0025)
    centres = rng.uniform((112.99, 23.93), (113.07, 24.01), (6, 2))
    polygons = np.asarray(shapely.buffer(shapely.points(centres), rng.uniform(0.001, 0.03, 6)), dtype=object)
    polygons[0] = shapely.difference(polygons[0], shapely.buffer(shapely.points(centres[0]), 0.004))
    polygons[1] = shapely.union(polygons[1], shapely.box(113.0551, 23.9451, 113.0601, 23.9501))
    polygons = np.append(polygons, [None, shapely.Polygon()])
    across = rasterio.Affine(grid.step_lon, 0, grid.west, 0, -grid.step_lat, grid.north)
    burnt = rasterize(
        [(shape, nth) for nth, shape in enumerate(polygons[:6]) if not shape.is_empty],
        (23, 31),
        fill=-1,
        transform=across,
        dtype="int32",
    )
    assert (holding(polygons, grid) == burnt).all()


def test_a_polygon_of_nothing_holds_nothing() -> None:
    grid = Grid(np.zeros((2, 3)), 113.0, 24.0, 0.002, 0.002)
    assert (holding(np.array([None], dtype=object), grid) == -1).all()
    assert holding(np.empty(0, dtype=object), Grid(np.zeros((0, 3)), 113.0, 24.0, 0.002, 0.002)).shape == (
        0,
        3,
    )
