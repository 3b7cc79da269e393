"""Figures of a day brought up to date: touched units measured, what differs carried upward, only that to be written."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pandas as pd
import sqlalchemy as sa

from analysis.hierarchy import Hierarchy, Scope
from analysis.upward import Figure, above, middle, of_observations, of_parts
from base.garbage import collection_paused
from layers import AdminLevel, Indicator, Rollup, feature_type
from pipelines.indicators.kept import Keeper
from pipelines.indicators.near import measure_touched
from pipelines.indicators.touched import Touched
from store import snapshots
from store.frames import FrameRead, read_frame
from store.snapshots import StoredRow

_CODES = FrameRead("admin_units", FrameRead.of(feature_type("admin_units"), ("level", "kind")).columns, False)
_SCOPES = tuple(map(str, Scope))
_MOST_TOWNSHIPS = 8
"""Townships from which reading the whole county is the shorter way."""
_ADDITIVE = (Rollup.RATIO, Rollup.SUM)
_UPWARD = (AdminLevel.VILLAGE, AdminLevel.TOWNSHIP, AdminLevel.COUNTY, AdminLevel.CITY)
Pair = tuple[str, str]
"""Indicator id and code of a unit."""
Key = tuple[str, str, str, str]
"""Indicator id, level, code and scope of a figure."""


@dataclass(frozen=True)
class Refreshed:
    """What is to be written.

    Attributes
    ----------
    rows : figures that differ from the stored ones.
    observed : observations of units that differ from the kept ones, by indicator and code; empty if none are left.
    """

    rows: Sequence[StoredRow]
    observed: dict[Pair, list[float]]


@collection_paused()
def refresh(
    keeper: Keeper,
    chosen: Sequence[Indicator],
    touched: Touched,
    progress: Callable[[int, int], object],
) -> Refreshed:
    """Measure touched units and carry upward what differs from the stored figures."""
    day = _Day(keeper.view, keeper.as_of, {indicator.id: indicator for indicator in chosen})
    differ: set[Pair] = set(touched.forced)
    for done, (county, wanted) in enumerate(touched.units.items(), start=1):
        parts, observed = measure_touched(keeper, county, chosen, wanted)
        pairs = {(name, code) for name, codes in wanted.items() for code in codes}
        differ |= day.take(county[: AdminLevel.COUNTY.digits], pairs, parts, observed)
        progress(done, len(touched.units))
    return day.carried(differ)


@dataclass
class _Day:
    """Stored figures of a day, with new ones in their place.

    Attributes
    ----------
    stored, new : figures, as they are stored and those that differ.
    own : numerators and denominators of higher units' own figures.
    observed : as in `Refreshed`.
    """

    view: sa.Connection
    as_of: dt.date
    indicators: dict[str, Indicator]
    stored: dict[Key, Figure] = field(default_factory=dict)
    new: dict[Key, Figure] = field(default_factory=dict)
    own: dict[Pair, tuple[float, float]] = field(default_factory=dict)
    observed: dict[Pair, list[float]] = field(default_factory=dict)

    def take(self, county: str, pairs: set[Pair], parts: pd.DataFrame, observed: pd.DataFrame) -> set[Pair]:
        """Take the results of a county's touched units; those that differ, and the county where it has its own.

        Parameters
        ----------
        county : the six digits.
        """
        measured = self._measured(pairs, parts, observed)
        asked: dict[AdminLevel, tuple[list[str], list[str]]] = {}
        for level in (AdminLevel.VILLAGE, AdminLevel.TOWNSHIP):
            ids = sorted({name for name, _ in pairs if self.indicators[name].level is level})
            digits = sorted({code[: AdminLevel.TOWNSHIP.digits] for name, code in pairs if name in set(ids)})
            if ids:
                asked[level] = (ids, digits if len(digits) < _MOST_TOWNSHIPS else [county])
        self._load(snapshots.stored_rows(self.view, self.as_of, asked))
        medians = sorted({name for name, _ in pairs if self.indicators[name].rollup is Rollup.MEDIAN})
        kept = snapshots.observations(self.view, self.as_of, medians, county) if medians else {}
        differ = {pair for pair in self.own if pair[1].startswith(county)}
        for pair in pairs:
            name, code = pair
            figure, level = measured[pair], str(self.indicators[name].level)
            if name in medians and kept.get(pair, []) != self.observed[pair]:
                differ.add(pair)
            for scope in _SCOPES:
                known = self.stored.get((name, level, code, scope))
                if known is not None and not known.same(figure):
                    self.new[name, level, code, scope] = figure
                    differ.add(pair)
        for pair in pairs - differ:
            self.observed.pop(pair, None)
        return differ

    def carried(self, differ: set[Pair]) -> Refreshed:
        """Carry figures upward from the units that differ."""
        names = {name for name, _ in differ}
        medians = _Medians(self, sorted(n for n in names if self.indicators[n].rollup is Rollup.MEDIAN))
        below = {
            level: {pair for pair in differ if self._starts(pair) is level}
            for level in (AdminLevel.VILLAGE, AdminLevel.TOWNSHIP, AdminLevel.COUNTY)
        }
        if differ:
            self._load_above(differ)
        for lower, upper in pairwise(_UPWARD):
            pairs = {(name, _cut(code, upper)) for name, code in below[lower]} | below.get(upper, set())
            below[upper] = pairs
            self._sum_up(lower, upper, pairs, medians)
        rows = [
            StoredRow(*key, *figure)
            for key, figure in sorted(self.new.items())
            if key not in self.stored or not self.stored[key].same(figure)
        ]
        return Refreshed(rows, self.observed)

    def _sum_up(self, lower: AdminLevel, upper: AdminLevel, pairs: set[Pair], medians: "_Medians") -> None:
        """New figures of units from those right below them."""
        members: dict[tuple[str, str, str], dict[str, Figure]] = {}
        below = str(lower)
        for figures in (self.stored, self.new):
            for (name, level, code, scope), figure in figures.items():
                if level == below and (name, above_it := _cut(code, upper)) in pairs:
                    members.setdefault((name, above_it, scope), {})[code] = figure
        for (name, code, scope), found in members.items():
            rollup = self.indicators[name].rollup
            own = self.own.get((name, code)) if scope == _SCOPES[0] else None
            figure = above(rollup, [found[member] for member in sorted(found)], own)
            if rollup is Rollup.MEDIAN:
                figure = figure._replace(value=medians.of(name, code[: upper.digits], scope))
            self.new[name, str(upper), code, scope] = figure

    def _measured(self, pairs: set[Pair], parts: pd.DataFrame, observed: pd.DataFrame) -> dict[Pair, Figure]:
        """The figure of each touched unit; higher units' own ones are kept apart."""
        found: dict[Pair, Figure] = {}
        columns = (
            parts[name].tolist() for name in ("indicator_id", "admin_code", "numerator", "denominator")
        )
        for name, code, numerator, denominator in zip(*columns, strict=True):
            if (name, code) in pairs:
                rollup = self.indicators[name].rollup
                found[name, code] = of_parts(rollup, numerator, denominator, int(numerator == numerator), 1)
            else:
                self.own[name, code] = (numerator, denominator)
        values: dict[Pair, list[float]] = {}
        columns = (observed[name].tolist() for name in ("indicator_id", "admin_code", "value"))
        for name, code, value in zip(*columns, strict=True):
            values.setdefault((name, code), []).append(value)
        for pair in pairs:
            rollup = self.indicators[pair[0]].rollup
            if rollup not in _ADDITIVE:
                found[pair] = of_observations(rollup, np.array(values.get(pair, []), dtype=float))
                if rollup is Rollup.MEDIAN:
                    self.observed[pair] = values.get(pair, [])
        return found

    def _starts(self, pair: Pair) -> AdminLevel:
        """The level of a unit that differs: the indicator's own, or the county's."""
        name, code = pair
        return AdminLevel.COUNTY if code.endswith("000000") else self.indicators[name].level

    def _load(self, rows: Iterable[StoredRow]) -> None:
        for row in rows:
            self.stored[row[:4]] = Figure(*row[4:])

    def _load_above(self, differ: set[Pair]) -> None:
        """Stored figures of what lies above units that differ, and of what that is summed from, asked for at once."""
        ids = sorted({name for name, _ in differ})
        asked: dict[AdminLevel, tuple[list[str], list[str]]] = {}
        for lower, upper in ((AdminLevel.TOWNSHIP, AdminLevel.COUNTY), (AdminLevel.COUNTY, AdminLevel.CITY)):
            asked[lower] = (ids, sorted({code[: upper.digits] for _, code in differ}))
        asked[AdminLevel.CITY] = asked[AdminLevel.COUNTY]  # to see whether they differ
        self._load(snapshots.stored_rows(self.view, self.as_of, asked))


class _Medians:
    """Medians of units above those observed, from the kept observations with the new ones in their place."""

    def __init__(self, day: _Day, names: Sequence[str]) -> None:
        self.values: dict[str, tuple[list[str], list[list[float]]]] = {}
        self.townships: dict[str, str] = {}
        if not names:
            return
        townships = read_frame(day.view, _CODES, levels=(str(AdminLevel.TOWNSHIP),))
        self.townships = Hierarchy.from_units(townships).township_scope.to_dict()
        every = snapshots.observations(day.view, day.as_of, names) | {
            pair: values for pair, values in day.observed.items() if pair[0] in names
        }
        for (name, code), values in every.items():
            codes, lists = self.values.setdefault(name, ([], []))
            codes.append(code)
            lists.append(values)

    def of(self, name: str, digits: str, scope: str) -> float:
        """The median of the units whose codes begin with the digits, in a scope."""
        kept: list[float] = []
        for code, values in zip(*self.values.get(name, ([], [])), strict=True):
            if not code.startswith(digits):
                continue
            if scope == _SCOPES[0] or self.townships.get(_cut(code, AdminLevel.TOWNSHIP)) == scope:
                kept += values
        return middle(np.array(kept, dtype=float))


@lru_cache(maxsize=50_000)
def _cut(code: str, level: AdminLevel) -> str:
    """Code of the unit of a level that a unit lies in."""
    return code[: level.digits].ljust(12, "0")
