"""The card of one candidate: what it costs and why, who gains, what it rests on, and what can be done with it."""

from collections.abc import Mapping

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
            _do(stored, costs, withdraw=False, current=current)
        if st.button(tr("planning.withdraw", current), icon=":material/delete:", key="candidates.withdraw"):
            _do(stored, costs, withdraw=True, current=current)


def _do(stored: StoredCandidate, costs: Mapping[str, float], *, withdraw: bool, current: Lang) -> None:
    """Withdraw or reprice; who comes second is told so, and sees what is there now after the rerun."""
    try:
        with changing() as connection:
            if withdraw:
                set_state(connection, stored, CandidateState.WITHDRAWN, person().display_name)
            else:
                made = repriced(stored.candidate, stored.prices, costs)
                change(connection, stored, made, costs, person().display_name)
    except RecordChanged as other:
        st.error(formats.plain(tr("planning.changed_meanwhile", current)), icon=":material/compare_arrows:")
        if not isinstance(other.now, StoredCandidate):
            raise
        return
    done = "planning.withdrawn" if withdraw else "planning.repriced"
    st.session_state[_DONE] = tr(done, current, name=stored.candidate.name)
    st.rerun()
