"""Whatever dies in an approval, the step and its posting are both there or neither is."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa

from base.settings import CHECKOUT, settings
from layers.codes import ReviewState
from store.embedded import Cluster
from store.engine import make_engine
from store.protection import APP
from tests.reviewed import PARCEL, Bureau
from tests.store.land.approving import PLACES

AREA_MU = Decimal("16.89")


@pytest.fixture
def bureau(cluster: Cluster, database: sa.Engine) -> Iterator[Bureau]:
    app = make_engine(cluster.url(str(database.url.database), user=APP), settings())
    made = Bureau(database, app)
    made.put_parcel()
    made.put_check()
    made.issue()
    made.bring("examined")
    yield made
    app.dispose()


@pytest.mark.parametrize("how", ["program", "connection"])
@pytest.mark.parametrize("place", PLACES)
def test_killed_in_an_approval(bureau: Bureau, cluster: Cluster, place: str, how: str) -> None:
    before = bureau.counts()
    url = cluster.url(str(bureau.owner.url.database), user=APP)
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.store.land.approving", url, bureau.secret("city"), PARCEL, place],
        stdout=subprocess.PIPE,
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
    )
    assert running.stdout is not None and running.stdout.readline() == b"here\n"
    if how == "program":
        running.send_signal(signal.SIGKILL)
        running.wait()
    _end_connections(bureau)
    if how == "connection":
        running.kill()
        running.wait()
    running.stdout.close()
    now = bureau.seen("city")
    if place == "committed":
        assert now.state is ReviewState.APPROVED and now.posting_id is not None
        assert (bureau.available(), bureau.allotted()) == (Decimal(100) - AREA_MU, AREA_MU)
        return
    assert now.state is ReviewState.EXAMINED and now.posting_id is None
    assert (bureau.available(), bureau.allotted()) == (Decimal(100), Decimal(0))
    assert bureau.counts() == before
    assert bureau.step("city", "approve").state is ReviewState.APPROVED
    assert bureau.allotted() == AREA_MU


def _end_connections(bureau: Bureau) -> None:
    """End what the program had open, as a server does that notices the death, or an administrator; wait for it."""
    with bureau.owner.connect() as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
                "AND usename = :app AND pid <> pg_backend_pid()"
            ),
            {"app": APP},
        )
        connection.rollback()
    bureau.app.dispose()
