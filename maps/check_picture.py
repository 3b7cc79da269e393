"""The map of a parcel's check for paper: the parcel, what limits it about it, the pieces in conflict; one SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from i18n import Lang, tr
from layers import Constraint, Severity, Symbol
from maps.sheet import GROUND, INK, Sheet, drawn, named, north_arrow, scale_bar, svg_text, whole_picture
from maps.swatch import paint

_LEGEND_PX, _ROW_PX = 178, 19
_AROUND, _READ = 0.55, 2.5
"""Shares of the parcel's extent that are shown on every side at least, and that may be."""
_LEAST_DEGREES = 0.0015
_VILLAGE = Symbol("#8b7f63", fill="#fbfaf6", fill_opacity=1, width=1.2, dash="8 3 2 3")
_PARCEL = Symbol(INK, fill="#ffffff", fill_opacity=0.35, width=2.2)
SURROUNDINGS: dict[Constraint, Symbol] = {
    Constraint.BASIC_FARMLAND: Symbol("#a16207", fill="#facc15", fill_opacity=0.22, width=0.8),
    Constraint.REDLINE: Symbol("#dc2626", fill="#ef4444", fill_opacity=0.10, width=1.4, dash="7 3"),
    Constraint.GROWTH_BOUNDARY: Symbol("#7c3aed", fill="#8b5cf6", fill_opacity=0.06, width=1.4, dash="10 4"),
    Constraint.HAZARD: Symbol("#c2410c", fill="#fb923c", fill_opacity=0.12, width=1.0, dash="2 2"),
    Constraint.PARCEL: Symbol("#075985", fill="#38bdf8", fill_opacity=0.18, width=1.0),
}
"""How what limits parcels is drawn on paper."""
PIECES: dict[Severity, Symbol] = {
    Severity.PROHIBITED: Symbol("#b91c1c", fill="#dc2626", fill_opacity=0.6, width=1.2),
    Severity.RESTRICTED: Symbol("#c2410c", fill="#f97316", fill_opacity=0.55, width=1.2),
    Severity.NOTE: Symbol("#6d28d9", fill="#a78bfa", fill_opacity=0.25, width=0.8),
}
"""How pieces in conflict are drawn."""


@dataclass(frozen=True)
class ConflictPiece:
    """One piece: geometry (EPSG:4490), a code of `Severity`, whether it is a sliver, its number in the table."""

    geometry: BaseGeometry
    severity: str
    sliver: bool
    number: int


def check_extent(parcel: BaseGeometry) -> BaseGeometry:
    """The box about a parcel inside which its map shows what is there, whatever the shape of the map; EPSG:4490."""
    return _around(parcel, _READ)


def _around(parcel: BaseGeometry, share: float) -> BaseGeometry:
    west, south, east, north = parcel.bounds
    margin = max(east - west, north - south, _LEAST_DEGREES) * share
    return shapely.box(west - margin, south - margin, east + margin, north + margin)


def check_picture(
    parcel: BaseGeometry,
    pieces: Sequence[ConflictPiece],
    surroundings: Sequence[tuple[Constraint, BaseGeometry]],
    villages: Sequence[tuple[BaseGeometry, str]],
    *,
    title: str,
    lang: Lang,
    width: int = 760,
    height: int = 620,
) -> str:
    """Return the map as an SVG string, safe to put into a page.

    Parameters
    ----------
    parcel : EPSG:4490, as all geometries.
    pieces : the pieces in conflict, drawn above everything, notes first, the most serious last.
    surroundings : what limits parcels hereabouts, with its kind.
    villages : outlines with names.
    title : what the picture is called for readers that cannot see it.
    width, height : pixels of the whole picture; the legend takes 178 of them on the right.

    Raises
    ------
    ValueError : the parcel is empty.
    """
    if parcel.is_empty:
        raise ValueError("a check's map needs a parcel")
    map_width = width - _LEGEND_PX
    sheet = Sheet(_around(parcel, _AROUND), map_width, height, margin=0.0)
    own = sheet.px(parcel)
    worst_last = sorted(pieces, key=lambda piece: -list(Severity).index(Severity.of(piece.severity)))
    outlines = [(sheet.px(shape), name) for shape, name in villages]
    parts = [
        f'<clipPath id="xt-check"><rect width="{map_width}" height="{height}"/></clipPath>',
        '<g clip-path="url(#xt-check)">',
        f'<rect width="{map_width}" height="{height}" fill="{GROUND}"/>',
        *(drawn(shape, _VILLAGE) for shape, _ in outlines),
        *(named(shape, name) for shape, name in outlines),
        *(drawn(sheet.px(shape), SURROUNDINGS[kind]) for kind, shape in surroundings if kind in SURROUNDINGS),
        drawn(own, _PARCEL),
        *(drawn(sheet.px(piece.geometry), PIECES[Severity.of(piece.severity)]) for piece in worst_last),
        drawn(own, Symbol(INK, width=2.2)),
        *_numbers(sheet, worst_last),
        scale_bar(sheet.metres_per_px, height, lang),
        north_arrow(map_width, lang),
        "</g>",
        f'<rect x="0.5" y="0.5" width="{map_width - 1}" height="{height - 1}" fill="none" stroke="#9ca3af"/>',
        *_legend(pieces, {kind for kind, _ in surroundings}, map_width + 12, height, lang),
    ]
    return whole_picture("".join(parts), title, width, height)


def _numbers(sheet: Sheet, pieces: Sequence[ConflictPiece]) -> list[str]:
    """The numbers of the pieces that are not slivers, each on its piece."""
    parts = []
    for piece in pieces:
        shape = sheet.px(piece.geometry)
        if piece.sliver or shape.is_empty:
            continue
        spot = shape.representative_point()
        parts.append(
            f'<text x="{spot.x:.0f}" y="{spot.y + 4:.0f}" text-anchor="middle" font-size="12" font-weight="bold" '
            f'fill="{INK}" stroke="#ffffff" stroke-width="3" paint-order="stroke">{piece.number}</text>'
        )
    return parts


def _legend(
    pieces: Sequence[ConflictPiece], around: set[Constraint], x: int, height: int, lang: Lang
) -> list[str]:
    parts: list[str] = []
    y = 14.0

    def write(words: str, *, size: float = 12, bold: bool = False, indent: int = 0, color: str = INK) -> None:
        weight = ' font-weight="bold"' if bold else ""
        parts.append(
            f'<text x="{x + indent}" y="{y + 4:.0f}" font-size="{size}"{weight} fill="{color}">'
            f"{svg_text(words)}</text>"
        )

    def row(symbol: Symbol, words: str) -> None:
        nonlocal y
        box = f'<rect x="{x}" y="{y - 6}" width="24" height="12" {paint(symbol, filled=True)}/>'
        parts.append(box)
        write(words, size=11, indent=31)
        y += _ROW_PX

    row(_PARCEL, tr("landcheck.map_parcel", lang))
    found = {Severity.of(piece.severity) for piece in pieces}
    if found:
        write(tr("landcheck.map_pieces", lang), bold=True)
        y += _ROW_PX
    for severity in (one for one in Severity if one in found):
        row(PIECES[severity], severity.text.get(lang))
    shown = [kind for kind in SURROUNDINGS if kind in around]
    if shown:
        write(tr("landcheck.map_around", lang), bold=True)
        y += _ROW_PX
    for kind in shown:
        row(SURROUNDINGS[kind], kind.text.get(lang))
    row(_VILLAGE, tr("landcheck.map_village", lang))
    y = height - 26.0
    for line in ("map_datum", "map_projection"):
        write(tr(f"landcheck.{line}", lang), size=9.5, color="#64748b")
        y += 15
    return parts
