"""A search in the background: it tells how far it is, can be stopped, and keeps no other visitor waiting."""

import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from analysis.selection.model import Progress
from analysis.selection.solve import Tell

Answer = TypeVar("Answer")
AT_ONCE = 2
"""Searches of one process at the same time; further ones wait for their turn."""
_POOL = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="search")


class Search(Generic[Answer]):
    """One search, begun at once or as soon as there is a place.

    The solver leaves Python's lock alone while it works, so pages of other visitors go on being drawn.
    """

    def __init__(self, work: Callable[[Tell], Answer]) -> None:
        self._stopped = threading.Event()
        self._latest: Progress | None = None
        self._began = time.monotonic()
        # What the caller's context says of who is asking goes along into the thread.
        context = contextvars.copy_context()
        self._future: Future[Answer] = _POOL.submit(context.run, work, self._tell)

    def _tell(self, progress: Progress) -> bool:
        self._latest = progress
        return not self._stopped.is_set()

    def stop(self) -> None:
        """Ask the search to end with the best that it has."""
        self._stopped.set()

    def give_up(self) -> None:
        """End a search whose answer nobody waits for any more."""
        self._future.cancel()
        self.stop()

    @property
    def done(self) -> bool:
        """Whether `answer` has something to give or to raise."""
        return self._future.done()

    @property
    def waiting(self) -> bool:
        """Whether it has not begun yet, because others are searching."""
        return not self._future.running() and not self._future.done()

    @property
    def progress(self) -> Progress | None:
        """How far it is; None before the solver has said anything."""
        return self._latest

    @property
    def seconds(self) -> float:
        """Since it was asked for."""
        return time.monotonic() - self._began

    def answer(self, timeout: float | None = None) -> Answer:
        """The answer, waiting for it if need be; raises what the search raised."""
        return self._future.result(timeout)
