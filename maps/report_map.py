"""A small map of a report: where the project is, and where its photos say that they were taken."""

from collections.abc import Sequence
from dataclasses import replace

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from i18n import Lang, tr
from layers import Symbol
from maps.parcel_layer import view_of
from maps.state import Drawn, MapState

HEIGHT_PX = 300
_AROUND_DEG = 0.008
"""Some 800 m around, so that villages and roads say where it is."""
_PROJECT, _NEAR, _FAR = "#111827", "#15803d", "#b91c1c"


def report_map(
    below: MapState,
    project: BaseGeometry,
    taken: Sequence[tuple[float, float, bool]],
    serial: int,
    lang: Lang,
) -> MapState:
    """A state that shows a project and its photos.

    Parameters
    ----------
    below : the city's map (`maps.city_map.city_map`).
    project : EPSG:4490; a collection is drawn part by part.
    taken : longitude, latitude (EPSG:4490) and whether it is far from the project, of each photo with a position.
    serial : another one moves the map.
    """
    drawn = [
        Drawn(tr("reporting.map_project", lang), _symbol(shapes[0]), tuple(shapes))
        for shapes in _by_kind(project)
    ]
    for far, color, key in ((False, _NEAR, "reporting.map_near"), (True, _FAR, "reporting.map_far")):
        marks = tuple(Point(lon, lat) for lon, lat, is_far in taken if is_far is far)
        if marks:
            symbol = Symbol("#ffffff", fill=color, fill_opacity=1, width=2, radius=7)
            drawn.append(Drawn(tr(key, lang), symbol, marks))
    spots = [Point(lon, lat) for lon, lat, _ in taken]
    whole = shapely.union_all([project, *spots]).envelope.buffer(_AROUND_DEG)
    return replace(below, drawn=tuple(drawn), view=view_of(whole, serial), height_px=HEIGHT_PX, link="report")


def _by_kind(shape: BaseGeometry) -> list[list[BaseGeometry]]:
    """The parts of a shape, those of one dimension together."""
    parts = list(shapely.get_parts(shape))
    return [
        same
        for dimension in range(3)
        if (same := [p for p in parts if shapely.get_dimensions(p) == dimension])
    ]


def _symbol(shape: BaseGeometry) -> Symbol:
    if shapely.get_dimensions(shape) == 0:
        return Symbol("#ffffff", fill=_PROJECT, fill_opacity=1, width=2, radius=8)
    return Symbol(_PROJECT, fill=_PROJECT, fill_opacity=0.1, width=3.2)
