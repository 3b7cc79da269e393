"""地块审查 in Chromium: by keyboard from clerk to county to city; a parcel drawn, a parcel pasted."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from access import Assignment
from base.settings import settings
from layers import Role
from store import rasters
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from tests import signed_in
from tests.browser.conftest import DESKTOP, PHONE, Come, Visitor, visitors
from tests.parcel_city import FREE, GRAVE, Village, furnish
from tests.server import running_server
from web.session_cookie import SESSION_COOKIE, signed

_FOCUSED = """(wanted) => {
  const it = document.activeElement;
  if (!["INPUT", "TEXTAREA", "BUTTON"].includes(it.tagName)) return false;
  const said = it.getAttribute("aria-label") || it.innerText;
  return said.includes(wanted) && !said.startsWith("Help");
}"""
_MOST_TABS = 90


@dataclass(frozen=True)
class Bureau:
    """A server on a city with parcels, its database, and the village where they lie."""

    address: str
    engine: sa.Engine
    place: Village

    def state(self, no: str) -> str | None:
        """Where a parcel stands."""
        with self.engine.connect() as connection:
            found: str | None = connection.scalar(
                sa.text("SELECT state FROM xiangtu.parcel_reviews WHERE parcel_no = :no"), {"no": no}
            )
        return found

    def sign_in(self, visitor: Visitor, role: Role, prefix: str) -> None:
        """Let a visitor be somebody with one role."""
        secret = signed_in.session(self.engine, (Assignment(role, prefix),))
        visitor.page.context.add_cookies(
            [{"name": SESSION_COOKIE, "value": signed(secret), "url": self.address}]
        )


@pytest.fixture(scope="module")
def bureau(
    cluster: Cluster, city_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bureau]:
    """A city with parcels, and a server that shows it."""
    drop_database(cluster, "city_parcels")
    create_database(cluster, "city_parcels", template=city_template)
    engine = make_engine(cluster.url("city_parcels"), settings())
    with engine.begin() as connection:
        # The server seals the record with a key of its own.
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
    place = furnish(engine, tmp_path_factory.mktemp("furniture"))
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
    folder = tmp_path_factory.mktemp("bureau")
    # The city's rasters lie where it was loaded.
    kept = {"XIANGTU_RASTER_DIR": str(rasters.folder())}
    with running_server(cluster.url("city_parcels"), folder / "server.log", folder, kept) as address:
        yield Bureau(address, engine, place)
    engine.dispose()
    drop_database(cluster, "city_parcels")


@pytest.fixture
def come(browser: Browser, bureau: Bureau) -> Iterator[Come]:
    with visitors(browser, bureau.address) as made:
        yield made


def _tab_to(page: Page, words: str) -> None:
    """Go on with the Tab key to the field or button of that name."""
    for _ in range(_MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(_FOCUSED, words):
            return
    raise AssertionError(f"the Tab key does not reach {words}")


def _step(visitor: Visitor, button: str, remark: str) -> None:
    """Open the parcel, write a remark and take a step without the mouse."""
    page = visitor.page
    _tab_to(page, "打开地块")
    page.keyboard.type(FREE)
    page.wait_for_timeout(600)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="村文化广场").wait_for()
    visitor.settle()
    _tab_to(page, "意见")
    page.keyboard.type(remark)
    _tab_to(page, button)
    page.keyboard.press("Enter")
    page.get_by_text(f"“村文化广场”：{button}").wait_for()
    visitor.settle()


def test_three_people_bring_a_parcel_to_its_approval_by_keyboard(come: Come, bureau: Bureau) -> None:
    way = (
        (Role.CLERK, bureau.place.town, "/parcels?view=all", "报审", "submitted"),
        (Role.LAND_REVIEWER, bureau.place.county, "/parcels", "县级审查通过", "examined"),
        (Role.LAND_REVIEWER, "4418", "/parcels", "市级批准", "approved"),
    )
    for role, prefix, address, button, state in way:
        visitor = come(DESKTOP, signed=False)
        bureau.sign_in(visitor, role, prefix)
        visitor.go(address)
        visitor.wait_for_map()
        _step(visitor, button, "资料齐全，同意办理")
        assert bureau.state(FREE) == state
        visitor.picture(f"parcels-{state}")
    with bureau.engine.connect() as connection:
        posted = connection.scalar(
            sa.text(
                "SELECT count(*) FROM xiangtu.review_steps WHERE parcel_no = :no AND posting_id IS NOT NULL"
            ),
            {"no": FREE},
        )
    assert posted == 1


def _spot(visitor: Visitor, across: float, down: float) -> tuple[float, float]:
    """A place of the window, at a share of the map's width and height."""
    box = visitor.page.locator('iframe[title*="streamlit_folium"]').bounding_box()
    assert box is not None
    return box["x"] + box["width"] * across, box["y"] + box["height"] * down


def _fill(page: Page, number: str, name: str) -> None:
    page.get_by_label("地块编号 *").fill(number)
    page.get_by_label("地块名称 *").fill(name)
    page.get_by_role("button", name="保存并检查").click()


def test_a_parcel_is_drawn_on_the_map(come: Come, bureau: Bureau) -> None:
    visitor = come(DESKTOP, signed=False)
    bureau.sign_in(visitor, Role.CLERK, bureau.place.town)
    place = bureau.place
    page = visitor.go(f"/parcels?view=all&v=16/{place.lat + 0.0005:.5f}/{place.lon + 0.01:.5f}")
    page.get_by_role("button", name="新建地块").click()
    page.get_by_text("图上还没有地块").wait_for()
    visitor.settle()
    visitor.wait_for_map()
    tool = page.frame_locator('iframe[title*="streamlit_folium"]')
    tool.locator(".leaflet-draw-draw-polygon").click()
    page.wait_for_timeout(300)
    corners = ((0.5, 0.4), (0.6, 0.4), (0.6, 0.5), (0.5, 0.5), (0.5, 0.4))
    for across, down in corners:
        page.mouse.click(*_spot(visitor, across, down))
        page.wait_for_timeout(200)
    page.get_by_text("公顷 ·").first.wait_for()
    visitor.settle()
    visitor.picture("parcels-drawing")
    _fill(page, "DK-DRAWN", "画的地块")
    page.get_by_text("“画的地块”已保存并检查").wait_for()
    with bureau.engine.connect() as connection:
        code, checked = connection.execute(
            sa.text(
                "SELECT p.admin_code, (SELECT count(*) FROM xiangtu.parcel_checks AS c "
                "WHERE c.parcel_no = p.parcel_no) FROM feature.land_parcels AS p WHERE parcel_no = 'DK-DRAWN'"
            )
        ).one()
    assert code.startswith(place.town) and checked == 1


def test_coordinates_are_pasted_with_their_faults_named(come: Come, bureau: Bureau) -> None:
    visitor = come(DESKTOP, signed=False)
    bureau.sign_in(visitor, Role.CLERK, bureau.place.town)
    page = visitor.go("/parcels?view=all")
    page.get_by_role("button", name="新建地块").click()
    page.get_by_text("图上还没有地块").wait_for()
    page.get_by_text("粘贴坐标", exact=True).click()
    visitor.settle()
    x, y = bureau.place.lon, bureau.place.lat
    rows = [f"{x + a:.8f},{y + b:.8f}" for a, b in ((0.006, 0), (0.007, 0), (0.007, 0.001), (0.006, 0.001))]
    field = page.get_by_role("textbox", name="坐标文本")
    field.fill("\n".join([rows[0], "113.4,甲", *rows[2:]]))
    page.get_by_role("button", name="预览").click()
    page.get_by_text("坐标文本有 1 处问题").wait_for()
    visitor.settle()
    field.fill("\n".join(rows))
    page.get_by_role("button", name="预览").click()
    page.get_by_label("地块编号 *").wait_for()
    visitor.settle()
    visitor.wait_for_map()
    visitor.picture("parcels-pasting")
    _fill(page, "DK-PASTED", "贴的地块")
    page.get_by_text("“贴的地块”已保存并检查").wait_for()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_card_with_conflicts_fits(come: Come, bureau: Bureau, lang: str, size: dict[str, int]) -> None:
    visitor = come(size, lang, signed=False)
    bureau.sign_in(visitor, Role.LAND_REVIEWER, bureau.place.county)
    page = visitor.go(f"/parcels?parcel={GRAVE}")
    page.get_by_role("tab", name="冲突检查" if lang == "zh" else "Conflicts").click()
    visitor.wait_for_map()
    page.wait_for_timeout(800)
    paths = page.frame_locator('iframe[title*="streamlit_folium"]').locator(".leaflet-xt-drawn-pane path")
    assert paths.count() >= 3, "the outline, the piece on farmland, the sliver"
    name = f"parcels-card-{lang}-{'desk' if size is DESKTOP else 'phone'}"
    visitor.picture(name)
    page.screenshot(path=f"ci-output/screenshots/{name}-whole.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"] + 1
