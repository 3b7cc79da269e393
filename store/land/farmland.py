"""Changes of farmland in the database: runs of the watch, what each found, and what people said of it; areas in m².

Of runs that compare the same editions of a county the last one counts. What a run finds again keeps its row, and so its
verdict; a judged piece that is found no more stays with the run that found it last.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from layers.codes import FarmlandChange, FarmlandVerdict
from store import record
from store.bulk import copy_frame
from store.errors import StoreError
from store.queries import query
from store.tables import SRID
from store.versions import require_saved

_TABLE = "xiangtu.farmland_changes"
_COPIED = (
    "run_id",
    "admin_code",
    "change",
    "class_before",
    "class_after",
    "patch_before",
    "patch_after",
    "area_m2",
    "sliver",
    "geom",
    "digest",
)


class WatchSource(StrEnum):
    """What was compared."""

    VECTOR = "vector"
    """Editions of land patches, named by their year."""
    RASTER = "raster"
    """The two land-cover rasters, named by their day or version."""


class ReasonNeeded(StoreError):
    """A verdict has a stated reason."""

    key = "farmland.reason_needed"


class UnknownChange(StoreError):
    """No piece has that number, or another run has taken its place."""

    key = "farmland.unknown_change"


@dataclass(frozen=True)
class Comparison:
    """Two editions that were compared, or can be."""

    source: WatchSource
    before: str
    after: str


@dataclass(frozen=True)
class NewRun:
    """A run to be stored; `admin_code` is the county's.

    Attributes
    ----------
    versions : of the layers or rasters that were read.
    balance : as `analysis.farmland_change.Balance`, m².
    synthetic : made-up data were compared.
    """

    admin_code: str
    comparison: Comparison
    versions: Mapping[str, int]
    balance: Mapping[str, float]
    tolerance: Mapping[str, float]
    synthetic: bool
    by: str


@dataclass(frozen=True)
class Stored:
    """What became of a run's pieces: new, found again; and of earlier ones found no more: open ones, judged ones."""

    run_id: int
    added: int
    again: int
    dropped: int
    left_behind: int


@dataclass(frozen=True)
class Run:
    """The run that counts for a county; `balance` in m², `made_at` UTC."""

    id: int
    admin_code: str
    balance: dict[str, float]
    tolerance: dict[str, float]
    versions: dict[str, int]
    synthetic: bool
    made_by: str
    made_at: dt.datetime


@dataclass(frozen=True)
class Piece:
    """One piece of land that was farmland, with what was said of it; `version` counts the verdicts."""

    id: int
    run_id: int
    admin_code: str
    change: FarmlandChange
    class_before: str
    class_after: str
    patch_before: str | None
    patch_after: str | None
    area_m2: float
    sliver: bool
    verdict: FarmlandVerdict
    reason: str
    judged_by: str | None
    judged_at: dt.datetime | None
    version: int


def put_run(connection: sa.Connection, run: NewRun, pieces: gpd.GeoDataFrame) -> Stored:
    """Store a run and its pieces in the caller's transaction, by the tables' owner.

    Parameters
    ----------
    pieces : as `analysis.farmland_change.by_village` returns them, with ``digest``, each digest once.
    """
    compared = _named(run.comparison) | {"code": run.admin_code}
    connection.execute(
        sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"),
        {"name": f"farmland:{sorted(compared.items())}"},
    )
    run_id = int(
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.farmland_runs (admin_code, source, edition_before, edition_after, versions, "
                "balance, tolerance, synthetic, made_by) VALUES (:code, :source, :before, :after, "
                "CAST(:versions AS jsonb), CAST(:balance AS jsonb), CAST(:tolerance AS jsonb), :synthetic, :by) "
                "RETURNING id"
            ),
            compared
            | {
                "versions": json.dumps(dict(run.versions)),
                "balance": json.dumps(dict(run.balance)),
                "tolerance": json.dumps(dict(run.tolerance)),
                "synthetic": run.synthetic,
                "by": run.by,
            },
        ).scalar_one()
    )
    given = compared | {"run": run_id, "digests": pieces["digest"].tolist()}
    again = set(connection.scalars(query("farmland_keep"), given))
    fresh = pieces[~pieces["digest"].isin(again)]
    frame = pd.DataFrame(fresh.drop(columns="geometry")).assign(
        run_id=run_id,
        geom=shapely.to_wkb(shapely.set_srid(fresh.geometry.to_numpy(), SRID), hex=True, include_srid=True),
    )
    copy_frame(connection, _TABLE, frame[list(_COPIED)])
    dropped = connection.execute(query("farmland_drop_open"), given).rowcount
    left = connection.execute(query("farmland_left_behind"), given).scalar_one()
    return Stored(run_id, len(fresh), len(again), dropped, int(left))


def _named(comparison: Comparison) -> dict[str, Any]:
    return {
        "source": str(comparison.source),
        "before": comparison.before,
        "after": comparison.after,
    }


def editions(connection: sa.Connection) -> list[int]:
    """Years of the editions of land patches, the earliest first."""
    return list(
        connection.scalars(sa.text("SELECT DISTINCT edition FROM feature.land_patches ORDER BY edition"))
    )


def comparisons(connection: sa.Connection) -> list[Comparison]:
    """What was compared, the latest run first."""
    rows = connection.execute(
        sa.text(
            "SELECT source, edition_before, edition_after FROM xiangtu.farmland_runs "
            "GROUP BY 1, 2, 3 ORDER BY max(id) DESC"
        )
    )
    return [Comparison(WatchSource(row[0]), row[1], row[2]) for row in rows]


def runs(connection: sa.Connection, comparison: Comparison, prefix: str = "") -> list[Run]:
    """The runs that count, one for each county below a prefix, by its code."""
    rows = connection.execute(query("farmland_runs"), _named(comparison) | {"prefix": prefix}).mappings()
    return [Run(**row) for row in rows]


def counted(connection: sa.Connection, comparison: Comparison, prefix: str = "") -> pd.DataFrame:
    """Sums of the pieces that count, by village.

    Returns
    -------
    ``admin_code change sliver verdict pieces area_m2``; villages without a piece have no row.
    """
    rows = connection.execute(query("farmland_counted"), _named(comparison) | {"prefix": prefix})
    return pd.DataFrame(rows.all(), columns=list(rows.keys()))


def pieces(
    connection: sa.Connection, comparison: Comparison, prefix: str = "", most: int = 5000
) -> list[Piece]:
    """The pieces that count below a prefix, slivers last, the largest first; `most` of them."""
    given = _named(comparison) | {"prefix": prefix, "most": most}
    return [_piece(row) for row in connection.execute(query("farmland_pieces"), given)]


def piece(connection: sa.Connection, piece_id: int) -> Piece:
    """One piece.

    Raises
    ------
    UnknownChange : there is none of that number.
    """
    row = connection.execute(query("farmland_piece"), {"id": piece_id}).one_or_none()
    if row is None:
        raise UnknownChange(id=piece_id)
    return _piece(row)


def _piece(row: Any) -> Piece:
    given = dict(row._mapping)
    return Piece(
        **given
        | {
            "change": FarmlandChange.of(given["change"]),
            "verdict": FarmlandVerdict.of(given["verdict"]),
        }
    )


def shapes(connection: sa.Connection, ids: Sequence[int]) -> dict[int, BaseGeometry]:
    """Polygons of pieces (EPSG:4490) by their numbers."""
    rows = connection.execute(
        sa.text(f"SELECT id, ST_AsBinary(geom) AS shape FROM {_TABLE} WHERE id = ANY (:ids)"),
        {"ids": list(ids)},
    )
    return {row.id: shapely.from_wkb(bytes(row.shape)) for row in rows}


def judge(connection: sa.Connection, seen: Piece, verdict: FarmlandVerdict, reason: str) -> Piece:
    """Say what became of a piece: confirmed or dismissed with a reason, or open again.

    Parameters
    ----------
    connection : of the pages (`store.engine.changing`); who judges and when is the database's to note.
    seen : as it was on screen.

    Returns
    -------
    The piece as it is now.

    Raises
    ------
    ReasonNeeded : the reason has less than four letters.
    RecordChanged : someone judged it since; carries what is there.
    NotAllowed : the person reviews no land at that place.
    UnknownChange : it is found no more.
    """
    said = " ".join(reason.split())
    if len("".join(said.split())) < record.SHORTEST_REASON:
        raise ReasonNeeded(letters=record.SHORTEST_REASON)
    # The record before the row: whoever judges several pieces at once would else wait for one who waits for them.
    record.take_turn(connection)
    saved = connection.execute(
        sa.text(
            f"UPDATE {_TABLE} SET verdict = :verdict, reason = :reason, judged_by = NULL, judged_at = now(), "
            "version = version + 1 WHERE id = :id AND version = :version"
        ),
        {"verdict": str(verdict), "reason": said, "id": seen.id, "version": seen.version},
    )
    now = piece(connection, seen.id)
    require_saved(saved.rowcount == 1, seen, now)
    record.note(
        connection,
        "farmland_judged",
        "farmland_change",
        seen.id,
        before={"verdict": str(seen.verdict), "reason": seen.reason},
        after={"verdict": str(verdict), "admin_code": seen.admin_code, "area_m2": round(seen.area_m2, 2)},
        reason=said,
    )
    return now
