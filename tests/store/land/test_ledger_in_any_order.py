"""Random sequences of postings, reversals, plans and back-dating, with crashes in between, against a plain model."""

import datetime as dt
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from analysis import quota
from analysis.quota import Account, NewPosting
from layers.codes import ParcelUse, QuotaBook, QuotaBucket, QuotaEntry, QuotaKind
from store.land.ledger import PartOf, balances, post, posting, reverse
from store.land.ledger_errors import Overdrawn, UsedSince
from tests.store.land.bureau import CITY, TOWN, Bureau

FIRST = dt.date(2026, 1, 1)
KINDS = (QuotaKind.SCALE, QuotaKind.RESERVE, QuotaKind.SAVED)
_cities = itertools.count(1000)

AMOUNTS = st.integers(1, 300_000).map(lambda n: Decimal(n) / 10_000)
DAYS = st.integers(0, 60).map(lambda n: FIRST + dt.timedelta(days=n))
UNITS = st.integers(0, 3)


class Ledger(RuleBasedStateMachine):
    """A city of its own for each run, since no ledger is ever emptied; the model is a list of postings."""

    engine: sa.Engine

    def __init__(self) -> None:
        super().__init__()
        city = next(_cities)
        self.city = f"{city}00000000"
        self.units = [f"{city}21000000", f"{city}21100000", f"{city}21101000", f"{city}26100000"]
        self.kept: dict[int, NewPosting] = {}
        self.closed: set[int] = set()

    def _sums(self, on: dt.date | None = None, book: QuotaBook = QuotaBook.ACTUAL) -> dict[Account, Decimal]:
        sums: dict[Account, Decimal] = defaultdict(Decimal)
        for number, one in self.kept.items():
            dead = one.entry is QuotaEntry.REVERSED or number in self.closed
            if one.book is not book or (book is QuotaBook.PLANNED and dead):
                continue
            if on is None or one.effective_on <= on:
                for line in one.lines:
                    sums[line.account] += line.amount_mu
        return {account: amount for account, amount in sums.items() if amount}

    def _overdraws(self, new: NewPosting) -> bool:
        if new.book is QuotaBook.PLANNED:
            return False
        touched = {line.account for line in new.lines if line.account.bucket is not QuotaBucket.OUTSIDE}
        days = {one.effective_on for one in self.kept.values()} | {new.effective_on}
        for day in days:
            held = self._sums(day)
            for line in new.lines if new.effective_on <= day else ():
                held[line.account] = held.get(line.account, Decimal(0)) + line.amount_mu
            if any(held.get(account, 0) < 0 for account in touched):
                return True
        return False

    def _post(self, new: NewPosting) -> None:
        refused = self._overdraws(new)
        try:
            with self.engine.begin() as connection:
                number = post(connection, new, by="试", part_of=PartOf.OPENING)
        except Overdrawn:
            assert refused, new
            return
        assert not refused, new
        self.kept[number] = new
        if new.fulfils_id is not None:
            self.closed.add(new.fulfils_id)

    def _source(self, kind: QuotaKind, unit: int) -> tuple[str, str]:
        return self.units[unit], "TZ1" if kind is QuotaKind.SAVED else ""

    @rule(kind=st.sampled_from(KINDS), unit=UNITS, amount=AMOUNTS, day=DAYS, planned=st.booleans())
    def bring(self, kind: QuotaKind, unit: int, amount: Decimal, day: dt.date, planned: bool) -> None:
        if kind is QuotaKind.SAVED:
            new = quota.saved(self.units[unit], "TZ1", amount, day)
        else:
            new = quota.issued(kind, {self.units[unit]: amount, self.units[unit - 1]: amount}, day)
        self._post(quota.planned(new) if planned else new)

    @rule(kind=st.sampled_from(KINDS), unit=UNITS, amount=AMOUNTS, day=DAYS, planned=st.booleans())
    def move(self, kind: QuotaKind, unit: int, amount: Decimal, day: dt.date, planned: bool) -> None:
        source, lot = self._source(kind, unit)
        new = quota.moved(kind, source, self.units[unit - 1], amount, day, lot=lot)
        self._post(quota.planned(new) if planned else new)

    @rule(kind=st.sampled_from(KINDS), unit=UNITS, amount=AMOUNTS, day=DAYS, how=st.integers(0, 3))
    def use(self, kind: QuotaKind, unit: int, amount: Decimal, day: dt.date, how: int) -> None:
        code, lot = self._source(kind, unit)
        made = (
            lambda: quota.allotted(kind, code, "P1", amount, day, ParcelUse.VILLAGE, lot=lot),
            lambda: quota.returned(kind, code, "P1", amount, day, lot=lot),
            lambda: quota.expired(kind, code, amount, day, lot=lot),
            lambda: quota.handed_back(kind, code, amount, day, lot=lot),
        )
        self._post(made[how]())

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), day=DAYS)
    def take_back(self, data: st.DataObject, day: dt.date) -> None:
        open_ones = [
            n for n, p in self.kept.items() if n not in self.closed and p.entry is not QuotaEntry.REVERSED
        ]
        if not open_ones:
            return
        chosen = data.draw(st.sampled_from(open_ones))
        with self.engine.begin() as connection:
            mirror = quota.reversal(posting(connection, chosen), "随机冲正", day)
            refused = self._overdraws(mirror)
            try:
                number = reverse(connection, chosen, "随机冲正", day, by="试")
            except UsedSince:
                assert refused
                return
        assert not refused
        self.kept[number] = mirror
        self.closed.add(chosen)

    @precondition(lambda self: any(p.book is QuotaBook.PLANNED for p in self.kept.values()))
    @rule(data=st.data(), day=DAYS)
    def carry_out(self, data: st.DataObject, day: dt.date) -> None:
        plans = [
            n
            for n, p in self.kept.items()
            if p.book is QuotaBook.PLANNED and n not in self.closed and p.entry is not QuotaEntry.REVERSED
        ]
        if plans:
            chosen = data.draw(st.sampled_from(plans))
            with self.engine.connect() as connection:
                known = posting(connection, chosen)
            self._post(quota.fulfilment(known, day))

    @rule(unit=UNITS, amount=AMOUNTS, day=DAYS, after=st.integers(0, 2))
    def crash(self, unit: int, amount: Decimal, day: dt.date, after: int) -> None:
        """The server's process dies after one, two or three postings of a transaction that nobody commits."""
        with self.engine.connect() as doomed:
            pid = doomed.scalar(sa.text("SELECT pg_backend_pid()"))
            code = self.units[unit]
            post(doomed, quota.issued(QuotaKind.SCALE, {code: amount}, day), by="试")
            if after:
                post(doomed, quota.moved(QuotaKind.SCALE, code, self.units[unit - 1], amount, day), by="试")
            if after > 1:
                post(doomed, quota.expired(QuotaKind.SCALE, self.units[unit - 1], amount, day), by="试")
            with self.engine.begin() as other:
                other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            with pytest.raises(sa.exc.DBAPIError):
                doomed.execute(sa.text("SELECT 1"))
            doomed.invalidate()

    @invariant()
    def the_ledger_is_the_models(self) -> None:
        days = (None, FIRST + dt.timedelta(days=30))
        with self.engine.connect() as connection:
            for book, on in itertools.product(QuotaBook, days):
                if book is QuotaBook.PLANNED and on is not None:
                    continue
                frame = balances(connection, self.city[:4], on, book)
                stored = {tuple(row[:5]): row[5] for row in frame.itertuples(index=False)}
                expected = {
                    (a.admin_code, str(a.kind), str(a.bucket), a.lot, a.parcel_no): amount
                    for a, amount in self._sums(on, book).items()
                }
                assert stored == expected
                assert sum(stored.values()) == 0
            counted = "SELECT count(*) FROM xiangtu.quota_postings WHERE admin_code ^@ :city"
            assert connection.scalar(sa.text(counted), {"city": self.city[:4]}) == len(self.kept)

    @invariant()
    def no_account_is_below_zero(self) -> None:
        with self.engine.connect() as connection:
            below = connection.execute(
                sa.text(
                    "SELECT a.id FROM xiangtu.quota_balances AS b JOIN xiangtu.quota_accounts AS a "
                    "ON a.id = b.account_id LEFT JOIN LATERAL (SELECT sum(amount_mu) AS true_mu "
                    "FROM xiangtu.quota_lines AS l WHERE l.account_id = a.id AND l.book = 'actual') AS s ON true "
                    "WHERE b.amount_mu <> coalesce(s.true_mu, 0) OR a.bucket <> 'outside' AND b.amount_mu < 0"
                )
            )
            assert below.all() == []


def test_conservation_in_any_order_with_crashes_in_between(bureau: Bureau) -> None:
    class Here(Ledger):
        engine = bureau.owner

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert bureau.number_of("xiangtu.quota_postings") > 50


_CHILD = """
import datetime as dt, sys
from decimal import Decimal
import sqlalchemy as sa
from analysis import quota
from layers.codes import ParcelUse, QuotaKind
from store.land.ledger import PartOf, post

engine = sa.create_engine(sys.argv[1], connect_args={"application_name": "doomed"})
day, turn = dt.date(2026, 1, 1), int(sys.argv[2])
while True:
    turn += 1
    with engine.begin() as connection:
        post(connection, quota.issued(QuotaKind.RESERVE, {sys.argv[3]: Decimal(7)}, day), by="child")
        post(connection, quota.allotted(QuotaKind.RESERVE, sys.argv[3], f"P{turn}", Decimal(7), day,
                                        ParcelUse.VILLAGE), by="child", part_of=PartOf.OPENING)
    print(turn, flush=True)
"""


def test_a_process_killed_at_any_moment_leaves_all_or_nothing(bureau: Bureau) -> None:
    """Issue and allotment are one transaction; after each SIGKILL there are as many of the one as of the other."""
    chance, told = random.Random(5), 0
    url = bureau.owner.url.render_as_string(hide_password=False)
    for _ in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, url, str(told), TOWN], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None and child.stdout.readline()
        time.sleep(chance.uniform(0, 0.25))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        told = max(told, *(int(line) for line in child.stdout), 0)
        child.stdout.close()
        _wait_for_the_dead(bureau.owner)
        held = bureau.held()
        allotted = {k[4]: v for k, v in held.items() if k[2] == "allotted"}
        assert set(allotted.values()) == {7}
        assert held[CITY, "reserve", "outside", "", ""] == -7 * len(allotted)
        assert set(held) == {(CITY, "reserve", "outside", "", "")} | {
            (TOWN, "reserve", "allotted", "", name) for name in allotted
        }
        assert bureau.number_of("xiangtu.quota_postings") == 2 * len(allotted)
        told = max(told, len(allotted))
    assert told > 5


def _wait_for_the_dead(engine: sa.Engine) -> None:
    """A server's process whose client is gone ends what it was about to commit first."""
    left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'doomed'"
    for _ in range(100):
        with engine.connect() as connection:
            if connection.scalar(sa.text(left)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server still works for a client that is gone")
