"""Sessions for tests: an account that holds every role in the whole city, and accounts with what a test asks for."""

import uuid

import sqlalchemy as sa

from access import Assignment
from layers import Role
from store import accounts, sessions
from web.session_cookie import SESSION_COOKIE, signed

EVERY_ROLE = tuple(Assignment(role, "4418") for role in Role)
_by_address: dict[str, str] = {}


def session(engine: sa.Engine, held: tuple[Assignment, ...] = EVERY_ROLE) -> str:
    """Secret of a new session of a new account, by the tables' owner."""
    name = f"t{uuid.uuid4().hex[:12]}"
    with engine.begin() as connection:
        # Of the demo, so that an administrator among them does not shut the demo's doors.
        accounts.add(connection, name, "测试人员", held, demo=True, by="tests")
        account_id = accounts.named(connection, name).id
    return sessions.open_session(engine, account_id, name, sessions.Visit("127.0.0.1", "tests"))


def remember(address: str, secret: str) -> None:
    """Let visitors of a server come signed in."""
    _by_address[address] = signed(secret)


def cookies(address: str) -> dict[str, str]:
    """The cookies of someone who is signed in at a server; none for a server that is not known."""
    return {SESSION_COOKIE: _by_address[address]} if address in _by_address else {}
