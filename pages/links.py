"""Links between pages: by the address of a page, so that pages need not know each other's modules."""

from typing import Any

import streamlit as st

from i18n import Lang, tr
from pages.formats import plain

MAP, DOSSIER, INDICATORS, LAND, OVERVIEW = "map", "dossier", "indicators", "land", "overview"
GAPS, CANDIDATES, SELECTION = "gaps", "candidates", "selection"
QUOTA_LEDGER, PARCELS = "quota_ledger", "parcels"
DATA_IMPORT, DICTIONARY = "data_import", "dictionary"


def _elsewhere() -> None:
    """Stand for a page that another module draws; Streamlit finds pages by their address alone."""


def page_link(address: str, label: str, icon: str, query: dict[str, str] | None = None) -> None:
    """Draw a link to the page with an address (`st.Page`'s ``url_path``); the label is words, never Markdown."""
    target = st.Page(_elsewhere, url_path=address, title=label)
    st.page_link(target, label=plain(label), icon=icon, query_params=query)


def link_column(key: str, current: Lang) -> Any:
    """A column of links to another page, under words."""
    words = tr(key, current)
    return st.column_config.LinkColumn(words, display_text=words, width="small")
