"""The demo's land bureau: parcels conflict where they are meant to and nowhere else, plots fit together."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from analysis.ellipsoid import areas_m2
from layers.codes import LandClass, LandGroup
from pipelines.demo.county_view import CountyView, county_views
from pipelines.demo.gateways import find_gateways
from pipelines.demo.geography import Geography, make_geography
from pipelines.demo.land import Land, make_land
from pipelines.demo.land_cover import write_land_cover
from pipelines.demo.land_parcels import CONFLICTS, SOUND, make_parcels
from pipelines.demo.land_plots import EDITIONS, Plots, make_plots
from pipelines.demo.land_zones import Zones, make_zones
from pipelines.demo.lattice import Lattice
from pipelines.demo.places import county_polygons, real_counties

SEED = 441800
PLAIN, MOUNTAINS = "441821", "441826"
DEGREE_M = 101_000


@dataclass(frozen=True)
class Made:
    view: CountyView
    plots: Plots
    zones: Zones
    land: Land
    parcels: gpd.GeoDataFrame


def made_of(geography: Geography) -> list[Made]:
    gateways = find_gateways(real_counties(), county_polygons(), geography.terrain)
    made = []
    for view in county_views(geography, gateways, SEED):
        plots, zones, land = make_plots(view), make_zones(view), make_land(view)
        made.append(Made(view, plots, zones, land, make_parcels(view, plots, zones, land.projects)))
    return made


@pytest.fixture(scope="module")
def geography() -> Geography:
    return make_geography(SEED, [PLAIN, MOUNTAINS])


@pytest.fixture(scope="module")
def counties(geography: Geography) -> list[Made]:
    return made_of(geography)


def overlap_m2(parcels: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> np.ndarray:
    """Area in m² that each parcel has in common with all of the others together."""
    union = shapely.union_all(others.geometry.to_numpy())
    return areas_m2(np.asarray(shapely.intersection(parcels.geometry.to_numpy(), union)))


def hazard_circles(zones: Zones) -> gpd.GeoDataFrame:
    reach = zones.hazards["radius_m"].to_numpy() / DEGREE_M
    return gpd.GeoDataFrame(geometry=shapely.buffer(zones.hazards.geometry.to_numpy(), reach), crs=4490)


def outside_home_m2(made: Made, parcels: gpd.GeoDataFrame) -> np.ndarray:
    homes = made.view.villages.set_index("admin_code").geometry.loc[parcels["admin_code"]].to_numpy()
    return areas_m2(np.asarray(shapely.difference(parcels.geometry.to_numpy(), homes)))


def test_sound_parcels_conflict_with_nothing(counties: list[Made]) -> None:
    for made in counties:
        sound = made.parcels[made.parcels["planted"] == SOUND]
        assert len(sound) > 0.7 * len(made.parcels)
        for others in (made.plots.farmland, made.zones.redlines, made.zones.boundaries):
            assert overlap_m2(sound, others).max() == 0
        assert outside_home_m2(made, sound).max() == 0
        shapes = sound.geometry.to_numpy()
        first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        assert (first == second).all()


def test_planted_parcels_conflict_as_meant(counties: list[Made]) -> None:
    seen: set[str] = set()
    for made in counties:
        parcels = made.parcels
        by_kind = {kind: parcels[parcels["planted"] == kind] for kind in CONFLICTS}
        seen |= {kind for kind, planted in by_kind.items() if len(planted)}
        assert (overlap_m2(by_kind["on_basic_farmland"], made.plots.farmland) > 50).all()
        sliver = overlap_m2(by_kind["sliver_on_basic_farmland"], made.plots.farmland)
        length_m = made_length_m(by_kind["sliver_on_basic_farmland"])
        assert ((sliver > 1) & (sliver < 0.5 * length_m)).all(), "a strip of some decimetres"
        assert (overlap_m2(by_kind["in_ecological_redline"], made.zones.redlines) > 1).all()
        assert (outside_home_m2(made, by_kind["across_village_boundary"]) > 1).all()
        assert (overlap_m2(by_kind["in_hazard_radius"], hazard_circles(made.zones)) > 1).all()
        towns = made.zones.boundaries[made.zones.boundaries["zone"] == "concentrated"]
        spots = by_kind["spot_in_concentrated_zone"]
        assert (spots["parcel_kind"] == "spot").all()
        assert overlap_m2(spots, towns) == pytest.approx(areas_m2(spots.geometry.to_numpy()))
        for shape in by_kind["overlapping_parcel"].geometry:
            others = parcels[parcels["planted"] == SOUND]
            assert overlap_m2(others, gpd.GeoDataFrame(geometry=[shape], crs=4490)).max() > 1
    assert seen == set(CONFLICTS)


def made_length_m(parcels: gpd.GeoDataFrame) -> np.ndarray:
    return shapely.length(parcels.geometry.to_numpy()) * DEGREE_M


def test_saved_quota_comes_from_a_project_that_saved_some(counties: list[Made]) -> None:
    for made in counties:
        asking = made.parcels[made.parcels["quota_kind"] == "saved"]
        saved = made.land.projects.set_index("project_no")["saved_quota_mu"]
        assert (saved.loc[asking["project_no"]] > 0).all()
        assert made.parcels.loc[made.parcels["quota_kind"] != "saved", "project_no"].isna().all()


def test_a_county_alone_has_the_same_land(geography: Geography, counties: list[Made]) -> None:
    (alone,) = made_of(make_geography(SEED, [MOUNTAINS]))
    both = next(made for made in counties if made.view.prefix == MOUNTAINS)
    for one, other in (
        (alone.plots.farmland, both.plots.farmland),
        (alone.plots.patches, both.plots.patches),
        (alone.zones.redlines, both.zones.redlines),
        (alone.zones.boundaries, both.zones.boundaries),
        (alone.zones.hazards, both.zones.hazards),
        (alone.parcels, both.parcels),
        (alone.land.classes, both.land.classes),
    ):
        assert one.drop(columns="geometry", errors="ignore").equals(
            other.drop(columns="geometry", errors="ignore")
        )
        if isinstance(one, gpd.GeoDataFrame):
            assert shapely.equals_exact(one.geometry.to_numpy(), other.geometry.to_numpy()).all()


def test_plots_of_farmland_neither_overlap_nor_leave_the_county(counties: list[Made]) -> None:
    for made in counties:
        shapes = made.plots.farmland.geometry.to_numpy()
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)
        assert shapely.contains_properly(made.view.polygon, shapes).all()
        assert all(LandClass.of(code).is_farmland for code in made.plots.farmland["land_class"].unique())
        assert areas_m2(shapes).sum() > 1e6


def test_patches_cover_their_villages_in_both_editions(counties: list[Made]) -> None:
    for made in counties:
        patches = made.plots.patches
        for edition in EDITIONS:
            shapes = patches[patches["edition"] == edition].geometry.to_numpy()
            assert shapely.is_valid(shapes).all()
            assert shapely.coverage_is_valid(shapes)
        codes = patches["patch_no"].str[:12].unique()
        homes = made.view.villages.set_index("admin_code").geometry.loc[codes].to_numpy()
        for edition in EDITIONS:
            covered = areas_m2(patches[patches["edition"] == edition].geometry.to_numpy()).sum()
            assert covered == pytest.approx(areas_m2(homes).sum(), rel=0.005), "but for crumbs at the border"


def test_only_farmland_changes_between_the_editions(counties: list[Made]) -> None:
    after: set[str] = set()
    for made in counties:
        before, later = (made.plots.patches[made.plots.patches["edition"] == e] for e in EDITIONS)
        pairs = before.overlay(later, how="intersection", keep_geom_type=True)
        pairs = pairs[areas_m2(pairs.geometry.to_numpy()) > 1]
        changed = pairs[pairs["land_class_1"] != pairs["land_class_2"]]
        assert len(changed) > 3
        assert changed["land_class_1"].str.startswith("01").all()
        assert not changed["land_class_2"].str.startswith("01").any()
        after |= set(changed["land_class_2"])
        assert changed["patch_no_1"].str.len().eq(17).all()
    assert {"0201", "1104"} <= after, "to orchards and ponds"
    assert {"0601", "0702"} & after, "and to building land"


def test_basic_farmland_is_farmland_in_the_earlier_edition(counties: list[Made]) -> None:
    found = 0
    for made in counties:
        before = made.plots.patches[made.plots.patches["edition"] == EDITIONS[0]]
        pairs = made.plots.farmland.overlay(before, how="intersection", keep_geom_type=True)
        pairs = pairs[areas_m2(pairs.geometry.to_numpy()) > 1]
        assert (pairs["land_class_1"] == pairs["land_class_2"]).all()
        found += len(pairs)
    assert found > 0


def test_areas_by_class_balance_and_tell_the_new_farmland(counties: list[Made]) -> None:
    for made in counties:
        projects = made.land.projects.set_index("project_no")
        sums = made.land.classes.groupby("project_no")[["before_mu", "after_mu"]].sum()
        assert set(sums.index) == set(projects.index)
        stated = projects.loc[sums.index, "stated_area_mu"].to_numpy()
        assert sums["before_mu"].to_numpy() == pytest.approx(stated, abs=0.02)
        assert sums["after_mu"].to_numpy() == pytest.approx(stated, abs=0.02)
        farmland = made.land.classes[made.land.classes["land_class"].str.startswith("01")]
        gained = (farmland["after_mu"] - farmland["before_mu"]).groupby(farmland["project_no"]).sum()
        assert gained.to_numpy() == pytest.approx(
            projects.loc[gained.index, "new_farmland_mu"].to_numpy(), abs=0.02
        )
        assert not made.land.classes.duplicated(["project_no", "land_class"]).any()


def test_progress_goes_with_the_state(counties: list[Made]) -> None:
    projects = pd.concat([made.land.projects for made in counties])
    accepted = projects[projects["state"] == "accepted"]
    assert (accepted["progress_percent"] == 100).all()
    assert (pd.to_datetime(accepted["started_on"]) < pd.to_datetime(accepted["accepted_on"])).all()
    at_work = projects[projects["state"] == "under_way"]
    assert at_work["progress_percent"].between(1, 99).all()
    waiting = projects[projects["state"].isin(["proposed", "approved", "cancelled"])]
    assert waiting["started_on"].isna().all() and (waiting["progress_percent"] == 0).all()
    both = projects.dropna(subset=["started_on", "planned_finish"])
    assert (pd.to_datetime(both["planned_finish"]) > pd.to_datetime(both["started_on"])).all()


def test_land_cover_has_classes_and_only_farmland_changes(geography: Geography, tmp_path: Path) -> None:
    paths = tmp_path / "before.tif", tmp_path / "after.tif"
    write_land_cover(*paths, geography.counties, geography.settlements, geography.terrain, SEED)
    with rasterio.open(paths[0]) as first, rasterio.open(paths[1]) as second:
        assert (first.crs.to_epsg(), first.nodata) == (4490, 0)
        assert "模拟数据" in first.tags()["SOURCE"]
        before, after = first.read(1), second.read(1)
        assert before[first.index(113.9, 25.2)] == 0, "no data outside of the counties made"
    groups = {int(str(group)) for group in LandGroup}
    assert set(np.unique(before)) - {0} <= groups and set(np.unique(after)) - {0} <= groups
    changed = before != after
    assert 0.01 < changed.sum() / (before == 1).sum() < 0.08
    assert (before[changed] == 1).all()


def test_the_lattice_is_a_matter_of_the_seed_alone() -> None:
    cells = np.array([(3, -7), (4, -7), (3, -6)])
    whole = Lattice(1).polygons(cells)
    assert shapely.equals_exact(whole, Lattice(1).polygons(cells[::-1])[::-1]).all()
    assert not shapely.equals_exact(whole, Lattice(2).polygons(cells)).any()
    left, right = Lattice(1).halves(cells)
    assert shapely.area(left) + shapely.area(right) == pytest.approx(shapely.area(whole))
    chance = Lattice(1).chance(
        np.stack(np.meshgrid(np.arange(-50, 50), np.arange(-50, 50)), -1).reshape(-1, 2), 5
    )
    assert chance.mean() == pytest.approx(0.5, abs=0.02)
    assert chance.min() >= 0 and chance.max() < 1
