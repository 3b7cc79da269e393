"""A small map for paper: a village, its neighbours and its features as one SVG without script."""

from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from i18n import Lang
from layers import Symbol
from maps.sheet import GROUND, INK, Sheet, drawn, named, north_arrow, scale_bar, whole_picture

_OTHER, _OWN = "#fbfaf6", "#ffffff"


def svg_map(
    outline: BaseGeometry,
    neighbours: Sequence[tuple[BaseGeometry, str]],
    features: Sequence[tuple[BaseGeometry, Symbol]],
    *,
    title: str,
    lang: Lang,
    width: int = 640,
    height: int = 440,
) -> str:
    """Return a village's map as an SVG string, safe to put into a page.

    Parameters
    ----------
    outline : the village, polygon or multipolygon, EPSG:4490.
    neighbours : surrounding villages with their names, same CRS.
    features : geometries of the layers with their symbols, same CRS; drawn areas first, then lines, points.
    title : what the picture is called for readers that cannot see it.
    lang : language of scale and north.
    width, height : pixels.

    Returns
    -------
    One ``<svg>`` element; all text in it is escaped, no script, no reference to anything outside.

    Raises
    ------
    ValueError : the outline is empty.
    """
    if outline.is_empty:
        raise ValueError("a map needs an outline")
    sheet = Sheet(outline, width, height)
    around = [(sheet.px(geometry), name) for geometry, name in neighbours]
    own = sheet.px(outline)
    border = Symbol("#c9c3b3", fill=_OTHER, fill_opacity=1, width=0.8)
    placed = sorted(
        ((sheet.px(geometry), symbol) for geometry, symbol in features),
        key=lambda pair: -shapely.get_dimensions(pair[0]),
    )
    parts = [
        f'<rect width="{width}" height="{height}" fill="{GROUND}"/>',
        *(drawn(geometry, border) for geometry, _ in around),
        drawn(own, Symbol("#ffffff", fill=_OWN, fill_opacity=1, width=0)),
        *(named(geometry, name) for geometry, name in around),
        *(drawn(geometry, symbol) for geometry, symbol in placed if shapely.get_dimensions(geometry) == 2),
        drawn(own, Symbol(INK, width=2)),
        *(drawn(geometry, symbol) for geometry, symbol in placed if shapely.get_dimensions(geometry) < 2),
        scale_bar(sheet.metres_per_px, height, lang),
        north_arrow(width, lang),
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" fill="none" stroke="#9ca3af"/>',
    ]
    return whole_picture("".join(parts), title, width, height)
