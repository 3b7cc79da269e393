"""Which data a run of indicators saw, so that the next one computes only what changed; observations of medians."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    for column in (
        sa.Column("kind", sa.Text(), nullable=False, server_default="part"),
        sa.Column("horizon", sa.BigInteger()),
        sa.Column("stored_by", sa.BigInteger()),
        sa.Column("program", sa.Text()),
        sa.Column("villages", sa.Integer()),
    ):
        op.add_column("indicator_runs", column, schema="xiangtu")
    op.create_check_constraint(
        "kind_known", "indicator_runs", "kind IN ('whole', 'part', 'touched')", schema="xiangtu"
    )
    op.create_table(
        "indicator_observations",
        sa.Column("indicator_id", sa.Text(), primary_key=True),
        sa.Column("as_of", sa.Date(), primary_key=True),
        sa.Column("admin_code", sa.Text(), primary_key=True),
        sa.Column("observed", ARRAY(sa.Double()), nullable=False),
        schema="xiangtu",
    )


def downgrade() -> None:
    op.drop_table("indicator_observations", schema="xiangtu")
    op.drop_constraint("kind_known", "indicator_runs", schema="xiangtu")
    for name in ("villages", "program", "stored_by", "horizon", "kind"):
        op.drop_column("indicator_runs", name, schema="xiangtu")
