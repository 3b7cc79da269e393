"""Drawing a candidate anew or over an old one: the map to draw on, what was drawn reckoned, saved, or compared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import shapely
import streamlit as st
from shapely.geometry.base import BaseGeometry

from analysis.proposals.model import Candidate
from analysis.proposals.redrawn import LINES, REACH_M
from i18n import Lang, tr
from layers import Geometry
from layers.codes import CandidateKind, Need
from maps.sketch_map import sketch
from maps.state import MapState
from pages import formats
from pages.candidate_words import comparison, cost_table, money, size_words
from pages.conflict import Kept, choose_version
from pages.shell import person
from pipelines import planning
from store.engine import changing, owner, reading
from store.errors import NotAllowed, RecordChanged
from store.planning.candidates import StoredCandidate, change, draw

_NOW, _SERIAL, _CONFLICT = "candidates.drawing", "candidates.drawing_serial", "candidates.conflict"
_DONE, _SELECTED, _RECKONED = "candidates.done", "candidates.selected", "candidates.reckoned"
_TABLE = "candidates.table"
LIFTED = "candidates.lifted"
"""Number of the candidate that the list begins with."""
_LONGEST_NAME = 80


@dataclass(frozen=True)
class Drawing:
    """A drawing under way; `seen` is the candidate that it changes, as it was when the drawing began."""

    serial: int
    kind: CandidateKind
    seen: StoredCandidate | None = None

    @property
    def shape(self) -> BaseGeometry | None:
        """What there was to begin with."""
        return None if self.seen is None else self.seen.candidate.geometry

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """Where to look, degrees; None leaves the map where it is."""
        return None if self.shape is None else self.shape.bounds


def drawing_now() -> Drawing | None:
    """The drawing under way, if any."""
    held: Drawing | None = st.session_state.get(_NOW)
    return held


def draw_button(need: Need, current: Lang) -> Drawing | None:
    """Offer to draw a new candidate for a need; a drawing for another need ends when the need is changed."""
    kinds = [kind for kind in REACH_M if kind.need is need]
    held = drawing_now()
    if held is not None and held.kind not in kinds:
        end_drawing()
        held = None
    if held is None and kinds:
        for kind in kinds:
            words = tr("planning.draw_new", current, kind=kind.text.get(current))
            if st.button(words, icon=":material/draw:", key=f"candidates.draw.{kind}"):
                held = _start(kind, None)
    return held


def start_changing(seen: StoredCandidate) -> None:
    """Begin to change a candidate."""
    _start(seen.candidate.kind, seen)


def _start(kind: CandidateKind, seen: StoredCandidate | None) -> Drawing:
    serial = st.session_state.get(_SERIAL, 0) + 1
    st.session_state[_SERIAL] = serial
    made = Drawing(serial, kind, seen)
    st.session_state[_NOW] = made
    return made


def end_drawing() -> None:
    """Go back to the list."""
    for key in (_NOW, _CONFLICT, _RECKONED):
        st.session_state.pop(key, None)


def drawing_map(state: MapState, drawing: Drawing) -> BaseGeometry | None:
    """The map to draw on; returns what is drawn now, None if nothing is."""
    geometry = Geometry.LINE if drawing.kind in LINES else Geometry.POINT
    drawn = sketch(state, geometry, drawing.shape, f"candidates_sketch_{drawing.serial}")
    if drawn is None:
        return drawing.shape
    return drawn[0] if len(drawn) == 1 else None


def drawing_panel(drawing: Drawing, drawn: BaseGeometry | None, current: Lang) -> None:
    """What was drawn in figures, its name, and the ways to save or leave it."""
    conflict: tuple[StoredCandidate, Candidate, Mapping[str, float]] | None = st.session_state.get(_CONFLICT)
    if conflict is not None:
        _compare(*conflict, current)
        return
    seen = drawing.seen
    title = (
        tr("planning.drawing_new", current, kind=drawing.kind.text.get(current))
        if seen is None
        else tr("planning.drawing_over", current, name=seen.candidate.name)
    )
    with st.container(border=True, key="candidate-drawing"):
        st.markdown(f"##### {formats.plain(title)}")
        st.caption(
            tr("planning.drawing_line" if drawing.kind in LINES else "planning.drawing_point", current)
        )
        name = st.text_input(
            tr("planning.column_name", current),
            seen.candidate.name if seen else "",
            max_chars=_LONGEST_NAME,
            placeholder=tr("planning.name_hint", current),
            key=f"candidates.name.{drawing.serial}",
        )
        made = _reckoned(drawing, drawn, name, current)
        with st.container(horizontal=True):
            save = st.button(
                tr("planning.save", current),
                type="primary",
                icon=":material/save:",
                disabled=made is None or not name.strip(),
                help=tr("planning.save_help", current),
                key="candidates.save",
            )
            if st.button(tr("planning.leave", current), icon=":material/undo:", key="candidates.leave"):
                end_drawing()
                st.rerun()
        if save and made is not None:
            _save(seen, *made, current)


def _reckoned(
    drawing: Drawing, drawn: BaseGeometry | None, name: str, current: Lang
) -> tuple[Candidate, Mapping[str, float]] | None:
    """Reckon what is drawn and show it; None where nothing is drawn or it cannot be built."""
    if drawn is None:
        st.info(tr("planning.nothing_drawn", current), icon=":material/draw:")
        return None
    held = st.session_state.get(_RECKONED)
    key = (drawing.serial, shapely.to_wkb(drawn))
    if held is None or held[0] != key:
        before = drawing.seen.candidate if drawing.seen is not None else None
        try:
            with st.spinner(tr("planning.reckoning", current)), reading(owner()) as connection:
                held = (key, planning.redraw(connection, drawing.kind, drawn, name, before))
        except planning.BadDrawing as wrong:
            st.error(formats.plain(wrong.sentence(current)), icon=":material/wrong_location:")
            return None
        st.session_state[_RECKONED] = held
    made, prices = held[1]
    made = replace(made, name=" ".join(name.split()))
    figures = [
        (tr("planning.column_size", current), size_words(made, current)),
        (tr("planning.cost", current), money(made.cost_yuan, current)),
        (tr("planning.column_people", current), formats.number(made.people)),
    ]
    st.markdown(" · ".join(f"{formats.plain(title)} **{formats.plain(said)}**" for title, said in figures))
    st.table(cost_table(made, prices, current), hide_index=True, border="horizontal")
    reach = formats.number(REACH_M[drawing.kind])
    key_words = "planning.reach" if made.served else "planning.reach_nobody"
    st.caption(tr(key_words, current, metres=reach, number=len(made.served)))
    return made, prices


def _save(seen: StoredCandidate | None, made: Candidate, prices: Mapping[str, float], current: Lang) -> None:
    """Save over what was seen; if someone else saved since, keep both for a comparison."""
    by = person().display_name
    try:
        with changing() as connection:
            saved = (
                draw(connection, made, prices, by)
                if seen is None
                else change(connection, seen, made, prices, by)
            )
    except NotAllowed as refused:
        st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
        return
    except RecordChanged as other:
        if not isinstance(other.now, StoredCandidate):
            raise
        st.session_state[_CONFLICT] = (other.now, made, prices)
        st.rerun()
    end_drawing()
    st.session_state[_SELECTED] = st.session_state[LIFTED] = saved.no
    st.session_state[_TABLE] += 1
    st.session_state[_DONE] = tr("planning.saved", current, name=saved.candidate.name)
    st.rerun()


def _compare(
    now: StoredCandidate,
    mine: Candidate,
    prices: Mapping[str, float],
    current: Lang,
) -> None:
    """What the other one saved beside what was drawn here, and the choice between them."""
    kept = choose_version(RecordChanged(now), comparison(now.candidate, mine, current), "candidates", current)
    if kept is Kept.THEIRS:
        end_drawing()
        st.session_state[_SELECTED] = now.no
        st.rerun()
    if kept is Kept.MINE:
        _save(now, mine, prices, current)
