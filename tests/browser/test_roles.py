"""Each role comes in by its demo door and finds what that role should see, and nothing else."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from access import PAGES, pages_for
from i18n import tr
from layers import Role
from store import sessions
from tests.browser.conftest import PHONE, Come, Visitor
from web.session_cookie import SESSION_COOKIE, secret_in

pytestmark = pytest.mark.browser


def come_in(visitor: Visitor, role: Role, path: str = "/") -> Page:
    """Sign in by a demo door and wait for the page."""
    page = visitor.page
    page.goto(visitor.server + path)
    page.locator(f'button[value="demo.{role}"]').click()
    visitor.settle()
    return page


@pytest.fixture(params=list(Role), ids=str)
def role(request: pytest.FixtureRequest) -> Iterator[Role]:
    yield request.param


def test_each_role_finds_its_pages_and_no_other(visit: Come, role: Role) -> None:
    visitor: Visitor = visit(signed=False)
    page = come_in(visitor, role)
    offered = page.locator('[data-testid="stSidebarNavLink"]').all_inner_texts()
    wanted = [tr(f"shell.page.{name}", "zh") for name in pages_for({role})]
    assert sorted(text.split("\n")[-1].strip() for text in offered) == sorted(wanted)
    assert tr("shell.demo", "zh") in page.locator(".xt-synthetic").inner_text()
    expect(page.locator(".xt-who")).to_contain_text(role.text.zh)
    assert page.locator('[data-testid="stException"], [data-testid="stAlertContentError"]').count() == 0
    visitor.picture(f"role-{role}-zh-desk")
    # One of those it does not find; that no role has another menu than the matrix says is shown above.
    name = sorted(set(PAGES) - set(pages_for({role})))[-1]
    page.goto(f"{visitor.server}/{name}")
    visitor.settle()
    assert page.locator("h1").all_inner_texts() == [tr("shell.refused", "zh")]
    expect(
        page.get_by_text(tr("shell.refused_page", "zh", page=tr(f"shell.page.{name}", "zh")))
    ).to_be_visible()


def test_an_address_that_no_page_has_is_told_in_the_visitors_words(visit: Come) -> None:
    visitor: Visitor = visit(signed=False)
    page = come_in(visitor, Role.PLANNER)
    page.goto(f"{visitor.server}/maps/old")
    visitor.settle()
    expect(page.get_by_text(tr("shell.unknown_address", "zh", address="/maps/old"))).to_be_visible()
    assert page.get_by_text("Page not found").count() == 0
    visitor.picture("unknown-address-zh-desk")


@pytest.mark.parametrize(("role", "sees"), [(Role.PLANNER, True), (Role.AUDITOR, False)])
def test_the_map_offers_only_what_may_be_seen(visit: Come, role: Role, sees: bool) -> None:
    visitor: Visitor = visit(signed=False)
    page = come_in(visitor, role, "/map?on=houses,roads")
    visitor.wait_for_map()
    page.get_by_role("button", name=tr("map.layers", "zh")).click()
    expect(page.locator(".st-key-map-on-roads")).to_be_visible()
    assert (page.locator(".st-key-map-on-houses").count() == 1) == sees


def test_a_session_ended_elsewhere_leads_to_the_sign_in_page(visit: Come, city: sa.Engine) -> None:
    visitor: Visitor = visit(signed=False)
    page = come_in(visitor, Role.LEADER, "/overview")
    cookie = next(c for c in page.context.cookies() if c["name"] == SESSION_COOKIE)
    secret = secret_in(cookie["value"])
    assert secret is not None
    sessions.end(city, secret)
    page.wait_for_url("**/sign-in?ended=1&next=%2Foverview*", timeout=15_000)
    expect(page.get_by_role("alert")).to_have_text(tr("web.session_ended", "zh"))
    visitor.picture("session-ended-zh-desk")


def test_signing_out_ends_it(visit: Come) -> None:
    visitor: Visitor = visit(signed=False)
    page = come_in(visitor, Role.PLANNER)
    page.get_by_role("link", name=tr("shell.sign_out", "zh")).click()
    page.wait_for_url("**/sign-in", timeout=15_000)
    page.goto(visitor.server + "/map")
    page.wait_for_url("**/sign-in?next=%2Fmap", timeout=15_000)


@pytest.mark.parametrize(("size", "name"), [({"width": 1440, "height": 900}, "desk"), (PHONE, "phone")])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sign_in_page(visit: Come, size: dict[str, int], name: str, lang: str) -> None:
    visitor: Visitor = visit(size, lang, signed=False)
    page = visitor.page
    page.goto(visitor.server + "/map")
    expect(page.get_by_role("heading", name=tr("web.sign_in.title", lang))).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    visitor.picture(f"sign-in-{lang}-{name}")
    page.locator("input[name=name]").fill("nobody")
    page.locator("input[name=password]").fill("wrong")
    page.get_by_role("button", name=tr("web.sign_in.button", lang), exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(tr("store.sign_in_refused", lang))
    visitor.picture(f"sign-in-refused-{lang}-{name}")


def test_a_housing_officer_sees_a_householder_for_a_reason(visit: Come, city: sa.Engine) -> None:
    with city.connect() as connection:
        house = connection.execute(
            sa.text(
                "SELECT id, householder, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM feature.houses "
                "WHERE grade = 'D' AND householder <> '' AND admin_code LIKE "
                "(SELECT t.prefix || '%' FROM access.assignments AS t JOIN access.accounts AS a ON a.id = t.account_id "
                "WHERE a.name = 'demo.housing_officer') ORDER BY id LIMIT 1"
            )
        ).one()
    visitor: Visitor = visit(signed=False)
    page = come_in(visitor, Role.HOUSING_OFFICER, f"/map?on=houses&v=17/{house.lat:.6f}/{house.lon:.6f}")
    visitor.wait_for_map()
    box = page.locator('iframe[title*="folium"]').bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_role("button", name=tr("map.unmask", "zh")).first.click(timeout=15_000)
    assert house.householder not in page.locator("body").inner_text()
    page.get_by_role("button", name=tr("map.unmask_show", "zh"), exact=True).click()
    expect(page.get_by_text(tr("store.reason_needed", "zh"))).to_be_visible(timeout=15_000)
    page.get_by_label(tr("map.unmask_reason", "zh")).fill("入户核查危房改造")
    page.get_by_role("button", name=tr("map.unmask_show", "zh"), exact=True).click()
    expect(page.get_by_text(house.householder).first).to_be_visible(timeout=15_000)
    visitor.picture("unmask-zh-desk")
    with city.connect() as connection:
        noted = connection.execute(
            sa.text(
                "SELECT account_name, object_id, reason, after FROM access.record WHERE action = 'unmasked' "
                "ORDER BY id DESC LIMIT 1"
            )
        ).one()
    assert tuple(noted) == ("demo.housing_officer", str(house.id), "入户核查危房改造", None)
