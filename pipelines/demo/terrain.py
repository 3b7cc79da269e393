"""A made-up terrain of the right broad shape: high in the north-west, valleys along the real rivers.

The shape comes from a coarse real elevation grid and from the seats of townships, which lie in valleys; the
detail is fractal noise. It decides where settlements and roads go, and it is written as a raster of its own.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin
from scipy import ndimage
from scipy.interpolate import RectBivariateSpline

import data
from pipelines.demo.noise import fractal, octaves
from pipelines.demo.plane import FloatArray, to_degrees, to_metres
from pipelines.demo.randomness import stream

CELL_DEG = 0.002
WEST, SOUTH, EAST, NORTH = 111.85, 23.38, 114.0, 25.26
_OCTAVES_KM = (26.0, 13.0, 6.5, 3.2, 1.6, 0.8)
_DRIFT_KM = (9.0, 4.5, 2.2, 1.1, 0.55)
_DRIFT_M = 1300.0
_RIVERS_BY_SEATS = (
    ("441881101", "441881102", "441881109", "441881129", "441881130", "441802107", "441802007", "441802008",
     "441802009", "441802106"),
    ("441882105", "441882100", "441882109", "441823116", "441823119", "441823100", "441881114", "441881112",
     "441881110", "441881131", "441881129"),
    ("441881103", "441881137", "441881109"),
    ("441821107", "441821100", "441821102", "441821103", "441802107"),
    ("441803117", "441803113", "441803112", "441803102"),
    ("441825106", "441825100", "441825104", "441825108", "441825109"),
    ("441826100", "441826105", "441826102", "441823116"),
)  # fmt: skip
"""The Bei, Lian, Weng, Pa and Bin rivers and two upper valleys, as the townships they pass (code prefixes)."""


@dataclass(frozen=True)
class Terrain:
    """Elevation and slope on a regular grid in EPSG:4490; row 0 is the northernmost.

    `drift_m` (2, rows, columns) is a winding displacement of a kilometre or so by which lines that would be
    straight are bent.
    """

    elevation_m: FloatArray
    slope_deg: FloatArray
    drift_m: FloatArray

    def elevation_at(self, lonlat: FloatArray) -> FloatArray:
        """Elevation in metres at (n, 2) degrees, bilinear."""
        return _sample(self.elevation_m, lonlat)

    def slope_at(self, lonlat: FloatArray) -> FloatArray:
        """Slope in degrees at (n, 2) degrees, bilinear."""
        return _sample(self.slope_deg, lonlat)

    def bent(self, metres: FloatArray) -> FloatArray:
        """Points (n, 2) of the plane, displaced by the drift."""
        lonlat = to_degrees(metres)
        return metres + np.column_stack([_sample(field, lonlat) for field in self.drift_m])

    def write(self, path: Path) -> None:
        """Write the elevation as a GeoTIFF in EPSG:4490, whole metres."""
        rows, columns = self.elevation_m.shape
        with rasterio.open(
            path, "w", driver="GTiff", width=columns, height=rows, count=1, dtype="int16", crs="EPSG:4490",
            transform=from_origin(WEST, NORTH, CELL_DEG, CELL_DEG), compress="deflate", predictor=2, nodata=-32768,
        ) as raster:  # fmt: skip
            raster.write(np.round(self.elevation_m).astype("int16"), 1)
            raster.update_tags(SOURCE="模拟数据 synthetic", UNIT="m")


@lru_cache(maxsize=2)
def make_terrain(seed: int, seats: tuple[tuple[str, float, float], ...]) -> Terrain:
    """Make the terrain of the whole city; it does not depend on which counties are generated.

    Parameters
    ----------
    seats : nine-digit code, longitude and latitude of each township seat.
    """
    lons = np.arange(WEST + CELL_DEG / 2, EAST, CELL_DEG)
    lats = np.arange(NORTH - CELL_DEG / 2, SOUTH, -CELL_DEG)
    broad = _broad_shape(lons, lats)
    relief = _ridges(seed, broad.shape)
    places = {code: (lon, lat) for code, lon, lat in seats}
    to_river = _distance(broad.shape, to_degrees(_river_points(places)))
    to_seat = _distance(broad.shape, np.array(list(places.values())))
    floor = 0.22 * broad
    valley = np.maximum(np.exp(-((to_river / 3200) ** 2)), 0.92 * np.exp(-((to_seat / 2600) ** 2)))
    hills = floor + broad * (0.15 + 1.9 * relief**1.35)
    elevation = np.clip((1 - valley) * hills + valley * (floor + 0.06 * hills), 4, 1850)
    rng = stream(seed, "drift")
    drift = [_DRIFT_M * fractal(rng, broad.shape, [_cells(km) for km in _DRIFT_KM]) for _ in range(2)]
    return Terrain(elevation, _slope(elevation), np.stack(drift))


def _cells(km: float) -> float:
    return km * 1000 / (CELL_DEG * 106_000)


def _broad_shape(lons: FloatArray, lats: FloatArray) -> FloatArray:
    rows = data.rows(data.ELEVATION)
    points = {(float(r["lat"]), float(r["lon"])): float(r["elevation_m"]) for r in rows}
    known_lats, known_lons = (sorted({p[axis] for p in points}) for axis in (0, 1))
    known = np.array([[points[lat, lon] for lon in known_lons] for lat in known_lats])
    spline = RectBivariateSpline(known_lats, known_lons, ndimage.gaussian_filter(known, 0.9), kx=2, ky=2)
    return np.maximum(spline(lats[::-1], lons)[::-1], 15.0)


def _ridges(seed: int, shape: tuple[int, int]) -> FloatArray:
    """Ridged fractal noise, 0 in valleys and 1 on ridges."""
    rng = stream(seed, "terrain")
    total, weight = np.zeros(shape), 1.0
    for field in octaves(rng, shape, [_cells(km) for km in _OCTAVES_KM]):
        total += weight * (1 - np.abs(field) / (np.abs(field) + 0.55))
        weight *= 0.55
    low, high = np.quantile(total, (0.01, 0.99))
    return np.clip((total - low) / (high - low), 0, 1)


def _river_points(seats: dict[str, tuple[float, float]]) -> FloatArray:
    points = []
    for river in _RIVERS_BY_SEATS:
        stops = to_metres([seats[code] for code in river])
        for start, end in pairwise(stops):
            steps = np.linspace(0, 1, int(np.hypot(*(end - start)) // 400) + 2)[:, None]
            bend = np.sin(steps * np.pi) * np.sin(steps * 9) * 900
            along = (end - start) / np.hypot(*(end - start))
            points.append(start + steps * (end - start) + bend * np.array([-along[1], along[0]]))
    return np.concatenate(points)


def _distance(shape: tuple[int, int], lonlat: FloatArray) -> FloatArray:
    """Metres from each cell to the nearest cell that holds one of the points."""
    away = np.ones(shape, dtype=bool)
    away[((NORTH - lonlat[:, 1]) / CELL_DEG).astype(int), ((lonlat[:, 0] - WEST) / CELL_DEG).astype(int)] = (
        False
    )
    return ndimage.distance_transform_edt(away, sampling=(CELL_DEG * 110_770, CELL_DEG * 101_500))


def _slope(elevation_m: FloatArray) -> FloatArray:
    per_row, per_column = np.gradient(elevation_m, CELL_DEG * 110_770, CELL_DEG * 101_500)
    return np.degrees(np.arctan(np.hypot(per_row, per_column)))


def _sample(values: FloatArray, lonlat: FloatArray) -> FloatArray:
    columns = (lonlat[:, 0] - WEST) / CELL_DEG - 0.5
    rows = (NORTH - lonlat[:, 1]) / CELL_DEG - 0.5
    return ndimage.map_coordinates(values, [rows, columns], order=1, mode="nearest")
