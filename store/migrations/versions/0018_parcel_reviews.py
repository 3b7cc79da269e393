"""Reviews of parcels, their steps and files: the database itself takes each step, or refuses it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_TRANSITIONS = (
    ("draft", "submit", "township", "submitted", False),
    ("returned", "submit", "township", "submitted", False),
    ("withdrawn", "submit", "township", "submitted", False),
    ("submitted", "withdraw", "township", "withdrawn", False),
    ("examined", "withdraw", "township", "withdrawn", False),
    ("submitted", "examine", "county", "examined", False),
    ("submitted", "return", "county", "returned", True),
    ("examined", "approve", "city", "approved", False),
    ("examined", "return", "city", "returned", True),
    ("approved", "revoke", "city", "returned", True),
)
_STATES = "'draft', 'submitted', 'examined', 'approved', 'returned', 'withdrawn'"
_LARGEST_FILE = 10 * 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"
_BEGINNINGS = f"""CASE media_type
    WHEN 'application/pdf' THEN substring(content FROM 1 FOR 5) = '%PDF-'::bytea
    WHEN 'image/jpeg' THEN substring(content FROM 1 FOR 3) = '\\xffd8ff'::bytea
    WHEN 'image/png' THEN substring(content FROM 1 FOR 8) = '\\x89504e470d0a1a0a'::bytea
    WHEN '{_OFFICE}.wordprocessingml.document' THEN substring(content FROM 1 FOR 4) = '\\x504b0304'::bytea
    WHEN '{_OFFICE}.spreadsheetml.sheet' THEN substring(content FROM 1 FOR 4) = '\\x504b0304'::bytea
    WHEN 'text/plain' THEN position('\\x00'::bytea IN content) = 0
    ELSE false END"""

# What a parcel was when somebody looked at it: its shape and all that decides about quota. The same expressions stand
# in `store/land/reviews.py`, and a step that gives another value is refused.
_DIGEST = """encode(sha256(convert_to(jsonb_build_array(p.admin_code, p.parcel_kind, p.parcel_use, p.quota_kind,
        p.project_no)::text, 'UTF8') || public.ST_AsBinary(p.geom, 'NDR')), 'hex')"""
_AREA_MU = "round(p.area_m2::numeric * 15 / 10000, 2)"

_CHECK = """
-- The last check of a parcel: whether it is of the parcel as it is now, and how many conflicts above the tolerance it
-- found, the kinds that prohibit and the kinds that restrict.
CREATE FUNCTION xiangtu.parcel_check_of(
    wanted text, OUT check_id bigint, OUT present boolean, OUT prohibited bigint, OUT restricted bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.id,
        k.geometry_digest = md5(public.ST_AsBinary(p.geom, 'NDR'))
            AND k.parcel_kind IS NOT DISTINCT FROM p.parcel_kind AND k.admin_code = p.admin_code,
        (SELECT count(*) FROM xiangtu.parcel_conflicts AS c
         WHERE c.check_id = k.id AND NOT c.sliver AND c.severity = 'prohibited'),
        (SELECT count(*) FROM xiangtu.parcel_conflicts AS c
         WHERE c.check_id = k.id AND NOT c.sliver AND c.severity = 'restricted')
    FROM xiangtu.parcel_checks AS k JOIN feature.land_parcels AS p ON p.parcel_no = k.parcel_no
    WHERE k.parcel_no = wanted AND k.latest
$$;
"""

_TAKE_STEP = f"""
CREATE FUNCTION xiangtu.take_review_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me bigint := access.account();
    parcel record;
    held xiangtu.parcel_reviews%ROWTYPE;
    rule xiangtu.review_transitions%ROWTYPE;
    checked record;
    said integer := length(regexp_replace(coalesce(NEW.remark, ''), '\\s', '', 'g'));
    today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF me IS NULL THEN
        RAISE EXCEPTION 'nobody is signed in' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT p.admin_code, p.parcel_no, coalesce(p.quota_kind, 'reserve') AS quota_kind, {_DIGEST} AS digest,
        {_AREA_MU} AS area_mu
    INTO parcel FROM feature.land_parcels AS p WHERE p.parcel_no = NEW.parcel_no;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such parcel' USING ERRCODE = 'XTR01';
    END IF;
    INSERT INTO xiangtu.parcel_reviews (parcel_no, admin_code) VALUES (parcel.parcel_no, parcel.admin_code)
    ON CONFLICT DO NOTHING;
    -- One step after the other.
    SELECT * INTO held FROM xiangtu.parcel_reviews AS r WHERE r.parcel_no = NEW.parcel_no FOR UPDATE;

    SELECT * INTO rule FROM xiangtu.review_transitions AS t
    WHERE t.before = held.state AND t.action = NEW.action;
    IF NEW.version IS DISTINCT FROM held.version + 1 THEN
        RAISE EXCEPTION 'somebody was here before' USING ERRCODE = 'XTR02';
    END IF;
    IF rule IS NULL THEN
        RAISE EXCEPTION 'no such step from %', held.state USING ERRCODE = 'XTR03';
    END IF;
    IF NOT EXISTS (
        SELECT FROM access.assignments AS a
        WHERE a.account_id = me AND parcel.admin_code ^@ a.prefix AND CASE rule.office
            WHEN 'township' THEN a.role IN ('clerk', 'land_reviewer')
            WHEN 'county' THEN a.role = 'land_reviewer' AND length(a.prefix) = 6
            WHEN 'city' THEN a.role = 'land_reviewer' AND length(a.prefix) = 4
            ELSE false END
    ) THEN
        RAISE EXCEPTION 'another office decides' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.action = 'withdraw' AND me IS DISTINCT FROM held.submitter THEN
        RAISE EXCEPTION 'only who handed it in' USING ERRCODE = 'XTR04';
    END IF;
    IF NEW.action IN ('examine', 'approve', 'return', 'revoke') AND me = ANY (held.submitters) THEN
        RAISE EXCEPTION 'own parcel' USING ERRCODE = 'XTR05';
    END IF;
    IF NEW.action = 'approve' AND me = ANY (held.examiners) THEN
        RAISE EXCEPTION 'examined by the same person' USING ERRCODE = 'XTR06';
    END IF;

    IF NEW.action <> 'withdraw' THEN
        IF NEW.parcel_digest IS DISTINCT FROM parcel.digest THEN
            RAISE EXCEPTION 'the parcel changed' USING ERRCODE = 'XTR07';
        END IF;
        SELECT * INTO checked FROM xiangtu.parcel_check_of(NEW.parcel_no);
        IF NEW.check_id IS DISTINCT FROM checked.check_id THEN
            RAISE EXCEPTION 'checked anew' USING ERRCODE = 'XTR08';
        END IF;
    END IF;
    IF NEW.action IN ('examine', 'approve') AND held.parcel_digest IS DISTINCT FROM parcel.digest THEN
        RAISE EXCEPTION 'changed since it was handed in' USING ERRCODE = 'XTR09';
    END IF;
    IF NEW.action IN ('submit', 'examine', 'approve') THEN
        IF checked.check_id IS NULL OR NOT checked.present THEN
            RAISE EXCEPTION 'a check is needed' USING ERRCODE = 'XTR10';
        END IF;
        IF NEW.action = 'approve' AND checked.prohibited > 0 THEN
            RAISE EXCEPTION 'a conflict prohibits it' USING ERRCODE = 'XTR11';
        END IF;
        IF checked.restricted > 0 AND said < 4 THEN
            RAISE EXCEPTION 'a conflict asks for a remark' USING ERRCODE = 'XTR12';
        END IF;
    END IF;
    IF rule.remark_needed AND said < 4 THEN
        RAISE EXCEPTION 'a reason is needed' USING ERRCODE = 'XTR13';
    END IF;
    -- Quota moves with the step, in its transaction: the whole area at an approval, all of it back at a revocation.
    IF NEW.action NOT IN ('approve', 'revoke') AND NEW.posting_id IS NOT NULL
       OR NEW.action IN ('approve', 'revoke') AND NOT EXISTS (
        SELECT FROM xiangtu.quota_postings AS q
        WHERE q.id = NEW.posting_id AND q.account_id = me AND q.made_in = pg_current_xact_id()::text
          AND q.book = 'actual' AND CASE NEW.action
            WHEN 'revoke' THEN q.reverses_id = held.posting_id
            ELSE q.entry = 'allotted' AND q.kind = parcel.quota_kind AND parcel.area_mu = (
                SELECT sum(l.amount_mu) FROM xiangtu.quota_lines AS l
                JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id
                WHERE l.posting_id = q.id AND a.bucket = 'allotted' AND a.parcel_no = parcel.parcel_no) END
    ) THEN
        RAISE EXCEPTION 'the posting is not that of the step' USING ERRCODE = 'XTR14';
    END IF;
    -- An entry of the record needs the installation's key: whoever has a way to run SQL takes no step with it.
    IF NOT EXISTS (
        SELECT FROM access.record AS e
        WHERE e.id = NEW.record_id AND e.account_id = me AND e.object = 'parcel_review'
          AND e.object_id = NEW.parcel_no AND e.action = 'parcel_' || NEW.action
          AND e.after ->> 'version' = NEW.version::text
    ) THEN
        RAISE EXCEPTION 'the step is not on record' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (rule.after IN ('submitted', 'examined')) IS DISTINCT FROM (NEW.due_on IS NOT NULL)
       OR NEW.due_on NOT BETWEEN today AND today + 200 THEN
        RAISE EXCEPTION 'a due date goes with what waits, and only with it' USING ERRCODE = 'check_violation';
    END IF;

    NEW.admin_code := parcel.admin_code;
    NEW.from_state := held.state;
    NEW.to_state := rule.after;
    NEW.round := held.round + (NEW.action = 'submit')::integer;
    NEW.area_mu := parcel.area_mu;
    NEW.remark := nullif(trim(NEW.remark), '');
    NEW.account_id := me;
    SELECT a.name, a.display_name INTO NEW.account_name, NEW.made_by FROM access.accounts AS a WHERE a.id = me;
    SELECT string_agg(a.role || '@' || a.prefix, ' ' ORDER BY a.role, a.prefix) INTO NEW.roles
    FROM access.assignments AS a WHERE a.account_id = me;
    NEW.at := greatest(clock_timestamp(), held.changed_at);
    NEW.made_in := pg_current_xact_id()::text;

    UPDATE xiangtu.parcel_reviews AS r SET
        admin_code = NEW.admin_code,
        state = NEW.to_state,
        round = NEW.round,
        version = NEW.version,
        due_on = NEW.due_on,
        changed_at = NEW.at,
        submitter = CASE WHEN NEW.action = 'submit' THEN me ELSE r.submitter END,
        submitters = CASE WHEN NEW.action = 'submit' AND NOT me = ANY (r.submitters)
            THEN r.submitters || me ELSE r.submitters END,
        examiners = CASE WHEN NEW.action = 'examine' AND NOT me = ANY (r.examiners)
            THEN r.examiners || me ELSE r.examiners END,
        parcel_digest = CASE WHEN NEW.action = 'submit' THEN NEW.parcel_digest ELSE r.parcel_digest END,
        posting_id = CASE WHEN NEW.action = 'approve' THEN NEW.posting_id
            WHEN NEW.action = 'revoke' THEN NULL ELSE r.posting_id END
    WHERE r.parcel_no = NEW.parcel_no;
    RETURN NEW;
END
$$;
CREATE TRIGGER take_step BEFORE INSERT ON xiangtu.review_steps
FOR EACH ROW EXECUTE FUNCTION xiangtu.take_review_step();

CREATE FUNCTION xiangtu.keep_review_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'a review changes by its steps only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER by_steps_only BEFORE INSERT OR UPDATE ON xiangtu.parcel_reviews
FOR EACH ROW EXECUTE FUNCTION xiangtu.keep_review_state();

-- The posting of an approval is taken back with the approval, not beside it. Asked at the end of the transaction,
-- since a revocation posts first.
CREATE FUNCTION xiangtu.keep_approved_quota() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM xiangtu.parcel_reviews AS r WHERE r.posting_id = NEW.closes_id) THEN
        RAISE EXCEPTION 'revoke the approval of the parcel' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER review_quota_kept AFTER INSERT ON xiangtu.quota_postings
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.closes_id IS NOT NULL)
EXECUTE FUNCTION xiangtu.keep_approved_quota();

CREATE FUNCTION xiangtu.attach_review_file() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    step xiangtu.review_steps%ROWTYPE;
BEGIN
    SELECT * INTO step FROM xiangtu.review_steps AS s WHERE s.id = NEW.step_id;
    IF step.account_id IS DISTINCT FROM access.account()
       OR step.made_in IS DISTINCT FROM pg_current_xact_id()::text THEN
        RAISE EXCEPTION 'a file comes with its step' USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.admin_code := step.admin_code;
    NEW.parcel_no := step.parcel_no;
    RETURN NEW;
END
$$;
CREATE TRIGGER with_its_step BEFORE INSERT ON xiangtu.review_files
FOR EACH ROW EXECUTE FUNCTION xiangtu.attach_review_file();
"""

_APPEND_ONLY = """
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON xiangtu.{table}
FOR EACH STATEMENT EXECUTE FUNCTION access.refuse_change()
"""


_ALWAYS = (
    ("review_steps", "take_step"),
    ("review_steps", "only_added_to"),
    ("review_files", "with_its_step"),
    ("review_files", "only_added_to"),
    ("parcel_reviews", "by_steps_only"),
    ("parcel_reviews", "kept"),
    ("quota_postings", "review_quota_kept"),
)
"""Triggers that fire in a session that replays a replica's changes, too."""


def upgrade() -> None:
    op.create_table(
        "review_transitions",
        sa.Column("before", sa.Text(), primary_key=True),
        sa.Column("action", sa.Text(), primary_key=True),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("remark_needed", sa.Boolean(), nullable=False),
        schema="xiangtu",
    )
    for before, action, office, after, needed in _TRANSITIONS:
        op.execute(
            f"INSERT INTO xiangtu.review_transitions VALUES ('{before}', '{action}', '{office}', '{after}', {needed})"
        )
    op.create_table(
        "parcel_reviews",
        sa.Column("parcel_no", sa.Text(), primary_key=True),
        sa.Column("admin_code", sa.String(12), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="draft"),
        sa.Column("round", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("due_on", sa.Date()),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("submitter", sa.BigInteger()),
        sa.Column("submitters", sa.ARRAY(sa.BigInteger()), nullable=False, server_default="{}"),
        sa.Column("examiners", sa.ARRAY(sa.BigInteger()), nullable=False, server_default="{}"),
        sa.Column("parcel_digest", sa.Text()),
        sa.Column("posting_id", sa.BigInteger(), sa.ForeignKey("xiangtu.quota_postings.id")),
        sa.CheckConstraint(f"state IN ({_STATES})", name="state_known"),
        sa.CheckConstraint("(state = 'approved') = (posting_id IS NOT NULL)", name="approved_with_quota"),
        schema="xiangtu",
    )
    op.create_index("parcel_reviews_waiting", "parcel_reviews", ["state", "due_on"], schema="xiangtu")
    op.create_index("parcel_reviews_by_code", "parcel_reviews", ["admin_code"], schema="xiangtu")
    op.create_table(
        "review_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("parcel_no", sa.Text(), sa.ForeignKey("xiangtu.parcel_reviews.parcel_no"), nullable=False),
        sa.Column("admin_code", sa.String(12), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remark", sa.Text()),
        sa.Column("due_on", sa.Date()),
        sa.Column("parcel_digest", sa.Text()),
        sa.Column("area_mu", sa.Numeric(16, 2), nullable=False),
        sa.Column("check_id", sa.BigInteger()),
        sa.Column("posting_id", sa.BigInteger(), sa.ForeignKey("xiangtu.quota_postings.id"), unique=True),
        sa.Column("record_id", sa.BigInteger(), nullable=False, unique=True),
        sa.Column("made_in", sa.Text(), nullable=False),
        sa.UniqueConstraint("parcel_no", "version", name="review_steps_once"),
        sa.CheckConstraint("length(remark) <= 2000", name="remark_short"),
        schema="xiangtu",
    )
    op.create_index("review_steps_by_account", "review_steps", ["account_id", "parcel_no"], schema="xiangtu")
    op.create_table(
        "review_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("step_id", sa.BigInteger(), sa.ForeignKey("xiangtu.review_steps.id"), nullable=False),
        sa.Column("parcel_no", sa.Text(), nullable=False),
        sa.Column("admin_code", sa.String(12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), sa.Computed("octet_length(content)", persisted=True), nullable=False),
        sa.Column(
            "sha256",
            sa.Text(),
            sa.Computed("encode(sha256(content), 'hex')", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint(f"octet_length(content) BETWEEN 1 AND {_LARGEST_FILE}", name="size_bounded"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 120", name="name_short"),
        sa.CheckConstraint(_BEGINNINGS, name="what_it_says_it_is"),
        schema="xiangtu",
    )
    op.create_index("review_files_by_step", "review_files", ["step_id"], schema="xiangtu")
    op.execute(_CHECK)
    op.execute(_TAKE_STEP)
    for table in ("review_steps", "review_files"):
        op.execute(_APPEND_ONLY.format(table=table))
    op.execute(
        "CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON xiangtu.parcel_reviews "
        "FOR EACH STATEMENT EXECUTE FUNCTION access.refuse_change()"
    )
    for table, trigger in _ALWAYS:
        op.execute(f"ALTER TABLE xiangtu.{table} ENABLE ALWAYS TRIGGER {trigger}")


def downgrade() -> None:
    op.execute("DROP TRIGGER review_quota_kept ON xiangtu.quota_postings")
    for table in ("review_files", "review_steps", "parcel_reviews", "review_transitions"):
        op.drop_table(table, schema="xiangtu")
    for function in ("take_review_step", "keep_review_state", "attach_review_file", "keep_approved_quota"):
        op.execute(f"DROP FUNCTION xiangtu.{function}()")
    op.execute("DROP FUNCTION xiangtu.parcel_check_of(text)")
