"""The shortest-path heuristic for Steiner forests, which grows a network branch by branch.

Source: Takahashi, H. and Matsuyama, A. (1980), An approximate solution for the Steiner problem in graphs,
Mathematica Japonica 24, 573-577; its cost is at most 2 - 2/(targets + 1) times the least.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

Links = Sequence[Sequence[tuple[int, float, int]]]
"""For each node its outward links: node at the other end, cost, number of the edge."""


@dataclass(frozen=True)
class Branch:
    """What one target adds to the forest.

    Attributes
    ----------
    nodes : from the node of the forest that it joins to the target.
    edges : numbers of the edges between them.
    """

    target: int
    nodes: tuple[int, ...]
    edges: tuple[int, ...]
    cost: float


def grow(links: Links, root: int, phases: Sequence[Sequence[int]]) -> list[Branch]:
    """Connect targets to the root, always the one next that is cheapest to connect to what is there.

    Parameters
    ----------
    links : the graph, costs at least 0; a link that leads one way only is listed at one end only.
    phases : targets; those of a later phase are connected when all of the earlier ones are.

    Returns
    -------
    Branches in the order in which they were added; targets that no way leads to have none. The branches share
    no edge, so their costs add up to the forest's. Ties are broken by the number of the node.
    """
    grown: list[Branch] = []
    in_forest = {root}
    for targets in phases:
        grown += _phase(links, in_forest, set(targets))
    return grown


def _phase(links: Links, in_forest: set[int], waiting: set[int]) -> list[Branch]:
    grown: list[Branch] = []
    cost = dict.fromkeys(in_forest, 0.0)
    came_by: dict[int, tuple[int, int]] = {}
    heap: list[tuple[float, int]] = [(0.0, node) for node in sorted(in_forest)]
    while heap and waiting:
        so_far, node = heappop(heap)
        if so_far > cost[node]:
            continue
        if node in waiting:
            branch = _branch(node, so_far, in_forest, came_by)
            grown.append(branch)
            waiting.discard(node)
            for added in branch.nodes[1:]:
                in_forest.add(added)
                cost[added] = 0.0
                heappush(heap, (0.0, added))
            continue
        for other, step, edge in links[node]:
            if so_far + step < cost.get(other, float("inf")):
                cost[other] = so_far + step
                came_by[other] = (node, edge)
                heappush(heap, (so_far + step, other))
    return grown


def _branch(target: int, cost: float, in_forest: set[int], came_by: dict[int, tuple[int, int]]) -> Branch:
    nodes, edges = [target], []
    while nodes[-1] not in in_forest:
        node, edge = came_by[nodes[-1]]
        nodes.append(node)
        edges.append(edge)
    return Branch(target, tuple(nodes[::-1]), tuple(edges[::-1]), cost)
