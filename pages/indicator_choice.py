"""Choosing one indicator, and its heading: formula, target, clause, sources."""

import streamlit as st

from i18n import Lang, tr
from layers import AdminLevel, Indicator, all_indicators, all_layers, source_title
from pages import formats


def choose_indicator(lang: Lang, key: str, level: AdminLevel = AdminLevel.VILLAGE) -> Indicator:
    """Draw the list of indicators that exist at a level and return the one chosen."""
    layer_titles = {
        indicator.id: layer.title.get(lang) for layer in all_layers() for indicator in layer.indicators
    }
    fitting = [i for i in all_indicators() if i.level.digits >= level.digits]
    by_id = {indicator.id: indicator for indicator in fitting}
    if st.session_state.get(key) not in by_id:
        st.session_state.pop(key, None)
    chosen = st.selectbox(
        tr("pages.dossier.indicator", lang),
        list(by_id),
        format_func=lambda i: f"{layer_titles[i]} · {by_id[i].title.get(lang)}",
        key=key,
    )
    return by_id[chosen]


def explain(indicator: Indicator, lang: Lang) -> None:
    """Say how an indicator is made and what it should reach."""
    sources = formats.joined((source_title(s).get(lang) for s in indicator.reads), lang)
    said = tr(
        "pages.indicators.explain",
        lang,
        formula=indicator.formula.get(lang),
        target=formats.target_words(indicator, lang),
        sources=sources,
        clause=indicator.clause or "—",
    )
    st.caption(formats.plain(said))
