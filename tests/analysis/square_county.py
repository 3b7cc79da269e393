"""A county of square villages for hand-worked cases: two townships of two villages, side 0.02 degrees.

```
lat 24.04  +---------+---------+
           |  A2     |  B2     |
lat 24.02  +---------+---------+
           |  A1     |  B1     |
lat 24.00  +---------+---------+
       lon 113.00  113.02   113.04
```
"""

import datetime as dt
from collections.abc import Sequence

import geopandas as gpd
import pandas as pd
import pyproj
import shapely

from analysis.territory import Territory

CRS = "EPSG:4490"
A1, A2, B1, B2 = "441802001201", "441802001202", "441802002201", "441802002202"
VILLAGES = (A1, A2, B1, B2)
CENTRES = {A1: (113.01, 24.01), A2: (113.01, 24.03), B1: (113.03, 24.01), B2: (113.03, 24.03)}
GEOD = pyproj.Geod(a=6378137, rf=298.257222101)


def county(as_of: dt.date = dt.date(2024, 6, 30), order: Sequence[str] = VILLAGES) -> Territory:
    """The county, its villages given in any order."""
    shapes = [shapely.box(x - 0.01, y - 0.01, x + 0.01, y + 0.01) for x, y in (CENTRES[c] for c in order)]
    units = gpd.GeoDataFrame(geometry=shapes, index=pd.Index(order, name="admin_code"), crs=CRS)
    return Territory(units, as_of)


def points(rows: Sequence[tuple[str, float, float]], **columns: Sequence[object]) -> gpd.GeoDataFrame:
    """Points from (admin_code, lon, lat) and further columns."""
    codes = pd.Series([row[0] for row in rows], dtype="str")
    shapes = shapely.points([row[1:] for row in rows]) if rows else []
    return gpd.GeoDataFrame({"admin_code": codes, **columns}, geometry=list(shapes), crs=CRS)


def lines(
    rows: Sequence[tuple[str, Sequence[tuple[float, float]]]], **columns: Sequence[object]
) -> gpd.GeoDataFrame:
    """Lines from (admin_code, coordinates) and further columns."""
    codes = pd.Series([row[0] for row in rows], dtype="str")
    shapes = [shapely.LineString(row[1]) for row in rows]
    return gpd.GeoDataFrame({"admin_code": codes, **columns}, geometry=shapes, crs=CRS)


def geodesic_m(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Length of the geodesic on CGCS2000, metres."""
    return float(GEOD.inv(*start, *end)[2])
