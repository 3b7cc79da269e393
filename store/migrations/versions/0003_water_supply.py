"""Tables of the layer water_supply: water_service_areas, water_mains, water_works, village_water."""

import sqlalchemy as sa

from store.migrations.feature_table import create_feature_table, drop_feature_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_feature_table(
        "water_service_areas",
        [
            sa.Column("area_no", sa.Text(), nullable=False),
            sa.Column("works_no", sa.Text()),
            sa.Column("works_type", sa.Text(), nullable=False),
            sa.Column("area_m2", sa.Double()),
        ],
        geometry="MULTIPOLYGON",
        key=["area_no"],
        tile_columns=[
            sa.Column("works_type", sa.Text()),
        ],
    )
    create_feature_table(
        "water_mains",
        [
            sa.Column("main_no", sa.Text(), nullable=False),
            sa.Column("works_no", sa.Text()),
            sa.Column("material", sa.Text()),
            sa.Column("diameter_mm", sa.Double()),
            sa.Column("built_year", sa.BigInteger()),
            sa.Column("length_m", sa.Double()),
        ],
        geometry="MULTILINESTRING",
        key=["main_no"],
        tile_columns=[
            sa.Column("diameter_mm", sa.Double()),
        ],
    )
    create_feature_table(
        "water_works",
        [
            sa.Column("works_no", sa.Text(), nullable=False),
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("works_type", sa.Text(), nullable=False),
            sa.Column("design_capacity_m3d", sa.Double()),
            sa.Column("actual_capacity_m3d", sa.Double()),
            sa.Column("water_source", sa.Text()),
            sa.Column("served_population", sa.BigInteger()),
            sa.Column("quality_result", sa.Text()),
            sa.Column("tested_on", sa.Date()),
            sa.Column("state", sa.Text()),
        ],
        geometry="POINT",
        key=["works_no"],
        tile_columns=[
            sa.Column("works_type", sa.Text()),
            sa.Column("quality_result", sa.Text()),
            sa.Column("state", sa.Text()),
        ],
    )
    create_feature_table(
        "village_water",
        [
            sa.Column("households", sa.BigInteger(), nullable=False),
            sa.Column("households_connected", sa.BigInteger()),
            sa.Column("dispersed_population", sa.BigInteger()),
            sa.Column("reported_on", sa.Date()),
        ],
        geometry=None,
        key=["admin_code"],
    )


def downgrade() -> None:
    drop_feature_table("village_water")
    drop_feature_table("water_works")
    drop_feature_table("water_mains")
    drop_feature_table("water_service_areas")
