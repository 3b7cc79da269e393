"""Overlays of parcels: pieces and rest are the whole, nothing is counted twice, slivers are marked, ways home found."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import Polygon, box

from analysis.ellipsoid import areas_m2
from analysis.land_check import Pieces, Tolerance, outside, overlay, united_m2, within_reach

STEP = 0.001
"""About 100 m."""
GEOD = Geod(a=6378137, rf=298.257222101)


def array(*shapes: object) -> np.ndarray:
    return np.array([*shapes, None], dtype=object)[:-1]


def square(x: float, y: float = 0.0, size: float = 1.0) -> Polygon:
    west, south = 113 + x * STEP, 24 + y * STEP
    return box(west, south, west + size * STEP, south + size * STEP)


def area_m2(shape: object) -> float:
    return float(areas_m2(array(shape))[0])


@st.composite
def shapes(draw: st.DrawFn, least: int, most: int) -> np.ndarray:
    """Stars about one place, which overlap more often than not; some with a hole."""
    made = []
    for _ in range(draw(st.integers(least, most))):
        x, y = draw(st.floats(-3, 3)), draw(st.floats(-3, 3))
        radius = np.array(draw(st.lists(st.floats(0.3, 3), min_size=3, max_size=12)))
        angle = np.linspace(0, 2 * np.pi, len(radius), endpoint=False)
        ring = np.c_[113 + (x + radius * np.cos(angle)) * STEP, 24 + (y + radius * np.sin(angle)) * STEP]
        hole = (ring - ring.mean(axis=0)) * 0.2 + ring.mean(axis=0)
        star = Polygon(ring, [hole] if draw(st.booleans()) else [])
        made.append(star if star.is_valid else Polygon(ring))
    return array(*made)


@given(shapes(1, 5), shapes(0, 8))
@settings(deadline=None)
def test_pieces_and_rest_are_the_whole(parcels: np.ndarray, others: np.ndarray) -> None:
    pieces = overlay(parcels, others)
    whole = areas_m2(parcels)
    union = united_m2(len(parcels), [pieces])
    for i, parcel in enumerate(parcels):
        rest = shapely.difference(parcel, shapely.union_all(others))
        assert union[i] + area_m2(rest) == pytest.approx(whole[i], rel=1e-6)
        own = pieces.where(pieces.parcel == i)
        for other, piece, area in zip(own.other, own.geometry, own.area_m2, strict=True):
            beyond = area_m2(shapely.difference(parcel, others[other]))
            assert area + beyond == pytest.approx(whole[i], rel=1e-6)
            assert piece.geom_type in ("Polygon", "MultiPolygon")
        assert union[i] <= own.area_m2.sum() * (1 + 1e-9) + 1e-3
    assert pieces.share == pytest.approx(pieces.area_m2 / whole[pieces.parcel])
    assert len({*zip(pieces.parcel, pieces.other, strict=True)}) == len(pieces)
    assert np.all(np.diff(pieces.parcel) >= 0)


@given(shapes(2, 6))
@settings(deadline=None)
def test_pairs_of_parcels_come_once_each_way_with_one_area(parcels: np.ndarray) -> None:
    pieces = overlay(parcels, parcels)
    found = dict(zip(zip(pieces.parcel, pieces.other, strict=True), pieces.area_m2, strict=True))
    assert len(found) == len(pieces)
    for (one, other), area in found.items():
        assert found[other, one] == pytest.approx(area, rel=1e-9, abs=1e-6)
    assert [found[i, i] for i in range(len(parcels))] == pytest.approx(areas_m2(parcels))


def test_what_lies_inside_is_its_own_piece() -> None:
    parcel = square(0.2, 0.2, 0.5)
    pieces = overlay(array(parcel), array(square(0)))
    assert pieces.geometry[0].equals(parcel) and pieces.share.tolist() == [1.0]
    assert pieces.area_m2[0] == area_m2(parcel)


def test_double_cover_counts_once() -> None:
    others = array(square(0, size=0.6), square(0, size=0.8), square(0.8, size=0.2))
    pieces = overlay(array(square(0), square(9)), others)
    assert len(pieces) == 3
    expected = area_m2(square(0, size=0.8)) + area_m2(square(0.8, size=0.2))
    assert united_m2(2, [pieces]) == pytest.approx([expected, 0])
    assert united_m2(2, [pieces, pieces]) == pytest.approx([expected, 0])
    assert united_m2(2, []).tolist() == [0, 0]


def test_shared_lines_and_points_are_no_pieces() -> None:
    assert len(overlay(array(square(0)), array(square(1), square(1, 1), square(-1, 0.5)))) == 0


def test_a_piece_with_a_line_beside_it_is_cleaned() -> None:
    bent = shapely.union_all([square(0.5), box(113 - STEP, 24 + STEP, 113.01, 24 + 2 * STEP)])
    pieces = overlay(array(square(0)), array(bent))
    (piece,) = pieces.geometry
    assert piece.geom_type == "Polygon" and piece.area == pytest.approx(STEP**2 / 2)


def test_slivers_by_area_and_by_width() -> None:
    narrow, small = square(0.9985), square(0.99, 0.99)
    pieces = overlay(array(square(0)), array(narrow, small, square(0.5)), Tolerance(5, 0.2))
    assert pieces.sliver.tolist() == [True, True, False]
    assert pieces.width_m[0] == pytest.approx(0.0015 * STEP * 101_735, rel=0.01)
    assert pieces.area_m2[1] < 5 < pieces.area_m2[0]
    assert not overlay(array(square(0)), array(narrow, small), Tolerance(0, 0)).sliver.any()


def test_nothing_meets_missing_and_empty_shapes() -> None:
    nothing = array(None, Polygon())
    for parcels, others in ((nothing, array(square(0))), (array(square(0)), nothing), (array(), array())):
        pieces = overlay(parcels, others)
        assert len(pieces) == 0 and united_m2(len(parcels), [pieces]).tolist() == [0.0] * len(parcels)


class TestOutside:
    villages = array(square(0, size=10), square(10, size=10), square(0, 10, size=10))

    def found(self, *parcels: Polygon, homes: list[int]) -> Pieces:
        return outside(array(*parcels), np.array(homes), self.villages)

    def test_inside_and_without_a_known_village(self) -> None:
        assert len(self.found(square(5), square(9.5), homes=[0, -1])) == 0

    def test_the_part_in_a_neighbour_and_the_part_in_none(self) -> None:
        corner = box(113 - STEP, 24 + 8 * STEP, 113 + STEP, 24 + 12 * STEP)
        pieces = self.found(square(9.5), corner, homes=[0, 0])
        assert pieces.parcel.tolist() == [0, 1, 1] and pieces.other.tolist() == [1, -1, 2]
        assert pieces.share == pytest.approx([0.5, 0.5, 0.25], rel=1e-3)

    def test_a_parcel_wholly_elsewhere(self) -> None:
        pieces = self.found(square(5), homes=[1])
        assert pieces.other.tolist() == [0] and pieces.share == pytest.approx([1.0])

    @given(shapes(1, 4))
    @settings(deadline=None)
    def test_inside_and_outside_are_the_whole(self, parcels: np.ndarray) -> None:
        pieces = outside(parcels, np.zeros(len(parcels), dtype=int), self.villages)
        inside = areas_m2(shapely.intersection(parcels, self.villages[0]))
        beyond = np.bincount(pieces.parcel, weights=pieces.area_m2, minlength=len(parcels))
        assert inside + beyond == pytest.approx(areas_m2(parcels), rel=1e-6, abs=3e-4)


class TestWithinReach:
    def test_distance_and_overlap_with_the_circle(self) -> None:
        point = shapely.Point(113 + 3 * STEP, 24 + 0.5 * STEP)
        reach = within_reach(array(square(0), square(20)), array(point), np.array([250.0]))
        _, _, metres = GEOD.inv(point.x, point.y, 113 + STEP, point.y)
        assert reach.pieces.parcel.tolist() == [0]
        assert reach.distance_m == pytest.approx([metres], abs=0.01)
        assert 0 < reach.pieces.share[0] < 1

    def test_a_circle_has_its_area(self) -> None:
        wide = box(112.9, 23.9, 113.1, 24.1)
        reach = within_reach(array(wide), array(shapely.Point(113, 24)), np.array([1000.0]))
        assert reach.pieces.area_m2 == pytest.approx([np.pi * 1000**2], rel=1e-4)
        assert reach.distance_m.tolist() == [0]

    def test_a_point_without_reach_meets_the_parcel_that_it_lies_in_only(self) -> None:
        points = array(shapely.Point(square(0).centroid), shapely.Point(113 + 1.001 * STEP, 24.0005))
        reach = within_reach(array(square(0)), points, np.array([np.nan, 0.0]))
        assert reach.pieces.other.tolist() == [0] and not reach.pieces.sliver[0]
        assert reach.distance_m.tolist() == [0]

    def test_nobody_near(self) -> None:
        reach = within_reach(array(square(0)), array(), np.array([]))
        assert len(reach.pieces) == 0 and reach.distance_m.shape == (0,)
