"""Answers of our own routes when something is wrong: a status and a sentence, never a stack trace."""

import sqlalchemy as sa
from starlette.responses import JSONResponse, Response

from base.errors import XiangtuError
from i18n import tr
from layers import UnknownLayer
from store.engine import is_away
from store.errors import DatabaseAway, UnknownPlace
from store.tiles import TileOutside


class BadAddress(XiangtuError):
    """A query parameter that makes no sense."""

    key = "web.bad_address"


_STATUS: dict[type[Exception], int] = {
    UnknownLayer: 404,
    UnknownPlace: 404,
    DatabaseAway: 503,
    BadAddress: 400,
}


def refusal(key: str, status: int, **values: object) -> Response:
    """An error as JSON: the sentence in both languages."""
    return _as_json(tr(key, "zh", **values), tr(key, "en", **values), status)


def _as_json(zh: str, en: str, status: int) -> Response:
    headers = {"Cache-Control": "no-store"}
    if status == 503:
        headers["Retry-After"] = "3"
    return JSONResponse({"error": {"zh": zh, "en": en}}, status_code=status, headers=headers)


def answer_for(error: Exception) -> Response | None:
    """The answer to an expected error, None when it is not one of those we expect."""
    if isinstance(error, TileOutside):
        return refusal("web.tile_outside", 404)
    if isinstance(error, XiangtuError):
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
        return _as_json(error.sentence("zh"), error.sentence("en"), status)
    if isinstance(error, sa.exc.SQLAlchemyError) and is_away(error):
        return _as_json(DatabaseAway().sentence("zh"), DatabaseAway().sentence("en"), 503)
    return None
