"""The map that is drawn before Streamlit's scripts, and how it gives way to the page's own."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Frame, Page, Route, expect

from tests.browser.conftest import DESKTOP, PHONE, Come, Visitor

pytestmark = pytest.mark.browser
_STREAMLIT = re.compile(r"/static/js/index\.[^/]+\.js$")


def _hold_streamlit(page: Page) -> Callable[[], None]:
    """Keep Streamlit's first script back until the function returned is called: only the first map is seen."""
    held: list[Route] | None = []

    def answer(route: Route) -> None:
        if held is None:
            route.continue_()
        else:
            held.append(route)

    def release() -> None:
        nonlocal held
        waiting, held = held or [], None
        for route in waiting:
            route.continue_()

    page.route(_STREAMLIT, answer)
    return release


def _first(page: Page) -> Frame:
    page.locator("#xt-first").wait_for(timeout=30_000)
    return next(frame for frame in page.frames if "/first-map" in frame.url)


def _pages_own(page: Page) -> Frame:
    page.wait_for_function("() => !document.querySelector('#xt-first')", timeout=30_000)
    return next(frame for frame in page.frames if "streamlit_folium" in frame.url)


def _view(frame: Frame) -> list[float]:
    found: list[float] = frame.evaluate(
        "() => { const m = XiangtuFrame.map ?? XiangtuFirst.map; const at = m.getCenter();"
        " return [m.getZoom(), at.lat, at.lng]; }"
    )
    return found


def _village(city: sa.Engine) -> Any:
    with city.connect() as connection:
        return connection.execute(
            sa.text(
                "SELECT name, ST_X(p) AS lon, ST_Y(p) AS lat FROM feature.admin_units AS u, "
                "ST_PointOnSurface(u.geom) AS p WHERE level = 'village' ORDER BY ST_Area(u.geom) DESC LIMIT 1"
            )
        ).one()


@pytest.mark.parametrize(("size", "name"), [(DESKTOP, "desk"), (PHONE, "phone")])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_map_is_there_before_streamlit(visit: Come, size: dict[str, int], name: str, lang: str) -> None:
    visitor: Visitor = visit(size, lang)
    _hold_streamlit(visitor.page)
    visitor.page.goto(f"{visitor.server}/map", wait_until="commit")
    first = _first(visitor.page)
    expect(first.locator(".xt-legend")).to_contain_text(
        "自来水" if lang == "zh" else "water", ignore_case=True
    )
    assert visitor.page.locator('[data-testid="stApp"]').count() == 0
    visitor.picture(f"first-map-{lang}-{name}")


@pytest.mark.parametrize("size", [DESKTOP, PHONE, {"width": 1024, "height": 768}])
def test_it_lies_where_the_pages_map_will_be(visit: Come, size: dict[str, int]) -> None:
    visitor: Visitor = visit(size)
    release = _hold_streamlit(visitor.page)
    visitor.page.goto(f"{visitor.server}/map", wait_until="commit")
    _first(visitor.page)
    early = visitor.page.locator("#xt-first").bounding_box()
    release()
    _pages_own(visitor.page)
    late = visitor.page.locator('iframe[title*="streamlit_folium"]').bounding_box()
    assert early is not None
    assert late is not None
    for edge in ("x", "y", "width", "height"):
        assert early[edge] == pytest.approx(late[edge], abs=2), edge


def test_a_view_chosen_before_the_page_is_there_stays(visit: Come) -> None:
    visitor: Visitor = visit()
    release = _hold_streamlit(visitor.page)
    visitor.page.goto(f"{visitor.server}/map", wait_until="commit")
    first = _first(visitor.page)
    before = _view(first)
    box = visitor.page.locator("#xt-first").bounding_box()
    assert box is not None
    mouse = visitor.page.mouse
    mouse.move(box["x"] + 500, box["y"] + 300)
    mouse.down()
    mouse.move(box["x"] + 380, box["y"] + 220, steps=6)
    mouse.up()
    visitor.page.wait_for_timeout(600)
    chosen = _view(first)
    assert chosen != before
    release()
    visitor.settle()
    assert _view(_pages_own(visitor.page)) == pytest.approx(chosen, abs=0.002)
    visitor.page.wait_for_timeout(1000)
    assert f"v={chosen[0]:g}/" in visitor.page.url


def test_a_click_before_the_page_is_there_is_answered(visit: Come, city: sa.Engine) -> None:
    village = _village(city)
    visitor: Visitor = visit()
    release = _hold_streamlit(visitor.page)
    address = f"{visitor.server}/map?v=11/{village.lat:.5f}/{village.lon:.5f}"
    visitor.page.goto(address, wait_until="commit")
    _first(visitor.page)
    box = visitor.page.locator("#xt-first").bounding_box()
    assert box is not None
    visitor.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    release()
    heading = visitor.page.get_by_role("heading", name=village.name, exact=True)
    expect(heading).to_be_visible(timeout=30_000)


def test_nonsense_in_the_address_is_told_and_the_map_still_given_over(visit: Come) -> None:
    visitor: Visitor = visit()
    visitor.go("/map?theme=%3Cscript%3E&v=1/2&code=1&x%22%3E=1")
    _pages_own(visitor.page)
    expect(visitor.page.locator('[data-testid="stAlert"]').first).to_be_visible()


def test_other_pages_have_none(visit: Come) -> None:
    visitor: Visitor = visit()
    visitor.go("/overview")
    assert visitor.page.locator("#xt-first").count() == 0
