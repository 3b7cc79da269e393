"""A mixed-integer programme put together row by row, and its run by HiGHS."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csr_matrix

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

    def model(self) -> "Model":
        """Return the programme as arrays."""
        rows, columns = len(self._rows), len(self._costs)
        matrix = csr_matrix((self._value, self._index, self._starts), shape=(rows, columns), dtype=float)
        return Model(
            np.array(self._costs, dtype=float),
            np.array(self._lower, dtype=float),
            np.array(self._upper, dtype=float),
            np.array(self._integer, dtype=bool),
            matrix,
            np.array([least for least, _ in self._rows], dtype=float),
            np.array([most for _, most in self._rows], dtype=float),
        )


@dataclass(frozen=True)
class Model:
    """A maximisation in arrays: `lower` ≤ columns ≤ `upper`, `least` ≤ matrix · columns ≤ `most`.

    `offset` is what columns that were taken away are worth.
    """

    worth: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    integer: np.ndarray
    matrix: csr_matrix
    least: np.ndarray
    most: np.ndarray
    offset: float = 0.0

    def solver(self, *, relaxed: bool) -> highspy.Highs:
        """Return HiGHS with this model in it."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.worth), len(self.least)
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.offset_ = self.offset
        lp.col_cost_ = self.worth
        lp.col_lower_, lp.col_upper_ = self.lower, self.upper
        lp.row_lower_, lp.row_upper_ = self.least, self.most
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = self.matrix.indptr.astype(np.int32)
        lp.a_matrix_.index_ = self.matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = self.matrix.data
        if not relaxed:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [kinds[integer] for integer in self.integer.tolist()]
        solver = _Quiet()  # type: ignore[no-untyped-call]
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
        solver = self.solver(relaxed=False)
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

    def relax(self, *, seconds: float) -> "Relaxed | None":
        """Solve it without whole numbers; None if that was not settled in time or nothing keeps the rows."""
        solver = self.solver(relaxed=True)
        solver.setOptionValue("time_limit", max(seconds, 0.01))
        solver.solve()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            infeasible = solver.getModelStatus() in _IMPOSSIBLE
            return Relaxed(-np.inf, *[np.empty(0)] * 3) if infeasible else None
        found = solver.getSolution()
        return Relaxed(
            float(solver.getInfo().objective_function_value),
            np.array(found.col_value),
            np.array(found.col_dual),
            np.array(found.row_dual),
        )


_IMPOSSIBLE = (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)


@dataclass(frozen=True)
class Relaxed:
    """The relaxation: its greatest value (minus infinity if it is impossible), and what it costs to leave it.

    `reduced` says for each column what moving it by one from its value costs at least, `prices` are those of the rows.
    """

    bound: float
    values: np.ndarray
    reduced: np.ndarray
    prices: np.ndarray


class _Quiet(highspy.Highs):
    """HiGHS without its banner, which it prints as soon as its callbacks are set up: in its constructor."""

    def enableCallbacks(self) -> None:  # noqa: N802 (HiGHS names it so)
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


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
