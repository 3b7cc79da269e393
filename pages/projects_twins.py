"""Projects that may be one and the same: pairs with the reason, for people to decide."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from pages.downloads import offer
from pages.project_words import pair_words
from pages.projects_picked import pick
from pages.projects_read import Library
from store.progress.library import Project

_TABLE = "projects.twins"


def twins(library: Library, found: Sequence[Project], current: Lang) -> None:
    """The pairs of which one is among those found; a row chosen opens the first's card."""
    ids = {one.id for one in found}
    pairs = [pair for pair in library.pairs if ids & {pair.first, pair.second}]
    if not pairs:
        st.success(tr("library.twin.none", current), icon=":material/check_circle:")
        return
    by_id = {one.id: one for one in library.projects}
    st.caption(tr("library.twin.what", current))
    rows = [(by_id[pair.first], by_id[pair.second], pair_words(pair, current)) for pair in pairs]
    shown = pd.DataFrame(
        {
            tr("library.twin.first", current): [one.name for one, _, _ in rows],
            tr("library.twin.second", current): [two.name for _, two, _ in rows],
            tr("library.twin.reason", current): [why for _, _, why in rows],
            tr("library.column.place", current): [library.place(one.admin_code) for one, _, _ in rows],
            tr("library.twin.first_code", current): [one.code for one, _, _ in rows],
            tr("library.twin.second_code", current): [two.code for _, two, _ in rows],
        }
    )

    def take() -> None:
        held = st.session_state[_TABLE]["selection"]["rows"]
        if held and held[0] < len(rows):
            pick(rows[held[0]][0].code)

    st.dataframe(shown, hide_index=True, on_select=take, selection_mode="single-row", key=_TABLE)
    offer(
        shown, "project-twins", tr("library.view.twins", current), [tr("library.twin.what", current)], current
    )
