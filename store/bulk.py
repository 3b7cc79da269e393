"""Bulk load: COPY into a temporary table, then one merge by key; never row by row."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import sqlalchemy as sa

_ROWS_AT_ONCE = 50_000
_STAGE = "stage"


@dataclass(frozen=True)
class Merged:
    """What a merge did, in rows."""

    inserted: int
    updated: int
    unchanged: int


def copy_frame(connection: sa.Connection, target: str, frame: pd.DataFrame) -> int:
    """COPY a frame into a table, in chunks.

    Parameters
    ----------
    target : table name as SQL writes it; the frame's columns are columns of the table.
    frame : NaN, NaT and NA become NULL; there must be no empty strings, which COPY could not tell from NULL.
        Geometry comes as hexadecimal EWKB text.

    Returns
    -------
    number of rows copied.
    """
    columns = ", ".join(f'"{name}"' for name in frame.columns)
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    raw = connection.connection.driver_connection
    if raw is None:
        raise RuntimeError("the connection has no driver connection")
    with raw.cursor() as cursor, cursor.copy(f"COPY {target} ({columns}) FROM STDIN (FORMAT csv)") as copy:
        for start in range(0, len(frame), _ROWS_AT_ONCE):
            chunk = pa.Table.from_pandas(frame.iloc[start : start + _ROWS_AT_ONCE], preserve_index=False)
            buffer = io.BytesIO()
            pyarrow.csv.write_csv(_without_times(chunk), buffer, options)
            copy.write(buffer.getvalue())
    return len(frame)


def _without_times(chunk: pa.Table) -> pa.Table:
    """Days as dates: the frames of the import carry days in timestamp columns."""
    for i, field in enumerate(chunk.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz is None:
            chunk = chunk.set_column(i, field.name, chunk.column(i).cast(pa.date32()))
    return chunk


def merge(
    connection: sa.Connection, table: sa.Table, key: Sequence[str], frame: pd.DataFrame, batch_id: int
) -> Merged:
    """Insert the rows of a frame, or update those whose key is known and whose values differ.

    Columns that the frame lacks and values that are NULL are left as they are in rows that exist. Runs in
    the caller's transaction and keeps other merges into the same table waiting until it ends; its rows begin,
    and those that they replace end, at one moment after that wait.

    Parameters
    ----------
    table : a table of features with a unique index on `key` and columns ``batch_id`` and ``valid_from``.
    frame : unique by `key`; columns as in `copy_frame`.
    """
    target = f'"{table.schema}"."{table.name}"'
    names = list(frame.columns)
    listed = ", ".join(f'"{name}"' for name in names)
    connection.execute(
        sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"merge:{table.fullname}"}
    )
    moment = connection.scalar(
        # The trigger that keeps history reads this setting.
        sa.text("SELECT set_config('xiangtu.moment', clock_timestamp()::text, true)")
    )
    _make_stage(connection, target, names)
    staged = copy_frame(connection, f"pg_temp.{_STAGE}", frame)
    values = [name for name in names if name not in key]
    if values:
        merged = {name: f'coalesce(excluded."{name}", t."{name}")' for name in values}
        assigned = ", ".join(f'"{name}" = {value}' for name, value in merged.items())
        old = ", ".join(f't."{name}"' for name in values)
        new = ", ".join(merged.values())
        action = (
            f"DO UPDATE SET {assigned}, batch_id = excluded.batch_id, "
            "valid_from = greatest(excluded.valid_from, t.valid_from) "
            f"WHERE ({old}) IS DISTINCT FROM ({new})"
        )
    else:
        action = "DO NOTHING"
    keyed = ", ".join(f'"{name}"' for name in key)
    row = connection.execute(
        sa.text(
            f"""
            WITH merged AS (
                INSERT INTO {target} AS t ({listed}, batch_id, valid_from)
                SELECT {listed}, :batch, CAST(:moment AS timestamptz) FROM pg_temp.{_STAGE}
                ON CONFLICT ({keyed}) {action}
                RETURNING (xmax = 0) AS fresh
            )
            SELECT count(*) FILTER (WHERE fresh) AS inserted, count(*) FILTER (WHERE NOT fresh) AS updated
            FROM merged
            """
        ),
        {"batch": batch_id, "moment": moment},
    ).one()
    connection.execute(sa.text(f"DROP TABLE pg_temp.{_STAGE}"))
    return Merged(row.inserted, row.updated, staged - row.inserted - row.updated)


def held_elsewhere(
    connection: sa.Connection, table: sa.Table, key: Sequence[str], frame: pd.DataFrame, digits: int
) -> "pd.Series[str]":
    """Find keys that are stored already, but in another place.

    Parameters
    ----------
    frame : the columns of `key` and ``admin_code``, none empty.
    digits : leading digits of ``admin_code`` that tell one place from another.

    Returns
    -------
    the stored ``admin_code`` of those rows of the frame, by the frame's index and in its order.
    """
    found = _stored_under(
        connection,
        table,
        key,
        frame[[*key, "admin_code"]],
        "left(t.admin_code, :digits) <> left(s.admin_code, :digits)",
        {"digits": digits},
    )
    return pd.Series([row.admin_code for row in found], frame.index[[row.id for row in found]], dtype="str")


def held_outside(
    connection: sa.Connection,
    table: sa.Table,
    key: Sequence[str],
    frame: pd.DataFrame,
    prefixes: Sequence[str],
) -> "pd.Index[Any]":
    """Find keys that are stored already with codes outside the prefixes: records of somebody else.

    Parameters
    ----------
    frame : the columns of `key`, none empty.

    Returns
    -------
    those of the frame's index.
    """
    condition = "NOT t.admin_code ^@ ANY (CAST(:prefixes AS text[]))"
    found = _stored_under(connection, table, key, frame[list(key)], condition, {"prefixes": list(prefixes)})
    return frame.index[[row.id for row in found]]


def _stored_under(
    connection: sa.Connection,
    table: sa.Table,
    key: Sequence[str],
    frame: pd.DataFrame,
    condition: str,
    given: Mapping[str, object],
) -> Sequence[Any]:
    """Rows of the table ``t`` with a key of the frame ``s`` and the condition: position in the frame, code."""
    target = f'"{table.schema}"."{table.name}"'
    same = " AND ".join(f't."{name}" = s."{name}"' for name in key)
    staged = frame.convert_dtypes().assign(id=range(len(frame)))
    _make_stage(connection, target, list(staged.columns))
    copy_frame(connection, f"pg_temp.{_STAGE}", staged)
    found = connection.execute(
        sa.text(
            f"SELECT s.id, t.admin_code FROM pg_temp.{_STAGE} AS s JOIN {target} AS t ON {same} "
            f"WHERE {condition} ORDER BY s.id"
        ),
        given,
    ).all()
    connection.execute(sa.text(f"DROP TABLE pg_temp.{_STAGE}"))
    return found


def _make_stage(connection: sa.Connection, target: str, names: Sequence[str]) -> None:
    """An empty temporary table with columns of another, gone with the transaction."""
    listed = ", ".join(f'"{name}"' for name in names)
    connection.execute(sa.text(f"DROP TABLE IF EXISTS pg_temp.{_STAGE}"))
    connection.execute(
        sa.text(f"CREATE TEMP TABLE {_STAGE} ON COMMIT DROP AS SELECT {listed} FROM {target} WITH NO DATA")
    )
