"""From a planner's question to a plan: candidates read, a problem put together, solved, kept with its candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from analysis.proposals.model import Candidate
from analysis.selection.model import Aim, Budget, Choice, Measure, Rule, RuleKind
from layers.codes import FundSource

USUAL_YEARS = 3
USUAL_SHARE = 0.3
"""Of what all candidates cost, as a budget to begin with."""
_USUAL_SOURCES: dict[FundSource, float] = {
    FundSource.CENTRAL: 0.3,
    FundSource.PROVINCIAL: 0.3,
    FundSource.CITY: 0.15,
    FundSource.COUNTY: 0.2,
    FundSource.OTHER: 0.05,
}
_ROUND_YUAN = 10_000
NO_RELOCATION = Rule("no_relocation", RuleKind.NO_RELOCATION)
FAIR_ID = "fair"


@dataclass(frozen=True)
class Ask:
    """What a planner asks, as it is saved with a scenario.

    Attributes
    ----------
    counties : six-digit codes; `needs` codes of `layers.codes.Need`.
    gap, seconds : when the search may end: within this share of the best possible, or out of time.
    """

    counties: tuple[str, ...]
    needs: tuple[str, ...]
    budgets: tuple[Budget, ...]
    rules: tuple[Rule, ...] = (NO_RELOCATION,)
    aim: Aim = Aim.PEOPLE
    village_target: float = 0.95
    gap: float = 0.01
    seconds: float = 60.0

    @property
    def budget_yuan(self) -> int:
        """All the money."""
        return sum(budget.yuan for budget in self.budgets)

    @property
    def years(self) -> tuple[int, ...]:
        """Years with a budget line."""
        return tuple(sorted({budget.year for budget in self.budgets}))

    @property
    def admin_code(self) -> str:
        """12-digit code of the county asked about; of the city where there are several."""
        return (self.counties[0] if len(self.counties) == 1 else self.counties[0][:4]).ljust(12, "0")

    def form(self) -> dict[str, Any]:
        """Plain values for storage; `of` reads them."""
        return asdict(self)

    @classmethod
    def of(cls, form: Mapping[str, Any]) -> "Ask":
        """The question that `form` wrote down."""
        return cls(
            counties=tuple(form["counties"]),
            needs=tuple(form["needs"]),
            budgets=tuple(
                Budget(b["source"], int(b["year"]), int(b["yuan"]), tuple(b["kinds"]))
                for b in form["budgets"]
            ),
            rules=tuple(
                Rule(
                    id=r["id"],
                    kind=RuleKind(r["kind"]),
                    prefix=r["prefix"],
                    amount=float(r["amount"]),
                    measure=Measure(r["measure"]),
                    options=tuple(r["options"]),
                    kinds=tuple(r["kinds"]),
                )
                for r in form["rules"]
            ),
            aim=Aim(form["aim"]),
            village_target=float(form["village_target"]),
            gap=float(form["gap"]),
            seconds=float(form["seconds"]),
        )

    def without_rule(self, rule_id: str) -> "Ask":
        """The question less one rule."""
        return replace(self, rules=tuple(rule for rule in self.rules if rule.id != rule_id))


@dataclass(frozen=True)
class Plan:
    """A question with its answer and the candidates that were chosen from."""

    ask: Ask
    candidates: tuple[Candidate, ...]
    choice: Choice

    @property
    def by_no(self) -> dict[str, Candidate]:
        """Candidates by number."""
        return {one.no: one for one in self.candidates}

    @property
    def chosen(self) -> list[Candidate]:
        """Chosen candidates by year and number."""
        years = self.choice.years
        return sorted((one for one in self.candidates if one.no in years), key=lambda c: (years[c.no], c.no))

    @property
    def others(self) -> list[Candidate]:
        """Candidates that were not chosen, the most people for the money first."""
        left = (one for one in self.candidates if one.no not in self.choice.years)
        return sorted(left, key=lambda c: (-c.people / max(c.cost_yuan, 1), c.no))

    def sources_of(self) -> dict[str, list[str]]:
        """Sources that pay for each chosen candidate, the greatest part first."""
        paid: dict[str, dict[str, int]] = {}
        for payment in self.choice.payments:
            held = paid.setdefault(payment.no, {})
            held[payment.source] = held.get(payment.source, 0) + payment.yuan
        return {no: sorted(held, key=lambda s: (-held[s], s)) for no, held in paid.items()}

    def paid_yuan(self) -> dict[tuple[str, int], int]:
        """Yuan paid by source and year."""
        paid: dict[tuple[str, int], int] = {}
        for payment in self.choice.payments:
            key = (payment.source, payment.year)
            paid[key] = paid.get(key, 0) + payment.yuan
        return paid


def usual_budgets(candidates: Sequence[Candidate], first_year: int) -> tuple[Budget, ...]:
    """A budget to begin with: about 30 per cent of what the candidates cost, over three years and five sources."""
    total = sum(one.cost_yuan for one in candidates if not one.relocation) * USUAL_SHARE
    return tuple(
        Budget(str(source), first_year + at, _rounded(total * share / USUAL_YEARS))
        for source, share in _USUAL_SOURCES.items()
        for at in range(USUAL_YEARS)
    )


def _rounded(yuan: float) -> int:
    """To ten thousands, upwards, so that a small budget is not none."""
    return -(-round(yuan) // _ROUND_YUAN) * _ROUND_YUAN
