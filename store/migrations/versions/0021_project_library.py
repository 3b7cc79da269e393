"""The project library followed: layer, team and origin of a project, its states, milestones and links."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_STATES = "'planned', 'approved', 'started', 'suspended', 'finished', 'accepted', 'cancelled'"
_LAYER_OF_KIND = """CASE kind
    WHEN 'road_link' THEN 'roads'
    WHEN 'mains_extension' THEN 'water_supply' WHEN 'new_works' THEN 'water_supply'
    WHEN 'base_station_4g' THEN 'broadband' WHEN 'base_station_5g' THEN 'broadband'
    WHEN 'house_renovation' THEN 'dangerous_housing' END"""
_FUNCTIONS = """
CREATE FUNCTION xiangtu.only_added_to() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is only added to', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION xiangtu.milestones_weigh_100() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    project bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.project_id ELSE NEW.project_id END;
    total numeric;
BEGIN
    SELECT sum(m.weight) INTO total FROM xiangtu.project_milestones AS m WHERE m.project_id = project;
    IF total IS NOT NULL AND total <> 100 THEN
        RAISE EXCEPTION 'milestones of project % weigh %, not 100', project, total USING ERRCODE = 'XP001';
    END IF;
    RETURN NULL;
END $$;
"""


def _id() -> "sa.Column[int]":
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _project() -> "list[sa.Column[object]]":
    return [
        sa.Column("project_id", sa.BigInteger(), sa.ForeignKey("xiangtu.projects.id"), nullable=False),
        sa.Column("admin_code", sa.String(12), nullable=False),
    ]


def upgrade() -> None:
    op.add_column("projects", sa.Column("layer", sa.Text()), schema="xiangtu")
    op.execute(f"UPDATE xiangtu.projects SET layer = {_LAYER_OF_KIND}")
    op.alter_column("projects", "layer", nullable=False, schema="xiangtu")
    for column in (
        sa.Column("team", sa.Text()),
        sa.Column("origin", sa.Text(), nullable=False, server_default="scenario"),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("synthetic", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("projects", column, schema="xiangtu")
    op.create_check_constraint("state_known", "projects", f"state IN ({_STATES})", schema="xiangtu")
    op.create_check_constraint(
        "origin_known", "projects", "origin IN ('scenario', 'form', 'import')", schema="xiangtu"
    )
    op.create_check_constraint(
        "dates_in_order", "projects", "planned_finish >= planned_start", schema="xiangtu"
    )
    op.create_table(
        "project_states",
        _id(),
        *_project(),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema="xiangtu",
    )
    op.create_index("project_states_by_project", "project_states", ["project_id", "id"], schema="xiangtu")
    op.create_table(
        "project_milestones",
        _id(),
        *_project(),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("weight", sa.Numeric(5, 2), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.UniqueConstraint("project_id", "no", name="project_milestones_no"),
        sa.CheckConstraint("weight > 0 AND weight <= 100", name="weight_in_range"),
        sa.CheckConstraint("no > 0", name="no_positive"),
        schema="xiangtu",
    )
    op.create_table(
        "project_links",
        sa.Column("project_id", sa.BigInteger(), sa.ForeignKey("xiangtu.projects.id"), primary_key=True),
        sa.Column("admin_code", sa.String(12), nullable=False),
        sa.Column("feature", sa.Text(), primary_key=True),
        sa.Column("feature_key", sa.Text(), primary_key=True),
        schema="xiangtu",
    )
    op.execute(_FUNCTIONS)
    op.execute(
        "CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON xiangtu.project_states "
        "FOR EACH STATEMENT EXECUTE FUNCTION xiangtu.only_added_to()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER weigh_100 AFTER INSERT OR UPDATE OR DELETE ON xiangtu.project_milestones "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION xiangtu.milestones_weigh_100()"
    )


def downgrade() -> None:
    for name in ("project_links", "project_milestones", "project_states"):
        op.drop_table(name, schema="xiangtu")
    op.execute("DROP FUNCTION xiangtu.milestones_weigh_100(); DROP FUNCTION xiangtu.only_added_to()")
    for name in ("dates_in_order", "origin_known", "state_known"):
        op.drop_constraint(name, "projects", schema="xiangtu")
    for name in ("synthetic", "note", "origin", "team", "layer"):
        op.drop_column("projects", name, schema="xiangtu")
