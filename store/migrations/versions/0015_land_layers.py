"""Tables of the layers land_constraints, land_parcels and land_use, and further columns of consolidation projects."""

import sqlalchemy as sa
from alembic import op

from store.migrations.feature_table import create_feature_table, drop_feature_table

revision = "0015"
down_revision = "0014"


def _progress() -> list["sa.Column[object]"]:
    return [
        sa.Column("started_on", sa.Date()),
        sa.Column("planned_finish", sa.Date()),
        sa.Column("progress_percent", sa.Double()),
    ]


def _raster_kinds(*kinds: str) -> None:
    """Let `xiangtu.rasters` hold these kinds and no others."""
    op.drop_constraint("kind_known", "rasters", schema="xiangtu")
    known = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint("kind_known", "rasters", f"kind IN ({known})", schema="xiangtu")


def upgrade() -> None:
    _raster_kinds("elevation", "population", "land_cover_before", "land_cover_after")
    # The trigger that keeps history names the columns, so their order may differ between the two tables.
    for schema in ("feature", "history"):
        for column in _progress():
            op.add_column("consolidation_projects", column, schema=schema)
    create_feature_table(
        "basic_farmland",
        [
            sa.Column("plot_no", sa.Text(), nullable=False),
            sa.Column("land_class", sa.Text()),
            sa.Column("stated_area_mu", sa.Double()),
            sa.Column("grade", sa.BigInteger()),
            sa.Column("area_m2", sa.Double()),
        ],
        geometry="MULTIPOLYGON",
        key=["plot_no"],
    )
    create_feature_table(
        "ecological_redlines",
        [
            sa.Column("redline_no", sa.Text(), nullable=False),
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("function", sa.Text()),
            sa.Column("stated_area_mu", sa.Double()),
            sa.Column("area_m2", sa.Double()),
        ],
        geometry="MULTIPOLYGON",
        key=["redline_no"],
    )
    create_feature_table(
        "growth_boundaries",
        [
            sa.Column("boundary_no", sa.Text(), nullable=False),
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("zone", sa.Text(), nullable=False),
            sa.Column("stated_area_mu", sa.Double()),
            sa.Column("area_m2", sa.Double()),
        ],
        geometry="MULTIPOLYGON",
        key=["boundary_no"],
        tile_columns=[
            sa.Column("zone", sa.Text()),
        ],
    )
    create_feature_table(
        "hazard_points",
        [
            sa.Column("hazard_no", sa.Text(), nullable=False),
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("hazard_kind", sa.Text(), nullable=False),
            sa.Column("scale", sa.Text()),
            sa.Column("radius_m", sa.Double()),
            sa.Column("threatened_people", sa.BigInteger()),
        ],
        geometry="POINT",
        key=["hazard_no"],
        tile_columns=[
            sa.Column("hazard_kind", sa.Text()),
        ],
    )
    create_feature_table(
        "land_parcels",
        [
            sa.Column("parcel_no", sa.Text(), nullable=False),
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("parcel_kind", sa.Text()),
            sa.Column("parcel_use", sa.Text()),
            sa.Column("applicant", sa.Text()),
            sa.Column("stated_area_mu", sa.Double()),
            sa.Column("class_before", sa.Text()),
            sa.Column("quota_kind", sa.Text()),
            sa.Column("project_no", sa.Text()),
            sa.Column("note", sa.Text()),
            sa.Column("area_m2", sa.Double()),
        ],
        geometry="MULTIPOLYGON",
        key=["parcel_no"],
        tile_columns=[
            sa.Column("parcel_kind", sa.Text()),
            sa.Column("parcel_use", sa.Text()),
        ],
    )
    create_feature_table(
        "land_patches",
        [
            sa.Column("edition", sa.BigInteger(), nullable=False),
            sa.Column("patch_no", sa.Text(), nullable=False),
            sa.Column("land_class", sa.Text(), nullable=False),
            sa.Column("stated_area_mu", sa.Double()),
            sa.Column("area_m2", sa.Double()),
        ],
        geometry="MULTIPOLYGON",
        key=["edition", "patch_no"],
        tile_columns=[
            sa.Column("land_class", sa.Text()),
        ],
    )
    create_feature_table(
        "consolidation_classes",
        [
            sa.Column("project_no", sa.Text(), nullable=False),
            sa.Column("land_class", sa.Text(), nullable=False),
            sa.Column("before_mu", sa.Double()),
            sa.Column("after_mu", sa.Double()),
        ],
        geometry=None,
        key=["project_no", "land_class"],
    )


def downgrade() -> None:
    op.execute("DELETE FROM xiangtu.rasters WHERE kind LIKE 'land_cover_%'")
    _raster_kinds("elevation", "population")
    drop_feature_table("consolidation_classes")
    drop_feature_table("land_patches")
    drop_feature_table("land_parcels")
    drop_feature_table("hazard_points")
    drop_feature_table("growth_boundaries")
    drop_feature_table("ecological_redlines")
    drop_feature_table("basic_farmland")
    for schema in ("history", "feature"):
        for column in _progress():
            op.drop_column("consolidation_projects", column.name, schema=schema)
