"""Models of checks of parcels and of the pieces that they found; areas in m² unless the name says 亩."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.models import Base
from store.tables import SRID

_CODE, _NONE, _FALSE = sa.String(12), sa.text("'{}'"), sa.false()


class ParcelCheck(Base):
    """One check of a parcel: what it was like, what it was checked against, what was found in sum.

    `latest` marks a parcel's last one; `versions` maps feature types to the version checked against; `newly_in` and
    `no_longer_in` list feature types, compared with the check before.
    """

    __tablename__ = "parcel_checks"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    parcel_no: Mapped[str]
    checked_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.clock_timestamp())
    latest: Mapped[bool] = mapped_column(server_default=sa.true())
    geometry_digest: Mapped[str]
    parcel_kind: Mapped[str | None]
    area_m2: Mapped[float]
    stated_area_mu: Mapped[float | None]
    versions: Mapped[dict[str, Any]]
    sliver_m2: Mapped[float]
    sliver_width_m: Mapped[float]
    worst: Mapped[str | None]
    conflicts: Mapped[int]
    conflict_area_m2: Mapped[float]
    prohibited_area_m2: Mapped[float]
    slivers: Mapped[int]
    sliver_area_m2: Mapped[float]
    newly_in: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default=_NONE)
    no_longer_in: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default=_NONE)
    synthetic: Mapped[bool] = mapped_column(server_default=_FALSE)

    __table_args__ = (
        sa.Index("parcel_checks_latest", "parcel_no", unique=True, postgresql_where=sa.text("latest")),
        sa.Index("parcel_checks_history", "parcel_no", "id"),
    )


class ParcelConflict(Base):
    """A piece of a parcel on something: on what, how serious, how large; `share` is of the parcel, 0 to 1."""

    __tablename__ = "parcel_conflicts"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    check_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(ParcelCheck.id))
    admin_code: Mapped[str] = mapped_column(_CODE)
    parcel_no: Mapped[str]
    feature_id: Mapped[str]
    feature_key: Mapped[str | None]
    name: Mapped[str | None]
    zone: Mapped[str | None]
    severity: Mapped[str]
    area_m2: Mapped[float]
    share: Mapped[float]
    width_m: Mapped[float]
    sliver: Mapped[bool]
    distance_m: Mapped[float | None]
    geom: Mapped[Any] = mapped_column(
        Geometry("MULTIPOLYGON", srid=SRID, spatial_index=False), nullable=False
    )
