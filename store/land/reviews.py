"""Reviews of parcels: what waits for whom, and the steps, each in one transaction with its quota and its record.

The database judges every step by itself (migration 0018); what is asked here before is asked for a clear sentence.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from access import Person
from analysis.parcel_review import JUDGING, WAITING, ReviewAction, actions_open, transition
from base.settings import settings
from layers import AdminLevel, Role
from layers.codes import ParcelKind, ParcelUse, QuotaKind, ReviewState
from store import record
from store.errors import NotAllowed
from store.land import allotments
from store.land import review_errors as errors
from store.land.attachments import Attachment, require_few
from store.queries import query
from store.working_days import working_days

LONGEST_REMARK = 2000
SHORTEST_REMARK = record.SHORTEST_REASON
_SHANGHAI = ZoneInfo("Asia/Shanghai")


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
class _Me:
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
    if _account(connection) is None:
        return []
    me = _me(connection)
    found = _reviews(
        connection,
        "AND (r.state = ANY (:waiting) OR r.state = 'returned' AND r.submitter = :me "
        "OR r.state = 'approved' AND r.parcel_digest IS DISTINCT FROM d.digest)",
        waiting=[str(state) for state in WAITING],
        me=me.account_id,
    )
    decided = {ReviewAction.EXAMINE, ReviewAction.APPROVE, ReviewAction.SUBMIT, ReviewAction.REVOKE}
    return [one for one in found if decided & set(_open(one, me))]


def sent(connection: sa.Connection) -> list[Review]:
    """Parcels that the transaction's person ever handed in, the last changed first; none of nobody."""
    if _account(connection) is None:
        return []
    found = _reviews(connection, "AND :me = ANY (r.submitters)", me=_me(connection).account_id)
    return sorted(
        found, key=lambda one: one.changed_at or dt.datetime.min.replace(tzinfo=dt.UTC), reverse=True
    )


def actions_for(seen: Review, person: Person) -> tuple[ReviewAction, ...]:
    """Steps that a person may take with a parcel, for the buttons of a page; conflicts may still forbid one."""
    held = tuple((one.role, one.prefix) for one in person.assignments)
    return _open(seen, _Me(person.account_id, held))


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


def submit(
    connection: sa.Connection, seen: Review, remark: str = "", files: Sequence[Attachment] = ()
) -> Review:
    """Hand a parcel in, for the first time or again after it came back.

    Parameters
    ----------
    connection : `store.engine.changing`, for the person who takes the step; the same for all steps below.
    seen : the parcel as it was on that person's screen (`review`).

    Raises
    ------
    ReviewMovedOn : somebody took a step since; carries the parcel as it is now. A second click of the same step is no
        error: it changes nothing and returns the parcel.
    ReviewError : what else refuses the step, in a sentence; nothing is changed.
    """
    return _take(connection, seen, ReviewAction.SUBMIT, remark, files)


def examine(
    connection: sa.Connection, seen: Review, remark: str = "", files: Sequence[Attachment] = ()
) -> Review:
    """Pass the county's examination; see `submit`."""
    return _take(connection, seen, ReviewAction.EXAMINE, remark, files)


def approve(
    connection: sa.Connection, seen: Review, remark: str = "", files: Sequence[Attachment] = ()
) -> Review:
    """Approve for the city and allot the parcel's quota in the same transaction; see `submit`.

    Raises
    ------
    NoQuota : neither the township nor the county has enough; nothing is changed.
    """
    return _take(connection, seen, ReviewAction.APPROVE, remark, files)


def return_(connection: sa.Connection, seen: Review, remark: str, files: Sequence[Attachment] = ()) -> Review:
    """Send a parcel back with a reason, by the office at which it lies; see `submit`."""
    return _take(connection, seen, ReviewAction.RETURN, remark, files)


def withdraw(
    connection: sa.Connection, seen: Review, remark: str = "", files: Sequence[Attachment] = ()
) -> Review:
    """Take back, before the approval, what one handed in oneself; see `submit`."""
    return _take(connection, seen, ReviewAction.WITHDRAW, remark, files)


def revoke(connection: sa.Connection, seen: Review, remark: str, files: Sequence[Attachment] = ()) -> Review:
    """Take an approval back with a reason and reverse its posting; the parcel is returned. See `submit`."""
    return _take(connection, seen, ReviewAction.REVOKE, remark, files)


def _take(
    connection: sa.Connection,
    seen: Review,
    action: ReviewAction,
    remark: str,
    files: Sequence[Attachment],
) -> Review:
    remark = remark.strip()
    if len(remark) > LONGEST_REMARK:
        raise errors.RemarkTooLong(most=LONGEST_REMARK, number=len(remark))
    require_few(tuple(files))
    # One after the other from here on, in the order in which the record is written: the second reads what the first
    # has committed, and nobody waits for the record while holding a review.
    record.take_turn(connection)
    me, now = _me(connection), review(connection, seen.parcel_no)
    if now.version != seen.version:
        if _is_second_click(now, seen, action, me):
            return now
        raise errors.ReviewMovedOn(now)
    _require(now, seen, action, me, remark)
    try:
        posting_id = _post(connection, now, action, remark)
        _insert(connection, now, action, remark, files, posting_id)
    except sa.exc.DBAPIError as error:
        _tell(error, now, action)
        raise
    return review(connection, seen.parcel_no)


def _is_second_click(now: Review, seen: Review, action: ReviewAction, me: _Me) -> bool:
    last = now.last
    return (
        last is not None
        and now.version == seen.version + 1
        and (last.account_id, last.action) == (me.account_id, action)
    )


def _require(now: Review, seen: Review, action: ReviewAction, me: _Me, remark: str) -> None:
    """Ask what the database will ask, in the same order, and say what is wrong."""
    rule = transition(now.state, action)
    parcel = now.parcel_no
    if rule is None:
        raise errors.NoSuchStep(parcel=parcel, state=now.state, action=action)
    if action not in _open(now, me):
        raise _why_not(now, action, rule.office, me)
    letters = len("".join(remark.split()))
    if action is not ReviewAction.WITHDRAW:
        if now.digest != seen.digest:
            raise errors.ParcelChanged(parcel=parcel)
        if (now.check and now.check.id) != (seen.check and seen.check.id):
            raise errors.CheckedAnew(parcel=parcel)
    if action in (ReviewAction.EXAMINE, ReviewAction.APPROVE) and now.changed_since_submitted:
        raise errors.ChangedSinceSubmitted(parcel=parcel)
    if action in (ReviewAction.SUBMIT, ReviewAction.EXAMINE, ReviewAction.APPROVE):
        if now.check is None or not now.check.present:
            raise errors.CheckNeeded(parcel=parcel)
        if action is ReviewAction.APPROVE and now.check.prohibited:
            raise errors.Prohibited(parcel=parcel, number=now.check.prohibited)
        if now.check.restricted and letters < SHORTEST_REMARK:
            raise errors.RemarkForConflict(parcel=parcel, number=now.check.restricted)
    if rule.remark_needed and letters < SHORTEST_REMARK:
        raise errors.RemarkNeeded(action=action)


def _why_not(now: Review, action: ReviewAction, office: AdminLevel, me: _Me) -> errors.ReviewError:
    if action in JUDGING and me.account_id in now.submitters:
        return errors.OwnParcel(parcel=now.parcel_no)
    if action is ReviewAction.APPROVE and me.account_id in now.examiners:
        return errors.ExaminedByYou(parcel=now.parcel_no)
    if action is ReviewAction.WITHDRAW and me.account_id != now.submitter:
        return errors.NotYours(parcel=now.parcel_no)
    return errors.OfficeNeeded(action, office)


def _post(connection: sa.Connection, now: Review, action: ReviewAction, remark: str) -> int | None:
    if action is ReviewAction.APPROVE:
        return allotments.allot(
            connection,
            parcel_no=now.parcel_no,
            admin_code=now.admin_code,
            kind=now.quota_kind,
            lot=now.project_no or "",
            use=now.parcel_use,
            area_mu=now.area_mu,
            remark=remark,
        )
    if action is ReviewAction.REVOKE and now.posting_id is not None:
        return allotments.give_back(connection, now.posting_id, remark)
    return None


def _insert(
    connection: sa.Connection,
    now: Review,
    action: ReviewAction,
    remark: str,
    files: Sequence[Attachment],
    posting_id: int | None,
) -> None:
    version, due_on = now.version + 1, _due_on(action)
    after = {
        "version": version,
        "name": now.name,
        "admin_code": now.admin_code,
        "area_mu": str(now.area_mu),
        "parcel_digest": now.digest,
        "check_id": now.check and now.check.id,
        "posting_id": posting_id,
        "due_on": due_on and due_on.isoformat(),
        "files": [one.name for one in files],
    }
    entry = record.note(
        connection,
        f"parcel_{action}",
        "parcel_review",
        now.parcel_no,
        before={"state": str(now.state), "round": now.round},
        after=after,
        reason=remark or None,
    )
    step_id = connection.execute(
        sa.text(
            "INSERT INTO xiangtu.review_steps (parcel_no, version, action, remark, due_on, parcel_digest, check_id, "
            "posting_id, record_id) VALUES (:parcel, :version, :action, :remark, :due, :digest, :check, :posting, "
            ":entry) RETURNING id"
        ),
        {
            "parcel": now.parcel_no,
            "version": version,
            "action": str(action),
            "remark": remark or None,
            "due": due_on,
            "digest": now.digest,
            "check": now.check and now.check.id,
            "posting": posting_id,
            "entry": entry,
        },
    ).scalar_one()
    for one in files:
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.review_files (step_id, name, media_type, content) "
                "VALUES (:step, :name, :kind, :content)"
            ),
            {"step": step_id, "name": one.name, "kind": one.media_type, "content": one.content},
        )


def _due_on(action: ReviewAction) -> dt.date | None:
    today = dt.datetime.now(_SHANGHAI).date()
    if action is ReviewAction.SUBMIT:
        return working_days().due_after(today, settings().review_county_days)
    if action is ReviewAction.EXAMINE:
        return working_days().due_after(today, settings().review_city_days)
    return None


_REFUSALS: dict[str, type[errors.ReviewError]] = {
    "XTR01": errors.UnknownParcel,
    "XTR04": errors.NotYours,
    "XTR05": errors.OwnParcel,
    "XTR06": errors.ExaminedByYou,
    "XTR07": errors.ParcelChanged,
    "XTR08": errors.CheckedAnew,
    "XTR09": errors.ChangedSinceSubmitted,
    "XTR10": errors.CheckNeeded,
}


def _tell(error: sa.exc.DBAPIError, now: Review, action: ReviewAction) -> None:
    """Raise the sentence for what the database found between the look and the step: an import, a new check."""
    refusal = _REFUSALS.get(str(getattr(error.orig, "sqlstate", "")))
    if refusal is not None:
        raise refusal(parcel=now.parcel_no) from error


def _account(connection: sa.Connection) -> int | None:
    found: int | None = connection.scalar(sa.text("SELECT access.account()"))
    return found


def _me(connection: sa.Connection) -> _Me:
    account_id = _account(connection)
    if account_id is None:
        raise NotAllowed()
    rows = connection.execute(
        sa.text("SELECT role, prefix FROM access.assignments WHERE account_id = :me"), {"me": account_id}
    )
    known = set(Role)
    return _Me(int(account_id), tuple((Role.of(role), prefix) for role, prefix in rows if role in known))


def _open(one: Review, me: _Me) -> tuple[ReviewAction, ...]:
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
