"""The tile route: ``/tiles/{source}/{version}/{z}/{x}/{y}.pbf``."""

import gzip
import re

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from access import Action
from base.settings import settings
from layers import UnknownLayer
from store import tiles
from store.engine import reading
from web.answers import answer_for, refusal
from web.door import person_in
from web.tile_cache import CachedTile, TileCache

_ADDRESS = re.compile(r"^/tiles/([a-z0-9_]{1,60})/(\d{1,12})/(\d{1,2})/(\d{1,7})/(\d{1,7})\.pbf$")
_PREFIX = "/tiles/"
_KEPT = "private, max-age=31536000, immutable"
_ASKED_AGAIN = "private, no-cache"
_WHOLE_CITY = ("",)


class TileServer:
    """Answers tile requests ahead of all middleware but the door, so that a cached tile costs little."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._cache = TileCache(settings().tile_cache_mb * 2**20)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await self._app(scope, receive, send)
            return
        response = await self._answer(scope)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return refusal("web.method_not_allowed", 405)
        match = _ADDRESS.match(scope["path"])
        if match is None:
            return refusal("web.no_such_tile", 404)
        source, (asked, zoom, column, row) = match[1], (int(part) for part in match.groups()[1:])
        try:
            seen = person_in(scope).prefixes(tiles.tile_source(source)[0].id, Action.READ)
        except UnknownLayer as error:
            return answer_for(error) or refusal("web.no_such_tile", 404)
        # Tiles of a scope are cached for that scope, and no browser shows them without asking who looks now.
        header = _KEPT if seen == _WHOLE_CITY else _ASKED_AGAIN
        key = (source, seen, asked, zoom, column, row)
        kept = self._cache.get(key)
        if kept is not None:
            return _tile_response(scope, kept, header)
        current, reach, made = await run_in_threadpool(_make, source, zoom, column, row)
        # What the database let through now need not be what the door knew a moment ago.
        if current != asked or reach != seen:
            return _tile_response(scope, made, _ASKED_AGAIN)
        self._cache.put(key, made)
        return _tile_response(scope, made, header)


def _make(source: str, zoom: int, column: int, row: int) -> tuple[int, tuple[str, ...], CachedTile]:
    with reading() as connection:
        reach = tiles.reach(connection, source)
        # The version first: a change committed in between may then make a tile too new, never one too old.
        current = tiles.version(connection, source)
        return current, reach, CachedTile.of(tiles.tile(connection, source, zoom, column, row))


def _tile_response(scope: Scope, tile: CachedTile, kept: str) -> Response:
    given = dict(scope["headers"])
    headers = {"ETag": tile.etag, "Cache-Control": kept, "Vary": "Accept-Encoding"}
    if tile.etag.encode() in given.get(b"if-none-match", b""):
        return Response(status_code=304, headers=headers)
    body = tile.body
    if b"gzip" in given.get(b"accept-encoding", b""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, media_type="application/vnd.mapbox-vector-tile", headers=headers)
