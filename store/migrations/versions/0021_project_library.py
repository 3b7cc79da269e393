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
_CHANGES = (
    ("planned", "approved"), ("approved", "started"), ("started", "suspended"), ("suspended", "started"),
    ("started", "finished"), ("finished", "started"), ("finished", "accepted"), ("planned", "cancelled"),
    ("approved", "cancelled"), ("started", "cancelled"), ("suspended", "cancelled"),
)  # fmt: skip
"""As `analysis.progress.states` has them, which a test compares; a migration stays what it was."""
_ALLOWED = ", ".join(f"('{before}', '{after}')" for before, after in _CHANGES)
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
_STATE_FUNCTIONS = f"""
-- A change of state leads from the state that there is to one that may follow it, and says why where it must.
CREATE FUNCTION xiangtu.take_project_state() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    project record;
BEGIN
    SELECT p.admin_code, p.state INTO project FROM xiangtu.projects AS p WHERE p.id = NEW.project_id
    FOR NO KEY UPDATE;
    IF project.admin_code IS DISTINCT FROM NEW.admin_code THEN
        RAISE EXCEPTION 'the code is not that of the project' USING ERRCODE = 'XP010';
    END IF;
    IF project.state <> NEW.before OR (NEW.before, NEW.after) NOT IN ({_ALLOWED}) THEN
        RAISE EXCEPTION 'project % does not go from % to %', NEW.project_id, project.state, NEW.after
            USING ERRCODE = 'XP002';
    END IF;
    IF (NEW.after IN ('suspended', 'cancelled') OR (NEW.before, NEW.after) = ('finished', 'started'))
        AND length(regexp_replace(NEW.reason, '\\s', '', 'g')) < 2 THEN
        RAISE EXCEPTION 'a reason is needed' USING ERRCODE = 'XP003';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION xiangtu.carry_project_state() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE xiangtu.projects SET state = NEW.after, version = version + 1, changed_by = NEW.changed_by,
        changed_at = NEW.changed_at
    WHERE id = NEW.project_id;
    RETURN NULL;
END $$;

-- The state of a project is what its last change says, so that none is changed without one; and what is kept of a
-- project elsewhere goes by its code and place, which stay.
CREATE FUNCTION xiangtu.hold_project() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    latest record;
BEGIN
    IF NEW.code <> OLD.code OR NEW.admin_code <> OLD.admin_code THEN
        RAISE EXCEPTION 'code and place of a project stay' USING ERRCODE = 'XP004';
    END IF;
    IF NEW.state <> OLD.state THEN
        SELECT s.before, s.after INTO latest FROM xiangtu.project_states AS s
        WHERE s.project_id = NEW.id ORDER BY s.id DESC LIMIT 1;
        IF (latest.before, latest.after) IS DISTINCT FROM (OLD.state, NEW.state) THEN
            RAISE EXCEPTION 'the state of a project is changed by adding the change' USING ERRCODE = 'XP002';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""
_TRIGGERS = (
    "CREATE TRIGGER take_state BEFORE INSERT ON xiangtu.project_states "
    "FOR EACH ROW EXECUTE FUNCTION xiangtu.take_project_state()",
    "CREATE TRIGGER carry_state AFTER INSERT ON xiangtu.project_states "
    "FOR EACH ROW EXECUTE FUNCTION xiangtu.carry_project_state()",
    "CREATE TRIGGER hold_project BEFORE UPDATE ON xiangtu.projects "
    "FOR EACH ROW EXECUTE FUNCTION xiangtu.hold_project()",
)


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
    op.execute(_STATE_FUNCTIONS)
    for trigger in _TRIGGERS:
        op.execute(trigger)
    op.execute(
        "CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON xiangtu.project_states "
        "FOR EACH STATEMENT EXECUTE FUNCTION xiangtu.only_added_to()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER weigh_100 AFTER INSERT OR UPDATE OR DELETE ON xiangtu.project_milestones "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION xiangtu.milestones_weigh_100()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER hold_project ON xiangtu.projects")
    for name in ("project_links", "project_milestones", "project_states"):
        op.drop_table(name, schema="xiangtu")
    for name in ("milestones_weigh_100", "only_added_to", "take_project_state", "carry_project_state"):
        op.execute(f"DROP FUNCTION xiangtu.{name}()")
    op.execute("DROP FUNCTION xiangtu.hold_project()")
    for name in ("dates_in_order", "origin_known", "state_known"):
        op.drop_constraint(name, "projects", schema="xiangtu")
    for name in ("synthetic", "note", "origin", "team", "layer"):
        op.drop_column("projects", name, schema="xiangtu")
