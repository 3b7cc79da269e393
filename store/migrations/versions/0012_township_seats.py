"""Tables of the layer admin_units: township_seats."""

import sqlalchemy as sa

from store.migrations.feature_table import create_feature_table, drop_feature_table

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    create_feature_table(
        "township_seats",
        [sa.Column("name", sa.Text(), nullable=False)],
        geometry="POINT",
        key=["admin_code"],
    )


def downgrade() -> None:
    drop_feature_table("township_seats")
