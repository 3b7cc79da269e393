"""Names on a drawn map: placed one after another, none over another, none out of the picture."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from maps.sheet import svg_text

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the picture."""
_HALO_PX = 1.5
_SHIFTS = ((0.0, 0.0), (0.0, -0.9), (0.0, 0.9), (-0.5, 0.0), (0.5, 0.0), (-0.5, -0.9), (0.5, 0.9))
"""Tries around the middle of an area, in shares of the name's width across and of its height up and down."""
_MOST_OUTSIDE = 0.45
"""Share of a name that may lie outside its own area; a name further out is taken for the neighbour's."""


@dataclass(frozen=True)
class Name:
    """A name that wants a place: the area it stands for in pixels, its size, its ink."""

    words: str
    area: BaseGeometry
    size: float = 10
    bold: bool = False
    color: str = "#1f2937"


def text_width(words: str, size: float) -> float:
    """About the width of a line in the fonts of our maps, px: wide letters are square, others near half."""
    return size * sum(1.0 if unicodedata.east_asian_width(letter) in "WFA" else 0.56 for letter in words)


def placed_names(names: Iterable[Name], width: float, height: float, taken: Sequence[Box] = ()) -> list[str]:
    """Return SVG of the names that find a place, the first ones served first.

    Parameters
    ----------
    names : in the order of their weight.
    width, height : of the picture, px.
    taken : boxes that no name may touch (scale bar, north arrow).
    """
    held, drawn = list(taken), []
    for name in names:
        found = _place(name, width, height, held)
        if found is None:
            continue
        held.append(found)
        x, y = (found[0] + found[2]) / 2, found[3] - name.size * 0.18
        weight = ' font-weight="bold"' if name.bold else ""
        drawn.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="{name.size:g}"{weight} '
            f'fill="{name.color}" stroke="#ffffff" stroke-width="{2 * _HALO_PX}" stroke-linejoin="round" '
            f'paint-order="stroke">{svg_text(name.words)}</text>'
        )
    return drawn


def _place(name: Name, width: float, height: float, held: Sequence[Box]) -> Box | None:
    """A free box for a name; None if there is none that would not be taken for a neighbour's."""
    if name.area.is_empty or not name.words:
        return None
    middle = _middle(name)
    across, up = text_width(name.words, name.size) + 2 * _HALO_PX, name.size * 1.15 + 2 * _HALO_PX
    for dx, dy in _SHIFTS:
        x, y = middle[0] + dx * across, middle[1] + dy * up
        box = (x - across / 2, y - up / 2, x + across / 2, y + up / 2)
        if box[0] < 2 or box[1] < 2 or box[2] > width - 2 or box[3] > height - 2:
            continue
        if any(_touch(box, other) for other in held):
            continue
        inside = shapely.box(*box).intersection(name.area).area
        if inside >= (1 - _MOST_OUTSIDE) * across * up:
            return box
    return None


def _middle(name: Name) -> tuple[float, float]:
    """The middle of the area's widest part; of a tiny area any point of it, for it gets no name anyway."""
    area = name.area
    if isinstance(area, shapely.Polygon | shapely.MultiPolygon) and area.area > name.size**2:
        x, y = shapely.maximum_inscribed_circle(area, tolerance=1.0).coords[0]
    else:
        x, y = area.representative_point().coords[0]
    return x, y


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
