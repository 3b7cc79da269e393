"""Tables of the layer assistance: assistance_teams, assistance_assets, village_income."""

import sqlalchemy as sa

from store.migrations.feature_table import create_feature_table, drop_feature_table

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    create_feature_table(
        "assistance_teams",
        [
            sa.Column("team_no", sa.Text(), nullable=False),
            sa.Column("lead_unit", sa.Text(), nullable=False),
            sa.Column("member_units", sa.Text()),
            sa.Column("leader", sa.Text()),
            sa.Column("phone", sa.Text()),
            sa.Column("head_count", sa.BigInteger()),
            sa.Column("term_from", sa.Date(), nullable=False),
            sa.Column("term_to", sa.Date(), nullable=False),
            sa.Column("county_contact", sa.Text()),
        ],
        geometry=None,
        key=["team_no"],
    )
    create_feature_table(
        "assistance_assets",
        [
            sa.Column("asset_no", sa.Text(), nullable=False),
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("asset_kind", sa.Text(), nullable=False),
            sa.Column("built_year", sa.BigInteger()),
            sa.Column("cost_yuan", sa.Numeric(precision=14, scale=2)),
            sa.Column("owner", sa.Text()),
            sa.Column("operator", sa.Text()),
            sa.Column("asset_state", sa.Text(), nullable=False),
            sa.Column("income_yuan", sa.Numeric(precision=14, scale=2)),
            sa.Column("checked_on", sa.Date()),
        ],
        geometry="POINT",
        key=["asset_no"],
        tile_columns=[
            sa.Column("asset_kind", sa.Text()),
            sa.Column("asset_state", sa.Text()),
        ],
    )
    create_feature_table(
        "village_income",
        [
            sa.Column("income_year", sa.BigInteger(), nullable=False),
            sa.Column("income_yuan", sa.Numeric(precision=14, scale=2), nullable=False),
            sa.Column("operating_yuan", sa.Numeric(precision=14, scale=2)),
        ],
        geometry=None,
        key=["admin_code"],
    )


def downgrade() -> None:
    drop_feature_table("village_income")
    drop_feature_table("assistance_assets")
    drop_feature_table("assistance_teams")
