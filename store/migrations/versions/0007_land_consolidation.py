"""Tables of the layer land_consolidation: consolidation_projects, construction_quotas."""

import sqlalchemy as sa

from store.migrations.feature_table import create_feature_table, drop_feature_table

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    create_feature_table(
        "consolidation_projects",
        [
            sa.Column("project_no", sa.Text(), nullable=False),
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("project_kind", sa.Text(), nullable=False),
            sa.Column("stated_area_mu", sa.Double()),
            sa.Column("new_farmland_mu", sa.Double()),
            sa.Column("class_before", sa.Text()),
            sa.Column("class_after", sa.Text()),
            sa.Column("saved_quota_mu", sa.Double()),
            sa.Column("used_quota_mu", sa.Double()),
            sa.Column("investment_yuan", sa.Numeric(precision=14, scale=2)),
            sa.Column("state", sa.Text(), nullable=False),
            sa.Column("accepted_on", sa.Date()),
            sa.Column("area_m2", sa.Double()),
        ],
        geometry="MULTIPOLYGON",
        key=["project_no"],
        tile_columns=[
            sa.Column("project_kind", sa.Text()),
            sa.Column("state", sa.Text()),
        ],
    )
    create_feature_table(
        "construction_quotas",
        [
            sa.Column("total_scale_mu", sa.Double(), nullable=False),
            sa.Column("reserved_mu", sa.Double()),
            sa.Column("allotted_mu", sa.Double()),
            sa.Column("used_mu", sa.Double()),
        ],
        geometry=None,
        key=["admin_code"],
    )


def downgrade() -> None:
    drop_feature_table("construction_quotas")
    drop_feature_table("consolidation_projects")
