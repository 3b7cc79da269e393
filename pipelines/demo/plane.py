"""The flat plane in which the demo city is drawn: metres east and north of its middle.

The map from degrees to the plane is affine, so that straight edges stay straight and equal vertices stay equal
in both. It is true to scale within 1 % over the city, which is enough for drawing; figures that matter are
measured on the ellipsoid elsewhere.
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_ORIGIN = np.array([112.93, 24.32])
_METRES_PER_DEGREE = np.array([101_500.0, 110_770.0])

COORDINATE_DIGITS = 8
"""Degrees are rounded to 1e-8 (a millimetre), once, so that every file holds the same number."""


def to_metres(lonlat: npt.ArrayLike) -> FloatArray:
    """Metres (n, 2) of degrees (n, 2), longitude first."""
    return (np.asarray(lonlat, dtype=float) - _ORIGIN) * _METRES_PER_DEGREE


def to_degrees(metres: npt.ArrayLike) -> FloatArray:
    """Degrees (n, 2), longitude first and rounded, of metres (n, 2)."""
    return np.round(np.asarray(metres, dtype=float) / _METRES_PER_DEGREE + _ORIGIN, COORDINATE_DIGITS)
