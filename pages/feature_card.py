"""The card of one feature that was clicked: its summary in the words of the code lists."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from access import Action
from i18n import Lang, tr
from layers import Field, Kind, feature_type
from pages import formats
from pages.shell import person
from store import record
from store.engine import changing
from store.errors import NotAllowed, ReasonNeeded
from store.hits import Hit


def value_words(declared: Field, value: object, lang: Lang) -> str:
    """A stored value as people read it: code in words, yes or no, number with unit; a dash for no value."""
    if value is None:
        return tr("map.not_reported", lang)
    if declared.kind is Kind.CODE and declared.codes is not None:
        return declared.codes.of(str(value)).text.get(lang)
    if declared.kind is Kind.BOOLEAN:
        return tr("map.true" if value else "map.false", lang)
    if isinstance(value, int | float) and declared.kind in (Kind.NUMBER, Kind.INTEGER):
        number = f"{value:,.2f}".rstrip("0").rstrip(".") if declared.unit else f"{value:.10g}"
        return f"{number} {declared.unit}" if declared.unit else number
    if declared.kind is Kind.MONEY:
        return f"{value:,.2f} {declared.unit or ''}".strip()
    return str(value)


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
        if person().may(hit.feature_id, Action.UNMASK, hit.admin_code):
            _unmask(hit, lang)


def _unmask(hit: Hit, lang: Lang) -> None:
    """Offer the personal fields of a row for a reason, which is recorded; they are gone with the next click."""
    feature = feature_type(hit.feature_id)
    with st.popover(tr("map.unmask", lang), icon=":material/visibility:", width="stretch"):
        st.caption(tr("map.unmask_note", lang))
        with st.form(f"unmask.{hit.feature_id}.{hit.id}", border=False):
            reason = st.text_input(tr("map.unmask_reason", lang), max_chars=200)
            asked = st.form_submit_button(tr("map.unmask_show", lang))
        if not asked:
            return
        try:
            with changing() as connection:
                entry = record.ask_unmask(connection, hit.feature_id, hit.id, reason)
            with changing() as connection:
                told = record.unmask(connection, entry)
        except (ReasonNeeded, NotAllowed) as error:
            st.error(formats.plain(error.sentence(lang)))
            return
        for name, value in told.items():
            declared = feature.field(name)
            words = value_words(declared, value, lang)
            st.markdown(f"{formats.plain(declared.title.get(lang))}：**{formats.plain(words)}**")


_STYLE = (
    "<style>.xt-card h4{margin:0 0 .3rem;padding:0;font-size:1rem}.xt-card table{width:100%;font-size:.86rem;"
    "border-collapse:collapse}.xt-card th{font-weight:400;opacity:.7;text-align:left;"
    "padding:.1rem .5rem .1rem 0;white-space:nowrap;vertical-align:top}.xt-card td{text-align:right}</style>"
)
