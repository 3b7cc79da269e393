"""The optimiser's values in words: rules, sizes, money, how good an answer is."""

from collections.abc import Mapping

import sqlalchemy as sa

from analysis.proposals.model import Candidate
from analysis.selection.model import Choice, Measure, Outcome, Rule, RuleKind
from i18n import Lang, tr
from layers import AdminLevel
from layers.codes import CandidateKind, FundSource, Need
from maps.state import Bounds
from pages import formats
from pages.candidate_words import money
from pipelines.planning.choose import Ask, Plan
from store import places
from store.dossier import unit_list

Names = Mapping[str, str]
"""Names of places by the leading digits of their code: counties, townships and villages."""
_NAMED, _PLACES_NAMED = 4, 3
_NO_GAP = 1e-6
"""Less than one person in a million is what the solver takes for nothing."""


def names_under(connection: sa.Connection, counties: tuple[str, ...]) -> dict[str, str]:
    """Names of counties, their townships and villages; townships and villages with what lies above them."""
    named: dict[str, str] = {}
    for county in counties:
        for row in unit_list(connection, AdminLevel.VILLAGE, county).itertuples():
            named[row.admin_code[:6]] = row.county_name
            named[row.admin_code[:9]] = row.county_name + row.township_name
            named[row.admin_code] = f"{row.county_name}{row.township_name}{row.name}"
    return named


def bounds_of(connection: sa.Connection, counties: tuple[str, ...]) -> Bounds:
    """West, south, east, north of the counties together, degrees."""
    each = [places.place(connection, county.ljust(12, "0")).bounds for county in counties]
    west, south, east, north = zip(*each, strict=True)
    return min(west), min(south), max(east), max(north)


def kind_words(kind: str, lang: Lang) -> str:
    """A kind of candidate in words."""
    return CandidateKind.of(kind).text.get(lang)


def source_words(source: str, lang: Lang) -> str:
    """A source of funds in words."""
    return FundSource.of(source).text.get(lang)


def need_words(need: str, lang: Lang) -> str:
    """A need in words."""
    return Need.of(need).text.get(lang)


def title(one: Candidate, names: Names, lang: Lang) -> str:
    """A candidate as lists to pick from name it."""
    where = names.get(one.admin_code, one.admin_code)
    return tr(
        "selection.candidate_title",
        lang,
        name=one.name,
        place=where,
        people=formats.number(one.people),
        money=money(one.cost_yuan, lang),
    )


def kinds_words(kinds: tuple[str, ...], lang: Lang) -> str:
    """Kinds in one phrase; all kinds where none is named."""
    if not kinds:
        return tr("selection.all_kinds", lang)
    return formats.joined((kind_words(kind, lang) for kind in kinds), lang)


def rule_words(rule: Rule, names: Names, by_no: Mapping[str, Candidate], lang: Lang) -> str:
    """A rule as a sentence."""
    where = names.get(rule.prefix, rule.prefix) or tr("selection.everywhere", lang)
    if rule.kind is RuleKind.FAIR:
        return tr("selection.rule.fair", lang, place=where, share=f"{rule.amount:.0%}")
    if rule.kind is RuleKind.NO_RELOCATION:
        return tr("selection.rule.no_relocation", lang)
    if rule.kind in (RuleKind.AT_LEAST, RuleKind.AT_MOST):
        yuan = rule.measure is Measure.YUAN
        amount = (
            money(rule.amount, lang) if yuan else tr("selection.projects", lang, number=f"{rule.amount:,.0f}")
        )
        kinds = kinds_words(rule.kinds, lang)
        return tr(f"selection.rule.{rule.kind}", lang, place=where, amount=amount, kinds=kinds)
    named = [by_no[no].name if no in by_no else no for no in rule.options]
    if rule.kind is RuleKind.TOGETHER:
        return tr("selection.rule.together", lang, first=named[0], others=_some(named[1:], lang))
    return tr(f"selection.rule.{rule.kind}", lang, names=_some(named, lang))


def _some(named: list[str], lang: Lang) -> str:
    """The first names, and how many more there are."""
    shown = formats.joined((tr("selection.quoted", lang, name=name) for name in named[:_NAMED]), lang)
    more = len(named) - _NAMED
    return shown if more <= 0 else tr("selection.and_more", lang, names=shown, number=len(named))


def gap_words(choice: Choice, lang: Lang) -> str:
    """How far the answer may be from the best possible, as a sentence."""
    if choice.gap < _NO_GAP:
        return tr("selection.gap_none", lang)
    share = f"{choice.gap:.3%}" if choice.gap < 0.001 else f"{choice.gap:.2%}"
    key = "selection.gap_stopped" if choice.outcome is Outcome.STOPPED else "selection.gap"
    return tr(key, lang, share=share)


def sources_in_words(plan: Plan, lang: Lang) -> dict[str, str]:
    """Who pays for each chosen candidate."""
    return {
        no: formats.joined((source_words(source, lang) for source in sources), lang)
        for no, sources in plan.sources_of().items()
    }


def asked_words(ask: Ask, names: Names, lang: Lang) -> str:
    """The question in one line: places, needs, money, number of rules."""
    where = (
        formats.joined((names.get(county, county) for county in ask.counties), lang)
        if len(ask.counties) <= _PLACES_NAMED
        else tr("selection.asked.counties", lang, number=len(ask.counties))
    )
    return tr(
        "selection.asked.line",
        lang,
        place=where,
        needs=formats.joined((need_words(need, lang) for need in ask.needs), lang),
        money=money(ask.budget_yuan, lang),
        years=f"{ask.years[0]}–{ask.years[-1]}",
        number=len(ask.rules),
    )
