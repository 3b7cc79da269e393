"""The ways to the database: one engine for what the owner does, one for what people see."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg
import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from base.settings import Settings, settings
from store import identity
from store.embedded import DATABASE, SUPERUSER, Cluster
from store.errors import BadDatabaseUrl, DatabaseAway, NotAllowed
from store.protection import APP

_DRIVER = "postgresql+psycopg"


def make_engine(url: str, chosen: Settings) -> sa.Engine:
    """Make an engine whose connections give up on a query after the set time.

    Parameters
    ----------
    url : ``postgresql://…``; the driver psycopg 3 is put in if the URL names none.

    Raises
    ------
    BadDatabaseUrl : it is no such URL.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise BadDatabaseUrl() from error
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername=_DRIVER)
    if parsed.drivername != _DRIVER:
        raise BadDatabaseUrl()
    return sa.create_engine(
        parsed,
        poolclass=QueuePool,
        pool_size=chosen.pool_size,
        max_overflow=4,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "application_name": "xiangtu"},
    )


def database_url(chosen: Settings) -> str:
    """The URL in use: the server that the settings name, or the embedded cluster's."""
    return chosen.database_url or Cluster(chosen.data_dir).url()


@cache
def owner() -> sa.Engine:
    """The engine of the tables' owner: migrations, imports, indicator runs, sessions, the command line."""
    chosen = settings()
    return make_engine(database_url(chosen), chosen)


@cache
def engine() -> sa.Engine:
    """The engine of the pages, whose role owns nothing and sees what its session's person may see."""
    chosen = settings()
    if chosen.app_database_url is not None:
        return make_engine(chosen.app_database_url.get_secret_value(), chosen)
    if chosen.database_url is None:
        return make_engine(Cluster(chosen.data_dir).url(user=APP), chosen)
    return as_app(make_engine(chosen.database_url, chosen))


def as_app(made: sa.Engine) -> sa.Engine:
    """Let every connection of an engine become the app's role when it is made."""

    @sa.event.listens_for(made, "connect")
    def become(connection: "psycopg.Connection[object]", _: object) -> None:
        connection.autocommit = True
        connection.execute(f"SET ROLE {APP}")
        connection.autocommit = False

    return made


@contextmanager
def reading(source: sa.Engine | None = None) -> Iterator[sa.Connection]:
    """A read-only transaction with the statement timeout of pages, for the person who asks.

    Raises
    ------
    DatabaseAway : the database does not answer.
    """
    limit_ms = settings().statement_timeout_s * 1000
    try:
        with (source or engine()).connect() as connection:
            connection.execute(sa.text("SET TRANSACTION READ ONLY"))
            connection.execute(sa.text(f"SET LOCAL statement_timeout = {limit_ms}"))
            identity.tell(connection, identity.current())
            yield connection
    except (sa.exc.OperationalError, sa.exc.TimeoutError) as error:
        if is_away(error):
            raise DatabaseAway() from error
        raise


@contextmanager
def changing(source: sa.Engine | None = None) -> Iterator[sa.Connection]:
    """A transaction that changes what the person who asks may change; committed if the block ends well.

    Raises
    ------
    DatabaseAway : the database does not answer.
    NotAllowed : the policies of the tables refuse it.
    """
    try:
        with (source or engine()).begin() as connection:
            identity.tell(connection, identity.current())
            yield connection
    except sa.exc.DBAPIError as error:
        if is_away(error):
            raise DatabaseAway() from error
        if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise NotAllowed() from error
        raise


def is_away(error: BaseException) -> bool:
    """Whether an error means that the database cannot be reached (rather than that a query is wrong)."""
    if isinstance(error, DatabaseAway | sa.exc.TimeoutError):
        return True
    if isinstance(error, sa.exc.DBAPIError):
        original = error.orig
        if error.connection_invalidated or getattr(original, "sqlstate", None) is None:
            return isinstance(original, psycopg.OperationalError)
        return str(getattr(original, "sqlstate", "")).startswith(("08", "57P"))
    return False


def create_database(cluster: Cluster, name: str = DATABASE, template: str | None = None) -> None:
    """Create a database of the embedded cluster if it is missing."""
    admin = sa.create_engine(cluster.url(SUPERUSER), isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            known = connection.scalar(sa.text("SELECT 1 FROM pg_database WHERE datname = :n"), {"n": name})
            if not known:
                # Files are copied in half the time of pages by way of the log, which is what survives a crash.
                strategy = "" if cluster.durable else " STRATEGY FILE_COPY"
                copied = f' TEMPLATE "{template}"{strategy}' if template else ""
                connection.execute(sa.text(f'CREATE DATABASE "{name}"{copied}'))
    finally:
        admin.dispose()


def drop_database(cluster: Cluster, name: str) -> None:
    """Drop a database of the embedded cluster, throwing out whoever is connected."""
    admin = sa.create_engine(cluster.url(SUPERUSER), isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    finally:
        admin.dispose()
