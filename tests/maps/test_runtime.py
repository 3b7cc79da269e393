"""The map in Chromium: made once, changed in place, kept at its place, mended by itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.maps.conftest import HOSTILE, Site

pytestmark = pytest.mark.browser

VILLAGE_1, VILLAGE_2, VILLAGE_3 = (24.2, 112.78), (24.2, 113.22), (23.85, 113.1)
BROWN, GREEN = [166, 97, 26], [1, 133, 113]
_COLOR = """([lat, lon]) => {
  const grid = Object.values(map._layers).find((layer) => layer.options.pane === "xt-fill");
  const spot = map.project([lat, lon], grid._tileZoom);
  const x = Math.floor(spot.x / 512), y = Math.floor(spot.y / 512);
  const tile = grid._tiles[`${x}:${y}:${grid._tileZoom}`];
  if (!tile) return null;
  const pen = tile.el.getContext("2d");
  const density = tile.el.width / 512;
  const pixel = pen.getImageData((spot.x - x * 512) * density, (spot.y - y * 512) * density, 1, 1);
  return [...pixel.data.slice(0, 3)];
}"""
_QUIET = """() => window.map && !document.querySelector(".xt-busy") &&
  Object.values(map._layers).filter((layer) => layer.source).every((layer) => !layer._loading)"""


@dataclass
class Visit:
    """An open page and what it asked for."""

    page: Page
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def frame(self) -> Frame:
        return next(frame for frame in self.page.frames if "streamlit_folium" in frame.url)

    @property
    def tiles(self) -> int:
        return sum("/tiles/" in url for url in self.asked)

    def open(self, url: str) -> None:
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(url)
        self.page.wait_for_selector("iframe[title*=folium]", timeout=60_000)
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_timeout(500)
        self.frame.wait_for_function(_QUIET)
        self.page.wait_for_timeout(200)

    def tell(self, script: str, argument: Any = None) -> Any:
        return self.frame.evaluate(script, argument)

    def color(self, place: tuple[float, float]) -> Any:
        return self.tell(_COLOR, list(place))

    def view(self) -> Any:
        return self.tell("() => [map.getZoom(), map.getCenter().lat, map.getCenter().lng]")

    def spot(self, place: tuple[float, float]) -> tuple[float, float]:
        box = self.page.locator("iframe[title*=folium]").bounding_box()
        assert box is not None
        x, y = self.tell(
            "(p) => { const q = map.latLngToContainerPoint(p); return [q.x, q.y]; }", list(place)
        )
        return box["x"] + x, box["y"] + y

    def choose(self, name: str) -> None:
        self.page.get_by_text(name, exact=True).click()
        self.page.wait_for_timeout(700)
        self.settle()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    visit = Visit(page)
    yield visit
    outside = [url for url in visit.asked if not url.startswith((site.url, "data:", "blob:"))]
    page.close()
    site.broken.unlink(missing_ok=True)
    assert outside == []
    assert visit.faults == []


def test_changes_touch_only_what_differs(visit: Visit, site: Site) -> None:
    visit.open(site.url)
    visit.tell("() => { window.alive = true; }")
    place, fetched = visit.view(), visit.tiles
    assert visit.color(VILLAGE_1) != visit.color(VILLAGE_2)
    before = visit.color(VILLAGE_1)

    visit.choose("roads")
    assert {tuple(before), tuple(visit.color(VILLAGE_1))} == {tuple(BROWN), tuple(GREEN)}
    visit.choose("only D")
    visit.choose("houses")
    visit.choose("houses")
    visit.choose("441881")
    assert visit.color(VILLAGE_3) not in (BROWN, GREEN)

    assert visit.tiles == fetched
    assert visit.view() == place
    assert visit.tell("() => window.alive") is True


def test_new_version_replaces_the_picture_without_a_gap(visit: Visit, site: Site) -> None:
    visit.open(site.url)
    visit.tell(
        """() => {
          window.gaps = 0;
          const full = (layer) => Object.values(layer._tiles).some((tile) => tile.el.tile.features);
          const grids = () => Object.values(map._layers).filter((layer) => layer.options.pane === "xt-point");
          const watch = () => {
            if (!grids().some(full)) window.gaps += 1;
            requestAnimationFrame(watch);
          };
          watch();
        }"""
    )
    visit.page.get_by_text("2", exact=True).click()
    visit.page.wait_for_timeout(700)
    visit.settle()
    assert any("/tiles/houses/2/" in url for url in visit.asked)
    assert visit.tell("() => window.gaps") == 0
    assert visit.tell(
        """() => Object.values(map._layers).filter((layer) => layer.options.pane === "xt-point")
             .map((layer) => layer.source.url)"""
    ) == ["/tiles/houses/2/{z}/{x}/{y}.pbf"]


def test_click_reaches_the_server_with_its_zoom_and_moves_nothing(visit: Visit, site: Site) -> None:
    visit.open(site.url + "?v=10.5/24.1/113")
    assert visit.view()[0] == 10.5
    visit.tell("() => { window.alive = true; }")
    place = visit.view()
    visit.page.mouse.click(*visit.spot(VILLAGE_2))
    expect(visit.page.get_by_text("clicked 441881103202 at zoom 10.5 (1 clicks)")).to_be_visible()
    visit.settle()
    assert visit.view() == place
    assert visit.tell("() => window.alive") is True
    visit.page.wait_for_timeout(1000)
    assert "sel=441881103202" in visit.page.url
    assert "v=10.5/24.1" in visit.page.url


def test_address_keeps_the_view(visit: Visit, site: Site) -> None:
    visit.open(site.url)
    visit.tell("() => map.setView([24.05, 112.95], 12, {animate: false})")
    visit.settle()
    visit.page.wait_for_timeout(900)
    visit.page.reload()
    visit.page.wait_for_selector("iframe[title*=folium]")
    visit.settle()
    zoom, lat, lon = visit.view()
    assert (zoom, round(lat, 2), round(lon, 2)) == (12, 24.05, 112.95)


@pytest.mark.parametrize("nonsense", ["v=abc", "v=99/24/113", "v=10/99/113", "v=//", "v=1e9/2/3"])
def test_nonsense_in_the_address_is_ignored(visit: Visit, site: Site, nonsense: str) -> None:
    visit.open(f"{site.url}?{nonsense}")
    assert 8 <= visit.view()[0] <= 11
    assert visit.tell("(p) => p.every((place) => map.getBounds().contains(place))", [VILLAGE_1, VILLAGE_3])


def test_a_name_at_the_edge_is_read_whole(visit: Visit, site: Site) -> None:
    visit.open(site.url + "?v=12.5/24.2/112.78")
    visit.tell(
        """() => {
          const own = CanvasRenderingContext2D.prototype, write = own.fillText;
          window.written = [];
          own.fillText = function (name, x, y) {
            const middle = x - 0.3 * map.getSize().x, half = this.measureText(name).width / 2;
            window.written.push([middle - half, middle + half]);
            write.call(this, name, x, y);
          };
        }"""
    )
    wide = visit.tell("() => map.getSize().x")
    _, _, lon, lat = visit.tell("async () => (await (await fetch('/labels/village.json')).json())[0]")
    for at in (3, wide - 3):
        visit.tell(
            """([place, at]) => {
              const middle = map.project(place).add([map.getSize().x / 2 - at, 0]);
              window.written.length = 0;
              map.setView(map.unproject(middle), map.getZoom(), { animate: false });
            }""",
            [[lat, lon], at],
        )
        visit.settle()
        names = visit.tell("() => window.written")
        assert names
        assert all(left >= 0 and right <= wide for left, right in names)


def test_legend_says_what_is_in_view(visit: Visit, site: Site) -> None:
    visit.open(site.url + "?v=9/24.1/113")
    legend = visit.frame.locator(".xt-legend")
    assert legend.locator("li").all_inner_texts() == ["95–100%\n1", "target 95%", "0–95%\n2", "无数据\n4"]
    assert legend.locator("p").all_inner_texts() == ["放大后可见： 危房 <b>houses</b>"]
    visit.tell("() => map.setZoom(11, {animate: false})")
    visit.settle()
    assert legend.locator("h4").all_inner_texts() == ["water", "危房 <b>houses</b>"]
    assert legend.locator(".xt-values li").all_inner_texts() == ["D 级 <b>"]
    visit.tell("() => map.setZoom(12, {animate: false})")
    visit.settle()
    assert legend.locator(".xt-values li").all_inner_texts() == ["D 级 <b>", "A 级"]
    visit.choose("only D")
    assert legend.locator(".xt-values li").all_inner_texts() == ["D 级 <b>"]
    visit.choose("houses")
    assert legend.locator(".xt-values").count() == 0
    assert legend.locator("b b").count() == 0


def test_a_handful_of_shapes_is_drawn_above_and_lets_clicks_through(visit: Visit, site: Site) -> None:
    visit.open(site.url)
    place, fetched = visit.view(), visit.tiles
    paths = visit.frame.locator(".leaflet-xt-drawn-pane path")
    assert paths.count() == 0
    visit.choose("drawn")
    assert paths.count() == 2
    assert paths.first.get_attribute("fill") == "#ef4444"
    assert visit.frame.locator(".xt-values li").all_inner_texts()[0] == "pieces <b>"
    assert (visit.view(), visit.tiles) == (place, fetched)
    visit.page.mouse.click(*visit.spot((23.95, 112.95)))
    expect(visit.page.get_by_text("(1 clicks)")).to_be_visible()
    visit.choose("drawn")
    assert paths.count() == 0


def test_legend_folds(visit: Visit, site: Site) -> None:
    visit.open(site.url)
    button = visit.frame.locator(".xt-legend button")
    body = visit.frame.locator(".xt-legend-body")
    expect(body).to_be_visible()
    place = visit.view()
    button.click()
    expect(body).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")
    assert visit.view() == place
    assert visit.page.get_by_text("no click yet").is_visible()


def test_names_are_text_and_nothing_else(visit: Visit, site: Site) -> None:
    visit.open(site.url)
    visit.page.mouse.click(*visit.spot(VILLAGE_1))
    expect(visit.page.get_by_text("clicked 441881103201")).to_be_visible()
    x, y = visit.spot(VILLAGE_1)
    visit.page.mouse.move(x + 5, y)
    visit.page.mouse.move(x + 8, y)
    tip = visit.frame.locator(".xt-tip strong")
    expect(tip).to_have_text(HOSTILE)
    assert visit.page.evaluate("window.hacked") is None


@pytest.mark.parametrize(("status", "words"), [(503, "正在自动重试"), (403, "没有权限")])
def test_broken_server_is_told_and_mended(visit: Visit, site: Site, status: int, words: str) -> None:
    site.broken.write_text(str(status))
    visit.open(site.url)
    notice = visit.frame.locator(".xt-notice")
    expect(notice).to_contain_text(words)
    assert visit.color(VILLAGE_1) == [0, 0, 0]
    visit.tell("() => { window.setTimeout = () => 0; }")
    visit.page.wait_for_timeout(5_000)
    site.broken.unlink()
    expect(notice).to_be_visible()
    notice.get_by_role("button").click()
    expect(notice).to_be_hidden(timeout=10_000)
    visit.settle()
    assert visit.color(VILLAGE_1) in (BROWN, GREEN)


def test_recovers_by_itself(visit: Visit, site: Site) -> None:
    visit.open(site.url)
    site.broken.write_text("500")
    visit.tell("() => map.setView([24.05, 112.95], 11, {animate: false})")
    notice = visit.frame.locator(".xt-notice")
    expect(notice).to_be_visible()
    site.broken.unlink()
    expect(notice).to_be_hidden(timeout=20_000)
    visit.settle()
    assert visit.color(VILLAGE_1) in (BROWN, GREEN)


def test_fits_a_phone(browser: Browser, site: Site) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=3, is_mobile=True, has_touch=True
    )
    visit = Visit(context.new_page())
    visit.open(site.url)
    box = visit.page.locator("iframe[title*=folium]").bounding_box()
    assert box is not None
    assert 340 <= box["height"] <= 844 * 0.7
    assert box["width"] <= 390
    expect(visit.frame.locator(".xt-legend-body")).to_be_hidden()
    for button in visit.frame.locator(".leaflet-bar a").all():
        size = button.bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 44
    context.close()
