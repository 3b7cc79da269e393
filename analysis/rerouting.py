"""Ways over a road network whose speeds changed, from the ways before, equal to new ones to the last digit.

A way's time is the sum of its edges from the seat onwards, rounded at each step, and the time of a node the least
over all ways. Adding is monotone also when rounded, so whether an edge can change any time is told by the times at
its two ends alone:

- an edge that became quicker changes nothing if going over it is no quicker than the known time at its other end;
- an edge that became slower changes nothing if going over it was slower than the known time there: no least way
  used it.

Seats for which that holds at every changed edge keep their times. For the others, if edges became quicker only, the
gain is carried on from their ends until it is none; else, or where it goes far, Dijkstra runs anew.
"""

from dataclasses import replace
from heapq import heappop, heappush

import numpy as np

from analysis.network import RoadGraph, Snapped, Travel
from analysis.territory import BoolArray, FloatArray, IntArray

_M_PER_MIN = 1000 / 60
"""Metres in a minute at one kilometre an hour."""
_MOST_GAINING = 100
"""Nodes from which Dijkstra over the whole graph is the shorter way."""


def at_speeds(graph: RoadGraph, kmh: FloatArray) -> RoadGraph:
    """The graph of the same lines at other speeds; as `RoadGraph.of` makes it.

    Parameters
    ----------
    kmh : speed on each of the roads that the graph was made from, km/h, above 0.
    """
    minutes = graph.length_m / (kmh[graph.row][graph.line] * _M_PER_MIN)
    return replace(graph, minutes=minutes)


def keeping(graph: RoadGraph, from_seat: FloatArray, minutes: FloatArray) -> BoolArray:
    """Which seats keep their times to all nodes if the edges of a graph take other minutes.

    Parameters
    ----------
    from_seat : minutes from each seat to each node over the graph, shape (seats, nodes).
    minutes : of each edge now, shape (edges,).

    Returns
    -------
    Shape (seats,); times to the ends of the edges on which the seats themselves are apart.
    """
    changed = np.flatnonzero(minutes != graph.minutes)
    before, now = graph.minutes[changed], minutes[changed]
    at_start, at_end = from_seat[:, graph.start[changed]], from_seat[:, graph.end[changed]]
    no_quicker = (at_start + now >= at_end) & (at_end + now >= at_start)
    unused = ((at_start + before > at_end) & (at_end + before > at_start)) | np.isinf(at_start)
    return np.asarray(np.where(now < before, no_quicker, unused).all(axis=1))


def rerouted(
    graph: RoadGraph, seats: Snapped, from_seat: FloatArray, kmh: FloatArray, travel: Travel
) -> tuple[RoadGraph, FloatArray]:
    """The graph at other speeds, and the minutes from each seat to its nodes.

    Parameters
    ----------
    seats, from_seat : where the seats are, and what ``graph.minutes_from(seats, ...)`` gave.
    kmh : as in `at_speeds`.

    Returns
    -------
    The graph, and what its `RoadGraph.minutes_from` gives.
    """
    made = at_speeds(graph, kmh)
    kept = keeping(graph, from_seat, made.minutes)
    minutes = from_seat if kept.all() else from_seat.copy()
    if not kept.all() and (made.minutes <= graph.minutes).all():
        quicker, edges = np.flatnonzero(made.minutes < graph.minutes), _edges_at_nodes(made)
        for seat in np.flatnonzero(~kept):
            kept[seat] = _carry(made, edges, minutes[seat], quicker)
    # A seat's own way to the road leads along a part of its edge.
    kept[seats.point[made.minutes[seats.edge] != graph.minutes[seats.edge]]] = False
    anew = np.flatnonzero(~kept)
    if len(anew):
        minutes = from_seat.copy() if minutes is from_seat else minutes
        minutes[anew] = made.minutes_from(_chosen(seats, anew, len(kept)), len(anew), travel)
    return made, minutes


def _edges_at_nodes(graph: RoadGraph) -> tuple[IntArray, IntArray]:
    """Edges by the nodes at their ends, each twice, and where those of each node begin; shape (nodes + 1,)."""
    nodes = np.concatenate([graph.start, graph.end])
    begin = np.concatenate([[0], np.cumsum(np.bincount(nodes, minlength=len(graph.nodes_m)))])
    return np.argsort(nodes, kind="stable") % max(1, len(graph.start)), begin


def _carry(
    graph: RoadGraph, edges: tuple[IntArray, IntArray], minutes: FloatArray, quicker: IntArray
) -> bool:
    """Carry what a seat gains at edges that became quicker on to all nodes that gain by it.

    Parameters
    ----------
    edges : as `_edges_at_nodes`.
    minutes : from the seat to each node before, shape (nodes,); changed in place.

    Returns
    -------
    Whether it was done; if not, more than `_MOST_GAINING` nodes gain, and `minutes` is of no use.
    """
    at_node, begin = edges
    open_: list[tuple[float, int]] = []

    def offer(edge: int, node: int) -> None:
        other = int(graph.end[edge] if graph.start[edge] == node else graph.start[edge])
        then = float(minutes[node] + graph.minutes[edge])
        if then < minutes[other]:
            heappush(open_, (then, other))

    for edge in quicker.tolist():
        offer(edge, int(graph.start[edge]))
        offer(edge, int(graph.end[edge]))
    gaining = 0
    while open_:
        taken, node = heappop(open_)
        if taken < minutes[node]:
            gaining += 1
            if gaining > _MOST_GAINING:
                return False
            minutes[node] = taken
            for edge in at_node[begin[node] : begin[node + 1]].tolist():
                offer(edge, node)
    return True


def _chosen(seats: Snapped, chosen: IntArray, count: int) -> Snapped:
    """Some of the seats, numbered by their place in `chosen`."""
    number = np.full(count, -1, dtype=np.intp)
    number[chosen] = np.arange(len(chosen))
    kept = number[seats.point] >= 0
    return Snapped(number[seats.point[kept]], seats.edge[kept], seats.along_m[kept], seats.gap_m[kept])
