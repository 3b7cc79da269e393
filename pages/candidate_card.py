"""The card of one candidate: what it costs and why, who gains, what it rests on, and what can be done with it."""

from collections.abc import Mapping, Sequence

import streamlit as st

from access import Action, OwnTable
from analysis.proposals.redrawn import REACH_M, repriced
from analysis.proposals.words import assumption_sentences
from i18n import Lang, tr
from pages import formats
from pages.candidate_drawing import start_changing
from pages.candidate_words import cost_table, money, origin_words, served_table, size_words, yuan_per_person
from pages.shell import person
from store.engine import changing, reading
from store.errors import RecordChanged
from store.planning.candidates import CandidateState, StoredCandidate, candidates, change, set_state
from store.planning.people import settlement_names, village_names

_DONE = "candidates.done"


def card(stored: StoredCandidate, costs: Mapping[str, float], current: Lang) -> None:
    """Show a candidate, with buttons for whoever plans for its village."""
    made = stored.candidate
    with st.container(border=True, key="candidate-card"):
        st.markdown(f"##### {formats.plain(made.name)}")
        per_person = yuan_per_person(made)
        figures = [
            (tr("planning.cost", current), money(made.cost_yuan, current)),
            (tr("planning.column_people", current), formats.number(made.people)),
            (
                tr("planning.column_per_person", current),
                "—" if per_person is None else formats.number(per_person),
            ),
            (tr("planning.column_size", current), size_words(made, current)),
        ]
        st.markdown(" · ".join(f"{formats.plain(name)} **{formats.plain(said)}**" for name, said in figures))
        if made.relocation:
            st.warning(tr("planning.relocation", current), icon=":material/moving:")
        _buttons(stored, costs, current)
        _parts(stored, current)
        by = tr(
            "planning.provenance",
            current,
            no=stored.no,
            origin=origin_words(stored.origin, current),
            by=stored.changed_by,
            at=formats.moment(stored.changed_at, current),
            version=stored.version,
        )
        st.caption(formats.plain(by))


def _parts(stored: StoredCandidate, current: Lang) -> None:
    made = stored.candidate
    with reading() as connection:
        settlements = settlement_names(connection, [one.settlement_no for one in made.served])
        villages = village_names(connection, sorted({one.admin_code for one in made.served}))
        first = [one for one in candidates(connection, needs=[made.kind.need]) if one.no in made.needs_first]
    cost, gain, rests = st.tabs(
        [
            tr("planning.tab_cost", current),
            tr("planning.tab_served", current, number=len(made.served)),
            tr("planning.tab_assumptions", current),
        ]
    )
    with cost:
        st.table(cost_table(made, stored.prices, current), hide_index=True, border="horizontal")
        st.caption(tr("planning.cost_note", current))
    with gain:
        if made.served:
            st.dataframe(
                served_table(made, settlements, villages, current), hide_index=True, height="content"
            )
        else:
            st.info(tr("planning.nobody_gains", current), icon=":material/person_off:")
    with rests:
        lines = [*assumption_sentences(made.assumptions, current)]
        st.markdown("\n".join(f"- {formats.plain(line)}" for line in lines) or "—")
    if made.needs_first:
        known = {one.no: one.candidate.name for one in first}
        named = formats.joined((known.get(no, no) for no in made.needs_first), current)
        st.markdown(
            f":material/account_tree: {formats.plain(tr('planning.needs_first', current, names=named))}"
        )


def _buttons(stored: StoredCandidate, costs: Mapping[str, float], current: Lang) -> None:
    if not person().may(OwnTable.PLANS, Action.WRITE, stored.candidate.admin_code):
        return
    with st.container(horizontal=True):
        if stored.candidate.kind in REACH_M and st.button(
            tr("planning.change", current), icon=":material/edit_location_alt:", key="candidates.change"
        ):
            start_changing(stored)
            st.rerun()
        if stored.is_priced_otherwise(costs) and st.button(
            tr("planning.reprice", current), icon=":material/price_change:", key="candidates.reprice"
        ):
            _do(stored, "repriced", costs, current)
        if st.button(tr("planning.withdraw", current), icon=":material/delete:", key="candidates.withdraw"):
            _do(stored, "withdrawn", costs, current)


def reopening(gone: Sequence[StoredCandidate], current: Lang) -> None:
    """Candidates that were withdrawn, and the way back for whoever plans there."""
    if not gone:
        return
    with st.expander(tr("planning.gone", current, number=len(gone)), icon=":material/delete:"):
        by_no = {one.no: one for one in gone}
        chosen = st.selectbox(
            tr("planning.column_name", current),
            list(by_no),
            index=None,
            format_func=lambda no: tr(
                "planning.gone_words",
                current,
                name=by_no[no].candidate.name,
                by=by_no[no].changed_by,
                at=formats.moment(by_no[no].changed_at, current),
            ),
            key="candidates.gone",
        )
        if chosen is None or not person().may(
            OwnTable.PLANS, Action.WRITE, by_no[chosen].candidate.admin_code
        ):
            return
        if st.button(tr("planning.reopen", current), icon=":material/undo:", key="candidates.reopen"):
            _do(by_no[chosen], "reopened", {}, current)


def _do(stored: StoredCandidate, what: str, costs: Mapping[str, float], current: Lang) -> None:
    """Withdraw, open again or reprice; who comes second is told so, and sees what is there now at the next look."""
    by = person().display_name
    try:
        with changing() as connection:
            if what == "repriced":
                made = repriced(stored.candidate, stored.prices, costs)
                change(connection, stored, made, costs, by, edited=False)
            else:
                open_ = what == "reopened"
                set_state(connection, stored, CandidateState.OPEN if open_ else CandidateState.WITHDRAWN, by)
    except RecordChanged:
        st.error(formats.plain(tr("planning.changed_meanwhile", current)), icon=":material/compare_arrows:")
        return
    st.session_state[_DONE] = tr(f"planning.done_{what}", current, name=stored.candidate.name)
    st.rerun()
