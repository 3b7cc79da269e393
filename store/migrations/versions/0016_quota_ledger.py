"""The ledger of construction-land quota: accounts, postings, lines; only added to, never overdrawn.

Triggers hold the rules, so that no role and no program can do without them; `docs/quota-ledger.md` lists them. They are
`ENABLE ALWAYS`: they fire in a session that replays a replica's changes, too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_SCHEMA = "xiangtu"
_AMOUNT = sa.Numeric(16, 4)
_LONG_ENOUGH = r"length(regexp_replace(reason, '\s', '', 'g')) >= 4"
_CITY, _COUNTY = r"'^\d{4}0{8}$'", r"'^\d{6}0{6}$'"

# What a unit's code covers: its significant digits.
_SCOPE = r"""
CREATE FUNCTION xiangtu.quota_scope(code text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN code ~ '^\d{4}0{8}$' THEN left(code, 4) WHEN code ~ '^\d{6}0{6}$' THEN left(code, 6)
                WHEN code ~ '^\d{9}0{3}$' THEN left(code, 9) ELSE code END
$$
"""

_REFUSE = """
CREATE FUNCTION xiangtu.quota_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is only added to' USING ERRCODE = 'insufficient_privilege';
END
$$;

-- Balances are kept by the triggers of the lines and by nothing else.
CREATE FUNCTION xiangtu.quota_keep_balances() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'balances follow from the lines' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;
"""

_ACCOUNTS = """
CREATE FUNCTION xiangtu.quota_open_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO xiangtu.quota_balances (account_id, admin_code) VALUES (NEW.id, NEW.admin_code);
    RETURN NULL;
END
$$;
"""

# Who posts, and when, is not for the sender to say.
_POSTINGS = """
CREATE FUNCTION xiangtu.quota_stamp_posting() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    closed xiangtu.quota_postings%ROWTYPE;
    person bigint := access.account();
BEGIN
    NEW.made_at := now();
    NEW.made_in := pg_current_xact_id()::text;
    NEW.account_id := person;
    IF person IS NOT NULL THEN
        NEW.made_by := (SELECT a.display_name FROM access.accounts AS a WHERE a.id = person);
    END IF;
    IF NEW.book = 'actual' AND NEW.effective_on > (now() AT TIME ZONE 'Asia/Shanghai')::date THEN
        RAISE EXCEPTION 'what has happened is not in the future' USING ERRCODE = 'XQ005';
    END IF;
    IF coalesce(NEW.reverses_id, NEW.fulfils_id) IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO closed FROM xiangtu.quota_postings AS p WHERE p.id = coalesce(NEW.reverses_id, NEW.fulfils_id);
    IF closed.id IS NULL OR closed.entry = 'reversed' OR closed.kind <> NEW.kind
       OR NEW.effective_on < closed.effective_on AND NEW.reverses_id IS NOT NULL
       OR NEW.reverses_id IS NOT NULL AND (closed.book <> NEW.book OR closed.admin_code <> NEW.admin_code)
       OR NEW.fulfils_id IS NOT NULL AND (closed.book <> 'planned' OR NEW.book <> 'actual'
           OR closed.entry <> NEW.entry OR NOT closed.admin_code ^@ xiangtu.quota_scope(NEW.admin_code)) THEN
        RAISE EXCEPTION 'no such posting to reverse or fulfil' USING ERRCODE = 'XQ004';
    END IF;
    RETURN NEW;
END
$$;
"""

_LINES = """
-- A line is of a posting of the same transaction: a posting that is committed gets no further ones.
CREATE FUNCTION xiangtu.quota_stamp_line() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    posting xiangtu.quota_postings%ROWTYPE;
BEGIN
    SELECT * INTO posting FROM xiangtu.quota_postings AS p WHERE p.id = NEW.posting_id;
    IF posting.id IS NOT NULL AND posting.made_in <> pg_current_xact_id()::text THEN
        RAISE EXCEPTION 'the ledger is only added to' USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.admin_code := posting.admin_code;
    NEW.book := posting.book;
    NEW.effective_on := posting.effective_on;
    RETURN NEW;
END
$$;

CREATE FUNCTION xiangtu.quota_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    touched bigint[];
    short record;
BEGIN
    IF EXISTS (
        SELECT FROM new_lines AS l
        JOIN xiangtu.quota_postings AS p ON p.id = l.posting_id
        JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id
        WHERE a.kind <> p.kind OR NOT a.admin_code ^@ xiangtu.quota_scope(p.admin_code)
    ) THEN
        RAISE EXCEPTION 'a line outside the posting''s unit or kind' USING ERRCODE = 'XQ003';
    END IF;
    IF EXISTS (
        SELECT FROM new_lines AS l
        JOIN xiangtu.quota_postings AS p ON p.id = l.posting_id
        JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id
        WHERE p.entry <> 'reversed' AND NOT (
            (p.entry, a.bucket, sign(l.amount_mu)) IN (
                ('issued', 'outside', -1), ('issued', 'available', 1),
                ('saved', 'outside', -1), ('saved', 'available', 1),
                ('moved', 'available', -1), ('moved', 'available', 1),
                ('allotted', 'available', -1), ('allotted', 'allotted', 1),
                ('returned', 'allotted', -1), ('returned', 'available', 1),
                ('returned', 'available', -1), ('returned', 'outside', 1),
                ('expired', 'available', -1), ('expired', 'expired', 1)))
    ) THEN
        RAISE EXCEPTION 'a line that the entry does not have' USING ERRCODE = 'XQ003';
    END IF;
    SELECT array_agg(DISTINCT l.account_id) INTO touched FROM new_lines AS l WHERE l.book = 'actual';
    IF touched IS NULL THEN
        RETURN NULL;
    END IF;
    -- In the order of the ids, so that two postings wait for each other in one direction only. The update, not the
    -- lock alone, is what stops a transaction with an older snapshot.
    PERFORM FROM xiangtu.quota_balances AS b WHERE b.account_id = ANY (touched) ORDER BY b.account_id FOR UPDATE;
    UPDATE xiangtu.quota_balances AS b SET amount_mu = b.amount_mu + n.amount_mu, postings = b.postings + 1
    FROM (SELECT l.account_id, sum(l.amount_mu) AS amount_mu FROM new_lines AS l
          WHERE l.book = 'actual' GROUP BY l.account_id) AS n
    WHERE n.account_id = b.account_id;
    SELECT r.account_id, r.effective_on, r.amount_mu INTO short FROM (
        SELECT l.account_id, l.effective_on,
               sum(sum(l.amount_mu)) OVER (PARTITION BY l.account_id ORDER BY l.effective_on) AS amount_mu
        FROM xiangtu.quota_lines AS l JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id
        WHERE l.account_id = ANY (touched) AND l.book = 'actual' AND a.bucket <> 'outside'
        GROUP BY l.account_id, l.effective_on
    ) AS r
    WHERE r.amount_mu < 0 ORDER BY r.amount_mu, r.account_id, r.effective_on LIMIT 1;
    IF short.account_id IS NOT NULL THEN
        RAISE EXCEPTION 'overdrawn' USING ERRCODE = 'XQ001', DETAIL = (
            SELECT json_build_object(
                'admin_code', a.admin_code, 'kind', a.kind, 'bucket', a.bucket, 'lot', a.lot,
                'parcel_no', a.parcel_no, 'on', short.effective_on,
                'unit', (SELECT u.name FROM feature.admin_units AS u WHERE u.admin_code = a.admin_code LIMIT 1),
                'asked', (-n.amount_mu)::text, 'there', (short.amount_mu - n.amount_mu)::text)::text
            FROM xiangtu.quota_accounts AS a, LATERAL (
                SELECT coalesce(sum(l.amount_mu), 0) AS amount_mu FROM new_lines AS l
                WHERE l.account_id = a.id AND l.effective_on <= short.effective_on) AS n
            WHERE a.id = short.account_id);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION xiangtu.quota_balanced() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    posting xiangtu.quota_postings%ROWTYPE;
    wanted bigint;
BEGIN
    IF TG_TABLE_NAME = 'quota_postings' THEN
        wanted := NEW.id;
    ELSE
        wanted := NEW.posting_id;
    END IF;
    SELECT * INTO posting FROM xiangtu.quota_postings AS p WHERE p.id = wanted;
    IF (SELECT count(*) FROM xiangtu.quota_lines AS l WHERE l.posting_id = wanted) < 2 OR EXISTS (
        SELECT FROM xiangtu.quota_lines AS l JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id
        WHERE l.posting_id = wanted GROUP BY a.lot HAVING sum(l.amount_mu) <> 0
    ) THEN
        RAISE EXCEPTION 'a posting has two lines at least and sums to nothing' USING ERRCODE = 'XQ002';
    END IF;
    IF posting.reverses_id IS NOT NULL AND EXISTS (
        SELECT FROM (SELECT l.account_id, l.amount_mu FROM xiangtu.quota_lines AS l
                     WHERE l.posting_id = posting.reverses_id) AS was
        FULL JOIN (SELECT l.account_id, l.amount_mu FROM xiangtu.quota_lines AS l
                   WHERE l.posting_id = wanted) AS mirror USING (account_id)
        WHERE was.amount_mu IS DISTINCT FROM -mirror.amount_mu
    ) THEN
        RAISE EXCEPTION 'a reversal mirrors what it reverses' USING ERRCODE = 'XQ004';
    END IF;
    RETURN NULL;
END
$$;
"""

_TRIGGERS = {
    "quota_accounts": (
        "only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {t} FOR EACH STATEMENT "
        "EXECUTE FUNCTION xiangtu.quota_refuse_change()",
        "open_balance AFTER INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION xiangtu.quota_open_balance()",
    ),
    "quota_balances": (
        "follow_lines BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {t} FOR EACH STATEMENT "
        "EXECUTE FUNCTION xiangtu.quota_keep_balances()",
    ),
    "quota_postings": (
        "only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {t} FOR EACH STATEMENT "
        "EXECUTE FUNCTION xiangtu.quota_refuse_change()",
        "stamp BEFORE INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION xiangtu.quota_stamp_posting()",
        "CONSTRAINT quota_postings_balanced AFTER INSERT ON {t} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
        "EXECUTE FUNCTION xiangtu.quota_balanced()",
    ),
    "quota_lines": (
        "only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {t} FOR EACH STATEMENT "
        "EXECUTE FUNCTION xiangtu.quota_refuse_change()",
        "stamp BEFORE INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION xiangtu.quota_stamp_line()",
        "hold AFTER INSERT ON {t} REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT "
        "EXECUTE FUNCTION xiangtu.quota_hold()",
        "CONSTRAINT quota_lines_balanced AFTER INSERT ON {t} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
        "EXECUTE FUNCTION xiangtu.quota_balanced()",
    ),
}
_FUNCTIONS = (
    "quota_balanced()",
    "quota_hold()",
    "quota_stamp_line()",
    "quota_stamp_posting()",
    "quota_open_balance()",
    "quota_keep_balances()",
    "quota_refuse_change()",
    "quota_scope(text)",
)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True)


def _code() -> sa.Column[str]:
    return sa.Column("admin_code", sa.String(12), nullable=False)


def upgrade() -> None:
    op.create_table(
        "quota_accounts",
        _id(),
        _code(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False, server_default=""),
        sa.Column("parcel_no", sa.Text(), nullable=False, server_default=""),
        sa.UniqueConstraint("admin_code", "kind", "bucket", "lot", "parcel_no", name="quota_accounts_key"),
        sa.CheckConstraint(r"admin_code ~ '^\d{9}000$'", name="unit_is_plan_unit"),
        sa.CheckConstraint("kind IN ('scale', 'reserve', 'annual', 'saved', 'farmland')", name="kind_known"),
        sa.CheckConstraint("bucket IN ('outside', 'available', 'allotted', 'expired')", name="bucket_known"),
        sa.CheckConstraint(
            "CASE kind WHEN 'saved' THEN lot <> '' WHEN 'farmland' THEN true ELSE lot = '' END",
            name="lot_of_savings",
        ),
        sa.CheckConstraint("parcel_no = '' OR bucket = 'allotted'", name="parcel_is_allotted"),
        sa.CheckConstraint(
            f"bucket <> 'outside' OR CASE WHEN kind IN ('saved', 'farmland') "
            f"THEN admin_code ~ {_COUNTY} AND admin_code !~ {_CITY} ELSE admin_code ~ {_CITY} END",
            name="outside_is_of_its_level",
        ),
        schema=_SCHEMA,
    )
    op.create_table(
        "quota_balances",
        sa.Column(
            "account_id", sa.BigInteger(), sa.ForeignKey("xiangtu.quota_accounts.id"), primary_key=True
        ),
        _code(),
        sa.Column("amount_mu", _AMOUNT, nullable=False, server_default="0"),
        sa.Column("postings", sa.BigInteger(), nullable=False, server_default="0"),
        schema=_SCHEMA,
    )
    op.create_table(
        "quota_postings",
        _id(),
        _code(),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("purpose", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("reference", sa.Text(), nullable=False, server_default=""),
        sa.Column("reverses_id", sa.BigInteger(), sa.ForeignKey("xiangtu.quota_postings.id")),
        sa.Column("fulfils_id", sa.BigInteger(), sa.ForeignKey("xiangtu.quota_postings.id")),
        sa.Column(
            "closes_id", sa.BigInteger(), sa.Computed("coalesce(reverses_id, fulfils_id)", persisted=True)
        ),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger()),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("made_in", sa.Text(), nullable=False, server_default="0"),
        # Once only, and either of both: a plan that was fulfilled is not reversed, whatever two people do at once.
        sa.UniqueConstraint("closes_id", name="quota_postings_closed_once"),
        sa.CheckConstraint("reverses_id IS NULL OR fulfils_id IS NULL", name="reverses_or_fulfils"),
        sa.CheckConstraint("(entry = 'reversed') = (reverses_id IS NOT NULL)", name="reversal_names_its_own"),
        sa.CheckConstraint("book IN ('actual', 'planned')", name="book_known"),
        sa.CheckConstraint(
            "entry IN ('issued', 'saved', 'moved', 'allotted', 'returned', 'expired', 'reversed')",
            name="entry_known",
        ),
        sa.CheckConstraint("entry <> 'saved' OR kind IN ('saved', 'farmland')", name="saved_is_of_savings"),
        sa.CheckConstraint(f"entry <> 'reversed' OR {_LONG_ENOUGH}", name="reversal_has_reason"),
        # Plan clause 17: village development and industry first; another use has its stated reason.
        sa.CheckConstraint(
            "NOT (entry = 'allotted' AND kind = 'saved') OR coalesce(purpose IN ('village', 'industry'), false) "
            f"OR {_LONG_ENOUGH}",
            name="other_use_has_reason",
        ),
        schema=_SCHEMA,
    )
    op.create_table(
        "quota_lines",
        sa.Column(
            "posting_id", sa.BigInteger(), sa.ForeignKey("xiangtu.quota_postings.id"), primary_key=True
        ),
        sa.Column(
            "account_id", sa.BigInteger(), sa.ForeignKey("xiangtu.quota_accounts.id"), primary_key=True
        ),
        _code(),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("amount_mu", _AMOUNT, nullable=False),
        sa.CheckConstraint("amount_mu <> 0 AND amount_mu <> 'NaN'", name="amount_is_some"),
        schema=_SCHEMA,
    )
    op.create_index("quota_lines_by_account", "quota_lines", ["account_id", "effective_on"], schema=_SCHEMA)
    op.create_index("quota_postings_by_unit", "quota_postings", ["admin_code", "id"], schema=_SCHEMA)
    for text in (_SCOPE, _REFUSE, _ACCOUNTS, _POSTINGS, _LINES):
        op.execute(text)
    for table, triggers in _TRIGGERS.items():
        for text in triggers:
            kind = "CONSTRAINT TRIGGER" if text.startswith("CONSTRAINT ") else "TRIGGER"
            said = text.removeprefix("CONSTRAINT ").format(t=f"{_SCHEMA}.{table}")
            name = said.split()[0]
            op.execute(f"CREATE {kind} {said}")
            op.execute(f"ALTER TABLE {_SCHEMA}.{table} ENABLE ALWAYS TRIGGER {name}")


def downgrade() -> None:
    for name in ("quota_lines", "quota_balances", "quota_postings", "quota_accounts"):
        op.drop_table(name, schema=_SCHEMA)
    for function in _FUNCTIONS:
        op.execute(f"DROP FUNCTION xiangtu.{function}")
