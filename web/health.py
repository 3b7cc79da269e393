"""``/healthz``: is the server up, and does the database answer."""

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from base.errors import XiangtuError
from store.engine import reading
from store.migrate import current, head


async def healthz(_: Request) -> Response:
    """200 when the database answers with the schema of this program, 503 otherwise."""
    try:
        revision = await run_in_threadpool(_revision)
    except (XiangtuError, sa.exc.SQLAlchemyError) as error:
        return JSONResponse({"status": "down", "database": str(error)}, status_code=503)
    ready = revision == head()
    state = {"status": "ok" if ready else "migrating", "schema": revision, "expected": head()}
    return JSONResponse(state, status_code=200 if ready else 503)


def _revision() -> str | None:
    with reading() as connection:
        return current(connection)
