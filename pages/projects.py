"""项目库."""

import streamlit as st

from i18n import tr
from pages.shell import lang


def page() -> None:
    """Show the page."""
    st.title(tr("pages.projects.title", lang()), anchor=False)
