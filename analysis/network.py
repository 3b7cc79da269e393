"""The road network as a graph: lines joined at their ends and at T junctions, travel minutes, parts.

Everything here works on arrays in one metric CRS. The graph is made from the lines alone and never split where
somebody stands: a traveller's way to the two ends of an edge is added to the times at those ends. So the time
of one place does not depend, to the last digit, on which other places are asked about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from analysis.nearest import Indexed, Nearby
from analysis.territory import FloatArray, IntArray, ObjectArray, need_columns

ROAD_COLUMNS = ("technical_class", "road_class", "surface", "condition")
_M_PER_MIN = 1000 / 60
"""Metres in a minute at one kilometre an hour."""


@dataclass(frozen=True)
class Travel:
    """How people move and how lines are taken to join; hashable, so that work by it can be shared.

    Attributes
    ----------
    tolerance_m : ends of lines so near to each other, or to another line, are one place.
    snap_m : farthest straight way on foot between a place and the nearest road.
    walking_kmh : speed of that walk, and the least speed on any road.
    technical_kmh : speed by technical class (JTG B01).
    road_kmh : speed by administrative class (GB/T 917), for roads of unknown technical class.
    surface_factor, condition_factor : what is left of the speed on a surface or in a condition; 1 for those
        not listed and for unknown ones.
    """

    tolerance_m: float
    snap_m: float
    walking_kmh: float
    technical_kmh: tuple[tuple[str, float], ...]
    road_kmh: tuple[tuple[str, float], ...]
    surface_factor: tuple[tuple[str, float], ...]
    condition_factor: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Travel":
        """From an indicator's arguments, the tables as mappings."""
        fields: dict[str, Any] = {
            name: tuple(sorted(value.items())) if isinstance(value, Mapping) else float(value)
            for name, value in given.items()
        }
        return cls(**fields)

    def kmh(self, roads: pd.DataFrame) -> FloatArray:
        """Speed on each road, km/h; the walking speed where neither class is listed.

        Raises
        ------
        MissingColumn : the frame lacks one of `ROAD_COLUMNS`.
        """
        need_columns(roads, ROAD_COLUMNS)
        speed = _looked_up(roads["technical_class"], self.technical_kmh, np.nan)
        by_class = _looked_up(roads["road_class"], self.road_kmh, self.walking_kmh)
        speed = np.where(np.isnan(speed), by_class, speed)
        speed = speed * _looked_up(roads["surface"], self.surface_factor, 1.0)
        speed = speed * _looked_up(roads["condition"], self.condition_factor, 1.0)
        return np.maximum(speed, self.walking_kmh)

    def walk_min(self, metres: FloatArray) -> FloatArray:
        """Minutes on foot."""
        return metres / (self.walking_kmh * _M_PER_MIN)


@dataclass(frozen=True, eq=False)
class Snapped:
    """Points on their nearest edges; a point where several edges are equally near has a row for each.

    Attributes
    ----------
    point, edge : positions; sorted by both.
    along_m : metres from the edge's start.
    gap_m : straight metres from the point to the edge.
    """

    point: IntArray
    edge: IntArray
    along_m: FloatArray
    gap_m: FloatArray

    def gaps(self, count: int) -> FloatArray:
        """Straight metres from each point to the network, infinite where there is no road; shape (count,)."""
        metres = np.full(count, np.inf)
        metres[self.point] = self.gap_m
        return metres


@dataclass(frozen=True, eq=False)
class RoadGraph:
    """Edges between nodes; an edge is a piece of a line between two places where lines join.

    Attributes
    ----------
    lines : single lines in a metric CRS, shape (lines,).
    row : row of the roads that each line is a part of.
    start, end : nodes at the ends of each edge; edges are ordered by line and place along it.
    line : line of each edge.
    from_m, length_m : where an edge begins on its line, and its length, metres.
    minutes : travel time of each edge.
    nodes_m : (nodes, 2) the middle of the ends that meet at a node, metres.
    node_of_end : (lines, 2) node of the first and last point of each line.
    indexed : the lines with their spatial index.
    """

    lines: ObjectArray
    row: IntArray
    start: IntArray
    end: IntArray
    line: IntArray
    from_m: FloatArray
    length_m: FloatArray
    minutes: FloatArray
    nodes_m: FloatArray
    node_of_end: IntArray
    indexed: Indexed

    @property
    def tree(self) -> shapely.STRtree:
        """Spatial index of `lines`."""
        return self.indexed.tree

    @classmethod
    def of(
        cls, roads: ObjectArray, kmh: FloatArray, tolerance_m: float, indexed: Indexed | None = None
    ) -> "RoadGraph":
        """Make the graph.

        Ends within the tolerance of each other are one node, also by way of a third. A line within the
        tolerance of another's end is joined to it there (a T junction). Lines that cross elsewhere are not
        joined: it may be a bridge. What the tolerance bridges costs no time.

        Parameters
        ----------
        roads : lines or multi lines in a metric CRS; empty and missing ones are left out.
        kmh : speed on each, km/h, above 0.
        tolerance_m : largest distance of what is one place, metres.
        indexed : the roads with their spatial index, which is then not made again if all are single lines.
        """
        lines, row = roads, np.arange(len(roads))
        if (shapely.get_type_id(roads) != shapely.GeometryType.LINESTRING).any():
            lines, row = shapely.get_parts(roads, return_index=True)
        length_m = shapely.length(lines)
        kept = length_m > 0
        if not kept.all():
            lines, row, length_m = lines[kept], row[kept], length_m[kept]
        if indexed is None or lines is not indexed.features:
            indexed = Indexed(lines)
        points = shapely.get_coordinates(lines)
        last = np.cumsum(shapely.get_num_coordinates(lines)) - 1
        first = np.concatenate([[0], last[:-1] + 1])[: len(last)]
        ends_m = points[np.column_stack([first, last]).ravel()]
        node_of_end, nodes_m = _clusters(ends_m, tolerance_m)
        node_of_end = node_of_end.reshape(-1, 2)
        splits = _junctions(indexed, length_m, ends_m, node_of_end, tolerance_m)
        line, stop_m, stop_node = _stops(length_m, node_of_end, *splits)
        before = np.flatnonzero(line[:-1] == line[1:])
        line, edge_m = line[before], stop_m[before + 1] - stop_m[before]
        return cls(
            lines, row, stop_node[before], stop_node[before + 1], line, stop_m[before], edge_m,
            edge_m / (kmh[row][line] * _M_PER_MIN), nodes_m, node_of_end, indexed,
        )  # fmt: skip

    @cached_property
    def part_of_node(self) -> IntArray:
        """Number of the connected part that each node is on."""
        joined = coo_array((np.ones(len(self.start)), (self.start, self.end)), shape=(len(self.nodes_m),) * 2)
        return np.asarray(connected_components(joined, directed=False)[1], dtype=np.intp)

    @cached_property
    def part_of_edge(self) -> IntArray:
        """Number of the connected part that each edge is on."""
        return self.part_of_node[self.start]

    def snap(self, points: ObjectArray, most_m: float = np.inf, nearby: Nearby | None = None) -> Snapped:
        """The nearest place on the network of each point; points farther than `most_m` have none.

        Parameters
        ----------
        nearby : what is close to the points, which is then not looked for again if it is of these lines.
        """
        if nearby is None or nearby.indexed is not self.indexed:
            nearby = Nearby.of(points, self.indexed)
        point, line, gap_m = nearby.nearest(None if np.isinf(most_m) else most_m)
        at_m = shapely.line_locate_point(self.lines[line], points[point])
        # Complex numbers are ordered by their real part, then by the other one: by line, then by metres.
        edge = np.searchsorted(self.line + 1j * self.from_m, line + 1j * at_m, side="right") - 1
        along_m = np.clip(at_m - self.from_m[edge], 0.0, self.length_m[edge])
        order = np.lexsort((edge, point))
        return Snapped(point[order], edge[order], along_m[order], gap_m[order])

    def minutes_from(self, seats: Snapped, count: int, travel: Travel) -> FloatArray:
        """Least minutes from each seat to each node, the walk to the road included.

        Returns
        -------
        Shape (count, nodes); infinite where no road leads, and for seats that are not snapped.
        """
        # Seats are nodes that one can only leave, so that no way leads through another seat.
        nodes = len(self.nodes_m)
        if count == 0:
            return np.empty((0, nodes))
        to_start, to_end = self._partial_min(seats)
        walk = travel.walk_min(seats.gap_m)
        seat = nodes + seats.point
        matrix = _matrix(
            np.concatenate([self.start, self.end, seat, seat]),
            np.concatenate([self.end, self.start, self.start[seats.edge], self.end[seats.edge]]),
            np.concatenate([self.minutes, self.minutes, walk + to_start, walk + to_end]),
            nodes + count,
        )
        found = dijkstra(matrix, indices=nodes + np.arange(count))
        return np.asarray(found[:, :nodes], dtype=float)

    def minutes_to(
        self,
        from_seat: FloatArray,
        seats: Snapped,
        places: Snapped,
        seat_of_place: IntArray,
        travel: Travel,
    ) -> FloatArray:
        """Least minutes between each place and its own seat.

        Parameters
        ----------
        from_seat : as `minutes_from` gives it.
        seats, places : where they are on the network.
        seat_of_place : position of the seat of each place, shape (places,); -1 for none.

        Returns
        -------
        Shape (places,); infinite where no way leads; NaN without a seat.
        """
        minutes = np.where(seat_of_place >= 0, np.inf, np.nan)
        known = seat_of_place[places.point] >= 0
        place, edge = places.point[known], places.edge[known]
        seat = seat_of_place[place]
        to_start, to_end = (side[known] for side in self._partial_min(places))
        found = np.minimum(
            from_seat[seat, self.start[edge]] + to_start, from_seat[seat, self.end[edge]] + to_end
        )
        walk = travel.walk_min(places.gap_m[known])
        # A seat on the same edge is reached along it, past neither end.
        order = np.arange(len(seats.point)) - np.searchsorted(seats.point, seats.point)
        for nth in range(int(order.max()) + 1 if len(order) else 0):
            chosen = order == nth
            row = np.full(len(from_seat), -1, dtype=np.intp)
            row[seats.point[chosen]] = np.flatnonzero(chosen)
            other = row[seat]
            same = (other >= 0) & (seats.edge[other] == edge)
            apart_m = np.abs(places.along_m[known][same] - seats.along_m[other[same]])
            direct = travel.walk_min(seats.gap_m[other[same]]) + apart_m * self._min_per_m[edge[same]]
            found[same] = np.minimum(found[same], direct)
        np.minimum.at(minutes, place, found + walk)
        return minutes

    @cached_property
    def _min_per_m(self) -> FloatArray:
        return np.divide(
            self.minutes, self.length_m, out=np.zeros_like(self.minutes), where=self.length_m > 0
        )

    def _partial_min(self, snapped: Snapped) -> tuple[FloatArray, FloatArray]:
        """Minutes along the edge to its start and to its end."""
        per_m = self._min_per_m[snapped.edge]
        return snapped.along_m * per_m, (self.length_m[snapped.edge] - snapped.along_m) * per_m


def _looked_up(codes: "pd.Series[Any]", table: tuple[tuple[str, float], ...], otherwise: float) -> FloatArray:
    place, different = codes.array.factorize()
    known = dict(table)
    values = np.array([*(known.get(code, otherwise) for code in different), otherwise], dtype=float)
    return np.asarray(values[place])  # a missing code has place -1, the last


def _clusters(points_m: FloatArray, tolerance_m: float) -> tuple[IntArray, FloatArray]:
    """Number of the cluster of each point, and the middle of each cluster."""
    if not len(points_m):
        return np.empty(0, dtype=np.intp), np.empty((0, 2))
    # Most ends meet in the very same place. Complex numbers are places that can be told apart in one go; as they
    # come in the order in which they are first met, clusters are numbered as they would be by all points.
    place, different = pd.factorize(np.ascontiguousarray(points_m).view(np.complex128).ravel())
    places_m = different.view(np.float64).reshape(-1, 2)
    pairs = cKDTree(places_m, compact_nodes=False, balanced_tree=False).query_pairs(
        tolerance_m, output_type="ndarray"
    )
    count = len(different)
    cluster: IntArray = place
    if len(pairs):
        near = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(different),) * 2)
        count, joined = connected_components(near, directed=False)
        cluster = np.asarray(joined, dtype=np.intp)[place]
    size = np.bincount(cluster, minlength=count)
    middle = [np.bincount(cluster, points_m[:, i], minlength=count) / size for i in (0, 1)]
    return np.asarray(cluster, dtype=np.intp), np.column_stack(middle)


def _junctions(
    indexed: Indexed,
    length_m: FloatArray,
    ends_m: FloatArray,
    node_of_end: IntArray,
    tolerance_m: float,
) -> tuple[IntArray, FloatArray, IntArray]:
    """Where ends of lines touch the inside of others: the line, metres along it, and the node; once for each node."""
    node, ends_m = _different(node_of_end.ravel(), ends_m)
    # A diagonal has the bounds of a box, and takes half the time to make.
    lines = indexed.features
    end, line = indexed.tree.query(
        shapely.linestrings(np.stack([ends_m - tolerance_m, ends_m + tolerance_m], axis=1))
    )
    # Most of what is found are the lines that the end is an end of: looking at them first saves the measuring.
    apart = (node_of_end[line, 0] != node[end]) & (node_of_end[line, 1] != node[end])
    end, line = end[apart], line[apart]
    met, end = np.unique(end, return_inverse=True)
    node, ends = node[met], np.asarray(shapely.points(ends_m[met]), dtype=object)
    near = shapely.dwithin(lines[line], ends[end], tolerance_m)
    end, line = end[near], line[near]
    at_m = np.asarray(shapely.line_locate_point(lines[line], ends[end]))
    inside = (at_m > 0) & (at_m < length_m[line])
    end, line, at_m = end[inside], line[inside], at_m[inside]
    gap_m = shapely.distance(lines[line], ends[end])
    order = np.lexsort((at_m, gap_m, node[end], line))
    end, line, at_m = end[order], line[order], at_m[order]
    again = (line[1:] == line[:-1]) & (node[end[1:]] == node[end[:-1]])
    once = np.concatenate([np.ones(min(len(line), 1), dtype=bool), ~again])
    return line[once], at_m[once], node[end[once]]


def _different(node: IntArray, ends_m: FloatArray) -> tuple[IntArray, FloatArray]:
    """Node and place of the ends, but for most of those that lie where another of the same node does."""
    order = np.argsort(node, kind="stable")
    node, ends_m = node[order], ends_m[order]
    again = np.zeros(len(node), dtype=bool)
    again[1:] = (node[1:] == node[:-1]) & (ends_m[1:] == ends_m[:-1]).all(axis=1)
    return node[~again], ends_m[~again]


def _stops(
    length_m: FloatArray, node_of_end: IntArray, line: IntArray, at_m: FloatArray, node: IntArray
) -> tuple[IntArray, FloatArray, IntArray]:
    """Line, metres along it, and node of both ends of each line and what lies between, in their order.

    Parameters
    ----------
    length_m, node_of_end : of each line.
    line, at_m, node : what lies between.
    """
    order = np.lexsort((at_m, line))
    line, at_m, node = line[order], at_m[order], node[order]
    every = np.arange(len(length_m))
    # What lies on a line comes before its end and after its start, which comes after all of earlier lines.
    within = np.searchsorted(line, every, side="right")
    start, end, between = (
        within - np.bincount(line, minlength=len(every)) + 2 * every,
        within + 2 * every + 1,
        (np.arange(len(line)) + 2 * line + 1),
    )
    stop_line, stop_node = np.empty((2, 2 * len(every) + len(line)), dtype=np.intp)
    stop_m = np.zeros(len(stop_line))
    stop_line[start], stop_line[between], stop_line[end] = every, line, every
    stop_node[start], stop_node[between], stop_node[end] = node_of_end[:, 0], node, node_of_end[:, 1]
    stop_m[between], stop_m[end] = at_m, length_m
    return stop_line, stop_m, stop_node


def _matrix(start: IntArray, end: IntArray, minutes: FloatArray, count: int) -> csr_array:
    """Edges between nodes as a sparse matrix; several of one pair stay beside each other, one of no length stays."""
    order = np.argsort(start.astype(np.uint16) if count <= 2**16 else start, kind="stable")
    firsts = np.concatenate([[0], np.cumsum(np.bincount(start, minlength=count))])
    return csr_array((minutes[order], end[order], firsts), shape=(count, count))
