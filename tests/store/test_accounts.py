"""Accounts: who may change them and what nobody may; each change is recorded with what was there before."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
import sqlalchemy as sa

from access import Assignment
from access.passwords import PasswordHasName, WeakPassword, require_strong
from base.errors import XiangtuError
from base.settings import settings
from layers import Role
from store import accounts, demo_doors, identity, sessions
from store.accounts import Account, parse_assignments
from store.embedded import Cluster
from store.engine import changing, make_engine, reading
from store.errors import (
    AccountKnown,
    BadAccountName,
    BadScope,
    LastAdmin,
    NotAllowed,
    OwnRoles,
    RecordChanged,
    SignInRefused,
    UnknownAccount,
)
from store.protection import APP

PASSWORD = "Weiyang-2468-tang"
HERE = sessions.Visit("10.0.0.7", "tests")
CITY_ADMIN = (Assignment(Role.ADMIN, "4418"),)


@dataclass
class Office:
    """A database with two administrators and a clerk, each signed in; pages' engine beside the owner's."""

    owner: sa.Engine
    app: sa.Engine
    secrets: dict[str, str]

    @contextmanager
    def acting(self, name: str) -> Iterator[sa.Connection]:
        """A transaction of the pages' engine in which somebody changes something."""
        with identity.acting(self.secrets.get(name)), changing(self.app) as connection:
            yield connection

    def account(self, name: str) -> Account:
        with self.owner.connect() as connection:
            return accounts.named(connection, name)

    def change(self, by: str, seen: Account, **wanted: object) -> None:
        """Save an account as it was seen, but for what is wanted otherwise."""
        values = {
            "display_name": seen.display_name,
            "assignments": seen.assignments,
            "disabled": seen.disabled,
        } | wanted
        with self.acting(by) as connection:
            accounts.change(connection, seen, **values)  # type: ignore[arg-type]

    def recorded(self) -> list[sa.RowMapping]:
        """The record since the office was made."""
        with self.owner.connect() as connection:
            rows = connection.execute(sa.text("SELECT * FROM access.record ORDER BY id OFFSET 6"))
            return list(rows.mappings())


_HELD = {
    "admin.one": CITY_ADMIN,
    "admin.two": CITY_ADMIN,
    "zhang.san": (Assignment(Role.CLERK, "441881103"), Assignment(Role.PLANNER, "4418")),
}


@pytest.fixture
def office(cluster: Cluster, database: sa.Engine) -> Iterator[Office]:
    secrets = {}
    for name, held in _HELD.items():
        with database.begin() as connection:
            accounts.add(connection, name, f"{name} 某", held, password=PASSWORD, by="测试")
            account = accounts.named(connection, name)
        secrets[name] = sessions.open_session(database, account.id, name, HERE)
    app = make_engine(cluster.url(str(database.url.database), APP), settings())
    yield Office(database, app, secrets)
    app.dispose()


def test_an_account_is_added_with_a_password_to_change(office: Office) -> None:
    held = parse_assignments(["clerk@441881104", "auditor@4418"])
    with office.acting("admin.one") as connection:
        given = accounts.add(connection, "li.si", "  李四 ", held)
    require_strong(given, "li.si")
    added = office.account("li.si")
    assert (added.display_name, added.assignments, added.must_change) == ("李四", held, True)
    assert (added.disabled, added.demo, added.last_sign_in, added.version) == (False, False, None, 1)
    assert sessions.sign_in(office.owner, "li.si", given, HERE)
    entry, _ = office.recorded()
    assert (entry["action"], entry["account_name"], entry["object_id"]) == (
        "account_added",
        "admin.one",
        str(added.id),
    )
    assert entry["roles"] == "admin@4418"
    assert entry["after"] == {
        "name": "li.si",
        "display_name": "李四",
        "roles": ["auditor@4418", "clerk@441881104"],
        "disabled": False,
    }
    assert given not in str([dict(row) for row in office.recorded()])


@pytest.mark.parametrize(
    "name", ["", "a", "Li.Si", "1li", "li si", "李四", "li'; --", "l" * 41, ".li", "li\n", "li/../x"]
)
def test_odd_names_are_refused(office: Office, name: str) -> None:
    with pytest.raises(BadAccountName) as refused, office.acting("admin.one") as connection:
        accounts.add(connection, name, "某", ())
    _told_in_both(refused.value, name)
    assert office.recorded() == []


def _told_in_both(error: XiangtuError, value: str = "") -> None:
    """The sentences are in both languages, differ, and name what was wrong."""
    zh, en = error.sentence("zh"), error.sentence("en")
    assert zh != en and value in zh and value in en
    assert "{" not in zh + en


def test_a_name_is_given_once(office: Office) -> None:
    for name in ("zhang.san", "admin.one"):
        with pytest.raises(AccountKnown) as refused, office.acting("admin.one") as connection:
            accounts.add(connection, name, "某", ())
        _told_in_both(refused.value, name)


def test_a_weak_password_makes_no_account(office: Office) -> None:
    for password, refusal in (("short", WeakPassword), ("Li.Si-2468-tang", PasswordHasName)):
        with pytest.raises(refusal), office.acting("admin.one") as connection:
            accounts.add(connection, "li.si", "李四", (), password=password)
    with pytest.raises(UnknownAccount) as refused:
        office.account("li.si")
    _told_in_both(refused.value, "li.si")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "clerk",
        "clerk@",
        "@4418",
        "emperor@4418",
        "clerk@44",
        "clerk@44188",
        "clerk@4418811031",
        "clerk@甲乙丙丁",
        "clerk@4418 ",
        "clerk@44181x",
        "clerk@4418@4418",
    ],
)
def test_odd_scopes_are_refused(text: str) -> None:
    with pytest.raises(BadScope) as refused:
        parse_assignments(["planner@4418", text])
    _told_in_both(refused.value, text)


def test_scopes_are_read_once_and_in_order() -> None:
    given = ["planner@4418", "clerk@441881103201", "clerk@441881103201", "clerk@441881"]
    assert parse_assignments(given) == (
        Assignment(Role.CLERK, "441881"),
        Assignment(Role.CLERK, "441881103201"),
        Assignment(Role.PLANNER, "4418"),
    )
    assert parse_assignments([]) == ()


def test_a_change_is_recorded_with_before_and_after(office: Office) -> None:
    seen = office.account("zhang.san")
    wanted = parse_assignments(["clerk@441881104", "planner@4418"])
    office.change("admin.one", seen, display_name="张三丰", assignments=wanted)
    now = office.account("zhang.san")
    assert (now.display_name, now.assignments, now.version) == ("张三丰", wanted, seen.version + 1)
    (entry,) = office.recorded()
    assert (entry["action"], entry["account_name"]) == ("account_changed", "admin.one")
    assert entry["before"] == accounts.told(seen)
    assert entry["after"] == accounts.told(now)


def test_the_second_to_save_is_told_what_is_there_now(office: Office) -> None:
    first = second = office.account("zhang.san")
    office.change("admin.one", first, display_name="张三丰", assignments=())
    with pytest.raises(RecordChanged) as refused:
        office.change("admin.two", second, display_name="张小三")
    assert refused.value.now == office.account("zhang.san")
    assert isinstance(refused.value.now, Account) and refused.value.now.display_name == "张三丰"
    _told_in_both(refused.value)
    assert office.account("zhang.san").assignments == (), "nothing of the second is there"
    office.change("admin.two", refused.value.now, display_name="张小三")
    assert office.account("zhang.san").display_name == "张小三"


def test_two_who_save_at_the_same_moment_are_one_and_one(office: Office) -> None:
    seen = office.account("zhang.san")
    ends: list[str] = []

    def save(by: str) -> None:
        try:
            office.change(by, seen, display_name=f"by {by}")
            ends.append("saved")
        except RecordChanged:
            ends.append("changed")

    threads = [threading.Thread(target=save, args=(by,)) for by in ("admin.one", "admin.two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(ends) == ["changed", "saved"]
    assert office.account("zhang.san").version == seen.version + 1


def test_disabled_and_enabled_again(office: Office) -> None:
    office.change("admin.one", office.account("zhang.san"), disabled=True)
    with pytest.raises(SignInRefused):
        sessions.sign_in(office.owner, "zhang.san", PASSWORD, HERE)
    office.change("admin.one", office.account("zhang.san"), disabled=False)
    assert sessions.sign_in(office.owner, "zhang.san", PASSWORD, HERE)


def test_a_reset_gives_a_new_password_and_ends_sessions(office: Office) -> None:
    seen = office.account("zhang.san")
    with office.acting("admin.one") as connection:
        given = accounts.reset_password(connection, seen)
    with office.owner.begin() as connection:
        assert sessions.person_of(connection, office.secrets["zhang.san"]) is None
        assert sessions.person_of(connection, office.secrets["admin.two"])
    with pytest.raises(SignInRefused):
        sessions.sign_in(office.owner, "zhang.san", PASSWORD, HERE)
    secret = sessions.sign_in(office.owner, "zhang.san", given, HERE)
    with office.owner.begin() as connection:
        person = sessions.person_of(connection, secret)
    assert person is not None and person.must_change
    (entry, *_) = office.recorded()
    assert (entry["action"], entry["object_id"]) == ("password_reset", str(seen.id))
    assert given not in str(dict(entry))


def test_a_reset_ends_the_wait(office: Office) -> None:
    with office.owner.begin() as connection:
        connection.execute(
            sa.text("UPDATE access.accounts SET failures = 9, wait_until = now() + interval '1 hour'")
        )
    with office.acting("admin.one") as connection:
        given = accounts.reset_password(connection, accounts.named(connection, "zhang.san"))
    assert sessions.sign_in(office.owner, "zhang.san", given, HERE)


def test_nobody_gives_roles_to_themselves(office: Office) -> None:
    seen = office.account("admin.one")
    more = (*seen.assignments, Assignment(Role.AUDITOR, "4418"))
    with pytest.raises(OwnRoles) as refused:
        office.change("admin.one", seen, assignments=more)
    _told_in_both(refused.value)
    assert office.account("admin.one") == seen
    office.change("admin.two", seen, assignments=more)
    assert len(office.account("admin.one").assignments) == 2


def test_an_administrator_may_give_up_a_role_of_ones_own(office: Office) -> None:
    office.change("admin.one", office.account("admin.one"), assignments=())
    assert office.account("admin.one").assignments == ()


@pytest.mark.parametrize("wanted", [{"disabled": True}, {"assignments": ()}], ids=str)
def test_the_last_administrator_stays(office: Office, wanted: dict[str, object]) -> None:
    office.change("admin.one", office.account("admin.two"), **wanted)
    seen = office.account("admin.one")
    with pytest.raises(LastAdmin) as refused:
        office.change("admin.one", seen, **wanted)
    _told_in_both(refused.value)
    assert office.account("admin.one") == seen
    with office.owner.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="last administrator"):
        connection.execute(sa.text("DELETE FROM access.assignments"))
    office.change("admin.one", seen, display_name="仍是管理员")


def test_a_disabled_administrator_does_not_count(office: Office) -> None:
    office.change("admin.one", office.account("admin.two"), disabled=True)
    with pytest.raises(LastAdmin):
        office.change("admin.one", office.account("admin.one"), assignments=())


def test_two_administrators_cannot_take_the_role_from_each_other_at_once(office: Office) -> None:
    """Each transaction would still see the other's role; so the second waits for the first."""
    taken = sa.text(
        "DELETE FROM access.assignments AS t USING access.accounts AS a "
        "WHERE a.id = t.account_id AND a.name = :name"
    )
    refusals: list[str] = []

    def second() -> None:
        try:
            with office.owner.begin() as connection:
                connection.execute(taken, {"name": "admin.two"})
        except sa.exc.DBAPIError as error:
            refusals.append(str(getattr(error.orig, "sqlstate", "")))

    thread = threading.Thread(target=second)
    with office.owner.begin() as connection:
        connection.execute(taken, {"name": "admin.one"})
        thread.start()
        time.sleep(0.4)
    thread.join(30)
    assert refusals == ["XT001"]
    with office.owner.connect() as connection:
        assert connection.scalar(sa.text("SELECT access.admins()")) == 1


@pytest.mark.parametrize("by", ["zhang.san", "nobody"])
def test_who_is_no_administrator_changes_nothing(office: Office, by: str) -> None:
    """PostgreSQL says so, whatever a page may have offered."""
    other, own = office.account("admin.two"), office.account("zhang.san")
    with pytest.raises(NotAllowed) as refused, office.acting(by) as connection:
        accounts.add(connection, "li.si", "李四", CITY_ADMIN)
    _told_in_both(refused.value)
    for seen in (other, own):
        for wanted in ({"disabled": True}, {"assignments": CITY_ADMIN}, {"display_name": "x"}):
            with pytest.raises((NotAllowed, UnknownAccount)):
                office.change(by, seen, **wanted)
        with pytest.raises(NotAllowed), office.acting(by) as connection:
            accounts.reset_password(connection, seen)
    for statement in (
        "UPDATE access.accounts SET display_name = 'x'",
        "UPDATE access.sessions SET ended_at = now()",
        "DELETE FROM access.assignments",
    ):
        with office.acting(by) as connection:
            assert connection.execute(sa.text(statement)).rowcount == 0, statement
    for statement in (
        f"INSERT INTO access.assignments VALUES ({other.id}, 'auditor', '4418')",
        "INSERT INTO access.accounts (name, display_name) VALUES ('li.si', 'x')",
    ):
        with pytest.raises(NotAllowed), office.acting(by) as connection:
            connection.execute(sa.text(statement))
    assert (office.account("admin.two"), office.account("zhang.san")) == (other, own)
    assert office.recorded() == [], "what did not happen is not told"


def test_who_is_no_administrator_sees_only_oneself(office: Office) -> None:
    with identity.acting(office.secrets["zhang.san"]), reading(office.app) as connection:
        assert [a.name for a in accounts.all_accounts(connection)] == ["zhang.san"]
        with pytest.raises(UnknownAccount):
            accounts.named(connection, "admin.one")
    with identity.acting(office.secrets["admin.one"]), reading(office.app) as connection:
        assert [a.name for a in accounts.all_accounts(connection)] == sorted(_HELD)
    with identity.acting(None), reading(office.app) as connection:
        assert accounts.all_accounts(connection) == []


def test_a_role_taken_away_takes_the_right_with_it(office: Office) -> None:
    """In the middle of a session: the next statement is refused."""
    office.change("admin.one", office.account("admin.two"), assignments=())
    with pytest.raises(NotAllowed), office.acting("admin.two") as connection:
        accounts.add(connection, "li.si", "李四", ())


def test_the_database_itself_holds_names_and_scopes_to_their_form(office: Office) -> None:
    for statement in (
        "INSERT INTO access.accounts (name, display_name) VALUES ('Li Si', 'x')",
        "INSERT INTO access.assignments VALUES (3, 'clerk', '44188')",
        "INSERT INTO access.assignments VALUES (3, 'clerk', '%')",
        "INSERT INTO access.assignments VALUES (3, 'clerk', '')",
    ):
        with pytest.raises(sa.exc.IntegrityError) as refused, office.acting("admin.one") as connection:
            connection.execute(sa.text(statement))
        assert isinstance(refused.value.orig, psycopg.errors.CheckViolation)


def test_the_demos_doors_shut_for_good_when_someone_administrates_in_earnest(database: sa.Engine) -> None:
    with database.begin() as connection:
        accounts.add(connection, "demo.admin", "演示", CITY_ADMIN, demo=True, by="测试")
        assert not accounts.named(connection, "demo.admin").must_change
        assert not accounts.real_admin_exists(connection)
        accounts.add(connection, "li.si", "李四", (Assignment(Role.CLERK, "4418"),), by="测试")
        assert not accounts.real_admin_exists(connection)
        accounts.add(connection, "admin.one", "管理员", CITY_ADMIN, by="测试")
        assert accounts.real_admin_exists(connection)
        assert connection.scalar(sa.text("SELECT access.admins()")) == 1, "the demo's counts no more"
    with database.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="last administrator"):
        connection.execute(sa.text("UPDATE access.accounts SET disabled = true WHERE name = 'admin.one'"))


def test_the_demos_administrator_makes_nobody_else_a_demo(office: Office) -> None:
    """A page's login cannot open the demo's doors again."""
    for statement in (
        "UPDATE access.accounts SET demo = true",
        "UPDATE access.installation SET earnest = false",
        "SELECT earnest FROM access.installation",
    ):
        with pytest.raises(NotAllowed), office.acting("admin.one") as connection:
            connection.execute(sa.text(statement))


def test_the_demo_has_two_land_reviewers_of_whom_one_is_the_citys(database: sa.Engine) -> None:
    """What the county has examined, somebody else approves for the city."""
    with database.begin() as connection:
        for code, level, kind, name in (
            ("441800000000", "city", "city", "清远市"),
            ("441881000000", "county", "county", "英德市"),
            ("441881103000", "township", "town", "西牛镇"),
        ):
            connection.execute(
                sa.text(
                    "INSERT INTO feature.admin_units (admin_code, name, level, kind, geom) VALUES "
                    "(:code, :name, :level, :kind, ST_Multi(ST_MakeEnvelope(113, 24, 113.1, 24.1, 4490)))"
                ),
                {"code": code, "name": name, "level": level, "kind": kind},
            )
    demo_doors.make(database)
    demo_doors.make(database)
    with database.connect() as connection:
        found = demo_doors.doors(connection)
        held = {door.account: accounts.named(connection, door.account).assignments for door in found}
        names = [accounts.named(connection, door.account).display_name for door in found]
    reviewers = [(door.account, door.place) for door in found if door.role is Role.LAND_REVIEWER]
    assert reviewers == [("demo.land_reviewer", "英德市"), ("demo.land_reviewer_city", "清远市")]
    assert held["demo.land_reviewer_city"] == (Assignment(Role.LAND_REVIEWER, "4418"),)
    assert held["demo.clerk"] == (Assignment(Role.CLERK, "441881103"),)
    assert len(found) == len(Role) + 1 == len(set(names))
