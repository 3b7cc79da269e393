"""Reading whole columns: each distinct value once, plain ones without Python."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from i18n import Text
from layers import Field, Kind, Remedy
from pipelines.import_ import units, values
from pipelines.import_.findings import Check, Findings, sentence
from pipelines.import_.folding import has_open_bracket, unit_key
from pipelines.import_.headings import MatchedColumn
from pipelines.import_.reading import Reading

_PLAIN_NUMBER = r"^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$"
_PLAIN_TEXT = r"^[\x20-\x7E\x{4E00}-\x{9FFF}\x{FF08}\x{FF09}\x{3001}\x{3002}\x{00B7}]+$"
_DOUBTFUL = frozenset({Check.DATE_MONTH_DOUBTFUL})
"""Notes that ask for a look instead of telling of a repair."""


@dataclass(frozen=True)
class _Distinct:
    """The distinct texts of a column and, for each row, which one it has (-1: empty)."""

    texts: list[str]
    places: np.ndarray


def as_text(column: pa.ChunkedArray) -> pa.Array:
    """A column as trimmed text, whole numbers without a point; null stays null."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], column.type)
    if pa.types.is_floating(array.type):
        numbers = array.to_numpy(zero_copy_only=False).astype(float)
        told = [None if np.isnan(v) else (str(int(v)) if v.is_integer() else repr(float(v))) for v in numbers]
        return pa.array(told, pa.large_string())
    return pc.utf8_trim_whitespace(array.cast(pa.large_string()))


def read_column(
    column: pa.ChunkedArray, field: Field, matched: MatchedColumn, findings: Findings, *, identifier: bool
) -> pd.Series:
    """Read one column.

    Numbers, whole numbers and money come as float64 (NaN for empty), dates as datetime64, yes/no as the
    nullable boolean, codes and text as str. What cannot be read is empty and a finding: a warning in an
    optional field, a rejection in a required one.
    """
    factor = _heading_factor(field, matched, findings)
    kind = column.type
    if field.kind in values.NUMERIC and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return _numbers_as_typed(column, field, matched, factor, findings)
    if field.kind is Kind.BOOLEAN and pa.types.is_boolean(kind):
        return column.to_pandas().astype("boolean")
    distinct = _distinct(as_text(column))
    read = values.reader(field, factor=factor, identifier=identifier)
    readings = _read_distinct(distinct, field, factor, read)
    _report(distinct, readings, field, matched, findings)
    return _taken(distinct, [reading.value for reading in readings], field)


def _heading_factor(field: Field, matched: MatchedColumn, findings: Findings) -> float:
    if field.kind not in values.NUMERIC:
        return 1.0
    if matched.unit is None:
        if has_open_bracket(matched.heading) and field.unit:
            findings.note(Check.UNIT_CUT, column=matched.heading, field=field.title, stored=field.unit)
        return 1.0
    known = units.factors(field)
    key = unit_key(matched.unit)
    factor = known.get(key)
    if factor is None:
        if key in units.known_units():
            findings.note(
                Check.UNIT_UNKNOWN,
                column=matched.heading,
                unit=matched.unit,
                field=field.title,
                stored=field.unit or "1",
            )
        return 1.0
    if factor != 1.0:
        findings.note(
            Check.UNIT_CONVERTED,
            remedy=Remedy.REPAIR,
            column=matched.heading,
            unit=matched.unit,
            stored=field.unit or "1",
            factor=f"{factor:g}",
        )
    return factor


def _distinct(texts: pa.Array) -> _Distinct:
    encoded = texts.dictionary_encode()
    places = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    words = encoded.dictionary.to_pylist()
    empty = [i for i, word in enumerate(words) if word == ""]
    if empty:
        places = np.where(places == empty[0], -1, places)
    return _Distinct(words, places)


def _read_distinct(
    distinct: _Distinct, field: Field, factor: float, read: Callable[[str], Reading]
) -> list[Reading]:
    """Read each distinct text; those that are plain are settled by Arrow's regular expressions."""
    array = pa.array(distinct.texts, pa.large_string())
    if field.kind in values.NUMERIC:
        plain = pc.match_substring_regex(array, _PLAIN_NUMBER).to_pylist()
        return [
            values.fitted(float(t) * factor, None, field) if p else _read_or_blank(t, field, read)
            for t, p in zip(distinct.texts, plain, strict=True)
        ]
    if field.kind is Kind.TEXT:
        short = pc.less_equal(pc.utf8_length(array), field.max_length)
        plain = pc.and_(pc.match_substring_regex(array, _PLAIN_TEXT), short).to_pylist()
        return [
            Reading(t)
            if p and (len(t) > 6 or t.lower() not in values.BLANKS)
            else _read_or_blank(t, field, read)
            for t, p in zip(distinct.texts, plain, strict=True)
        ]
    return [_read_or_blank(text, field, read) for text in distinct.texts]


def _read_or_blank(text: str, field: Field, read: Callable[[str], Reading]) -> Reading:
    """Words for "nothing" are empty, except where the field gives them a meaning (无 in a yes/no column)."""
    blank = values.comparable(text) in values.BLANKS
    if blank and field.kind not in (Kind.BOOLEAN, Kind.CODE):
        return Reading(note=Check.READ_AS_BLANK)
    reading = read(text)
    if blank and reading.failure is not None:
        return Reading(note=Check.READ_AS_BLANK)
    return reading


def _numbers_as_typed(
    column: pa.ChunkedArray, field: Field, matched: MatchedColumn, factor: float, findings: Findings
) -> pd.Series:
    numbers = column.to_pandas().to_numpy(dtype=float, na_value=np.nan) * factor
    beyond = np.flatnonzero(np.abs(numbers) >= values.LARGEST)
    _fail(Check.UNREADABLE, beyond, field, matched, findings, lambda i: repr(float(numbers[beyond[i]])))
    numbers = np.where(np.abs(numbers) < values.LARGEST, numbers, np.nan)
    if field.kind is Kind.MONEY:
        numbers = np.round(numbers, 2)
    if field.kind is Kind.INTEGER:
        whole = np.round(numbers)
        parts = np.flatnonzero(np.abs(numbers - whole) > 1e-6 * np.maximum(1.0, np.abs(numbers)))
        _fail(Check.NOT_WHOLE, parts, field, matched, findings, lambda i: repr(float(numbers[parts[i]])))
        shown = whole.copy()
        shown[parts] = np.nan
        numbers = shown
    return pd.Series(numbers)


def _report(
    distinct: _Distinct, readings: list[Reading], field: Field, matched: MatchedColumn, findings: Findings
) -> None:
    """Findings for what was assumed or could not be read."""
    by_check: dict[tuple[Check, bool], list[int]] = {}
    for k, reading in enumerate(readings):
        if reading.failure is not None:
            by_check.setdefault((reading.failure, True), []).append(k)
        elif reading.note is not None:
            by_check.setdefault((reading.note, False), []).append(k)
    if not by_check:
        return
    counts = np.bincount(distinct.places[distinct.places >= 0], minlength=len(readings))
    for (check, failed), which in by_check.items():
        if check is Check.READ_AS_BLANK:
            for k in which:
                findings.note(
                    check,
                    remedy=Remedy.REPAIR,
                    column=matched.heading,
                    value=distinct.texts[k],
                    count=int(counts[k]),
                )
            continue
        rows = np.flatnonzero(np.isin(distinct.places, which))
        shown = _shower(distinct, rows, field)
        if failed:
            _fail(check, rows, field, matched, findings, shown)
        else:
            findings.rows(
                check,
                Remedy.WARN if check in _DOUBTFUL else Remedy.REPAIR,
                rows,
                lambda i, rows=rows, check=check: sentence(
                    check, field=field.title, read=_told(readings[distinct.places[rows[i]]].value, field)
                ),
                column=matched.heading,
                value=shown,
            )


def _shower(distinct: _Distinct, rows: np.ndarray, field: Field) -> Callable[[int], object]:
    """Values for the report; what names a person is not copied into it."""
    if field.personal:
        return lambda i: None
    return lambda i: distinct.texts[distinct.places[rows[i]]]


def _fail(
    check: Check,
    rows: np.ndarray,
    field: Field,
    matched: MatchedColumn,
    findings: Findings,
    shown: Callable[[int], object],
) -> None:
    expected = _expected(field)
    remedy = Remedy.REJECT if field.required else Remedy.WARN
    message = sentence(check, field=field.title, expected=expected)
    findings.rows(check, remedy, rows, message, column=matched.heading, value=shown)


def _expected(field: Field) -> Text:
    """What a field takes, for the mend."""
    if field.codes is not None:
        members = list(field.codes)
        return Text(*("、".join(m.text.get(lang) for m in members) for lang in ("zh", "en")))
    unit = field.unit or ""
    words = {
        Kind.DATE: Text("如 2023-06-05", "such as 2023-06-05"),
        Kind.BOOLEAN: Text("是/否", "yes/no"),
        Kind.INTEGER: Text(f"整数 {unit}".strip(), f"a whole number {unit}".strip()),
        Kind.TEXT: Text(f"不超过 {field.max_length} 字", f"at most {field.max_length} characters"),
    }
    return words.get(field.kind, Text(f"数字 {unit}".strip(), f"a number {unit}".strip()))


def _told(value: object, field: Field) -> str:
    if value is None or field.personal:
        return "…"
    if isinstance(value, float):
        return f"{value:.10g}{' ' + field.unit if field.unit else ''}"
    return str(value)


def _taken(distinct: _Distinct, read: list[object], field: Field) -> pd.Series:
    """The values of all rows, typed."""
    if field.kind in values.NUMERIC:
        numbers = np.array([np.nan if v is None else v for v in (*read, None)], dtype=float)
        return pd.Series(numbers[distinct.places])
    if field.kind is Kind.DATE:
        days = np.array([_day(v) for v in (*read, None)], dtype="datetime64[s]")
        return pd.Series(days[distinct.places])
    if field.kind is Kind.BOOLEAN:
        flags = pd.array([*read, None], dtype="boolean")
        return pd.Series(flags.take(distinct.places % len(flags)))
    words = pd.array([*read, None], dtype="str")
    return pd.Series(words.take(distinct.places % len(words)))


def _day(value: object) -> np.datetime64:
    return np.datetime64(value) if isinstance(value, dt.date) else np.datetime64("NaT")
