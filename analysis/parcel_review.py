"""The review of a parcel as a state machine: who may take which step from where, and by when (domain rule 4).

The township hands in, the county's natural-resources bureau examines, the city approves; either of the two returns
with a reason. The database holds the same table (`xiangtu.review_transitions`); a test keeps them equal.
"""

from collections.abc import Collection
from dataclasses import dataclass

from layers import AdminLevel, Role
from layers.codes import CodeList, ReviewState


class ReviewAction(CodeList):
    """Steps of a review."""

    SUBMIT = "submit", "报审", "hand in"
    EXAMINE = "examine", "县级审查通过", "pass the county's examination"
    APPROVE = "approve", "市级批准", "approve"
    RETURN = "return", "退回", "return"
    WITHDRAW = "withdraw", "撤回", "withdraw"
    REVOKE = "revoke", "撤销批准", "revoke the approval"


@dataclass(frozen=True)
class Transition:
    """A step: from a state, by an office, to a state; `remark_needed` where it says why in any case."""

    before: ReviewState
    action: ReviewAction
    office: AdminLevel
    after: ReviewState
    remark_needed: bool = False


_S, _A, _O = ReviewState, ReviewAction, AdminLevel
TRANSITIONS: tuple[Transition, ...] = (
    Transition(_S.DRAFT, _A.SUBMIT, _O.TOWNSHIP, _S.SUBMITTED),
    Transition(_S.RETURNED, _A.SUBMIT, _O.TOWNSHIP, _S.SUBMITTED),
    Transition(_S.WITHDRAWN, _A.SUBMIT, _O.TOWNSHIP, _S.SUBMITTED),
    Transition(_S.SUBMITTED, _A.WITHDRAW, _O.TOWNSHIP, _S.WITHDRAWN),
    Transition(_S.EXAMINED, _A.WITHDRAW, _O.TOWNSHIP, _S.WITHDRAWN),
    Transition(_S.SUBMITTED, _A.EXAMINE, _O.COUNTY, _S.EXAMINED),
    Transition(_S.SUBMITTED, _A.RETURN, _O.COUNTY, _S.RETURNED, remark_needed=True),
    Transition(_S.EXAMINED, _A.APPROVE, _O.CITY, _S.APPROVED),
    Transition(_S.EXAMINED, _A.RETURN, _O.CITY, _S.RETURNED, remark_needed=True),
    Transition(_S.APPROVED, _A.REVOKE, _O.CITY, _S.RETURNED, remark_needed=True),
)
"""The whole machine; a step that is not here is refused."""
JUDGING = (ReviewAction.EXAMINE, ReviewAction.APPROVE, ReviewAction.RETURN, ReviewAction.REVOKE)
"""Steps that nobody takes with a parcel that they handed in themselves."""
WAITING = {ReviewState.SUBMITTED: AdminLevel.COUNTY, ReviewState.EXAMINED: AdminLevel.CITY}
"""The office at which a parcel lies, by its state."""


def transition(before: ReviewState, action: ReviewAction) -> Transition | None:
    """The step from a state, None if there is no such step."""
    return next((one for one in TRANSITIONS if (one.before, one.action) == (before, action)), None)


def speaks_for(office: AdminLevel, role: Role, prefix: str, admin_code: str) -> bool:
    """Whether a role at a place speaks for an office in the matter of a parcel.

    The township is its clerks and land reviewers, or those of a place above that do its work; county and city are
    land reviewers appointed for exactly the county, or the city.

    Parameters
    ----------
    prefix : the place at which the role is held, leading digits of a code.
    admin_code : 12-digit code of the parcel's village.
    """
    if not admin_code.startswith(prefix):
        return False
    if office is AdminLevel.TOWNSHIP:
        return role in (Role.CLERK, Role.LAND_REVIEWER)
    return role is Role.LAND_REVIEWER and len(prefix) == office.digits


def actions_open(
    state: ReviewState,
    admin_code: str,
    held: Collection[tuple[Role, str]],
    account_id: int,
    *,
    submitters: Collection[int],
    submitter: int | None,
    examiners: Collection[int],
) -> tuple[ReviewAction, ...]:
    """Steps that a person may take with a parcel, as far as state, office and the rule of four eyes go.

    Parameters
    ----------
    held : the person's roles, each with the place at which it is held.
    submitters : accounts that ever handed the parcel in; they judge it never.
    submitter : the account that handed it in this time; nobody else withdraws it.
    examiners : accounts that ever examined it; they do not approve it.
    """
    found = []
    for one in TRANSITIONS:
        if one.before is not state:
            continue
        if not any(speaks_for(one.office, role, prefix, admin_code) for role, prefix in held):
            continue
        own = one.action in JUDGING and account_id in submitters
        theirs = one.action is ReviewAction.WITHDRAW and account_id != submitter
        twice = one.action is ReviewAction.APPROVE and account_id in examiners
        if not (own or theirs or twice):
            found.append(one.action)
    return tuple(found)
