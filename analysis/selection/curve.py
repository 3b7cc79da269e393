"""What more or less money would bring: the budget–benefit curve, and what the next million buys."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.selection.case import Case
from analysis.selection.check import validate
from analysis.selection.compare import Comparison, compare
from analysis.selection.errors import NothingFound
from analysis.selection.formulation import YUAN, Formulation
from analysis.selection.judge import broken_rules, positions
from analysis.selection.model import Budget, Choice, Outcome, Problem, Progress
from analysis.selection.solve import Tell, answer, search

TENTHS = tuple(range(0, 21, 2))
"""0, 0.2 … 2.0 times the budgets."""
_PRESENT = 10
MILLION = 1_000_000


@dataclass(frozen=True)
class CurvePoint:
    """The best choice found at `tenths` tenths of every budget, with its `gap`; its `outcome` may be infeasible.

    `choice` is None where nothing was found in time: only where building nothing breaks a rule, and no smaller budget
    has a choice.
    """

    tenths: int
    budget_yuan: int
    choice: Choice | None


def _better(one: Choice, other: Choice | None) -> bool:
    return other is None or (one.people >= other.people and one.objective >= other.objective)


def scaled(problem: Problem, tenths: int) -> Problem:
    """Return the problem with `tenths` tenths of every budget, rounded down to whole yuan."""
    budgets = tuple(replace(budget, yuan=budget.yuan * tenths // 10) for budget in problem.budgets)
    return replace(problem, budgets=budgets)


def curve(
    problem: Problem,
    *,
    tenths: Sequence[int] = TENTHS,
    gap: float = 0.005,
    seconds: float = 60.0,
    present: Choice | None = None,
    progress: Tell | None = None,
) -> tuple[CurvePoint, ...]:
    """Return the curve of people over money, by rising budget.

    Each search begins with the choice of the smaller budget, which the larger one can pay too; where it finds fewer
    people (earlier, perhaps) than that, the choice of the smaller budget stands. So the curve never falls.

    `present` is an answer to `problem` itself: from ten tenths on the curve does not pass below it.
    `seconds` are for all points together; `progress` hears of every point (`step` of `steps`) and may stop: the
    points so far are returned.
    """
    validate(problem)
    end = time.monotonic() + seconds
    if present is not None and broken_rules(problem, present.years):
        present = None
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
        if multiple >= _PRESENT and present is not None and _better(present, before):
            before = present
        left = max(end - time.monotonic(), 0.5) / (len(steps) - step + 1)
        try:
            found: Choice | None = search(
                case, gap=gap, seconds=left, progress=tell, warm=before, say_why=False, quick=True
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
    base : the present choice; a better one only where the present one was not close enough to the best to tell what
        so little money brings. What it gains over the present choice is owed to the search and not to the money.
    more : the choice with the money, never worse than `base`; `comparison` from `base` to it.
    people : more people than `base`.
    worth, worth_range : the same counted as the objective does (a year's delay discounted), and between what bounds
        the true difference of the two best choices lies. The two bounds are far apart where the searches could not
        be closer in their time.
    settled : whether the bounds are within `SHARE` of what the shadow price promises (or a person).
    """

    source: str
    year: int
    yuan: int
    worth_per_million: Mapping[str, float]
    base: Choice
    more: Choice
    people: float
    worth: float
    worth_range: tuple[float, float]
    settled: bool
    comparison: Comparison


SHARE = 0.25
"""Of what more money should bring by its shadow price, so much may be left open by the searches."""
_LEAST_PEOPLE = 0.5


def next_million(
    problem: Problem, choice: Choice, *, yuan: int = MILLION, seconds: float = 20.0
) -> NextMillion:
    """Return what `yuan` more in the first year would buy, given to the source whose shadow price is highest.

    `choice` is an answer to `problem`. It is searched on only if its gap, in people, is larger than what so much
    money can leave open; the richer problem starts from it in any case.

    Raises
    ------
    SelectionError : the problem is unsound, or `NothingFound`.
    """
    end = time.monotonic() + seconds
    validate(problem)
    case = Case(problem)
    shadow = _shadow_prices(case, seconds=seconds * 0.2)
    source = max(sorted(shadow), key=lambda name: shadow[name])
    open_people = max(SHARE * shadow[source] * yuan / MILLION, _LEAST_PEOPLE) / 2
    base = choice
    if choice.bound - choice.objective > open_people:
        found = _closer(case, choice, open_people, seconds=0.4 * (end - time.monotonic()))
        base = _kept(case, choice, replace(found, bound=min(found.bound, choice.bound)))
    richer = Case(replace(problem, budgets=_richer(case.budgets, case.years[0], source, yuan)))
    more = _closer(richer, base, open_people, seconds=max(end - time.monotonic(), 1.0))
    more = _kept(richer, base, more)
    between = (max(more.objective - base.bound, 0.0), max(more.bound - base.objective, 0.0))
    return NextMillion(
        source=source,
        year=case.years[0],
        yuan=yuan,
        worth_per_million=shadow,
        base=base,
        more=more,
        people=more.people - base.people,
        worth=more.objective - base.objective,
        worth_range=between,
        settled=between[1] - between[0] <= 2 * open_people,
        comparison=compare(problem, base, more),
    )


def _closer(case: Case, choice: Choice, people: float, *, seconds: float) -> Choice:
    """Search on from a choice until nothing can be better by so many people: quickly first, then all of it."""
    gap = people / max(choice.objective, people)
    quick = search(case, gap=gap, seconds=seconds / 3, warm=choice, quick=True)
    if quick.bound - quick.objective <= people:
        return quick
    found = search(case, gap=gap, seconds=max(seconds - quick.seconds, 0.5), warm=quick)
    return replace(found, bound=min(found.bound, quick.bound))


def _kept(case: Case, before: Choice, after: Choice) -> Choice:
    """Return the later choice, or the one before where the later is no better for people or altogether."""
    if after.people >= before.people and after.objective > before.objective:
        return after
    solved = after.outcome is Outcome.OPTIMAL
    return answer(
        case, positions(case, before.years), bound=after.bound, solved=solved, seconds=after.seconds
    )


def _shadow_prices(case: Case, *, seconds: float) -> dict[str, float]:
    """People (discounted) per million yuan of each source in the first year, by the relaxation."""
    formulation = Formulation(case)
    relaxed = formulation.program.model().relax(seconds=seconds)
    prices = dict.fromkeys((pot.source for pot in case.budgets if pot.year == case.years[0]), 0.0)
    for row, number in zip(case.money, formulation.money_rows, strict=True):
        if row.year != case.years[0] or relaxed is None:
            continue
        price = abs(float(relaxed.prices[number])) * YUAN * MILLION / formulation.scale
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
