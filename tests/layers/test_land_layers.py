"""Land classes of GB/T 21010-2017 and the rules that the layers of the land bureau share."""

from collections import Counter

import pandas as pd
import pytest

from layers import FeatureType, Geometry, all_features, feature_type
from layers.codes import LandClass, LandGroup, LandUse
from layers.land_constraints import STATED_AREA, stated_area_differs
from pipelines.import_.values import reader

BY_GROUP = {
    "01": 3,
    "02": 4,
    "03": 7,
    "04": 4,
    "05": 7,
    "06": 4,
    "07": 2,
    "08": 10,
    "09": 6,
    "10": 9,
    "11": 10,
    "12": 7,
}
"""Second-level classes of each first-level class, as the standard lists them."""


def test_the_list_of_classes_is_whole() -> None:
    assert Counter(str(member.group) for member in LandClass) == BY_GROUP
    assert len(LandClass) == 73 and len(LandGroup) == 12
    for member in LandClass:
        numbers = sorted(int(m.value[2:]) for m in LandClass if m.group is member.group)
        assert numbers == list(range(1, len(numbers) + 1)), "numbered without gaps"


def test_three_classes_are_farmland() -> None:
    assert [str(member) for member in LandClass if member.is_farmland] == ["0101", "0102", "0103"]


@pytest.mark.parametrize(
    ("code", "use"),
    [
        ("0103", LandUse.AGRICULTURAL),
        ("0201", LandUse.AGRICULTURAL),
        ("0301", LandUse.AGRICULTURAL),
        ("0401", LandUse.AGRICULTURAL),
        ("0404", LandUse.UNUSED),
        ("0601", LandUse.CONSTRUCTION),
        ("0702", LandUse.CONSTRUCTION),
        ("1003", LandUse.CONSTRUCTION),
        ("1006", LandUse.AGRICULTURAL),
        ("1101", LandUse.UNUSED),
        ("1103", LandUse.AGRICULTURAL),
        ("1104", LandUse.AGRICULTURAL),
        ("1109", LandUse.CONSTRUCTION),
        ("1201", LandUse.CONSTRUCTION),
        ("1202", LandUse.AGRICULTURAL),
        ("1206", LandUse.UNUSED),
    ],
)
def test_each_class_is_agricultural_construction_or_unused(code: str, use: LandUse) -> None:
    assert LandClass.of(code).use is use


@pytest.mark.parametrize("written", ["0101", "101", "水田", "0101水田", "paddy", "０１０１"])
def test_a_class_is_read_in_all_its_spellings(written: str) -> None:
    field = feature_type("land_patches").field("land_class")
    assert reader(field, factor=1.0, identifier=False)(written).value == "0101"


def test_a_stated_area_may_differ_by_a_hundredth() -> None:
    mu = 15 / 10_000
    frame = pd.DataFrame(
        {
            "area_m2": [10_000.0, 10_000.0, 10_000.0, 10_000.0, 2.0, float("nan")],
            "stated_area_mu": [15.0, 15.149, 15.151, None, 2.0 * mu + 0.009, 1.0],
        }
    )
    assert stated_area_differs(frame).tolist() == [False, False, True, False, False, False]


@pytest.mark.parametrize("feature", all_features(), ids=lambda feature: feature.id)
def test_the_rule_of_stated_areas_is_for_areas_only(feature: FeatureType) -> None:
    if STATED_AREA in feature.rules:
        assert feature.geometry is Geometry.POLYGON
        assert feature.field("stated_area_mu").unit == "亩"
