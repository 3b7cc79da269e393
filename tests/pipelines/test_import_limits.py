"""What a file may not do to the machine: tangled shapes, endless lines, numbers beyond all, root's rights."""

import json
import os
import pwd
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from openpyxl import Workbook

import layers
from base.settings import Settings, settings
from i18n import Text
from layers import Field, Kind
from pipelines.import_ import check_file, geometry, import_file, sandbox, units
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.findings import Check, Findings
from pipelines.import_.headings import vocabulary
from pipelines.import_.raw_table import RawTable
from pipelines.import_.reader_process import CONFINEMENT_FILE
from pipelines.import_.readers import vector
from pipelines.import_.values import read_number
from tests.pipelines.import_files import house_points, houses, zip_shapefile

HOUSES = layers.feature_type("houses")
PROJECTS = layers.feature_type("consolidation_projects")


def read(path: Path, chosen: Settings | None = None) -> RawTable:
    return sandbox.read_file(path, headings=vocabulary(HOUSES), units=units.known_units(), chosen=chosen)


def refused(path: Path, chosen: Settings | None = None) -> FileRefused:
    with pytest.raises(FileRefused) as error:
        read(path, chosen)
    return error.value


def random_polygon(vertices: int) -> shapely.Polygon:
    x, y = np.random.default_rng(1).uniform(0, 0.01, (2, vertices))
    return shapely.Polygon(np.column_stack((112.42 + x, 24.02 + y)))


def bow_ties(count: int) -> shapely.Polygon:
    """A chain of bow-ties: it crosses itself once between each two of them."""
    x = np.arange(count + 1.0)
    up = np.where(x % 2 == 0, 1.0, -1.0)
    return shapely.Polygon([*zip(x, up, strict=True), *zip(x[::-1], -up[::-1], strict=True)])


def _first_code(name: str) -> str:
    codes = PROJECTS.field(name).codes
    assert codes is not None
    return str(next(iter(codes)))


class TestTangledShapes:
    def test_a_shape_that_crosses_itself_too_often_is_rejected(self) -> None:
        shapes = np.array([random_polygon(4000), shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])])
        findings = Findings(np.array([7, 8]))
        mended = geometry.mend(shapes, PROJECTS, findings)
        assert findings.rejected.tolist() == [True, False]
        assert mended[0] is None
        assert mended[1].is_valid and mended[1].area == pytest.approx(0.5)
        told = next(f for f in findings.all() if f.rule == Check.GEOMETRY_HUGE)
        assert told.row_no == 7
        assert "自相交过多" in told.message.zh and "crosses itself too often" in told.message.en

    def test_crossings_are_estimated(self) -> None:
        assert geometry.estimated_crossings(random_polygon(4000)) > geometry.MOST_CROSSINGS
        two = shapely.MultiPolygon([random_polygon(4000), shapely.box(0, 0, 1, 1)])
        assert geometry.estimated_crossings(two) > geometry.MOST_CROSSINGS
        assert geometry.estimated_crossings(bow_ties(1000)) == pytest.approx(1000, rel=0.2)
        assert geometry.estimated_crossings(shapely.Point(0, 0).buffer(1, 4000)) == 0
        assert geometry.estimated_crossings(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])) == 0

    def test_segments_of_different_rings_are_not_joined(self) -> None:
        outer = shapely.Point(0, 0).buffer(1, 200)
        holes = [shapely.Point(x, 0).buffer(0.01, 50).exterior for x in np.linspace(-0.9, 0.9, 20)]
        assert geometry.estimated_crossings(shapely.Polygon(outer.exterior, holes)) == 0

    def test_many_crossings_within_measure_are_mended(self) -> None:
        findings = Findings(np.array([1]))
        mended = geometry.mend(np.array([bow_ties(400)]), PROJECTS, findings)
        assert not findings.rejected.any()
        assert mended[0].is_valid

    def test_a_file_with_such_a_shape_goes_on_with_its_other_rows(
        self, register: sa.Engine, tmp_path: Path
    ) -> None:
        frame = gpd.GeoDataFrame(
            {
                "项目编号": ["P1", "P2"],
                "项目名称": ["甲", "乙"],
                "项目类型": _first_code("project_kind"),
                "项目状态": _first_code("state"),
            },
            geometry=[random_polygon(4000), shapely.box(112.42, 24.02, 112.43, 24.03)],
            crs=4490,
        )
        frame.to_file(tmp_path / "a.gpkg")
        report = check_file(register, tmp_path / "a.gpkg", PROJECTS)
        assert (report.counts.read, report.counts.rejected) == (2, 1)


class TestRoot:
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
    @pytest.mark.parametrize("name", ["a.csv", "a.gpkg", "a.geojson", "a.zip", "a.xlsx"])
    def test_the_reading_process_is_not_root(self, tmp_path: Path, name: str) -> None:
        path = _handed_in(tmp_path / name)
        nobody = pwd.getpwnam("nobody")
        with tempfile.TemporaryDirectory(dir="/tmp") as place:
            folder = Path(place)
            _run_reader(path, folder)
            for made in ("table.arrow", "table.json", CONFINEMENT_FILE):
                stat = (folder / made).stat()
                assert (stat.st_uid, stat.st_gid) == (nobody.pw_uid, nobody.pw_gid)
            told = json.loads((folder / CONFINEMENT_FILE).read_text("utf-8"))
            assert told["user"] == nobody.pw_uid
            assert RawTable.load(folder).columns.num_rows == 8

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
    def test_root_is_kept_where_nobody_could_not_come_and_the_journal_tells_it(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        folder = tmp_path / "closed" / "work"
        folder.mkdir(parents=True)
        folder.parent.chmod(0o700)
        _run_reader(_handed_in(tmp_path / "a.gpkg"), folder)
        assert (folder / "table.arrow").stat().st_uid == 0
        said = capfd.readouterr()
        assert "reader_keeps_root" in said.out + said.err

    @pytest.mark.parametrize("suffix", [".gpkg", ".zip"])
    def test_the_coordinate_system_is_still_found(self, tmp_path: Path, suffix: str) -> None:
        parts = (".shp", ".shx", ".dbf", ".prj")
        path = tmp_path / f"a{suffix}"
        frame = house_points(8).to_crs(4526)
        if suffix == ".zip":
            zip_shapefile(frame, path, parts=parts)
        else:
            frame.to_file(path)
        crs = read(path).crs
        assert crs == "EPSG:4526" or "CGCS2000" in str(crs)


def _run_reader(path: Path, folder: Path) -> None:
    """What `read_file` does, in a folder that can be looked at afterwards."""
    (folder / "upload").write_bytes(path.read_bytes())
    limits = settings()
    task = {
        "file": "upload",
        "suffix": path.suffix,
        "layer": None,
        "encoding": None,
        "headings": sorted(vocabulary(HOUSES)),
        "units": sorted(units.known_units()),
        "needed": [],
        "memory_mb": limits.read_memory_mb,
        "timeout_s": limits.read_timeout_s,
        "largest_total": 2**30,
    }
    sandbox.run_confined(sandbox.READER, folder, task, limits, sandbox.VECTOR_ONLY)


def _handed_in(path: Path) -> Path:
    if path.suffix == ".csv":
        houses(8).to_csv(path, index=False, encoding="gb18030")
    elif path.suffix == ".xlsx":
        houses(8).to_excel(path, index=False)
    elif path.suffix == ".zip":
        zip_shapefile(house_points(8), path)
    else:
        house_points(8).to_file(path)
    return path


class TestEndlessText:
    def test_one_line_without_end_is_refused_with_its_row(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("x" * 3_000_000)
        error = refused(path)
        assert error.reason is Refusal.UNREADABLE
        assert "第 1 行" in error.sentence("zh") and "near row 1 " in error.sentence("en")

    def test_a_cell_without_end_below_the_headings(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("户编号,鉴定等级\nH1,A\nH2," + "A" * 300_000 + "\n")
        error = refused(path)
        assert error.reason is Refusal.UNREADABLE
        assert "第 3 行" in error.sentence("zh")

    def test_a_row_of_millions_of_cells_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("户编号,鉴定等级\n" + "1," * 1_500_000 + "\n")
        error = refused(path)
        assert error.reason is Refusal.UNREADABLE
        assert "1500001" in error.sentence("zh") and "row 2 " in error.sentence("en")

    def test_a_reader_that_dies_of_memory_is_told_as_too_large(self, tmp_path: Path) -> None:
        book = Workbook()
        book.worksheets[0]["A1"] = "户编号"
        book.worksheets[0].cell(1_000_000, 5_000, "H1")
        book.save(tmp_path / "a.xlsx")
        poor = settings().model_copy(update={"read_memory_mb": 1000})
        assert refused(tmp_path / "a.xlsx", poor).reason is Refusal.MEMORY


class TestWordsOfGdal:
    def test_what_is_not_geojson_is_told_without_our_paths(self, tmp_path: Path) -> None:
        path = tmp_path / "村.geojson"
        path.write_text('{"a": 1}')
        error = refused(path)
        assert error.reason is Refusal.UNREADABLE
        for said in (error.sentence("zh"), error.sentence("en")):
            assert "GeoJSON" in said
            assert not any(word in said for word in ("xiangtu-read", "source.", "DRIVER", "/tmp"))
        assert "not recognized" not in error.sentence("zh")

    def test_what_gdal_says_of_damage_is_a_detail_of_our_sentence(self, tmp_path: Path) -> None:
        path = tmp_path / "a.geojson"
        house_points(8).to_file(path)
        path.write_text(path.read_text("utf-8")[:1000], "utf-8")
        error = refused(path)
        assert error.reason is Refusal.UNREADABLE
        assert "按 GeoJSON 读不通" in error.sentence("zh")
        assert "cannot be read as GeoJSON" in error.sentence("en")

    @pytest.mark.parametrize(
        "said",
        [
            "Unable to open /tmp/xiangtu-read-x1/source.shx or /tmp/xiangtu-read-x1/source.SHX.",
            "Failed to open file 'source.gpkg': database is locked",
            "source.gpkg-journal: disk full\nsecond line",
        ],
    )
    def test_names_of_our_files_are_taken_out(self, said: str) -> None:
        told = vector._cause(said, "GeoPackage")
        for words in (told.zh, told.en):
            assert "GeoPackage" in words
            assert "source" not in words and "/tmp" not in words and "second" not in words


class TestNumbersBeyondAll:
    @pytest.mark.parametrize("number", [1e300, 9.3e18, -1e300, float("inf")])
    def test_a_typed_number_beyond_whole_numbers_is_a_finding(
        self, register: sa.Engine, tmp_path: Path, number: float
    ) -> None:
        frame = house_points(8)
        frame["建成年份"] = [number, *[1990.0] * 7]
        frame.to_file(tmp_path / "a.gpkg")
        report = import_file(register, tmp_path / "a.gpkg", HOUSES)
        told = [f for f in report.findings if f.rule == Check.UNREADABLE]
        assert [(f.row_no, f.column_title) for f in told] == [(1, "建成年份")]
        assert report.counts.inserted == 8

    def test_numbers_within_measure_stay(self, register: sa.Engine, tmp_path: Path) -> None:
        house_points(8).assign(建成年份=1990).to_file(tmp_path / "a.gpkg")
        report = import_file(register, tmp_path / "a.gpkg", HOUSES)
        assert not [f for f in report.findings if f.rule == Check.UNREADABLE]


class TestPercent:
    @pytest.mark.parametrize(
        ("unit", "value"),
        [("%", 85), ("share", 0.85), ("比例", 0.85), ("m", None), ("元", None), (None, None)],
    )
    @pytest.mark.parametrize("text", ["85%", "８５％"])
    def test_only_shares_are_read_as_percentages(
        self, unit: str | None, value: float | None, text: str
    ) -> None:
        field = Field("some_value", Text("某值", "some value"), Kind.NUMBER, unit=unit)
        reading = read_number(text, field)
        if value is None:
            assert reading.failure is Check.UNREADABLE
        else:
            assert reading.value == pytest.approx(value)
            assert reading.note is Check.PERCENT
