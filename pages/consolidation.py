"""土地整治与节余指标."""

import streamlit as st

from i18n import tr
from pages.shell import lang


def page() -> None:
    """The page's title."""
    st.title(tr("pages.consolidation.title", lang()), anchor=False)
