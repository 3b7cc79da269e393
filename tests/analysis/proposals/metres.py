"""Frames laid out in metres around the middle of the square county, so that costs can be worked out by hand."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from analysis.grid import Grid
from tests.analysis.square_county import A1, A2, B1, B2, CRS, county

PRICES = {
    "harden_km": 400_000, "new_road_km": 1_000_000, "mains_km": 100_000, "pump": 50_000, "head_m": 1_000,
    "works": 250_000, "capacity_m3d": 3_000, "connection": 1_000, "station_4g": 250_000, "station_5g": 300_000,
    "house_c": 20_000, "house_d": 50_000, "house_cut_slope": 30_000,
}  # fmt: skip
_TO_DEGREES = pyproj.Transformer.from_crs(county().metric_crs, CRS, always_xy=True)
_MIDDLE = _TO_DEGREES.transform(113.02, 24.02, direction="INVERSE")


def degrees(xy: Sequence[tuple[float, float]]) -> np.ndarray:
    """Metres east and north of the county's middle as (n, 2) degrees."""
    moved = np.asarray(xy, dtype=float).reshape(-1, 2) + np.array(_MIDDLE)
    return np.column_stack(_TO_DEGREES.transform(moved[:, 0], moved[:, 1]))


def village_at(x: float, y: float) -> str:
    """Code of the square village there."""
    return {(False, False): A1, (False, True): A2, (True, False): B1, (True, True): B2}[(x >= 0, y >= 0)]


def settlements(
    *places: tuple[float, float], households: object = 30.0, people: object = 100.0, numbers: object = None
) -> gpd.GeoDataFrame:
    """Natural villages at metres, numbered 1, 2, … and named 村1, 村2, …"""
    count = len(places)
    names = numbers or [str(i + 1) for i in range(count)]
    return gpd.GeoDataFrame(
        {
            "admin_code": pd.Series([village_at(*place) for place in places], dtype="str"),
            "settlement_no": pd.Series(names, dtype="str"),
            "name": pd.Series([f"村{name}" for name in names], dtype="str"),
            "households": np.broadcast_to(np.asarray(households, dtype=float), count),
            "population": np.broadcast_to(np.asarray(people, dtype=float), count),
        },
        geometry=list(shapely.points(degrees(places))) if count else [],
        crs=CRS,
    )


def lines(*rows: Sequence[tuple[float, float]], **columns: Sequence[object]) -> gpd.GeoDataFrame:
    """Lines through metres, with columns; filed in both townships by turns, so that both have reported."""
    codes = pd.Series([(A1, B1)[i % 2] for i in range(len(rows))], dtype="str")
    shapes = [shapely.LineString(degrees(row)) for row in rows]
    return gpd.GeoDataFrame({"admin_code": codes, **columns}, geometry=shapes, crs=CRS)


def roads(*rows: tuple[Sequence[tuple[float, float]], str | None]) -> gpd.GeoDataFrame:
    """Roads of (metres, surface)."""
    return lines(*(row[0] for row in rows), surface=pd.Series([row[1] for row in rows], dtype="str"))


def ramp(percent_east: float, *, step_deg: float = 0.0005) -> Grid:
    """A plane that rises towards the east by so many metres in a hundred, 500 m high in the middle."""
    lon = 112.95 + (np.arange(280) + 0.5) * step_deg
    lat = 24.10 - (np.arange(320) + 0.5) * step_deg
    east_m = (lon - 113.02) * np.pi / 180 * 6378137 * np.cos(np.radians(24.02)) * 1.00055
    return Grid(np.tile(500 + east_m * percent_east / 100, (len(lat), 1)), 112.95, 24.10, step_deg, step_deg)


def metres_of(shape: shapely.Geometry) -> np.ndarray:
    """Coordinates of a shape in degrees as metres from the county's middle."""
    lonlat = shapely.get_coordinates(shape)
    return np.column_stack(_TO_DEGREES.transform(lonlat[:, 0], lonlat[:, 1], direction="INVERSE")) - _MIDDLE
