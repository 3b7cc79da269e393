"""Reviews of parcels as they are read: what waits for whom, what was done, what may be done next."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from access import Person
from analysis.parcel_review import WAITING, ReviewAction, actions_open
from layers import Role
from layers.codes import ParcelKind, ParcelUse, QuotaKind, ReviewState
from store.errors import NotAllowed
from store.land import review_errors as errors
from store.queries import query


@dataclass(frozen=True)
class Step:
    """One step of a review as it was taken; it never changes.

    Attributes
    ----------
    made_by, account_name, roles : who took it, with the roles held at that moment (``role@prefix``, with spaces).
    at : UTC.
    parcel_digest : SHA-256 of the parcel as the person saw it: shape, village, supply, use, quota asked for.
    area_mu : its ellipsoidal area at that moment, to 0.01 亩.
    check_id : the check whose result was seen.
    posting_id : the posting of the ledger made with it.
    record_id : the entry of the record made with it.
    """

    id: int
    version: int
    round: int
    action: ReviewAction
    from_state: ReviewState
    to_state: ReviewState
    account_id: int
    account_name: str
    made_by: str
    roles: str
    at: dt.datetime
    remark: str | None
    due_on: dt.date | None
    parcel_digest: str | None
    area_mu: Decimal
    check_id: int | None
    posting_id: int | None
    record_id: int


@dataclass(frozen=True)
class Checked:
    """The last check of a parcel.

    `present`: it is a check of the parcel as it is now. `prohibited`, `restricted`: conflicts above the tolerance.
    """

    id: int
    at: dt.datetime
    present: bool
    prohibited: int
    restricted: int


@dataclass(frozen=True)
class Review:
    """A parcel as it lies before a reviewer; `version` 0 where it was never handed in.

    Attributes
    ----------
    digest, area_mu : of the parcel as it is now.
    submitted_digest : of the parcel as it was handed in last.
    submitter, submitters, examiners : accounts; who handed it in last, who ever did, who ever examined it.
    due_on : until when the office at which it lies is to decide; None where it lies at none.
    """

    parcel_no: str
    name: str
    admin_code: str
    parcel_kind: ParcelKind
    parcel_use: ParcelUse | None
    quota_kind: QuotaKind
    project_no: str | None
    digest: str
    area_mu: Decimal
    state: ReviewState
    round: int
    version: int
    due_on: dt.date | None
    overdue: bool
    changed_at: dt.datetime | None
    submitter: int | None
    submitters: tuple[int, ...]
    examiners: tuple[int, ...]
    submitted_digest: str | None
    posting_id: int | None
    check: Checked | None
    last: Step | None

    @property
    def changed_since_submitted(self) -> bool:
        """Whether the parcel is another one than was handed in."""
        return self.submitted_digest is not None and self.submitted_digest != self.digest

    @property
    def changed_since_approved(self) -> bool:
        """Whether it is approved as another parcel than it is: the city revokes, or the data are put right."""
        return self.state is ReviewState.APPROVED and self.changed_since_submitted


@dataclass(frozen=True)
class ReviewFile:
    """An attachment without its content; `sha256` in hexadecimal, `size` in bytes."""

    id: int
    step_id: int
    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Me:
    """The transaction's person with the roles held and their places."""

    account_id: int
    held: tuple[tuple[Role, str], ...]


def review(connection: sa.Connection, parcel_no: str) -> Review:
    """One parcel under review.

    Raises
    ------
    UnknownParcel : there is none of that number among those whose reviews the person may read.
    """
    for found in _reviews(connection, "AND p.parcel_no = :parcel", parcel=parcel_no):
        return found
    raise errors.UnknownParcel(parcel=parcel_no[:40])


def reviews(connection: sa.Connection, prefix: str = "", states: Sequence[ReviewState] = ()) -> list[Review]:
    """Parcels below a code, in some states or in all of them, those due first, then by number."""
    return _reviews(
        connection,
        "AND p.admin_code ^@ :prefix AND (:all OR coalesce(r.state, 'draft') = ANY (:states))",
        prefix=prefix,
        all=not states,
        states=[str(state) for state in states],
    )


def inbox(connection: sa.Connection) -> list[Review]:
    """What waits for the transaction's person, those due first: to examine, to approve, returned, changed.

    Nothing waits for nobody.
    """
    if account_of(connection) is None:
        return []
    me = me_now(connection)
    found = _reviews(
        connection,
        "AND (r.state = ANY (:waiting) OR r.state = 'returned' AND r.submitter = :me "
        "OR r.state = 'approved' AND r.parcel_digest IS DISTINCT FROM d.digest)",
        waiting=[str(state) for state in WAITING],
        me=me.account_id,
    )
    decided = {ReviewAction.EXAMINE, ReviewAction.APPROVE, ReviewAction.SUBMIT, ReviewAction.REVOKE}
    return [one for one in found if decided & set(open_to(one, me))]


def sent(connection: sa.Connection) -> list[Review]:
    """Parcels that the transaction's person ever handed in, the last changed first; none of nobody."""
    if account_of(connection) is None:
        return []
    found = _reviews(connection, "AND :me = ANY (r.submitters)", me=me_now(connection).account_id)
    return sorted(
        found, key=lambda one: one.changed_at or dt.datetime.min.replace(tzinfo=dt.UTC), reverse=True
    )


def actions_for(seen: Review, person: Person) -> tuple[ReviewAction, ...]:
    """Steps that a person may take with a parcel, for the buttons of a page; conflicts may still forbid one."""
    held = tuple((one.role, one.prefix) for one in person.assignments)
    return open_to(seen, Me(person.account_id, held))


def steps(connection: sa.Connection, parcel_no: str) -> list[Step]:
    """The whole history of a parcel, the first step first."""
    rows = connection.execute(
        sa.text(
            "SELECT id, version, round, action, from_state, to_state, account_id, account_name, made_by, roles, at, "
            "remark, due_on, parcel_digest, area_mu, check_id, posting_id, record_id "
            "FROM xiangtu.review_steps WHERE parcel_no = :parcel ORDER BY version"
        ),
        {"parcel": parcel_no},
    )
    return [_step(dict(row._mapping)) for row in rows]


def files(connection: sa.Connection, parcel_no: str) -> list[ReviewFile]:
    """Attachments of all steps of a parcel, in the order in which they came."""
    rows = connection.execute(
        sa.text(
            "SELECT id, step_id, name, media_type, size, sha256 FROM xiangtu.review_files "
            "WHERE parcel_no = :parcel ORDER BY id"
        ),
        {"parcel": parcel_no},
    )
    return [ReviewFile(**row._mapping) for row in rows]


def file_content(connection: sa.Connection, file_id: int) -> bytes:
    """The content of an attachment.

    Raises
    ------
    NotAllowed : there is none of that id, or not for this person.
    """
    content = connection.scalar(
        sa.text("SELECT content FROM xiangtu.review_files WHERE id = :id"), {"id": file_id}
    )
    if content is None:
        raise NotAllowed()
    return bytes(content)


def account_of(connection: sa.Connection) -> int | None:
    found: int | None = connection.scalar(sa.text("SELECT access.account()"))
    return found


def me_now(connection: sa.Connection) -> Me:
    """The transaction's person.

    Raises
    ------
    NotAllowed : nobody is signed in.
    """
    account_id = account_of(connection)
    if account_id is None:
        raise NotAllowed()
    rows = connection.execute(
        sa.text("SELECT role, prefix FROM access.assignments WHERE account_id = :me"), {"me": account_id}
    )
    known = set(Role)
    return Me(int(account_id), tuple((Role.of(role), prefix) for role, prefix in rows if role in known))


def open_to(one: Review, me: Me) -> tuple[ReviewAction, ...]:
    """Steps that somebody may take with a parcel; conflicts may still forbid one."""
    return actions_open(
        one.state,
        one.admin_code,
        me.held,
        me.account_id,
        submitters=one.submitters,
        submitter=one.submitter,
        examiners=one.examiners,
    )


def _reviews(connection: sa.Connection, condition: str, **given: object) -> list[Review]:
    statement = f"{query('parcel_reviews').text} {condition} ORDER BY r.due_on NULLS LAST, p.parcel_no"
    return [_review(dict(row._mapping)) for row in connection.execute(sa.text(statement), given)]


_OF_STEP = {
    "step_id": "id",
    "step_version": "version",
    "step_round": "round",
    "step_due_on": "due_on",
    "step_digest": "parcel_digest",
    "step_area_mu": "area_mu",
    "step_check_id": "check_id",
    "step_posting_id": "posting_id",
}
_AS_THEY_ARE = (
    "action",
    "from_state",
    "to_state",
    "account_id",
    "account_name",
    "made_by",
    "roles",
    "at",
    "remark",
    "record_id",
)


def _review(row: dict[str, Any]) -> Review:
    step = {name: row.pop(key) for key, name in _OF_STEP.items()}
    step |= {name: row.pop(name) for name in _AS_THEY_ARE}
    check_id, at, present = row.pop("check_id"), row.pop("checked_at"), row.pop("check_present")
    prohibited, restricted = row.pop("prohibited"), row.pop("restricted")
    return Review(
        **{
            **row,
            "parcel_kind": ParcelKind.of(row["parcel_kind"]),
            "parcel_use": row["parcel_use"] and ParcelUse.of(row["parcel_use"]),
            "quota_kind": QuotaKind.of(row["quota_kind"]),
            "state": ReviewState.of(row["state"]),
            "overdue": bool(row["overdue"]),
            "submitters": tuple(row["submitters"]),
            "examiners": tuple(row["examiners"]),
            "check": None if check_id is None else Checked(check_id, at, present, prohibited, restricted),
            "last": None if step["id"] is None else _step(step),
        }
    )


def _step(row: dict[str, Any]) -> Step:
    return Step(
        **{
            **row,
            "action": ReviewAction.of(row["action"]),
            "from_state": ReviewState.of(row["from_state"]),
            "to_state": ReviewState.of(row["to_state"]),
        }
    )
