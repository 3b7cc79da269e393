"""Tables of the layer roads: roads."""

import sqlalchemy as sa

from store.migrations.feature_table import create_feature_table, drop_feature_table

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    create_feature_table(
        "roads",
        [
            sa.Column("segment_no", sa.Text(), nullable=False),
            sa.Column("road_no", sa.Text()),
            sa.Column("name", sa.Text()),
            sa.Column("road_class", sa.Text(), nullable=False),
            sa.Column("technical_class", sa.Text()),
            sa.Column("surface", sa.Text()),
            sa.Column("width_m", sa.Double()),
            sa.Column("lanes", sa.BigInteger()),
            sa.Column("condition", sa.Text()),
            sa.Column("linked_settlements", sa.BigInteger()),
            sa.Column("maintainer", sa.Text()),
            sa.Column("length_m", sa.Double()),
        ],
        geometry="MULTILINESTRING",
        key=["segment_no"],
        tile_columns=[
            sa.Column("road_class", sa.Text()),
            sa.Column("surface", sa.Text()),
            sa.Column("condition", sa.Text()),
        ],
    )


def downgrade() -> None:
    drop_feature_table("roads")
