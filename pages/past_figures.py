"""What 进度地图 reads: the days of an indicator, the figures and boundaries of each, by the knowledge chosen.

Kept by the moment of the last change, so what is kept never goes stale.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import streamlit as st

from base.settings import settings
from i18n import Lang
from layers import AdminLevel, indicator
from maps.past_themes import common_classes, digest
from maps.theme import ThemeClasses
from pages.past_choices import Choices, Knowledge
from pages.scopes import Townships
from store import past, places
from store.engine import reading
from store.past import KnownDay
from store.past_tiles import Edition, edition

_NO_KIND = frozenset[str]()


@dataclass(frozen=True)
class Dated:
    """The days of an indicator at a level, oldest first, as known by what is chosen.

    Attributes
    ----------
    changed_at : since when figures and boundaries are as they are (UTC).
    """

    days: tuple[KnownDay, ...]
    changed_at: dt.datetime

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """The days alone."""
        return tuple(day.as_of for day in self.days)

    def on(self, day: dt.date | None) -> dt.date | None:
        """The newest of the days on or before a day: whose figures that day has; None before all of them."""
        return next((one for one in reversed(self.dates) if day is not None and one <= day), None)

    def known_at(self, choices: Choices, as_of: dt.date) -> dt.datetime | None:
        """The moment of knowledge (UTC) by which a day is drawn; None for now."""
        if choices.knowledge is Knowledge.FIXED:
            return choices.known_at
        if choices.knowledge is Knowledge.NEWEST:
            return None
        return min(next(day.then for day in self.days if day.as_of == as_of), self.changed_at)


def dated(choices: Choices) -> Dated | None:
    """The days that there are to look at; None if the indicator has none."""
    with reading() as connection:
        changed_at = past.last_change(connection, choices.indicator_id, choices.level)
        fixed = choices.known_at if choices.knowledge is Knowledge.FIXED else None
        days = past.known_days(connection, choices.indicator_id, choices.level, fixed)
    return Dated(days, changed_at) if days and changed_at is not None else None


@dataclass(frozen=True)
class Shown:
    """One day as it is drawn: figures of the units looked at and what else its map rests on.

    Attributes
    ----------
    figures : columns as `store.past.values_at`.
    """

    as_of: dt.date
    known_at: dt.datetime | None
    figures: pd.DataFrame
    edition: Edition

    @property
    def values(self) -> "pd.Series[float]":
        """Values by 12-digit code, NaN for no data."""
        return self.figures.set_index("admin_code")["value"]


def shown(found: Dated, choices: Choices, as_of: dt.date) -> Shown:
    """Read a day as it is to be drawn."""
    known_at = found.known_at(choices, as_of)
    scope = str(choices.kind) if choices.level is AdminLevel.COUNTY else "all"
    figures = _values(
        choices.indicator_id, as_of, choices.level, scope, choices.part, known_at, found.changed_at
    )
    if choices.level is not AdminLevel.COUNTY and choices.kind is not Townships.ALL:
        inside = figures["admin_code"].str[:9].isin(townships(str(choices.kind), found.changed_at))
        figures = figures[inside].reset_index(drop=True)
    return Shown(as_of, known_at, figures, _edition(as_of, known_at, found.changed_at))


@st.cache_data(max_entries=120, show_spinner=False)
def _values(
    indicator_id: str,
    as_of: dt.date,
    level: AdminLevel,
    scope: str,
    part: str,
    known_at: dt.datetime | None,
    changed_at: dt.datetime,
) -> pd.DataFrame:
    with reading() as connection:
        return past.values_at(connection, indicator_id, as_of, level, scope, part, known_at)


@st.cache_data(max_entries=60, show_spinner=False)
def _edition(as_of: dt.date, known_at: dt.datetime | None, changed_at: dt.datetime) -> Edition:
    with reading() as connection:
        return edition(connection, as_of, known_at)


@st.cache_data(max_entries=4, show_spinner=False)
def townships(kind: str, changed_at: dt.datetime) -> frozenset[str]:
    """9-digit codes of the townships of a kind."""
    with reading() as connection:
        found = places.children(connection, AdminLevel.TOWNSHIP)
    return frozenset(found.loc[found["kind"] == kind, "admin_code"].str[:9])


def boundaries(one: Shown, level: AdminLevel) -> gpd.GeoDataFrame:
    """The units of a level on a day, as `store.past.boundaries_at`."""
    return _boundaries(one.edition.key, level, one.as_of, one.known_at)


@st.cache_resource(max_entries=6, show_spinner=False)
def _boundaries(
    key: str, level: AdminLevel, _as_of: dt.date, _known_at: dt.datetime | None
) -> gpd.GeoDataFrame:
    """Days with the same edition share them; nobody changes the frame."""
    with reading() as connection:
        return past.boundaries_at(connection, level, _as_of, known_at=_known_at)


def classes_of(days: Sequence[Shown], choices: Choices, lang: Lang) -> ThemeClasses:
    """The classes that all these days share."""
    values = [day.figures["value"].to_numpy(float) for day in days]
    return common_classes(values, indicator(choices.indicator_id), lang)


def digest_of(one: Shown, made: ThemeClasses, choices: Choices) -> str:
    """What the day's map rests on, as one number; see `maps.past_themes.digest`."""
    units = boundaries(one, choices.level)
    drawn = units[units["admin_code"].isin(set(one.figures["admin_code"]))]
    said = {
        "indicator": choices.indicator_id,
        "level": str(choices.level),
        "day": one.as_of.isoformat(),
        "part": choices.part,
        "kind": str(choices.kind),
    }
    return digest(said, one.figures, made, drawn)


def series(found: Dated, choices: Choices, code: str) -> pd.DataFrame:
    """One unit's value on each of the days: ``as_of``, ``value``; NaN where there is no data."""
    level = _level_of(code)
    scope = str(choices.kind) if level.digits <= AdminLevel.COUNTY.digits else "all"
    rows: list[dict[str, object]] = []
    for day in found.days:
        known_at = found.known_at(choices, day.as_of)
        values = _values(choices.indicator_id, day.as_of, level, scope, code, known_at, found.changed_at)
        rows.append({"as_of": day.as_of, "value": np.nan if values.empty else float(values["value"].iloc[0])})
    return pd.DataFrame(rows)


def _level_of(code: str) -> AdminLevel:
    if code == settings().city_code:
        return AdminLevel.CITY
    if code.endswith("000000"):
        return AdminLevel.COUNTY
    return AdminLevel.TOWNSHIP if code.endswith("000") else AdminLevel.VILLAGE


def names(one: Shown, level: AdminLevel) -> dict[str, str]:
    """Names of the units of a level on a day, by 12-digit code."""
    units = boundaries(one, level)
    return dict(zip(units["admin_code"], units["name"], strict=True))
