"""Keeping what was computed once for everybody who looks at 进度总览.

Streamlit's own cache takes its arguments to pieces to hash them, which cost a quarter of a rerun here; what the page is
kept under is hashable as it is, and what is kept is never changed, so it is handed out without a copy.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def kept(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep the last `most` results of a function by its arguments, which must be hashable.

    Those who ask at the same moment wait for the one who computes. An error is raised to whoever asked and not kept.
    """

    def decorated(function: Callable[P, R]) -> Callable[P, R]:
        held: OrderedDict[Hashable, R] = OrderedDict()
        lock = threading.RLock()

        @wraps(function)
        def answer(*given: P.args, **named: P.kwargs) -> R:
            key = (given, tuple(sorted(named.items())))
            with lock:
                if key not in held:
                    held[key] = function(*given, **named)
                    while len(held) > most:
                        held.popitem(last=False)
                held.move_to_end(key)
                return held[key]

        return answer

    return decorated
