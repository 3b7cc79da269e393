"""数据字典: layers, feature types, fields, codes, rules, states and indicators, from the declarations."""

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers import FeatureType, Field, Layer, all_layers
from pages import formats
from pages.downloads import XLSX
from pages.import_template import template
from pages.shell import lang


def page() -> None:
    """Every layer with its tables; a search narrows them down."""
    current = lang()
    st.title(tr("pages.dictionary.title", current), anchor=False)
    st.caption(tr("pages.dictionary.what", current))
    words = st.text_input(
        tr("pages.dictionary.search", current), icon=":material/search:", key="dictionary.words"
    ).strip()
    found = [layer for layer in all_layers() if _speaks_of(layer, words.lower())]
    if not found:
        st.warning(formats.plain(tr("pages.dictionary.nothing", current, words=words)))
    for layer in found:
        st.subheader(formats.plain(layer.title.get(current)), anchor=False)
        for feature in layer.features:
            if _feature_speaks_of(feature, words.lower()) or _titled(layer, words.lower()):
                with st.expander(formats.plain(feature.title.get(current)), expanded=bool(words)):
                    _feature(feature, current)
        if layer.indicators:
            with st.expander(tr("pages.dictionary.indicators", current), expanded=bool(words)):
                st.dataframe(indicator_table(layer, current), hide_index=True, height="content")


def _titled(layer: Layer, words: str) -> bool:
    return words in f"{layer.id} {layer.title.zh} {layer.title.en}".lower()


def _feature_speaks_of(feature: FeatureType, words: str) -> bool:
    said = [feature.id, feature.title.zh, feature.title.en]
    for field in feature.fields:
        said += [field.name, field.title.zh, field.title.en, *field.headings]
        for member in field.codes or ():
            said += [member.value, member.text.zh, member.text.en]
    return words in " ".join(said).lower()


def _speaks_of(layer: Layer, words: str) -> bool:
    said = " ".join(f"{i.id} {i.title.zh} {i.title.en}" for i in layer.indicators).lower()
    return _titled(layer, words) or words in said or any(_feature_speaks_of(f, words) for f in layer.features)


def _feature(feature: FeatureType, current: Lang) -> None:
    source = (
        tr("pages.dictionary.source", current, source=feature.source.get(current)) if feature.source else ""
    )
    about = tr(
        "pages.dictionary.about",
        current,
        geometry=tr(f"pages.dictionary.geometry_{feature.geometry}", current),
        table=f"feature.{feature.id}",
        key=", ".join(feature.key),
        levels=formats.joined((level.text.get(current) for level in feature.levels), current),
        source=source,
    )
    st.caption(formats.plain(about))
    st.dataframe(field_table(feature, current), hide_index=True, height="content", placeholder="")
    st.download_button(
        tr("pages.import.template", current),
        lambda: template(feature, current),
        f"{feature.id}.xlsx",
        XLSX,
        icon=":material/download:",
        on_click="ignore",
        key=f"dictionary.{feature.id}",
    )
    if feature.rules:
        st.caption(tr("pages.dictionary.rules", current))
        st.dataframe(_rule_table(feature, current), hide_index=True, height="content")
    if feature.states:
        st.caption(tr("pages.dictionary.states", current))
        st.dataframe(_state_table(feature, current), hide_index=True, height="content")


def field_table(feature: FeatureType, current: Lang) -> pd.DataFrame:
    """One row for each field of a feature type."""
    yes, no = tr("pages.yes", current), ""

    def head(name: str) -> str:
        return tr(f"pages.dictionary.{name}", current)

    return pd.DataFrame(
        [
            {
                head("name"): field.name,
                head("field_title"): field.title.get(current),
                head("kind"): tr(f"pages.dictionary.kind_{field.kind}", current),
                head("unit"): field.unit or "",
                head("required"): yes if field.required else no,
                head("personal"): yes if field.personal else no,
                head("range"): formats.range_words(field),
                head("codes"): _codes(field, current),
                head("headings"): formats.joined((field.name, field.title.zh, *field.headings), current),
            }
            for field in feature.fields
        ]
    )


def _codes(field: Field, current: Lang) -> str:
    if field.codes is None:
        return ""
    return formats.joined((f"{member.value} {member.text.get(current)}" for member in field.codes), current)


def _rule_table(feature: FeatureType, current: Lang) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                tr("pages.dictionary.rule", current): rule.message.get(current),
                tr("pages.dictionary.columns", current): formats.joined(
                    (feature.field(name).title.get(current) for name in rule.columns), current
                ),
                tr("pages.import.remedy", current): tr(f"pages.import.remedy_{rule.remedy}", current),
            }
            for rule in feature.rules
        ]
    )


def _state_table(feature: FeatureType, current: Lang) -> pd.DataFrame:
    states = feature.states
    if states is None:
        return pd.DataFrame()
    return pd.DataFrame(
        [
            {
                tr("pages.dictionary.state", current): state.text.get(current),
                tr("pages.dictionary.next", current): formats.joined(
                    (after.text.get(current) for after in followers), current
                )
                or "—",
                tr("pages.dictionary.date", current): (
                    feature.field(states.dates[state]).title.get(current) if state in states.dates else "—"
                ),
            }
            for state, followers in states.transitions.items()
        ]
    )


def indicator_table(layer: Layer, current: Lang) -> pd.DataFrame:
    """One row for each indicator of a layer."""
    return pd.DataFrame(
        [
            {
                tr("pages.dossier.indicator", current): indicator.title.get(current),
                tr("pages.dictionary.unit", current): formats.unit_name(indicator.unit, current),
                tr("pages.dictionary.formula", current): indicator.formula.get(current),
                tr("pages.dictionary.target", current): formats.target_words(indicator, current),
                tr("pages.indicators.level", current): indicator.level.text.get(current),
                tr("pages.dictionary.clause", current): indicator.clause or "—",
                tr("pages.dictionary.name", current): indicator.id,
            }
            for indicator in layer.indicators
        ]
    )
