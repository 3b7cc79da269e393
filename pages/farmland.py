"""耕地监测."""

import streamlit as st

from i18n import tr
from pages.shell import lang


def page() -> None:
    """The page's title."""
    st.title(tr("pages.farmland.title", lang()), anchor=False)
