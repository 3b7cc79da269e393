"""The command line's part in access: people are added, the record is verified."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

import cli
from i18n import tr
from store import accounts, demo_doors, record, sessions
from store.accounts import parse_assignments
from store.errors import UnknownAccount

RUNNER = CliRunner()


@pytest.fixture
def here(database: sa.Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> sa.Engine:
    """Commands work on a database of their own; marks are kept in a folder of their own."""
    from contextlib import contextmanager

    @contextmanager
    def store():  # type: ignore[no-untyped-def]
        yield database

    monkeypatch.setattr(cli, "_store", store)
    monkeypatch.setattr(record, "settings", lambda: type("Chosen", (), {"data_dir": tmp_path})())
    return database


def test_the_first_administrator_shuts_the_demos_doors(here: sa.Engine) -> None:
    with here.begin() as connection:
        accounts.add(
            connection, "demo.planner", "演示", parse_assignments(["planner@4418"]), demo=True, by="t"
        )
        assert [door.account for door in demo_doors.doors(connection)] == ["demo.planner"]
    told = RUNNER.invoke(cli.app, ["user", "add", "wang", "--admin", "--role", "clerk@441881103"])
    assert told.exit_code == 0, told.output
    with here.connect() as connection:
        assert demo_doors.doors(connection) == []
        with pytest.raises(UnknownAccount):
            demo_doors.account(connection, "demo.planner")
    password = re.search(r"：(\S+-\d{4}-\S+)", told.output.replace("\n", ""))
    assert password is not None
    with here.connect() as connection:
        assert accounts.real_admin_exists(connection)
        held = accounts.named(connection, "wang").assignments
    assert [f"{a.role}@{a.prefix}" for a in held] == ["admin@4418", "clerk@441881103"]
    secret = sessions.sign_in(here, "wang", password[1], sessions.Visit())
    with here.begin() as connection:
        person = sessions.person_of(connection, secret)
    assert person is not None
    assert person.must_change
    listed = RUNNER.invoke(cli.app, ["user", "list"])
    assert "admin@4418 clerk@441881103" in listed.output


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (["Wang"], "store.bad_account_name"),
        (["wang", "--role", "clerk"], "store.bad_scope"),
        (["wang", "--role", "king@4418"], "store.bad_scope"),
    ],
)
def test_nonsense_is_refused_and_nothing_is_added(here: sa.Engine, arguments: list[str], key: str) -> None:
    told = RUNNER.invoke(cli.app, ["user", "add", *arguments])
    assert told.exit_code != 0
    assert type(told.exception).key == key  # type: ignore[union-attr]
    with here.connect() as connection:
        assert accounts.all_accounts(connection) == []


def test_audit_verify_names_what_was_altered(here: sa.Engine) -> None:
    with here.begin() as connection:
        for number in range(5):
            record.note_for(connection, None, "tests", "imported", "roads", number)
    whole = RUNNER.invoke(cli.app, ["audit", "verify"])
    assert (whole.exit_code, whole.output.strip()) == (0, tr("cli.record_whole", "zh"))
    with here.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text("UPDATE access.record SET object_id = '9' WHERE id = 3"))
        connection.execute(sa.text("DELETE FROM access.record WHERE id = 5"))
    broken = RUNNER.invoke(cli.app, ["audit", "verify"])
    assert broken.exit_code == 1
    assert tr("cli.flaw.altered", "zh", entry=3) in broken.output
    assert tr("cli.flaw.removed", "zh", entry=5) in broken.output
