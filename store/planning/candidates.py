"""Candidate projects: proposed, drawn or edited, withdrawn; each change with the version it was made on."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import shapely
import sqlalchemy as sa

from analysis.proposals.model import Candidate, NotServed, Proposal, Served
from layers.codes import CandidateKind, Need
from store import record
from store.planning.errors import UnknownCandidate
from store.planning.forms import as_text, candidate_form, candidate_of, geometry_of
from store.tables import SRID
from store.versions import require_saved


class Origin(StrEnum):
    """Where a candidate comes from."""

    PROPOSED = "proposed"
    DRAWN = "drawn"
    EDITED = "edited"


class CandidateState(StrEnum):
    """Whether a candidate may be chosen."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class StoredCandidate:
    """A candidate with what the database knows of it; times are UTC.

    `prices` are those that its cost was reckoned with, by unit-cost id.
    """

    id: int
    version: int
    origin: Origin
    state: CandidateState
    candidate: Candidate
    prices: dict[str, float]
    proposal_id: int | None
    created_by: str
    created_at: dt.datetime
    changed_by: str
    changed_at: dt.datetime

    @property
    def no(self) -> str:
        """The candidate's number."""
        return self.candidate.no

    def is_priced_otherwise(self, unit_yuan: Mapping[str, float]) -> bool:
        """Whether a price has changed since its cost was reckoned."""
        return any(unit_yuan.get(part) != yuan for part, yuan in self.prices.items())


@dataclass(frozen=True)
class ProposalRun:
    """One proposing for a need in a county (`admin_code`), and for whom nothing was found."""

    id: int
    admin_code: str
    need: Need
    made_by: str
    made_at: dt.datetime
    data_versions: dict[str, int]
    unit_costs: dict[str, float]
    proposed: int
    without: tuple[NotServed, ...]


_COLUMNS = "no, kind, admin_code, name, size, unit, cost_yuan, cost_parts, served, needs_first, assumptions, relocation"
_SELECT = (
    f"SELECT id, version, origin, state, proposal_id, created_by, created_at, changed_by, changed_at, prices, "
    f"{_COLUMNS}, "
    "ST_AsBinary(geom) AS shape FROM xiangtu.candidates"
)
_INSERT = f"""
INSERT INTO xiangtu.candidates ({_COLUMNS}, prices, need, geom, origin, proposal_id, created_by, changed_by)
VALUES (:no, :kind, :admin_code, :name, :size, :unit, :cost_yuan, CAST(:cost_parts AS jsonb), CAST(:served AS jsonb),
        :needs_first, CAST(:assumptions AS jsonb), :relocation, CAST(:prices AS jsonb), :need,
        ST_GeomFromWKB(:shape, {SRID}), :origin, :proposal_id, :by, :by)
ON CONFLICT (no) DO NOTHING
"""


def candidates(
    connection: sa.Connection,
    *,
    needs: Sequence[Need] = (),
    prefixes: Sequence[str] = ("",),
    withdrawn: bool = False,
) -> list[StoredCandidate]:
    """Candidates by number.

    Parameters
    ----------
    needs : only those that mend one of them; all if empty.
    prefixes : leading digits of the villages' codes, any of which will do.
    withdrawn : also those that were withdrawn.
    """
    rows = connection.execute(
        sa.text(
            f"{_SELECT} WHERE admin_code ^@ ANY (CAST(:prefixes AS text[])) "
            "AND (cardinality(CAST(:needs AS text[])) = 0 OR need = ANY (CAST(:needs AS text[]))) "
            "AND (:withdrawn OR state = 'open') ORDER BY no"
        ),
        {"prefixes": list(prefixes), "needs": [str(need) for need in needs], "withdrawn": withdrawn},
    )
    return [_stored(row) for row in rows]


def candidate(connection: sa.Connection, no: str) -> StoredCandidate:
    """One candidate by its number, also a withdrawn one.

    Raises
    ------
    UnknownCandidate : there is none.
    """
    row = connection.execute(sa.text(f"{_SELECT} WHERE no = :no"), {"no": no}).first()
    if row is None:
        raise UnknownCandidate(no=no[:60])
    return _stored(row)


def _stored(row: Any) -> StoredCandidate:
    return StoredCandidate(
        id=row.id,
        version=row.version,
        origin=Origin(row.origin),
        state=CandidateState(row.state),
        candidate=candidate_of(row._mapping, geometry_of(row.shape)),
        prices=row.prices,
        proposal_id=row.proposal_id,
        created_by=row.created_by,
        created_at=row.created_at,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )


def _values(
    made: Candidate,
    origin: Origin,
    by: str,
    unit_yuan: Mapping[str, float],
    proposal_id: int | None = None,
) -> dict[str, Any]:
    form = candidate_form(made)
    return {
        **form,
        **{name: as_text(form[name]) for name in ("cost_parts", "served", "assumptions")},
        "prices": as_text({part: unit_yuan[part] for part in made.cost_parts}),
        "need": str(made.kind.need),
        "shape": shapely.to_wkb(made.geometry),
        "origin": str(origin),
        "proposal_id": proposal_id,
        "by": by,
    }


def put_proposal(
    connection: sa.Connection,
    county: str,
    need: Need,
    proposal: Proposal,
    *,
    data_versions: dict[str, int],
    unit_costs: Mapping[str, float],
    by: str,
    as_owner: bool = False,
) -> ProposalRun:
    """Put a proposal in the place of the county's earlier one for the need.

    What people drew, edited or withdrew stays as they left it, also where the proposal has the same number anew.

    Parameters
    ----------
    county : 12-digit code.
    as_owner : the command line's connection, where nobody is signed in.

    Raises
    ------
    NotAllowed : the person does not plan for the whole county.
    """
    run_id = connection.execute(
        sa.text(
            "INSERT INTO xiangtu.proposals (admin_code, need, made_by, data_versions, unit_costs, proposed, without) "
            "VALUES (:code, :need, :by, CAST(:versions AS jsonb), CAST(:prices AS jsonb), :proposed, "
            "CAST(:without AS jsonb)) RETURNING id"
        ),
        {
            "code": county,
            "need": str(need),
            "by": by,
            "versions": as_text(data_versions),
            "prices": as_text(unit_costs),
            "proposed": len(proposal.candidates),
            "without": as_text(
                [
                    {
                        "settlement_no": one.served.settlement_no,
                        "admin_code": one.served.admin_code,
                        "people": one.served.people,
                        "reason": one.reason,
                    }
                    for one in proposal.without
                ]
            ),
        },
    ).scalar_one()
    gone = connection.execute(
        sa.text(
            "DELETE FROM xiangtu.candidates WHERE need = :need AND admin_code ^@ :prefix "
            "AND origin = 'proposed' AND state = 'open'"
        ),
        {"need": str(need), "prefix": county[:6]},
    ).rowcount
    if proposal.candidates:
        connection.execute(
            sa.text(_INSERT),
            [_values(made, Origin.PROPOSED, by, unit_costs, run_id) for made in proposal.candidates],
        )
    after = {"need": str(need), "county": county, "rows": len(proposal.candidates), "replaced": gone}
    if as_owner:
        record.note_for(connection, None, by, "candidates_proposed", "candidate", run_id, after=after)
    else:
        record.note(connection, "candidates_proposed", "candidate", run_id, after=after)
    found = latest_runs(connection, needs=(need,), prefixes=(county[:6],))
    return found[0]


def latest_runs(
    connection: sa.Connection, *, needs: Sequence[Need] = (), prefixes: Sequence[str] = ("",)
) -> list[ProposalRun]:
    """The last proposing of each need and county."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (admin_code, need) id, admin_code, need, made_by, made_at, data_versions, unit_costs, "
            "proposed, without FROM xiangtu.proposals WHERE admin_code ^@ ANY (CAST(:prefixes AS text[])) "
            "AND (cardinality(CAST(:needs AS text[])) = 0 OR need = ANY (CAST(:needs AS text[]))) "
            "ORDER BY admin_code, need, id DESC"
        ),
        {"prefixes": list(prefixes), "needs": [str(need) for need in needs]},
    )
    return [
        ProposalRun(
            id=row.id,
            admin_code=row.admin_code,
            need=Need.of(row.need),
            made_by=row.made_by,
            made_at=row.made_at,
            data_versions=row.data_versions,
            unit_costs=row.unit_costs,
            proposed=row.proposed,
            without=tuple(
                NotServed(
                    Served(Need.of(row.need), one["settlement_no"], one["admin_code"], one["people"]),
                    one["reason"],
                )
                for one in row.without
            ),
        )
        for row in rows
    ]


def draw(
    connection: sa.Connection, made: Candidate, unit_yuan: Mapping[str, float], by: str
) -> StoredCandidate:
    """Save a candidate that someone drew, reckoned with `unit_yuan`; its number is given here.

    Raises
    ------
    NotAllowed : it is for a village that the person does not plan for.
    """
    numbered = replace(made, no=_next_number(connection, made.kind, made.admin_code))
    connection.execute(sa.text(_INSERT), _values(numbered, Origin.DRAWN, by, unit_yuan))
    record.note(connection, "candidate_drawn", "candidate", numbered.no, after=told(numbered))
    return candidate(connection, numbered.no)


def _next_number(connection: sa.Connection, kind: CandidateKind, admin_code: str) -> str:
    """``road_link-441821100201-D2``: the second road link that someone drew for the village."""
    # Two who draw for one village at the same moment would get one number.
    connection.execute(
        sa.text("SELECT pg_advisory_xact_lock(hashtext(:stem))"), {"stem": f"draw{admin_code}"}
    )
    stem = f"{kind}-{admin_code}-D"
    last = connection.scalar(
        sa.text(
            "SELECT max(CAST(substr(no, length(:stem) + 1) AS int)) FROM xiangtu.candidates "
            "WHERE no ^@ :stem AND substr(no, length(:stem) + 1) ~ '^[0-9]{1,6}$'"
        ),
        {"stem": stem},
    )
    return f"{stem}{(last or 0) + 1}"


def change(
    connection: sa.Connection,
    seen: StoredCandidate,
    made: Candidate,
    unit_yuan: Mapping[str, float],
    by: str,
    *,
    edited: bool = True,
) -> StoredCandidate:
    """Save a candidate, reckoned with `unit_yuan`, over the one that was seen; it keeps its number.

    Parameters
    ----------
    edited : whether people changed what it is; one that is only priced anew is replaced by the next proposal still.

    Raises
    ------
    RecordChanged : someone saved it since; carries what is there now.
    NotAllowed : the person does not plan for its village, the old or the new one.
    """
    origin = Origin.EDITED if edited and seen.origin is Origin.PROPOSED else seen.origin
    numbered = replace(made, no=seen.no)
    statement = f"""
        UPDATE xiangtu.candidates SET kind = :kind, need = :need, admin_code = :admin_code, name = :name, size = :size,
            unit = :unit, cost_yuan = :cost_yuan, cost_parts = CAST(:cost_parts AS jsonb),
            prices = CAST(:prices AS jsonb),
            served = CAST(:served AS jsonb), needs_first = :needs_first, assumptions = CAST(:assumptions AS jsonb),
            relocation = :relocation, geom = ST_GeomFromWKB(:shape, {SRID}), origin = :origin,
            version = version + 1, changed_by = :by, changed_at = now()
        WHERE id = :id AND version = :version RETURNING version
    """
    given = {**_values(numbered, origin, by, unit_yuan), "id": seen.id, "version": seen.version}
    now = _saved(connection, seen, statement, given)
    record.note(
        connection,
        "candidate_changed",
        "candidate",
        seen.no,
        before=told(seen.candidate),
        after=told(now.candidate),
    )
    return now


def set_state(
    connection: sa.Connection, seen: StoredCandidate, state: CandidateState, by: str
) -> StoredCandidate:
    """Withdraw a candidate, or open it again; nothing is deleted.

    Raises
    ------
    RecordChanged : someone saved it since; carries what is there now.
    NotAllowed : the person does not plan for its village.
    """
    statement = (
        "UPDATE xiangtu.candidates SET state = :state, version = version + 1, changed_by = :by, changed_at = now() "
        "WHERE id = :id AND version = :version RETURNING version"
    )
    given = {"state": str(state), "by": by, "id": seen.id, "version": seen.version}
    now = _saved(connection, seen, statement, given)
    action = "candidate_withdrawn" if state is CandidateState.WITHDRAWN else "candidate_reopened"
    record.note(connection, action, "candidate", seen.no, after={"name": seen.candidate.name})
    return now


def _saved(
    connection: sa.Connection, seen: StoredCandidate, statement: str, given: dict[str, Any]
) -> StoredCandidate:
    raised = connection.execute(sa.text(statement), given).first()
    now = candidate(connection, seen.no)
    require_saved(raised is not None, seen, now)
    return now


def told(made: Candidate) -> dict[str, Any]:
    """A candidate in the words of the record."""
    return {
        "name": made.name,
        "admin_code": made.admin_code,
        "size": round(made.size, 1),
        "cost_yuan": round(made.cost_yuan),
        "people": round(made.people, 1),
        "geometry": shapely.to_wkt(made.geometry, rounding_precision=6)[:2000],
    }
