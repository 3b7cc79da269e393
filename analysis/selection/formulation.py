"""The question as a mixed-integer programme; see docs/selection.md for the formulae.

Money is counted in units of 10,000 yuan and worth is scaled so that everybody together is worth a million, which
keeps the solver's absolute tolerances (1e-6) far below a yuan and a person.
"""

from analysis.selection.case import SLACK, Case
from analysis.selection.model import Aim, Measure, Rule, RuleKind
from analysis.selection.program import Program, Terms

YUAN = 1e-4
"""One yuan in the unit of the rows of money."""
EVERYBODY = 1e6
"""What serving everybody at once is worth in the unit of the solver."""
THRIFT = 1.0
"""What spending the whole budget costs in that unit: a millionth of everybody, so that of two equal choices the
cheaper is taken, and a hundredth of a per cent is still resolved a hundred times."""


class Formulation:
    """The programme of a case.

    Parameters
    ----------
    feasible_only : leave the aim out; any choice that keeps the rules will do.
    free : an option whose cost is not given but made as large as possible, with `floor` as the least objective;
        it is built then.
    thrift : what spending the whole budget costs, in the unit of the solver.
    """

    def __init__(
        self,
        case: Case,
        *,
        feasible_only: bool = False,
        free: int | None = None,
        floor: float = 0.0,
        thrift: float = THRIFT,
    ) -> None:
        self.case = case
        self.program = Program()
        self.free = free
        self.scale = EVERYBODY / case.everyone if case.everyone > 0 else 1.0
        budget = sum(pot.yuan for pot in case.budgets)
        self.most_thrift = thrift if budget else 0.0
        self.thrift = thrift / (budget * YUAN) if budget else 0.0
        # Without a discount it does not matter when somebody is served.
        self.stages = (
            [list(range(len(case.years)))]
            if case.problem.later_discount == 0
            else [[year] for year in range(len(case.years))]
        )
        self._build_options()
        self._serve()
        self.money_rows: list[int] = []
        self._money()
        self._order()
        for rule in case.rules:
            self._rule(rule)
        if not feasible_only:
            self._aim(floor)

    def _build_options(self) -> None:
        case, program = self.case, self.program
        self.build: list[list[int]] = []
        self.price: list[int] = []
        for at, option in enumerate(case.options):
            columns = []
            for year in range(len(case.years)):
                open_ = at not in case.barred and (at == self.free or case.allowed[at][year])
                columns.append(program.column(upper=float(open_), integer=True))
            self.build.append(columns)
            once = 1.0 if at == self.free else 0.0
            program.row([(column, 1.0) for column in columns], least=once, most=1.0)
            if at == self.free:
                most = max(sum(pot.yuan for pot in case.budgets), option.cost_yuan) * YUAN
                self.price = [program.column(upper=most) for _ in columns]
                for column, price in zip(columns, self.price, strict=True):
                    program.row([(price, 1.0), (column, -most)], most=0.0)

    def _cost(self, option: int, year: int) -> tuple[int, float]:
        """The term of an option's cost in a year, in 10,000 yuan."""
        if option == self.free:
            return self.price[year], 1.0
        return self.build[option][year], self.case.options[option].cost_yuan * YUAN

    def _serve(self) -> None:
        """For each group and stage, the expression that says whether it is served then for the first time.

        A group that one option serves is served when the option is built; others get a variable of their own, which
        need not be whole: at whole options its greatest value is.
        """
        self.served: list[list[Terms]] = []
        for group in self.case.groups:
            built = [
                [(self.build[option][year], 1.0) for option in group.options for year in stage]
                for stage in self.stages
            ]
            if len(group.options) == 1:
                self.served.append(built)
                continue
            columns = [self.program.column() for _ in self.stages]
            for column, terms in zip(columns, built, strict=True):
                self.program.row([(column, 1.0), *((x, -1.0) for x, _ in terms)], most=0.0)
            if len(columns) > 1:
                self.program.row([(column, 1.0) for column in columns], most=1.0)
            self.served.append([[(column, 1.0)] for column in columns])

    def _money(self) -> None:
        case = self.case
        for row in case.money:
            year = case.year_at[row.year]
            terms = [
                self._cost(at, year) for at, option in enumerate(case.options) if option.kind in row.kinds
            ]
            self.money_rows.append(self.program.row(terms, most=row.yuan * YUAN))

    def _order(self) -> None:
        """An option is built by a year only if what it waits for is built by then."""
        for at, firsts in enumerate(self.case.firsts):
            for first in firsts:
                for year in range(len(self.case.years)):
                    terms = [(column, 1.0) for column in self.build[at][: year + 1]]
                    terms += [(column, -1.0) for column in self.build[first][: year + 1]]
                    self.program.row(terms, most=0.0)

    def _rule(self, rule: Rule) -> None:
        case = self.case
        named = sorted({case.position[no] for no in rule.options})
        match rule.kind:
            case RuleKind.AT_LEAST | RuleKind.AT_MOST:
                unit = YUAN if rule.measure is Measure.YUAN else 1.0
                terms: Terms = []
                for at in case.under(rule):
                    for year, column in enumerate(self.build[at]):
                        terms.append(self._cost(at, year) if rule.measure is Measure.YUAN else (column, 1.0))
                if rule.kind is RuleKind.AT_LEAST:
                    self.program.row(terms, least=rule.amount * unit)
                else:
                    self.program.row(terms, most=rule.amount * unit)
            case RuleKind.EXCLUSIVE:
                self.program.row([(x, 1.0) for at in named for x in self.build[at]], most=1.0)
            case RuleKind.MUST:
                for at in named:
                    self.program.row([(x, 1.0) for x in self.build[at]], least=1.0)
            case RuleKind.FAIR:
                for place in case.townships(rule):
                    everyone = place.people
                    fair = [
                        (x, value * people / everyone)
                        for group, people in place.parts.items()
                        for stage in self.served[group]
                        for x, value in stage
                    ]
                    self.program.row(fair, least=rule.amount - SLACK / everyone)
            case RuleKind.TOGETHER | RuleKind.NEVER | RuleKind.NO_RELOCATION:
                pass  # order and bounds of the options hold these already

    def _aim(self, floor: float) -> None:
        terms = self._village_terms() if self.case.problem.aim is Aim.VILLAGES else self._people_terms()
        if self.free is not None:
            self.program.row([(x, value * self.scale) for x, value in terms], least=floor * self.scale)
            for price in self.price:
                self.program.reward(price, 1.0)
            return
        for column, value in terms:
            self.program.reward(column, value * self.scale)
        for at, option in enumerate(self.case.options):
            for column in self.build[at]:
                self.program.reward(column, -option.cost_yuan * YUAN * self.thrift)

    def _stage_weight(self, stage: int) -> float:
        return self.case.weights[self.stages[stage][0]]

    def _people_terms(self) -> Terms:
        return [
            (x, value * group.people * self._stage_weight(stage))
            for group, stages in zip(self.case.groups, self.served, strict=True)
            for stage, expression in enumerate(stages)
            for x, value in expression
        ]

    def _village_terms(self) -> Terms:
        terms: Terms = []
        for village in self.case.villages:
            columns = [self.program.column(integer=True) for _ in self.stages]
            self.program.row([(column, 1.0) for column in columns], most=1.0)
            spare = sum(village.parts.values()) - village.short + SLACK
            vital = [group for group, people in village.parts.items() if people > spare + SLACK]
            for stage, column in enumerate(columns):
                gained = [
                    (x, value * min(people / village.short, 1.0))
                    for group, people in village.parts.items()
                    for expression in self.served[group][: stage + 1]
                    for x, value in expression
                ]
                reached = [(earlier, -1.0) for earlier in columns[: stage + 1]]
                self.program.row([*gained, *reached], least=-SLACK / village.short)
                terms.append((column, village.people * self._stage_weight(stage)))
                # Without any one of these the target is missed, so each alone bounds the village: a tighter relaxation.
                for group in vital:
                    alone = [term for expression in self.served[group][: stage + 1] for term in expression]
                    self.program.row([*alone, *reached], least=0.0)
        return terms

    def built(self, values: "list[float]") -> dict[int, int]:
        """Read a choice, by positions, from the values of the columns."""
        return {
            option: year
            for option, columns in enumerate(self.build)
            for year, column in enumerate(columns)
            if values[column] > 0.5
        }

    def value(self, objective: float, cost_yuan: int) -> float:
        """Translate an objective into the unit of the solver."""
        return objective * self.scale - cost_yuan * YUAN * self.thrift

    def bound(self, bound: float) -> float:
        """Translate a bound of the solver into one on the objective, from which thrift may have taken something off."""
        return (bound + self.most_thrift) / self.scale
