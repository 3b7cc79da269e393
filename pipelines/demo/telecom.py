"""Broadband of a county: base stations, speed tests and the figures that villages report."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.codes import Operator, RadioTechnology
from pipelines.demo.calendar import days_before
from pipelines.demo.county_view import CountyView
from pipelines.demo.mesh import IntArray
from pipelines.demo.plane import FloatArray, to_degrees

_OPERATORS = [str(o) for o in (Operator.MOBILE, Operator.TELECOM, Operator.UNICOM, Operator.BROADNET)]
_STATIONS_PER_VILLAGE = 2.45
_TESTS_PER_VILLAGE = 4.9


@dataclass(frozen=True)
class Broadband:
    """Frames with the fields of the broadband layer; points carry the names of their village too."""

    stations: gpd.GeoDataFrame
    speed_tests: gpd.GeoDataFrame
    village_figures: pd.DataFrame


def make_broadband(view: CountyView) -> Broadband:
    """Make the broadband of a county."""
    return Broadband(_stations(view), _speed_tests(view), _figures(view))


def _near(view: CountyView, settlements: IntArray, reach_m: float, rng: np.random.Generator) -> FloatArray:
    """Degrees of places around settlements, inside their village where the try succeeds."""
    jitter = rng.normal(0, reach_m, (len(settlements), 2))
    lonlat = to_degrees(view.settlement_metres[settlements] + jitter)
    homes = view.villages.geometry.array[view.village_of[settlements]]
    inside = shapely.contains_xy(np.asarray(homes), lonlat[:, 0], lonlat[:, 1])
    return np.where(inside[:, None], lonlat, view.settlement_lonlat[settlements])


def _drawn(view: CountyView, per_village: float, rng: np.random.Generator) -> IntArray:
    """Settlements drawn by population, more in developed villages."""
    weight = view.settlements["population"].to_numpy() ** 0.5 * (0.35 + view.development)
    count = round(per_village * len(view.villages) * (0.55 + 0.8 * view.development.mean()))
    return np.sort(rng.choice(len(weight), count, p=weight / weight.sum()))


def _stations(view: CountyView) -> gpd.GeoDataFrame:
    rng = view.stream("base stations")
    settlements = _drawn(view, _STATIONS_PER_VILLAGE, rng)
    level = view.development[settlements]
    luck = rng.random(len(settlements))
    fifth = 0.12 + 0.42 * level
    technology = np.select(
        [luck < fifth, luck < 0.90, luck < 0.94],
        [str(RadioTechnology.G5), str(RadioTechnology.G4), str(RadioTechnology.G3)],
        str(RadioTechnology.G2),
    )
    newest = np.select([technology == "5G", technology == "4G"], [60, 400], 3000)
    oldest = np.select([technology == "5G", technology == "4G"], [1700, 3800], 6500)
    places = _near(view, settlements, 260, rng)
    return gpd.GeoDataFrame(
        {
            "station_no": [f"JZ{view.prefix}{i + 1:05d}" for i in range(len(settlements))],
            **view.names(view.village_of[settlements]),
            "operator": rng.choice(_OPERATORS, len(settlements), p=[0.45, 0.27, 0.2, 0.08]),
            "technology": technology,
            "opened_on": days_before(rng.integers(newest, oldest)),
        },
        geometry=gpd.points_from_xy(*places.T),
        crs="EPSG:4490",
    )


def _speed_tests(view: CountyView) -> gpd.GeoDataFrame:
    rng = view.stream("speed tests")
    settlements = _drawn(view, _TESTS_PER_VILLAGE, rng)
    level = view.development[settlements]
    down = np.clip(rng.lognormal(np.log(18 + 190 * level**1.6), 0.6), 0.6, 980)
    up = np.clip(down * rng.uniform(0.12, 0.42, len(down)), 0.2, 300)
    places = _near(view, settlements, 90, rng)
    return gpd.GeoDataFrame(
        {
            "test_no": [f"CS{view.prefix}{i + 1:06d}" for i in range(len(settlements))],
            **view.names(view.village_of[settlements]),
            "operator": rng.choice(_OPERATORS, len(settlements), p=[0.45, 0.27, 0.2, 0.08]),
            "down_mbps": np.round(down, 1),
            "up_mbps": np.round(up, 1),
            "tested_on": days_before(rng.integers(1, 360, len(settlements))),
        },
        geometry=gpd.points_from_xy(*places.T),
        crs="EPSG:4490",
    )


def _figures(view: CountyView) -> pd.DataFrame:
    rng = view.stream("fibre figures")
    level = view.villages["development"].to_numpy()
    total = view.village_households
    passed = np.clip(0.62 + 0.42 * level + rng.normal(0, 0.07, len(level)), 0.1, 1)
    passed[rng.random(len(level)) < 0.035 * (1.1 - level)] = 0
    connected = np.clip(0.42 + 0.45 * level + rng.normal(0, 0.06, len(level)), 0.05, 0.98)
    households_passed = np.floor(total * passed).astype(int)
    return pd.DataFrame(
        {
            **view.names(np.arange(len(total))),
            "households": total,
            "households_passed": households_passed,
            "households_connected": np.floor(households_passed * connected).astype(int),
            "reported_on": days_before(rng.integers(5, 90, len(total))),
        }
    )
