"""Parcels that are approved as something else than they are, or than a delivery would make them."""

import pandas as pd
import sqlalchemy as sa

from store.queries import query

COMPARED = ("parcel_no", "admin_code", "parcel_kind", "parcel_use", "quota_kind", "project_no")
"""What of a parcel decides about its approval, besides its shape."""


def unlike_approved(connection: sa.Connection, rows: pd.DataFrame) -> list[str]:
    """Numbers of approved parcels that rows would make other parcels than were approved.

    Parameters
    ----------
    connection : of the tables' owner.
    rows : `COMPARED`, None where a delivery says nothing and leaves the parcel's own value; ``shape``, WKB of EPSG:4490
        in little-endian order, or None.
    """
    given = {name: [None if pd.isna(v) else str(v) for v in rows[name]] for name in COMPARED}
    given["shape"] = list(rows["shape"])
    return list(connection.scalars(query("unlike_approved"), given))
