"""Quota is allotted by an approval and brought by an acceptance; nothing is allotted or saved by hand.

Until here only the pages saw to that. Asked at the end of the transaction, since approval and acceptance post first.
What the ledger is opened with is marked as such, and only a program of the owner, never a person, opens it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

_MADE_BY_STEP = """
CREATE FUNCTION xiangtu.quota_has_source() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    posting xiangtu.quota_postings%ROWTYPE;
    account xiangtu.quota_accounts%ROWTYPE;
    brought numeric;
BEGIN
    SELECT * INTO posting FROM xiangtu.quota_postings AS p WHERE p.id = NEW.posting_id;
    SELECT * INTO account FROM xiangtu.quota_accounts AS a WHERE a.id = NEW.account_id;
    IF posting.opening OR posting.entry = 'reversed' THEN
        RETURN NULL;
    END IF;
    brought := (
        SELECT sum(l.amount_mu) FROM xiangtu.quota_lines AS l WHERE l.posting_id = posting.id AND l.amount_mu > 0);
    -- An approval allots to its own parcel and to no other, its area and no more.
    IF posting.entry = 'allotted' AND account.bucket = 'allotted' AND NOT EXISTS (
        SELECT FROM xiangtu.review_steps AS s
        WHERE s.posting_id = posting.id AND s.action = 'approve' AND s.parcel_no = account.parcel_no
          AND s.area_mu = brought
    ) THEN
        RAISE EXCEPTION 'only an approval allots' USING ERRCODE = 'XQ007';
    END IF;
    -- What comes from outside into savings or farmland, under whatever entry.
    IF account.kind IN ('saved', 'farmland') AND account.bucket = 'available'
       AND posting.entry IN ('saved', 'issued') AND NOT EXISTS (
        SELECT FROM xiangtu.consolidation_acceptances AS c
        WHERE c.project_no = account.lot AND (
            c.posting_id = posting.id AND posting.kind = 'saved' AND c.saved_mu = brought
            OR c.farmland_posting_id = posting.id AND posting.kind = 'farmland'
               AND c.new_farmland_mu = brought)
    ) THEN
        RAISE EXCEPTION 'only an acceptance brings savings' USING ERRCODE = 'XQ008';
    END IF;
    RETURN NULL;
END
$$
"""

_OPENED = """
CREATE FUNCTION xiangtu.quota_opened_by_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF access.account() IS NOT NULL THEN
        RAISE EXCEPTION 'no person opens the ledger' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    op.add_column(
        "quota_postings",
        sa.Column("opening", sa.Boolean(), nullable=False, server_default=sa.false()),
        schema="xiangtu",
    )
    op.execute(_OPENED)
    op.execute(
        "CREATE TRIGGER opened_by_owner BEFORE INSERT ON xiangtu.quota_postings FOR EACH ROW WHEN (NEW.opening) "
        "EXECUTE FUNCTION xiangtu.quota_opened_by_owner()"
    )
    op.execute("ALTER TABLE xiangtu.quota_postings ENABLE ALWAYS TRIGGER opened_by_owner")
    op.execute(_MADE_BY_STEP)
    op.execute(
        "CREATE CONSTRAINT TRIGGER quota_has_source AFTER INSERT ON xiangtu.quota_lines DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW WHEN (NEW.book = 'actual' AND NEW.amount_mu > 0) EXECUTE FUNCTION xiangtu.quota_has_source()"
    )
    op.execute("ALTER TABLE xiangtu.quota_lines ENABLE ALWAYS TRIGGER quota_has_source")


def downgrade() -> None:
    op.execute("DROP TRIGGER quota_has_source ON xiangtu.quota_lines")
    op.execute("DROP FUNCTION xiangtu.quota_has_source()")
    op.execute("DROP TRIGGER opened_by_owner ON xiangtu.quota_postings")
    op.execute("DROP FUNCTION xiangtu.quota_opened_by_owner()")
    op.drop_column("quota_postings", "opening", schema="xiangtu")
