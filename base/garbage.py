"""Python's search for garbage in cycles, put off while many objects are made."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_holders = 0


@contextmanager
def collection_paused() -> Iterator[None]:
    """Put the search off, in all threads, until the last that asked for it is done.

    Rows and geometries are made by the ten thousands, none of them in a cycle, and the search visits all of them
    again and again: a quarter of the time of a run of indicators. What does hang in cycles is freed after.
    """
    global _holders
    with _lock:
        if _holders == 0 and not gc.isenabled():
            pausing = False  # somebody else's wish
        else:
            pausing = True
            _holders += 1
            gc.disable()
    try:
        yield
    finally:
        if pausing:
            with _lock:
                _holders -= 1
                if _holders == 0:
                    gc.enable()
