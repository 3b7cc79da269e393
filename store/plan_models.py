"""Models of what planners make: unit costs, proposals, candidates, scenarios, the project library."""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from store.models import Base

_SHAPE = Geometry("GEOMETRY", srid=4490, spatial_index=False)
_YUAN, _CODE = sa.Numeric(14, 0), sa.String(12)


class Kept:
    """Who made a row, who changed it last, and its version."""

    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")
    created_by: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    changed_by: Mapped[str]
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())


class UnitCostPrice(Base):
    """A price that a planner typed in; `admin_code` is the place that it holds for, the city."""

    __tablename__ = "unit_costs"

    id: Mapped[str] = mapped_column(primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    yuan: Mapped[Decimal] = mapped_column(sa.Numeric(14, 2))
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")
    changed_by: Mapped[str]
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())


class ProposalRun(Base):
    """One proposing of projects: for which need and county, from which data and prices, and who is left without."""

    __tablename__ = "proposals"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    need: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    data_versions: Mapped[dict[str, Any]]
    unit_costs: Mapped[dict[str, Any]]
    proposed: Mapped[int]
    without: Mapped[list[Any]] = mapped_column(JSONB)

    __table_args__ = (sa.Index("proposals_by_county", "admin_code", "need", "id"),)


class CandidateRow(Kept, Base):
    """A candidate project."""

    __tablename__ = "candidates"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    no: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    need: Mapped[str]
    admin_code: Mapped[str] = mapped_column(_CODE)
    name: Mapped[str]
    geom: Mapped[Any] = mapped_column(_SHAPE, nullable=False)
    size: Mapped[float]
    unit: Mapped[str]
    cost_yuan: Mapped[Decimal] = mapped_column(_YUAN)
    cost_parts: Mapped[dict[str, Any]]
    prices: Mapped[dict[str, Any]]
    served: Mapped[list[Any]] = mapped_column(JSONB)
    needs_first: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    assumptions: Mapped[list[Any]] = mapped_column(JSONB)
    relocation: Mapped[bool]
    origin: Mapped[str]
    state: Mapped[str]
    proposal_id: Mapped[int | None] = mapped_column(
        sa.BigInteger, sa.ForeignKey(ProposalRun.id, ondelete="SET NULL")
    )

    __table_args__ = (
        sa.Index("candidates_by_code", "admin_code", "need"),
        sa.Index("candidates_geom", "geom", postgresql_using="gist"),
    )


class ScenarioRow(Kept, Base):
    """A question to the optimiser with its answer."""

    __tablename__ = "scenarios"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    name: Mapped[str]
    note: Mapped[str]
    problem: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any] | None]
    state: Mapped[str]

    __table_args__ = (sa.UniqueConstraint("admin_code", "name"),)


class ScenarioCandidate(Base):
    """A candidate as a scenario chose from it: its own copy, and the year in which it is built if chosen."""

    __tablename__ = "scenario_candidates"

    scenario_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey(ScenarioRow.id, ondelete="CASCADE"), primary_key=True
    )
    no: Mapped[str] = mapped_column(primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    kind: Mapped[str]
    name: Mapped[str]
    year: Mapped[int | None]
    copy: Mapped[dict[str, Any]]
    geom: Mapped[Any] = mapped_column(_SHAPE, nullable=False)

    __table_args__ = (sa.Index("scenario_candidates_geom", "geom", postgresql_using="gist"),)


class ProjectRow(Kept, Base):
    """A project of the library."""

    __tablename__ = "projects"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    admin_code: Mapped[str] = mapped_column(_CODE)
    villages: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    geom: Mapped[Any] = mapped_column(_SHAPE, nullable=False)
    budget_yuan: Mapped[Decimal] = mapped_column(_YUAN)
    payments: Mapped[list[Any]] = mapped_column(JSONB)
    planned_start: Mapped[dt.date | None]
    planned_finish: Mapped[dt.date | None]
    department: Mapped[str | None]
    state: Mapped[str]
    people: Mapped[float]
    scenario_id: Mapped[int | None] = mapped_column(
        sa.BigInteger, sa.ForeignKey(ScenarioRow.id, ondelete="SET NULL")
    )
    candidate_no: Mapped[str | None] = mapped_column(unique=True)
    layer: Mapped[str]
    team: Mapped[str | None]
    origin: Mapped[str] = mapped_column(server_default="scenario")
    note: Mapped[str] = mapped_column(server_default="")
    synthetic: Mapped[bool] = mapped_column(server_default=sa.false())

    __table_args__ = (
        sa.Index("projects_by_code", "admin_code"),
        sa.Index("projects_geom", "geom", postgresql_using="gist"),
    )
