"""Rolling up: from villages to townships, counties and the city, never by averaging ratios or medians."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.hierarchy import Hierarchy, Scope, ancestor
from analysis.territory import FloatArray, IntArray, totals
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
    tables: list[pd.DataFrame] = []
    ordered = sorted(indicators, key=lambda indicator: indicator.id)
    for level in _ABOVE:
        own = [indicator for indicator in ordered if indicator.level is level]
        added = [indicator for indicator in own if indicator.rollup in _ADDITIVE]
        seen = [indicator for indicator in own if indicator.rollup not in _ADDITIVE]
        if added:
            tables += _roll_up_parts(added, parts, hierarchy, level)
        if seen:
            tables += _roll_up_observations(seen, observations, hierarchy, level)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))


@dataclass(frozen=True)
class _Sums:
    """Parts of several indicators (rows) in several units (columns); `units` and `with_data` count below."""

    codes: "pd.Index[str]"
    numerator: FloatArray
    denominator: FloatArray
    with_data: FloatArray
    units: FloatArray

    def above(self, level: AdminLevel) -> "_Sums":
        """Sums by the unit of `level` that each unit lies in."""
        groups, codes = _grouped(self.codes, level)

        def summed(values: FloatArray) -> FloatArray:
            rows = len(values)
            places = np.arange(rows)[:, None] * len(codes) + groups
            return totals(places.ravel(), values.ravel(), rows * len(codes)).reshape(rows, len(codes))

        unknown = summed((~np.isnan(self.numerator)).astype(float)) == 0
        return _Sums(
            codes,
            np.where(unknown, np.nan, summed(np.nan_to_num(self.numerator))),
            np.where(unknown, np.nan, summed(np.nan_to_num(self.denominator))),
            summed(self.with_data),
            summed(self.units),
        )

    def with_own(self, own: "_Sums") -> "_Sums":
        """Own figures put in the place of sums, where a unit has one."""
        places = own.codes.get_indexer(self.codes)
        known = ~np.isnan(own.numerator[:, places]) & (places >= 0)
        return _Sums(
            self.codes,
            np.where(known, own.numerator[:, places], self.numerator),
            np.where(known, own.denominator[:, places], self.denominator),
            self.with_data,
            self.units,
        )


def _roll_up_parts(
    indicators: Sequence[Indicator], parts: pd.DataFrame, hierarchy: Hierarchy, level: AdminLevel
) -> list[pd.DataFrame]:
    measured = _matrices(indicators, parts, hierarchy.units(level))
    others = pd.Index(parts["admin_code"].unique()).difference(measured.codes)
    own = _matrices(indicators, parts, others)
    is_ratio = np.array([indicator.rollup is Rollup.RATIO for indicator in indicators])[:, None]
    tables = []
    for scope in Scope:
        inside = hierarchy.inside(measured.codes, scope)
        if not inside.any():
            continue
        sums = _Sums(
            measured.codes[inside],
            measured.numerator[:, inside],
            measured.denominator[:, inside],
            measured.with_data[:, inside],
            measured.units[:, inside],
        )
        for at in (level, *_ABOVE[level]):
            if at is not level:
                sums = sums.above(at)
                sums = sums.with_own(own) if scope is Scope.ALL and len(own.codes) else sums
            ratio = sums.numerator / np.where(sums.denominator == 0, np.nan, sums.denominator)
            value = np.where(is_ratio, ratio, sums.numerator)
            tables.append(_table(indicators, at, scope, sums, value))
    return tables


def _matrices(indicators: Sequence[Indicator], parts: pd.DataFrame, codes: "pd.Index[str]") -> _Sums:
    rows = pd.Index([i.id for i in indicators]).get_indexer(pd.Index(parts["indicator_id"]))
    columns = codes.get_indexer(pd.Index(parts["admin_code"]))
    ours = (rows >= 0) & (columns >= 0)
    numerator, denominator = np.full((2, len(indicators), len(codes)), np.nan)
    numerator[rows[ours], columns[ours]] = parts["numerator"].to_numpy(dtype=float)[ours]
    denominator[rows[ours], columns[ours]] = parts["denominator"].to_numpy(dtype=float)[ours]
    return _Sums(codes, numerator, denominator, (~np.isnan(numerator)).astype(float), np.ones_like(numerator))


def _roll_up_observations(
    indicators: Sequence[Indicator], observations: pd.DataFrame, hierarchy: Hierarchy, level: AdminLevel
) -> list[pd.DataFrame]:
    measured = hierarchy.units(level)
    row = pd.Index([i.id for i in indicators]).get_indexer(pd.Index(observations["indicator_id"]))
    unit = measured.get_indexer(pd.Index(observations["admin_code"]))
    value = observations["value"].to_numpy(dtype=float)
    seen = observations["seen"].fillna(1.0).to_numpy() if "seen" in observations else np.ones(len(value))
    is_median = np.array([indicator.rollup is Rollup.MEDIAN for indicator in indicators])[:, None]
    tables = []
    for scope in Scope:
        inside = hierarchy.inside(measured, scope)
        if not inside.any():
            continue
        ours = (row >= 0) & (unit >= 0)
        ours[ours] = inside[unit[ours]]
        for at in (level, *_ABOVE[level]):
            groups, codes = _grouped(measured[inside], at)
            group_of = np.zeros(len(measured), dtype=np.intp)
            group_of[inside] = groups
            shape = (len(indicators), len(codes))
            place = row[ours] * len(codes) + group_of[unit[ours]]
            median, maximum = (found.reshape(shape) for found in _statistics(place, value[ours], shape))
            count = totals(place, seen[ours], shape[0] * shape[1]).reshape(shape)
            pair = np.unique(row[ours] * len(measured) + unit[ours])
            observed = (pair // len(measured)) * len(codes) + group_of[pair % len(measured)]
            sums = _Sums(
                codes,
                np.full(shape, np.nan),
                count,
                np.bincount(observed, minlength=shape[0] * shape[1]).astype(float).reshape(shape),
                np.broadcast_to(np.bincount(groups, minlength=len(codes)).astype(float), shape),
            )
            tables.append(_table(indicators, at, scope, sums, np.where(is_median, median, maximum)))
    return tables


def _statistics(
    places: IntArray, values: FloatArray, shape: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Median and maximum of the values at each place, NaN where there is none."""
    order = np.lexsort((values, places))
    counts = np.bincount(places, minlength=shape[0] * shape[1])
    ends = np.cumsum(counts)
    some = counts > 0
    median, maximum = np.full((2, len(counts)), np.nan)
    sorted_values = values[order]
    low = sorted_values[(ends - counts + (counts - 1) // 2)[some]]
    high = sorted_values[(ends - counts + counts // 2)[some]]
    median[some] = (low + high) / 2
    maximum[some] = sorted_values[ends[some] - 1]
    return median, maximum


def _grouped(codes: "pd.Index[str]", level: AdminLevel) -> tuple[IntArray, "pd.Index[str]"]:
    """Place of each unit's ancestor of `level`, and the ancestors' codes, sorted."""
    groups, found = pd.factorize(pd.Index(ancestor(codes, level)), sort=True)
    return groups, found


def _table(
    indicators: Sequence[Indicator], level: AdminLevel, scope: Scope, sums: _Sums, value: FloatArray
) -> pd.DataFrame:
    rows, columns = value.shape
    ids = pd.Index([indicator.id for indicator in indicators])
    return pd.DataFrame(
        {
            "indicator_id": ids.take(np.repeat(np.arange(rows), columns)),
            "level": str(level),
            "admin_code": sums.codes.take(np.tile(np.arange(columns), rows)),
            "scope": str(scope),
            "value": value.ravel(),
            "numerator": sums.numerator.ravel(),
            "denominator": sums.denominator.ravel(),
            "with_data": sums.with_data.ravel().astype(int),
            "units": sums.units.ravel().astype(int),
        },
        columns=list(COLUMNS),
    )
