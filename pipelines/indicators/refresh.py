"""Figures of a day brought up to date: touched units measured, what differs rolled up, only that to be written."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import sqlalchemy as sa

from analysis.hierarchy import Hierarchy
from analysis.rollup import COLUMNS, roll_up, roll_up_city
from layers import AdminLevel, Indicator, Rollup, feature_type
from pipelines.indicators.touched import Touched, measure_touched
from store import snapshots
from store.frames import FrameRead, read_frame

_CODES = FrameRead("admin_units", FrameRead.of(feature_type("admin_units"), ("level", "kind")).columns, False)
_NO_PARTS = pd.DataFrame(columns=["indicator_id", "admin_code", "numerator", "denominator"])
_NO_OBSERVATIONS = pd.DataFrame(columns=["indicator_id", "admin_code", "value"])
Pair = tuple[str, str]
"""Indicator id and code of a unit."""


@dataclass(frozen=True)
class Refreshed:
    """What is to be written.

    Attributes
    ----------
    figures : columns as `analysis.rollup.COLUMNS`: units whose figures differ from the stored ones, and the units
        that they lie in.
    observations : of those units, for medians.
    observed : the indicators and units whose kept observations these replace.
    """

    figures: pd.DataFrame
    observations: pd.DataFrame
    observed: frozenset[Pair]


def refresh(
    view: sa.Connection,
    as_of: dt.date,
    chosen: Sequence[Indicator],
    touched: Touched,
    progress: Callable[[int, int], object],
) -> Refreshed:
    """Measure touched units and roll up what differs from the stored figures."""
    figures, observations = [], [_NO_OBSERVATIONS]
    differ: set[Pair] = set()
    for done, (county, wanted) in enumerate(touched.units.items(), start=1):
        parts, observed = measure_touched(view, county, as_of, chosen, wanted)
        affected = [indicator for indicator in chosen if indicator.id in wanted]
        forced = {name for name, at in touched.forced if at == county}
        figures.append(_county(view, as_of, affected, county, wanted, forced, parts, observed))
        medians = [indicator for indicator in affected if indicator.rollup is Rollup.MEDIAN]
        found = _differing_observations(view, as_of, medians, county, wanted, observed)
        differ |= found
        observations.append(_rows(observed, found))
        progress(done, len(touched.units))
    figures.append(_city(view, as_of, chosen, figures))
    anew = pd.concat(observations, ignore_index=True)
    figures.append(_medians(view, as_of, chosen, differ, anew))
    rows = [table for table in figures if len(table)]
    made = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(COLUMNS))
    return Refreshed(made, anew, frozenset(differ))


def _county(
    view: sa.Connection,
    as_of: dt.date,
    affected: Sequence[Indicator],
    county: str,
    wanted: Mapping[str, frozenset[str]],
    forced: set[str],
    parts: pd.DataFrame,
    observed: pd.DataFrame,
) -> pd.DataFrame:
    """Figures of a county's units that differ, and of the units above them up to the county; no medians."""
    prefix = county[: AdminLevel.COUNTY.digits]
    measured = _numbers(parts, "numerator", "denominator")
    maxima = _maxima(affected, wanted, observed)
    all_parts, all_maxima, differ, rolled = [], [], set(), []
    for level in (AdminLevel.VILLAGE, AdminLevel.TOWNSHIP):
        own = [i for i in affected if i.level is level and i.rollup is not Rollup.MEDIAN]
        if not own:
            continue
        stored = snapshots.unit_figures(view, as_of, [i.id for i in own], level, prefix)
        is_maximum = {i.id: i.rollup is Rollup.MAXIMUM for i in own}
        of_maximum = stored["indicator_id"].map(is_maximum).to_numpy(dtype=bool)
        kept_parts = _numbers(stored[~of_maximum], "numerator", "denominator")
        kept_maxima = _numbers(stored[of_maximum], "value", "denominator")
        differ |= {pair for pair, found in measured.items() if pair[0] in is_maximum and _other(found, kept_parts, pair)}
        differ |= {pair for pair, found in maxima.items() if pair[0] in is_maximum and _other(found, kept_maxima, pair)}
        all_parts.append(_frame(kept_parts | {p: v for p, v in measured.items() if p[0] in is_maximum},
                                ("numerator", "denominator")))  # fmt: skip
        all_maxima.append(_frame(kept_maxima | {p: v for p, v in maxima.items() if p[0] in is_maximum},
                                 ("value", "seen")))  # fmt: skip
        rolled += own
    names = {name for name, _ in differ} | forced
    rolled = [indicator for indicator in rolled if indicator.id in names]
    if not rolled:
        return pd.DataFrame(columns=list(COLUMNS))
    hierarchy = Hierarchy.from_units(read_frame(view, _CODES, prefix=prefix, levels=("village", "township")))
    observations = pd.concat(all_maxima, ignore_index=True).dropna(subset="value")
    figures = roll_up(rolled, pd.concat(all_parts, ignore_index=True), observations, hierarchy)
    below_city = figures[figures["level"] != str(AdminLevel.CITY)]
    if forced:
        every = {(name, code) for name in forced for code in wanted[name]}
        return _rows(below_city, _with_ancestors(differ | every | {(name, county) for name in forced}))
    return _rows(below_city, _with_ancestors(differ))


def _city(
    view: sa.Connection, as_of: dt.date, chosen: Sequence[Indicator], counties: Sequence[pd.DataFrame]
) -> pd.DataFrame:
    """The city's figures from the counties' new and stored ones; no medians."""
    new = pd.concat(list(counties), ignore_index=True) if counties else pd.DataFrame(columns=list(COLUMNS))
    new = new[new["level"] == str(AdminLevel.COUNTY)]
    rolled = [indicator for indicator in chosen if indicator.id in set(new["indicator_id"])]
    if not rolled:
        return pd.DataFrame(columns=list(COLUMNS))
    stored = snapshots.county_figures(view, as_of, [indicator.id for indicator in rolled])
    replaced = set(zip(new["indicator_id"], new["admin_code"], strict=True))
    kept = [pair not in replaced for pair in zip(stored["indicator_id"], stored["admin_code"], strict=True)]
    columns = list(stored.columns)
    return roll_up_city(rolled, pd.concat([stored[np.array(kept, dtype=bool)], new[columns]], ignore_index=True))


def _differing_observations(
    view: sa.Connection,
    as_of: dt.date,
    medians: Sequence[Indicator],
    county: str,
    wanted: Mapping[str, frozenset[str]],
    observed: pd.DataFrame,
) -> set[Pair]:
    """Indicators and units whose observations are others than the kept ones."""
    if not medians:
        return set()
    ids = [indicator.id for indicator in medians]
    stored = snapshots.observations(view, as_of, ids, county[: AdminLevel.COUNTY.digits])
    old, new = _lists(stored), _lists(observed[observed["indicator_id"].isin(ids)])
    pairs = {(name, code) for name in ids for code in wanted[name]}
    return {pair for pair in pairs if old.get(pair) != new.get(pair)}


def _medians(
    view: sa.Connection, as_of: dt.date, chosen: Sequence[Indicator], differ: set[Pair], anew: pd.DataFrame
) -> pd.DataFrame:
    """Medians of units whose observations differ, and of the units above them, from all observations."""
    names = {name for name, _ in differ}
    rolled = [indicator for indicator in chosen if indicator.id in names]
    if not rolled:
        return pd.DataFrame(columns=list(COLUMNS))
    stored = snapshots.observations(view, as_of, sorted(names))
    kept = [pair not in differ for pair in zip(stored["indicator_id"], stored["admin_code"], strict=True)]
    every = pd.concat([table for table in (stored[np.array(kept, dtype=bool)], anew) if len(table)] or [anew], ignore_index=True)
    hierarchy = Hierarchy.from_units(read_frame(view, _CODES, levels=("village", "township")))
    return _rows(roll_up(rolled, _NO_PARTS, every, hierarchy), _with_ancestors(differ, city=True))


def _maxima(
    affected: Sequence[Indicator], wanted: Mapping[str, frozenset[str]], observed: pd.DataFrame
) -> dict[Pair, tuple[float, float]]:
    """Largest observation and number of observations of each wanted unit; NaN and 0 without any."""
    found: dict[Pair, tuple[float, float]] = {}
    for indicator in affected:
        if indicator.rollup is Rollup.MAXIMUM:
            found |= {(indicator.id, code): (np.nan, 0.0) for code in wanted[indicator.id]}
    rows = zip(observed["indicator_id"], observed["admin_code"], observed["value"], strict=True)
    for name, code, value in rows:
        if (name, code) in found:
            largest, seen = found[name, code]
            found[name, code] = (value if seen == 0 else max(largest, value), seen + 1)
    return found


def _other(found: tuple[float, float], kept: Mapping[Pair, tuple[float, float]], pair: Pair) -> bool:
    known = kept.get(pair)
    return known is None or not all(a == b or (a != a and b != b) for a, b in zip(found, known, strict=True))


def _numbers(frame: pd.DataFrame, first: str, second: str) -> dict[Pair, tuple[float, float]]:
    columns = (frame[name].tolist() for name in ("indicator_id", "admin_code", first, second))
    return {(name, code): (one, other) for name, code, one, other in zip(*columns, strict=True)}


def _frame(values: Mapping[Pair, tuple[float, float]], names: tuple[str, str]) -> pd.DataFrame:
    pairs, numbers = list(values), list(values.values())
    return pd.DataFrame(
        {
            "indicator_id": np.array([name for name, _ in pairs], dtype=object),
            "admin_code": np.array([code for _, code in pairs], dtype=object),
            names[0]: np.array([one for one, _ in numbers], dtype=float),
            names[1]: np.array([other for _, other in numbers], dtype=float),
        }
    )


def _lists(observed: pd.DataFrame) -> dict[Pair, list[float]]:
    lists: dict[Pair, list[float]] = {}
    rows = zip(observed["indicator_id"], observed["admin_code"], observed["value"], strict=True)
    for name, code, value in rows:
        lists.setdefault((name, code), []).append(value)
    return lists


def _with_ancestors(pairs: set[Pair], *, city: bool = False) -> set[Pair]:
    above = [AdminLevel.TOWNSHIP, AdminLevel.COUNTY, *([AdminLevel.CITY] if city else [])]
    return pairs | {(name, code[: level.digits].ljust(12, "0")) for name, code in pairs for level in above}


def _rows(frame: pd.DataFrame, pairs: set[Pair]) -> pd.DataFrame:
    kept = [pair in pairs for pair in zip(frame["indicator_id"], frame["admin_code"], strict=True)]
    return frame[np.array(kept, dtype=bool)]
