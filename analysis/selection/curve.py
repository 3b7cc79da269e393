"""What more or less money would bring: the budget–benefit curve, and what the next million buys."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.selection.case import Case
from analysis.selection.check import validate
from analysis.selection.compare import Comparison, compare
from analysis.selection.errors import NothingFound
from analysis.selection.formulation import YUAN, Formulation
from analysis.selection.judge import positions
from analysis.selection.model import Budget, Choice, Outcome, Problem, Progress
from analysis.selection.solve import Tell, answer, search

TENTHS = tuple(range(21))
"""0, 0.1 … 2.0 times the budgets."""
MILLION = 1_000_000
NEXT_GAP = 1e-4
"""A million is small beside a city's budget, so what it buys is searched to a hundredth of a per cent."""


@dataclass(frozen=True)
class CurvePoint:
    """The best choice found at `tenths` tenths of every budget; `outcome` of `choice` may be infeasible.

    `choice` is None where nothing was found in time.
    """

    tenths: int
    budget_yuan: int
    choice: Choice | None


def scaled(problem: Problem, tenths: int) -> Problem:
    """Return the problem with `tenths` tenths of every budget, rounded down to whole yuan."""
    budgets = tuple(replace(budget, yuan=budget.yuan * tenths // 10) for budget in problem.budgets)
    return replace(problem, budgets=budgets)


def curve(
    problem: Problem,
    *,
    tenths: Sequence[int] = TENTHS,
    gap: float = 0.01,
    seconds: float = 60.0,
    progress: Tell | None = None,
) -> tuple[CurvePoint, ...]:
    """Return the curve of people over money, by rising budget.

    Each search begins with the choice of the smaller budget, which the larger one can pay too; where it finds fewer
    people (earlier, perhaps) than that, the choice of the smaller budget stands. So the curve never falls.

    `seconds` are for all points together; `progress` hears of every point (`step` of `steps`) and may stop: the
    points so far are returned.
    """
    validate(problem)
    end = time.monotonic() + seconds
    points: list[CurvePoint] = []
    before: Choice | None = None
    steps = sorted(set(tenths))
    stopped = False
    for step, multiple in enumerate(steps, 1):
        began = seconds - (end - time.monotonic())

        def tell(now: Progress, step: int = step, began: float = began) -> bool:
            nonlocal stopped
            if progress is not None and not stopped:
                stopped = not progress(replace(now, seconds=began + now.seconds, step=step, steps=len(steps)))
            return not stopped

        if not tell(Progress(0.0, None, None, None)):
            break
        case = Case(scaled(problem, multiple))
        left = max(end - time.monotonic(), 0.5) / (len(steps) - step + 1)
        try:
            found: Choice | None = search(
                case, gap=gap, seconds=left, progress=tell, warm=before, say_why=False
            )
        except NothingFound:
            found = None
        if stopped:
            break
        if found is not None and before is not None and found.people < before.people:
            solved = found.outcome is Outcome.OPTIMAL
            found = answer(
                case,
                positions(case, before.years),
                bound=found.bound,
                solved=solved,
                seconds=found.seconds,
            )
        if found is not None and found.outcome is not Outcome.INFEASIBLE:
            before = found
        budget = sum(pot.yuan for pot in case.budgets)
        points.append(CurvePoint(multiple, budget, found))
    return tuple(points)


@dataclass(frozen=True)
class NextMillion:
    """What more money in the first year buys.

    Attributes
    ----------
    source : the source that was given the money: where, by the shadow prices, it does most good.
    worth_per_million : discounted people per million yuan by the shadow price of each source in that year (the
        relaxation without whole numbers: a rate, not a promise).
    base : the present choice, searched on as closely as the richer one; its gain over the present choice is owed to
        the search and not to the money.
    more : the choice with the money; `comparison` from `base` to it.
    people : more people than `base`.
    """

    source: str
    year: int
    yuan: int
    worth_per_million: Mapping[str, float]
    base: Choice
    more: Choice
    people: float
    comparison: Comparison


def next_million(
    problem: Problem, choice: Choice, *, yuan: int = MILLION, seconds: float = 20.0
) -> NextMillion:
    """Return what `yuan` more in the first year would buy, given to the source whose shadow price is highest.

    Raises
    ------
    SelectionError : the problem is unsound, or `NothingFound`.
    """
    began = time.monotonic()
    validate(problem)
    case = Case(problem)
    base = search(case, gap=NEXT_GAP, seconds=seconds * 0.4, warm=choice)
    if base.people < choice.people or base.objective <= choice.objective:
        bound = max(base.bound, choice.objective)
        built = positions(case, choice.years)
        base = answer(case, built, bound=bound, solved=True, seconds=base.seconds)
    shadow = _shadow_prices(case, seconds=seconds * 0.1)
    source = max(sorted(shadow), key=lambda name: shadow[name])
    richer = Case(replace(problem, budgets=_richer(case.budgets, case.years[0], source, yuan)))
    left = max(seconds - (time.monotonic() - began), 1.0)
    more = search(richer, gap=NEXT_GAP, seconds=left, warm=base)
    if more.people < base.people:
        more = answer(
            richer, positions(richer, base.years), bound=more.bound, solved=True, seconds=more.seconds
        )
    return NextMillion(
        source=source,
        year=case.years[0],
        yuan=yuan,
        worth_per_million=shadow,
        base=base,
        more=more,
        people=more.people - base.people,
        comparison=compare(problem, base, more),
    )


def _shadow_prices(case: Case, *, seconds: float) -> dict[str, float]:
    """People (discounted) per million yuan of each source in the first year, by the relaxation."""
    formulation = Formulation(case)
    duals = formulation.program.duals(seconds)
    prices = dict.fromkeys((pot.source for pot in case.budgets if pot.year == case.years[0]), 0.0)
    for row, number in zip(case.money, formulation.money_rows, strict=True):
        if row.year != case.years[0] or duals is None:
            continue
        price = abs(float(duals[number])) * YUAN * MILLION / formulation.scale
        for source in {case.budgets[pot].source for pot in row.pots}:
            prices[source] += price
    return prices


def _richer(budgets: Sequence[Budget], year: int, source: str, yuan: int) -> tuple[Budget, ...]:
    """Add the money to the source's pot of that year; with several pots, to the one for the most kinds."""
    pots = [at for at, pot in enumerate(budgets) if (pot.source, pot.year) == (source, year)]
    widest = max(pots, key=lambda at: (not budgets[at].kinds, len(budgets[at].kinds)))
    return tuple(
        replace(pot, yuan=pot.yuan + yuan) if at == widest else pot for at, pot in enumerate(budgets)
    )
