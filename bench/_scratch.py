"""A cluster of a measurement's own, and the figures that a run stored."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from base.settings import settings
from pipelines.indicators import today
from store.embedded import Cluster
from store.engine import create_database, make_engine
from store.migrate import upgrade


@contextmanager
def scratch() -> Iterator[sa.Engine]:
    """An empty database of the newest schema in a cluster that goes away with it."""
    with tempfile.TemporaryDirectory(prefix="xiangtu-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with Cluster(folder).in_use() as cluster:
            create_database(cluster)
            engine = make_engine(cluster.url(), settings())
            upgrade(engine)
            yield engine
            engine.dispose()


def figures(engine: sa.Engine) -> pd.DataFrame:
    """All figures of today's runs, in a fixed order."""
    statement = (
        "SELECT indicator_id, level, admin_code, scope, value, numerator, denominator, with_data, units "
        "FROM xiangtu.indicator_values WHERE as_of = :day ORDER BY 1, 2, 3, 4"
    )
    with engine.connect() as connection:
        return pd.read_sql(sa.text(statement), connection, params={"day": today()})
