"""A program that accepts a project and stops at a place of its choosing, for a test that kills it there.

Arguments: URL of the database, secret of the session, number of the project, unit, where to stop.
"""

import datetime as dt
import os
import sys
import time
from decimal import Decimal
from typing import Any

from base.settings import settings
from store import identity
from store.engine import changing, make_engine
from store.land import consolidation, ledger

PLACES = ("posted", "both posted", "accepted", "noted", "committed")


def _stop(place: str) -> None:
    if sys.argv[5] == place:
        print("here", flush=True)  # noqa: T201 - the test waits for it
        time.sleep(60)


def main() -> None:
    """Accept, and stop where asked."""
    engine = make_engine(sys.argv[1], settings())
    kept = {name: getattr(module, name) for module, name in ((ledger, "post"), (consolidation, "_insert"))}
    posted = []

    def post(*given: Any, **named: Any) -> Any:
        posted.append(kept["post"](*given, **named))
        _stop(PLACES[len(posted) - 1])
        return posted[-1]

    def insert(*given: Any, **named: Any) -> Any:
        done = kept["_insert"](*given, **named)
        _stop("accepted")
        return done

    ledger.post, consolidation._insert = post, insert
    new = consolidation.NewAcceptance(
        sys.argv[3], sys.argv[4], dt.date(2026, 3, 1), Decimal("28.5"), Decimal("19.25")
    )
    with identity.acting(sys.argv[2]):
        with changing(engine) as connection:
            consolidation.accept(connection, new)
            _stop("noted")
        _stop("committed")
    os._exit(0)


if __name__ == "__main__":
    main()
