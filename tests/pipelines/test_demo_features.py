"""Water supply and houses of the demo city are as plausible as its roads."""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from pipelines.demo.calendar import AS_OF
from pipelines.demo.county_view import CountyView, county_views
from pipelines.demo.gateways import find_gateways
from pipelines.demo.geography import make_geography
from pipelines.demo.housing import make_houses
from pipelines.demo.places import county_polygons, real_counties
from pipelines.demo.plane import to_metres
from pipelines.demo.road_network import make_network
from pipelines.demo.roads import make_roads
from pipelines.demo.water import WaterSupply, make_water

SEED = 441800
WORK_BEGUN = ["under_way", "accepted", "occupied"]


@pytest.fixture(scope="module")
def views() -> list[CountyView]:
    """A county of the plain and one of the mountains."""
    geography = make_geography(SEED, ["441821", "441826"])
    gateways = find_gateways(real_counties(), county_polygons(), geography.terrain)
    return list(county_views(geography, gateways, SEED))


@pytest.fixture(scope="module")
def waters(views: list[CountyView]) -> list[WaterSupply]:
    made = []
    for view in views:
        network = make_network(view)
        roads = make_roads(view, network)
        made.append(make_water(view, network, np.asarray(roads.geometry.array)))
    return made


@pytest.fixture(scope="module")
def houses(views: list[CountyView]) -> gpd.GeoDataFrame:
    return pd.concat([make_houses(view) for view in views], ignore_index=True)


def in_metres(shapes: gpd.GeoSeries) -> np.ndarray:
    return shapely.transform(shapes.to_numpy(), to_metres)


def test_large_works_reach_a_threshold_of_their_class_and_small_ones_none(waters: list[WaterSupply]) -> None:
    works = pd.concat([water.works for water in waters], ignore_index=True)
    scaled = (works["design_capacity_m3d"] >= 1000) | (works["served_population"] >= 10_000)
    of_type = scaled.groupby(works["works_type"])
    assert of_type.all()["large"]
    assert not of_type.any()["small"]
    assert not of_type.any()["dispersed"]
    assert (of_type.size() > 0).all()
    assert (works["design_capacity_m3d"] >= works["actual_capacity_m3d"]).all()


def test_a_service_area_is_of_its_works_type(waters: list[WaterSupply]) -> None:
    for water in waters:
        type_of = water.works.set_index("works_no")["works_type"]
        assert (type_of.loc[water.areas["works_no"]].to_numpy() == water.areas["works_type"]).all()


def test_the_works_of_a_village_stand_beside_a_settlement_they_serve(waters: list[WaterSupply]) -> None:
    for water in waters:
        works = water.works[water.works["name"].str.endswith("村级供水工程")].set_index("works_no")
        areas = water.areas.set_index("works_no").loc[works.index]
        metres = shapely.distance(in_metres(works.geometry), in_metres(areas.geometry))
        assert len(metres) > 20
        assert metres.max() < 420, "at most 420 m from a settlement, which the area surrounds"
        mains = water.mains[water.mains["works_no"].isin(works.index)]
        assert set(mains["works_no"]) == set(works.index)
        assert shapely.length(in_metres(mains.geometry)).max() < 421


def test_sound_houses_on_cut_slopes_are_worked_on_like_dangerous_ones(houses: gpd.GeoDataFrame) -> None:
    sound = houses["grade"].isin(["A", "B"])
    cut = houses[sound & houses["cut_slope"]]
    begun = cut["state"].isin(WORK_BEGUN)
    dangerous = houses[houses["grade"].isin(["C", "D"]) & ~houses["state"].isin(["demolished", "relocated"])]
    assert len(cut) > 100
    assert begun.mean() == pytest.approx(dangerous["state"].isin(WORK_BEGUN).mean(), abs=0.12)
    closed = cut["state"].isin(["accepted", "occupied"])
    assert 0.2 < closed.mean() < 0.9, "outstanding ones remain, and fall"
    assert cut["due_on"].notna().sum() == (cut["state"] != "appraised").sum()
    assert cut.loc[closed, "accepted_on"].notna().all()
    assert (houses.loc[sound & ~houses["cut_slope"], "state"] == "appraised").all()
    assert houses.loc[sound, "subsidy_yuan"].isna().all(), "the subsidy is for dangerous houses"


def test_the_steps_of_a_house_are_in_order_and_past(houses: gpd.GeoDataFrame) -> None:
    steps = ["found_on", "appraised_on", "planned_on", "started_on", "accepted_on"]
    for before, after in itertools.pairwise(steps):
        assert not (houses[after] < houses[before]).any(), after
    assert houses[steps].max().max() <= pd.Timestamp(AS_OF)
