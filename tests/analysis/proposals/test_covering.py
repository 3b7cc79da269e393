"""Maximal covering against brute force."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from analysis.proposals.covering import best_cover, cover, greedy_cover, undominated


def people_of(reaches: np.ndarray, people: np.ndarray, sites) -> float:
    return float(people[reaches[list(sites)].any(axis=0)].sum()) if len(sites) else 0.0


def best_of(reaches: np.ndarray, people: np.ndarray, count: int) -> float:
    """Most people that so many sites can serve."""
    return max(people_of(reaches, people, s) for s in itertools.combinations(range(len(reaches)), count))


def most_worth(reaches: np.ndarray, people: np.ndarray, least: float) -> float:
    return max(best_of(reaches, people, count) - least * count for count in range(len(reaches) + 1))


@st.composite
def problems(draw) -> tuple[np.ndarray, np.ndarray]:
    sites, demands = draw(st.integers(1, 7)), draw(st.integers(1, 8))
    cells = draw(st.lists(st.booleans(), min_size=sites * demands, max_size=sites * demands))
    people = draw(st.lists(st.integers(1, 300), min_size=demands, max_size=demands))
    return np.array(cells).reshape(sites, demands), np.array(people, dtype=float)


def test_worked_case_where_greed_needs_a_station_more() -> None:
    # The middle site serves 60 + 60 + 50 + 50; then the outer ones add 40 each. The outer two alone serve everybody.
    reaches = csr_matrix(np.array([[1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 1]], dtype=float))
    people = np.array([60.0, 60, 50, 50, 40, 40])
    assert greedy_cover(reaches, people, 30).tolist() == [0, 1, 2]
    assert best_cover(reaches, people, 30).tolist() == [1, 2]
    assert cover(reaches, people, 30).tolist() == [1, 2]
    # Where each must bring 50, the middle one alone is worth 220 - 50, the outer two 300 - 100.
    assert cover(reaches, people, 50).tolist() == [1, 2]
    assert cover(reaches, people, 150).tolist() == [0]
    assert cover(reaches, people, 500).tolist() == []


def test_dominated_sites_go_and_of_equals_the_first_stays() -> None:
    reaches = csr_matrix(np.array([[1, 0, 0], [1, 1, 0], [1, 1, 0], [0, 0, 0], [0, 1, 1]], dtype=float))
    assert undominated(reaches).tolist() == [1, 4]


def test_nothing_to_cover() -> None:
    empty = np.zeros(0)
    assert cover(csr_matrix((0, 0)), empty, 1).tolist() == []
    assert cover(csr_matrix((3, 0)), empty, 1).tolist() == []
    assert best_cover(csr_matrix((0, 2)), np.ones(2), 1).tolist() == []


@given(problems())
def test_greedy_reaches_its_share_of_the_best(problem) -> None:
    reaches, people = problem
    order = greedy_cover(csr_matrix(reaches.astype(float)), people, 0.5).tolist()
    for count in range(1, len(order) + 1):
        reached = people_of(reaches, people, order[:count])
        assert reached >= (1 - 1 / np.e) * best_of(reaches, people, count) - 1e-9


@given(problems(), st.sampled_from([1.0, 40.0, 150.0]))
def test_highs_is_the_best_and_so_is_what_is_proposed(problem, least) -> None:
    reaches, people = problem
    sparse = csr_matrix(reaches.astype(float))
    most = most_worth(reaches, people, least)
    exact = best_cover(sparse, people, least)
    assert people_of(reaches, people, exact) - least * len(exact) == most
    order = cover(sparse, people, least).tolist()
    assert people_of(reaches, people, order) - least * len(order) == most
    gains = np.diff([people_of(reaches, people, order[:count]) for count in range(len(order) + 1)])
    assert (gains >= least).all()
    assert (np.diff(gains) <= 0).all(), "each adds less than the one before"
