"""Whether a road network holds together: its parts, who is cut off and why, ends that nearly meet."""

from dataclasses import dataclass
from enum import StrEnum

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.network import RoadGraph, Travel
from analysis.territory import (
    STORED_CRS,
    BoolArray,
    FloatArray,
    IntArray,
    Territory,
    need_columns,
    numbers,
)
from analysis.travel import Journeys, journeys

NEAR_MISS_M = 30.0
"""An end of a road so near to another road that does not join it is probably a slip of drawing."""


class Why(StrEnum):
    """Why a natural village is not connected."""

    TOO_FAR = "too_far"
    """No road within the snapping distance."""
    CUT_OFF = "cut_off"
    """Its road is on a part of the network that does not reach the seat."""
    SEAT_TOO_FAR = "seat_too_far"
    """The seat itself has no road within the snapping distance."""


@dataclass(frozen=True)
class NetworkCheck:
    """What was found in the network of a territory.

    Attributes
    ----------
    parts : one row for each connected part that has a road of the territory, the longest first: ``km`` and
        ``roads`` of the territory's own, ``settlements`` and ``people`` whose nearest road is on it, ``seats``;
        ``cut_off_people`` of them whom it does not bring to their seat; ``lon``, ``lat`` of a place on it.
    unconnected : natural villages that no road connects to their seat, most people first: ``admin_code``,
        ``name``, ``population``, ``why`` (`Why`), ``gap_m`` to the nearest road, ``lon``, ``lat``.
    far_seats : ``admin_code``, ``name``, ``gap_m``, ``lon``, ``lat`` of seats beyond the snapping distance.
    near_misses : ends of the territory's roads that nearly touch another, the nearest first: ``segment_no``,
        ``other_segment_no``, ``gap_m``, ``joins_parts`` (whether a joint would connect two parts), ``lon``,
        ``lat``.
    crossings : places where two roads cross without a joint: ``segment_no``, ``other_segment_no``, ``lon``,
        ``lat``; a bridge, or a joint that was left out.
    townships_without_seat : nine-digit codes of townships whose times are not known.
    settlements : how many natural villages were looked at.
    """

    parts: pd.DataFrame
    unconnected: pd.DataFrame
    far_seats: pd.DataFrame
    near_misses: pd.DataFrame
    crossings: pd.DataFrame
    townships_without_seat: tuple[str, ...]
    settlements: int


def check_network(
    territory: Territory,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    seats: gpd.GeoDataFrame,
    travel: Travel,
) -> NetworkCheck:
    """Look the road network of a territory over.

    Parameters
    ----------
    territory : villages of a county.
    roads : lines with ``admin_code``, ``segment_no`` and `analysis.network.ROAD_COLUMNS`; those of neighbours
        carry traffic, and are not judged.
    settlements : points with ``admin_code``, ``name`` and ``population``; those of other units are left out.
    seats : points with ``admin_code`` and ``name``.

    Raises
    ------
    CrsMismatch : the frames differ in CRS.
    MissingColumn : one lacks a column.
    """
    need_columns(roads, ("segment_no",))
    need_columns(settlements, ("name", "population"))
    made = journeys(territory, roads, settlements, seats, travel)
    own_road = territory.places(roads) >= 0
    own_place = territory.places(settlements) >= 0
    to_degrees = _Degrees(territory)
    gap_m = _gaps(territory, made.graph, settlements)
    people = np.nan_to_num(numbers(settlements, "population"))
    townships = pd.Index(sorted({code[:9] for code in territory.codes}))
    return NetworkCheck(
        parts=_parts(made, own_road, own_place, people, to_degrees),
        unconnected=_unconnected(made, settlements, seats, own_place, gap_m),
        far_seats=_far_seats(territory, made, seats),
        near_misses=_near_misses(made.graph, roads, own_road, travel, to_degrees),
        crossings=_crossings(made.graph, roads, own_road, travel, to_degrees),
        townships_without_seat=tuple(townships.difference(seats["admin_code"].str[:9])),
        settlements=int(own_place.sum()),
    )


class _Degrees:
    """From metres of the territory to longitude and latitude."""

    def __init__(self, territory: Territory) -> None:
        self._crs = territory.metric_crs

    def columns(self, points_m: FloatArray) -> dict[str, FloatArray]:
        points = gpd.GeoSeries(gpd.points_from_xy(*points_m.reshape(-1, 2).T), crs=self._crs)
        return _lonlat(points.to_crs(STORED_CRS))


def _lonlat(points: gpd.GeoDataFrame | gpd.GeoSeries) -> dict[str, FloatArray]:
    lonlat = shapely.get_coordinates(points.geometry.to_numpy()).round(6)
    return {"lon": lonlat[:, 0], "lat": lonlat[:, 1]}


def _gaps(territory: Territory, graph: RoadGraph, points: gpd.GeoDataFrame) -> FloatArray:
    """Metres to the nearest road, however far."""
    return graph.snap(territory.metres(points)).gaps(len(points))


def _parts(
    made: Journeys, own_road: BoolArray, own_place: BoolArray, people: FloatArray, to_degrees: _Degrees
) -> pd.DataFrame:
    graph = made.graph
    count = int(graph.part_of_node.max()) + 1 if len(graph.nodes_m) else 0
    part_of_line = graph.part_of_node[graph.node_of_end[:, 0]]
    own_line = own_road[graph.row]
    once = np.unique(np.column_stack([part_of_line, graph.row])[own_line], axis=0)[:, 0]
    point, part = _part_of_points(made.settlements.point, graph.part_of_edge[made.settlements.edge])
    inside = own_place[point]
    point, part = point[inside], part[inside]
    cut_off = people[point] * np.isinf(made.minutes[point])
    _, seat_part = _part_of_points(made.seats.point, graph.part_of_edge[made.seats.edge])
    frame = pd.DataFrame(
        {
            "km": np.bincount(part_of_line, shapely.length(graph.lines) * own_line / 1000, minlength=count),
            "roads": np.bincount(once, minlength=count),
            "settlements": np.bincount(part, minlength=count),
            "people": np.bincount(part, people[point], minlength=count).astype(int),
            "seats": np.bincount(seat_part, minlength=count),
            "cut_off_people": np.bincount(part, cut_off, minlength=count).astype(int),
        }
    )
    first = np.full(count, -1, dtype=np.intp)
    first[part_of_line[own_line][::-1]] = np.flatnonzero(own_line)[::-1]
    frame = frame[first >= 0]
    middle = shapely.line_interpolate_point(graph.lines[first[first >= 0]], 0.5, normalized=True)
    frame = frame.assign(**to_degrees.columns(shapely.get_coordinates(middle)))
    return frame.sort_values(["km", "lon", "lat"], ascending=[False, True, True], ignore_index=True)


def _part_of_points(point: IntArray, part: IntArray) -> tuple[IntArray, IntArray]:
    """One part for each point; where edges are equally near, that of the first."""
    place, first = np.unique(point, return_index=True)
    return place, part[first]


def _unconnected(
    made: Journeys,
    settlements: gpd.GeoDataFrame,
    seats: gpd.GeoDataFrame,
    own_place: BoolArray,
    gap_m: FloatArray,
) -> pd.DataFrame:
    cut_off = own_place & np.isinf(made.minutes)
    on_network = np.isin(np.arange(len(settlements)), made.settlements.point)
    seat_on_network = np.isin(np.arange(len(seats)), made.seats.point)
    seat_off = np.zeros(len(settlements), dtype=bool)
    seat_off[cut_off] = ~seat_on_network[made.seat_of[cut_off]]
    why = np.select(
        [~on_network, seat_off], [str(Why.TOO_FAR), str(Why.SEAT_TOO_FAR)], str(Why.CUT_OFF)
    ).astype(object)
    found = pd.DataFrame(settlements[["admin_code", "name", "population"]]).assign(
        why=why, gap_m=gap_m, **_lonlat(settlements)
    )
    return found[cut_off].sort_values(
        ["population", "admin_code", "name"], ascending=[False, True, True], ignore_index=True
    )


def _far_seats(territory: Territory, made: Journeys, seats: gpd.GeoDataFrame) -> pd.DataFrame:
    far = ~np.isin(np.arange(len(seats)), made.seats.point)
    frame = pd.DataFrame(seats[["admin_code", "name"]]).assign(
        gap_m=_gaps(territory, made.graph, seats), **_lonlat(seats)
    )
    return frame[far].sort_values("admin_code", ignore_index=True)


def _near_misses(
    graph: RoadGraph, roads: gpd.GeoDataFrame, own_road: BoolArray, travel: Travel, to_degrees: _Degrees
) -> pd.DataFrame:
    meeting = np.bincount(np.concatenate([graph.start, graph.end]), minlength=len(graph.nodes_m))
    line, side = np.nonzero((meeting[graph.node_of_end] == 1) & own_road[graph.row][:, None])
    points = shapely.get_point(graph.lines[line], -side)
    end, other = graph.tree.query(points, predicate="dwithin", distance=NEAR_MISS_M)
    away = other != line[end]
    end, other = end[away], other[away]
    gap_m = shapely.distance(points[end], graph.lines[other])
    order = np.lexsort((gap_m, end))
    end, other, gap_m = end[order], other[order], gap_m[order]
    nearest = np.unique(end, return_index=True)[1]
    end, other, gap_m = end[nearest], other[nearest], gap_m[nearest]
    kept = gap_m > travel.tolerance_m
    end, other, gap_m = end[kept], other[kept], gap_m[kept]
    part_of_line = graph.part_of_node[graph.node_of_end[:, 0]]
    frame = _pairs(graph, roads, line[end], other).assign(
        gap_m=gap_m,
        joins_parts=part_of_line[line[end]] != part_of_line[other],
        **to_degrees.columns(shapely.get_coordinates(points[end])),
    )
    return frame.sort_values(["gap_m", "segment_no"], ignore_index=True)


def _crossings(
    graph: RoadGraph, roads: gpd.GeoDataFrame, own_road: BoolArray, travel: Travel, to_degrees: _Degrees
) -> pd.DataFrame:
    line, other = graph.tree.query(graph.lines, predicate="crosses")
    once = (line < other) & (own_road[graph.row[line]] | own_road[graph.row[other]])
    line, other = line[once], other[once]
    points, pair = shapely.get_parts(
        shapely.intersection(graph.lines[line], graph.lines[other]), return_index=True
    )
    points = shapely.centroid(points)
    # What lies within the tolerance of an end of either line is a joint.
    ends = np.asarray(shapely.get_point(graph.lines, np.array([[0], [-1]])))
    joint = shapely.distance(points, np.concatenate([ends[:, line[pair]], ends[:, other[pair]]])).min(axis=0)
    kept = joint > travel.tolerance_m
    points, pair = points[kept], pair[kept]
    frame = _pairs(graph, roads, line[pair], other[pair]).assign(
        **to_degrees.columns(shapely.get_coordinates(points))
    )
    return frame.sort_values(["segment_no", "other_segment_no", "lon"], ignore_index=True)


def _pairs(graph: RoadGraph, roads: gpd.GeoDataFrame, line: IntArray, other: IntArray) -> pd.DataFrame:
    number = roads["segment_no"].to_numpy(dtype=object)
    return pd.DataFrame(
        {"segment_no": number[graph.row[line]], "other_segment_no": number[graph.row[other]]}, dtype=object
    )
