"""Earlier editions of registers: houses, roads, consolidation projects and quotas at the ends of earlier quarters.

Houses and projects go back by their own dates: what had not been begun or accepted by then had not. Roads and quotas
have no dates; there a share of the villages' roads was not hardened yet, and some townships had reserved less.
Editions are given oldest first, in the columns of the newest one.
"""

import datetime as dt
from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.codes import HouseState, ProjectState, RoadClass, Surface
from pipelines.demo.calendar import EARLIER_DAYS

_ENDED = (str(HouseState.DEMOLISHED), str(HouseState.RELOCATED))
_MOVING_IN_DAYS, _LEAVING_DAYS = 60, 120
_HARDENED_A_QUARTER = 0.011
_RESERVED_LATER_CHANCE = 0.35


def earlier_houses(houses: gpd.GeoDataFrame) -> Iterator[tuple[dt.date, gpd.GeoDataFrame]]:
    """The houses that had been appraised by then, with the steps that they had taken."""
    for day in EARLIER_DAYS:
        then = houses[(houses["appraised_on"] <= pd.Timestamp(day)).to_numpy()].reset_index(drop=True)
        yield day, _house_steps(then, pd.Timestamp(day))


def _house_steps(then: gpd.GeoDataFrame, day: pd.Timestamp) -> gpd.GeoDataFrame:
    planned, started, accepted = (
        (then[name] <= day).to_numpy() for name in ("planned_on", "started_on", "accepted_on")
    )
    state = then["state"].to_numpy()
    gone = np.isin(state, _ENDED)
    left = gone & (then["planned_on"] + pd.Timedelta(days=_LEAVING_DAYS) <= day).to_numpy()
    moved = (state == str(HouseState.OCCUPIED)) & (
        then["accepted_on"] + pd.Timedelta(days=_MOVING_IN_DAYS) <= day
    ).to_numpy()
    reached = np.select(
        [left | moved, accepted, started & ~gone, planned],
        [state, str(HouseState.ACCEPTED), str(HouseState.UNDER_WAY), str(HouseState.PLANNED)],
        str(HouseState.APPRAISED),
    )
    dated = {
        "planned_on": planned, "due_on": planned, "started_on": started, "accepted_on": accepted,
    }  # fmt: skip
    return then.assign(
        state=reached.astype(object),
        **{name: then[name].where(known) for name, known in dated.items()},
        subsidy_yuan=then["subsidy_yuan"].where(started),
        contractor=then["contractor"].where(started, None),
    )


def earlier_projects(projects: gpd.GeoDataFrame) -> Iterator[tuple[dt.date, gpd.GeoDataFrame]]:
    """Consolidation projects with the state that their days of beginning and acceptance tell."""
    for day in EARLIER_DAYS:
        at = pd.Timestamp(day)
        accepted, started = ((projects[n] <= at).to_numpy() for n in ("accepted_on", "started_on"))
        begun = projects["started_on"].notna().to_numpy()
        lasted = (projects["accepted_on"].fillna(projects["planned_finish"]) - projects["started_on"]).dt.days
        along = np.clip(np.round(100 * ((at - projects["started_on"]).dt.days / lasted)), 3, 97)
        percent = np.where(started, np.minimum(along, projects["progress_percent"]), 0.0)
        state = np.select(
            [accepted, started, begun],
            [str(ProjectState.ACCEPTED), str(ProjectState.UNDER_WAY), str(ProjectState.APPROVED)],
            projects["state"],
        )
        yield (
            day,
            projects.assign(
                state=state.astype(object),
                accepted_on=projects["accepted_on"].where(accepted),
                started_on=projects["started_on"].where(started),
                progress_percent=np.where(accepted, 100.0, percent),
                used_quota_mu=projects["used_quota_mu"].where(accepted, 0.0),
            ),
        )


def earlier_roads(
    roads: gpd.GeoDataFrame, rng: np.random.Generator
) -> Iterator[tuple[dt.date, gpd.GeoDataFrame]]:
    """Roads with the surface of then: each quarter some village roads were hardened."""
    candidates = (roads["road_class"] == str(RoadClass.VILLAGE)) & (roads["surface"] == str(Surface.CEMENT))
    luck = np.where(candidates, rng.random(len(roads)), 1.0)
    for quarters, day in zip(range(len(EARLIER_DAYS), 0, -1), EARLIER_DAYS, strict=True):
        still_gravel = luck < quarters * _HARDENED_A_QUARTER
        yield day, roads.assign(surface=roads["surface"].mask(still_gravel, str(Surface.GRAVEL)))


def earlier_quotas(quotas: pd.DataFrame, rng: np.random.Generator) -> Iterator[tuple[dt.date, pd.DataFrame]]:
    """Quotas: some townships reserved their share later, used and allotted grew; counties are sums of theirs."""
    townships = quotas[quotas["township"] != ""]
    quarters = len(EARLIER_DAYS)
    since = np.where(
        rng.random(len(townships)) < _RESERVED_LATER_CHANCE, rng.integers(1, quarters + 1, len(townships)), 0
    )
    lacking, used = rng.uniform(0.02, 0.12, len(townships)), rng.uniform(0.01, 0.05, len(townships))
    for back, day in zip(range(quarters, 0, -1), EARLIER_DAYS, strict=True):
        then = townships.assign(
            reserved_ha=(
                townships["reserved_ha"] * np.where(back >= since, 1 - lacking * (since > 0), 1)
            ).round(2),
            allotted_ha=(townships["allotted_ha"] * (1 - used * back)).round(2),
            used_ha=(townships["used_ha"] * (1 - 1.4 * used * back)).round(2),
        )
        figures = ["total_ha", "reserved_ha", "allotted_ha", "used_ha"]
        counties = then.groupby("county", as_index=False, sort=False)[figures].sum().round(2)
        yield day, pd.concat([counties.assign(township=""), then], ignore_index=True)[list(quotas)]
