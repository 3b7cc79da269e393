"""Shapes pasted into the project form: lines and areas in any system, or a sentence that says the mend."""

import pytest
import shapely
from pyproj import Transformer

from i18n import Text, tr
from pipelines.progress.pasted_shape import read_shape

CITY = (111.9, 23.4, 113.9, 25.2)
LINE = shapely.LineString([(113.1, 24.1), (113.102, 24.1), (113.103, 24.102)])


def _metres(shape: shapely.Geometry) -> shapely.Geometry:
    to_metres = Transformer.from_crs(4490, 4547, always_xy=True).transform
    return shapely.transform(shape, to_metres, interleaved=False)


@pytest.mark.parametrize(
    "text", [LINE.wkt, f"srid=4490;{LINE.wkt}", _metres(LINE).wkt, LINE.wkt.replace(",", "，")]
)
def test_a_line_is_read_in_degrees_and_in_metres(text: str) -> None:
    shape = read_shape(text, CITY)
    assert not isinstance(shape, Text)
    assert shapely.equals_exact(shape, LINE, tolerance=1e-8)


def test_corner_points_make_an_area() -> None:
    square = _metres(shapely.box(113.1, 24.1, 113.101, 24.101))
    points = "\n".join(f"{x:.3f},{y:.3f}" for x, y in shapely.get_coordinates(square)[:-1])
    shape = read_shape(points, CITY)
    assert not isinstance(shape, Text)
    assert shapely.intersection(shape, shapely.box(113.1, 24.1, 113.101, 24.101)).area == pytest.approx(
        1e-6, rel=0.01
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("LINESTRING (113.1 24.1, ", "projectfile.wkt_unreadable"),
        ("GEOMETRYCOLLECTION (POINT (113.1 24.1))", "projectfile.wkt_kind"),
        ("POLYGON ((113 24, 113.1 24.1, 113.1 24, 113 24.1, 113 24))", "projectfile.shape_crosses"),
        ("LINESTRING (113.1 24.1, 113.1 24.1)", "projectfile.shape_crosses"),
    ],
)
def test_what_is_no_shape_is_said_with_the_mend(text: str, key: str) -> None:
    assert read_shape(text, CITY) == Text(tr(key, "zh"), tr(key, "en"))


@pytest.mark.parametrize("text", ["村口到桥头", "113.1", "LINESTRING (500 500, 900 900)"])
def test_text_that_is_nowhere_is_told_in_both_languages(text: str) -> None:
    found = read_shape(text, CITY)
    assert isinstance(found, Text) and len(found.zh) > 5 and len(found.en) > 5
