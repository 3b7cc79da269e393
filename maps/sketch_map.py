"""A map to draw one shape on: the city's map with Leaflet.draw, in a frame of its own.

What was drawn comes back as GeoJSON geometries in degrees; a page checks them before it believes them. The tool is
that of `folium.plugins.Draw`, started by our own script, because its words are fixed English and it keeps every
shape, where a candidate has one.
"""

from collections.abc import Mapping
from typing import Any

import folium
import shapely
import streamlit as st
from branca.element import MacroElement
from folium.elements import JSCSSMixin
from folium.plugins import VectorGridProtobuf
from folium.template import Template
from shapely.geometry.base import BaseGeometry
from streamlit_folium import st_folium

from i18n import Lang, tr
from layers import Geometry
from maps.assets import url_of
from maps.base_map import HEIGHT_PX, Apply, serve
from maps.options import OPTIONS, START, START_ZOOM, words
from maps.state import MapState, payload

_MOST_VERTICES = 10_000
_WORDS = (
    "cancel_title", "cancel", "finish_title", "finish", "undo_title", "undo", "draw_line", "draw_point", "point_start",
    "line_start", "line_cont", "line_end", "save_title", "save", "revert_title", "clear_title", "clear", "edit",
    "nothing", "remove", "edit_tip", "edit_tip_cancel", "remove_tip", "draw_polygon", "polygon_start", "polygon_end",
)  # fmt: skip


class _Sketch(JSCSSMixin, MacroElement):
    """Starts the runtime on the base map, and the drawing tool on the runtime."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        'XiangtuMap.dress({{ this._parent.get_name() }}, "{{ this.words }}", XiangtuSketch.frame);'
        'XiangtuSketch.open({{ this._parent.get_name() }}, "{{ this.sketch }}");'
        "{% endmacro %}"
    )

    def __init__(self, geometry: Geometry, shape: BaseGeometry | None, lang: Lang) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Sketch"
        self.words = words(lang)
        self.sketch = payload(
            {
                "kind": geometry.value,
                "shape": None if shape is None else shapely.geometry.mapping(shape),
                "words": {name: tr(f"planning.draw_{name}", lang) for name in _WORDS},
            }
        )


def sketch(
    state: MapState, geometry: Geometry, shape: BaseGeometry | None, key: str
) -> tuple[BaseGeometry, ...] | None:
    """Show the map with the drawing tool; return what is drawn on it, None before anything was changed.

    Parameters
    ----------
    state : what lies below, as for `maps.base_map.show`.
    geometry : a line, a point or an area.
    shape : what there is to be changed, EPSG:4490; None to draw anew.
    key : one for each drawing: a new key begins anew with `shape`.
    """

    def keep() -> None:
        told = st.session_state.get(key)
        # Other events of the map come this way too, without a sketch.
        if isinstance(told, Mapping) and "sketch" in told:
            st.session_state[f"{key}.drawn"] = told["sketch"]

    made = folium.Map(location=START, zoom_start=START_ZOOM, tiles=None, zoom_control=False, **OPTIONS)
    grid = VectorGridProtobuf("/tiles/none/{z}/{x}/{y}.pbf", options={}, show=False)
    tool = _Sketch(geometry, shape, state.lang)
    serve(made, "map.js", "map.css")
    serve(grid)
    tool.default_js = [("draw.js", url_of("draw.js"))]
    tool.default_css = [("draw.css", url_of("draw.css"))]
    for element in (grid, tool):
        element.add_to(made)
    group = folium.FeatureGroup(name="state")
    Apply(state).add_to(group)
    st_folium(
        made,
        key=key,
        height=HEIGHT_PX,
        use_container_width=True,
        returned_objects=[],
        feature_group_to_add=group,
        on_change=keep,
    )
    drawn = st.session_state.get(f"{key}.drawn")
    return None if drawn is None else shapes_of(drawn)


def shapes_of(told: object) -> tuple[BaseGeometry, ...]:
    """Geometries that a browser told: points, lines and areas with sound coordinates; anything else is left out."""
    found = []
    for one in told if isinstance(told, list) else ():
        made = _shape(one)
        if made is not None:
            found.append(made)
    return tuple(found)


def _shape(told: Any) -> BaseGeometry | None:
    if not isinstance(told, Mapping):
        return None
    kind, places = told.get("type"), told.get("coordinates")
    if kind == "Polygon":
        return _area(places)
    if kind == "Point":
        places = [places]
    if not isinstance(places, list) or len(places) > _MOST_VERTICES or not all(map(_is_place, places)):
        return None
    if kind == "Point":
        return shapely.Point(places[0][:2])
    if kind == "LineString" and len(places) >= 2:
        return shapely.LineString([place[:2] for place in places])
    return None


def _area(rings: Any) -> BaseGeometry | None:
    """A polygon from closed rings of three corners at least; None where they are none, or cross themselves."""
    if not isinstance(rings, list) or not rings or not all(isinstance(ring, list) for ring in rings):
        return None
    if sum(map(len, rings)) > _MOST_VERTICES:
        return None
    if any(len(ring) < 4 or not all(map(_is_place, ring)) or ring[0][:2] != ring[-1][:2] for ring in rings):
        return None
    shell, *holes = [[place[:2] for place in ring] for ring in rings]
    made = shapely.Polygon(shell, holes)
    return made if made.is_valid and made.area > 0 else None


def _is_place(told: Any) -> bool:
    if not isinstance(told, list) or len(told) < 2:
        return False
    lon, lat = told[:2]
    numbers = all(isinstance(n, int | float) and not isinstance(n, bool) for n in (lon, lat))
    return numbers and abs(lon) <= 180 and abs(lat) <= 90
