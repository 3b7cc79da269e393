"""The project library 项目库: what was chosen, to be built and followed."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from analysis.proposals.model import Candidate
from layers.codes import LibraryState, WorkKind
from store import record
from store.planning import scenarios
from store.planning.errors import NothingChosen
from store.planning.forms import as_text, geometry_of
from store.planning.scenarios import Scenario
from store.tables import SRID


@dataclass(frozen=True)
class Project:
    """One project of the library.

    Attributes
    ----------
    code : ``XM-441821-2026-0001``: county, year in which it begins, serial number; never changed.
    villages : 12-digit codes of the villages whose people gain; `admin_code` is the one that it is mostly for.
    payments : ``{"source", "year", "yuan"}`` by source of funds and year.
    department : who is responsible; None until someone says so.
    candidate_no : number of the candidate that it came from.
    layer : id of the layer that it is about (`WorkKind.layer_id`).
    team : assistance team that helps; None where there is none.
    origin : ``scenario``, ``form`` or ``import``.
    synthetic : made up for the demo.
    """

    id: int
    code: str
    name: str
    kind: WorkKind
    admin_code: str
    villages: tuple[str, ...]
    geometry: BaseGeometry
    budget_yuan: int
    payments: tuple[dict[str, Any], ...]
    planned_start: dt.date | None
    planned_finish: dt.date | None
    department: str | None
    state: LibraryState
    people: float
    scenario_id: int | None
    candidate_no: str | None
    version: int
    created_by: str
    created_at: dt.datetime
    changed_by: str
    changed_at: dt.datetime
    layer: str
    team: str | None
    origin: str
    note: str
    synthetic: bool


@dataclass(frozen=True)
class Carried:
    """What a carry into the library did: codes of the projects added, and how many were there already."""

    added: tuple[str, ...]
    already: int


_SELECT = (
    "SELECT id, code, name, kind, admin_code, villages, budget_yuan, payments, planned_start, planned_finish, "
    "department, state, people, scenario_id, candidate_no, version, created_by, created_at, changed_by, changed_at, "
    "layer, team, origin, note, synthetic, ST_AsBinary(geom) AS shape FROM xiangtu.projects"
)


def projects(connection: sa.Connection, prefix: str = "") -> list[Project]:
    """Projects of the library below a code, by their own codes."""
    rows = connection.execute(
        sa.text(f"{_SELECT} WHERE admin_code ^@ :prefix ORDER BY code"), {"prefix": prefix}
    )
    return [_project(row) for row in rows]


def project(connection: sa.Connection, code: str) -> Project | None:
    """The project with a code (``XM-…``), None if there is none."""
    row = connection.execute(sa.text(f"{_SELECT} WHERE code = :code"), {"code": code}).one_or_none()
    return None if row is None else _project(row)


def _project(row: Any) -> Project:
    given = dict(row._mapping)
    shape = geometry_of(given.pop("shape"))
    return Project(
        **{
            **given,
            "kind": WorkKind.of(given["kind"]),
            "state": LibraryState.of(given["state"]),
            "villages": tuple(given["villages"]),
            "payments": tuple(given["payments"]),
            "budget_yuan": int(given["budget_yuan"]),
            "geometry": shape,
        }
    )


def carry_into_library(connection: sa.Connection, seen: Scenario, by: str) -> Carried:
    """Make a project of every candidate that a scenario chose; those that are projects already stay as they are.

    Raises
    ------
    NothingChosen : the scenario is not solved, or chose nothing.
    RecordChanged : someone saved the scenario since; carries what is there now.
    NotAllowed : the person does not plan for the scenario's place.
    """
    chosen = [(one, year) for one, year in scenarios.copies(connection, seen.id) if year is not None]
    if not chosen or seen.result is None:
        raise NothingChosen()
    # Everybody waits for the record first, then for the library: two never wait for each other.
    record.take_turn(connection)
    take_turn(connection)
    scenarios.mark_carried(connection, seen, by)
    whole = scenarios.scenario(connection, seen.id).result or {}
    payments: dict[str, list[dict[str, Any]]] = {}
    for payment in whole.get("choice", {}).get("payments", ()):
        payments.setdefault(payment["no"], []).append(
            {name: payment[name] for name in ("source", "year", "yuan")}
        )
    known = set(
        connection.scalars(
            sa.text("SELECT candidate_no FROM xiangtu.projects WHERE candidate_no IS NOT NULL")
        )
    )
    added = [
        _add(connection, one, year, payments.get(one.no, []), seen.id, by)
        for one, year in chosen
        if one.no not in known
    ]
    already = len(chosen) - len(added)
    record.note(
        connection,
        "projects_carried",
        "project",
        seen.id,
        after={"name": seen.name, "rows": len(added), "already": already},
    )
    return Carried(tuple(added), already)


def take_turn(connection: sa.Connection) -> None:
    """Wait until nobody else adds projects: two at the same moment would give one code twice."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(7879773)"))


def next_code(connection: sa.Connection, admin_code: str, year: int) -> str:
    """The next code of a county's projects that begin in a year; after `take_turn`."""
    stem = f"XM-{admin_code[:6]}-{year}-"
    last = connection.scalar(
        sa.text(
            "SELECT max(CAST(substr(code, length(:stem) + 1) AS int)) FROM xiangtu.projects WHERE code ^@ :stem"
        ),
        {"stem": stem},
    )
    return f"{stem}{(last or 0) + 1:04d}"


def _add(
    connection: sa.Connection,
    one: Candidate,
    year: int,
    payments: list[dict[str, Any]],
    scenario_id: int,
    by: str,
) -> str:
    code = next_code(connection, one.admin_code, year)
    villages = sorted({served.admin_code for served in one.served} | {one.admin_code})
    connection.execute(
        sa.text(
            "INSERT INTO xiangtu.projects (code, name, kind, layer, admin_code, villages, geom, budget_yuan, payments, "
            "planned_start, planned_finish, people, scenario_id, candidate_no, created_by, changed_by) VALUES "
            f"(:code, :name, :kind, :layer, :admin_code, :villages, ST_GeomFromWKB(:shape, {SRID}), :budget, "
            "CAST(:payments AS jsonb), :start, :finish, :people, :scenario, :no, :by, :by)"
        ),
        {
            "code": code,
            "name": one.name,
            "kind": str(one.kind),
            "layer": one.kind.layer_id,
            "admin_code": one.admin_code,
            "villages": villages,
            "shape": shapely.to_wkb(one.geometry),
            "budget": round(one.cost_yuan),
            "payments": as_text(payments),
            "start": dt.date(year, 1, 1),
            "finish": dt.date(year, 12, 31),
            "people": one.people,
            "scenario": scenario_id,
            "no": one.no,
            "by": by,
        },
    )
    return code
