"""Waiting until the writers of other tests have ended, whose transactions all databases of the cluster count with.

A run of the touched looks at what was written since the oldest transaction that had not ended when the run before
looked (`store.changes.horizon`), whichever database that one belongs to: with others at work it may compute more than
the least. Tests that count what is computed wait for those others.
"""

import time

import sqlalchemy as sa

from store.changes import horizon

_LONGEST_S = 120


def wait_for_writers(engine: sa.Engine) -> None:
    """Wait until all transactions that had begun before now, in any database of the cluster, have ended."""
    with engine.begin() as connection:
        now = connection.execute(sa.text("SELECT pg_current_xact_id()::text::bigint")).scalar_one()
    until = time.monotonic() + _LONGEST_S
    while time.monotonic() < until:
        with engine.connect() as connection:
            if horizon(connection) > now:
                return
        time.sleep(0.05)
    raise TimeoutError(f"a transaction older than {now} has not ended in {_LONGEST_S} s")
