"""The state on its way to the browser: whatever a name holds, it arrives as that name and as nothing else."""

import base64
import json
import re

import pytest
import streamlit_folium
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from layers import AdminLevel, Geometry, Shape, Style, Symbol
from maps.base_map import Apply, base_map
from maps.shapes import PATHS
from maps.state import Click, Drawn, MapState, Scope, Selection, Theme, VectorLayer, View, as_json, payload

HOSTILE = [
    "</script><script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "{{'map_div'}}",
    "{% raw %}",
    "_abc123",
    "map_0123456789abcdef0123456789abcdef",
    '"); alert(1); ("',
    "\\u003c/script\\u003e",
    "${alert(1)}",
    "西牛村🏞️",
    "\u202e倒\u202c着\u2066的\u2069",
    "\u2028\u2029\x00\x1b",
    "",
]


def _selected(name: str) -> MapState:
    return MapState(base=(), selection=Selection(AdminLevel.VILLAGE, "441881103201", name))


def _script(state: MapState) -> str:
    """The script that streamlit-folium sends to the browser for a state."""
    import folium

    made = base_map("zh")
    made.get_root().render()
    streamlit_folium._get_map_string(made)
    group = folium.FeatureGroup(name="state")
    Apply(state).add_to(group)
    return streamlit_folium._get_feature_group_string(group, made)


def _decoded(script: str) -> object:
    found = re.search(r'XiangtuMap\.apply\(map_div, "([A-Za-z0-9+/=]*)"\);', script)
    assert found is not None
    return json.loads(base64.b64decode(found[1]))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_arrive_whole_through_folium_and_its_rewriting(name: str) -> None:
    state = _selected(name)
    assert _decoded(_script(state)) == as_json(state)


@settings(deadline=None)
@given(st.text())
def test_payload_holds_no_letter_that_a_script_or_template_could_read(name: str) -> None:
    made = payload({"name": name.encode("utf-8", "replace").decode()})
    assert re.fullmatch(r"[A-Za-z0-9+/]*=*", made)
    assert json.loads(base64.b64decode(made))["name"] == name.encode("utf-8", "replace").decode()


def test_base_script_is_the_same_in_every_run_and_free_of_foreign_addresses() -> None:
    scripts = set()
    for _ in range(2):
        made = base_map("zh")
        made.get_root().render()
        scripts.add(streamlit_folium._get_map_string(made))
    assert len(scripts) == 1
    assert "http" not in scripts.pop()


def test_base_map_asks_for_own_files_only() -> None:
    made = base_map("en")
    addresses = [address for _, address in [*made.default_js, *made.default_css]]
    for child in made._children.values():
        for listed in (getattr(child, "default_js", []), getattr(child, "default_css", [])):
            addresses += [address for _, address in listed]
    assert len(addresses) == 2
    assert all(re.fullmatch(r"/assets/[0-9a-f]{12}/[a-z.-]+", address) for address in addresses)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_json_does_not_know_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        payload(as_json(MapState(base=(), marker=(number, 24.0))))


def _layer(**changes: object) -> VectorLayer:
    given = {
        "id": "houses",
        "title": "危房",
        "url": "/tiles/houses/3/{z}/{x}/{y}.pbf",
        "mvt_layer": "houses",
        "geometry": Geometry.POINT,
        "style": Style(
            Symbol("#ffffff", fill="#636363"),
            attribute="grade",
            symbols={"D": Symbol("#ffffff", fill="#a50f15", shape=Shape.DIAMOND)},
            priority=("D", "C", "A"),
        ),
        "min_zoom": 9,
        "deepest_tile": 14,
        "filters": {"grade": frozenset({"D", "C"})},
        "bounds": (112.0, 23.0, 114.0, 25.0),
    }
    return VectorLayer(**{**given, **changes})  # type: ignore[arg-type]


def test_layer_as_the_runtime_reads_it() -> None:
    sent = as_json(MapState(base=(), layers=(_layer(),)))["layers"]
    assert isinstance(sent, list)
    assert sent[0]["filters"] == {"grade": ["C", "D"]}
    assert sent[0]["bounds"] == [[23.0, 112.0], [25.0, 114.0]]
    assert sent[0]["style"]["order"] == ["A", "C", "D"]
    assert sent[0]["style"]["symbols"]["D"]["shape"] == PATHS[Shape.DIAMOND]


@pytest.mark.parametrize(
    "url",
    [
        "https://tiles.example/{z}/{x}/{y}",
        "//tiles.example/{z}",
        "javascript:alert(1)",
        "tiles/{z}",
        "/a b",
        "/\\x",
    ],
)
def test_only_paths_of_the_own_server_are_asked(url: str) -> None:
    with pytest.raises(ValueError, match="own server"):
        as_json(MapState(base=(_layer(url=url),)))


def test_colours_are_colours() -> None:
    with pytest.raises(ValueError, match="colour"):
        as_json(MapState(base=(_layer(style=Style(Symbol("red;background:url(//x)"))),)))


def test_ids_are_unique_and_themes_have_a_label_for_each_colour() -> None:
    with pytest.raises(ValueError, match="same id"):
        MapState(base=(_layer(),), layers=(_layer(),))
    with pytest.raises(ValueError, match="label"):
        Theme("/themes/x.json", AdminLevel.VILLAGE, "x", ("#ffffff",), (), (3,))


def test_view_is_a_centre_or_bounds() -> None:
    for wrong in (
        {},
        {"center": (113.0, 24.0)},
        {"center": (113.0, 24.0), "zoom": 9, "bounds": (1, 2, 3, 4)},
    ):
        with pytest.raises(ValueError, match="view"):
            View(1, **wrong)  # type: ignore[arg-type]
    sent = as_json(MapState(base=(), view=View(2, center=(113.0, 24.0), zoom=9.5)))["view"]
    assert sent == {"serial": 2, "center": [24.0, 113.0], "zoom": 9.5, "bounds": None}


def test_scope_of_all_and_of_some() -> None:
    assert as_json(MapState(base=()))["scope"] == {"prefix": "", "townships": None}
    some = Scope("441881", frozenset({"441881103", "441881101"}))
    assert as_json(MapState(base=(), scope=some))["scope"] == {
        "prefix": "441881",
        "townships": ["441881101", "441881103"],
    }


def test_drawn_shapes_are_geojson_to_the_millimetre_and_name_their_kind() -> None:
    area, line = box(113, 24, 113.123456789, 24.1), LineString([(113, 24), (113.1, 24)])
    groups = tuple(Drawn("重叠", Symbol("#b91c1c"), (shape,)) for shape in (area, line, Point(113, 24)))
    sent = as_json(MapState(base=(), drawn=groups))["drawn"]
    assert isinstance(sent, list)
    assert [group["geometry"] for group in sent] == ["polygon", "line", "point"]
    (shape,) = sent[0]["shapes"]
    assert shape["type"] == "Polygon"
    assert max(lon for lon, _ in shape["coordinates"][0]) == 113.12345679
    assert sent[0]["symbol"]["color"] == "#b91c1c"


def test_click_is_read() -> None:
    click = Click.of({"last_clicked": {"lat": 24.0, "lng": 113}, "zoom": 10.5})
    assert click == Click(113.0, 24.0, 10.5)
    assert click.tile_zoom == 10
    # 2 * pi * 6378137 m / 256 px = 156543.034 m at zoom 0 on the equator; cos 60° = 0.5.
    assert Click(0, 60, 1).metres_per_pixel == pytest.approx(39135.758, abs=0.001)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"last_clicked": None, "zoom": 9},
        {"last_clicked": {"lat": "24", "lng": 113}, "zoom": 9},
        {"last_clicked": {"lat": 24}, "zoom": 9},
        {"last_clicked": {"lat": 91, "lng": 113}, "zoom": 9},
        {"last_clicked": {"lat": 24, "lng": float("nan")}, "zoom": 9},
        {"last_clicked": {"lat": 24, "lng": 113}},
        {"last_clicked": {"lat": 24, "lng": 113}, "zoom": True},
        {"last_clicked": {"lat": 24, "lng": 113}, "zoom": 1e9},
    ],
)
def test_what_is_no_click_is_none(value: object) -> None:
    assert Click.of(value) is None
