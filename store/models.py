"""The tables that Xiangtu keeps for itself: batches, findings, versions, snapshots."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA = "xiangtu"


class Base(DeclarativeBase):
    """Models of the schema ``xiangtu``."""

    metadata = sa.MetaData(schema=SCHEMA)
    type_annotation_map = {  # noqa: RUF012 - the attribute that SQLAlchemy reads
        dt.datetime: sa.DateTime(timezone=True),
        str: sa.Text(),
        dict[str, Any]: JSONB(),
    }


class ImportBatch(Base):
    """One file handed in, with what became of its rows."""

    __tablename__ = "import_batches"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    feature_id: Mapped[str]
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    crs: Mapped[str | None]
    encoding: Mapped[str | None]
    started_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    finished_at: Mapped[dt.datetime | None]
    state: Mapped[str] = mapped_column(server_default="running")
    rows_read: Mapped[int] = mapped_column(server_default="0")
    inserted: Mapped[int] = mapped_column(server_default="0")
    updated: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    repaired: Mapped[int] = mapped_column(server_default="0")
    rejected: Mapped[int] = mapped_column(server_default="0")
    warned: Mapped[int] = mapped_column(server_default="0")
    handed_by: Mapped[str | None]
    account_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    synthetic: Mapped[bool] = mapped_column(server_default=sa.false())
    as_of: Mapped[dt.date | None]
    error: Mapped[str | None]

    __table_args__ = (sa.CheckConstraint("state IN ('running', 'done', 'failed')", name="state_known"),)


class ImportFinding(Base):
    """One thing found in one row of a file: where, what, and what was done about it."""

    __tablename__ = "import_findings"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    batch_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey(ImportBatch.id, ondelete="CASCADE"), index=True
    )
    row_no: Mapped[int | None]
    column_title: Mapped[str | None]
    value: Mapped[str | None]
    rule: Mapped[str]
    remedy: Mapped[str]
    message_zh: Mapped[str]
    message_en: Mapped[str]


class LayerVersion(Base):
    """How often a feature type's data changed; part of every tile address."""

    __tablename__ = "layer_versions"

    feature_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(sa.BigInteger)
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())


class Raster(Base):
    """A raster that was loaded; the newest of its kind is the one in use.

    `path` is relative to the folder of rasters; `crs` and `nodata` are those of the file handed in, the rest
    describes the stored one (EPSG:4490, degrees). `lowest`, `highest` and `total` are of its values in `unit`.
    """

    __tablename__ = "rasters"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    kind: Mapped[str]
    version: Mapped[int] = mapped_column(sa.BigInteger)
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    path: Mapped[str]
    crs: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    step_lon_deg: Mapped[float]
    step_lat_deg: Mapped[float]
    west: Mapped[float]
    south: Mapped[float]
    east: Mapped[float]
    north: Mapped[float]
    lowest: Mapped[float]
    highest: Mapped[float]
    total: Mapped[float | None]
    nodata: Mapped[float | None]
    unit: Mapped[str]
    loaded_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    handed_by: Mapped[str | None]
    account_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    as_of: Mapped[dt.date | None]
    synthetic: Mapped[bool] = mapped_column(server_default=sa.false())

    __table_args__ = (
        sa.CheckConstraint(
            "kind IN ('elevation', 'population', 'land_cover_before', 'land_cover_after')", name="kind_known"
        ),
        sa.UniqueConstraint("kind", "version", name="version_of_kind"),
    )


class IndicatorRun(Base):
    """One computation of indicators.

    ``horizon`` and ``stored_by`` are ids of transactions: all before the first had ended when the run looked at the
    data, the second stored its figures. ``program`` is a digest of the declarations and measures that made them.
    """

    __tablename__ = "indicator_runs"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    as_of: Mapped[dt.date]
    started_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    finished_at: Mapped[dt.datetime | None]
    state: Mapped[str] = mapped_column(server_default="running")
    counties: Mapped[int | None]
    seconds: Mapped[float | None]
    data_versions: Mapped[dict[str, Any]] = mapped_column(server_default=sa.text("'{}'"))
    kind: Mapped[str] = mapped_column(server_default="part")
    horizon: Mapped[int | None] = mapped_column(sa.BigInteger)
    stored_by: Mapped[int | None] = mapped_column(sa.BigInteger)
    program: Mapped[str | None]
    villages: Mapped[int | None]

    __table_args__ = (sa.CheckConstraint("kind IN ('whole', 'part', 'touched')", name="kind_known"),)


class IndicatorValue(Base):
    """A figure of one unit on one day; `scope` tells which townships are counted in it."""

    __tablename__ = "indicator_values"

    indicator_id: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[dt.date] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(primary_key=True)
    admin_code: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float | None]
    numerator: Mapped[float | None]
    denominator: Mapped[float | None]
    with_data: Mapped[int]
    units: Mapped[int]
    computed_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (sa.Index("indicator_values_by_unit", "admin_code", "as_of"),)


class PastFigure(Base):
    """A figure that a later computation of its day replaced, and the time in which it was the one known."""

    __tablename__ = "past_figures"

    indicator_id: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[dt.date] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(primary_key=True)
    admin_code: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float | None]
    numerator: Mapped[float | None]
    denominator: Mapped[float | None]
    with_data: Mapped[int]
    units: Mapped[int]
    known_from: Mapped[dt.datetime]
    known_to: Mapped[dt.datetime] = mapped_column(primary_key=True)

    __table_args__ = (sa.CheckConstraint("known_from < known_to", name="known_for_a_while"),)


class IndicatorObservations(Base):
    """The observations of one unit on one day, sorted, where a median of the units above needs them all."""

    __tablename__ = "indicator_observations"

    indicator_id: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[dt.date] = mapped_column(primary_key=True)
    admin_code: Mapped[str] = mapped_column(primary_key=True)
    observed: Mapped[list[float]] = mapped_column(ARRAY(sa.Double()))
