"""Postings of the quota ledger, as pure values: double entry in 亩, one maker for each kind of entry (plan clause 17).

A posting takes from some accounts what it gives to others, so that the sum over all accounts never changes. What comes
into the ledger comes from the account ``outside``: of the city for scale, reserve and annual quota, of the county for
savings and supplementary farmland.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TypedDict, Unpack

from analysis.quota_errors import BadAmount, BadUnit, LotNeeded, NotBalanced, ReasonNeeded
from layers.codes import RURAL_USES, ParcelUse, QuotaBook, QuotaBucket, QuotaEntry, QuotaKind

STEP_MU = Decimal("0.0001")
"""The smallest amount that the ledger keeps."""
MOST_MU = Decimal(100_000_000)
"""More than the whole city has."""
SHORTEST_REASON = 4
"""Letters, without spaces."""
COUNTY_KINDS = (QuotaKind.SAVED, QuotaKind.FARMLAND)
"""Kinds that arise in a county; the others are issued by the city."""
_UNIT = re.compile(r"\d{9}000")
_LEVELS = (4, 6, 9)


@dataclass(frozen=True, order=True)
class Account:
    """Where quota is.

    Attributes
    ----------
    admin_code : 12-digit code of the city, county or township.
    lot : number of the consolidation project that saved it; "" for quota that was not saved.
    parcel_no : the parcel that has it, in the bucket ``allotted`` only; "" elsewhere, and for what plans say in sum.
    """

    admin_code: str
    kind: QuotaKind
    bucket: QuotaBucket
    lot: str = ""
    parcel_no: str = ""


@dataclass(frozen=True)
class Line:
    """What a posting adds to an account, or takes from it (below zero), in 亩."""

    account: Account
    amount_mu: Decimal


@dataclass(frozen=True)
class NewPosting:
    """A posting to be made.

    Attributes
    ----------
    admin_code : the unit that covers all lines; who posts needs a role there.
    effective_on : the day from which it counts; may lie in the past.
    purpose : what the land is for, where quota is allotted.
    reference : the document that it rests on.
    reverses_id, fulfils_id : the posting that it takes back, or the planned one that it carries out.
    """

    admin_code: str
    kind: QuotaKind
    entry: QuotaEntry
    effective_on: dt.date
    lines: tuple[Line, ...]
    book: QuotaBook = QuotaBook.ACTUAL
    purpose: ParcelUse | None = None
    reason: str = ""
    reference: str = ""
    reverses_id: int | None = None
    fulfils_id: int | None = None


class Terms(TypedDict, total=False):
    """What every maker takes besides; as the attributes of `NewPosting`, with its defaults."""

    book: QuotaBook
    reason: str
    reference: str
    fulfils_id: int | None


@dataclass(frozen=True)
class Posting(NewPosting):
    """A posting of the ledger.

    Attributes
    ----------
    id : its number in the ledger.
    made_by, account_id : who posted it; no account for the command line.
    made_at : UTC.
    closed_by : the posting that reverses or fulfils it.
    """

    id: int = 0
    made_by: str = ""
    account_id: int | None = None
    made_at: dt.datetime | None = None
    closed_by: int | None = None


def amount(given: Decimal | float | str) -> Decimal:
    """An area in 亩 as the ledger keeps it: above zero, four decimals; floats by the digits that they show.

    Raises
    ------
    BadAmount : it is no number, not above zero, has more decimals or is larger than the city.
    """
    try:
        value = Decimal(str(given).strip())
        fits = value.is_finite() and 0 < value < MOST_MU and value == value.quantize(STEP_MU)
    except InvalidOperation as error:
        raise BadAmount(value=str(given)[:40]) from error
    if not fits:
        raise BadAmount(value=str(given)[:40])
    return value.quantize(STEP_MU)


def scope(code: str) -> str:
    """The prefix that a unit covers: 4 digits of the city, 6 of a county, 9 of a township.

    Raises
    ------
    BadUnit : it is the code of none.
    """
    if not _UNIT.fullmatch(code):
        raise BadUnit(code=code[:20])
    return next(code[:n] for n in _LEVELS if not code[n:].strip("0"))


def city_of(code: str) -> str:
    """The code of the city of a unit."""
    return scope(code)[:4].ljust(12, "0")


def county_of(code: str) -> str:
    """The code of the county of a unit.

    Raises
    ------
    BadUnit : it is a city.
    """
    if len(scope(code)) < 6:
        raise BadUnit(code=code)
    return code[:6].ljust(12, "0")


def covering(codes: Sequence[str]) -> str:
    """The lowest unit that covers all of these units."""
    scopes = [scope(code) for code in codes]
    known = max(
        (n for n in _LEVELS if n <= min(map(len, scopes)) and len({one[:n] for one in scopes}) == 1),
        default=0,
    )
    if not known:
        raise BadUnit(code=" ".join(codes)[:40])
    return codes[0][:known].ljust(12, "0")


def source_of(unit: str, kind: QuotaKind, lot: str = "") -> Account:
    """The account outside from which quota of a kind comes to a unit."""
    home = county_of(unit) if kind in COUNTY_KINDS else city_of(unit)
    return Account(home, kind, QuotaBucket.OUTSIDE, lot)


def available(unit: str, kind: QuotaKind, lot: str = "") -> Account:
    """The account of what a unit may allot, move or hand back."""
    return Account(unit, kind, QuotaBucket.AVAILABLE, lot)


def allotted_to(unit: str, kind: QuotaKind, parcel_no: str = "", lot: str = "") -> Account:
    """The account of what a unit has given to a parcel."""
    return Account(unit, kind, QuotaBucket.ALLOTTED, lot, parcel_no)


def issued(
    kind: QuotaKind,
    to: Mapping[str, Decimal],
    on: dt.date,
    **terms: Unpack[Terms],
) -> NewPosting:
    """The city issues quota 下达 to units of it: code to amount in 亩; one posting, all or nothing."""
    if not to or kind in COUNTY_KINDS:
        raise NotBalanced(sum=0)
    source = source_of(next(iter(to)), kind)
    given = [Line(available(unit, kind), amount(mu)) for unit, mu in to.items()]
    lines = (Line(source, -sum((line.amount_mu for line in given), Decimal(0))), *given)
    return checked(
        NewPosting(
            source.admin_code,
            kind,
            QuotaEntry.ISSUED,
            on,
            lines,
            **terms,
        )
    )


def saved(
    unit: str,
    project_no: str,
    amount_mu: Decimal,
    on: dt.date,
    *,
    kind: QuotaKind = QuotaKind.SAVED,
    **terms: Unpack[Terms],
) -> NewPosting:
    """A consolidation project brings quota to a county or township 节余入库; its number is the lot."""
    source = source_of(unit, kind, project_no)
    return _two(
        QuotaEntry.SAVED,
        source,
        available(unit, kind, project_no),
        amount_mu,
        on,
        **terms,
    )


def moved(
    kind: QuotaKind,
    source: str,
    target: str,
    amount_mu: Decimal,
    on: dt.date,
    *,
    lot: str = "",
    **terms: Unpack[Terms],
) -> NewPosting:
    """A unit gives available quota to another 调剂; posted at the lowest unit that covers both."""
    return _two(
        QuotaEntry.MOVED,
        available(source, kind, lot),
        available(target, kind, lot),
        amount_mu,
        on,
        **terms,
    )


def allotted(
    kind: QuotaKind,
    unit: str,
    parcel_no: str,
    amount_mu: Decimal,
    on: dt.date,
    purpose: ParcelUse | None,
    *,
    lot: str = "",
    **terms: Unpack[Terms],
) -> NewPosting:
    """A unit allots available quota to a parcel 安排.

    Raises
    ------
    ReasonNeeded : saved quota for a use that is none of `RURAL_USES`, without a reason.
    """
    return _two(
        QuotaEntry.ALLOTTED,
        available(unit, kind, lot),
        allotted_to(unit, kind, parcel_no, lot),
        amount_mu,
        on,
        purpose=purpose,
        **terms,
    )


def returned(
    kind: QuotaKind,
    unit: str,
    parcel_no: str,
    amount_mu: Decimal,
    on: dt.date,
    *,
    lot: str = "",
    **terms: Unpack[Terms],
) -> NewPosting:
    """A parcel gives quota back to its unit 退回, which may allot it again."""
    return _two(
        QuotaEntry.RETURNED,
        allotted_to(unit, kind, parcel_no, lot),
        available(unit, kind, lot),
        amount_mu,
        on,
        **terms,
    )


def handed_back(
    kind: QuotaKind,
    unit: str,
    amount_mu: Decimal,
    on: dt.date,
    *,
    lot: str = "",
    **terms: Unpack[Terms],
) -> NewPosting:
    """A unit gives available quota back to where it came from 退回; posted by whoever may issue."""
    return _two(
        QuotaEntry.RETURNED,
        available(unit, kind, lot),
        source_of(unit, kind, lot),
        amount_mu,
        on,
        **terms,
    )


def expired(
    kind: QuotaKind,
    unit: str,
    amount_mu: Decimal,
    on: dt.date,
    *,
    lot: str = "",
    **terms: Unpack[Terms],
) -> NewPosting:
    """Available quota of a unit has run out 失效; it stays in the ledger and is used no more."""
    return _two(
        QuotaEntry.EXPIRED,
        available(unit, kind, lot),
        Account(unit, kind, QuotaBucket.EXPIRED, lot),
        amount_mu,
        on,
        **terms,
    )


def reversal(posting: Posting, reason: str, on: dt.date) -> NewPosting:
    """The mirror of a posting 冲正, counting from a day that is not before its own.

    Raises
    ------
    ReasonNeeded : the reason is shorter than `SHORTEST_REASON` letters.
    """
    return checked(
        NewPosting(
            posting.admin_code,
            posting.kind,
            QuotaEntry.REVERSED,
            max(on, posting.effective_on),
            tuple(Line(line.account, -line.amount_mu) for line in posting.lines),
            posting.book,
            purpose=posting.purpose,
            reason=reason,
            reference=posting.reference,
            reverses_id=posting.id,
        )
    )


def fulfilment(posting: Posting, on: dt.date, *, reason: str = "", reference: str = "") -> NewPosting:
    """A planned posting carried out as it was planned, counting from `on`."""
    return checked(
        NewPosting(
            posting.admin_code,
            posting.kind,
            posting.entry,
            on,
            posting.lines,
            QuotaBook.ACTUAL,
            purpose=posting.purpose,
            reason=reason or posting.reason,
            reference=reference or posting.reference,
            fulfils_id=posting.id,
        )
    )


def planned(posting: NewPosting) -> NewPosting:
    """The same posting for the book of plans."""
    return replace(posting, book=QuotaBook.PLANNED, fulfils_id=None)


def checked(posting: NewPosting) -> NewPosting:
    """The posting, if it can stand in the ledger by itself; what is there already is the database's to judge.

    Raises
    ------
    NotBalanced, BadAmount, BadUnit, LotNeeded, ReasonNeeded
    """
    sums: dict[str, Decimal] = {}
    for line in posting.lines:
        amount(abs(line.amount_mu))
        scope(line.account.admin_code)
        lot = line.account.lot
        sums[lot] = sums.get(lot, Decimal(0)) + line.amount_mu
        if (line.account.kind is QuotaKind.SAVED and not lot) or (
            line.account.kind not in COUNTY_KINDS and lot
        ):
            raise LotNeeded(kind=line.account.kind.text)
    accounts = {line.account for line in posting.lines}
    if len(posting.lines) < 2 or len(accounts) < len(posting.lines) or any(sums.values()):
        raise NotBalanced(sum=sum(sums.values()))
    if reason_needed(posting) and len("".join(posting.reason.split())) < SHORTEST_REASON:
        raise ReasonNeeded(letters=SHORTEST_REASON)
    return posting


def reason_needed(posting: NewPosting) -> bool:
    """Whether a posting is to say why: reversals, and saved quota that goes to none of `RURAL_USES`."""
    if posting.entry is QuotaEntry.ALLOTTED and posting.kind is QuotaKind.SAVED:
        return posting.purpose not in RURAL_USES
    return posting.entry is QuotaEntry.REVERSED


def _two(
    entry: QuotaEntry,
    source: Account,
    target: Account,
    amount_mu: Decimal,
    on: dt.date,
    *,
    purpose: ParcelUse | None = None,
    **terms: Unpack[Terms],
) -> NewPosting:
    value = amount(amount_mu)
    return checked(
        NewPosting(
            covering((source.admin_code, target.admin_code)),
            source.kind,
            entry,
            on,
            (Line(source, -value), Line(target, value)),
            purpose=purpose,
            **terms,
        )
    )
