"""The graph of what could be hardened or built: unhardened roads, new links, and the hardened network as its root.

Nodes are the root (every hardened road together), places along unhardened roads, and for each natural village its
place and its goal. The goal is reached from the place, or from an unhardened road within `linked_m`; nothing leads
on from it, or two roads on either side of a village would be joined for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely.ops import substring

from analysis.proposals.terrain import Profiles, Terrain
from analysis.territory import FloatArray, IntArray, ObjectArray

ROOT = 0
SNAP_M = 10.0
"""Roads whose ends are drawn this near to another road meet it."""
GAP_M = 500.0
"""An unhardened road that ends this near to a hardened one may be joined to it by a new link."""
ROADLESS_M = 300.0
"""A village with no road of any kind this near is linked by the least-cost way over the elevation grid."""
_ROADS_TRIED = 4
_VILLAGES_TRIED = 6


class Built(NamedTuple):
    """What is built along an edge: flat-equivalent, built and climbed metres, and the line, metres."""

    is_new: bool
    flat_m: float
    built_m: float
    rise_m: float
    line: shapely.LineString


@dataclass(frozen=True)
class Stretch:
    """Part of an unhardened road, whose line is cut out only when it is used."""

    road: int
    start_m: float
    end_m: float


@dataclass(eq=False)
class RoadGraph:
    """The graph; make it with `road_graph`.

    Attributes
    ----------
    links : outward links of each node with their costs in yuan.
    goals : node of each village's goal.
    """

    goals: list[int]
    links: list[list[tuple[int, float, int]]]
    _roads: ObjectArray
    _profiles: Profiles
    _edges: list[tuple[int, Stretch | Built | None]] = field(default_factory=list)

    def built(self, edge: int, start: int) -> Built | None:
        """What is built along an edge, its line from the node `start` onwards; None where nothing is."""
        first, what = self._edges[edge]
        if what is None:
            return None
        if isinstance(what, Stretch):
            cut = substring(self._roads[what.road], what.start_m, what.end_m)
            line = shapely.LineString(shapely.get_coordinates(cut))
            flat_m, built_m, rise_m = self._profiles.between(what.road, what.start_m, what.end_m).tolist()
            what = Built(False, flat_m, built_m, rise_m, line)
        return what if start == first else what._replace(line=what.line.reverse())

    def add(self, start: int, end: int, yuan: float, what: Stretch | Built | None, *, one_way: bool) -> None:
        """Join two nodes."""
        number = len(self._edges)
        self._edges.append((start, what))
        self.links[start].append((end, yuan, number))
        if not one_way:
            self.links[end].append((start, yuan, number))


class _Places(NamedTuple):
    """Places along unhardened roads that the graph needs as nodes: road, metres along it, the point itself."""

    road: IntArray
    along_m: FloatArray
    xy: FloatArray


def road_graph(
    villages_xy: FloatArray,
    hardened: ObjectArray,
    unhardened: ObjectArray,
    terrain: Terrain,
    *,
    harden_yuan_m: float,
    new_yuan_m: float,
    linked_m: float,
    reach_m: float,
) -> RoadGraph:
    """Build the graph.

    Parameters
    ----------
    villages_xy : (n, 2), none of them within `linked_m` of a hardened road.
    hardened, unhardened : lines in the same metres, in a fixed order.
    reach_m : longest straight distance of a new link.
    """
    villages = np.asarray(shapely.points(villages_xy), dtype=object)
    hard_tree = shapely.STRtree(hardened)
    hard_feet = _feet(villages, hardened, hard_tree, _nearest(villages, hard_tree) * 1.5 + SNAP_M, reach_m)
    to_hardened = np.minimum(_nearest(villages, hard_tree), reach_m)
    soft_tree = shapely.STRtree(unhardened)
    soft_feet = _feet(villages, unhardened, soft_tree, np.maximum(to_hardened, linked_m), reach_m)

    places = _breaks(hardened, unhardened, soft_tree, soft_feet)
    count = 1 + len(places.road) + 2 * len(villages)
    first_village = 1 + len(places.road)
    goals = [first_village + 2 * i + 1 for i in range(len(villages))]
    graph = RoadGraph(
        goals, [[] for _ in range(count)], unhardened, terrain.profiles(unhardened, is_new=False)
    )
    _add_stretches(graph, places, harden_yuan_m)
    free = _add_contacts(graph, places, hard_tree)

    new = _NewLinks(graph, terrain, new_yuan_m)
    nearest_road_m = np.minimum(_nearest(villages, hard_tree), _nearest(villages, soft_tree))
    neighbours = _neighbouring(villages_xy, to_hardened)
    node_of = _PlaceIndex(places)
    for i, xy in enumerate(villages_xy):
        node = first_village + 2 * i
        graph.add(node, node + 1, 0.0, None, one_way=True)
        goals_of_links: list[tuple[int, FloatArray]] = [(ROOT, foot) for foot in hard_feet[i][1]]
        for road, foot, metres in zip(*soft_feet[i], strict=True):
            place = node_of.at(int(road), foot)
            goals_of_links.append((place, foot))
            if metres <= linked_m and place not in free:
                graph.add(place, node + 1, 0.0, None, one_way=True)
        goals_of_links += [(first_village + 2 * j, villages_xy[j]) for j in neighbours[i]]
        new.add(node, xy, goals_of_links, over_grid=bool(nearest_road_m[i] > ROADLESS_M))
    _add_gaps(new, places, unhardened, hardened, hard_tree, free)
    new.finish()
    return graph


def _nearest(points: ObjectArray, tree: shapely.STRtree) -> FloatArray:
    metres = np.full(len(points), np.inf)
    found, nearest = tree.query_nearest(points, return_distance=True, all_matches=False)
    metres[found[0]] = nearest
    return metres


def _feet(
    points: ObjectArray, lines: ObjectArray, tree: shapely.STRtree, radius_m: FloatArray, reach_m: float
) -> list[tuple[IntArray, FloatArray, FloatArray]]:
    """For each point the nearest lines within its radius: their places, nearest points (m, 2) and distances."""
    radius_m = np.where(np.isfinite(radius_m), np.minimum(radius_m, reach_m), 0.0)
    point, line = tree.query(points, predicate="dwithin", distance=radius_m)
    feet = shapely.get_coordinates(
        shapely.get_point(shapely.shortest_line(lines[line], points[point]), 0)
    ).reshape(-1, 2)
    metres = np.hypot(*(feet - shapely.get_coordinates(points[point])).T)
    found = []
    order = np.lexsort((line, feet[:, 1], feet[:, 0], np.round(metres, 6), point))
    starts = np.searchsorted(point[order], np.arange(len(points) + 1))
    for start, end in pairwise(starts):
        rows = order[start:end]
        _, once = np.unique(np.round(feet[rows], 3), axis=0, return_index=True)
        rows = rows[np.sort(once)][:_ROADS_TRIED]
        found.append((line[rows], feet[rows], metres[rows]))
    return found


def _breaks(
    hardened: ObjectArray,
    unhardened: ObjectArray,
    tree: shapely.STRtree,
    feet: Sequence[tuple[IntArray, FloatArray, FloatArray]],
) -> _Places:
    """Ends of unhardened roads, where others meet or cross them, and the feet of villages."""
    everything = np.concatenate([hardened, unhardened])
    ends = np.concatenate([shapely.get_point(everything, 0), shapely.get_point(everything, -1)])
    end, met = tree.query(ends, predicate="dwithin", distance=SNAP_M)
    other, crossed = tree.query(everything, predicate="intersects")
    apart = other != crossed + len(hardened)
    other, crossed = other[apart], crossed[apart]
    xy, pair = shapely.get_coordinates(
        shapely.intersection(everything[other], unhardened[crossed]), return_index=True
    )
    road = np.concatenate(
        [
            np.tile(np.arange(len(unhardened)), 2),
            met,
            crossed[pair],
            *(roads for roads, _, _ in feet),
        ]
    ).astype(np.intp)
    points = np.concatenate(
        [
            np.concatenate([shapely.get_point(unhardened, 0), shapely.get_point(unhardened, -1)]),
            ends[end],
            shapely.points(xy),
            *(shapely.points(foot) for _, foot, _ in feet),
        ]
    )
    along_m = shapely.line_locate_point(unhardened[road], points)
    length_m = shapely.length(unhardened)
    along_m[len(unhardened) : 2 * len(unhardened)] = length_m  # of a ring too, whose ends are one point
    order = np.lexsort((along_m, road))
    road, along_m = road[order], along_m[order]
    apart = np.ones(len(road), dtype=bool)
    apart[1:] = (np.diff(road) > 0) | (np.diff(along_m) > 0.01)
    road, along_m = road[apart], along_m[apart]
    xy = shapely.get_coordinates(shapely.line_interpolate_point(unhardened[road], along_m)).reshape(-1, 2)
    return _Places(road, along_m, xy)


def _add_stretches(graph: RoadGraph, places: _Places, yuan_m: float) -> None:
    for before in np.flatnonzero(np.diff(places.road) == 0):
        road = int(places.road[before])
        start_m, end_m = float(places.along_m[before]), float(places.along_m[before + 1])
        flat_m = float(graph._profiles.between(road, start_m, end_m)[0])
        graph.add(
            int(before) + 1,
            int(before) + 2,
            flat_m * yuan_m,
            Stretch(road, start_m, end_m),
            one_way=False,
        )


def _add_contacts(graph: RoadGraph, places: _Places, hard_tree: shapely.STRtree) -> set[int]:
    """Join places that meet, and those that meet a hardened road to the root; return all that touch the root."""
    touching = np.unique(
        hard_tree.query(np.asarray(shapely.points(places.xy)), predicate="dwithin", distance=SNAP_M)[0]
    )
    for place in touching.tolist():
        graph.add(ROOT, place + 1, 0.0, None, one_way=False)
    meeting: list[list[int]] = [[] for _ in places.road]
    if len(places.road):
        pairs = cKDTree(places.xy).query_pairs(SNAP_M, output_type="ndarray")
        pairs = pairs[places.road[pairs[:, 0]] != places.road[pairs[:, 1]]]
        for one, other in pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].tolist():
            graph.add(one + 1, other + 1, 0.0, None, one_way=False)
            meeting[one].append(other)
            meeting[other].append(one)
    free, waiting = set(touching.tolist()), touching.tolist()
    while waiting:
        for other in meeting[waiting.pop()]:
            if other not in free:
                free.add(other)
                waiting.append(other)
    return {place + 1 for place in free}


class _PlaceIndex:
    """Finds the node at a place of an unhardened road."""

    def __init__(self, places: _Places) -> None:
        self._places = places
        count = int(places.road.max(initial=-1)) + 2
        self._first = np.searchsorted(places.road, np.arange(count))

    def at(self, road: int, xy: FloatArray) -> int:
        start, end = self._first[road], self._first[road + 1]
        gaps = np.hypot(*(self._places.xy[start:end] - xy).T)
        return int(start + np.argmin(gaps)) + 1


def _neighbouring(xy: FloatArray, radius_m: FloatArray) -> list[list[int]]:
    """Of each village the nearest others, each pair once, no farther than the hardened roads of either."""
    found: list[list[int]] = [[] for _ in xy]
    if len(xy) < 2:
        return found
    metres, others = map(np.asarray, cKDTree(xy).query(xy, k=min(_VILLAGES_TRIED + 1, len(xy))))
    one = np.repeat(np.arange(len(xy)), metres.shape[1])
    other = others.ravel().astype(np.intp)
    near = (one != other) & (metres.ravel() < np.maximum(radius_m[one], radius_m[other]))
    pairs = np.sort(np.column_stack([one[near], other[near]]), axis=1)
    for i, j in np.unique(pairs, axis=0).tolist():
        found[i].append(j)
    return found


class _NewLinks:
    """Collects new links, so that heights along all of them are read at once."""

    def __init__(self, graph: RoadGraph, terrain: Terrain, yuan_m: float) -> None:
        self._graph, self._terrain, self._yuan_m = graph, terrain, yuan_m
        self._ends: list[tuple[int, int]] = []
        self._ways: list[tuple[shapely.LineString, ...]] = []

    def add(
        self, node: int, xy: FloatArray, goals: Sequence[tuple[int, FloatArray]], *, over_grid: bool
    ) -> None:
        """Link a node to others, each straight or, if that is cheaper, over the grid."""
        others = [(other, goal) for other, goal in goals if np.hypot(*(goal - xy)) > 0]
        ways: list[shapely.LineString | None] = [None] * len(others)
        if over_grid and others:
            ways = self._terrain.least_cost_ways(xy, np.array([goal for _, goal in others]))
        for (other, goal), way in zip(others, ways, strict=True):
            self._ends.append((node, other))
            straight = shapely.LineString([xy, goal])
            self._ways.append((straight,) if way is None else (straight, way))

    def finish(self) -> None:
        """Price what was collected and join it to the graph."""
        count = [len(ways) for ways in self._ways]
        lines = np.array([way for ways in self._ways for way in ways], dtype=object)
        profiles = self._terrain.profiles(lines, is_new=True)
        last = profiles.first[1:] - 1
        flat_m, built_m, rise_m = (
            values[last] for values in (profiles.flat_m, profiles.built_m, profiles.rise_m)
        )
        first = np.concatenate([[0], np.cumsum(count)]).astype(int)
        for (node, other), start, end in zip(self._ends, first[:-1], first[1:], strict=True):
            best = int(start + np.argmin(flat_m[start:end]))
            what = Built(True, float(flat_m[best]), float(built_m[best]), float(rise_m[best]), lines[best])
            self._graph.add(node, other, what.flat_m * self._yuan_m, what, one_way=False)


def _add_gaps(
    new: _NewLinks,
    places: _Places,
    unhardened: ObjectArray,
    hardened: ObjectArray,
    hard_tree: shapely.STRtree,
    free: set[int],
) -> None:
    """Links from loose ends of unhardened roads to a hardened road nearby."""
    is_end = (places.along_m == 0) | (places.along_m == shapely.length(unhardened)[places.road])
    for place in np.flatnonzero(is_end).tolist():
        if place + 1 in free:
            continue
        point = np.array([shapely.Point(places.xy[place])], dtype=object)
        _, feet, _ = _feet(point, hardened, hard_tree, np.array([GAP_M]), GAP_M)[0]
        new.add(place + 1, places.xy[place], [(ROOT, foot) for foot in feet[:1]], over_grid=False)
