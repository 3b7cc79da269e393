"""Indicator snapshots: the figures of every unit, kept by day."""

import datetime as dt
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd
import sqlalchemy as sa
from psycopg import sql

from base.settings import settings
from layers import AdminLevel
from store.bulk import copy_frame
from store.driver import driver_of
from store.queries import query


@contextmanager
def frozen(source: sa.Engine) -> Iterator[tuple[sa.Connection, str]]:
    """A read-only transaction whose view of the data other connections can share.

    Yields the connection and the id to hand to `shared_view` while the context lasts.
    """
    with source.connect() as connection:
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        yield connection, connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()


@contextmanager
def shared_view(source: sa.Engine, view_id: str) -> Iterator[sa.Connection]:
    """A read-only transaction that sees what `frozen` saw, whatever was committed since."""
    with source.connect() as connection:
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        statement = sql.SQL("SET TRANSACTION SNAPSHOT {}").format(view_id).as_string()
        connection.execute(sa.text(statement))
        yield connection


def data_versions(connection: sa.Connection) -> dict[str, int]:
    """How often each feature type's data had changed, by feature id."""
    rows = connection.execute(sa.text("SELECT feature_id, version FROM xiangtu.layer_versions"))
    return {row.feature_id: row.version for row in rows}


def changed_since_run(connection: sa.Connection) -> list[str]:
    """Feature types whose data are newer than the last finished computation."""
    return list(connection.execute(query("changed_since_run")).scalars())


def is_computed(connection: sa.Connection, as_of: dt.date) -> bool:
    """Whether a finished computation of the day is stored."""
    statement = sa.text(
        "SELECT EXISTS (SELECT 1 FROM xiangtu.indicator_runs WHERE as_of = :as_of AND state = 'done')"
    )
    return connection.execute(statement, {"as_of": as_of}).scalar_one() is True


def latest_data_day(connection: sa.Connection) -> dt.date | None:
    """The day that the newest data describe: stated when they were handed in, else the day of the import.

    None if no import changed anything yet.
    """
    statement = sa.text(
        "SELECT max(coalesce(as_of, (finished_at AT TIME ZONE 'Asia/Shanghai')::date)) "
        "FROM xiangtu.import_batches WHERE state = 'done' AND inserted + updated > 0"
    )
    found: dt.date | None = connection.execute(statement).scalar_one()
    return found


@dataclass(frozen=True)
class Look:
    """Which data a computation looks at, and what it computes of them.

    Attributes
    ----------
    versions : how often each feature type's data had changed.
    horizon : as `store.changes.horizon`.
    program : digest of the declarations and measures.
    kind : ``whole``, ``part`` (some counties or indicators) or ``touched`` (all that the changes touch).
    """

    as_of: dt.date
    versions: Mapping[str, int]
    horizon: int
    program: str
    kind: str


def start_run(connection: sa.Connection, look: Look) -> int:
    """Note that a computation began; returns its id."""
    given = {**vars(look), "versions": json.dumps(look.versions)}
    started: int = connection.execute(query("start_run"), given).scalar_one()
    return started


def finish_run(
    connection: sa.Connection, run_id: int, state: str, counties: int, villages: int, seconds: float
) -> None:
    """Note how a computation ended: ``done``, in the transaction that stores its figures, or ``failed``."""
    given = {"id": run_id, "state": state, "counties": counties, "villages": villages, "seconds": seconds}
    connection.execute(query("finish_run"), given)


def replace(
    connection: sa.Connection,
    as_of: dt.date,
    figures: pd.DataFrame,
    indicator_ids: Sequence[str],
    prefixes: Sequence[str],
) -> int:
    """Put figures in the place of a day's earlier ones, within the caller's transaction.

    Two computations of one day wait for each other here. Figures that are the same stay as they are; those that
    differ or are no more go to the past ones (`store.past`).

    Parameters
    ----------
    figures : columns as `analysis.rollup.COLUMNS`.
    indicator_ids, prefixes : what is replaced: rows of these indicators whose code begins with one of the
        prefixes (``4418`` for the whole city, city row included).

    Returns
    -------
    How many figures the day has of these now.
    """
    moment = _in_turn(connection, as_of)
    given = {
        "as_of": as_of, "indicator_ids": list(indicator_ids), "patterns": [f"{p}%" for p in prefixes],
    }  # fmt: skip
    fresh = figures.assign(as_of=as_of, computed_at=moment.isoformat())
    if not connection.scalar(query("has_figures"), given):
        return copy_frame(connection, "xiangtu.indicator_values", fresh)
    names = ", ".join(f'"{name}"' for name in fresh.columns)
    columns = f"SELECT {names} FROM xiangtu.indicator_values WITH NO DATA"
    connection.execute(sa.text(f"CREATE TEMP TABLE fresh_figures ON COMMIT DROP AS {columns}"))
    copy_frame(connection, "pg_temp.fresh_figures", fresh)
    connection.execute(sa.text("ANALYZE pg_temp.fresh_figures"))
    connection.execute(query("keep_replaced"), {**given, "moment": moment})
    connection.execute(query("put_fresh"))
    connection.execute(sa.text("DROP TABLE pg_temp.fresh_figures"))
    return len(fresh)


class StoredRow(NamedTuple):
    """One row of a day's figures; NaN without data."""

    indicator_id: str
    level: str
    admin_code: str
    scope: str
    value: float
    numerator: float
    denominator: float
    with_data: int
    units: int


def replace_rows(connection: sa.Connection, as_of: dt.date, rows: Sequence[StoredRow]) -> int:
    """Put rows in the place of earlier ones, within the caller's transaction; how many were written.

    The earlier ones go to the past figures, so rows are to differ from them.
    """
    moment = _in_turn(connection, as_of)
    if not rows:
        return 0
    ids, levels, codes, scopes, *_ = (list(column) for column in zip(*rows, strict=True))
    given = {
        "as_of": as_of, "indicator_ids": ids, "levels": levels, "codes": codes, "scopes": scopes,
        "moment": moment,
    }  # fmt: skip
    connection.execute(query("keep_rows"), given)
    columns = ", ".join(("as_of", "computed_at", *StoredRow._fields))
    with (
        driver_of(connection).cursor() as cursor,
        cursor.copy(f"COPY xiangtu.indicator_values ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row((as_of, moment, *(None if field != field else field for field in row)))
    return len(rows)


def stored_rows(
    connection: sa.Connection,
    as_of: dt.date,
    asked: Mapping[AdminLevel, tuple[Sequence[str], Sequence[str]]],
) -> list[StoredRow]:
    """Rows of a day in every scope, by indicator and code.

    Parameters
    ----------
    asked : for each level the indicators and the leading digits of the codes.
    """
    # Codes between two others are found in the table's key; a pattern is not.
    one = (
        "SELECT indicator_id, level, admin_code, scope, value, numerator, denominator, with_data, units "
        "FROM xiangtu.indicator_values WHERE as_of = %s AND indicator_id = ANY(%s) AND level = %s "
        "AND admin_code >= %s AND admin_code < %s"
    )
    parts: list[str] = []
    given: list[object] = []
    for level, (ids, prefixes) in asked.items():
        for digits in prefixes:
            parts.append(one)
            given += [as_of, list(ids), str(level), digits.ljust(12, "0"), digits.ljust(12, "9")]
    if not parts:
        return []
    statement = sql.SQL(" UNION ALL ".join(parts) + " ORDER BY 1, 3")  # type: ignore[arg-type]
    with driver_of(connection).cursor(binary=True) as cursor:
        found: list[tuple[Any, ...]] = cursor.execute(statement, given).fetchall()
    return [
        StoredRow._make(row if None not in row else (math.nan if field is None else field for field in row))
        for row in found
    ]


def replace_observations(
    connection: sa.Connection,
    as_of: dt.date,
    observations: pd.DataFrame,
    indicator_ids: Sequence[str],
    prefixes: Sequence[str],
) -> None:
    """Keep the observations of a day in the place of earlier ones, within the caller's transaction.

    Parameters
    ----------
    observations : ``indicator_id``, ``admin_code``, ``value``, the values of a unit together and in order.
    indicator_ids, prefixes : as in `replace`.
    """
    statement = (
        "DELETE FROM xiangtu.indicator_observations WHERE as_of = :as_of "
        "AND indicator_id = ANY(:indicator_ids) AND admin_code LIKE ANY(:patterns)"
    )
    given = {
        "as_of": as_of, "indicator_ids": list(indicator_ids), "patterns": [f"{p}%" for p in prefixes],
    }  # fmt: skip
    connection.execute(sa.text(statement), given)
    if observations.empty:
        return
    written = observations["value"].map(repr)  # shortest text that reads back as the same number
    joined = written.groupby([observations["indicator_id"], observations["admin_code"]]).agg(",".join)
    rows = ("{" + joined + "}").rename("observed").reset_index()
    copy_frame(connection, "xiangtu.indicator_observations", rows.assign(as_of=as_of))


def put_observations(
    connection: sa.Connection, as_of: dt.date, observed: Mapping[tuple[str, str], Sequence[float]]
) -> None:
    """Keep the observations of some units in the place of earlier ones, within the caller's transaction.

    Parameters
    ----------
    observed : by indicator and code, in order; of a unit without any none are kept.
    """
    if not observed:
        return
    gone = "DELETE FROM xiangtu.indicator_observations WHERE as_of = %s AND indicator_id = %s AND admin_code = %s"
    kept = (
        "INSERT INTO xiangtu.indicator_observations (as_of, indicator_id, admin_code, observed) "
        "VALUES (%s, %s, %s, %s)"
    )
    with driver_of(connection).cursor() as cursor:
        cursor.executemany(gone, [(as_of, *pair) for pair in observed])
        cursor.executemany(
            kept, [(as_of, *pair, list(values)) for pair, values in observed.items() if values]
        )


def observations(
    connection: sa.Connection, as_of: dt.date, indicator_ids: Sequence[str], prefix: str = ""
) -> dict[tuple[str, str], list[float]]:
    """Kept observations of a day in order, by indicator and code of the unit."""
    statement = (
        "SELECT indicator_id, admin_code, observed FROM xiangtu.indicator_observations "
        "WHERE as_of = %s AND indicator_id = ANY(%s) AND admin_code LIKE %s ORDER BY indicator_id, admin_code"
    )
    with driver_of(connection).cursor(binary=True) as cursor:
        rows: list[tuple[Any, ...]] = cursor.execute(
            statement, (as_of, list(indicator_ids), f"{prefix}%")
        ).fetchall()
    return {(indicator_id, code): observed for indicator_id, code, observed in rows}


def _in_turn(connection: sa.Connection, as_of: dt.date) -> dt.datetime:
    """Let computations of one day store their figures one after the other; the moment from which these are known.

    Taken after the wait, and never before that of an earlier one, whatever the machine's clock says: so what a day's
    figures were at a moment is always told by the times kept with them.
    """
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(4418, :day)"), {"day": as_of.toordinal()})
    moment: dt.datetime = connection.execute(query("moment_of_figures"), {"as_of": as_of}).scalar_one()
    return moment


def measured_figures(connection: sa.Connection, as_of: dt.date, indicator_ids: Sequence[str]) -> pd.DataFrame:
    """Stored figures from which a day can be rolled up anew.

    Returns
    -------
    Columns ``indicator_id``, ``level``, ``admin_code``, ``value``, ``numerator``, ``denominator``: every
    unit's row in scope ``all``, NaN without data.
    """
    given = {"as_of": as_of, "indicator_ids": list(indicator_ids)}
    return _frame(connection, "measured_figures", given, ("value", "numerator", "denominator"))


def measured_counties(connection: sa.Connection, as_of: dt.date, indicator_id: str) -> frozenset[str]:
    """Codes of the counties for which a day holds an indicator."""
    given = {"as_of": as_of, "indicator_id": indicator_id}
    return frozenset(connection.execute(query("measured_counties"), given).scalars())


def as_of_dates(connection: sa.Connection) -> tuple[dt.date, ...]:
    """Days with a snapshot, newest first."""
    return tuple(connection.execute(query("as_of_dates")).scalars())


def whole_days(connection: sa.Connection) -> tuple[dt.date, ...]:
    """Days with a snapshot of all indicators, newest first: an index of many can be made of these only."""
    return tuple(connection.execute(query("whole_days")).scalars())


def latest_as_of(connection: sa.Connection) -> dt.date | None:
    """The newest day with a snapshot; None if there is none yet."""
    return next(iter(as_of_dates(connection)), None)


def values(
    connection: sa.Connection,
    indicator_id: str,
    as_of: dt.date,
    level: AdminLevel,
    scope: str = "all",
    prefix: str = "",
) -> pd.DataFrame:
    """One indicator of the units of a level.

    Parameters
    ----------
    scope : ``all``, ``town`` (the plan's 80 and what lies in them) or ``street`` (the 5).
    prefix : leading digits of the units' codes.

    Returns
    -------
    Columns ``admin_code``, ``value``, ``numerator``, ``denominator``, ``with_data``, ``units``, by code;
    NaN where there is no data.
    """
    given = {
        "indicator_id": indicator_id, "as_of": as_of, "level": str(level), "scope": scope, "prefix": prefix,
    }  # fmt: skip
    return _frame(connection, "indicator_values", given, ("value", "numerator", "denominator"))


def level_figures(
    connection: sa.Connection,
    as_of: dt.date,
    level: AdminLevel,
    indicator_ids: Sequence[str],
    scope: str = "all",
    prefix: str = "",
) -> pd.DataFrame:
    """Several indicators of the units of a level, in one query; see `values`.

    Returns
    -------
    Columns ``admin_code``, ``indicator_id``, ``value``, ``numerator``, ``denominator``, ``with_data``,
    ``units``, by code and indicator; NaN where there is no data.
    """
    given = {
        "as_of": as_of, "level": str(level), "indicator_ids": list(indicator_ids), "scope": scope,
        "prefix": prefix,
    }  # fmt: skip
    return _frame(connection, "level_figures", given, ("value", "numerator", "denominator"))


def computed_at(connection: sa.Connection, as_of: dt.date) -> dt.datetime | None:
    """When the figures of a day were last computed (UTC): tells apart what is kept of two computations."""
    statement = sa.text(
        "SELECT max(finished_at) FROM xiangtu.indicator_runs WHERE as_of = :as_of AND state = 'done'"
    )
    found: dt.datetime | None = connection.execute(statement, {"as_of": as_of}).scalar_one()
    return found


def unit_values(connection: sa.Connection, admin_code: str, as_of: dt.date) -> pd.DataFrame:
    """All indicators of one unit beside those of the units that it lies in (scope ``all``).

    Returns
    -------
    Index ``indicator_id``; columns ``value``, ``numerator``, ``denominator``, ``with_data``, ``units``, and
    ``township_value``, ``county_value``, ``city_value``: NaN without data, and for levels below the unit's.
    """
    codes = {str(level): admin_code[: level.digits].ljust(12, "0") for level in AdminLevel}
    given = {"as_of": as_of, "admin_code": admin_code, **codes}
    numbers = ("value", "numerator", "denominator", "township_value", "county_value", "city_value")
    return _frame(connection, "compared_values", given, numbers).set_index("indicator_id")


def headline(connection: sa.Connection, as_of: dt.date) -> pd.DataFrame:
    """The city's figures in each scope, with those of the snapshot before.

    Returns
    -------
    Columns ``indicator_id``, ``scope``, ``value``, ``numerator``, ``denominator``, ``with_data``, ``units``,
    ``previous_as_of`` (None without one) and ``previous_value``.
    """
    numbers = ("value", "numerator", "denominator", "previous_value")
    return _frame(connection, "headline", {"as_of": as_of, "city": settings().city_code}, numbers)


def _frame(
    connection: sa.Connection, name: str, given: Mapping[str, Any], numbers: Sequence[str]
) -> pd.DataFrame:
    rows = connection.execute(query(name), given)
    return pd.DataFrame(rows.all(), columns=list(rows.keys())).astype(dict.fromkeys(numbers, float))
