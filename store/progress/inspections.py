"""Inspections in the database: the list frozen with its risks, the draw that anybody can repeat, what was found."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from analysis import sampling
from layers import CodeList
from store import record
from store.errors import NotAllowed, StoreError
from store.progress.inspection_lists import SIGNALS, STRATA, listed, strata_names
from store.progress.rows import add_rows

LONGEST_SEED = 60
_UNIT = {
    "unit_id": "text",
    "admin_code": "text",
    "name": "text",
    "place": "text",
    "stratum": "text",
    "signals": "jsonb",
    "size": "float8",
    "probability": "float8",
    "drawn": "boolean",
    "lon": "float8",
    "lat": "float8",
}


class Verdict(CodeList):
    """What inspectors found."""

    GOOD = "good", "符合", "in order"
    MINOR = "minor", "一般问题", "minor problem"
    SERIOUS = "serious", "突出问题", "serious problem"


class InspectionError(StoreError):
    """Base of what keeps an inspection from being drawn or recorded."""


class BadInspection(InspectionError):
    """It has no name or seed, or parts or weighs its list by what the list has not."""

    key = "inspection.bad_inspection"


class NothingListed(InspectionError):
    """There is nothing to draw from."""

    key = "inspection.nothing_listed"


class InspectionNamed(InspectionError):
    """An inspection of that name is there."""

    key = "inspection.name_taken"


class NotDrawn(InspectionError):
    """What was found belongs to no unit that was drawn."""

    key = "inspection.not_drawn"


class FindingMissing(InspectionError):
    """A problem is told in words."""

    key = "inspection.finding_missing"


class BadVisit(InspectionError):
    """A visit in the future, or before the draw; or a day to mend by before the visit."""

    key = "inspection.bad_visit"


class FoundAlready(InspectionError):
    """Somebody recorded the unit since."""

    key = "inspection.found_already"


@dataclass(frozen=True)
class NewInspection:
    """A draw to be made.

    Attributes
    ----------
    subject : ``village`` or ``project``.
    prefix : leading digits of the place, 4418 for the city.
    strata : of `store.progress.inspection_lists.STRATA`; none draws from one list.
    weights : of risk by sign, 0 and more; all 0 gives everyone the same chance.
    seed : any text; drawn in public it cannot be chosen for what it draws.
    as_of : day of the figures and reports that the risks rest on.
    """

    name: str
    subject: str
    prefix: str
    strata: tuple[str, ...]
    weights: Mapping[str, float]
    number: int
    seed: str
    as_of: dt.date


@dataclass(frozen=True)
class Inspection:
    """A draw that was made; moments in UTC, `admin_code` of 12 digits."""

    id: int
    admin_code: str
    name: str
    subject: str
    strata: tuple[str, ...]
    weights: Mapping[str, float]
    number: int
    seed: str
    as_of: dt.date
    population_digest: str
    sample_digest: str
    synthetic: bool
    made_by: str
    made_at: dt.datetime

    @property
    def prefix(self) -> str:
        """Leading digits of the place: of a city or a county."""
        return self.admin_code[:4] if self.admin_code[4:6] == "00" else self.admin_code[:6]


@dataclass(frozen=True)
class NewFinding:
    """What was found at a unit; `supersedes` the number of the line that it corrects."""

    inspection_id: int
    unit_id: str
    visited_on: dt.date
    verdict: Verdict
    finding: str = ""
    mend_by: dt.date | None = None
    supersedes: int | None = None


def hold(connection: sa.Connection, new: NewInspection, *, by: str = "") -> int:
    """Freeze the list, draw from it and keep both; returns the inspection's number.

    Raises
    ------
    BadInspection, NothingListed, InspectionNamed
    SampleTooSmall, SampleTooLarge : the list cannot give so many (`analysis.sampling`).
    NotAllowed : the person does not plan for the place.
    """
    seed = new.seed.strip()
    known = SIGNALS.get(new.subject, ())
    if (
        not new.name.strip()
        or not 0 < len(seed) <= LONGEST_SEED
        or not set(new.strata) <= set(STRATA.get(new.subject, ()))
        or not set(new.weights) <= set(known)
        or any(weight < 0 for weight in new.weights.values())
    ):
        raise BadInspection()
    units = listed(connection, new.subject, new.prefix, new.as_of)
    if units.empty:
        raise NothingListed()
    units["stratum"] = strata_names(units, new.strata)
    units["size"] = sampling.risk(units, new.weights)
    drawn = sampling.draw(units, new.number, seed)
    number = _insert(connection, new, seed, drawn, by)
    kept = units.drop(columns=["stratum", "size"]).merge(drawn.units, on="unit_id")
    signs = kept[list(known)].astype(float).round(4).fillna(0.0).to_dict("records")
    kept["signals"] = pd.Series(signs, index=kept.index, dtype=object)
    add_rows(connection, "xiangtu.inspection_units", _UNIT, kept, {"inspection_id": number})
    after = {
        "name": new.name.strip(),
        "seed": seed,
        "number": new.number,
        "units": len(kept),
        "sample_digest": drawn.sample_digest,
    }
    record.note(connection, "inspection_drawn", "inspection", number, after=after)
    return number


def _insert(connection: sa.Connection, new: NewInspection, seed: str, drawn: sampling.Draw, by: str) -> int:
    statement = sa.text(
        "INSERT INTO xiangtu.inspections (admin_code, name, subject, strata, weights, number, seed, as_of, "
        "population_digest, sample_digest, synthetic, made_in, made_by) SELECT :code, :name, :subject, "
        ":strata, CAST(:weights AS jsonb), :number, :seed, :as_of, :population, :sample, "
        "EXISTS (SELECT FROM xiangtu.import_batches AS b WHERE b.synthetic AND b.state = 'done'), 0, :by RETURNING id"
    )
    given: dict[str, Any] = {
        "code": new.prefix.ljust(12, "0"),
        "name": new.name.strip(),
        "subject": new.subject,
        "strata": list(new.strata),
        "weights": json.dumps(dict(new.weights), sort_keys=True),
        "number": new.number,
        "seed": seed,
        "as_of": new.as_of,
        "population": drawn.population_digest,
        "sample": drawn.sample_digest,
        "by": by,
    }
    try:
        return int(connection.execute(statement, given).scalar_one())
    except sa.exc.DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == "23505":
            raise InspectionNamed(name=new.name.strip()) from error
        if state == "42501":
            raise NotAllowed() from error
        raise


def inspections(connection: sa.Connection) -> list[Inspection]:
    """All inspections that the person may know of, the newest first."""
    rows = connection.execute(
        sa.text(
            "SELECT id, admin_code, name, subject, strata, weights, number, seed, as_of, population_digest, "
            "sample_digest, synthetic, made_by, made_at FROM xiangtu.inspections ORDER BY id DESC"
        )
    )
    return [Inspection(**{**row, "strata": tuple(row["strata"])}) for row in rows.mappings()]


def units(connection: sa.Connection, number: int) -> pd.DataFrame:
    """The frozen list of an inspection, by stratum and unit: the columns of its table but the inspection's number."""
    rows = connection.execute(
        sa.text(
            f"SELECT {', '.join(_UNIT)} FROM xiangtu.inspection_units WHERE inspection_id = :number "
            "ORDER BY stratum, unit_id"
        ),
        {"number": number},
    )
    found = pd.DataFrame(rows.all(), columns=list(rows.keys()))
    return found.astype({"size": float, "probability": float, "lon": float, "lat": float, "drawn": bool})


def is_as_drawn(one: Inspection, kept: pd.DataFrame) -> bool:
    """Whether the frozen list, drawn again with the seed, is what was kept."""
    again = sampling.draw(kept, one.number, one.seed)
    same = set(again.units.loc[again.units["drawn"], "unit_id"]) == set(kept.loc[kept["drawn"], "unit_id"])
    return same and (again.population_digest, again.sample_digest) == (
        one.population_digest,
        one.sample_digest,
    )


def add_finding(connection: sa.Connection, new: NewFinding, *, today: dt.date, by: str = "") -> int:
    """Record what was found; a correction names the line that it supersedes. Returns the line's number.

    Raises
    ------
    FindingMissing, BadVisit, NotDrawn, FoundAlready
    NotAllowed : the person does not plan for the place.
    """
    if new.verdict is not Verdict.GOOD and len("".join(new.finding.split())) < 4:
        raise FindingMissing()
    if new.visited_on > today or (new.mend_by is not None and new.mend_by < new.visited_on):
        raise BadVisit()
    given = {
        "inspection": new.inspection_id,
        "unit": new.unit_id,
        "visited_on": new.visited_on,
        "verdict": str(new.verdict),
        "finding": new.finding.strip(),
        "mend_by": new.mend_by,
        "supersedes": new.supersedes,
        "by": by,
    }
    statement = sa.text(
        "INSERT INTO xiangtu.inspection_findings (inspection_id, unit_id, admin_code, visited_on, verdict, finding, "
        "mend_by, supersedes, made_by) SELECT u.inspection_id, u.unit_id, u.admin_code, :visited_on, :verdict, "
        ":finding, :mend_by, :supersedes, :by FROM xiangtu.inspection_units AS u "
        "WHERE u.inspection_id = :inspection AND u.unit_id = :unit RETURNING id"
    )
    try:
        number = connection.execute(statement, given).scalar_one_or_none()
    except sa.exc.DBAPIError as error:
        known = {"XA008": NotDrawn, "23505": FoundAlready, "42501": NotAllowed}
        told = known.get(str(getattr(error.orig, "sqlstate", "")))
        if told is None:
            raise
        raise told() from error
    if number is None:
        raise NotDrawn()
    after = {"inspection": new.inspection_id, "unit": new.unit_id, "verdict": str(new.verdict)}
    record.note(connection, "inspection_found", "inspection", new.inspection_id, after=after)
    return int(number)


def findings(connection: sa.Connection, number: int) -> pd.DataFrame:
    """What holds of each unit that was visited: ``id unit_id visited_on verdict finding mend_by made_by made_at``."""
    rows = connection.execute(
        sa.text(
            "SELECT id, unit_id, visited_on, verdict, finding, mend_by, made_by, made_at "
            "FROM xiangtu.inspection_findings AS f WHERE inspection_id = :number AND NOT EXISTS "
            "(SELECT FROM xiangtu.inspection_findings AS later WHERE later.supersedes = f.id) ORDER BY unit_id"
        ),
        {"number": number},
    )
    return pd.DataFrame(rows.all(), columns=list(rows.keys()))
