"""The 10 % rule: what each plan unit reserves for rural revitalisation, from the balances of the ledger (clause 17).

Total scale is ordinary scale and reserve together, whether available or allotted; the reserve counts as reserved when
it is allotted, too, since that is what it is for. What has expired or was handed back is no scale any more. A unit's
figures are those of its own accounts and of all units below it: a county is what it keeps itself and its townships.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, Decimal

import pandas as pd

from analysis.quota import Line, NewPosting, scope
from layers import indicator
from layers.codes import CodeList, QuotaBook, QuotaBucket, QuotaKind

COLUMNS = ("admin_code", "kind", "bucket", "lot", "parcel_no", "amount_mu")
"""Of a frame of balances."""
_RULE = "reserved_land_share"
_HELD = (QuotaBucket.AVAILABLE, QuotaBucket.ALLOTTED)
_ZERO = Decimal(0)


class ReserveFinding(CodeList):
    """What the rule says of a unit."""

    OK = "ok", "达标", "enough reserved"
    AMBER = "amber", "计划执行后不足", "short once planned entries are made"
    RED = "red", "不足", "short"
    NO_DATA = "no_data", "无数据", "no data"


def required_share() -> Decimal:
    """The share of the total scale that is to be reserved, as the plan's indicator has it."""
    return Decimal(str(indicator(_RULE).target))


def reserve_table(
    balances: pd.DataFrame,
    planned: pd.DataFrame,
    units: Sequence[str],
    required: Decimal | None = None,
) -> pd.DataFrame:
    """The rule for each unit.

    Parameters
    ----------
    balances, planned : frames with `COLUMNS`, of the actual book and of what is planned; areas in 亩, Decimal.
    units : 12-digit codes of cities, counties or townships.
    required : the share to be reserved, between 0 and 1; that of the plan if not given.

    Returns
    -------
    DataFrame in the order of `units`: admin_code; total_mu, reserved_mu, allotted_mu, left_mu (total less allotted),
    reserve_allotted_mu, reserve_left_mu, required_mu, shortage_mu, planned_total_mu, planned_reserved_mu,
    planned_shortage_mu (once planned entries are made), all Decimal; share, planned_share (Decimal of four decimals,
    None where there is no scale); finding (a code of `ReserveFinding`): red where the reserve is short,
    amber where planned entries would make it so.
    """
    rate = required_share() if required is None else required
    actual, coming = _sums(balances), _sums(planned)
    return pd.DataFrame([_row(unit, actual, coming, rate) for unit in units])


def with_posting(balances: pd.DataFrame, posting: NewPosting) -> pd.DataFrame:
    """Balances as they would be after a posting; a frame with `COLUMNS`, accounts below zero included."""
    sums = {tuple(row[:5]): row[5] for row in balances[list(COLUMNS)].itertuples(index=False)}
    for line in posting.lines:
        key = _key(line)
        sums[key] = sums.get(key, _ZERO) + line.amount_mu
    rows = [(*key, amount_mu) for key, amount_mu in sorted(sums.items()) if amount_mu]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def what_if(
    balances: pd.DataFrame,
    planned: pd.DataFrame,
    posting: NewPosting,
    units: Sequence[str],
    required: Decimal | None = None,
) -> pd.DataFrame:
    """The rule as it would be after a posting, in the form of `reserve_table`; nothing is posted."""
    if posting.book is QuotaBook.PLANNED:
        return reserve_table(balances, with_posting(planned, posting), units, required)
    return reserve_table(with_posting(balances, posting), planned, units, required)


def overdrawn(balances: pd.DataFrame, posting: NewPosting) -> list[Line]:
    """Accounts that an actual posting would take below zero, with what they would hold; the ledger refuses it then."""
    if posting.book is QuotaBook.PLANNED:
        return []
    after = with_posting(balances, posting)
    held = {tuple(row[:5]): row[5] for row in after.itertuples(index=False)}
    return [
        Line(line.account, held[_key(line)])
        for line in posting.lines
        if line.account.bucket is not QuotaBucket.OUTSIDE and held.get(_key(line), _ZERO) < 0
    ]


def _key(line: Line) -> tuple[str, ...]:
    account = line.account
    return account.admin_code, str(account.kind), str(account.bucket), account.lot, account.parcel_no


_Sums = dict[tuple[str, str, str], Decimal]


def _sums(balances: pd.DataFrame) -> _Sums:
    """Sums by prefix of every level, kind and bucket."""
    found: _Sums = {}
    rows: Iterable[tuple[str, str, str, Decimal]] = balances[
        ["admin_code", "kind", "bucket", "amount_mu"]
    ].itertuples(index=False)
    for code, kind, bucket, amount_mu in rows:
        own = scope(code)
        for prefix in (own[:n] for n in (4, 6, 9) if n <= len(own)):
            key = (prefix, str(kind), str(bucket))
            found[key] = found.get(key, _ZERO) + amount_mu
    return found


def _of(sums: _Sums, prefix: str, kinds: Iterable[QuotaKind], buckets: Iterable[QuotaBucket]) -> Decimal:
    return sum((sums.get((prefix, str(k), str(b)), _ZERO) for k in kinds for b in buckets), _ZERO)


def _row(unit: str, actual: _Sums, coming: _Sums, rate: Decimal) -> dict[str, object]:
    prefix, both = scope(unit), (QuotaKind.SCALE, QuotaKind.RESERVE)
    total = _of(actual, prefix, both, _HELD)
    reserved = _of(actual, prefix, [QuotaKind.RESERVE], _HELD)
    allotted = _of(actual, prefix, both, [QuotaBucket.ALLOTTED])
    from_reserve = _of(actual, prefix, [QuotaKind.RESERVE], [QuotaBucket.ALLOTTED])
    total_then = total + _of(coming, prefix, both, _HELD)
    reserved_then = reserved + _of(coming, prefix, [QuotaKind.RESERVE], _HELD)
    short, short_then = _short(total, reserved, rate), _short(total_then, reserved_then, rate)
    if not total and not total_then:
        finding = ReserveFinding.NO_DATA
    elif short:
        finding = ReserveFinding.RED
    else:
        finding = ReserveFinding.AMBER if short_then else ReserveFinding.OK
    return {
        "admin_code": unit,
        "total_mu": total,
        "reserved_mu": reserved,
        "allotted_mu": allotted,
        "left_mu": total - allotted,
        "reserve_allotted_mu": from_reserve,
        "reserve_left_mu": reserved - from_reserve,
        "required_mu": rate * total,
        "share": _share(total, reserved),
        "shortage_mu": short,
        "planned_total_mu": total_then,
        "planned_reserved_mu": reserved_then,
        "planned_share": _share(total_then, reserved_then),
        "planned_shortage_mu": short_then,
        "finding": str(finding),
    }


def _short(total: Decimal, reserved: Decimal, rate: Decimal) -> Decimal:
    return max(_ZERO, rate * total - reserved)


def _share(total: Decimal, reserved: Decimal) -> Decimal | None:
    """Rounded down: 0.09996 is short of a tenth, and is not shown as one."""
    return None if total <= 0 else (reserved / total).quantize(Decimal("0.0001"), ROUND_DOWN)
