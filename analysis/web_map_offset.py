"""Coordinates of Chinese web maps: GCJ-02 (AMap, Tencent) and BD-09 (Baidu) against WGS 84 / CGCS2000.

WGS 84 and CGCS2000 differ by less than a decimetre here and are treated as one. All functions take and give
degrees, longitude first, scalars or arrays of any equal shape, and are vectorised. The forward formulas are
the published ones; both inverses are fixed-point iterations to better than 1e-9 degree (0.1 mm).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_KRASOVSKY_A_M = 6378245.0
_KRASOVSKY_E2 = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_TOLERANCE_DEG = 1e-11
_MAX_ROUNDS = 60

FloatArray = npt.NDArray[np.float64]

MAINLAND_BOUNDS = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north in degrees; outside it web maps show WGS 84 unshifted."""


class LonLat(NamedTuple):
    """Longitudes and latitudes in degrees, two arrays of one shape."""

    lon: FloatArray
    lat: FloatArray


class OffsetNotInverted(ArithmeticError):
    """The inverse of an offset did not settle; the input is far from any place on Earth."""


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> LonLat:
    """Shift WGS 84 (or CGCS2000) degrees to GCJ-02.

    Outside `MAINLAND_BOUNDS` the coordinates come back unchanged, as web maps do it. NaN stays NaN.
    """
    lon, lat = _pair(lon, lat)
    d_lon, d_lat = _gcj_shift(lon, lat)
    shifted = _in_mainland(lon, lat)
    return LonLat(np.where(shifted, lon + d_lon, lon), np.where(shifted, lat + d_lat, lat))


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> LonLat:
    """Undo `wgs84_to_gcj02` to better than 1e-9 degree.

    Raises
    ------
    OffsetNotInverted : the iteration did not settle (never seen for places on land).
    """
    target_lon, target_lat = _pair(lon, lat)
    shifted = _in_mainland(target_lon, target_lat)
    guess_lon, guess_lat = target_lon.copy(), target_lat.copy()
    for _ in range(_MAX_ROUNDS):
        d_lon, d_lat = _gcj_shift(guess_lon, guess_lat)
        next_lon = np.where(shifted, target_lon - d_lon, target_lon)
        next_lat = np.where(shifted, target_lat - d_lat, target_lat)
        step = _largest_step(next_lon - guess_lon, next_lat - guess_lat)
        guess_lon, guess_lat = next_lon, next_lat
        if step < _TOLERANCE_DEG:
            return LonLat(guess_lon, guess_lat)
    raise OffsetNotInverted("GCJ-02 inverse did not settle")


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> LonLat:
    """Shift GCJ-02 degrees to BD-09 (Baidu)."""
    lon, lat = _pair(lon, lat)
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_TURN)
    return LonLat(radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006)


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> LonLat:
    """Undo `gcj02_to_bd09` to better than 1e-9 degree.

    Raises
    ------
    OffsetNotInverted : the iteration did not settle (never seen for places on land).
    """
    target_lon, target_lat = _pair(lon, lat)
    guess_lon, guess_lat = target_lon - 0.0065, target_lat - 0.006
    for _ in range(_MAX_ROUNDS):
        image_lon, image_lat = gcj02_to_bd09(guess_lon, guess_lat)
        d_lon, d_lat = target_lon - image_lon, target_lat - image_lat
        guess_lon, guess_lat = guess_lon + d_lon, guess_lat + d_lat
        if _largest_step(d_lon, d_lat) < _TOLERANCE_DEG:
            return LonLat(guess_lon, guess_lat)
    raise OffsetNotInverted("BD-09 inverse did not settle")


def _pair(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    lon_deg, lat_deg = np.broadcast_arrays(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    return lon_deg, lat_deg


def _largest_step(d_lon: FloatArray, d_lat: FloatArray) -> float:
    steps = np.maximum(np.abs(d_lon), np.abs(d_lat))
    steps = steps[~np.isnan(steps)]
    return float(steps.max()) if steps.size else 0.0


def _in_mainland(lon: FloatArray, lat: FloatArray) -> npt.NDArray[np.bool_]:
    west, south, east, north = MAINLAND_BOUNDS
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _gcj_shift(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """GCJ-02 minus WGS 84 in degrees: the published polynomial and sine series on the Krasovsky ellipsoid."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    ripple = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (ripple + 20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (ripple + 20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    lat_rad = np.radians(lat)
    magic = 1.0 - _KRASOVSKY_E2 * np.sin(lat_rad) ** 2
    meridian_m = _KRASOVSKY_A_M * (1.0 - _KRASOVSKY_E2) / (magic * np.sqrt(magic))
    parallel_m = _KRASOVSKY_A_M / np.sqrt(magic) * np.cos(lat_rad)
    return np.degrees(east / parallel_m), np.degrees(north / meridian_m)
