"""`xiangtu up` as people run it, with its own cluster: first start, second start, stop, kill, a taken port."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from base.settings import settings
from i18n import tr
from store.embedded import Cluster
from store.engine import make_engine
from tests import signed_in
from tests.folders import reachable
from tests.server import Server, free_port, start
from web.session_cookie import SESSION_COOKIE, signed

COUNTY = "441826"
TILE = "/tiles/county/0/8/208/110.pbf"
_HALF_AN_IMPORT = (
    "INSERT INTO xiangtu.import_batches (feature_id, file_name, file_sha256) "
    "VALUES ('houses', 'half.csv', '')"
)
"""What an import leaves whose process is killed in the middle."""
_UP = ("-m", "cli", "up", "--counties", COUNTY)


class Home:
    """A data folder and a port, and the servers started for them one after the other."""

    def __init__(self, folder: Path) -> None:
        self.cluster = Cluster(folder)
        self.port = free_port()
        self.servers: list[Server] = []

    def start(self, *arguments: str) -> Server:
        """Start a server (``xiangtu up`` if not told otherwise) without waiting for it."""
        environment = {"DATABASE_URL": "", "XIANGTU_DATA_DIR": str(self.cluster.data_dir)}
        environment["XIANGTU_PORT"] = str(self.port)
        log = self.cluster.data_dir / f"server-{len(self.servers)}.log"
        self.servers.append(start(arguments or _UP, environment, log, self.port))
        return self.servers[-1]

    @contextmanager
    def connected(self) -> Iterator[sa.Connection]:
        """A transaction in the cluster that the server has started."""
        engine = make_engine(self.cluster.url(), settings())
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def scalar(self, statement: str) -> object:
        """One value from the database."""
        with self.connected() as connection:
            return connection.scalar(sa.text(statement))

    def data(self) -> tuple[object, ...]:
        """What must not change from start to start: batches, units, houses, figures."""
        counted = (
            "SELECT count(*) FROM xiangtu.import_batches WHERE state = 'done'",
            "SELECT count(*) FROM feature.admin_units",
            "SELECT sum(id) FROM feature.houses",
            "SELECT count(*) FROM xiangtu.indicator_values",
        )
        return tuple(self.scalar(statement) for statement in counted)

    def cookies(self) -> dict[str, str]:
        """The cookies of someone who is signed in."""
        engine = make_engine(self.cluster.url(), settings())
        try:
            return {SESSION_COOKIE: signed(signed_in.session(engine))}
        finally:
            engine.dispose()

    @property
    def postmaster(self) -> int:
        """Process id of the cluster's server."""
        return int((self.cluster.folder / "postmaster.pid").read_text().splitlines()[0])


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """A home whose first start was told to stop in the middle of loading."""
    with reachable() as folder:
        made = Home(folder)
        first = made.start()
        while "imported" not in first.said:
            assert first.process.poll() is None, first.said
            time.sleep(0.1)
        assert first.stop() == 128 + signal.SIGTERM, first.said
        yield made
        for server in made.servers:
            server.stop()
        made.cluster.stop()


@pytest.fixture(scope="module")
def loaded(home: Home) -> tuple[object, ...]:
    """The data after the first start that was let alone, which is stopped again."""
    server = home.start().wait()
    data = home.data()
    assert server.stop() == 0, server.said
    return data


def test_a_stop_in_the_middle_of_loading_leaves_no_cluster_behind(home: Home) -> None:
    assert not home.cluster.running()
    assert not (home.cluster.folder / "postmaster.pid").exists()


def test_the_next_start_loads_the_rest_and_prints_the_address(home: Home, loaded: tuple[object, ...]) -> None:
    assert f"http://127.0.0.1:{home.port}" in home.servers[1].said
    assert all(loaded)
    assert "indicators_computed" in home.servers[1].said


def test_a_second_start_keeps_the_data_and_a_second_server_is_refused(
    home: Home, loaded: tuple[object, ...]
) -> None:
    server = home.start().wait()
    assert "imported" not in server.said
    assert home.data() == loaded
    second = home.start()
    assert second.process.wait(timeout=30) == 1
    assert f"✗ 127.0.0.1 的端口 {home.port} 已被占用" in second.said
    assert "Traceback" not in second.said
    assert httpx.get(server.address, cookies=home.cookies()).status_code == 200
    assert server.stop() == 0


def test_sigterm_stops_the_cluster_cleanly(home: Home, loaded: tuple[object, ...]) -> None:
    assert not (home.cluster.folder / "postmaster.pid").exists()
    last = home.cluster.log_file.read_text().splitlines()[-1]
    assert last.endswith("database system is shut down")


def test_an_orphaned_cluster_is_adopted(home: Home, loaded: tuple[object, ...]) -> None:
    home.start().wait().stop(signal.SIGKILL)
    assert home.cluster.running()
    server = home.start().wait()
    assert "cluster_adopted" in server.said
    assert home.data() == loaded
    assert server.stop() == 0
    assert not home.cluster.running()


def test_data_survive_a_kill_of_everything_while_pages_are_served(
    home: Home, loaded: tuple[object, ...]
) -> None:
    server = home.start().wait()
    served: list[int] = []
    asking = threading.Thread(target=_ask_until_it_fails, args=(server.address, home.cookies(), served))
    asking.start()
    while not served:
        assert asking.is_alive()
        time.sleep(0.05)
    with home.connected() as connection:
        connection.execute(sa.text(_HALF_AN_IMPORT))
    everything = [server.process.pid, home.postmaster]
    everything += [child.pid for child in psutil.Process(home.postmaster).children(recursive=True)]
    for pid in everything:
        # A child of PostgreSQL may have ended by itself when its parent was killed a moment ago.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.process.wait(timeout=30)
    asking.join(timeout=30)
    again = home.start().wait()
    assert home.data() == loaded
    ended = home.scalar("SELECT error FROM xiangtu.import_batches WHERE file_name = 'half.csv'")
    assert ended == tr("doctor.import_interrupted", "zh")
    assert httpx.get(again.address + TILE, cookies=home.cookies()).content
    assert "database system was not properly shut down" in home.cluster.log_file.read_text()
    assert again.stop() == 0


def _ask_until_it_fails(address: str, cookies: dict[str, str], served: list[int]) -> None:
    """Ask for the page and a tile, again and again, until nobody answers."""
    with httpx.Client(base_url=address, timeout=10, cookies=cookies) as client:
        while True:
            try:
                client.get("/")
                served.append(client.get(TILE).status_code)
            except httpx.TransportError:
                return


def test_streamlit_run_serves_the_same(home: Home, loaded: tuple[object, ...], browser: Browser) -> None:
    server = home.start("-m", "streamlit", "run", "app.py", "--server.port", str(home.port)).wait()
    assert httpx.get(server.address + TILE, cookies=home.cookies()).content
    page = browser.new_page()
    page.goto(server.address)
    page.locator('button[value="demo.planner"]').click()
    page.locator(".xt-synthetic").wait_for(timeout=30_000)
    page.get_by_role("heading", name=tr("pages.home.title", "zh")).wait_for(timeout=30_000)
    assert page.locator('[data-testid="stException"]').count() == 0
    page.close()
    assert home.data() == loaded
    server.stop()
    assert not (home.cluster.folder / "postmaster.pid").exists()
