"""Fields of a parcel as a form: made from the declaration of the layer, filled from what there is."""

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from i18n import Lang
from layers import Field, Kind, feature_type
from pages import formats
from store.land.parcels import PARCELS


def attribute_fields(
    serial: int,
    given: Mapping[str, Any],
    current: Lang,
    *,
    fixed: Collection[str] = (),
    without: Collection[str] = (),
) -> dict[str, Any]:
    """Draw the fields inside a form that is open; return what they hold, None for nothing.

    Parameters
    ----------
    serial : of the form: a new one begins with `given`.
    given : values by field.
    fixed : fields that are shown but cannot be changed.
    without : fields that are not shown.
    """
    fields = [field for field in feature_type(PARCELS).fields if field.name not in without]
    held: dict[str, Any] = {}
    short = [field for field in fields if field.max_length <= 200]
    for first in range(0, len(short), 2):
        for column, field in zip(st.columns(2), short[first : first + 2], strict=False):
            with column:
                held[field.name] = _widget(field, serial, given.get(field.name), current, field.name in fixed)
    for field in fields:
        if field not in short:
            held[field.name] = _widget(field, serial, given.get(field.name), current, field.name in fixed)
    return held


def _widget(field: Field, serial: int, value: Any, current: Lang, fixed: bool) -> Any:
    key = f"parcels.form.{serial}.{field.name}"
    title = formats.column_title(field, current) + (" *" if field.required else "")
    if field.kind is Kind.CODE and field.codes is not None:
        codes = [code.value for code in field.codes]
        return st.selectbox(
            title,
            codes,
            index=codes.index(str(value)) if value in codes else None,
            format_func=lambda code: formats.code_words(field, code, current),
            placeholder="—",
            disabled=fixed,
            key=key,
        )
    if field.kind in (Kind.NUMBER, Kind.INTEGER, Kind.MONEY):
        return st.number_input(
            title,
            None if field.minimum is None else float(field.minimum),
            None if field.maximum is None else float(field.maximum),
            None if value is None else float(value),
            step=0.01,
            format="%.4f" if value is not None and round(float(value), 2) != float(value) else "%.2f",
            placeholder="—",
            disabled=fixed,
            key=key,
        )
    text = "" if value is None else str(value)
    if field.max_length > 200:
        said = st.text_area(title, text, max_chars=field.max_length, height=80, disabled=fixed, key=key)
    else:
        said = st.text_input(title, text, max_chars=field.max_length, disabled=fixed, key=key)
    return " ".join(said.split()) or None
