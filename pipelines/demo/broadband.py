"""Broadband of the demo city: base stations, fibre figures of villages, speed tests."""

import geopandas as gpd
import numpy as np
import pandas as pd

from pipelines.demo.by_county import (
    DAY0,
    TODAY,
    by_county,
    days,
    kept_inside,
    numbered,
    scattered,
    unreported_townships,
)
from pipelines.demo.geography import Geography

_OPERATORS = np.array(["mobile", "telecom", "unicom", "broadnet"])
_STATIONS_PER_VILLAGE = 2.5
_TESTS_PER_VILLAGE = 5.0


def make_base_stations(geography: Geography, seed: int) -> gpd.GeoDataFrame:
    """Some 3,000 base stations near the larger settlements; 5G where the township is better off."""
    return by_county(geography, seed, "base stations", _stations)


def _stations(
    villages: gpd.GeoDataFrame, settled: gpd.GeoDataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    count = round(_STATIONS_PER_VILLAGE * len(villages))
    weight = (settled["population"].to_numpy(dtype=float) + 40) ** 0.8 * (0.35 + settled["level"].to_numpy())
    chosen = settled.iloc[rng.choice(len(settled), count, p=weight / weight.sum())].reset_index(drop=True)
    level = chosen["level"].to_numpy()
    draw = rng.random(count)
    technology = np.where(draw < 0.12 + 0.5 * level, "5G", "4G").astype(object)
    technology[draw > 0.93 + 0.04 * level] = "3G"
    technology[draw > 0.985 + 0.01 * level] = "2G"
    opened = days(np.datetime64("2012-01-01"), rng.integers(0, 4500, count))
    opened = np.where(
        technology == "5G", days(np.datetime64("2020-03-01"), rng.integers(0, 1900, count)), opened
    )
    frame = gpd.GeoDataFrame(
        {
            "operator": rng.choice(_OPERATORS, count, p=[0.46, 0.27, 0.22, 0.05]),
            "technology": technology,
            "opened_on": opened,
        },
        geometry=scattered(chosen.geometry, 180, rng),
    )
    frame = kept_inside(frame, villages)
    frame.insert(0, "station_no", numbered("JZ", villages["admin_code"].iloc[0][:6], len(frame)))
    return frame


def make_village_fibre(geography: Geography, seed: int) -> pd.DataFrame:
    """Households passed and connected for each village that has reported; no geometry."""
    return by_county(geography, seed, "fibre", _fibre)


def _fibre(villages: gpd.GeoDataFrame, settled: gpd.GeoDataFrame, rng: np.random.Generator) -> pd.DataFrame:
    households = settled.groupby("admin_code")["households"].sum().reindex(villages["admin_code"]).fillna(0)
    level = villages["development"].to_numpy()
    passed = np.clip(0.55 + 0.52 * level + rng.normal(0, 0.10, len(villages)), 0, 1)
    taken = np.clip(0.45 + 0.42 * level + rng.normal(0, 0.08, len(villages)), 0.05, 0.97)
    households = households.to_numpy(dtype=int)
    frame = pd.DataFrame(
        {
            "admin_code": villages["admin_code"].to_numpy(),
            "households": households,
            "households_passed": np.floor(households * passed).astype(int),
            "households_connected": np.floor(households * passed * taken).astype(int),
            "reported_on": days(np.datetime64("2025-05-01"), rng.integers(0, 60, len(villages))),
        }
    )
    silent = frame["admin_code"].str[:9].isin(unreported_townships(villages, 0.04, rng))
    return frame[~silent & (rng.random(len(frame)) > 0.02)].reset_index(drop=True)


def make_speed_tests(geography: Geography, seed: int) -> gpd.GeoDataFrame:
    """Some 6,000 measured rates, faster where the township is better off."""
    return by_county(geography, seed, "speed tests", _tests)


def _tests(
    villages: gpd.GeoDataFrame, settled: gpd.GeoDataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    count = round(_TESTS_PER_VILLAGE * len(villages))
    chosen = settled.iloc[rng.integers(0, len(settled), count)].reset_index(drop=True)
    down = np.exp(rng.normal(3.3 + 1.9 * chosen["level"].to_numpy(), 0.7))
    frame = gpd.GeoDataFrame(
        {
            "operator": rng.choice(_OPERATORS, count, p=[0.46, 0.27, 0.22, 0.05]),
            "down_mbps": down.round(1),
            "up_mbps": (down * rng.uniform(0.15, 0.45, count)).round(1),
            "tested_on": days(DAY0, rng.integers(0, int((TODAY - DAY0).astype(int)), count)),
        },
        geometry=scattered(chosen.geometry, 90, rng),
    )
    frame = kept_inside(frame, villages)
    frame.insert(0, "test_no", numbered("CS", villages["admin_code"].iloc[0][:6], len(frame)))
    return frame
