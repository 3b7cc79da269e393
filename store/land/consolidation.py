"""Consolidation projects as the land bureau follows them: areas by class, acceptance, and where the savings went.

Projects and their areas are delivered as layers; that one is accepted is said here, and brings its savings into the
ledger in the same transaction. Areas in 亩 (plan clause 17; TD/T 1013 on acceptance).
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from analysis import quota
from layers.codes import ProjectState, QuotaKind
from store import record
from store.errors import NotAllowed, StoreError
from store.land import ledger
from store.queries import query

ACCEPTABLE = (ProjectState.APPROVED, ProjectState.UNDER_WAY, ProjectState.ACCEPTED)
"""States in which a project's delivery must say it to be, so that it can be accepted."""
_PROJECT = "consolidation_projects"


class AcceptanceError(StoreError):
    """Base of what keeps a project from being accepted."""


class UnknownProject(AcceptanceError):
    """No project has that number."""

    key = "consolidation.unknown_project"


class NotAcceptable(AcceptanceError):
    """The project is not approved yet, or was given up."""

    key = "consolidation.not_acceptable"


class AlreadyAccepted(AcceptanceError):
    """The project is accepted, and what it brought is not reversed."""

    key = "consolidation.already_accepted"


class HandedInByYou(AcceptanceError):
    """Who hands a project's data in does not accept it."""

    key = "consolidation.handed_in_by_you"


class MoreThanProject(AcceptanceError):
    """An area that is larger than the project."""

    key = "consolidation.more_than_project"


class BadDay(AcceptanceError):
    """A day of acceptance that lies in the future, or before the project was started."""

    key = "consolidation.bad_day"


@dataclass(frozen=True)
class NewAcceptance:
    """That a project is accepted.

    Attributes
    ----------
    unit : 12-digit code of the township or county whose accounts get the quota.
    new_farmland_mu, saved_mu : as measured at the acceptance, four decimals; 0 for none.
    reference : number of the document.
    opening : it was accepted before the ledger began.
    """

    project_no: str
    unit: str
    accepted_on: dt.date
    new_farmland_mu: Decimal
    saved_mu: Decimal
    remark: str = ""
    reference: str = ""
    opening: bool = False


@dataclass(frozen=True)
class Accepted:
    """What an acceptance brought: its number and those of the postings, None where there was nothing to post."""

    id: int
    posting_id: int | None
    farmland_posting_id: int | None


def unit_of(admin_code: str) -> str:
    """Whose account a project's quota goes to: its township's, or its county's where no township is named."""
    return admin_code[:9].ljust(12, "0")


def projects(connection: sa.Connection, prefix: str = "", project_no: str | None = None) -> pd.DataFrame:
    """Projects below a code, or one of them, with their acceptance that stands.

    Returns
    -------
    As ``store/sql/consolidation_projects.sql``; areas in 亩, ``area_m2`` ellipsoidal, degrees, moments in UTC.
    """
    return _frame(connection, "consolidation_projects", prefix, project_no)


def classes(connection: sa.Connection, prefix: str = "", project_no: str | None = None) -> pd.DataFrame:
    """Areas by land class: ``project_no land_class before_mu after_mu``."""
    return _frame(connection, "consolidation_classes", prefix, project_no)


def trace(connection: sa.Connection, prefix: str = "", project_no: str | None = None) -> pd.DataFrame:
    """Uses of saved quota from project to parcel.

    Returns
    -------
    ``project_no project_name unit_code unit_name parcel_no parcel_name parcel_code amount_mu purpose reason reference
    effective_on posting_id``; a use without a parcel (opening) has ``parcel_no`` "".
    """
    return _frame(connection, "consolidation_trace", prefix, project_no)


def _frame(connection: sa.Connection, name: str, prefix: str, project_no: str | None) -> pd.DataFrame:
    rows = connection.execute(query(name), {"prefix": prefix, "project_no": project_no})
    return pd.DataFrame(rows.all(), columns=list(rows.keys()))


def accept(connection: sa.Connection, new: NewAcceptance, *, by: str = "") -> Accepted:
    """Accept a project and post what it brings, in the caller's transaction.

    Parameters
    ----------
    connection : of the pages (`store.engine.changing`), whose person is named, or the owner's.
    by : who accepts, where nobody is signed in.

    Raises
    ------
    UnknownProject, NotAcceptable, AlreadyAccepted, HandedInByYou, MoreThanProject, BadDay
    QuotaError, LedgerError : the ledger refuses the posting.
    NotAllowed : the person reviews no land in the county.
    """
    # Everybody waits for the record first, then for a project: two never wait for each other.
    record.take_turn(connection)
    known = projects(connection, project_no=new.project_no)
    if known.empty:
        raise UnknownProject(project_no=new.project_no[:60])
    project = known.iloc[0]
    _require_sound(new, project)
    farmland_id = saved_id = None
    if new.saved_mu:
        saved_id = _post(connection, new, QuotaKind.SAVED, new.saved_mu, by)
    if new.new_farmland_mu:
        farmland_id = _post(connection, new, QuotaKind.FARMLAND, new.new_farmland_mu, by)
    number = _insert(connection, new, str(project["admin_code"]), saved_id, farmland_id, by)
    _note(connection, new, number, by)
    return Accepted(number, saved_id, farmland_id)


def _require_sound(new: NewAcceptance, project: "pd.Series[Any]") -> None:
    state = ProjectState.of(project["state"])
    if state not in ACCEPTABLE:
        raise NotAcceptable(name=project["name"], state=state.text.zh)
    if project["acceptance_id"] is not None and not pd.isna(project["acceptance_id"]):
        raise AlreadyAccepted(name=project["name"])
    started = project["started_on"]
    if new.accepted_on > ledger.today() or (
        isinstance(started, dt.date) and not pd.isna(started) and new.accepted_on < started
    ):
        raise BadDay(day=new.accepted_on.isoformat())
    stated = project["stated_area_mu"]
    if stated is None or pd.isna(stated):
        return
    for value in (new.saved_mu, new.new_farmland_mu):
        if value > Decimal(str(stated)) and not new.opening:
            raise MoreThanProject(given=f"{value:f}", area=f"{stated:g}")


def _post(connection: sa.Connection, new: NewAcceptance, kind: QuotaKind, amount_mu: Decimal, by: str) -> int:
    posting = quota.saved(
        new.unit,
        new.project_no,
        amount_mu,
        new.accepted_on,
        kind=kind,
        reason=new.remark,
        reference=new.reference,
    )
    return ledger.post(connection, posting, by=by, part_of=ledger.PartOf.ACCEPTANCE)


def _insert(
    connection: sa.Connection,
    new: NewAcceptance,
    admin_code: str,
    saved_id: int | None,
    farmland_id: int | None,
    by: str,
) -> int:
    statement = sa.text(
        "INSERT INTO xiangtu.consolidation_acceptances (project_no, admin_code, accepted_on, new_farmland_mu, "
        "saved_mu, remark, reference, posting_id, farmland_posting_id, opening, made_by) VALUES (:project_no, "
        ":code, :day, :farmland, :saved, :remark, :reference, :posting, :farmland_posting, :opening, :by) RETURNING id"
    )
    given = {
        "project_no": new.project_no,
        "code": admin_code,
        "day": new.accepted_on,
        "farmland": new.new_farmland_mu,
        "saved": new.saved_mu,
        "remark": new.remark.strip(),
        "reference": new.reference.strip(),
        "posting": saved_id,
        "farmland_posting": farmland_id,
        "opening": new.opening,
        "by": by,
    }
    try:
        return int(connection.execute(statement, given).scalar_one())
    except sa.exc.DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == "XL001":
            raise HandedInByYou() from error
        if state == "XL002":
            raise AlreadyAccepted(name=new.project_no) from error
        if state == "42501":
            raise NotAllowed() from error
        raise


def _note(connection: sa.Connection, new: NewAcceptance, number: int, by: str) -> None:
    after = {
        "acceptance": number,
        "accepted_on": new.accepted_on.isoformat(),
        "new_farmland_mu": str(new.new_farmland_mu),
        "saved_mu": str(new.saved_mu),
        "unit": new.unit,
        "reference": new.reference,
        "opening": new.opening,
    }
    reason = new.remark.strip() or None
    noted = record.note(
        connection, "consolidation_accepted", _PROJECT, new.project_no, after=after, reason=reason
    )
    if noted is None:
        record.note_for(connection, None, by, "consolidation_accepted", _PROJECT, new.project_no, after=after)


def outline(connection: sa.Connection, project_no: str) -> BaseGeometry | None:
    """The area of a project (EPSG:4490); None if there is no such project."""
    row = connection.execute(
        sa.text(
            "SELECT ST_AsBinary(geom) AS shape FROM feature.consolidation_projects WHERE project_no = :project_no"
        ),
        {"project_no": project_no},
    ).one_or_none()
    return None if row is None else shapely.from_wkb(bytes(row.shape))
