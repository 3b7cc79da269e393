"""Counties over a Dask cluster of two worker processes."""

import datetime as dt
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator

import pandas as pd
import pytest
import sqlalchemy as sa
from distributed import Client

from base.settings import settings
from pipelines.indicators import DaskCluster, InProcess, SchedulerAway, run
from pipelines.indicators.executors import chosen_executor
from tests.pipelines.test_indicators_touched import figures
from tests.pipelines.two_counties import EAST, WEST, store

DAY = dt.date(2024, 6, 30)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a scheduler with two worker processes, started by the commands of the documentation."""
    told = tmp_path_factory.mktemp("dask") / "scheduler.json"
    begun = [_start("distributed.cli.dask_scheduler", "--host=127.0.0.1", "--port=0", "--no-dashboard",
                    f"--scheduler-file={told}")]  # fmt: skip
    try:
        for _ in range(2):
            begun.append(_start("distributed.cli.dask_worker", f"--scheduler-file={told}", "--nthreads=1", "--no-nanny",
                                "--no-dashboard"))  # fmt: skip
        deadline = time.monotonic() + 60
        while not told.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        address = json.loads(told.read_text())["address"]
        with Client(address, timeout=30, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield address
    finally:
        for process in reversed(begun):
            process.kill()
            process.wait()


def _start(module: str, *options: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", module, *options], stderr=subprocess.DEVNULL)


def test_a_cluster_and_one_process_agree_to_the_last_digit(database: sa.Engine, scheduler: str) -> None:
    store(database)
    run(database, as_of=DAY, executor=InProcess())
    alone = figures(database)
    told: list[tuple[int, int]] = []
    report = run(
        database,
        as_of=DAY,
        executor=DaskCluster(scheduler),
        again=True,
        progress=lambda done, total: told.append((done, total)),
    )
    assert report.counties == (WEST, EAST)
    assert told == [(1, 2), (2, 2)]
    pd.testing.assert_frame_equal(figures(database), alone, check_exact=True)


def test_an_error_of_a_worker_is_the_runs_own(database: sa.Engine, scheduler: str) -> None:
    tasks = [3, 0]
    with pytest.raises(ZeroDivisionError):
        list(DaskCluster(scheduler).map_unordered((1).__truediv__, tasks))


def test_a_scheduler_that_is_away_is_named(database: sa.Engine) -> None:
    store(database)
    with pytest.raises(SchedulerAway, match=re.escape("tcp://127.0.0.1:9")):
        run(database, as_of=DAY, executor=DaskCluster("tcp://127.0.0.1:9", wait_s=0.5))
    with database.connect() as connection:
        states = connection.execute(sa.text("SELECT state FROM xiangtu.indicator_runs")).scalars().all()
    assert states == ["failed"]


def test_the_setting_chooses_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIANGTU_SCHEDULER", "tcp://10.0.0.5:8786")
    settings.cache_clear()
    try:
        assert chosen_executor() == DaskCluster("tcp://10.0.0.5:8786")
        assert chosen_executor(1) == InProcess()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
