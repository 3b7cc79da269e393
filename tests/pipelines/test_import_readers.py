"""Reading files in the reading process: formats, encodings, layouts, and what is refused."""

import datetime as dt
import json
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from openpyxl import Workbook

import layers
from base.settings import Settings, settings
from pipelines.import_ import archives, sandbox, units
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.headings import vocabulary
from pipelines.import_.raw_table import RawTable
from tests.pipelines.import_files import house_points, houses, zip_of, zip_shapefile

VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="p"><SrcDataSource>CSV:/etc/passwd</SrcDataSource></OGRVRTLayer>'
    "</OGRVRTDataSource>"
)


def read(
    path: Path,
    feature: str = "houses",
    *,
    layer: str | None = None,
    encoding: str | None = None,
    chosen: Settings | None = None,
) -> RawTable:
    return sandbox.read_file(
        path,
        headings=vocabulary(layers.feature_type(feature)),
        units=units.known_units(),
        layer=layer,
        encoding=encoding,
        chosen=chosen,
    )


def refused(path: Path, **options: object) -> Refusal:
    with pytest.raises(FileRefused) as error:
        read(path, **options)  # type: ignore[arg-type]
    assert error.value.sentence("zh") and error.value.sentence("en")
    return error.value.reason


def column(table: RawTable, heading: str) -> list[object]:
    return table.columns[f"c{table.headings.index(heading)}"].to_pylist()


class TestShapefile:
    def test_gbk_without_prj_and_cpg(self, tmp_path: Path) -> None:
        path = zip_shapefile(house_points().to_crs(4526), tmp_path / "房屋.zip")
        table = read(path)
        assert table.headings[:4] == ("户编号", "户主姓名", "鉴定等级", "改造状态")
        assert (table.encoding, table.crs, table.cut_headings) == ("gb18030", None, True)
        assert column(table, "鉴定等级")[:4] == ["A级", "B", "Ｃ级", "D级"]
        assert table.source_rows.tolist() == list(range(1, 25))

    def test_utf8_with_cpg(self, tmp_path: Path) -> None:
        path = zip_shapefile(house_points(), tmp_path / "a.zip", encoding="UTF-8", cpg="UTF-8")
        table = read(path)
        assert (table.encoding, table.remarks) == ("utf-8", ())
        assert column(table, "户主姓")[0] == "张三"

    def test_a_cpg_that_lies_is_told_and_ignored(self, tmp_path: Path) -> None:
        table = read(zip_shapefile(house_points(), tmp_path / "a.zip", cpg="UTF-8"))
        assert table.encoding == "gb18030"
        assert [r.check for r in table.remarks] == ["cpg_ignored"]
        assert column(table, "户主姓名")[0] == "张三"

    def test_half_a_character_at_the_cut_of_a_name_is_dropped(self, tmp_path: Path) -> None:
        frame = house_points().rename(columns={"建筑面积": "x建筑面积平方"})
        path = zip_shapefile(frame, tmp_path / "a.zip")
        folder = tmp_path / "a-parts"
        data = bytearray((folder / "数据.dbf").read_bytes())
        at = data.index("x建筑面积".encode("gbk"))
        data[at : at + 11] = "x建筑面积平".encode("gbk")[:10] + b"\0"
        (folder / "数据.dbf").write_bytes(data)
        with zipfile.ZipFile(path, "w") as archive:
            for part in (".shp", ".shx", ".dbf"):
                archive.write(folder / f"数据{part}", f"数据{part}")
        assert "x建筑面积" in read(path).headings

    def test_a_missing_shx_is_rebuilt(self, tmp_path: Path) -> None:
        table = read(zip_shapefile(house_points(), tmp_path / "a.zip", parts=(".shp", ".dbf")))
        assert [r.check for r in table.remarks] == ["shx_rebuilt"]
        assert table.columns.num_rows == 24

    def test_a_missing_dbf_is_refused(self, tmp_path: Path) -> None:
        path = zip_shapefile(house_points(), tmp_path / "a.zip", parts=(".shp", ".shx", ".prj"))
        assert refused(path) is Refusal.PART_MISSING

    def test_records_that_are_not_as_many_as_shapes_are_refused(self, tmp_path: Path) -> None:
        zip_shapefile(house_points(24), tmp_path / "a.zip")
        path = zip_shapefile(house_points(20), tmp_path / "b.zip", parts=(".shp", ".shx"))
        with zipfile.ZipFile(path, "a") as archive:
            archive.write(tmp_path / "a-parts" / "数据.dbf", "交付/数据.dbf")
        assert refused(path) is Refusal.PARTS_DISAGREE

    def test_of_several_shapefiles_one_must_be_chosen(self, tmp_path: Path) -> None:
        path = zip_shapefile(house_points(), tmp_path / "a.zip")
        with zipfile.ZipFile(path, "a") as archive:
            for part in (".shp", ".shx", ".dbf"):
                archive.write(tmp_path / "a-parts" / f"数据{part}", f"另一个{part}")
        assert refused(path) is Refusal.LAYER_CHOICE
        assert read(path, layer="另一个").columns.num_rows == 24


class TestVectorFiles:
    def test_geopackage_with_layers(self, tmp_path: Path) -> None:
        path = tmp_path / "a.gpkg"
        house_points().to_file(path, layer="房屋")
        table = read(path)
        assert (table.crs, table.crs_origin) == ("EPSG:4490", "GeoPackage")
        house_points(4).to_file(path, layer="其他")
        assert refused(path) is Refusal.LAYER_CHOICE
        assert refused(path, layer="没有") is Refusal.LAYER_UNKNOWN
        assert read(path, layer="其他").columns.num_rows == 4

    def test_geopackage_cut_short(self, tmp_path: Path) -> None:
        path = tmp_path / "a.gpkg"
        house_points(400).to_file(path)
        path.write_bytes(path.read_bytes()[:60_000])
        assert refused(path) is Refusal.UNREADABLE

    def test_geojson_in_gbk_and_nested_values(self, tmp_path: Path) -> None:
        path = tmp_path / "a.geojson"
        feature = {
            "type": "Feature",
            "properties": {"户编号": "甲1", "备注": {"a": [1, 2]}},
            "geometry": {"type": "Point", "coordinates": [112.5, 24.1]},
        }
        text = json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False)
        path.write_bytes(text.encode("gbk"))
        table = read(path)
        assert column(table, "户编号") == ["甲1"]
        assert json.loads(str(column(table, "备注")[0])) == {"a": [1, 2]}

    def test_geojson_without_features(self, tmp_path: Path) -> None:
        path = tmp_path / "a.geojson"
        path.write_text('{"type": "FeatureCollection", "features": []}')
        assert refused(path) is Refusal.NO_ROWS

    def test_days_come_as_text(self, tmp_path: Path) -> None:
        path = tmp_path / "a.gpkg"
        house_points(排查日期=pd.Timestamp("2023-06-05")).to_file(path)
        assert column(read(path), "排查日期")[0] == "2023-06-05"


class TestDelimited:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_encodings_and_delimiters(self, tmp_path: Path, encoding: str, delimiter: str) -> None:
        path = tmp_path / "a.csv"
        houses(8).to_csv(path, index=False, encoding=encoding, sep=delimiter)
        table = read(path)
        assert column(table, "户主姓名") == ["张三"] * 8
        assert table.source_rows.tolist() == list(range(2, 10))

    def test_title_unit_and_note_rows(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text(
            "2023年农村房屋台账,,,\n\n户编号,鉴定等级,补助金额,改造状态\n,,万元,\nH1,A,1.5,已排查\n\n"
            "H2,B,2,已排查\n合计,,3.5,\n注:数据截至6月,,,\n",
            "gbk",
        )
        table = read(path)
        assert table.units == (None, None, "万元", None)
        assert table.source_rows.tolist() == [5, 7]
        assert [r.row_no for r in table.remarks] == [1, 8, 9]

    def test_an_open_quote_is_refused_with_its_row(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text('户编号,鉴定等级\nH1,A\n"H2,B\nH3,C\n')
        assert refused(path) is Refusal.CSV_QUOTES

    def test_a_row_wider_than_the_headings_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        rows = "".join(f"H{i},A\n" for i in range(40))
        path.write_text(f"户编号,鉴定等级\n{rows}H9,A,多\n")
        with pytest.raises(FileRefused) as error:
            read(path)
        assert error.value.reason is Refusal.CSV_WIDTH
        assert "42" in str(error.value)

    def test_bytes_of_no_encoding_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes("户编号,鉴定等级\nH1,A\n".encode() + b"\xff\xff\x81\x20\n")
        assert refused(path) is Refusal.ENCODING


class TestExcel:
    def _sheet(self, path: Path) -> None:
        book = Workbook()
        hidden = book.active
        hidden.title = "旧"
        hidden.append(["户编号", "鉴定等级", "改造状态", "建筑面积", "补助金额", "户主姓名"])
        hidden.sheet_state = "hidden"
        sheet = book.create_sheet("台账")
        sheet.append(["英德市农村危房改造台账"])
        sheet.merge_cells("A1:G1")
        sheet.append(["乡镇", "行政村", "户编号", "鉴定等级", "改造情况", None, "开工日期"])
        sheet.append([None, None, None, None, "改造状态", "补助金额", None])
        sheet.merge_cells("E2:F2")
        sheet.append([None, None, None, None, None, "(万元)", None])
        for i in range(4):
            town = "西牛镇" if i == 0 else None
            sheet.append([town, "花塘村", f"H{i}", "D级", "改造中", 1.5, dt.datetime(2023, 6, 5)])
        sheet.merge_cells("A5:A8")
        sheet.append(["填表人:李四", None, None, None, None, None, None])
        book.save(path)

    def test_titles_groups_units_merged_cells_and_notes(self, tmp_path: Path) -> None:
        path = tmp_path / "台账.xlsx"
        self._sheet(path)
        table = read(path)
        assert table.headings == ("乡镇", "行政村", "户编号", "鉴定等级", "改造状态", "补助金额", "开工日期")
        assert table.units[5] == "(万元)"
        assert column(table, "乡镇") == ["西牛镇"] * 4
        assert column(table, "开工日期")[0] == "2023-06-05"
        assert column(table, "补助金额")[0] == "1.5"
        assert table.source_rows.tolist() == [5, 6, 7, 8]
        assert [r.row_no for r in table.remarks] == [1, 9]

    def test_a_sheet_may_be_named(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        self._sheet(path)
        assert refused(path, layer="没有") is Refusal.LAYER_UNKNOWN
        assert read(path, layer="台账").columns.num_rows == 4

    def test_a_zip_that_is_no_workbook(self, tmp_path: Path) -> None:
        path = zip_of(tmp_path / "a.xlsx", {"a.txt": b"x"})
        assert refused(path) is Refusal.CONTENT_MISMATCH


class TestSafety:
    def test_a_vrt_called_geojson_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "a.geojson"
        path.write_text(VRT)
        assert refused(path) is Refusal.CONTENT_MISMATCH

    def test_a_vrt_behind_a_brace_is_refused_by_the_missing_driver(self, tmp_path: Path) -> None:
        path = tmp_path / "a.geojson"
        path.write_text("{" + VRT)
        assert refused(path) is Refusal.UNREADABLE

    def test_a_vrt_called_shp_in_a_zip_is_refused(self, tmp_path: Path) -> None:
        zip_shapefile(house_points(), tmp_path / "good.zip")
        parts = tmp_path / "good-parts"
        contents = {f"a{s}": (parts / f"数据{s}").read_bytes() for s in (".dbf", ".shx")}
        path = zip_of(tmp_path / "a.zip", {**contents, "a.shp": VRT.encode()})
        assert refused(path) is Refusal.UNREADABLE

    @pytest.mark.parametrize("name", ["../../etc/cron.d/x.shp", "/etc/x.shp", "a\\..\\..\\x.shp", "C:/x.shp"])
    def test_paths_out_of_the_zip_are_refused(self, tmp_path: Path, name: str) -> None:
        assert refused(zip_of(tmp_path / "a.zip", {name: b"x"})) is Refusal.ZIP_TRAVERSAL

    def test_links_in_a_zip_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "a.zip"
        link = zipfile.ZipInfo("a.shp")
        link.external_attr = 0o120777 << 16
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(link, "/etc/passwd")
        assert refused(path) is Refusal.ZIP_LINK

    def test_a_zip_in_a_zip_is_refused(self, tmp_path: Path) -> None:
        assert refused(zip_of(tmp_path / "a.zip", {"b.zip": b"PK"})) is Refusal.ZIP_NESTED

    def test_a_bomb_is_refused_before_it_is_unpacked(self, tmp_path: Path) -> None:
        path = zip_of(tmp_path / "a.zip", {"a.shp": bytes(64 * 2**20)})
        assert refused(path) is Refusal.ZIP_BOMB

    def test_too_many_entries_are_refused(self, tmp_path: Path) -> None:
        contents = {f"{i}.txt": b"" for i in range(archives.LARGEST_COUNT + 1)}
        assert refused(zip_of(tmp_path / "a.zip", contents)) is Refusal.ZIP_ENTRIES

    def test_an_encrypted_zip_is_refused(self, tmp_path: Path) -> None:
        path = zip_of(tmp_path / "a.zip", {"a.shp": b"x"})
        data = bytearray(path.read_bytes())
        data[6] |= 1
        data[data.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(data)
        assert refused(path) is Refusal.ZIP_ENCRYPTED

    def test_a_damaged_zip_is_refused(self, tmp_path: Path) -> None:
        path = zip_shapefile(house_points(), tmp_path / "a.zip")
        path.write_bytes(path.read_bytes()[:500])
        assert refused(path) is Refusal.ZIP_DAMAGED

    @pytest.mark.parametrize(
        ("name", "reason"),
        [("a.csv", Refusal.EMPTY_FILE), ("a.kml", Refusal.UNKNOWN_FORMAT), ("a", Refusal.UNKNOWN_FORMAT)],
    )
    def test_empty_and_unknown_files(self, tmp_path: Path, name: str, reason: Refusal) -> None:
        path = tmp_path / name
        path.write_text("" if reason is Refusal.EMPTY_FILE else "<kml/>")
        assert refused(path) is reason

    def test_a_file_over_the_limit_is_refused_unread(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(b"x" * (2 * 2**20))
        small = settings().model_copy(update={"upload_limit_mb": 1})
        assert refused(path, chosen=small) is Refusal.TOO_LARGE

    def test_reading_stops_at_the_time_limit(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        houses(400).to_csv(path, index=False)
        hasty = settings().model_copy(update={"read_timeout_s": 0})
        assert refused(path, chosen=hasty) is Refusal.TIMEOUT

    def test_reading_stops_at_the_memory_limit(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("户编号,鉴定等级\n" + "H1,A\n" * 6_000_000)
        poor = settings().model_copy(update={"read_memory_mb": 420})
        assert refused(path, chosen=poor) is Refusal.MEMORY

    def test_the_reading_process_knows_nothing_of_ours(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
        environment = sandbox._environment(tmp_path) | sandbox.VECTOR_ONLY
        assert not any("DATABASE" in name or "XIANGTU" in name for name in environment)
        assert set(environment["OGR_SKIP"].split(",")) >= {"OGR_VRT", "CSV", "HTTP", "KML", "XLSX"}

    def test_network_addresses_are_not_followed(self, tmp_path: Path) -> None:
        path = tmp_path / "a.geojson"
        path.write_text(
            '{"type": "FeatureCollection", "links": [{"rel": "next", "href": "http://127.0.0.1:9/"}],'
            ' "features": "/vsicurl/http://127.0.0.1:9/x.geojson"}'
        )
        assert refused(path) in (Refusal.UNREADABLE, Refusal.NO_ROWS)

    def test_the_reading_process_has_no_way_out(self) -> None:
        script = (
            "import socket; from pipelines.import_.reader_process import leave_network\n"
            "if not leave_network(): raise SystemExit(77)\n"
            "try: socket.create_connection(('127.0.0.1', 9), 1)\n"
            "except OSError as error: raise SystemExit(error.errno == 101)\n"
        )
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            script = script.replace("9), 1", f"{port}), 1")
            done = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
        if done.returncode == 77:
            pytest.skip("the kernel does not let this user make namespaces")
        assert done.returncode == 1, "a listening port of this machine was reached"

    def test_nothing_is_left_behind(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        path = tmp_path / "a.csv"
        houses(8).to_csv(path, index=False)
        read(path)
        assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_geometry_comes_as_well_known_binary(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    frame = gpd.GeoDataFrame({"户编号": ["H1"]}, geometry=[shapely.Point(112.5, 24.1, 7)], crs=4326)
    frame.to_file(path)
    table = read(path)
    assert shapely.from_wkb(table.columns["geometry_wkb"][0].as_py()).wkt == "POINT Z (112.5 24.1 7)"
