"""One journal line for each request to our own routes, with an id that the answer repeats."""

import time
import uuid

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from base.journal import journal
from web.answers import answer_for, refusal

log = journal("web")
_OURS = (
    "/tiles/",
    "/first-map",
    "/labels/",
    "/themes/",
    "/past/",
    "/plans/",
    "/assets/",
    "/language/",
    "/sign-",
    "/healthz",
)


class RequestLog:
    """Outermost middleware: request id, journal line, and plain answers instead of traces."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_OURS):
            await self._app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex[:12]
        begun = time.perf_counter()
        status = 500
        answered = False

        async def tagged(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status, answered = message["status"], True
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, tagged)
            except Exception as error:
                if answered:
                    raise
                response = answer_for(error)
                if response is None:
                    log.error("unexpected_error", path=scope["path"], exc_info=error)
                    response = refusal("error.unexpected", 500)
                await response(scope, receive, tagged)
            took_ms = round((time.perf_counter() - begun) * 1000, 1)
            log.debug("request", path=scope["path"], status=status, took_ms=took_ms)
