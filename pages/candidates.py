"""候选项目."""

import streamlit as st

from i18n import tr
from pages.shell import lang


def page() -> None:
    """Show the page."""
    st.title(tr("pages.candidates.title", lang()), anchor=False)
