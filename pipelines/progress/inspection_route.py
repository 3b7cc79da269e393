"""Rounds of an inspection team: travel times over a county's roads, then the order of visits by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import sqlalchemy as sa

from analysis import visits
from analysis.network import ROAD_COLUMNS, RoadGraph, Travel
from analysis.roads import SEARCH_M
from analysis.territory import FloatArray, Territory
from layers import AdminLevel, feature_type, indicator
from pipelines.indicators.county import extents_of
from pipelines.indicators.days import today
from store.frames import STORED_CRS, FrameRead, read_frame

_OFF_ROAD_KMH, _DETOUR = 15.0, 1.4
"""Where no road leads by the data: the straight way, this much longer, at this speed."""
_GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)


@dataclass(frozen=True)
class Route:
    """The rounds of one county.

    Attributes
    ----------
    start : name of the township seat from which every round begins: the one from which the places are nearest.
    days : positions in ``unit_ids`` count from 1 (`analysis.visits.Day`).
    estimated : units that no road reaches by the data; their times are guesses.
    """

    start: str
    unit_ids: tuple[str, ...]
    days: tuple[visits.Day, ...]
    estimated: frozenset[str]

    def stops(self, day: visits.Day) -> list[str]:
        """Units of a day in the order of visits."""
        return [self.unit_ids[stop - 1] for stop in day.stops]


def county_route(connection: sa.Connection, county: str, drawn: pd.DataFrame, per_day: int) -> Route | None:
    """Order the visits of a county.

    Parameters
    ----------
    county : six digits.
    drawn : ``unit_id lon lat`` in degrees; those without a position are left out.
    per_day : visits of a day.

    Returns
    -------
    None if nothing with a position was drawn there, or the county has no village or seat.
    """
    placed = drawn.dropna(subset=["lon", "lat"]).sort_values("unit_id", ignore_index=True)
    units = _read(connection, "admin_units", prefix=county, levels=[str(AdminLevel.VILLAGE)])
    seats = _read(connection, "township_seats", "name", prefix=county)
    if placed.empty or units.empty or seats.empty:
        return None
    villages = cast(gpd.GeoDataFrame, units.set_index("admin_code"))
    territory = Territory(villages, today())
    within = [extent.widened(SEARCH_M) for extent in extents_of({AdminLevel.VILLAGE: villages})]
    roads = _read(connection, "roads", *ROAD_COLUMNS, within=within)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(placed["lon"], placed["lat"]), crs=STORED_CRS)
    places = gpd.GeoDataFrame(pd.concat([seats[["geometry"]], points], ignore_index=True), crs=STORED_CRS)
    minutes, known = _minutes(territory, roads, places)
    count = len(seats)
    start = int(np.argmin(minutes[:count, count:].sum(axis=1)))
    rows = [start, *range(count, len(places))]
    ids = tuple(placed["unit_id"])
    estimated = frozenset(unit for unit, sure in zip(ids, known[start, count:], strict=True) if not sure)
    return Route(
        str(seats["name"].iloc[start]),
        ids,
        tuple(visits.days(minutes[np.ix_(rows, rows)], per_day)),
        estimated,
    )


def _minutes(
    territory: Territory, roads: gpd.GeoDataFrame, places: gpd.GeoDataFrame
) -> tuple[FloatArray, np.ndarray]:
    """Minutes between places, symmetric, and where they are those of roads."""
    travel = Travel.of(indicator("minutes_to_seat").arguments["travel"])
    count = len(places)
    minutes = np.full((count, count), np.inf)
    if len(roads):
        graph = RoadGraph.of(territory.metres(roads), travel.kmh(roads), travel.tolerance_m)
        snapped = graph.snap(territory.metres(places), travel.snap_m)
        reached = graph.minutes_from(snapped, count, travel)
        for place in range(count):
            to = np.full(count, place)
            minutes[place] = graph.minutes_to(reached, snapped, snapped, to, travel)
    minutes = np.minimum(minutes, minutes.T)
    np.fill_diagonal(minutes, 0.0)
    known = np.isfinite(minutes)
    return np.where(known, minutes, _straight_minutes(places)), known


def _straight_minutes(places: gpd.GeoDataFrame) -> FloatArray:
    lon, lat = places.geometry.x.to_numpy(), places.geometry.y.to_numpy()
    one, other = np.meshgrid(np.arange(len(lon)), np.arange(len(lon)))
    _, _, metres = _GEOD.inv(lon[one], lat[one], lon[other], lat[other])
    return np.asarray(metres) * _DETOUR / (_OFF_ROAD_KMH * 1000 / 60)


def _read(
    connection: sa.Connection,
    feature_id: str,
    *names: str,
    prefix: str = "",
    within: Sequence[object] | None = None,
    levels: Sequence[str] = (),
) -> gpd.GeoDataFrame:
    read = FrameRead.of(feature_type(feature_id), names)
    return cast(
        gpd.GeoDataFrame, read_frame(connection, read, prefix=prefix, within=within, levels=list(levels))
    )
