"""What the map shows of parcels besides tiles: one outlined, its pieces in conflict, a spot for each of a list."""

import math
from collections.abc import Sequence

from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from i18n import Lang, tr
from layers import Severity, Symbol
from maps.state import Drawn, View

SEVERITY_COLORS = {
    Severity.PROHIBITED: "#b91c1c",
    Severity.RESTRICTED: "#d97706",
    Severity.NOTE: "#2563eb",
}
"""Colour of a conflict on maps, in tables and sheets."""
CLEAR, UNCHECKED = "#15803d", "#6b7280"
_FILLED_PX = 220
_OUTLINE, _SLIVER = "#111827", "#7c3aed"


def view_of(shape: BaseGeometry, serial: int) -> View:
    """Look at a shape (EPSG:4490) so close that it fills some part of the map."""
    west, south, east, north = shape.bounds
    middle = (south + north) / 2
    # At zoom 0 the world is 256 px wide.
    widest = max(east - west, (north - south) / math.cos(math.radians(middle)), 1e-6)
    zoom = math.floor(2 * math.log2(_FILLED_PX * 360 / (256 * widest))) / 2
    return View(serial, center=((west + east) / 2, middle), zoom=max(8.0, min(17.5, zoom)))


def outline(shapes: Sequence[BaseGeometry], lang: Lang) -> Drawn:
    """The parcel that is looked at, or several that are to be."""
    return Drawn(
        tr("parcels.map_selected", lang),
        Symbol(_OUTLINE, fill="#ffffff", fill_opacity=0.05, width=3.2),
        tuple(shapes),
    )


def conflict_pieces(pieces: Sequence[tuple[Severity, bool, BaseGeometry]], lang: Lang) -> tuple[Drawn, ...]:
    """Pieces of a parcel in conflict by severity, the gravest above; slivers apart in a hue of their own.

    Parameters
    ----------
    pieces : severity, whether it is a sliver, polygon in EPSG:4490.
    """
    found = []
    for severity in reversed(SEVERITY_COLORS):
        shapes = tuple(shape for kind, sliver, shape in pieces if kind is severity and not sliver)
        if shapes:
            color = SEVERITY_COLORS[severity]
            found.append(
                Drawn(severity.text.get(lang), Symbol(color, fill=color, fill_opacity=0.45, width=2), shapes)
            )
    slivers = tuple(shape for _, sliver, shape in pieces if sliver)
    if slivers:
        found.append(
            Drawn(
                tr("parcels.map_sliver", lang),
                Symbol(_SLIVER, fill=_SLIVER, fill_opacity=0.6, width=1.5),
                slivers,
            )
        )
    return tuple(found)


def spots(places: Sequence[tuple[Severity | None, bool, float, float]], lang: Lang) -> tuple[Drawn, ...]:
    """A disc for each parcel of a list in the colour of its gravest conflict, the gravest above.

    Parameters
    ----------
    places : gravest severity (None without a conflict), whether it was checked, longitude and latitude (EPSG:4490).
    """
    groups: list[tuple[str, str, list[Point]]] = [
        (tr("parcels.unchecked", lang), UNCHECKED, [Point(x, y) for _, known, x, y in places if not known]),
        (tr("parcels.clear", lang), CLEAR, [Point(x, y) for s, known, x, y in places if known and s is None]),
    ]
    for severity in reversed(SEVERITY_COLORS):
        here = [Point(x, y) for kind, known, x, y in places if known and kind is severity]
        groups.append(
            (tr("parcels.map_spot", lang, severity=severity.text.get(lang)), SEVERITY_COLORS[severity], here)
        )
    return tuple(
        Drawn(title, Symbol("#ffffff", fill=color, fill_opacity=1, width=1.2, radius=5), tuple(found))
        for title, color, found in groups
        if found
    )
