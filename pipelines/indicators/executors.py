"""Where counties are computed: in this process, over processes of this machine, or on a cluster of Dask workers.

An executor is anything with `map_unordered`; a task and its result are plain values.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol, TypeVar

from base.settings import settings
from pipelines.indicators.errors import SchedulerAway

Task = TypeVar("Task")
Done = TypeVar("Done")


class Executor(Protocol):
    """Applies a function to tasks, in any order."""

    def map_unordered(self, function: Callable[[Task], Done], tasks: Sequence[Task]) -> Iterator[Done]:
        """Yield each task's result as it comes; the first error ends the work and is raised."""
        ...


@dataclass(frozen=True)
class InProcess:
    """One task after the other, here."""

    def map_unordered(self, function: Callable[[Task], Done], tasks: Sequence[Task]) -> Iterator[Done]:
        """Yield each task's result in the order of the tasks."""
        yield from map(function, tasks)


@dataclass(frozen=True)
class LocalProcesses:
    """Tasks over `workers` processes.

    They are forked from a clean server that has the libraries loaded, never from this process, whose threads
    (a web server, GDAL, Arrow) a plain fork would leave in locked states.
    """

    workers: int

    def map_unordered(self, function: Callable[[Task], Done], tasks: Sequence[Task]) -> Iterator[Done]:
        """Yield each task's result as it is done."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["pipelines.indicators.county"])
        pool = ProcessPoolExecutor(min(self.workers, max(1, len(tasks))), mp_context=context)
        try:
            with _no_main_script():
                submitted = [pool.submit(function, task) for task in tasks]
            for future in as_completed(submitted):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True)
class DaskCluster:
    """Tasks over the workers of a Dask cluster, which have this program and reach the database by the same URL.

    Attributes
    ----------
    address : of the scheduler, ``tcp://host:8786`` or ``tls://…``.
    wait_s : how long to wait for the scheduler to answer and for a first worker.
    """

    address: str
    wait_s: float = 10.0

    def map_unordered(self, function: Callable[[Task], Done], tasks: Sequence[Task]) -> Iterator[Done]:
        """Yield each task's result as it is done.

        Raises
        ------
        SchedulerAway : the scheduler does not answer, has no worker, or went away, or a worker was lost with a task
            several times.
        """
        # Imported here: only who computes on a cluster pays the time.
        from distributed import Client, as_completed
        from distributed.scheduler import KilledWorker

        with ExitStack() as stack:
            try:
                client = stack.enter_context(Client(self.address, timeout=self.wait_s, set_as_default=False))
                client.wait_for_workers(1, timeout=self.wait_s)
            except (OSError, TimeoutError) as error:
                raise SchedulerAway(address=self.address) from error
            # Never taken from an earlier run: the same county is another task on other data.
            futures = client.map(function, tasks, pure=False)
            for future in as_completed(futures, loop=client.loop):
                try:
                    result = future.result()
                except (KilledWorker, CancelledError) as error:
                    raise SchedulerAway(address=self.address) from error
                yield result


@contextmanager
def _no_main_script() -> Iterator[None]:
    """Start workers that do not run the parent's main script, which under Streamlit is a page."""
    held = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = held


def chosen_executor(workers: int | None = None) -> Executor:
    """What the settings say: a Dask cluster, or processes here; or processes of a given number."""
    address = settings().scheduler
    if workers is None and address is not None:
        return DaskCluster(address)
    return executor_for(settings().workers if workers is None else workers)


def executor_for(workers: int) -> Executor:
    """In-process for one worker, local processes for more (no more than there are processors)."""
    processors = len(os.sched_getaffinity(0))
    return InProcess() if min(workers, processors) <= 1 else LocalProcesses(min(workers, processors))
