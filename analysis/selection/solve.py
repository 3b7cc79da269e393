"""The best choice, found exactly: HiGHS beside a greedy choice, and its answer checked and counted anew."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import highspy

from analysis.selection.case import Case
from analysis.selection.check import validate
from analysis.selection.core import search_core
from analysis.selection.errors import NothingFound, SelectionError
from analysis.selection.formulation import Formulation
from analysis.selection.greedy import greedy
from analysis.selection.infeasible import in_the_way
from analysis.selection.judge import broken, positions, worth
from analysis.selection.model import Choice, Outcome, Problem, Progress
from analysis.selection.money import divide

Tell = Callable[[Progress], bool]


def solve(
    problem: Problem,
    *,
    gap: float = 0.01,
    seconds: float = 60.0,
    progress: Tell | None = None,
    warm: Choice | None = None,
) -> Choice:
    """Return the choice that brings the most people what they lack within the budgets and the rules.

    Parameters
    ----------
    gap : the search ends when no choice can be better by more than this share.
    seconds : wall-clock time after which the best so far is returned.
    progress : hears how far the search is (better solutions at once, the bound four times a second) and answers
        whether to go on.
    warm : a choice to begin with, as far as the rules allow it: the answer is never worse than it.

    Raises
    ------
    SelectionError : the problem is unsound (`check.validate`), or nothing was found in time (`NothingFound`).
    """
    validate(problem)
    return search(Case(problem), gap=gap, seconds=seconds, progress=progress, warm=warm)


@dataclass
class _Clock:
    seconds: float
    began: float

    @property
    def spent(self) -> float:
        return time.monotonic() - self.began

    @property
    def left(self) -> float:
        return self.seconds - self.spent


def search(
    case: Case,
    *,
    gap: float,
    seconds: float,
    progress: Tell | None = None,
    warm: Choice | None = None,
    say_why: bool = True,
    quick: bool = False,
) -> Choice:
    """Do what `solve` does for a problem that is known to be sound.

    `say_why`: look which rules are in the way. `quick`: search only where the relaxation leaves the answer open, which
    is several times as fast to a gap of some thousandths, and slower to a closer one.
    """
    clock = _Clock(seconds, time.monotonic())
    best = _start(case, warm)
    formulation = Formulation(case)
    own = worth(case, best).objective if best is not None else None

    def limit(bound: float) -> float:
        most = min(formulation.bound(bound), case.everyone) if math.isfinite(bound) else case.everyone
        return most if most >= case.least else 0.0

    def tell(objective: float, bound: float) -> bool:
        values = [objective / formulation.scale] if math.isfinite(objective) else []
        found = max([*values, *([] if own is None else [own])], default=None)
        share = None if found is None else _gap(found, limit(bound))
        if progress is not None and not progress(Progress(clock.spent, found, limit(bound), share)):
            return False
        # The solver does not know of our own start: enough is enough when that is within the gap.
        return own is None or _gap(own, limit(bound)) > gap

    model = formulation.program.model()
    if quick:
        known = -math.inf if best is None else formulation.value(own or 0.0, worth(case, best).cost_yuan)
        run = search_core(model, best=known, gap=gap, seconds=clock.left, tell=tell)
    else:
        run = model.run(gap=gap, seconds=clock.left, tell=tell)
    if run.status == highspy.HighsModelStatus.kInfeasible and best is None:
        rules = in_the_way(case.problem, seconds=max(clock.left, 5.0)) if say_why else ()
        return Choice(Outcome.INFEASIBLE, {}, (), 0.0, {}, 0, 0.0, 0.0, 0.0, clock.spent, rules)
    if run.values is not None:
        better = formulation.built(run.values.tolist())
        # The solver's tolerances are far below a yuan; still nothing leaves here that was not checked in integers.
        if not broken(case, better) and (best is None or _beats(case, better, best)):
            best = better
    if best is None:
        raise NothingFound(seconds=round(clock.spent))
    best = _filled(case, best)
    solved = run.status == highspy.HighsModelStatus.kOptimal
    found = answer(case, best, bound=limit(run.bound), solved=solved, seconds=clock.spent)
    return replace(found, outcome=Outcome.OPTIMAL) if found.gap <= gap else found


def answer(case: Case, built: Mapping[int, int], *, bound: float, solved: bool, seconds: float) -> Choice:
    """Put a choice by positions into words that can be stored."""
    value = worth(case, built)
    years = {case.options[at].no: case.years[year] for at, year in sorted(built.items())}
    payments = divide(case.by_no, years, case.budgets)
    if payments is None:  # checked before: a choice that the money does not pay for never gets here
        raise SelectionError()
    bound = max(bound, value.objective)
    return Choice(
        outcome=Outcome.OPTIMAL if solved else Outcome.STOPPED,
        years=years,
        payments=payments,
        people=value.people,
        people_by_need=value.by_need,
        cost_yuan=value.cost_yuan,
        objective=value.objective,
        bound=bound,
        gap=_gap(value.objective, bound),
        seconds=seconds,
    )


def _gap(objective: float, bound: float) -> float:
    return max(0.0, (bound - objective) / bound) if bound > 0 else 0.0


def _start(case: Case, warm: Choice | None) -> dict[int, int] | None:
    starts = [greedy(case)]
    if warm is not None and warm.years:
        known = positions(case, warm.years)
        starts += [greedy(case, known), None if broken(case, known) else known]
    if not broken(case, {}):
        starts.append({})
    kept = [start for start in starts if start is not None]
    return max(kept, key=lambda start: worth(case, start).objective, default=None)


def _beats(case: Case, one: Mapping[int, int], other: Mapping[int, int]) -> bool:
    a, b = worth(case, one), worth(case, other)
    return (a.objective, -a.cost_yuan) > (b.objective, -b.cost_yuan)


def _filled(case: Case, built: dict[int, int]) -> dict[int, int]:
    """Spend what is left where it still serves somebody, and take away what serves nobody."""
    more = greedy(case, built)
    return more if more is not None and worth(case, more).objective >= worth(case, built).objective else built
