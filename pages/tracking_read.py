"""What the page of tracking shows: the whole library read once for each state of it, then narrowed to a scope."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from analysis.progress.curves import s_curve
from analysis.progress.earned_value import earned_value
from analysis.progress.forecast import forecast
from analysis.progress.leading import data_day
from analysis.progress.signs import Sign, Thresholds, signs
from pages import formats
from store.engine import reading
from store.progress.tracked import Tracked, Version, last_told, thresholds, tracked, version
from store.snapshots import latest_as_of


@dataclass(frozen=True, eq=False)
class Followed:
    """The library on a day.

    Attributes
    ----------
    held : as read.
    stood : one row for each project that is not cancelled, as `analysis.progress.earned_value.earned_value`.
    ahead : as `analysis.progress.forecast.forecast`; its classes are made of the whole library.
    found : signs, as `analysis.progress.signs.signs`.
    """

    held: Tracked
    stood: pd.DataFrame
    ahead: pd.DataFrame
    found: tuple[Sign, ...]

    def within(self, prefix: str, layer: str) -> "Followed":
        """The part of a place and a layer; "" for all."""
        every = self.held.projects
        kept = every[every["admin_code"].str.startswith(prefix) & (every["layer"].eq(layer) | (layer == ""))]
        numbers = set(kept.index)
        reports = self.held.reports[self.held.reports["project_id"].isin(numbers)]
        return Followed(
            Tracked(kept, self.held.milestones[self.held.milestones["project_id"].isin(numbers)], reports),
            self.stood[self.stood.index.isin(numbers)],
            self.ahead[self.ahead.index.isin(numbers)],
            tuple(one for one in self.found if one.project_id in numbers),
        )

    def curve(self, day: dt.date) -> pd.DataFrame:
        """As `analysis.progress.curves.s_curve`."""
        return s_curve(self.held.projects, self.held.milestones, self.held.reports, day)


def status_day() -> dt.date | None:
    """The last day that figures or reports are of, today at the latest; None without any project."""
    with reading() as connection:
        last = last_told(connection)
        as_of = latest_as_of(connection)
    if last is None:
        return None
    return data_day(formats.today(), as_of, last)


def read_followed(day: dt.date) -> Followed:
    """The whole library as it stands on a day; anyone signed in may read all of it."""
    with reading() as connection:
        now = version(connection)
    return _followed(now, day, thresholds())


@st.cache_resource(max_entries=3, show_spinner=False)
def _followed(now: Version, day: dt.date, limits: Thresholds) -> Followed:
    with reading() as connection:
        held = tracked(connection, until=day)
    given = (held.projects, held.milestones, held.reports, day)
    return Followed(held, earned_value(*given), forecast(*given), tuple(signs(*given, limits)))
