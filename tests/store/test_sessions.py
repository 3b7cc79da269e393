"""Signing in and out: what is refused and how, when a session ends, what a person may do with the password."""

import hashlib
import statistics
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from access import Action, Assignment, Person
from access.passwords import PasswordCommon, PasswordHasName, PasswordSame, WeakPassword, hashed
from base.settings import settings
from layers import Role
from store import accounts, sessions
from store.errors import SignInRefused, SignInWaits, StoreError
from store.sessions import Visit, change_password, end, open_session, person_of, sign_in

PASSWORD, OTHER = "Weiyang-2468-tang", "Beijiang-1357-he"
HERE = Visit("10.0.0.7", "Firefox/140.0")


@pytest.fixture(autouse=True)
def clerk(database: sa.Engine) -> Iterator[int]:
    """The id of the account ``zhang.san``, a clerk of one township, which every test has."""
    with database.begin() as connection:
        held = [Assignment(Role.CLERK, "441881103")]
        accounts.add(connection, "zhang.san", "张三", held, password=PASSWORD, by="测试")
        new = accounts.named(connection, "zhang.san").id
    yield new
    sessions._strangers.clear()


def _sql(engine: sa.Engine, statement: str, **given: object) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text(statement), given)


def _value(engine: sa.Engine, statement: str, **given: object) -> object:
    with engine.connect() as connection:
        return connection.execute(sa.text(statement), given).scalar_one()


def _person(engine: sa.Engine, secret: str) -> Person | None:
    with engine.begin() as connection:
        return person_of(connection, secret)


def _refusal(engine: sa.Engine, name: str, password: str) -> StoreError:
    with pytest.raises(StoreError) as refused:
        sign_in(engine, name, password, HERE)
    return refused.value


def _another_admin(engine: sa.Engine) -> None:
    """Without one, nobody can be disabled and no role taken away."""
    _sql(engine, "INSERT INTO access.accounts (name, display_name) VALUES ('admin', 'admin')")
    _sql(
        engine,
        "INSERT INTO access.assignments SELECT id, 'admin', '4418' FROM access.accounts WHERE name = 'admin'",
    )


def _recorded(engine: sa.Engine) -> list[tuple[str, str, int | None, str | None]]:
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT action, account_name, account_id, address FROM access.record ORDER BY id")
        )
        return [tuple(row) for row in rows][1:]


def test_name_and_password_open_a_session(database: sa.Engine, clerk: int) -> None:
    secret = sign_in(database, " Zhang.San ", PASSWORD, HERE)
    person = _person(database, secret)
    assert person is not None
    assert (person.account_id, person.name, person.display_name) == (clerk, "zhang.san", "张三")
    assert person.assignments == (Assignment(Role.CLERK, "441881103"),)
    assert person.must_change and not person.demo
    assert person.may("houses", Action.READ, "441881103201")
    seen = "SELECT last_sign_in > now() - interval '1 minute' FROM access.accounts WHERE id = :id"
    assert _value(database, seen, id=clerk) is True
    assert _recorded(database) == [("signed_in", "zhang.san", clerk, "10.0.0.7")]


def test_every_session_has_a_secret_of_its_own_which_is_kept_nowhere(database: sa.Engine, clerk: int) -> None:
    """The database has a hash of it; whoever reads the table, or a copy of it, cannot come in."""
    made = [sign_in(database, "zhang.san", PASSWORD, HERE) for _ in range(3)]
    made.append(open_session(database, clerk, "zhang.san", HERE))
    assert len(set(made)) == 4 and all(len(secret) >= 43 for secret in made)
    with database.connect() as connection:
        stored = [bytes(d) for d in connection.scalars(sa.text("SELECT token_sha256 FROM access.sessions"))]
        assert sorted(stored) == sorted(hashlib.sha256(secret.encode()).digest() for secret in made)
        for table in ("sessions", "accounts", "record"):
            told = connection.execute(sa.text(f"SELECT string_agg(t::text, ' ') FROM access.{table} AS t"))
            text = str(told.scalar_one())
            assert not any(secret in text or secret.encode().hex() in text for secret in made)
            assert PASSWORD not in text
    assert all(_person(database, secret) for secret in made)


@pytest.mark.parametrize("secret", ["", "nonsense", "x" * 100_000, "清远"])
def test_nonsense_is_nobodys_secret(database: sa.Engine, secret: str) -> None:
    assert _person(database, secret) is None


def test_unknown_name_and_wrong_password_are_refused_alike(database: sa.Engine, clerk: int) -> None:
    wrong, unknown = _refusal(database, "zhang.san", OTHER), _refusal(database, "li.si", OTHER)
    assert type(wrong) is type(unknown) is SignInRefused
    for lang in ("zh", "en"):
        assert wrong.sentence(lang) == unknown.sentence(lang)
        assert "zhang" not in wrong.sentence(lang)
    assert _recorded(database) == [
        ("sign_in_refused", "zhang.san", clerk, "10.0.0.7"),
        ("sign_in_refused", "li.si", None, "10.0.0.7"),
    ]


@pytest.mark.usefixtures("full_cost_passwords")
def test_they_take_the_same_time(database: sa.Engine) -> None:
    """Tried in turn, so that whatever else the machine does is the same for both."""
    _sql(database, "UPDATE access.accounts SET password_hash = :hash", hash=hashed(PASSWORD))
    took: dict[str, list[float]] = {"zhang.san": [], "li.si": []}
    _refusal(database, "li.si", OTHER)
    for _ in range(9):
        for name, seconds in took.items():
            _sql(database, "UPDATE access.accounts SET failures = 0, wait_until = NULL")
            sessions._strangers.clear()
            begun = time.perf_counter()
            _refusal(database, name, OTHER)
            seconds.append(time.perf_counter() - begun)
    known, unknown = (statistics.median(seconds) for seconds in took.values())
    assert max(known, unknown) < 2 * min(known, unknown)


def test_they_wait_alike(database: sa.Engine) -> None:
    """A name that answered otherwise after some guesses would be one that is there."""

    def heard(name: str) -> list[tuple[type[StoreError], str]]:
        refusals = [_refusal(database, name, OTHER) for _ in range(6)]
        return [(type(refusal), refusal.sentence("en")) for refusal in refusals]

    known = heard("zhang.san")
    assert [kind for kind, _ in known] == [SignInRefused] * 5 + [SignInWaits]
    assert [kind for kind, _ in heard("li.si")] == [kind for kind, _ in known]
    assert [kind for kind, _ in heard("wang.wu")] == [kind for kind, _ in known]


def test_names_that_are_not_there_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_MOST_STRANGERS", 5)
    for number in range(20):
        sessions._stranger_guessed(f"guess{number}")
    assert list(sessions._strangers) == [f"guess{number}" for number in range(15, 20)]


_WAIT = (
    "SELECT coalesce(round(extract(epoch FROM wait_until - now())), 0) FROM access.accounts WHERE id = :id"
)


def test_the_wait_doubles_and_stops_growing(database: sa.Engine, clerk: int) -> None:
    waits = []
    for _ in range(14):
        _sql(database, "UPDATE access.accounts SET wait_until = now() - interval '1 second'")
        assert type(_refusal(database, "zhang.san", OTHER)) is SignInRefused
        waits.append(int(str(_value(database, _WAIT, id=clerk))))
    doubled = [0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    assert all(0 <= full - left <= 4 for full, left in zip(doubled, waits, strict=True)), waits


def test_thousands_of_guesses_break_nothing(database: sa.Engine, clerk: int) -> None:
    _sql(database, "UPDATE access.accounts SET failures = 5000")
    assert type(_refusal(database, "zhang.san", OTHER)) is SignInRefused
    assert 890 < int(str(_value(database, _WAIT, id=clerk))) <= 900


def test_during_a_wait_even_the_right_password_is_refused(database: sa.Engine, clerk: int) -> None:
    _sql(database, "UPDATE access.accounts SET failures = 9, wait_until = now() + interval '80 seconds'")
    refused = _refusal(database, "zhang.san", PASSWORD)
    assert isinstance(refused, SignInWaits)
    seconds = refused.values["seconds"]
    assert isinstance(seconds, int) and 70 < seconds <= 80
    assert str(seconds) in refused.sentence("zh") and str(seconds) in refused.sentence("en")
    assert _value(database, "SELECT failures FROM access.accounts WHERE id = :id", id=clerk) == 9
    _sql(database, "UPDATE access.accounts SET wait_until = now() - interval '1 second'")
    assert _person(database, sign_in(database, "zhang.san", PASSWORD, HERE))
    assert _value(database, "SELECT failures FROM access.accounts WHERE id = :id", id=clerk) == 0
    assert [action for action, *_ in _recorded(database)] == ["sign_in_refused", "signed_in"]


@pytest.mark.parametrize(
    "name", ["", " ", "\0", "zhang.san\0x", "'; DROP TABLE access.accounts; --", "张三", "x" * 10_000]
)
def test_odd_names_are_refused_like_others(database: sa.Engine, name: str) -> None:
    assert type(_refusal(database, name, PASSWORD)) is SignInRefused


@pytest.mark.parametrize("password", ["", "\0", "x" * 1_000_000, PASSWORD + " ", PASSWORD.upper()])
def test_odd_passwords_are_wrong_ones(database: sa.Engine, password: str) -> None:
    assert type(_refusal(database, "zhang.san", password)) is SignInRefused


def test_an_account_without_password_has_no_password(database: sa.Engine, clerk: int) -> None:
    """Those who come by an identity provider."""
    _sql(database, "UPDATE access.accounts SET password_hash = NULL")
    for password in ("", PASSWORD, "None"):
        assert type(_refusal(database, "zhang.san", password)) is SignInRefused


def test_a_disabled_account_is_out_at_once_and_cannot_come_in(database: sa.Engine) -> None:
    _another_admin(database)
    secret = sign_in(database, "zhang.san", PASSWORD, HERE)
    _sql(database, "UPDATE access.accounts SET disabled = true WHERE name = 'zhang.san'")
    assert _person(database, secret) is None
    refused = _refusal(database, "zhang.san", PASSWORD)
    assert type(refused) is SignInRefused, "nothing tells a disabled account from one that never was"


def test_a_session_idles_out_and_use_keeps_it_open(database: sa.Engine) -> None:
    secret = sign_in(database, "zhang.san", PASSWORD, HERE)
    left = "SELECT round(extract(epoch FROM idle_at - now()) / 60) FROM access.sessions"
    assert _value(database, left) == settings().session_idle_min
    _sql(
        database,
        "UPDATE access.sessions SET idle_at = now() + interval '5 minutes', seen_at = now() - interval '25 minutes'",
    )
    assert _person(database, secret)
    assert _value(database, left) == settings().session_idle_min, "it was used"
    assert _value(database, "SELECT seen_at > now() - interval '1 minute' FROM access.sessions") is True
    _sql(
        database,
        "UPDATE access.sessions SET idle_at = now() - interval '1 second', seen_at = now() - interval '1 h'",
    )
    assert _person(database, secret) is None
    assert _value(database, "SELECT idle_at < now() FROM access.sessions") is True, (
        "asking does not revive it"
    )


def test_a_session_ends_however_much_it_is_used(database: sa.Engine) -> None:
    secret = sign_in(database, "zhang.san", PASSWORD, HERE)
    left = "SELECT round(extract(epoch FROM ends_at - now()) / 3600) FROM access.sessions"
    assert _value(database, left) == settings().session_max_h
    _sql(database, "UPDATE access.sessions SET seen_at = now() - interval '1 hour'")
    before = _value(database, "SELECT ends_at FROM access.sessions")
    assert _person(database, secret)
    assert _value(database, "SELECT ends_at FROM access.sessions") == before, "use does not put the end off"
    _sql(database, "UPDATE access.sessions SET ends_at = now() - interval '1 second'")
    assert _person(database, secret) is None


def test_use_is_not_written_with_every_request(database: sa.Engine) -> None:
    secret = sign_in(database, "zhang.san", PASSWORD, HERE)
    before = _value(database, "SELECT xmin::text FROM access.sessions")
    assert _person(database, secret)
    assert _value(database, "SELECT xmin::text FROM access.sessions") == before


def test_signing_out_ends_one_session_once(database: sa.Engine, clerk: int) -> None:
    first, second = (sign_in(database, "zhang.san", PASSWORD, HERE) for _ in range(2))
    end(database, first)
    assert _person(database, first) is None
    assert _person(database, second)
    end(database, first)
    end(database, "nonsense")
    assert [action for action, *_ in _recorded(database)] == ["signed_in", "signed_in", "signed_out"]


def test_roles_are_those_of_this_moment(database: sa.Engine, clerk: int) -> None:
    secret = sign_in(database, "zhang.san", PASSWORD, HERE)
    _sql(database, "INSERT INTO access.assignments VALUES (:id, 'planner', '4418')", id=clerk)
    person = _person(database, secret)
    assert person is not None and person.roles == {Role.CLERK, Role.PLANNER}
    _another_admin(database)
    _sql(database, "DELETE FROM access.assignments WHERE account_id = :id", id=clerk)
    person = _person(database, secret)
    assert person is not None and person.roles == frozenset()
    assert not person.may("houses", Action.READ)


def test_a_role_that_no_program_knows_is_none(database: sa.Engine, clerk: int) -> None:
    """Left by a newer program: it gives nothing and breaks nothing."""
    _sql(database, "INSERT INTO access.assignments VALUES (:id, 'emperor', '4418')", id=clerk)
    person = _person(database, sign_in(database, "zhang.san", PASSWORD, HERE))
    assert person is not None and person.roles == {Role.CLERK}
    with database.connect() as connection:
        assert accounts.named(connection, "zhang.san").assignments == person.assignments


def test_changing_the_password_ends_the_other_sessions(database: sa.Engine, clerk: int) -> None:
    kept, other = (sign_in(database, "zhang.san", PASSWORD, HERE) for _ in range(2))
    person = _person(database, kept)
    assert person is not None
    change_password(database, person, PASSWORD, OTHER)
    after = _person(database, kept)
    assert after is not None and not after.must_change
    assert _person(database, other) is None
    assert type(_refusal(database, "zhang.san", PASSWORD)) is SignInRefused
    assert _person(database, sign_in(database, "zhang.san", OTHER, HERE))
    assert "password_changed" in [action for action, *_ in _recorded(database)]
    told = _value(database, "SELECT string_agg(r::text, ' ') FROM access.record AS r")
    assert OTHER not in str(told) and "argon2" not in str(told)


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        (OTHER, "Lianjiang-8642-he", SignInRefused),
        (PASSWORD, PASSWORD, PasswordSame),
        (PASSWORD, "Short-1", WeakPassword),
        (PASSWORD, "Zhang.San-2468", PasswordHasName),
        (PASSWORD, "Qingyuan-2468", PasswordCommon),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    database: sa.Engine, old: str, new: str, refusal: type[Exception]
) -> None:
    kept, other = (sign_in(database, "zhang.san", PASSWORD, HERE) for _ in range(2))
    person = _person(database, kept)
    assert person is not None
    with pytest.raises(refusal) as refused:
        change_password(database, person, old, new)
    assert type(refused.value) is refusal
    assert _person(database, kept) and _person(database, other)
    assert sign_in(database, "zhang.san", PASSWORD, HERE)


def test_guesses_at_the_old_password_are_made_to_wait(database: sa.Engine) -> None:
    """Whoever finds a session open has no more guesses than at the door."""
    secret = sign_in(database, "zhang.san", PASSWORD, HERE)
    person = _person(database, secret)
    assert person is not None
    kinds = []
    for _ in range(6):
        with pytest.raises(StoreError) as refused:
            change_password(database, person, OTHER, "Lianjiang-8642-he")
        kinds.append(type(refused.value))
    assert kinds == [SignInRefused] * 5 + [SignInWaits]
    _sql(database, "UPDATE access.accounts SET wait_until = now() + interval '1 hour'")
    with pytest.raises(SignInWaits):
        change_password(database, person, PASSWORD, OTHER)
    assert type(_refusal(database, "zhang.san", PASSWORD)) is SignInWaits, "and none at the door meanwhile"
    _sql(database, "UPDATE access.accounts SET wait_until = now() - interval '1 second'")
    change_password(database, person, PASSWORD, OTHER)
    assert sign_in(database, "zhang.san", OTHER, HERE)


def test_an_old_password_must_be_changed(database: sa.Engine) -> None:
    """等保 2.0 asks for a change from time to time; whoever signs in at a provider has none to change."""
    secret = sign_in(database, "zhang.san", PASSWORD, HERE)
    _sql(database, "UPDATE access.accounts SET must_change = false")
    age = "UPDATE access.accounts SET password_changed_at = now() - :days * interval '1 day'"
    _sql(database, age, days=settings().password_max_days - 1)
    person = _person(database, secret)
    assert person is not None
    assert not person.must_change
    _sql(database, age, days=settings().password_max_days + 1)
    person = _person(database, secret)
    assert person is not None
    assert person.must_change
    change_password(database, person, PASSWORD, "Xiang-Cun-2026!")
    renewed = _person(database, secret)
    assert renewed is not None
    assert not renewed.must_change
    _sql(database, age, days=settings().password_max_days + 1)
    _sql(database, "UPDATE access.accounts SET subject = 'https://id|1'")
    linked = _person(database, secret)
    assert linked is not None
    assert not linked.must_change


def test_the_demos_sessions_end_when_someone_administrates_in_earnest(database: sa.Engine) -> None:
    with database.begin() as connection:
        held = accounts.parse_assignments(["admin@4418"])
        accounts.add(connection, "demo.admin", "演示", held, demo=True, by="tests")
        demo_id = accounts.named(connection, "demo.admin").id
    secret = open_session(database, demo_id, "demo.admin", HERE)
    assert _person(database, secret)
    _another_admin(database)
    assert _person(database, secret) is None
