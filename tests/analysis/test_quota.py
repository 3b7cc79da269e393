"""Postings as pure values: each maker balances, and what cannot stand is refused before it reaches the ledger."""

import datetime as dt
import pickle
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import quota
from analysis.quota import Account, Line, NewPosting, Posting, amount, covering, scope
from analysis.quota_errors import BadAmount, BadUnit, LotNeeded, NotBalanced, ReasonNeeded
from layers.codes import ParcelUse, QuotaBook, QuotaBucket, QuotaEntry, QuotaKind

CITY, COUNTY, TOWN, NEIGHBOUR, ABROAD = (
    "441800000000",
    "441881000000",
    "441881103000",
    "441881104000",
    "441826100000",
)
DAY = dt.date(2026, 3, 1)
SCALE, SAVED = QuotaKind.SCALE, QuotaKind.SAVED
AMOUNTS = st.integers(1, 10**9).map(lambda n: Decimal(n) / 10_000)
MADE: dict[str, tuple[Callable[[Decimal], NewPosting], str, QuotaBucket, QuotaBucket]] = {
    "issued": (
        lambda mu: quota.issued(SCALE, {TOWN: mu, ABROAD: mu}, DAY),
        CITY,
        QuotaBucket.OUTSIDE,
        QuotaBucket.AVAILABLE,
    ),
    "saved": (
        lambda mu: quota.saved(TOWN, "TZ1", mu, DAY),
        COUNTY,
        QuotaBucket.OUTSIDE,
        QuotaBucket.AVAILABLE,
    ),
    "moved": (
        lambda mu: quota.moved(SCALE, TOWN, NEIGHBOUR, mu, DAY),
        COUNTY,
        QuotaBucket.AVAILABLE,
        QuotaBucket.AVAILABLE,
    ),
    "allotted": (
        lambda mu: quota.allotted(SCALE, TOWN, "P1", mu, DAY, ParcelUse.URBAN),
        TOWN,
        QuotaBucket.AVAILABLE,
        QuotaBucket.ALLOTTED,
    ),
    "returned": (
        lambda mu: quota.returned(SCALE, TOWN, "P1", mu, DAY),
        TOWN,
        QuotaBucket.ALLOTTED,
        QuotaBucket.AVAILABLE,
    ),
    "handed back": (
        lambda mu: quota.handed_back(SAVED, TOWN, mu, DAY, lot="TZ1"),
        COUNTY,
        QuotaBucket.AVAILABLE,
        QuotaBucket.OUTSIDE,
    ),
    "expired": (
        lambda mu: quota.expired(SCALE, TOWN, mu, DAY),
        TOWN,
        QuotaBucket.AVAILABLE,
        QuotaBucket.EXPIRED,
    ),
}


@pytest.mark.parametrize("name", MADE)
@given(mu=AMOUNTS)
def test_every_maker_balances_and_takes_from_where_it_says(name: str, mu: Decimal) -> None:
    make, unit, source, target = MADE[name]
    made = make(mu)
    assert sum(line.amount_mu for line in made.lines) == 0
    assert made.admin_code == unit
    assert all(line.account.admin_code.startswith(scope(unit)) for line in made.lines)
    assert {line.account.bucket for line in made.lines if line.amount_mu < 0} == {source}
    assert {line.account.bucket for line in made.lines if line.amount_mu > 0} == {target}
    assert made.book is QuotaBook.ACTUAL and quota.planned(made).book is QuotaBook.PLANNED


@given(mu=AMOUNTS, later=st.integers(-400, 400))
def test_a_reversal_undoes_and_is_never_of_an_earlier_day(mu: Decimal, later: int) -> None:
    made = quota.issued(SCALE, {TOWN: mu, COUNTY: mu}, DAY)
    known = Posting(**made.__dict__, id=7)
    mirror = quota.reversal(known, "文件作废，重新下达", DAY + dt.timedelta(days=later))
    assert mirror.reverses_id == 7 and mirror.effective_on >= DAY
    sums: dict[Account, Decimal] = {}
    for line in (*made.lines, *mirror.lines):
        sums[line.account] = sums.get(line.account, Decimal(0)) + line.amount_mu
    assert set(sums.values()) == {0}


@pytest.mark.parametrize("wrong", ["0", "-1", "1.00001", "NaN", "inf", "", "十亩", "1e9", "0.00001"])
def test_what_is_no_amount_is_named(wrong: str) -> None:
    with pytest.raises(BadAmount, match="不能记账"):
        amount(wrong)


@pytest.mark.parametrize(
    ("given_", "kept"), [(0.1, "0.1000"), ("12.34 ", "12.3400"), (Decimal("7"), "7.0000"), (3, "3.0000")]
)
def test_amounts_keep_the_digits_that_they_show(given_: float | str | Decimal, kept: str) -> None:
    assert str(amount(given_)) == kept


@pytest.mark.parametrize(
    ("codes", "unit"),
    [
        ((TOWN, TOWN), TOWN),
        ((TOWN, NEIGHBOUR), COUNTY),
        ((TOWN, COUNTY), COUNTY),
        ((TOWN, ABROAD), CITY),
        ((CITY, TOWN), CITY),
        (("441881110000", "441881111000"), COUNTY),
    ],
)
def test_the_lowest_unit_that_covers_both(codes: tuple[str, str], unit: str) -> None:
    assert covering(codes) == covering(codes[::-1]) == unit


@pytest.mark.parametrize("wrong", ["441881103201", "4418", "", "x" * 12])
def test_units_are_cities_counties_and_townships(wrong: str) -> None:
    with pytest.raises(BadUnit):
        scope(wrong)
    with pytest.raises(BadUnit):
        quota.issued(SCALE, {wrong: Decimal(1)}, DAY)


def test_savings_are_of_a_county_and_units_of_one_city() -> None:
    with pytest.raises(BadUnit):
        quota.saved(CITY, "TZ1", Decimal(1), DAY)
    with pytest.raises(BadUnit):
        covering((TOWN, "110101001000"))


@pytest.mark.parametrize("purpose", [None, *ParcelUse])
def test_another_use_of_savings_says_why(purpose: ParcelUse | None) -> None:
    first = purpose in (ParcelUse.VILLAGE, ParcelUse.INDUSTRY)
    if first:
        assert quota.allotted(SAVED, TOWN, "P1", Decimal(1), DAY, purpose, lot="TZ1").reason == ""
    else:
        with pytest.raises(ReasonNeeded):
            quota.allotted(SAVED, TOWN, "P1", Decimal(1), DAY, purpose, lot="TZ1", reason=" 无 ")
    reasoned = quota.allotted(SAVED, TOWN, "P1", Decimal(1), DAY, purpose, lot="TZ1", reason="县城安置房用地")
    assert quota.reason_needed(reasoned) is not first
    assert quota.allotted(SCALE, TOWN, "P1", Decimal(1), DAY, purpose).purpose is purpose


def test_lots_belong_to_savings() -> None:
    with pytest.raises(LotNeeded, match="节余指标"):
        quota.moved(SAVED, TOWN, NEIGHBOUR, Decimal(1), DAY)
    with pytest.raises(LotNeeded) as refused:
        quota.moved(SCALE, TOWN, NEIGHBOUR, Decimal(1), DAY, lot="TZ1")
    assert "construction-land scale" in refused.value.sentence("en")
    assert isinstance(pickle.loads(pickle.dumps(refused.value)), LotNeeded)


def test_what_does_not_balance_is_refused() -> None:
    good = quota.moved(SCALE, TOWN, NEIGHBOUR, Decimal(2), DAY)
    first, second = good.lines
    for lines in (
        (first,),
        (),
        (first, Line(second.account, Decimal(1))),
        (first, first),
        (first, Line(first.account, Decimal(2))),
    ):
        with pytest.raises(NotBalanced):
            quota.checked(replace(good, lines=lines))
    with pytest.raises(NotBalanced):
        quota.issued(SCALE, {}, DAY)
    with pytest.raises(NotBalanced):
        quota.issued(SAVED, {TOWN: Decimal(1)}, DAY)


def test_a_plan_is_carried_out_as_it_was_planned() -> None:
    plan = Posting(**quota.planned(quota.issued(SCALE, {TOWN: Decimal(3)}, DAY, reason="甲")).__dict__, id=9)
    done = quota.fulfilment(plan, DAY + dt.timedelta(days=9), reference="文号")
    assert (done.book, done.fulfils_id, done.entry) == (QuotaBook.ACTUAL, 9, QuotaEntry.ISSUED)
    assert (done.lines, done.reason, done.reference) == (plan.lines, "甲", "文号")
