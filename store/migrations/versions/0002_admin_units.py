"""Tables of the layer admin_units: admin_units, settlements."""

import sqlalchemy as sa

from store.migrations.feature_table import create_feature_table, drop_feature_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create_feature_table(
        "admin_units",
        [
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("level", sa.Text(), nullable=False),
            sa.Column("kind", sa.Text(), nullable=False),
            sa.Column("village_type", sa.Text()),
            sa.Column("parent_code", sa.Text()),
            sa.Column("pinyin", sa.Text()),
            sa.Column("initials", sa.Text()),
            sa.Column("area_m2", sa.Double()),
        ],
        geometry="MULTIPOLYGON",
        key=["admin_code"],
        tile_columns=[
            sa.Column("name", sa.Text()),
            sa.Column("level", sa.Text()),
            sa.Column("kind", sa.Text()),
            sa.Column("village_type", sa.Text()),
        ],
    )
    create_feature_table(
        "settlements",
        [
            sa.Column("settlement_no", sa.Text(), nullable=False),
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("households", sa.BigInteger()),
            sa.Column("population", sa.BigInteger()),
        ],
        geometry="POINT",
        key=["settlement_no"],
        tile_columns=[
            sa.Column("name", sa.Text()),
            sa.Column("households", sa.BigInteger()),
        ],
    )


def downgrade() -> None:
    drop_feature_table("settlements")
    drop_feature_table("admin_units")
