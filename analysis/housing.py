"""Dangerous housing: C and D houses outstanding, overdue and completed (JGJ 125)."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.figures import additive, observed
from analysis.grid import Grid
from analysis.measures import Local, measure
from analysis.results import Observations, Parts
from analysis.slope import slope_at
from analysis.territory import BoolArray, Territory, need_columns
from layers import AdminLevel

_GRADED = ("grade", "state")


def _of_township(_: Mapping[str, Any]) -> Local:
    return Local(AdminLevel.TOWNSHIP)


@measure(lambda a: (_GRADED,), local=_of_township)
def outstanding(territory: Territory, houses: pd.DataFrame, *, grades: list[str], closed: list[str]) -> Parts:
    """Houses of the dangerous grades that are not yet in a closed state.

    Parameters
    ----------
    houses : one row a house: ``admin_code``, ``grade``, ``state``.
    grades : dangerous grades (C partly, D wholly dangerous).
    closed : states that end a case (accepted, occupied, demolished, relocated).

    Returns
    -------
    Parts in houses; NaN where the township reported no house of any grade.
    """
    return _count(territory, houses, _open(territory, houses, grades, closed))


@measure(lambda a: (_GRADED, ("households",)), local=_of_township)
def outstanding_per_1000(
    territory: Territory,
    houses: pd.DataFrame,
    settlements: gpd.GeoDataFrame,
    *,
    grades: list[str],
    closed: list[str],
) -> Parts:
    """Outstanding houses over thousands of households of the natural villages.

    Returns
    -------
    Parts in houses and thousands of households; NaN where the township reported no house or the unit has no
    settlement with known households.
    """
    households = territory.sums(settlements, territory.numbers(settlements, "households"))
    counted = _count(territory, houses, _open(territory, houses, grades, closed))
    return additive(territory, counted.numerator, households / 1000)


@measure(lambda a: (_GRADED,), local=_of_township)
def completion(territory: Territory, houses: pd.DataFrame, *, grades: list[str], closed: list[str]) -> Parts:
    """Closed dangerous houses over all dangerous houses.

    Returns
    -------
    Parts in houses; 0 over 0 (no rate, but data) where a reported unit has no dangerous house.
    """
    dangerous = territory.matching(houses, {"grade": grades})
    everything = _count(territory, houses, dangerous).numerator
    done = territory.counts(houses, dangerous & territory.matching(houses, {"state": closed}))
    return additive(territory, done, everything)


@measure(lambda a: (("cut_slope", "state"),), local=_of_township)
def cut_slope_outstanding(territory: Territory, houses: pd.DataFrame, *, closed: list[str]) -> Parts:
    """Houses built on cut slopes, of any grade, that are not yet in a closed state.

    Returns
    -------
    Parts in houses; NaN where the township reported no house, or not of one whether its slope is cut.
    """
    cut = territory.numbers(houses, "cut_slope")
    standing = territory.counts(houses, (cut > 0) & ~territory.matching(houses, {"state": closed}))
    return additive(territory, np.where(territory.reported_by(houses, ~np.isnan(cut)), standing, np.nan))


@measure(lambda a: (("cut_slope", "state"),), local=_of_township)
def cut_slope_on_steep_ground(
    territory: Territory,
    houses: gpd.GeoDataFrame,
    elevation: Grid | None,
    *,
    closed: list[str],
    steep_deg: float,
) -> Parts:
    """Houses of `cut_slope_outstanding` that stand on ground of a slope of `steep_deg` degrees or more.

    Parameters
    ----------
    houses : points with ``admin_code``, ``cut_slope`` and ``state``, EPSG:4490.
    elevation : ground, metres; None if no raster is loaded.

    Returns
    -------
    Parts in houses; NaN without an elevation grid, where `cut_slope_outstanding` is, or where such houses stand and
    the slope under none of them is known.
    """
    standing = cut_slope_outstanding(territory, houses, closed=closed).frame["numerator"].to_numpy()
    if elevation is None:
        return additive(territory, np.full(len(standing), np.nan))
    cut = (territory.numbers(houses, "cut_slope") > 0) & ~territory.matching(houses, {"state": closed})
    slope = np.full(len(houses), np.nan)
    slope[cut] = slope_at(elevation, *shapely.get_coordinates(houses.geometry[cut]).T)
    told = territory.counts(houses, ~np.isnan(slope))
    steep = territory.counts(houses, slope >= steep_deg)
    unknown = np.isnan(standing) | ((standing > 0) & (told == 0))
    return additive(territory, np.where(unknown, np.nan, steep))


@measure(lambda a: ((*_GRADED, "due_on"),), local=_of_township)
def overdue(territory: Territory, houses: pd.DataFrame, *, grades: list[str], closed: list[str]) -> Parts:
    """Outstanding houses whose due date lies before the territory's day.

    Returns
    -------
    Parts in houses; NaN where the township reported no house, or where houses are outstanding and none of them
    has a due date: then nobody knows whether they are late.
    """
    need_columns(houses, ("due_on",))
    due = pd.to_datetime(houses["due_on"])
    unclosed, dated = _open(territory, houses, grades, closed), due.notna().to_numpy()
    counted = _count(territory, houses, unclosed & (due < pd.Timestamp(territory.as_of)).to_numpy())
    unknown = (territory.counts(houses, unclosed) > 0) & (territory.counts(houses, unclosed & dated) == 0)
    return additive(territory, np.where(unknown, np.nan, counted.numerator))


@measure(lambda a: (("grade", "found_on", "accepted_on"),), local=lambda _: Local())
def days_to_acceptance(territory: Territory, houses: pd.DataFrame, *, grades: list[str]) -> Observations:
    """Days from found to accepted of each dangerous house accepted by the territory's day.

    A house that lacks one of the dates, or whose dates are the wrong way round, is no observation.
    """
    need_columns(houses, ("grade", "found_on", "accepted_on"))
    accepted_on = pd.to_datetime(houses["accepted_on"])
    days = (accepted_on - pd.to_datetime(houses["found_on"])).dt.days.to_numpy(dtype=float, na_value=np.nan)
    in_time = (accepted_on <= pd.Timestamp(territory.as_of)).to_numpy()
    counted = territory.matching(houses, {"grade": grades}) & in_time & (days >= 0)
    return observed(territory, houses, np.where(counted, days, np.nan))


def _open(territory: Territory, houses: pd.DataFrame, grades: list[str], closed: list[str]) -> BoolArray:
    """Which houses of the grades are in no closed state."""
    return territory.matching(houses, {"grade": grades}) & ~territory.matching(houses, {"state": closed})


def _count(territory: Territory, houses: pd.DataFrame, counted: BoolArray) -> Parts:
    known = np.where(territory.reported(houses), territory.counts(houses, counted), np.nan)
    return additive(territory, known)
