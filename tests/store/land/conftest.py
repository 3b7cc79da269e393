"""A land bureau with an empty ledger for each test."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from base.settings import settings
from store.embedded import Cluster
from store.engine import make_engine
from store.protection import APP
from tests.store.land.bureau import Bureau


@pytest.fixture
def bureau(cluster: Cluster, database: sa.Engine) -> Iterator[Bureau]:
    """People of a land bureau before an empty ledger."""
    app = make_engine(cluster.url(str(database.url.database), user=APP), settings())
    yield Bureau(database, app)
    app.dispose()
