"""Why a candidate is in or out, and what would change it, in sentences."""

from collections.abc import Iterable, Mapping

import streamlit as st

from analysis.proposals.model import Candidate
from analysis.selection.explain import Explanation, Reason, explain
from analysis.selection.judge import BUDGET
from i18n import Lang, tr
from pages import formats
from pages.candidate_words import money, size_words
from pages.selection_held import Held
from pages.selection_words import Names, kind_words, rule_words

_SECONDS = 4.0
_NAMED = 5


def show_explanation(held: Held, no: str, names: Names, lang: Lang) -> None:
    """Draw the panel of one candidate: what it is, why it is in or out, what would change it."""
    by_no = held.plan.by_no
    one = by_no[no]
    if no not in held.explained:
        with st.spinner(tr("selection.why.looking", lang)):
            held.explained[no] = explain(held.problem, held.plan.choice, no, seconds=_SECONDS)
    found = held.explained[no]
    with st.container(border=True, key="selection-why"):
        mark = ":green[:material/check_circle:]" if found.chosen else ":gray[:material/do_not_disturb_on:]"
        st.markdown(f"#### {mark} {formats.plain(one.name)}")
        st.caption(formats.plain(_facts(one, names, lang)))
        heading = "selection.why.in" if found.chosen else "selection.why.out"
        st.markdown(f"**{tr(heading, lang, year=found.year)}**")
        _lines(reasons_in_words(held, found, names, lang))
        changes = changes_in_words(found, by_no, lang)
        if changes:
            st.markdown(f"**{tr('selection.why.change', lang)}**")
            _lines(changes)
        if one.assumptions:
            st.caption(tr("selection.why.assumed", lang))


def _lines(sentences: Iterable[str]) -> None:
    st.markdown("\n".join(f"- {formats.plain(sentence)}" for sentence in sentences))


def _facts(one: Candidate, names: Names, lang: Lang) -> str:
    return tr(
        "selection.why.facts",
        lang,
        kind=kind_words(str(one.kind), lang),
        place=names.get(one.admin_code, one.admin_code),
        size=size_words(one, lang),
        money=money(one.cost_yuan, lang),
        people=formats.number(one.people),
        no=one.no,
    )


def reasons_in_words(held: Held, found: Explanation, names: Names, lang: Lang) -> list[str]:
    """One sentence for each reason."""
    by_no = held.plan.by_no
    rules = {rule.id: rule_words(rule, names, by_no, lang) for rule in held.problem.rules}
    rules[BUDGET] = tr("selection.way.budget", lang)
    told = {
        "rules": formats.joined(
            (tr("selection.quoted", lang, name=rules.get(rule, rule)) for rule in found.rules), lang
        ),
        "kind": kind_words(str(by_no[found.no].kind), lang),
        "people": formats.number(found.people),
        "alone": formats.number(found.people_alone),
        "rate": "—" if found.people_per_million is None else formats.number(found.people_per_million),
        "less": _less(found, lang),
        "dependents": named(found.dependents, by_no, lang),
        "served_by": named(found.served_by, by_no, lang),
        "dropped": named(found.dropped, by_no, lang),
    }
    side = "in" if found.chosen else "out"
    sentences = []
    for reason in found.reasons:
        key = str(reason)
        if reason in (Reason.IMPOSSIBLE, Reason.AS_GOOD):
            key = f"{reason}_{side}"
        if reason is Reason.MONEY and Reason.SERVED in found.reasons:
            continue
        sentences.append(tr(f"selection.reason.{key}", lang, **told))
    return sentences


def changes_in_words(found: Explanation, by_no: Mapping[str, Candidate], lang: Lang) -> list[str]:
    """What would turn the candidate around, and what would come of it."""
    sentences = []
    if found.firsts and not found.chosen:
        sentences.append(tr("selection.change.firsts", lang, names=named(found.firsts, by_no, lang)))
    sentences += _price(found, lang)
    if found.possible:
        side = "out" if found.chosen else "in"
        sentences.append(
            tr(
                f"selection.change.turned_{side}",
                lang,
                change=_change(found, lang),
                effects=_effects(found, by_no, lang),
            )
        )
    return sentences


def _price(found: Explanation, lang: Lang) -> list[str]:
    """At which price the candidate would change sides; between two prices where that was not settled in time."""
    if found.breakeven_range_yuan is None:
        return []
    least, most = found.breakeven_range_yuan
    if not found.chosen and most >= found.cost_yuan:
        return []
    side = "in" if found.chosen else "out"
    told = {"now": money(found.cost_yuan, lang)}
    if found.breakeven_yuan is not None:
        return [tr(f"selection.change.price_{side}", lang, money=money(found.breakeven_yuan, lang), **told)]
    between = {"least": money(least, lang), "most": money(most, lang)}
    return [tr(f"selection.change.price_between_{side}", lang, **between, **told)]


def _less(found: Explanation, lang: Lang) -> str:
    if found.settled:
        return formats.number(abs(found.people_change))
    least = formats.number(max(-found.objective_change_most, 0.0))
    return tr("selection.between", lang, least=least, most=formats.number(-found.objective_change))


def _change(found: Explanation, lang: Lang) -> str:
    if found.settled:
        return _signed(found.people_change)
    most = _signed(found.objective_change_most)
    return tr("selection.between", lang, least=_signed(found.objective_change), most=most)


def _signed(people: float) -> str:
    if abs(people) < 0.5:
        return "0"
    return ("+" if people > 0 else "−") + formats.number(abs(people))


def _effects(found: Explanation, by_no: Mapping[str, Candidate], lang: Lang) -> str:
    parts = []
    if found.added:
        parts.append(tr("selection.change.added", lang, names=named(found.added, by_no, lang)))
    if found.dropped:
        parts.append(tr("selection.change.dropped", lang, names=named(found.dropped, by_no, lang)))
    return "".join(parts) or tr("selection.change.alone", lang)


def named(numbers: Iterable[str], by_no: Mapping[str, Candidate], lang: Lang) -> str:
    """Names of candidates, the first few of them."""
    numbers = list(numbers)
    shown = formats.joined(
        (tr("selection.quoted", lang, name=by_no[no].name if no in by_no else no) for no in numbers[:_NAMED]),
        lang,
    )
    if len(numbers) <= _NAMED:
        return shown
    return tr("selection.and_more", lang, names=shown, number=len(numbers))
