"""Somebody else saved the record meanwhile: both versions beside each other, and the choice between them."""

from enum import StrEnum

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from pages import formats
from store.errors import RecordChanged


class Kept(StrEnum):
    """Whose version is to stand."""

    THEIRS = "theirs"
    MINE = "mine"


def choose_version(
    changed: RecordChanged, versions: pd.DataFrame, key: str, current: Lang, *, over: bool = True
) -> Kept | None:
    """Draw what the other one saved beside what was entered here; which of them was chosen, None as long as neither.

    Parameters
    ----------
    changed : what the attempt to save met; says it, and carries the record as it is stored.
    versions : both in words as Markdown, one row for each.
    key : begins the keys of the two buttons.
    over : whether what was entered here may still be saved over the other; if not, there is one button.
    """
    with st.container(border=True):
        st.warning(formats.plain(changed.sentence(current)), icon=":material/compare_arrows:")
        st.table(versions, hide_index=True, border="horizontal")
        with st.container(horizontal=True):
            keep = st.button(
                tr("pages.people.keep_theirs", current), icon=":material/undo:", key=f"{key}.theirs"
            )
            mine = over and st.button(
                tr("pages.people.save_mine", current),
                type="primary",
                icon=":material/save:",
                key=f"{key}.mine",
            )
    if keep:
        return Kept.THEIRS
    return Kept.MINE if mine else None
