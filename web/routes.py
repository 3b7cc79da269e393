"""All routes and middleware that stand beside Streamlit's."""

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from web.assets import asset
from web.door import Door
from web.first_map import first_map
from web.first_paint import FirstPaint
from web.health import healthz
from web.language import language
from web.past_tiles import past_tiles
from web.photos import photo
from web.places import computed_theme, labels, theme
from web.plan_tiles import plan_tiles
from web.request_log import RequestLog
from web.shell_files import ShellFiles
from web.sign_in import SIGN_IN_ROUTES
from web.tiles import TileServer

ROUTES: list[BaseRoute] = [
    Route("/healthz", healthz),
    *SIGN_IN_ROUTES,
    Route("/assets/{release}/{name}", asset),
    Route("/first-map", first_map),
    Route("/language/{lang}", language),
    Route("/labels/{level}.json", labels),
    Route("/themes/computed/{digest}.json", computed_theme),
    Route("/plans/tiles/{z:int}/{x:int}/{y:int}.pbf", plan_tiles),
    Route("/past/tiles/{as_of}/{known}/{z:int}/{x:int}/{y:int}.pbf", past_tiles),
    Route("/themes/{indicator}/{as_of}.json", theme),
    Route("/photos/{photo:int}/{which}.jpg", photo),
]

MIDDLEWARE: list[Middleware] = [
    Middleware(RequestLog),
    Middleware(Door),
    Middleware(TileServer),
    Middleware(ShellFiles),
    Middleware(FirstPaint),
]
