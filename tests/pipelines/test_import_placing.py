"""Units stated by code, by names and by place: paths of names, contradictions, distances."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

import layers
from layers import AdminLevel
from pipelines.import_ import ImportReport, check_file, import_file
from pipelines.import_.findings import Check
from pipelines.import_.names import NameIndex
from pipelines.import_.register import Register
from tests.pipelines.import_files import UNITS, VILLAGES, houses, inside, village_box

HOUSES = layers.feature_type("houses")
FIBRE = layers.feature_type("village_fibre")

_TWO_CITIES = (
    ("441800000000", "清远市", AdminLevel.CITY),
    ("441802000000", "清城区", AdminLevel.COUNTY),
    ("441802107000", "飞来峡镇", AdminLevel.TOWNSHIP),
    ("441802107201", "太平村委会", AdminLevel.VILLAGE),
    ("441802108000", "太平镇", AdminLevel.TOWNSHIP),
    ("441802108201", "太平村委会", AdminLevel.VILLAGE),
    ("441825000000", "连山壮族瑶族自治县", AdminLevel.COUNTY),
    ("441825100000", "永和镇", AdminLevel.TOWNSHIP),
    ("441825100001", "永和社区居委会", AdminLevel.VILLAGE),
    ("441825101000", "太平镇", AdminLevel.TOWNSHIP),
    ("441825101201", "太平村委会", AdminLevel.VILLAGE),
)
"""Names that come again in other parents."""


@pytest.fixture(scope="module")
def namesakes() -> NameIndex:
    codes, names, levels = zip(*_TWO_CITIES, strict=True)
    return NameIndex(Register(codes, names, levels, np.empty(len(codes), dtype=object)))


def csv(tmp_path: Path, frame: pd.DataFrame) -> Path:
    path = tmp_path / "台账.csv"
    frame.to_csv(path, index=False, encoding="utf-8")
    return path


def found(report: ImportReport, check: str) -> list[tuple[int | None, str | None]]:
    return [(f.row_no, f.value) for f in report.findings if f.rule == check]


class TestPaths:
    def test_a_village_is_looked_for_in_the_units_in_front_of_it_only(self, namesakes: NameIndex) -> None:
        named = namesakes.find("", "", "清城区飞来峡镇永和社区居委会")
        assert (named.place, named.failure) == (None, Check.NAME_UNKNOWN)
        assert namesakes.find("清城区", "", "连山壮族瑶族自治县永和镇永和社区居委会").place is None
        assert namesakes.find("", "清城区永和镇", "").place is None

    def test_every_full_path_means_its_own_unit(self, namesakes: NameIndex) -> None:
        register = namesakes.register
        by_code = dict(zip(register.codes, register.names, strict=True))
        for code, level in zip(register.codes, register.levels, strict=True):
            if level is not AdminLevel.VILLAGE:
                continue
            county, township = by_code[f"{code[:6]}000000"], by_code[f"{code[:9]}000"]
            for said in (
                ("", "", f"{county}{township}{by_code[code]}"),
                ("", "", f"清远市{county}{township}{by_code[code]}"),
                ("", f"{county}{township}", by_code[code]),
                (county, "", f"{township}{by_code[code]}"),
                (county, township, f"清远市{county}{township}{by_code[code]}"),
            ):
                place = namesakes.find(*said).place
                assert place is not None and register.codes[place] == code, said

    def test_a_parent_that_is_there_twice_leaves_both(self, namesakes: NameIndex) -> None:
        named = namesakes.find("", "", "太平镇太平村")
        assert named.failure is Check.NAME_AMBIGUOUS
        codes = [namesakes.register.codes[unit] for unit in named.meant]
        assert codes == ["441802108201", "441825101201"]


class TestContradictions:
    def test_without_geometry_a_row_whose_code_and_names_differ_is_rejected(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        frame = pd.DataFrame(
            {
                "区划代码": ["441881104201", "441881104202", "441826100201", "441826100202", "441881103202"],
                "乡镇": ["西牛镇", "三江镇", "三江镇", "", "沙口"],
                "行政村": ["花塘村", "金竹村", "五新村", "花塘村委会", "清溪"],
                "总户数": 300,
            }
        )
        report = import_file(register, csv(tmp_path, frame), FIBRE)
        assert found(report, Check.CODE_CONTRADICTED) == [(3, "三江镇 金竹村"), (5, "花塘村委会")]
        told = [f.message.zh for f in report.findings if f.rule == Check.CODE_CONTRADICTED]
        assert "英德市西牛镇金竹村委会(441881104202)" in told[0]
        assert "连南瑶族自治县三江镇(441826100000)" in told[0]
        assert "英德市西牛镇花塘村委会(441881104201)" in told[1]
        assert (report.counts.inserted, report.counts.rejected) == (3, 2)

    def test_with_geometry_the_code_counts_and_the_contradiction_is_a_warning(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        frame = houses(2).assign(乡镇=["沙口镇", "三江镇"])
        report = import_file(register, csv(tmp_path, frame), HOUSES)
        assert found(report, Check.CODE_CONTRADICTED) == [(3, "三江镇")]
        assert (report.counts.inserted, report.counts.warned) == (2, 1)
        with register.connect() as connection:
            codes = connection.scalars(sa.text("SELECT admin_code FROM feature.houses ORDER BY 1")).all()
        assert codes == list(VILLAGES[:2])


class TestPlaces:
    @pytest.mark.parametrize(
        ("column", "name", "code", "title"),
        [
            ("乡镇", "三江镇", "441826100000", "三江镇"),
            ("县区", "连南县", "441826000000", "连南瑶族自治县"),
        ],
    )
    def test_a_stated_township_or_county_is_compared_with_the_place(
        self, register: sa.Engine, tmp_path: Path, column: str, name: str, code: str, title: str
    ) -> None:
        frame = houses(8).drop(columns="区划代码")
        frame["经度"], frame["纬度"] = inside(VILLAGES[6], 8)
        frame[column] = name
        frame.loc[1, ["经度", "纬度"]] = [inside(VILLAGES[0], 1)[0][0], inside(VILLAGES[0], 1)[1][0]]
        frame.loc[2, "经度"] = village_box(VILLAGES[6]).bounds[0] - 0.001  # about 100 m
        report = check_file(register, csv(tmp_path, frame), HOUSES)
        assert found(report, Check.OUTSIDE_STATED_UNIT) == [(3, code)]
        told = next(f.message.zh for f in report.findings if f.rule == Check.OUTSIDE_STATED_UNIT)
        assert f"填的是{title}，位置却在高桥村委会" in told
        assert report.counts.rejected == 0
        assert report.sample["admin_code"].tolist()[:2] == [VILLAGES[6], VILLAGES[0]]


def test_distances_look_at_each_outline_once(register: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with register.connect() as connection:
        units = Register.load(connection)
    handed: list[int] = []
    transform = shapely.transform

    def counted(shapes: np.ndarray, function: Any) -> Any:
        handed.append(len(shapes))
        return transform(shapes, function)

    places = np.array([units.place[VILLAGES[0]], units.place[VILLAGES[5]]] * 500)
    west, south, _, _ = village_box(VILLAGES[0]).bounds
    points = np.asarray(shapely.points(np.full(1000, west - 0.01), np.full(1000, south + 0.01)))
    expected = [units.distances_m(points[i : i + 1], places[i : i + 1])[0] for i in range(2)]
    monkeypatch.setattr(shapely, "transform", counted)
    metres = units.distances_m(points, places)
    assert handed == [1000, 2]
    assert metres.tolist() == pytest.approx(expected * 500)
    assert metres[0] == pytest.approx(1018, rel=0.01)


def test_a_unit_is_told_with_its_parents(register: sa.Engine) -> None:
    with register.connect() as connection:
        units = Register.load(connection)
    assert units.told("441826101203") == "连南瑶族自治县大麦山镇上洞村委会(441826101203)"
    assert units.told("449999999999") == "449999999999"
    assert len(units.codes) == len(UNITS)
