"""The record: whoever owns the database may change it, and `verify` says where."""

import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from access import Assignment
from base.settings import settings
from layers import Role
from store import accounts, identity, record, sessions
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from store.protection import APP, WRITER
from store.record import Flaw, mark, note, note_for, verify
from store.secret import key_for
from store.sessions import Visit

ENTRIES = 12
_COLUMNS = {
    "at": "at + interval '1 microsecond'",
    "account_id": "coalesce(account_id, 0) + 1",
    "account_name": "account_name || ' '",
    "roles": "'admin@4418'",
    "address": "'10.0.0.99'",
    "action": "'signed_out'",
    "object": "'houses'",
    "object_id": "NULL",
    "before": "'{}'",
    "after": "after || '{\"rows\": 0}'",
    "reason": "'核对'",
    "seal": "sha256(seal)",
}
"""What may be altered in an entry, and into what."""


@pytest.fixture
def kept(database: sa.Engine, tmp_path: Path) -> sa.Engine:
    """A database with some entries, and marks of how far they came."""
    _fill(database, tmp_path)
    return database


def _fill(engine: sa.Engine, folder: Path) -> None:
    with engine.begin() as connection:
        for number in range(1, ENTRIES + 1):
            note_for(
                connection,
                7,
                "张三",
                "imported",
                "clinics",
                number,
                before={"rows": number - 1},
                after={"rows": number, "file": f"卫生站 {number}.xlsx"},
                address="10.0.0.7",
            )
        mark(connection, folder)
    assert _flaws(engine, folder) == []


@dataclass
class Sealed:
    """A record that tests change in transactions of their own and roll back, and the folder of its marks."""

    engine: sa.Engine
    folder: Path


@pytest.fixture(scope="module")
def whole(cluster: Cluster, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    name = "record_whole"
    drop_database(cluster, name)
    create_database(cluster, name, template=migrated)
    engine = make_engine(cluster.url(name), settings())
    folder = tmp_path_factory.mktemp("marks")
    _fill(engine, folder)
    yield Sealed(engine, folder)
    engine.dispose()
    drop_database(cluster, name)


def _flaws(engine: sa.Engine, folder: Path) -> list[Flaw]:
    with engine.connect() as connection:
        return list(verify(connection, folder))


def _tamper(engine: sa.Engine, *statements: str) -> None:
    """Change the record as its owner can, past the trigger that keeps others from it."""
    with engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(sa.text(statement))


def _tampered(whole: Sealed, *statements: str) -> list[Flaw]:
    """What `verify` finds after a change by the owner, which is taken back."""
    with whole.engine.connect() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(sa.text(statement))
        found = list(verify(connection, whole.folder))
        connection.rollback()
    return found


def test_what_was_written_is_whole(kept: sa.Engine, tmp_path: Path) -> None:
    with kept.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM access.record ORDER BY id")).all()
    assert [row.id for row in rows] == list(range(1, ENTRIES + 1))
    assert all(earlier.at <= later.at for earlier, later in pairwise(rows))
    last = rows[-1]
    assert (last.account_id, last.account_name, last.action, last.object) == (
        7,
        "张三",
        "imported",
        "clinics",
    )
    assert last.after == {"rows": ENTRIES, "file": f"卫生站 {ENTRIES}.xlsx"}
    assert len({bytes(row.seal) for row in rows}) == ENTRIES


def test_an_empty_record_is_whole(database: sa.Engine, tmp_path: Path) -> None:
    with database.begin() as connection:
        mark(connection, tmp_path)
    assert _flaws(database, tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("column", _COLUMNS)
@pytest.mark.parametrize("entry", [1, 6, ENTRIES])
def test_an_altered_entry_is_found(whole: Sealed, column: str, entry: int) -> None:
    found = _tampered(whole, f"UPDATE access.record SET {column} = {_COLUMNS[column]} WHERE id = {entry}")
    assert found[0] == Flaw(entry, "altered")
    assert {flaw.entry for flaw in found} <= {entry, entry + 1}, "the others are as they were"


def test_every_column_can_be_altered_in_this_test(kept: sa.Engine) -> None:
    columns = {str(c["name"]) for c in sa.inspect(kept).get_columns("record", schema="access")}
    assert columns == {"id", *_COLUMNS}


@pytest.mark.parametrize("entry", [1, 6, ENTRIES - 1])
def test_a_removed_entry_is_found(whole: Sealed, entry: int) -> None:
    found = _tampered(whole, f"DELETE FROM access.record WHERE id = {entry}")
    assert found == [Flaw(entry, "removed"), Flaw(entry + 1, "removed_before")]


def test_several_removed_entries_are_found(whole: Sealed) -> None:
    found = _tampered(whole, "DELETE FROM access.record WHERE id IN (3, 4, 8)")
    assert [f.entry for f in found if f.kind == "removed"] == [3, 8]


@pytest.mark.parametrize("left", [ENTRIES - 1, 1, 0])
def test_entries_cut_off_at_the_end_are_found_by_the_marks(whole: Sealed, left: int) -> None:
    found = _tampered(whole, f"DELETE FROM access.record WHERE id > {left}")
    assert found == [Flaw(left + 1, "removed")]


def test_new_entries_do_not_cover_those_cut_off(kept: sa.Engine, tmp_path: Path) -> None:
    """The chain goes on from the cut without a flaw; only the mark knows better."""
    _tamper(kept, f"DELETE FROM access.record WHERE id > {ENTRIES - 3}")
    with kept.begin() as connection:
        for number in range(6):
            note_for(connection, 7, "张三", "imported", "clinics", number)
    assert _flaws(kept, tmp_path) == [Flaw(ENTRIES, "unlike_mark")]


def test_a_record_taken_from_elsewhere_is_unlike_its_marks(kept: sa.Engine, tmp_path: Path) -> None:
    """A whole record, sealed with the right key, put in the place of this one."""
    _tamper(kept, "DELETE FROM access.record")
    with kept.begin() as connection:
        for number in range(ENTRIES):
            note_for(connection, 7, "李四", "imported", "clinics", number)
    assert _flaws(kept, tmp_path) == [Flaw(ENTRIES, "unlike_mark")]


_FORGED = (
    "INSERT INTO access.record (id, at, account_name, action, object, seal) "
    "SELECT {id}, at, '张三', 'signed_in', 'session', {seal} FROM access.record ORDER BY id DESC LIMIT 1"
)


@pytest.mark.parametrize("seal", ["sha256('anything')", "seal", "''::bytea"])
def test_a_forged_entry_at_the_end_is_found(whole: Sealed, seal: str) -> None:
    found = _tampered(whole, _FORGED.format(id=ENTRIES + 1, seal=seal))
    assert found == [Flaw(ENTRIES + 1, "altered")]


def test_a_forged_entry_in_the_middle_is_found(whole: Sealed) -> None:
    """The later ones have to make room, and then are not what they were."""
    found = _tampered(
        whole,
        "UPDATE access.record SET id = id + 100 WHERE id > 6",
        _FORGED.format(id=7, seal="sha256('x')"),
        "UPDATE access.record SET id = id - 99 WHERE id > 100",
    )
    assert found[0] == Flaw(7, "altered")
    assert {flaw.entry for flaw in found} == set(range(7, ENTRIES + 2))


def test_an_entry_under_another_key_is_refused(kept: sa.Engine, tmp_path: Path) -> None:
    """The database's own function with a key of the forger's: it would break the chain for good."""
    given = "7, '张三', NULL, NULL, 'signed_in', 'session', NULL, NULL, NULL, NULL, 'k'::bytea"
    with pytest.raises(sa.exc.InternalError, match="another key"), kept.begin() as connection:
        connection.execute(sa.text(f"SELECT access.append({given})"))
    assert _flaws(kept, tmp_path) == []


def test_two_entries_swapped_are_found(whole: Sealed) -> None:
    found = _tampered(
        whole,
        "UPDATE access.record SET id = 100 WHERE id = 4",
        "UPDATE access.record SET id = 4 WHERE id = 9",
        "UPDATE access.record SET id = 9 WHERE id = 100",
    )
    assert Flaw(4, "altered") in found and Flaw(9, "altered") in found


def test_contents_swapped_are_found(whole: Sealed) -> None:
    """Numbers and seals stay, what was done changes places."""
    columns = ", ".join(c for c in _COLUMNS if c != "seal")
    found = _tampered(
        whole,
        "CREATE TEMP TABLE two ON COMMIT DROP AS SELECT * FROM access.record WHERE id IN (4, 9)",
        f"UPDATE access.record SET ({columns}) = (SELECT {columns} FROM two WHERE id = 9) WHERE id = 4",
        f"UPDATE access.record SET ({columns}) = (SELECT {columns} FROM two WHERE id = 4) WHERE id = 9",
    )
    assert found == [Flaw(4, "altered"), Flaw(9, "altered")]


def test_numbers_closed_up_after_a_removal_are_found(whole: Sealed) -> None:
    found = _tampered(
        whole,
        "DELETE FROM access.record WHERE id = 6",
        "UPDATE access.record SET id = id + 100 WHERE id > 6",
        "UPDATE access.record SET id = id - 101 WHERE id > 100",
    )
    assert found[0] == Flaw(6, "altered")
    assert found[-1] == Flaw(ENTRIES, "removed"), "the marks know that there was one more"


def test_an_entry_moved_to_another_number_is_found(whole: Sealed) -> None:
    found = _tampered(whole, f"UPDATE access.record SET id = {ENTRIES + 5} WHERE id = {ENTRIES}")
    assert found[:2] == [Flaw(ENTRIES, "removed"), Flaw(ENTRIES + 5, "removed_before")]


def test_marks_are_kept_as_the_record_grows(kept: sa.Engine, tmp_path: Path) -> None:
    with kept.begin() as connection:
        mark(connection, tmp_path)
        note_for(connection, 7, "张三", "imported", "clinics", 1)
        mark(connection, tmp_path)
    (marks,) = tmp_path.iterdir()
    lines = [line.split() for line in marks.read_text("ascii").splitlines()]
    assert [int(entry) for entry, _ in lines] == [ENTRIES, ENTRIES + 1]
    assert _flaws(kept, tmp_path) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access.record SET account_name = 'x'",
        "UPDATE access.record SET account_name = 'x' WHERE false",
        "DELETE FROM access.record",
        "TRUNCATE access.record",
    ],
)
def test_nobody_changes_an_entry_by_the_ordinary_way(kept: sa.Engine, statement: str) -> None:
    """Not even the owner of the tables, who must first take the lock off, which is seen."""
    for role in (None, APP, WRITER, "xiangtu_recorder"):
        with kept.connect() as connection, pytest.raises(sa.exc.DBAPIError) as refused:
            if role is not None:
                connection.execute(sa.text(f"SET LOCAL ROLE {role}"))
            connection.execute(sa.text(statement))
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


@pytest.fixture
def signed_in(cluster: Cluster, kept: sa.Engine) -> Iterator[tuple[sa.Engine, str]]:
    """The engine of pages, and the secret of an auditor's session."""
    with kept.begin() as connection:
        held = [Assignment(Role.AUDITOR, "4418"), Assignment(Role.PLANNER, "441881")]
        accounts.add(connection, "li.si", "李四", held, by="测试")
        account = accounts.named(connection, "li.si").id
    secret = sessions.open_session(kept, account, "li.si", Visit())
    app = make_engine(cluster.url(str(kept.url.database), APP), settings())
    yield app, secret
    app.dispose()


def test_a_page_notes_for_who_is_signed_in_and_for_nobody_else(
    kept: sa.Engine, signed_in: tuple[sa.Engine, str], tmp_path: Path
) -> None:
    app, secret = signed_in
    with app.begin() as connection:
        identity.tell(connection, secret)
        entry = note(connection, "exported", "record", reason="季度审计", address="10.0.0.7")
        told = connection.execute(sa.text("SELECT * FROM access.record WHERE id = :id"), {"id": entry}).one()
        assert (told.account_name, told.roles) == ("li.si", "auditor@4418 planner@441881")
        assert (told.reason, told.address, told.before) == ("季度审计", "10.0.0.7", None)
    for stranger in (None, "nonsense"):
        with app.begin() as connection:
            identity.tell(connection, stranger)
            assert note(connection, "exported", "record") is None
    assert _flaws(kept, tmp_path) == []


def test_a_page_adds_no_entry_in_anothers_name(signed_in: tuple[sa.Engine, str]) -> None:
    app, secret = signed_in
    for statement in (
        "INSERT INTO access.record (id, at, account_name, action, object, seal) "
        "VALUES (99, now(), 'x', 'x', 'x', ''::bytea)",
        "SELECT access.append(1, 'x', NULL, NULL, 'x', 'x', NULL, NULL, NULL, NULL, ''::bytea)",
    ):
        with app.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            identity.tell(connection, secret)
            connection.execute(sa.text(statement))


def test_what_is_rolled_back_was_not_done(kept: sa.Engine, tmp_path: Path) -> None:
    with kept.connect() as connection:
        note_for(connection, 7, "张三", "imported", "clinics", 1)
        connection.rollback()
    with kept.begin() as connection:
        assert note_for(connection, 7, "张三", "imported", "clinics", 2) == ENTRIES + 1, "no gap"
    assert _flaws(kept, tmp_path) == []


def test_concurrent_notes_make_one_chain(
    kept: sa.Engine, signed_in: tuple[sa.Engine, str], tmp_path: Path
) -> None:
    """Pages and imports at once, one entry or several in a transaction, some of them rolled back."""
    app, secret = signed_in
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                if number % 2:
                    with app.begin() as connection:
                        identity.tell(connection, secret)
                        note(connection, "exported", "record", f"{number}-{turn}")
                else:
                    with kept.connect() as connection:
                        note_for(connection, 7, "张三", "imported", "clinics", f"{number}-{turn}")
                        note_for(connection, 7, "张三", "imported", "roads", f"{number}-{turn}")
                        if turn % 5 == 4:
                            connection.rollback()
                        else:
                            connection.commit()
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            errors.append(error)

    before = _count(kept)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert _count(kept) == before + 3 * 10 + 3 * 8 * 2
    assert _flaws(kept, tmp_path) == []


def _count(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT count(*), max(id), count(DISTINCT seal) FROM access.record")
        )
        number, last, seals = rows.one()
    assert number == last == seals
    return int(number)


@pytest.mark.parametrize(
    "text",
    ["", "x" * 5000, "'; DROP TABLE access.record; --", '张三\n\t\\ "', "𠀀😀", "null", "{}", "  "],
    ids=lambda text: repr(text)[:12],
)
def test_odd_text_is_kept_and_sealed(database: sa.Engine, tmp_path: Path, text: str) -> None:
    with database.begin() as connection:
        note_for(connection, None, text, "imported", "clinics", text, before={text: text}, address=text)
        mark(connection, tmp_path)
        kept = connection.execute(sa.text("SELECT * FROM access.record")).one()
    assert (kept.account_name, kept.object_id, kept.address) == (text[:200], text, text)
    assert kept.before == {text: text}
    assert _flaws(database, tmp_path) == []


def test_the_database_never_holds_the_key(kept: sa.Engine, signed_in: tuple[sa.Engine, str]) -> None:
    """Not in a table, a function, a setting, a statement that is kept."""
    key, secret = key_for("record"), settings().secret
    assert secret is not None
    forms = [key.hex(), base64.b64encode(key).decode(), secret.get_secret_value()]
    with kept.connect() as connection:
        tables = connection.scalars(
            sa.text(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
                "WHERE schemaname IN ('access', 'xiangtu', 'public', 'feature', 'history')"
            )
        ).all()
        assert "access.record" in tables
        sources = [
            *(f"SELECT string_agg(t::text, ' ') FROM {name} AS t" for name in tables),
            "SELECT string_agg(prosrc, ' ') FROM pg_proc",
            "SELECT string_agg(name || setting, ' ') FROM pg_settings",
            "SELECT string_agg(setconfig::text, ' ') FROM pg_db_role_setting",
            "SELECT string_agg(query, ' ') FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
            "SELECT string_agg(description, ' ') FROM pg_description",
        ]
        for source in sources:
            text = str(connection.execute(sa.text(source)).scalar_one())
            assert not any(form in text for form in forms), source


def test_another_installations_key_verifies_nothing(
    kept: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_key", lambda: b"another key of thirty-two bytes.")
    assert [flaw.kind for flaw in _flaws(kept, tmp_path)] == ["altered"] * ENTRIES
