"""Steps of reviews of parcels, each in one transaction with its quota and its record; `review_reading` reads them.

The database judges every step by itself (migration 0018); what is asked here before is asked for a clear sentence.
"""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from analysis.parcel_review import JUDGING, ReviewAction, transition
from base.settings import settings
from layers import AdminLevel
from store import record
from store.land import allotments
from store.land import review_errors as errors
from store.land.attachments import Attachment, require_few
from store.land.review_reading import (
    Checked,
    Me,
    Review,
    ReviewFile,
    Step,
    actions_for,
    file_content,
    files,
    inbox,
    me_now,
    open_to,
    review,
    reviews,
    sent,
    steps,
)
from store.working_days import working_days

__all__ = [
    "LONGEST_REMARK",
    "Checked",
    "Review",
    "ReviewFile",
    "Step",
    "actions_for",
    "approve",
    "examine",
    "file_content",
    "files",
    "inbox",
    "return_",
    "review",
    "reviews",
    "revoke",
    "sent",
    "steps",
    "submit",
    "withdraw",
]
LONGEST_REMARK = 2000
SHORTEST_REMARK = record.SHORTEST_REASON
_SHANGHAI = ZoneInfo("Asia/Shanghai")


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
    me, now = me_now(connection), review(connection, seen.parcel_no)
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


def _is_second_click(now: Review, seen: Review, action: ReviewAction, me: Me) -> bool:
    last = now.last
    return (
        last is not None
        and now.version == seen.version + 1
        and (last.account_id, last.action) == (me.account_id, action)
    )


def _require(now: Review, seen: Review, action: ReviewAction, me: Me, remark: str) -> None:
    """Ask what the database will ask, in the same order, and say what is wrong."""
    rule = transition(now.state, action)
    parcel = now.parcel_no
    if rule is None:
        raise errors.NoSuchStep(parcel=parcel, state=now.state, action=action)
    if action not in open_to(now, me):
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


def _why_not(now: Review, action: ReviewAction, office: AdminLevel, me: Me) -> errors.ReviewError:
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
