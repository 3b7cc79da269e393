"""What an approved parcel has is what its approval allotted: nothing is returned or added beside the review.

Migration 0018 refused the reversal of an approval's posting only; a return out of the parcel's account left an approval
without quota. Asked at the end of the transaction, since approval and revocation post first.
"""

from alembic import op

revision = "0020"
down_revision = "0019"

_OF_REVIEW = """
CREATE FUNCTION xiangtu.quota_of_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    approved text;
BEGIN
    SELECT r.parcel_no INTO approved
    FROM xiangtu.quota_accounts AS a JOIN xiangtu.parcel_reviews AS r ON r.parcel_no = a.parcel_no
    WHERE a.id = NEW.account_id AND a.parcel_no <> '' AND r.posting_id <> NEW.posting_id;
    IF FOUND THEN
        RAISE EXCEPTION 'revoke the approval of the parcel' USING ERRCODE = 'XQ006', DETAIL = approved;
    END IF;
    RETURN NULL;
END
$$
"""

_KEEP = """
CREATE FUNCTION xiangtu.keep_approved_quota() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM xiangtu.parcel_reviews AS r WHERE r.posting_id = NEW.closes_id) THEN
        RAISE EXCEPTION 'revoke the approval of the parcel' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$
"""


def _trigger(table: str, condition: str, function: str) -> None:
    op.execute(
        f"CREATE CONSTRAINT TRIGGER review_quota_kept AFTER INSERT ON xiangtu.{table} "
        f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION xiangtu.{function}()"
    )
    op.execute(f"ALTER TABLE xiangtu.{table} ENABLE ALWAYS TRIGGER review_quota_kept")


def upgrade() -> None:
    # A reversal has a line on the parcel's account, too: one rule for both.
    op.execute("DROP TRIGGER review_quota_kept ON xiangtu.quota_postings")
    op.execute("DROP FUNCTION xiangtu.keep_approved_quota()")
    op.execute(_OF_REVIEW)
    _trigger("quota_lines", "NEW.book = 'actual'", "quota_of_review")


def downgrade() -> None:
    op.execute("DROP TRIGGER review_quota_kept ON xiangtu.quota_lines")
    op.execute("DROP FUNCTION xiangtu.quota_of_review()")
    op.execute(_KEEP)
    _trigger("quota_postings", "NEW.closes_id IS NOT NULL", "keep_approved_quota")
