"""The house's manner of writing figures, dates and names on screen."""

import datetime as dt
import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from base.areas import M2_PER_MU
from i18n import Lang, tr
from layers import Direction, Field, Indicator, Kind, Unit
from store.places import Place

SCREEN_ZONE = ZoneInfo("Asia/Shanghai")
_MARKDOWN = str.maketrans({c: "\\" + c for c in "\\`*_{}[]()#+-.!|<>~:$&"})
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_WHOLE = {Unit.PERSONS, Unit.HOUSES, Unit.VILLAGES, Unit.DAYS, Unit.METRES, Unit.PROJECTS}


def today() -> dt.date:
    """The day that it is on screen."""
    return dt.datetime.now(SCREEN_ZONE).date()


def missing(value: object) -> bool:
    """Whether a value is no data (None, NaN, NaT)."""
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    return isinstance(value, float) and math.isnan(value)


def plain(text: str) -> str:
    """Text with every Markdown sign escaped, for the places where Streamlit reads Markdown."""
    return " ".join(text.split()).translate(_MARKDOWN)


def cell_text(value: object) -> object:
    """A value for a spreadsheet: text that a spreadsheet would run as a formula gets an apostrophe."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def number(value: float, digits: int = 0) -> str:
    """A number with thousands separators and at most `digits` decimals."""
    shown = f"{value:,.{digits}f}"
    return shown.rstrip("0").rstrip(".") if digits else shown


def unit_name(unit: Unit, lang: Lang) -> str:
    """A unit in words, as column headings say it."""
    return tr(f"pages.unit.{unit.value}", lang)


def decimals(unit: Unit) -> int:
    """Decimals that an indicator's value is shown with."""
    return 0 if unit in _WHOLE else (2 if unit is Unit.INDEX else 1)


def on_screen(value: float, unit: Unit) -> float:
    """A stored value in the unit that screens show: shares as per cent."""
    return value * 100 if unit is Unit.SHARE else value


def on_screen_series(values: "pd.Series[float]", unit: Unit) -> "pd.Series[float]":
    """`on_screen` for a column, rounded to a hundredth of the screen's unit."""
    return (values * (100 if unit is Unit.SHARE else 1)).round(2)


def figure(value: object, unit: Unit, lang: Lang) -> str:
    """An indicator's value with its unit, or the words for no data."""
    if missing(value):
        return tr("pages.no_data", lang)
    if unit is Unit.SHARE:
        return _share_words(float(str(value)))
    shown = number(float(str(value)), decimals(unit))
    if unit is Unit.INDEX:
        return shown
    name = unit_name(unit, lang)
    return f"{shown}{name}" if unit is Unit.PER_1000_HOUSEHOLDS else f"{shown} {name}"


def _share_words(share: float) -> str:
    """A share as per cent; what only rounds to nothing or to all is told apart from nothing and all."""
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    if 0 < share < 0.0005:
        return "<0.1%"
    if 0.9995 <= share < 1:
        return ">99.9%"
    return f"{share:.1%}"


def target_words(indicator: Indicator, lang: Lang) -> str:
    """A target with its sign and year, a dash where there is none."""
    if indicator.target is None:
        return "—"
    sign = {Direction.HIGHER: "≥ ", Direction.LOWER: "≤ "}.get(indicator.direction, "")
    year = f"({indicator.target_year})" if indicator.target_year else ""
    return f"{sign}{target_figure(indicator, lang)} {year}".strip()


def target_figure(indicator: Indicator, lang: Lang) -> str:
    """A target with its unit: a round number, without the decimals of what is measured."""
    if indicator.target is not None and indicator.unit is Unit.SHARE:
        return f"{number(indicator.target * 100, 1)}%"
    return figure(indicator.target, indicator.unit, lang)


def short_of_target(value: object, indicator: Indicator) -> float | None:
    """Distance still to go to the target in the stored unit, 0 where it is met; None without either."""
    if indicator.target is None or missing(value) or indicator.direction is Direction.NEUTRAL:
        return None
    known = float(str(value))
    gap = indicator.target - known if indicator.direction is Direction.HIGHER else known - indicator.target
    return max(0.0, gap)


def gap_words(gap: float, unit: Unit, lang: Lang) -> str:
    """A distance to the target; between shares it is in percentage points."""
    if unit is Unit.SHARE:
        return tr("pages.points", lang, points=number(gap * 100, 1) if gap >= 0.0005 else "<0.1")
    return figure(gap, unit, lang)


def standing(gap: float | None, unit: Unit, lang: Lang) -> str:
    """Whether a target is met or by how much it is missed; a dash where that cannot be said."""
    if gap is None or missing(gap):
        return "—"
    if gap <= 0:
        return tr("pages.dossier.met", lang)
    return tr("pages.dossier.short", lang, gap=gap_words(gap, unit, lang))


def coverage(with_data: object, units: object, lang: Lang) -> str:
    """How many of the units counted have data; a dash where nothing was computed."""
    if missing(with_data) or missing(units):
        return "—"
    return tr("pages.dossier.with_data_words", lang, known=f"{with_data:.0f}", all=f"{units:.0f}")


def mu(area_m2: float) -> float:
    """Square metres as mu."""
    return area_m2 / M2_PER_MU


def area_words(area_m2: float, lang: Lang) -> str:
    """An area in square kilometres, hectares and mu."""
    return tr(
        "pages.area", lang, km2=number(area_m2 / 1e6, 2), ha=number(area_m2 / 1e4, 1), mu=number(mu(area_m2))
    )


def area_parts(place: Place, lang: Lang) -> tuple[str, str]:
    """A place's area in square kilometres, and the same in hectares and mu."""
    area_m2 = place.area_m2
    rest = tr("pages.area_small", lang, ha=number(area_m2 / 1e4, 1), mu=number(mu(area_m2)))
    return f"{number(area_m2 / 1e6, 2)} km²", rest


def day(value: object, lang: Lang) -> str:
    """A date; a moment as its date in the time of the screen."""
    if missing(value):
        return tr("pages.unknown", lang)
    if isinstance(value, dt.datetime):
        return value.astimezone(SCREEN_ZONE).date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def moment(value: object, lang: Lang) -> str:
    """A moment in the time of the screen, to the minute."""
    if missing(value) or not isinstance(value, dt.datetime):
        return tr("pages.unknown", lang)
    return value.astimezone(SCREEN_ZONE).strftime("%Y-%m-%d %H:%M")


def snapshot_words(as_of: dt.date, finished_at: dt.datetime | None, lang: Lang) -> str:
    """Which snapshot is shown and when it was computed."""
    return tr("pages.snapshot", lang, as_of=as_of.isoformat(), at=moment(finished_at, lang))


def code_words(field: Field, code: object, lang: Lang) -> str:
    """The words for a value of a code list or a yes/no field; the value itself if the list lacks it."""
    if missing(code):
        return tr("pages.blank", lang)
    text = str(code)
    if field.kind is Kind.BOOLEAN:
        return tr("pages.yes" if text.lower() in ("true", "t", "1") else "pages.no", lang)
    if field.codes is not None:
        return next((member.text.get(lang) for member in field.codes if member.value == text), text)
    return text


def column_title(field: Field, lang: Lang) -> str:
    """A field's title with its unit in brackets."""
    return f"{field.title.get(lang)} ({field.unit})" if field.unit else field.title.get(lang)


def range_words(field: Field) -> str:
    """The range that a number must lie in; empty where there is none."""
    low, high = field.minimum, field.maximum
    if low is None and high is None:
        return ""
    if high is None:
        return f"≥ {low:,.10g}"
    return f"≤ {high:,.10g}" if low is None else f"{low:,.10g} – {high:,.10g}"


def shown_column(values: "pd.Series[Any]", field: Field, lang: Lang) -> "pd.Series[Any]":
    """A column of a field as tables show it: words for codes, numbers as numbers, dates as dates."""
    if field.kind in (Kind.CODE, Kind.BOOLEAN) and not field.personal:
        return pd.Series([None if missing(v) else code_words(field, v, lang) for v in values], dtype=object)
    if field.kind in (Kind.NUMBER, Kind.MONEY):
        return pd.to_numeric(
            pd.Series([float(v) if isinstance(v, Decimal) else v for v in values]), errors="coerce"
        )
    if field.kind is Kind.INTEGER:
        return pd.Series(list(values), dtype="Int64")
    return pd.Series(list(values), dtype=object)


def value_words(value: object, field: Field, lang: Lang) -> str:
    """One value of a field as text for print."""
    if missing(value):
        return "—"
    if field.personal:
        return str(value)
    if field.kind in (Kind.CODE, Kind.BOOLEAN):
        return code_words(field, value, lang)
    if field.kind is Kind.INTEGER:
        return str(value) if field.unit is None else number(float(str(value)))
    if field.kind in (Kind.NUMBER, Kind.MONEY):
        return number(float(str(value)), 2)
    return str(value)


def file_stem(text: str) -> str:
    """A text as the name of a file: letters, digits and hyphens of any language, others as underscores."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in text.strip())[:80] or "_"


def joined(parts: Iterable[str], lang: Lang) -> str:
    """Parts of a sentence with the language's separator."""
    return (", " if lang == "en" else "、").join(parts)


def sentences(parts: Iterable[str], lang: Lang) -> str:
    """Sentences in a row, with the language's separator."""
    return ("; " if lang == "en" else "；").join(parts)


def colon(lang: Lang) -> str:
    """Between a name and what it is."""
    return ": " if lang == "en" else "："
