"""Acceptances of consolidation projects; changes of farmland.

An acceptance is only added. Who handed a project's data in does not accept it, and a project is accepted anew only when
what the acceptance before has posted is reversed: the database itself says so, whatever program asks.
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"

_SCHEMA = "xiangtu"
_MU = sa.Numeric(16, 4)
_LONG_ENOUGH = r"length(regexp_replace(coalesce(reason, ''), '\s', '', 'g')) >= 4"

_REFUSE = """
CREATE FUNCTION xiangtu.acceptance_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'acceptances are only added' USING ERRCODE = 'insufficient_privilege';
END
$$
"""

# Who accepts, and when, is not for the sender to say.
_STAMP = """
CREATE FUNCTION xiangtu.acceptance_stamp() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    person bigint := access.account();
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('acceptance:' || NEW.project_no));
    NEW.made_at := now();
    NEW.account_id := person;
    IF person IS NOT NULL THEN
        NEW.made_by := (SELECT a.display_name FROM access.accounts AS a WHERE a.id = person);
        IF EXISTS (
            SELECT FROM xiangtu.import_batches AS b WHERE b.account_id = person AND b.id IN (
                SELECT p.batch_id FROM feature.consolidation_projects AS p WHERE p.project_no = NEW.project_no
                UNION ALL
                SELECT h.batch_id FROM history.consolidation_projects AS h WHERE h.project_no = NEW.project_no
                UNION ALL
                SELECT c.batch_id FROM feature.consolidation_classes AS c WHERE c.project_no = NEW.project_no
                UNION ALL
                SELECT h.batch_id FROM history.consolidation_classes AS h WHERE h.project_no = NEW.project_no)
        ) THEN
            RAISE EXCEPTION 'who handed a project in does not accept it' USING ERRCODE = 'XL001';
        END IF;
    END IF;
    IF EXISTS (
        SELECT FROM xiangtu.consolidation_acceptances AS a
        WHERE a.project_no = NEW.project_no AND (
            coalesce(a.posting_id, a.farmland_posting_id) IS NULL
            OR EXISTS (
                SELECT FROM unnest(ARRAY[a.posting_id, a.farmland_posting_id]) AS posted(id)
                WHERE posted.id IS NOT NULL
                  AND NOT EXISTS (SELECT FROM xiangtu.quota_postings AS r WHERE r.reverses_id = posted.id)))
    ) THEN
        RAISE EXCEPTION 'accepted already' USING ERRCODE = 'XL002';
    END IF;
    NEW.round := 1 + (SELECT count(*) FROM xiangtu.consolidation_acceptances AS a
                      WHERE a.project_no = NEW.project_no);
    RETURN NEW;
END
$$
"""

_JUDGE = """
CREATE FUNCTION xiangtu.farmland_stamp_verdict() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    person bigint := access.account();
BEGIN
    IF person IS NOT NULL THEN
        NEW.judged_at := now();
        NEW.judged_by := (SELECT a.display_name FROM access.accounts AS a WHERE a.id = person);
    END IF;
    RETURN NEW;
END
$$
"""


def _id() -> "sa.Column[int]":
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True)


def _code() -> "sa.Column[str]":
    return sa.Column("admin_code", sa.String(12), nullable=False)


def _made() -> "list[sa.Column[object]]":
    return [
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    ]


def upgrade() -> None:
    _acceptances()
    op.create_table(
        "farmland_runs",
        _id(),
        _code(),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("edition_before", sa.Text(), nullable=False),
        sa.Column("edition_after", sa.Text(), nullable=False),
        sa.Column("versions", JSONB(), nullable=False),
        sa.Column("balance", JSONB(), nullable=False),
        sa.Column("tolerance", JSONB(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False, server_default=sa.false()),
        *_made(),
        sa.CheckConstraint("source IN ('vector', 'raster')", name="source_known"),
        schema=_SCHEMA,
    )
    op.create_index(
        "farmland_runs_by_editions",
        "farmland_runs",
        ["source", "edition_before", "edition_after", "admin_code", "id"],
        schema=_SCHEMA,
    )
    op.create_table(
        "farmland_changes",
        _id(),
        sa.Column("run_id", sa.BigInteger(), sa.ForeignKey("xiangtu.farmland_runs.id"), nullable=False),
        _code(),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("class_before", sa.Text(), nullable=False),
        sa.Column("class_after", sa.Text(), nullable=False),
        sa.Column("patch_before", sa.Text()),
        sa.Column("patch_after", sa.Text()),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("sliver", sa.Boolean(), nullable=False),
        sa.Column("geom", Geometry("POLYGON", srid=4490, spatial_index=False), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False, server_default="open"),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("judged_by", sa.Text()),
        sa.Column("judged_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"),
        sa.UniqueConstraint("run_id", "digest", name="farmland_changes_once"),
        sa.CheckConstraint("change IN ('non_farm', 'non_grain')", name="change_known"),
        sa.CheckConstraint("verdict IN ('open', 'confirmed', 'dismissed')", name="verdict_known"),
        sa.CheckConstraint(f"verdict = 'open' OR {_LONG_ENOUGH}", name="verdict_has_reason"),
        schema=_SCHEMA,
    )
    op.create_index("farmland_changes_by_place", "farmland_changes", ["run_id", "admin_code"], schema=_SCHEMA)
    op.execute(_JUDGE)
    op.execute(
        "CREATE TRIGGER stamp BEFORE UPDATE OF verdict, reason, judged_by, judged_at "
        "ON xiangtu.farmland_changes FOR EACH ROW EXECUTE FUNCTION xiangtu.farmland_stamp_verdict()"
    )


def _acceptances() -> None:
    op.create_table(
        "consolidation_acceptances",
        _id(),
        sa.Column("project_no", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False, server_default="1"),
        _code(),
        sa.Column("accepted_on", sa.Date(), nullable=False),
        sa.Column("new_farmland_mu", _MU, nullable=False),
        sa.Column("saved_mu", _MU, nullable=False),
        sa.Column("remark", sa.Text(), nullable=False, server_default=""),
        sa.Column("reference", sa.Text(), nullable=False, server_default=""),
        sa.Column("posting_id", sa.BigInteger(), sa.ForeignKey("xiangtu.quota_postings.id"), unique=True),
        sa.Column(
            "farmland_posting_id", sa.BigInteger(), sa.ForeignKey("xiangtu.quota_postings.id"), unique=True
        ),
        sa.Column("opening", sa.Boolean(), nullable=False, server_default=sa.false()),
        *_made(),
        sa.Column("account_id", sa.BigInteger()),
        sa.UniqueConstraint("project_no", "round", name="acceptances_once"),
        sa.CheckConstraint(
            "(saved_mu > 0) = (posting_id IS NOT NULL) AND saved_mu >= 0", name="saved_is_posted"
        ),
        sa.CheckConstraint(
            "(new_farmland_mu > 0) = (farmland_posting_id IS NOT NULL) AND new_farmland_mu >= 0",
            name="farmland_is_posted",
        ),
        schema=_SCHEMA,
    )
    op.execute(_REFUSE)
    op.execute(_STAMP)
    for trigger, when, function in (
        (
            "only_added_to",
            "BEFORE UPDATE OR DELETE OR TRUNCATE",
            "STATEMENT EXECUTE FUNCTION xiangtu.acceptance_refuse_change()",
        ),
        ("stamp", "BEFORE INSERT", "ROW EXECUTE FUNCTION xiangtu.acceptance_stamp()"),
    ):
        op.execute(
            f"CREATE TRIGGER {trigger} {when} ON xiangtu.consolidation_acceptances FOR EACH {function}"
        )
        op.execute(f"ALTER TABLE xiangtu.consolidation_acceptances ENABLE ALWAYS TRIGGER {trigger}")


def downgrade() -> None:
    for name in ("farmland_changes", "farmland_runs", "consolidation_acceptances"):
        op.drop_table(name, schema=_SCHEMA)
    for function in ("farmland_stamp_verdict()", "acceptance_stamp()", "acceptance_refuse_change()"):
        op.execute(f"DROP FUNCTION xiangtu.{function}")
