"""The site's ASGI application: tiles written by GDAL, a theme, names, assets; and a switch that breaks it."""

import hashlib
import json
import os
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from streamlit import config
from streamlit.web.server.starlette.starlette_app import App

from maps.assets import content_of
from store.tiles import BOUNDARIES, BOUNDARY_LEVELS

FOLDER = Path(os.environ["XIANGTU_RUNTIME_SITE"])
BROKEN = FOLDER / "broken"
VILLAGES = json.loads((FOLDER / "villages.json").read_text("utf-8"))
config.set_option("browser.gatherUsageStats", False)


def _broken() -> Response | None:
    return Response(status_code=int(BROKEN.read_text())) if BROKEN.exists() else None


def tile(request: Request) -> Response:
    place = request.path_params
    layers = BOUNDARY_LEVELS if place["layer"] == BOUNDARIES else (place["layer"],)
    paths = [FOLDER / layer / f"{place['z']}/{place['x']}/{place['y']}.pbf" for layer in layers]
    if failed := _broken():
        return failed
    body = b"".join(path.read_bytes() for path in paths if path.exists())
    if not body:
        return Response(status_code=204)
    kind = "application/vnd.mapbox-vector-tile"
    return Response(body, media_type=kind, headers={"Cache-Control": "no-store"})


def labels(request: Request) -> Response:
    if request.path_params["level"] != "village":
        return JSONResponse([])
    return _broken() or JSONResponse([[v["code"], v["name"], v["lon"], v["lat"]] for v in VILLAGES])


def theme(request: Request) -> Response:
    """Classes 0 and 1 by the name of the theme; the last village has no data."""
    turn = int(hashlib.sha256(request.path_params["name"].encode()).hexdigest(), 16) % 2
    classes = {v["code"]: (i + turn) % 2 for i, v in enumerate(VILLAGES)}
    return _broken() or JSONResponse({**classes, VILLAGES[-1]["code"]: None})


def asset(request: Request) -> Response:
    name = request.path_params["name"]
    return Response(content_of(name), media_type="text/css" if name.endswith(".css") else None)


app = App(
    str(Path(__file__).with_name("page.py")),
    routes=[
        Route("/tiles/{layer}/{version}/{z:int}/{x:int}/{y:int}.pbf", tile),
        Route("/labels/{level}.json", labels),
        Route("/themes/{name}/{date}.json", theme),
        Route("/assets/{release}/{name}", asset),
    ],
)
