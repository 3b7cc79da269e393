"""A theme map for paper: a place by the units in it, coloured by one indicator, drawn without a browser.

One SVG without script or reference to anything outside; classes, colours and words are those of the living map.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from i18n import Lang, tr
from layers import Indicator, Symbol
from maps.names import Box, Name, placed_names, text_width
from maps.sheet import GROUND, INK, Sheet, drawn, north_arrow, scale_bar, svg_text, whole_picture
from maps.theme import ThemeClasses, theme_classes

_LEGEND_PX = 124
_ROW_PX = 16
_NO_DATA = "#eceae4"
_HATCH = "url(#xt-none)"
_BORDER, _HEAVY, _OWN = "#8d8779", "#4b463c", "#b91c1c"
_PATTERN = (
    '<pattern id="xt-none" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="5" height="5" fill="{_NO_DATA}"/><path d="M0 0V5" stroke="#b8b4a8" stroke-width="1"/></pattern>'
)


def theme_picture(
    units: Sequence[tuple[BaseGeometry, str, float]],
    indicator: Indicator,
    *,
    heavier: Sequence[tuple[BaseGeometry, str]],
    own: BaseGeometry | None,
    title: str,
    lang: Lang,
    width: int = 470,
    height: int = 350,
) -> str:
    """Return a theme map as an SVG string, safe to put into a page.

    Parameters
    ----------
    units : polygons (EPSG:4490), names and values in the indicator's stored unit, NaN for no data.
    heavier : units of a level above with their names, same CRS: drawn over with heavy lines; where there are any,
        theirs are the names written, else those of `units`.
    own : one of `units` that the picture is about, outlined; None if it is about all.
    title : what the picture is called for readers that cannot see it.
    width, height : pixels of the whole picture; the legend takes 124 of them on the right.

    Raises
    ------
    ValueError : there is no unit to draw.
    """
    if not units:
        raise ValueError("a theme map needs a unit")
    values = np.array([value for _, _, value in units], dtype=float)
    theme = theme_classes(values, indicator, lang)
    found = theme.classes.assign(values)
    map_width = width - _LEGEND_PX
    sheet = Sheet(
        shapely.union_all([_outside(shape) for shape, _, _ in units]), map_width, height, margin=0.03
    )
    shapes = [sheet.px(shape) for shape, _, _ in units]
    over = [(sheet.px(shape), name) for shape, name in heavier]
    marked = sheet.px(own) if own is not None else None
    named = over or [(shape, name) for shape, (_, name, _) in zip(shapes, units, strict=True)]
    names = [
        Name(name, shape, 12.5 if over else 10, bold=bool(over))
        for shape, name in sorted(named, key=lambda pair: -pair[0].area)
    ]
    if marked is not None:
        own_name = next((name for shape, name, _ in units if shape is own), "")
        names.insert(0, Name(own_name, marked, 11.5, bold=True, color=_OWN))
    parts = [
        f'<clipPath id="xt-theme"><rect width="{map_width}" height="{height}"/></clipPath><defs>{_PATTERN}</defs>',
        '<g clip-path="url(#xt-theme)">',
        f'<rect width="{map_width}" height="{height}" fill="{GROUND}"/>',
        *(
            drawn(shape, _filled(theme.colors[index] if index >= 0 else _HATCH))
            for shape, index in zip(shapes, found, strict=True)
        ),
        *(drawn(shape, Symbol(_HEAVY, width=1.6)) for shape, _ in over),
        drawn(marked, Symbol(_OWN, width=2.4)) if marked is not None else "",
        *placed_names(names, map_width, height, _taken(map_width, height)),
        scale_bar(sheet.metres_per_px, height, lang),
        north_arrow(map_width, lang),
        "</g>",
        f'<rect x="0.5" y="0.5" width="{map_width - 1}" height="{height - 1}" fill="none" stroke="#9ca3af"/>',
        *_legend(theme, indicator, map_width + 10, height, lang),
    ]
    return whole_picture("".join(parts), title, width, height)


def _outside(shape: BaseGeometry) -> BaseGeometry:
    """The envelope, which is all that the sheet asks for."""
    return shape.envelope


def _filled(color: str) -> Symbol:
    return Symbol(_BORDER, fill=color, fill_opacity=1, width=0.6)


def _taken(width: int, height: int) -> list[Box]:
    """Where scale bar and north arrow are."""
    return [(6, height - 34, 130, height), (width - 36, 4, width - 6, 50)]


def _legend(theme: ThemeClasses, indicator: Indicator, x: int, height: int, lang: Lang) -> list[str]:
    parts: list[str] = []
    y = 14.0
    room = _LEGEND_PX - 12

    def write(words: str, *, indent: int = 0, size: float = 10, bold: bool = False, color: str = INK) -> None:
        weight = ' font-weight="bold"' if bold else ""
        parts.append(
            f'<text x="{x + indent}" y="{y + 3.5:.1f}" font-size="{size:g}"{weight} fill="{color}">'
            f"{svg_text(words)}</text>"
        )

    def row(fill: str, words: str, number: int) -> None:
        nonlocal y
        parts.append(
            f'<rect x="{x}" y="{y - 5.5:.1f}" width="18" height="11" fill="{fill}" stroke="{_BORDER}" '
            'stroke-width="0.6"/>'
        )
        write(words, indent=24)
        parts.append(
            f'<text x="{x + room}" y="{y + 3.5:.1f}" font-size="9" text-anchor="end" fill="#64748b">{number:,}</text>'
        )
        y += _ROW_PX

    for line in _lines(indicator.title.get(lang), room, 10.5):
        write(line, size=10.5, bold=True)
        y += 14
    y += 4
    for index in reversed(range(theme.classes.count)):
        row(theme.colors[index], theme.labels[index], theme.counts[index])
        if theme.classes.target_at is not None and index == theme.classes.target_at and theme.target:
            parts.append(f'<path d="M{x} {y - 8:.1f}H{x + room}" stroke="{INK}" stroke-dasharray="3 2"/>')
            y += 4
            write(tr("maps.paper_target", lang, target=theme.target), size=9)
            y += 14
    if theme.without_data:
        row(_HATCH, tr("maps.no_data", lang), theme.without_data)
    notes = [
        line for key in ("datum", "projection") for line in _lines(tr(f"selection.map.{key}", lang), room, 8)
    ]
    y = height - 11.0 * len(notes)
    for line in notes:
        write(line, size=8, color="#64748b")
        y += 11
    return parts


def _lines(words: str, room: float, size: float) -> list[str]:
    """Words in lines that fit: broken at blanks, and between wide letters."""
    lines, line = [], ""
    for piece in _pieces(words):
        if line and text_width(line + piece.rstrip(), size) > room:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()]


def _pieces(words: str) -> list[str]:
    if " " in words.strip():
        return [f"{word} " for word in words.split()]
    return list(words)
