"""The matrix, table by table, by plain SQL under the role that pages use: what no page is asked about holds here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
import sqlalchemy as sa

from access import OWN_TABLES, Action, OwnTable, Reach, rules
from access.matrix import has_personal
from base.settings import settings
from layers import FeatureType, Geometry, Kind, Role, all_features, feature_type
from store import identity, record, sessions
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine, reading
from store.errors import NotAllowed
from store.land import attachments, reviews
from store.migrate import upgrade
from store.protection import APP, MASK, WRITER, masked, protect
from store.tables import FEATURE_SCHEMA, HISTORY_SCHEMA, TILE_SCHEMA, table

FEATURES = all_features()
CITY, HOME, FOREIGN = "4418", "441821", "441826"
"""佛冈县 is where the people of these tests work, 连南瑶族自治县 where others do."""
PERSONAL = [(f, field) for f in FEATURES for field in f.fields if field.personal]
DATA_TABLES = [
    *((f.id, f"{FEATURE_SCHEMA}.{f.id}") for f in FEATURES),
    *((f.id, f"{TILE_SCHEMA}.{f.id}") for f in FEATURES if f.geometry is not Geometry.NONE),
]
"""Tables with codes, each with the name that the matrix has for it."""
OWN = [(own, name) for own, names in OWN_TABLES.items() for name in names]
EVERY_TABLE = [name for _, name in [*DATA_TABLES, *OWN]]
OPEN_TO_ALL = {"xiangtu.schema_version", "xiangtu.accepted_reports", "xiangtu.standing_reports"}
"""The first says which program made the database and nothing else; `/healthz` reads it for anybody. The others are
views that show each reader what the policies of the tables below them let through."""
WRITTEN = ("clinics", "houses", "consolidation_projects", "construction_quotas")
Held = tuple[Role, str]


@dataclass
class Doors:
    """A copy of the small city with an account and an open session for every role at every scope."""

    owner: sa.Engine
    app: sa.Engine
    township: str
    accounts: dict[Held, int]
    secrets: dict[Held, str]


def _add(connection: sa.Connection, name: str, held: tuple[Held, ...]) -> int:
    """An account with these roles; without a password, which costs time and is not used here."""
    made = "INSERT INTO access.accounts (name, display_name) VALUES (:name, :name) RETURNING id"
    new = int(connection.execute(sa.text(made), {"name": name}).scalar_one())
    for role, prefix in held:
        connection.execute(
            sa.text("INSERT INTO access.assignments VALUES (:id, :role, :prefix)"),
            {"id": new, "role": str(role), "prefix": prefix},
        )
    return new


def _open(engine: sa.Engine, account_id: int, name: str) -> str:
    return sessions.open_session(engine, account_id, name, sessions.Visit("127.0.0.1", "tests"))


@pytest.fixture(scope="module")
def doors(cluster: Cluster, city_template: str) -> Iterator[Doors]:
    name = "city_doors"
    drop_database(cluster, name)
    create_database(cluster, name, template=city_template)
    owner = make_engine(cluster.url(name), settings())
    upgrade(owner)
    app = make_engine(cluster.url(name, user=APP), settings())
    with owner.begin() as connection:
        township = connection.execute(
            sa.text("SELECT left(min(admin_code), 9) FROM feature.houses WHERE admin_code ^@ :home"),
            {"home": HOME},
        ).scalar_one()
        accounts = {
            (role, prefix): _add(connection, f"{role}.{prefix}", ((role, prefix),))
            for role in Role
            for prefix in (CITY, HOME, township, FOREIGN)
        }
        _plan(connection, [township + "201", FOREIGN + "100201"])
        _begin_reports(connection, list(accounts.values()))
        _hand_out_deliveries(connection, [accounts[held] for held in accounts if held[0] in _OWNERS])
    secrets = {held: _open(owner, new, f"{held[0]}.{held[1]}") for held, new in accounts.items()}
    for prefix in (township, FOREIGN):
        _hand_in_a_parcel(app, secrets[Role.LAND_REVIEWER, prefix], prefix)
    yield Doors(owner, app, township, accounts, secrets)
    app.dispose()
    owner.dispose()
    drop_database(cluster, name)


_OWNERS = {rule.role for rule in rules() if rule.reach is Reach.OWN}


def _hand_out_deliveries(connection: sa.Connection, owners: list[int]) -> None:
    """Let some deliveries be those of these accounts: one each, as far as there are enough."""
    batches = list(connection.scalars(sa.text("SELECT id FROM xiangtu.import_batches ORDER BY id")))
    for batch, account in zip(batches, owners, strict=False):
        connection.execute(
            sa.text("UPDATE xiangtu.import_batches SET account_id = :account WHERE id = :batch"),
            {"account": account, "batch": batch},
        )


def _hand_in_a_parcel(app: sa.Engine, secret: str, prefix: str) -> None:
    """A row in every table of reviews, which come about by steps only."""
    with app.begin() as connection:
        identity.tell(connection, secret)
        number = connection.execute(
            sa.text(
                "SELECT min(parcel_no) FROM feature.land_parcels WHERE admin_code ^@ :prefix "
                "AND parcel_no NOT IN (SELECT parcel_no FROM xiangtu.parcel_reviews)"
            ),
            {"prefix": prefix},
        ).scalar_one()
        seen = reviews.review(connection, number)
        reviews.submit(connection, seen, "请审查", [attachments.accepted("说明.txt", "说明".encode())])


def _plan(connection: sa.Connection, codes: list[str]) -> None:
    """A row in every table of plans for each code."""
    shape = "ST_SetSRID(ST_Point(113.5, 23.9), 4490)"
    for code in codes:
        for statement in (
            f"INSERT INTO xiangtu.unit_costs (id, admin_code, yuan, changed_by) VALUES ('{code}', :code, 1, 't')",
            "INSERT INTO xiangtu.proposals (admin_code, need, made_by, data_versions, unit_costs, proposed, without) "
            "VALUES (:code, 'road', 't', '{}', '{}', 0, '[]')",
            "INSERT INTO xiangtu.candidates (no, kind, need, admin_code, name, geom, size, unit, cost_yuan, "
            "cost_parts, served, origin, created_by, changed_by) VALUES "
            f"('{code}', 'road_link', 'road', :code, 't', {shape}, 1, 'm', 1, '{{}}', '[]', 'drawn', 't', 't')",
            "INSERT INTO xiangtu.scenarios (admin_code, name, problem, created_by, changed_by) "
            f"VALUES (:code, '{code}', '{{}}', 't', 't')",
            "INSERT INTO xiangtu.scenario_candidates (scenario_id, no, admin_code, kind, name, copy, geom) "
            f"SELECT max(id), 'x', :code, 'road_link', 't', '{{}}', {shape} FROM xiangtu.scenarios",
            "INSERT INTO xiangtu.projects (code, name, kind, layer, admin_code, villages, geom, budget_yuan, people, "
            f"created_by, changed_by) VALUES ('{code}', 't', 'road_link', 'roads', :code, '{{}}', {shape}, 1, 1, "
            "'t', 't')",
            *_PROGRESS,
            "INSERT INTO xiangtu.past_figures (indicator_id, as_of, level, admin_code, scope, with_data, units, "
            "known_from, known_to) VALUES ('t', '2026-01-01', 'village', :code, 'all', 0, 1, '2026-01-01', now())",
            *_ASSESSED,
        ):
            connection.execute(sa.text(statement), {"code": code})


_LAST = "(SELECT max(id) FROM xiangtu.projects)"
_LAST_REPORT = "(SELECT max(id) FROM xiangtu.progress_reports)"
_PROGRESS = (
    "INSERT INTO xiangtu.project_states (project_id, admin_code, before, after, happened_on, changed_by) "
    f"VALUES ({_LAST}, :code, 'planned', 'approved', '2026-01-01', 't')",
    "INSERT INTO xiangtu.project_milestones (project_id, admin_code, no, name, weight, planned_on) "
    f"VALUES ({_LAST}, :code, 1, 't', 100, '2026-01-01')",
    "INSERT INTO xiangtu.project_links (project_id, admin_code, feature, feature_key) "
    f"VALUES ({_LAST}, :code, 'roads', 't')",
    "INSERT INTO xiangtu.progress_reports (submission_key, project_id, admin_code, period, reported_on, percent, "
    f"paid_yuan, channel, reported_by) VALUES (gen_random_uuid(), {_LAST}, :code, '2026-01-01', '2026-01-31', 1, 1, "
    "'form', 't')",
    "INSERT INTO xiangtu.progress_photos (report_id, admin_code, name, content, thumbnail, width, height, sha256, "
    f"phash) VALUES ({_LAST_REPORT}, :code, 't', 'a', 'a', 1, 1, 't', repeat('0', 16))",
    "INSERT INTO xiangtu.progress_checks (report_id, admin_code, verdict, checked_by) "
    f"VALUES ({_LAST_REPORT}, :code, 'accepted', 't')",
)


def _begin_reports(connection: sa.Connection, accounts: list[int]) -> None:
    """A draft of a report for each account, whether or not its role lets it read one."""
    begun = (
        "INSERT INTO xiangtu.report_drafts (account_id, project_id, period, admin_code, content) "
        "SELECT :account, id, '2026-01-01', admin_code, '{}' FROM xiangtu.projects ORDER BY id LIMIT 1"
    )
    pictured = (
        "INSERT INTO xiangtu.report_draft_photos (account_id, project_id, period, admin_code, name, content, "
        "thumbnail, width, height, sha256, phash) SELECT account_id, project_id, period, admin_code, 't', 'a', 'a', "
        "1, 1, 't', repeat('0', 16) FROM xiangtu.report_drafts WHERE account_id = :account"
    )
    for statement in (begun, pictured):
        connection.execute(sa.text(statement), [{"account": account} for account in accounts])


_ASSESSED = (
    "INSERT INTO xiangtu.assessment_rules (admin_code, name, content, digest, made_by) "
    "VALUES (:code, 't', '{}', 't', 't')",
    "INSERT INTO xiangtu.assessments (admin_code, name, as_of, rules_id, objections_until, program, data_versions, "
    "computed_at, units, digest, made_in, made_by) SELECT CAST(:code AS text), CAST(:code AS text), "
    "'2026-01-01', max(id), '2126-01-01', 't', "
    "'{}', now(), '{}', 't', 0, 't' FROM xiangtu.assessment_rules",
    "INSERT INTO xiangtu.assessment_scores (assessment_id, admin_code, item_no, with_data, units, basis, made_by) "
    "SELECT max(id), :code, 1, 0, 0, 'no_data', 't' FROM xiangtu.assessments",
    "INSERT INTO xiangtu.assessment_objections (assessment_id, admin_code, item_no, reason, made_by) "
    "SELECT max(id), :code, 1, 'reason', 't' FROM xiangtu.assessments",
    "INSERT INTO xiangtu.assessment_answers (objection_id, admin_code, verdict, reason, made_by) "
    "SELECT max(id), :code, 'refused', 'reason', 't' FROM xiangtu.assessment_objections",
    "INSERT INTO xiangtu.inspections (admin_code, name, subject, strata, weights, number, seed, as_of, "
    "population_digest, sample_digest, made_in, made_by) "
    "VALUES (CAST(:code AS text), CAST(:code AS text), 'village', '{}', '{}', 1, 't', '2026-01-01', 't', 't', 0, 't')",
    "INSERT INTO xiangtu.inspection_units (inspection_id, unit_id, admin_code, name, place, stratum, signals, size, "
    "probability, drawn) SELECT max(id), 't', :code, 't', 't', 't', '{}', 1, 1, true FROM xiangtu.inspections",
    "INSERT INTO xiangtu.inspection_findings (inspection_id, unit_id, admin_code, visited_on, verdict, made_by) "
    "SELECT max(id), 't', :code, '2026-01-01', 'good', 't' FROM xiangtu.inspections",
)


def _counts(connection: sa.Connection) -> dict[str, int]:
    """How many rows of every table a connection sees."""
    asked = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in EVERY_TABLE)
    return {row[0]: row[1] for row in connection.execute(sa.text(asked))}


def _seen(app: sa.Engine, secret: str | None) -> dict[str, int]:
    with app.begin() as connection:
        if secret is not None:
            connection.execute(sa.text("SELECT set_config('xiangtu.user', :s, true)"), {"s": secret})
        return _counts(connection)


def _below(connection: sa.Connection, prefixes: list[str]) -> dict[str, dict[str, int]]:
    """Rows of the tables with codes below each prefix, counted by the owner, whom no policy holds."""
    asked = " UNION ALL ".join(
        f"SELECT '{name}', p, count(admin_code) FROM unnest(CAST(:prefixes AS text[])) AS p "
        f"LEFT JOIN {name} ON left(admin_code, length(p)) = p GROUP BY p"
        for _, name in DATA_TABLES
    )
    found: dict[str, dict[str, int]] = {}
    for name, prefix, number in connection.execute(sa.text(asked), {"prefixes": prefixes}):
        found.setdefault(name, {})[prefix] = number
    return found


def _one(connection: sa.Connection, statement: str, **given: object) -> int:
    return int(connection.execute(sa.text(statement), given).scalar_one())


def _declared(doors: Doors) -> dict[Held, dict[str, int]]:
    """What the declaration says that every account sees, counted by the owner."""
    reach = {(r.role, r.table): r.reach for r in rules() if r.action is Action.READ}
    with doors.owner.connect() as connection:
        below = _below(connection, ["", CITY, HOME, doors.township, FOREIGN])
        whole = _counts(connection)
        expected: dict[Held, dict[str, int]] = {}
        for held, account in doors.accounts.items():
            role, prefix = held
            rows: dict[str, int] = {}
            for feature, name in DATA_TABLES:
                how = reach.get((role, feature))
                rows[name] = 0 if how is None else below[name]["" if how is Reach.CITY else prefix]
            for own, name in OWN:
                how = reach.get((role, own))
                if how is Reach.SCOPE:
                    counted = f"SELECT count(*) FROM {name} WHERE admin_code ^@ :prefix"
                    rows[name] = _one(connection, counted, prefix=prefix)
                    continue
                rows[name] = (
                    whole[name] if how is Reach.CITY else _theirs(connection, name, account, how is Reach.OWN)
                )
            expected[held] = rows
    return expected


def _theirs(connection: sa.Connection, name: str, account: int, brought_in: bool) -> int:
    """Rows about a person: everybody sees their own account, some what they brought in."""
    statement = {
        "access.accounts": "SELECT count(*) FROM access.accounts WHERE id = :a",
        "access.assignments": "SELECT count(*) FROM access.assignments WHERE account_id = :a",
        "access.sessions": "SELECT count(*) FROM access.sessions WHERE account_id = :a",
    }
    if brought_in:
        statement |= {
            "xiangtu.report_drafts": "SELECT count(*) FROM xiangtu.report_drafts WHERE account_id = :a",
            "xiangtu.report_draft_photos": "SELECT count(*) FROM xiangtu.report_draft_photos WHERE account_id = :a",
            "xiangtu.import_batches": "SELECT count(*) FROM xiangtu.import_batches WHERE account_id = :a",
            "xiangtu.import_findings": "SELECT count(*) FROM xiangtu.import_findings AS f "
            "JOIN xiangtu.import_batches AS b ON b.id = f.batch_id WHERE b.account_id = :a",
        }
    return _one(connection, statement[name], a=account) if name in statement else 0


def test_everyone_sees_exactly_what_the_matrix_says(doors: Doors) -> None:
    """Every table by every role at the city, at home, in one township and in a foreign county."""
    expected = _declared(doors)
    wrong = []
    for held, secret in doors.secrets.items():
        seen = _seen(doors.app, secret)
        wrong += [
            (str(held[0]), held[1], name, f"{seen[name]} for {expected[held][name]}")
            for name in EVERY_TABLE
            if seen[name] != expected[held][name]
        ]
    assert wrong == []


def test_the_matrix_test_tells_scopes_apart(doors: Doors) -> None:
    """The small city has rows in each table, and rows of people at home, in the township and abroad."""
    with doors.owner.connect() as connection:
        whole = _counts(connection)
        houses = _below(connection, ["", HOME, doors.township, FOREIGN])["feature.houses"]
    assert [name for name, number in whole.items() if number == 0] == []
    assert 0 < houses[doors.township] < houses[HOME] < houses[""]
    assert houses[""] == houses[HOME] + houses[FOREIGN] > houses[FOREIGN] > 0


def test_rows_seen_of_people_are_those_of_the_scope(doors: Doors) -> None:
    """Equal numbers could be other rows."""
    for feature in filter(has_personal, FEATURES):
        for (role, prefix), secret in doors.secrets.items():
            with doors.app.begin() as connection:
                identity.tell(connection, secret)
                codes = set(
                    connection.scalars(sa.text(f"SELECT DISTINCT admin_code FROM feature.{feature.id}"))
                )
            assert all(code.startswith(prefix) for code in codes), (role, prefix)
            assert bool(codes) == (role in feature.readers), (role, prefix)


def test_roles_at_two_places_add_up(doors: Doors) -> None:
    """A clerk here and a reader there sees both places, and writes in the one."""
    held = ((Role.CLERK, doors.township), (Role.PLANNER, FOREIGN))
    with doors.owner.begin() as connection:
        account = _add(connection, "two.places", held)
        below = _below(connection, [doors.township, FOREIGN])["feature.houses"]
    secret = _open(doors.owner, account, "two.places")
    assert _seen(doors.app, secret)["feature.houses"] == sum(below.values())
    with doors.owner.connect() as connection, identity.writing_as(connection, secret):
        assert _one(connection, "SELECT count(*) FROM feature.houses") == below[doors.township]


@pytest.mark.parametrize(
    "secret", [None, "", "nonsense", "' OR true --", "x" * 5000], ids=lambda s: repr(s)[:20]
)
def test_without_a_session_nothing_is_there(doors: Doors, secret: str | None) -> None:
    assert set(_seen(doors.app, secret).values()) == {0}


def test_a_digest_is_no_secret(doors: Doors) -> None:
    """Who reads the table of sessions cannot go on in somebody's place."""
    with doors.owner.connect() as connection:
        stored = list(connection.scalars(sa.text("SELECT encode(token_sha256, 'hex') FROM access.sessions")))
    assert set(_seen(doors.app, stored[0]).values()) == {0}
    assert set(_seen(doors.app, f"\\x{stored[0]}").values()) == {0}


_OVER = {
    "ended": "UPDATE access.sessions SET ended_at = now() WHERE account_id = :id",
    "idle": "UPDATE access.sessions SET idle_at = now() - interval '1 second' WHERE account_id = :id",
    "too long": "UPDATE access.sessions SET ends_at = now() - interval '1 second' WHERE account_id = :id",
    "account disabled": "UPDATE access.accounts SET disabled = true WHERE id = :id",
    "roles gone": "DELETE FROM access.assignments WHERE account_id = :id",
}


@pytest.mark.parametrize("how", _OVER)
def test_what_is_over_shows_nothing_any_more(doors: Doors, how: str) -> None:
    name = f"over.{list(_OVER).index(how)}"
    with doors.owner.begin() as connection:
        account = _add(connection, name, tuple((role, CITY) for role in Role))
        _begin_reports(connection, [account])
    secret = _open(doors.owner, account, name)
    assert all(_seen(doors.app, secret).values())
    with doors.owner.begin() as connection:
        connection.execute(sa.text(_OVER[how]), {"id": account})
    left = {table: number for table, number in _seen(doors.app, secret).items() if number}
    own = {"access.accounts": 1, "access.sessions": 1}
    assert left == (own if how == "roles gone" else {})


def _refused(engine: sa.Engine, secret: str | None, statement: str) -> None:
    """Run a statement for a session and see PostgreSQL refuse it for want of a right."""
    with engine.connect() as connection:
        identity.tell(connection, secret)
        with pytest.raises(sa.exc.DBAPIError) as refused:
            connection.execute(sa.text(statement))
        connection.rollback()
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege), (statement, refused.value)


def test_nobody_reads_what_is_personal(doors: Doors) -> None:
    """Not even whoever may unmask, nor by a side door: the whole row, a condition, an order, a function."""
    for feature, field in PERSONAL:
        name = f"feature.{feature.id}"
        for role in Role:
            _refused(doors.app, doors.secrets[role, CITY], f'SELECT "{field.name}" FROM {name} LIMIT 1')
        secret = doors.secrets[Role.HOUSING_OFFICER, CITY]
        for statement in (
            f"SELECT * FROM {name} LIMIT 1",
            f"SELECT h FROM {name} AS h LIMIT 1",
            f"SELECT to_jsonb(h) FROM {name} AS h LIMIT 1",
            f"SELECT id FROM {name} WHERE \"{field.name}\" = '张三'",
            f'SELECT id FROM {name} ORDER BY "{field.name}" LIMIT 1',
            f'SELECT count(DISTINCT "{field.name}") FROM {name}',
            f"COPY {name} TO STDOUT",
        ):
            _refused(doors.app, secret, statement)


@pytest.mark.parametrize(
    ("feature", "field"), PERSONAL, ids=lambda x: getattr(x, "id", getattr(x, "name", ""))
)
def test_masks_are_read_and_say_a_letter_at_most(doors: Doors, feature: FeatureType, field: object) -> None:
    name, kind = field.name, field.kind  # type: ignore[attr-defined]
    with doors.app.begin() as connection:
        identity.tell(connection, doors.secrets[Role.LEADER, CITY])
        rows = connection.execute(sa.text(f"SELECT id, {masked(name)} AS told FROM feature.{feature.id}"))
        shown = {row.id: row.told for row in rows}
    with doors.owner.connect() as connection:
        true = connection.execute(sa.text(f'SELECT id, "{name}" FROM feature.{feature.id}')).all()
    assert len(shown) == len(true) > 0
    kept = 1 if kind is Kind.TEXT else 0
    assert all(shown[row] == (value[:kept] + MASK if value else None) for row, value in true)


@pytest.mark.parametrize("feature", [f for f in FEATURES if has_personal(f)], ids=lambda f: f.id)
def test_unmasking_goes_as_far_as_the_matrix_says(doors: Doors, feature: FeatureType) -> None:
    """One row at home and one abroad, by every role at every scope; each success is in the record."""
    unmaskers = {r.role for r in rules() if (r.table, r.action) == (feature.id, Action.UNMASK)}
    with doors.owner.connect() as connection:
        rows = {
            code: _one(connection, f"SELECT min(id) FROM feature.{feature.id} WHERE admin_code ^@ :c", c=code)
            for code in (doors.township, FOREIGN)
        }
    for (role, prefix), secret in doors.secrets.items():
        for code, row in rows.items():
            with doors.app.connect() as connection:
                identity.tell(connection, secret)
                try:
                    entry = record.ask_unmask(connection, feature.id, row, "核对登记信息")
                    connection.commit()
                    identity.tell(connection, secret)
                    told = record.unmask(connection, entry)
                    assert set(told) == {f.name for f in feature.fields if f.personal}
                    may = True
                except NotAllowed:
                    may = False
                connection.rollback()
            assert may == (role in unmaskers and code.startswith(prefix)), (role, prefix, code)


def test_nothing_is_told_for_an_entry_that_may_still_be_taken_back(doors: Doors) -> None:
    """Neither in the transaction that asks, nor under a savepoint of it, nor for somebody else's entry."""
    secret = doors.secrets[Role.HOUSING_OFFICER, CITY]
    with doors.app.connect() as connection:
        house = connection.scalar(
            sa.text("SELECT set_config('xiangtu.user', :s, true)"), {"s": secret}
        ) and connection.scalar(sa.text("SELECT min(id) FROM feature.houses"))
        with connection.begin_nested():
            entry = record.ask_unmask(connection, "houses", house, "核对登记信息")
        with pytest.raises(NotAllowed), connection.begin_nested():
            record.unmask(connection, entry)
        connection.commit()
        identity.tell(connection, doors.secrets[Role.HOUSING_OFFICER, HOME])
        with pytest.raises(NotAllowed):
            record.unmask(connection, entry)
        connection.rollback()
        identity.tell(connection, secret)
        assert set(record.unmask(connection, entry)) == {"householder", "household_no", "income_category"}


def test_the_way_by_a_table_of_ones_own_to_the_owners_rights_is_shut(doors: Doors) -> None:
    secret = doors.secrets[Role.DATA_STEWARD, CITY]
    _refused(doors.app, secret, "CREATE TEMP TABLE houses (id int)")
    _refused(doors.app, secret, "CREATE TABLE public.houses (id int)")
    with doors.owner.connect() as connection, connection.begin():
        connection.execute(sa.text("SET LOCAL ROLE xiangtu_writer"))
        connection.execute(sa.text("CREATE TEMP TABLE houses (id int)"))
        with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied for function .*keep_history"):
            connection.execute(
                sa.text(
                    "CREATE TRIGGER mine AFTER UPDATE ON pg_temp.houses REFERENCING OLD TABLE AS old_rows "
                    "FOR EACH STATEMENT EXECUTE FUNCTION xiangtu.keep_history()"
                )
            )


def test_tiles_carry_nothing_personal(doors: Doors) -> None:
    with doors.owner.connect() as connection:
        inspected = sa.inspect(connection)
        for feature, field in PERSONAL:
            if feature.geometry is Geometry.NONE:
                continue
            carried = {c["name"] for c in inspected.get_columns(feature.id, schema=TILE_SCHEMA)}
            assert field.name not in carried


# Boundaries of any past day are shown on the map, to everybody.
@pytest.mark.parametrize("feature", [f for f in FEATURES if f.id != "admin_units"], ids=lambda f: f.id)
def test_history_is_closed(doors: Doors, feature: FeatureType) -> None:
    for secret in (None, doors.secrets[Role.AUDITOR, CITY], doors.secrets[Role.DATA_STEWARD, CITY]):
        _refused(doors.app, secret, f"SELECT count(*) FROM {HISTORY_SCHEMA}.{feature.id}")


PLANS = OWN_TABLES[OwnTable.PLANS]
_NEVER_DELETED = ("xiangtu.unit_costs", "xiangtu.proposals", "xiangtu.projects", "xiangtu.project_states")


@pytest.mark.parametrize("name", PLANS)
def test_plans_are_written_by_planners_within_their_scope(doors: Doors, name: str) -> None:
    """Every role at every scope changes the rows of a township and of a foreign county, or finds none to change."""
    touched = f"UPDATE {name} SET admin_code = admin_code WHERE admin_code = :code"
    if name == "xiangtu.proposals":
        _refused(doors.app, doors.secrets[Role.PLANNER, CITY], "UPDATE xiangtu.proposals SET proposed = 1")
        touched = (
            f"INSERT INTO {name} (admin_code, need, made_by, data_versions, unit_costs, proposed, without) "
            "SELECT :code, 'road', 't', '{}', '{}', 0, '[]'"
        )
    elif name == "xiangtu.project_states":
        touched = (
            f"INSERT INTO {name} (project_id, admin_code, before, after, happened_on, changed_by) "
            "SELECT project_id, admin_code, 'approved', 'started', '2026-01-02', 't' "
            f"FROM {name} WHERE admin_code = :code"
        )
    for (role, prefix), secret in doors.secrets.items():
        for code in (doors.township + "201", FOREIGN + "100201"):
            may = role is Role.PLANNER and code.startswith(prefix)
            with doors.app.connect() as connection:
                identity.tell(connection, secret)
                try:
                    number = connection.execute(sa.text(touched), {"code": code}).rowcount
                except sa.exc.DBAPIError as error:
                    assert isinstance(error.orig, psycopg.errors.InsufficientPrivilege), error
                    number = 0
                connection.rollback()
            assert number == int(may), (role, prefix, code)


_OF_PROJECTS = ("xiangtu.project_milestones", "xiangtu.project_links")


@pytest.mark.parametrize("name", PLANS)
def test_plans_are_not_pushed_out_of_the_scope_and_others_do_not_delete_them(doors: Doors, name: str) -> None:
    # Neither a run of proposals nor a state is changed; the place of a project and of what belongs to it stays, by
    # triggers of their own, for everybody.
    if name not in ("xiangtu.proposals", "xiangtu.project_states", "xiangtu.projects", *_OF_PROJECTS):
        moved = f"UPDATE {name} SET admin_code = '{FOREIGN}100201' WHERE admin_code ^@ '{HOME}'"
        _refused(doors.app, doors.secrets[Role.PLANNER, HOME], moved)
    for held, secret in doors.secrets.items():
        _refused(doors.app, secret, f"TRUNCATE {name}")
        if name in _NEVER_DELETED:
            _refused(doors.app, secret, f"DELETE FROM {name}")
            continue
        with doors.app.connect() as connection:
            identity.tell(connection, secret)
            deleted = connection.execute(
                sa.text(f"DELETE FROM {name} WHERE admin_code ^@ '{FOREIGN}'")
            ).rowcount
            connection.rollback()
        assert deleted == int(held[0] is Role.PLANNER and held[1] in (CITY, FOREIGN)), held


_JUDGED_ELSEWHERE = (
    OwnTable.ACCOUNTS,
    OwnTable.PLANS,
    OwnTable.REVIEWS,
    OwnTable.REPORTS,
    OwnTable.REPORT_CHECKS,
    OwnTable.DRAFTS,
)


@pytest.mark.parametrize(
    "name",
    [n for _, n in DATA_TABLES]
    # Steps of reviews, reports and their checks are judged by their triggers before the policies:
    # tests/store/land/test_review_rules.py, tests/store/progress/test_report_rights.py.
    + [n for own, n in OWN if own not in _JUDGED_ELSEWHERE],
)
def test_pages_write_no_data(doors: Doors, name: str) -> None:
    """Rows are written by imports, figures by runs, the record by its functions; never by a page's login."""
    for role in (Role.DATA_STEWARD, Role.CLERK, Role.ADMIN, Role.AUDITOR):
        secret = doors.secrets[role, CITY]
        _refused(doors.app, secret, f"INSERT INTO {name} DEFAULT VALUES")
        _refused(doors.app, secret, f"DELETE FROM {name}")
        _refused(doors.app, secret, f"TRUNCATE {name}")
        column = _some_column(doors.owner, name)
        _refused(doors.app, secret, f'UPDATE {name} SET "{column}" = "{column}"')


def _some_column(owner: sa.Engine, name: str) -> str:
    schema, _, bare = name.partition(".")
    columns = sa.inspect(owner).get_columns(bare, schema=schema)
    return str(next(c["name"] for c in columns if not (c.get("identity") or {}).get("always")))


_NOBODYS = {
    "password_hash": "SELECT password_hash FROM access.accounts",
    "password_hash of one's own": "SELECT 1 FROM access.accounts WHERE password_hash IS NOT NULL",
    "failures": "SELECT failures FROM access.accounts",
    "token_sha256": "SELECT token_sha256 FROM access.sessions",
    "whole account": "SELECT a FROM access.accounts AS a",
    "permissions": "SELECT * FROM access.permissions",
    "more permissions": "INSERT INTO access.permissions VALUES ('clerk', 'record', 'read', 'city')",
    "a session of one's own making": "INSERT INTO access.sessions (token_sha256, account_id, idle_at, ends_at) "
    "VALUES (sha256('x'), 1, 'infinity', 'infinity')",
    "another's session": "UPDATE access.sessions SET token_sha256 = sha256('x')",
    "a longer session": "UPDATE access.sessions SET ends_at = 'infinity', idle_at = 'infinity'",
    "an account's name": "UPDATE access.accounts SET name = 'other'",
    "a demo door": "UPDATE access.accounts SET demo = true",
    "an account taken away": "DELETE FROM access.accounts",
    "append": "SELECT access.append(1, 'x', NULL, NULL, 'x', 'x', NULL, NULL, NULL, NULL, ''::bytea)",
    "session()": "SELECT * FROM access.session()",
    "keep_history": "SELECT xiangtu.keep_history()",
}


@pytest.mark.parametrize("what", _NOBODYS)
def test_what_not_even_an_administrator_may(doors: Doors, what: str) -> None:
    for role in (Role.ADMIN, Role.AUDITOR, Role.CLERK):
        if what == "keep_history":
            with doors.app.connect() as connection, pytest.raises(sa.exc.DBAPIError):
                connection.execute(sa.text(_NOBODYS[what]))
            continue
        _refused(doors.app, doors.secrets[role, CITY], _NOBODYS[what])


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE postgres",
        f"SET ROLE {WRITER}",
        "SET ROLE xiangtu_recorder",
        "SET LOCAL ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "SELECT set_config('role', 'postgres', true)",
        "SET session_replication_role = replica",
        f"ALTER ROLE {APP} SUPERUSER",
        f"ALTER ROLE {APP} BYPASSRLS",
        f"GRANT postgres TO {APP}",
        f"GRANT {WRITER} TO {APP}",
        "ALTER TABLE feature.houses DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE feature.houses NO FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY mine ON feature.houses FOR SELECT TO {APP} USING (true)",
        "DROP POLICY read ON feature.houses",
        "ALTER TABLE access.record DISABLE TRIGGER ALL",
        "CREATE TABLE feature.mine (n int)",
        "CREATE TABLE public.mine (n int)",
        "CREATE FUNCTION access.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION access.account() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT pg_ls_dir('.')",
    ],
)
def test_the_login_of_pages_becomes_nobody_else(doors: Doors, statement: str) -> None:
    _refused(doors.app, doors.secrets[Role.ADMIN, CITY], statement)


@pytest.mark.parametrize(
    "statement", ["RESET ROLE", "RESET SESSION AUTHORIZATION", "SET ROLE NONE", "RESET ALL"]
)
def test_going_back_leads_to_itself(doors: Doors, statement: str) -> None:
    """The embedded cluster's pages log in as this role: behind it there is no other."""
    with doors.app.connect() as connection:
        connection.execute(sa.text(statement))
        who = connection.execute(sa.text("SELECT current_user, session_user")).one()
        assert tuple(who) == (APP, APP)
        assert set(_counts(connection).values()) == {0}
        connection.rollback()


def test_row_security_switched_off_is_an_error_and_shows_nothing(doors: Doors) -> None:
    with doors.app.connect() as connection:
        identity.tell(connection, doors.secrets[Role.CLERK, doors.township])
        connection.execute(sa.text("SET LOCAL row_security = off"))
        with pytest.raises(sa.exc.DBAPIError, match="row-level security"):
            connection.execute(sa.text("SELECT count(*) FROM feature.houses"))
        connection.rollback()


def test_the_roles_are_plain_and_own_nothing(doors: Doors) -> None:
    with doors.owner.connect() as connection:
        roles = connection.execute(
            sa.text(
                "SELECT rolname, rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls OR rolreplication AS strong "
                "FROM pg_roles WHERE rolname IN (:app, :writer, 'xiangtu_recorder')"
            ),
            {"app": APP, "writer": WRITER},
        ).all()
        assert len(roles) == 3 and not any(role.strong for role in roles)
        ours = "IN (CAST(:app AS regrole), CAST(:writer AS regrole))"
        member = f"SELECT count(*) FROM pg_auth_members WHERE member {ours}"
        assert _one(connection, member, app=APP, writer=WRITER) == 0
        owned = " + ".join(
            f"(SELECT count(*) FROM {catalog} WHERE {column} {ours})"
            for catalog, column in (
                ("pg_class", "relowner"),
                ("pg_proc", "proowner"),
                ("pg_namespace", "nspowner"),
                ("pg_type", "typowner"),
                ("pg_database", "datdba"),
            )
        )
        assert _one(connection, f"SELECT {owned}", app=APP, writer=WRITER) == 0


def test_every_table_is_behind_row_security_or_closed(doors: Doors) -> None:
    """A table that somebody adds and forgets has no grant; one with a grant has policies that hold its owner too."""
    with doors.owner.connect() as connection:
        tables = connection.execute(
            sa.text(
                """
                SELECT n.nspname || '.' || c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS held,
                    EXISTS (
                        SELECT FROM pg_roles AS r, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS p
                        WHERE r.rolname IN (:app, :writer)
                          AND (has_any_column_privilege(r.oid, c.oid, p) OR has_table_privilege(r.oid, c.oid, 'DELETE')
                               OR has_table_privilege(r.oid, c.oid, 'TRUNCATE, TRIGGER'))
                    ) AS granted
                FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname IN ('feature', 'tile', 'xiangtu', 'access', 'history')
                  AND c.relkind IN ('r', 'p', 'v', 'm')
                """
            ),
            {"app": APP, "writer": WRITER},
        ).all()
    held = {row.name for row in tables if row.held}
    assert {row.name for row in tables if row.granted} - held == OPEN_TO_ALL
    assert held >= set(EVERY_TABLE)
    # Boundaries of past days are on maps; no other past is read by anybody.
    open_past = {row.name for row in tables if row.granted and row.name.startswith("history.")}
    assert open_past == {"history.admin_units"}


def test_functions_open_to_pages_are_few_and_keep_their_path(doors: Doors) -> None:
    """What runs with the owner's rights names its schemas: nobody puts a table of the same name before it."""
    with doors.owner.connect() as connection:
        found = connection.execute(
            sa.text(
                "SELECT p.proname, p.prosecdef, coalesce(array_to_string(p.proconfig, ';'), '') AS config, "
                "has_function_privilege(:app, p.oid, 'EXECUTE') AS open "
                "FROM pg_proc AS p WHERE p.pronamespace IN ('access'::regnamespace, 'xiangtu'::regnamespace)"
            ),
            {"app": APP},
        ).all()
    assert all("search_path=pg_catalog, pg_temp" in f.config for f in found if f.prosecdef)
    opened = {f.proname for f in found if f.open and f.prosecdef}
    assert opened <= {"account", "prefixes", "owns", "note", "admins", "ask_unmask", "unmask"}


def test_a_function_that_comes_later_is_not_everybodys(doors: Doors) -> None:
    """A migration that brings a function and no table: it is closed, too."""
    may = sa.text("SELECT has_function_privilege(:app, 'xiangtu.comes_later()', 'EXECUTE')")
    with doors.owner.connect() as connection, connection.begin() as transaction:
        connection.execute(
            sa.text("CREATE FUNCTION xiangtu.comes_later() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        )
        assert connection.scalar(may, {"app": APP})
        protect(connection)
        assert not connection.scalar(may, {"app": APP})
        transaction.rollback()


def _writable(doors: Doors, role: Role, prefix: str, feature: FeatureType) -> str | None:
    """The prefix within which the declaration lets a role write, None if nowhere."""
    return prefix if role in feature.writers else None


@pytest.mark.parametrize("name", WRITTEN)
def test_writers_write_within_their_scope_only(doors: Doors, name: str) -> None:
    feature = feature_type(name)
    for (role, prefix), secret in doors.secrets.items():
        scope = _writable(doors, role, prefix, feature)
        for code in (doors.township + "201", FOREIGN + "100201"):
            may = scope is not None and code.startswith(scope)
            assert _inserts(doors.owner, secret, feature, code) is may, (role, prefix, code)


def _inserts(owner: sa.Engine, secret: str, feature: FeatureType, code: str) -> bool:
    """Whether a row at a code can be put in under a session; it is taken back."""
    target = f"{FEATURE_SCHEMA}.{feature.id}"
    columns = [c.name for c in table(feature).columns if c.name != "id"]
    listed = ", ".join(f'"{c}"' for c in columns)
    own = {"admin_code": ":code"} | {k: "'new'" for k in feature.key if k != "admin_code"}
    types = {c.name: c.type for c in table(feature).columns}
    for key in feature.key:
        if key != "admin_code" and not isinstance(types[key], sa.Text):
            own[key] = "1900"
    made = ", ".join(f'{own.get(c, f"{chr(34)}{c}{chr(34)}")} AS "{c}"' for c in columns)
    with owner.connect() as connection:
        try:
            connection.execute(
                sa.text(f"CREATE TEMP TABLE specimen ON COMMIT DROP AS SELECT {made} FROM {target} LIMIT 1"),
                {"code": code},
            )
            connection.execute(sa.text(f"DELETE FROM {target} WHERE admin_code = :code"), {"code": code})
            connection.execute(sa.text(f"GRANT SELECT ON specimen TO {WRITER}"))
            with identity.writing_as(connection, secret):
                done = connection.execute(
                    sa.text(f"INSERT INTO {target} ({listed}) SELECT {listed} FROM specimen")
                )
                assert done.rowcount == 1
            return True
        except sa.exc.DBAPIError as error:
            assert isinstance(error.orig, psycopg.errors.InsufficientPrivilege), error
            return False
        finally:
            connection.rollback()


@pytest.mark.parametrize("name", WRITTEN)
def test_rows_out_of_reach_are_neither_changed_nor_moved(doors: Doors, name: str) -> None:
    """An update finds the rows of the scope; none can be pushed out of it, and nothing is deleted."""
    feature, target = feature_type(name), f"{FEATURE_SCHEMA}.{name}"
    touched = f"UPDATE {target} SET synthetic = synthetic WHERE left(admin_code, 6) = :county"
    with doors.owner.connect() as connection:
        below = _below(connection, ["", CITY, HOME, doors.township, FOREIGN])[target]
        for held in [(role, prefix) for role in Role for prefix in (HOME, FOREIGN)]:
            scope = _writable(doors, *held, feature)
            with identity.writing_as(connection, doors.secrets[held]):
                for county in (HOME, FOREIGN):
                    number = connection.execute(sa.text(touched), {"county": county}).rowcount
                    assert number == (below[county] if scope == county else 0), (*held, county)
            connection.rollback()
            _refused_writing(connection, doors.secrets[held], f"DELETE FROM {target}")
    writer = next(role for role in feature.writers)
    moved = (
        f"UPDATE {target} SET admin_code = '{FOREIGN}100201' WHERE ctid = (SELECT min(ctid) FROM {target})"
    )
    with doors.owner.connect() as connection:
        _refused_writing(connection, doors.secrets[writer, HOME], moved)


def _refused_writing(connection: sa.Connection, secret: str, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError) as refused, identity.writing_as(connection, secret):
        connection.execute(sa.text(statement))
    connection.rollback()
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege), statement


def test_history_of_a_persons_change_is_kept_though_the_person_cannot_see_it(doors: Doors) -> None:
    count = "SELECT count(*) FROM history.clinics"
    with doors.owner.connect() as connection:
        before = _one(connection, count)
        with identity.writing_as(connection, doors.secrets[Role.CLERK, HOME]):
            changed = connection.execute(sa.text("UPDATE feature.clinics SET beds = coalesce(beds, 0) + 1"))
            assert changed.rowcount > 0
        assert _one(connection, count) == before + changed.rowcount
        connection.rollback()


def test_a_writer_touches_nothing_but_rows_of_layers(doors: Doors) -> None:
    secret = doors.secrets[Role.DATA_STEWARD, CITY]
    with doors.owner.connect() as connection:
        for _, name in OWN:
            _refused_writing(connection, secret, f"INSERT INTO {name} DEFAULT VALUES")
            _refused_writing(connection, secret, f"SELECT 1 FROM {name}")
        _refused_writing(connection, secret, "SELECT 1 FROM history.houses")


@pytest.fixture
def single(cluster: Cluster, doors: Doors) -> Iterator[Callable[[str], sa.Engine]]:
    """Engines of one connection each, which everybody gets in turn."""
    made: list[sa.Engine] = []
    alone = settings().model_copy(update={"pool_size": 1})

    def engine(user: str) -> sa.Engine:
        made.append(make_engine(cluster.url(str(doors.owner.url.database), user=user), alone))
        return made[-1]

    yield engine
    for each in made:
        each.dispose()


_BACKEND = sa.text("SELECT pg_backend_pid(), current_setting('xiangtu.user', true), current_user")


def _next(engine: sa.Engine, backend: int) -> dict[str, int]:
    """What the next user of the same connection sees, who is nobody."""
    with engine.begin() as connection:
        now, told, _ = connection.execute(_BACKEND).one()
        assert now == backend, "another connection proves nothing"
        assert not told
        return _counts(connection)


def test_an_identity_ends_with_its_transaction(single: Callable[[str], sa.Engine], doors: Doors) -> None:
    """Committed, rolled back, failed in the middle, left by an error of Python's."""
    engine = single(APP)
    secret = doors.secrets[Role.DATA_STEWARD, CITY]

    def work(connection: sa.Connection) -> int:
        identity.tell(connection, secret)
        assert _counts(connection)["feature.houses"] > 0
        return int(connection.execute(_BACKEND).one()[0])

    with engine.begin() as connection:
        backend = work(connection)
    assert set(_next(engine, backend).values()) == {0}
    with engine.connect() as connection:
        work(connection)
        connection.rollback()
    assert set(_next(engine, backend).values()) == {0}
    with pytest.raises(sa.exc.DBAPIError), engine.begin() as connection:
        work(connection)
        connection.execute(sa.text("SELECT 1 / 0"))
    assert set(_next(engine, backend).values()) == {0}
    with pytest.raises(KeyError), engine.begin() as connection:
        work(connection)
        raise KeyError
    assert set(_next(engine, backend).values()) == {0}


def test_an_identity_set_for_the_whole_connection_is_not_the_next_readers(
    single: Callable[[str], sa.Engine], doors: Doors
) -> None:
    """Injected SQL may say `false` for `true`: every reader says anew who it is."""
    engine = single(APP)
    secret = doors.secrets[Role.DATA_STEWARD, CITY]
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT set_config('xiangtu.user', :s, false)"), {"s": secret})
        backend = int(connection.execute(_BACKEND).one()[0])
    with reading(engine) as connection:
        assert connection.execute(_BACKEND).one()[0] == backend
        assert set(_counts(connection).values()) == {0}


def test_a_reader_is_whoever_acts_and_writes_nothing(
    single: Callable[[str], sa.Engine], doors: Doors
) -> None:
    engine = single(APP)
    for prefix in (HOME, FOREIGN):
        with identity.acting(doors.secrets[Role.CLERK, prefix]), reading(engine) as connection:
            codes = set(
                connection.scalars(sa.text("SELECT DISTINCT left(admin_code, 6) FROM feature.houses"))
            )
            assert codes == {prefix}
            with pytest.raises(sa.exc.DBAPIError, match="read-only"):
                connection.execute(sa.text("CREATE TEMP TABLE mine (n int)"))
    with reading(engine) as connection:
        assert set(_counts(connection).values()) == {0}


def test_a_writer_is_the_owner_again_however_it_ends(
    cluster: Cluster, single: Callable[[str], sa.Engine], doors: Doors
) -> None:
    engine = single("postgres")
    secret = doors.secrets[Role.CLERK, HOME]

    def back(backend: int) -> None:
        with engine.connect() as connection:
            now, told, user = connection.execute(_BACKEND).one()
        assert (now, told or "", user) == (backend, "", "postgres")

    with engine.begin() as connection:
        with identity.writing_as(connection, secret):
            backend, told, user = connection.execute(_BACKEND).one()
            assert (told, user) == (secret, WRITER)
        _, told, user = connection.execute(_BACKEND).one()
        assert (told, user) == ("", "postgres"), "the rest of the import is the owner's"
    back(backend)
    with (
        pytest.raises(sa.exc.DBAPIError),
        engine.begin() as connection,
        identity.writing_as(connection, secret),
    ):
        connection.execute(sa.text("SELECT 1 / 0"))
    back(backend)
    with pytest.raises(KeyError), engine.begin() as connection, identity.writing_as(connection, secret):
        raise KeyError
    back(backend)
