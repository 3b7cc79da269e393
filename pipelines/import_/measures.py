"""Ellipsoidal areas and geodesic lengths on CGCS2000 (TD/T 1055-2019: never planar ones)."""

import numpy as np
import shapely
from pyproj import Geod

CGCS2000 = Geod(a=6378137.0, rf=298.257222101)


def areas_m2(polygons: np.ndarray) -> np.ndarray:
    """Area of each polygon or multi polygon in m², holes taken off.

    Parameters
    ----------
    polygons : EPSG:4490, None allowed.

    Returns
    -------
    float64, NaN for None.
    """
    areas = np.where(shapely.is_missing(polygons), np.nan, 0.0)
    parts, owner = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    ends = np.flatnonzero(np.r_[ring[1:] != ring[:-1], True]) + 1 if len(ring) else np.array([], dtype=int)
    first_of_part = np.r_[True, part[1:] != part[:-1]] if len(part) else np.array([], dtype=bool)
    start = 0
    for i, end in enumerate(ends):
        area, _ = CGCS2000.polygon_area_perimeter(xy[start:end, 0], xy[start:end, 1])
        areas[owner[part[i]]] += abs(area) if first_of_part[i] else -abs(area)
        start = end
    return areas


def lengths_m(lines: np.ndarray) -> np.ndarray:
    """Geodesic length of each line or multi line in m; EPSG:4490, NaN for None."""
    lengths = np.where(shapely.is_missing(lines), np.nan, 0.0)
    parts, owner = shapely.get_parts(lines, return_index=True)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    same = part[1:] == part[:-1] if len(part) else np.array([], dtype=bool)
    start, end = xy[:-1][same], xy[1:][same]
    _, _, metres = CGCS2000.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    sums = np.bincount(owner[part[:-1][same]], weights=metres, minlength=len(lengths))
    return lengths + sums[: len(lengths)]
