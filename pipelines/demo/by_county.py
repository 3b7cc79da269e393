"""Making features county by county, so that a county alone comes out as it does within the city."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd

from pipelines.demo.geography import CRS, Geography
from pipelines.demo.randomness import stream

DAY0 = np.datetime64("2021-12-01")
"""The plan's first month; nothing in the demo city is reported before."""
TODAY = np.datetime64("2025-06-30")
"""The day that the demo city describes."""
NOTE = "模拟数据"

Maker = Callable[[gpd.GeoDataFrame, gpd.GeoDataFrame, np.random.Generator], pd.DataFrame]
"""Villages and natural villages of one county, and its random stream, to that county's features."""


def by_county(geography: Geography, seed: int, purpose: str, maker: Maker) -> pd.DataFrame:
    """Apply `maker` to each county and join the frames; GeoDataFrames stay such, in EPSG:4490."""
    made = []
    for prefix in sorted(geography.villages["admin_code"].str[:6].unique()):
        villages = geography.villages[geography.villages["admin_code"].str.startswith(prefix)]
        settled = geography.settlements[geography.settlements["admin_code"].str.startswith(prefix)]
        settled = settled.merge(
            villages[["admin_code", "development"]].rename(columns={"development": "level"}), on="admin_code"
        )
        made.append(
            maker(
                villages.reset_index(drop=True), settled.reset_index(drop=True), stream(seed, purpose, prefix)
            )
        )
    joined = pd.concat(made, ignore_index=True)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=CRS) if "geometry" in joined else joined


def unreported_townships(villages: pd.DataFrame, share: float, rng: np.random.Generator) -> frozenset[str]:
    """Nine-digit codes of townships whose department has not reported: a share, at most one in ten."""
    townships = np.sort(villages["admin_code"].str[:9].unique())
    return frozenset(townships[rng.random(len(townships)) < share])


def days(first: np.datetime64, count: np.ndarray) -> np.ndarray:
    """Dates `count` days after `first`."""
    return (first + count.astype("timedelta64[D]")).astype("datetime64[D]")


def numbered(prefix: str, county: str, count: int) -> list[str]:
    """Running numbers such as ``WF441881-00017``."""
    return [f"{prefix}{county}-{i:05d}" for i in range(1, count + 1)]


def scattered(points: gpd.GeoSeries, metres: float, rng: np.random.Generator) -> gpd.GeoSeries:
    """Points moved by a normal scatter of `metres` in each direction (EPSG:4490)."""
    degrees = metres / 111_000
    lon = points.x.to_numpy() + rng.normal(0, degrees, len(points)) / np.cos(np.radians(24.3))
    lat = points.y.to_numpy() + rng.normal(0, degrees, len(points))
    return gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=CRS)


def kept_inside(frame: gpd.GeoDataFrame, villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows whose point lies in a village of the county, with that village's code."""
    found = frame.drop(columns="admin_code", errors="ignore").sjoin(
        villages[["admin_code", "geometry"]], predicate="within"
    )
    found = found[~found.index.duplicated()]
    return found.drop(columns="index_right").sort_index().reset_index(drop=True)
