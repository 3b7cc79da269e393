"""What a browser tells of a drawing is believed only where it is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from maps.sketch_map import shapes_of

_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "coordinates", "x"]), inner)
    ),
    max_leaves=12,
)


def test_points_and_lines_are_taken() -> None:
    told = [
        {"type": "Point", "coordinates": [113.5, 23.9]},
        {"type": "LineString", "coordinates": [[113.5, 23.9], [113.6, 24, 7]]},
    ]
    assert shapes_of(told) == (Point(113.5, 23.9), LineString([(113.5, 23.9), (113.6, 24)]))


def test_an_area_is_taken_with_its_holes() -> None:
    shell = [[113.5, 23.9], [113.6, 23.9], [113.6, 24.0], [113.5, 23.9]]
    hole = [[113.57, 23.92], [113.58, 23.92], [113.58, 23.93], [113.57, 23.92]]
    (made,) = shapes_of([{"type": "Polygon", "coordinates": [shell, hole]}])
    assert made.equals(Polygon(shell, [hole]))


@pytest.mark.parametrize(
    "told",
    [
        None,
        "POINT (1 1)",
        [{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]}],
        [{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}],
        [{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}],
        [{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, "1"], [0, 0]]]}],
        [{"type": "Polygon", "coordinates": [[]]}],
        [{"type": "Polygon", "coordinates": [7]}],
        [{"type": "Point", "coordinates": [181, 0]}],
        [{"type": "Point", "coordinates": ["113", "23"]}],
        [{"type": "Point", "coordinates": [True, False]}],
        [{"type": "Point", "coordinates": [float("nan"), 0]}],
        [{"type": "LineString", "coordinates": [[113.5, 23.9]]}],
        [{"type": "LineString", "coordinates": [[0, 0]] * 10_001}],
    ],
)
def test_anything_else_is_left_out(told: object) -> None:
    assert shapes_of(told) == ()


@given(_json)
def test_nonsense_is_left_out_without_an_error(told: object) -> None:
    assert isinstance(shapes_of(told), tuple)
