"""A server of our own for tests: the command that people run, on a free port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from base.settings import settings as settings_of_process
from store.engine import make_engine
from tests import signed_in

ROOT = Path(__file__).resolve().parent.parent
_START_LIMIT_S = 180
"""A first start loads a county, beside whatever else the machine does."""


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A server that was started: its process, its address and what it has written."""

    process: "subprocess.Popen[bytes]"
    address: str
    log: Path

    @property
    def said(self) -> str:
        """All that the server has written so far."""
        return self.log.read_text("utf-8", errors="replace")

    def wait(self) -> "Server":
        """Wait until it is up and its database answers."""
        deadline = time.monotonic() + _START_LIMIT_S
        # One client: each makes a context of certificates, which takes longer than the answer.
        with httpx.Client(base_url=self.address, timeout=5) as client:
            while time.monotonic() < deadline and self.process.poll() is None:
                try:
                    if client.get("/healthz").status_code == 200:
                        return self
                except httpx.TransportError:
                    pass
                time.sleep(0.2)
        raise RuntimeError(f"the server did not come up:\n{self.said[-4000:]}")

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        return self.process.wait(timeout=30)


def start(arguments: Sequence[str], environment: Mapping[str, str], log: Path, port: int) -> Server:
    """Start Python with arguments in the checkout, as a server on a port of this machine."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Server(process, f"http://127.0.0.1:{port}", log)


@contextmanager
def running_server(
    database_url: str, log: Path, data_dir: Path, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Start ``xiangtu up`` against a database and yield its address, where visitors of tests are signed in.

    Stops it with SIGTERM.
    """
    port = free_port()
    environment = {
        "DATABASE_URL": database_url,
        "XIANGTU_DATA_DIR": str(data_dir),
        "XIANGTU_PORT": str(port),
        **(settings or {}),
    }
    server = start(["-m", "cli", "up", "--no-demo"], environment, log, port)
    try:
        address = server.wait().address
        engine = make_engine(database_url, settings_of_process())
        signed_in.remember(address, signed_in.session(engine))
        engine.dispose()
        yield address
    finally:
        server.stop()
