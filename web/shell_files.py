"""Streamlit's own scripts and styles out of memory, compressed once.

Streamlit reads each of some hundred files from the disk at each visit and sends it as it is: 3 MB, which on a
county's line is most of the time a page takes. Their names change with their content, so they are kept for ever.
"""

import gzip
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_FOLDER = (Path(streamlit.__file__).parent / "static" / "static").resolve()
_PREFIX = "/static/"
_COMPRESSED = {"text/javascript", "application/javascript", "text/css", "image/svg+xml", "application/json"}
_KEPT = "public, immutable, max-age=31536000"
_FILES_KEPT = 400


@dataclass(frozen=True)
class ShellFile:
    """One file: its bytes, the same compressed (None where that is of no use), its media type."""

    body: bytes
    compressed: bytes | None
    media_type: str


@lru_cache(maxsize=_FILES_KEPT)
def shell_file(name: str) -> ShellFile | None:
    """The file with a path below Streamlit's ``/static/``; None if there is none."""
    path = (_FOLDER / name).resolve()
    if not path.is_relative_to(_FOLDER) or not path.is_file():
        return None
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return ShellFile(body, gzip.compress(body, 9, mtime=0) if kind in _COMPRESSED else None, kind)


class ShellFiles:
    """Middleware that answers for Streamlit's files; what it does not know passes on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = None
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(_PREFIX):
            found = await run_in_threadpool(shell_file, scope["path"].removeprefix(_PREFIX))
        if found is None:
            await self._app(scope, receive, send)
            return
        headers = {"Cache-Control": _KEPT, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
        body = found.body
        if found.compressed is not None and b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b""):
            headers["Content-Encoding"] = "gzip"
            body = found.compressed
        await Response(body, media_type=found.media_type, headers=headers)(scope, receive, send)
