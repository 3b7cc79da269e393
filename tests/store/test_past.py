"""The past as it was known: figures against a naive model under any order of computations; boundaries of a day."""

import datetime as dt
from dataclasses import dataclass, field
from itertools import pairwise

import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import AdminLevel
from store import past, snapshots
from store.snapshots import Look, StoredRow

DAYS = (dt.date(2024, 6, 30), dt.date(2024, 12, 31))
CODES = ("441881103201", "441881103202", "441821001201")
NAMES = ("tap_water_rate", "ftth_household_share")
Figures = dict[tuple[str, dt.date, str], float | None]


def _row(name: str, code: str, value: float | None) -> StoredRow:
    known = value is not None
    number = float("nan") if value is None else value
    return StoredRow(
        name, "village", code, "all", number, number, 1.0 if known else float("nan"), int(known), 1
    )


@dataclass(frozen=True)
class Whole:
    """A run that replaces what a day has of an indicator below a prefix."""

    day: dt.date
    name: str
    prefix: str
    values: dict[str, float | None]


@dataclass(frozen=True)
class Touched:
    """A run that writes one row."""

    day: dt.date
    name: str
    code: str
    value: float | None


_VALUES = st.none() | st.sampled_from((0.0, 0.1, 0.25, 1 / 3, 1.0))
_DAY, _NAME = st.sampled_from(DAYS), st.sampled_from(NAMES)
_WHOLE = st.builds(
    Whole,
    _DAY,
    _NAME,
    st.sampled_from(("4418", "441881", "441821")),
    st.dictionaries(st.sampled_from(CODES), _VALUES),
)
_TOUCHED = st.builds(Touched, _DAY, _NAME, st.sampled_from(CODES), _VALUES)


@dataclass
class Model:
    """All figures after each computation, kept whole."""

    now: Figures = field(default_factory=dict)
    then: list[tuple[dt.datetime, Figures]] = field(default_factory=list)

    def take(self, done: Whole | Touched) -> None:
        if isinstance(done, Touched):
            self.now = {**self.now, (done.name, done.day, done.code): done.value}
            return
        kept = {
            key: value
            for key, value in self.now.items()
            if (key[0], key[1]) != (done.name, done.day) or not key[2].startswith(done.prefix)
        }
        fresh = {
            (done.name, done.day, code): value
            for code, value in done.values.items()
            if code.startswith(done.prefix)
        }
        self.now = kept | fresh


def _compute(engine: sa.Engine, done: Whole | Touched) -> dt.datetime:
    """Store it as a run does; a moment after it ended."""
    with engine.begin() as connection:
        run = snapshots.start_run(connection, Look(done.day, {}, 0, "", "part"))
        if isinstance(done, Touched):
            snapshots.replace_rows(connection, done.day, [_row(done.name, done.code, done.value)])
        else:
            rows = [
                _row(done.name, code, v) for code, v in done.values.items() if code.startswith(done.prefix)
            ]
            frame = pd.DataFrame(rows, columns=list(StoredRow._fields))
            snapshots.replace(connection, done.day, frame, [done.name], [done.prefix])
        snapshots.finish_run(connection, run, "done", 1, 1, 0.0)
    with engine.connect() as connection:
        moment: dt.datetime = connection.scalar(sa.text("SELECT clock_timestamp()"))
    return moment


def _read(engine: sa.Engine, known_at: dt.datetime | None) -> Figures:
    found: Figures = {}
    with engine.connect() as connection:
        for name in NAMES:
            for day in DAYS:
                frame = past.values_at(connection, name, day, AdminLevel.VILLAGE, known_at=known_at)
                assert frame["admin_code"].is_monotonic_increasing
                for code, value in zip(frame["admin_code"], frame["value"], strict=True):
                    found[(name, day, code)] = None if value != value else value
    return found


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.lists(_WHOLE | _TOUCHED, min_size=1, max_size=9))
def test_any_moment_of_knowledge_gives_what_was_known_then(
    database: sa.Engine, done: list[Whole | Touched]
) -> None:
    with database.begin() as connection:
        for table in ("indicator_values", "past_figures", "indicator_runs"):
            connection.execute(sa.text(f"DELETE FROM xiangtu.{table}"))
    model = Model()
    for one in done:
        model.take(one)
        model.then.append((_compute(database, one), model.now))
    assert _read(database, None) == model.now
    for moment, known in model.then:
        assert _read(database, moment) == known
    with database.connect() as connection:
        first = connection.scalar(sa.text("SELECT min(started_at) FROM xiangtu.indicator_runs"))
        kept = connection.scalar(sa.text("SELECT count(*) FROM xiangtu.past_figures"))
    assert _read(database, first - dt.timedelta(seconds=1)) == {}
    # A figure is kept once for each time it differed from the one before, not once for each computation.
    changes = 0
    for before, after in pairwise([{}, *(known for _, known in model.then)]):
        changes += sum(key not in after or after[key] != value for key, value in before.items())
    rewritten = sum(isinstance(one, Touched) for one in done)
    assert changes <= kept <= changes + rewritten


def test_a_clock_put_back_loses_no_order(database: sa.Engine) -> None:
    day, name, code = DAYS[0], NAMES[0], CODES[0]
    _compute(database, Touched(day, name, code, 0.1))
    with database.begin() as connection:  # as if the first run had been noted by a clock an hour ahead
        connection.execute(
            sa.text(
                "UPDATE xiangtu.indicator_runs SET finished_at = finished_at + interval '1 hour'; "
                "UPDATE xiangtu.indicator_values SET computed_at = computed_at + interval '1 hour'"
            )
        )
    _compute(database, Touched(day, name, code, 0.25))
    _compute(database, Touched(day, name, code, 1.0))
    with database.connect() as connection:
        assert past.values_at(connection, name, day, AdminLevel.VILLAGE)["value"].tolist() == [1.0]
        spans = connection.execute(
            sa.text("SELECT value, known_from < known_to FROM xiangtu.past_figures")
        ).all()
    assert spans == [(0.1, True)], "the one known for no time at all is not kept"


def test_days_and_the_moment_of_those_who_drew_them(database: sa.Engine) -> None:
    name, code = NAMES[0], CODES[0]
    first = _compute(database, Touched(DAYS[0], name, code, 0.1))
    today = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
    _compute(database, Touched(today, name, code, 0.2))
    second = _compute(database, Touched(DAYS[0], name, code, 0.3))
    with database.connect() as connection:
        days = past.known_days(connection, name, AdminLevel.VILLAGE)
        assert [day.as_of for day in days] == [DAYS[0], today]
        assert days[0].first_known <= first < days[0].last_known <= second
        assert days[0].then == days[0].first_known, "computed long after the day: what was known first"
        assert days[1].then > second, "a day that is not over: all of it"
        seen = past.values_at(connection, name, DAYS[0], AdminLevel.VILLAGE, known_at=days[0].then)
        assert seen["value"].tolist() == [0.1]
        assert [d.as_of for d in past.known_days(connection, name, AdminLevel.VILLAGE, first)] == [DAYS[0]]
        assert past.known_days(connection, name, AdminLevel.COUNTY) == ()


_UNIT = """
INSERT INTO feature.admin_units (admin_code, name, level, kind, geom, batch_id, valid_from)
VALUES (:code, :name, 'village', 'village', ST_Multi(ST_MakeEnvelope(113, 24, :east, 24.1, 4490)), :batch, :at)
ON CONFLICT (admin_code) DO UPDATE SET name = excluded.name, geom = excluded.geom, batch_id = excluded.batch_id,
    valid_from = excluded.valid_from
"""


class Register:
    """Boundaries handed in, each file with its day, one minute after the other."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    def hand_in(self, as_of: dt.date | None, **east: float) -> dt.datetime:
        """Import villages by the last digits of their codes; the moment after."""
        self.at += dt.timedelta(minutes=1)
        with self.engine.begin() as connection:
            self._moment(connection)
            batch = connection.scalar(
                sa.text(
                    "INSERT INTO xiangtu.import_batches (feature_id, file_name, file_sha256, state, as_of) "
                    "VALUES ('admin_units', 'a', 'a', 'done', :as_of) RETURNING id"
                ),
                {"as_of": as_of},
            )
            for digits, edge in east.items():
                code = f"441881103{digits[1:]}"
                given = {
                    "code": code,
                    "name": f"{digits}/{edge}",
                    "east": edge,
                    "batch": batch,
                    "at": self.at,
                }
                connection.execute(sa.text(_UNIT), given)
        return self.at + dt.timedelta(seconds=1)

    def remove(self, digits: str) -> dt.datetime:
        self.at += dt.timedelta(minutes=1)
        with self.engine.begin() as connection:
            self._moment(connection)
            statement = sa.text("DELETE FROM feature.admin_units WHERE admin_code = :code")
            connection.execute(statement, {"code": f"441881103{digits[1:]}"})
        return self.at + dt.timedelta(seconds=1)

    def _moment(self, connection: sa.Connection) -> None:
        given = {"at": self.at.isoformat()}
        connection.execute(sa.text("SELECT set_config('xiangtu.moment', :at, true)"), given)

    def east(self, as_of: dt.date, known_at: dt.datetime | None = None) -> dict[str, float]:
        """Eastern edges by the last digits, on a day, as known at a moment."""
        with self.engine.connect() as connection:
            found = past.boundaries_at(connection, AdminLevel.VILLAGE, as_of, known_at=known_at)
        assert found.crs.to_epsg() == 4490
        return {
            f"v{code[9:]}": round(shapely.bounds(shape)[2], 3)
            for code, shape in zip(found["admin_code"], found.geometry, strict=True)
        }


@pytest.fixture
def register(database: sa.Engine) -> Register:
    return Register(database)


def test_boundaries_are_those_of_the_day_and_of_the_moment(register: Register) -> None:
    spring, summer, autumn = dt.date(2024, 3, 31), dt.date(2024, 6, 30), dt.date(2024, 9, 30)
    first = register.hand_in(spring, v201=113.1, v202=113.2)
    second = register.hand_in(autumn, v201=113.15, v203=113.3)
    third = register.hand_in(spring, v202=113.25)
    # Known now: a correction of spring's boundary holds for spring, one that came in autumn only from then on.
    assert register.east(spring) == register.east(summer) == {"v201": 113.1, "v202": 113.25}
    assert register.east(autumn) == {"v201": 113.15, "v202": 113.25, "v203": 113.3}
    # Known then.
    for day in (spring, summer, autumn):
        assert register.east(day, first) == {"v201": 113.1, "v202": 113.2}
    assert register.east(summer, second) == {"v201": 113.1, "v202": 113.2}
    assert register.east(autumn, second) == {"v201": 113.15, "v202": 113.2, "v203": 113.3}
    assert register.east(autumn, third) == register.east(autumn)
    # Before the first boundaries, these; before anything was known, nothing.
    assert register.east(dt.date(2020, 1, 1)) == register.east(spring)
    assert register.east(spring, first - dt.timedelta(hours=1)) == {}


def test_a_unit_that_is_no_more_was_there_before(register: Register) -> None:
    day = dt.date(2024, 3, 31)
    before = register.hand_in(day, v201=113.1, v202=113.2)
    after = register.remove("v202")
    assert register.east(day) == {"v201": 113.1, "v202": 113.2}, (
        "removed on the day of the removal, not before"
    )
    assert register.east(dt.date(2026, 1, 1)) == {"v201": 113.1}
    assert register.east(dt.date(2026, 1, 1), before) == {"v201": 113.1, "v202": 113.2}
    assert register.east(dt.date(2026, 1, 1), after) == {"v201": 113.1}


def test_boundaries_of_an_import_without_a_stated_day_hold_from_its_day(register: Register) -> None:
    register.hand_in(dt.date(2024, 3, 31), v201=113.1)
    register.hand_in(None, v201=113.4)
    assert register.east(dt.date(2025, 12, 31)) == {"v201": 113.1}
    assert register.east(dt.date(2026, 1, 1)) == {"v201": 113.4}
