"""Accounts, roles, sessions and the record of what was done; the app's role, which owns nothing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"

_ROLES = """
DO $$
DECLARE wanted text;
BEGIN
    -- Roles belong to the whole server: another database of it may have made them, even at this moment.
    PERFORM pg_advisory_xact_lock(7879770);
    FOREACH wanted IN ARRAY ARRAY['xiangtu_app', 'xiangtu_writer', 'xiangtu_recorder'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
        END IF;
    END LOOP;
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        ALTER ROLE xiangtu_app LOGIN;
    END IF;
END
$$
"""

# The setting `xiangtu.user` carries the secret of a session, not a name: who can run SQL under the app's role can
# set it, but cannot guess another person's.
_FUNCTIONS = """
CREATE FUNCTION access.session() RETURNS TABLE (session_id bigint, account_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.id, s.account_id
    FROM access.sessions AS s JOIN access.accounts AS a ON a.id = s.account_id
    WHERE s.token_sha256 = sha256(convert_to(current_setting('xiangtu.user', true), 'UTF8'))
      AND s.ended_at IS NULL AND now() < s.ends_at AND now() < s.idle_at AND NOT a.disabled
      AND NOT (a.demo AND (SELECT earnest FROM access.installation))
$$;

CREATE FUNCTION access.account() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT account_id FROM access.session()
$$;

CREATE FUNCTION access.prefixes(wanted_table text, wanted_action text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT CASE p.reach WHEN 'city' THEN '' ELSE a.prefix END), '{}')
    FROM access.session() AS s
    JOIN access.assignments AS a ON a.account_id = s.account_id
    JOIN access.permissions AS p ON p.role = a.role
    WHERE p.table_name = wanted_table AND p.action = wanted_action AND p.reach <> 'own'
$$;

CREATE FUNCTION access.owns(wanted_table text, wanted_action text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.account_id
    FROM access.session() AS s
    JOIN access.assignments AS a ON a.account_id = s.account_id
    JOIN access.permissions AS p ON p.role = a.role
    WHERE p.table_name = wanted_table AND p.action = wanted_action AND p.reach = 'own'
    LIMIT 1
$$;
"""

# Every entry is sealed with the hash of the one before and a key that the database does not hold: who owns the
# tables can change them, but cannot make a seal that `xiangtu audit verify` takes for true.
_RECORD = r"""
CREATE FUNCTION access.append(
    account_id bigint, account_name text, roles text, address text, action text, object text, object_id text,
    before jsonb, after jsonb, reason text, key bytea
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last access.record%ROWTYPE;
    entry access.record%ROWTYPE;
    said bytea;
BEGIN
    -- The database keeps a digest of the key, not the key: entries under another key would break the chain for good.
    UPDATE access.installation SET key_sha256 = sha256(key) WHERE key_sha256 IS NULL;
    IF (SELECT key_sha256 FROM access.installation) IS DISTINCT FROM sha256(key) THEN
        RAISE EXCEPTION 'another key' USING ERRCODE = 'XT004';
    END IF;
    -- One entry after the other: a chain has no branches.
    PERFORM pg_advisory_xact_lock(7879771);
    SELECT * INTO last FROM access.record ORDER BY id DESC LIMIT 1;
    entry := (coalesce(last.id, 0) + 1, greatest(clock_timestamp(), last.at), account_id, account_name, roles, address,
              action, object, object_id, before, after, reason, NULL);
    said := convert_to(access.content(entry), 'UTF8');
    entry.seal := sha256(key || sha256(key || coalesce(last.seal, ''::bytea) || said));
    INSERT INTO access.record SELECT (entry).*;
    RETURN entry.id;
END
$$;

CREATE FUNCTION access.note(
    action text, object text, object_id text, before jsonb, after jsonb, reason text, address text, key bytea
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT access.append(
        a.id, a.name,
        (SELECT string_agg(t.role || '@' || t.prefix, ' ' ORDER BY t.role, t.prefix)
         FROM access.assignments AS t WHERE t.account_id = a.id),
        coalesce(note.address, (SELECT o.address FROM access.sessions AS o WHERE o.id = s.session_id)),
        note.action, note.object, note.object_id, note.before, note.after, note.reason, note.key)
    FROM access.session() AS s JOIN access.accounts AS a ON a.id = s.account_id
$$;

-- What is personal in a row, for those who may know it. First an entry says who looks and why, and is committed;
-- only then is the row told, so that no rollback takes the entry back.
CREATE FUNCTION access.ask_unmask(wanted_table text, row_id bigint, reason text, address text, key bytea)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    code text;
BEGIN
    IF length(regexp_replace(coalesce(reason, ''), '\s', '', 'g')) < 4 THEN
        RAISE EXCEPTION 'a reason is needed' USING ERRCODE = 'XT003';
    END IF;
    IF NOT EXISTS (SELECT FROM access.personal WHERE table_name = wanted_table) THEN
        RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('SELECT admin_code FROM feature.%I WHERE id = $1', wanted_table) INTO code USING row_id;
    IF code IS NULL OR NOT code ^@ ANY (access.prefixes(wanted_table, 'unmask')) THEN
        RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN access.note('unmasked', wanted_table, row_id::text, NULL, NULL, trim(reason), address, key);
END
$$;

CREATE FUNCTION access.unmask(entry bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked record;
    listed text;
    code text;
    told jsonb;
    epoch bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint >> 32 << 32;
BEGIN
    SELECT r.object, r.object_id::bigint AS row_id, r.xmin::text::bigint AS written INTO asked
    FROM access.record AS r
    WHERE r.id = entry AND r.account_id = access.account() AND r.action = 'unmasked'
      AND r.at > clock_timestamp() - interval '1 minute';
    IF asked.written IS NULL OR pg_xact_status((epoch + asked.written)::text::xid8) <> 'committed' THEN
        RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT string_agg(format('%L, %I', column_name, column_name), ', ') INTO listed
    FROM access.personal WHERE table_name = asked.object;
    EXECUTE format('SELECT admin_code, jsonb_build_object(%s) FROM feature.%I WHERE id = $1', listed, asked.object)
    INTO code, told USING asked.row_id;
    IF NOT code ^@ ANY (access.prefixes(asked.object, 'unmask')) THEN
        RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN told;
END
$$;

CREATE FUNCTION access.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the record is only added to' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON access.record
FOR EACH STATEMENT EXECUTE FUNCTION access.refuse_change();
"""

_CONTENT = """
CREATE FUNCTION access.content(entry access.record) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_array(
        entry.id, (extract(epoch FROM entry.at) * 1000000)::bigint, entry.account_id, entry.account_name, entry.roles,
        entry.address, entry.action, entry.object, entry.object_id, entry.before, entry.after, entry.reason,
        entry.before IS NULL, entry.after IS NULL)::text
$$;
"""

_GUARDS = """
-- Once someone administrates in earnest, the demo's administrator counts no more and its doors stay shut.
CREATE FUNCTION access.admins() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) FROM access.accounts AS a
    WHERE NOT a.disabled AND NOT (a.demo AND (SELECT earnest FROM access.installation)) AND EXISTS (
        SELECT FROM access.assignments AS t WHERE t.account_id = a.id AND t.role = 'admin')
$$;

CREATE FUNCTION access.keep_an_admin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Two who take the role from each other at the same moment would each still see the other.
    PERFORM pg_advisory_xact_lock(7879772);
    IF TG_TABLE_NAME = 'accounts' THEN
        IF NOT EXISTS (SELECT FROM access.assignments AS t WHERE t.account_id = NEW.id AND t.role = 'admin') THEN
            RETURN NULL;
        END IF;
    END IF;
    IF access.admins() = 0 THEN
        RAISE EXCEPTION 'the last administrator' USING ERRCODE = 'XT001';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_an_admin AFTER DELETE OR UPDATE ON access.assignments
FOR EACH ROW WHEN (OLD.role = 'admin') EXECUTE FUNCTION access.keep_an_admin();
CREATE TRIGGER keep_an_admin AFTER UPDATE OF disabled ON access.accounts
FOR EACH ROW WHEN (NEW.disabled AND NOT OLD.disabled) EXECUTE FUNCTION access.keep_an_admin();

CREATE FUNCTION access.keep_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an ended session stays ended' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER keep_ended BEFORE UPDATE OF ended_at ON access.sessions
FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
EXECUTE FUNCTION access.keep_ended();

CREATE FUNCTION access.refuse_own_roles() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.account_id = access.account() THEN
        RAISE EXCEPTION 'own roles' USING ERRCODE = 'XT002';
    END IF;
    IF NEW.role = 'admin' AND NOT (SELECT demo FROM access.accounts WHERE id = NEW.account_id) THEN
        IF EXISTS (SELECT FROM access.accounts WHERE id = access.account() AND demo) THEN
            RAISE EXCEPTION 'a demo account appoints nobody' USING ERRCODE = 'XT005';
        END IF;
        UPDATE access.installation SET earnest = true;
        UPDATE access.sessions SET ended_at = now()
        WHERE ended_at IS NULL AND account_id IN (SELECT id FROM access.accounts WHERE demo);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_own_roles BEFORE INSERT OR UPDATE ON access.assignments
FOR EACH ROW EXECUTE FUNCTION access.refuse_own_roles();
"""


# As before, but with the rights of the owner: nobody else may write history. So nobody else may hang it on a table.
_KEEP_HISTORY = """
CREATE OR REPLACE FUNCTION xiangtu.keep_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    columns text;
    moment timestamptz := coalesce(nullif(current_setting('xiangtu.moment', true), '')::timestamptz, now());
BEGIN
    IF TG_TABLE_SCHEMA <> 'feature' THEN
        RAISE EXCEPTION 'history is of feature tables' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
    FROM pg_attribute
    WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped;
    EXECUTE format(
        'INSERT INTO history.%I (%s, valid_to) SELECT %s, greatest($1, valid_from) FROM old_rows',
        TG_TABLE_NAME, columns, columns
    ) USING moment;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.execute("CREATE SCHEMA access")
    op.execute(_ROLES)
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column(
            "password_changed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column("subject", sa.Text(), unique=True),
        sa.Column("demo", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("disabled", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("wait_until", sa.DateTime(timezone=True)),
        sa.Column("last_sign_in", sa.DateTime(timezone=True)),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("name ~ '^[a-z][a-z0-9._-]{1,39}$'", name="name_plain"),
        schema="access",
    )
    op.create_table(
        "assignments",
        sa.Column("account_id", sa.BigInteger(), sa.ForeignKey("access.accounts.id"), primary_key=True),
        sa.Column("role", sa.Text(), primary_key=True),
        sa.Column("prefix", sa.Text(), primary_key=True),
        sa.CheckConstraint(r"prefix ~ '^(\d{4}|\d{6}|\d{9}|\d{12})$'", name="prefix_is_code"),
        schema="access",
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("account_id", sa.BigInteger(), sa.ForeignKey("access.accounts.id"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("idle_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("address", sa.Text()),
        sa.Column("agent", sa.Text()),
        schema="access",
    )
    op.create_index("ix_access_sessions_account_id", "sessions", ["account_id"], schema="access")
    op.create_table(
        "permissions",
        sa.Column("role", sa.Text(), primary_key=True),
        sa.Column("table_name", sa.Text(), primary_key=True),
        sa.Column("action", sa.Text(), primary_key=True),
        sa.Column("reach", sa.Text(), nullable=False),
        schema="access",
    )
    op.create_table(
        "installation",
        sa.Column("earnest", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("key_sha256", sa.LargeBinary()),
        schema="access",
    )
    op.execute("INSERT INTO access.installation DEFAULT VALUES")
    op.create_table(
        "personal",
        sa.Column("table_name", sa.Text(), primary_key=True),
        sa.Column("column_name", sa.Text(), primary_key=True),
        schema="access",
    )
    op.create_table(
        "record",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger()),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text()),
        sa.Column("before", JSONB()),
        sa.Column("after", JSONB()),
        sa.Column("reason", sa.Text()),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        schema="access",
    )
    op.create_index("ix_access_record_at", "record", ["at"], schema="access")
    op.execute(_FUNCTIONS)
    op.execute(_CONTENT)
    op.execute(_RECORD)
    op.execute(_GUARDS)
    op.execute("ALTER TABLE access.record OWNER TO xiangtu_recorder")
    op.execute("GRANT USAGE ON SCHEMA access TO xiangtu_recorder")
    op.execute("GRANT INSERT, SELECT ON access.record TO CURRENT_USER")
    op.add_column("import_batches", sa.Column("account_id", sa.BigInteger()), schema="xiangtu")
    op.execute(_KEEP_HISTORY)


_OPEN_AGAIN = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT schemaname, tablename, policyname FROM pg_policies
                 WHERE schemaname IN ('feature', 'tile', 'xiangtu', 'access') LOOP
        EXECUTE format('DROP POLICY %I ON %I.%I', found.policyname, found.schemaname, found.tablename);
    END LOOP;
    FOR found IN SELECT oid::regclass AS name FROM pg_class WHERE relrowsecurity LOOP
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', found.name);
        EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', found.name);
    END LOOP;
END
$$
"""


def downgrade() -> None:
    op.execute(_OPEN_AGAIN)
    op.drop_column("import_batches", "account_id", schema="xiangtu")
    op.execute("ALTER FUNCTION xiangtu.keep_history() SECURITY INVOKER RESET ALL")
    op.execute("DROP SCHEMA access CASCADE")
