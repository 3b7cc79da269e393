"""Rolling up: from villages to townships, counties and the city, never by averaging ratios or medians."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from layers import AdminKind, AdminLevel, Indicator, Rollup

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


class Scope(StrEnum):
    """Which townships count in a figure: all of them, the plan's 80 towns, or the 5 streets.

    The other statistical units (development zones, forest farms) count in `ALL` only.
    """

    ALL = "all"
    TOWN = "town"
    STREET = "street"


_SCOPE_OF_KIND = {str(AdminKind.TOWN): Scope.TOWN, str(AdminKind.STREET): Scope.STREET}
_ABOVE = {
    AdminLevel.VILLAGE: (AdminLevel.TOWNSHIP, AdminLevel.COUNTY, AdminLevel.CITY),
    AdminLevel.TOWNSHIP: (AdminLevel.COUNTY, AdminLevel.CITY),
}


@dataclass(frozen=True)
class Hierarchy:
    """The units of the city, as codes.

    Attributes
    ----------
    villages, townships : 12-digit codes, sorted.
    township_scope : scope of each township that is a town or a street, by code.
    """

    villages: "pd.Index[str]"
    townships: "pd.Index[str]"
    township_scope: "pd.Series[str]"

    @classmethod
    def from_units(cls, units: pd.DataFrame) -> "Hierarchy":
        """Make it from administrative units with ``admin_code``, ``level`` and ``kind``."""
        by_level = units.set_index("admin_code").sort_index()
        townships = by_level[by_level["level"] == AdminLevel.TOWNSHIP]
        scopes = townships["kind"].map(_SCOPE_OF_KIND).dropna().astype(str)
        villages = by_level.index[by_level["level"] == AdminLevel.VILLAGE]
        return cls(villages, townships.index, scopes)

    def units(self, level: AdminLevel) -> "pd.Index[str]":
        """Codes of the villages or of the townships."""
        return self.villages if level is AdminLevel.VILLAGE else self.townships

    def counties(self) -> tuple[str, ...]:
        """Codes of the counties that have townships or villages, sorted."""
        codes = self.townships.append(self.villages)
        return tuple(sorted(ancestor(codes, AdminLevel.COUNTY).unique()))

    def scope_of(self, codes: "pd.Series[str]") -> "pd.Series[str]":
        """Scope of the township of each unit; missing for the other statistical units."""
        return ancestor(codes, AdminLevel.TOWNSHIP).map(self.township_scope)


def ancestor(codes: "pd.Series[str] | pd.Index[str]", level: AdminLevel) -> "pd.Series[str]":
    """Code of the unit of `level` that each unit lies in."""
    of: pd.Series[str] = pd.Series(codes).str[: level.digits].str.ljust(12, "0")
    return of


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
    data, and for a ratio whose denominator is 0 (known, but nothing to divide by: no C/D house, say).

    Notes
    -----
    Ratios divide sums of numerators by sums of denominators, sums add numerators, medians and maxima are
    taken of all observations below. A higher unit's own figure stands in for its sum where no unit below has
    data (a county plan whose township quotas are not handed in), and counts upward from there; it cannot be
    split by scope, so it counts in ``all`` only.
    """
    frames = []
    for (level, additive), group in _grouped(indicators).items():
        ids = [indicator.id for indicator in group]
        if additive:
            own = parts[parts["indicator_id"].isin(ids)]
            frames.append(_roll_up_parts({i.id: i.rollup for i in group}, own, hierarchy, level))
        else:
            own = observations[observations["indicator_id"].isin(ids)]
            frames.append(_roll_up_observations({i.id: i.rollup for i in group}, own, hierarchy, level))
    if not frames:
        return pd.DataFrame(columns=list(COLUMNS))
    rolled = pd.concat(frames, ignore_index=True)
    return rolled.sort_values(["indicator_id", "level", "admin_code", "scope"], ignore_index=True)


def _grouped(indicators: Iterable[Indicator]) -> Mapping[tuple[AdminLevel, bool], list[Indicator]]:
    groups: dict[tuple[AdminLevel, bool], list[Indicator]] = {}
    for indicator in indicators:
        key = (indicator.level, indicator.rollup in (Rollup.RATIO, Rollup.SUM))
        groups.setdefault(key, []).append(indicator)
    return groups


def _roll_up_parts(
    rollups: Mapping[str, Rollup], parts: pd.DataFrame, hierarchy: Hierarchy, level: AdminLevel
) -> pd.DataFrame:
    measured = hierarchy.units(level)
    base = _complete(parts, rollups, measured)
    base["with_data"] = base["numerator"].notna().astype(int)
    base["units"] = 1
    base["scope"] = str(Scope.ALL)
    higher = parts[~parts["admin_code"].isin(measured) & parts["numerator"].notna()]

    below = pd.concat([base, _in_scopes(base, hierarchy)], ignore_index=True)
    frames = [below.assign(level=str(level))]
    for above in _ABOVE[level]:
        rolled = _sums(below.assign(admin_code=ancestor(below["admin_code"], above)))
        rolled = _own_where_nothing_below(rolled, higher)
        frames.append(rolled.assign(level=str(above)))
        below = rolled
    figures = pd.concat(frames, ignore_index=True)
    ratio = figures["numerator"] / figures["denominator"].where(figures["denominator"] != 0)
    is_ratio = figures["indicator_id"].map(rollups) == Rollup.RATIO
    figures["value"] = ratio.where(is_ratio, figures["numerator"])
    return figures[list(COLUMNS)]


def _complete(parts: pd.DataFrame, rollups: Mapping[str, Rollup], measured: "pd.Index[str]") -> pd.DataFrame:
    """Parts of every measured unit and indicator, in a fixed order so that sums agree to the last digit."""
    every = pd.MultiIndex.from_product([sorted(rollups), measured], names=["indicator_id", "admin_code"])
    known = parts.set_index(["indicator_id", "admin_code"])[["numerator", "denominator"]]
    return known.reindex(every).reset_index()


def _in_scopes(base: pd.DataFrame, hierarchy: Hierarchy) -> pd.DataFrame:
    scoped = base.assign(scope=hierarchy.scope_of(base["admin_code"]).to_numpy())
    return scoped[scoped["scope"].notna()]


def _sums(below: pd.DataFrame) -> pd.DataFrame:
    grouped = below.groupby(["indicator_id", "admin_code", "scope"], sort=True)
    sums = grouped[["numerator", "denominator"]].sum(min_count=1)
    return sums.join(grouped[["with_data", "units"]].sum()).reset_index()


def _own_where_nothing_below(rolled: pd.DataFrame, higher: pd.DataFrame) -> pd.DataFrame:
    if higher.empty:
        return rolled
    keys = ["indicator_id", "admin_code"]
    own = rolled[keys].merge(higher, on=keys, how="left")
    stands_in = ((rolled["scope"] == Scope.ALL) & rolled["numerator"].isna()).to_numpy()
    for column in ("numerator", "denominator"):
        rolled[column] = rolled[column].where(~stands_in, own[column].to_numpy())
    return rolled


def _roll_up_observations(
    rollups: Mapping[str, Rollup], observations: pd.DataFrame, hierarchy: Hierarchy, level: AdminLevel
) -> pd.DataFrame:
    measured = hierarchy.units(level)
    every = pd.MultiIndex.from_product([sorted(rollups), measured], names=["indicator_id", "measured"])
    counted = pd.DataFrame(index=every).reset_index()
    known = observations.rename(columns={"admin_code": "measured"})
    known = known.assign(seen=known["seen"].fillna(1.0) if "seen" in known else 1.0)
    rows = counted.merge(
        known[["indicator_id", "measured", "value", "seen"]], on=["indicator_id", "measured"], how="left"
    ).assign(scope=str(Scope.ALL))
    scopes = hierarchy.scope_of(rows["measured"])
    scoped = rows.assign(scope=scopes.to_numpy())[scopes.notna().to_numpy()]
    rows = pd.concat([rows, scoped], ignore_index=True)

    frames = []
    for above in (level, *_ABOVE[level]):
        below = rows.assign(admin_code=ancestor(rows["measured"], above))
        frames.append(_statistics(rollups, below).assign(level=str(above)))
    return pd.concat(frames, ignore_index=True)[list(COLUMNS)]


def _statistics(rollups: Mapping[str, Rollup], below: pd.DataFrame) -> pd.DataFrame:
    keys = ["indicator_id", "admin_code", "scope"]
    grouped = below.groupby(keys, sort=True)
    values = grouped["value"]
    result = pd.DataFrame({"median": values.median(), "maximum": values.max()})
    result["denominator"] = grouped["seen"].sum()
    by_unit = below.groupby([*keys, "measured"])["value"].count().gt(0).groupby(keys)
    result["with_data"], result["units"] = by_unit.sum(), by_unit.size()
    result = result.reset_index()
    is_median = result["indicator_id"].map(rollups) == Rollup.MEDIAN
    result["value"] = result["median"].where(is_median, result["maximum"])
    result["numerator"] = np.nan
    return result
