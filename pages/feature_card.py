"""The card of one feature that was clicked: its summary in the words of the code lists."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from i18n import Lang
from layers import feature_type
from pages.unmasking import offer_unmasking
from pages.value_words import value_words
from store.hits import Hit


def summary_rows(feature_id: str, values: Mapping[str, object], lang: Lang) -> list[tuple[str, str]]:
    """Title and words of each summary field."""
    feature = feature_type(feature_id)
    return [
        (feature.field(n).title.get(lang), value_words(feature.field(n), v, lang)) for n, v in values.items()
    ]


def render_hit(hit: Hit, lang: Lang) -> None:
    """Show a clicked feature."""
    feature = feature_type(hit.feature_id)
    label = hit.values.get(feature.label_field or "")
    heading = feature.title.get(lang) + (f" · {label}" if label else "")
    rows = "".join(
        f"<tr><th>{escape(title)}</th><td>{escape(words)}</td></tr>"
        for title, words in summary_rows(hit.feature_id, hit.values, lang)
    )
    with st.container(border=True):
        st.html(
            f'{_STYLE}<div class="xt-card"><h4>{escape(heading)}</h4><table>{rows}</table></div>',
        )
        offer_unmasking(hit.feature_id, hit.id, hit.admin_code, lang)


_STYLE = (
    "<style>.xt-card h4{margin:0 0 .3rem;padding:0;font-size:1rem}.xt-card table{width:100%;font-size:.86rem;"
    "border-collapse:collapse}.xt-card th{font-weight:400;opacity:.7;text-align:left;"
    "padding:.1rem .5rem .1rem 0;white-space:nowrap;vertical-align:top}.xt-card td{text-align:right}</style>"
)
