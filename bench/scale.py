"""Runs of all indicators from a city to a province: in one process, and over Dask with two worker processes.

Each size has a database of its own in a cluster of its own, which goes away with it. The demo city is generated and
imported like anybody's data (``xiangtu demo --villages N``), which takes minutes at a province's size; ``--random``
copies a made-up city of the same numbers into the tables instead. Both ways of computing must store the same figures
to the last digit. Peak memory is that of a process since its start, so sizes go up.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa
from distributed import Client, LocalCluster

from base.journal import start_journal
from base.settings import settings
from bench._scratch import figures, scratch
from bench.random_city import Size, random_city
from bench.stored_city import store_city
from layers import all_indicators
from pipelines import demo
from pipelines.indicators import DaskCluster, Executor, InProcess, run, today

SIZES = (1_300, 5_000, 26_000)
WORKERS = 2
_ACROSS = 12
"""Townships of a county of the made-up city."""
_COUNTIES = 8


@contextmanager
def city(villages: int, *, made_up: bool) -> Iterator[sa.Engine]:
    """A city of about that many villages in a cluster that goes away with it."""
    with scratch() as engine, tempfile.TemporaryDirectory(prefix="xiangtu-bench-files-") as files:
        if made_up:
            store_city(engine, random_city(seed=1, size=size_of(villages)))
        else:
            demo.load(engine, villages=villages, folder=Path(files))
        yield engine


def size_of(villages: int) -> Size:
    """The numbers of a made-up city with that many villages."""
    up = max(1, round(villages / (_ACROSS * _COUNTIES)))
    times = up / Size().villages_up
    grown = {f.name: round(getattr(Size(), f.name) * times) for f in fields(Size)}
    return Size(**(grown | {"villages_across": _ACROSS, "villages_up": up}))


def peak_mb() -> float:
    """Most memory that this process ever held, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(engine: sa.Engine, executor: Executor, villages: int, name: str) -> pd.DataFrame:
    """Run twice, print the better, and return the figures."""
    seconds = []
    for _ in range(2):
        begun = time.perf_counter()
        report = run(engine, as_of=today(), executor=executor)
        seconds.append(time.perf_counter() - begun)
    best = min(seconds)
    print(
        f"  {name}: {best:.2f} s (first {seconds[0]:.2f}), {villages / best:.0f} villages a second, "
        f"{1000 * best / villages:.2f} ms a village; {report.rows} figures",
        flush=True,
    )
    return figures(engine)


def measure(villages: int, scheduler: str, *, made_up: bool) -> None:
    """Print what a size takes both ways; the figures must be equal."""
    begun = time.perf_counter()
    with city(villages, made_up=made_up) as engine:
        made = time.perf_counter() - begun
        with engine.connect() as connection:
            counted = connection.scalar(
                sa.text("SELECT count(*) FROM feature.admin_units WHERE level = 'village'")
            )
        stored = int(counted or 0)
        print(
            f"{stored} villages, {len(all_indicators())} indicators, made and stored in {made:.0f} s",
            flush=True,
        )
        alone = timed(engine, InProcess(), stored, "one process")
        print(f"  peak of the process: {peak_mb():.0f} MiB")
        spread = timed(engine, DaskCluster(scheduler, wait_s=60), stored, f"Dask, {WORKERS} workers")
        with Client(scheduler, set_as_default=False) as client:
            held = client.run(peak_mb).values()
        print(f"  peak of the workers: {', '.join(f'{mb:.0f}' for mb in held)} MiB")
        pd.testing.assert_frame_equal(spread, alone, check_exact=True)
        same = np.array_equal(spread["value"].to_numpy(), alone["value"].to_numpy(), equal_nan=True)
        print(f"  figures equal to the last digit: {same}", flush=True)


def main() -> int:
    """Measure each size; exit status 1 if the two ways differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of villages, with commas")
    parser.add_argument("--random", action="store_true", help="made-up cities instead of demo cities")
    given = parser.parse_args()
    start_journal(settings().model_copy(update={"log_level": "WARNING"}))
    with LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        try:
            for villages in sorted(int(size) for size in given.sizes.split(",")):
                measure(villages, cluster.scheduler_address, made_up=given.random)
        except AssertionError as error:
            print(f"the figures differ: {error}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
