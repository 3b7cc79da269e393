"""The ASGI application: Streamlit pages, tiles, assets and health in one process.

``./run`` and ``streamlit run app.py`` both serve it.
"""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool

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
    with owner().connect() as connection:
        record.mark(connection)


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Start the journal and the store with the server; stop the cluster cleanly with it."""
    start_journal(settings())
    send_at_once()
    with ExitStack() as stack:
        await run_in_threadpool(_open_store, stack)
        yield


app = st.App(
    Path(__file__).resolve().parent / "pages" / "entry.py",
    lifespan=lifespan,
    routes=ROUTES,
    middleware=MIDDLEWARE,
    on_script_error=tell,
)
