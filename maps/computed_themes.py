"""Themes that a page computes: what is no stored indicator, coloured on the map all the same.

The classes stay out of the map's state, which goes to the browser with every click: they are kept in this process
under a digest of what they say and fetched once by that address (docs/decisions/0013-computed-themes.md). A page
keeps them at each of its runs, so whatever was forgotten since is there again before the map asks.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from layers import AdminLevel
from maps.state import Theme

MOST_BYTES = 32_000_000
"""Kept at most; what was used longest ago goes first. The city's villages take 25 kB, a province's 0.5 MB."""


class Shelf:
    """Answers by digest, bounded by their size; safe between threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def put(self, body: bytes) -> str:
        """Keep an answer; returns its digest."""
        digest = hashlib.sha256(body).hexdigest()[:32]
        with self._lock:
            if digest not in self._held:
                self._held[digest] = body
                self._bytes += len(body)
            self._held.move_to_end(digest)
            while self._bytes > self._most and len(self._held) > 1:
                self._bytes -= len(self._held.popitem(last=False)[1])
        return digest

    def get(self, digest: str) -> bytes | None:
        """The answer kept under a digest; None if there is none any more."""
        with self._lock:
            if digest in self._held:
                self._held.move_to_end(digest)
            return self._held.get(digest)


_shelf = Shelf()


def kept(digest: str) -> bytes | None:
    """JSON kept under a digest; None if there is none any more."""
    return _shelf.get(digest)


def computed_theme(
    level: AdminLevel,
    title: str,
    classes: Mapping[str, int | None],
    colors: tuple[str, ...],
    labels: tuple[str, ...],
    *,
    target: tuple[int, str] | None = None,
    note: str = "",
) -> Theme:
    """Keep classes by 12-digit code (None for no data) and return the theme that shows them."""
    body = json.dumps(classes, separators=(",", ":"), sort_keys=True).encode()
    found = np.array([-1 if index is None else index for index in classes.values()], dtype=np.int64)
    counts: npt.NDArray[np.int64] = np.bincount(found[found >= 0], minlength=len(colors))
    return Theme(
        url=f"/themes/computed/{_shelf.put(body)}.json",
        level=level,
        title=title,
        colors=colors,
        labels=labels,
        counts=tuple(int(count) for count in counts),
        without_data=int((found < 0).sum()),
        target=target,
        note=note,
    )
