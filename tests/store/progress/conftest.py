"""An office of monthly reports with an empty library for each test."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from base.settings import settings
from store.embedded import Cluster
from store.engine import make_engine
from store.protection import APP
from tests.reported import Office, put_project


@pytest.fixture
def office(cluster: Cluster, database: sa.Engine) -> Iterator[Office]:
    """People of an office before an empty library."""
    app = make_engine(cluster.url(str(database.url.database), user=APP), settings())
    yield Office(database, app)
    app.dispose()


@pytest.fixture
def project(office: Office) -> int:
    """A project under way in the town of these tests."""
    with office.owner.begin() as connection:
        return put_project(connection)
