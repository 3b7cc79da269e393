"""Rasters in a computation: windows as they lie in the file, figures with and without, a file that is gone."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from i18n import tr
from layers import RasterKind, all_indicators
from pipelines.indicators import InProcess, LocalProcesses, RasterFileMissing, run, today
from pipelines.indicators.rasters import read_grid
from pipelines.rasters import load_raster
from pipelines.rasters.convert import convert
from store import rasters
from store.frames import Extent
from tests.pipelines.raster_files import NORTH, SHAPE, STEP, WEST, hills, write_tif
from tests.pipelines.two_counties import VILLAGES, centre, store

OVER_RASTERS = {indicator.id: indicator for indicator in all_indicators() if indicator.rasters}
SIGHT, PEOPLE = "people_in_5g_sight_share", "people_in_4g_grid_share"


@pytest.fixture
def counties(database: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """The two counties, and a folder of rasters of their own."""
    monkeypatch.setattr(rasters, "folder", lambda: tmp_path / "rasters")
    store(database)
    return database


def figures(engine: sa.Engine) -> pd.DataFrame:
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT * FROM xiangtu.indicator_values WHERE scope = 'all' AND indicator_id = ANY(:ids)"
            ),
            {"ids": list(OVER_RASTERS)},
        )
        frame = pd.DataFrame(rows.all(), columns=list(rows.keys()))
    return frame.drop(columns="computed_at").sort_values(["indicator_id", "admin_code"], ignore_index=True)


def load_both(engine: sa.Engine, folder: Path) -> None:
    """A plain of 50 m, and two people in each cell."""
    load_raster(engine, write_tif(folder / "e.tif", np.full(SHAPE, 50, "int16")), RasterKind.ELEVATION)
    load_raster(engine, write_tif(folder / "p.tif", np.full(SHAPE, 2, "float32")), RasterKind.POPULATION)


def test_without_a_raster_there_is_no_data(counties: sa.Engine) -> None:
    run(counties, as_of=today(), executor=InProcess())
    found = figures(counties)
    assert set(found["indicator_id"]) == set(OVER_RASTERS)
    assert found["value"].isna().all()
    assert (found["with_data"] == 0).all()


def test_figures_over_rasters_in_one_process_and_in_two(counties: sa.Engine, tmp_path: Path) -> None:
    load_both(counties, tmp_path)
    run(counties, as_of=today(), executor=InProcess())
    alone = figures(counties)
    villages = alone[alone["level"] == "village"].set_index(["indicator_id", "admin_code"])
    sight, people = villages.loc[SIGHT], villages.loc[PEOPLE]
    assert sight["numerator"].tolist() == [100] * len(VILLAGES), "each has a station, on a plain"
    # 10 × 10 cells of 0.002° have their centres in a village of 0.02°, all within 3 km of a station.
    assert people[["numerator", "denominator"]].to_numpy().tolist() == [[200, 200]] * len(VILLAGES)
    assert villages.loc["cut_slope_on_steep_ground", "value"].tolist() == [0] * len(VILLAGES)


def test_processes_read_the_same_rasters(database: sa.Engine, tmp_path: Path) -> None:
    """Other processes find the folder by the setting, so this one leaves it as it is."""
    store(database)
    load_both(database, tmp_path)
    run(database, as_of=today(), executor=InProcess())
    alone = figures(database)
    run(database, as_of=today(), executor=LocalProcesses(2))
    pd.testing.assert_frame_equal(figures(database), alone)
    assert alone.loc[alone["level"] == "city", "with_data"].min() > 0


def test_an_indicator_alone_is_as_among_all(counties: sa.Engine, tmp_path: Path) -> None:
    load_raster(counties, write_tif(tmp_path / "e.tif", hills()), RasterKind.ELEVATION)
    run(counties, as_of=today(), executor=InProcess())
    among_all = figures(counties)
    for name in ("cut_slope_on_steep_ground", SIGHT):
        run(counties, as_of=today(), indicators=[name], executor=InProcess())
    pd.testing.assert_frame_equal(figures(counties), among_all)


def test_a_registered_file_that_is_gone_stops_the_run(counties: sa.Engine, tmp_path: Path) -> None:
    load_both(counties, tmp_path)
    with counties.connect() as connection:
        elevation = rasters.current(connection, RasterKind.ELEVATION)
    assert elevation is not None
    elevation.file.unlink()
    with pytest.raises(RasterFileMissing) as missing:
        run(counties, as_of=today(), executor=InProcess())
    assert missing.value.sentence("zh") == tr(
        "rasters.file_missing", "zh", kind="高程栅格", path=elevation.path
    )
    assert figures(counties).empty
    travelled = pickle.loads(pickle.dumps(missing.value))
    assert travelled.sentence("en") == missing.value.sentence("en")
    run(counties, as_of=today(), indicators=["people_in_5g_share"], executor=InProcess())


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """A stored raster, and its values."""
    folder = tmp_path_factory.mktemp("stored")
    values = hills()
    values[:40, :40] = np.nan
    convert(
        write_tif(folder / "a.tif", values),
        folder / "b.tif",
        "elevation",
        (110, 20, 118, 28),
        crs=None,
        nodata=None,
    )
    return folder / "b.tif", values


def test_a_window_lies_where_its_cells_do(stored: tuple[Path, np.ndarray]) -> None:
    path, values = stored
    grid = read_grid(path, RasterKind.ELEVATION, Extent(113.001, 24.001, 113.039, 24.039))
    assert grid is not None
    assert grid.values.shape == (24, 24), "20 cells and two on each side"
    row, column = round((NORTH - grid.north) / STEP), round((grid.west - WEST) / STEP)
    assert np.array_equal(grid.values, values[row : row + 24, column : column + 24], equal_nan=True)
    lon, lat = centre(VILLAGES[0])
    here = values[int((NORTH - lat) / STEP), int((lon - WEST) / STEP)]
    assert grid.values[grid.cells(np.array([lon]), np.array([lat]))] == here


def test_beyond_the_edge_there_is_less_and_elsewhere_nothing(stored: tuple[Path, np.ndarray]) -> None:
    path, values = stored
    grid = read_grid(path, RasterKind.ELEVATION, Extent(112.0, 23.0, 114.0, 25.0))
    assert grid is not None
    assert grid.values.shape == values.shape
    assert read_grid(path, RasterKind.ELEVATION, Extent(120.0, 30.0, 121.0, 31.0)) is None


@pytest.mark.parametrize("kind", [kind for kind in RasterKind if not kind.is_classes])
def test_too_many_cells_are_put_together(
    stored: tuple[Path, np.ndarray], kind: RasterKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In squares of 4 by 4, strip by strip: means of elevations, sums of people; none of nothing known."""
    path, values = stored
    monkeypatch.setattr("pipelines.indicators.rasters._STRIP_CELLS", 1_500)
    grid = read_grid(path, kind, Extent(112.0, 23.0, 114.0, 25.0), most_cells=1_400)
    assert grid is not None
    assert grid.values.shape == (38, 35)
    assert (grid.step_lon, grid.step_lat) == pytest.approx((4 * STEP, 4 * STEP))
    assert np.isnan(grid.values[:10, :10]).all()
    square = values[80:84, 60:64]
    assert grid.values[20, 15] == pytest.approx(
        square.mean() if kind is RasterKind.ELEVATION else square.sum()
    )
    if kind is RasterKind.POPULATION:
        assert np.nansum(grid.values) == pytest.approx(np.nansum(values, dtype=float), rel=1e-6)
