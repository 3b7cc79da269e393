"""Searching a window and proving the rest: the same answer as searching everything."""

import highspy
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from analysis.selection import core
from analysis.selection.case import Case
from analysis.selection.core import fold, search_core
from analysis.selection.formulation import Formulation
from analysis.selection.model import Problem
from analysis.selection.program import Model
from tests.analysis.selection.problems import problems

quick = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def _knapsack(seed: int) -> Model:
    """Forty things to take or leave, two sacks."""
    rng = np.random.default_rng(seed)
    worth, weights = rng.integers(10, 99, 40).astype(float), rng.integers(5, 60, (2, 40)).astype(float)
    zeros, ones = np.zeros(40), np.ones(40)
    nothing, most = np.full(2, -np.inf), weights.sum(axis=1) // 3
    return Model(worth, zeros, ones, ones.astype(bool), csr_matrix(weights), nothing, most)


@pytest.mark.parametrize("first", [1, 5, 1000])
@pytest.mark.parametrize("seed", range(8))
def test_a_window_of_any_size_gives_the_exact_answer(
    monkeypatch: pytest.MonkeyPatch, first: int, seed: int
) -> None:
    monkeypatch.setattr(core, "FIRST", first)
    model = _knapsack(seed)
    exact, found = model.run(gap=0, seconds=20), search_core(model, seconds=20)
    assert found.status == highspy.HighsModelStatus.kOptimal
    assert found.objective == pytest.approx(exact.objective)
    assert found.bound == pytest.approx(exact.objective)
    assert found.values is not None
    assert model.worth @ found.values == pytest.approx(exact.objective)
    assert np.all(model.matrix @ found.values <= model.most + 1e-6)


def test_only_better_ones_are_looked_for() -> None:
    model = _knapsack(1)
    best = model.run(gap=0, seconds=20).objective
    known = search_core(model, best=best, seconds=20)
    assert (known.status, known.values) == (highspy.HighsModelStatus.kOptimal, None)
    assert known.bound == pytest.approx(best)
    assert search_core(model, best=best - 1, seconds=20).objective == pytest.approx(best)


def test_whoever_hears_of_the_search_can_stop_it_and_the_bound_still_holds() -> None:
    model = _knapsack(2)
    stopped = search_core(model, seconds=20, tell=lambda objective, bound: False)
    assert stopped.status == highspy.HighsModelStatus.kInterrupt
    assert stopped.bound >= model.run(gap=0, seconds=20).objective


def test_what_is_settled_is_folded_away() -> None:
    # a + b + c <= 2 with a = 1: b + c <= 1 stays; 2 d <= 1 keeps d, a whole number, at nought; d + e <= 5 always holds.
    matrix = csr_matrix(np.array([[1, 1, 1, 0, 0], [0, 0, 0, 2, 0], [0, 0, 0, 1, 1.0]]))
    model = Model(
        np.array([5.0, 1, 1, 1, 1]),
        np.array([1.0, 0, 0, 0, 0]),
        np.ones(5),
        np.array([True, True, True, True, False]),
        matrix,
        np.full(3, -np.inf),
        np.array([2.0, 1, 5]),
    )
    folded = fold(model)
    assert folded.kept.tolist() == [1, 2, 4]
    assert (folded.model.offset, folded.model.most.tolist()) == (5, [1])
    assert folded.unfold(np.array([0.0, 1, 1])).tolist() == [1, 0, 1, 0, 1]
    assert not folded.impossible
    tighter = Model(
        model.worth, model.lower, model.upper, model.integer, matrix, model.least, np.array([0.0, 1, 5])
    )
    assert fold(tighter).impossible


@quick
@given(problems(), st.sampled_from((1, 3, 1000)))
def test_the_window_finds_what_the_whole_search_finds(
    monkeypatch: pytest.MonkeyPatch, problem: Problem, first: int
) -> None:
    monkeypatch.setattr(core, "FIRST", first)
    model = Formulation(Case(problem)).program.model()
    exact, found = model.run(gap=0, seconds=20), search_core(model, seconds=20)
    assert found.status == exact.status
    if exact.status == highspy.HighsModelStatus.kOptimal:
        # In units of the solver: everybody is worth a million.
        assert found.objective == pytest.approx(exact.objective, abs=0.01)
        assert found.bound >= exact.objective - 0.01
