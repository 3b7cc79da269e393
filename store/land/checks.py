"""Checks of parcels as pages read them: the last one of each, its pieces in conflict, what is new, the history."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from layers import Constraint
from store.frames import STORED_CRS

_CHECK = (
    "c.id, c.admin_code, c.parcel_no, c.checked_at, c.geometry_digest, c.parcel_kind, c.area_m2, c.stated_area_mu, "
    "c.versions, c.sliver_m2, c.sliver_width_m, c.worst, c.conflicts, c.conflict_area_m2, c.prohibited_area_m2, "
    "c.slivers, c.sliver_area_m2, c.newly_in, c.no_longer_in, c.synthetic"
)
_CONFLICT = (
    "id, check_id, admin_code, parcel_no, feature_id, feature_key, name, zone, severity, area_m2, share, width_m, "
    "sliver, distance_m"
)
_ORDER = "array_position(ARRAY['prohibited', 'restricted', 'note'], severity)"

_MOST_DRAWN = 2_000


def latest_checks(connection: sa.Connection, prefix: str = "") -> pd.DataFrame:
    """The last check of each parcel that is still there.

    Parameters
    ----------
    prefix : leading digits of the parcels' ``admin_code``.

    Returns
    -------
    one row for each parcel by its number: columns of ``xiangtu.parcel_checks`` and ``name``, the parcel's. Areas in m²,
    `stated_area_mu` in 亩. `worst` is a code of `Severity`, or None: slivers do not count. `versions` maps feature
    types to the version that was checked against. `newly_in` and `no_longer_in` list feature types.
    """
    statement = (
        f"SELECT {_CHECK}, p.name FROM xiangtu.parcel_checks AS c "
        "JOIN feature.land_parcels AS p USING (parcel_no) "
        "WHERE c.latest AND c.admin_code ^@ :prefix ORDER BY c.parcel_no"
    )
    return _frame(connection.execute(sa.text(statement), {"prefix": prefix}))


def conflicts(connection: sa.Connection, parcel_no: str, check_id: int | None = None) -> gpd.GeoDataFrame:
    """The pieces of a parcel in conflict, slivers after the others, the most serious first, then the largest.

    Parameters
    ----------
    check_id : an older check; the last one if not given.

    Returns
    -------
    EPSG:4490; columns `feature_id` and `feature_key` (what it lies on), `name`, `zone`, `severity`, `area_m2`, `share`
    (0 to 1), `width_m` (mean), `sliver`, `distance_m` (hazards: parcel to point).
    """
    statement = (
        f"SELECT {_CONFLICT}, ST_AsBinary(geom) AS shape FROM xiangtu.parcel_conflicts "
        "WHERE parcel_no = :number AND check_id = coalesce(CAST(:check AS bigint), "
        "(SELECT id FROM xiangtu.parcel_checks WHERE latest AND parcel_no = :number)) "
        f"ORDER BY sliver, {_ORDER}, area_m2 DESC, id"
    )
    return _shaped(_frame(connection.execute(sa.text(statement), {"number": parcel_no, "check": check_id})))


def conflict_pieces(connection: sa.Connection, prefix: str = "") -> gpd.GeoDataFrame:
    """Pieces of the last checks of all parcels under a code, without slivers and notes; columns as `conflicts`."""
    listed = ", ".join(f"k.{name.strip()}" for name in _CONFLICT.split(","))
    statement = (
        f"SELECT {listed}, ST_AsBinary(k.geom) AS shape FROM xiangtu.parcel_conflicts AS k "
        "JOIN xiangtu.parcel_checks AS c ON c.id = k.check_id "
        "WHERE c.latest AND c.admin_code ^@ :prefix AND NOT k.sliver AND k.severity <> 'note' ORDER BY k.id"
    )
    return _shaped(_frame(connection.execute(sa.text(statement), {"prefix": prefix})))


@dataclass(frozen=True)
class Surroundings:
    """What lies about a parcel, cut to a box, for drawing; EPSG:4490.

    Attributes
    ----------
    constraints : feature type and shape; hazards as circles of their reach.
    villages : outline and name.
    """

    constraints: list[tuple[str, BaseGeometry]]
    villages: list[tuple[BaseGeometry, str]]


def surroundings(connection: sa.Connection, parcel_no: str, box: BaseGeometry) -> Surroundings:
    """Read what limits parcels inside a box, and the villages there, without the parcel itself."""
    window = "ST_SetSRID(CAST(:box AS geometry), 4490)"
    rows: list[tuple[str, BaseGeometry]] = []
    for constraint in (
        Constraint.BASIC_FARMLAND,
        Constraint.REDLINE,
        Constraint.GROWTH_BOUNDARY,
        Constraint.PARCEL,
    ):
        besides = "AND parcel_no <> :number" if constraint is Constraint.PARCEL else ""
        statement = (
            f"SELECT ST_AsBinary(ST_Intersection(geom, {window})) AS shape FROM feature.{constraint} "
            f"WHERE geom && {window} {besides} ORDER BY id LIMIT {_MOST_DRAWN}"
        )
        given = {"box": box.wkb_hex, **({"number": parcel_no} if besides else {})}
        rows += [(str(constraint), shape) for (shape,) in _shapes(connection, statement, given)]
    reach = "ST_Buffer(geom::geography, greatest(coalesce(radius_m, 0), 1))::geometry"
    hazards = (
        f"SELECT ST_AsBinary(ST_SetSRID({reach}, 4490)) AS shape FROM feature.hazard_points "
        f"WHERE ST_DWithin(geom::geography, {window}::geography, greatest(coalesce(radius_m, 0), 1)) ORDER BY id"
    )
    rows += [
        (str(Constraint.HAZARD), shape) for (shape,) in _shapes(connection, hazards, {"box": box.wkb_hex})
    ]
    villages = (
        f"SELECT ST_AsBinary(ST_Intersection(geom, {window})) AS shape, name FROM feature.admin_units "
        f"WHERE level = 'village' AND geom && {window} ORDER BY admin_code"
    )
    return Surroundings(
        rows, [(shape, name) for shape, name in _shapes(connection, villages, {"box": box.wkb_hex})]
    )


def _shapes(connection: sa.Connection, statement: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows whose first column is a shape in binary, without the empty ones."""
    rows = connection.execute(sa.text(statement), given).all()
    read = [(shapely.from_wkb(bytes(row[0])), *row[1:]) for row in rows]
    return [row for row in read if not row[0].is_empty]


def not_read(versions: Collection[str]) -> list[Constraint]:
    """Constraints of which there were no data at all at a check: that it found nothing there says nothing.

    Parameters
    ----------
    versions : feature types that a check was made against.
    """
    return [constraint for constraint in Constraint if str(constraint) not in versions]


def check_history(connection: sa.Connection, parcel_no: str) -> pd.DataFrame:
    """All checks of a parcel, the last one first; columns of ``xiangtu.parcel_checks``."""
    statement = (
        f"SELECT {_CHECK} FROM xiangtu.parcel_checks AS c WHERE c.parcel_no = :number ORDER BY c.id DESC"
    )
    return _frame(connection.execute(sa.text(statement), {"number": parcel_no}))


def _frame(result: "sa.CursorResult[Any]") -> pd.DataFrame:
    """Rows as a frame; what is missing is None in columns of words, NaN in columns of numbers."""
    rows, names = result.all(), list(result.keys())
    if not rows:
        return pd.DataFrame(columns=names)
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    words = {name for name, values in columns.items() if any(isinstance(value, str) for value in values)}
    empty = {name for name, values in columns.items() if all(value is None for value in values)}
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype=object) if name in words | empty else pd.Series(values)
            for name, values in columns.items()
        }
    )


def _shaped(found: pd.DataFrame) -> gpd.GeoDataFrame:
    shapes = shapely.from_wkb(np.array([bytes(shape) for shape in found["shape"]], dtype=object))
    return gpd.GeoDataFrame(found.drop(columns="shape"), geometry=shapes, crs=STORED_CRS)
