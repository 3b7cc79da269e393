"""Consolidation and the farmland watch in a browser: a project is accepted, a change verified, by keyboard too."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from base.settings import settings
from pipelines.land.farmland import latest_editions, watch_patches
from pipelines.land.saved_opening import open_savings
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from tests.browser.conftest import PHONE, Come, visitors
from tests.server import running_server

_OPEN = """
SELECT project_no FROM feature.consolidation_projects WHERE state = 'under_way' AND saved_quota_mu > 0
ORDER BY project_no LIMIT 1
"""


@pytest.fixture(scope="module")
def bureau(cluster: Cluster, city_template: str) -> Iterator[sa.Engine]:
    """The small city with its savings posted and its editions of land patches compared."""
    name = "city_land_watch"
    drop_database(cluster, name)
    create_database(cluster, name, template=city_template)
    engine = make_engine(cluster.url(name), settings())
    with engine.begin() as connection:
        # A cluster kept between sessions may have been sealed with another key.
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
    open_savings(engine, by="测试")
    watch_patches(engine, *latest_editions(engine), by="测试")
    yield engine
    engine.dispose()
    drop_database(cluster, name)


@pytest.fixture(scope="module")
def bureau_server(
    bureau: sa.Engine, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("land_watch")
    url = cluster.url(str(bureau.url.database))
    with running_server(url, folder / "server.log", folder) as address:
        yield address


@pytest.fixture
def come(browser: Browser, bureau_server: str) -> Iterator[Come]:
    with visitors(browser, bureau_server) as made:
        yield made


def test_a_project_is_accepted(come: Come, bureau: sa.Engine) -> None:
    with bureau.connect() as connection:
        number = connection.scalar(sa.text(_OPEN))
    visitor = come({"width": 1440, "height": 1500})
    page = visitor.go(f"/consolidation?project={number}")
    visitor.wait_for_map()
    visitor.picture("consolidation-project")
    page.get_by_label("文号").fill("清自然资验〔2026〕9 号")
    page.get_by_role("button", name="验收并入账").focus()
    page.keyboard.press("Enter")
    page.get_by_text("已验收：节余指标").first.wait_for(timeout=30_000)
    visitor.settle()
    visitor.picture("consolidation-accepted")
    with bureau.connect() as connection:
        posted = connection.execute(
            sa.text(
                "SELECT count(*) FROM xiangtu.quota_postings WHERE reference = '清自然资验〔2026〕9 号' "
                "AND entry = 'saved'"
            )
        ).scalar_one()
    assert posted >= 1


def test_a_change_is_verified(come: Come, bureau: sa.Engine) -> None:
    visitor = come({"width": 1440, "height": 1300})
    page = visitor.go("/farmland")
    visitor.wait_for_map()
    table = page.locator('[data-testid="stDataFrame"]').first.bounding_box()
    assert table is not None
    page.mouse.click(table["x"] + 18, table["y"] + 52)
    reason = page.get_by_label("理由")
    reason.wait_for(timeout=30_000)
    visitor.settle()
    visitor.picture("farmland-piece")
    reason.fill("现场核实，已种果树")
    reason.press("Enter")
    page.get_by_text("已保存：属实").wait_for(timeout=30_000)
    with bureau.connect() as connection:
        judged = connection.execute(
            sa.text("SELECT reason FROM xiangtu.farmland_changes WHERE verdict = 'confirmed'")
        ).scalars()
        assert list(judged) == ["现场核实，已种果树"]


@pytest.mark.parametrize("path", ["consolidation", "farmland"])
def test_the_pages_fit_a_phone(come: Come, path: str) -> None:
    visitor = come(PHONE)
    page = visitor.go(f"/{path}")
    visitor.picture(f"{path}-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.get_by_role("heading", level=1).is_visible()
