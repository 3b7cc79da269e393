"""候选项目 in Chromium: a station is drawn on the map, moved, saved, and found by a click."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from base.settings import settings
from store import rasters
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from tests.browser.conftest import Come, Visitor, visitors
from tests.server import running_server


@pytest.fixture(scope="module")
def planned(
    cluster: Cluster, city_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, sa.Engine]]:
    """A server on a copy of the small city, where plans may be made."""
    create_database(cluster, "city_drawn", template=city_template)
    engine = make_engine(cluster.url("city_drawn"), settings())
    with engine.begin() as connection:
        # The server seals the record with a key of its own.
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
    folder = tmp_path_factory.mktemp("planned")
    # The city's rasters lie where it was loaded.
    kept = {"XIANGTU_RASTER_DIR": str(rasters.folder())}
    with running_server(cluster.url("city_drawn"), folder / "server.log", folder, kept) as address:
        yield address, engine
    engine.dispose()
    drop_database(cluster, "city_drawn")


@pytest.fixture
def come(browser: Browser, planned: tuple[str, sa.Engine]) -> Iterator[Come]:
    with visitors(browser, planned[0]) as made:
        yield made


def _place(visitor: Visitor, across: float, down: float) -> tuple[float, float]:
    """A place of the window, at a share of the map's width and height."""
    box = visitor.page.locator('iframe[title*="streamlit_folium"]').bounding_box()
    assert box is not None
    return box["x"] + box["width"] * across, box["y"] + box["height"] * down


def test_a_station_is_drawn_moved_saved_and_found(come: Come, planned: tuple[str, sa.Engine]) -> None:
    visitor = come()
    page = visitor.go("/candidates?county=441821&need=mobile_5g")
    page.get_by_role("button", name="绘制：新建 5G 基站").click()
    page.get_by_text("图上还没有图形").wait_for()
    visitor.settle()
    tool = page.frame_locator('iframe[title*="streamlit_folium"]')
    tool.locator(".leaflet-draw-draw-marker").click()
    page.wait_for_timeout(300)
    page.mouse.click(*_place(visitor, 0.55, 0.5))
    page.get_by_text("距图形 1,000 米内").wait_for()
    tool.locator(".leaflet-draw-edit-edit").click()
    page.wait_for_timeout(300)
    x, y = _place(visitor, 0.55, 0.5)
    page.mouse.move(x, y - 14)
    page.mouse.down()
    page.mouse.move(x + 30, y - 34, steps=5)
    page.mouse.up()
    tool.get_by_text("完成修改").click()
    page.wait_for_timeout(800)
    visitor.settle()
    page.get_by_label("项目", exact=True).fill("测试新建站")
    page.get_by_label("项目", exact=True).press("Tab")
    visitor.settle()
    visitor.picture("candidates-drawing")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("“测试新建站”已保存").wait_for()
    visitor.settle()
    visitor.wait_for_map()
    visitor.picture("candidates-desktop")
    with planned[1].connect() as connection:
        lon, lat, name, origin = connection.execute(
            sa.text("SELECT ST_X(geom), ST_Y(geom), name, origin FROM xiangtu.candidates")
        ).one()
    assert (name, origin) == ("测试新建站", "drawn")
    assert 113.2 < lon < 113.9 and 23.6 < lat < 24.2
    # Another visitor finds it on the map by its place in the address.
    second = come()
    page = second.go(f"/candidates?county=441821&need=mobile_5g&v=14/{lat:.5f}/{lon:.5f}")
    second.wait_for_map()
    page.mouse.click(*_place(second, 0.5, 0.5))
    page.get_by_role("heading", name="测试新建站").wait_for()
