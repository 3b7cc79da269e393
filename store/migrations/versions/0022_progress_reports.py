"""Monthly reports of projects, their checks, photos and drafts: only added to; corrections supersede."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

revision = "0022"
down_revision = "0021"

_LARGEST_PHOTO = 2 * 1024 * 1024
_FUNCTIONS = """
-- Who reports is who is signed in; a report speaks of the code of its project, and supersedes one of the same month.
-- Between two months the percent falls only with a reason, whichever of the two comes later. What stands of a month is
-- the last report of its chain, unless it was returned. Reports of one project come one after the other.
CREATE FUNCTION xiangtu.take_report() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    project record;
    earlier xiangtu.progress_reports%ROWTYPE;
    before numeric;
    after numeric;
BEGIN
    NEW.account_id := access.account();
    PERFORM pg_advisory_xact_lock(7879774, hashint8(NEW.project_id));
    SELECT p.admin_code INTO project FROM xiangtu.projects AS p WHERE p.id = NEW.project_id;
    IF project.admin_code IS DISTINCT FROM NEW.admin_code THEN
        RAISE EXCEPTION 'the code is not that of the project' USING ERRCODE = 'XP010';
    END IF;
    IF NEW.supersedes IS NOT NULL THEN
        SELECT * INTO earlier FROM xiangtu.progress_reports AS r WHERE r.id = NEW.supersedes FOR UPDATE;
        IF earlier.project_id IS DISTINCT FROM NEW.project_id OR earlier.period <> NEW.period THEN
            RAISE EXCEPTION 'a correction is of the same project and month' USING ERRCODE = 'XP011';
        END IF;
    END IF;
    SELECT r.percent INTO before FROM xiangtu.standing_reports AS r
    WHERE r.project_id = NEW.project_id AND r.period < NEW.period ORDER BY r.period DESC LIMIT 1;
    SELECT CASE WHEN r.fall_reason = '' THEN r.percent END INTO after FROM xiangtu.standing_reports AS r
    WHERE r.project_id = NEW.project_id AND r.period > NEW.period ORDER BY r.period LIMIT 1;
    IF (before > NEW.percent OR after < NEW.percent)
        AND length(regexp_replace(NEW.fall_reason, '\\s', '', 'g')) < 2 THEN
        RAISE EXCEPTION 'the percent falls without a reason' USING ERRCODE = 'XP015';
    END IF;
    RETURN NEW;
END $$;

-- Nobody checks their own report, and one that was superseded is checked no more.
CREATE FUNCTION xiangtu.take_report_check() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    report xiangtu.progress_reports%ROWTYPE;
BEGIN
    NEW.account_id := access.account();
    SELECT * INTO report FROM xiangtu.progress_reports AS r WHERE r.id = NEW.report_id FOR UPDATE;
    IF report.admin_code IS DISTINCT FROM NEW.admin_code THEN
        RAISE EXCEPTION 'the code is not that of the report' USING ERRCODE = 'XP010';
    END IF;
    IF NEW.account_id IS NOT NULL AND NEW.account_id = report.account_id THEN
        RAISE EXCEPTION 'own report' USING ERRCODE = 'XP012';
    END IF;
    IF EXISTS (SELECT FROM xiangtu.progress_reports AS r WHERE r.supersedes = NEW.report_id) THEN
        RAISE EXCEPTION 'superseded since' USING ERRCODE = 'XP013';
    END IF;
    IF NEW.verdict = 'returned' AND length(regexp_replace(NEW.remark, '\\s', '', 'g')) < 2 THEN
        RAISE EXCEPTION 'a reason is needed' USING ERRCODE = 'XP014';
    END IF;
    RETURN NEW;
END $$;

-- A report's photos come with it: nobody adds one to another's report, or to one that was checked.
CREATE FUNCTION xiangtu.take_photo() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    report xiangtu.progress_reports%ROWTYPE;
BEGIN
    SELECT * INTO report FROM xiangtu.progress_reports AS r WHERE r.id = NEW.report_id;
    IF report.admin_code IS DISTINCT FROM NEW.admin_code THEN
        RAISE EXCEPTION 'the code is not that of the report' USING ERRCODE = 'XP010';
    END IF;
    IF report.account_id IS DISTINCT FROM access.account() THEN
        RAISE EXCEPTION 'another report' USING ERRCODE = 'XP016';
    END IF;
    IF EXISTS (SELECT FROM xiangtu.progress_checks AS c WHERE c.report_id = NEW.report_id) THEN
        RAISE EXCEPTION 'checked already' USING ERRCODE = 'XP017';
    END IF;
    RETURN NEW;
END $$;
"""
_STANDING = """
-- The last report of each project and month, unless it was returned: what the county accepted or has yet to look at.
CREATE VIEW xiangtu.standing_reports WITH (security_invoker = true) AS
SELECT r.* FROM xiangtu.progress_reports AS r
WHERE NOT EXISTS (SELECT FROM xiangtu.progress_reports AS n WHERE n.supersedes = r.id)
  AND NOT EXISTS (SELECT FROM xiangtu.progress_checks AS c WHERE c.report_id = r.id AND c.verdict = 'returned');
"""
_ACCEPTED = """
-- What holds of each project and month: the newest report of it that was accepted. Figures count nothing else.
CREATE VIEW xiangtu.accepted_reports WITH (security_invoker = true) AS
SELECT DISTINCT ON (r.project_id, r.period)
    r.id AS report_id, r.project_id, r.admin_code, r.period, r.reported_on, r.percent, r.paid_yuan, r.milestones,
    r.submitted_at, c.checked_at, r.synthetic
FROM xiangtu.progress_reports AS r JOIN xiangtu.progress_checks AS c ON c.report_id = r.id
WHERE c.verdict = 'accepted'
ORDER BY r.project_id, r.period, r.id DESC;
"""


def _id() -> "sa.Column[int]":
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _code() -> "sa.Column[str]":
    return sa.Column("admin_code", sa.String(12), nullable=False)


def _moment(name: str) -> "sa.Column[object]":
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()
    )


def _photo() -> "list[sa.Column[object]]":
    return [
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("thumbnail", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("phash", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True)),
        sa.Column("lon", sa.Double()),
        sa.Column("lat", sa.Double()),
    ]


def upgrade() -> None:
    op.create_table(
        "progress_reports",
        _id(),
        sa.Column("submission_key", UUID(as_uuid=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), sa.ForeignKey("xiangtu.projects.id"), nullable=False),
        _code(),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("percent", sa.Numeric(5, 2), nullable=False),
        sa.Column("paid_yuan", sa.Numeric(14, 0), nullable=False),
        sa.Column("milestones", ARRAY(sa.Integer()), nullable=False, server_default="{}"),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("fall_reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("supersedes", sa.BigInteger(), sa.ForeignKey("xiangtu.progress_reports.id")),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("account_id", sa.BigInteger()),
        sa.Column("reported_by", sa.Text(), nullable=False),
        _moment("submitted_at"),
        sa.UniqueConstraint("submission_key", name="progress_reports_key"),
        sa.UniqueConstraint("supersedes", name="progress_reports_supersedes"),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name="percent_in_range"),
        sa.CheckConstraint("paid_yuan >= 0", name="paid_not_negative"),
        sa.CheckConstraint("extract(day FROM period) = 1", name="period_is_a_month"),
        sa.CheckConstraint("channel IN ('form', 'excel', 'odk')", name="channel_known"),
        schema="xiangtu",
    )
    op.create_index(
        "progress_reports_first",
        "progress_reports",
        ["project_id", "period"],
        unique=True,
        postgresql_where=sa.text("supersedes IS NULL"),
        schema="xiangtu",
    )
    op.create_index(
        "progress_reports_by_code", "progress_reports", ["admin_code", "period"], schema="xiangtu"
    )
    op.create_table(
        "progress_checks",
        sa.Column(
            "report_id", sa.BigInteger(), sa.ForeignKey("xiangtu.progress_reports.id"), primary_key=True
        ),
        _code(),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False, server_default=""),
        sa.Column("account_id", sa.BigInteger()),
        sa.Column("checked_by", sa.Text(), nullable=False),
        _moment("checked_at"),
        sa.CheckConstraint("verdict IN ('accepted', 'returned')", name="verdict_known"),
        schema="xiangtu",
    )
    op.create_table(
        "progress_photos",
        _id(),
        sa.Column("report_id", sa.BigInteger(), sa.ForeignKey("xiangtu.progress_reports.id"), nullable=False),
        _code(),
        *_photo(),
        sa.Column("distance_m", sa.Double()),
        sa.UniqueConstraint("report_id", "sha256", name="progress_photos_once"),
        sa.CheckConstraint(f"octet_length(content) <= {_LARGEST_PHOTO}", name="photo_not_too_large"),
        sa.CheckConstraint("phash ~ '^[0-9a-f]{16}$'", name="phash_is_hex"),
        schema="xiangtu",
    )
    op.create_index("progress_photos_by_hash", "progress_photos", ["phash"], schema="xiangtu")
    op.create_table(
        "report_drafts",
        sa.Column("account_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("project_id", sa.BigInteger(), sa.ForeignKey("xiangtu.projects.id"), primary_key=True),
        sa.Column("period", sa.Date(), primary_key=True),
        _code(),
        sa.Column("content", JSONB(), nullable=False),
        _moment("changed_at"),
        schema="xiangtu",
    )
    op.create_table(
        "report_draft_photos",
        _id(),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        _code(),
        *_photo(),
        sa.ForeignKeyConstraint(
            ["account_id", "project_id", "period"],
            [f"xiangtu.report_drafts.{name}" for name in ("account_id", "project_id", "period")],
            ondelete="CASCADE",
            name="report_draft_photos_draft",
        ),
        sa.UniqueConstraint("account_id", "project_id", "period", "sha256", name="report_draft_photos_once"),
        sa.CheckConstraint(f"octet_length(content) <= {_LARGEST_PHOTO}", name="photo_not_too_large"),
        sa.CheckConstraint("phash ~ '^[0-9a-f]{16}$'", name="phash_is_hex"),
        schema="xiangtu",
    )
    op.execute(_STANDING)
    op.execute(_FUNCTIONS)
    op.execute(_ACCEPTED)
    for table in ("progress_reports", "progress_checks", "progress_photos"):
        op.execute(
            f"CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON xiangtu.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION xiangtu.only_added_to()"
        )
    op.execute(
        "CREATE TRIGGER take_report BEFORE INSERT ON xiangtu.progress_reports "
        "FOR EACH ROW EXECUTE FUNCTION xiangtu.take_report()"
    )
    op.execute(
        "CREATE TRIGGER take_report_check BEFORE INSERT ON xiangtu.progress_checks "
        "FOR EACH ROW EXECUTE FUNCTION xiangtu.take_report_check()"
    )
    op.execute(
        "CREATE TRIGGER take_photo BEFORE INSERT ON xiangtu.progress_photos "
        "FOR EACH ROW EXECUTE FUNCTION xiangtu.take_photo()"
    )


def downgrade() -> None:
    op.execute("DROP VIEW xiangtu.accepted_reports; DROP VIEW xiangtu.standing_reports")
    for name in (
        "report_draft_photos",
        "report_drafts",
        "progress_photos",
        "progress_checks",
        "progress_reports",
    ):
        op.drop_table(name, schema="xiangtu")
    op.execute(
        "DROP FUNCTION xiangtu.take_photo(); DROP FUNCTION xiangtu.take_report_check(); "
        "DROP FUNCTION xiangtu.take_report()"
    )
