"""Rasters: elevation and population, registered beside their files."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "rasters",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("crs", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Double(), nullable=False)
            for name in (
                "step_lon_deg",
                "step_lat_deg",
                "west",
                "south",
                "east",
                "north",
                "lowest",
                "highest",
            )
        ),
        sa.Column("total", sa.Double()),
        sa.Column("nodata", sa.Double()),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("handed_by", sa.Text()),
        sa.Column("account_id", sa.BigInteger()),
        sa.Column("as_of", sa.Date()),
        sa.Column("synthetic", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.CheckConstraint("kind IN ('elevation', 'population')", name="kind_known"),
        sa.UniqueConstraint("kind", "version", name="version_of_kind"),
        schema="xiangtu",
    )


def downgrade() -> None:
    op.drop_table("rasters", schema="xiangtu")
