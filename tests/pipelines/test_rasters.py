"""Loading a raster: what is stored, what is refused and in which words, nothing half-done."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
import sqlalchemy as sa
from rasterio.transform import Affine, from_origin

from base.settings import CHECKOUT, settings
from i18n import tr
from layers import RasterKind
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.rasters import RasterOptions, RasterRefusal, RasterRefused, load_raster
from pipelines.rasters.convert import convert
from store import rasters
from store.snapshots import changed_since_run, data_versions
from tests.pipelines.raster_files import NORTH, SHAPE, STEP, WEST, hills, write_tif
from tests.pipelines.two_counties import store

CITY = (112.9, 23.9, 113.2, 24.2)
GAUSS_KRUEGER = from_origin(390_000, 2_690_000, 200, 200)
"""Over the two counties in EPSG:4547 (central meridian 114°E)."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of rasters of a test's own."""
    place = tmp_path / "rasters"
    monkeypatch.setattr(rasters, "folder", lambda: place)
    return place


@pytest.fixture
def counties(database: sa.Engine, folder: Path) -> sa.Engine:
    store(database)
    return database


def reason(path: Path, kind: str = "elevation", crs: str | None = None, nodata: float | None = None) -> str:
    """Why a raster is refused; its sentences are complete in both languages."""
    with pytest.raises(RasterRefused) as refused:
        convert(path, path.with_name("out.tif"), kind, CITY, crs=crs, nodata=nodata)
    for lang in ("zh", "en"):
        assert "{" not in refused.value.sentence(lang)
    return str(refused.value.reason)


def test_a_raster_is_stored_registered_and_makes_figures_old(counties: sa.Engine, tmp_path: Path) -> None:
    values = hills().astype("int16")
    values[0, 0] = -32768
    path = write_tif(tmp_path / "高程.tif", values, nodata=-32768)
    loaded = load_raster(counties, path, RasterKind.ELEVATION, RasterOptions(handed_by="测绘院"))
    with counties.connect() as connection:
        stored = rasters.current(connection, RasterKind.ELEVATION)
        assert rasters.current(connection, RasterKind.POPULATION) is None
        assert "raster_elevation" in changed_since_run(connection)
        assert data_versions(connection)["raster_elevation"] == loaded.version
        entry = connection.execute(sa.text("SELECT * FROM access.record ORDER BY id DESC LIMIT 1")).one()
    assert stored is not None
    assert (stored.file_name, stored.handed_by) == ("高程.tif", "测绘院")
    assert (stored.crs, stored.nodata) == ("EPSG:4490", -32768)
    assert (stored.unit, stored.total, stored.lowest >= 99, stored.highest <= 501) == ("m", None, True, True)
    assert (entry.action, entry.object, entry.account_name) == ("imported", "raster_elevation", "测绘院")
    assert stored.file.stat().st_mode & 0o777 == 0o600
    with rasterio.open(stored.file) as raster:
        assert raster.crs.to_epsg() == 4490
        assert raster.profile["tiled"] and raster.profile["compress"] == "deflate"
        assert (raster.width, raster.height) == (stored.width, stored.height)
        kept = raster.read(1)
    # Cells farther than 20 km from the units are left out; the others are where and what they were.
    row, column = round((NORTH - stored.north) / STEP), round((stored.west - WEST) / STEP)
    given = np.where(values == -32768, np.nan, values)[
        row : row + stored.height, column : column + stored.width
    ]
    assert np.array_equal(kept, given.astype("float32"), equal_nan=True)


def test_loading_again_takes_the_newest_and_keeps_one_before(counties: sa.Engine, tmp_path: Path) -> None:
    loads = []
    for more in range(4):
        path = write_tif(tmp_path / f"{more}.tif", hills() + more)
        loads.append(load_raster(counties, path, RasterKind.ELEVATION))
    with counties.connect() as connection:
        stored = rasters.current(connection, RasterKind.ELEVATION)
    assert stored is not None
    assert (stored.id, stored.version) == (loads[-1].id, loads[-1].version)
    assert [load.version - loads[0].version for load in loads] == [0, 1, 2, 3]
    left = {path.name for path in rasters.folder().iterdir()}
    assert left == {load.raster.path for load in loads[-2:]}


def test_elevation_from_another_system_is_interpolated(tmp_path: Path) -> None:
    """A plane stays a plane: 1 m of height for 100 m of easting."""
    columns = np.broadcast_to(np.arange(300) * 2.0, (250, 300)).astype("float32")
    path = write_tif(tmp_path / "a.tif", columns, crs="EPSG:4547", transform=GAUSS_KRUEGER)
    facts = convert(path, tmp_path / "b.tif", "elevation", (112, 23, 115, 25), crs=None, nodata=None)
    assert facts["crs"] == "EPSG:4547"
    with rasterio.open(tmp_path / "b.tif") as raster:
        assert raster.crs.to_epsg() == 4490
        lon, lat = raster.xy(120, 150)
        value = raster.read(1)[120, 150]
    from pyproj import Transformer

    easting, _ = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True).transform(lon, lat)
    assert value == pytest.approx((easting - 390_100) / 100, abs=0.05)


@pytest.mark.parametrize("turn_deg", [0, 20])
@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_people_stay_as_many(tmp_path: Path, dtype: str, turn_deg: float) -> None:
    """From Gauss-Krüger metres, also of a turned grid, to degrees: the total is kept within 0.5 %."""
    rng = np.random.default_rng(3)
    people = rng.poisson(rng.lognormal(0, 1.5, (250, 300))).astype(dtype)
    transform = GAUSS_KRUEGER @ Affine.rotation(turn_deg) if turn_deg else GAUSS_KRUEGER
    path = write_tif(tmp_path / "a.tif", people, crs="EPSG:4547", transform=transform, nodata=-99)
    facts = convert(path, tmp_path / "b.tif", "population", (111, 22, 116, 27), crs=None, nodata=None)
    assert facts["total"] == pytest.approx(float(people.sum(dtype=float)), rel=0.005)
    with rasterio.open(tmp_path / "b.tif") as raster:
        assert np.nansum(raster.read(1), dtype=float) == pytest.approx(facts["total"])


def test_values_are_judged_without_no_data(tmp_path: Path) -> None:
    values = hills()
    values[3, 3] = -9999
    path = write_tif(tmp_path / "a.tif", values)
    assert reason(path) == RasterRefusal.IMPLAUSIBLE
    facts = convert(path, tmp_path / "b.tif", "elevation", CITY, crs=None, nodata=-9999)
    assert facts["lowest"] >= 100
    with rasterio.open(tmp_path / "b.tif") as raster:
        assert np.isnan(raster.read(1)[3, 3])


def test_bad_rasters_are_refused_with_their_reason(tmp_path: Path) -> None:
    values, path = hills(), tmp_path / "a.tif"
    here = from_origin(WEST, NORTH, STEP, STEP)
    path.write_bytes(b"II*\x00 no more than a beginning")
    assert reason(path) == RasterRefusal.UNREADABLE
    assert reason(write_tif(path, np.stack([values] * 2))) == RasterRefusal.BANDS
    assert reason(write_tif(path, values.astype("complex64"))) == RasterRefusal.NOT_NUMBERS
    assert reason(write_tif(path, values, transform=Affine.identity())) == RasterRefusal.NOT_PLACED
    assert reason(write_tif(path, values, crs=None)) == RasterRefusal.CRS_MISSING
    assert reason(write_tif(path, values), crs="EPSG:99999") == RasterRefusal.CRS_UNKNOWN
    assert reason(write_tif(path, values), crs="GCJ02") == RasterRefusal.CRS_UNKNOWN
    far = from_origin(100.0, 40.0, STEP, STEP)
    assert reason(write_tif(path, values, transform=far)) == RasterRefusal.ELSEWHERE
    beside = from_origin(CITY[2] + 0.01, NORTH, STEP, STEP)
    assert reason(write_tif(path, values, transform=beside)) == RasterRefusal.ELSEWHERE
    coarse = from_origin(WEST, NORTH, 0.1, 0.1)
    assert reason(write_tif(path, values, transform=coarse)) == RasterRefusal.CELLS_COARSE
    fine = from_origin(113.0, 24.0, 2e-6, 2e-6)
    assert reason(write_tif(path, values, transform=fine)) == RasterRefusal.CELLS_FINE
    assert reason(write_tif(path, values * np.nan, transform=here)) == RasterRefusal.NO_VALUES
    assert reason(write_tif(path, values * 10)) == RasterRefusal.IMPLAUSIBLE
    assert reason(write_tif(path, values - 400), "population") == RasterRefusal.IMPLAUSIBLE


def test_every_refusal_has_its_sentence() -> None:
    for refusal in RasterRefusal:
        assert tr(f"rasters.refused.{refusal}", "en")


def test_a_refused_raster_leaves_nothing(counties: sa.Engine, tmp_path: Path) -> None:
    path = write_tif(tmp_path / "a.tif", hills() * 100)
    with pytest.raises(RasterRefused, match="不合理"):
        load_raster(counties, path, RasterKind.ELEVATION)
    with counties.connect() as connection:
        assert rasters.in_use(connection) == []
    assert not rasters.folder().exists()


def test_files_are_refused_before_they_are_read(
    counties: sa.Engine, database: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> object:
        with pytest.raises((FileRefused, RasterRefused)) as error:
            load_raster(counties, path, RasterKind.ELEVATION)
        return error.value.reason

    (tmp_path / "a.img").write_bytes(b"x")
    (tmp_path / "a.tif").write_bytes(b"")
    assert refused(tmp_path / "a.img") is RasterRefusal.NOT_TIFF
    assert refused(tmp_path / "a.tif") is Refusal.EMPTY_FILE
    small = settings().model_copy(update={"upload_limit_mb": 1})
    monkeypatch.setattr("pipelines.rasters.load.settings", lambda: small)
    (tmp_path / "a.tif").write_bytes(bytes(2**20 + 1))
    assert refused(tmp_path / "a.tif") is Refusal.TOO_LARGE
    with database.begin() as connection:
        connection.execute(sa.text("DELETE FROM feature.admin_units"))
    assert refused(tmp_path / "a.tif") is Refusal.NO_ADMIN_UNITS


def test_an_interrupted_copy_leaves_no_part(
    counties: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    path = write_tif(tmp_path / "a.tif", hills())
    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        load_raster(counties, path, RasterKind.ELEVATION)
    assert list(rasters.folder().iterdir()) == []
    with counties.connect() as connection:
        assert rasters.in_use(connection) == []


def test_the_command_loads_and_refuses_in_a_sentence(
    counties: sa.Engine, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "cli", "raster", *arguments],
            cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    monkeypatch.setenv("DATABASE_URL", counties.url.render_as_string(hide_password=False))
    monkeypatch.setenv("XIANGTU_RASTER_DIR", str(folder))
    path = str(write_tif(tmp_path / "a.tif", hills(), crs=None))
    refused = run("elevation", path)
    assert refused.returncode == 1
    assert tr("rasters.refused.crs_missing", "zh") in refused.stderr
    done = run("elevation", path, "--crs", "EPSG:4490", "--as-of", "2024-05-01", "--by", "测绘院")
    assert done.returncode == 0, done.stderr
    assert "高程栅格已载入" in done.stdout
    with counties.connect() as connection:
        stored = rasters.current(connection, RasterKind.ELEVATION)
    assert stored is not None
    assert (str(stored.as_of), stored.handed_by, stored.file.exists()) == ("2024-05-01", "测绘院", True)


def test_old_datums_are_taken_with_a_warning(counties: sa.Engine, tmp_path: Path) -> None:
    values = np.full((250, 300), 120.0, dtype="float32")
    path = write_tif(tmp_path / "a.tif", values, crs="EPSG:2383", transform=GAUSS_KRUEGER)
    loaded = load_raster(counties, path, RasterKind.ELEVATION)
    assert loaded.old_datum == "Xian 1980"
    assert any("Xian 1980" in sentence for sentence in loaded.sentences("en"))


def test_the_reading_process_is_confined(tmp_path: Path) -> None:
    """It is told a task and leaves facts; no variable of ours reaches it."""
    from pipelines.import_.sandbox import run_confined
    from pipelines.rasters.reader_process import FACTS_FILE

    write_tif(tmp_path / "a.tif", hills()).rename(tmp_path / "upload")
    task = {
        "kind": "elevation",
        "city": CITY,
        "around": CITY,
        "crs": None,
        "nodata": None,
        "memory_mb": 4096,
        "timeout_s": 60,
    }
    run_confined("pipelines.rasters.reader_process", tmp_path, task, settings(), {}, RasterRefused)
    facts = json.loads((tmp_path / FACTS_FILE).read_text("utf-8"))
    assert (facts["height"], facts["width"]) == SHAPE


@pytest.mark.parametrize("kind", ["land_cover_before", "land_cover_after"])
def test_classes_of_land_are_never_mixed(tmp_path: Path, kind: str) -> None:
    """From Gauss-Krüger metres to degrees: the nearest cell's class; 0 is no data though the file does not say so."""
    classes = np.where(np.add.outer(np.arange(250), np.arange(300)) % 20 < 10, 1, 11).astype("uint8")
    classes[:40] = 0
    path = write_tif(tmp_path / "a.tif", classes, crs="EPSG:4547", transform=GAUSS_KRUEGER)
    facts = convert(path, tmp_path / "b.tif", kind, (111, 22, 116, 27), crs=None, nodata=None)
    assert (facts["lowest"], facts["highest"], facts["total"], facts["nodata"]) == (1, 11, None, 0)
    with rasterio.open(tmp_path / "b.tif") as raster:
        values = raster.read(1)
    assert set(np.unique(values[~np.isnan(values)])) == {1, 11}
    classes[100, 100] = 13
    assert (
        reason(write_tif(tmp_path / "c.tif", classes, crs="EPSG:4547", transform=GAUSS_KRUEGER), kind)
        == "implausible"
    )
