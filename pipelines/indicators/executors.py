"""Where counties are computed: in this process or over processes of this machine.

An executor is anything with `map_unordered`; one that sends tasks to a cluster needs no more, since a task
and its result are plain values.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Protocol, TypeVar

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
            for future in as_completed([pool.submit(function, task) for task in tasks]):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def executor_for(workers: int) -> Executor:
    """In-process for one worker, local processes for more (no more than there are processors)."""
    processors = len(os.sched_getaffinity(0))
    return InProcess() if min(workers, processors) <= 1 else LocalProcesses(min(workers, processors))
