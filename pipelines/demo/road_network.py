"""The road network of a county: a connected graph over its settlements, and what class each edge has.

Settlements are joined by a minimum spanning tree over the terrain and some loops. Trunk roads lead from the
county's seat to the gateways of its neighbours, county roads to the townships, township roads to the villages;
the rest are village roads.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from layers.codes import RoadClass
from pipelines.demo.county_view import CountyView
from pipelines.demo.mesh import IntArray
from pipelines.demo.plane import FloatArray, to_degrees, to_metres

_LOOP_SHARE = 0.20
_USED_DISCOUNT = 0.55
_OUTSIDE_PENALTY = 8.0


@dataclass(frozen=True)
class RoadNetwork:
    """Edges between nodes; the first nodes are the linked settlements, the last ones the gateways.

    Attributes
    ----------
    nodes_m : (n, 2) metres of the plane.
    settlement_of_node : position of the settlement, -1 for a gateway.
    node_of_settlement : node of each settlement, -1 if no road leads there.
    edges : (e, 2) nodes.
    cost_m : travel effort of each edge.
    road_class : code of `RoadClass` of each edge.
    road_no : number of the trunk or county road, empty for lower classes.
    to_village : position of the village that a township road leads to, -1 for others.
    upstream : for each village the edges from its committee to the township seat, in order.
    """

    nodes_m: FloatArray
    settlement_of_node: IntArray
    node_of_settlement: IntArray
    edges: IntArray
    cost_m: FloatArray
    road_class: np.ndarray
    road_no: np.ndarray
    to_village: IntArray
    upstream: tuple[IntArray, ...]

    @property
    def gateway_count(self) -> int:
        """Number of nodes at the county's border."""
        return int((self.settlement_of_node < 0).sum())


def make_network(view: CountyView) -> RoadNetwork:
    """Join the settlements of a county; about three in a hundred stay without a road."""
    rng = view.stream("roads")
    linked = _linked(view, rng)
    gates_m = to_metres([g.lonlat for g in view.gateways])
    settlement_of_node = np.append(np.flatnonzero(linked), np.full(len(gates_m), -1))
    node_of_settlement = np.full(len(linked), -1, dtype=np.int64)
    node_of_settlement[linked] = np.arange(linked.sum())
    nodes_m = np.concatenate([view.settlement_metres[linked], gates_m])
    edges = _delaunay_edges(nodes_m)
    cost = _costs(view, nodes_m, edges)
    classes = _Classes(view, edges, cost, node_of_settlement, len(settlement_of_node) - len(gates_m))
    classes.trunks()
    classes.county_roads()
    classes.close(spanning_edges(nodes_m, edges, cost, rng))
    upstream = classes.township_roads()
    kept = classes.usable
    number = np.cumsum(kept) - 1
    return RoadNetwork(
        nodes_m, settlement_of_node, node_of_settlement, edges[kept], cost[kept], classes.road_class[kept],
        classes.road_no[kept], classes.to_village[kept], tuple(number[way] for way in upstream),
    )  # fmt: skip


def _linked(view: CountyView, rng: np.random.Generator) -> np.ndarray:
    """Which settlements have a road: not some small ones, mostly in poor and steep villages."""
    slope = view.terrain.slope_at(view.settlement_lonlat)
    small = (view.settlements["population"] < 120).to_numpy()
    chance = np.where(small, 0.10 * (1.05 - view.development) + slope / 400, 0.0)
    linked = rng.random(len(chance)) >= chance
    linked[view.centre_of] = True
    linked[view.seat_of] = True
    return linked


def _delaunay_edges(nodes_m: FloatArray) -> IntArray:
    triangulation = Delaunay(nodes_m)
    sides = triangulation.simplices[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    # nodes at (nearly) the same place as another are no corners; they hang on their nearest one
    sides = np.sort(np.concatenate([sides, triangulation.coplanar[:, [0, 2]]]), axis=1)
    return np.unique(sides, axis=0).astype(np.int64)


def _costs(view: CountyView, nodes_m: FloatArray, edges: IntArray) -> FloatArray:
    """Metres, dearer over slopes and climbs and much dearer outside the county."""
    start, end = nodes_m[edges[:, 0]], nodes_m[edges[:, 1]]
    length = np.hypot(*(end - start).T)
    height = view.terrain.elevation_at(to_degrees(nodes_m))
    climb = np.abs(height[edges[:, 0]] - height[edges[:, 1]])
    outline = shapely.transform(view.polygon, to_metres)
    factor = np.ones(len(edges))
    for share in (0.2, 0.5, 0.8):
        between = start + share * (end - start)
        outside = ~shapely.contains_xy(outline, between[:, 0], between[:, 1])
        steep = view.terrain.slope_at(to_degrees(between))
        factor += np.where(outside, _OUTSIDE_PENALTY, 0) + steep / 25
    return np.maximum(length * factor + 8 * climb, 1.0)


def spanning_edges(
    nodes_m: FloatArray, edges: IntArray, cost: FloatArray, rng: np.random.Generator
) -> np.ndarray:
    """Edges of the spanning tree and some of the other short ones."""
    count = len(nodes_m)
    tree = minimum_spanning_tree(coo_matrix((cost, edges.T), shape=(count, count)).tocsr()).tocoo()
    # The tree's node numbers have 32 bits, too few for a pair of a county's nodes in one number.
    ends = np.sort(np.stack([tree.row, tree.col], axis=1).astype(np.int64), axis=1)
    kept = np.isin(edges @ [count, 1], ends @ [count, 1])
    middle = nodes_m[edges].mean(axis=1)
    radius = np.hypot(*(nodes_m[edges[:, 0]] - nodes_m[edges[:, 1]]).T) / 2
    lonely = cKDTree(nodes_m).query(middle)[0] >= radius * (1 - 1e-9)
    candidates = np.flatnonzero(lonely & ~kept & (cost < 2.5 * np.maximum(2 * radius, 1)) & (radius < 1500))
    wanted = min(len(candidates), round(_LOOP_SHARE * count))
    kept[rng.choice(candidates, wanted, replace=False)] = True
    return kept


class _Classes:
    """Gives edges their class, from the trunk roads down; a road keeps to roads that are already there.

    Trunk and county roads may take any edge of the triangulation, lower ones only those that are kept.
    """

    def __init__(
        self,
        view: CountyView,
        edges: IntArray,
        cost: FloatArray,
        node_of_settlement: IntArray,
        first_gateway: int,
    ) -> None:
        self._view = view
        self._edges = edges
        self._cost = cost.copy()
        self._count = first_gateway + len(view.gateways)
        self.usable = np.ones(len(edges), dtype=bool)
        self._seats = node_of_settlement[view.seat_of]
        self._centres = node_of_settlement[view.centre_of]
        self._first_gateway = first_gateway
        self.road_class = np.full(len(edges), str(RoadClass.VILLAGE), dtype=object)
        self.road_no = np.full(len(edges), "", dtype=object)
        self.to_village = np.full(len(edges), -1, dtype=np.int64)
        self._edge_at = {(a, b): i for i, (a, b) in enumerate(edges.tolist())}

    def close(self, kept: np.ndarray) -> None:
        """From here on only the kept edges and those that have a class already are there."""
        self.usable = kept | (self.road_class != RoadClass.VILLAGE)

    def trunks(self) -> None:
        """National and provincial roads from the county's seat to the main gateways, county roads to the others."""
        capital = self._seats[self._view.capital]
        for i, gateway in enumerate(self._view.gateways):
            if gateway.road_no:
                path = self._path(capital, np.array([self._first_gateway + i]))[0]
                self._take(path, gateway.road_no[0], gateway.road_no)
        others = [i for i, gateway in enumerate(self._view.gateways) if not gateway.road_no]
        for rank, i in enumerate(others):
            nearest = self._reached_first(self._first_gateway + i)
            path = self._path(nearest, np.array([self._first_gateway + i]))[0]
            self._take(path, RoadClass.COUNTY, self._county_number(50 + rank))

    def county_roads(self) -> None:
        """County roads to the seat of each township."""
        capital = self._seats[self._view.capital]
        for rank, seat in enumerate(self._seats.tolist()):
            if seat != capital:
                path = self._path(capital, np.array([seat]))[0]
                self._take(path, RoadClass.COUNTY, self._county_number(rank))

    def township_roads(self) -> tuple[IntArray, ...]:
        """Township roads to each village; returns the way from each village to its township seat."""
        ways: list[IntArray] = [np.empty(0, dtype=np.int64)] * len(self._centres)
        for township, seat in enumerate(self._seats.tolist()):
            own = np.flatnonzero(self._view.township_of == township)
            for village, path in zip(own.tolist(), self._path(seat, self._centres[own]), strict=True):
                ways[village] = path
                fresh = path[self.road_class[path] == RoadClass.VILLAGE]
                self._take(fresh, RoadClass.TOWNSHIP, "")
                self.to_village[fresh] = village
        return tuple(ways)

    def _county_number(self, rank: int) -> str:
        return f"X{300 + 60 * (int(self._view.prefix[4:]) % 9) + rank}"

    def _graph(self) -> csr_matrix:
        shape = (self._count, self._count)
        usable = self.usable
        return coo_matrix((self._cost[usable], self._edges[usable].T), shape=shape).tocsr()

    def _reached_first(self, node: int) -> int:
        """The township seat that is nearest to a node by road."""
        distance = dijkstra(self._graph(), directed=False, indices=node)
        return int(self._seats[np.argmin(distance[self._seats])])

    def _path(self, start: int, ends: IntArray) -> list[IntArray]:
        """Edges of the cheapest ways from each end back to the start."""
        _, before = dijkstra(self._graph(), directed=False, indices=start, return_predecessors=True)
        paths = []
        for end in ends.tolist():
            path = []
            while end != start:
                previous = int(before[end])
                path.append(self._edge_at[min(end, previous), max(end, previous)])
                end = previous
            paths.append(np.array(path, dtype=np.int64))
        return paths

    def _take(self, path: IntArray, road_class: str, number: str) -> None:
        fresh = path[self.road_class[path] == RoadClass.VILLAGE]
        self.road_class[fresh] = str(road_class)
        self.road_no[fresh] = number
        self._cost[fresh] *= _USED_DISCOUNT
