"""A layer that nobody foresaw, walked from its migration and its first file to every place that shows it."""

import datetime as dt
import io
import math
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import alembic.command
import openpyxl
import pyogrio
import pytest
import shapely
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

import store.engine
import web.door
import web.visitors
from access import Person
from base.settings import settings
from layers import AdminLevel, Remedy, registered
from maps.legend import layer_legend, legend_layer
from pages.import_template import template
from pipelines import indicators
from pipelines.import_ import ImportReport, import_file
from store import migrate, tiles
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from store.hits import features_at
from store.migration_file import FOLDER, write_migration
from store.protection import MASK, protect
from store.theme_values import theme_values
from tests import signed_in
from tests.layers.cold_stores import COLD_STORES, LAYER, WITH_STORE, workbook
from tests.server import ROOT
from web.routes import MIDDLEWARE, ROUTES

COUNTY, VILLAGES = "441821000000", ("441821102214", "441821102201", "441821103217")
ZOOM = 12


@dataclass(frozen=True)
class Walk:
    """What the walk left: the database, the report of the file, the places of its rows, the day computed."""

    engine: sa.Engine
    migration: Path
    report: ImportReport
    points: list[tuple[float, float]]
    as_of: dt.date

    def scalar(self, statement: str) -> object:
        with self.engine.connect() as connection:
            return connection.scalar(sa.text(statement))


@pytest.fixture(scope="module")
def walk(cluster: Cluster, city_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """The layer registered, its table migrated, a file imported, the indicators computed."""
    name = f"made_up_{uuid.uuid4().hex[:8]}"
    create_database(cluster, name, template=city_template)
    engine = make_engine(cluster.url(name), settings())
    with registered(LAYER), pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.engine, "engine", lambda: engine)
        everyone = Person(0, 0, "tester", "测试人员", signed_in.EVERY_ROLE)
        patch.setattr(web.visitors, "person_now", lambda: everyone)
        patch.setattr(web.door, "person_behind", lambda _: everyone)
        migration = _migrated(engine, tmp_path_factory.mktemp("versions"))
        points = _points(engine)
        report = import_file(engine, workbook(tmp_path_factory.mktemp("cold"), points), COLD_STORES)
        as_of = indicators.today()
        indicators.run(engine, as_of=as_of)
        yield Walk(engine, migration, report, points, as_of)
    engine.dispose()
    drop_database(cluster, name)


def _migrated(engine: sa.Engine, folder: Path) -> Path:
    """Write the layer's migration beside copies of ours and migrate to it."""
    for path in FOLDER.glob("[0-9]*.py"):
        shutil.copy(path, folder)
    written = write_migration(LAYER, folder)
    config = migrate._config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(folder))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")
        protect(connection)
    return written


def _points(engine: sa.Engine) -> list[tuple[float, float]]:
    """A place inside each village."""
    statement = sa.text(
        "SELECT ST_X(p) AS lon, ST_Y(p) AS lat FROM unnest(CAST(:codes AS text[])) WITH ORDINALITY AS c(code, n) "
        "JOIN feature.admin_units AS u ON u.admin_code = c.code, ST_PointOnSurface(u.geom) AS p ORDER BY n"
    )
    with engine.connect() as connection:
        return [(row.lon, row.lat) for row in connection.execute(statement, {"codes": list(VILLAGES)})]


def test_written_migration_is_the_next_and_clean(walk: Walk) -> None:
    assert walk.migration.name == f"{int(migrate.head()) + 1:04d}_cold_chain.py"
    assert walk.scalar("SELECT version_num FROM xiangtu.schema_version") == walk.migration.name[:4]
    for check in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "ruff",
                *check,
                "--config",
                "pyproject.toml",
                "--no-cache",
                walk.migration,
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout


def test_report_tells_the_bad_rows(walk: Walk) -> None:
    counts = walk.report.counts
    assert (counts.read, counts.inserted, counts.rejected) == (4, 2, 2)
    rejected = {(f.row_no, f.rule) for f in walk.report.by_remedy(Remedy.REJECT)}
    assert rejected == {(4, "freezer_without_capacity"), (5, "required_empty")}
    stored = (
        "SELECT message_zh FROM xiangtu.import_findings WHERE rule = 'freezer_without_capacity' "
        f"AND batch_id = {walk.report.batch_id}"
    )
    assert walk.scalar(stored) == "冷冻库必须填写库容"


def test_rows_are_read_converted_and_placed(walk: Walk) -> None:
    with walk.engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT store_no, cold_kind, capacity_t, admin_code FROM feature.cold_stores ORDER BY 1")
        ).all()
    assert [tuple(row) for row in rows] == [
        ("L1", "fresh", 2500.0, VILLAGES[0]),
        ("L2", "freezer", 400.0, VILLAGES[1]),
    ]


def _tile_over(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    x = (lon + 180) / 360 * 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom
    return int(x), int(y)


def test_tile_carries_the_feature_where_it_is(walk: Walk, tmp_path: Path) -> None:
    lon, lat = walk.points[0]
    x, y = _tile_over(lon, lat, ZOOM)
    with walk.engine.connect() as connection:
        made = tiles.tile(connection, "cold_stores", ZOOM, x, y)
    (tmp_path / "tile.pbf").write_bytes(made)
    read = pyogrio.read_dataframe(tmp_path / "tile.pbf", layer="cold_stores", X=str(x), Y=str(y), Z=str(ZOOM))
    inside = read[read["admin_code"] == VILLAGES[0]].to_crs(4326)
    assert list(inside["cold_kind"]) == ["fresh"]
    assert inside.geometry.iloc[0].distance(shapely.Point(lon, lat)) < 1e-4
    assert "keeper" not in read.columns
    assert "欧阳修远".encode() not in made


def test_legend_names_its_symbols(walk: Walk) -> None:
    legend = layer_legend((legend_layer(COLD_STORES, "zh"),), "zh")
    places = [legend.index(f">{words}<") for words in ("农产品冷库", "冷冻库", "保鲜库")]
    assert places == sorted(places)


def test_click_finds_it_unless_it_is_filtered_away(walk: Walk) -> None:
    lon, lat = walk.points[0]

    def hits(kind: str) -> list[dict[str, object]]:
        filters = {"cold_stores": {"cold_kind": frozenset({kind})}}
        with walk.engine.connect() as connection:
            found = features_at(
                connection, ["cold_stores"], lon, lat, radius_m=20, tile_zoom=ZOOM, filters=filters
            )
        return [dict(hit.values) for hit in found]

    assert hits("fresh") == [{"name": "汤塘砂糖桔冷库", "cold_kind": "fresh", "capacity_t": 2500.0}]
    assert hits("freezer") == []


def _opened(name: str, **query: str) -> AppTest:
    script = f"import pages.{name} as shown\nshown.lang = lambda: 'zh'\nshown.page()"
    app = AppTest.from_string(script, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def _cells(app: AppTest) -> set[str]:
    """All that the tables of a page say."""
    return {str(value) for frame in app.dataframe for value in frame.value.to_numpy().ravel()}


def test_dossier_counts_and_lists_it_with_the_keeper_masked(walk: Walk) -> None:
    app = _opened("dossier", code=COUNTY)
    assert "冷链" in [tab.label for tab in app.tabs]
    cells = _cells(app)
    assert {"汤塘砂糖桔冷库", "洛洞冷链站", "保鲜库", "欧" + MASK, "有冷库的行政村"} <= cells
    assert not any("欧阳" in cell for cell in cells)


def test_home_page_counts_its_rows(walk: Walk) -> None:
    table = next(f.value for f in _opened("home").dataframe if "农产品冷库" in f.value.to_numpy())
    row = table[(table == "农产品冷库").any(axis=1)].iloc[0]
    assert {"冷链", "农产品冷库", "2", "冷库台账.xlsx"} <= set(row.astype(str))


def test_dictionary_explains_it(walk: Walk) -> None:
    app = _opened("dictionary")
    assert "农产品冷库" in [expander.label for expander in app.expander]
    cells = _cells(app)
    assert {"cold_kind", "冷冻库必须填写库容", "villages_with_cold_store"} <= cells
    assert any("freezer 冷冻库" in cell for cell in cells)


def test_indicators_page_ranks_by_it(walk: Walk) -> None:
    app = _opened("indicators")
    app.selectbox(key="indicators.indicator").set_value("villages_with_cold_store").run()
    assert not app.exception
    assert "汤塘镇" in _cells(app)


def test_template_has_its_headings_and_codes() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template(COLD_STORES, "zh")))
    headings = [str(cell.value) for cell in book.worksheets[0][1]]
    assert {"冷库编号", "冷库名称", "冷库类型", "负责人"} <= set(headings)
    assert any(heading.startswith("库容") for heading in headings)
    words = {cell.value for sheet in book.worksheets for row in sheet for cell in row}
    assert {"保鲜库", "冷冻库"} <= words


def test_indicator_is_computed_and_rolled_up(walk: Walk) -> None:
    def values(level: AdminLevel) -> dict[str, float | None]:
        with walk.engine.connect() as connection:
            return theme_values(connection, WITH_STORE.id, walk.as_of, level)

    villages = values(AdminLevel.VILLAGE)
    known = {code: value for code, value in villages.items() if value is not None}
    assert known == {VILLAGES[0]: 1.0, VILLAGES[1]: 1.0}
    assert len(villages) > len(known)
    assert values(AdminLevel.COUNTY) == {COUNTY: 2.0, "441826000000": None}
    assert values(AdminLevel.CITY) == {settings().city_code: 2.0}


def test_theme_and_tiles_are_served(walk: Walk) -> None:
    x, y = _tile_over(*walk.points[0], ZOOM)
    with walk.engine.connect() as connection:
        version = tiles.version(connection, "cold_stores")
    with TestClient(Starlette(routes=ROUTES, middleware=MIDDLEWARE)) as client:
        theme = client.get(f"/themes/{WITH_STORE.id}/{walk.as_of}.json")
        tile = client.get(f"/tiles/cold_stores/{version}/{ZOOM}/{x}/{y}.pbf")
    assert {code for code, index in theme.json().items() if index is not None} == set(VILLAGES[:2])
    assert tile.status_code == 200
    assert b"cold_stores" in tile.content
    assert "no-cache" in tile.headers["cache-control"]  # it has a personal field, so it is shown by scope


def test_import_page_offers_it(walk: Walk) -> None:
    assert any(
        "农产品冷库" in words for words in _opened("data_import").selectbox(key="import.feature").options
    )


def test_map_offers_its_switch_and_filter(walk: Walk) -> None:
    app = _opened("map")
    switch = app.toggle(key="map.on.cold_stores")
    assert (switch.label, switch.value) == ("农产品冷库", False)
    switch.set_value(True).run()
    assert not app.exception
    assert "cold_stores" in "".join(app.query_params["on"])
    assert app.button_group(key="map.filter.cold_stores.cold_kind").options == ["保鲜库", "冷冻库"]
