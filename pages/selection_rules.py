"""The rules of a choice: a list in plain words, each of which can be taken away, and a form for one more."""

from collections.abc import Mapping, Sequence

import streamlit as st

from analysis.proposals.model import Candidate
from analysis.selection.model import Measure, Rule, RuleKind
from i18n import Lang, tr
from layers.codes import CandidateKind
from pages import formats
from pages.selection_words import Names, rule_words, title
from pipelines.planning.choose import FAIR_ID, NO_RELOCATION

_RULES, _SERIAL = "selection.rules", "selection.rule_serial"
_FAIR, _RELOCATION = "selection.fair", "selection.no_relocation"
_ADDED = (
    RuleKind.AT_LEAST,
    RuleKind.AT_MOST,
    RuleKind.MUST,
    RuleKind.NEVER,
    RuleKind.TOGETHER,
    RuleKind.EXCLUSIVE,
    RuleKind.FAIR,
)
_LEAST = {RuleKind.MUST: 1, RuleKind.NEVER: 1, RuleKind.EXCLUSIVE: 2, RuleKind.TOGETHER: 1}
_WAN = 10_000


def put_rules(rules: Sequence[Rule]) -> None:
    """Set the controls to saved rules, before they are drawn."""
    fair = next((rule for rule in rules if rule.id == FAIR_ID), None)
    st.session_state[_FAIR] = round(fair.amount * 100) if fair else 0
    st.session_state[_RELOCATION] = any(rule.id == NO_RELOCATION.id for rule in rules)
    st.session_state[_RULES] = [rule for rule in rules if rule.id not in (FAIR_ID, NO_RELOCATION.id)]


def drop_rule(rule_id: str) -> None:
    """Take one rule away; for buttons' callbacks, which run before the controls are drawn."""
    if rule_id == FAIR_ID:
        st.session_state[_FAIR] = 0
    elif rule_id == NO_RELOCATION.id:
        st.session_state[_RELOCATION] = False
    else:
        st.session_state[_RULES] = [rule for rule in st.session_state.get(_RULES, []) if rule.id != rule_id]


def choose_rules(by_no: Mapping[str, Candidate], names: Names, lang: Lang) -> tuple[Rule, ...]:
    """Draw the rules and return them; those about candidates that are gone are said and left out."""
    rules: list[Rule] = []
    st.session_state.setdefault(_RELOCATION, True)
    st.session_state.setdefault(_FAIR, 0)
    if st.toggle(
        tr("selection.rules.no_relocation", lang),
        help=tr("selection.rules.no_relocation_help", lang),
        key=_RELOCATION,
    ):
        rules.append(NO_RELOCATION)
    fair = st.slider(
        tr("selection.rules.fair", lang),
        0,
        80,
        step=5,
        format="%d%%",
        help=tr("selection.rules.fair_help", lang),
        key=_FAIR,
    )
    if fair:
        rules.append(Rule(FAIR_ID, RuleKind.FAIR, amount=fair / 100))
    held: list[Rule] = st.session_state.setdefault(_RULES, [])
    for rule in held:
        words, button = st.columns([0.9, 0.1], vertical_alignment="center")
        known = all(no in by_no for no in rule.options)
        with words:
            said = formats.plain(rule_words(rule, names, by_no, lang))
            st.markdown(said if known else tr("selection.rules.gone", lang, rule=said))
        with button:
            st.button(
                ":material/close:",
                help=tr("selection.rules.remove", lang),
                type="tertiary",
                key=f"selection.drop.{rule.id}",
                on_click=drop_rule,
                args=(rule.id,),
            )
        if known:
            rules.append(rule)
    with st.popover(tr("selection.rules.add", lang), icon=":material/add:", key="selection.rules.more"):
        _add(by_no, names, lang)
    return tuple(rules)


def _add(by_no: Mapping[str, Candidate], names: Names, lang: Lang) -> None:
    serial = st.session_state.get(_SERIAL, 0)
    key = f"selection.new.{serial}"
    kind = st.selectbox(
        tr("selection.rules.kind", lang),
        _ADDED,
        format_func=lambda kind: tr(f"selection.rule_kind.{kind}", lang),
        key=f"{key}.kind",
    )
    if kind in (RuleKind.AT_LEAST, RuleKind.AT_MOST):
        rule = _amount(kind, key, names, lang)
    elif kind is RuleKind.FAIR:
        share = st.slider(tr("selection.rules.share", lang), 5, 95, 30, 5, format="%d%%", key=f"{key}.share")
        rule = Rule("", kind, prefix=_place(key, names, lang), amount=share / 100)
    else:
        rule = _named(kind, key, by_no, names, lang)
    ready = rule is not None
    if st.button(tr("selection.rules.add_do", lang), type="primary", disabled=not ready, key=f"{key}.do"):
        assert rule is not None  # noqa: S101 - the button is off without
        st.session_state[_RULES] = [*st.session_state.get(_RULES, []), _numbered(rule)]
        st.session_state[_SERIAL] = serial + 1
        st.rerun()


def _numbered(rule: Rule) -> Rule:
    """With a number that no other rule has."""
    known = [held.id for held in st.session_state.get(_RULES, [])]
    number = 1 + max((int(i.removeprefix("r")) for i in known if i.removeprefix("r").isdigit()), default=0)
    return Rule(f"r{number}", rule.kind, rule.prefix, rule.amount, rule.measure, rule.options, rule.kinds)


def _place(key: str, names: Names, lang: Lang) -> str:
    places = ["", *(code for code in sorted(names) if len(code) in (6, 9))]
    return st.selectbox(
        tr("selection.rules.place", lang),
        places,
        format_func=lambda code: names.get(code) or tr("selection.everywhere", lang),
        key=f"{key}.place",
    )


def _amount(kind: RuleKind, key: str, names: Names, lang: Lang) -> Rule:
    prefix = _place(key, names, lang)
    kinds = st.multiselect(
        tr("selection.rules.kinds", lang),
        [str(k) for k in CandidateKind],
        format_func=lambda k: CandidateKind.of(k).text.get(lang),
        placeholder=tr("selection.all_kinds", lang),
        key=f"{key}.kinds",
    )
    measure = st.segmented_control(
        tr("selection.rules.measure", lang),
        list(Measure),
        default=Measure.PROJECTS,
        required=True,
        format_func=lambda m: tr(f"selection.measure.{m}", lang),
        key=f"{key}.measure",
    )
    measure = Measure(measure or Measure.PROJECTS)
    amount = st.number_input(
        tr(f"selection.rules.amount_{measure}", lang),
        min_value=0,
        value=1,
        step=1,
        key=f"{key}.amount.{measure}",
    )
    whole = float(amount) * (_WAN if measure is Measure.YUAN else 1)
    return Rule("", kind, prefix, whole, measure, kinds=tuple(kinds))


def _named(kind: RuleKind, key: str, by_no: Mapping[str, Candidate], names: Names, lang: Lang) -> Rule | None:
    first: str | None = None
    if kind is RuleKind.TOGETHER:
        first = st.selectbox(
            tr("selection.rules.first", lang),
            list(by_no),
            index=None,
            format_func=lambda no: title(by_no[no], names, lang),
            placeholder=tr("selection.rules.search", lang),
            key=f"{key}.first",
        )
    chosen = st.multiselect(
        tr(f"selection.rules.named_{kind}", lang),
        [no for no in by_no if no != first],
        format_func=lambda no: title(by_no[no], names, lang),
        placeholder=tr("selection.rules.search", lang),
        key=f"{key}.named",
    )
    if len(chosen) < _LEAST[kind] or (kind is RuleKind.TOGETHER and first is None):
        return None
    return Rule("", kind, options=(*([first] if first else ()), *chosen))
