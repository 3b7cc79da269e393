"""What the record costs an import: the largest delivery of a county, with its entry and without.

A county's files are made up, its units imported, and then its largest file again and again, in turn with the entry
that every import writes into the record and without it. From the second time on nothing of the file is new, so that
the import is as short as it can be, and the entry's share as large. Imports run in a cluster of their own under a
temporary folder, which is taken away again; it syncs to disk like a real one. The time of the entry taken by
itself counts, and the difference of the imports: a true one shows in the best rounds and in the median alike.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import sqlalchemy as sa

from base.journal import start_journal
from base.settings import settings
from bench._scratch import scratch
from pipelines.demo import generate
from pipelines.demo.load import deliver
from store import record

GOAL = 0.10
ROUNDS = 9
ENTRIES = 10_000
"""Entries that the record has already: a chain must not grow dearer with its length."""
_COUNTY = "441881"
_UNITS = "admin_units"


def fill(engine: sa.Engine) -> None:
    """Give the record a past."""
    with engine.begin() as connection:
        for number in range(ENTRIES):
            record.note_for(connection, None, "bench", "signed_in", "session", number)


def seconds(work: Callable[[], object]) -> float:
    """Seconds of wall-clock time."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measure(engine: sa.Engine, folder: Path) -> bool:
    """Import in turn with the entry and without, print the ratio; True if the goal is met."""
    manifest = generate(folder, counties=(_COUNTY,))
    for handed in sorted(manifest.files, key=lambda file: file.order):
        if handed.feature == _UNITS:
            deliver(engine, folder, handed, manifest)
    largest = max((f for f in manifest.files if f.feature != _UNITS), key=lambda file: file.rows)
    print(f"{largest.feature}: {largest.rows} rows; {ENTRIES} entries on record", flush=True)
    fill(engine)
    deliver(engine, folder, largest, manifest)
    with_entry, without, noting = [], [], []
    true_note = record.note_for

    def timed_note(*given: object, **named: object) -> int:
        begun = time.perf_counter()
        entry = true_note(*given, **named)  # type: ignore[arg-type]
        noting.append(time.perf_counter() - begun)
        return entry

    for _ in range(ROUNDS):
        with patch.object(record, "note_for", timed_note):
            with_entry.append(seconds(lambda: deliver(engine, folder, largest, manifest)))
        with patch.object(record, "note_for", lambda *_, **__: 0):
            without.append(seconds(lambda: deliver(engine, folder, largest, manifest)))
    return tell(with_entry, without, noting)


def tell(with_entry: list[float], without: list[float], noting: list[float]) -> bool:
    """Print what was measured; True if the entry's share of the import is small enough."""
    whole = statistics.median(without)
    share = statistics.median(noting) / whole
    more = statistics.median(a - b for a, b in zip(with_entry, without, strict=True)) / whole
    best = min(with_entry) / min(without) - 1
    met = share < GOAL and min(more, best) < GOAL
    print(
        f"an import: with its entry {statistics.median(with_entry):.3f} s, without {whole:.3f} s; "
        f"difference {more:+.4f} (best rounds {best:+.4f})\n"
        f"writing the entry: {1000 * statistics.median(noting):.2f} ms, {share:.4f} of the import "
        f"(goal {GOAL:g}: {'met' if met else 'MISSED'})"
    )
    return met


def main() -> int:
    """Measure; exit status 1 if the goal is missed."""
    start_journal(settings().model_copy(update={"log_level": "WARNING"}))
    with tempfile.TemporaryDirectory(prefix="xiangtu-bench-files-") as files, scratch() as engine:
        return 0 if measure(engine, Path(files)) else 1


if __name__ == "__main__":
    sys.exit(main())
