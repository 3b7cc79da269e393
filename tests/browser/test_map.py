"""The map as a planner uses it: one living map under every click, filter, search and theme."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Frame, Page, expect

from i18n import tr
from layers import indicator
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
COUNTY = "441821000000"


def _row(city: sa.Engine, statement: str, **given: object) -> Any:
    with city.connect() as connection:
        return connection.execute(sa.text(statement), given).one()


@pytest.fixture(scope="module")
def village(city: sa.Engine) -> Any:
    """The village with most C and D houses: code, name and a point inside."""
    return _row(
        city,
        "SELECT u.admin_code, u.name, ST_X(p) AS lon, ST_Y(p) AS lat "
        "FROM feature.admin_units AS u, ST_PointOnSurface(u.geom) AS p WHERE u.admin_code = "
        "(SELECT admin_code FROM feature.houses WHERE grade IN ('C', 'D') GROUP BY 1 "
        "ORDER BY count(*) DESC, 1 LIMIT 1)",
    )


def map_frame(page: Page) -> Frame:
    return next(frame for frame in page.frames if "streamlit_folium" in frame.url)


def settle(visitor: Visitor) -> None:
    visitor.settle()
    visitor.wait_for_map()


def look(visitor: Visitor, lon: float, lat: float, zoom: float) -> None:
    map_frame(visitor.page).evaluate(
        "([lat, lon, zoom]) => map.setView([lat, lon], zoom, {animate: false})", [lat, lon, zoom]
    )
    settle(visitor)


def click_on_map(visitor: Visitor, lon: float, lat: float) -> None:
    x, y = map_frame(visitor.page).evaluate(
        "(place) => { const p = map.latLngToContainerPoint(place); return [p.x, p.y]; }", [lat, lon]
    )
    box = visitor.page.locator('iframe[title*="folium"]').bounding_box()
    assert box is not None
    visitor.page.mouse.click(box["x"] + x, box["y"] + y)


def brand(visitor: Visitor) -> None:
    """Mark the frame, so that a new one would be noticed."""
    map_frame(visitor.page).evaluate("() => { window.stillHere = true; }")


def view_kept(visitor: Visitor) -> list[float]:
    frame = map_frame(visitor.page)
    assert frame.evaluate("() => window.stillHere") is True
    found: list[float] = frame.evaluate("() => [map.getZoom(), map.getCenter().lat, map.getCenter().lng]")
    return found


def choose_theme(page: Page, title: str) -> None:
    """Choose from the list of themes; on a busy machine the list may close under the click, so look and try again."""
    field = page.locator(".st-key-map-theme input").first
    for _ in range(3):
        field.click()
        field.fill(title)  # the list draws only what is in sight of it
        page.get_by_role("option", name=title, exact=True).click()
        page.wait_for_timeout(1000)
        if field.input_value() == title:
            return
    pytest.fail(f"the list does not take {title}")


def address(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_a_click_opens_the_dossier_and_moves_nothing(visit: Visit, village: Any) -> None:
    visitor = visit()
    page = visitor.go("/map?on=")
    visitor.wait_for_map()
    look(visitor, village.lon, village.lat, 12)
    brand(visitor)
    before = view_kept(visitor)
    click_on_map(visitor, village.lon, village.lat)
    expect(page.get_by_role("heading", name=village.name, exact=True)).to_be_visible(timeout=15_000)
    settle(visitor)
    assert view_kept(visitor) == before
    page.wait_for_timeout(1000)
    assert address(page)["code"] == village.admin_code
    assert address(page)["v"].startswith("12/")
    visitor.picture("map-dossier-zh-desk")


def test_a_click_on_a_house_shows_its_card_without_personal_data(visit: Visit, city: sa.Engine) -> None:
    house = _row(
        city,
        "SELECT household_no, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM feature.houses WHERE grade = 'D' "
        "ORDER BY household_no LIMIT 1",
    )
    visitor = visit()
    page = visitor.go("/map?on=houses")
    visitor.wait_for_map()
    look(visitor, house.lon, house.lat, 16)
    click_on_map(visitor, house.lon, house.lat)
    card = page.locator(".xt-card").first
    expect(card).to_contain_text("农村房屋", timeout=15_000)
    expect(card).to_contain_text("D级")
    assert house.household_no not in page.locator("body").inner_text()


def test_theme_filter_and_layers_change_without_a_new_map_or_tile(visit: Visit, village: Any) -> None:
    visitor = visit()
    page = visitor.go("/map")
    visitor.wait_for_map()
    look(visitor, village.lon, village.lat, 13)
    brand(visitor)
    before = view_kept(visitor)
    tiles: list[str] = []
    page.on("request", lambda request: "/tiles/" in request.url and tiles.append(request.url))

    choose_theme(page, indicator("ftth_household_share").title.zh)
    settle(visitor)
    page.wait_for_function("() => location.search.includes('theme=ftth_household_share')", timeout=15_000)
    legend = map_frame(page).locator(".xt-legend")
    expect(legend).to_contain_text(indicator("ftth_household_share").title.zh)

    page.get_by_role("button", name=tr("map.layers", "zh")).click()
    grades = page.locator(".st-key-map-filter-houses-grade")
    for grade in ("C级", "D级"):
        grades.get_by_text(grade, exact=True).click()
        settle(visitor)
    page.wait_for_function("() => /houses\\.grade=C(,|%2C)D/.test(location.search)", timeout=15_000)
    expect(legend).not_to_contain_text("A级")
    page.locator(".st-key-map-on-roads label").click()
    settle(visitor)
    assert "roads" not in address(page)["on"].split(",")
    expect(legend).not_to_contain_text("国道")

    assert view_kept(visitor) == before
    assert tiles == []


@pytest.mark.parametrize("words", ["佛冈", "fogang", "fg", "441821"])
def test_search_leads_to_a_place(visit: Visit, words: str) -> None:
    visitor = visit()
    page = visitor.go("/map?scope=441826")
    visitor.wait_for_map()
    brand(visitor)
    box = page.get_by_placeholder(tr("map.search_hint", "zh"))
    box.fill(words)
    box.press("Enter")
    page.get_by_text("佛冈县", exact=True).first.click()
    expect(page.get_by_role("heading", name="佛冈县", exact=True)).to_be_visible(timeout=15_000)
    settle(visitor)
    page.wait_for_timeout(1000)
    asked = address(page)
    assert asked["code"] == COUNTY
    assert "scope" not in asked
    _, lat, lon = view_kept(visitor)
    assert 23.6 < lat < 24.2
    assert 113.2 < lon < 114.0


def test_nothing_found_is_said(visit: Visit) -> None:
    visitor = visit()
    page = visitor.go("/map")
    box = page.get_by_placeholder(tr("map.search_hint", "zh"))
    box.fill("没有这个地方")
    box.press("Enter")
    expect(page.get_by_text(tr("map.nothing_found", "zh", words="没有这个地方"))).to_be_visible()


def test_a_permalink_opens_what_it_says(visit: Visit, village: Any) -> None:
    visitor = visit(lang="en")
    link = f"/map?on=roads,houses&houses.grade=D&theme=reserved_land_share&level=township&code={village.admin_code}"
    page = visitor.go(f"{link}&v=11/{village.lat:.4f}/{village.lon:.4f}")
    visitor.wait_for_map()
    expect(page.get_by_role("heading", name=village.name, exact=True)).to_be_visible()
    legend = map_frame(page).locator(".xt-legend")
    expect(legend).to_contain_text(indicator("reserved_land_share").title.en)
    expect(legend).to_contain_text("grade D")
    expect(legend).not_to_contain_text("grade C")
    expect(legend).not_to_contain_text("5G")
    zoom, lat, lon = map_frame(page).evaluate(
        "() => [map.getZoom(), map.getCenter().lat, map.getCenter().lng]"
    )
    assert (zoom, round(lat, 3), round(lon, 3)) == (11, round(village.lat, 3), round(village.lon, 3))


def test_scope_is_chosen_from_county_to_village(visit: Visit) -> None:
    visitor = visit()
    page = visitor.go("/map")
    visitor.wait_for_map()
    page.locator(".st-key-map-scope button").first.click()
    page.locator(".st-key-map-county input").click()
    page.get_by_role("option", name="佛冈县").click()
    settle(visitor)
    assert address(page)["scope"] == "441821"
    page.locator(".st-key-map-township-441821 input").click()
    page.get_by_role("option", name="汤塘镇").click()
    settle(visitor)
    assert re.fullmatch(r"441821\d{3}", address(page)["scope"])
    expect(page.locator(".st-key-map-scope button").first).to_contain_text("汤塘镇")
    page.locator(f".st-key-map-village-{address(page)['scope']} input").click()
    page.get_by_role("option").nth(1).click()
    settle(visitor)
    assert re.fullmatch(r"441821\d{6}", address(page)["scope"])
    page.locator(".st-key-map-county input").click()
    page.get_by_role("option", name=tr("map.everywhere", "zh")).first.click()
    settle(visitor)
    assert "scope" not in address(page)


def test_controls_of_the_map_are_there(visit: Visit) -> None:
    visitor = visit()
    visitor.go("/map")
    visitor.wait_for_map()
    frame = map_frame(visitor.page)
    expect(frame.locator(".leaflet-control-scale-line")).to_contain_text("km")
    expect(frame.locator(".xt-coordinates")).to_contain_text("CGCS2000")
    expect(frame.locator(".leaflet-control-fullscreen, .leaflet-fullscreen-icon").first).to_be_visible()
    assert frame.locator(".leaflet-control-zoom a").count() == 2


def test_the_language_is_remembered(visit: Visit) -> None:
    visitor = visit()
    page = visitor.go("/map?theme=hardened_share")
    visitor.wait_for_map()
    page.locator("a.xt-language[lang]").click()
    expect(page.get_by_placeholder(tr("map.search_hint", "en"))).to_be_visible(timeout=20_000)
    assert address(page)["theme"] == "hardened_share"
    page.goto(visitor.server + "/")
    expect(page.get_by_role("heading", name="Xiangtu")).to_be_visible(timeout=20_000)
