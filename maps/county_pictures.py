"""Small maps of the counties side by side, in the same classes: one SVG each, drawn by the server."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from layers import Symbol
from maps.sheet import FONT, svg_text
from maps.swatch import paint

_NO_DATA, _NO_DATA_LINE, _LINE = "#f4f4f1", "#b6b6ae", "#ffffff"
_COUNTY = Symbol("#4b463c", width=1.2)
_FINENESS_PX = 0.5


@dataclass(frozen=True)
class CountyOutline:
    """A county with its units in pixels of its small map: SVG path data by 12-digit code.

    Attributes
    ----------
    code : six digits.
    outline : path data of all units together.
    """

    code: str
    width: int
    height: int
    units: Mapping[str, str]
    outline: str


def county_outlines(
    units: gpd.GeoDataFrame, width: int = 150, height: int = 130
) -> tuple[CountyOutline, ...]:
    """Return the shapes of the counties, each as large as its small map allows; to be kept, they are slow to make.

    Parameters
    ----------
    units : ``admin_code`` and ``geometry`` of villages, townships or counties, EPSG:4490.
    width, height : pixels of a small map.
    """
    if units.empty:
        return ()
    codes = units["admin_code"].to_numpy(str)
    shapes = units.geometry.to_numpy()
    counties = np.array([code[:6] for code in codes])
    found = []
    for county in np.unique(counties):
        own = counties == county
        west, south, east, north = shapely.total_bounds(shapes[own])
        shrink = math.cos(math.radians((south + north) / 2))
        degrees_per_px = max((east - west) * shrink / (width - 4), (north - south) / (height - 4), 1e-9)

        def to_px(
            points: npt.NDArray[np.float64],
            west: float = west, east: float = east, south: float = south, north: float = north,
            shrink: float = shrink, scale: float = degrees_per_px,
        ) -> npt.NDArray[np.float64]:  # fmt: skip
            x = (points[:, 0] - (west + east) / 2) * shrink / scale + width / 2
            y = ((south + north) / 2 - points[:, 1]) / scale + height / 2
            return np.column_stack((x, y))

        px = shapely.coverage_simplify(shapely.transform(shapes[own], to_px), _FINENESS_PX)
        paths = {code: _path(shape) for code, shape in zip(codes[own], px, strict=True)}
        found.append(CountyOutline(county, width, height, paths, _path(shapely.coverage_union_all(px))))
    return tuple(found)


def _path(shape: shapely.Geometry) -> str:
    parts = []
    for polygon in shapely.get_parts(shape):
        for ring in (polygon.exterior, *polygon.interiors):
            corners = shapely.get_coordinates(ring)
            parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners[:-1]) + "Z")
    return "".join(parts)


def county_picture(
    county: CountyOutline, classes: Mapping[str, int | None], colors: Sequence[str], title: str
) -> str:
    """Return the small map of a county as an SVG string, safe to put into a page.

    Parameters
    ----------
    classes : class by 12-digit code, None for no data; units that are not in it are left blank.
    title : what it is called for readers that cannot see it.
    """
    by_class: dict[int, list[str]] = {}
    for code, path in county.units.items():
        index = classes.get(code)
        by_class.setdefault(-1 if index is None else index, []).append(path)
    hatch = f"xt-hatch-{county.code}"
    parts = [
        f'<defs><pattern id="{hatch}" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="5" height="5" fill="{_NO_DATA}"/>'
        f'<path d="M0 0V5" stroke="{_NO_DATA_LINE}" stroke-width="1.4"/></pattern></defs>'
    ]
    for index, paths in sorted(by_class.items()):
        fill = f"url(#{hatch})" if index < 0 else colors[index]
        parts.append(
            f'<path d="{"".join(paths)}" fill="{fill}" stroke="{_LINE}" stroke-width="0.35" fill-rule="evenodd"/>'
        )
    parts.append(f'<path d="{county.outline}" {paint(_COUNTY, filled=False)}/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {county.width} {county.height}" '
        f'width="{county.width}" height="{county.height}" role="img" aria-label="{svg_text(title)}" '
        f'font-family="{FONT}" style="max-width:100%;height:auto">{"".join(parts)}</svg>'
    )
