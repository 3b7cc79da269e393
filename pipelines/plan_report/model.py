"""What a report of a plan says, in the reader's language already where it is a sentence."""

from dataclasses import dataclass

from i18n import Lang


@dataclass(frozen=True)
class ReportProject:
    """One candidate as a list shows it.

    Attributes
    ----------
    place : county, township and village in words.
    kind, size : in words, with the unit.
    year : year in which it is built; None if it was not chosen.
    sources : who pays, in words.
    people : people (needs of people) that it serves by itself.
    note : why it was not chosen, or what to know of it.
    """

    no: str
    name: str
    place: str
    kind: str
    size: str
    people: float
    cost_yuan: int
    year: int | None = None
    sources: str = ""
    note: str = ""

    @property
    def yuan_per_person(self) -> float | None:
        """Cost for each person served; None if it serves nobody."""
        return self.cost_yuan / self.people if self.people else None


@dataclass(frozen=True)
class ReportPayment:
    """What a source has and pays in a year, whole yuan."""

    source: str
    year: int
    budget_yuan: int
    paid_yuan: int


@dataclass(frozen=True)
class CurvePoint:
    """People served with a budget."""

    budget_yuan: float
    people: float


@dataclass(frozen=True)
class PlanReport:
    """Everything that the exports of a plan say.

    Attributes
    ----------
    title, subtitle : of the plan; place and date.
    notice : that the data are synthetic, if they are.
    asked : budgets and rules in words, the most important first.
    figures : key figures as (label, value).
    gap_words : distance from the best possible, as a sentence.
    made_by : solver, time, versions.
    map_svg : the map as one ``<svg>``.
    curve : the budget-benefit curve, by rising budget; empty if it was not computed.
    budget_yuan : the whole budget, marked on the curve.
    next_million : what more money would buy, as sentences.
    """

    lang: Lang
    title: str
    subtitle: str
    notice: str
    asked: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    gap_words: str
    chosen: tuple[ReportProject, ...]
    others: tuple[ReportProject, ...]
    payments: tuple[ReportPayment, ...]
    rules: tuple[str, ...]
    assumptions: tuple[str, ...]
    sources: tuple[str, ...]
    made_by: tuple[str, ...]
    map_svg: str = ""
    curve: tuple[CurvePoint, ...] = ()
    budget_yuan: int = 0
    next_million: tuple[str, ...] = ()
