"""``/first-map``: the map of an address without the page around it (`maps.first_map`)."""

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from access import Person
from i18n import Lang
from maps.choices import read_address
from maps.city_map import city_map
from maps.first_map import first_map as page_of
from store.engine import reading
from web.door import person_in
from web.language import language_of


async def first_map(request: Request) -> Response:
    """The map that the parameters of the page's address ask for."""
    made = await run_in_threadpool(
        _page, dict(request.query_params), language_of(request.scope), person_in(request.scope)
    )
    return HTMLResponse(made, headers={"Cache-Control": "no-store"})


def _page(parameters: Mapping[str, str], lang: Lang, person: Person) -> str:
    choices, _ = read_address(parameters, lang)
    with reading() as connection:
        return page_of(city_map(connection, choices, lang, person), lang)
