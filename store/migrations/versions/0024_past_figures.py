"""Figures that a later computation replaced are kept with the time in which they were known."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "past_figures",
        sa.Column("indicator_id", sa.Text(), primary_key=True),
        sa.Column("as_of", sa.Date(), primary_key=True),
        sa.Column("level", sa.Text(), primary_key=True),
        sa.Column("admin_code", sa.Text(), primary_key=True),
        sa.Column("scope", sa.Text(), primary_key=True),
        sa.Column("value", sa.Double()),
        sa.Column("numerator", sa.Double()),
        sa.Column("denominator", sa.Double()),
        sa.Column("with_data", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("known_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_to", sa.DateTime(timezone=True), primary_key=True),
        sa.CheckConstraint("known_from < known_to", name="known_for_a_while"),
        schema="xiangtu",
    )


def downgrade() -> None:
    op.drop_table("past_figures", schema="xiangtu")
