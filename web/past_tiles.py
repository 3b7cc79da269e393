"""Tiles of a past day's boundaries: ``/past/tiles/{as_of}/{known}/{z}/{x}/{y}.pbf``.

``known`` is the moment of knowledge in microseconds since 1970 (UTC), or ``now``.
"""

import datetime as dt
import gzip

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from maps.past_layers import moment_in
from store.engine import reading
from store.past_tiles import past_tile
from store.tiles import TileOutside
from web.answers import BadAddress, refusal
from web.tile_cache import CachedTile


async def past_tiles(request: Request) -> Response:
    """A tile made for who asks, with an entity tag; browsers ask again each time."""
    given = request.path_params
    try:
        as_of, known_at = dt.date.fromisoformat(given["as_of"]), moment_in(given["known"])
    except ValueError as error:
        raise BadAddress(name="as_of", value=f"{given['as_of']}/{given['known']}"[:60]) from error
    zoom, column, row = (int(given[name]) for name in ("z", "x", "y"))
    try:
        made = await run_in_threadpool(_made, as_of, known_at, zoom, column, row)
    except TileOutside:
        return refusal("web.tile_outside", 404)
    headers = {"ETag": made.etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if made.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = made.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, media_type="application/vnd.mapbox-vector-tile", headers=headers)


def _made(as_of: dt.date, known_at: dt.datetime | None, zoom: int, column: int, row: int) -> CachedTile:
    with reading() as connection:
        return CachedTile.of(past_tile(connection, as_of, known_at, zoom, column, row))
