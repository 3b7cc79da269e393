"""A program that approves a parcel and stops at a place of its choosing, for a test that kills it there.

Arguments: URL of the database, secret of the session, number of the parcel, where to stop.
"""

import os
import sys
import time
from typing import Any

from base.settings import settings
from store import identity, record
from store.engine import changing, make_engine
from store.land import allotments, reviews

PLACES = ("before", "posted", "noted", "stepped", "committed")


def _stop(place: str) -> None:
    if sys.argv[4] == place:
        print("here", flush=True)  # noqa: T201 - the test waits for it
        time.sleep(60)


def _stopping_after(module: Any, name: str, place: str) -> None:
    kept = getattr(module, name)

    def instead(*given: Any, **named: Any) -> Any:
        done = kept(*given, **named)
        _stop(place)
        return done

    setattr(module, name, instead)


def main() -> None:
    """Approve, and stop where asked."""
    engine = make_engine(sys.argv[1], settings())
    _stopping_after(allotments, "allot", "posted")
    _stopping_after(reviews, "_insert", "stepped")
    noted = record.note

    def note(connection: Any, action: str, *given: Any, **named: Any) -> Any:
        done = noted(connection, action, *given, **named)
        if action == "parcel_approve":
            _stop("noted")
        return done

    record.note = note
    with identity.acting(sys.argv[2]):
        with changing(engine) as connection:
            seen = reviews.review(connection, sys.argv[3])
            _stop("before")
            reviews.approve(connection, seen, "同意用地申请")
        _stop("committed")
    os._exit(0)


if __name__ == "__main__":
    main()
