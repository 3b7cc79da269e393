"""A database of a test's own, seen by the app's role as the person who is signed in sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

import store.engine
import store.identity
import web.visitors
from access import Assignment
from base.settings import settings
from i18n import Lang
from layers import Role
from store import accounts, sessions
from store.accounts import Account
from store.embedded import Cluster
from store.engine import make_engine
from store.protection import APP
from store.session_list import open_sessions
from tests.pages.conftest import _SCRIPT

CITY = "4418"
TOWN = "441881103"
PASSWORD = "Weiyang-2468-tang"
_PLACES = """
INSERT INTO feature.admin_units (admin_code, name, level, kind, parent_code, geom)
SELECT code, name, level, kind, parent, ST_Multi(ST_MakeEnvelope(113, 24, 113.1, 24.1, 4490)) FROM (VALUES
    ('441800000000', '清远市', 'city', 'city', NULL),
    ('441881000000', '英德市', 'county', 'county', '441800000000'),
    ('441821000000', '佛冈县', 'county', 'county', '441800000000'),
    ('441881103000', '西牛镇', 'township', 'town', '441881000000')
) AS v (code, name, level, kind, parent)
"""


@dataclass
class Desk:
    """Whoever is signed in here, before the pages of a database of their own."""

    owner: sa.Engine
    app: sa.Engine
    secrets: dict[str, str] = field(default_factory=dict)
    acting: str | None = None

    def add(self, name: str, *held: tuple[Role, str], password: str | None = PASSWORD) -> Account:
        """An account that has changed its first password."""
        with self.owner.begin() as connection:
            wanted = [Assignment(role, prefix) for role, prefix in held]
            accounts.add(connection, name, f"{name} 某", wanted, password=password, by="测试")
            connection.execute(
                sa.text("UPDATE access.accounts SET must_change = false WHERE name = :name"), {"name": name}
            )
            return accounts.named(connection, name)

    def sign_in(self, account: Account, address: str = "10.0.0.1") -> str:
        """Open a session and sit down here with it."""
        secret = sessions.open_session(
            self.owner, account.id, account.name, sessions.Visit(address, "Firefox/140.0 Linux")
        )
        self.secrets[account.name] = self.acting = secret
        return secret

    def open(self, name: str, lang: Lang = "zh") -> AppTest:
        """Open a page as whoever sits here."""
        return AppTest.from_string(_SCRIPT.format(name=name, lang=lang), default_timeout=60).run()

    def account(self, name: str) -> Account:
        """An account as the tables' owner reads it."""
        with self.owner.connect() as connection:
            return accounts.named(connection, name)

    def sessions(self, name: str) -> int:
        """How many sessions of an account are open."""
        with self.owner.connect() as connection:
            return sum(s.account_name == name for s in open_sessions(connection))

    def recorded(self) -> list[str]:
        """Actions on record, the latest first."""
        with self.owner.connect() as connection:
            return list(connection.scalars(sa.text("SELECT action FROM access.record ORDER BY id DESC")))


@contextmanager
def at_desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Let the pages read a database with a few places, for whoever sits down."""
    with database.begin() as connection:
        connection.execute(sa.text(_PLACES))
    app = make_engine(cluster.url(str(database.url.database), APP), settings())
    desk = Desk(database, app)
    monkeypatch.setattr(store.engine, "engine", lambda: app)
    monkeypatch.setattr(store.identity, "current", lambda: desk.acting)
    monkeypatch.setattr(web.visitors, "owner", lambda: database)
    yield desk
    app.dispose()
