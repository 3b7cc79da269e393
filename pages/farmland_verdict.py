"""What is said of a piece: confirmed or dismissed, with a reason; two who say something are told of each other."""

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from base.errors import XiangtuError
from i18n import Lang, tr
from layers.codes import FarmlandVerdict
from pages import formats
from pages.conflict import Kept, choose_version
from pages.farmland_tables import class_words
from pages.shell import person
from store.engine import changing
from store.errors import DatabaseAway, RecordChanged
from store.land.farmland import Piece, judge

DONE = "farmland.done"
"""What was done last, told once at the top of the page."""
_SEEN, _CONFLICT = "farmland.seen", "farmland.conflict"


def verdict_form(piece: Piece, place: str, current: Lang) -> None:
    """Draw the piece and, for whoever reviews land there, the form."""
    with st.container(border=True, key="farmland-card"):
        st.markdown(
            f"**{formats.plain(place)}** · {formats.plain(piece.change.text.get(current))} · "
            f"{formats.plain(tr('consolidation.mu', current, area=formats.number(formats.mu(piece.area_m2), 2)))}"
        )
        classes = f"{class_words(piece.class_before, current)} → {class_words(piece.class_after, current)}"
        st.caption(formats.plain(f"{classes} · {formats.number(piece.area_m2, 1)} m²"))
        if piece.judged_by is not None:
            st.caption(formats.plain(_told(piece, current)))
        if not person().may(OwnTable.FARMLAND, Action.WRITE, piece.admin_code):
            return
        seen, now_entered = st.session_state.get(_SEEN), st.session_state.get(_CONFLICT)
        if not isinstance(seen, Piece) or seen.id != piece.id:
            # What is on screen while somebody writes is what the save is measured against.
            seen = st.session_state[_SEEN] = piece
            st.session_state.pop(_CONFLICT, None)
            now_entered = None
        if now_entered is not None:
            _conflict(*now_entered, current)
            return
        _form(seen, current)


def _told(piece: Piece, current: Lang) -> str:
    return tr(
        "farmland.judged",
        current,
        verdict=piece.verdict.text.get(current),
        reason=piece.reason,
        by=piece.judged_by or "",
        at=formats.moment(piece.judged_at, current),
    )


def _form(seen: Piece, current: Lang) -> None:
    options = [FarmlandVerdict.CONFIRMED, FarmlandVerdict.DISMISSED]
    if seen.verdict is not FarmlandVerdict.OPEN:
        options.append(FarmlandVerdict.OPEN)
    with st.form(f"farmland.form.{seen.id}.{seen.version}", border=False):
        verdict = st.radio(
            tr("farmland.verdict", current),
            [str(one) for one in options],
            format_func=lambda code: FarmlandVerdict.of(code).text.get(current),
            horizontal=True,
            key=f"farmland.verdict.{seen.id}",
        )
        reason = st.text_input(
            tr("farmland.reason", current), max_chars=300, key=f"farmland.reason.{seen.id}"
        )
        sent = st.form_submit_button(tr("farmland.save", current), type="primary", icon=":material/gavel:")
    if sent:
        _save(seen, FarmlandVerdict.of(str(verdict)), reason, current)


def _save(seen: Piece, verdict: FarmlandVerdict, reason: str, current: Lang) -> None:
    try:
        with changing() as connection:
            judge(connection, seen, verdict, reason)
    except RecordChanged as other:
        if not isinstance(other.now, Piece):
            raise
        st.session_state[_CONFLICT] = (other.now, verdict, reason)
        st.rerun()
    except DatabaseAway:
        raise
    except XiangtuError as error:
        st.error(formats.plain(error.sentence(current)), icon=":material/error:")
        return
    st.session_state.pop(_SEEN, None)
    st.session_state.pop(_CONFLICT, None)
    st.session_state[DONE] = tr("farmland.saved", current, verdict=verdict.text.get(current))
    st.rerun()


def _conflict(now: Piece, verdict: FarmlandVerdict, reason: str, current: Lang) -> None:
    """Both versions beside each other, and the choice between them."""
    versions = pd.DataFrame(
        {
            tr("pages.people.part", current): [
                tr("farmland.verdict", current),
                tr("farmland.reason", current),
            ],
            tr("pages.people.theirs", current): [
                formats.plain(now.verdict.text.get(current)),
                formats.plain(now.reason),
            ],
            tr("pages.people.mine", current): [
                formats.plain(verdict.text.get(current)),
                formats.plain(reason),
            ],
        }
    )
    kept = choose_version(RecordChanged(now), versions, "farmland", current)
    if kept is Kept.THEIRS:
        st.session_state.pop(_SEEN, None)
        st.session_state.pop(_CONFLICT, None)
        st.rerun()
    if kept is Kept.MINE:
        _save(now, verdict, reason, current)
