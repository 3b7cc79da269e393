"""Figures of projects by village, rolled up like those of features: sums over sums, never means of ratios."""

import datetime as dt
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.figures import additive, ratio_of_fields
from analysis.measures import find, measure
from analysis.progress.earned_value import earned_value
from analysis.progress.signs import is_stalled, silent_days
from analysis.results import Parts
from analysis.territory import Territory
from layers import Indicator


def standing(
    projects: pd.DataFrame, milestones: pd.DataFrame, reports: pd.DataFrame, day: dt.date
) -> pd.DataFrame:
    """What the measures read: one row for each project that is not cancelled, as it stands on a day.

    Parameters
    ----------
    projects : as `analysis.progress.signs.signs`, with ``admin_code``.
    milestones, reports : as `analysis.progress.earned_value.earned_value`.

    Returns
    -------
    As `analysis.progress.earned_value.earned_value`, with ``admin_code``, ``silent_days`` (NaN where no report is due).
    """
    stood = earned_value(projects, milestones, reports, day)
    own = projects.loc[stood.index]
    return stood.assign(admin_code=own["admin_code"], silent_days=silent_days(own, stood, day))


def parts_of(
    stood: pd.DataFrame, indicators: "list[Indicator]", villages: "pd.Index[str]", day: dt.date
) -> pd.DataFrame:
    """Parts of indicators of projects in all villages of the city.

    Parameters
    ----------
    stood : as `standing`; projects of no village of these are left out.
    villages : 12-digit codes, sorted.

    Returns
    -------
    Columns ``indicator_id``, ``admin_code``, ``numerator``, ``denominator`` as `analysis.rollup.roll_up` takes them.
    """
    # No measure of projects looks at the places of the villages.
    territory = Territory(gpd.GeoDataFrame(index=villages), day)
    inside = stood[stood["admin_code"].isin(villages)].reset_index(drop=True)
    found = [
        find(one.function).function(territory, inside, **one.arguments).frame.assign(indicator_id=one.id)
        for one in indicators
    ]
    return pd.concat(found).reset_index()


@measure(lambda _: ())
def ratio_of_projects(
    territory: Territory, projects: pd.DataFrame, *, numerator: str, denominator: str
) -> Parts:
    """One sum of yuan over another, of the projects of a village that have both."""
    found = ratio_of_fields(territory, projects, numerator=numerator, denominator=denominator)
    return cast(Parts, found)


@measure(lambda _: ())
def overdue_projects(territory: Territory, projects: pd.DataFrame) -> Parts:
    """Projects of each village that are overdue; no data where there is no project."""
    return _counted(territory, projects, projects["overdue"])


@measure(lambda _: ())
def stalled_projects(territory: Territory, projects: pd.DataFrame, *, stalled_days: int) -> Parts:
    """Projects of each village without a report for more than so many days; no data where there is no project."""
    return _counted(territory, projects, is_stalled(projects["silent_days"], stalled_days))


def _counted(territory: Territory, projects: pd.DataFrame, counted: "pd.Series[bool]") -> Parts:
    every = territory.counts(projects, np.ones(len(projects), dtype=bool))
    number = territory.counts(projects, counted.to_numpy(dtype=bool))
    return additive(territory, np.where(every > 0, number, np.nan))
