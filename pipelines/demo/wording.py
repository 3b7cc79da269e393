"""From stored values back to the words and headings that departments use."""

import pandas as pd

from layers import FeatureType, Field, Kind

_DBF_NAME_BYTES = 10
NOTE_HEADING, NOTE = "备注", "模拟数据"


def short_heading(field: Field) -> str:
    """A heading that fits the ten bytes of a dBase field name.

    Raises
    ------
    ValueError : neither the title nor an accepted heading is short enough.
    """
    for heading in (field.title.zh, *field.headings):
        if len(heading.encode("gbk")) <= _DBF_NAME_BYTES:
            return heading
    raise ValueError(f"{field.name} has no heading of {_DBF_NAME_BYTES} bytes")


def long_heading(field: Field, unit: str | None = None) -> str:
    """The title with its unit in brackets, as sheets and tables carry it."""
    shown = unit or field.unit
    # GBK has no superscripts; offices write m3.
    plain = (shown or "").replace("²", "2").replace("³", "3")
    return f"{field.title.zh}({plain})" if plain else field.title.zh


def in_words(values: "pd.Series[object]", field: Field) -> "pd.Series[object]":
    """Stored values as a department writes them: codes in words, 是/否, dates as text."""
    if field.kind is Kind.CODE and field.codes is not None:
        return values.map({code.value: code.text.zh for code in field.codes}).astype(object)
    if field.kind is Kind.BOOLEAN:
        return values.map({True: "是", False: "否"}).astype(object)
    if field.kind is Kind.DATE:
        dates = pd.to_datetime(values)
        return dates.dt.strftime("%Y-%m-%d").astype(object).where(dates.notna(), None)
    return values.astype(object).where(values.notna(), None)


def department_frame(frame: pd.DataFrame, feature: FeatureType, *, short: bool) -> pd.DataFrame:
    """Declared columns of `frame` under Chinese headings, in words, with the note that they are synthetic."""
    columns: dict[str, object] = {}
    for field in feature.fields:
        if field.name not in frame:
            continue
        values = frame[field.name]
        if not short and "万元" in field.unit_factors:
            columns[long_heading(field, "万元")] = (values.astype(float) / 10_000).round(4)
            continue
        heading = short_heading(field) if short else long_heading(field)
        columns[heading] = in_words(values, field)
    columns[NOTE_HEADING] = NOTE
    return pd.DataFrame(columns, index=frame.index)
