"""Base stations for people without signal: worked cases, and what holds for any county."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from analysis.proposals.model import Proposal
from analysis.proposals.stations import FIVE_G, FOUR_G, propose_stations
from layers.codes import CandidateKind, Need
from tests.analysis.proposals.metres import PRICES, degrees, ramp, settlements
from tests.analysis.square_county import A1, A2, B2, CRS, county


def stations(*rows: tuple[float, float, str]) -> gpd.GeoDataFrame:
    """Stations of (metres east, metres north, technology), and a 2G one in each township."""
    made = [*rows, (-1900, -2200, "2G"), (1900, -2200, "2G")]
    codes = pd.Series([A1 if x < 0 else B2 for x, _, _ in made], dtype="str")
    technology = pd.Series([row[2] for row in made], dtype="str")
    shapes = list(shapely.points(degrees([row[:2] for row in made])))
    return gpd.GeoDataFrame({"admin_code": codes, "technology": technology}, geometry=shapes, crs=CRS)


def proposed(masts, villages, elevation=None, radio=FIVE_G, **options) -> Proposal:
    return propose_stations(county(), masts, villages, elevation, PRICES, radio=radio, **options)


def test_who_is_uncovered_is_what_the_indicators_say() -> None:
    # A 4G station gives 4G for 3 km and no 5G; a 5G one gives both.
    villages = settlements((0, 0), (900, 0), (1100, 0), people=200)
    four, five = stations((0, 0, "4G")), stations((0, 0, "5G"))
    assert proposed(four, villages, radio=FOUR_G) == Proposal(())
    assert proposed(five, villages, radio=FOUR_G) == Proposal(())
    (one,) = proposed(five, villages).candidates
    assert [served.key for served in one.served] == ["mobile_5g:3"]
    (all_of_them,) = proposed(four, villages, min_people=300).candidates
    assert [served.settlement_no for served in all_of_them.served] == ["1", "2", "3"]


def test_worked_case_of_one_site_for_three_villages() -> None:
    # Only the middle village reaches both others (900 m apart each).
    (one,) = proposed(stations(), settlements((-900, 0), (0, 0), (900, 0), people=[120, 50, 130])).candidates
    assert one.no == "S5G-2"
    assert one.kind is CandidateKind.BASE_STATION_5G
    assert one.kind.need is Need.MOBILE_5G
    assert (one.size, one.unit, one.cost_yuan) == (1.0, "stations", 300_000)
    assert one.people == 300
    assert one.admin_code == B2, "130 and 50 there, 120 in the west"
    assert one.assumptions == {"reach_m": 1000.0, "marginal_people": 300.0, "no_line_of_sight": 1.0}
    assert one.name == "村2新建 5G 基站"


def test_a_site_may_be_a_village_that_has_signal_itself() -> None:
    # The station in the far west covers village 2 at 950 m; villages 1 and 3 on either side of it are out of reach.
    villages = settlements((0, 900), (0, 0), (0, -900), people=200)
    (one,) = proposed(stations((-950, 0, "5G")), villages).candidates
    assert one.no == "S5G-2"
    assert [served.settlement_no for served in one.served] == ["1", "3"]


def test_sites_overlap_and_their_gain_falls() -> None:
    places = [(-1800.0, 0.0), (-900.0, 0.0), (0.0, 0.0), (900.0, 0.0), (1800.0, 0.0)]
    first, second = proposed(stations(), settlements(*places, people=[300, 300, 200, 100, 150])).candidates
    assert (first.no, first.people, first.assumptions["marginal_people"]) == ("S5G-2", 800, 800)
    assert (second.no, second.people, second.assumptions["marginal_people"]) == ("S5G-4", 450, 250)


def test_too_few_people_and_townships_without_data() -> None:
    masts, villages = stations(), settlements((-1500, 0), (1500, 0), (-1500, 1900), people=[99, 500, 0])
    proposal = proposed(masts[masts["admin_code"] == A1], villages)
    assert proposal.candidates == ()
    assert [(one.served.settlement_no, one.reason) for one in proposal.without] == [
        ("1", "too_few_people"), ("2", "not_reported"),
    ]  # fmt: skip


def test_line_of_sight_keeps_out_who_is_not_seen() -> None:
    def west_only(site, village, apart_m):
        assert site.shape == village.shape == (*apart_m.shape, 2)
        assert (apart_m <= 1000).all()
        return village[:, 0] < 113.02

    villages = settlements((-600, 0), (-100, 0), (300, 0), people=200)
    proposal = proposed(stations(), villages, sees=west_only)
    (one,) = proposal.candidates
    assert [served.settlement_no for served in one.served] == ["1", "2"]
    assert one.assumptions["line_of_sight"] == 1.0
    assert [(lost.served.settlement_no, lost.reason) for lost in proposal.without] == [("3", "no_site")]


def test_the_height_near_a_village_is_a_site() -> None:
    # The land rises eastward: the highest cell within 500 m of either village lies east of it, that of
    # the western one within 1000 m of both.
    proposal = proposed(stations(), settlements((-700, 0), (700, 0), people=200), ramp(10))
    (one,) = proposal.candidates
    assert one.no == "S5G-1H"
    assert one.name == "村1高地新建 5G 基站"
    assert one.assumptions["on_height_m"] == pytest.approx(500 - 22, abs=6)
    assert one.geometry.x < 113.02


def test_mostly_for_a_relocation_village() -> None:
    villages = settlements((-100, 100), (100, 100), people=[150, 100])
    (one,) = proposed(stations(), villages, relocation=frozenset({A2})).candidates
    assert one.relocation
    (one,) = proposed(stations(), villages, relocation=frozenset({B2})).candidates
    assert not one.relocation


def test_empty_frames() -> None:
    assert proposed(stations(), settlements()[:0], ramp(1)) == Proposal(())
    assert proposed(stations()[:0], settlements((0, 0))).without[0].reason == "not_reported"


PLACE = st.tuples(st.integers(-19, 19).map(lambda v: v * 97.0), st.integers(-20, 20).map(lambda v: v * 101.0))


@given(
    st.lists(PLACE, min_size=1, max_size=12, unique=True), st.randoms(use_true_random=False), st.booleans()
)
def test_a_permutation_of_rows_changes_nothing(places, shuffler, hilly) -> None:
    villages = settlements(*places, people=np.arange(len(places)) * 30.0 + 20)
    order = list(range(len(places)))
    shuffler.shuffle(order)
    grid = ramp(5) if hilly else None
    assert proposed(stations(), villages.iloc[order], grid) == proposed(stations(), villages, grid)


@given(st.lists(PLACE, min_size=1, max_size=12, unique=True), PLACE)
def test_served_are_in_reach_and_everybody_is_accounted_for(places, mast) -> None:
    villages = settlements(*places, people=80)
    proposal = proposed(stations((*mast, "5G")), villages)
    points = county().in_metres(villages)
    point_of = dict(zip(villages["settlement_no"], points, strict=True))
    everybody = {one.served.settlement_no for one in proposal.without}
    for candidate in proposal.candidates:
        site = gpd.GeoSeries([candidate.geometry], crs=CRS).to_crs(county().metric_crs).iloc[0]
        for served in candidate.served:
            assert site.distance(point_of[served.settlement_no]) <= 1000.001
            everybody.add(served.settlement_no)
    far = np.hypot(*(np.array(places) - np.array(mast)).T) > 1000
    assert everybody == set(villages["settlement_no"][far])
