"""进度填报 on a phone: drafts that stay, a double tap that makes one report, a server killed in the middle of it."""

import datetime as dt
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from access import Assignment
from base.settings import settings
from i18n import tr
from layers import Role
from pages.formats import today
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from tests import signed_in
from tests.browser.conftest import DESKTOP, PHONE, Come, Visitor, visitors
from tests.photographed import photo
from tests.reported import COUNTY, PLACE, TOWN, put_project
from tests.server import Server, free_port, start
from web.session_cookie import SESSION_COOKIE, signed

_RECORD_TURN = 7879771
"""The lock of `store.record.take_turn`: whoever holds it stops a submission before its first row."""
_FINGER_PX = 44
_UNITS = """
INSERT INTO feature.admin_units (admin_code, name, level, kind, parent_code, geom)
SELECT code, name, level, kind, parent, ST_Multi(ST_MakeEnvelope(113.4, 23.8, 113.6, 24, 4490)) FROM (VALUES
    ('441800000000', '清远市', 'city', 'city', NULL),
    ('441821000000', '佛冈县', 'county', 'county', '441800000000'),
    ('441821100000', '石角镇', 'township', 'town', '441821000000'),
    ('441821100201', '里水村委会', 'village', 'village', '441821100000')
) AS v (code, name, level, kind, parent)
"""


@dataclass
class Site:
    """A server that can be killed and started again at the same address, and its database."""

    engine: sa.Engine
    address: str
    begin: Callable[[], Server]
    running: list[Server] = field(default_factory=list)

    def start(self) -> None:
        self.running.append(self.begin())
        self.running[-1].wait()

    def kill(self) -> None:
        self.running[-1].stop(signal.SIGKILL)

    def project(self, name: str) -> tuple[int, str]:
        """A new project under way: its id and code."""
        with self.engine.begin() as connection:
            made = put_project(connection, name=name, start=today() - dt.timedelta(days=200))
            code = sa.text("SELECT code FROM xiangtu.projects WHERE id = :id")
            return made, str(connection.execute(code, {"id": made}).scalar_one())

    def reports(self, project: int) -> int:
        with self.engine.connect() as connection:
            counted = sa.text("SELECT count(*) FROM xiangtu.progress_reports WHERE project_id = :p")
            return int(connection.execute(counted, {"p": project}).scalar_one())

    def told(self, project: int) -> tuple[str, str, str]:
        """Percent, yuan and note of the one report of a project."""
        with self.engine.connect() as connection:
            found = connection.execute(
                sa.text(
                    "SELECT percent, paid_yuan, note FROM xiangtu.progress_reports WHERE project_id = :p"
                ),
                {"p": project},
            ).one()
        return str(found.percent), str(found.paid_yuan), found.note

    def until(self, statement: str, page: Page | None = None, **given: object) -> None:
        """Wait until a question to the database is answered by a number above nothing.

        With a page whose line goes through the test, that line moves on meanwhile.
        """
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with self.engine.connect() as connection:
                if connection.execute(sa.text(statement), given).scalar_one():
                    return
            if page is None:
                time.sleep(0.1)
            else:
                page.wait_for_timeout(100)
        raise AssertionError(f"did not happen: {statement}")

    def sign_in(self, visitor: Visitor, role: Role, prefix: str) -> None:
        secret = signed_in.session(self.engine, (Assignment(role, prefix),))
        visitor.page.context.add_cookies(
            [{"name": SESSION_COOKIE, "value": signed(secret), "url": self.address}]
        )


@pytest.fixture(scope="module")
def site(cluster: Cluster, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    drop_database(cluster, "report_site")
    create_database(cluster, "report_site", template=migrated)
    engine = make_engine(cluster.url("report_site"), settings())
    with engine.begin() as connection:
        connection.execute(sa.text(_UNITS))
    folder, port = tmp_path_factory.mktemp("reports"), free_port()
    environment = {
        "DATABASE_URL": cluster.url("report_site"),
        "XIANGTU_DATA_DIR": str(folder),
        "XIANGTU_PORT": str(port),
        # The month that is asked for is this one on every day.
        "XIANGTU_REPORT_UNTIL_DAY": "0",
    }
    made = Site(
        engine,
        f"http://127.0.0.1:{port}",
        lambda: start(["-m", "cli", "up", "--no-demo"], environment, folder / "server.log", port),
    )
    made.start()
    yield made
    made.running[-1].stop()
    engine.dispose()
    drop_database(cluster, "report_site")


@pytest.fixture
def come(browser: Browser, site: Site) -> Iterator[Come]:
    with visitors(browser, site.address) as made:
        yield made


def _clerk(come: Come, site: Site, size: dict[str, int] = PHONE) -> Visitor:
    visitor = come(size, signed=False)
    site.sign_in(visitor, Role.CLERK, TOWN)
    return visitor


def _fill(page: Page, visitor: Visitor, percent: str, note: str) -> None:
    page.get_by_text(tr("reporting.exact", "zh")).click()
    page.get_by_label(tr("reporting.percent_exact", "zh")).fill(percent)
    page.get_by_label(tr("reporting.paid_wan", "zh")).fill("12.5")
    page.get_by_label(tr("reporting.note", "zh"), exact=True).fill(note)
    page.keyboard.press("Tab")
    visitor.settle()


def _kept(site: Site, project: int, note: str, page: Page | None = None) -> None:
    """Wait until the draft on the server has the note, which is typed last."""
    site.until(
        "SELECT count(*) FROM xiangtu.report_drafts WHERE project_id = :p AND content ->> 'note' = :note",
        page,
        p=project,
        note=note,
    )


def _submit(page: Page):
    return page.get_by_role("button", name=tr("reporting.submit", "zh"))


def test_a_report_from_a_phone(come: Come, site: Site, tmp_path: Path) -> None:
    """The list, the form, a reload in the middle, a photo, a double tap, the receipt."""
    project, code = site.project("里水村进村道路")
    visitor = _clerk(come, site)
    page = visitor.go("/report")
    page.get_by_text("里水村进村道路").wait_for()
    visitor.picture("report-list-phone")
    page.get_by_role("button", name=tr("reporting.open_to_do", "zh")).first.click()
    _submit(page).wait_for()
    visitor.settle()
    assert f"project={code}" in page.url
    page.get_by_text("开工（20%）").click()
    _fill(page, visitor, "37.5", "路基完成一半")
    _kept(site, project, "路基完成一半")
    picture = tmp_path / "现场.jpg"
    picture.write_bytes(photo(1, at=PLACE, size=(1600, 1200)))
    page.locator('input[type="file"]').set_input_files(str(picture))
    page.get_by_text(tr("reporting.photo_placed", "zh")).wait_for()
    visitor.settle()
    page.reload()
    _submit(page).wait_for()
    visitor.settle()
    visitor.picture("report-form-phone")
    page.screenshot(path="ci-output/screenshots/report-form-phone-whole.png", full_page=True)
    assert page.get_by_label(tr("reporting.percent_exact", "zh")).input_value() == "37.5"
    assert page.get_by_label(tr("reporting.note", "zh"), exact=True).input_value() == "路基完成一半"
    assert page.get_by_role("checkbox", name="开工").is_checked()
    assert page.get_by_text(tr("reporting.photo_placed", "zh")).count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"] + 1
    for button in page.locator('[data-testid="stMain"] .stButton button').all():
        box = button.bounding_box()
        assert box is not None and box["height"] >= _FINGER_PX, button.inner_text()
    _submit(page).dblclick()
    page.get_by_text("月报已提交").or_(page.get_by_text("月报第")).first.wait_for()
    visitor.settle()
    visitor.picture("report-receipt-phone")
    assert site.reports(project) == 1
    page.reload()
    page.get_by_text("月报第").first.wait_for()
    assert site.reports(project) == 1
    assert site.told(project) == ("37.50", "125000", "路基完成一半")


def test_killed_before_the_report_is_written(come: Come, site: Site) -> None:
    """The draft is there after the restart; handed in again it is one report."""
    project, code = site.project("供水管网延伸")
    visitor = _clerk(come, site)
    page = visitor.go(f"/report?project={code}")
    _submit(page).wait_for()
    visitor.settle()
    _fill(page, visitor, "21.5", "管沟开挖")
    _kept(site, project, "管沟开挖")
    with site.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _RECORD_TURN})
        _submit(page).click()
        site.until(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
        )
        site.kill()
        connection.rollback()
    assert site.reports(project) == 0
    site.start()
    page.reload()
    _submit(page).wait_for()
    visitor.settle()
    assert page.get_by_label(tr("reporting.note", "zh"), exact=True).input_value() == "管沟开挖"
    _submit(page).click()
    page.get_by_text("月报已提交").wait_for()
    assert site.told(project) == ("21.50", "125000", "管沟开挖")


def test_killed_after_the_report_is_written_and_before_the_answer(come: Come, site: Site) -> None:
    """The phone heard nothing: its page comes back by itself and shows the receipt; there is one report."""
    project, code = site.project("通信基站")
    visitor = _clerk(come, site)
    page = visitor.page
    silent: list[bool] = []

    def between(line: WebSocketRoute) -> None:
        far = line.connect_to_server()
        far.on_message(lambda message: None if silent else line.send(message))

    page.route_web_socket("**/_stcore/stream", between)
    visitor.go(f"/report?project={code}")
    _submit(page).wait_for()
    visitor.settle()
    _fill(page, visitor, "55.5", "铁塔就位")
    _kept(site, project, "铁塔就位", page)
    silent.append(True)
    _submit(page).click()
    site.until("SELECT count(*) FROM xiangtu.progress_reports WHERE project_id = :p", page, p=project)
    assert page.get_by_text("月报第").count() == 0
    site.kill()
    silent.clear()
    site.start()
    page.get_by_text("月报第").first.wait_for(timeout=60_000)
    visitor.settle()
    assert _submit(page).count() == 0
    assert site.told(project) == ("55.50", "125000", "铁塔就位")


def test_the_county_checks_by_keyboard(come: Come, site: Site) -> None:
    """Report by report: Ctrl+Enter accepts, a remark and Ctrl+Shift+Enter send back; the next one opens by itself."""
    _, code = site.project("文化广场")
    clerk = _clerk(come, site)
    page = clerk.go(f"/report?project={code}")
    _submit(page).wait_for()
    clerk.settle()
    _submit(page).click()
    page.get_by_text("月报已提交").wait_for()
    visitor = come(DESKTOP, signed=False)
    site.sign_in(visitor, Role.PLANNER, COUNTY)
    page = visitor.go("/report_check")
    page.get_by_role("button", name=tr("reporting.accept", "zh"), exact=False).first.wait_for()
    visitor.wait_for_map()
    visitor.settle()
    visitor.picture("report-check-desk")
    page.screenshot(path="ci-output/screenshots/report-check-desk-whole.png", full_page=True)
    with site.engine.connect() as connection:
        before = connection.execute(sa.text("SELECT count(*) FROM xiangtu.progress_checks")).scalar_one()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("已通过").first).to_be_visible(timeout=20_000)
    site.until("SELECT CAST(count(*) > :n AS int) FROM xiangtu.progress_checks", n=before)
    visitor.settle()
    page.get_by_role("textbox", name=tr("reporting.remark", "zh")).fill("照片看不清")
    page.keyboard.press("Control+Shift+Enter")
    site.until(
        "SELECT count(*) FROM xiangtu.progress_checks WHERE verdict = 'returned' AND remark = '照片看不清'"
    )
    visitor.settle()
    assert page.evaluate("document.documentElement.scrollWidth") <= DESKTOP["width"] + 1
