"""The personal fields of one row, told for a reason that is put on record."""

import streamlit as st

from access import Action
from i18n import Lang, tr
from layers import feature_type
from pages import formats
from pages.shell import person
from pages.value_words import value_words
from store import record
from store.engine import changing
from store.errors import NotAllowed, ReasonNeeded


def offer_unmasking(feature_id: str, row_id: int, admin_code: str, lang: Lang) -> None:
    """Offer the personal fields of a row to whoever may read them; they are gone with the next click."""
    if not person().may(feature_id, Action.UNMASK, admin_code):
        return
    feature = feature_type(feature_id)
    with st.popover(tr("map.unmask", lang), icon=":material/visibility:", width="stretch"):
        st.caption(tr("map.unmask_note", lang))
        with st.form(f"unmask.{feature_id}.{row_id}", border=False):
            reason = st.text_input(tr("map.unmask_reason", lang), max_chars=200)
            asked = st.form_submit_button(tr("map.unmask_show", lang))
        if not asked:
            return
        try:
            with changing() as connection:
                entry = record.ask_unmask(connection, feature_id, row_id, reason)
            with changing() as connection:
                told = record.unmask(connection, entry)
        except (ReasonNeeded, NotAllowed) as error:
            st.error(formats.plain(error.sentence(lang)))
            return
        for name, value in told.items():
            declared = feature.field(name)
            words = value_words(declared, value, lang)
            st.markdown(f"{formats.plain(declared.title.get(lang))}：**{formats.plain(words)}**")
