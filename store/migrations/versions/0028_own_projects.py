"""Milestones and links are of their project's place, and who reported or checked when is not for the sender to say.

Rows are let through by the code that they carry: without this a planner of one county could weigh a project of another
by writing the own county's code beside it. The moment of a report or a check decides what was known on a past day.
"""

from alembic import op

revision = "0028"
down_revision = "0027"

_FUNCTIONS = """
CREATE FUNCTION xiangtu.keep_to_project() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place text;
BEGIN
    -- One after the other for each project, so that two cannot each add milestones that weigh 100.
    SELECT p.admin_code INTO place FROM xiangtu.projects AS p WHERE p.id = NEW.project_id FOR NO KEY UPDATE;
    IF place IS DISTINCT FROM NEW.admin_code OR (TG_OP = 'UPDATE' AND NEW.project_id <> OLD.project_id) THEN
        RAISE EXCEPTION 'the code is not that of the project' USING ERRCODE = 'XP010';
    END IF;
    RETURN NEW;
END $$;

-- The owner brings in what departments handed in earlier, with the moments of then; a person does it now.
CREATE FUNCTION xiangtu.stamp_report() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF access.account() IS NOT NULL THEN
        NEW.reported_by := xiangtu.assessed_by(NEW.reported_by);
        NEW.submitted_at := clock_timestamp();
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION xiangtu.stamp_report_check() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF access.account() IS NOT NULL THEN
        NEW.checked_by := xiangtu.assessed_by(NEW.checked_by);
        NEW.checked_at := clock_timestamp();
    END IF;
    RETURN NEW;
END $$;
"""
_PLANS = ("project_milestones", "project_links")
_STAMPS = {"progress_reports": "stamp_report", "progress_checks": "stamp_report_check"}


def upgrade() -> None:
    op.execute(_FUNCTIONS)
    for table in _PLANS:
        op.execute(
            f"CREATE TRIGGER keep_to_project BEFORE INSERT OR UPDATE ON xiangtu.{table} "
            "FOR EACH ROW EXECUTE FUNCTION xiangtu.keep_to_project()"
        )
    for table, function in _STAMPS.items():
        op.execute(
            f"CREATE TRIGGER {function} BEFORE INSERT ON xiangtu.{table} "
            f"FOR EACH ROW EXECUTE FUNCTION xiangtu.{function}()"
        )


def downgrade() -> None:
    for table, function in _STAMPS.items():
        op.execute(f"DROP TRIGGER {function} ON xiangtu.{table}")
        op.execute(f"DROP FUNCTION xiangtu.{function}()")
    for table in _PLANS:
        op.execute(f"DROP TRIGGER keep_to_project ON xiangtu.{table}")
    op.execute("DROP FUNCTION xiangtu.keep_to_project()")
