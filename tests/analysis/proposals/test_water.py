"""Water for villages outside every service area: worked cases, and what holds for any county."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from analysis.grid import Grid
from analysis.proposals.model import Candidate, Proposal
from analysis.proposals.water import WaterRules, propose_water
from layers.codes import CandidateKind
from tests.analysis.proposals.metres import PRICES, degrees, lines, metres_of, ramp, settlements
from tests.analysis.square_county import A1, A2, B1, B2, CRS, county

# Prices: a kilometre of main 100 000, a pump 50 000 and 1 000 a metre of head, works 250 000 and 3 000 a m³/d,
# 1 000 a household. A person needs 0.13 m³/d. Villages are of 100 people in 30 households: 13 m³/d, 39 000 as new
# capacity, and 30 000 of connections.
CONNECTIONS = 30_000
OWN_WORKS = 250_000 + 39_000 + CONNECTIONS


def areas(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Service areas of (west, south, east, north) metres, and a far one in each township."""
    made = [*boxes, (-1990, -2200, -1950, -2150), (1950, -2200, 1990, -2150)]
    corners = [degrees([(w, s), (e, s), (e, n), (w, n)]) for w, s, e, n in made]
    codes = pd.Series([A1 if box[0] < 0 else B1 for box in made], dtype="str")
    return gpd.GeoDataFrame({"admin_code": codes}, geometry=[shapely.Polygon(c) for c in corners], crs=CRS)


def mains(*rows: tuple[list[tuple[float, float]], str | None]) -> gpd.GeoDataFrame:
    return lines(*(row[0] for row in rows), works_no=pd.Series([row[1] for row in rows], dtype="str"))


def works(*rows: tuple[float, float, str, float, float, str, str]) -> gpd.GeoDataFrame:
    """Works of (metres east, metres north, number, design and actual m³/d, type, state)."""
    columns = list(zip(*rows, strict=True)) or [()] * 7
    return gpd.GeoDataFrame(
        {
            "admin_code": pd.Series([A1] * len(rows), dtype="str"),
            "works_no": pd.Series(columns[2], dtype="str"),
            "design_capacity_m3d": np.array(columns[3], dtype=float),
            "actual_capacity_m3d": np.array(columns[4], dtype=float),
            "works_type": pd.Series(columns[5], dtype="str"),
            "state": pd.Series(columns[6], dtype="str"),
        },
        geometry=list(shapely.points(degrees([row[:2] for row in rows]))) if rows else [],
        crs=CRS,
    )


PLANT = (0, -2000, "GS1", 1000.0, 500.0, "large", "running")
MAIN = ([(0, -2000), (0, 0)], "GS1")
"""Works with 500 m³/d to spare, and their main northward to the middle."""


def proposed(villages, *, pipes=None, plants=None, served=None, elevation=None, **options) -> Proposal:
    prices = options.pop("prices", PRICES)
    return propose_water(
        county(),
        areas() if served is None else served,
        mains(MAIN) if pipes is None else pipes,
        works(PLANT) if plants is None else plants,
        villages,
        elevation,
        prices,
        **options,
    )


def by_no(proposal: Proposal) -> dict[str, Candidate]:
    return {candidate.no: candidate for candidate in proposal.candidates}


def test_a_village_near_a_main_is_joined_to_it() -> None:
    # 1000 m straight, 1200 m of main: 120 000, and the connections. Works of its own would cost 319 000.
    (one,) = proposed(settlements((0, 1000))).candidates
    assert one.no == "M-1"
    assert one.kind is CandidateKind.MAINS_EXTENSION
    assert (one.size, one.unit) == (pytest.approx(1200, rel=1e-4), "m")
    assert one.cost_yuan == pytest.approx(150_000, rel=1e-4)
    assert set(one.cost_parts) == {"mains_km", "connection"}
    assert metres_of(one.geometry) == pytest.approx(np.array([[0, 0], [0, 1000]]), abs=0.1)
    assert one.served[0].key == "water:1"
    assert one.name == "村1供水管网延伸"
    assert (one.assumptions["works_no"], one.assumptions["spare_m3d"]) == ("GS1", 500.0)
    assert one.assumptions["demand_m3d"] == pytest.approx(13)
    assert "flat_land" in one.assumptions


def test_a_village_far_from_any_gets_works_of_its_own_and_the_main_too_while_it_is_not_much_dearer() -> None:
    # 3000 m straight: friction takes 18 m of the 20 m of head, 10 m are needed: 8 m are pumped.
    # Main 360 000 + pump 50 000 + 8 000 + 30 000 = 448 000; works 319 000: 40 % dearer.
    short = mains(([(0, -2000), (0, -1990)], "GS1"))
    village = settlements((0, 1010))
    (one,) = proposed(village, pipes=short).candidates
    assert one.no == "N-1"
    assert one.kind is CandidateKind.NEW_WORKS
    assert (one.size, one.unit) == (pytest.approx(13), "m3d")
    assert one.cost_yuan == pytest.approx(OWN_WORKS)
    assert one.assumptions["source_not_surveyed"] == 1.0
    own, other = proposed(village, pipes=short, rules=WaterRules(near_share=0.41)).candidates
    assert (own.no, other.no) == ("N-1", "M-1")
    assert own.served == other.served, "the same people, who count once"
    assert other.cost_yuan == pytest.approx(448_000, rel=1e-3)
    assert other.cost_parts["head_m"][0] == pytest.approx(8, rel=1e-3)
    assert other.assumptions["pump_head_m"] == pytest.approx(8, rel=1e-3)


def test_villages_in_a_row_share_the_main() -> None:
    found = by_no(proposed(settlements((0, 1500), (0, 500), (0, 1000))))
    assert {no: one.needs_first for no, one in found.items()} == {
        "M-2": (), "M-3": ("M-2",), "M-1": ("M-3",),
    }  # fmt: skip
    for one in found.values():
        assert one.cost_parts["mains_km"] == pytest.approx((0.6, 60_000), rel=1e-4)
    assert found["M-3"].name == "村3—村2供水管网延伸"


def test_villages_together_far_from_a_main_share_new_works() -> None:
    # The first to be supplied (the cheapest, of equals the first) builds works; the other joins by 360 m of main and
    # pays for the capacity that it needs.
    found = by_no(proposed(settlements((0, 1500), (300, 1500)), pipes=mains()[:0], plants=works()))
    assert found["N-1"].cost_yuan == pytest.approx(OWN_WORKS)
    joined = found["M-2"]
    assert joined.needs_first == ("N-1",)
    assert joined.cost_parts["capacity_m3d"] == pytest.approx((13, 39_000))
    assert joined.cost_yuan == pytest.approx(36_000 + 39_000 + CONNECTIONS, rel=1e-4)
    assert joined.assumptions["from_new_works"] == 1.0


def test_a_village_above_the_main_needs_a_pump() -> None:
    # 1000 m east at 6 %: 60 m up, 6 m lost, 10 m of head wanted, 20 m there: 56 m to pump.
    (one,) = proposed(settlements((1000, 0)), elevation=ramp(6), rules=WaterRules(near_share=0)).candidates
    assert one.cost_parts["head_m"] == pytest.approx((56, 56_000), rel=0.01)
    assert one.cost_yuan == pytest.approx(120_000 + 50_000 + 56_000 + CONNECTIONS, rel=0.01)
    assert one.assumptions["climb_m"] == pytest.approx(60, rel=0.01)
    # As far west it lies below the main and is supplied by gravity.
    (one,) = proposed(settlements((-1000, 0)), elevation=ramp(6)).candidates
    assert set(one.cost_parts) == {"mains_km", "connection"}


def test_spare_capacity_is_used_up_and_what_lacks_is_paid_for() -> None:
    # 20 m³/d to spare: the nearer village takes 13, the farther one 7 and pays for 6.
    tight = works((*PLANT[:3], 520.0, 500.0, *PLANT[5:]))
    found = by_no(proposed(settlements((500, 0), (-600, 0)), plants=tight))
    assert "capacity_m3d" not in found["M-1"].cost_parts
    assert found["M-2"].cost_parts["capacity_m3d"] == pytest.approx((6, 18_000))
    assert found["M-2"].assumptions["capacity_short_m3d"] == pytest.approx(6)


def test_unknown_spare_capacity_is_said() -> None:
    unknown = works((*PLANT[:3], 1000.0, np.nan, *PLANT[5:]))
    (one,) = proposed(settlements((0, 500)), plants=unknown).candidates
    assert one.assumptions["spare_unknown"] == 1.0
    (one,) = proposed(settlements((0, 500)), pipes=mains((MAIN[0], None)), plants=works()).candidates
    assert one.assumptions["spare_unknown"] == 1.0


@pytest.mark.parametrize(
    ("kind", "state"), [("dispersed", "running"), ("large", "stopped"), ("large", "building")]
)
def test_works_that_supply_nobody_further_are_no_source(kind, state) -> None:
    (one,) = proposed(settlements((0, 500)), plants=works((*PLANT[:5], kind, state))).candidates
    assert one.kind is CandidateKind.NEW_WORKS


def test_served_villages_are_left_out_and_townships_without_data_are_told() -> None:
    villages = settlements((500, 500), (600, 1500), (-500, 500))
    proposal = proposed(villages, served=areas((400, 400, 600, 600))[:3])
    assert {served.settlement_no for one in proposal.candidates for served in one.served} == {"2", "3"}
    in_the_east = areas((400, 400, 600, 600))
    proposal = proposed(villages, served=in_the_east[in_the_east["admin_code"] == B1])
    assert [(one.served.settlement_no, one.reason) for one in proposal.without] == [("3", "not_reported")]


def test_nobody_waits_for_a_relocation_village() -> None:
    villages = settlements((-200, 500), (-200, 1000))
    villages["admin_code"] = [A2, B2]
    found = by_no(proposed(villages, relocation=frozenset({A2})))
    assert found["M-2"].needs_first == ()
    assert found["M-1"].relocation


def test_no_villages_no_mains_no_works() -> None:
    assert proposed(settlements()[:0]) == Proposal(())
    (one,) = proposed(settlements((0, 0)), pipes=mains()[:0], plants=works()).candidates
    assert one.kind is CandidateKind.NEW_WORKS


# Any county -----------------------------------------------------------------------------------------------------

PLACE = st.tuples(st.integers(-19, 19).map(lambda v: v * 97.0), st.integers(-20, 20).map(lambda v: v * 101.0))
PLACES = st.lists(PLACE, min_size=1, max_size=8, unique=True)


@given(PLACES, st.randoms(use_true_random=False), st.sampled_from([None, 6.0]))
def test_a_permutation_of_rows_changes_nothing(places, shuffler, slope) -> None:
    villages, grid = settlements(*places), None if slope is None else ramp(slope)
    pipes = mains(MAIN, ([(-500, -500), (-1500, 300)], None), ([(800, 0), (800, 900)], "GS2"))
    plants = works(PLANT, (800, 0, "GS2", 30.0, 10.0, "small", "running"))
    shuffled = [list(range(len(frame))) for frame in (villages, pipes, plants)]
    for order in shuffled:
        shuffler.shuffle(order)
    again = proposed(
        villages.iloc[shuffled[0]],
        pipes=pipes.iloc[shuffled[1]],
        plants=plants.iloc[shuffled[2]],
        elevation=grid,
    )
    assert again == proposed(villages, pipes=pipes, plants=plants, elevation=grid)


@given(PLACES)
def test_everybody_is_served_and_what_is_needed_first_is_there(places) -> None:
    proposal = proposed(settlements(*places))
    found = by_no(proposal)
    assert proposal.without == ()
    assert {one.served[0].settlement_no for one in found.values()} == {str(i + 1) for i in range(len(places))}
    for candidate in found.values():
        seen = {candidate.no}
        while candidate.needs_first:
            candidate = found[candidate.needs_first[0]]
            assert candidate.no not in seen, "no circle"
            seen.add(candidate.no)


@given(PLACES)
def test_mains_alone_are_a_minimum_spanning_tree_as_networkx_finds_it(places) -> None:
    # Without pumps and with works out of the question, the forest from one source is a minimum spanning tree.
    rules = WaterRules(friction_m_km=0.0, near_share=0.0)
    prices = PRICES | {"works": 1e12}
    point = works((0, -2000, "GS1", 1e6, 0.0, "large", "running"))
    proposal = proposed(settlements(*places), pipes=mains()[:0], plants=point, rules=rules, prices=prices)
    total_m = sum(one.size for one in proposal.candidates)
    graph = nx.Graph()
    everything = [*places, (0.0, -2000.0)]
    for i, one in enumerate(everything):
        for j, other in enumerate(everything[:i]):
            graph.add_edge(i, j, weight=1.2 * float(np.hypot(one[0] - other[0], one[1] - other[1])))
    assert total_m == pytest.approx(nx.minimum_spanning_tree(graph).size("weight"), rel=1e-3, abs=1e-6)


@given(
    PLACE,
    st.sampled_from(sorted({"mains_km", "works", "capacity_m3d", "connection", "pump"})),
    st.floats(1, 3),
)
def test_dearer_prices_never_make_a_village_cheaper(place, price, factor) -> None:
    village = settlements(place)
    before = min(one.cost_yuan for one in proposed(village).candidates)
    dearer = PRICES | {price: PRICES[price] * factor}
    after = min(one.cost_yuan for one in proposed(village, prices=dearer).candidates)
    assert after >= before - 1e-6


@given(PLACES)
def test_the_forest_costs_no_more_than_works_for_each(places) -> None:
    cheapest: dict[str, float] = {}
    for one in proposed(settlements(*places)).candidates:
        key = one.served[0].key
        cheapest[key] = min(one.cost_yuan, cheapest.get(key, np.inf))
    assert sum(cheapest.values()) <= OWN_WORKS * len(places) + 1e-6


def test_where_a_height_is_unknown_the_land_is_level() -> None:
    hill = ramp(6)
    values = hill.values.copy()
    values[:, : hill.values.shape[1] // 2 + 10] = np.nan  # the main lies in there, the village does not
    partly = Grid(values, hill.west, hill.north, hill.step_lon, hill.step_lat)
    (one,) = proposed(settlements((1200, 0)), elevation=partly, rules=WaterRules(near_share=0)).candidates
    assert one.cost_yuan == pytest.approx(144_000 + CONNECTIONS, rel=1e-3)
    assert one.assumptions["flat_land"] == 1.0


def test_what_is_left_of_the_head_goes_on_along_the_mains() -> None:
    # 20 m at the main, 2500 m on 15 m are lost and 5 m left: 5 m are pumped up to 10. The next village 1000 m on loses
    # 6 m more and has its 10 m pumped again.
    far = mains(([(-1900, -2000), (-1900, -1990)], "GS1"))
    plants = works((-1900, -2000, *PLANT[2:]))
    villages = settlements((-1900, 510), (-1900, 1510))
    found = by_no(proposed(villages, pipes=far, plants=plants, prices=PRICES | {"works": 1e9}))
    assert found["M-1"].cost_parts["head_m"][0] == pytest.approx(5, rel=1e-2)
    assert found["M-2"].cost_parts["head_m"][0] == pytest.approx(6, rel=1e-2)
