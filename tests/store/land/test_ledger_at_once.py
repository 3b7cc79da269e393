"""Many who post at once: nothing is overdrawn, nobody waits for ever, whatever the way and the isolation."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest
import sqlalchemy as sa

from analysis import quota
from layers.codes import QuotaKind
from store import record
from store.land.ledger import post, posting, reverse
from store.land.ledger_errors import AlreadyClosed, Overdrawn
from tests.store.land.bureau import CITY, TOWN, Bureau, mu
from tests.store.land.test_ledger import DAY

PEOPLE = 16
SCALE = QuotaKind.SCALE
UNITS = [f"44182110{n}000" for n in range(4)]


@pytest.fixture
def connect(bureau: Bureau) -> Callable[..., sa.Engine]:
    """Engines without a pool: as many connections as there are threads."""

    def made(isolation: str = "READ COMMITTED") -> sa.Engine:
        return sa.create_engine(bureau.owner.url, poolclass=sa.pool.NullPool, isolation_level=isolation)

    return made


def _all_at_once(work: Callable[[int], str]) -> Counter[str]:
    """Let everybody begin at the same moment; what became of each."""
    gate = threading.Barrier(PEOPLE)

    def one(number: int) -> str:
        gate.wait(timeout=30)
        return work(number)

    with ThreadPoolExecutor(PEOPLE) as pool:
        return Counter(pool.map(one, range(PEOPLE)))


def _deadlocks(bureau: Bureau) -> int:
    with bureau.owner.connect() as connection:
        told = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        return int(connection.execute(sa.text(told)).scalar_one())


def test_ten_of_sixteen_get_the_ten_mu(bureau: Bureau) -> None:
    """Each asks for one 亩 of ten, all as reviewers of the county through the role of the pages."""
    bureau.post(quota.issued(SCALE, {TOWN: mu(10)}, DAY))
    secret = bureau.secret("441821")
    app = sa.create_engine(bureau.app.url, poolclass=sa.pool.NullPool)

    def move(number: int) -> str:
        with app.begin() as connection:
            connection.execute(sa.text("SELECT set_config('xiangtu.user', :s, true)"), {"s": secret})
            try:
                new = quota.moved(SCALE, TOWN, UNITS[number % 3 + 1], mu(1), DAY)
                post(connection, new)
            except Overdrawn:
                return "refused"
        return "moved"

    assert _all_at_once(move) == {"moved": 10, "refused": PEOPLE - 10}
    held = bureau.held()
    assert (TOWN, "scale", "available", "", "") not in held
    assert sum(v for k, v in held.items() if k[2] == "available") == 10
    assert _deadlocks(bureau) == 0


def test_one_reversal_of_sixteen_counts(bureau: Bureau, connect: Callable[..., sa.Engine]) -> None:
    (first,) = bureau.post(quota.issued(SCALE, {TOWN: mu(10)}, DAY))
    engine = connect()

    def take_back(_: int) -> str:
        try:
            with engine.begin() as connection:
                reverse(connection, first, "文件作废，重新下达", DAY, by="测试")
        except AlreadyClosed:
            return "too late"
        return "reversed"

    assert _all_at_once(take_back) == {"reversed": 1, "too late": PEOPLE - 1}
    assert bureau.held() == {}


def test_a_plan_is_carried_out_or_reversed_and_not_both(
    bureau: Bureau, connect: Callable[..., sa.Engine]
) -> None:
    (plan,) = bureau.post(quota.planned(quota.issued(SCALE, {TOWN: mu(10)}, DAY)))
    engine = connect("REPEATABLE READ")

    def close(number: int) -> str:
        try:
            with engine.begin() as connection:
                known = posting(connection, plan)
                if number % 2:
                    post(connection, quota.fulfilment(known, DAY), by="测试")
                else:
                    post(connection, quota.reversal(known, "计划取消了", DAY), by="测试")
        except AlreadyClosed:
            return "too late"
        return "closed"

    assert _all_at_once(close) == {"closed": 1, "too late": PEOPLE - 1}


def test_several_postings_of_a_transaction_in_any_order_end(
    bureau: Bureau, connect: Callable[..., sa.Engine]
) -> None:
    """Moves in a circle, some with a note in the record before; the sums stay, and nobody is thrown out."""
    bureau.post(quota.issued(SCALE, {unit: mu(50) for unit in UNITS}, DAY))
    engine = connect()

    def move(number: int) -> str:
        chance = random.Random(number)
        refused = 0
        for _ in range(4):
            with engine.begin() as connection:
                if chance.random() < 0.5:
                    record.note_for(connection, None, "测试", "exported", "figures")
                for _ in range(3):
                    source, target = chance.sample(UNITS, 2)
                    amount = Decimal(chance.randint(1, 400_000)) / 10_000
                    try:
                        post(connection, quota.moved(SCALE, source, target, amount, DAY), by="测试")
                    except Overdrawn:
                        refused += 1
        return "ended"

    assert _all_at_once(move) == {"ended": PEOPLE}
    held = bureau.held()
    assert held[CITY, "scale", "outside", "", ""] == -200
    assert sum(v for k, v in held.items() if k[2] == "available") == 200
    assert min(v for k, v in held.items() if k[2] == "available") > 0
    assert _deadlocks(bureau) == 0


_INTO_POSTING = """
WITH made AS (
    INSERT INTO xiangtu.quota_postings (admin_code, book, entry, kind, effective_on, made_by)
    VALUES (:city, 'actual', 'moved', 'scale', '2026-03-01', 't') RETURNING id
)
SELECT id FROM made
"""
_INTO_LINES = """
INSERT INTO xiangtu.quota_lines (posting_id, account_id, amount_mu)
SELECT :id, id, CASE admin_code WHEN :source THEN -:amount ELSE :amount END FROM xiangtu.quota_accounts
WHERE bucket = 'available' AND kind = 'scale' AND admin_code IN (:source, :target)
"""


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_plain_sql_overdraws_nothing_either(
    bureau: Bureau, connect: Callable[..., sa.Engine], isolation: str
) -> None:
    """Without our functions, their locks and their order of things: the triggers alone."""
    bureau.post(quota.issued(SCALE, {unit: mu(10) for unit in UNITS}, DAY))
    engine = connect(isolation)

    def move(number: int) -> str:
        chance, kinds = random.Random(number), []
        for _ in range(6):
            source, target = chance.sample(UNITS, 2)
            given = {"source": source, "target": target, "amount": chance.randint(3, 9), "city": CITY}
            try:
                with engine.begin() as connection:
                    made = connection.execute(sa.text(_INTO_POSTING), given).scalar_one()
                    connection.execute(sa.text(_INTO_LINES), given | {"id": made})
                kinds.append("moved")
            except sa.exc.DBAPIError as error:
                state = getattr(error.orig, "sqlstate", "")
                assert state in ("XQ001", *_TRY_AGAIN[isolation]), error
                kinds.append("refused")
        return max(kinds, key=kinds.count)

    assert _all_at_once(move).total() == PEOPLE
    held = bureau.held()
    available = [v for k, v in held.items() if k[2] == "available"]
    assert sum(available) == 40 and min(available) > 0
    assert bureau.number_of("xiangtu.quota_postings") > 1


_SERIAL = psycopg.errors.SerializationFailure.sqlstate
_TRY_AGAIN = {"READ COMMITTED": (), "REPEATABLE READ": (_SERIAL,), "SERIALIZABLE": (_SERIAL,)}
