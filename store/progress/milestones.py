"""Milestones of one project, as its monthly report asks for them."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa


@dataclass(frozen=True)
class MilestoneOf:
    """A milestone of a project; `weight` in per cent."""

    no: int
    name: str
    weight: Decimal
    planned_on: dt.date


def milestones_of(connection: sa.Connection, project_id: int) -> list[MilestoneOf]:
    """Milestones of a project in their order."""
    rows = connection.execute(
        sa.text(
            "SELECT no, name, weight, planned_on FROM xiangtu.project_milestones WHERE project_id = :id ORDER BY no"
        ),
        {"id": project_id},
    )
    return [MilestoneOf(**row._mapping) for row in rows]
