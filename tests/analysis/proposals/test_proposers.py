"""The table of proposers, and that everything a candidate says has words."""

import geopandas as gpd
import pytest

from analysis.proposals import PROPOSERS
from analysis.proposals.errors import MissingPrice
from analysis.proposals.model import Proposal
from analysis.proposals.stations import FIVE_G, FOUR_G
from analysis.proposals.unit_costs import DEFAULT_YUAN
from analysis.proposals.words import assumption_sentences, reason_sentence, unit_word
from i18n import LANGUAGES, catalogue_keys
from layers import Geometry, feature_type, indicator
from layers.codes import Need
from tests.analysis.proposals import test_houses, test_roads, test_stations, test_water
from tests.analysis.proposals.metres import ramp, settlements
from tests.analysis.square_county import A1, county


def frames() -> dict[str, gpd.GeoDataFrame]:
    """A county with something to do for every need."""
    return {
        "roads": test_roads.roads(*test_roads.MAIN, ([(100, 0), (100, 500)], "earth")),
        "settlements": settlements(
            (100, 450), (-1500, 1900), (600, 800), (1200, 1500), people=[150, 60, 90, 80]
        ),
        "water_service_areas": test_water.areas(),
        "water_mains": test_water.mains(test_water.MAIN),
        "water_works": test_water.works(test_water.PLANT),
        "base_stations": test_stations.stations(),
        "houses": test_houses.houses((A1, "D", "found", True, "destitute", None)),
    }


@pytest.mark.parametrize("elevation", [None, ramp(15)], ids=["flat", "hilly"])
@pytest.mark.parametrize("need", list(Need))
def test_each_need_is_proposed_for_and_told_in_both_languages(need, elevation) -> None:
    proposal = PROPOSERS[need].propose(county(), frames(), unit_yuan=DEFAULT_YUAN, elevation=elevation)
    assert proposal.candidates
    for candidate in proposal.candidates:
        assert candidate.kind.need is need
        assert {served.need for served in candidate.served} == {need}
        assert candidate.geometry.is_valid and not candidate.geometry.is_empty
        assert candidate.people > 0 and candidate.cost_yuan > 0 and candidate.size > 0
        for lang in LANGUAGES:
            assert unit_word(candidate.unit, lang)
            sentences = assumption_sentences(candidate.assumptions, lang)
            assert len(sentences) == len(candidate.assumptions) > 0
    for lost in proposal.without:
        assert all(reason_sentence(lost.reason, lang) for lang in LANGUAGES)
    numbers = [candidate.no for candidate in proposal.candidates]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("need", list(Need))
def test_same_inputs_same_proposal_and_options_are_passed_on(need) -> None:
    made = [
        PROPOSERS[need].propose(county(), frames(), unit_yuan=DEFAULT_YUAN, elevation=ramp(5)) for _ in "ab"
    ]
    assert made[0] == made[1]
    everyone = frozenset(county().codes)
    moved = PROPOSERS[need].propose(county(), frames(), unit_yuan=DEFAULT_YUAN, relocation=everyone)
    assert all(candidate.relocation for candidate in moved.candidates)


def test_options_reach_the_function() -> None:
    proposal = PROPOSERS[Need.ROAD].propose(county(), frames(), unit_yuan=DEFAULT_YUAN, min_households=31)
    assert proposal == Proposal(())


@pytest.mark.parametrize("need", list(Need))
def test_sources_are_declared_features_and_fields(need) -> None:
    for name, source in PROPOSERS[need].sources.items():
        feature = feature_type(name)
        assert feature.geometry is not Geometry.NONE
        assert all(feature.field(column) for column in source.columns)


def test_who_is_in_need_is_who_the_indicators_count() -> None:
    road = PROPOSERS[Need.ROAD].function.keywords
    linked = indicator("linked_settlement_share").arguments
    assert road == {"linked_m": linked["distance_m"], "min_households": linked["min_households"]}
    for radio, id_ in ((FOUR_G, "people_in_4g_share"), (FIVE_G, "people_in_5g_share")):
        declared = indicator(id_).arguments
        assert radio.reach_m == declared["distance_m"]
        assert list(radio.technologies) == declared["where"]["technology"]


@pytest.mark.parametrize("need", list(Need))
def test_a_missing_price_is_named(need) -> None:
    with pytest.raises(MissingPrice) as caught:
        PROPOSERS[need].propose(county(), frames(), unit_yuan={})
    assert caught.value.values["id"] in DEFAULT_YUAN
    assert caught.value.values["id"] in caught.value.sentence("en")


def test_no_word_is_idle() -> None:
    """Each assumption in the catalogue is one that the code can make."""
    from pathlib import Path

    code = "".join(path.read_text("utf-8") for path in Path("analysis/proposals").glob("*.py"))
    kept = [key.rpartition(".")[2] for key in catalogue_keys() if key.startswith("proposals.assumption.")]
    assert kept and [name for name in kept if f'"{name}"' not in code] == []


def test_figures_are_short() -> None:
    assert assumption_sentences({"bends_m": 1234.56}, "en") == ["Bends add 1,235 m."]
    assert assumption_sentences({"terrain_factor": 1.50412}, "zh") == ["坡度使每米造价为平地的 1.5 倍。"]
    assert assumption_sentences({"works_no": "GS1"}, "zh") == ["由供水工程 GS1 供水。"]
