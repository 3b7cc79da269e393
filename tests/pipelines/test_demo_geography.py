"""The demo city's units: real names and codes, polygons that tile exactly, the same for the same seed."""

import itertools

import numpy as np
import pytest
import shapely
from pyproj import Geod

from layers import AdminKind
from pipelines.demo import TooFewVillages, TooManyVillages, UnknownCounty
from pipelines.demo.geography import Geography, make_geography
from pipelines.demo.mesh import refined_borders
from pipelines.demo.places import county_polygons, real_counties, with_villages

SEED = 441800
NEIGHBOURS = ("441825", "441826")
GEOD = Geod(a=6378137, rf=298.257222101)


def area_m2(shape: shapely.Geometry) -> float:
    """Ellipsoidal area."""
    return abs(GEOD.geometry_area_perimeter(shape)[0])


@pytest.fixture(scope="module")
def geography() -> Geography:
    """Two neighbouring counties."""
    return make_geography(SEED, NEIGHBOURS)


def test_villages_have_the_official_codes_and_names(geography):
    official = {
        v.code: v.name
        for c in real_counties()
        if c.prefix in NEIGHBOURS
        for t in c.townships
        for v in t.villages
    }
    assert dict(zip(geography.villages["admin_code"], geography.villages["name"], strict=True)) == official


def test_the_city_has_the_80_towns_the_5_streets_and_7_others():
    kinds = [t.kind for c in real_counties() for t in c.townships]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        AdminKind.TOWN: 80,
        AdminKind.STREET: 5,
        AdminKind.OTHER: 7,
    }


def test_villages_tile_without_gap_or_overlap_across_the_county_border(geography):
    villages = geography.villages.geometry.to_numpy()
    assert shapely.is_valid(villages).all()
    assert set(shapely.get_type_id(villages)) == {3}, "each village is one piece"
    assert shapely.coverage_is_valid(villages), "neighbours share every vertex of their border"
    whole = shapely.union_all(villages)
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0, "a gap between villages or counties would be a hole"
    assert sum(map(area_m2, villages)) == pytest.approx(area_m2(whole), abs=1.0)


@pytest.mark.parametrize(
    ("upper", "lower", "digits"), [("townships", "villages", 9), ("counties", "townships", 6)]
)
def test_units_are_exactly_the_union_of_those_below(geography, upper, lower, digits):
    below = getattr(geography, lower)
    for unit in getattr(geography, upper).itertuples():
        parts = below[below["admin_code"].str.startswith(unit.admin_code[:digits])].geometry.to_numpy()
        assert area_m2(shapely.symmetric_difference(shapely.union_all(parts), unit.geometry)) < 1.0, unit.name


def test_refined_borders_keep_the_counties_shape():
    real, refined = county_polygons(), refined_borders(county_polygons())
    assert shapely.coverage_is_valid(list(refined.values()))
    assert sum(map(area_m2, real.values())) / 1e6 == pytest.approx(19_032, rel=0.001)
    for code, polygon in real.items():
        assert area_m2(refined[code]) == pytest.approx(area_m2(polygon), abs=50), code


def test_settlements_lie_in_their_village_and_people_are_plausible(geography):
    homes = geography.villages.set_index("admin_code").geometry.loc[geography.settlements["admin_code"]]
    assert shapely.intersects(homes.to_numpy(), geography.settlements.geometry.to_numpy()).all()
    assert geography.settlements["settlement_no"].is_unique
    per_household = geography.settlements["population"].sum() / geography.settlements["households"].sum()
    assert 3 < per_household < 5
    assert set(geography.settlements["admin_code"]) == set(geography.villages["admin_code"])


def test_a_county_alone_is_as_it_is_beside_its_neighbour(geography):
    alone = make_geography(SEED, ["441826"])
    for name in ("villages", "settlements"):
        both = getattr(geography, name)
        same = both[both["admin_code"].str.startswith("441826")].reset_index(drop=True)
        assert same.drop(columns="geometry").equals(getattr(alone, name).drop(columns="geometry"))
        assert shapely.equals_exact(same.geometry.to_numpy(), getattr(alone, name).geometry.to_numpy()).all()


def test_another_seed_makes_another_city(geography):
    other = make_geography(SEED + 1, ["441826"])
    mine = geography.villages[geography.villages["admin_code"].str.startswith("441826")]
    assert not shapely.equals_exact(mine.geometry.to_numpy(), other.villages.geometry.to_numpy()).any()


def test_mountain_counties_are_worse_off(geography):
    assert geography.villages["development"].mean() < 0.45
    plain = make_geography(SEED, ["441802"]).villages["development"].mean()
    assert plain > 0.7


def test_a_province_sized_city_fills_up_with_marked_villages_of_valid_codes():
    city = with_villages(real_counties(), 26_000, SEED)
    townships = [t for county in city for t in county.townships]
    villages = [v for t in townships for v in t.villages]
    assert len(villages) == len({v.code for v in villages}) == 26_000
    assert all(len(v.code) == 12 and v.code.isdigit() and v.code[9:] != "000" for v in villages)
    assert all(v.code[:9] == t.code[:9] for t in townships for v in t.villages)
    official = {v.code for c in real_counties() for t in c.townships for v in t.villages}
    assert all("〔模拟〕" in v.name for v in villages if v.code not in official)
    assert all(len({v.name for v in t.villages}) == len(t.villages) for t in townships)


@pytest.mark.parametrize("total", [4_000, 26_000])
def test_a_larger_city_tiles_too_and_its_settlements_stay_at_home(total):
    larger = make_geography(SEED, ["441825"], villages=total)
    assert len(larger.villages) > total / 40
    assert shapely.coverage_is_valid(larger.villages.geometry.to_numpy())
    homes = larger.villages.set_index("admin_code").geometry.loc[larger.settlements["admin_code"]]
    assert shapely.contains(np.asarray(homes), np.asarray(larger.settlements.geometry)).all()


@pytest.mark.parametrize("codes", [["440100"], ["441825", "999999"], []])
def test_an_unknown_county_is_refused(codes):
    with pytest.raises(UnknownCounty):
        make_geography(SEED, codes)


@pytest.mark.parametrize(("total", "error"), [(1_000, TooFewVillages), (90_000, TooManyVillages)])
def test_an_impossible_number_of_villages_is_refused(total, error):
    with pytest.raises(error, match=str(total)):
        make_geography(SEED, ["441825"], villages=total)


def test_terrain_is_low_at_the_seats_and_high_in_the_north_west(geography):
    seats = geography.townships[geography.townships["kind"] != AdminKind.OTHER][["lon", "lat"]].to_numpy()
    around = [seats + np.array(step) for step in itertools.product((-0.03, 0.03), repeat=2)]
    terrain = geography.terrain
    assert np.median(terrain.elevation_at(seats)) < np.median([terrain.elevation_at(a) for a in around])
    north_west, south_east = np.array([[112.2, 24.9]]), np.array([[113.0, 23.55]])
    assert terrain.elevation_at(north_west)[0] > terrain.elevation_at(south_east)[0]
