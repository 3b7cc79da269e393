"""Parcels out and in again: the bureau's text, pasted coordinates, drawn shapes."""

import datetime as dt
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import feature_type
from pipelines.import_ import FileRefused, import_file
from pipelines.import_.boundary_text import FaultKind, parse
from pipelines.import_.crs import CrsOrigin
from pipelines.land.boundary_txt import ENCODING, as_bytes, boundary_texts, zone_of
from pipelines.land.pasted import MOST_LINES, feature_file, read_pasted
from tests.pipelines.boundary_texts import SOUND, SQUARE
from tests.pipelines.import_files import village_box

PARCELS = feature_type("land_parcels")
MADE_ON = dt.date(2024, 6, 15)
MILLIMETRE_DEG = 1e-3 / 111_000
BARE = (
    "2655100.000,37545000.000\n2655100.000,37545100.000\n2655000.000,37545100.000\n2655000.000,37545000.000\n"
)


def frame(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    numbers = [f"DK{i}" for i in range(len(shapes))]
    return gpd.GeoDataFrame(
        {"parcel_no": numbers, "name": "地块", "parcel_use": "乡村产业"}, geometry=[*shapes], crs=4490
    )


@st.composite
def shapes(draw: st.DrawFn) -> shapely.Geometry:
    """Areas of one to three parts with holes, anywhere in the city, metres to kilometres wide."""
    lon, lat = draw(st.floats(112.0, 113.9)), draw(st.floats(23.5, 25.2))
    parts = []
    for i in range(draw(st.integers(1, 3))):
        reach = draw(st.floats(0.0001, 0.01))
        steps = draw(st.integers(3, 24))
        angles = np.sort(draw(st.floats(0, 1)) + np.linspace(0, 2 * np.pi, steps, endpoint=False))
        far = np.array(draw(st.lists(st.floats(0.6, 1.0), min_size=steps, max_size=steps)))
        centre = np.array([lon + 0.03 * i, lat])
        turn = np.column_stack([np.cos(angles), np.sin(angles)])
        outline = centre + reach * far[:, None] * turn
        hole = centre + 0.2 * reach * turn[::-1]
        parts.append(shapely.Polygon(outline, [hole] if draw(st.booleans()) and steps > 5 else []))
    whole = shapely.MultiPolygon(parts)
    assert whole.is_valid
    return whole if draw(st.booleans()) or len(parts) > 1 else parts[0]


@settings(max_examples=150, deadline=None)
@given(st.lists(shapes(), min_size=1, max_size=3))
def test_what_is_written_is_read_back_to_the_millimetre(made: list[shapely.Geometry]) -> None:
    written = boundary_texts(frame(*made), producer="清远市自然资源局", made_on=MADE_ON)
    assert set(written) == {zone_of(shape) for shape in made}
    for zone, text in written.items():
        read = read_pasted(text)
        assert read.faults == ()
        assert read.crs is not None and read.crs.label == f"EPSG:{4525 + zone - 37}"
        for number, shape in zip(read.frame["地块编号"], read.frame.geometry, strict=True):
            meant = made[int(number.removeprefix("DK"))]
            assert len(shapely.get_parts(shape)) == len(shapely.get_parts(meant))
            assert shapely.get_num_coordinates(shape) == shapely.get_num_coordinates(meant)
            assert shapely.hausdorff_distance(shape, meant) <= MILLIMETRE_DEG
            left_over = shapely.symmetric_difference(shape, meant)
            assert shapely.area(left_over) <= MILLIMETRE_DEG * shapely.length(meant)


def test_the_written_text_is_as_the_bureau_lays_it_out() -> None:
    (text,) = boundary_texts(
        frame(shapely.box(112.4, 24.0, 112.401, 24.001)).assign(name="甲,乙@丙", class_before="0103"),
        producer="测试\n单位",
        made_on=MADE_ON,
    ).values()
    lines = text.splitlines()
    assert lines[0] == "[属性描述]"
    assert lines[2:10] == [
        "数据产生单位=测试 单位",
        "数据产生日期=2024-06-15",
        "坐标系=2000国家大地坐标系",
        "几度分带=3",
        "投影类型=高斯克吕格",
        "计量单位=米",
        "带号=37",
        "精度=0.001",
    ]
    assert lines[12] == "5,1.1270,DK0,甲，乙＠丙,面,,乡村产业,0103,@"
    assert [line.split(",")[0] for line in lines[13:]] == ["J1", "J2", "J3", "J4", "J1"]
    points = np.array([[float(cell) for cell in line.split(",")[2:]] for line in lines[13:]])
    assert points[0, 0] > points[2, 0] and points[0, 1] < points[2, 1], (
        "the first point is the north-western one"
    )
    assert points[1, 1] > points[0, 1], "and the outline goes clockwise"
    assert as_bytes(text).decode(ENCODING) == text.replace("\n", "\r\n")


def test_parcels_of_two_zones_make_two_texts() -> None:
    made = boundary_texts(
        frame(shapely.box(112.3, 24, 112.31, 24.01), shapely.box(113.3, 24, 113.31, 24.01)),
        producer="",
        made_on=MADE_ON,
    )
    assert list(made) == [37, 38]
    assert [parse(text).crs for text in made.values()] == ["EPSG:4525", "EPSG:4526"]


def test_a_written_text_is_imported_as_a_file(register: sa.Engine, tmp_path: Path) -> None:
    west, south, *_ = village_box("441881103202").bounds
    box = shapely.box(west + 0.01, south + 0.01, west + 0.012, south + 0.012)
    holed = shapely.difference(box, shapely.box(west + 0.011, south + 0.011, west + 0.0112, south + 0.0112))
    (text,) = boundary_texts(frame(holed), producer="局", made_on=MADE_ON).values()
    path = tmp_path / "地块.txt"
    path.write_bytes(as_bytes(text))
    report = import_file(register, path, PARCELS)
    assert (report.counts.inserted, report.counts.rejected) == (1, 0)
    assert report.crs.label == "EPSG:4525"
    with register.connect() as connection:
        row = connection.execute(
            sa.text("SELECT *, ST_AsBinary(geom) AS wkb FROM feature.land_parcels")
        ).one()
    assert (row.parcel_no, row.parcel_use, row.admin_code) == ("DK0", "industry", "441881103202")
    assert row.stated_area_mu == pytest.approx(row.area_m2 * 15 / 10_000, abs=0.001)
    stored = shapely.from_wkb(bytes(row.wkb))
    assert shapely.hausdorff_distance(stored, holed) <= MILLIMETRE_DEG
    assert len(shapely.get_parts(stored)[0].interiors) == 1


def test_the_bureaus_text_may_be_pasted_whole() -> None:
    read = read_pasted(SOUND)
    assert read.frame["地块名称"].tolist() == ["沙口镇仓储地块", "带内圈的地块", "两处用地"]
    assert read.frame["area_m2"].tolist() == pytest.approx([10_000, 9_600, 20_000], rel=1e-3)
    assert read.crs is not None and read.crs.origin is CrsOrigin.FILE


@pytest.mark.parametrize(
    "text",
    [
        BARE,
        BARE.replace(",", "\t"),
        BARE.replace(",", "，"),
        BARE + BARE.splitlines()[0],
        "\n".join(f"J{i} {line.replace(',', ' ')}" for i, line in enumerate(BARE.splitlines(), start=1)),
        "\n".join(f"J{i},1,{line}" for i, line in enumerate(BARE.splitlines(), start=1)),
        "\n".join(",".join(reversed(line.split(","))) for line in BARE.splitlines()),
        "\n".join(SQUARE.splitlines()[1:]),
    ],
    ids=["plain", "tabs", "full-width", "closed", "named", "ring", "easting first", "of the format"],
)
def test_bare_coordinates_in_many_hands(text: str) -> None:
    read = read_pasted(text)
    assert read.faults == ()
    assert read.crs is not None and read.crs.label == "EPSG:4525"
    (shape,) = read.frame.geometry
    assert shape.normalize().equals_exact(read_pasted(BARE).frame.geometry[0].normalize(), 1e-12)
    assert read.frame["area_m2"][0] == pytest.approx(10_000, rel=1e-3)


@pytest.mark.parametrize("swapped", [False, True])
def test_bare_degrees(swapped: bool) -> None:
    lines = ["112.44°, 24.00°", "112°26′36″, 24.00", "112.4433333 24.002", "112.44 24.002"]
    pairs = [line.replace(",", " ").split() for line in lines]
    text = "\n".join(" ".join(reversed(pair) if swapped else pair) for pair in pairs)
    read = read_pasted(text)
    assert read.faults == ()
    assert shapely.bounds(read.frame.geometry[0]) == pytest.approx(
        [112.44, 24.0, 112.4433333, 24.002], abs=1e-7
    )


def test_blank_lines_and_ring_numbers_part_the_rings() -> None:
    hole = "2655060,37545040\n2655040,37545040\n2655040,37545060\n2655060,37545060\n"
    by_blank = read_pasted(BARE + "\n" + hole).frame.geometry[0]
    numbered = [f"P,{n},{line}" for n, text in ((1, BARE), (2, hole)) for line in text.splitlines()]
    by_number = read_pasted("\n".join(numbered)).frame.geometry[0]
    assert by_blank.equals(by_number)
    assert len(shapely.get_parts(by_blank)[0].interiors) == 1


def test_a_chosen_system_is_believed() -> None:
    without_zone = BARE.replace("37545", "545")
    read = read_pasted(without_zone, crs="EPSG:4547")
    assert read.crs is not None and read.crs.label == "EPSG:4547"
    assert shapely.bounds(read.frame.geometry[0])[0] > 114
    shifted = read_pasted("113.0,24.0\n113.01,24.0\n113.01,24.01\n", crs="GCJ02").frame.geometry[0]
    assert shapely.bounds(shifted)[0] == pytest.approx(112.995, abs=0.002)
    with pytest.raises(FileRefused):
        read_pasted(BARE, crs="EPSG:99999")
    with pytest.raises(FileRefused):
        read_pasted("1,2\n3,4\n5,9\n")


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        ("", FaultKind.NOTHING, 1),
        (" \n\n", FaultKind.NOTHING, 1),
        (BARE + "2655000\n", FaultKind.LINE_CELLS, 5),
        (BARE + "a,b,c,d,e\n", FaultKind.LINE_CELLS, 5),
        (BARE.replace("2655000.000,37545100", "265500O.000,37545100"), FaultKind.LINE_NUMBER, 3),
        ("2655100,37545000\n2655100,37545100\n", FaultKind.RING_SHORT, 1),
        (BARE + "\n" + BARE, FaultKind.RINGS_CROSS, 1),
        ("\n".join(np.array(BARE.splitlines())[[0, 2, 1, 3]]), FaultKind.CROSSES_ITSELF, 1),
        (BARE * (MOST_LINES // 4), FaultKind.TOO_LONG, MOST_LINES),
        (SOUND.replace("J2,1,2655100.000", "J2,1,2655l00.000"), FaultKind.NUMBER_UNREADABLE, 15),
    ],
)
def test_faults_of_pasted_texts_name_their_lines(text: str, kind: FaultKind, line: int) -> None:
    read = read_pasted(text)
    assert read.frame.empty and read.crs is None
    (fault,) = read.faults
    assert (fault.kind, fault.line) == (kind, line)
    assert fault.text.zh.startswith(f"第 {line} 行") and fault.text.en.startswith(f"Line {line}")


def test_a_drawn_shape_is_a_file_that_the_import_takes(register: sa.Engine, tmp_path: Path) -> None:
    west, south, *_ = village_box("441826100201").bounds
    drawn = shapely.box(west + 0.01, south + 0.01, west + 0.0123456789, south + 0.0123456789)
    path = tmp_path / "手绘.geojson"
    path.write_bytes(
        feature_file(
            drawn,
            {
                "parcel_no": "001",
                "name": '带"引号"的',
                "parcel_kind": "spot",
                "stated_area_mu": 84.37,
                "quota_kind": "saved",
                "project_no": "TZ1",
                "note": None,
            },
        )
    )
    assert "note" not in json.loads(path.read_text("utf-8"))["features"][0]["properties"]
    report = import_file(register, path, PARCELS)
    assert (report.counts.inserted, report.counts.rejected) == (1, 0)
    with register.connect() as connection:
        row = connection.execute(
            sa.text("SELECT *, ST_AsBinary(geom) AS wkb FROM feature.land_parcels")
        ).one()
    assert (row.parcel_no, row.name, row.parcel_kind, row.admin_code) == (
        "001",
        '带"引号"的',
        "spot",
        "441826100201",
    )
    assert shapely.hausdorff_distance(shapely.from_wkb(bytes(row.wkb)), drawn) < 1e-9
    if warned := "stated_area_differs" in {finding.rule for finding in report.findings}:
        assert warned and abs(row.area_m2 * 15 / 10_000 - 84.37) > 0.8437
