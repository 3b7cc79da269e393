"""进度地图 in Chromium: the days are played on a map that stays, and two days lie on both sides of a divider."""

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from base.settings import settings
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from tests.browser.conftest import DESKTOP, PHONE, Come, visitors
from tests.server import running_server
from tests.several_days import EARLIER, look_back

_FRAME = 'iframe[title*="streamlit_folium"]'
_CANVAS = """(pane) => [...document.querySelectorAll(`.leaflet-${pane}-pane canvas`)].some((canvas) =>
  canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0))"""


@pytest.fixture(scope="module")
def come(
    browser: Browser, cluster: Cluster, city_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Come]:
    name = f"played_{uuid.uuid4().hex[:8]}"
    create_database(cluster, name, template=city_template)
    engine = make_engine(cluster.url(name), settings())
    look_back(engine)
    with engine.begin() as connection:
        # The server seals the record with a key of its own.
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
    engine.dispose()
    folder = tmp_path_factory.mktemp("played")
    with (
        running_server(cluster.url(name), folder / "server.log", folder) as address,
        visitors(browser, address) as made,
    ):
        yield made
    drop_database(cluster, name)


def test_days_are_played_and_parted_on_one_living_map(come: Come) -> None:
    visitor = come(DESKTOP)
    page = visitor.go("/progress_map?indicator=tap_water_rate&level=village")
    visitor.wait_for_map()
    visitor.picture("progress-map-day")
    frame = page.frame_locator(_FRAME)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(f"""() => {{ document.querySelector('{_FRAME}').contentWindow.stays = true; }}""")
    legend = frame.locator(".xt-legend-body")
    assert "2025-06-30" in legend.inner_text()

    page.get_by_role("button", name="播放").click()
    for day in (EARLIER[0].isoformat(), EARLIER[1].isoformat(), "2025-06-30"):
        legend.filter(has_text=day).wait_for(timeout=30_000)
    page.get_by_role("button", name="播放").wait_for(timeout=30_000)  # it has stopped by itself
    assert page.evaluate(f"document.querySelector('{_FRAME}').contentWindow.stays") is True
    assert [url for url in asked if ".pbf" in url] == [], "no tile was fetched anew"
    assert sum("/themes/computed/" in url for url in asked) == 2, (
        "one table of classes for each day not seen before"
    )

    page.get_by_role("radio", name="左右对比").or_(page.get_by_role("button", name="左右对比")).first.click()
    divider = frame.get_by_role("slider")
    divider.wait_for(timeout=30_000)
    visitor.settle()
    assert page.evaluate(f"document.querySelector('{_FRAME}').contentWindow.stays") is True
    inside = next(f for f in page.frames if "streamlit_folium" in f.url)
    inside.wait_for_function(_CANVAS, arg="xt-swipe", timeout=30_000)
    assert frame.locator(".xt-swipe-left").inner_text() == EARLIER[0].isoformat()
    assert frame.locator(".xt-swipe-right").inner_text() == "2025-06-30"
    before = float(frame.locator(".xt-swipe-line").evaluate("(line) => parseFloat(line.style.left)"))
    divider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    after = float(frame.locator(".xt-swipe-line").evaluate("(line) => parseFloat(line.style.left)"))
    assert after < before
    assert "40%" in str(divider.get_attribute("aria-valuetext"))
    visitor.picture("progress-map-swipe")
    assert "view=swipe" in page.url

    page = visitor.go("/progress_map?indicator=tap_water_rate&level=village")
    visitor.wait_for_map()
    page.locator(".st-key-past-any_day [role=spinbutton]").first.click()
    page.keyboard.type("20250214")
    page.locator("h1").first.click()  # the box hands its day over when it is left
    page.get_by_text("显示的是此前最近一次").wait_for(timeout=30_000)
    visitor.settle()
    assert "day=2025-02-14" in page.url
    assert page.locator(".st-key-past-day").inner_text().strip().startswith(EARLIER[1].isoformat())

    phone = come(PHONE)
    small = phone.go("/progress_map?indicator=tap_water_rate")
    phone.wait_for_map()
    phone.picture("progress-map-phone")
    groups = small.get_by_role("radiogroup")
    assert groups.count() >= 3
    for at in range(groups.count()):
        assert groups.nth(at).evaluate("(group) => group.scrollWidth - group.clientWidth") <= 1
    phone = come(PHONE, "en")
    small = phone.go("/progress_map?indicator=tap_water_rate&view=change")
    phone.wait_for_map()
    phone.picture("progress-map-change-phone")
    assert small.evaluate("document.documentElement.scrollWidth") <= PHONE["width"] + 1
