"""The question in numbers: options, years and demands in a fixed order, with equal demands taken together.

Everything is sorted by its number first, so that the order in which options, demands, budgets or rules were given
changes nothing in the answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from analysis.selection.model import Aim, Budget, Measure, Option, Problem, Rule, RuleKind
from analysis.selection.money import MoneyRow, money_rows

TOWNSHIP_DIGITS = 9


@dataclass
class Group:
    """Demands that the same options serve: whoever serves one of them serves all, so they are one to the solver."""

    options: tuple[int, ...]
    people: float = 0.0
    by_need: dict[str, float] = field(default_factory=dict)


@dataclass
class Place:
    """Some of the demands: `parts` are (group, people) of those that can be served, `people` are all."""

    code: str
    people: float = 0.0
    parts: dict[int, float] = field(default_factory=dict)


@dataclass
class VillageAim:
    """A need of a village for `Aim.VILLAGES`: when `short` more people are served, all of its `people` count."""

    need: str
    people: float
    short: float
    parts: dict[int, float]


class Case:
    """A problem indexed for the solver; options, years and groups are known by their position.

    Attributes
    ----------
    weights : worth of a person served in each year.
    firsts : positions of the options that must be built no later than each option (`needs_first` and `TOGETHER`).
    closures : each option with all that it waits for, directly or not.
    barred : options that may not be chosen.
    allowed : for each option, for each year, whether the money of that year could pay it at all.
    """

    def __init__(self, problem: Problem, *, with_budget: bool = True) -> None:
        self.problem = problem
        self.with_budget = with_budget
        self.options: list[Option] = sorted(problem.options, key=lambda option: option.no)
        self.position = {option.no: at for at, option in enumerate(self.options)}
        self.by_no = {option.no: option for option in self.options}
        self.budgets: list[Budget] = sorted(
            problem.budgets, key=lambda b: (b.year, b.source, b.kinds, b.yuan)
        )
        self.rules: list[Rule] = sorted(problem.rules, key=lambda rule: rule.id)
        self.years = sorted({budget.year for budget in self.budgets})
        self.year_at = {year: at for at, year in enumerate(self.years)}
        self.weights = [(1 - problem.later_discount) ** (year - self.years[0]) for year in self.years]
        self.money: tuple[MoneyRow, ...] = (
            money_rows({option.kind for option in self.options}, self.budgets) if with_budget else ()
        )
        self._townships: dict[Rule, list[Place]] = {}
        self._index_demands()
        self._index_order()
        self._index_money()

    def _index_demands(self) -> None:
        servers: dict[str, list[int]] = {}
        for at, option in enumerate(self.options):
            for key in sorted(set(option.demands)):
                servers.setdefault(key, []).append(at)
        self.demands = sorted(self.problem.demands, key=lambda demand: demand.key)
        self.groups: list[Group] = []
        self.group_of: dict[str, int] = {}
        known: dict[tuple[int, ...], int] = {}
        for demand in self.demands:
            if demand.key not in servers:
                continue
            options = tuple(servers[demand.key])
            at = known.setdefault(options, len(self.groups))
            if at == len(self.groups):
                self.groups.append(Group(options))
            group = self.groups[at]
            group.people += demand.people
            group.by_need[demand.need] = group.by_need.get(demand.need, 0.0) + demand.people
            self.group_of[demand.key] = at
        self.groups_of: list[list[int]] = [[] for _ in self.options]
        for at, group in enumerate(self.groups):
            for server in group.options:
                self.groups_of[server].append(at)
        self.villages = self._village_aims() if self.problem.aim is Aim.VILLAGES else []
        self.villages_of: dict[int, list[int]] = {}
        for number, village in enumerate(self.villages):
            for part in village.parts:
                self.villages_of.setdefault(part, []).append(number)

    def _village_aims(self) -> list[VillageAim]:
        """Villages below the target that the options together could bring over it."""
        places: dict[tuple[str, str], Place] = {}
        for demand in self.demands:
            place = places.setdefault((demand.need, demand.admin_code), Place(demand.admin_code))
            place.people += demand.people
            if demand.key in self.group_of:
                at = self.group_of[demand.key]
                place.parts[at] = place.parts.get(at, 0.0) + demand.people
        aims = []
        for (need, code), place in sorted(places.items()):
            supplied = self.problem.supplied.get(f"{need}:{code}", 0.0)
            everyone = place.people + supplied
            short = self.problem.village_target * everyone - supplied
            if short > SLACK and sum(place.parts.values()) >= short - SLACK:
                aims.append(VillageAim(need, everyone, short, place.parts))
        return aims

    def _index_order(self) -> None:
        firsts: list[set[int]] = [{self.position[no] for no in option.needs_first} for option in self.options]
        barred: set[int] = set()
        for rule in self.rules:
            named = [self.position[no] for no in rule.options]
            if rule.kind is RuleKind.TOGETHER:
                firsts[named[0]].update(named[1:])
            elif rule.kind is RuleKind.NEVER:
                barred.update(named)
            elif rule.kind is RuleKind.NO_RELOCATION:
                barred.update(at for at in self.under(rule) if self.options[at].relocation)
        for at, own in enumerate(firsts):
            own.discard(at)
        self.firsts = [sorted(own) for own in firsts]
        self.barred = barred
        self.closures = [self._closure(at) for at in range(len(self.options))]

    def _closure(self, at: int) -> tuple[int, ...]:
        found, open_ = {at}, [at]
        while open_:
            for first in self.firsts[open_.pop()]:
                if first not in found:
                    found.add(first)
                    open_.append(first)
        return tuple(sorted(found))

    def _index_money(self) -> None:
        self.rows_of: dict[tuple[str, int], list[int]] = {}
        for number, row in enumerate(self.money):
            for kind in row.kinds:
                self.rows_of.setdefault((kind, self.year_at[row.year]), []).append(number)
        self.allowed = [
            [
                all(
                    option.cost_yuan <= self.money[row].yuan
                    for row in self.rows_of.get((option.kind, year), ())
                )
                for year in range(len(self.years))
            ]
            for option in self.options
        ]

    def under(self, rule: Rule) -> list[int]:
        """Positions of the options that a rule with a prefix and kinds speaks of."""
        return [
            at
            for at, option in enumerate(self.options)
            if option.admin_code.startswith(rule.prefix) and (not rule.kinds or option.kind in rule.kinds)
        ]

    def amount_of(self, rule: Rule, option: int) -> int:
        """What an option adds to the sum of an `AT_LEAST` or `AT_MOST` rule."""
        return self.options[option].cost_yuan if rule.measure is Measure.YUAN else 1

    def townships(self, rule: Rule) -> list[Place]:
        """Townships with a demand that a `FAIR` rule speaks of.

        A rule with kinds speaks of the demands that an option of these kinds serves, whoever serves them in the end.
        """
        if rule not in self._townships:
            self._townships[rule] = self._find_townships(rule)
        return self._townships[rule]

    def _find_townships(self, rule: Rule) -> list[Place]:
        places: dict[str, Place] = {}
        for demand in self.demands:
            at = self.group_of.get(demand.key)
            if not demand.admin_code.startswith(rule.prefix) or (rule.kinds and not self._by_kind(at, rule)):
                continue
            code = demand.admin_code[:TOWNSHIP_DIGITS]
            place = places.setdefault(code, Place(code))
            place.people += demand.people
            if at is not None:
                place.parts[at] = place.parts.get(at, 0.0) + demand.people
        return [place for _, place in sorted(places.items()) if place.people > 0]

    def _by_kind(self, group: int | None, rule: Rule) -> bool:
        return group is not None and any(
            self.options[option].kind in rule.kinds for option in self.groups[group].options
        )

    @property
    def everyone(self) -> float:
        """The aim if everything could be built at once: people that any option serves."""
        if self.problem.aim is Aim.VILLAGES:
            return sum(village.people for village in self.villages)
        return sum(group.people for group in self.groups)

    @property
    def least(self) -> float:
        """What serving anybody at all is worth at least: no aim lies between nought and this."""
        parts = self.villages if self.problem.aim is Aim.VILLAGES else self.groups
        return min((part.people for part in parts if part.people > 0), default=0.0) * min(self.weights)

    def numbers(self, options: Iterable[int]) -> tuple[str, ...]:
        """Return the numbers of options at these positions, sorted."""
        return tuple(sorted(self.options[at].no for at in options))


SLACK = 1e-7
"""People: shares of people are compared with this tolerance, for they are sums of fractions."""
