"""Tiles of plans: ``/plans/tiles/{z}/{x}/{y}.pbf?scenario=candidates`` or a scenario's number."""

import gzip

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from store.engine import reading
from store.planning.plan_tiles import plan_tile
from store.tiles import TileOutside
from web.answers import BadAddress, refusal
from web.tile_cache import CachedTile

_NOW = "candidates"
_LONGEST = 12


async def plan_tiles(request: Request) -> Response:
    """A tile made for who asks, with an entity tag; browsers ask again each time."""
    asked = request.query_params.get("scenario", _NOW)
    if asked != _NOW and not (asked.isascii() and asked.isdigit() and len(asked) <= _LONGEST):
        raise BadAddress(name="scenario", value=asked[:20])
    scenario = None if asked == _NOW else int(asked)
    zoom, column, row = (int(request.path_params[name]) for name in ("z", "x", "y"))
    try:
        made = await run_in_threadpool(_made, zoom, column, row, scenario)
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


def _made(zoom: int, column: int, row: int, scenario: int | None) -> CachedTile:
    with reading() as connection:
        return CachedTile.of(plan_tile(connection, zoom, column, row, scenario))
