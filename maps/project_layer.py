"""Projects of the library on the map: points, lines and areas, coloured by a class of theirs."""

from collections.abc import Iterable, Mapping, Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from i18n import Lang, tr
from layers import Symbol
from maps.state import Drawn

LAYER_COLORS = {
    "roads": "#9a6700",
    "water_supply": "#0369a1",
    "broadband": "#7c3aed",
    "dangerous_housing": "#be123c",
    "land_consolidation": "#3f7d20",
}
"""Colour of the projects of a core layer; those of others are grey."""
OTHER_COLOR = "#57534e"
_RELIEF = "#111827"
MOST = 2000
"""Shapes drawn at most: each of them goes to the browser whole."""


def groups(
    classes: Sequence[tuple[str, str]], shapes: Iterable[tuple[str, BaseGeometry]], lang: Lang
) -> tuple[Drawn, ...]:
    """One group for each class and kind of geometry, areas below lines below points.

    Parameters
    ----------
    classes : title and colour ``#rrggbb``, in the order of the legend.
    shapes : title of the class and geometry (EPSG:4490) of each project.
    """
    held: dict[tuple[str, int], list[BaseGeometry]] = {}
    for title, shape in shapes:
        dimension = int(shapely.get_dimensions(shape))
        held.setdefault((title, dimension), []).append(shape)
    made = []
    for dimension in (2, 1, 0):
        for title, color in classes:
            found = held.get((title, dimension))
            if found:
                several = sum((title, other) in held for other in (0, 1, 2)) > 1
                told = tr(f"library.map.of_{dimension}", lang, title=title) if several else title
                made.append(Drawn(told, _symbol(color, dimension), tuple(found)))
    return tuple(made)


def relief(shape: BaseGeometry, title: str) -> Drawn:
    """The project that is looked at, ringed."""
    point = shape if shapely.get_dimensions(shape) == 0 else None
    if point is not None:
        symbol = Symbol(_RELIEF, fill="#ffffff", fill_opacity=0.0, width=2.6, radius=10)
    else:
        symbol = Symbol(_RELIEF, fill="#ffffff", fill_opacity=0.05, width=4)
    return Drawn(title, symbol, (shape,))


def nearest(shapes: Mapping[str, BaseGeometry], lon: float, lat: float, reach_m: float) -> str | None:
    """The key of the shape nearest to a point in degrees, None if none lies within the reach."""
    if not shapes:
        return None
    keys = list(shapes)
    # Degrees of longitude are shorter than those of latitude here; a click needs no more than that.
    squeeze = 0.92
    point = shapely.Point(lon * squeeze, lat)
    squeezed = shapely.transform(list(shapes.values()), lambda xy: xy * (squeeze, 1.0))
    distances = shapely.distance(squeezed, point) * 110_760
    at = int(distances.argmin())
    return keys[at] if distances[at] <= reach_m else None


def _symbol(color: str, dimension: int) -> Symbol:
    if dimension == 0:
        return Symbol("#ffffff", fill=color, fill_opacity=1, width=1.2, radius=5.5)
    if dimension == 1:
        return Symbol(color, width=3.4)
    return Symbol(color, fill=color, fill_opacity=0.3, width=1.8)
