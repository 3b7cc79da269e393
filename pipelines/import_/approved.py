"""What a delivery does to parcels that are approved: they are taken, and whoever hands them in is told."""

import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from layers import FeatureType, Remedy
from pipelines.import_.findings import Check, Findings, sentence
from pipelines.import_.headings import HeadingMap
from store.land.approved import COMPARED, unlike_approved

PARCELS = "land_parcels"
_NUMBER = "parcel_no"


def check_approved(
    connection: sa.Connection,
    frame: pd.DataFrame,
    shapes: np.ndarray,
    feature: FeatureType,
    headings: HeadingMap,
    findings: Findings,
) -> None:
    """Warn of rows that make an approved parcel another one than was approved.

    Parameters
    ----------
    shapes : EPSG:4490, as they will be stored.
    """
    kept = np.flatnonzero(~findings.rejected)
    rows = frame.iloc[kept].reindex(columns=list(COMPARED)).astype(object)
    rows = rows.where(rows.notna() & (rows != ""), None)
    rows["shape"] = [shapely.to_wkb(shape, byte_order=1) for shape in shapely.set_srid(shapes[kept], 0)]
    changed = set(unlike_approved(connection, rows))
    numbers = frame[_NUMBER]
    positions = [int(at) for at in kept if numbers.iloc[at] in changed]
    matched = headings.of(_NUMBER)
    findings.rows(
        Check.APPROVED_CHANGED,
        Remedy.WARN,
        positions,
        lambda i: sentence(Check.APPROVED_CHANGED, parcel=numbers.iloc[positions[i]]),
        column=matched.heading if matched else feature.field(_NUMBER).title.zh,
        value=lambda i: numbers.iloc[positions[i]],
    )
