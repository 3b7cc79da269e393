"""Farmland between two rasters: cut into blocks anyhow, the pieces are those of the whole; and those of the patches."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.features import rasterize

from analysis.ellipsoid import areas_m2
from analysis.farmland_change import Tolerance, compare
from analysis.farmland_classes import UnknownLandClass
from analysis.land_cover_change import Block, Lattice, compare_covers
from tests.analysis.test_farmland_change import NO_TOLERANCE, SOUTH, STEP, WEST, edition

LATTICE = Lattice(113.0, 24.5, 0.0003, 0.0003)


def blocks(before: np.ndarray, after: np.ndarray, rows: int, columns: int) -> Iterator[Block]:
    """Both rasters in blocks of so many rows and columns, the last ones cut."""
    for row in range(0, before.shape[0], rows):
        for column in range(0, before.shape[1], columns):
            part = np.s_[row : row + rows, column : column + columns]
            yield Block(row, column, before[part], after[part])


@st.composite
def covers(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Two rasters of few classes, so that pieces are large and winding."""
    shape = draw(st.integers(1, 17)), draw(st.integers(1, 17))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    before = random.choice([0, 1, 1, 1, 1, 3], size=shape)
    after = random.choice(draw(st.sampled_from(([1, 6], [1, 6, 6, 6], [2, 3, 6], [0, 1, 7, 11]))), size=shape)
    return before, after


@given(both=covers(), rows=st.integers(1, 9), columns=st.integers(1, 9))
@settings(max_examples=300)
def test_in_blocks_as_in_one_go_to_the_last_piece(
    both: tuple[np.ndarray, np.ndarray], rows: int, columns: int
) -> None:
    before, after = both
    whole = compare_covers(blocks(before, after, *before.shape), LATTICE)
    parts = compare_covers(blocks(before, after, rows, columns), LATTICE)
    assert parts.pieces.to_wkb().equals(whole.pieces.to_wkb())
    assert parts.balance == whole.balance


@given(both=covers())
def test_cells_are_counted_once_and_areas_are_ellipsoidal(both: tuple[np.ndarray, np.ndarray]) -> None:
    before, after = both
    found = compare_covers(blocks(before, after, 4, 5), LATTICE)
    pieces = found.pieces
    assert pieces.geometry.is_valid.all()
    measured = areas_m2(pieces.geometry.to_numpy())
    assert pieces["area_m2"].to_numpy() == pytest.approx(measured, rel=1e-6)
    lost = (before == 1) & (after != 1) & (after != 0)
    cells_m2 = np.repeat(LATTICE.cell_areas_m2(np.arange(before.shape[0]))[:, None], before.shape[1], axis=1)
    assert pieces["area_m2"].sum() == pytest.approx(cells_m2[lost].sum())
    balance = found.balance
    rest = balance.farmland_m2 - balance.kept_m2 - balance.uncovered_m2
    assert balance.non_farm_m2 + balance.non_grain_m2 == pytest.approx(rest, abs=1e-3)
    burnt = np.zeros(before.shape, dtype="int32")
    if len(pieces):
        shapes = zip(pieces.geometry, pieces["class_after"].astype(int), strict=True)
        burnt = rasterize(shapes, out=burnt, transform=LATTICE.transform)
    assert (burnt == np.where(lost, after, 0)).all()


@given(both=covers(), rows=st.integers(1, 9), columns=st.integers(1, 9), seed=st.integers(0, 99))
def test_each_piece_lies_in_one_village(
    both: tuple[np.ndarray, np.ndarray], rows: int, columns: int, seed: int
) -> None:
    before, after = both
    place = np.random.default_rng(seed).choice([0, 1, 2], size=before.shape)

    def placed(rows: int, columns: int) -> Iterator[Block]:
        for block in blocks(before, after, rows, columns):
            there = place[block.row : block.row + rows, block.column : block.column + columns]
            yield Block(block.row, block.column, block.before, block.after, there)

    codes = ("441821001001", "441821001002")
    whole = compare_covers(placed(*before.shape), LATTICE, places=codes)
    parts = compare_covers(placed(rows, columns), LATTICE, places=codes)
    assert parts.pieces.to_wkb().equals(whole.pieces.to_wkb())
    cells_m2 = np.repeat(LATTICE.cell_areas_m2(np.arange(before.shape[0]))[:, None], before.shape[1], axis=1)
    lost = (before == 1) & (after != 1) & (after != 0)
    for number, code in enumerate(codes, start=1):
        found = parts.pieces.loc[parts.pieces["admin_code"] == code, "area_m2"].sum()
        assert found == pytest.approx(cells_m2[lost & (place == number)].sum())
    assert parts.balance.farmland_m2 == pytest.approx(cells_m2[(before == 1) & (place > 0)].sum())


def test_a_ring_around_every_block_is_one_piece() -> None:
    before = np.ones((30, 30), dtype=int)
    after = np.ones((30, 30), dtype=int)
    after[2:28, 2:28] = 6
    after[5:25, 5:25] = 1
    after[9:20, 9:20] = 3
    pieces = compare_covers(blocks(before, after, 7, 11), LATTICE).pieces
    assert sorted(pieces["class_after"]) == ["03", "06"]
    ring = pieces[pieces["class_after"] == "06"].geometry.iloc[0]
    assert len(ring.interiors) == 1
    assert len(ring.exterior.coords) == 5


def test_cells_that_touch_at_a_corner_are_two_pieces() -> None:
    before = np.ones((4, 4), dtype=int)
    after = before.copy()
    after[0, 0] = after[1, 1] = after[2, 2] = 6
    for cut in (1, 2, 4):
        assert len(compare_covers(blocks(before, after, cut, cut), LATTICE).pieces) == 3


def test_a_cell_of_no_class_is_named() -> None:
    with pytest.raises(UnknownLandClass, match="55"):
        compare_covers([Block(0, 0, np.array([[1]]), np.array([[55]]))], LATTICE)


def test_area_of_a_cell_is_that_of_its_polygon() -> None:
    cell = shapely.box(113.0, 24.4997, 113.0003, 24.5)
    assert LATTICE.cell_areas_m2(np.array([0]))[0] == pytest.approx(
        areas_m2(np.array([cell], dtype=object))[0], rel=1e-7
    )


cuts = st.lists(st.integers(1, 49).map(lambda one: one / 50), max_size=3, unique=True)
kinds = st.lists(st.sampled_from(("0101", "0103", "0201", "0301", "0601", "0702")), min_size=1, max_size=6)


@given(before=st.builds(edition, cuts, cuts, kinds), after=st.builds(edition, cuts, cuts, kinds))
def test_patches_burnt_into_cells_tell_the_same_as_the_patches(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> None:
    # 70 cells across where the cuts are fiftieths: boundaries run through cells.
    cells = 70
    lattice = Lattice(WEST, SOUTH + STEP, STEP / cells, STEP / cells)

    def burnt(patches: gpd.GeoDataFrame) -> np.ndarray:
        shapes = zip(patches.geometry, patches["land_class"].str[:2].astype(int), strict=True)
        return rasterize(shapes, out_shape=(cells, cells), transform=lattice.transform, dtype="int32")

    by_patches = compare(before, after, NO_TOLERANCE)
    by_cells = compare_covers(blocks(burnt(before), burnt(after), 16, 16), lattice, Tolerance(0, 0))
    # A cell is of the class at its centre: on each of at most six lines half a cell's width is in doubt.
    doubt_m2 = 6 * cells / 2 * float(lattice.cell_areas_m2(np.array([0]))[0])
    assert by_cells.balance.farmland_m2 == pytest.approx(by_patches.balance.farmland_m2, abs=doubt_m2)
    for name in ("non_farm_m2", "non_grain_m2"):
        vector, raster = getattr(by_patches.balance, name), getattr(by_cells.balance, name)
        assert raster == pytest.approx(vector, abs=2 * doubt_m2)
