"""Schemas, the tables that Xiangtu keeps for itself, and the function that keeps history."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

# A merge says at which moment its rows begin; the rows that they replace end at that moment and never before
# their own beginning. Whatever else changes rows does so at its transaction's start.
_KEEP_HISTORY = """
CREATE FUNCTION xiangtu.keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    columns text;
    moment timestamptz := coalesce(nullif(current_setting('xiangtu.moment', true), '')::timestamptz, now());
BEGIN
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
    FROM pg_attribute
    WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped;
    EXECUTE format(
        'INSERT INTO history.%I (%s, valid_to) SELECT %s, greatest($1, valid_from) FROM old_rows',
        TG_TABLE_NAME, columns, columns
    ) USING moment;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    for schema in ("feature", "history", "tile"):
        op.execute(f"CREATE SCHEMA {schema}")
    op.execute(_KEEP_HISTORY)
    op.create_table(
        "import_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("crs", sa.Text()),
        sa.Column("encoding", sa.Text()),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("state", sa.Text(), nullable=False, server_default="running"),
        *(
            sa.Column(name, sa.Integer(), nullable=False, server_default="0")
            for name in ("rows_read", "inserted", "updated", "unchanged", "repaired", "rejected", "warned")
        ),
        sa.Column("handed_by", sa.Text()),
        sa.Column("synthetic", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("as_of", sa.Date()),
        sa.Column("error", sa.Text()),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name="state_known"),
        schema="xiangtu",
    )
    op.create_table(
        "import_findings",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column(
            "batch_id",
            sa.BigInteger(),
            sa.ForeignKey("xiangtu.import_batches.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("row_no", sa.Integer()),
        sa.Column("column_title", sa.Text()),
        sa.Column("value", sa.Text()),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
        sa.Column("message_en", sa.Text(), nullable=False),
        schema="xiangtu",
    )
    op.create_index("ix_xiangtu_import_findings_batch_id", "import_findings", ["batch_id"], schema="xiangtu")
    op.create_table(
        "layer_versions",
        sa.Column("feature_id", sa.Text(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema="xiangtu",
    )
    op.create_table(
        "indicator_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("state", sa.Text(), nullable=False, server_default="running"),
        sa.Column("counties", sa.Integer()),
        sa.Column("seconds", sa.Double()),
        sa.Column("data_versions", JSONB(), nullable=False, server_default=sa.text("'{}'")),
        schema="xiangtu",
    )
    op.create_table(
        "indicator_values",
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
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema="xiangtu",
    )
    op.create_index("indicator_values_by_unit", "indicator_values", ["admin_code", "as_of"], schema="xiangtu")


def downgrade() -> None:
    for name in ("indicator_values", "indicator_runs", "layer_versions", "import_findings", "import_batches"):
        op.drop_table(name, schema="xiangtu")
    op.execute("DROP FUNCTION xiangtu.keep_history()")
    for schema in ("tile", "history", "feature"):
        op.execute(f"DROP SCHEMA {schema}")
