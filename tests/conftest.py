"""What tests share: a real PostGIS for the session, migrated databases, a small demo city."""

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, expect, sync_playwright
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from access import passwords
from base.settings import settings
from pipelines import demo
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from store.migrate import upgrade
from tests.folders import folder_of_run
from tests.server import running_server

SMALL_CITY = ("441821", "441826")
"""佛冈县 and 连南瑶族自治县: one county of the plain and one of the mountains."""
_BROWSER = ("tests/browser/", "tests/maps/test_runtime.py", "tests/test_run.py")
"""Beginnings of the names of files that wait for pages or for servers most of their time."""
_FULL_COST = passwords._hasher
_CHROMIUM_SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # pages of one context share what has been compiled: tests/browser/windows.py
]


# Property tests run by count, not by clock: the machine may be busy.
hypothesis_settings.register_profile("unhurried", deadline=None, max_examples=30)
hypothesis_settings.load_profile("unhurried")


class _FromBothEnds(LoadScopeScheduling):  # type: ignore[misc]
    """Whole files over the workers: one takes those with a browser first, the next takes them last, and so on.

    Thus what waits for pages and what computes share the processors, and the workers end at about the same time.
    """

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.split("::", 1)[0]

    def _assign_work_unit(self, node: WorkerController) -> None:
        drives = self.nodes.index(node) % 2 == 0
        chosen = max(
            self.workqueue,
            key=lambda file: (file.startswith(_BROWSER) is drives, len(self.workqueue[file])),
        )
        self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Share the suite out when it runs over several workers."""
    return _FromBothEnds(config, log)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash passwords by argon2id at its least cost: thousands of accounts at the full one are minutes of waiting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", cache(lambda: PasswordHasher.from_parameters(CHEAPEST)))
        yield


@pytest.fixture
def full_cost_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash passwords as the program does, for tests of what that costs; servers of tests always do."""
    passwords._dummy.cache_clear()
    monkeypatch.setattr(passwords, "_hasher", _FULL_COST)
    yield
    passwords._dummy.cache_clear()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of our own, which all workers of a run share; `XIANGTU_TEST_DIR` keeps it between runs."""
    with Cluster(folder_of_run(), durable=False).in_use() as running:
        yield running


@contextmanager
def _first_to_come(cluster: Cluster) -> Iterator[None]:
    """Let one worker make a template that all use, while the others wait for it."""
    with (cluster.data_dir / "templates.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _of_this_worker(cluster: Cluster, name: str, template: str) -> str:
    """Name of a fresh copy of a template that the tests of this worker share."""
    name = f"{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    drop_database(cluster, name)
    create_database(cluster, name, template=template)
    return name


def _engine_of(cluster: Cluster, name: str) -> sa.Engine:
    return make_engine(cluster.url(name), settings())


@pytest.fixture(scope="session")
def migrated(cluster: Cluster) -> str:
    """Name of a template database with the schema and no data."""
    with _first_to_come(cluster):
        create_database(cluster, "migrated")
        engine = _engine_of(cluster, "migrated")
        upgrade(engine)
        engine.dispose()
    return "migrated"


@pytest.fixture
def database(cluster: Cluster, migrated: str) -> Iterator[sa.Engine]:
    """An empty, migrated database for one test."""
    name = f"test_{uuid.uuid4().hex[:10]}"
    create_database(cluster, name, template=migrated)
    engine = _engine_of(cluster, name)
    yield engine
    engine.dispose()
    drop_database(cluster, name)


@pytest.fixture(scope="session")
def unchanged(cluster: Cluster, migrated: str) -> Iterator[sa.Engine]:
    """An empty, migrated database; for tests that only read, or roll back."""
    engine = _engine_of(cluster, _of_this_worker(cluster, "unchanged", migrated))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def city_template(cluster: Cluster, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a template database with two counties of the demo city, imported and computed, its library empty.

    Copy it, and never connect to it: a database with connections cannot be copied.
    """
    with _first_to_come(cluster):
        create_database(cluster, "city", template=migrated)
        engine = _engine_of(cluster, "city")
        if demo.wanted(engine):
            # The past and the library take time, and few tests look at them: those make their own.
            demo.load(
                engine,
                counties=SMALL_CITY,
                folder=tmp_path_factory.mktemp("demo"),
                library=False,
                earlier_days=(),
            )
        engine.dispose()
    return "city"


@pytest.fixture(scope="session")
def city_database(cluster: Cluster, city_template: str) -> str:
    """Name of the database with the small demo city that all tests share that only read."""
    return _of_this_worker(cluster, "city_shared", city_template)


@pytest.fixture(scope="session")
def city(cluster: Cluster, city_database: str) -> Iterator[sa.Engine]:
    """The small demo city; for tests that only read."""
    engine = _engine_of(cluster, city_database)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def server(cluster: Cluster, city_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running Xiangtu that shows the small demo city."""
    folder = tmp_path_factory.mktemp("server")
    with running_server(cluster.url(city_database), folder / "server.log", folder) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a screen; one for the session, since Playwright allows no second loop.

    The shell is the same engine without Chromium's own window, whose toolbars took a third of the time of a page.
    """
    with sync_playwright() as playwright:
        program = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")
        expect.set_options(timeout=20_000)  # as patient as the waits: other workers use the processors, too
        launched = playwright.chromium.launch(executable_path=program, args=_CHROMIUM_SWITCHES)
        yield launched
        launched.close()
