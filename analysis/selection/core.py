"""Search only where the relaxation leaves the answer open, and prove that nothing was missed.

The relaxation without whole numbers says for every column what it costs at least to move it from its value there (its
reduced cost). Columns that cost more than what separates the best choice from the bound cannot be different in any
better choice. So the columns with the smallest reduced costs are searched exactly, all others stay where they are; the
search widens until what lies outside is proved to be worse (a core problem: Balas & Zemel 1980; the window as in the
kernel search of Angelelli, Mansini & Speranza 2010).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import highspy
import numpy as np

from analysis.selection.program import Model, Run

FIRST, WIDER = 120, 4
"""Columns of the first window, and how many times as many each further one may have."""
LEAST_SECONDS = 2.0
"""Time for the relaxation, of which it needs a tenth at city size on an idle machine."""
_FLAT = 1e-7
"""Smaller reduced costs are nought to the solver."""
_HELD, _BROKEN = 1e-8, 1e-6
"""A row holds for certain, or is broken for certain, when it does by so much (the solver's own tolerance is 1e-6)."""
_ROUNDS = 4
_OPTIMAL, _INFEASIBLE = highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible

Tell = Callable[[float, float], bool]


@dataclass(frozen=True)
class Folded:
    """A model without its fixed columns and without the rows that always hold; `kept` are the columns left."""

    model: Model
    kept: np.ndarray
    fixed: np.ndarray
    impossible: bool

    def unfold(self, values: np.ndarray) -> np.ndarray:
        """Return the values of all columns from those of the columns left."""
        everything = self.fixed.copy()
        everything[self.kept] = values
        return everything


def fold(model: Model) -> Folded:
    """Take away what is settled already: fixed columns, rows that cannot be broken, rows with a single column."""
    lower, upper = model.lower.copy(), model.upper.copy()
    rows = np.ones(len(model.least), dtype=bool)
    for _ in range(_ROUNDS):
        floor, ceiling = _activity(model, lower, upper)
        rows &= (ceiling > model.most + _HELD) | (floor < model.least - _HELD)
        if not _tighten(model, rows, lower, upper):
            break
    floor, ceiling = _activity(model, lower, upper)
    beyond = (floor > model.most + _BROKEN) | (ceiling < model.least - _BROKEN)
    impossible = bool(np.any(lower > upper + _FLAT) or np.any(beyond))
    kept = np.flatnonzero(upper - lower > 0)
    fixed = lower.copy()
    fixed[kept] = 0.0
    moved = model.matrix[rows] @ fixed
    smaller = Model(
        model.worth[kept],
        lower[kept],
        upper[kept],
        model.integer[kept],
        model.matrix[rows][:, kept].tocsr(),
        model.least[rows] - moved,
        model.most[rows] - moved,
        model.offset + float(model.worth @ fixed),
    )
    return Folded(smaller, kept, fixed, impossible)


def _activity(model: Model, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest value that each row can take within the bounds of the columns."""
    up, down = model.matrix.maximum(0), model.matrix.minimum(0)
    return up @ lower + down @ upper, up @ upper + down @ lower


def _tighten(model: Model, rows: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> bool:
    """Turn rows with one open column into bounds of it; return whether anything changed."""
    open_ = (upper - lower > 0).astype(float)
    used = model.matrix.copy()
    used.data = np.ones_like(used.data)
    single = np.flatnonzero(rows & ((used @ open_) == 1))
    if not len(single):
        return False
    part = model.matrix[single]
    moved = part @ np.where(open_ > 0, 0.0, lower)
    entries = part.multiply(open_).tocoo()
    entries.eliminate_zeros()
    changed = False
    for at, column, value in zip(entries.row, entries.col, entries.data, strict=True):
        least, most = model.least[single[at]] - moved[at], model.most[single[at]] - moved[at]
        low, high = (least / value, most / value) if value > 0 else (most / value, least / value)
        if model.integer[column]:
            low, high = np.ceil(low - 1e-6), np.floor(high + 1e-6)
        if low > lower[column]:
            lower[column], changed = min(low, upper[column]) if low <= upper[column] + _FLAT else low, True
        if high < upper[column]:
            upper[column], changed = max(high, lower[column]) if high >= lower[column] - _FLAT else high, True
    return changed


def search_core(
    model: Model,
    *,
    seconds: float,
    best: float = -np.inf,
    within: float = 0.0,
    gap: float = 0.0,
    tell: Tell | None = None,
) -> Run:
    """Search `model` until nothing can be better than the best by more than `within` units (or the share `gap`).

    `best` is the objective of a choice that the caller holds already: only better ones are looked for, and `values`
    are None if there is none. The bound always holds for the whole model, however early the clock ends the search.
    """
    end = time.monotonic() + seconds
    whole = fold(model)
    if whole.impossible:
        return Run(_INFEASIBLE, None, -np.inf, -np.inf)
    if not len(whole.kept):
        worth = whole.model.offset
        better = worth > best
        return Run(_OPTIMAL, whole.fixed if better else None, max(worth, best), max(worth, best))
    # Without the relaxation there is no bound worth the name, so it has its time however short the rest is.
    relaxed = whole.model.relax(seconds=max(seconds, LEAST_SECONDS))
    if relaxed is None:
        return Run(highspy.HighsModelStatus.kTimeLimit, None, -np.inf, np.inf)
    if relaxed.bound == -np.inf:
        return Run(_INFEASIBLE, None, -np.inf, -np.inf)
    if tell is not None and not tell(best, relaxed.bound):
        return Run(highspy.HighsModelStatus.kInterrupt, None, best, relaxed.bound)
    costs = np.where(whole.model.integer, np.abs(relaxed.reduced), 0.0)
    values, objective, bound, window = None, best, relaxed.bound, FIRST
    by_cost = np.sort(costs[whole.model.integer])
    while True:
        cut = by_cost[window] if window < len(by_cost) else np.inf
        if cut <= _FLAT:
            cut = np.inf if by_cost[-1] <= _FLAT else by_cost[by_cost > _FLAT][0]
        outside = relaxed.bound - cut
        hear = None if tell is None else _wider(tell, objective, outside, bound)
        run, found = _window(
            whole.model, relaxed.values, costs >= cut, within, gap, end - time.monotonic(), hear
        )
        if found is not None and run.objective > objective:
            values, objective = whole.unfold(found), run.objective
        inside = objective if run.status == _INFEASIBLE else run.bound
        bound = min(bound, max(inside, outside, objective))
        near = max(within, gap * abs(bound))
        if objective > -np.inf and bound - objective <= near + 1e-9 * abs(bound):
            status = _OPTIMAL
            break
        if run.status not in _SETTLED or time.monotonic() >= end:
            status = highspy.HighsModelStatus.kTimeLimit
            break
        if cut == np.inf:
            status = _INFEASIBLE if objective == -np.inf else _OPTIMAL
            break
        opened = int(np.sum(by_cost < cut))
        needed = int(np.sum(by_cost <= relaxed.bound - objective - near))
        window = max(opened + 1, min(WIDER * opened, needed))
    return Run(status, values, float(objective), float(bound))


def _wider(tell: Tell, best: float, outside: float, limit: float) -> Tell:
    """Tell of the whole what HiGHS tells of a window."""
    return lambda objective, bound: tell(max(objective, best), min(max(bound, outside, best), limit))


_SETTLED = (_OPTIMAL, _INFEASIBLE)


def _window(
    model: Model,
    values: np.ndarray,
    settled: np.ndarray,
    within: float,
    gap: float,
    seconds: float,
    tell: Tell | None,
) -> tuple[Run, np.ndarray | None]:
    """Search with the settled columns where the relaxation has them."""
    there = np.clip(np.round(values), model.lower, model.upper)
    part = fold(
        replace(
            model,
            lower=np.where(settled, there, model.lower),
            upper=np.where(settled, there, model.upper),
        )
    )
    if part.impossible:
        return Run(_INFEASIBLE, None, -np.inf, -np.inf), None
    if not len(part.kept):
        worth = part.model.offset
        return Run(_OPTIMAL, part.fixed, worth, worth), part.fixed
    run = part.model.run(gap=gap, within=within, seconds=seconds, tell=tell)
    return run, part.unfold(run.values) if run.values is not None else None
