"""Dangerous housing: C and D houses outstanding, overdue and completed (JGJ 125)."""

import geopandas as gpd
import pandas as pd

from analysis.figures import additive, observed
from analysis.measures import measure
from analysis.results import Observations, Parts
from analysis.territory import Territory, need_columns

_GRADED = ("grade", "state")


@measure(lambda a: (_GRADED,))
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
    return _count(territory, houses, _open(houses, grades, closed))


@measure(lambda a: (_GRADED, ("households",)))
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
    need_columns(settlements, ("households",))
    households = settlements["households"].astype(float).groupby(settlements["admin_code"]).sum(min_count=1)
    counted = outstanding(territory, houses, grades=grades, closed=closed)
    return additive(territory, counted.frame["numerator"], households / 1000)


@measure(lambda a: (_GRADED,))
def completion(territory: Territory, houses: pd.DataFrame, *, grades: list[str], closed: list[str]) -> Parts:
    """Closed dangerous houses over all dangerous houses.

    Returns
    -------
    Parts in houses; 0 over 0 (no rate, but data) where a reported unit has no dangerous house.
    """
    need_columns(houses, _GRADED)
    dangerous = houses["grade"].isin(grades)
    done = _count(territory, houses, dangerous & houses["state"].isin(closed))
    everything = _count(territory, houses, dangerous)
    return additive(territory, done.frame["numerator"], everything.frame["numerator"])


@measure(lambda a: (("cut_slope", "state"),))
def cut_slope_outstanding(territory: Territory, houses: pd.DataFrame, *, closed: list[str]) -> Parts:
    """Houses built on cut slopes, of any grade, that are not yet in a closed state.

    Returns
    -------
    Parts in houses; NaN where the township reported no house, or not of one whether its slope is cut.
    """
    need_columns(houses, ("cut_slope", "state"))
    cut = houses["cut_slope"].eq(True).fillna(False)
    return _count(territory, houses[houses["cut_slope"].notna()], cut & ~houses["state"].isin(closed))


@measure(lambda a: ((*_GRADED, "due_on"),))
def overdue(territory: Territory, houses: pd.DataFrame, *, grades: list[str], closed: list[str]) -> Parts:
    """Outstanding houses whose due date lies before the territory's day; without a due date never overdue.

    Returns
    -------
    Parts in houses; NaN where the township reported no house.
    """
    need_columns(houses, ("due_on",))
    late = pd.to_datetime(houses["due_on"]) < pd.Timestamp(territory.as_of)
    return _count(territory, houses, _open(houses, grades, closed) & late)


@measure(lambda a: (("grade", "found_on", "accepted_on"),))
def days_to_acceptance(territory: Territory, houses: pd.DataFrame, *, grades: list[str]) -> Observations:
    """Days from found to accepted of each dangerous house accepted by the territory's day.

    A house that lacks one of the dates, or whose dates are the wrong way round, is no observation.
    """
    need_columns(houses, ("grade", "found_on", "accepted_on"))
    accepted_on = pd.to_datetime(houses["accepted_on"])
    days = (accepted_on - pd.to_datetime(houses["found_on"])).dt.days.astype(float)
    counted = houses["grade"].isin(grades) & (days >= 0) & (accepted_on <= pd.Timestamp(territory.as_of))
    return observed(territory, houses["admin_code"], days.where(counted))


def _open(houses: pd.DataFrame, grades: list[str], closed: list[str]) -> "pd.Series[bool]":
    need_columns(houses, _GRADED)
    return houses["grade"].isin(grades) & ~houses["state"].isin(closed)


def _count(territory: Territory, reported: pd.DataFrame, counted: "pd.Series[bool]") -> Parts:
    houses = counted.astype(float).groupby(reported["admin_code"]).sum()
    known = territory.reported(reported)
    return additive(territory, houses.reindex(territory.codes, fill_value=0.0).where(known))
