"""What a run of checks reads and writes: all parcels at once, by COPY, in the caller's transaction."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from store.bulk import copy_frame
from store.frames import STORED_CRS

_LOCK = "parcel_checks"


def wait_turn(connection: sa.Connection) -> None:
    """Keep other runs of checks waiting until this transaction ends, and wait for those before.

    What a run reads after this is what all runs before it left, so that no two imports miss each other.
    """
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": _LOCK})


def parcels_to_check(connection: sa.Connection) -> gpd.GeoDataFrame:
    """All parcels: parcel_no, admin_code, name, parcel_kind, stated_area_mu, synthetic, digest; EPSG:4490.

    The digest is the MD5 sum of the geometry's binary form.
    """
    statement = (
        "SELECT parcel_no, admin_code, name, parcel_kind, stated_area_mu, synthetic, "
        "md5(ST_AsBinary(geom, 'NDR')) AS digest, ST_AsBinary(geom) AS shape "
        "FROM feature.land_parcels ORDER BY parcel_no"
    )
    result = connection.execute(sa.text(statement))
    found = pd.DataFrame(result.all(), columns=list(result.keys()))
    shapes = shapely.from_wkb(np.array([bytes(shape) for shape in found["shape"]], dtype=object))
    return gpd.GeoDataFrame(found.drop(columns="shape"), geometry=shapes, crs=STORED_CRS)


def last_checks(connection: sa.Connection) -> pd.DataFrame:
    """What the last check of each parcel saw, by parcel_no: admin_code, digest, parcel_kind, stated_area_mu, versions,
    sliver_m2, sliver_width_m."""
    statement = (
        "SELECT parcel_no, admin_code, geometry_digest AS digest, parcel_kind, stated_area_mu, versions, sliver_m2, "
        "sliver_width_m FROM xiangtu.parcel_checks WHERE latest"
    )
    result = connection.execute(sa.text(statement))
    return pd.DataFrame(result.all(), columns=list(result.keys())).set_index("parcel_no")


def last_conflicts(connection: sa.Connection) -> pd.DataFrame:
    """Conflicts of the last checks: parcel_no, feature_id, feature_key, severity, sliver, area_m2."""
    statement = (
        "SELECT k.parcel_no, k.feature_id, k.feature_key, k.severity, k.sliver, k.area_m2 "
        "FROM xiangtu.parcel_conflicts AS k JOIN xiangtu.parcel_checks AS c ON c.id = k.check_id WHERE c.latest"
    )
    result = connection.execute(sa.text(statement))
    return pd.DataFrame(result.all(), columns=list(result.keys()))


def write_checks(connection: sa.Connection, checks: pd.DataFrame, conflicts: pd.DataFrame) -> int:
    """Store a run: the parcels' checks so far become history.

    Parameters
    ----------
    checks : one row for each parcel: columns of ``xiangtu.parcel_checks`` but ``id``, ``checked_at``, ``latest``.
    conflicts : columns of ``xiangtu.parcel_conflicts`` but ``id`` and ``check_id``; geometry as hexadecimal EWKB.

    Returns
    -------
    number of parcels checked.
    """
    if checks.empty:
        return 0
    numbers = checks["parcel_no"].tolist()
    retire(connection, numbers)
    drawn = connection.execute(
        sa.text(
            "SELECT nextval(pg_get_serial_sequence('xiangtu.parcel_checks', 'id')) "
            "FROM generate_series(1, :many)"
        ),
        {"many": len(checks)},
    )
    ids: Mapping[str, int] = dict(zip(numbers, drawn.scalars(), strict=True))
    copy_frame(connection, "xiangtu.parcel_checks", checks.assign(id=[ids[number] for number in numbers]))
    owners = [ids[number] for number in conflicts["parcel_no"]]
    copy_frame(connection, "xiangtu.parcel_conflicts", conflicts.assign(check_id=owners))
    return len(checks)


def retire(connection: sa.Connection, parcel_nos: list[str]) -> None:
    """Let the checks of parcels be history: they are checked anew, or are no more."""
    connection.execute(
        sa.text("UPDATE xiangtu.parcel_checks SET latest = false WHERE latest AND parcel_no = ANY(:numbers)"),
        {"numbers": parcel_nos},
    )
