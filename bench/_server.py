"""Servers to measure, each started as its users start it, on a free port of this machine."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psutil
import sqlalchemy as sa

from base.settings import settings
from store.embedded import Cluster

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
_START_LIMIT_S = 120


@dataclass(frozen=True)
class Server:
    """A running server: its address, its process (children hang below it), the cookies of who is signed in."""

    address: str
    process: psutil.Process
    cookies: dict[str, str] = field(default_factory=dict)

    def browser_cookies(self) -> list[Any]:
        """The cookies in the form in which a browser context takes them."""
        return [{"name": name, "value": value, "url": self.address} for name, value in self.cookies.items()]


def signed_in(address: str, account: str = "demo.planner") -> dict[str, str]:
    """Come in by one of the demo's doors; the cookies of the session."""
    with httpx.Client(base_url=address, timeout=30) as client:
        token = re.search(r'name="token" value="([^"]+)"', client.get("/sign-in").text)
        if token is None:
            raise SystemExit("the sign-in page has no form")
        given = {"account": account, "token": token[1]}
        answer = client.post("/sign-in/demo", data=given)
        if answer.status_code != 303:
            raise SystemExit("the demo's doors are shut: measure a demo city (`xiangtu demo`)")
        return dict(client.cookies)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def database() -> Iterator[sa.URL]:
    """The database under ``XIANGTU_DATA_DIR`` (or ``DATABASE_URL``), up for the length of a measurement.

    Raises
    ------
    SystemExit : there is no city in it.
    """
    chosen = settings()
    if chosen.database_url is not None:
        url = sa.make_url(chosen.database_url).set(drivername="postgresql+psycopg")
        _require_city(url)
        yield url
        return
    with Cluster(chosen.data_dir).in_use() as cluster:
        url = sa.make_url(cluster.url())
        _require_city(url)
        yield url


def _require_city(url: sa.URL) -> None:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            query = sa.text("SELECT count(*) FROM feature.admin_units WHERE level = 'village'")
            villages = connection.scalar(query)
    except sa.exc.DBAPIError as error:
        raise SystemExit(f"no Xiangtu database: {error.orig}") from error
    finally:
        engine.dispose()
    if not villages:
        raise SystemExit("no villages in the database: run `xiangtu demo` first")
    print(f"database: {villages} villages")


def libpq_url(url: sa.URL) -> str:
    """The URL as programs other than SQLAlchemy want it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def xiangtu() -> Iterator[Server]:
    """Xiangtu's application under ``streamlit run``, with the settings of the environment."""
    with _streamlit(ROOT / "app.py", "/healthz", {}) as server:
        yield replace(server, cookies=signed_in(server.address))


@contextmanager
def streamlit_page(script: Path, url: sa.URL) -> Iterator[Server]:
    """``streamlit run`` of an application that reads the database at `url`."""
    environment = {"DATABASE_URL": libpq_url(url), "PYTHONPATH": str(ROOT)}
    with _streamlit(script, "/_stcore/health", environment) as server:
        yield server


@contextmanager
def _streamlit(script: Path, ready: str, environment: dict[str, str]) -> Iterator[Server]:
    port = free_port()
    command = [
        str(PROGRAMS / "streamlit"),
        "run",
        str(script),
        f"--server.port={port}",
        "--server.address=127.0.0.1",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
    ]
    with _started(command, port, ready, environment) as server:
        yield server


@contextmanager
def tipg(url: sa.URL) -> Iterator[Server]:
    """tipg's own application in one uvicorn process, as its documentation starts it."""
    port = free_port()
    command = [
        str(PROGRAMS / "uvicorn"),
        "tipg.main:app",
        "--host=127.0.0.1",
        f"--port={port}",
        "--no-access-log",
        "--log-level=warning",
    ]
    # Its settings insist on a host in the URL, which may be the folder of a socket.
    folder = url.query.get("host")
    named = libpq_url(url.set(host=quote(str(folder), safe=""), query={}) if folder else url)
    environment = {"DATABASE_URL": named, "TIPG_DB_SCHEMAS": '["feature"]'}
    with _started(command, port, "/healthz", environment) as server:
        yield server


@contextmanager
def _started(command: Sequence[str], port: int, ready: str, extra: dict[str, str]) -> Iterator[Server]:
    with tempfile.NamedTemporaryFile("w+b", suffix=".log") as log:
        process = psutil.Popen(
            command, cwd=ROOT, env={**os.environ, **extra}, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address + ready, process, Path(log.name))
            yield Server(address, psutil.Process(process.pid))
        finally:
            _stop(process)


def _stop(process: psutil.Popen) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=30)
    except psutil.TimeoutExpired:
        process.kill()


def _wait(address: str, process: psutil.Popen, log: Path) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(address, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    raise SystemExit(f"{process.args[0]} did not come up:\n{log.read_text(errors='replace')[-4000:]}")
