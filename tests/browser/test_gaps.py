"""短板分析 in the browser: a row is seen on the map, a place of the map in the table, by one living map."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Visitor
from tests.browser.test_map import address, brand, click_on_map, map_frame, settle, view_kept

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
HEAD_PX, ROW_PX, BOX_PX = 36, 32, 20


def _place(city: sa.Engine, code: str) -> Any:
    statement = (
        "SELECT name, ST_X(p) AS lon, ST_Y(p) AS lat FROM feature.admin_units, ST_PointOnSurface(geom) AS p "
        "WHERE admin_code = :code"
    )
    with city.connect() as connection:
        return connection.execute(sa.text(statement), {"code": code}).one()


def choose_row(page: Page, number: int) -> None:
    """Tick the box of a row of the ranking, 0 being the first; the table is a canvas."""
    box = page.locator('[data-testid="stDataFrame"] canvas').first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + BOX_PX, box["y"] + HEAD_PX + (number + 0.5) * ROW_PX)


def test_a_row_is_shown_on_the_map_and_a_place_of_the_map_in_the_table(visit: Visit, city: sa.Engine) -> None:
    visitor = visit()
    page = visitor.go("/gaps")
    visitor.wait_for_map()
    brand(visitor)
    before = view_kept(visitor)
    choose_row(page, 2)
    expect(page.locator(".xt-parts")).to_be_visible(timeout=15_000)
    settle(visitor)
    page.wait_for_timeout(1000)
    chosen = address(page)["code"]
    place = _place(city, chosen)
    expect(page.locator("strong", has_text=place.name).first).to_be_visible()
    assert map_frame(page).evaluate(
        "([lat, lon]) => map.getBounds().contains([lat, lon])", [place.lat, place.lon]
    )
    moved = view_kept(visitor)
    assert moved[0] > before[0]

    inside = map_frame(page).evaluate("() => { const p = map.getCenter(); return [p.lng, p.lat]; }")
    click_on_map(visitor, *inside)
    expect(page).to_have_url(re.compile(rf"code=(?!{chosen})\d{{12}}"), timeout=15_000)
    settle(visitor)
    assert view_kept(visitor) == moved
    other = _place(city, address(page)["code"])
    expect(page.locator("strong", has_text=other.name).first).to_be_visible()
    visitor.picture("gaps-zh-desk")


def test_on_a_phone_table_and_map_follow_each_other_and_fit(visit: Visit) -> None:
    visitor = visit(PHONE, "en")
    page = visitor.go("/gaps?level=township&by=certainty")
    visitor.wait_for_map()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    table = page.locator('[data-testid="stDataFrame"]').first.bounding_box()
    shown = page.locator('iframe[title*="folium"]').bounding_box()
    assert table is not None and shown is not None
    assert table["y"] < shown["y"]
    assert shown["x"] + shown["width"] <= PHONE["width"]
    visitor.picture("gaps-en-phone")
