"""The bureau's text of boundary points: what it holds, and every fault told with its line."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import CRS

import layers
from i18n import tr
from pipelines.import_ import boundary_text, sandbox, units
from pipelines.import_.boundary_text import FaultKind, parse
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.headings import vocabulary
from pipelines.import_.raw_table import GEOMETRY, RawTable
from pipelines.import_.ring_nesting import RingsCross, nest
from tests.pipelines.boundary_texts import (
    FIRST_POINT,
    HEADER,
    LAST_POINT,
    SOUND,
    SQUARE,
    TWO_PARTS,
    WITH_HOLE,
)
from tests.pipelines.import_files import zip_of


def read(path: Path) -> RawTable:
    return sandbox.read_file(
        path, headings=vocabulary(layers.feature_type("land_parcels")), units=units.known_units()
    )


def ring(*corners: tuple[float, float]) -> np.ndarray:
    return np.array([*corners, corners[0]], dtype=float)


def box(west: float, south: float, side: float) -> np.ndarray:
    return ring((west, south), (west + side, south), (west + side, south + side), (west, south + side))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_sound_text_is_read_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "界址点.txt"
    path.write_bytes(SOUND.replace("\n", "\r\n").encode(encoding))
    table = read(path)
    assert table.headings == boundary_text.HEADINGS
    assert table.units[0] == "公顷"
    assert (table.crs, table.crs_origin) == ("EPSG:4525", "[属性描述]")
    assert table.source_rows.tolist() == [13, 19, 30]
    columns = {h: table.columns[f"c{i}"].to_pylist() for i, h in enumerate(table.headings)}
    assert columns["地块编号"] == ["DK001", "DK002", "DK003"]
    assert columns["地块用途"] == ["乡村产业", "乡村旅游", "村庄建设"]
    assert columns["地类编码"] == ["0103", "0702", ""]
    shapes = shapely.from_wkb(table.columns[GEOMETRY].to_pylist())
    assert shapely.area(shapes).tolist() == [10_000, 9_600, 20_000]
    assert [len(shapely.get_parts(shape)) for shape in shapes] == [1, 1, 2]
    assert len(shapely.get_parts(shapes[1])[0].interiors) == 1
    assert shapely.get_coordinates(shapes[0])[0].tolist() == [37_545_000, 2_655_100], (
        "the easting comes first"
    )


def test_a_text_of_a_table_is_still_a_table(tmp_path: Path) -> None:
    path = tmp_path / "地块.txt"
    path.write_text("地块编号,地块名称\nA1,甲\n", "utf-8")
    assert read(path).headings == ("地块编号", "地块名称")


@pytest.mark.parametrize(
    ("datum", "band", "zone", "prefix", "code"),
    [
        ("2000国家大地坐标系", 3, 37, "37", 4525),
        ("CGCS2000", 3, 38, "38", 4526),
        ("2000国家大地坐标系", 3, 37, "", 4546),
        ("1980西安坐标系", 3, 38, "38", 2362),
        ("西安80", 3, 38, "", 2383),
        ("1954北京坐标系", 3, 37, "37", 2413),
        ("北京54", 3, 38, "", 2435),
        ("2000国家大地坐标系", 6, 19, "19", 4497),
        ("1980西安坐标系", 6, 19, "", 2344),
        ("1954北京坐标系", 6, 19, "19", 21419),
    ],
)
def test_datum_band_and_zone_make_the_system(
    datum: str, band: int, zone: int, prefix: str, code: int
) -> None:
    text = SOUND.replace("2000国家大地坐标系", datum).replace("几度分带=3", f"几度分带={band}")
    text = text.replace("带号=37", f"带号={zone}").replace(",37545", f",{prefix}545")
    found = parse(text)
    assert (found.faults, found.crs) == ((), f"EPSG:{code}")
    operation = CRS.from_epsg(code).coordinate_operation
    assert operation is not None
    values = {param.name: param.value for param in operation.params}
    assert values["Longitude of natural origin"] == (3 * zone if band == 3 else 6 * zone - 3)
    assert values["False easting"] == (int(prefix) * 1_000_000 if prefix else 0) + 500_000


def test_what_the_header_leaves_open_is_left_to_the_import() -> None:
    assert parse(SOUND.replace("带号=37", "带号=")).crs == "EPSG:4525", "the points name their zone"
    assert parse(SOUND.replace("坐标系=2000国家大地坐标系", "坐标系=")).crs is None
    without_zone = SOUND.replace("带号=37", "带号=").replace(",37545", ",545")
    assert (parse(without_zone).crs, parse(without_zone).faults) == (None, ())


def test_ways_of_writing_that_mean_the_same() -> None:
    plain = parse(SOUND)
    for changed in (
        SOUND.replace(",@", ",,,,备注,@"),
        SOUND.replace("J1,1,2655100.000,37545000.000", "J1，1，２655100.000，37545000.000"),
        SOUND.replace("5,1.0000", "4,1.0000"),
        SOUND.replace("[属性描述]", "［属性描述］").replace("=", "＝"),
        "[扩展信息]\n任意\n" + SOUND,
    ):
        found = parse(changed)
        assert found.faults == ()
        assert [p.polygons[0][0].tolist() for p in found.parcels] == [
            p.polygons[0][0].tolist() for p in plain.parcels
        ]


def test_a_comma_in_a_name_is_no_separator() -> None:
    found = parse(SOUND.replace("沙口镇仓储地块", "沙口镇，仓储地块"))
    assert found.parcels[0].values[2] == "沙口镇，仓储地块"


def test_an_area_of_nothing_is_not_filled_in() -> None:
    assert parse(SOUND.replace("1.0000", "0.0000")).parcels[0].values[0] == ""


_SQUARES_LINE = SQUARE.splitlines()[0]
_MIDDLE = "J2,1,2655100.000,37545100.000\nJ3,1,2655000.000,37545100.000\n"
_LAST = "J4,1,2655000.000,37545000.000\n"
_CLOSING = "J1,1,2655100.000,37545000.000\n"
SPOILT = [
    (FaultKind.NO_SECTION, HEADER.replace("[地块坐标]", ""), 11),
    (FaultKind.NO_PARCELS, HEADER, 12),
    (FaultKind.HEADER_LINE, SOUND.replace("精度=0.001", "精度0.001"), 10),
    (FaultKind.DATUM_UNKNOWN, SOUND.replace("2000国家大地坐标系", "WGS1984"), 5),
    (FaultKind.BAND_UNKNOWN, SOUND.replace("几度分带=3", "几度分带=1.5"), 6),
    (FaultKind.PROJECTION_UNKNOWN, SOUND.replace("高斯克吕格", "墨卡托"), 7),
    (FaultKind.UNIT_UNKNOWN, SOUND.replace("计量单位=米", "计量单位=度"), 8),
    (FaultKind.ZONE_UNKNOWN, SOUND.replace("带号=37", "带号=19"), 9),
    (FaultKind.ZONE_DIFFERS, SOUND.replace("带号=37", "带号=38"), FIRST_POINT),
    (FaultKind.ZONE_DIFFERS, SOUND.replace("J3,1,2655000.000,37545", "J3,1,2655000.000,38545"), FIRST_POINT + 2),
    (FaultKind.ZONE_DIFFERS, SOUND.replace("J3,1,2655000.000,37545", "J3,1,2655000.000,545"), FIRST_POINT + 2),
    (FaultKind.POINT_WITHOUT_PARCEL, HEADER + "J1,1,2655100.0,37545000.0\n" + SQUARE, 13),
    (FaultKind.MARK_MISSING, SOUND.replace(",0103,@", ",0103,"), 13),
    (FaultKind.FIELDS_FEW, HEADER + SQUARE.replace(_SQUARES_LINE, "5,DK001,@"), 13),
    (FaultKind.NOT_AREA, SOUND.replace("地块,面,F49", "地块,线,F49"), 13),
    (FaultKind.PARCEL_EMPTY, SOUND + "0,0,DK9,空地块,面,,,,@\n", 41),
    (FaultKind.COUNT_UNREADABLE, SOUND.replace("5,1.0000", "五,1.0000"), 13),
    (FaultKind.COUNT_DIFFERS, SOUND.replace("5,1.0000", "7,1.0000"), 13),
    (FaultKind.POINT_FIELDS, SOUND.replace("J2,1,2655100.000,", "J2,1,2655100.000 "), FIRST_POINT + 1),
    (FaultKind.NUMBER_UNREADABLE, SOUND.replace("J2,1,2655100.000", "J2,1,2655l00.000"), FIRST_POINT + 1),
    (FaultKind.NUMBER_UNREADABLE, SOUND.replace("J2,1,2655100.000", "J2,1,nan"), FIRST_POINT + 1),
    (FaultKind.RING_NUMBER, SOUND.replace("J2,1,", "J2,0,", 1), FIRST_POINT + 1),
    (FaultKind.RING_ORDER, SOUND.replace("J5,2,", "J5,3,").replace("J6,2,", "J6,3,"), 25),
    (FaultKind.RING_OPEN, SOUND.replace(_LAST + _CLOSING, _LAST).replace("5,1.0000", "4,1.0000"), LAST_POINT - 1),
    (FaultKind.RING_SHORT, HEADER + SQUARE.replace(_MIDDLE, "").replace("5,1", "3,1"), 14),
    (FaultKind.RINGS_CROSS, SOUND.replace("J6,2,2656040.000,37545040.000", "J6,2,2656040.000,37544940.000"), 19),
    (FaultKind.SWAPPED, SOUND.replace(_CLOSING, "J1,1,37545000.000,2655100.000\n", 1), FIRST_POINT),
    (FaultKind.SWAPPED, HEADER + "4,1,A,乙,面,,,,@\nJ1,1,545000.0,2655100.0\n", 14),
    (FaultKind.OUT_OF_RANGE, HEADER + "4,1,A,乙,面,,,,@\nJ1,1,24.01,112.45\n", 14),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "line"), SPOILT, ids=[f"{k}-{i}" for i, (k, _, _) in enumerate(SPOILT)]
)
def test_every_fault_is_told_with_its_line(kind: FaultKind, text: str, line: int) -> None:
    found = parse(text)
    assert (kind, line) in {(fault.kind, fault.line) for fault in found.faults}
    for fault in found.faults:
        assert fault.text.zh.startswith(f"第 {fault.line} 行：")
        assert fault.text.en.startswith(f"Line {fault.line}: ")


def test_the_corpus_has_every_fault_of_the_format() -> None:
    pasted_only = {
        FaultKind.LINE_CELLS,
        FaultKind.LINE_NUMBER,
        FaultKind.NOTHING,
        FaultKind.TOO_LONG,
        FaultKind.CROSSES_ITSELF,
    }
    assert {kind for kind, _, _ in SPOILT} == set(FaultKind) - pasted_only


def test_a_fault_in_many_lines_of_a_parcel_is_told_once() -> None:
    faults = parse(SOUND.replace("带号=37", "带号=38")).faults
    assert [fault.line for fault in faults] == [14, 20, 31]


def test_a_file_with_faults_is_refused_as_a_whole_and_all_are_told(tmp_path: Path) -> None:
    path = tmp_path / "坏.txt"
    path.write_text(SOUND.replace("5,1.0000", "7,1.0000").replace("J5,2,2656060", "J5,2,265606O"), "utf-8")
    with pytest.raises(FileRefused) as refused:
        read(path)
    assert refused.value.reason is Refusal.BOUNDARY_FAULTS
    said = refused.value.sentence("zh")
    assert "第 13 行" in said and "第 25 行" in said
    assert "Line 13" in refused.value.sentence("en")


def test_a_zip_of_texts_is_no_shapefile(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"界址点.txt": SOUND.encode()})
    with pytest.raises(FileRefused) as refused:
        read(path)
    assert refused.value.reason is Refusal.NO_SHAPEFILE
    assert tr("import.refused.no_shapefile", "zh", found="界址点.txt") == refused.value.sentence("zh")


def test_rings_are_outlines_and_holes_by_where_they_lie() -> None:
    outline, hole, island, apart = box(0, 0, 100), box(20, 20, 40), box(30, 30, 10), box(200, 0, 10)
    made = nest([hole, apart, outline, island])
    assert [[r[0].tolist() for r in polygon] for polygon in made] == [
        [[200, 0]],
        [[0, 0], [20, 20]],
        [[30, 30]],
    ]


def test_a_hole_may_touch_its_outline_at_corners_and_along_edges() -> None:
    outline = box(0, 0, 100)
    diamond = ring((0, 50), (50, 0), (100, 50), (50, 100))
    assert len(nest([outline, diamond])[0]) == 2
    assert len(nest([outline, box(0, 0, 10)])[0]) == 2
    assert len(nest([outline, box(100, 0, 10)])) == 2, "side by side"


@pytest.mark.parametrize("other", [box(50, 50, 100), box(0, 0, 100)], ids=["crossing", "twice"])
def test_rings_that_cross_or_repeat_are_refused(other: np.ndarray) -> None:
    with pytest.raises(RingsCross):
        nest([box(0, 0, 100), other])


def test_the_parts_of_the_corpus_are_sound() -> None:
    assert all(parse(HEADER + part).faults == () for part in (SQUARE, WITH_HOLE, TWO_PARTS))
