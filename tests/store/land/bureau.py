"""A land bureau for tests: a database of its own, and people of it to act for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa

from access import Assignment
from analysis.quota import NewPosting
from layers import Role
from store import identity
from store.engine import changing
from store.land.ledger import PartOf, balances, post
from tests import signed_in

CITY, COUNTY, OTHER = "441800000000", "441821000000", "441826000000"
TOWN, NEIGHBOUR, ABROAD = "441821100000", "441821101000", "441826100000"
Key = tuple[str, str, str, str, str]


def mu(value: object) -> Decimal:
    """An amount in 亩."""
    return Decimal(str(value))


@dataclass
class Bureau:
    """A database with reviewers; `as_` acts for one of them in a transaction."""

    owner: sa.Engine
    app: sa.Engine
    _secrets: dict[tuple[str, Role], str] = field(default_factory=dict)

    def secret(self, prefix: str = "4418", role: Role = Role.LAND_REVIEWER) -> str:
        """The secret of a session of someone with the role at the place."""
        if (prefix, role) not in self._secrets:
            self._secrets[prefix, role] = signed_in.session(self.owner, (Assignment(role, prefix),))
        return self._secrets[prefix, role]

    @contextmanager
    def as_(self, prefix: str = "4418", role: Role = Role.LAND_REVIEWER) -> Iterator[sa.Connection]:
        """A transaction of the pages for that person."""
        with identity.acting(self.secret(prefix, role)), changing(self.app) as connection:
            yield connection

    def post(self, *new: NewPosting, prefix: str = "4418", role: Role = Role.LAND_REVIEWER) -> list[int]:
        """Make postings in one transaction."""
        with self.as_(prefix, role) as connection:
            return [post(connection, one) for one in new]

    def put(self, *new: NewPosting) -> list[int]:
        """Make postings in one transaction as the ledger is opened: by the owner, with no approval or acceptance."""
        with self.owner.begin() as connection:
            return [post(connection, one, by="测试", part_of=PartOf.OPENING) for one in new]

    def held(self, **given: object) -> dict[Key, Decimal]:
        """What each account holds, by the owner."""
        with self.owner.connect() as connection:
            frame = balances(connection, **given)  # type: ignore[arg-type]
        return {tuple(row[:5]): row[5] for row in frame.itertuples(index=False)}

    def number_of(self, table: str) -> int:
        """Rows of a table, by the owner."""
        with self.owner.connect() as connection:
            return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())
