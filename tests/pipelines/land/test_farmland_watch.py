"""The farmland watch from stored editions to stored pieces: patches and rasters, a second run, refusals, verdicts."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
import sqlalchemy as sa
from rasterio.features import rasterize

from access import Assignment
from analysis.farmland_change import Tolerance
from base.settings import settings
from layers import RasterKind, Role, feature_type
from layers.codes import FarmlandVerdict
from pipelines.indicators.errors import RasterFileMissing
from pipelines.land import farmland as watch
from store import identity, rasters
from store.embedded import Cluster
from store.engine import changing, make_engine, reading
from store.errors import NotAllowed, RecordChanged
from store.frames import FrameRead, read_frame
from store.land.farmland import (
    Comparison,
    Piece,
    ReasonNeeded,
    UnknownChange,
    WatchSource,
    comparisons,
    counted,
    editions,
    judge,
    piece,
    pieces,
    runs,
    shapes,
)
from store.protection import APP
from tests import signed_in
from tests.watched import AFTER, BEFORE, COUNTY, EAST_VILLAGE, WEST_VILLAGE, edited, put_editions

VECTOR = Comparison(WatchSource.VECTOR, str(BEFORE), str(AFTER))
# Measured apart: a strip of a thousandth of a degree, 0.01° high, at 23.9° N.
STRIP_M2 = 112_806.0


def _watch(engine: sa.Engine) -> watch.Watched:
    (done,) = watch.watch_patches(engine, BEFORE, AFTER, by="测试")
    return done


def _pieces(engine: sa.Engine, compared: Comparison = VECTOR, prefix: str = "") -> list[Piece]:
    with engine.connect() as connection:
        return pieces(connection, compared, prefix)


@pytest.fixture
def app(cluster: Cluster, database: sa.Engine) -> Iterator[sa.Engine]:
    made = make_engine(cluster.url(str(database.url.database), user=APP), settings())
    yield made
    made.dispose()


@contextmanager
def _as(
    owner: sa.Engine, app: sa.Engine, prefix: str = "441821", role: Role = Role.LAND_REVIEWER
) -> Iterator[sa.Connection]:
    secret = signed_in.session(owner, (Assignment(role, prefix),))
    with identity.acting(secret), changing(app) as connection:
        yield connection


def test_changes_are_listed_by_village_with_area(database: sa.Engine) -> None:
    put_editions(database)
    done = _watch(database)
    found = _pieces(database)
    assert [(one.admin_code, str(one.change), one.class_after, one.sliver) for one in found] == [
        (WEST_VILLAGE, "non_grain", "0201", False),
        (EAST_VILLAGE, "non_grain", "0201", False),
        (WEST_VILLAGE, "non_farm", "0601", False),
        (EAST_VILLAGE, "non_farm", "0702", True),
    ]
    assert [one.area_m2 for one in found[:3]] == pytest.approx(
        [2 * STRIP_M2, 2 * STRIP_M2, STRIP_M2], rel=2e-3
    )
    balance = done.balance
    lost = sum(one.area_m2 for one in found)
    assert balance.non_farm_m2 + balance.non_grain_m2 == pytest.approx(lost)
    assert balance.farmland_m2 == pytest.approx(balance.kept_m2 + lost, rel=1e-9)
    with database.connect() as connection:
        (run,) = runs(connection, VECTOR)
        table = counted(connection, VECTOR, "441821100202")
        drawn = shapes(connection, [one.id for one in found])
        actions = list(connection.scalars(sa.text("SELECT action FROM access.record ORDER BY id DESC")))
        assert editions(connection) == [BEFORE, AFTER]
        assert comparisons(connection) == [VECTOR]
    assert run.synthetic
    assert run.balance["farmland_m2"] == pytest.approx(balance.farmland_m2)
    assert table[["change", "sliver", "pieces"]].to_numpy().tolist() == [
        ["non_farm", True, 1],
        ["non_grain", False, 1],
    ]
    assert drawn[found[2].id].equals_exact(shapely.box(113.503, 23.9, 113.504, 23.91), 1e-9, normalize=True)
    assert actions[0] == "farmland_watched"


def test_a_second_run_keeps_what_was_said(database: sa.Engine, app: sa.Engine) -> None:
    put_editions(database)
    _watch(database)
    workshop = _pieces(database)[2]
    with _as(database, app) as connection:
        judge(connection, workshop, FarmlandVerdict.CONFIRMED, "未批先建，已立案")
    done = _watch(database)
    assert (done.stored.added, done.stored.again, done.stored.dropped) == (0, 4, 0)
    again = _pieces(database)
    assert [one.id for one in again] == [1, 2, 3, 4] or len({one.id for one in again}) == 4
    kept = next(one for one in again if one.id == workshop.id)
    assert (str(kept.verdict), kept.reason, kept.judged_by, kept.version) == (
        "confirmed",
        "未批先建，已立案",
        "测试人员",
        2,
    )


def test_what_is_found_no_more_is_dropped_unless_somebody_judged_it(
    database: sa.Engine, app: sa.Engine
) -> None:
    put_editions(database)
    _watch(database)
    orchards = _pieces(database)[:2]
    with _as(database, app) as connection:
        judge(connection, orchards[0], FarmlandVerdict.DISMISSED, "影像误判，仍种水稻")
    # The orchard was a mistake of the later edition.
    put_editions(database, edited(AFTER, 3, "0103"))
    done = _watch(database)
    assert (done.stored.added, done.stored.again, done.stored.dropped, done.stored.left_behind) == (
        0,
        2,
        1,
        1,
    )
    assert {one.class_after for one in _pieces(database)} == {"0601", "0702"}
    # It comes back: so does what was said of it.
    put_editions(database)
    back = _watch(database)
    assert (back.stored.added, back.stored.again) == (1, 3)
    verdicts = {one.admin_code: str(one.verdict) for one in _pieces(database) if one.class_after == "0201"}
    assert verdicts == {orchards[0].admin_code: "dismissed", orchards[1].admin_code: "open"}


def test_two_who_judge_one_piece(database: sa.Engine, app: sa.Engine) -> None:
    put_editions(database)
    _watch(database)
    seen = _pieces(database)[0]
    with _as(database, app) as connection:
        now = judge(connection, seen, FarmlandVerdict.CONFIRMED, "现场核实，已种果树")
    with pytest.raises(RecordChanged) as told, _as(database, app) as connection:
        judge(connection, seen, FarmlandVerdict.DISMISSED, "不属实，仍为耕地")
    assert told.value.now == now
    with database.connect() as connection:
        assert str(piece(connection, seen.id).verdict) == "confirmed"
        reasons = connection.execute(
            sa.text("SELECT reason FROM access.record WHERE action = 'farmland_judged'")
        ).scalars()
        assert list(reasons) == ["现场核实，已种果树"]


@pytest.mark.parametrize("reason", ["", "   ", "是 的"])
def test_a_verdict_has_a_reason(database: sa.Engine, app: sa.Engine, reason: str) -> None:
    put_editions(database)
    _watch(database)
    seen = _pieces(database)[0]
    with pytest.raises(ReasonNeeded), _as(database, app) as connection:
        judge(connection, seen, FarmlandVerdict.CONFIRMED, reason)
    assert _pieces(database)[0] == seen


@pytest.mark.parametrize(
    ("prefix", "role"), [("441826", Role.LAND_REVIEWER), ("441821", Role.CLERK), ("4418", Role.AUDITOR)]
)
def test_who_reviews_no_land_there_judges_nothing(
    database: sa.Engine, app: sa.Engine, prefix: str, role: Role
) -> None:
    put_editions(database)
    _watch(database)
    seen = _pieces(database)[0]
    with pytest.raises(NotAllowed), _as(database, app, prefix, role) as connection:
        judge(connection, seen, FarmlandVerdict.CONFIRMED, "现场核实，已种果树")
    assert _pieces(database)[0] == seen


def test_pages_change_nothing_but_the_verdict(database: sa.Engine, app: sa.Engine) -> None:
    put_editions(database)
    _watch(database)
    for statement in (
        "UPDATE xiangtu.farmland_changes SET area_m2 = 0",
        "DELETE FROM xiangtu.farmland_changes",
        "INSERT INTO xiangtu.farmland_runs (admin_code, source, edition_before, edition_after, versions, balance, "
        "tolerance, made_by) VALUES ('441821000000', 'vector', '1', '2', '{}', '{}', '{}', 'x')",
    ):
        with pytest.raises(NotAllowed), _as(database, app) as connection:
            connection.execute(sa.text(statement))


def test_who_judges_is_not_for_the_page_to_say(database: sa.Engine, app: sa.Engine) -> None:
    put_editions(database)
    _watch(database)
    with _as(database, app) as connection:
        connection.execute(
            sa.text(
                "UPDATE xiangtu.farmland_changes SET verdict = 'dismissed', reason = '我说的不算数', judged_by = '局长'"
            )
        )
    assert {one.judged_by for one in _pieces(database)} == {"测试人员"}


def test_nobody_sees_anything_without_a_session(database: sa.Engine, app: sa.Engine) -> None:
    put_editions(database)
    _watch(database)
    with reading(app) as connection:
        assert comparisons(connection) == []
        assert pieces(connection, VECTOR) == []
    with database.connect() as connection, pytest.raises(UnknownChange):
        piece(connection, 987_654)


def test_editions_that_are_not_there_are_named(database: sa.Engine) -> None:
    with pytest.raises(watch.EditionMissing):
        watch.latest_editions(database)
    put_editions(database)
    assert watch.latest_editions(database) == (BEFORE, AFTER)
    with pytest.raises(watch.EditionMissing, match=r"2022.*2023、2024"):
        watch.watch_patches(database, 2022, AFTER, by="测试")
    with pytest.raises(watch.EditionsTheSame):
        watch.watch_patches(database, AFTER, BEFORE, by="测试")
    with pytest.raises(watch.NoVillages):
        watch.watch_patches(database, BEFORE, AFTER, counties=["441826000000"], by="测试")
    with pytest.raises(watch.RasterMissing, match="land_cover_before"):
        watch.watch_rasters(database, by="测试")


def _cover(engine: sa.Engine, year: int, kind: RasterKind, cells: int) -> np.ndarray:
    """Burn an edition of patches into a raster and register it as stored rasters are; 0.02° by 0.01°."""
    read = FrameRead.of(feature_type("land_patches"), ("edition", "land_class"))
    with engine.connect() as connection:
        frame = read_frame(connection, read)
    patches = gpd.GeoDataFrame(frame[frame["edition"] == year])
    step = 0.02 / cells
    across = rasterio.Affine(step, 0, 113.5, 0, -step, 23.91)
    classes = patches["land_class"].str[:2].astype(int)
    values = rasterize(
        zip(patches.geometry, classes, strict=True),
        out_shape=(cells // 2, cells),
        transform=across,
        dtype="float32",
        fill=np.nan,
    )
    folder = rasters.folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}-test.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=cells, height=cells // 2, count=1, dtype="float32", crs="EPSG:4490",
        transform=across, nodata=np.nan, tiled=True, blockxsize=64, blockysize=64,
    ) as written:  # fmt: skip
        written.write(values, 1)
    facts = rasters.NewRaster(
        kind=kind, file_name=path.name, file_sha256="x", path=path.name, crs="EPSG:4490", width=cells,
        height=cells // 2, step_lon_deg=step, step_lat_deg=step, west=113.5, south=23.9, east=113.52, north=23.91,
        lowest=1, highest=12, total=None, nodata=None, unit="class", as_of=dt.date(year, 12, 31), synthetic=True,
    )  # fmt: skip
    with engine.begin() as connection:
        rasters.register(connection, facts)
    return values


@pytest.fixture
def raster_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(rasters, "folder", lambda: tmp_path)
    return tmp_path


def test_rasters_tell_what_the_patches_tell(database: sa.Engine, raster_folder: Path) -> None:
    put_editions(database)
    by_patches = _watch(database).balance
    # 400 cells across: the edges of the patches lie between cells, but for the metre of a field's edge.
    _cover(database, BEFORE, RasterKind.LAND_COVER_BEFORE, 400)
    _cover(database, AFTER, RasterKind.LAND_COVER_AFTER, 400)
    (done,) = watch.watch_rasters(database, by="测试")
    compared = Comparison(WatchSource.RASTER, f"{BEFORE}-12-31", f"{AFTER}-12-31")
    found = _pieces(database, compared)
    assert {(one.admin_code, one.class_after) for one in found} == {
        (WEST_VILLAGE, "06"),
        (WEST_VILLAGE, "02"),
        (EAST_VILLAGE, "02"),
    }
    assert done.balance.farmland_m2 == pytest.approx(by_patches.farmland_m2, rel=1e-6)
    assert done.balance.non_grain_m2 == pytest.approx(by_patches.non_grain_m2, rel=1e-6)
    # What differs is the metre that no cell's centre lies in.
    assert by_patches.non_farm_m2 - done.balance.non_farm_m2 == pytest.approx(STRIP_M2 / 100, rel=2e-2)
    with database.connect() as connection:
        assert set(comparisons(connection)) == {VECTOR, compared}


def test_windows_make_no_difference_to_what_is_in_the_files(database: sa.Engine, raster_folder: Path) -> None:
    put_editions(database)
    _cover(database, BEFORE, RasterKind.LAND_COVER_BEFORE, 310)
    values = _cover(database, AFTER, RasterKind.LAND_COVER_AFTER, 310)
    # Scattered changes, so that pieces cross the windows' edges everywhere.
    random = np.random.default_rng(7)
    values[random.random(values.shape) < 0.4] = 7
    with rasterio.open(raster_folder / "land_cover_after-test.tif", "r+") as written:
        written.write(values, 1)
    with database.connect() as connection:
        earlier = rasters.current(connection, RasterKind.LAND_COVER_BEFORE)
        later = rasters.current(connection, RasterKind.LAND_COVER_AFTER)
        read = FrameRead.of(feature_type("admin_units"))
        villages = gpd.GeoDataFrame(read_frame(connection, read, levels=["village"]))
    assert earlier is not None
    assert later is not None
    whole, parts = (
        watch.compare_files(earlier, later, villages, Tolerance(), block=block) for block in (4096, 37)
    )
    assert whole is not None
    assert parts is not None
    assert len(whole.pieces) > 500
    assert parts.pieces.to_wkb().equals(whole.pieces.to_wkb())
    assert parts.balance == whole.balance


def test_a_later_raster_on_another_lattice_is_looked_at_on_the_earlier_ones(
    database: sa.Engine, raster_folder: Path
) -> None:
    put_editions(database)
    _cover(database, BEFORE, RasterKind.LAND_COVER_BEFORE, 400)
    _cover(database, AFTER, RasterKind.LAND_COVER_AFTER, 1200)
    (done,) = watch.watch_rasters(database, by="测试")
    by_patches = _watch(database).balance
    assert done.balance.non_grain_m2 == pytest.approx(by_patches.non_grain_m2, rel=2e-2)
    assert done.balance.uncovered_m2 == 0
    (raster_folder / "land_cover_after-test.tif").unlink()
    with pytest.raises(RasterFileMissing):
        watch.watch_rasters(database, by="测试")
    assert done.admin_code == COUNTY
