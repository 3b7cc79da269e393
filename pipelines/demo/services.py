"""Clinics and logistics points of the demo city."""

import geopandas as gpd
import numpy as np
import pandas as pd

from pipelines.demo.by_county import by_county
from pipelines.demo.geography import CRS, Geography


def make_clinics(geography: Geography, seed: int) -> gpd.GeoDataFrame:
    """A hospital for each township and a clinic in most villages."""
    return by_county(geography, seed, "clinics", _clinics)


def _clinics(
    villages: gpd.GeoDataFrame, settled: gpd.GeoDataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    seats = villages.drop_duplicates("township_code")
    others = villages[rng.random(len(villages)) < 0.72 + 0.2 * villages["development"].to_numpy()]
    both = pd.concat([seats, others], ignore_index=True)
    hospital = np.arange(len(both)) < len(seats)
    shift = np.where(hospital, 0.0006, -0.0004)
    return gpd.GeoDataFrame(
        {
            "clinic_no": [
                f"WS{code}-{'H' if h else 'S'}" for code, h in zip(both["admin_code"], hospital, strict=True)
            ],
            "name": [
                f"{n}{'卫生院' if h else '卫生站'}" for n, h in zip(both["name"], hospital, strict=True)
            ],
            "clinic_kind": np.where(hospital, "township", "village"),
            "beds": np.where(hospital, rng.integers(15, 90, len(both)), rng.integers(0, 4, len(both))),
            "doctors": np.where(hospital, rng.integers(8, 45, len(both)), rng.integers(1, 3, len(both))),
            "admin_code": both["admin_code"].to_numpy(),
        },
        geometry=gpd.points_from_xy(both["lon"] + shift, both["lat"]),
        crs=CRS,
    )


def make_logistics_points(geography: Geography, seed: int) -> gpd.GeoDataFrame:
    """A hub for each county, a station for each township, points in the better-off villages."""
    return by_county(geography, seed, "logistics", _points)


def _points(
    villages: gpd.GeoDataFrame, settled: gpd.GeoDataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    hub, seats = villages.head(1), villages.drop_duplicates("township_code")
    served = villages[rng.random(len(villages)) < 0.25 + 0.55 * villages["development"].to_numpy()]
    both = pd.concat([hub, seats, served], ignore_index=True)
    tier = np.array(["county"] * len(hub) + ["township"] * len(seats) + ["village"] * len(served))
    ending = {"county": "县级物流中心", "township": "镇级物流站", "village": "村级物流点"}
    shift = {"county": 0.0012, "township": 0.0009, "village": 0.0005}
    return gpd.GeoDataFrame(
        {
            "point_no": [
                f"WL{code}-{t[0].upper()}" for code, t in zip(both["admin_code"], tier, strict=True)
            ],
            "name": [f"{n}{ending[t]}" for n, t in zip(both["name"], tier, strict=True)],
            "tier": tier,
            "state": rng.choice(["running", "stopped", "building"], len(both), p=[0.88, 0.08, 0.04]),
            "admin_code": both["admin_code"].to_numpy(),
        },
        geometry=gpd.points_from_xy(both["lon"], both["lat"] + [shift[t] for t in tier]),
        crs=CRS,
    )
