"""A random city of the demo's size, for measuring without the demo: frames as the database gives them.

It has the numbers and shapes that cost time (vertices of outlines, lengths of roads, reach of stations), not
the demo's plausibility.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers import AdminLevel

CRS = "EPSG:4490"
_WEST, _SOUTH, _EAST, _NORTH = 111.92, 23.45, 113.92, 25.20
_COUNTY_CODES = ("441802", "441803", "441821", "441823", "441825", "441826", "441881", "441882")
_SIDE_VERTICES = 29


@dataclass(frozen=True)
class Size:
    """How many features of each kind there are, about."""

    villages_across: int = 12
    villages_up: int = 13
    settlements: int = 20_000
    roads: int = 25_000
    houses: int = 40_000
    service_areas: int = 1_000
    stations: int = 3_000
    speed_tests: int = 5_000
    projects: int = 600


def random_city(seed: int, size: Size | None = None) -> dict[str, pd.DataFrame]:
    """Frames by feature type id, every one with ``admin_code`` and the columns that the indicators read."""
    size = size or Size()
    rng = np.random.default_rng(seed)
    units = _units(size)
    villages = units[units["level"] == str(AdminLevel.VILLAGE)]
    settlements = _points(rng, villages, size.settlements)
    settlements["settlement_no"] = _numbers("Z", size.settlements)
    settlements["name"] = settlements["settlement_no"]
    settlements["households"] = rng.integers(5, 120, size.settlements)
    settlements["population"] = settlements["households"] * 4
    frames: dict[str, pd.DataFrame] = {
        "admin_units": units,
        "settlements": settlements,
        "township_seats": _seats(settlements),
        "roads": _roads(rng, villages, size.roads),
        "water_service_areas": _service_areas(rng, villages, size.service_areas),
        "base_stations": _stations(rng, villages, size.stations),
        "speed_tests": _speed_tests(rng, villages, size.speed_tests),
        "houses": _houses(rng, villages, size.houses),
        "consolidation_projects": _projects(rng, villages, size.projects),
        "construction_quotas": _quotas(rng, units),
        "village_water": _figures(rng, villages, "households_connected", "dispersed_population"),
        "village_fibre": _figures(rng, villages, "households_passed", "households_connected"),
    }
    return {name: _as_read(frame) for name, frame in frames.items()}


def _as_read(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the types that `store.frames.read_frame` gives."""
    types = {"i": "float", "O": "str", "U": "str", "b": "boolean"}
    plain = frame.drop(columns="geometry", errors="ignore")
    return frame.astype({name: types[t.kind] for name, t in plain.dtypes.items() if t.kind in types})


def _bent(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Grid positions bent by waves, so that outlines are no straight lines and still tile."""
    return np.stack(
        [
            lon + 0.002 * np.sin(lat * 190) + 0.0003 * np.sin(lat * 900 + lon * 300),
            lat + 0.002 * np.sin(lon * 170) + 0.0003 * np.sin(lon * 800 + lat * 350),
        ],
        axis=-1,
    )


def _cell(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    lon, lat = np.linspace(west, east, _SIDE_VERTICES), np.linspace(south, north, _SIDE_VERTICES)
    ring_lon = np.concatenate([lon, np.full(_SIDE_VERTICES, east), lon[::-1], np.full(_SIDE_VERTICES, west)])
    ring_lat = np.concatenate(
        [np.full(_SIDE_VERTICES, south), lat, np.full(_SIDE_VERTICES, north), lat[::-1]]
    )
    return shapely.Polygon(_bent(ring_lon, ring_lat))


def _units(size: Size) -> gpd.GeoDataFrame:
    rows = [("441800000000", "city", "city", _cell(_WEST, _SOUTH, _EAST, _NORTH))]
    lons, lats = np.linspace(_WEST, _EAST, 5), np.linspace(_SOUTH, _NORTH, 3)
    for k, county in enumerate(_COUNTY_CODES):
        west, east = lons[k % 4], lons[k % 4 + 1]
        south, north = lats[k // 4], lats[k // 4 + 1]
        rows.append((f"{county}000000", "county", "county", _cell(west, south, east, north)))
        x, y = (
            np.linspace(west, east, size.villages_across + 1),
            np.linspace(south, north, size.villages_up + 1),
        )
        for column in range(size.villages_across):
            kind = "street" if column == 0 and k < 5 else "other" if column == 1 and k < 4 else "town"
            township = f"{county}{column + 1:03d}"
            rows.append((f"{township}000", "township", kind, _cell(x[column], south, x[column + 1], north)))
            for row in range(size.villages_up):
                cell = _cell(x[column], y[row], x[column + 1], y[row + 1])
                rows.append((f"{township}{200 + row}", "village", "village", cell))
    codes, levels, kinds, shapes = map(list, zip(*rows, strict=True))
    return gpd.GeoDataFrame(
        {"admin_code": codes, "name": codes, "level": levels, "kind": kinds}, geometry=shapes, crs=CRS
    )


def _points(rng: np.random.Generator, villages: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    chosen = rng.integers(0, len(villages), count)
    bounds = villages.bounds.to_numpy()[chosen]
    share = rng.uniform(0.05, 0.95, (count, 2))
    places = bounds[:, :2] + share * (bounds[:, 2:] - bounds[:, :2])
    return gpd.GeoDataFrame(
        {"admin_code": villages["admin_code"].to_numpy()[chosen]}, geometry=shapely.points(places), crs=CRS
    )


def _seats(settlements: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The first settlement of each township."""
    townships = settlements["admin_code"].str[:9]
    seats = settlements[["admin_code", "geometry"]][~townships.duplicated()].reset_index(drop=True)
    return seats.assign(admin_code=seats["admin_code"].str[:9] + "000")


def _numbers(letter: str, count: int) -> list[str]:
    return [f"{letter}{i:06d}" for i in range(count)]


def _roads(rng: np.random.Generator, villages: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    roads = _points(rng, villages, count)
    starts = shapely.get_coordinates(roads.geometry)
    turns = rng.normal(0, 0.25, (count, 25)).cumsum(axis=1) + rng.uniform(0, 2 * np.pi, (count, 1))
    steps = rng.uniform(20, 90, (count, 1)) / 110_000
    path = np.stack([np.cos(turns), np.sin(turns)], axis=-1).cumsum(axis=1) * steps[:, :, None]
    roads = roads.set_geometry(shapely.linestrings(starts[:, None, :] + path), crs=CRS)
    roads["segment_no"] = _numbers("L", count)
    roads["road_class"] = rng.choice(list("GSXYC"), count, p=[0.02, 0.04, 0.09, 0.2, 0.65])
    roads["surface"] = rng.choice(["cement", "asphalt", "gravel", "earth"], count, p=[0.6, 0.15, 0.15, 0.1])
    roads.loc[rng.random(count) < 0.05, "surface"] = None
    roads["technical_class"] = rng.choice(["2", "3", "4", "sub"], count, p=[0.05, 0.1, 0.6, 0.25])
    roads["condition"] = rng.choice(["excellent", "good", "fair", "poor", "bad"], count)
    return roads


def _service_areas(rng: np.random.Generator, villages: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    areas = _points(rng, villages, count)
    around = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = rng.uniform(0.008, 0.03, (count, 1)) * rng.uniform(0.75, 1.2, (count, 48))
    rings = np.stack([np.cos(around) * radius, np.sin(around) * radius], axis=-1)
    areas = areas.set_geometry(
        shapely.polygons(shapely.get_coordinates(areas.geometry)[:, None, :] + rings), crs=CRS
    )
    areas["area_no"] = _numbers("F", count)
    areas["works_type"] = rng.choice(["integrated", "large", "small", "dispersed"], count)
    return areas


def _stations(rng: np.random.Generator, villages: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    stations = _points(rng, villages, count)
    stations["station_no"] = _numbers("J", count)
    stations["technology"] = rng.choice(["2G", "3G", "4G", "5G"], count, p=[0.1, 0.1, 0.5, 0.3])
    return stations


def _speed_tests(rng: np.random.Generator, villages: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    tests = _points(rng, villages, count)
    tests["test_no"] = _numbers("T", count)
    tests["down_mbps"] = rng.lognormal(4.5, 0.7, count).round(1)
    return tests


def _houses(rng: np.random.Generator, villages: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    houses = _points(rng, villages, count)
    houses["household_no"] = _numbers("H", count)
    houses["grade"] = rng.choice(list("ABCD"), count, p=[0.5, 0.3, 0.13, 0.07])
    houses["state"] = rng.choice(
        ["found", "appraised", "planned", "under_way", "accepted", "occupied"], count
    )
    houses["cut_slope"] = rng.random(count) < 0.1
    found = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 500, count), unit="D")
    done = houses["state"].isin(["accepted", "occupied"])
    houses["found_on"] = found
    houses["due_on"] = found + pd.to_timedelta(rng.integers(100, 900, count), unit="D")
    houses["accepted_on"] = (found + pd.to_timedelta(rng.integers(60, 700, count), unit="D")).where(done)
    return houses


def _projects(rng: np.random.Generator, villages: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    projects = _service_areas(rng, villages, count)[["admin_code", "geometry"]]
    projects["project_no"] = _numbers("X", count)
    projects["name"] = projects["project_no"]
    projects["project_kind"] = rng.choice(["high_standard", "reclamation"], count)
    projects["stated_area_mu"] = rng.uniform(20, 2000, count)
    projects["new_farmland_mu"] = projects["stated_area_mu"] * 0.1
    projects["saved_quota_mu"] = projects["stated_area_mu"] * 0.08
    projects["used_quota_mu"] = projects["saved_quota_mu"] * rng.random(count)
    projects["state"] = rng.choice(["proposed", "under_way", "accepted"], count)
    return projects


def _quotas(rng: np.random.Generator, units: gpd.GeoDataFrame) -> pd.DataFrame:
    codes = units.loc[units["level"].isin(["county", "township"]), "admin_code"].to_numpy()
    total = rng.uniform(1000, 9000, len(codes))
    return pd.DataFrame({"admin_code": codes, "total_scale_mu": total, "reserved_mu": total * 0.11})


def _figures(rng: np.random.Generator, villages: gpd.GeoDataFrame, first: str, second: str) -> pd.DataFrame:
    households = rng.integers(100, 900, len(villages))
    rows = pd.DataFrame({"admin_code": villages["admin_code"].to_numpy(), "households": households})
    rows[first] = (households * rng.uniform(0.6, 1.0, len(rows))).astype(int)
    rows[second] = (rows[first] * rng.uniform(0.1, 1.0, len(rows))).astype(int)
    return rows.sample(frac=0.97, random_state=1)
