"""The Steiner heuristic against a worked case, brute force and networkx."""

import itertools

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.proposals.forest import Branch, grow


def links_of(graph: nx.Graph) -> list[list[tuple[int, float, int]]]:
    links: list[list[tuple[int, float, int]]] = [[] for _ in graph]
    for number, (one, other, cost) in enumerate(graph.edges.data("weight")):
        links[one].append((other, cost, number))
        links[other].append((one, cost, number))
    return links


def test_worked_case_of_a_shared_stem() -> None:
    # 0 -10- 1, from 1 two twigs of 1 to the targets 2 and 3; target 4 straight from the root for 3.
    graph = nx.Graph()
    graph.add_nodes_from(range(5))
    graph.add_weighted_edges_from([(0, 1, 10.0), (1, 2, 1.0), (1, 3, 1.0), (0, 4, 3.0), (4, 1, 20.0)])
    assert grow(links_of(graph), 0, [[2, 3, 4]]) == [
        Branch(4, (0, 4), (1,), 3.0),
        Branch(2, (0, 1, 2), (0, 2), 11.0),
        Branch(3, (1, 3), (3,), 1.0),
    ]


def test_a_later_phase_hangs_on_the_earlier_and_never_the_other_way_round() -> None:
    graph = nx.path_graph(4)
    nx.set_edge_attributes(graph, 1.0, "weight")
    first, second = grow(links_of(graph), 0, [[3], [1]])
    assert first == Branch(3, (0, 1, 2, 3), (0, 1, 2), 3.0)
    assert second == Branch(1, (1,), (), 0.0)


def test_one_way_links_and_targets_out_of_reach() -> None:
    links = [[(1, 1.0, 0)], [(2, 0.0, 1)], [], [(2, 1.0, 2)]]
    assert [branch.target for branch in grow(links, 0, [[2, 3]])] == [2]


def least_forest(graph: nx.Graph, terminals: list[int]) -> float:
    """The cost of the cheapest tree through the terminals: the best spanning tree over every choice of others."""
    others = [node for node in graph if node not in terminals]
    costs = []
    for size in range(len(others) + 1):
        for chosen in itertools.combinations(others, size):
            part = graph.subgraph([*terminals, *chosen])
            if nx.is_connected(part):
                costs.append(nx.minimum_spanning_tree(part).size("weight"))
    return min(costs)


@st.composite
def graphs(draw) -> tuple[nx.Graph, list[int]]:
    count = draw(st.integers(3, 8))
    cost = st.integers(1, 9).map(float)
    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    for node in range(1, count):
        graph.add_edge(node, draw(st.integers(0, node - 1)), weight=draw(cost))
    for one, other in draw(
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=9)
    ):
        if one != other:
            graph.add_edge(one, other, weight=draw(cost))
    targets = draw(st.lists(st.integers(1, count - 1), min_size=1, max_size=4, unique=True))
    return graph, targets


@given(graphs())
def test_within_twice_the_least_and_no_worse_than_networkx_promises(made) -> None:
    graph, targets = made
    branches = grow(links_of(graph), 0, [targets])
    total = sum(branch.cost for branch in branches)
    terminals = [0, *targets]
    least = least_forest(graph, terminals)
    bound = 2 - 2 / len(terminals)
    assert least - 1e-9 <= total <= bound * least + 1e-9
    peer = nx.algorithms.approximation.steiner_tree(graph, terminals, method="mehlhorn").size("weight")
    assert least - 1e-9 <= peer <= 2 * least + 1e-9
    assert total <= 2 * peer + 1e-9


@given(graphs())
def test_branches_share_no_edge_and_the_first_is_the_shortest_path(made) -> None:
    graph, targets = made
    branches = grow(links_of(graph), 0, [targets])
    edges = [edge for branch in branches for edge in branch.edges]
    assert len(edges) == len(set(edges))
    numbered = list(graph.edges.data("weight"))
    reached = {0}
    for branch in branches:
        assert branch.cost == pytest.approx(sum(numbered[edge][2] for edge in branch.edges))
        assert branch.nodes[0] in reached
        reached |= set(branch.nodes)
    away = nx.single_source_dijkstra_path_length(graph, 0)
    assert branches[0].cost == min(away[target] for target in targets)
    assert all(branch.cost <= away[branch.target] for branch in branches)
