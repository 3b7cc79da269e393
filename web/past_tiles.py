"""Tiles of a past day's boundaries: ``/past/tiles/{as_of}/{known}/{z}/{x}/{y}.pbf``.

``known`` is the moment of knowledge in microseconds since 1970 (UTC), or ``now``.
"""

import datetime as dt

from starlette.requests import Request
from starlette.responses import Response

from maps.past_layers import moment_in
from store.past_tiles import past_tile
from web.answers import BadAddress
from web.tagged_tile import tagged_tile


async def past_tiles(request: Request) -> Response:
    """A tile made for who asks, with an entity tag; browsers ask again each time."""
    given = request.path_params
    try:
        as_of, known_at = dt.date.fromisoformat(given["as_of"]), moment_in(given["known"])
    except ValueError as error:
        raise BadAddress(name="as_of", value=f"{given['as_of']}/{given['known']}"[:60]) from error
    zoom, column, row = (int(given[name]) for name in ("z", "x", "y"))
    return await tagged_tile(request, lambda at: past_tile(at, as_of, known_at, zoom, column, row))
