"""Whatever dies in an acceptance, it and both its postings are there, or none of the three is."""

import os
import signal
import subprocess
import sys

import pytest
import sqlalchemy as sa

from access import Assignment
from base.settings import CHECKOUT
from layers import Role
from store.embedded import Cluster
from store.protection import APP
from tests import signed_in
from tests.store.land.accepting import PLACES
from tests.store.land.test_consolidation import TOWN, Bureau, acceptance, bureau, mu

__all__ = ["bureau"]


@pytest.mark.parametrize("place", PLACES)
def test_killed_in_an_acceptance(bureau: Bureau, cluster: Cluster, place: str) -> None:
    bureau.project("ZZ1")
    secret = signed_in.session(bureau.owner, (Assignment(Role.LAND_REVIEWER, "441821"),))
    url = cluster.url(str(bureau.owner.url.database), user=APP)
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.store.land.accepting", url, secret, "ZZ1", TOWN, place],
        stdout=subprocess.PIPE,
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
    )
    assert running.stdout is not None and running.stdout.readline() == b"here\n"
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stdout.close()
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
    whole = {
        (TOWN, "saved", "available", "ZZ1", ""): mu("19.25"),
        (TOWN, "farmland", "available", "ZZ1", ""): mu("28.5"),
    }
    if place != "committed":
        assert bureau.held() == {}
        assert _rows(bureau) == (0, 0)
        bureau.accept(acceptance())
    assert {key: amount for key, amount in bureau.held().items() if amount > 0} == whole
    assert _rows(bureau) == (2, 1)


def _rows(bureau: Bureau) -> tuple[int, int]:
    """Postings and acceptances that are there."""
    counted = (
        "SELECT (SELECT count(*) FROM xiangtu.quota_postings), "
        "(SELECT count(*) FROM xiangtu.consolidation_acceptances)"
    )
    with bureau.owner.connect() as connection:
        row = connection.execute(sa.text(counted)).one()
    return int(row[0]), int(row[1])
