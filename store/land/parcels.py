"""Parcels as pages list and open them: what they are, where they lie, how large they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from layers import feature_type
from layers.codes import ParcelKind, ParcelUse, QuotaKind
from store.land.review_errors import UnknownParcel

PARCELS = "land_parcels"
_NAMES = """
    county.name AS county_name, township.name AS township_name, village.name AS village_name
"""
_PLACES = """
    LEFT JOIN feature.admin_units AS village ON village.admin_code = p.admin_code AND village.level = 'village'
    LEFT JOIN feature.admin_units AS township
        ON township.admin_code = left(p.admin_code, 9) || '000' AND township.level = 'township'
    LEFT JOIN feature.admin_units AS county
        ON county.admin_code = left(p.admin_code, 6) || '000000' AND county.level = 'county'
"""
_LIST = f"""
SELECT p.parcel_no, p.name, p.admin_code, {_NAMES}, p.parcel_kind, p.parcel_use, p.quota_kind,
       p.area_m2, p.stated_area_mu, ST_X(spot.at) AS lon, ST_Y(spot.at) AS lat
FROM feature.land_parcels AS p {_PLACES}
CROSS JOIN LATERAL (SELECT ST_PointOnSurface(p.geom) AS at) AS spot
WHERE p.admin_code ^@ :prefix AND (:every OR p.parcel_no = ANY (CAST(:numbers AS text[])))
ORDER BY p.admin_code, p.parcel_no LIMIT :most
"""
_COLUMNS = [
    "parcel_no", "name", "admin_code", "county_name", "township_name", "village_name", "parcel_kind", "parcel_use",
    "quota_kind", "area_m2", "stated_area_mu", "lon", "lat",
]  # fmt: skip
MOST = 5000
"""Parcels that a list holds; whoever needs more narrows the place."""


@dataclass(frozen=True)
class Parcel:
    """One parcel; `geometry` in EPSG:4490, `area_m2` ellipsoidal, `values` by declared field."""

    id: int
    parcel_no: str
    name: str
    admin_code: str
    place: str
    values: Mapping[str, Any]
    geometry: BaseGeometry
    area_m2: float
    synthetic: bool

    @property
    def kind(self) -> ParcelKind:
        """How its land is supplied; ordinary where nothing is said."""
        return ParcelKind.of(self.values["parcel_kind"] or ParcelKind.ORDINARY)

    @property
    def use(self) -> ParcelUse | None:
        """What it is for."""
        said = self.values["parcel_use"]
        return ParcelUse.of(said) if said else None

    @property
    def quota_kind(self) -> QuotaKind:
        """The quota that it asks for; the reserve where nothing is said."""
        return QuotaKind.of(self.values["quota_kind"] or QuotaKind.RESERVE)

    @property
    def stated_area_mu(self) -> float | None:
        """The area that the application states."""
        said = self.values["stated_area_mu"]
        return None if said is None else float(said)


def parcels(
    connection: sa.Connection, prefix: str = "", numbers: Sequence[str] | None = None, most: int = MOST
) -> pd.DataFrame:
    """Parcels whose village's code begins so, by village and number, at most `most`.

    Parameters
    ----------
    numbers : only parcels of these numbers; None for all.

    Returns
    -------
    parcel_no, name, admin_code, county_name, township_name, village_name, parcel_kind, parcel_use, quota_kind,
    area_m2 (ellipsoidal), stated_area_mu, lon, lat (a point inside, EPSG:4490).
    """
    given = {"prefix": prefix, "every": numbers is None, "numbers": list(numbers or ()), "most": most}
    found = pd.DataFrame(connection.execute(sa.text(_LIST), given).all(), columns=_COLUMNS)
    return found.assign(
        parcel_kind=found["parcel_kind"].fillna(str(ParcelKind.ORDINARY)),
        quota_kind=found["quota_kind"].fillna(str(QuotaKind.RESERVE)),
        stated_area_mu=pd.to_numeric(found["stated_area_mu"]),
    )


def parcel(connection: sa.Connection, parcel_no: str) -> Parcel:
    """One parcel by its number.

    Raises
    ------
    UnknownParcel : there is none.
    """
    names = [field.name for field in feature_type(PARCELS).fields]
    listed = ", ".join(f'p."{name}"' for name in names)
    row = connection.execute(
        sa.text(
            f"SELECT p.id, p.admin_code, p.area_m2, p.synthetic, ST_AsBinary(p.geom) AS shape, {listed}, {_NAMES} "
            f"FROM feature.land_parcels AS p {_PLACES} WHERE p.parcel_no = :no"
        ),
        {"no": parcel_no},
    ).first()
    if row is None:
        raise UnknownParcel(parcel=parcel_no[:40])
    places = (row.county_name, row.township_name, row.village_name)
    return Parcel(
        id=row.id,
        parcel_no=row.parcel_no,
        name=row.name,
        admin_code=row.admin_code,
        place=" · ".join(name for name in places if name) or row.admin_code,
        values={name: row._mapping[name] for name in names},
        geometry=shapely.from_wkb(bytes(row.shape)),
        area_m2=float(row.area_m2),
        synthetic=row.synthetic,
    )


def parcel_at(
    connection: sa.Connection, lon: float, lat: float, radius_m: float, numbers: Sequence[str]
) -> str | None:
    """Number of the nearest of some parcels within `radius_m` of a point in degrees (EPSG:4490); None without one."""
    found: str | None = connection.scalar(
        sa.text(
            "SELECT parcel_no FROM (SELECT parcel_no, ST_Distance(ST_Transform(geom, 4326)::geography, "
            "ST_SetSRID(ST_Point(:lon, :lat), 4326)::geography) AS metres, area_m2 FROM feature.land_parcels "
            "WHERE parcel_no = ANY (CAST(:numbers AS text[])) "
            "AND geom && ST_Expand(ST_SetSRID(ST_Point(:lon, :lat), 4490), :degrees)) AS near "
            # Of parcels that lie over each other the smaller one is what was meant.
            "WHERE metres <= :radius ORDER BY metres, area_m2 LIMIT 1"
        ),
        # A degree of longitude is at least half of one of latitude up to 60° north.
        {"lon": lon, "lat": lat, "radius": radius_m, "degrees": radius_m / 55_000, "numbers": list(numbers)},
    )
    return found
