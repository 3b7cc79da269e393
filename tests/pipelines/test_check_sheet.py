"""The printed check sheet: one page, areas as the bureau writes them, what the check found, in both languages."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import shapely

from i18n import Lang
from layers import Constraint
from maps.check_picture import ConflictPiece, check_picture
from pipelines.land.check_sheet import (
    ROWS,
    CheckSheet,
    SheetConflict,
    _data,
    as_pdf,
    mu_words,
    page_pictures,
)

PARCEL = shapely.box(113.0, 24.0, 113.001, 24.001)
FARMLAND = SheetConflict(
    "basic_farmland", "prohibited", "YN-0001", None, None, area_m2=6_666.67, share=0.5912, sliver=False
)
SLIVER = SheetConflict("land_parcels", "restricted", "P-2", "晒场", None, 1.2, 0.0001, True)
HAZARD = SheetConflict("hazard_points", "restricted", "H-1", "后山滑坡", None, 40.0, 0.004, False, 152.4)
AWAY = SheetConflict("admin_units", "restricted", None, None, None, 30.0, 0.003, False)
ZONE = SheetConflict("growth_boundaries", "restricted", "G-1", "镇区", "concentrated", 90.0, 0.008, False)


def sheet(lang: Lang = "zh", rows: Sequence[SheetConflict] = (FARMLAND, HAZARD, SLIVER)) -> CheckSheet:
    return CheckSheet(
        parcel_no="441881-0007",
        name="古村#停车场 $x$ <b>",
        place="英德市 · 西牛镇 · 花塘村委会",
        applicant="西牛镇人民政府",
        kind_words="点状供地",
        use_words="乡村旅游",
        parcel_kind="spot",
        area_m2=11_277.0,
        stated_area_mu=17.0,
        worst="prohibited" if rows else None,
        conflict_area_m2=6_706.67 if rows else 0.0,
        conflicts=rows,
        sliver_m2=5.0,
        sliver_width_m=0.2,
        editions={"basic_farmland": "2025-06-30", "land_parcels": "2025-09-30"},
        checked_at="2024-06-30 09:00",
        made_at="2024-07-01 10:00",
        synthetic=True,
        map_svg="",
        lang=lang,
    )


@pytest.mark.parametrize(
    ("area_m2", "words"),
    [
        (6_666.666_666_7, "10.00"),
        (3.333_333_333_4, "0.01"),
        (3.3, "0.00"),
        (10_003.34, "15.01"),
        (0.0, "0.00"),
        (-0.4, "0.00"),
        (-6.67, "-0.01"),
    ],
)
def test_areas_in_mu_are_rounded_half_up_to_the_hundredth(area_m2: float, words: str) -> None:
    assert mu_words(area_m2) == words


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("rows", [(), (FARMLAND, HAZARD, SLIVER), (FARMLAND,) * 40])
def test_it_is_one_page(lang: Lang, rows: tuple[SheetConflict, ...]) -> None:
    made = sheet(lang, rows)
    assert as_pdf(made).startswith(b"%PDF")
    assert len(page_pictures(made, 40)) == 1


def test_it_says_what_the_check_found() -> None:
    data = _data(sheet(rows=(FARMLAND, HAZARD, AWAY, ZONE, SLIVER)))
    areas, rows = data["areas"], data["rows"]
    assert isinstance(areas, list) and isinstance(rows, list)
    assert areas[0] == ["椭球面积", "16.92", "1.1277", "11,277.00"]
    assert areas[1] == ["填报面积", "17.00", "1.1333", "11,333.33"]
    assert areas[2] == ["填报减椭球", "0.08", "0.0056", "56.33"]
    assert areas[3][0:2] == ["冲突面积", "10.06"]
    assert rows[0][:7] == ["1", "禁止", "永久基本农田", "YN-0001", "10.00", "6,666.67", "59.12%"]
    assert "第三十五条" in rows[0][7]
    assert rows[1][3] == "H-1 后山滑坡（距 152 米）"
    assert rows[2][3] == "不在任何行政村内"
    assert rows[3][7].startswith("点状供地")
    assert rows[4][1] == "限制·细碎图斑"
    assert data["worst"] == "prohibited" and "禁止" in str(data["verdict"])
    assert "永久基本农田（2025-06-30）、用地地块（2025-09-30）" in str(data["notes"])
    assert "模拟数据" in str(data["footer"])


def test_what_was_not_stated_is_blank_and_a_clean_parcel_says_so() -> None:
    read = {str(one): "2025-06-30" for one in Constraint}
    data = _data(replace(sheet("en", ()), stated_area_mu=None, synthetic=False, editions=read))
    areas = data["areas"]
    assert isinstance(areas, list)
    assert areas[1] == ["stated", "—", "—", "—"] and len(areas) == 3
    assert data["rows"] == [] and data["worst"] == "" and data["footer"] == ""
    assert data["verdict"] == "Result: no conflict found"


def test_what_there_are_no_data_of_is_no_proof() -> None:
    clean = replace(sheet("zh", ()), editions={str(one): "2025-06-30" for one in Constraint})
    assert (_data(clean)["verdict"], _data(clean)["worst"]) == ("结论：未发现冲突", "")
    without = {name: "2025-06-30" for name in clean.editions if name != Constraint.REDLINE}
    data = _data(replace(clean, editions=without))
    assert "部分管控数据缺失" in str(data["verdict"]) and data["worst"] == "restricted"
    notes = data["notes"]
    assert isinstance(notes, list) and notes[0].startswith("没有数据、因而没有检查：生态保护红线。")
    assert "红线" not in str(data["none"])


def test_more_conflicts_than_the_page_holds_are_counted() -> None:
    data = _data(sheet(rows=(FARMLAND,) * (ROWS + 3)))
    rows, notes = data["rows"], data["notes"]
    assert isinstance(rows, list) and isinstance(notes, list)
    assert len(rows) == ROWS and "另有 3 项" in notes[0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_map_goes_onto_the_page(lang: Lang) -> None:
    picture = check_picture(
        PARCEL,
        [ConflictPiece(shapely.box(113.0, 24.0, 113.0005, 24.001), "prohibited", False, 1)],
        [(Constraint.BASIC_FARMLAND, shapely.box(112.99, 23.99, 113.0005, 24.01))],
        [(shapely.box(112.9, 23.9, 113.2, 24.2), "花塘村委会")],
        title="图",
        lang=lang,
    )
    with_map, without = (page_pictures(replace(sheet(lang), map_svg=svg), 60) for svg in (picture, ""))
    assert len(with_map) == 1 and len(with_map[0]) > len(without[0])
