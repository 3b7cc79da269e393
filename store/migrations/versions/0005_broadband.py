"""Tables of the layer broadband: base_stations, village_fibre, speed_tests."""

import sqlalchemy as sa

from store.migrations.feature_table import create_feature_table, drop_feature_table

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    create_feature_table(
        "base_stations",
        [
            sa.Column("station_no", sa.Text(), nullable=False),
            sa.Column("operator", sa.Text()),
            sa.Column("technology", sa.Text(), nullable=False),
            sa.Column("opened_on", sa.Date()),
        ],
        geometry="POINT",
        key=["station_no"],
        tile_columns=[
            sa.Column("operator", sa.Text()),
            sa.Column("technology", sa.Text()),
        ],
    )
    create_feature_table(
        "village_fibre",
        [
            sa.Column("households", sa.BigInteger(), nullable=False),
            sa.Column("households_passed", sa.BigInteger()),
            sa.Column("households_connected", sa.BigInteger()),
            sa.Column("reported_on", sa.Date()),
        ],
        geometry=None,
        key=["admin_code"],
    )
    create_feature_table(
        "speed_tests",
        [
            sa.Column("test_no", sa.Text(), nullable=False),
            sa.Column("operator", sa.Text()),
            sa.Column("down_mbps", sa.Double(), nullable=False),
            sa.Column("up_mbps", sa.Double()),
            sa.Column("tested_on", sa.Date()),
        ],
        geometry="POINT",
        key=["test_no"],
        tile_columns=[
            sa.Column("operator", sa.Text()),
        ],
    )


def downgrade() -> None:
    drop_feature_table("speed_tests")
    drop_feature_table("village_fibre")
    drop_feature_table("base_stations")
