"""Symbols as small SVG pictures, for legends and printed maps; the browser's map draws the same ones."""

import base64

from layers import Geometry, Symbol
from maps.shapes import PATHS

_WIDTH, _HEIGHT = 28, 18


def marker(symbol: Symbol, x: float, y: float) -> str:
    """SVG path of a point symbol at a place of the picture, px."""
    radius = symbol.radius
    return (
        f'<path d="{PATHS[symbol.shape]}" transform="translate({x:.1f} {y:.1f}) scale({radius:g})" '
        f"{paint(symbol, filled=True, unit=1 / radius)}/>"
    )


def paint(symbol: Symbol, *, filled: bool, unit: float = 1.0) -> str:
    """SVG presentation attributes of a symbol; `unit` is the length of one pixel in the drawing's units."""
    fill = (symbol.fill or symbol.color) if filled else "none"
    dash = ""
    if symbol.dash:
        lengths = (float(length) * unit for length in symbol.dash.replace(",", " ").split())
        dash = f' stroke-dasharray="{" ".join(f"{length:g}" for length in lengths)}"'
    return (
        f'fill="{fill}" fill-opacity="{symbol.fill_opacity * symbol.opacity:g}" stroke="{symbol.color}" '
        f'stroke-opacity="{symbol.opacity:g}" stroke-width="{symbol.width * unit:g}" '
        f'stroke-linejoin="round" stroke-linecap="{"butt" if symbol.dash else "round"}"{dash}'
    )


def _picture(content: str) -> str:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}">{content}</svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def symbol_picture(symbol: Symbol, geometry: Geometry) -> str:
    """Return a symbol as a data address for ``<img>`` (inline SVG does not pass Streamlit's sanitiser)."""
    middle = _HEIGHT / 2
    if geometry is Geometry.POINT:
        ground = "" if symbol.color.lower() != "#ffffff" else _ring(symbol)
        return _picture(ground + marker(symbol, _WIDTH / 2, middle))
    if geometry is Geometry.LINE:
        return _picture(f'<path d="M3 {middle}H{_WIDTH - 3}" {paint(symbol, filled=False)}/>')
    return _picture(
        (_hatching(symbol.fill) if symbol.hatched and symbol.fill else "")
        + f'<rect x="3" y="3" width="{_WIDTH - 6}" height="{_HEIGHT - 6}" rx="1" '
        f"{paint(symbol, filled=symbol.fill is not None)}/>"
    )


def _hatching(color: str) -> str:
    lines = "".join(f"M{x} {_HEIGHT - 3}l{_HEIGHT - 6} -{_HEIGHT - 6}" for x in range(-3, _WIDTH - 3, 6))
    clip = f'<clipPath id="c"><rect x="3" y="3" width="{_WIDTH - 6}" height="{_HEIGHT - 6}"/></clipPath>'
    return f'{clip}<path d="{lines}" clip-path="url(#c)" stroke="{color}" stroke-opacity="0.6"/>'


def _ring(symbol: Symbol) -> str:
    """A hair of grey around white-edged markers, which would have no edge on a white legend."""
    edge = Symbol(
        "#d4d4d4", fill="#ffffff", radius=symbol.radius + symbol.width / 2, width=1, shape=symbol.shape
    )
    return marker(edge, _WIDTH / 2, _HEIGHT / 2)
