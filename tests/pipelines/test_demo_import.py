"""What was planted in the demo's files is what the import finds, row for row."""

import pytest
import sqlalchemy as sa

from pipelines.demo import Manifest, Outcome, generate
from store.models import ImportBatch
from tests.conftest import SMALL_CITY


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> Manifest:
    """The manifest of the small city, whose files `city` has imported."""
    return generate(tmp_path_factory.mktemp("again"), counties=SMALL_CITY)


def test_every_file_is_imported_with_the_planted_problems_and_no_others(city: sa.Engine, manifest):
    with city.connect() as connection:
        batches = {b.file_name: b for b in connection.execute(sa.select(ImportBatch.__table__))}
    assert set(batches) == {f.path for f in manifest.files}
    for file in manifest.files:
        batch = batches[file.path]
        found = (batch.rows_read, batch.rejected, batch.repaired)
        planted = (file.rows, file.planted_count(Outcome.REJECTED), file.planted_count(Outcome.REPAIRED))
        assert found == planted, file.path
        assert batch.synthetic
