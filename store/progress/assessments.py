"""Assessments in the database: frozen with the figures they rest on; scores change by accepted objections only."""

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from analysis.assessment import scores
from base.settings import settings
from layers import AdminKind, AdminLevel
from store import record, snapshots
from store.errors import StoreError
from store.progress.assessment_rules import RulesTable, rules_table
from store.progress.rows import add_rows

KINDS = (AdminKind.TOWN, AdminKind.STREET)
"""What is assessed: the plan's towns and streets."""
_LINE = {
    "admin_code": "text",
    "item_no": "int",
    "value": "float8",
    "numerator": "float8",
    "denominator": "float8",
    "with_data": "int",
    "units": "int",
    "share": "float8",
    "score": "float8",
    "basis": "text",
}
_NUMBERS = ("value", "numerator", "denominator", "share", "score")


class AssessmentError(StoreError):
    """Base of what keeps an assessment from being made."""


class NoSnapshot(AssessmentError):
    """The day has no finished figures."""

    key = "assessment.no_snapshot"


class NameTaken(AssessmentError):
    """An assessment of that name is there."""

    key = "assessment.name_taken"


class BadAssessment(AssessmentError):
    """It has no name, or its objections would end before it begins."""

    key = "assessment.bad_assessment"


class UnknownAssessment(AssessmentError):
    """No assessment has that number."""

    key = "assessment.unknown"


@dataclass(frozen=True)
class NewAssessment:
    """An assessment to be made.

    Attributes
    ----------
    as_of : day of the snapshot that it rests on.
    kinds : which townships take part.
    objections_until : last day, on screen's time, on which a township may object.
    """

    name: str
    as_of: dt.date
    rules_id: int
    objections_until: dt.date
    kinds: tuple[AdminKind, ...] = KINDS


@dataclass(frozen=True)
class Assessment:
    """A frozen assessment.

    Attributes
    ----------
    program : digest of the declarations and measures that made the figures.
    data_versions : version by feature type that they were made of.
    computed_at : when the figures were computed; `made_at` when they were frozen; UTC.
    units : name, county and kind by township code, as they were.
    digest : SHA-256 of rules, figures and first scores.
    """

    id: int
    name: str
    as_of: dt.date
    rules_id: int
    objections_until: dt.date
    program: str
    data_versions: Mapping[str, int]
    computed_at: dt.datetime
    units: Mapping[str, Mapping[str, str]]
    digest: str
    synthetic: bool
    made_by: str
    made_at: dt.datetime


def freeze(connection: sa.Connection, new: NewAssessment, *, by: str = "") -> int:
    """Score the townships on a snapshot and keep everything; returns the assessment's number.

    Raises
    ------
    BadAssessment, NoSnapshot, NameTaken, UnknownRules
    NotAllowed : the person does not plan for the city.
    """
    if not new.name.strip() or new.objections_until < new.as_of or not new.kinds:
        raise BadAssessment()
    rules = rules_table(connection, new.rules_id)
    run = _run(connection, new.as_of)
    units = _units(connection, new.kinds)
    lines = _lines(connection, rules, new.as_of, sorted(units))
    given = {
        "code": settings().city_code,
        "name": new.name.strip(),
        "as_of": new.as_of,
        "rules_id": new.rules_id,
        "until": new.objections_until,
        "program": run["program"] or "",
        "versions": json.dumps(run["data_versions"], sort_keys=True),
        "computed_at": run["finished_at"],
        "units": json.dumps(units, ensure_ascii=False, sort_keys=True),
        "digest": _digest(rules.digest, new.as_of, run["program"] or "", run["data_versions"], units, lines),
        "by": by,
    }
    number = _insert(connection, given)
    add_rows(connection, "xiangtu.assessment_scores", _LINE, lines, {"assessment_id": number, "made_by": by})
    after = {
        "name": given["name"],
        "as_of": new.as_of.isoformat(),
        "digest": given["digest"],
        "rows": len(lines),
    }
    record.note(connection, "assessment_frozen", "assessment", number, after=after)
    return number


def _run(connection: sa.Connection, as_of: dt.date) -> "sa.RowMapping":
    """The computation that last stored figures of the day."""
    row = (
        connection.execute(
            sa.text(
                "SELECT program, data_versions, finished_at FROM xiangtu.indicator_runs "
                "WHERE as_of = :as_of AND state = 'done' ORDER BY finished_at DESC, id DESC LIMIT 1"
            ),
            {"as_of": as_of},
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NoSnapshot(day=as_of.isoformat())
    return row


def _units(connection: sa.Connection, kinds: Sequence[AdminKind]) -> dict[str, dict[str, str]]:
    rows = connection.execute(
        sa.text(
            "SELECT t.admin_code, t.name, t.kind, coalesce(c.name, '') AS county FROM feature.admin_units AS t "
            "LEFT JOIN feature.admin_units AS c ON c.admin_code = left(t.admin_code, 6) || '000000' "
            "WHERE t.level = 'township' AND t.kind = ANY(:kinds) ORDER BY t.admin_code"
        ),
        {"kinds": [str(one) for one in kinds]},
    )
    return {row.admin_code: {"name": row.name, "county": row.county, "kind": row.kind} for row in rows}


def _lines(
    connection: sa.Connection, rules: RulesTable, as_of: dt.date, codes: Sequence[str]
) -> pd.DataFrame:
    """First scores with the figures that they come from: columns `_LINE`."""
    ids = sorted({one.indicator for one in rules.rules.items})
    figures = snapshots.level_figures(connection, as_of, AdminLevel.TOWNSHIP, ids)
    table = figures.pivot(index="admin_code", columns="indicator_id", values="value")
    table = table.reindex(index=pd.Index(codes, name="admin_code"), columns=ids).astype(float)
    scored = scores(rules.rules, table)
    scored["indicator_id"] = scored["item_no"].map({one.no: one.indicator for one in rules.rules.items})
    parts = figures[["admin_code", "indicator_id", "numerator", "denominator", "with_data", "units"]]
    found = scored.merge(parts, on=["admin_code", "indicator_id"], how="left")
    found[["with_data", "units"]] = found[["with_data", "units"]].fillna(0).astype(int)
    return found[list(_LINE)]


def _digest(
    rules: str,
    as_of: dt.date,
    program: str,
    versions: Mapping[str, int],
    units: Mapping[str, Mapping[str, str]],
    lines: pd.DataFrame,
) -> str:
    ordered = lines.sort_values(["admin_code", "item_no"])
    rows = [
        [_sealed(value) for value in row]
        for row in zip(*(ordered[name].tolist() for name in _LINE), strict=True)
    ]
    said = [
        rules,
        as_of.isoformat(),
        program,
        dict(versions),
        {code: dict(one) for code, one in units.items()},
        rows,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _sealed(value: object) -> object:
    """A value as the seal has it: None for NaN, and one zero only, since PostgreSQL reads no other from JSON."""
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else value + 0.0


def _insert(connection: sa.Connection, given: Mapping[str, Any]) -> int:
    statement = sa.text(
        "INSERT INTO xiangtu.assessments (admin_code, name, as_of, rules_id, objections_until, program, "
        "data_versions, computed_at, units, digest, synthetic, made_in, made_by) SELECT :code, :name, :as_of, "
        ":rules_id, :until, :program, CAST(:versions AS jsonb), :computed_at, CAST(:units AS jsonb), :digest, "
        "EXISTS (SELECT FROM xiangtu.import_batches AS b WHERE b.synthetic AND b.state = 'done'), 0, :by "
        "RETURNING id"
    )
    try:
        return int(connection.execute(statement, given).scalar_one())
    except sa.exc.IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) == "23505":
            raise NameTaken(name=given["name"]) from error
        raise


def assessments(connection: sa.Connection) -> list[Assessment]:
    """All assessments, the newest first."""
    rows = connection.execute(
        sa.text(
            "SELECT id, name, as_of, rules_id, objections_until, program, data_versions, computed_at, units, digest, "
            "synthetic, made_by, made_at FROM xiangtu.assessments ORDER BY id DESC"
        )
    )
    return [Assessment(**row) for row in rows.mappings()]


def assessment(connection: sa.Connection, number: int) -> Assessment:
    """One assessment.

    Raises
    ------
    UnknownAssessment
    """
    for one in assessments(connection):
        if one.id == number:
            return one
    raise UnknownAssessment(number=number)


def score_lines(connection: sa.Connection, number: int) -> pd.DataFrame:
    """All lines of an assessment, superseded ones included.

    Returns
    -------
    ``id admin_code item_no value numerator denominator with_data units share score basis objection_id supersedes
    made_by made_at``, by township, item and number; NaN for what is unknown or left out.
    """
    rows = connection.execute(
        sa.text(
            f"SELECT id, {', '.join(_LINE)}, objection_id, supersedes, made_by, made_at "
            "FROM xiangtu.assessment_scores WHERE assessment_id = :number ORDER BY admin_code, item_no, id"
        ),
        {"number": number},
    )
    found = pd.DataFrame(rows.all(), columns=list(rows.keys()))
    return found.astype(dict.fromkeys((*_NUMBERS, "objection_id", "supersedes"), float))


def first_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """Of the lines those that were frozen."""
    return lines[lines["supersedes"].isna()].reset_index(drop=True)


def present_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """Of the lines those that hold: the last one of each item."""
    return lines.groupby(["admin_code", "item_no"], as_index=False, sort=True).tail(1).reset_index(drop=True)


def is_as_frozen(one: Assessment, rules: RulesTable, lines: pd.DataFrame) -> bool:
    """Whether an assessment's first scores, figures and rules are those whose digest was kept."""
    first = first_lines(lines)[list(_LINE)]
    return one.digest == _digest(rules.digest, one.as_of, one.program, one.data_versions, one.units, first)
