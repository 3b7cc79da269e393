"""The quota ledger in the database: postings are made here, and nowhere else; areas in 亩 (plan clause 17).

What holds whoever writes is in triggers (migration 0016); what is refused comes back as a sentence. Reading is in
`store.land.ledger_list`.
"""

import datetime as dt
import json
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from analysis.quota import Account, Line, NewPosting, Posting, checked, reversal
from analysis.quota_errors import NotBalanced
from layers.codes import ParcelUse, QuotaBook, QuotaBucket, QuotaEntry, QuotaKind
from store import record
from store.errors import NotAllowed
from store.land.ledger_errors import (
    AlreadyClosed,
    CannotClose,
    InFuture,
    LedgerError,
    NoAcceptance,
    NoApproval,
    OfApproval,
    Overdrawn,
    UnknownPosting,
    UsedSince,
)
from store.land.ledger_list import balances, entries

__all__ = [
    "Account",
    "Line",
    "NewPosting",
    "PartOf",
    "Posting",
    "balances",
    "entries",
    "post",
    "posting",
    "reverse",
]
_ACCOUNT = "admin_code, kind, bucket, lot, parcel_no"
_COPIED = "admin_code, kind, entry, effective_on, book, purpose, reason, reference, reverses_id, fulfils_id, made_by"


class PartOf(StrEnum):
    """What a posting belongs to: written after it in the same transaction, or nothing is committed."""

    NOTHING = "nothing"
    """Posted by itself: what only an approval or an acceptance may post is refused at once."""
    APPROVAL = "approval"
    REVOCATION = "revocation"
    ACCEPTANCE = "acceptance"
    OPENING = "opening"
    """What there was before the ledger began; a program of the owner posts it, never a person."""


_ASKED_AT_ONCE = {
    PartOf.NOTHING: ("review_quota_kept", "quota_has_source"),
    PartOf.APPROVAL: ("review_quota_kept",),
    PartOf.REVOCATION: (),
    PartOf.ACCEPTANCE: ("review_quota_kept",),
    PartOf.OPENING: ("review_quota_kept", "quota_has_source"),
}
"""Constraints that hold already before what the posting belongs to is written."""


def post(
    connection: sa.Connection, new: NewPosting, *, by: str = "", part_of: PartOf = PartOf.NOTHING
) -> int:
    """Make a posting in the caller's transaction and note it in the record; returns its number.

    Parameters
    ----------
    connection : of the pages (`store.engine.changing`), whose person is named, or the owner's.
    by : who posts, where nobody is signed in.
    part_of : what comes in the same transaction, after this posting.

    Raises
    ------
    QuotaError : the posting cannot stand by itself (`analysis.quota.checked`).
    Overdrawn : an account would go below zero at its day or a later one; nothing is posted, and the caller's
        transaction can go on.
    AlreadyClosed, CannotClose : the posting that it reverses or fulfils is closed, or is none.
    InFuture : an actual posting of a day to come.
    OfApproval : the parcel is approved; its quota is its review's.
    NoApproval, NoAcceptance : an allotment, or savings, by themselves.
    NotAllowed : the person reviews land of none of the units that cover the lines.
    """
    checked(new)
    # The record is written last and by everybody: whoever waits for it holds no account meanwhile.
    record.take_turn(connection)
    try:
        with connection.begin_nested():
            number = _insert(connection, new, by, opening=part_of is PartOf.OPENING)
            _ask_now(connection, *_ASKED_AT_ONCE[part_of])
    except sa.exc.DBAPIError as error:
        raise _told(error, new) from error
    _note(connection, number, new, by)
    return number


def reverse(
    connection: sa.Connection,
    posting_id: int,
    reason: str,
    on: dt.date | None = None,
    *,
    by: str = "",
    part_of: PartOf = PartOf.NOTHING,
) -> int:
    """Take a posting back by its mirror, which counts from `on` (today if not given); returns the mirror's number.

    Raises
    ------
    UnknownPosting, AlreadyClosed, ReasonNeeded
    UsedSince : what it has brought is used meanwhile; reverse or return that first.
    OfApproval : it is the posting of an approval, which is taken back by revoking that; `part_of` as for `post`.
    """
    known = posting(connection, posting_id)
    if known.closed_by is not None:
        raise AlreadyClosed(id=posting_id)
    if known.entry is QuotaEntry.REVERSED:
        raise CannotClose(id=posting_id)
    try:
        return post(connection, reversal(known, reason, on or today()), by=by, part_of=part_of)
    except Overdrawn as error:
        raise UsedSince(id=posting_id, **error.values) from error


def today() -> dt.date:
    """The day it is in the city."""
    return dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()


def posting(connection: sa.Connection, posting_id: int) -> Posting:
    """A posting with its lines.

    Raises
    ------
    UnknownPosting : there is none of that number.
    """
    found = connection.execute(
        sa.text(
            f"SELECT p.id, {_COPIED}, account_id, made_at, "
            "(SELECT c.id FROM xiangtu.quota_postings AS c WHERE c.closes_id = p.id) AS closed_by "
            "FROM xiangtu.quota_postings AS p WHERE p.id = :id"
        ),
        {"id": posting_id},
    ).mappings()
    row = found.first()
    if row is None:
        raise UnknownPosting(id=posting_id)
    lines = connection.execute(
        sa.text(
            "SELECT a.admin_code, a.kind, a.bucket, a.lot, a.parcel_no, l.amount_mu "
            "FROM xiangtu.quota_lines AS l JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id "
            "WHERE l.posting_id = :id ORDER BY l.amount_mu, a.admin_code, a.bucket"
        ),
        {"id": posting_id},
    )
    given = dict(row) | {
        "kind": QuotaKind.of(row["kind"]),
        "entry": QuotaEntry.of(row["entry"]),
        "book": QuotaBook.of(row["book"]),
        "purpose": None if row["purpose"] is None else ParcelUse.of(row["purpose"]),
    }
    return Posting(**given, lines=tuple(_line(*one) for one in lines))


def _line(code: str, kind: str, bucket: str, lot: str, parcel_no: str, amount_mu: Decimal) -> Line:
    return Line(Account(code, QuotaKind.of(kind), QuotaBucket.of(bucket), lot, parcel_no), amount_mu)


def _insert(connection: sa.Connection, new: NewPosting, by: str, *, opening: bool) -> int:
    accounts = {
        name: [str(getattr(line.account, name)) for line in sorted(new.lines, key=lambda one: one.account)]
        for name in ("admin_code", "kind", "bucket", "lot", "parcel_no")
    }
    amounts = [line.amount_mu for line in sorted(new.lines, key=lambda one: one.account)]
    listed = (
        "unnest(CAST(:admin_code AS text[]), CAST(:kind AS text[]), CAST(:bucket AS text[]), CAST(:lot AS text[]), "
        "CAST(:parcel_no AS text[]))"
    )
    connection.execute(
        sa.text(
            f"INSERT INTO xiangtu.quota_accounts ({_ACCOUNT}) SELECT g.* FROM {listed} AS g({_ACCOUNT}) "
            f"WHERE NOT EXISTS (SELECT FROM xiangtu.quota_accounts AS a WHERE (a.admin_code, a.kind, a.bucket, a.lot, "
            "a.parcel_no) = (g.admin_code, g.kind, g.bucket, g.lot, g.parcel_no)) "
            f"ORDER BY {_ACCOUNT} ON CONFLICT DO NOTHING"
        ),
        accounts,
    )
    number = connection.execute(
        sa.text(
            f"INSERT INTO xiangtu.quota_postings ({_COPIED}, opening) VALUES (:admin_code, :kind, :entry, "
            ":effective_on, :book, :purpose, :reason, :reference, :reverses_id, :fulfils_id, :by, :opening) "
            "RETURNING id"
        ),
        {
            "admin_code": new.admin_code,
            "kind": str(new.kind),
            "entry": str(new.entry),
            "effective_on": new.effective_on,
            "book": str(new.book),
            "purpose": None if new.purpose is None else str(new.purpose),
            "reason": new.reason.strip(),
            "reference": new.reference.strip(),
            "reverses_id": new.reverses_id,
            "fulfils_id": new.fulfils_id,
            "by": by,
            "opening": opening,
        },
    ).scalar_one()
    connection.execute(
        sa.text(
            "INSERT INTO xiangtu.quota_lines (posting_id, account_id, amount_mu) "
            f"SELECT :id, a.id, g.amount_mu FROM ROWS FROM ({listed}, unnest(CAST(:amounts AS numeric[]))) "
            f"AS g({_ACCOUNT}, amount_mu) JOIN xiangtu.quota_accounts AS a USING ({_ACCOUNT}) ORDER BY a.id"
        ),
        accounts | {"id": number, "amounts": amounts},
    )
    _ask_now(connection, "quota_postings_balanced", "quota_lines_balanced")
    return int(number)


def _ask_now(connection: sa.Connection, *constraints: str) -> None:
    """Check constraints here, not at the end of the transaction: whoever asked is told."""
    for name in constraints:
        for when in ("IMMEDIATE", "DEFERRED"):
            connection.execute(sa.text(f"SET CONSTRAINTS xiangtu.{name} {when}"))


def _note(connection: sa.Connection, number: int, new: NewPosting, by: str) -> None:
    action = "quota_reversed" if new.entry is QuotaEntry.REVERSED else "quota_posted"
    after = {
        "unit": new.admin_code,
        "kind": str(new.kind),
        "entry": str(new.entry),
        "book": str(new.book),
        "effective_on": new.effective_on.isoformat(),
        "amount_mu": str(sum(line.amount_mu for line in new.lines if line.amount_mu > 0)),
        "lines": len(new.lines),
        "reference": new.reference,
        "closes": new.reverses_id or new.fulfils_id,
    }
    noted = record.note(
        connection, action, "quota_posting", number, after=after, reason=new.reason.strip() or None
    )
    if noted is None:
        record.note_for(connection, None, by, action, "quota_posting", number, after=after)


def _told(error: sa.exc.DBAPIError, new: NewPosting) -> Exception:
    """What the database refused, as a sentence; the error itself if it is none of the ledger's."""
    original: Any = error.orig
    state = getattr(original, "sqlstate", None)
    if state == "XQ001":
        return _overdrawn(json.loads(original.diag.message_detail))
    if state == "XQ006":
        return OfApproval(parcel=original.diag.message_detail)
    if state == "XQ002":
        return NotBalanced(sum="")
    if state == "23505" and original.diag.constraint_name == "quota_postings_closed_once":
        return AlreadyClosed(id=new.reverses_id or new.fulfils_id)
    known: dict[str | None, type[LedgerError]] = {
        "XQ003": LedgerError,
        "XQ005": InFuture,
        "XQ007": NoApproval,
        "XQ008": NoAcceptance,
    }
    if state == "XQ004":
        return CannotClose(id=new.reverses_id or new.fulfils_id)
    if state in known:
        return known[state]()
    return NotAllowed() if state == "42501" else error


def _overdrawn(detail: dict[str, Any]) -> Overdrawn:
    return Overdrawn(
        unit=detail["unit"] or detail["admin_code"],
        admin_code=detail["admin_code"],
        kind=QuotaKind.of(detail["kind"]).text,
        bucket=QuotaBucket.of(detail["bucket"]).text,
        lot=detail["lot"],
        parcel_no=detail["parcel_no"],
        on=detail["on"],
        there=f"{Decimal(detail['there']):.4f}",
        asked=f"{Decimal(detail['asked']):.4f}",
    )
