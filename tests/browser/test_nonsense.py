"""Addresses that make no sense: told in a sentence or left out, never a stack trace, never a request outside."""

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests import signed_in
from tests.browser.conftest import Come

TOLD = '[data-testid="stAlert"]'
IMAGE = "![x](http://203.0.113.9/x.png)"
"""Markdown of a picture on another machine (TEST-NET-3, which is nobody's)."""


@pytest.mark.parametrize(
    "address",
    [
        "/map?code=abc&theme=nope&v=9/x/y&county=zzz&scope=12&kind=z&level=q",
        "/map?on=q,roads&houses.grade=Z&houses.household_no=1&x.y=1",
        "/map?code=999999999999",
        "/map?code=%00&theme=%00&on=%00",
        "/map?v=999999/1/1",
        "/dossier?code=999999999999",
        "/dossier?code=",
        "/dossier?code=%00",
        "/dossier?code=zzz&print=1",
        "/dossier?code=" + "9" * 4000,
        f"/dossier?code={IMAGE}",
    ],
    ids=lambda address: address[:30],
)
def test_nonsense_is_told(visit: Come, address: str) -> None:
    visitor = visit()
    page = visitor.page
    page.goto(visitor.server + address)
    page.locator(TOLD).first.wait_for(timeout=60_000)
    visitor.settle()
    expect(page.locator(TOLD).first).to_be_visible()  # a page that has come is still to say what it left out
    assert page.locator('[data-testid="stException"]').count() == 0
    assert "Traceback" not in page.locator("body").inner_text()


@pytest.mark.parametrize(
    "address",
    [
        "/map?scope=999999",
        "/map?water_works.state=",
        "/indicators?level=zz&indicator=nope&code=%27",
        "/land?x=%00",
        "/overview?scope=q",
        "/data_import?feature=zzz",
        "/dictionary?words=%00",
        "/no_such_page",
    ],
)
def test_what_no_page_asks_for_is_left_out(visit: Come, address: str) -> None:
    visitor = visit()
    page = visitor.go(address)
    visitor.wait_for_words()
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator('[data-testid="stAlertContentError"]').count() == 0
    assert len(page.locator('[data-testid="stMain"]').inner_text()) > 80


@pytest.mark.parametrize(
    "address",
    [
        f"/map?on={IMAGE}",
        f"/map?theme={IMAGE}",
        f"/map?houses.grade={IMAGE}",
        "/dossier?code=![](//203.0.113.9)",
        "/dossier?print=1&code=![](//203.0.113.9)",
    ],
    ids=["on", "theme", "filter", "code", "code on paper"],
)
def test_markup_in_the_address_stays_text(browser: Browser, server: str, address: str) -> None:
    context = browser.new_context()
    context.add_cookies(
        [{"name": k, "value": v, "url": server} for k, v in signed_in.cookies(server).items()]
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server + address)
    page.locator(TOLD).first.wait_for(timeout=20_000)
    page.wait_for_timeout(500)
    context.close()
    assert [url for url in asked if url.startswith("http://203.0.113.9")] == []


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/tiles/village/999999999999999999999/8/208/110.pbf", 404),
        ("/tiles/%00/1/8/208/110.pbf", 404),
        ("/tiles/nothing/1/8/208/110.pbf", 404),
        ("/tiles/village/1/8/256/256.pbf", 404),
        ("/labels/%27.json?bbox=111,23,114,26", 400),
        ("/labels/village.json?bbox=%00", 400),
        ("/themes/%27/2025-01-01.json", 404),
        ("/themes/tap_water_rate/9999-99-99.json", 400),
        ("/assets/x/y", 404),
        ("/language/%27", 400),
    ],
)
def test_our_routes_answer_nonsense_in_words(server: str, address: str, status: int) -> None:
    answer = httpx.get(server + address, cookies=signed_in.cookies(server))
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"zh", "en"}


@pytest.mark.parametrize("address", ["/themes/%00/2025-01-01.json", "/assets/x/%00", "/language/%00", "/%00"])
def test_a_path_with_a_nul_is_refused(server: str, address: str) -> None:
    answer = httpx.get(server + address, cookies=signed_in.cookies(server))
    assert 400 <= answer.status_code < 500
    assert "Traceback" not in answer.text


def test_a_day_without_a_snapshot_has_an_empty_theme(server: str) -> None:
    answer = httpx.get(f"{server}/themes/tap_water_rate/0001-01-01.json", cookies=signed_in.cookies(server))
    assert (answer.status_code, answer.json()) == (200, {})


def test_tiles_can_only_be_read(server: str) -> None:
    answer = httpx.post(f"{server}/tiles/village/1/8/208/110.pbf", cookies=signed_in.cookies(server))
    assert answer.status_code == 405
    assert answer.json()["error"]["en"]
