"""A tile made for who asks, with an entity tag; browsers ask again each time."""

import gzip
from collections.abc import Callable

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from store.engine import reading
from store.tiles import TileOutside
from web.answers import refusal
from web.tile_cache import CachedTile


async def tagged_tile(request: Request, make: Callable[[sa.Connection], bytes]) -> Response:
    """Answer with the tile that `make` returns, or that it has not changed since.

    Parameters
    ----------
    make : reads the tile, uncompressed, for the person of the connection; `TileOutside` is told as such.
    """

    def made() -> CachedTile:
        with reading() as connection:
            return CachedTile.of(make(connection))

    try:
        tile = await run_in_threadpool(made)
    except TileOutside:
        return refusal("web.tile_outside", 404)
    headers = {"ETag": tile.etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if tile.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = tile.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, media_type="application/vnd.mapbox-vector-tile", headers=headers)
