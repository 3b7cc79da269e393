"""Ellipsoidal areas agree with pyproj's geodesics and with published polygons, to 0.01 m² per hectare."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from shapely.geometry import MultiPolygon, Point, Polygon, box

from analysis.ellipsoid import CGCS2000, Ellipsoid, areas_m2

PROMISED = 0.01 / 10_000
"""0.01 m² per hectare."""
WGS84 = Ellipsoid(a=6378137.0, rf=298.257223563)
GEODESIC_NOISE_M2 = 0.001
"""What pyproj's areas are uncertain by: sums over the whole globe lose digits that a plot of 10 m needs."""
_METRES_A_DEGREE = 111_000.0


def area_m2(polygon: object, ellipsoid: Ellipsoid = CGCS2000) -> float:
    return float(areas_m2(np.array([polygon], dtype=object), ellipsoid)[0])


def geodesic_m2(polygon: Polygon) -> float:
    """Area by pyproj's geodesics, which keep to the line where it is parted every 50 m or so."""
    west, _, east, _ = polygon.bounds
    parts = np.clip((east - west) * _METRES_A_DEGREE / 50, 1, 1000)
    dense = shapely.segmentize(polygon, (east - west) / parts)
    geod = Geod(a=CGCS2000.a, rf=CGCS2000.rf)
    rings = [dense.exterior, *dense.interiors]
    found = [abs(geod.polygon_area_perimeter(*np.array(ring.coords).T)[0]) for ring in rings]
    return found[0] - sum(found[1:])


def equal_area_m2(polygon: Polygon) -> float:
    """Area on a plane: Lambert's azimuthal equal-area projection about the polygon, edges parted."""
    ellipsoid = f"+a={CGCS2000.a} +rf={CGCS2000.rf} +type=crs"
    x, y = polygon.centroid.coords[0]
    plane = Transformer.from_crs(
        f"+proj=longlat {ellipsoid}", f"+proj=laea +lat_0={y} +lon_0={x} {ellipsoid}", always_xy=True
    )
    dense = shapely.segmentize(polygon, max(polygon.bounds[2] - polygon.bounds[0], 1e-9) / 300)
    return float(shapely.transform(dense, lambda xy: np.c_[plane.transform(*xy.T)]).area)


@st.composite
def stars(draw: st.DrawFn) -> Polygon:
    """A star about a point of southern China, 10 m to 50 km across, perhaps with a hole."""
    across_m = 10 ** draw(st.floats(1.0, np.log10(50_000)))
    x, y = draw(st.floats(100.0, 120.0)), draw(st.floats(18.0, 30.0))
    corners = draw(st.lists(st.floats(0.35, 1.0), min_size=3, max_size=40))
    angle = np.linspace(0, 2 * np.pi, len(corners), endpoint=False)
    radius = np.array(corners) * across_m / 2 / _METRES_A_DEGREE
    shell = np.c_[x + radius * np.cos(angle), y + radius * np.sin(angle)]
    hole = np.c_[x + 0.3 * radius * np.cos(angle), y + 0.3 * radius * np.sin(angle)]
    return Polygon(shell, [hole] if draw(st.booleans()) else [])


@given(stars())
@settings(deadline=None)
def test_agrees_with_geodesics(polygon: Polygon) -> None:
    own = area_m2(polygon)
    assert own == pytest.approx(geodesic_m2(polygon), rel=PROMISED, abs=GEODESIC_NOISE_M2)


@given(stars())
@settings(deadline=None)
def test_agrees_with_an_equal_area_projection(polygon: Polygon) -> None:
    assert area_m2(polygon) == pytest.approx(equal_area_m2(polygon), rel=PROMISED / 100)


@pytest.mark.parametrize(
    ("corners", "published"),
    [
        # Corners as latitude, longitude and areas of geodesic polygons on WGS 84, m², as the tests and examples of
        # GeographicLib (C. F. F. Karney) publish them: its Planimeter15, and example-PolygonArea.
        ([(2, 1), (1, 2), (3, 3)], 18454562325.45119),
        ([(52, 0), (41, -74), (-23, -43), (-26, 28)], 65690027591345.67),
    ],
)
def test_agrees_with_published_geodesic_polygons(
    corners: list[tuple[float, float]], published: float
) -> None:
    geod = Geod(a=WGS84.a, rf=WGS84.rf)
    line: list[tuple[float, float]] = []
    for (lat, lon), (next_lat, next_lon) in zip(corners, corners[1:] + corners[:1], strict=True):
        between = geod.npts(lon, lat, next_lon, next_lat, 20_000, initial_idx=0, terminus_idx=1)
        line += between
    assert area_m2(Polygon(line), WGS84) == pytest.approx(published, rel=PROMISED / 100)


def test_agrees_with_the_published_area_of_the_ellipsoid() -> None:
    """510 065 621 724 088.5 m² is GeographicLib's area of WGS 84; its edges are meridians, parted by the degree."""
    assert area_m2(box(-180, -90, 180, 90), WGS84) == pytest.approx(510065621724088.5093, rel=1e-9)


@pytest.mark.parametrize("south", [0.0, 23 + 40 / 60, 53.0])
def test_agrees_with_the_formula_of_map_sheets(south: float) -> None:
    """图幅理论面积 of a sheet at 1:10,000 (3′45″ by 2′30″) by formula (2) of 国土调查办发〔2008〕32号."""
    sheet = box(113.0, south, 113 + 3.75 / 60, south + 2.5 / 60)
    e2 = CGCS2000.e2
    b2 = CGCS2000.a**2 * (1 - e2)
    a_to_e = (
        1 + 3 / 6 * e2 + 30 / 80 * e2**2 + 35 / 112 * e2**3 + 630 / 2304 * e2**4,
        1 / 6 * e2 + 15 / 80 * e2**2 + 21 / 112 * e2**3 + 420 / 2304 * e2**4,
        3 / 80 * e2**2 + 7 / 112 * e2**3 + 180 / 2304 * e2**4,
        1 / 112 * e2**3 + 45 / 2304 * e2**4,
        5 / 2304 * e2**4,
    )
    rise, middle = np.radians(2.5 / 60), np.radians(south + 1.25 / 60)
    terms = [
        (-1) ** k * c * np.sin((2 * k + 1) / 2 * rise) * np.cos((2 * k + 1) * middle)
        for k, c in enumerate(a_to_e)
    ]
    theoretical = 2 * b2 * np.radians(3.75 / 60) * sum(terms)
    assert area_m2(sheet) == pytest.approx(theoretical, rel=1e-9)


@given(stars(), st.floats(0.1, 0.9), st.floats(0, 2 * np.pi))
@settings(deadline=None)
def test_pieces_sum_to_the_whole(polygon: Polygon, where: float, angle: float) -> None:
    west, south, east, north = polygon.bounds
    x, y = west + where * (east - west), south + where * (north - south)
    far = 10 * (east - west)
    side = Polygon([(x + far * np.cos(angle + t), y + far * np.sin(angle + t)) for t in (0, 1.6, 3.14159)])
    pieces = area_m2(polygon.intersection(side)) + area_m2(polygon.difference(side))
    assert pieces == pytest.approx(area_m2(polygon), rel=PROMISED)


def test_the_way_a_ring_runs_does_not_matter() -> None:
    hole = [(113.002, 24.002), (113.004, 24.002), (113.004, 24.004)]
    shell = [(113, 24), (113.01, 24), (113.01, 24.01), (113, 24.01)]
    areas = {area_m2(Polygon(s, [h])) for s in (shell, shell[::-1]) for h in (hole, hole[::-1])}
    assert max(areas) == pytest.approx(min(areas), rel=1e-12)
    assert max(areas) < area_m2(Polygon(shell)) - area_m2(Polygon(hole)) + 1e-6


def test_missing_empty_and_shapes_without_area() -> None:
    square, other = box(113, 24, 113.001, 24.001), box(113.01, 24, 113.011, 24.001)
    given_shapes = np.array(
        [None, Polygon(), Point(113, 24), square, MultiPolygon([square, other]), MultiPolygon()], dtype=object
    )
    areas = areas_m2(given_shapes)
    assert np.isnan(areas[0])
    assert areas[[1, 2, 5]].tolist() == [0, 0, 0]
    assert areas[4] == pytest.approx(areas[3] + area_m2(other))
    assert areas_m2(np.array([], dtype=object)).shape == (0,)


def test_a_part_that_is_no_polygon_adds_nothing() -> None:
    square = box(113, 24, 113.001, 24.001)
    mixed = shapely.GeometryCollection([square, shapely.LineString([(113, 24), (114, 25)])])
    assert area_m2(mixed) == area_m2(square)
