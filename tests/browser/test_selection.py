"""项目优选 in Chromium: ask, choose, save twice, compare on two maps that look at the same place; nothing leaks out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Frame, Page, expect

from base.settings import settings
from i18n import tr
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from tests.browser.conftest import PHONE, Come, Visitor, visitors
from tests.planned import put_candidates
from tests.server import running_server

pytestmark = pytest.mark.browser
_VIEW = "() => [map.getZoom(), map.getCenter().lat, map.getCenter().lng]"


@pytest.fixture(scope="module")
def planned(cluster: Cluster, city_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on a copy of the small city with candidates."""
    create_database(cluster, "city_chosen", template=city_template)
    engine = make_engine(cluster.url("city_chosen"), settings())
    with engine.begin() as connection:
        # A cluster kept between sessions may have been sealed with another key.
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
    put_candidates(engine, each=20)
    engine.dispose()
    folder = tmp_path_factory.mktemp("chosen")
    with running_server(cluster.url("city_chosen"), folder / "server.log", folder) as address:
        yield address
    drop_database(cluster, "city_chosen")


@pytest.fixture
def come(browser: Browser, planned: str) -> Iterator[Come]:
    with visitors(browser, planned) as made:
        yield made


def _choose(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name=tr("selection.run.do", "zh")).click()
    expect(visitor.page.locator(".st-key-selection-stop")).to_have_count(0, timeout=90_000)
    visitor.page.locator('[data-testid="stMetric"]').first.wait_for(timeout=90_000)
    visitor.settle()


def _save(visitor: Visitor, name: str, button: str) -> None:
    page = visitor.page
    page.get_by_role("button", name=tr(f"selection.saved.{button}", "zh")).click()
    field = page.get_by_label(tr("selection.saved.name", "zh"), exact=True).first
    field.fill(name)
    page.locator(".st-key-selection-save_as button").click()
    page.get_by_text(tr("selection.saved.done", "zh", name=name)).wait_for(timeout=30_000)
    visitor.settle()


def _maps(page: Page) -> list[Frame]:
    return [frame for frame in page.frames if "streamlit_folium" in frame.url]


def _open_tab(visitor: Visitor, name: str) -> None:
    visitor.page.get_by_text(tr(f"selection.view.{name}", "zh"), exact=True).click()
    visitor.settle()


def test_two_scenarios_on_maps_that_follow_each_other(come: Come, tmp_path: Path) -> None:
    visitor = come()
    page = visitor.go("/selection")
    _choose(visitor)
    _save(visitor, "甲方案", "save")
    assert "scenario=" in page.url
    _save(visitor, "乙方案", "save_as")
    _open_tab(visitor, "compare")
    for at in range(2):
        frame = page.frame_locator('iframe[title*="streamlit_folium"]').nth(at)
        frame.locator("[data-drawn]").wait_for(timeout=60_000)
    first, second = _maps(page)
    assert second.evaluate(_VIEW) == pytest.approx(first.evaluate(_VIEW), abs=1e-6)
    first.evaluate("() => map.setView([23.9, 113.5], 11, { animate: false })")
    assert second.evaluate(_VIEW) == pytest.approx([11, 23.9, 113.5], abs=1e-6)
    second.evaluate("() => map.panBy([120, -60], { animate: false })")
    assert first.evaluate(_VIEW) == pytest.approx(second.evaluate(_VIEW), abs=1e-6)
    visitor.picture("selection-compare")

    _open_tab(visitor, "export")
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name=tr("selection.export.pdf", "zh")).click()
    download.value.save_as(tmp_path / "plan.pdf")
    assert (tmp_path / "plan.pdf").read_bytes().startswith(b"%PDF")

    page.reload()
    visitor.settle()
    expect(page.get_by_text("乙方案").first).to_be_visible()
    page.locator('[data-testid="stMetric"]').first.wait_for(timeout=60_000)


def test_a_phone_shows_question_and_answer(come: Come) -> None:
    visitor = come(PHONE)
    page = visitor.go("/selection")
    _choose(visitor)
    visitor.picture("selection-phone")
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
