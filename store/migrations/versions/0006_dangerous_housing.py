"""Tables of the layer dangerous_housing: houses."""

import sqlalchemy as sa

from store.migrations.feature_table import create_feature_table, drop_feature_table

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    create_feature_table(
        "houses",
        [
            sa.Column("household_no", sa.Text(), nullable=False),
            sa.Column("householder", sa.Text()),
            sa.Column("grade", sa.Text(), nullable=False),
            sa.Column("structure", sa.Text()),
            sa.Column("built_year", sa.BigInteger()),
            sa.Column("floor_area_m2", sa.Double()),
            sa.Column("cut_slope", sa.Boolean()),
            sa.Column("income_category", sa.Text()),
            sa.Column("state", sa.Text(), nullable=False),
            sa.Column("found_on", sa.Date()),
            sa.Column("appraised_on", sa.Date()),
            sa.Column("planned_on", sa.Date()),
            sa.Column("started_on", sa.Date()),
            sa.Column("due_on", sa.Date()),
            sa.Column("accepted_on", sa.Date()),
            sa.Column("subsidy_yuan", sa.Numeric(precision=14, scale=2)),
            sa.Column("contractor", sa.Text()),
        ],
        geometry="POINT",
        key=["household_no"],
        tile_columns=[
            sa.Column("grade", sa.Text()),
            sa.Column("cut_slope", sa.Boolean()),
            sa.Column("state", sa.Text()),
        ],
    )


def downgrade() -> None:
    drop_feature_table("houses")
