"""Whose request this is: the secret of a session, which every reading transaction carries to the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import sqlalchemy as sa

from store.protection import WRITER

_secret: ContextVar[str | None] = ContextVar("xiangtu_session", default=None)
_sources: list[Callable[[], str | None]] = []


def ask(source: Callable[[], str | None]) -> None:
    """Name a function that knows the session where no request of ours set it: Streamlit's script threads."""
    if source not in _sources:
        _sources.append(source)


def current() -> str | None:
    """The secret of the session that asks, None if nobody is signed in."""
    known = _secret.get()
    if known is not None:
        return known
    return next((found for source in _sources if (found := source()) is not None), None)


@contextmanager
def acting(secret: str | None) -> Iterator[None]:
    """Let a request act for a session while the context lasts."""
    before = _secret.set(secret)
    try:
        yield
    finally:
        _secret.reset(before)


def tell(connection: sa.Connection, secret: str | None) -> None:
    """Tell a transaction whose it is; PostgreSQL forgets it with the transaction, and so does the pool."""
    connection.execute(sa.text("SELECT set_config('xiangtu.user', :secret, true)"), {"secret": secret or ""})


@contextmanager
def writing_as(connection: sa.Connection, secret: str | None) -> Iterator[None]:
    """Write rows under the policies of a session; None is the command line, which writes as the owner.

    An error leaves the role to the rollback that must follow it.
    """
    if secret is None:
        yield
        return
    tell(connection, secret)
    connection.execute(sa.text(f"SET LOCAL ROLE {WRITER}"))
    yield
    connection.execute(sa.text("RESET ROLE"))
    tell(connection, None)
