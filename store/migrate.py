"""Bringing a database to the schema of this program."""

from pathlib import Path

import alembic.command
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from store.errors import PostgisMissing, SchemaTooNew
from store.models import SCHEMA
from store.protection import protect

_LOCK = 0x7869616E677475
"""Advisory lock under which only one process migrates ("xiangtu" in ASCII)."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def head() -> str:
    """The newest revision that this program knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("no migrations are installed")
    return revision


def known_revisions() -> frozenset[str]:
    """All revisions that this program knows."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def current(connection: sa.Connection) -> str | None:
    """The revision of a database, None when it is empty."""
    known = connection.scalar(sa.text(f"SELECT to_regclass('{SCHEMA}.schema_version')"))
    if known is None:
        return None
    revision: str | None = connection.scalar(sa.text(f"SELECT version_num FROM {SCHEMA}.schema_version"))
    return revision


def upgrade(engine: sa.Engine, target: str = "head") -> str:
    """Migrate to `target` in one transaction and return the revision reached.

    Raises
    ------
    SchemaTooNew : the database has a revision that this program does not know.
    PostgisMissing : the server has no PostGIS or the user may not create it.
    """
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _ensure_postgis(connection)
        connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        before = current(connection)
        if before is not None and before not in known_revisions():
            raise SchemaTooNew(revision=before)
        config = _config()
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, target)
        if connection.scalar(sa.text("SELECT to_regclass('access.permissions')")):
            protect(connection)
        return current(connection) or ""


def _ensure_postgis(connection: sa.Connection) -> None:
    if connection.scalar(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")):
        return
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION postgis"))
    except sa.exc.DBAPIError as error:
        raise PostgisMissing(database=connection.engine.url.database) from error
