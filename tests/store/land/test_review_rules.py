"""What the database itself holds of a review: every step by plain SQL as the role of pages, and ways around it."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from analysis.parcel_review import TRANSITIONS, ReviewAction, transition
from base.settings import settings
from layers.codes import QuotaKind, ReviewState
from store import identity, record
from store.embedded import Cluster
from store.engine import make_engine
from store.errors import NotAllowed
from store.land import allotments, ledger, reviews
from store.land.attachments import MEDIA_TYPES
from store.land.ledger_errors import OfApproval, UnknownPosting
from store.protection import APP
from tests.reviewed import PARCEL, PEOPLE, Bureau

SAID = "现场踏勘，情况属实"
_STEP = (
    "INSERT INTO xiangtu.review_steps (parcel_no, version, action, remark, due_on, parcel_digest, check_id, "
    "posting_id, record_id) VALUES (:parcel, :version, :action, :remark, :due, :digest, :check, :posting, :entry) "
    "RETURNING id"
)
_TODAY = "(now() AT TIME ZONE 'Asia/Shanghai')::date"


@pytest.fixture
def bureau(cluster: Cluster, database: sa.Engine) -> Iterator[Bureau]:
    app = make_engine(cluster.url(str(database.url.database), user=APP), settings())
    made = Bureau(database, app)
    made.put_parcel()
    made.put_check()
    made.issue()
    yield made
    app.dispose()


class Refused(Exception):
    """The database refused; `state` is its SQLSTATE."""

    def __init__(self, state: str) -> None:
        self.state = state
        super().__init__(state)


def _step(connection: sa.Connection, action: str, parcel: str = PARCEL, **other: Any) -> int:
    """A step by plain SQL, with all that it needs, or with something else of it; the owner's view tells what is there.

    The entry of the record is made with the installation's key, which injected SQL would not have.
    """
    now = other.pop("now")
    parcel = other.pop("other_parcel", parcel)
    given = {
        "parcel": parcel,
        "version": now.version + 1,
        "action": action,
        "remark": SAID,
        "due": None,
        "digest": now.digest,
        "check": now.check and now.check.id,
        "posting": None,
    } | other
    if "due" not in other and action in ("submit", "examine"):
        given["due"] = connection.scalar(sa.text(f"SELECT {_TODAY} + 20"))
    if "entry" not in given:
        given["entry"] = record.note(
            connection, f"parcel_{action}", "parcel_review", parcel, after={"version": given["version"]}
        )
    return int(connection.execute(sa.text(_STEP), given).scalar_one())


def _try(bureau: Bureau, name: str, action: str, parcel: str = PARCEL, **other: Any) -> None:
    """Take a step by plain SQL as the role of pages and roll it back.

    Raises
    ------
    Refused : by the database, with its state.
    """
    now = bureau.seen("all_offices", parcel)
    secret = bureau.secret(name)
    with identity.acting(secret), bureau.app.connect() as connection:
        identity.tell(connection, secret)
        try:
            if action == "approve" and "posting" not in other:
                other["posting"] = _allot(connection, now)
            if action == "revoke" and "posting" not in other and now.posting_id is not None:
                other["posting"] = _posted(allotments.give_back, connection, now.posting_id, SAID)
            _step(connection, action, parcel, now=now, **other)
        except sa.exc.DBAPIError as error:
            raise Refused(str(getattr(error.orig, "sqlstate", ""))) from error
        finally:
            connection.rollback()


def _allot(connection: sa.Connection, now: reviews.Review, **other: Any) -> int | None:
    """The posting that belongs to an approval; None for who may not post."""
    given = {
        "parcel_no": now.parcel_no, "admin_code": now.admin_code, "kind": now.quota_kind, "lot": "",
        "use": now.parcel_use, "area_mu": now.area_mu, "remark": SAID,
    } | other  # fmt: skip
    return _posted(allotments.allot, connection, **given)


def _posted(make: Callable[..., int], *given: Any, **named: Any) -> int | None:
    """The number of a posting; None where the person may post nothing there, or the parcel is approved already."""
    try:
        return make(*given, **named)
    except (NotAllowed, OfApproval, UnknownPosting):
        return None


OFFICES = {
    "township": {"clerk", "other_clerk", "town_reviewer", "county", "other_county", "city", "other_city",
                 "all_offices"},
    "county": {"county", "other_county", "all_offices"},
    "city": {"city", "other_city", "all_offices"},
}  # fmt: skip


def test_every_state_action_role_and_place_by_plain_sql(bureau: Bureau) -> None:
    """576 tries: what the table does not have is refused, and what it has to everyone but those of the office."""
    tries = taken = 0
    for number, state in enumerate(ReviewState):
        parcel = f"X-{number}"
        bureau.put_parcel(parcel, x=113.5 + number / 50)
        bureau.put_check(parcel)
        bureau.bring(str(state), parcel)
        for name in PEOPLE:
            for action in ReviewAction:
                tries += 1
                rule = transition(state, action)
                may = rule is not None and name in OFFICES[str(rule.office)]
                if action is ReviewAction.WITHDRAW:
                    may = may and name == "clerk"
                try:
                    _try(bureau, name, str(action), parcel)
                    told = ""
                except Refused as refused:
                    told = refused.state
                assert (told == "") is may, (state, name, action, told)
                if rule is None:
                    assert told == "XTR03", (state, name, action)
                elif not may:
                    assert told in ("42501", "XTR04"), (state, name, action)
                taken += not told
    assert tries == len(ReviewState) * len(PEOPLE) * len(ReviewAction) == 576
    assert taken == sum(
        1 if one.action is ReviewAction.WITHDRAW else len(OFFICES[str(one.office)]) for one in TRANSITIONS
    )


@pytest.mark.parametrize(
    ("action", "state", "refusal"),
    [("examine", "submitted", "XTR05"), ("return", "submitted", "XTR05"), ("return", "examined", "XTR05"),
     ("approve", "examined", "XTR05"), ("revoke", "approved", "XTR05")],
)  # fmt: skip
def test_own_parcels_by_plain_sql(bureau: Bureau, action: str, state: str, refusal: str) -> None:
    bureau.step("all_offices", "submit")
    if state != "submitted":
        bureau.step("county", "examine")
    if state == "approved":
        bureau.step("city", "approve")
    with pytest.raises(Refused) as refused:
        _try(bureau, "all_offices", action)
    assert refused.value.state == refusal


def test_examiner_and_approver_by_plain_sql(bureau: Bureau) -> None:
    bureau.step("clerk", "submit")
    bureau.step("all_offices", "examine")
    with pytest.raises(Refused) as refused:
        _try(bureau, "all_offices", "approve")
    assert refused.value.state == "XTR06"


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"version": 1}, "XTR02"), ({"version": 2}, "XTR02"), ({"version": 4}, "XTR02"), ({"version": None}, "XTR02"),
        ({"digest": "0" * 64}, "XTR07"), ({"digest": None}, "XTR07"),
        ({"check": 999}, "XTR08"), ({"check": None}, "XTR08"),
        ({"posting": None}, "XTR14"), ({"posting": 1}, "XTR14"), ({"posting": 999}, "XTR14"),
        ({"entry": None}, "42501"), ({"entry": 1}, "42501"), ({"entry": 10**9}, "42501"),
        ({"due": "2999-01-01"}, "23514"),
        ({"remark": "长" * 2001}, "23514"),
        ({"other_parcel": "DK-404"}, "XTR01"),
    ],
)  # fmt: skip
def test_an_approval_with_something_else_is_none(bureau: Bureau, other: dict[str, Any], refusal: str) -> None:
    bureau.bring("examined")
    _try(bureau, "city", "approve")
    with pytest.raises(Refused) as refused:
        _try(bureau, "city", "approve", **other)
    assert refused.value.state == refusal
    assert bureau.seen("city").state is ReviewState.EXAMINED


@pytest.mark.parametrize("other", [{"area_mu": 1}, {"parcel_no": "DK-002"}, {"kind": "annual"}])
def test_an_approval_with_quota_of_something_else_is_none(bureau: Bureau, other: dict[str, Any]) -> None:
    bureau.issue(kind=QuotaKind.ANNUAL)
    bureau.bring("examined")
    given = dict(other)
    if "area_mu" in given:
        given["area_mu"] = Decimal(given["area_mu"])
    if "kind" in given:
        given["kind"] = QuotaKind.of(given["kind"])
    now = bureau.seen("city")
    with bureau.app.connect() as connection:
        identity.tell(connection, bureau.secret("city"))
        posting = _allot(connection, now, **given)
        with pytest.raises(sa.exc.DBAPIError) as refused:
            _step(connection, "approve", now=now, posting=posting)
        assert getattr(refused.value.orig, "sqlstate", "") == "XTR14"
        connection.rollback()


def test_no_posting_is_made_before_its_approval(bureau: Bureau) -> None:
    """An allotment is committed with the approval that it belongs to, so that none is there to be named later."""
    bureau.bring("examined")
    now = bureau.seen("city")
    with pytest.raises(sa.exc.DBAPIError) as refused, bureau.as_("city") as connection:
        _allot(connection, now)
    assert getattr(refused.value.orig, "sqlstate", None) == "XQ007"


def test_a_step_cannot_be_replayed(bureau: Bureau) -> None:
    bureau.bring("approved")
    with bureau.owner.connect() as connection:
        last = connection.execute(
            sa.text(
                "SELECT version, action, parcel_digest, check_id, posting_id, record_id FROM xiangtu.review_steps "
                "ORDER BY id DESC LIMIT 1"
            )
        ).one()
    for version in (last.version, last.version + 1):
        with pytest.raises(Refused) as refused:
            _try(
                bureau, "city", "approve", version=version, digest=last.parcel_digest, check=last.check_id,
                posting=last.posting_id, entry=last.record_id,
            )  # fmt: skip
        assert refused.value.state in ("XTR02", "XTR03")


def test_who_and_when_are_not_for_the_sender_to_say(bureau: Bureau) -> None:
    """Another person's name, an earlier time, another state: all of it is written over."""
    now = bureau.seen("clerk")
    with identity.acting(bureau.secret("clerk")), bureau.app.begin() as connection:
        identity.tell(connection, bureau.secret("clerk"))
        entry = record.note(connection, "parcel_submit", "parcel_review", PARCEL, after={"version": 1})
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.review_steps (parcel_no, admin_code, version, round, action, from_state, "
                "to_state, account_id, account_name, made_by, roles, at, area_mu, due_on, parcel_digest, check_id, "
                "record_id, made_in) "
                f"VALUES (:no, '441826100201', 1, 9, 'submit', 'examined', 'approved', 1, 'x', '局长', 'admin@4418', "
                f"'2020-01-01', 0, {_TODAY} + 5, :digest, :check, :entry, '1')"
            ),
            {"no": PARCEL, "digest": now.digest, "check": now.check and now.check.id, "entry": entry},
        )
    taken = bureau.seen("clerk").last
    assert taken is not None
    assert (taken.made_by, taken.roles, taken.round) == ("clerk", "clerk@441821100", 1)
    assert (taken.from_state, taken.to_state) == (ReviewState.DRAFT, ReviewState.SUBMITTED)
    assert taken.at.year > 2020 and taken.area_mu > 0


_AROUND = [
    "UPDATE xiangtu.parcel_reviews SET state = 'approved'",
    "UPDATE xiangtu.parcel_reviews SET submitters = '{}', examiners = '{}'",
    "UPDATE xiangtu.parcel_reviews SET version = 0",
    "INSERT INTO xiangtu.parcel_reviews (parcel_no, admin_code, state) VALUES ('DK-9', '441821100201', 'examined')",
    "DELETE FROM xiangtu.parcel_reviews",
    "TRUNCATE xiangtu.parcel_reviews CASCADE",
    "SELECT 1 FROM xiangtu.parcel_reviews FOR UPDATE",
    "UPDATE xiangtu.review_steps SET remark = '同意'",
    "UPDATE xiangtu.review_steps SET account_id = 1",
    "DELETE FROM xiangtu.review_steps",
    "TRUNCATE xiangtu.review_steps CASCADE",
    "UPDATE xiangtu.review_files SET content = 'x'",
    "DELETE FROM xiangtu.review_files",
    "TRUNCATE xiangtu.review_files",
    "UPDATE xiangtu.review_transitions SET office = 'township'",
    "INSERT INTO xiangtu.review_transitions VALUES ('draft', 'approve', 'township', 'approved', false)",
    "SELECT 1 FROM xiangtu.review_transitions",
    "ALTER TABLE xiangtu.review_steps DISABLE TRIGGER ALL",
    "DROP TRIGGER take_step ON xiangtu.review_steps",
    "SET session_replication_role = replica",
    "SELECT xiangtu.parcel_check_of('DK-001')",
    "CREATE OR REPLACE FUNCTION xiangtu.take_review_step() RETURNS trigger LANGUAGE sql AS 'SELECT 1'",
    "UPDATE feature.land_parcels SET parcel_no = 'DK-002'",
    "INSERT INTO xiangtu.parcel_checks (parcel_no) VALUES ('DK-001')",
    "UPDATE xiangtu.parcel_checks SET conflicts = 0",
    "DELETE FROM xiangtu.parcel_conflicts",
]


@pytest.mark.parametrize("statement", _AROUND)
def test_ways_around_are_shut(bureau: Bureau, statement: str) -> None:
    bureau.bring("examined")
    for name in ("all_offices", "city", "clerk", "admin"):
        with bureau.app.connect() as connection:
            identity.tell(connection, bureau.secret(name))
            with pytest.raises(sa.exc.DBAPIError) as refused:
                connection.execute(sa.text(statement))
            assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege), statement
            connection.rollback()
    if "feature." not in statement:  # rows of layers are the writer's to change
        with bureau.owner.connect() as connection:
            with (
                pytest.raises(sa.exc.DBAPIError),
                identity.writing_as(connection, bureau.secret("all_offices")),
            ):
                connection.execute(sa.text(statement))
            connection.rollback()


_BY_THE_OWNER = [
    "UPDATE xiangtu.parcel_reviews SET state = 'draft'",
    "DELETE FROM xiangtu.parcel_reviews",
    "TRUNCATE xiangtu.parcel_reviews CASCADE",
    "INSERT INTO xiangtu.parcel_reviews (parcel_no, admin_code) VALUES ('DK-9', '441821100201')",
    "UPDATE xiangtu.review_steps SET remark = '同意'",
    "DELETE FROM xiangtu.review_steps",
    "TRUNCATE xiangtu.review_steps CASCADE",
    "UPDATE xiangtu.review_files SET name = 'x'",
    "DELETE FROM xiangtu.review_files",
    "TRUNCATE xiangtu.review_files",
    "INSERT INTO xiangtu.review_steps (parcel_no, version, action, record_id) VALUES ('DK-001', 3, 'approve', 1)",
]


@pytest.mark.parametrize("statement", _BY_THE_OWNER)
@pytest.mark.parametrize("replica", [False, True])
def test_the_owner_only_adds_by_steps_of_people(bureau: Bureau, statement: str, replica: bool) -> None:
    """Also in a session that says it replays a replica's changes, where ordinary triggers are silent."""
    bureau.bring("examined")
    with bureau.owner.connect() as connection:
        if replica:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        with pytest.raises(sa.exc.DBAPIError) as refused:
            connection.execute(sa.text(statement))
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege), statement
        connection.rollback()


def test_without_the_installations_key_no_step_is_taken(bureau: Bureau) -> None:
    """Injected SQL in a reviewer's own session has no entry of the record to show, and cannot make one."""
    bureau.bring("submitted")
    forged = (
        "SELECT access.note('parcel_examine', 'parcel_review', 'DK-001', NULL, jsonb_build_object('version', 2), "
        "NULL, NULL, 'guess')"
    )
    with bureau.app.connect() as connection:
        identity.tell(connection, bureau.secret("county"))
        with pytest.raises(sa.exc.DBAPIError) as refused:
            connection.execute(sa.text(forged))
        assert getattr(refused.value.orig, "sqlstate", "") == "XT004"
        connection.rollback()


@pytest.mark.parametrize("after", [{"version": 1}, {"version": 3}, {}])
def test_an_entry_of_another_step_is_not_this_ones(bureau: Bureau, after: dict[str, int]) -> None:
    bureau.bring("submitted")
    now = bureau.seen("county")
    with bureau.app.connect() as connection:
        identity.tell(connection, bureau.secret("county"))
        entry = record.note(connection, "parcel_examine", "parcel_review", PARCEL, after=after)
        with pytest.raises(sa.exc.DBAPIError) as refused:
            _step(connection, "examine", now=now, entry=entry)
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
        connection.rollback()


_FILE = "INSERT INTO xiangtu.review_files (step_id, name, media_type, content) VALUES (:step, :name, :kind, :content)"


def _put_file(bureau: Bureau, name: str, **other: object) -> str:
    """Attach a file to the last step by plain SQL; the state of the refusal, "" if it was taken. Rolled back."""
    last = bureau.seen("city").last
    assert last is not None
    given = {"step": last.id, "name": "a.txt", "kind": "text/plain", "content": b"x"} | other
    with bureau.app.connect() as connection:
        identity.tell(connection, bureau.secret(name))
        try:
            connection.execute(sa.text(_FILE), given)
        except sa.exc.DBAPIError as error:
            return str(getattr(error.orig, "sqlstate", ""))
        finally:
            connection.rollback()
    return ""


def test_no_file_is_added_to_a_step_that_was_taken(bureau: Bureau) -> None:
    bureau.bring("submitted")
    for name in ("clerk", "other_clerk", "county", "city", "all_offices"):
        assert _put_file(bureau, name) == "42501", name


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("text/html", b"<script>1</script>"),
        ("image/svg+xml", b"<svg/>"),
        ("application/pdf", b"<html>%PDF-"),
        ("image/png", b"\xff\xd8\xff\xe0"),
        ("image/jpeg", b"%PDF-1.7"),
        (MEDIA_TYPES["docx"], b"%PDF-1.7"),
        ("text/plain", b"a\x00b"),
        ("text/plain", b""),
        ("text/plain", b"x" * (10 * 1024 * 1024 + 1)),
    ],
)  # fmt: skip
def test_the_database_refuses_files_of_other_kinds_and_sizes(
    bureau: Bureau, kind: str, content: bytes
) -> None:
    now = bureau.seen("clerk")
    for given, wanted in (((kind, content), "23514"), (("text/plain", b"x"), "")):
        with bureau.app.connect() as connection:
            identity.tell(connection, bureau.secret("clerk"))
            step = _step(connection, "submit", now=now)
            told = ""
            try:
                connection.execute(
                    sa.text(_FILE), {"step": step, "name": "a", "kind": given[0], "content": given[1]}
                )
            except sa.exc.DBAPIError as error:
                told = str(getattr(error.orig, "sqlstate", ""))
            connection.rollback()
        assert told == wanted


def test_a_step_of_another_connections_hands_is_not_for_files(bureau: Bureau) -> None:
    """A step of this transaction takes files of who took it; the digest is the database's own."""
    now, other = bureau.seen("clerk"), bureau.secret("county")
    with bureau.app.begin() as connection:
        identity.tell(connection, bureau.secret("clerk"))
        step = _step(connection, "submit", now=now)
        given = {"step": step, "name": "a.txt", "kind": "text/plain", "content": b"abc"}
        connection.execute(sa.text(_FILE), given)
        identity.tell(connection, other)
        with pytest.raises(sa.exc.DBAPIError), connection.begin_nested():
            connection.execute(sa.text(_FILE), given)
        identity.tell(connection, bureau.secret("clerk"))
    with bureau.looking("clerk") as connection:
        (kept,) = reviews.files(connection, PARCEL)
    assert kept.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert kept.size == 3


def test_steps_are_read_within_the_scope_only(bureau: Bureau) -> None:
    bureau.bring("approved")
    seen = {"clerk": 3, "county": 3, "city": 3, "planner": 3, "leader": 3, "auditor": 3, "steward": 3,
            "foreign_clerk": 0, "foreign_county": 0, "housing": 0, "admin": 0}  # fmt: skip
    for name, number in seen.items():
        with bureau.looking(name) as connection:
            steps = connection.scalar(sa.text("SELECT count(*) FROM xiangtu.review_steps"))
            held = connection.scalar(sa.text("SELECT count(*) FROM xiangtu.parcel_reviews"))
        assert (steps, held) == (number, int(number > 0)), name


def test_a_session_that_ended_takes_no_step(bureau: Bureau) -> None:
    bureau.bring("submitted")
    now, secret = bureau.seen("county"), bureau.secret("county")
    with bureau.owner.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE access.sessions SET ended_at = now() "
                "WHERE token_sha256 = sha256(convert_to(:secret, 'UTF8'))"
            ),
            {"secret": secret},
        )
    with bureau.app.connect() as connection:
        identity.tell(connection, secret)
        with pytest.raises(sa.exc.DBAPIError) as refused:
            _step(connection, "examine", now=now, entry=1)
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
        connection.rollback()


def test_a_role_taken_away_is_gone_with_the_next_step(bureau: Bureau) -> None:
    bureau.bring("submitted")
    bureau.secret("county")
    with bureau.owner.begin() as connection:
        connection.execute(
            sa.text(
                "DELETE FROM access.assignments WHERE prefix = '441821' AND role = 'land_reviewer' AND account_id IN "
                "(SELECT id FROM access.accounts WHERE display_name = 'county')"
            )
        )
    with pytest.raises(Refused) as refused:
        _try(bureau, "county", "examine")
    assert refused.value.state == "42501"


def test_ledger_and_reviews_agree(bureau: Bureau) -> None:
    """Whatever was approved and taken back: each approved parcel has its whole area allotted, and no other has any."""
    for turn in range(4):
        parcel = f"L-{turn}"
        bureau.put_parcel(parcel, x=113.5 + turn / 50)
        bureau.put_check(parcel)
        bureau.bring("approved", parcel)
        if turn % 2:
            bureau.step("city", "revoke", SAID, parcel)
    with bureau.owner.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT r.parcel_no, r.state, "
                "coalesce(sum(b.amount_mu) FILTER (WHERE a.bucket = 'allotted'), 0) AS mu, "
                "max(s.area_mu) AS area FROM xiangtu.parcel_reviews AS r "
                "JOIN xiangtu.review_steps AS s ON s.parcel_no = r.parcel_no AND s.version = r.version "
                "LEFT JOIN xiangtu.quota_accounts AS a ON a.parcel_no = r.parcel_no "
                "LEFT JOIN xiangtu.quota_balances AS b ON b.account_id = a.id GROUP BY r.parcel_no, r.state"
            )
        ).all()
        balances = ledger.balances(connection)
    assert {row.state for row in rows} == {"approved", "returned"}
    for row in rows:
        assert row.mu == (row.area if row.state == "approved" else 0), row
    assert sum(balances["amount_mu"]) == 0
