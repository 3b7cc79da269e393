"""Indicators of projects followed: what they are computed from counts its changes as the features' data do."""

from alembic import op

revision = "0023"
down_revision = "0022"

_TABLES = ("projects", "project_states", "project_milestones", "progress_checks")
_FUNCTION = """
-- Figures of projects are behind once a project, a plan or a check changed; once for each transaction is enough.
CREATE FUNCTION xiangtu.count_progress_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO xiangtu.layer_versions AS v (feature_id, version) VALUES ('project_progress', 1)
    ON CONFLICT (feature_id) DO UPDATE SET version = v.version + 1, updated_at = now()
    WHERE v.xmin <> pg_current_xact_id()::xid;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(_FUNCTION)
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER count_progress_change AFTER INSERT OR UPDATE OR DELETE ON xiangtu.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION xiangtu.count_progress_change()"
        )
    op.execute(
        "INSERT INTO xiangtu.layer_versions (feature_id, version) SELECT 'project_progress', 1 "
        "WHERE EXISTS (SELECT FROM xiangtu.projects)"
    )


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP TRIGGER count_progress_change ON xiangtu.{table}")
    op.execute("DROP FUNCTION xiangtu.count_progress_change()")
    op.execute("DELETE FROM xiangtu.layer_versions WHERE feature_id = 'project_progress'")
