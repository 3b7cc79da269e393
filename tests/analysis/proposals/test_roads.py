"""Roads to unlinked villages: worked cases, and what holds for any county."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import CrsMismatch
from analysis.grid import Grid
from analysis.proposals.errors import MissingPrice
from analysis.proposals.model import Candidate, Proposal
from analysis.proposals.roads import propose_roads
from analysis.roads import distances_to_hardened
from layers.codes import CandidateKind
from tests.analysis.proposals.metres import PRICES, degrees, metres_of, ramp, roads, settlements
from tests.analysis.square_county import A2, B2, county

WHOLE = ([(-1500, 0), (1500, 0)], "cement")
MAIN = (([(-1500, 0), (0, 0)], "cement"), ([(0, 0), (1500, 0)], "cement"))
"""A hardened road along the middle, its halves filed in the one township and the other. A metre costs 400 yuan to
harden and 1000 to build."""


def proposed(lines: gpd.GeoDataFrame, villages: gpd.GeoDataFrame, elevation=None, **options) -> Proposal:
    prices = options.pop("prices", PRICES)
    return propose_roads(county(), lines, villages, elevation, prices, **options)


def by_no(proposal: Proposal) -> dict[str, Candidate]:
    return {candidate.no: candidate for candidate in proposal.candidates}


def test_a_village_on_a_gravel_road_has_the_road_hardened_up_to_it() -> None:
    # The gravel road leaves the main road at (100, 0); the village lies 30 m beside it, 800 m up.
    gravel = ([(100, 0), (100, 1200)], "gravel")
    (one,) = proposed(roads(*MAIN, gravel), settlements((130, 800))).candidates
    assert one.no == "R-1"
    assert one.kind is CandidateKind.ROAD_LINK
    assert (one.size, one.unit) == (pytest.approx(800, abs=0.1), "m")
    assert one.cost_parts == {"harden_km": pytest.approx((0.8, 320_000), rel=1e-4)}
    assert one.cost_yuan == pytest.approx(320_000, rel=1e-4)
    assert metres_of(one.geometry) == pytest.approx(np.array([[100, 0], [100, 800]]), abs=0.1)
    assert one.name == "村1通硬化路"
    assert one.served[0].key == "road:1"
    assert one.people == 100
    assert one.assumptions == {"linked_m": 50.0, "min_households": 20.0, "flat_land": 1.0}


def test_a_village_off_a_gravel_road_gets_a_new_link_to_it_where_that_is_cheapest() -> None:
    # 200 m beside the gravel road, 900 m up: 200 m new and 900 m hardened cost 200 000 + 360 000;
    # straight to the main road 900 m new would cost 900 000.
    gravel = ([(100, 0), (100, 1200)], "gravel")
    (one,) = proposed(roads(*MAIN, gravel), settlements((300, 900))).candidates
    assert one.cost_yuan == pytest.approx(560_000, rel=1e-4)
    assert one.cost_parts["harden_km"] == pytest.approx((0.9, 360_000), rel=1e-4)
    assert one.cost_parts["new_road_km"] == pytest.approx((0.2, 200_000), rel=1e-4)
    assert metres_of(one.geometry)[[0, -1]] == pytest.approx(np.array([[100, 0], [300, 900]]), abs=0.1)


def test_villages_in_a_row_share_the_road_and_wait_for_each_other() -> None:
    # Off the road at 400, 800 and 1200 m: each builds 400 m from the one before.
    found = by_no(proposed(roads(*MAIN), settlements((0, 1200), (0, 400), (0, 800))))
    assert {no: one.needs_first for no, one in found.items()} == {
        "R-2": (), "R-3": ("R-2",), "R-1": ("R-3",),
    }  # fmt: skip
    assert [found[no].cost_yuan for no in ("R-2", "R-3", "R-1")] == pytest.approx([400_000] * 3, rel=1e-4)
    assert found["R-3"].name == "村3—村2通硬化路"


def test_a_village_beside_the_road_of_another_is_served_by_it() -> None:
    # Both lie 40 m beside the same place of the gravel road, on either side.
    gravel = ([(100, 0), (100, 1200)], "gravel")
    (one,) = proposed(roads(*MAIN, gravel), settlements((60, 700), (140, 700))).candidates
    assert [served.settlement_no for served in one.served] == ["1", "2"]
    assert one.people == 200
    assert one.cost_yuan == pytest.approx(280_000, rel=1e-4)


def test_a_village_between_two_roads_does_not_join_them_for_nothing() -> None:
    # Village 1 lies between two gravel roads 90 m apart; only the left one meets the main road. Village 2 is at the
    # end of the right one and must pay the 90 m between (45 m to village 1, 45 m on).
    left, right = ([(0, 0), (0, 500)], "gravel"), ([(90, 500), (90, 1500)], "earth")
    found = by_no(proposed(roads(*MAIN, left, right), settlements((45, 500), (90, 1500))))
    assert found["R-1"].cost_yuan == pytest.approx(200_000, rel=1e-4)
    # From the left road's end to the right one through village 1 (90 m new), then 1000 m hardened;
    # a link over the 500 m from the main road to the right road's lower end would cost 500 000.
    assert found["R-2"].cost_parts["new_road_km"][0] == pytest.approx(0.09, rel=1e-3)
    assert found["R-2"].cost_yuan == pytest.approx(90_000 + 400_000, rel=1e-3)


def test_roads_drawn_apart_by_a_few_metres_meet() -> None:
    gravel = ([(100, 8), (100, 500)], "gravel"), ([(106, 505), (106, 1000)], "earth")
    (one,) = proposed(roads(*MAIN, *gravel), settlements((106, 1000))).candidates
    assert one.cost_parts == {"harden_km": pytest.approx((0.987, 394_800), rel=1e-4)}


def test_small_unknown_and_linked_villages_are_left_out() -> None:
    villages = settlements((0, 400), (0, 800), (0, 30), (500, 400), households=[19, np.nan, 50, 20])
    assert [one.no for one in proposed(roads(*MAIN), villages).candidates] == ["R-4"]
    assert [one.no for one in proposed(roads(*MAIN), villages, min_households=10).candidates] == [
        "R-1",
        "R-4",
    ]


def test_slopes_make_roads_dearer_and_steep_ones_longer() -> None:
    # 300 m east up a slope of 20 %: 60 m up, 500 m of road at 12 %, each metre 1.504 flat ones.
    south_north = ([(-100, -1500), (-100, 0)], "cement"), ([(-100, 0), (-100, 1500)], "cement")
    (one,) = proposed(roads(*south_north), settlements((199.9, 0)), ramp(20)).candidates
    assert one.size == pytest.approx(500, rel=0.01)
    assert one.cost_yuan == pytest.approx(500 * 1.504 * 1000, rel=0.01)
    assert one.assumptions["slope_percent"] == pytest.approx(20, rel=0.01)
    assert one.assumptions["bends_m"] == pytest.approx(200, rel=0.03)
    assert one.assumptions["terrain_factor"] == pytest.approx(1.504, rel=0.01)


def test_behind_a_ridge_the_road_goes_round_it() -> None:
    # A ridge of 400 m between the village and the road, from the south to 300 m north of the village. Straight over
    # it a road climbs and falls 800 m, 6.7 km at 12 %, each metre 1.504 flat ones: 10 million yuan.
    level = ramp(0)
    values = level.values.copy()
    across = level.cells(*degrees([(150, 0)])[0][:, None])[1][0]
    end = level.cells(*degrees([(150, 300)])[0][:, None])[0][0]
    values[end:, across - 1 : across + 2] += 400
    ridge = Grid(values, level.west, level.north, level.step_lon, level.step_lat)
    road = ([(-300, -1400), (-300, 200)], "cement"), ([(1900, -1400), (1900, -1300)], "cement")
    (one,) = proposed(roads(*road), settlements((600, 0)), ridge).candidates
    assert metres_of(one.geometry)[:, 1].max() > 300
    assert 900_000 < one.cost_yuan < 4_000_000
    assert one.size < 3000


def test_relocation_villages_come_last_and_nobody_waits_for_them() -> None:
    # The relocation village (south-west, A1) lies on the way of the other one (A1 again would be flagged too).
    villages = settlements((-400, 700), (-400, 300))
    found = by_no(proposed(roads(*MAIN), villages, relocation=frozenset({A2})))
    assert all(one.relocation for one in found.values())
    villages["admin_code"] = [B2, A2]
    found = by_no(proposed(roads(*MAIN), villages, relocation=frozenset({A2})))
    assert (found["R-1"].relocation, found["R-1"].needs_first) == (False, ())
    assert found["R-2"].relocation
    assert found["R-1"].cost_yuan == pytest.approx(700_000, rel=1e-4)


def test_nothing_is_said_where_no_road_was_reported_and_where_none_is_in_reach() -> None:
    lines = roads(WHOLE)  # filed in A1 alone
    villages = settlements((-400, 700), (400, 700))
    proposal = proposed(lines, villages)
    assert [one.no for one in proposal.candidates] == ["R-1"]
    assert [(one.served.settlement_no, one.reason) for one in proposal.without] == [("2", "not_reported")]
    proposal = proposed(lines, villages[:1], reach_m=500.0)
    assert proposal.candidates == ()
    assert [(one.served.settlement_no, one.reason) for one in proposal.without] == [("1", "no_route")]


def test_empty_frames_and_only_unhardened_roads() -> None:
    assert proposed(roads(*MAIN), settlements()[:0]) == Proposal(())
    assert proposed(roads(WHOLE)[:0], settlements((0, 400))).without[0].reason == "not_reported"
    earth = proposed(roads((WHOLE[0], "earth")), settlements((-100, 400)))
    assert [one.reason for one in earth.without] == ["no_route"]


def test_several_lines_in_one_feature_and_unknown_surfaces() -> None:
    lines = roads(*MAIN, ([(100, 0), (100, 500)], None))
    second = roads(([(100, 500), (100, 1000)], "earth")).geometry.iloc[0]
    lines.loc[2, "geometry"] = shapely.MultiLineString([lines.geometry.iloc[2], second])
    (one,) = proposed(lines, settlements((100, 1000))).candidates
    assert one.cost_parts == {"harden_km": pytest.approx((1.0, 400_000), rel=1e-4)}


def test_unknown_people_are_estimated_and_it_is_said() -> None:
    villages = settlements((0, 400), (500, 400), households=[30, 50], people=[np.nan, 200])
    found = by_no(proposed(roads(*MAIN), villages))
    assert found["R-1"].people == pytest.approx(120)
    assert found["R-1"].assumptions["people_estimated"] == 1.0
    assert "people_estimated" not in found["R-2"].assumptions


def test_bad_input_is_named() -> None:
    with pytest.raises(MissingPrice) as caught:
        proposed(roads(*MAIN), settlements((0, 400)), prices={"harden_km": 1})
    assert caught.value.values == {"id": "new_road_km"}
    with pytest.raises(CrsMismatch):
        proposed(roads(*MAIN), settlements((0, 400)).to_crs(4547))


# Any county -----------------------------------------------------------------------------------------------------

X, Y = st.integers(-19, 19).map(lambda v: v * 97.0), st.integers(-20, 20).map(lambda v: v * 101.0)
PLACE = st.tuples(X, Y)
ROAD = st.tuples(
    st.lists(PLACE, min_size=2, max_size=4, unique=True), st.sampled_from(["cement", "gravel", "earth"])
)
COUNTY = st.tuples(
    st.lists(ROAD, min_size=0, max_size=6),
    st.lists(PLACE, min_size=1, max_size=7, unique=True),
)


def everywhere(made: Sequence[tuple[Sequence[tuple[float, float]], str]]) -> gpd.GeoDataFrame:
    """Roads beside the main one."""
    return roads(*MAIN, *made)


@given(COUNTY, st.randoms(use_true_random=False), st.sampled_from([None, 9.0]))
def test_a_permutation_of_rows_changes_nothing(made, shuffler, slope) -> None:
    lines, villages = everywhere(made[0]), settlements(*made[1])
    grid = None if slope is None else ramp(slope)
    first = proposed(lines, villages, grid)
    line_order, village_order = list(range(len(lines))), list(range(len(villages)))
    shuffler.shuffle(line_order)
    shuffler.shuffle(village_order)
    again = proposed(lines.iloc[line_order], villages.iloc[village_order], grid)
    assert again == first


@given(COUNTY)
def test_each_village_is_served_once_and_what_is_needed_first_exists(made) -> None:
    lines, villages = everywhere(made[0]), settlements(*made[1])
    proposal = proposed(lines, villages)
    served = [one.settlement_no for candidate in proposal.candidates for one in candidate.served]
    lost = [one.served.settlement_no for one in proposal.without]
    metres = distances_to_hardened(county(), lines, villages, ["cement", "asphalt"])
    assert sorted(served + lost) == sorted(villages["settlement_no"][metres > 50])
    known: set[str] = set()
    for candidate in proposal.candidates:
        assert set(candidate.needs_first) <= known, "in an order in which they can be built"
        known.add(candidate.no)
        assert candidate.cost_yuan == pytest.approx(sum(yuan for _, yuan in candidate.cost_parts.values()))
        assert candidate.cost_yuan > 0


@given(COUNTY, st.data())
def test_built_with_what_they_need_first_they_reach_the_hardened_network_and_their_villages(
    made, data
) -> None:
    lines, villages = everywhere(made[0]), settlements(*made[1])
    found = by_no(proposed(lines, villages))
    if not found:
        return
    chosen = {data.draw(st.sampled_from(sorted(found)))}
    while more := {no for one in chosen for no in found[one].needs_first} - chosen:
        chosen |= more
    built = gpd.GeoSeries([found[no].geometry for no in sorted(chosen)], crs="EPSG:4490").to_crs(
        county().metric_crs
    )
    hardened = county().in_metres(lines)[lines["surface"] == "cement"]
    network = shapely.union_all([*built.buffer(6), *hardened.buffer(6)])
    parts = list(shapely.get_parts(network))
    main = next(part for part in parts if part.intersects(hardened.iloc[-1]))
    hardened_parts = [part for part in parts if part.intersects(shapely.union_all(list(hardened)))]
    for no, line in zip(sorted(chosen), built, strict=True):
        assert any(part.intersects(line) for part in hardened_parts), f"{no} hangs on a hardened road"
        for served in found[no].served:
            point = county().in_metres(villages)[villages["settlement_no"] == served.settlement_no].iloc[0]
            assert line.distance(point) <= 50.01
    assert main is not None


@given(COUNTY)
def test_the_forest_costs_no_more_than_every_village_by_itself(made) -> None:
    lines, villages = everywhere(made[0]), settlements(*made[1])
    together = sum(one.cost_yuan for one in proposed(lines, villages).candidates)
    alone = sum(
        one.cost_yuan for i in range(len(villages)) for one in proposed(lines, villages.iloc[[i]]).candidates
    )
    assert together <= alone * (1 + 1e-9)


@given(COUNTY, ROAD)
def test_another_hardened_road_never_makes_a_village_dearer_to_reach(made, added) -> None:
    village = settlements(made[1][0])
    before = proposed(everywhere(made[0]), village).candidates
    after = proposed(everywhere([*made[0], (added[0], "asphalt")]), village).candidates
    assert sum(one.cost_yuan for one in after) <= sum(one.cost_yuan for one in before) * (1 + 1e-9)


@given(COUNTY, st.sampled_from(["harden_km", "new_road_km"]), st.floats(1, 3))
def test_dearer_prices_never_make_a_village_cheaper_to_reach(made, price, factor) -> None:
    lines, village = everywhere(made[0]), settlements(made[1][0])
    before = proposed(lines, village).candidates
    after = proposed(lines, village, prices=PRICES | {price: PRICES[price] * factor}).candidates
    assert sum(one.cost_yuan for one in after) >= sum(one.cost_yuan for one in before) * (1 - 1e-9)


@given(COUNTY)
def test_twice_the_prices_are_the_same_roads_at_twice_the_cost(made) -> None:
    lines, villages = everywhere(made[0]), settlements(*made[1])
    once = proposed(lines, villages).candidates
    twice = proposed(lines, villages, prices={id_: 2 * yuan for id_, yuan in PRICES.items()}).candidates
    assert [one.no for one in once] == [one.no for one in twice]
    assert [2 * one.cost_yuan for one in once] == pytest.approx([one.cost_yuan for one in twice])


def test_frames_may_hold_the_settlements_of_neighbours() -> None:
    villages = settlements((0, 400), (500, 400))
    beyond = villages.assign(admin_code=pd.Series([B2, "441999001201"], dtype="str"))
    assert [one.no for one in proposed(everywhere([]), beyond).candidates] == ["R-1"]


def test_a_ring_road_is_gone_round_the_short_way() -> None:
    # A square of 400 m that meets the main road at (0, 0) and is drawn from (200, 200) on, clockwise. The village at
    # its corner (-200, 400) is 200 + 400 m along one way and 200 + 400 m the other; that at (200, 300) is 200 + 300 m
    # along the short one, past the place where the line begins, and 1100 m along the other.
    ring = ([(200, 200), (200, 0), (-200, 0), (-200, 400), (200, 400), (200, 200)], "gravel")
    lines = roads(
        ([(-1500, 0), (-600, -900), (0, 0)], "cement"), ([(0, 0), (0, -1500), (900, -1500)], "cement"), ring
    )
    (one,) = proposed(lines, settlements((200, 300))).candidates
    assert one.cost_parts["harden_km"] == pytest.approx((0.5, 200_000), rel=1e-3)


def test_an_unhardened_road_that_ends_short_of_the_hardened_one_is_joined_to_it() -> None:
    # 100 m are missing between the main road and the gravel road, which leads 900 m on to the village.
    gravel = ([(300, 100), (300, 1000)], "gravel")
    (one,) = proposed(roads(*MAIN, gravel), settlements((300, 1000))).candidates
    assert one.cost_parts["new_road_km"] == pytest.approx((0.1, 100_000), rel=1e-3)
    assert one.cost_parts["harden_km"] == pytest.approx((0.9, 360_000), rel=1e-3)
