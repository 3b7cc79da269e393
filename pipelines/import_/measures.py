"""Geodesic lengths on CGCS2000; areas are `analysis.ellipsoid`'s."""

import numpy as np
import shapely
from pyproj import Geod

from analysis import ellipsoid

CGCS2000 = Geod(a=ellipsoid.CGCS2000.a, rf=ellipsoid.CGCS2000.rf)


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
