"""The quota ledger: what is posted, what is refused, by whom; under the policies of people, in a real database."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import pytest
import sqlalchemy as sa

from access import Assignment
from analysis import quota
from analysis.quota import NewPosting
from base.settings import settings
from layers import Role
from layers.codes import ParcelUse, QuotaKind
from store import identity
from store.embedded import Cluster
from store.engine import changing, make_engine
from store.land.ledger import balances, post
from store.protection import APP
from tests import signed_in

CITY, COUNTY, OTHER = "441800000000", "441821000000", "441826000000"
TOWN, NEIGHBOUR = "441821100000", "441821101000"
DAY = dt.date(2026, 3, 1)
SCALE, RESERVE, SAVED = QuotaKind.SCALE, QuotaKind.RESERVE, QuotaKind.SAVED


def mu(value: object) -> Decimal:
    return Decimal(str(value))


@dataclass
class Bureau:
    """A database with reviewers; `as_` acts for one of them."""

    owner: sa.Engine
    app: sa.Engine

    def secret(self, prefix: str = "4418", role: Role = Role.LAND_REVIEWER) -> str:
        return signed_in.session(self.owner, (Assignment(role, prefix),))

    @contextmanager
    def as_(self, prefix: str = "4418", role: Role = Role.LAND_REVIEWER) -> Iterator[sa.Connection]:
        with identity.acting(self.secret(prefix, role)), changing(self.app) as connection:
            yield connection

    def post(self, *new: NewPosting, prefix: str = "4418", role: Role = Role.LAND_REVIEWER) -> list[int]:
        with self.as_(prefix, role) as connection:
            return [post(connection, one) for one in new]

    def held(self, **given: object) -> dict[tuple[str, str, str, str, str], Decimal]:
        with self.owner.connect() as connection:
            return held(connection, **given)


def held(connection: sa.Connection, **given: object) -> dict[tuple[str, str, str, str, str], Decimal]:
    frame = balances(connection, **given)  # type: ignore[arg-type]
    return {tuple(row[:5]): row[5] for row in frame.itertuples(index=False)}


@pytest.fixture
def bureau(cluster: Cluster, database: sa.Engine) -> Iterator[Bureau]:
    app = make_engine(cluster.url(str(database.url.database), user=APP), settings())
    yield Bureau(database, app)
    app.dispose()


def test_issue_move_allot_return_expire(bureau: Bureau) -> None:
    bureau.post(
        quota.issued(SCALE, {TOWN: mu(100), NEIGHBOUR: mu("50.5")}, DAY, reference="清国土〔2026〕1 号"),
        quota.moved(SCALE, TOWN, NEIGHBOUR, mu(20), DAY),
        quota.allotted(SCALE, TOWN, "P1", mu("30.1234"), DAY, ParcelUse.PUBLIC),
        quota.returned(SCALE, TOWN, "P1", mu("0.1234"), DAY),
        quota.expired(SCALE, NEIGHBOUR, mu(1), DAY),
        quota.handed_back(SCALE, NEIGHBOUR, mu("0.5"), DAY),
    )
    assert bureau.held() == {
        (CITY, "scale", "outside", "", ""): mu(-150),
        (TOWN, "scale", "available", "", ""): mu(50),
        (TOWN, "scale", "allotted", "", "P1"): mu(30),
        (NEIGHBOUR, "scale", "available", "", ""): mu(69),
        (NEIGHBOUR, "scale", "expired", "", ""): mu(1),
    }
    assert set(bureau.held(prefix="441821101")) == {
        (NEIGHBOUR, "scale", "available", "", ""),
        (NEIGHBOUR, "scale", "expired", "", ""),
    }
