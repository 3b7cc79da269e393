"""The geography of the demo city: counties, townships, villages, natural villages and the terrain under them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers import AdminKind
from layers.codes import VillageType
from pipelines.demo.errors import UnknownCounty
from pipelines.demo.mesh import refined_borders
from pipelines.demo.partition import Partition, partition_county
from pipelines.demo.places import County, Township, county_polygons, known_seats, real_counties, with_villages
from pipelines.demo.plane import COORDINATE_DIGITS, FloatArray, to_metres
from pipelines.demo.profiles import PROFILES, CountyProfile
from pipelines.demo.randomness import stream
from pipelines.demo.settlements import make_settlements
from pipelines.demo.terrain import Terrain, make_terrain

CRS = "EPSG:4490"
_MESH_SPOTS = 370_000
"""Mesh points of the whole city; a village of the real city gets 300, of a larger demo fewer, at least 60."""


@dataclass(frozen=True)
class Geography:
    """Frames in EPSG:4490, sorted by code.

    Attributes
    ----------
    counties, townships : ``admin_code name kind geometry``; townships also ``county_code lon lat development``,
        the last three being the seat's position and the latent level of 0–1.
    villages : ``admin_code name kind village_type township_code county_code development elevation_m slope_deg lon
        lat geometry``; lon and lat are the position of the committee.
    settlements : ``settlement_no admin_code name households population geometry``.
    """

    terrain: Terrain
    counties: gpd.GeoDataFrame
    townships: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame


def make_geography(
    seed: int,
    counties: Sequence[str] | None = None,
    villages: int | None = None,
    progress: Callable[[str], object] = lambda _: None,
) -> Geography:
    """Make the geography of the city or of some of its counties, the same for the same seed.

    Parameters
    ----------
    counties : six- or twelve-digit codes; None for all.
    villages : number of villages of the whole city; None for the real 1,235. Villages beyond the real ones have
        made-up names.
    progress : told the name of each county when it is done.

    Raises
    ------
    UnknownCounty : a code in `counties` is not one of the city's.
    TooFewVillages, TooManyVillages : `villages` is not possible.
    """
    city = real_counties()
    if villages is not None:
        city = with_villages(city, villages, seed)
    wanted = _wanted(city, counties)
    terrain = make_terrain(seed, known_seats(city))
    borders = refined_borders(county_polygons())
    village_count = sum(len(t.villages) for county in city for t in county.townships)
    spots = max(60.0, _MESH_SPOTS / village_count)
    townships, village_frames, settlements = [], [], []
    for county in wanted:
        partition = partition_county(county, borders[county.code], terrain, seed, spots)
        townships.append(_township_frame(county, partition, terrain, seed))
        frame = _village_frame(county, partition, townships[-1], terrain, seed)
        found = _settlements(partition, frame, terrain, county, seed)
        first = found.drop_duplicates("admin_code").set_index("admin_code").loc[frame["admin_code"]]
        frame[["lon", "lat"]] = first[["lon", "lat"]].to_numpy()
        frame = _typed(frame, found, stream(seed, "village types", county.code))
        village_frames.append(frame)
        settlements.append(found)
        progress(county.name)
    return Geography(
        terrain,
        gpd.GeoDataFrame(
            {
                "admin_code": [c.code for c in wanted],
                "name": [c.name for c in wanted],
                "kind": str(AdminKind.COUNTY),
            },
            geometry=[borders[c.code] for c in wanted],
            crs=CRS,
        ),
        _joined(townships),
        _joined(village_frames),
        _points(pd.concat(settlements, ignore_index=True)),
    )


def _wanted(city: tuple[County, ...], codes: Sequence[str] | None) -> tuple[County, ...]:
    if codes is None:
        return city
    prefixes = {code[:6] for code in codes}
    unknown = prefixes - {county.prefix for county in city}
    if unknown or not prefixes:
        known = "、".join(f"{county.prefix} {county.name}" for county in city)
        raise UnknownCounty(codes=", ".join(sorted(unknown)) or "-", known=known)
    return tuple(county for county in city if county.prefix in prefixes)


def _township_frame(county: County, partition: Partition, terrain: Terrain, seed: int) -> gpd.GeoDataFrame:
    rng = stream(seed, "townships", county.code)
    profile = PROFILES[county.prefix]
    street = np.array([t.kind is AdminKind.STREET for t in county.townships])
    height = terrain.elevation_at(partition.seats)
    capital = np.hypot(*(to_metres(partition.seats) - to_metres(partition.seats[_capital(county)])).T)
    level = profile.development + 0.14 * street + 0.10 * np.exp(-capital / 12_000) - height / 4000
    return gpd.GeoDataFrame(
        {
            "admin_code": [t.code for t in county.townships],
            "name": [t.name for t in county.townships],
            "kind": [str(t.kind) for t in county.townships],
            "county_code": county.code,
            "lon": partition.seats[:, 0],
            "lat": partition.seats[:, 1],
            "development": np.clip(level + rng.normal(0, 0.06, len(level)), 0.05, 0.97),
        },
        geometry=list(partition.townships),
        crs=CRS,
    )


def _capital(county: County) -> int:
    """Position of the township in which the county's government sits."""
    return [t.code for t in county.townships].index(PROFILES[county.prefix].capital)


def _village_frame(
    county: County, partition: Partition, townships: gpd.GeoDataFrame, terrain: Terrain, seed: int
) -> gpd.GeoDataFrame:
    rng = stream(seed, "villages", county.code)
    listed = [(i, t, v) for i, t in enumerate(county.townships) for v in t.villages]
    position = np.array([i for i, _, _ in listed])
    remote = np.hypot(*(to_metres(partition.centres) - to_metres(partition.seats[position])).T)
    level = townships["development"].to_numpy()[position] + 0.05 - remote / 90_000
    level += rng.normal(0, 0.07, len(level))
    profile = PROFILES[county.prefix]
    community = np.array([v.kind is AdminKind.COMMUNITY for _, _, v in listed])
    return gpd.GeoDataFrame(
        {
            "admin_code": [v.code for _, _, v in listed],
            "name": [v.name for _, _, v in listed],
            "kind": [str(v.kind) for _, _, v in listed],
            "township_code": [t.code for _, t, _ in listed],
            "county_code": county.code,
            "development": np.clip(level, 0.03, 0.98),
            "elevation_m": terrain.elevation_at(partition.centres),
            "slope_deg": terrain.slope_at(partition.centres),
            "remote_m": remote,
            "mean_people": [
                _mean_people(profile, t, is_urban)
                for (_, t, _), is_urban in zip(listed, community, strict=True)
            ],
            "mean_settlements": np.where(community, 0.5, 1.0) * profile.settlements,
        },
        geometry=list(partition.villages),
        crs=CRS,
    )


def _mean_people(profile: CountyProfile, township: Township, community: bool) -> float:
    if township.kind is AdminKind.OTHER:
        return 420.0
    return profile.community_people if community else profile.village_people


def _settlements(
    partition: Partition, villages: gpd.GeoDataFrame, terrain: Terrain, county: County, seed: int
) -> pd.DataFrame:
    rng = stream(seed, "settlements", county.code)
    found = make_settlements(partition.mesh, partition.village_of, villages, terrain, rng)
    home = np.asarray(villages.set_index("admin_code").geometry.loc[found["admin_code"]])
    strayed = ~shapely.contains_xy(home, found["lon"], found["lat"])
    if strayed.any():
        places = found.loc[strayed, ["lon", "lat"]].to_numpy()
        found.loc[strayed, ["lon", "lat"]] = _drawn_inside(home[strayed], places)
    return found


def _drawn_inside(homes: np.ndarray, places: FloatArray) -> FloatArray:
    """Places that smoothing left outside their village, drawn towards its inside until they are in.

    Different places stay different, as the road network needs it.
    """
    inside = shapely.get_coordinates(shapely.point_on_surface(homes))
    drawn = places.copy()
    out = np.ones(len(places), dtype=bool)
    for share in (0.95, 0.85, 0.7, 0.5, 0.3, 0.1, 0.03):
        drawn[out] = np.round(inside[out] + share * (places[out] - inside[out]), COORDINATE_DIGITS)
        out = ~shapely.contains_xy(homes, drawn[:, 0], drawn[:, 1])
    return drawn


def _typed(
    villages: gpd.GeoDataFrame, settlements: pd.DataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Add the village type: suburban near towns, relocation where few live high up, heritage here and there."""
    people = settlements.groupby("admin_code")["population"].sum().loc[villages["admin_code"]].to_numpy()
    luck = rng.random(len(villages))
    community = (villages["kind"] == AdminKind.COMMUNITY).to_numpy()
    near = (villages["remote_m"] < 2500).to_numpy()
    hard = (villages["elevation_m"] / 500 + villages["slope_deg"] / 15 - people / 1800).to_numpy()
    kind = np.full(len(villages), str(VillageType.OTHER), dtype=object)
    kind[luck < 0.38] = str(VillageType.CLUSTERED)
    kind[(luck > 0.94)] = str(VillageType.HERITAGE)
    kind[(hard > np.quantile(hard, 0.93)) & ~community] = str(VillageType.RELOCATION)
    kind[community | (near & (luck > 0.3))] = str(VillageType.SUBURBAN)
    return villages.drop(columns=["mean_people", "mean_settlements"]).assign(village_type=kind)


def _joined(frames: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=CRS)


def _points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    places = gpd.points_from_xy(frame["lon"], frame["lat"], crs=CRS)
    return gpd.GeoDataFrame(frame.drop(columns=["lon", "lat"]), geometry=places)
