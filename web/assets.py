"""Browser files of the map: ``/assets/{release}/{name}``."""

import mimetypes

from starlette.requests import Request
from starlette.responses import Response

from maps.assets import NAMES, content_of
from web.answers import refusal


async def asset(request: Request) -> Response:
    """One of the known files; its address changes with its content, so browsers keep it for ever."""
    name = request.path_params["name"]
    if name not in NAMES:
        return refusal("web.no_such_asset", 404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(
        content_of(name), media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )
