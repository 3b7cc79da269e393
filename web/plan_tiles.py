"""Tiles of plans: ``/plans/tiles/{z}/{x}/{y}.pbf?scenario=candidates`` or a scenario's number."""

from starlette.requests import Request
from starlette.responses import Response

from store.planning.plan_tiles import plan_tile
from web.answers import BadAddress
from web.tagged_tile import tagged_tile

_NOW = "candidates"
_LONGEST = 12


async def plan_tiles(request: Request) -> Response:
    """A tile made for who asks, with an entity tag; browsers ask again each time."""
    asked = request.query_params.get("scenario", _NOW)
    if asked != _NOW and not (asked.isascii() and asked.isdigit() and len(asked) <= _LONGEST):
        raise BadAddress(name="scenario", value=asked[:20])
    scenario = None if asked == _NOW else int(asked)
    zoom, column, row = (int(request.path_params[name]) for name in ("z", "x", "y"))
    return await tagged_tile(request, lambda at: plan_tile(at, zoom, column, row, scenario))
