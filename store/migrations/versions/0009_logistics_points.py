"""Tables of the layer logistics_points: logistics_points."""

import sqlalchemy as sa

from store.migrations.feature_table import create_feature_table, drop_feature_table

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    create_feature_table(
        "logistics_points",
        [
            sa.Column("point_no", sa.Text(), nullable=False),
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("tier", sa.Text(), nullable=False),
            sa.Column("state", sa.Text()),
        ],
        geometry="POINT",
        key=["point_no"],
        tile_columns=[
            sa.Column("tier", sa.Text()),
        ],
    )


def downgrade() -> None:
    drop_feature_table("logistics_points")
