"""Who reports, checks and reads, by plain SQL under the role of the pages: the database judges, not the program."""

import datetime as dt
import uuid

import psycopg
import pytest
import sqlalchemy as sa

from store.engine import reading
from store.progress import drafts, reports
from tests.reported import FOREIGN, MONTH, PEOPLE, Office, new_report, put_project

REPORTERS = {"clerk", "other_clerk", "both"}
CHECKERS = {"county", "steward", "both"}
_REPORT = sa.text(
    "INSERT INTO xiangtu.progress_reports (submission_key, project_id, admin_code, period, reported_on, percent, "
    "paid_yuan, channel, reported_by, account_id) VALUES (:key, :project, :code, '2026-11-01', '2026-11-20', 5, 0, "
    "'form', 't', 999999)"
)
_CHECK = sa.text(
    "INSERT INTO xiangtu.progress_checks (report_id, admin_code, verdict, checked_by, account_id) "
    "VALUES (:report, :code, 'accepted', 't', 999999)"
)
_PHOTO = sa.text(
    "INSERT INTO xiangtu.progress_photos (report_id, admin_code, name, content, thumbnail, width, height, sha256, "
    "phash) VALUES (:report, :code, 't', 'a', 'a', 1, 1, 't', repeat('0', 16))"
)


def _state(office: Office, who: str, statement: sa.TextClause, **given: object) -> str:
    """What PostgreSQL answers to a statement of a person's, which is taken back: its SQLSTATE, empty if it passes."""
    with office.app.connect() as connection:
        connection.execute(sa.text("SELECT set_config('xiangtu.user', :s, true)"), {"s": office.secret(who)})
        try:
            connection.execute(statement, given)
        except sa.exc.DBAPIError as error:
            return str(getattr(error.orig, "sqlstate", ""))
        finally:
            connection.rollback()
    return ""


_REFUSED = psycopg.errors.InsufficientPrivilege.sqlstate


def test_each_role_reports_and_checks_as_far_as_it_may(office: Office, project: int) -> None:
    with office.owner.begin() as connection:
        foreign = put_project(connection, FOREIGN, place=(112.3, 24.7))
    mine = office.submit("clerk", new_report(project, 3)).report_id
    code = "441821100201"
    with office.owner.begin() as connection:
        other = put_project(connection)
    for who in PEOPLE:
        told = {
            "report": _state(office, who, _REPORT, key=uuid.uuid4(), project=other, code=code),
            "foreign": _state(office, who, _REPORT, key=uuid.uuid4(), project=foreign, code=FOREIGN),
            "check": _state(office, who, _CHECK, report=mine, code=code),
            "photo": _state(office, who, _PHOTO, report=mine, code=code),
        }
        assert told["report"] == ("" if who in REPORTERS else _REFUSED), who
        assert told["foreign"] == ("" if who == "foreign_clerk" else _REFUSED), who
        own = {"clerk": "XP012"}.get(who)
        assert told["check"] == (own or ("" if who in CHECKERS else _REFUSED)), who
        assert told["photo"] == ("" if who == "clerk" else "XP016"), who
        with office.looking(who) as connection:
            assert [r.id for r in reports.reports(connection)] == [mine]


def test_a_code_of_ones_own_place_does_not_open_anothers_project(office: Office, project: int) -> None:
    with office.owner.begin() as connection:
        foreign = put_project(connection, FOREIGN, place=(112.3, 24.7))
    theirs = office.submit("foreign_clerk", new_report(foreign, 3)).report_id
    code = "441821100201"
    assert _state(office, "clerk", _REPORT, key=uuid.uuid4(), project=foreign, code=code) == "XP010"
    assert _state(office, "county", _CHECK, report=theirs, code=code) == "XP010"
    assert _state(office, "clerk", _PHOTO, report=theirs, code=code) == "XP010"


@pytest.mark.parametrize("table", ["progress_reports", "progress_checks", "progress_photos"])
def test_what_was_handed_in_is_never_changed(office: Office, project: int, table: str) -> None:
    mine = office.submit("clerk", new_report(project, 3)).report_id
    office.check("county", mine)
    for statement in (
        f"UPDATE xiangtu.{table} SET admin_code = admin_code",
        f"DELETE FROM xiangtu.{table}",
        f"TRUNCATE xiangtu.{table} CASCADE",
    ):
        for who in ("clerk", "county", "admin"):
            assert _state(office, who, sa.text(statement)) == _REFUSED
        with office.owner.connect() as connection, pytest.raises(sa.exc.DBAPIError) as refused:
            connection.execute(sa.text(statement))
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_who_reports_is_who_is_signed_in(office: Office, project: int) -> None:
    """An account named in the statement is not believed."""
    with office.as_("clerk") as connection:
        me = connection.scalar(sa.text("SELECT access.account()"))
        connection.execute(_REPORT, {"key": uuid.uuid4(), "project": project, "code": "441821100201"})
    with office.looking("leader") as connection:
        (kept,) = reports.reports(connection)
    assert kept.account_id == me != 999999


def test_name_and_moment_of_a_report_and_its_check_are_not_the_senders_to_say(
    office: Office, project: int
) -> None:
    before = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    report = str(_REPORT).replace("account_id)", "submitted_at)").replace("999999", "'2020-01-01'")
    check = str(_CHECK).replace("account_id)", "checked_at)").replace("999999", "'2020-01-01'")
    with office.as_("clerk") as connection:
        given = {"key": uuid.uuid4(), "project": project, "code": "441821100201"}
        connection.execute(sa.text(report), given)
    with office.looking("county") as connection:
        (kept,) = reports.reports(connection)
    with office.as_("county") as connection:
        connection.execute(sa.text(check), {"report": kept.id, "code": kept.admin_code})
    with office.looking("leader") as connection:
        (seen,) = reports.reports(connection)
    assert seen.check is not None
    assert (seen.reported_by, seen.check.checked_by) == ("clerk", "county")
    assert before < seen.submitted_at <= seen.check.checked_at


def test_a_photo_is_not_added_after_the_check(office: Office, project: int) -> None:
    mine = office.submit("clerk", new_report(project, 3)).report_id
    office.check("county", mine)
    assert _state(office, "clerk", _PHOTO, report=mine, code="441821100201") == "XP017"


def test_drafts_are_ones_own(office: Office, project: int) -> None:
    with office.as_("clerk") as connection:
        mine = drafts.begin(connection, project, MONTH, {"note": "秘密"})
    for who in PEOPLE:
        with office.looking(who) as connection:
            seen = connection.scalar(sa.text("SELECT count(*) FROM xiangtu.report_drafts"))
        assert seen == int(who == "clerk"), who
    with office.as_("other_clerk") as connection:
        theirs = drafts.begin(connection, project, MONTH, {})
        assert theirs.submission_key != mine.submission_key
        assert drafts.save(connection, mine, {"note": "x"}) is None
        drafts.drop(connection, mine)
    with office.looking("clerk") as connection:
        assert drafts.draft(connection, project, MONTH) == mine
    forged = sa.text(
        "INSERT INTO xiangtu.report_drafts (account_id, project_id, period, admin_code, content) "
        "VALUES (999999, :p, '2026-10-01', '441821100201', '{}')"
    )
    for who in ("clerk", "county"):
        assert _state(office, who, forged, p=project) == _REFUSED


def test_nobody_reads_without_a_session(office: Office, project: int) -> None:
    office.submit("clerk", new_report(project, 3))
    with reading(office.app) as connection:
        for table in (
            "progress_reports",
            "accepted_reports",
            "standing_reports",
            "progress_photos",
            "report_drafts",
        ):
            assert connection.scalar(sa.text(f"SELECT count(*) FROM xiangtu.{table}")) == 0
