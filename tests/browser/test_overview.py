"""The leaders' page on a wall screen and on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from i18n import tr
from layers import all_layers
from pages.overview_wall import VIEWS
from store.embedded import Cluster
from tests.browser.conftest import PHONE, Come, visitors
from tests.server import running_server

WALL = {"width": 1920, "height": 1080}
_VIEW = "document.documentElement.dataset.wall"


@pytest.fixture
def come(
    browser: Browser, cluster: Cluster, city_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Come]:
    """Visitors of a server whose wall turns every second."""
    folder = tmp_path_factory.mktemp("wall")
    quick = {"XIANGTU_WALL_SECONDS": "1"}
    with (
        running_server(cluster.url(city_database), folder / "server.log", folder, quick) as address,
        visitors(browser, address) as come,
    ):
        yield come


def test_the_wall_turns_and_holds_and_a_phone_says_the_essential_first(come: Come) -> None:
    wall = come(WALL)
    page = wall.go("/overview?wall=1")
    page.wait_for_function(f"{_VIEW} === 'map'", timeout=30_000)
    page.keyboard.press(" ")  # hold it until the map is there
    page.frame_locator('iframe[title*="streamlit_folium"]').locator("[data-drawn]").wait_for(timeout=60_000)
    wall.picture("overview-wall")
    assert page.get_by_text(tr("overview.paused", "zh")).is_visible()
    assert not page.get_by_test_id("stSidebar").is_visible()
    assert _visible(page) == ["map"]
    page.wait_for_timeout(2500)
    assert page.evaluate(_VIEW) == "map"
    page.evaluate("document.querySelector('iframe[title*=\"streamlit_folium\"]').contentWindow.mine = true")

    page.keyboard.press("ArrowRight")
    assert _visible(page) == ["ranking"]
    page.keyboard.press("ArrowLeft")
    before = _elements(page)
    page.keyboard.press(" ")
    for _ in range(2):  # two whole turns
        for name in (*VIEWS[2:], *VIEWS[:2]):
            page.wait_for_function(f"{_VIEW} === '{name}'", timeout=10_000, polling=50)
    assert _elements(page) == before
    assert page.evaluate(
        "document.querySelector('iframe[title*=\"streamlit_folium\"]').contentWindow.mine === true"
    )

    phone = come(PHONE)
    page = phone.go("/overview")
    phone.picture("overview-phone")
    for layer in (layer for layer in all_layers() if layer.core):
        heading = page.locator(".xo-card h3", has_text=layer.title.zh)
        box = heading.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < PHONE["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"] + 1


def _visible(page: Page) -> list[str]:
    """Views that are on the screen."""
    return [name for name in VIEWS if page.locator(f".st-key-wall-{name}").is_visible()]


def _elements(page: Page) -> int:
    return int(page.evaluate("document.getElementsByTagName('*').length"))
