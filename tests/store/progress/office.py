"""A copy of the small city with followed projects, and people signed in before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from base.settings import settings
from layers import Role
from store import identity, sessions
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from store.protection import APP
from tests.followed import follow

CITY = "4418"


@dataclass
class Office:
    """The database as its owner and as the app sees it; `towns` and `villages` are 12-digit codes."""

    owner: sa.Engine
    app: sa.Engine
    towns: list[str]
    villages: list[str]
    secrets: dict[str, str] = field(default_factory=dict)

    def sign_in(self, name: str, role: Role, prefix: str) -> None:
        """Open a session for a new account."""
        with self.owner.begin() as connection:
            made = "INSERT INTO access.accounts (name, display_name) VALUES (:name, :name) RETURNING id"
            account = connection.execute(sa.text(made), {"name": name}).scalar_one()
            connection.execute(
                sa.text("INSERT INTO access.assignments VALUES (:id, :role, :prefix)"),
                {"id": account, "role": str(role), "prefix": prefix},
            )
        visit = sessions.Visit("127.0.0.1", "tests")
        self.secrets[name] = sessions.open_session(self.owner, account, name, visit)

    @contextmanager
    def as_(self, name: str) -> Iterator[sa.Connection]:
        """A transaction of the pages' login for somebody signed in."""
        with self.app.begin() as connection:
            identity.tell(connection, self.secrets[name])
            yield connection


@contextmanager
def open_office(cluster: Cluster, template: str, name: str) -> Iterator[Office]:
    """Copy the city, follow 24 projects of it, and let some people in."""
    drop_database(cluster, name)
    create_database(cluster, name, template=template)
    owner = make_engine(cluster.url(name), settings())
    app = make_engine(cluster.url(name, user=APP), settings())
    with owner.begin() as connection:
        codes = {
            level: list(
                connection.scalars(
                    sa.text(
                        "SELECT admin_code FROM feature.admin_units WHERE level = :l ORDER BY admin_code"
                    ),
                    {"l": level},
                )
            )
            for level in ("township", "village")
        }
        follow(connection, codes["village"][::5][:24])
    office = Office(owner, app, codes["township"], codes["village"])
    office.sign_in("planner", Role.PLANNER, CITY)
    office.sign_in("county", Role.PLANNER, office.towns[0][:6])
    office.sign_in("clerk", Role.CLERK, office.towns[0][:9])
    yield office
    app.dispose()
    owner.dispose()
    drop_database(cluster, name)
