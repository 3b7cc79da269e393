"""短板分析."""

import streamlit as st

from i18n import tr
from pages.shell import lang


def page() -> None:
    """Show the page."""
    st.title(tr("pages.gaps.title", lang()), anchor=False)
