"""The printed extract: true to scale, everything in its place, text as text."""

import re
import xml.etree.ElementTree as ET

import pytest
import shapely
from pyproj import Geod

from layers import Shape, Symbol
from maps.extract import svg_map

SVG = "{http://www.w3.org/2000/svg}"
GEOD = Geod(a=6_378_137, rf=298.257222101)
VILLAGE = shapely.box(113.00, 24.00, 113.04, 24.03)
NEIGHBOUR = shapely.box(113.04, 23.98, 113.10, 24.05)
ROAD = shapely.LineString([(113.00, 24.01), (113.04, 24.02)])
HOUSE = shapely.Point(113.02, 24.015)
RED = Symbol("#ffffff", fill="#a50f15", radius=5, shape=Shape.DIAMOND)
GREEN = Symbol("#4d7c0f", fill="#a3c96c", fill_opacity=0.55)
BROWN = Symbol("#8a8178", width=2, dash="6 4")


def _drawn(**changes: object) -> ET.Element:
    given = {
        "outline": VILLAGE,
        "neighbours": [(NEIGHBOUR, "水口村")],
        "features": [(HOUSE, RED), (ROAD, BROWN), (shapely.box(113.01, 24.01, 113.015, 24.015), GREEN)],
        "title": "大里村",
        "lang": "zh",
    }
    return ET.fromstring(svg_map(**{**given, **changes}))  # type: ignore[arg-type]


def test_scale_bar_is_true_to_the_metre() -> None:
    drawing = _drawn()
    bar = next(
        p for p in drawing.iter(f"{SVG}path") if re.fullmatch(r"M12 \d+V\d+H[\d.]+V\d+", p.get("d", ""))
    )
    words = next(t.text for t in drawing.iter(f"{SVG}text") if t.text and t.text.endswith("米"))
    length_px = float(bar.get("d", "").split("H")[1].split("V")[0]) - 12
    outline = next(
        p for p in drawing.iter(f"{SVG}path") if p.get("stroke-width") == "2" and p.get("fill") == "none"
    )
    xs = [float(x) for x in re.findall(r"[ML](-?[\d.]+) ", outline.get("d", ""))]
    _, _, width_m = GEOD.inv(113.00, 24.015, 113.04, 24.015)
    metres_per_px = width_m / (max(xs) - min(xs))
    assert length_px * metres_per_px == pytest.approx(float(words.split()[0]), rel=0.005)


def test_areas_below_lines_and_points_and_the_outline() -> None:
    strokes = [p.get("stroke") for p in _drawn().iter(f"{SVG}path")]
    outline = len(strokes) - 1 - strokes[::-1].index("#1f2937", 2)
    assert strokes.index(GREEN.color) < strokes.index(BROWN.color)
    marker = next(
        i for i, p in enumerate(_drawn().iter(f"{SVG}path")) if "scale(5)" in p.get("transform", "")
    )
    assert strokes.index(BROWN.color) < marker
    assert outline > 0


def test_point_lies_where_it_should() -> None:
    marker = next(p for p in _drawn().iter(f"{SVG}path") if p.get("transform"))
    x, y = map(float, re.findall(r"translate\((\S+) (\S+)\)", marker.get("transform", ""))[0])
    assert (x, y) == (pytest.approx(320, abs=1), pytest.approx(220, abs=1))


def test_markup_in_names_stays_text() -> None:
    hostile = '"><script>alert(1)</script>'
    drawing = _drawn(title=hostile, neighbours=[(NEIGHBOUR, hostile)])
    assert drawing.get("aria-label") == hostile
    assert hostile in [text.text for text in drawing.iter(f"{SVG}text")]
    assert {element.tag for element in drawing.iter()} == {
        f"{SVG}{t}" for t in ("svg", "rect", "path", "text")
    }


def test_no_reference_to_anything_outside() -> None:
    made = svg_map(VILLAGE, [], [], title="a", lang="en").replace("http://www.w3.org/2000/svg", "")
    assert "http" not in made
    assert "href" not in made


@pytest.mark.parametrize(
    "outline",
    [
        shapely.MultiPolygon([VILLAGE, shapely.box(113.06, 24.0, 113.07, 24.01)]),
        VILLAGE.difference(shapely.box(113.01, 24.01, 113.02, 24.02)),
        shapely.box(113, 24, 113.000001, 24.000001),
    ],
    ids=["parts", "hole", "tiny"],
)
def test_shapes_of_villages(outline: shapely.Geometry) -> None:
    assert _drawn(outline=outline).tag == f"{SVG}svg"


def test_features_outside_the_sheet_are_left_out_and_mixed_ones_drawn() -> None:
    far = shapely.Point(114, 25)
    mixed = shapely.GeometryCollection([HOUSE, ROAD])
    made = _drawn(features=[(far, RED), (shapely.MultiPoint([HOUSE, (113.03, 24.02)]), RED), (mixed, BROWN)])
    assert len([p for p in made.iter(f"{SVG}path") if "scale(5)" in p.get("transform", "")]) == 2


def test_a_map_needs_an_outline() -> None:
    with pytest.raises(ValueError, match="outline"):
        _drawn(outline=shapely.Polygon())
