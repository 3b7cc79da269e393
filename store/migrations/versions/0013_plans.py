"""Unit costs, candidate projects, scenarios and the project library."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0013"
down_revision = "0012"

_EMPTY_LIST, _EMPTY_OBJECT = sa.text("'[]'"), sa.text("'{}'")


def _id() -> "sa.Column[int]":
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _code() -> "sa.Column[str]":
    return sa.Column("admin_code", sa.String(12), nullable=False)


def _shape() -> "sa.Column[object]":
    return sa.Column("geom", Geometry("GEOMETRY", srid=4490, spatial_index=False), nullable=False)


def _kept() -> "list[sa.Column[object]]":
    """Who made a row and who changed it last; the version tells two who save it apart."""
    now = sa.func.now()
    return [
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=now),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=now),
    ]


def upgrade() -> None:
    op.create_table(
        "unit_costs",
        sa.Column("id", sa.Text(), primary_key=True),
        _code(),
        sa.Column("yuan", sa.Numeric(14, 2), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("yuan >= 0", name="not_negative"),
        schema="xiangtu",
    )
    op.create_table(
        "proposals",
        _id(),
        _code(),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("data_versions", JSONB(), nullable=False),
        sa.Column("unit_costs", JSONB(), nullable=False),
        sa.Column("proposed", sa.Integer(), nullable=False),
        sa.Column("without", JSONB(), nullable=False),
        schema="xiangtu",
    )
    op.create_index("proposals_by_county", "proposals", ["admin_code", "need", "id"], schema="xiangtu")
    op.create_table(
        "candidates",
        _id(),
        sa.Column("no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        _code(),
        sa.Column("name", sa.Text(), nullable=False),
        _shape(),
        sa.Column("size", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("cost_yuan", sa.Numeric(14, 0), nullable=False),
        sa.Column("cost_parts", JSONB(), nullable=False),
        sa.Column("prices", JSONB(), nullable=False, server_default=_EMPTY_OBJECT),
        sa.Column("served", JSONB(), nullable=False),
        sa.Column("needs_first", ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.Column("assumptions", JSONB(), nullable=False, server_default=_EMPTY_LIST),
        sa.Column("relocation", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="open"),
        sa.Column("proposal_id", sa.BigInteger(), sa.ForeignKey("xiangtu.proposals.id", ondelete="SET NULL")),
        *_kept(),
        sa.UniqueConstraint("no", name="candidates_no"),
        sa.CheckConstraint("origin IN ('proposed', 'drawn', 'edited')", name="origin_known"),
        sa.CheckConstraint("state IN ('open', 'withdrawn')", name="state_known"),
        schema="xiangtu",
    )
    op.create_index("candidates_by_code", "candidates", ["admin_code", "need"], schema="xiangtu")
    op.create_index("candidates_geom", "candidates", ["geom"], schema="xiangtu", postgresql_using="gist")
    op.create_table(
        "scenarios",
        _id(),
        _code(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("problem", JSONB(), nullable=False),
        sa.Column("result", JSONB()),
        sa.Column("state", sa.Text(), nullable=False, server_default="draft"),
        *_kept(),
        sa.UniqueConstraint("admin_code", "name", name="scenarios_name"),
        sa.CheckConstraint("state IN ('draft', 'solved', 'carried')", name="state_known"),
        schema="xiangtu",
    )
    op.create_table(
        "scenario_candidates",
        sa.Column(
            "scenario_id",
            sa.BigInteger(),
            sa.ForeignKey("xiangtu.scenarios.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("no", sa.Text(), primary_key=True),
        _code(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer()),
        sa.Column("copy", JSONB(), nullable=False),
        _shape(),
        schema="xiangtu",
    )
    op.create_index(
        "scenario_candidates_geom",
        "scenario_candidates",
        ["geom"],
        schema="xiangtu",
        postgresql_using="gist",
    )
    op.create_table(
        "projects",
        _id(),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        _code(),
        sa.Column("villages", ARRAY(sa.Text()), nullable=False),
        _shape(),
        sa.Column("budget_yuan", sa.Numeric(14, 0), nullable=False),
        sa.Column("payments", JSONB(), nullable=False, server_default=_EMPTY_LIST),
        sa.Column("planned_start", sa.Date()),
        sa.Column("planned_finish", sa.Date()),
        sa.Column("department", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False, server_default="planned"),
        sa.Column("people", sa.Double(), nullable=False),
        sa.Column("scenario_id", sa.BigInteger(), sa.ForeignKey("xiangtu.scenarios.id", ondelete="SET NULL")),
        sa.Column("candidate_no", sa.Text()),
        *_kept(),
        sa.UniqueConstraint("code", name="projects_code"),
        sa.UniqueConstraint("candidate_no", name="projects_candidate_no"),
        schema="xiangtu",
    )
    op.create_index("projects_by_code", "projects", ["admin_code"], schema="xiangtu")
    op.create_index("projects_geom", "projects", ["geom"], schema="xiangtu", postgresql_using="gist")


def downgrade() -> None:
    for name in ("projects", "scenario_candidates", "scenarios", "candidates", "proposals", "unit_costs"):
        op.drop_table(name, schema="xiangtu")
