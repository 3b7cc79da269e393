"""Candidates, choices and payments in the form in which they are stored: JSON beside a geometry."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from analysis.proposals.model import Candidate, Served
from analysis.selection.model import Choice, Outcome, Payment
from layers.codes import CandidateKind, Need


def as_text(value: object) -> str:
    """JSON text of plain values; NumPy's numbers are numbers, and what is not finite is null."""
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if isinstance(value, str | bool | int) or value is None:
        return str(value) if isinstance(value, str) else value
    number = float(value)
    return number if math.isfinite(number) else None


def candidate_form(candidate: Candidate) -> dict[str, Any]:
    """Everything about a candidate but its geometry; `candidate_of` reads it."""
    return {
        "no": candidate.no,
        "kind": str(candidate.kind),
        "admin_code": candidate.admin_code,
        "name": candidate.name,
        "size": candidate.size,
        "unit": candidate.unit,
        "cost_yuan": round(candidate.cost_yuan),
        "cost_parts": {part: list(held) for part, held in candidate.cost_parts.items()},
        "served": [{**asdict(one), "need": str(one.need)} for one in candidate.served],
        "needs_first": list(candidate.needs_first),
        # Pairs, for JSONB forgets the order of keys, in which they are told.
        "assumptions": [list(pair) for pair in candidate.assumptions.items()],
        "relocation": candidate.relocation,
    }


def candidate_of(form: Mapping[str, Any], geometry: BaseGeometry) -> Candidate:
    """The candidate that `candidate_form` wrote down."""
    return Candidate(
        no=form["no"],
        kind=CandidateKind.of(form["kind"]),
        admin_code=form["admin_code"],
        name=form["name"],
        geometry=geometry,
        size=float(form["size"]),
        unit=form["unit"],
        cost_yuan=float(form["cost_yuan"]),
        cost_parts={part: (float(held[0]), float(held[1])) for part, held in form["cost_parts"].items()},
        served=tuple(
            Served(
                need=Need.of(one["need"]),
                settlement_no=one["settlement_no"],
                admin_code=one["admin_code"],
                people=float(one["people"]),
            )
            for one in form["served"]
        ),
        needs_first=tuple(form["needs_first"]),
        assumptions={name: held for name, held in form["assumptions"] if held is not None},
        relocation=bool(form["relocation"]),
    )


def choice_form(choice: Choice) -> dict[str, Any]:
    """A choice of the optimiser; `choice_of` reads it."""
    return {**asdict(choice), "outcome": str(choice.outcome)}


def choice_of(form: Mapping[str, Any]) -> Choice:
    """The choice that `choice_form` wrote down."""
    return Choice(
        **{
            **form,
            "outcome": Outcome(form["outcome"]),
            "payments": tuple(Payment(**payment) for payment in form["payments"]),
            "in_the_way": tuple(form["in_the_way"]),
        }
    )


def geometry_of(stored: Any) -> BaseGeometry:
    """A geometry that the database gave as ``ST_AsBinary``."""
    shape: BaseGeometry = shapely.from_wkb(bytes(stored))
    return shape
