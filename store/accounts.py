"""Accounts and their roles; each change is recorded with what was there before."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from access import Assignment
from access.passwords import first_password, hashed, require_strong
from layers import Role
from store import record
from store.errors import (
    AccountKnown,
    BadAccountName,
    BadScope,
    DemoAppoints,
    LastAdmin,
    NotAllowed,
    OwnRoles,
    UnknownAccount,
)
from store.versions import require_saved

_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_PREFIX = re.compile(r"\d{4}|\d{6}|\d{9}|\d{12}")
_REFUSALS = {"XT001": LastAdmin, "XT002": OwnRoles, "XT005": DemoAppoints}


@dataclass(frozen=True)
class Account:
    """An account as the people's page shows it; times are UTC."""

    id: int
    name: str
    display_name: str
    assignments: tuple[Assignment, ...]
    disabled: bool
    demo: bool
    must_change: bool
    last_sign_in: Any
    version: int


HELD = (
    "(SELECT coalesce(jsonb_agg(jsonb_build_array(t.role, t.prefix) ORDER BY t.role, t.prefix), '[]') "
    "FROM access.assignments AS t WHERE t.account_id = a.id) AS held"
)
"""The roles of the account ``a``, in a query; `held_by` reads them."""


def held_by(row: Any) -> tuple[Assignment, ...]:
    """The roles in a row that has `HELD`; roles that this program does not know are none."""
    return tuple(Assignment(Role.of(role), prefix) for role, prefix in row.held if role in set(Role))


def all_accounts(connection: sa.Connection) -> list[Account]:
    """Every account that the transaction's person may see, by name."""
    return _accounts(connection, "true")


def _accounts(connection: sa.Connection, condition: str, **given: object) -> list[Account]:
    rows = connection.execute(
        sa.text(
            "SELECT a.id, a.name, a.display_name, a.disabled, a.demo, a.must_change, a.last_sign_in, a.version, "
            f"{HELD} FROM access.accounts AS a WHERE {condition} ORDER BY a.name"
        ),
        given,
    )
    return [
        Account(
            row.id, row.name, row.display_name, held_by(row),
            row.disabled, row.demo, row.must_change, row.last_sign_in, row.version,
        )
        for row in rows
    ]  # fmt: skip


def account(connection: sa.Connection, account_id: int) -> Account:
    """One account.

    Raises
    ------
    UnknownAccount : it is not there, or not for the transaction's person.
    """
    for found in _accounts(connection, "a.id = :id", id=account_id):
        return found
    raise UnknownAccount(name=account_id)


def named(connection: sa.Connection, name: str) -> Account:
    """One account by its name.

    Raises
    ------
    UnknownAccount : there is none.
    """
    for found in _accounts(connection, "a.name = :name", name=name):
        return found
    raise UnknownAccount(name=name[:40])


def told(held: Account) -> dict[str, Any]:
    """An account in the words of the record and of a comparison: never its password."""
    return {
        "name": held.name,
        "display_name": held.display_name,
        "roles": [str(a) for a in held.assignments],
        "disabled": held.disabled,
    }


def parse_assignments(texts: Iterable[str]) -> tuple[Assignment, ...]:
    """Read ``clerk@441881103`` and the like.

    Raises
    ------
    BadScope : a role that is none, or a scope that is no leading part of a code.
    """
    found = set()
    for text in texts:
        role, _, prefix = text.partition("@")
        if role not in set(Role) or not _PREFIX.fullmatch(prefix):
            raise BadScope(value=text, roles=", ".join(Role))
        found.add(Assignment(Role.of(role), prefix))
    return tuple(sorted(found))


def add(
    connection: sa.Connection,
    name: str,
    display_name: str,
    assignments: Sequence[Assignment],
    *,
    password: str | None = None,
    demo: bool = False,
    by: str | None = None,
) -> str:
    """Make an account and return its first password, which must be changed at the first sign-in.

    Parameters
    ----------
    connection : the owner's with `by`, or one that acts for an administrator.
    by : who is recorded where nobody is signed in: the command line.

    Raises
    ------
    BadAccountName, AccountKnown : the name.
    WeakPassword : the password given.
    """
    if not _NAME.fullmatch(name):
        raise BadAccountName(name=name)
    if connection.scalar(sa.text("SELECT 1 FROM access.accounts WHERE name = :name"), {"name": name}):
        raise AccountKnown(name=name)
    if password:
        require_strong(password, name)
    given = password or first_password()
    new = connection.execute(
        sa.text(
            "INSERT INTO access.accounts (name, display_name, password_hash) VALUES (:name, :shown, :hash) RETURNING id"
        ),
        {"name": name, "shown": display_name.strip()[:60] or name, "hash": hashed(given)},
    ).scalar_one()
    if demo:
        connection.execute(
            sa.text("UPDATE access.accounts SET demo = true, must_change = false WHERE id = :id"), {"id": new}
        )
    _assign(connection, new, assignments)
    after = told(account(connection, new))
    if by is None:
        record.note(connection, "account_added", "account", new, after=after)
    else:
        record.note_for(connection, None, by, "account_added", "account", new, after=after)
    return given


def _assign(connection: sa.Connection, account_id: int, assignments: Sequence[Assignment]) -> None:
    for held in assignments:
        connection.execute(
            sa.text("INSERT INTO access.assignments VALUES (:id, :role, :prefix)"),
            {"id": account_id, "role": str(held.role), "prefix": held.prefix},
        )


def change(
    connection: sa.Connection,
    seen: Account,
    *,
    display_name: str,
    assignments: Sequence[Assignment],
    disabled: bool,
) -> None:
    """Save what an administrator changed in an account.

    Parameters
    ----------
    connection : one that acts for an administrator.
    seen : the account as it was on the administrator's screen.

    Raises
    ------
    RecordChanged : someone saved it since; carries what is there now.
    LastAdmin : nobody could administrate any more.
    OwnRoles : nobody gives roles to themselves.
    NotAllowed : who asks is no administrator.
    """
    try:
        raised = connection.execute(
            sa.text(
                "UPDATE access.accounts SET display_name = :shown, disabled = :off, version = version + 1 "
                "WHERE id = :id AND version = :version RETURNING version"
            ),
            {
                "id": seen.id,
                "version": seen.version,
                "shown": display_name.strip()[:60] or seen.name,
                "off": disabled,
            },
        ).first()
        now = account(connection, seen.id)
        require_saved(raised is not None, seen, now)
        wanted, held = set(assignments), set(seen.assignments)
        _assign(connection, seen.id, sorted(wanted - held))
        for gone in sorted(held - wanted):
            connection.execute(
                sa.text(
                    "DELETE FROM access.assignments WHERE account_id = :id AND role = :role AND prefix = :prefix"
                ),
                {"id": seen.id, "role": str(gone.role), "prefix": gone.prefix},
            )
    except sa.exc.DBAPIError as error:
        refusal = _REFUSALS.get(str(getattr(error.orig, "sqlstate", "")))
        if refusal is None:
            raise
        raise refusal() from error
    if disabled:
        end_sessions(connection, seen.id)
    record.note(
        connection,
        "account_changed",
        "account",
        seen.id,
        before=told(seen),
        after=told(account(connection, seen.id)),
    )


def end_sessions(connection: sa.Connection, account_id: int, kept: int = 0) -> None:
    """End all sessions of an account but one if given, with whatever else the transaction records of it."""
    connection.execute(
        sa.text(
            "UPDATE access.sessions SET ended_at = now() "
            "WHERE account_id = :id AND id <> :kept AND ended_at IS NULL"
        ),
        {"id": account_id, "kept": kept},
    )


def reset_password(connection: sa.Connection, seen: Account) -> str:
    """Give an account a new first password and return it; sessions open under the old one end.

    Raises
    ------
    NotAllowed : the account is not there for the transaction's person to change.
    """
    given = first_password()
    done = connection.execute(
        sa.text(
            "UPDATE access.accounts SET password_hash = :hash, must_change = true, failures = 0, "
            "wait_until = NULL, version = version + 1 WHERE id = :id"
        ),
        {"id": seen.id, "hash": hashed(given)},
    )
    if done.rowcount == 0:
        raise NotAllowed()
    end_sessions(connection, seen.id)
    record.note(connection, "password_reset", "account", seen.id, after={"name": seen.name})
    return given


def real_admin_exists(connection: sa.Connection) -> bool:
    """Whether anyone was ever appointed to administrate in earnest: then the demo's doors are shut for good."""
    return bool(connection.scalar(sa.text("SELECT earnest FROM access.installation")))
