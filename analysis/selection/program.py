"""A mixed-integer programme put together row by row, and its run by HiGHS."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np

Terms = list[tuple[int, float]]
"""A linear expression: (column, coefficient)."""

THREADS = 2
SEED = 20240401
_TELL_EVERY_S = 0.25


@dataclass(frozen=True)
class Run:
    """How HiGHS ended: `values` of the columns (None without a solution), its objective and the bound on it."""

    status: highspy.HighsModelStatus
    values: np.ndarray | None
    objective: float
    bound: float


class Program:
    """Columns and rows of a maximisation."""

    def __init__(self) -> None:
        self._costs: list[float] = []
        self._lower: list[float] = []
        self._upper: list[float] = []
        self._integer: list[bool] = []
        self._rows: list[tuple[float, float]] = []
        self._starts = [0]
        self._index: list[int] = []
        self._value: list[float] = []

    def column(self, *, upper: float = 1.0, integer: bool = False, worth: float = 0.0) -> int:
        """Add a variable between 0 and `upper`; return its number."""
        self._costs.append(worth)
        self._lower.append(0.0)
        self._upper.append(upper)
        self._integer.append(integer)
        return len(self._costs) - 1

    def reward(self, column: int, worth: float) -> None:
        """Add to what a unit of a column is worth."""
        self._costs[column] += worth

    def limit(self, column: int, least: float, most: float) -> None:
        """Narrow the bounds of a column, never widen them."""
        self._lower[column] = max(self._lower[column], least)
        self._upper[column] = min(self._upper[column], most)

    def row(self, terms: Terms, *, least: float = -np.inf, most: float = np.inf) -> int:
        """Demand that `terms` lie between `least` and `most`; a column may occur several times. Return its number."""
        summed: dict[int, float] = {}
        for column, value in terms:
            summed[column] = summed.get(column, 0.0) + value
        self._index += summed.keys()
        self._value += summed.values()
        self._starts.append(len(self._index))
        self._rows.append((least, most))
        return len(self._rows) - 1

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return len(self._costs)

    def _highs(self, *, relaxed: bool) -> highspy.Highs:
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self._costs), len(self._rows)
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_ = np.array(self._costs)
        lp.col_lower_, lp.col_upper_ = np.array(self._lower), np.array(self._upper)
        lp.row_lower_ = np.array([least for least, _ in self._rows])
        lp.row_upper_ = np.array([most for _, most in self._rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array(self._starts, dtype=np.int32)
        lp.a_matrix_.index_ = np.array(self._index, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(self._value)
        if not relaxed:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [kinds[integer] for integer in self._integer]
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.silent()
        solver.setOptionValue("threads", THREADS)
        solver.setOptionValue("random_seed", SEED)
        solver.passModel(lp)
        return solver

    def run(
        self,
        *,
        gap: float,
        seconds: float,
        within: float = 0.0,
        tell: Callable[[float, float], bool] | None = None,
    ) -> Run:
        """Search until the relative `gap` or `within` so many units, for so many `seconds`.

        `tell` hears the best objective and the bound now and then and answers whether to go on.

        No start is handed over: HiGHS 1.16 takes a given solution into its presolved problem with a wrong objective
        at times (larger than it has), and then calls it optimal. Callers keep their own best beside it instead.
        """
        solver = self._highs(relaxed=False)
        solver.setOptionValue("mip_rel_gap", gap)
        solver.setOptionValue("mip_abs_gap", within)
        solver.setOptionValue("time_limit", max(seconds, 0.01))
        if tell is not None:
            _listen(solver, tell)
        solver.solve()
        info = solver.getInfo()
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        return Run(
            solver.getModelStatus(),
            np.array(solver.getSolution().col_value) if found else None,
            float(info.objective_function_value) if found else -np.inf,
            float(info.mip_dual_bound),
        )

    def duals(self, seconds: float) -> np.ndarray | None:
        """Return the shadow price of every row in the relaxation without whole numbers; None if out of time."""
        solver = self._highs(relaxed=True)
        solver.setOptionValue("time_limit", max(seconds, 0.01))
        solver.solve()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(solver.getSolution().row_dual)


def _listen(solver: highspy.Highs, tell: Callable[[float, float], bool]) -> None:
    """Tell of every better solution, and four times a second of the bound; pass on the wish to stop."""
    told = [0.0]
    stop = [False]

    def hear(event: highspy.highs.HighsCallbackEvent, *, at_once: bool) -> None:
        now = time.monotonic()
        if not stop[0] and (at_once or now - told[0] >= _TELL_EVERY_S):
            told[0] = now
            out = event.data_out
            stop[0] = not tell(float(out.mip_primal_bound), float(out.mip_dual_bound))
        if stop[0]:
            event.interrupt()

    solver.cbMipImprovingSolution.subscribe(lambda event: hear(event, at_once=True))
    solver.cbMipInterrupt.subscribe(lambda event: hear(event, at_once=False))
