"""Farmland between two editions of patches: pieces that add up to what was lost, whatever the patches."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from analysis.ellipsoid import areas_m2
from analysis.errors import CrsMismatch
from analysis.farmland_change import Tolerance, by_village, compare, digest, slivers, sums
from analysis.farmland_classes import UnknownLandClass, change_of
from layers.codes import FarmlandChange, LandClass, LandUse

WEST, SOUTH, STEP = 113.0, 24.0, 0.001
CLASSES = ("0101", "0103", "0201", "0301", "0404", "0601", "0702", "1104")
NO_TOLERANCE = Tolerance(0.0, 0.0)


def edition(columns: list[float], rows: list[float], classes: list[str]) -> gpd.GeoDataFrame:
    """Patches between vertical and horizontal cuts of the square 113–113.001, 24–24.001."""
    xs = [WEST, *(WEST + STEP * one for one in sorted(columns)), WEST + STEP]
    ys = [SOUTH, *(SOUTH + STEP * one for one in sorted(rows)), SOUTH + STEP]
    cells = [
        shapely.box(xs[i], ys[j], xs[i + 1], ys[j + 1])
        for i in range(len(xs) - 1)
        for j in range(len(ys) - 1)
        if xs[i + 1] > xs[i] and ys[j + 1] > ys[j]
    ]
    return gpd.GeoDataFrame(
        {
            "admin_code": "441821001001",
            "patch_no": [f"P{place}" for place in range(len(cells))],
            "land_class": [classes[place % len(classes)] for place in range(len(cells))],
        },
        geometry=cells,
        crs=4490,
    )


def villages(cut: float) -> gpd.GeoDataFrame:
    """Two villages on either side of a line; the east edge of the square is in neither."""
    edge, end = WEST + STEP * cut, WEST + STEP * 0.95
    shapes = [
        shapely.box(WEST - 1e-4, SOUTH - 1e-4, edge, SOUTH + 2e-3),
        shapely.box(edge, SOUTH - 1e-4, end, SOUTH + 2e-3),
    ]
    return gpd.GeoDataFrame({"admin_code": ["441821001001", "441821001002"]}, geometry=shapes, crs=4490)


cuts = st.lists(st.integers(1, 99).map(lambda one: one / 100), max_size=4, unique=True)
classes = st.lists(st.sampled_from(CLASSES), min_size=1, max_size=7)
editions = st.builds(edition, cuts, cuts, classes)


@given(before=editions, after=editions)
def test_pieces_add_up_to_the_farmland_that_was_lost(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> None:
    found = compare(before, after, NO_TOLERANCE)
    balance = found.balance
    fields = before[before["land_class"].str.startswith("01")].geometry
    assert balance.farmland_m2 == pytest.approx(areas_m2(fields.to_numpy()).sum())
    lost = balance.non_farm_m2 + balance.non_grain_m2
    assert found.pieces["area_m2"].sum() == pytest.approx(lost, abs=1e-6)
    rest = balance.farmland_m2 - balance.kept_m2 - balance.uncovered_m2 + balance.doubled_m2
    assert lost == pytest.approx(rest, abs=1e-5)
    assert balance.uncovered_m2 == pytest.approx(0, abs=1e-5)
    # The same by another way: all farmland of before without all of after.
    later = after[after["land_class"].str.startswith("01")].geometry
    gone = shapely.difference(shapely.union_all(fields.to_numpy()), shapely.union_all(later.to_numpy()))
    assert lost == pytest.approx(areas_m2(np.array([gone], dtype=object))[0], abs=1e-4)


@given(before=editions, after=editions, cut=st.integers(5, 90).map(lambda one: one / 100))
def test_cut_by_villages_nothing_is_lost(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, cut: float
) -> None:
    pieces = compare(before, after, NO_TOLERANCE).pieces
    parts = by_village(pieces, villages(cut), NO_TOLERANCE)
    assert parts["area_m2"].sum() == pytest.approx(pieces["area_m2"].sum(), abs=1e-6)
    edge = WEST + STEP * cut
    inside = parts[parts["admin_code"] == "441821001002"]
    assert (inside.bounds["minx"] >= edge - 1e-12).all()
    assert set(parts["admin_code"]) <= {"441821001001", "441821001002"}
    table = sums(parts, 6)
    total = table["non_farm_m2"].sum() + table["non_grain_m2"].sum() + table["sliver_m2"].sum()
    assert total == pytest.approx(parts["area_m2"].sum(), abs=1e-6)


@given(before=editions)
def test_two_equal_editions_show_nothing(before: gpd.GeoDataFrame) -> None:
    found = compare(before, before.copy())
    assert found.pieces.empty
    assert found.balance.kept_m2 == pytest.approx(found.balance.farmland_m2)


def test_a_workshop_on_a_field_and_an_orchard_beside_it() -> None:
    before = edition([0.5], [], ["0101", "0103"])
    after = edition([0.25, 0.5], [], ["0602", "0101", "0201"])
    pieces = compare(before, after).pieces
    assert list(pieces["change"]) == ["non_farm", "non_grain"]
    assert list(pieces["patch_before"]) == ["P0", "P1"]
    assert list(pieces["class_after"]) == ["0602", "0201"]
    square = areas_m2(np.array([shapely.box(WEST, SOUTH, WEST + STEP, SOUTH + STEP)], dtype=object))[0]
    assert pieces["area_m2"].tolist() == pytest.approx([square / 4, square / 2], rel=1e-6)


def test_a_shifted_boundary_makes_a_sliver_which_is_shown_apart() -> None:
    # A thousandth of a degree is some 100 m wide: a shift of a hundredth of it is 1 m.
    before = edition([0.5], [], ["0101", "0601"])
    after = edition([0.49], [], ["0101", "0601"])
    pieces = compare(before, after).pieces
    assert pieces["sliver"].tolist() == [True]
    assert sums(pieces, 12)["non_farm_m2"].sum() == 0
    assert sums(pieces, 12)["sliver_m2"].sum() == pytest.approx(pieces["area_m2"].sum())
    assert compare(before, after, Tolerance(area_m2=50, width_m=0.5)).pieces["sliver"].tolist() == [False]


def test_farmland_that_the_later_edition_does_not_cover_is_no_change() -> None:
    before = edition([], [], ["0101"])
    after = edition([0.5], [], ["0101", "0101"]).iloc[:1]
    found = compare(before, after)
    assert found.pieces.empty
    assert found.balance.uncovered_m2 == pytest.approx(found.balance.farmland_m2 / 2, rel=1e-6)


def test_patches_over_each_other_are_told_as_doubled() -> None:
    before = edition([], [], ["0101"])
    after = pd.concat([edition([], [], ["0601"]), edition([], [], ["0201"])], ignore_index=True)
    balance = compare(before, gpd.GeoDataFrame(after, crs=4490)).balance
    assert balance.doubled_m2 == pytest.approx(balance.farmland_m2)


def test_editions_in_two_systems_are_refused() -> None:
    before = edition([], [], ["0101"])
    with pytest.raises(CrsMismatch):
        compare(before, before.to_crs(4547))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("0101", "0601", FarmlandChange.NON_FARM),
        ("0103", "0201", FarmlandChange.NON_GRAIN),
        ("0101", "1104", FarmlandChange.NON_GRAIN),
        ("0101", "1101", FarmlandChange.NON_FARM),
        ("0102", "1006", FarmlandChange.NON_GRAIN),
        ("0102", "1003", FarmlandChange.NON_FARM),
        ("01", "03", FarmlandChange.NON_GRAIN),
        ("01", "10", FarmlandChange.NON_FARM),
        ("0101", "0103", None),
        ("0301", "0601", None),
    ],
)
def test_what_a_class_means(before: str, after: str, expected: FarmlandChange | None) -> None:
    assert change_of(before, after) is expected


@pytest.mark.parametrize("land_class", list(LandClass))
def test_every_class_of_the_standard_is_farmland_or_one_of_the_two(land_class: LandClass) -> None:
    farmland = land_class.startswith("01")
    assert (change_of("0101", land_class) is None) == farmland


@pytest.mark.parametrize("land_class", [one for one in LandClass if not one.is_farmland])
def test_other_farm_land_is_non_grain_and_the_rest_non_farm(land_class: LandClass) -> None:
    # Grassland of any kind is farmland that lies fallow, also where the standard counts it as unused.
    farm = land_class.use is LandUse.AGRICULTURAL or land_class is LandClass.OTHER_GRASS
    expected = FarmlandChange.NON_GRAIN if farm else FarmlandChange.NON_FARM
    assert change_of("0101", land_class) is expected


def test_a_class_that_the_standard_lacks_is_named() -> None:
    with pytest.raises(UnknownLandClass, match="9901"):
        change_of("0101", "9901")


def test_the_digest_is_of_the_land_and_its_classes() -> None:
    square = shapely.box(113, 24, 113.001, 24.001)
    turned = shapely.Polygon(list(square.exterior.coords)[2:] + list(square.exterior.coords)[1:3])
    assert square.equals(turned)
    assert digest("0101", "0601", square) == digest("0101", "0601", turned)
    assert digest("0101", "0601", square) != digest("0101", "0602", square)
    moved = shapely.transform(square, lambda xy: xy + 1e-6)
    assert digest("0101", "0601", square) != digest("0101", "0601", moved)


def test_width_is_measured_in_metres_on_the_ground() -> None:
    strip = np.array([shapely.box(113, 24, 113.0001, 24.01)], dtype=object)  # 10 m by 1.1 km
    area = areas_m2(strip)
    assert slivers(strip, area, Tolerance(0, 10.2)).tolist() == [True]
    assert slivers(strip, area, Tolerance(0, 9.8)).tolist() == [False]
