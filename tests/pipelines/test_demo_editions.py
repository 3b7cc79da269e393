"""Earlier editions of the demo's registers: told backwards from the newest one, and sound in themselves."""

import datetime as dt
import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from pipelines.demo.calendar import AS_OF, EARLIER_DAYS
from pipelines.demo.earlier_files import only_changes
from pipelines.demo.editions_of_works import earlier_houses, earlier_projects, earlier_quotas, earlier_roads

DATES = ("appraised_on", "planned_on", "started_on", "due_on", "accepted_on")


def houses(**told: str | None) -> gpd.GeoDataFrame:
    """One house with its state and dates."""
    dated = {name: [np.datetime64(told.get(name) or "NaT", "s")] for name in DATES}
    return gpd.GeoDataFrame(
        {"household_no": ["NF1"], "state": [told["state"]], **dated, "subsidy_yuan": [9000.0], "contractor": ["甲"]},
        geometry=[shapely.Point(113, 24)],
        crs="EPSG:4490",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "states"),
    [
        (
            {"appraised_on": "2023-01-01", "planned_on": "2024-08-01", "started_on": "2024-11-01",
             "due_on": "2025-08-01", "accepted_on": "2025-02-15", "state": "occupied"},
            ["appraised", "planned", "under_way", "accepted"],
        ),
        ({"appraised_on": "2024-10-01", "state": "appraised"}, ["appraised", "appraised"]),
        (
            {"appraised_on": "2023-01-01", "planned_on": "2024-08-01", "due_on": "2025-08-01",
             "state": "demolished"},
            ["appraised", "planned", "demolished", "demolished"],
        ),
    ],
)  # fmt: skip
def test_a_house_goes_back_by_its_own_dates(told: dict[str, str], states: list[str]) -> None:
    editions = [(day, frame) for day, frame in earlier_houses(houses(**told)) if len(frame)]
    assert [frame["state"].item() for _, frame in editions] == states
    for day, frame in editions:
        for name in DATES:
            if name != "due_on":
                assert frame[name].isna().item() or frame[name].item() <= pd.Timestamp(day)
        assert frame["due_on"].isna().item() == frame["planned_on"].isna().item()
        assert frame["contractor"].isna().item() == frame["started_on"].isna().item()


def test_a_project_is_under_way_before_it_is_accepted_and_its_quota_unused() -> None:
    made = gpd.GeoDataFrame(
        {
            "project_no": ["TZ1"],
            "state": ["accepted"],
            "started_on": [np.datetime64("2024-08-01", "s")],
            "accepted_on": [np.datetime64("2025-01-28", "s")],
            "planned_finish": [np.datetime64("2025-01-28", "s")],
            "progress_percent": [100.0],
            "used_quota_mu": [12.0],
        },
        geometry=[shapely.box(113, 24, 113.01, 24.01)],
        crs="EPSG:4490",
    )
    editions = dict(earlier_projects(made))
    told = [
        (one["state"].item(), one["progress_percent"].item(), one["used_quota_mu"].item())
        for one in editions.values()
    ]
    assert told == [("approved", 0, 0), ("under_way", 33, 0), ("under_way", 84, 0), ("accepted", 100, 12)]
    assert [one["started_on"].isna().item() for one in editions.values()] == [True, False, False, False]
    assert [one["accepted_on"].isna().item() for one in editions.values()] == [True, True, True, False]


def test_village_roads_were_hardened_one_after_the_other() -> None:
    count = 4000
    roads = gpd.GeoDataFrame(
        {
            "segment_no": [f"LD{i}" for i in range(count)],
            "road_class": ["C", "Y"] * (count // 2),
            "surface": ["cement", "cement", "earth", "asphalt"] * (count // 4),
        },
        geometry=[shapely.LineString([(113, 24), (113.01, 24)])] * count,
        crs="EPSG:4490",
    )
    gravel = [
        frame["surface"].eq("gravel").to_numpy()
        for _, frame in earlier_roads(roads, np.random.default_rng(1))
    ]
    could = (roads["road_class"].eq("C") & roads["surface"].eq("cement")).to_numpy()
    for before, after in itertools.pairwise(gravel):
        assert not (after & ~before).any()
        assert after.sum() < before.sum()
    assert 0 < gravel[-1].sum() < gravel[0].sum() < 0.08 * could.sum()
    assert not (gravel[0] & ~could).any()


def test_quotas_of_then_sum_up_and_keep_their_order() -> None:
    towns = pd.DataFrame(
        {
            "county": ["甲县"] * 6,
            "township": [f"镇{i}" for i in range(6)],
            "total_ha": [100.0] * 6,
            "reserved_ha": [11.0] * 6,
            "allotted_ha": [70.0] * 6,
            "used_ha": [60.0] * 6,
        }
    )
    whole = pd.concat([pd.DataFrame({"county": ["甲县"], "township": [""]}), towns], ignore_index=True)
    editions = list(earlier_quotas(whole, np.random.default_rng(3)))
    assert [day for day, _ in editions] == list(EARLIER_DAYS)
    for _, frame in editions:
        figures = frame[frame["township"] != ""]
        county = frame[frame["township"] == ""].iloc[0]
        for name in ("total_ha", "reserved_ha", "allotted_ha", "used_ha"):
            assert county[name] == pytest.approx(figures[name].sum())
        assert (figures["used_ha"] <= figures["allotted_ha"]).all()
        assert (figures["total_ha"] == 100).all()
    reserved = [frame["reserved_ha"].iloc[0] for _, frame in editions]
    assert reserved == sorted(reserved)
    assert reserved[0] < reserved[-1]


def test_only_what_changed_is_handed_in_again() -> None:
    first = pd.DataFrame({"no": ["a", "b"], "value": [1.0, np.nan]})
    second = pd.DataFrame({"no": ["a", "b", "c"], "value": [1.0, 2.0, np.nan]})
    days = [AS_OF - dt.timedelta(days=back) for back in (90, 60, 30)]
    handed = list(only_changes(zip(days, (first, second, second), strict=True)))
    assert [(day, list(frame["no"])) for day, frame in handed] == [
        (days[0], ["a", "b"]),
        (days[1], ["b", "c"]),
    ]
