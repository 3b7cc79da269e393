"""What a delivery does to rows that are stored: keys of other counties, empty cells, times, versions."""

import datetime as dt
import threading
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

import layers
from pipelines.import_ import ImportReport, check_file, import_file
from pipelines.import_.findings import Check
from store import bulk
from store.tables import table
from tests.pipelines.import_files import VILLAGES, houses, inside

HOUSES = layers.feature_type("houses")
CLINICS = layers.feature_type("clinics")
FIBRE = layers.feature_type("village_fibre")
YINGDE, LIANNAN = VILLAGES[0], VILLAGES[6]


def rows(engine: sa.Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def csv(tmp_path: Path, frame: pd.DataFrame, name: str = "台账.csv") -> Path:
    path = tmp_path / name
    frame.to_csv(path, index=False, encoding="utf-8")
    return path


def clinics(village: str, numbers: list[str]) -> pd.DataFrame:
    lon, lat = inside(village, len(numbers))
    return pd.DataFrame(
        {"编号": numbers, "名称": "卫生站", "床位": 4, "区划代码": village, "经度": lon, "纬度": lat}
    )


def found(report: ImportReport, check: str) -> list[tuple[int | None, str | None]]:
    return [(f.row_no, f.value) for f in report.findings if f.rule == check]


class TestKeysOfOtherCounties:
    def test_a_ledger_does_not_replace_that_of_another_county(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        import_file(register, csv(tmp_path, clinics(YINGDE, ["1", "2", "3"])), CLINICS)
        second = csv(tmp_path, clinics(LIANNAN, ["3", "4", "1"]), "连南.csv")
        for report in (check_file(register, second, CLINICS), import_file(register, second, CLINICS)):
            assert found(report, Check.KEY_ELSEWHERE) == [(2, "3"), (4, "1")]
            told = next(f.message for f in report.findings if f.rule == Check.KEY_ELSEWHERE)
            assert f"英德市沙口镇高桥村委会({YINGDE})" in told.zh and "为3的记录" in told.zh
            assert "县代码 441826" in told.zh and "441826" in told.en
        assert (report.counts.inserted, report.counts.updated, report.counts.rejected) == (1, 0, 2)
        stored = rows(register, "SELECT clinic_no, left(admin_code, 6) FROM feature.clinics ORDER BY 1")
        assert stored == [("1", "441881"), ("2", "441881"), ("3", "441881"), ("4", "441826")]

    def test_within_the_county_a_row_may_move(self, register: sa.Engine, tmp_path: Path) -> None:
        import_file(register, csv(tmp_path, clinics(YINGDE, ["1"])), CLINICS)
        report = import_file(register, csv(tmp_path, clinics(VILLAGES[3], ["1"])), CLINICS)
        assert (report.counts.updated, report.counts.rejected) == (1, 0)

    def test_a_rejected_row_does_not_stand_for_its_duplicate(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        import_file(register, csv(tmp_path, clinics(YINGDE, ["1"])), CLINICS)
        both = pd.concat([clinics(LIANNAN, ["1"]), clinics(YINGDE, ["1"]).assign(床位=9)])
        report = import_file(register, csv(tmp_path, both), CLINICS)
        assert found(report, Check.KEY_ELSEWHERE) == [(2, "1")]
        assert rows(register, "SELECT beds FROM feature.clinics") == [(9,)]

    def test_a_personal_number_is_not_copied_into_the_finding(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        frame = houses(4)
        import_file(register, csv(tmp_path, frame), HOUSES)
        lon, lat = inside(LIANNAN, 4)
        report = check_file(
            register, csv(tmp_path, frame.assign(区划代码=LIANNAN, 经度=lon, 纬度=lat)), HOUSES
        )
        assert [row for row, _ in found(report, Check.KEY_ELSEWHERE)] == [2, 3, 4, 5]
        said = " ".join(f"{f.value} {f.message.zh} {f.message.en}" for f in report.findings)
        assert "H0001" not in said and "沙口镇" in said

    def test_a_key_by_place_is_no_key_of_another_county(self, register: sa.Engine, tmp_path: Path) -> None:
        frame = pd.DataFrame({"区划代码": [YINGDE, LIANNAN], "总户数": [300, 400]})
        import_file(register, csv(tmp_path, frame), FIBRE)
        assert import_file(register, csv(tmp_path, frame), FIBRE).counts.unchanged == 2


class TestEmptyCells:
    def test_blank_unreadable_and_out_of_range_cells_keep_what_is_stored(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        frame = houses(4).astype(object)
        import_file(register, csv(tmp_path, frame), HOUSES)
        frame["建筑面积"] = ["", "约莫", "2147483647", "90"]
        report = import_file(register, csv(tmp_path, frame), HOUSES)
        assert (report.counts.inserted, report.counts.updated, report.counts.unchanged) == (0, 1, 3)
        stored = rows(register, "SELECT floor_area_m2 FROM feature.houses ORDER BY household_no")
        assert stored == [(80.5,), (80.5,), (80.5,), (90.0,)]
        assert found(report, Check.UNREADABLE) == [(3, "约莫")]
        assert found(report, Check.OUT_OF_RANGE) == [(4, "2147483647")]
        for check in (Check.UNREADABLE, Check.OUT_OF_RANGE):
            told = next(f.message for f in report.findings if f.rule == check)
            assert "按未填处理" in told.zh and "stored value stays" in told.en
        assert "5–3000 m²" in told.zh

    def test_the_finding_shows_what_the_file_says_in_its_own_unit(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        frame = pd.DataFrame(
            {"区划代码": ["441881103000"], "总规模(公顷)": ["900"], "已使用(公顷)": ["1234567.5"]}
        )
        report = import_file(register, csv(tmp_path, frame), layers.feature_type("construction_quotas"))
        assert found(report, Check.OUT_OF_RANGE) == [(2, "1234567.5")]
        told = next(f.message for f in report.findings if f.rule == Check.OUT_OF_RANGE)
        assert "0–2000000 亩" in told.zh

    def test_an_empty_cell_of_a_new_row_is_empty(self, register: sa.Engine, tmp_path: Path) -> None:
        import_file(register, csv(tmp_path, clinics(YINGDE, ["1"]).assign(床位="")), CLINICS)
        assert rows(register, "SELECT beds FROM feature.clinics") == [(None,)]


class TestTimes:
    def test_intervals_of_concurrent_merges_follow_one_another(self, register: sa.Engine) -> None:
        """The transaction that begins first and merges last must not end rows before they began."""
        clinic = table(CLINICS)

        def merge(connection: sa.Connection, beds: int) -> bulk.Merged:
            point = shapely.to_wkb(
                shapely.set_srid(shapely.Point(112.42, 24.02), 4490), hex=True, include_srid=True
            )
            frame = pd.DataFrame(
                {
                    "clinic_no": ["1"],
                    "admin_code": [YINGDE],
                    "name": ["甲站"],
                    "beds": pd.array([beds], dtype="Int64"),
                    "geom": [point],
                }
            )
            return bulk.merge(connection, clinic, CLINICS.key, frame, beds)

        with register.begin() as connection:
            assert merge(connection, 1).inserted == 1
        with register.connect() as early, register.connect() as late:
            early.execute(sa.text("SELECT now()"))
            assert merge(late, 2).updated == 1
            waiting = threading.Thread(target=merge, args=(early, 3))
            waiting.start()
            time.sleep(0.2)
            late.commit()
            waiting.join(timeout=20)
            early.commit()
        with register.begin() as connection:
            connection.execute(sa.text("DELETE FROM feature.clinics"))
        spans = rows(register, "SELECT beds, valid_from, valid_to FROM history.clinics ORDER BY beds")
        assert [beds for beds, *_ in spans] == [1, 2, 3]
        assert all(start < end for _, start, end in spans)
        assert [end for _, _, end in spans[:2]] == [start for _, start, _ in spans[1:]]

    def test_a_row_from_the_future_does_not_end_before_it_begins(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        """The clock of the machine was set back between two deliveries."""
        import_file(register, csv(tmp_path, clinics(YINGDE, ["1"])), CLINICS)
        with register.begin() as connection:
            connection.execute(sa.text("UPDATE feature.clinics SET valid_from = now() + interval '1 hour'"))
            connection.execute(sa.text("TRUNCATE history.clinics"))
        import_file(register, csv(tmp_path, clinics(YINGDE, ["1"]).assign(床位=9)), CLINICS)
        ((start, end),) = rows(register, "SELECT valid_from, valid_to FROM history.clinics")
        ((begun,),) = rows(register, "SELECT valid_from FROM feature.clinics")
        assert start == end == begun

    def test_versions_begin_at_the_time_and_count_by_one(self, register: sa.Engine, tmp_path: Path) -> None:
        before = int(dt.datetime.now(dt.UTC).timestamp())
        versions = []
        for beds in (4, 5):
            import_file(register, csv(tmp_path, clinics(YINGDE, ["1"]).assign(床位=beds)), CLINICS)
            query = "SELECT version FROM xiangtu.layer_versions WHERE feature_id = 'clinics'"
            versions.append(rows(register, query)[0][0])
        assert before - 1 <= versions[0] <= before + 60
        assert versions[1] == versions[0] + 1


@pytest.mark.parametrize("suffix", ["geojson", "gpkg"])
def test_a_measure_without_a_value_in_a_spatial_file_keeps_what_is_stored(
    register: sa.Engine, tmp_path: Path, suffix: str
) -> None:
    frame = clinics(YINGDE, ["1"])
    points = shapely.points(frame.pop("经度"), frame.pop("纬度"))
    for beds in (4, None):
        path = tmp_path / f"站{beds}.{suffix}"
        gpd.GeoDataFrame(frame.assign(床位=pd.array([beds], "Int64")), geometry=points, crs=4490).to_file(
            path
        )
        report = import_file(register, path, CLINICS)
    assert report.counts.unchanged == 1
    assert rows(register, "SELECT beds FROM feature.clinics") == [(4,)]
