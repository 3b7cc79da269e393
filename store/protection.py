"""Grants, policies and column privileges, made from the matrix (`access.rules`) at every migration.

Two roles that own nothing: ``xiangtu_app`` runs the queries of pages, tiles and downloads; ``xiangtu_writer`` is what
an import becomes while it writes a person's rows. Each row is judged by the session whose secret the transaction
carries in the setting ``xiangtu.user``; without one, nothing is seen.
"""

import hashlib
from collections.abc import Iterator

import sqlalchemy as sa

from access import OWN_TABLES, Action, OwnTable, Rule, rules
from base.journal import journal
from layers import FeatureType, Geometry, Kind, all_features
from store import tables
from store.tables import FEATURE_SCHEMA, HISTORY_SCHEMA, TILE_SCHEMA

log = journal("store.protection")

APP, WRITER = "xiangtu_app", "xiangtu_writer"
MASK = "＊＊"
_READABLE_ACCOUNT = (
    "id, name, display_name, must_change, subject, demo, disabled, wait_until, last_sign_in, version, "
    "created_at"
)
_PLAN_VERBS = {
    "xiangtu.unit_costs": "SELECT, INSERT, UPDATE",
    "xiangtu.proposals": "SELECT, INSERT",
    "xiangtu.projects": "SELECT, INSERT, UPDATE",
    "xiangtu.project_states": "SELECT, INSERT",
}
"""What pages may do with a table of plans, where it is not everything."""
_LAND_VERBS = {
    "xiangtu.quota_accounts": "SELECT, INSERT",
    "xiangtu.quota_balances": "SELECT",
    "xiangtu.quota_postings": "SELECT, INSERT",
    "xiangtu.quota_lines": "SELECT, INSERT",
    "xiangtu.parcel_reviews": "SELECT",
    "xiangtu.review_steps": "SELECT, INSERT",
    "xiangtu.review_files": "SELECT, INSERT",
    "xiangtu.parcel_checks": "SELECT",
    "xiangtu.parcel_conflicts": "SELECT",
    "xiangtu.consolidation_acceptances": "SELECT, INSERT",
    "xiangtu.farmland_runs": "SELECT",
    "xiangtu.farmland_changes": "SELECT, UPDATE (verdict, reason, judged_by, judged_at, version)",
}
"""What pages may do with a table of the land bureau; all of them have `admin_code`."""
_LAND_TABLES = (
    OwnTable.QUOTAS,
    OwnTable.REVIEWS,
    OwnTable.CHECKS,
    OwnTable.CONSOLIDATION,
    OwnTable.FARMLAND,
)
_PROGRESS_VERBS = {
    "xiangtu.progress_reports": "SELECT, INSERT",
    "xiangtu.progress_photos": "SELECT, INSERT",
    "xiangtu.progress_checks": "SELECT, INSERT",
}
"""What pages may do with reports; nothing of them is ever changed."""
_PROGRESS_TABLES = (OwnTable.REPORTS, OwnTable.REPORT_CHECKS)
_OPEN_HISTORY = ("admin_units",)
"""Feature types whose past everybody reads who reads the present: maps of past days have their boundaries."""
_ASSESSED_TABLES = (OwnTable.ASSESSMENT, OwnTable.OBJECTIONS, OwnTable.INSPECTIONS)
_ASSESSED_VERBS = {name: "SELECT, INSERT" for group in _ASSESSED_TABLES for name in OWN_TABLES[group]}
"""Assessments and inspections are only added to."""
_READABLE_SESSION = "id, account_id, started_at, seen_at, idle_at, ends_at, ended_at, address, agent"
_OPEN_SCHEMAS = ("feature", "tile", "xiangtu", "access", "public")
_FUNCTIONS = (
    "access.account()",
    "access.prefixes(text, text)",
    "access.owns(text, text)",
    "access.note(text, text, text, jsonb, jsonb, text, text, bytea)",
    "access.admins()",
    "access.ask_unmask(text, bigint, text, text, bytea)",
    "access.unmask(bigint)",
)


def masked(name: str) -> str:
    """The column that shows a personal field to everyone: its first letter at most."""
    return f"{name}_masked"


def protect(connection: sa.Connection) -> None:
    """Bring grants and policies of all tables in line with the matrix; runs in the caller's transaction."""
    _take_temporary_tables(connection)
    statements, permissions = list(_statements(connection)), [_permission(rule) for rule in rules()]
    digest = hashlib.sha256(repr((statements, permissions, _functions(connection))).encode()).hexdigest()
    known = connection.scalar(sa.text("SELECT obj_description('access'::regnamespace, 'pg_namespace')"))
    if known == digest:
        return  # Policies are changed under locks that a running server would wait for.
    for statement in statements:
        connection.exec_driver_sql(statement)
    connection.execute(sa.text("DELETE FROM access.permissions"))
    connection.execute(
        sa.text("INSERT INTO access.permissions VALUES (:role, :table, :action, :reach)"), permissions
    )
    connection.execute(sa.text("DELETE FROM access.personal"))
    for feature in all_features():
        for field in feature.fields:
            if field.personal:
                given = {"table": feature.id, "column": field.name}
                connection.execute(sa.text("INSERT INTO access.personal VALUES (:table, :column)"), given)
    _let_indexes_work(connection)
    connection.exec_driver_sql(f"COMMENT ON SCHEMA access IS '{digest}'")


def _functions(connection: sa.Connection) -> list[str]:
    """Functions that are there: a new one is everybody's to call until it is taken from them."""
    found = connection.scalars(
        sa.text(
            "SELECT p.oid::regprocedure::text FROM pg_proc AS p "
            "WHERE p.pronamespace IN ('access'::regnamespace, 'xiangtu'::regnamespace)"
        )
    )
    return sorted(found)


def _take_temporary_tables(connection: sa.Connection) -> None:
    """Only the writer stages rows. The database itself says so, which a copy or a restored one does not bring along."""
    open_ = sa.text("SELECT has_database_privilege(:app, current_database(), 'TEMPORARY')")
    if connection.scalar(open_, {"app": APP}):
        database = connection.scalar(sa.text("SELECT quote_ident(current_database())"))
        connection.exec_driver_sql(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")
        connection.exec_driver_sql(f"GRANT TEMPORARY ON DATABASE {database} TO {WRITER}")


def _let_indexes_work(connection: sa.Connection) -> None:
    """Under row security PostgreSQL takes an index only for operators known to keep what they see to themselves.

    Comparing bounding boxes does; saying so needs a superuser. Without it tiles are right and slow.
    """
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF")
    except sa.exc.DBAPIError as error:
        log.warning("indexes_unused_under_row_security", detail=str(error.orig).strip())


def _permission(rule: Rule) -> dict[str, str]:
    return {
        "role": str(rule.role),
        "table": rule.table,
        "action": str(rule.action),
        "reach": str(rule.reach),
    }


def _statements(connection: sa.Connection) -> Iterator[str]:
    for schema in _OPEN_SCHEMAS:
        yield f"GRANT USAGE ON SCHEMA {schema} TO {APP}, {WRITER}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA feature, tile, history, xiangtu, access FROM {APP}, {WRITER}"
    yield "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA access FROM PUBLIC"
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"  # as PostgreSQL 15 does by itself
    # A function with the owner's rights on a table with functions of one's own is the way to those rights.
    yield "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA xiangtu FROM PUBLIC"
    for function in _FUNCTIONS:
        yield f"GRANT EXECUTE ON FUNCTION {function} TO {APP}, {WRITER}"
    yield f"GRANT SELECT ON xiangtu.schema_version TO {APP}"
    for feature in all_features():
        if _is_there(connection, f"{FEATURE_SCHEMA}.{feature.id}"):
            yield from _feature(feature)
    yield from _histories(connection)
    yield from _own_tables(connection)
    for group in (*_LAND_TABLES, *_PROGRESS_TABLES, *_ASSESSED_TABLES):
        for table in OWN_TABLES[group]:
            if _is_there(connection, table):
                yield from _by_code(group, table)
    yield from _drafts(connection)
    yield from _report_views(connection)


def _policy(
    table: str, name: str, role: str, command: str, condition: str, checked: str = ""
) -> Iterator[str]:
    yield f"DROP POLICY IF EXISTS {name} ON {table}"
    using = f" USING ({condition})" if condition else ""
    check = f" WITH CHECK ({checked})" if checked else ""
    yield f"CREATE POLICY {name} ON {table} FOR {command} TO {role}{using}{check}"


def _secured(table: str) -> Iterator[str]:
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield from _policy(table, "owner_all", "CURRENT_USER", "ALL", "true", "true")


def _in_reach(table: str, action: Action) -> str:
    # A scalar subquery is computed once for a query, not for each row.
    return f"admin_code ^@ ANY ((SELECT access.prefixes('{table}', '{action}'))::text[])"


def _feature(feature: FeatureType) -> Iterator[str]:
    target = f"{FEATURE_SCHEMA}.{feature.id}"
    yield from _masks(feature)
    yield from _secured(target)
    yield from _policy(target, "read", APP, "SELECT", _in_reach(feature.id, Action.READ))
    writable = _in_reach(feature.id, Action.WRITE)
    yield from _policy(target, "write", WRITER, "ALL", writable, writable)
    open_columns = ", ".join(f'"{name}"' for name in _columns(feature))
    yield f"GRANT SELECT ({open_columns}) ON {target} TO {APP}"
    yield f"GRANT SELECT, INSERT, UPDATE ON {target} TO {WRITER}"
    if feature.geometry is not Geometry.NONE:
        tile = f"{TILE_SCHEMA}.{feature.id}"
        yield from _secured(tile)
        yield from _policy(tile, "read", APP, "SELECT", _in_reach(feature.id, Action.READ))
        yield f"GRANT SELECT ON {tile} TO {APP}"


def _histories(connection: sa.Connection) -> Iterator[str]:
    """Boundaries of past days are read as those of today; nobody but the trigger writes them."""
    yield f"GRANT USAGE ON SCHEMA {HISTORY_SCHEMA} TO {APP}"
    for name in _OPEN_HISTORY:
        table = f"{HISTORY_SCHEMA}.{name}"
        if _is_there(connection, table):
            yield from _secured(table)
            yield from _policy(table, "read", APP, "SELECT", _in_reach(name, Action.READ))
            yield f"GRANT SELECT ON {table} TO {APP}"


def _columns(feature: FeatureType) -> list[str]:
    """Columns that everyone who reads the row reads: all but the personal ones, and those masked."""
    personal = {field.name for field in feature.fields if field.personal}
    return [
        *(c.name for c in tables.table(feature).columns if c.name not in personal),
        *map(masked, sorted(personal)),
    ]


def _masks(feature: FeatureType) -> Iterator[str]:
    for field in feature.fields:
        if field.personal:
            kept = f'left("{field.name}", 1) || ' if field.kind is Kind.TEXT else ""
            yield (
                f"ALTER TABLE {FEATURE_SCHEMA}.{feature.id} ADD COLUMN IF NOT EXISTS {masked(field.name)} text "
                f"GENERATED ALWAYS AS (CASE WHEN \"{field.name}\" <> '' THEN {kept}'{MASK}' END) STORED"
            )
            yield (
                f"ALTER TABLE {HISTORY_SCHEMA}.{feature.id} ADD COLUMN IF NOT EXISTS {masked(field.name)} text"
            )


def _own_tables(connection: sa.Connection) -> Iterator[str]:
    for table in OWN_TABLES[OwnTable.FIGURES]:
        yield from _secured(table)
        yield from _policy(table, "read", APP, "SELECT", _any(OwnTable.FIGURES, Action.READ))
        yield f"GRANT SELECT ON {table} TO {APP}"
    (batches,), (findings,) = OWN_TABLES[OwnTable.DELIVERIES], OWN_TABLES[OwnTable.FINDINGS]
    yield from _secured(batches)
    yield from _policy(batches, "read", APP, "SELECT", _any(OwnTable.DELIVERIES, Action.READ))
    own = f"b.account_id = (SELECT access.owns('{OwnTable.FINDINGS}', '{Action.READ}'))"
    theirs = f"EXISTS (SELECT FROM {batches} AS b WHERE b.id = batch_id AND {own})"
    yield from _secured(findings)
    yield from _policy(findings, "read", APP, "SELECT", f"{_any(OwnTable.FINDINGS, Action.READ)} OR {theirs}")
    for table in (batches, findings):
        yield f"GRANT SELECT ON {table} TO {APP}"
    yield from _accounts()
    yield from _plans(connection)
    (record,) = OWN_TABLES[OwnTable.RECORD]
    yield from _secured(record)
    yield from _policy(record, "read", APP, "SELECT", _any(OwnTable.RECORD, Action.READ))
    yield f"GRANT SELECT ON {record} TO {APP}"


def _plans(connection: sa.Connection) -> Iterator[str]:
    """Read by everyone who may at all; written within the scope, by the pages themselves."""
    writable = _in_reach(OwnTable.PLANS, Action.WRITE)
    for table in OWN_TABLES[OwnTable.PLANS]:
        if not _is_there(connection, table):
            continue
        yield from _secured(table)
        yield from _policy(table, "read", APP, "SELECT", _any(OwnTable.PLANS, Action.READ))
        yield from _policy(table, "write", APP, "ALL", writable, writable)
        # A run of proposals says what was, a project stays in the library: neither is deleted.
        verbs = _PLAN_VERBS.get(table, "SELECT, INSERT, UPDATE, DELETE")
        yield f"GRANT {verbs} ON {table} TO {APP}"


def _is_there(connection: sa.Connection, table: str) -> bool:
    return connection.scalar(sa.text("SELECT to_regclass(:name)"), {"name": table}) is not None


def _drafts(connection: sa.Connection) -> Iterator[str]:
    """What somebody began is that person's alone."""
    own = f"account_id = (SELECT access.owns('{OwnTable.DRAFTS}', '{Action.WRITE}'))"
    for drafts in OWN_TABLES[OwnTable.DRAFTS]:
        if not _is_there(connection, drafts):
            continue
        yield from _secured(drafts)
        yield from _policy(drafts, "own", APP, "ALL", own, own)
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {drafts} TO {APP}"


def _report_views(connection: sa.Connection) -> Iterator[str]:
    """Views on reports, which show what the policies of the tables below them let through."""
    for view in ("xiangtu.accepted_reports", "xiangtu.standing_reports"):
        if _is_there(connection, view):
            yield f"GRANT SELECT ON {view} TO {APP}"


def _by_code(group: OwnTable, table: str) -> Iterator[str]:
    """Read and written as far as the matrix says, row by row, by the code of the place."""
    verbs = (_LAND_VERBS | _PROGRESS_VERBS | _ASSESSED_VERBS)[table]
    yield from _secured(table)
    yield from _policy(table, "read", APP, "SELECT", _in_reach(group, Action.READ))
    writable = _in_reach(group, Action.WRITE)
    if "INSERT" in verbs:
        yield from _policy(table, "add", APP, "INSERT", "", writable)
    if "UPDATE" in verbs:
        yield from _policy(table, "change", APP, "UPDATE", writable, writable)
    yield f"GRANT {verbs} ON {table} TO {APP}"


def _any(table: OwnTable, action: Action) -> str:
    return f"(SELECT '' = ANY (access.prefixes('{table}', '{action}')))"


def _accounts() -> Iterator[str]:
    readable = _any(OwnTable.ACCOUNTS, Action.READ)
    writable = _any(OwnTable.ACCOUNTS, Action.WRITE)
    own = {"access.accounts": "id", "access.assignments": "account_id", "access.sessions": "account_id"}
    for table, column in own.items():
        yield from _secured(table)
        yield from _policy(
            table, "read", APP, "SELECT", f"{readable} OR {column} = (SELECT access.account())"
        )
        yield from _policy(table, "write", APP, "ALL", writable, writable)
    yield f"GRANT SELECT ({_READABLE_ACCOUNT}) ON access.accounts TO {APP}"
    yield (
        "GRANT INSERT (name, display_name, password_hash), "
        "UPDATE (display_name, password_hash, must_change, disabled, failures, wait_until, version) "
        f"ON access.accounts TO {APP}"
    )
    yield f"GRANT SELECT, INSERT, DELETE ON access.assignments TO {APP}"
    yield f"GRANT SELECT ({_READABLE_SESSION}), UPDATE (ended_at) ON access.sessions TO {APP}"
