"""Many rows at once where COPY is not to be had: PostgreSQL refuses it on tables under row security."""

import json
import math
from collections.abc import Mapping

import pandas as pd
import sqlalchemy as sa


def add_rows(
    connection: sa.Connection,
    target: str,
    types: Mapping[str, str],
    frame: pd.DataFrame,
    given: Mapping[str, object],
) -> int:
    """Insert a frame's rows in one statement, under the policies of whoever asks.

    Parameters
    ----------
    target : table name as SQL writes it.
    types : PostgreSQL type by column; the columns of `frame` that are inserted.
    given : further columns, the same in every row.

    Returns
    -------
    Rows inserted; NaN becomes NULL.
    """
    columns = [frame[name].tolist() for name in types]
    rows = [
        {name: _plain(value) for name, value in zip(types, row, strict=True)}
        for row in zip(*columns, strict=True)
    ]
    names = ", ".join((*types, *given))
    values = ", ".join((*types, *(f":{name}" for name in given)))
    shape = ", ".join(f"{name} {kind}" for name, kind in types.items())
    statement = sa.text(
        f"INSERT INTO {target} ({names}) SELECT {values} "
        f"FROM jsonb_to_recordset(CAST(:frame AS jsonb)) AS rows({shape})"
    )
    connection.execute(statement, {**given, "frame": json.dumps(rows, ensure_ascii=False)})
    return len(rows)


def _plain(value: object) -> object:
    return None if isinstance(value, float) and math.isnan(value) else value
