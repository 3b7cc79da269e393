"""Indicators of what the program keeps itself: projects and their reports, computed for the whole city at once."""

import datetime as dt
from collections.abc import Sequence

import pandas as pd
import sqlalchemy as sa

from analysis.hierarchy import Hierarchy
from analysis.progress.measures import parts_of, standing
from analysis.rollup import roll_up
from layers import AdminLevel, Indicator
from store import snapshots
from store.progress.tracked import followed

_NO_OBSERVATIONS = pd.DataFrame({"indicator_id": [], "admin_code": [], "value": []})


def split(chosen: Sequence[Indicator]) -> tuple[tuple[Indicator, ...], tuple[Indicator, ...]]:
    """Indicators of features, which counties measure, and those of what the program keeps."""
    of_features = tuple(one for one in chosen if one.record is None)
    return of_features, tuple(one for one in chosen if one.record is not None)


def figures_of(
    view: sa.Connection, as_of: dt.date, chosen: Sequence[Indicator], hierarchy: Hierarchy
) -> pd.DataFrame:
    """Figures of all units of the city on a day, as `analysis.rollup.roll_up` makes them; accepted reports only."""
    held = followed(view, as_of)
    stood = standing(held.projects, held.milestones, held.reports, as_of)
    parts = parts_of(stood, list(chosen), hierarchy.villages, as_of)
    return roll_up(chosen, parts, _NO_OBSERVATIONS, hierarchy)


def store(connection: sa.Connection, as_of: dt.date, figures: pd.DataFrame) -> int:
    """Put them in the place of the day's earlier ones, in the caller's transaction; rows written."""
    cities = figures.loc[figures["level"] == str(AdminLevel.CITY), "admin_code"].unique()
    prefixes = [code[: AdminLevel.CITY.digits] for code in cities]
    return snapshots.replace(connection, as_of, figures, figures["indicator_id"].unique().tolist(), prefixes)
