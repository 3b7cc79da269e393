"""Maximal covering: which sites bring the most people into reach; greedy, and exact by integer programming."""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_matrix, csr_matrix, eye, hstack

from analysis.territory import FloatArray, IntArray

NODES = 1_000
"""Branches searched at most: a count, not a time, so that a busy machine gives the same answer."""


def cover(reaches: csr_matrix, people: FloatArray, least: float) -> IntArray:
    """Sites in the order in which each adds most, from the better of the greedy and the exact choice.

    Parameters
    ----------
    reaches : (sites, demands), 1 where a site serves a demand.
    people : (demands,).
    least : people whom each site must bring into reach that none of the others does; above 0.

    Returns
    -------
    Places of the sites. The exact choice is worth most when every site is charged `least` people.
    """
    kept = undominated(reaches)
    few = reaches[kept]
    greedy = greedy_cover(few, people, least)
    best = best_cover(few, people, least)
    if _worth(few, people, best, least) > _worth(few, people, greedy, least):
        return kept[best[greedy_cover(few[best], people, least)]]
    return kept[greedy]


def undominated(reaches: csr_matrix) -> IntArray:
    """Sites that serve something, and not only what another serves as well; of equals the first."""
    size = np.asarray(reaches.sum(axis=1)).ravel()
    common = (reaches @ reaches.T).tocoo()
    one, other = common.row, common.col
    inside = (one != other) & (common.data == size[one])
    inside &= (size[other] > size[one]) | (other < one)
    kept = size > 0
    kept[one[inside]] = False
    return np.flatnonzero(kept).astype(np.intp)


def greedy_cover(reaches: csr_matrix, people: FloatArray, least: float) -> IntArray:
    """Sites in the order in which each adds the most people to those before it, until none adds `least`.

    Returns
    -------
    Places of the sites; of equals the first.
    """
    left = people.copy()
    chosen: list[int] = []
    while reaches.shape[0]:
        gains = np.round(reaches @ left, 6)
        best = int(np.argmax(gains))
        if gains[best] < least or gains[best] <= 0:
            break
        chosen.append(best)
        left[reaches.indices[reaches.indptr[best] : reaches.indptr[best + 1]]] = 0.0
    return np.array(chosen, dtype=np.intp)


def best_cover(reaches: csr_matrix, people: FloatArray, least: float) -> IntArray:
    """The sites whose people less `least` for each site are most, by HiGHS.

    Returns
    -------
    Places of the sites in their order; empty where none is worth it or `NODES` branches found no answer.
    """
    sites, demands = reaches.shape
    if not sites or not demands:
        return np.zeros(0, dtype=np.intp)
    answer = milp(
        np.concatenate([np.full(sites, least), -people]),
        integrality=np.concatenate([np.ones(sites), np.zeros(demands)]),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(csc_matrix(hstack([-reaches.T, eye(demands)])), ub=np.zeros(demands)),
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    if answer.x is None:
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(answer.x[:sites] > 0.5).astype(np.intp)


def _worth(reaches: csr_matrix, people: FloatArray, sites: IntArray, least: float) -> float:
    served = np.asarray(reaches[sites].sum(axis=0)).ravel() > 0
    return float(people[served].sum()) - least * len(sites)
