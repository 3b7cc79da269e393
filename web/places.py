"""Labels and themes for the map: ``/labels/{level}.json``, ``/themes/{indicator}/{as_of}.json``, and those that a
page has computed, ``/themes/computed/{digest}.json``.
"""

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from layers import AdminLevel, indicator
from maps.classes import Method
from maps.computed_themes import kept
from maps.theme import theme_classes
from store import places
from store.engine import reading
from store.theme_values import theme_values
from web.answers import BadAddress, refusal

_LABELLED = {str(AdminLevel.COUNTY), str(AdminLevel.TOWNSHIP), str(AdminLevel.VILLAGE), "settlement"}


def json_answer(request: Request, content: object) -> Response:
    """JSON with an entity tag; 304 when the browser has it already."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def box(parameters: Mapping[str, str]) -> places.Bounds:
    """West, south, east, north in degrees from ``bbox=w,s,e,n``.

    Raises
    ------
    BadAddress : not four finite numbers in order.
    """
    given = parameters.get("bbox", "")
    try:
        west, south, east, north = (float(part) for part in given.split(","))
    except ValueError as error:
        raise BadAddress(name="bbox", value=given) from error
    inside = all(map(math.isfinite, (west, south, east, north))) and west < east and south < north
    if not inside or max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise BadAddress(name="bbox", value=given)
    return west, south, east, north


async def labels(request: Request) -> Response:
    """Names to write on the map: ``[[code, name, lon, lat], …]`` inside a box."""
    level = request.path_params["level"]
    if level not in _LABELLED:
        raise BadAddress(name="level", value=level)
    bounds = box(request.query_params)
    return json_answer(request, await run_in_threadpool(_labels, level, bounds))


def _labels(level: str, bounds: places.Bounds) -> list[tuple[str, str, float, float]]:
    with reading() as connection:
        return places.labels(connection, level, bounds)


async def theme(request: Request) -> Response:
    """Class of each unit under an indicator: ``{code: class index, or null for no data}``."""
    level = request.query_params.get("level", str(AdminLevel.VILLAGE))
    if level not in _LABELLED - {"settlement"}:
        raise BadAddress(name="level", value=level)
    given = request.path_params["as_of"]
    try:
        as_of = dt.date.fromisoformat(given)
    except ValueError as error:
        raise BadAddress(name="as_of", value=given) from error
    method = request.query_params.get("method", Method.TARGET)
    if method not in set(Method):
        raise BadAddress(name="method", value=method)
    indicator_id = request.path_params["indicator"]
    answer = await run_in_threadpool(_theme, indicator_id, as_of, AdminLevel.of(level), Method(method))
    return json_answer(request, answer)


def _theme(indicator_id: str, as_of: dt.date, level: AdminLevel, method: Method) -> dict[str, int | None]:
    with reading() as connection:
        values = theme_values(connection, indicator_id, as_of, level)
    figures = np.array([np.nan if value is None else value for value in values.values()], dtype=float)
    classes = theme_classes(figures, indicator(indicator_id), "zh", method).classes
    if classes.count == 0:
        return dict.fromkeys(values)
    assigned = classes.assign(figures)
    return {
        code: None if np.isnan(figure) else int(index)
        for code, figure, index in zip(values, figures, assigned, strict=True)
    }


async def computed_theme(request: Request) -> Response:
    """Classes that a page has computed and kept; their address is made of what they say, so browsers keep them."""
    body = kept(request.path_params["digest"])
    if body is None:
        return refusal("gaps.theme_gone", 404)
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return Response(body, media_type="application/json", headers=headers)
