"""The month's briefings of all towns and streets, gathered once, against the same made one at a time.

The peer is what the page does for one place, done for each: the place is gathered by itself and its PDF made. Ours
gathers the city once and makes every PDF of that. Both read the database of ``XIANGTU_DATA_DIR``; what they write is
compared to the last byte, and the page's promise, a township's PDF within two seconds, is asked of the peer's slowest.
Seconds are those of the wall; processor seconds of this process are printed beside them.
"""

import argparse
import datetime as dt
import sys
import time
from collections.abc import Callable

import sqlalchemy as sa

from base.journal import start_journal
from base.settings import settings
from bench._server import database
from i18n import LANGUAGES, Lang
from layers import AdminLevel
from maps.theme_picture import theme_picture
from pipelines.briefing import Format, briefing, documents, gather, townships
from pipelines.indicators import today

GOAL_ONE_S = 2.0
Made = dict[str, bytes]
_AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def together(connection: sa.Connection, lang: Lang, formats: set[Format], most: int) -> tuple[Made, float]:
    """All briefings of one reading, and the seconds of the slowest."""
    held = gather(connection, settings().city_code, today=today(), deepest=AdminLevel.VILLAGE)
    return _each(
        [one.admin_code for one in townships(held)[:most]],
        lambda code: documents(briefing(held, code, lang, theme_picture, _AT), formats),
    )


def one_at_a_time(
    connection: sa.Connection, lang: Lang, formats: set[Format], most: int
) -> tuple[Made, float]:
    """Each briefing of a reading of its own, and the seconds of the slowest."""
    places = townships(gather(connection, settings().city_code, today=today()))

    def made(code: str) -> dict[Format, bytes]:
        held = gather(connection, code, today=today())
        return documents(briefing(held, code, lang, theme_picture, _AT), formats)

    return _each([one.admin_code for one in places[:most]], made)


def _each(codes: list[str], make: Callable[[str], dict[Format, bytes]]) -> tuple[Made, float]:
    files, slowest = {}, 0.0
    for code in codes:
        begun = time.perf_counter()
        # Only a PDF is the same to the last byte when made twice; the others hold the moment of their zip.
        made = make(code)
        files[code] = made.get(Format.PDF, b"")
        slowest = max(slowest, time.perf_counter() - begun)
    return files, slowest


def main() -> int:
    """Measure; exit status 1 if files differ, or one township takes longer than the page promises."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--language", choices=LANGUAGES, default="zh")
    parser.add_argument("--formats", default="pdf")
    parser.add_argument("--most", type=int, default=1000, help="townships at most")
    given = parser.parse_args()
    start_journal(settings().model_copy(update={"log_level": "WARNING"}))
    formats = {Format(name) for name in given.formats.split(",")}
    found: dict[str, tuple[Made, float, float, float]] = {}
    with database() as url:
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            for name, way in (("gathered once", together), ("one at a time", one_at_a_time)):
                wall, processor = time.perf_counter(), time.process_time()
                files, slowest = way(connection, given.language, formats, given.most)
                took = time.perf_counter() - wall, time.process_time() - processor
                found[name] = (files, slowest, *took)
                print(
                    f"{name}: {len(files)} places ({given.formats}, {given.language}) in {took[0]:.1f} s "
                    f"({took[1]:.1f} s of processor), the slowest {slowest:.2f} s",
                    flush=True,
                )
        engine.dispose()
    ours, peer = found["gathered once"], found["one at a time"]
    same = ours[0] == peer[0]
    fast = peer[1] <= GOAL_ONE_S or Format.PDF not in formats
    print(
        f"ratio {ours[2] / peer[2]:.2f} (processor {ours[3] / peer[3]:.2f}); files {'agree' if same else 'DIFFER'}; "
        f"one township within {GOAL_ONE_S:g} s: {'met' if fast else 'MISSED'}"
    )
    return 0 if same and fast else 1


if __name__ == "__main__":
    sys.exit(main())
