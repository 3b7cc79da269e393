"""``/photos/{id}/{which}.jpg``: a photo of a report, or its thumbnail, for whoever may read the report."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from store.engine import reading
from store.progress.photos import picture
from web.answers import refusal

_KEPT = "private, max-age=86400, immutable"
_SIZES = {"thumbnail": True, "photo": False}


async def photo(request: Request) -> Response:
    """The JPEG; a photo never changes, and no shared cache keeps it."""
    which, photo_id = request.path_params["which"], request.path_params["photo"]
    if which not in _SIZES or photo_id >= 2**63:
        return refusal("web.no_such_photo", 404)
    found = await run_in_threadpool(_found, photo_id, _SIZES[which])
    if found is None:
        return refusal("web.no_such_photo", 404)
    body, digest = found
    headers = {
        "ETag": f'"{digest[:32]}-{which}"',
        "Cache-Control": _KEPT,
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="image/jpeg", headers=headers)


def _found(photo_id: int, thumbnail: bool) -> tuple[bytes, str] | None:
    with reading() as connection:
        return picture(connection, photo_id, thumbnail=thumbnail)
