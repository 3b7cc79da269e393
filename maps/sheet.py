"""A sheet of paper: degrees to pixels, and what every printed map carries (scale bar, north arrow, names).

Geometries come in degrees (EPSG:4490) and are drawn in a transverse Mercator about the middle of what is looked
at, so that the scale bar is true to the metre and north is up.
"""

import math
import unicodedata
from collections.abc import Iterable
from html import escape

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from i18n import Lang, tr
from layers import Symbol
from maps.swatch import marker, paint

FONT = "'Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif"
GROUND, INK = "#f1f1ea", "#1f2937"
_MARGIN = 0.08
_NAME_MIN_PX = 34


def svg_text(words: str) -> str:
    """Words for an SVG: escaped, without control and direction signs, which XML forbids or which turn a line."""
    return escape(
        "".join(letter for letter in words if unicodedata.category(letter) not in ("Cc", "Cf", "Cs"))
    )


class Sheet:
    """Degrees to pixels of the picture; `margin` is the share of each side left free around what is looked at."""

    def __init__(self, around: BaseGeometry, width: int, height: int, margin: float = _MARGIN) -> None:
        middle = around.envelope.centroid
        self._project = pyproj.Transformer.from_crs(
            "EPSG:4490",
            f"+proj=tmerc +lon_0={middle.x:.8f} +lat_0={middle.y:.8f} +ellps=GRS80 +units=m",
            always_xy=True,
        )
        west, south, east, north = self._metres(around).bounds
        self.metres_per_px = max(
            (east - west) / (width * (1 - 2 * margin)), (north - south) / (height * (1 - 2 * margin)), 0.05
        )
        self._left = (west + east) / 2 - width / 2 * self.metres_per_px
        self._top = (south + north) / 2 + height / 2 * self.metres_per_px
        self._frame = shapely.box(-20, -20, width + 20, height + 20)

    def _metres(self, geometry: BaseGeometry) -> BaseGeometry:
        def move(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            return np.column_stack(self._project.transform(points[:, 0], points[:, 1]))

        return shapely.transform(geometry, move)

    def _to_px(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(
            (
                (points[:, 0] - self._left) / self.metres_per_px,
                (self._top - points[:, 1]) / self.metres_per_px,
            )
        )

    def px(self, geometry: BaseGeometry) -> BaseGeometry:
        """Geometry in pixels, cut to the picture and thinned to half a pixel."""
        drawn = shapely.transform(self._metres(geometry), self._to_px).simplify(0.4)
        return shapely.intersection(shapely.make_valid(drawn), self._frame)


def _ring(points: Iterable[tuple[float, ...]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _path(geometry: BaseGeometry) -> str:
    """SVG path data of lines and areas in pixels."""
    data = []
    for part in shapely.get_parts(shapely.get_parts(geometry)):  # parts of a collection's multi-geometries
        if part.geom_type == "Polygon":
            data += [_ring(ring.coords) + "Z" for ring in (part.exterior, *part.interiors)]
        elif part.geom_type == "LineString":
            data.append(_ring(part.coords))
    return "".join(data)


def drawn(geometry: BaseGeometry, symbol: Symbol) -> str:
    """SVG of a geometry in pixels."""
    if geometry.is_empty:
        return ""
    if geometry.geom_type in ("Point", "MultiPoint"):
        return "".join(marker(symbol, point.x, point.y) for point in shapely.get_parts(geometry))
    filled = symbol.fill is not None and "Polygon" in geometry.geom_type
    return f'<path d="{_path(geometry)}" fill-rule="evenodd" {paint(symbol, filled=filled)}/>'


def named(geometry: BaseGeometry, name: str, size: int = 11) -> str:
    """Name in the middle of an area that has the room for it."""
    if geometry.is_empty or geometry.area < _NAME_MIN_PX**2:
        return ""
    spot = geometry.representative_point()
    return (
        f'<text x="{spot.x:.0f}" y="{spot.y:.0f}" text-anchor="middle" font-size="{size}" fill="#6b6557" '
        f'stroke="#ffffff" stroke-width="3" paint-order="stroke">{svg_text(name)}</text>'
    )


def scale_bar(metres_per_px: float, height: int, lang: Lang) -> str:
    """A bar of a round length at the lower left."""
    longest = 110 * metres_per_px
    power = 10.0 ** math.floor(math.log10(longest))
    length = power * max(step for step in (1, 2, 5) if step * power <= longest)
    px = length / metres_per_px
    words = (
        tr("maps.scale_kilometres", lang, length=f"{length / 1000:g}")
        if length >= 1000
        else tr("maps.scale_metres", lang, length=f"{length:g}")
    )
    y = height - 14
    return (
        f'<path d="M12 {y - 5}V{y}H{12 + px:.1f}V{y - 5}" fill="none" stroke="{INK}" stroke-width="1.4"/>'
        f'<text x="{12 + px / 2:.1f}" y="{y - 4}" text-anchor="middle" font-size="10" fill="{INK}" '
        f'stroke="#ffffff" stroke-width="2.5" paint-order="stroke">{svg_text(words)}</text>'
    )


def north_arrow(width: int, lang: Lang) -> str:
    """An arrow at the upper right of a picture of that width, px."""
    x = width - 22
    return (
        f'<path d="M{x} 12L{x + 6} 32L{x} 27L{x - 6} 32Z" fill="{INK}" stroke="#ffffff" stroke-width="1"/>'
        f'<text x="{x}" y="44" text-anchor="middle" font-size="11" fill="{INK}">'
        f"{svg_text(tr('maps.north', lang))}</text>"
    )


def whole_picture(content: str, title: str, width: int, height: int) -> str:
    """One ``<svg>`` element around a content that is escaped already."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label="{svg_text(title)}" font-family="{FONT}" '
        f'style="max-width:100%;height:auto">{content}</svg>'
    )
