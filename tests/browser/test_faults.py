"""The database goes away under open pages and comes back: told in words, mended without a restart."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from base.settings import settings
from i18n import tr
from layers import AdminLevel
from pipelines import demo
from store.embedded import Cluster
from store.engine import create_database, make_engine
from store.migrate import upgrade
from tests import signed_in
from tests.browser.conftest import Come, visitors
from tests.folders import reachable
from tests.server import running_server

COUNTY, VILLAGE = "441826000000", "441826101201"
AWAY = tr("store.database_away", "zh")
BACK_MS = 30_000
PAGES = {
    "": tr("pages.home.title", "zh"),
    f"dossier?code={COUNTY}": "连南瑶族自治县",
    "indicators": tr("pages.indicators.title", "zh"),
    "overview": tr("pages.overview.title", "zh"),
    f"map?code={VILLAGE}": "新寨村委会",
}
"""Address and a heading that only a page with its data shows."""


@dataclass(frozen=True)
class Site:
    """A server whose database can be stopped under it."""

    cluster: Cluster
    address: str
    come: Come

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """Stop the cluster (we are its only user) and start it again at the end."""
        self.cluster.release()
        assert not self.cluster.running()
        try:
            yield
        finally:
            self.cluster.acquire()

    def status(self, path: str) -> int:
        return httpx.get(self.address + path, cookies=signed_in.cookies(self.address)).status_code


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, str]]:
    """A cluster of its own with one county, and a server on it."""
    with reachable() as folder, Cluster(folder, durable=False).in_use() as cluster:
        create_database(cluster)
        engine = make_engine(cluster.url(), settings())
        upgrade(engine)
        demo.load(engine, counties=[COUNTY[:6]], folder=tmp_path_factory.mktemp("county"))
        engine.dispose()
        with running_server(cluster.url(), folder / "server.log", folder) as address:
            yield cluster, address


@pytest.fixture
def site(served: tuple[Cluster, str], browser: Browser) -> Iterator[Site]:
    cluster, address = served
    with visitors(browser, address) as come:
        yield Site(cluster, address, come)


def _tells_it(page: Page) -> None:
    expect(page.get_by_text(AWAY)).to_be_visible(timeout=20_000)
    assert page.locator('[data-testid="stException"]').count() == 0
    assert "Traceback" not in page.locator("body").inner_text()


def _shows(page: Page, heading: str) -> None:
    expect(page.get_by_text(AWAY)).to_be_hidden(timeout=BACK_MS)
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible(timeout=BACK_MS)


def test_routes_say_so_and_come_back(site: Site) -> None:
    asked = ("/tiles/village/9/10/833/442.pbf", "/themes/tap_water_rate/2025-06-30.json",
             "/labels/county.json?bbox=111,23,114,26")  # fmt: skip
    with site.database_away():
        for path in asked:
            answer = httpx.get(site.address + path, cookies=signed_in.cookies(site.address))
            assert answer.status_code == 503
            assert answer.json()["error"] == {"zh": AWAY, "en": tr("store.database_away", "en")}
            assert int(answer.headers["retry-after"]) > 0
        health = httpx.get(f"{site.address}/healthz")
        assert (health.status_code, health.json()["status"]) == (503, "down")
        assert AWAY in health.json()["database"]
        paper = httpx.get(
            site.address, headers={"Accept": "text/html"}, cookies=signed_in.cookies(site.address)
        )
        assert (paper.status_code, paper.headers["refresh"]) == (503, "5")
        assert AWAY in paper.text
    assert [site.status(path) for path in (*asked, "/healthz")] == [200] * 4


def test_pages_say_so_and_come_back_by_themselves(site: Site) -> None:
    opened = {address: site.come().go(f"/{address}") for address in PAGES}
    for address, page in opened.items():
        _shows(page, PAGES[address])
    with site.database_away():
        for page in opened.values():
            page.reload()
        for page in opened.values():
            _tells_it(page)
    for address, page in opened.items():
        _shows(page, PAGES[address])
        page.reload()
        _shows(page, PAGES[address])


def test_clicks_say_so_and_the_pages_come_back(site: Site) -> None:
    chosen, gone = site.come().go("/indicators"), site.come().go("/")
    with site.database_away():
        chosen.get_by_text(AdminLevel.VILLAGE.text.zh).first.click()
        gone.get_by_test_id("stSidebar").get_by_text(tr("shell.page.overview", "zh")).click()
        _tells_it(chosen)
        _tells_it(gone)
    _shows(chosen, PAGES["indicators"])
    _shows(gone, PAGES["overview"])


def test_map_keeps_its_picture_and_fetches_the_rest_by_itself(site: Site) -> None:
    visitor = site.come()
    page = visitor.go("/map")
    visitor.wait_for_map()
    frame = page.frame_locator("iframe").first
    notice = frame.locator(".xt-notice")
    expect(notice).to_be_hidden()
    with site.database_away():
        for _ in range(3):
            frame.locator(".leaflet-control-zoom-in").click()
            page.wait_for_timeout(600)
        expect(notice).to_contain_text(tr("maps.away", "zh"))
        expect(notice).to_be_visible(timeout=20_000)
        assert page.locator('[data-testid="stException"]').count() == 0
    expect(notice).to_be_hidden(timeout=40_000)
    visitor.wait_for_map()


def test_a_click_on_the_map_says_so_and_the_map_comes_back(site: Site) -> None:
    visitor = site.come()
    page = visitor.go(f"/map?code={VILLAGE}")
    visitor.wait_for_map()
    box = page.locator("iframe").first.bounding_box()
    assert box is not None
    with site.database_away():
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        _tells_it(page)
    expect(page.get_by_text(AWAY)).to_be_hidden(timeout=BACK_MS)
    visitor.wait_for_map()


def test_an_error_that_nobody_foresaw_is_told_without_its_trace(site: Site) -> None:
    engine = make_engine(site.cluster.url(), settings())
    with _renamed(engine, "feature.houses"):
        page = site.come().go(f"/dossier?code={COUNTY}")
        expect(page.get_by_text(tr("error.unexpected", "zh"))).to_be_visible(timeout=20_000)
        words = page.locator("body").inner_text()
        assert page.locator('[data-testid="stException"]').count() == 0
        assert not [leak for leak in ("houses", "SELECT", "Traceback", "Google") if leak in words]
    page.reload()
    _shows(page, PAGES[f"dossier?code={COUNTY}"])
    engine.dispose()


@contextmanager
def _renamed(engine: sa.Engine, table: str) -> Iterator[None]:
    """Have a table missing while the context lasts."""
    name = table.split(".")[1]
    with engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE {table} RENAME TO {name}_away"))
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f"ALTER TABLE {table}_away RENAME TO {name}"))
