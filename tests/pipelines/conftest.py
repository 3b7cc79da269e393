"""A small register of units in a real database, for the tests of the import."""

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

import layers
from base.settings import settings
from pipelines.import_ import import_file
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from tests.pipelines.import_files import units_frame


@pytest.fixture(scope="session")
def register_template(
    cluster: Cluster, migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Name of a template database with the units of `import_files.UNITS`, imported from a GeoPackage."""
    name = f"register_{uuid.uuid4().hex[:8]}"
    create_database(cluster, name, template=migrated)
    engine = make_engine(cluster.url(name), settings())
    path = tmp_path_factory.mktemp("units") / "行政区划.gpkg"
    units_frame().to_file(path)
    report = import_file(engine, path, layers.feature_type("admin_units"))
    assert report.counts.rejected == 0, report.findings
    engine.dispose()
    yield name
    drop_database(cluster, name)


@pytest.fixture
def register(cluster: Cluster, register_template: str) -> Iterator[sa.Engine]:
    """A database with the small register and nothing else, for one test."""
    name = f"test_{uuid.uuid4().hex[:10]}"
    create_database(cluster, name, template=register_template)
    engine = make_engine(cluster.url(name), settings())
    yield engine
    engine.dispose()
    drop_database(cluster, name)
