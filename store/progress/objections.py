"""Objections of townships to their scores, and the city's answers; an accepted one adds the line that then holds."""

import datetime as dt
from dataclasses import dataclass
from typing import Never

import sqlalchemy as sa

from base.settings import settings
from store import record
from store.errors import NotAllowed, StoreError
from store.progress.assessment_rules import rules_table
from store.progress.assessments import assessment

SHORTEST_REASON = 4


class ObjectionError(StoreError):
    """Base of what keeps an objection or an answer from being taken."""


class TooLate(ObjectionError):
    """The last day for objections has passed."""

    key = "assessment.too_late"


class NothingToObjectTo(ObjectionError):
    """The township has no score for that item."""

    key = "assessment.nothing_to_object_to"


class OneIsOpen(ObjectionError):
    """An objection to the item waits for its answer."""

    key = "assessment.one_is_open"


class ReasonMissing(ObjectionError):
    """An objection and an answer have a reason."""

    key = "assessment.reason_missing"


class OwnObjection(ObjectionError):
    """Nobody answers what they objected themselves."""

    key = "assessment.own_objection"


class Answered(ObjectionError):
    """It was answered before."""

    key = "assessment.answered"


class BadScore(ObjectionError):
    """More points than the item has, or less than none."""

    key = "assessment.bad_score"


class UnknownObjection(ObjectionError):
    """No objection has that number."""

    key = "assessment.unknown_objection"


_KNOWN: dict[str, type[StoreError]] = {
    "XA003": TooLate,
    "XA004": NothingToObjectTo,
    "XA005": OneIsOpen,
    "XA007": OwnObjection,
    "23505": Answered,
    "42501": NotAllowed,
}


@dataclass(frozen=True)
class Objection:
    """An objection with its answer; without one `verdict` is None. Moments in UTC."""

    id: int
    assessment_id: int
    admin_code: str
    item_no: int
    reason: str
    made_by: str
    made_at: dt.datetime
    verdict: str | None
    answer: str | None
    score: float | None
    answered_by: str | None
    answered_at: dt.datetime | None


def objections(connection: sa.Connection, assessment_id: int) -> list[Objection]:
    """Objections to an assessment, open ones first, then the newest."""
    rows = connection.execute(
        sa.text(
            "SELECT o.id, o.assessment_id, o.admin_code, o.item_no, o.reason, o.made_by, o.made_at, a.verdict, "
            "a.reason AS answer, a.score, a.made_by AS answered_by, a.made_at AS answered_at "
            "FROM xiangtu.assessment_objections AS o LEFT JOIN xiangtu.assessment_answers AS a "
            "ON a.objection_id = o.id WHERE o.assessment_id = :number ORDER BY a.verdict IS NOT NULL, o.id DESC"
        ),
        {"number": assessment_id},
    )
    return [Objection(**row) for row in rows.mappings()]


def object_to(
    connection: sa.Connection, assessment_id: int, admin_code: str, item_no: int, reason: str, *, by: str = ""
) -> int:
    """Object to a township's points of an item; returns the objection's number.

    Raises
    ------
    ReasonMissing, TooLate, NothingToObjectTo, OneIsOpen
    NotAllowed : the person reports for another township.
    """
    _require_reason(reason)
    statement = sa.text(
        "INSERT INTO xiangtu.assessment_objections (assessment_id, admin_code, item_no, reason, made_by) "
        "VALUES (:assessment, :code, :item, :reason, :by) RETURNING id"
    )
    given = {
        "assessment": assessment_id,
        "code": admin_code,
        "item": item_no,
        "reason": reason.strip(),
        "by": by,
    }
    try:
        number = int(connection.execute(statement, given).scalar_one())
    except sa.exc.DBAPIError as error:
        _tell(error)
    after = {"assessment": assessment_id, "admin_code": admin_code, "item": item_no}
    record.note(connection, "assessment_objected", "objection", number, after=after, reason=reason.strip())
    return number


def answer(
    connection: sa.Connection, objection_id: int, reason: str, score: float | None = None, *, by: str = ""
) -> None:
    """Refuse an objection, or accept it with the points that then hold, as a new line beside the frozen one.

    Parameters
    ----------
    score : points from now on; None refuses.

    Raises
    ------
    ReasonMissing, UnknownObjection, OwnObjection, Answered, BadScore
    NotAllowed : the person does not plan for the city.
    """
    _require_reason(reason)
    asked = connection.execute(
        sa.text(
            "SELECT assessment_id, admin_code, item_no FROM xiangtu.assessment_objections WHERE id = :id"
        ),
        {"id": objection_id},
    ).one_or_none()
    if asked is None:
        raise UnknownObjection()
    one = assessment(connection, asked.assessment_id)
    points = rules_table(connection, one.rules_id).rules.item(asked.item_no).points
    if score is not None and not 0 <= score <= points:
        raise BadScore(given=f"{score:g}", points=f"{points:g}")
    verdict = "refused" if score is None else "accepted"
    given = {
        "id": objection_id,
        "code": settings().city_code,
        "verdict": verdict,
        "reason": reason.strip(),
        "score": score,
        "by": by,
    }
    statement = sa.text(
        "INSERT INTO xiangtu.assessment_answers (objection_id, admin_code, verdict, reason, score, made_by) "
        "VALUES (:id, :code, :verdict, :reason, :score, :by)"
    )
    try:
        connection.execute(statement, given)
        if score is not None:
            _supersede(connection, objection_id, score, by)
    except sa.exc.DBAPIError as error:
        _tell(error)
    after = {"verdict": verdict, "score": score, "admin_code": asked.admin_code, "item": asked.item_no}
    record.note(
        connection, "assessment_answered", "objection", objection_id, after=after, reason=reason.strip()
    )


def _supersede(connection: sa.Connection, objection_id: int, score: float, by: str) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO xiangtu.assessment_scores (assessment_id, admin_code, item_no, value, numerator, "
            "denominator, with_data, units, share, score, basis, objection_id, supersedes, made_by) "
            "SELECT s.assessment_id, s.admin_code, s.item_no, s.value, s.numerator, s.denominator, s.with_data, "
            "s.units, s.share, :score, 'objection', o.id, s.id, :by FROM xiangtu.assessment_objections AS o "
            "JOIN xiangtu.assessment_scores AS s USING (assessment_id, admin_code, item_no) "
            "WHERE o.id = :id ORDER BY s.id DESC LIMIT 1"
        ),
        {"id": objection_id, "score": score, "by": by},
    )


def _require_reason(reason: str) -> None:
    if len("".join(reason.split())) < SHORTEST_REASON:
        raise ReasonMissing()


def _tell(error: sa.exc.DBAPIError) -> Never:
    known = _KNOWN.get(str(getattr(error.orig, "sqlstate", "")))
    if known is None:
        raise error
    raise known() from error
