"""Tables of the layer clinics: clinics."""

import sqlalchemy as sa

from store.migrations.feature_table import create_feature_table, drop_feature_table

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    create_feature_table(
        "clinics",
        [
            sa.Column("clinic_no", sa.Text(), nullable=False),
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("clinic_kind", sa.Text()),
            sa.Column("beds", sa.BigInteger()),
            sa.Column("doctors", sa.BigInteger()),
        ],
        geometry="POINT",
        key=["clinic_no"],
        tile_columns=[
            sa.Column("clinic_kind", sa.Text()),
        ],
    )


def downgrade() -> None:
    drop_feature_table("clinics")
