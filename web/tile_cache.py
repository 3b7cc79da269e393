"""Vector tiles in memory: ready-compressed, keyed by source, version and address."""

import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

Key = tuple[str, tuple[str, ...], int, int, int, int]
"""Source, code prefixes of those who may see it, version, zoom, column, row."""


@dataclass(frozen=True)
class CachedTile:
    """One tile, gzip-compressed, with its entity tag."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, tile: bytes) -> "CachedTile":
        """Compress a tile and tag it by its content."""
        tag = hashlib.sha256(tile).hexdigest()[:20]
        return cls(gzip.compress(tile, 6, mtime=0), f'"{tag}"')


class TileCache:
    """Least recently used tiles up to a number of bytes; safe for threads."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._bytes = 0
        self._tiles: OrderedDict[Key, CachedTile] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> CachedTile | None:
        """The tile under a key, None if it is not kept."""
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self._tiles.move_to_end(key)
            return tile

    def put(self, key: Key, tile: CachedTile) -> None:
        """Keep a tile, dropping the least recently used ones beyond the limit."""
        with self._lock:
            old = self._tiles.pop(key, None)
            if old is not None:
                self._bytes -= len(old.body)
            self._tiles[key] = tile
            self._bytes += len(tile.body)
            while self._bytes > self._limit and self._tiles:
                _, dropped = self._tiles.popitem(last=False)
                self._bytes -= len(dropped.body)
