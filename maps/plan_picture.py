"""The map of a plan for paper: counties and townships, projects chosen and not chosen, legend, scale, north.

One SVG without script or reference to anything outside; the same picture goes into the PDF and is offered alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import shapely
from shapely.geometry.base import BaseGeometry

from i18n import Lang, tr
from layers import Geometry, Symbol
from layers.codes import CandidateKind
from maps.plan_looks import LOOKS
from maps.sheet import GROUND, INK, Sheet, drawn, named, north_arrow, scale_bar, svg_text, whole_picture
from maps.swatch import marker, paint

_OTHER_COLOR = "#8a8f98"
_LEGEND_PX, _ROW_PX = 196, 19
_TOWNSHIP = Symbol("#bdb6a3", fill="#fbfaf6", fill_opacity=1, width=0.7)
_COUNTY = Symbol("#4b463c", width=1.8)
SYMBOLS: dict[CandidateKind, tuple[Geometry, Symbol]] = {
    kind: (look.geometry, look.symbol(width=2.4, radius=5, outline=1.1)) for kind, look in LOOKS.items()
}
"""How each kind of project is drawn on paper."""


@dataclass(frozen=True)
class PlanShape:
    """One project: its geometry (EPSG:4490), a code of `CandidateKind`, whether it was chosen."""

    geometry: BaseGeometry
    kind: str
    chosen: bool


def plan_picture(
    counties: Sequence[tuple[BaseGeometry, str]],
    townships: Sequence[BaseGeometry],
    shapes: Sequence[PlanShape],
    *,
    title: str,
    lang: Lang,
    width: int = 960,
    height: int = 620,
) -> str:
    """Return the map of a plan as an SVG string, safe to put into a page.

    Parameters
    ----------
    counties : the counties looked at with their names, EPSG:4490.
    townships : outlines of their townships, same CRS.
    shapes : projects; those not chosen are drawn small and grey below those chosen.
    title : what the picture is called for readers that cannot see it.
    width, height : pixels of the whole picture; the legend takes 196 of them on the right.

    Raises
    ------
    ValueError : no county to draw.
    """
    if not counties:
        raise ValueError("a plan's map needs a county")
    map_width = width - _LEGEND_PX
    sheet = Sheet(shapely.union_all([shape for shape, _ in counties]), map_width, height, margin=0.03)
    outlines = [(sheet.px(shape), name) for shape, name in counties]
    parts = [
        f'<clipPath id="xt-plan"><rect width="{map_width}" height="{height}"/></clipPath>',
        '<g clip-path="url(#xt-plan)">',
        f'<rect width="{map_width}" height="{height}" fill="{GROUND}"/>',
        *(drawn(sheet.px(shape), _TOWNSHIP) for shape in townships),
        *(drawn(shape, _COUNTY) for shape, _ in outlines),
        *_projects(sheet, shapes),
        *(named(shape, name, size=13) for shape, name in outlines),
        scale_bar(sheet.metres_per_px, height, lang),
        north_arrow(map_width, lang),
        "</g>",
        f'<rect x="0.5" y="0.5" width="{map_width - 1}" height="{height - 1}" fill="none" stroke="#9ca3af"/>',
        *_legend(shapes, map_width + 14, height, lang),
    ]
    return whole_picture("".join(parts), title, width, height)


def _grey(symbol: Symbol) -> Symbol:
    """How a project that was not chosen is drawn: there, but not in the way."""
    return replace(
        symbol,
        color=symbol.color if symbol.fill else _OTHER_COLOR,
        fill=_OTHER_COLOR if symbol.fill else None,
        opacity=0.75,
        width=min(symbol.width, 1.1),
        radius=symbol.radius * 0.7,
    )


def _projects(sheet: Sheet, shapes: Sequence[PlanShape]) -> list[str]:
    order = sorted(shapes, key=lambda shape: (shape.chosen, -shapely.get_dimensions(shape.geometry)))
    parts = []
    for shape in order:
        _, symbol = SYMBOLS[CandidateKind.of(shape.kind)]
        parts.append(drawn(sheet.px(shape.geometry), symbol if shape.chosen else _grey(symbol)))
    return parts


def _legend(shapes: Sequence[PlanShape], x: int, height: int, lang: Lang) -> list[str]:
    chosen = [CandidateKind.of(shape.kind) for shape in shapes if shape.chosen]
    others = [CandidateKind.of(shape.kind) for shape in shapes if not shape.chosen]
    parts: list[str] = []
    y = 14.0

    def write(words: str, *, size: int = 12, bold: bool = False, indent: int = 0, color: str = INK) -> None:
        weight = ' font-weight="bold"' if bold else ""
        parts.append(
            f'<text x="{x + indent}" y="{y + 4:.0f}" font-size="{size}"{weight} fill="{color}">'
            f"{svg_text(words)}</text>"
        )

    def rows(heading: str, kinds: list[CandidateKind], *, grey: bool) -> None:
        nonlocal y
        write(heading, bold=True)
        y += _ROW_PX
        for kind in CandidateKind:
            number = kinds.count(kind)
            if number:
                parts.append(_swatch(kind, x, y, grey=grey))
                write(f"{kind.text.get(lang)}  {number:,}", indent=34)
                y += _ROW_PX
        y += _ROW_PX / 2

    rows(tr("selection.map.chosen", lang), chosen, grey=False)
    if others:
        rows(tr("selection.map.others", lang), others, grey=True)
    for symbol, key in ((_COUNTY, "county_line"), (_TOWNSHIP, "township_line")):
        parts.append(f'<path d="M{x} {y}h26" {paint(symbol, filled=False)}/>')
        write(tr(f"selection.map.{key}", lang), indent=34)
        y += _ROW_PX
    y = height - 30.0
    for line in ("datum", "projection"):
        write(tr(f"selection.map.{line}", lang), size=10, color="#64748b")
        y += 15
    return parts


def _swatch(kind: CandidateKind, x: int, y: float, *, grey: bool) -> str:
    geometry, symbol = SYMBOLS[kind]
    symbol = _grey(symbol) if grey else symbol
    if geometry is Geometry.POINT:
        return marker(symbol, x + 13, y)
    return f'<path d="M{x} {y}h26" {paint(symbol, filled=False)}/>'
