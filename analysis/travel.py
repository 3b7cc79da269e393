"""Travel over the road network from natural villages to the seat of their own township."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.figures import additive
from analysis.measures import Local, measure
from analysis.network import ROAD_COLUMNS, RoadGraph, Snapped, Travel
from analysis.rerouting import rerouted
from analysis.results import Parts
from analysis.roads import SEARCH_M, carry_index, indexed_roads, roads_near, same_lines
from analysis.territory import BoolArray, FloatArray, IntArray, Territory, need_columns, of_places
from layers import AdminLevel

_TOWNSHIP_DIGITS = 9


@dataclass(frozen=True, eq=False)
class Journeys:
    """The way of each natural village to its seat.

    Attributes
    ----------
    graph : the road network.
    settlements, seats : where they are on it; the farther than `Travel.snap_m` have no row.
    seat_of : row of the seat of each settlement's township, -1 where the township has none; (settlements,).
    minutes : to that seat; infinite where no road leads there, NaN without a seat; shape (settlements,).
    """

    graph: RoadGraph
    settlements: Snapped
    seats: Snapped
    seat_of: IntArray
    minutes: FloatArray


def _read(_: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    return ROAD_COLUMNS, ("population",), ()


def _over_roads(_: Mapping[str, Any]) -> Local:
    """Each way depends on all roads, on where its own ends are, on no other traveller."""
    return Local(AdminLevel.TOWNSHIP, network=True, felt=felt_at_speeds)


@measure(_read, reaches_m=lambda _: SEARCH_M, local=_over_roads)
def mean_minutes_to_seat(
    territory: Territory,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    seats: gpd.GeoDataFrame,
    *,
    travel: Mapping[str, Any],
) -> Parts:
    """Mean minutes of people to the seat of their township, over roads that may leave it.

    Parameters
    ----------
    roads : lines with `analysis.network.ROAD_COLUMNS`, those of neighbours near the border included.
    settlements : points with ``admin_code`` and ``population``.
    seats : points with ``admin_code`` of the township, one for each.
    travel : the fields of `analysis.network.Travel`.

    Returns
    -------
    Parts: minutes times people over people; those whom no road connects are in neither, so a unit in which it
    connects nobody has 0 of 0, data without a value. NaN where the township has no seat or reported no road, or
    the unit has no natural village of known population.

    Raises
    ------
    CrsMismatch : the frames differ in CRS.
    MissingColumn : one lacks a column.
    """
    minutes, people = _minutes_and_people(territory, roads, settlements, seats, travel)
    reached = np.isfinite(minutes)
    spent = np.where(reached, minutes, 0.0) * people
    counted = ~np.isnan(minutes)
    return additive(
        territory,
        territory.sums(settlements, spent, counted),
        territory.sums(settlements, people * reached, counted),
    )


@measure(_read, reaches_m=lambda _: SEARCH_M, local=_over_roads)
def share_within_minutes(
    territory: Territory,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    seats: gpd.GeoDataFrame,
    *,
    minutes: float,
    travel: Mapping[str, Any],
) -> Parts:
    """Share of people who reach their township's seat within some minutes; the unconnected do not.

    Parameters, no data and errors as in `mean_minutes_to_seat`; parts in people.
    """
    taken, people = _minutes_and_people(territory, roads, settlements, seats, travel)
    counted = ~np.isnan(taken)
    return additive(
        territory,
        territory.sums(settlements, people * (taken <= minutes), counted),
        territory.sums(settlements, people, counted),
    )


@measure(_read, reaches_m=lambda _: SEARCH_M, local=_over_roads)
def unconnected_people(
    territory: Territory,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    seats: gpd.GeoDataFrame,
    *,
    travel: Mapping[str, Any],
) -> Parts:
    """People of natural villages that no road connects to the seat of their township.

    Parameters, no data and errors as in `mean_minutes_to_seat`; parts in people.
    """
    taken, people = _minutes_and_people(territory, roads, settlements, seats, travel)
    return additive(territory, territory.sums(settlements, people * np.isinf(taken), ~np.isnan(taken)))


def journeys(
    territory: Territory,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    seats: gpd.GeoDataFrame,
    travel: Travel,
) -> Journeys:
    """The way of each natural village to its seat, computed once for a run.

    The graph is made from the roads' frame alone, in `Territory.metric_crs`. A road anywhere in it can change
    the time of any village, so figures are the same only for the same roads.
    """
    return territory.shared(_journeys, territory, roads, settlements, seats, travel)


@of_places(2, 3)
def _journeys(
    territory: Territory,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    seats: gpd.GeoDataFrame,
    travel: Travel,
) -> Journeys:
    graph = territory.shared(_graph, territory, roads, travel)
    points = territory.metres(settlements)
    placed = graph.snap(points, travel.snap_m, roads_near(territory, roads, settlements))
    starts, from_seat = territory.shared(_from_seats, territory, roads, seats, travel)
    townships = pd.Index(seats["admin_code"].str[:_TOWNSHIP_DIGITS])
    seat_of = territory.places_among(townships, settlements, _TOWNSHIP_DIGITS)
    minutes = graph.minutes_to(from_seat, starts, placed, seat_of, travel)
    return Journeys(graph, placed, starts, seat_of, minutes)


def felt_at_speeds(
    territory: Territory,
    before: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    seats: gpd.GeoDataFrame,
    *,
    travel: Mapping[str, Any],
    **_: Any,
) -> BoolArray | None:
    """Which natural villages take another time over the same roads at other speeds.

    What was worked out for the roads before is carried over to those now, for `journeys` to find.

    Parameters
    ----------
    before, roads : the same rows; lines that did not change are the same objects in both.
    settlements, seats, travel : as in `journeys`; that over the roads before is looked up, or computed.

    Returns
    -------
    Shape (settlements,), to the last digit; None if the lines are not the same.
    """
    return territory.shared(_felt, territory, before, roads, settlements, seats, Travel.of(travel))


def _felt(
    territory: Territory,
    before: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    seats: gpd.GeoDataFrame,
    given: Travel,
) -> BoolArray | None:
    if not territory.shared(same_lines, before, roads):
        return None
    known = journeys(territory, before, settlements, seats, given)
    starts, from_seat = territory.shared(_from_seats, territory, before, seats, given)
    graph, from_seat = rerouted(known.graph, starts, from_seat, given.kmh(roads), given)
    minutes = graph.minutes_to(from_seat, starts, known.settlements, known.seat_of, given)
    carry_index(territory, before, roads)
    territory.hold(graph, _graph, territory, roads, given)
    territory.hold((starts, from_seat), _from_seats, territory, roads, seats, given)
    now = replace(known, graph=graph, minutes=minutes)
    territory.hold(now, _journeys, territory, roads, settlements, seats, given)
    same: BoolArray = (minutes == known.minutes) | (np.isnan(minutes) & np.isnan(known.minutes))
    return ~same


@of_places(2)
def _from_seats(
    territory: Territory, roads: gpd.GeoDataFrame, seats: gpd.GeoDataFrame, travel: Travel
) -> tuple[Snapped, FloatArray]:
    """Where the seats are on the network, and the minutes from each to its nodes."""
    graph = territory.shared(_graph, territory, roads, travel)
    starts = graph.snap(territory.metres(seats), travel.snap_m)
    return starts, graph.minutes_from(starts, len(seats), travel)


def _graph(territory: Territory, roads: gpd.GeoDataFrame, travel: Travel) -> RoadGraph:
    indexed = indexed_roads(territory, roads)
    return RoadGraph.of(indexed.features, travel.kmh(roads), travel.tolerance_m, indexed)


def _minutes_and_people(
    territory: Territory,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    seats: gpd.GeoDataFrame,
    given: Mapping[str, Any],
) -> tuple[FloatArray, FloatArray]:
    """Minutes of each settlement, NaN also where its township reported no road; and its people."""
    need_columns(settlements, ("population",))
    minutes = journeys(territory, roads, settlements, seats, Travel.of(given)).minutes
    places = territory.places(settlements)
    known: BoolArray = places >= 0
    known[known] = territory.reported(roads)[places[known]]
    return np.where(known, minutes, np.nan), territory.numbers(settlements, "population")
