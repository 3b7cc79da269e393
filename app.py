"""The ASGI application: Streamlit pages, tiles, assets and health in one process.

``./run`` and ``streamlit run app.py`` both serve it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import streamlit as st
from starlette.concurrency import run_in_threadpool

from access.passwords import matches
from base.journal import journal, start_journal
from base.settings import settings
from pages.last_resort import tell
from store import record
from store.batches import fail_abandoned
from store.embedded import Cluster
from store.engine import create_database, engine, owner
from store.migrate import upgrade
from web.no_delay import send_at_once
from web.routes import MIDDLEWARE, ROUTES

_MARK_S = 5
log = journal("app")


def _open_store(stack: ExitStack) -> None:
    """Have the database up and migrated for as long as `stack` is open."""
    chosen = settings()
    if chosen.database_url is None:
        cluster = stack.enter_context(Cluster(chosen.data_dir).in_use())
        create_database(cluster)
    stack.callback(owner().dispose)
    log.info("store_ready", schema=upgrade(owner()), imports_ended=len(fail_abandoned(owner())))
    stack.callback(engine().dispose)
    _mark()
    matches("", None)  # the first answer takes no longer than the others


async def _mark_the_record() -> None:
    """Note every few seconds how far the record has come, so that nothing can be cut off its end unseen."""
    while True:
        await asyncio.sleep(_MARK_S)
        try:
            await run_in_threadpool(_mark)
        except sa.exc.SQLAlchemyError as error:
            log.warning("record_not_marked", kind=type(error).__name__)


def _mark() -> None:
    with owner().connect() as connection:
        record.mark(connection)


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Start the journal and the store with the server; stop the cluster cleanly with it."""
    start_journal(settings())
    send_at_once()
    with ExitStack() as stack:
        await run_in_threadpool(_open_store, stack)
        marking = asyncio.create_task(_mark_the_record())
        yield
        marking.cancel()


app = st.App(
    Path(__file__).resolve().parent / "pages" / "entry.py",
    lifespan=lifespan,
    routes=ROUTES,
    middleware=MIDDLEWARE,
    on_script_error=tell,
)
