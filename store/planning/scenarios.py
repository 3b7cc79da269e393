"""Scenarios: a question to the optimiser, its answer, and a copy of the candidates that it chose from.

The copy is the scenario's own: whatever becomes of the candidates later, a saved result stays what its reader saw.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import shapely
import sqlalchemy as sa

from analysis.proposals.model import Candidate
from store import record
from store.planning.errors import ScenarioKnown, ScenarioNameNeeded, UnknownScenario
from store.planning.forms import as_text, candidate_form, candidate_of, geometry_of
from store.tables import SRID
from store.versions import require_saved

_LONGEST_NAME = 60
_LONGEST_NOTE = 2000


class ScenarioState(StrEnum):
    """How far a scenario has come."""

    DRAFT = "draft"
    SOLVED = "solved"
    CARRIED = "carried"


@dataclass(frozen=True)
class Scenario:
    """A saved scenario.

    Attributes
    ----------
    admin_code : 12-digit code of the county that it is about, the city's where it is about several; who may change
        it follows from this.
    problem : the settings as the page has them (counties, needs, budgets, rules, aim, years).
    result : ``{"choice": store.planning.forms.choice_form(…), …}``; None before it is solved. In a list of scenarios
        only the choice's sums.
    """

    id: int
    admin_code: str
    name: str
    note: str
    problem: dict[str, Any]
    result: dict[str, Any] | None
    state: ScenarioState
    version: int
    created_by: str
    created_at: dt.datetime
    changed_by: str
    changed_at: dt.datetime


_HEAD = "id, admin_code, name, note, state, version, created_by, created_at, changed_by, changed_at"
_SUMS = (
    "CASE WHEN result IS NULL THEN NULL ELSE jsonb_build_object('choice', jsonb_build_object("
    "'people', result #> '{choice,people}', 'cost_yuan', result #> '{choice,cost_yuan}', "
    "'gap', result #> '{choice,gap}', 'outcome', result #> '{choice,outcome}')) END"
)


def scenarios(connection: sa.Connection, prefix: str = "") -> list[Scenario]:
    """Scenarios of what lies below a code, the last changed first, each with the sums of its result."""
    rows = connection.execute(
        sa.text(
            f"SELECT {_HEAD}, problem, {_SUMS} AS result FROM xiangtu.scenarios WHERE admin_code ^@ :prefix "
            "ORDER BY changed_at DESC, id DESC"
        ),
        {"prefix": prefix},
    )
    return [_scenario(row) for row in rows]


def scenario(connection: sa.Connection, scenario_id: int) -> Scenario:
    """One scenario with its whole result.

    Raises
    ------
    UnknownScenario : there is none.
    """
    row = connection.execute(
        sa.text(f"SELECT {_HEAD}, problem, result FROM xiangtu.scenarios WHERE id = :id"), {"id": scenario_id}
    ).first()
    if row is None:
        raise UnknownScenario(id=scenario_id)
    return _scenario(row)


def _scenario(row: Any) -> Scenario:
    return Scenario(**{**row._mapping, "state": ScenarioState(row.state)})


def save(
    connection: sa.Connection, *, name: str, note: str, admin_code: str, problem: Mapping[str, Any], by: str
) -> Scenario:
    """Save a new scenario, not yet solved.

    Raises
    ------
    ScenarioNameNeeded, ScenarioKnown : its name.
    NotAllowed : the person does not plan for the whole of its place.
    """
    given = {
        "name": _name(name),
        "note": note.strip()[:_LONGEST_NOTE],
        "code": admin_code,
        "problem": as_text(problem),
        "by": by,
    }
    saved = connection.execute(
        sa.text(
            "INSERT INTO xiangtu.scenarios (admin_code, name, note, problem, created_by, changed_by) "
            "VALUES (:code, :name, :note, CAST(:problem AS jsonb), :by, :by) "
            "ON CONFLICT (admin_code, name) DO NOTHING RETURNING id"
        ),
        given,
    ).first()
    if saved is None:
        raise ScenarioKnown(name=given["name"])
    record.note(connection, "scenario_saved", "scenario", saved.id, after={"name": given["name"]})
    return scenario(connection, saved.id)


def _name(name: str) -> str:
    kept = " ".join(name.split())[:_LONGEST_NAME]
    if not kept:
        raise ScenarioNameNeeded()
    return kept


def rename(connection: sa.Connection, seen: Scenario, *, name: str, note: str, by: str) -> Scenario:
    """Change name and note.

    Raises
    ------
    RecordChanged : someone saved it since; carries what is there now.
    ScenarioNameNeeded, ScenarioKnown : the name.
    NotAllowed : the person does not plan for the whole of its place.
    """
    kept = _name(name)
    taken = "SELECT 1 FROM xiangtu.scenarios WHERE admin_code = :code AND name = :name AND id <> :id"
    if connection.scalar(sa.text(taken), {"code": seen.admin_code, "name": kept, "id": seen.id}):
        raise ScenarioKnown(name=kept)
    now = _changed(
        connection, seen, "name = :name, note = :note", by, name=kept, note=note.strip()[:_LONGEST_NOTE]
    )
    record.note(
        connection,
        "scenario_saved",
        "scenario",
        seen.id,
        before={"name": seen.name},
        after={"name": now.name},
    )
    return now


def solve(
    connection: sa.Connection,
    seen: Scenario,
    *,
    problem: Mapping[str, Any],
    result: Mapping[str, Any],
    candidates: Sequence[Candidate],
    years: Mapping[str, int],
    by: str,
) -> Scenario:
    """Put a result into a scenario, with a copy of the candidates that it chose from.

    Parameters
    ----------
    result : plain values that JSON can hold; ``result["choice"]`` is a `store.planning.forms.choice_form`.
    candidates : all that could have been chosen.
    years : year in which each chosen one is built, by number.

    Raises
    ------
    RecordChanged : someone saved it since; carries what is there now.
    NotAllowed : the person does not plan for the whole of its place.
    """
    now = _changed(
        connection,
        seen,
        "problem = CAST(:problem AS jsonb), result = CAST(:result AS jsonb), state = 'solved'",
        by,
        problem=as_text(problem),
        result=as_text(result),
    )
    connection.execute(
        sa.text("DELETE FROM xiangtu.scenario_candidates WHERE scenario_id = :id"), {"id": seen.id}
    )
    if candidates:
        statement = (
            "INSERT INTO xiangtu.scenario_candidates (scenario_id, no, admin_code, kind, name, year, copy, geom) "
            "VALUES (:id, :no, :code, :kind, :name, :year, CAST(:copy AS jsonb), "
            f"ST_GeomFromWKB(:shape, {SRID}))"
        )
        connection.execute(
            sa.text(statement),
            [
                {
                    "id": seen.id,
                    "no": one.no,
                    "code": one.admin_code,
                    "kind": str(one.kind),
                    "name": one.name,
                    "year": years.get(one.no),
                    "copy": as_text(candidate_form(one)),
                    "shape": shapely.to_wkb(one.geometry),
                }
                for one in candidates
            ],
        )
    after = {"name": now.name, "rows": len(candidates), "chosen": len(years)}
    record.note(connection, "scenario_saved", "scenario", seen.id, after=after)
    return now


def copies(connection: sa.Connection, scenario_id: int) -> list[tuple[Candidate, int | None]]:
    """The candidates that a scenario chose from, by number, each with its year if it was chosen."""
    rows = connection.execute(
        sa.text(
            "SELECT copy, year, ST_AsBinary(geom) AS shape FROM xiangtu.scenario_candidates "
            "WHERE scenario_id = :id ORDER BY no"
        ),
        {"id": scenario_id},
    )
    return [(candidate_of(row.copy, geometry_of(row.shape)), row.year) for row in rows]


def mark_carried(connection: sa.Connection, seen: Scenario, by: str) -> Scenario:
    """Note that a scenario's choice is in the project library.

    Raises
    ------
    RecordChanged, NotAllowed : as for the others.
    """
    return _changed(connection, seen, "state = 'carried'", by)


def _changed(connection: sa.Connection, seen: Scenario, sets: str, by: str, **given: object) -> Scenario:
    raised = connection.execute(
        sa.text(
            f"UPDATE xiangtu.scenarios SET {sets}, version = version + 1, changed_by = :by, changed_at = now() "
            "WHERE id = :id AND version = :version RETURNING version"
        ),
        {**given, "by": by, "id": seen.id, "version": seen.version},
    ).first()
    now = scenario(connection, seen.id)
    require_saved(raised is not None, seen, now)
    return now


def delete(connection: sa.Connection, seen: Scenario) -> None:
    """Delete a scenario; projects that were carried from it stay.

    Raises
    ------
    RecordChanged : someone saved it since; carries what is there now.
    NotAllowed : the person does not plan for the whole of its place.
    """
    gone = connection.execute(
        sa.text("DELETE FROM xiangtu.scenarios WHERE id = :id AND version = :version"),
        {"id": seen.id, "version": seen.version},
    ).rowcount
    if gone == 0:
        require_saved(False, seen, scenario(connection, seen.id))
    record.note(connection, "scenario_deleted", "scenario", seen.id, before={"name": seen.name})
