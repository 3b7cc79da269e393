"""The question put to the optimiser, and its answer; plain values that can be stored as JSON.

Money is in whole yuan. A *demand* is a group of people who lack one thing (`analysis.proposals.model.Served.key`); it
counts once, however many projects reach it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Aim(StrEnum):
    """What is made as large as possible."""

    PEOPLE = "people"
    """People who get what they lack, each need of a person counting once."""
    VILLAGES = "villages"
    """People living in villages of which a share of at least `Problem.village_target` is supplied, need by need."""


@dataclass(frozen=True)
class Demand:
    """People who lack one thing.

    `admin_code` is the 12-digit code of their village, `need` a code of `layers.codes.Need`.
    """

    key: str
    need: str
    admin_code: str
    people: float


@dataclass(frozen=True)
class Option:
    """A candidate as the optimiser sees it."""

    no: str
    kind: str
    admin_code: str
    cost_yuan: int
    demands: tuple[str, ...]
    needs_first: tuple[str, ...] = ()
    relocation: bool = False


class RuleKind(StrEnum):
    """Rules that a choice must keep."""

    AT_LEAST = "at_least"
    """At least `amount` projects (`measure` projects) or yuan (`measure` yuan) under the code `prefix`."""
    AT_MOST = "at_most"
    TOGETHER = "together"
    """`options[0]` only if all the others are chosen, no later than it (precedence)."""
    EXCLUSIVE = "exclusive"
    """At most one of `options`."""
    MUST = "must"
    """All of `options` are chosen."""
    NEVER = "never"
    """None of `options` is chosen."""
    NO_RELOCATION = "no_relocation"
    """Nothing for relocation villages."""
    FAIR = "fair"
    """In every township with a demand under `prefix`, at least the share `amount` of its people in need are served."""


class Measure(StrEnum):
    """What `AT_LEAST` and `AT_MOST` count."""

    PROJECTS = "projects"
    YUAN = "yuan"


@dataclass(frozen=True)
class Rule:
    """One rule; which attributes matter depends on `kind`. `kinds` limits it to kinds of candidates (empty: all)."""

    id: str
    kind: RuleKind
    prefix: str = ""
    amount: float = 0.0
    measure: Measure = Measure.PROJECTS
    options: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Budget:
    """Money of one source in one year; `kinds` are the kinds of candidates that it may pay for (empty: all)."""

    source: str
    year: int
    yuan: int
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """What is to be decided.

    Attributes
    ----------
    supplied : people of each village who have a thing already, by ``need:admin_code``, for `Aim.VILLAGES`.
    later_discount : how much less a year's delay is worth (0.02: two per cent a year), so that early is better.
    """

    options: tuple[Option, ...]
    demands: tuple[Demand, ...]
    budgets: tuple[Budget, ...]
    rules: tuple[Rule, ...] = ()
    aim: Aim = Aim.PEOPLE
    village_target: float = 0.95
    supplied: Mapping[str, float] = field(default_factory=dict)
    later_discount: float = 0.02


@dataclass(frozen=True)
class Payment:
    """Part of a project's cost that a source pays in a year."""

    no: str
    source: str
    year: int
    yuan: int


@dataclass(frozen=True)
class Progress:
    """How far a search is; whoever is told answers True to go on and False to stop.

    Attributes
    ----------
    seconds : since the search began.
    objective, bound, gap : of the best choice so far, as in `Choice`; None as long as there is none.
    step, steps : part of a longer work (points of a curve); 1 of 1 for a single search.
    """

    seconds: float
    objective: float | None
    bound: float | None
    gap: float | None
    step: int = 1
    steps: int = 1


class Outcome(StrEnum):
    """How a search ended."""

    OPTIMAL = "optimal"
    """Within the gap asked for."""
    STOPPED = "stopped"
    """Out of time or stopped by the user: the best so far, with its gap."""
    INFEASIBLE = "infeasible"


@dataclass(frozen=True)
class Choice:
    """The answer.

    Attributes
    ----------
    years : year in which each chosen candidate is built, by number.
    people : people (needs of people) served by it, the aim before discounts; `people_by_need` by need. With
        `Aim.VILLAGES` the people living in villages that it brings over the target (not those there already).
    cost_yuan : of all chosen candidates; `payments` add up to it to the yuan.
    objective, bound : the aim after discounts, and what no choice can exceed.
    gap : how much better the best choice could be at most, as a share of `bound`.
    in_the_way : ids of a smallest set of rules (``budget`` for the money) that cannot be kept together, when
        infeasible.
    """

    outcome: Outcome
    years: Mapping[str, int]
    payments: tuple[Payment, ...]
    people: float
    people_by_need: Mapping[str, float]
    cost_yuan: int
    objective: float
    bound: float
    gap: float
    seconds: float
    in_the_way: tuple[str, ...] = ()
