"""Finding units by their names."""

import numpy as np
import pytest

from layers import AdminLevel
from pipelines.import_.findings import Check
from pipelines.import_.names import NameIndex, stem
from pipelines.import_.register import Register
from tests.pipelines.import_files import UNITS

_LEVELS = {"市": "city", "县": "county", "乡镇": "township", "行政村": "village"}


@pytest.fixture(scope="module")
def index() -> NameIndex:
    ordered = sorted(UNITS)
    return NameIndex(
        Register(
            codes=tuple(u[0] for u in ordered),
            names=tuple(u[1] for u in ordered),
            levels=tuple(AdminLevel(_LEVELS[u[2]]) for u in ordered),
            outlines=np.empty(len(ordered), dtype=object),
        )
    )


def _code(index: NameIndex, *names: str) -> str | None:
    named = index.find(*names)
    return None if named.place is None else index.register.codes[named.place]


@pytest.mark.parametrize(
    ("county", "township", "village", "code"),
    [
        ("英德市", "西牛镇", "花塘村委会", "441881104201"),
        ("英德", "西牛", "花塘", "441881104201"),
        ("", "西牛镇", "花塘村", "441881104201"),
        ("", "", "花塘村民委员会", "441881104201"),
        ("", "沙口镇", "清溪村", "441881103202"),
        ("", "沙口镇", "清溪社区", "441881103203"),
        ("", "沙口镇", "清溪社区居民委员会", "441881103203"),
        ("", "沙口", "沙口镇清溪村", "441881103202"),
        ("清远市英德市", "", "金竹村委", "441881104202"),
        ("连南县", "三江镇", "五星村", "441826100201"),
        ("连南瑶族自治县", "大麦山", "新寨", "441826101202"),
        ("英德市", "", "", "441881000000"),
        ("", "西牛镇", "", "441881104000"),
    ],
)
def test_names_and_their_variants_within_their_parents(
    index: NameIndex, county: str, township: str, village: str, code: str
) -> None:
    assert _code(index, county, township, village) == code


def test_two_units_of_one_stem_are_ambiguous(index: NameIndex) -> None:
    named = index.find("", "沙口镇", "清溪")
    assert named.failure is Check.NAME_AMBIGUOUS
    assert [index.register.codes[p] for p, _ in named.proposals] == ["441881103202", "441881103203"]


def test_a_slip_is_proposed_and_never_taken(index: NameIndex) -> None:
    named = index.find("", "西牛镇", "花溏村")
    assert (named.place, named.failure) == (None, Check.NAME_UNKNOWN)
    slip = index.find("", "三江镇", "联红星村")
    assert (slip.place, slip.failure) == (None, Check.NAME_PROPOSED)
    assert index.told(slip.proposals[0][0]) == "联红村委会(441826100203)"
    assert 0.6 <= slip.proposals[0][1] < 1


def test_a_village_of_another_township_is_not_taken(index: NameIndex) -> None:
    assert index.find("", "三江镇", "花塘村").place is None


def test_nothing_said_is_nothing_found(index: NameIndex) -> None:
    assert index.find("", "", "").failure is Check.PLACE_EMPTY


def test_stems_are_never_empty() -> None:
    assert stem("镇", AdminLevel.TOWNSHIP) == "镇"
    assert stem("连山壮族瑶族自治县", AdminLevel.COUNTY) == "连山"
    assert stem("三排瑶族乡", AdminLevel.TOWNSHIP) == "三排"
