"""Rolling up: from villages to townships, counties and the city, never by averaging ratios or medians."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.hierarchy import Hierarchy, Scope
from analysis.territory import BoolArray, FloatArray, IntArray, totals
from base.garbage import collection_paused
from layers import AdminLevel, Indicator, Rollup

COLUMNS = (
    "indicator_id",
    "level",
    "admin_code",
    "scope",
    "value",
    "numerator",
    "denominator",
    "with_data",
    "units",
)
_ABOVE = {
    AdminLevel.VILLAGE: (AdminLevel.TOWNSHIP, AdminLevel.COUNTY, AdminLevel.CITY),
    AdminLevel.TOWNSHIP: (AdminLevel.COUNTY, AdminLevel.CITY),
}
_ADDITIVE = (Rollup.RATIO, Rollup.SUM)
_Coded = tuple[IntArray, Any]
"""Names as `pd.factorize` gives them: the position of each among the different ones, and these."""


@collection_paused()
def roll_up(
    indicators: Iterable[Indicator], parts: pd.DataFrame, observations: pd.DataFrame, hierarchy: Hierarchy
) -> pd.DataFrame:
    """Figures of all units at all levels from the results of the measured units.

    Parameters
    ----------
    indicators : the indicators that the results belong to.
    parts : columns ``indicator_id``, ``admin_code``, ``numerator``, ``denominator``: `Parts` of all
        territories, one row for each measured unit (NaN without data), and own figures of higher units.
    observations : columns ``indicator_id``, ``admin_code``, ``value``: `Observations` of all territories. An
        optional column ``seen`` says how many observations a row stands for (a kept maximum), else one.

    Returns
    -------
    Columns `COLUMNS`; levels from the indicator's own up to the city. Scope ``all`` everywhere; ``town`` and
    ``street`` for townships of that kind, their villages, and the counties and city above. ``units`` counts
    the measured units below, ``with_data`` those with known parts or any observation. A value is NaN without
    data, and for a ratio whose denominator is 0 (known, but nothing to divide by: no C/D house, say). Medians
    and maxima have no numerator, and the number of observations as denominator.

    Notes
    -----
    Ratios divide sums of numerators by sums of denominators, sums add numerators, medians and maxima are
    taken of all observations below. A higher unit's own figure, where the feature type is reported for such
    units too (the quota of a county), goes before the sum of those below, some of which may not have reported,
    and counts upward from there; it cannot be split by scope, so it counts in ``all`` only.
    """
    tables: list[_Table] = []
    ordered = sorted(indicators, key=lambda indicator: indicator.id)
    any_added = any(indicator.rollup in _ADDITIVE for indicator in ordered)
    coded = [pd.factorize(parts[name]) for name in ("indicator_id", "admin_code")] if any_added else []
    for level in _ABOVE:
        own = [indicator for indicator in ordered if indicator.level is level]
        added = [indicator for indicator in own if indicator.rollup in _ADDITIVE]
        seen = [indicator for indicator in own if indicator.rollup not in _ADDITIVE]
        upward = _Upward.of(hierarchy, level) if own else None
        if added and upward:
            tables += _roll_up_parts(added, parts, coded, upward)
        if seen and upward:
            tables += _roll_up_observations(seen, observations, upward)
    return _together(tables)


@dataclass(frozen=True)
class _Upward:
    """The measured units and the units above them, level by level.

    Attributes
    ----------
    codes : codes of the units of each of `levels`, sorted.
    above : for each level but the last, the place of each unit's ancestor in the codes of the next.
    inside : which measured units count in each scope that has any.
    """

    levels: tuple[AdminLevel, ...]
    codes: "tuple[pd.Index[str], ...]"
    above: tuple[IntArray, ...]
    inside: dict[Scope, BoolArray]

    @classmethod
    def of(cls, hierarchy: Hierarchy, level: AdminLevel) -> "_Upward":
        levels, codes, above = (level, *_ABOVE[level]), [hierarchy.units(level)], []
        for at in levels[1:]:
            higher = [code[: at.digits].ljust(12, "0") for code in codes[-1].tolist()]
            found = sorted(set(higher))
            place = {code: position for position, code in enumerate(found)}
            above.append(np.array([place[code] for code in higher], dtype=np.intp))
            codes.append(pd.Index(found, dtype=codes[-1].dtype))
        inside = {scope: hierarchy.inside(codes[0], scope) for scope in Scope}
        some = {scope: mask for scope, mask in inside.items() if mask.any()}
        return cls(levels, tuple(codes), tuple(above), some)

    def steps(self, scope: Scope) -> Iterator[tuple[int, IntArray, IntArray]]:
        """Of each level above in turn: which, the units that have any in the scope, and each lower one's place there.

        The units are places in `codes` of that level; the lower ones are those of the step before.
        """
        kept = np.flatnonzero(self.inside[scope])
        for nth, above in enumerate(self.above, start=1):
            kept, groups = np.unique(above[kept], return_inverse=True)
            yield nth, kept, groups


@dataclass(frozen=True)
class _Sums:
    """Parts of several indicators (rows) in several units (columns); `units` and `with_data` count below."""

    numerator: FloatArray
    denominator: FloatArray
    with_data: FloatArray
    units: FloatArray

    def of(self, units: "IntArray | BoolArray") -> "_Sums":
        """Of some of the units."""
        return _Sums(
            self.numerator[:, units],
            self.denominator[:, units],
            self.with_data[:, units],
            self.units[:, units],
        )

    def above(self, groups: IntArray, count: int) -> "_Sums":
        """Sums by group, the group of each unit given."""
        rows = len(self.numerator)
        places = (np.arange(rows)[:, None] * count + groups).ravel()

        def summed(values: FloatArray) -> FloatArray:
            return totals(places, values.ravel(), rows * count).reshape(rows, count)

        unknown = summed((~np.isnan(self.numerator)).astype(float)) == 0
        return _Sums(
            np.where(unknown, np.nan, summed(np.nan_to_num(self.numerator))),
            np.where(unknown, np.nan, summed(np.nan_to_num(self.denominator))),
            summed(self.with_data),
            summed(self.units),
        )

    def with_own(self, own: "_Sums") -> "_Sums":
        """Own figures of the same units put in the place of sums, where a unit has one."""
        known = ~np.isnan(own.numerator)
        return _Sums(
            np.where(known, own.numerator, self.numerator),
            np.where(known, own.denominator, self.denominator),
            self.with_data,
            self.units,
        )


@dataclass(frozen=True)
class _Table:
    """Figures of several indicators (rows) in units of one level (columns) and scope."""

    indicators: Sequence[Indicator]
    level: AdminLevel
    scope: Scope
    codes: "pd.Index[str]"
    sums: _Sums
    value: FloatArray


def _roll_up_parts(
    indicators: Sequence[Indicator], parts: pd.DataFrame, coded: Sequence[_Coded], upward: _Upward
) -> list[_Table]:
    (row,) = _positions(coded[0], pd.Index([i.id for i in indicators]))
    at_level = [
        _matrices(len(indicators), row, column, len(codes), parts)
        for codes, column in zip(upward.codes, _positions(coded[1], *upward.codes), strict=True)
    ]
    is_ratio = np.array([indicator.rollup is Rollup.RATIO for indicator in indicators])[:, None]
    tables = []

    def tell(nth: int, scope: Scope, kept: IntArray, sums: _Sums) -> None:
        ratio = sums.numerator / np.where(sums.denominator == 0, np.nan, sums.denominator)
        value = np.where(is_ratio, ratio, sums.numerator)
        codes = upward.codes[nth].take(kept)
        tables.append(_Table(indicators, upward.levels[nth], scope, codes, sums, value))

    for scope, inside in upward.inside.items():
        sums = at_level[0].of(inside)
        tell(0, scope, np.flatnonzero(inside), sums)
        for nth, kept, groups in upward.steps(scope):
            sums = sums.above(groups, len(kept))
            sums = sums.with_own(at_level[nth].of(kept)) if scope is Scope.ALL else sums
            tell(nth, scope, kept, sums)
    return tables


def _matrices(rows: int, row: IntArray, column: IntArray, columns: int, parts: pd.DataFrame) -> _Sums:
    ours = np.flatnonzero((row >= 0) & (column >= 0))
    numerator, denominator = np.full((2, rows, columns), np.nan)
    numerator[row[ours], column[ours]] = parts["numerator"].to_numpy(dtype=float)[ours]
    denominator[row[ours], column[ours]] = parts["denominator"].to_numpy(dtype=float)[ours]
    return _Sums(numerator, denominator, (~np.isnan(numerator)).astype(float), np.ones_like(numerator))


def _roll_up_observations(
    indicators: Sequence[Indicator], observations: pd.DataFrame, upward: _Upward
) -> list[_Table]:
    seen = _Seen.of(indicators, observations, upward.codes[0])
    is_median = np.array([indicator.rollup is Rollup.MEDIAN for indicator in indicators])[:, None]
    tables = []

    def tell(nth: int, scope: Scope, kept: IntArray, place: IntArray) -> None:
        median, maximum, sums = seen.by(place, len(kept))
        value = np.where(is_median, median, maximum)
        codes = upward.codes[nth].take(kept)
        tables.append(_Table(indicators, upward.levels[nth], scope, codes, sums, value))

    for scope, inside in upward.inside.items():
        place = np.where(inside, np.cumsum(inside) - 1, -1)
        tell(0, scope, np.flatnonzero(inside), place)
        for nth, kept, groups in upward.steps(scope):
            place = np.where(inside, groups[place], -1)
            tell(nth, scope, kept, place)
    return tables


@dataclass(frozen=True)
class _Seen:
    """Observations of several indicators in the measured units, by value, lowest first.

    Attributes
    ----------
    row, unit : the indicator and the unit of each observation.
    value : the observation.
    weight : how many observations it stands for.
    some : which indicators (rows) have any in which units (columns).
    """

    row: IntArray
    unit: IntArray
    value: FloatArray
    weight: FloatArray
    some: BoolArray

    @classmethod
    def of(
        cls, indicators: Sequence[Indicator], observations: pd.DataFrame, units: "pd.Index[str]"
    ) -> "_Seen":
        (row,) = _positions(pd.factorize(observations["indicator_id"]), pd.Index([i.id for i in indicators]))
        (unit,) = _positions(pd.factorize(observations["admin_code"]), units)
        value = observations["value"].to_numpy(dtype=float)
        order = np.argsort(value, kind="stable")
        order = order[(row[order] >= 0) & (unit[order] >= 0)]
        row, unit = row[order], unit[order]
        weight = np.ones(len(order))
        if "seen" in observations:
            weight = observations["seen"].fillna(1.0).to_numpy()[order]
        some = np.zeros((len(indicators), len(units)), dtype=bool)
        some[row, unit] = True
        return cls(row, unit, value[order], weight, some)

    def by(self, place: IntArray, count: int) -> tuple[FloatArray, FloatArray, _Sums]:
        """Medians, maxima and numbers by group, the group of each unit given, -1 for none."""
        rows, cells = len(self.some), len(self.some) * count
        ours = np.flatnonzero(place[self.unit] >= 0)
        cell = self.row[ours] * count + place[self.unit[ours]]
        median, maximum = _statistics(cell, self.value[ours], cells)
        row, unit = np.nonzero(self.some & (place >= 0))
        sums = _Sums(
            np.full((rows, count), np.nan),
            totals(cell, self.weight[ours], cells).reshape(rows, count),
            np.bincount(row * count + place[unit], minlength=cells).astype(float).reshape(rows, count),
            np.broadcast_to(np.bincount(place[place >= 0], minlength=count).astype(float), (rows, count)),
        )
        return median.reshape(rows, count), maximum.reshape(rows, count), sums


def _statistics(places: IntArray, values: FloatArray, count: int) -> tuple[FloatArray, FloatArray]:
    """Median and maximum at each place of values that come lowest first, NaN where there is none."""
    # Numbers of 16 bits are sorted in one pass for each byte.
    short = places.astype(np.uint16) if count <= 2**16 else places
    sorted_values = values[np.argsort(short, kind="stable")]
    counts = np.bincount(places, minlength=count)
    ends = np.cumsum(counts)
    some = counts > 0
    median, maximum = np.full((2, count), np.nan)
    low = sorted_values[(ends - counts + (counts - 1) // 2)[some]]
    high = sorted_values[(ends - counts + counts // 2)[some]]
    median[some] = (low + high) / 2
    maximum[some] = sorted_values[ends[some] - 1]
    return median, maximum


def _positions(coded: _Coded, *known: "pd.Index[str]") -> list[IntArray]:
    """Position in each of `known` of each name, -1 for others; each different name is looked up once."""
    place, different = coded
    return [np.append(index.get_indexer(different), -1)[place] for index in known]


def _together(tables: Sequence[_Table]) -> pd.DataFrame:
    """One frame of all, indicator by indicator within each; text is repeated by its position, not compared."""
    if not tables:
        return pd.DataFrame(columns=list(COLUMNS))
    shapes = [table.value.shape for table in tables]
    sizes = [rows * columns for rows, columns in shapes]

    def texts(names: "Sequence[pd.Index[str]]", places: Sequence[IntArray]) -> "pd.Index[str]":
        firsts = np.cumsum([0, *(len(index) for index in names[:-1])])
        every = names[0].append(list(names[1:]))
        return every.take(
            np.concatenate([place + first for place, first in zip(places, firsts, strict=True)])
        )

    def each(of: Callable[[_Table], FloatArray]) -> FloatArray:
        return np.concatenate([of(table).ravel() for table in tables])

    ids = [pd.Index([indicator.id for indicator in table.indicators]) for table in tables]
    return pd.DataFrame(
        {
            "indicator_id": texts(ids, [np.repeat(np.arange(rows), columns) for rows, columns in shapes]),
            "level": pd.Index([str(table.level) for table in tables]).repeat(sizes),
            "admin_code": texts(
                [table.codes for table in tables],
                [np.tile(np.arange(columns), rows) for rows, columns in shapes],
            ),
            "scope": pd.Index([str(table.scope) for table in tables]).repeat(sizes),
            "value": each(lambda table: table.value),
            "numerator": each(lambda table: table.sums.numerator),
            "denominator": each(lambda table: table.sums.denominator),
            "with_data": each(lambda table: table.sums.with_data).astype(int),
            "units": each(lambda table: table.sums.units).astype(int),
        },
        columns=list(COLUMNS),
        copy=False,
    )
