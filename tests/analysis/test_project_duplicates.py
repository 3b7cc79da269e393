"""Projects that may be one: near, over one another, alike in name; and those that are not."""

from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from analysis.progress.duplicates import Pair, Place, Reason, duplicates, duplicates_of, likeness

HERE, M = (113.0, 24.0), 1 / 101_870
"""A point, and a metre of longitude there in degrees."""


def _place(
    number: int,
    name: str = "上屋通硬化路",
    *,
    east_m: float = 0.0,
    kind: str = "road_link",
    layer: str = "roads",
    villages: str = "441821100201",
) -> Place:
    return Place(number, layer, kind, name, frozenset({villages}), Point(HERE[0] + east_m * M, HERE[1]))


def test_near_ones_of_a_kind_are_told_with_their_distance() -> None:
    (pair,) = duplicates([_place(1), _place(2, "下村水泥路", east_m=80, villages="441821100202")])
    assert (pair.first, pair.second, pair.reason) == (1, 2, Reason.NEAR)
    assert abs(pair.amount - 80) < 1


def test_far_ones_and_other_layers_are_not() -> None:
    far = _place(2, "下村水泥路", east_m=200, villages="441821100202")
    water = _place(3, layer="water_supply", kind="new_works")
    assert duplicates([_place(1), far, water]) == []


def test_other_kinds_of_a_layer_only_if_they_are_called_alike() -> None:
    other = _place(2, "村道安防", kind="road_safety", east_m=10)
    assert duplicates([_place(1), other]) == []
    alike = _place(2, "上屋通硬化路 ", kind="road_upgrade", east_m=10)
    assert [pair.reason for pair in duplicates([_place(1), alike])] == [Reason.NEAR]


def test_names_alike_in_one_village_are_told_however_far() -> None:
    (pair,) = duplicates([_place(1), _place(2, "上屋村通硬化路", east_m=3000)])
    assert pair.reason is Reason.NAME and pair.amount > 0.9
    elsewhere = _place(2, "上屋村通硬化路", east_m=3000, villages="441821100209")
    assert duplicates([_place(1), elsewhere]) == []


def test_lines_and_areas_over_one_another() -> None:
    road = LineString([HERE, (HERE[0] + 1000 * M, HERE[1])])
    part = LineString([(HERE[0] + 500 * M, HERE[1]), (HERE[0] + 1500 * M, HERE[1])])
    base = _place(1)
    one = Place(1, "roads", "road_link", "甲路", base.villages, road)
    two = Place(2, "roads", "road_link", "乙路", frozenset({"441821100300"}), part)
    (pair,) = duplicates([one, two])
    assert pair.reason is Reason.OVERLAP and abs(pair.amount - 0.5) < 0.05
    field = box(HERE[0], HERE[1], HERE[0] + 0.01, HERE[1] + 0.01)
    most = box(HERE[0] + 0.004, HERE[1], HERE[0] + 0.014, HERE[1] + 0.01)
    areas = [
        Place(i, "land_consolidation", "land_consolidation", str(i) * 4, frozenset({str(i)}), shape)
        for i, shape in ((1, field), (2, most))
    ]
    (pair,) = duplicates(areas)
    assert pair.reason is Reason.OVERLAP and abs(pair.amount - 0.6) < 0.01


def test_one_against_the_others_finds_the_same_pairs() -> None:
    others = [_place(i, f"第{i}组道路", east_m=70 * i, villages=f"44182110020{i}") for i in range(1, 6)]
    new = _place(9, "新路", east_m=150, villages="441821100209")
    found = duplicates_of(new, others)
    assert found == [pair for pair in duplicates([*others, new]) if pair.second == 9]
    assert len(found) >= 2


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from("甲乙丙")), max_size=8))
def test_pairs_are_of_two_and_told_once(spots: list[tuple[int, str]]) -> None:
    places = [_place(i, f"{name}组硬化路", east_m=x) for i, (x, name) in enumerate(spots)]
    found: list[Pair] = duplicates(places)
    keys = [(pair.first, pair.second) for pair in found]
    assert len(set(keys)) == len(keys) and all(a < b for a, b in keys)
    assert duplicates(places[::-1]) == found


def test_likeness_forgets_width_and_punctuation() -> None:
    assert likeness("上屋－下村（通硬化路）", "上屋下村(通硬化路)") == 1.0
    assert likeness("上屋通硬化路", "下村新建5G基站") < 0.5
