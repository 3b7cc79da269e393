"""Files from hand-over to table, against a real PostGIS."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pyproj import Geod

import layers
from analysis.ellipsoid import areas_m2
from analysis.web_map_offset import wgs84_to_gcj02
from i18n import Text
from layers import FeatureType, Remedy
from pipelines.import_ import (
    FileRefused,
    ImportOptions,
    ImportReport,
    Refusal,
    Step,
    check_file,
    flow,
    import_file,
    report_text,
)
from pipelines.import_ import findings as findings_module
from pipelines.import_.findings import Check, Findings
from pipelines.import_.measures import lengths_m
from store import batches
from tests.pipelines.import_files import (
    UNITS,
    VILLAGES,
    house_points,
    houses,
    inside,
    units_frame,
    village_box,
    zip_shapefile,
)

HOUSES = layers.feature_type("houses")
FIBRE = layers.feature_type("village_fibre")
ROADS = layers.feature_type("roads")
PROJECTS = layers.feature_type("consolidation_projects")
UNIT_TYPE = layers.feature_type("admin_units")


def rows(engine: sa.Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(sa.text(query)).all())


def one(engine: sa.Engine, query: str) -> Any:
    return rows(engine, query)[0]


def csv(tmp_path: Path, frame: pd.DataFrame, name: str = "危房.csv", encoding: str = "gbk") -> Path:
    path = tmp_path / name
    frame.to_csv(path, index=False, encoding=encoding)
    return path


def found(report: ImportReport, check: str) -> list[tuple[int | None, str | None]]:
    return [(f.row_no, f.value) for f in report.findings if f.rule == check]


class TestFormats:
    def test_gbk_shapefile_without_prj_in_a_prefixed_zone(self, register: sa.Engine, tmp_path: Path) -> None:
        path = zip_shapefile(house_points().to_crs(4526), tmp_path / "房屋.zip")
        report = import_file(register, path, HOUSES, ImportOptions(handed_by="住建局", synthetic=True))
        assert (report.counts.inserted, report.counts.rejected) == (24, 0)
        assert report.crs.label == "EPSG:4526" and "EPSG:4526" in report.crs.sentence.zh
        worst = one(
            register,
            "SELECT count(*) FILTER (WHERE NOT ST_Within(h.geom, u.geom)) AS astray,"
            " bool_and(h.synthetic) AS made,"
            " count(DISTINCT ST_SRID(h.geom)) AS srids, min(ST_SRID(h.geom)) AS srid, min(h.grade) AS grade"
            " FROM feature.houses h JOIN feature.admin_units u USING (admin_code)",
        )
        assert tuple(worst) == (0, True, 1, 4490, "A")
        batch = one(register, f"SELECT * FROM xiangtu.import_batches WHERE id = {report.batch_id}")
        assert (batch.state, batch.inserted, batch.rows_read, batch.crs) == ("done", 24, 24, "EPSG:4526")
        assert (batch.encoding, batch.handed_by, batch.synthetic) == ("gb18030", "住建局", True)
        assert len(batch.file_sha256) == 64 and batch.finished_at is not None

    @pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
    def test_geopackage_and_geojson(self, register: sa.Engine, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"房屋{suffix}"
        house_points().to_file(path)
        assert import_file(register, path, HOUSES).counts.inserted == 24

    def test_workbook_with_titles_units_and_names_only(self, register: sa.Engine, tmp_path: Path) -> None:
        book = Workbook()
        sheet = book.active
        sheet.append(["英德市光纤统计表"])
        sheet.merge_cells("A1:F1")
        sheet.append(["县区", "镇(街)", "村(居)委会", "总户数", "光纤覆盖户数", "统计日期"])
        sheet.append([None, None, None, "户", "户", None])
        sheet.append(["英德市", "西牛镇", "花塘村", "1,200", "约1100", "2023.6"])
        sheet.append(["英德", "沙口", "清溪社区", 300, "/", dt.datetime(2023, 6, 30)])
        sheet.append(["英德市", "西牛镇", "花搪村", 10, 5, None])
        sheet.append(["连南县", "三江镇", "联红星村", 10, 5, None])
        sheet.append(["合计", None, None, 1520, 1110, None])
        sheet.append(["注:户数以公安口径为准"])
        book.save(tmp_path / "光纤.xlsx")
        report = import_file(register, tmp_path / "光纤.xlsx", FIBRE)
        assert (report.counts.inserted, report.counts.rejected) == (2, 2)
        stored = rows(
            register,
            "SELECT admin_code, households, households_passed, reported_on FROM feature.village_fibre"
            " ORDER BY admin_code",
        )
        assert [tuple(r) for r in stored] == [
            ("441881103203", 300, None, dt.date(2023, 6, 30)),
            ("441881104201", 1200, 1100, dt.date(2023, 6, 1)),
        ]
        assert found(report, Check.NAME_UNKNOWN)[0][0] == 6
        proposed = next(f for f in report.findings if f.rule == Check.NAME_PROPOSED)
        assert proposed.row_no == 7 and "联红村委会(441826100203) 0.8" in proposed.message.zh

    def test_csv_in_gcj02(self, register: sa.Engine, tmp_path: Path) -> None:
        frame = houses()
        shifted = wgs84_to_gcj02(frame["经度"], frame["纬度"])
        path = csv(tmp_path, frame.assign(经度=shifted.lon, 纬度=shifted.lat))
        report = import_file(register, path, HOUSES, ImportOptions(crs="GCJ02"))
        assert report.crs.label == "GCJ02"
        stored = rows(
            register, "SELECT ST_X(geom) AS x, ST_Y(geom) AS y FROM feature.houses ORDER BY household_no"
        )
        assert np.abs(np.array(stored) - frame[["经度", "纬度"]].to_numpy()).max() < 1e-8

    def test_an_unstated_web_map_shift_is_suspected(self, register: sa.Engine, tmp_path: Path) -> None:
        frame = houses(240)
        # Within 500 m of the east border of their villages, so that the shift carries them across.
        boxes = [village_box(code).bounds for code in frame["区划代码"]]
        frame["经度"] = [box[2] - 0.003 for box in boxes]
        shifted = wgs84_to_gcj02(frame["经度"], frame["纬度"])
        path = csv(tmp_path, frame.assign(经度=shifted.lon, 纬度=shifted.lat))
        report = check_file(register, path, HOUSES)
        told = next(f for f in report.findings if f.rule == Check.WEB_MAP_SHIFT)
        assert "GCJ02" in told.message.zh and "100%" in told.message.en
        assert not found(check_file(register, csv(tmp_path, frame), HOUSES), Check.WEB_MAP_SHIFT)

    def test_northing_first_is_put_right(self, register: sa.Engine, tmp_path: Path) -> None:
        points = house_points().to_crs(4547)
        frame = (
            houses().drop(columns=["经度", "纬度"]).assign(X坐标=points.geometry.y, Y坐标=points.geometry.x)
        )
        report = import_file(register, csv(tmp_path, frame), HOUSES)
        assert (report.crs.label, report.crs.swapped, report.counts.inserted) == ("EPSG:4547", True, 24)
        assert not found(report, Check.OUTSIDE_STATED_UNIT)


class TestRegister:
    def test_units_carry_parents_and_pinyin(self, register: sa.Engine) -> None:
        unit = one(register, "SELECT * FROM feature.admin_units WHERE admin_code = '441881104000'")
        assert (unit.parent_code, unit.pinyin, unit.initials) == ("441881000000", "xiniuzhen", "xnz")
        assert one(
            register,
            "SELECT count(*), sum(area_m2) FILTER (WHERE level = 'village')"
            " - sum(area_m2) FILTER (WHERE level = 'city') FROM feature.admin_units",
        )[0] == len(UNITS)

    def test_an_orphan_and_a_code_of_another_level_are_rejected(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        frame = units_frame().iloc[[7, 8, 9]]
        frame["区划代码"] = ["441882100201", "441881103000", "441881103299"]
        frame.to_file(tmp_path / "村.gpkg")
        report = import_file(register, tmp_path / "村.gpkg", UNIT_TYPE)
        assert found(report, Check.PARENT_MISSING) == [(1, "441882100201")]
        assert found(report, Check.LEVEL_CODE) == [(2, "441881103000")]
        assert report.counts.inserted == 1

    def test_nothing_can_be_placed_before_there_are_units(self, database: sa.Engine, tmp_path: Path) -> None:
        with pytest.raises(FileRefused) as refused:
            import_file(database, csv(tmp_path, houses()), HOUSES)
        assert refused.value.reason is Refusal.NO_ADMIN_UNITS


class TestPlacing:
    def test_points_without_codes_are_placed_by_where_they_lie(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        frame = houses()
        report = import_file(register, csv(tmp_path, frame.drop(columns="区划代码")), HOUSES)
        assert report.counts.rejected == 0
        stored = rows(register, "SELECT admin_code FROM feature.houses ORDER BY household_no")
        assert [r[0] for r in stored] == frame["区划代码"].tolist()

    def test_codes_in_every_bad_form(self, register: sa.Engine, tmp_path: Path) -> None:
        codes = [
            "4.41881E+11",
            "441881103",
            "441881103999",
            "441881103000",
            "44188110320X",
            "441881103201.0",
            "",
        ]
        frame = houses(7).assign(区划代码=codes)
        report = import_file(register, csv(tmp_path, frame), HOUSES)
        assert report.counts.rejected == 5
        for row, check in enumerate(
            (
                Check.CODE_SCIENTIFIC,
                Check.CODE_SHORT,
                Check.CODE_UNKNOWN,
                Check.CODE_LEVEL,
                Check.CODE_MALFORMED,
            ),
            2,
        ):
            assert found(report, check) == [(row, codes[row - 2])]

    def test_places_outside_and_away_from_what_they_state(self, register: sa.Engine, tmp_path: Path) -> None:
        frame = houses(6)
        frame["区划代码"] = VILLAGES[0]
        frame["经度"], frame["纬度"] = inside(VILLAGES[0], 6)
        box = village_box(VILLAGES[0]).bounds
        frame.loc[0, ["经度", "纬度"]] = [box[0] - 0.01, box[1] + 0.01]  # about 1 km west of the city
        frame.loc[1, ["经度", "纬度"]] = [box[0] - 0.001, box[1] + 0.01]  # about 100 m
        frame.loc[2, ["经度", "纬度"]] = [box[2] + 0.02, box[1] + 0.01]  # about 2 km into the next township
        frame.loc[3, ["经度", "纬度"]] = [box[2] + 0.001, box[1] + 0.01]  # about 100 m
        frame.loc[4, ["经度", "纬度"]] = [0, 0]
        report = import_file(register, csv(tmp_path, frame), HOUSES)
        assert [r for r, _ in found(report, Check.OUTSIDE_CITY)] == [2]
        assert [r for r, _ in found(report, Check.JUST_OUTSIDE_CITY)] == [3]
        assert found(report, Check.OUTSIDE_STATED_UNIT) == [(4, VILLAGES[0])]
        assert [r for r, _ in found(report, Check.COORDINATES_EMPTY)] == [6]
        metres = int(
            next(f for f in report.findings if f.rule == Check.OUTSIDE_STATED_UNIT)
            .message.en.split(" m ")[0]
            .split()[-1]
        )
        _, _, expected = Geod(ellps="GRS80").inv(box[2], box[1] + 0.01, box[2] + 0.02, box[1] + 0.01)
        assert metres == pytest.approx(expected, rel=0.002)
        assert report.counts.inserted == 4

    def test_lines_and_polygons_go_to_one_village(self, register: sa.Engine, tmp_path: Path) -> None:
        west, south, east, north = village_box(VILLAGES[4]).bounds
        line = shapely.LineString([(west - 0.01, south + 0.01), (east - 0.01, south + 0.01)])
        roads = gpd.GeoDataFrame({"路段编号": ["L1"], "行政等级": ["村道"]}, geometry=[line], crs=4490)
        roads.to_crs(4547).to_file(tmp_path / "路.gpkg")
        assert import_file(register, tmp_path / "路.gpkg", ROADS).counts.inserted == 1
        road = one(register, "SELECT admin_code, length_m, GeometryType(geom) AS kind FROM feature.roads")
        assert (road.admin_code, road.kind) == (VILLAGES[4], "MULTILINESTRING")
        assert road.length_m == pytest.approx(Geod(ellps="GRS80").geometry_length(line), abs=0.01)
        area = shapely.box(west - 0.03, south + 0.01, east - 0.01, north - 0.01)
        project = {"项目编号": ["P1"], "项目名称": ["甲"], "项目类型": ["旱改水"], "项目状态": ["验收"]}
        gpd.GeoDataFrame(project, geometry=[area], crs=4490).to_file(tmp_path / "整治.gpkg")
        assert import_file(register, tmp_path / "整治.gpkg", PROJECTS).counts.inserted == 1
        kept = one(register, "SELECT admin_code, area_m2 FROM feature.consolidation_projects")
        assert kept.admin_code == VILLAGES[4]
        along = shapely.segmentize(area, 0.001)  # geodesics leave the parallels
        assert kept.area_m2 == pytest.approx(
            abs(Geod(ellps="GRS80").geometry_area_perimeter(along)[0]), rel=1e-8
        )


class TestGeometry:
    def _projects(self, shapes: list[shapely.Geometry | None]) -> gpd.GeoDataFrame:
        count = len(shapes)
        frame = {
            "项目编号": [f"P{i}" for i in range(count)],
            "项目名称": "甲",
            "项目类型": "旱改水",
            "项目状态": "验收",
        }
        return gpd.GeoDataFrame(frame, geometry=shapes, crs=4490)

    def test_broken_shapes_are_mended_or_rejected(self, register: sa.Engine, tmp_path: Path) -> None:
        west, south = WEST_SOUTH
        square = shapely.box(west + 0.01, south + 0.01, west + 0.02, south + 0.02)
        bow_tie = shapely.Polygon([(west + 0.01, south + 0.01), (west + 0.02, south + 0.02),
                                   (west + 0.02, south + 0.01), (west + 0.01, south + 0.02)])  # fmt: skip
        flat = shapely.Polygon(
            [(west + 0.01, south + 0.01), (west + 0.02, south + 0.02), (west + 0.01, south + 0.01)]
        )
        mixture = shapely.GeometryCollection(
            [square, shapely.LineString([(west, south), (west + 0.01, south)])]
        )
        with_z = shapely.force_3d(square, 5.0)
        shapes = [square, bow_tie, flat, mixture, None, shapely.Polygon(), with_z]
        self._projects(shapes).to_file(tmp_path / "整治.gpkg")
        report = import_file(register, tmp_path / "整治.gpkg", PROJECTS)
        assert [r for r, _ in found(report, Check.GEOMETRY_REPAIRED)] == [2]
        assert [r for r, _ in found(report, Check.GEOMETRY_DEGENERATE)] == [3]
        assert [r for r, _ in found(report, Check.GEOMETRY_PARTS)] == [4]
        assert [r for r, _ in found(report, Check.GEOMETRY_EMPTY)] == [5, 6]
        assert report.totals[Check.Z_DROPPED] == 1
        state = one(
            register,
            "SELECT bool_and(ST_IsValid(geom)) AS sound, max(ST_NDims(geom)) AS dims, count(*) AS n"
            " FROM feature.consolidation_projects",
        )
        assert tuple(state) == (True, 2, 4)

    def test_lines_for_a_layer_of_points_are_refused(self, register: sa.Engine, tmp_path: Path) -> None:
        frame = house_points()
        frame["geometry"] = frame.geometry.buffer(0.001).boundary
        frame.to_file(tmp_path / "线.gpkg")
        with pytest.raises(FileRefused) as refused:
            import_file(register, tmp_path / "线.gpkg", HOUSES)
        assert refused.value.reason is Refusal.WRONG_GEOMETRY
        assert "points" in refused.value.sentence("en") and "点" in refused.value.sentence("zh")

    def test_a_table_for_a_layer_of_lines_is_refused(self, register: sa.Engine, tmp_path: Path) -> None:
        with pytest.raises(FileRefused) as refused:
            import_file(
                register, csv(tmp_path, pd.DataFrame({"路段编号": ["1"], "行政等级": ["村道"]})), ROADS
            )
        assert refused.value.reason is Refusal.GEOMETRY_MISSING

    def test_areas_take_off_holes_and_lengths_sum_parts(self) -> None:
        geod = Geod(a=6378137, rf=298.257222101)
        outer = shapely.box(112.5, 24.0, 112.6, 24.1)
        hole = shapely.box(112.52, 24.02, 112.55, 24.05)
        shape = shapely.MultiPolygon([outer.difference(hole), shapely.box(112.7, 24, 112.8, 24.1)])
        along = shapely.segmentize(shapely.orient_polygons(shape), 0.001)  # geodesics leave the parallels
        expected = abs(geod.geometry_area_perimeter(along)[0])
        assert areas_m2(np.array([shape, None], dtype=object))[0] == pytest.approx(expected, rel=1e-8)
        lines = shapely.MultiLineString([[(112.5, 24), (112.6, 24.1), (112.7, 24)], [(113, 24), (113, 24.2)]])
        lengths = lengths_m(np.array([None, lines], dtype=object))
        assert np.isnan(lengths[0]) and lengths[1] == pytest.approx(geod.geometry_length(lines), rel=1e-12)


WEST_SOUTH = village_box(VILLAGES[0]).bounds[:2]


class TestValues:
    def test_a_corpus_of_bad_values(self, register: sa.Engine, tmp_path: Path) -> None:
        frame = houses(12, **{"建筑面积": 80}).astype(object)
        frame["补助金额(万元)"] = [
            "1.5",
            "约3.5",
            "3.5万元",
            "35000元",
            "无",
            "/",
            "1,0",
            "-5",
            "3-5",
            "一万",
            "99999",
            "２.5",
        ]
        frame["排查日期"] = [
            "2023.6", "2023年6月", "45078", "31/12/23", "2023-02-30", "20230605", "—", "2023/6/5",
            "05/06/2023", "x", "2023", "无",
        ]  # fmt: skip
        frame["削坡建房"] = ["是", "否", "√", "无", "1", "0", "有", "", "大概", "×", "Y", "N"]
        frame["房屋结构"] = [
            "砖混结构",
            "土坯",
            "泥砖",
            "不知道",
            "Frame",
            "",
            "石木",
            "/",
            "砖混",
            "砖混",
            "砖混",
            "砖混",
        ]
        frame.loc[10, "鉴定等级"] = "E级"
        frame.loc[11, "户编号"] = ""
        report = import_file(register, csv(tmp_path, frame), HOUSES)
        stored = {
            r.household_no: r
            for r in rows(
                register,
                "SELECT household_no, subsidy_yuan, found_on, cut_slope, structure FROM feature.houses",
            )
        }
        assert [stored[f"H{i:04d}"].subsidy_yuan for i in range(10)] == [
            Decimal(15000), Decimal(35000), Decimal(35000), Decimal(35000), *[None] * 6,
        ]  # fmt: skip
        assert [stored[f"H{i:04d}"].found_on for i in range(10)] == [
            dt.date(2023, 6, 1), dt.date(2023, 6, 1), dt.date(2023, 6, 1), dt.date(2023, 12, 31), None,
            dt.date(2023, 6, 5), None, dt.date(2023, 6, 5), None, None,
        ]  # fmt: skip
        assert [stored[f"H{i:04d}"].cut_slope for i in range(10)] == [
            True, False, True, False, True, False, True, None, None, False,
        ]  # fmt: skip
        assert [stored[f"H{i:04d}"].structure for i in range(5)] == [
            "brick_concrete",
            "earth",
            "earth",
            None,
            "frame",
        ]
        assert set(stored) == {f"H{i:04d}" for i in range(10)}
        assert found(report, Check.UNKNOWN_CODE) == [(5, "不知道"), (12, "E级")]
        assert [r for r, _ in found(report, Check.KEY_EMPTY)] == [13]
        assert found(report, Check.DATE_IMPOSSIBLE) == [(6, "2023-02-30")]
        assert report.counts.rejected == 2
        silent = {2, 3, 4, 5, 6, 8, 10, 11} - {f.row_no for f in report.findings}
        assert not silent, "a value was changed or dropped without a finding"
        kept = one(
            register, f"SELECT count(*) FROM xiangtu.import_findings WHERE batch_id = {report.batch_id}"
        )
        assert kept[0] == len(report.findings)

    def test_rules_reject_and_warn(self, register: sa.Engine, tmp_path: Path) -> None:
        frame = houses(4).assign(
            鉴定日期=["2023-05-01", "2023-05-01", "", ""],
            计划日期=["2022-05-01", "2023-05-02", "", ""],
            验收日期=["", "2023-06-01", "", "2099-01-01"],
            改造状态=["竣工", "竣工", "入住", "竣工"],
        )
        report = import_file(register, csv(tmp_path, frame), HOUSES)
        assert [r for r, _ in found(report, "dates_out_of_order")] == [2]
        assert [r for r, _ in found(report, "accepted_without_date")] == [4]
        assert [r for r, _ in found(report, Check.DATE_FUTURE)] == [5]
        assert (report.counts.inserted, report.counts.rejected, report.counts.warned) == (3, 1, 2)

    def test_of_duplicates_the_first_is_kept(self, register: sa.Engine, tmp_path: Path) -> None:
        frame = houses(5).assign(户编号=["H1", "H2", "Ｈ1", "H1", "H2"])
        report = import_file(register, csv(tmp_path, frame, encoding="utf-8"), HOUSES)
        told = [(f.row_no, f.message.en) for f in report.findings if f.rule == Check.DUPLICATE_KEY]
        assert [row for row, _ in told] == [4, 5, 6]
        assert ["row 2" in told[0][1], "row 2" in told[1][1], "row 3" in told[2][1]] == [True] * 3

    def test_personal_values_are_not_copied_into_findings(self, register: sa.Engine, tmp_path: Path) -> None:
        frame = houses(4).assign(户主姓名="欧阳\u200b修")
        report = import_file(register, csv(tmp_path, frame, encoding="utf-8"), HOUSES)
        assert report.totals[Check.CONTROL_CHARACTERS] == 4
        kept = rows(
            register, "SELECT concat_ws(' ', value, message_zh, message_en) FROM xiangtu.import_findings"
        )
        assert not any("欧阳" in text for (text,) in kept)
        assert "householder" not in report.sample.columns

    def test_findings_beyond_the_cap_are_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(findings_module, "STORED_PER_RULE", 10)
        findings = Findings(np.arange(1, 101))
        findings.rows("rule", Remedy.WARN, np.arange(100), Text("甲", "a"))
        stored = findings.all()
        assert len(stored) == 11
        assert "90" in stored[-1].message.zh and stored[-1].row_no is None
        assert (findings.totals["rule"], findings.count(Remedy.WARN)) == (100, 100)


class TestMerge:
    def test_again_nothing_changes_and_a_change_is_an_update_with_history(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        frame = houses()
        import_file(register, csv(tmp_path, frame), HOUSES)
        version = "SELECT version FROM xiangtu.layer_versions WHERE feature_id = 'houses'"
        first = one(register, version)[0]
        again = import_file(register, csv(tmp_path, frame), HOUSES)
        assert (again.counts.inserted, again.counts.updated, again.counts.unchanged) == (0, 0, 24)
        assert one(register, version)[0] == first
        frame.loc[3, "鉴定等级"] = "C"
        changed = import_file(register, csv(tmp_path, frame), HOUSES)
        assert (changed.counts.inserted, changed.counts.updated, changed.counts.unchanged) == (0, 1, 23)
        assert one(register, version)[0] == first + 1
        old = one(register, "SELECT household_no, grade FROM history.houses")
        new = one(register, "SELECT grade, batch_id FROM feature.houses WHERE household_no = 'H0003'")
        assert (tuple(old), tuple(new)) == (("H0003", "D"), ("C", changed.batch_id))

    def test_a_partial_delivery_empties_nothing(self, register: sa.Engine, tmp_path: Path) -> None:
        import_file(register, csv(tmp_path, houses(4)), HOUSES)
        import_file(
            register, csv(tmp_path, houses(4).drop(columns="建筑面积").assign(改造状态="鉴定")), HOUSES
        )
        kept = rows(register, "SELECT DISTINCT floor_area_m2, state FROM feature.houses")
        assert [tuple(r) for r in kept] == [(80.5, "appraised")]

    def test_tiles_follow_the_rows(self, register: sa.Engine, tmp_path: Path) -> None:
        import_file(register, csv(tmp_path, houses()), HOUSES)
        drawn = one(register, "SELECT count(DISTINCT id) FROM tile.houses")
        assert drawn[0] == 24

    def test_a_failure_in_the_merge_leaves_a_failed_batch_and_nothing_else(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        with register.begin() as connection:
            connection.execute(
                sa.text("ALTER TABLE feature.houses ADD CONSTRAINT no_h0020 CHECK (household_no <> 'H0020')")
            )
        with pytest.raises(sa.exc.IntegrityError):
            import_file(register, csv(tmp_path, houses()), HOUSES)
        assert one(register, "SELECT count(*) FROM feature.houses")[0] == 0
        assert one(register, "SELECT count(*) FROM tile.houses")[0] == 0
        assert rows(register, "SELECT 1 FROM xiangtu.layer_versions WHERE feature_id = 'houses'") == []
        batch = one(register, "SELECT * FROM xiangtu.import_batches WHERE feature_id = 'houses'")
        assert (batch.state, batch.inserted) == ("failed", 0)
        assert "no_h0020" in batch.error
        assert (
            one(register, f"SELECT count(*) FROM xiangtu.import_findings WHERE batch_id = {batch.id}")[0] == 0
        )

    def test_a_failure_in_the_tiles_rolls_the_rows_back(
        self, register: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(connection: sa.Connection, feature: FeatureType) -> None:
            connection.execute(sa.text("SELECT 1 / 0"))

        monkeypatch.setattr(flow.tiles, "rebuild", broken)
        with pytest.raises(sa.exc.DataError):
            import_file(register, csv(tmp_path, houses()), HOUSES)
        assert one(register, "SELECT count(*) FROM feature.houses")[0] == 0

    def test_a_refused_file_is_kept_as_a_failed_batch_with_its_sentence(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        with pytest.raises(FileRefused) as refused:
            import_file(register, csv(tmp_path, houses().drop(columns="鉴定等级")), HOUSES)
        assert refused.value.reason is Refusal.COLUMNS_MISSING
        batch = one(register, "SELECT state, error FROM xiangtu.import_batches WHERE feature_id = 'houses'")
        assert batch.state == "failed"
        assert "鉴定等级" in batch.error and "户主姓名" in batch.error

    def test_batches_of_killed_processes_are_ended(self, register: sa.Engine) -> None:
        with register.begin() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO xiangtu.import_batches (feature_id, file_name, file_sha256)"
                    " VALUES ('houses', 'a', 'b')"
                )
            )
        with batches.running(register, batches.NewBatch("roads", "c.csv", "d")) as alive:
            ended = batches.fail_abandoned(register)
            assert len(ended) == 1 and alive not in ended
        states = rows(
            register,
            "SELECT feature_id, state FROM xiangtu.import_batches"
            " WHERE feature_id <> 'admin_units' ORDER BY 1",
        )
        assert [tuple(r) for r in states] == [("houses", "failed"), ("roads", "running")]


class TestReport:
    def test_a_check_writes_nothing(self, register: sa.Engine, tmp_path: Path) -> None:
        steps: list[Step] = []
        report = check_file(register, csv(tmp_path, houses()), HOUSES, progress=steps.append)
        assert report.batch_id is None and report.counts.accepted == 24
        assert (
            one(register, "SELECT count(*) FROM xiangtu.import_batches WHERE feature_id = 'houses'")[0] == 0
        )
        assert steps == [Step.READ, Step.RECOGNISE, Step.VALIDATE, Step.PLACE, Step.DONE]
        assert isinstance(report.sample, gpd.GeoDataFrame) and report.sample.crs.to_epsg() == 4490

    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_the_report_in_words(self, register: sa.Engine, tmp_path: Path, lang: Any) -> None:
        frame = houses(4).assign(联系电话="1", 排查日期=["2023.6", "", "[red]x", "2023-02-30"])
        report = check_file(register, csv(tmp_path, frame), HOUSES)
        text = report_text(report, lang)
        for part in ("危房.csv", "联系电话", "户编号", "[red]x", "EPSG:4490", "4"):
            assert part in text
        assert "\x1b" not in text
        plain = report.plain(lang)
        assert plain["counts"]["accepted"] == 4  # type: ignore[index]
        assert plain["unmatched"] == ["联系电话"]


@example_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters='\r\n\x00"'), max_size=30),
        min_size=6,
        max_size=6,
    )
)
def test_any_text_in_any_column_gives_a_report(register: sa.Engine, tmp_path: Path, cells: list[str]) -> None:
    frame = houses(6).astype(object)
    for name in ("户主姓名", "鉴定等级", "建筑面积", "区划代码", "经度"):
        frame.loc[frame.index[:3], name] = cells[:3]
    frame["排查日期"] = cells
    report = check_file(register, csv(tmp_path, frame, encoding="utf-8"), HOUSES)
    assert report.counts.read >= 3
    assert report.counts.accepted + report.counts.rejected == report.counts.read
