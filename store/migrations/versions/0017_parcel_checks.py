"""Checks of parcels and their pieces in conflict."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0017"
down_revision = "0016"


def _id() -> "sa.Column[int]":
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _code() -> "sa.Column[str]":
    return sa.Column("admin_code", sa.String(12), nullable=False)


def upgrade() -> None:
    op.create_table(
        "parcel_checks",
        _id(),
        _code(),
        sa.Column("parcel_no", sa.Text(), nullable=False),
        sa.Column(
            "checked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()
        ),
        # Whether it is the parcel's last check: set when the next one is written, so that no query has to look for it.
        sa.Column("latest", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("geometry_digest", sa.Text(), nullable=False),
        sa.Column("parcel_kind", sa.Text()),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("stated_area_mu", sa.Double()),
        sa.Column("versions", JSONB(), nullable=False),
        sa.Column("sliver_m2", sa.Double(), nullable=False),
        sa.Column("sliver_width_m", sa.Double(), nullable=False),
        sa.Column("worst", sa.Text()),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.Column("conflict_area_m2", sa.Double(), nullable=False),
        sa.Column("prohibited_area_m2", sa.Double(), nullable=False),
        sa.Column("slivers", sa.Integer(), nullable=False),
        sa.Column("sliver_area_m2", sa.Double(), nullable=False),
        sa.Column("newly_in", ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.Column("no_longer_in", ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.Column("synthetic", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.CheckConstraint("area_m2 >= 0 AND conflict_area_m2 >= prohibited_area_m2", name="areas_fit"),
        schema="xiangtu",
    )
    op.create_index(
        "parcel_checks_latest",
        "parcel_checks",
        ["parcel_no"],
        unique=True,
        schema="xiangtu",
        postgresql_where=sa.text("latest"),
    )
    op.create_index("parcel_checks_history", "parcel_checks", ["parcel_no", "id"], schema="xiangtu")
    op.create_table(
        "parcel_conflicts",
        _id(),
        sa.Column(
            "check_id", sa.BigInteger(), sa.ForeignKey("xiangtu.parcel_checks.id"), nullable=False, index=True
        ),
        _code(),
        sa.Column("parcel_no", sa.Text(), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("feature_key", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("zone", sa.Text()),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("width_m", sa.Double(), nullable=False),
        sa.Column("sliver", sa.Boolean(), nullable=False),
        sa.Column("distance_m", sa.Double()),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=4490, spatial_index=False), nullable=False),
        sa.CheckConstraint("area_m2 >= 0 AND share BETWEEN 0 AND 1", name="share_of_the_parcel"),
        schema="xiangtu",
    )


def downgrade() -> None:
    op.drop_table("parcel_conflicts", schema="xiangtu")
    op.drop_table("parcel_checks", schema="xiangtu")
