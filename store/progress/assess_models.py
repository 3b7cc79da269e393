"""Models of assessments (rules, scores, objections, answers) and of inspections (lists, draws, findings)."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.models import Base

_CODE = sa.String(12)


class AssessmentRulesRow(Base):
    """A table of rules; a change is another one. `confirmed` by the city, or still a proposal."""

    __tablename__ = "assessment_rules"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    name: Mapped[str]
    content: Mapped[dict[str, Any]]
    digest: Mapped[str]
    confirmed: Mapped[bool] = mapped_column(server_default=sa.false())
    note: Mapped[str] = mapped_column(server_default="")
    account_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    made_by: Mapped[str]
    made_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())


class AssessmentRow(Base):
    """A frozen assessment: the snapshot's day, program and versions of its data, the names of its townships."""

    __tablename__ = "assessments"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    name: Mapped[str] = mapped_column(unique=True)
    as_of: Mapped[dt.date]
    rules_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(AssessmentRulesRow.id))
    objections_until: Mapped[dt.date]
    program: Mapped[str]
    data_versions: Mapped[dict[str, Any]]
    computed_at: Mapped[dt.datetime]
    units: Mapped[dict[str, Any]]
    digest: Mapped[str]
    synthetic: Mapped[bool] = mapped_column(server_default=sa.false())
    made_in: Mapped[int] = mapped_column(sa.BigInteger)
    account_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    made_by: Mapped[str]
    made_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())


class AssessmentObjectionRow(Base):
    """What a township says against the points of an item."""

    __tablename__ = "assessment_objections"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    assessment_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(AssessmentRow.id))
    admin_code: Mapped[str] = mapped_column(_CODE)
    item_no: Mapped[int]
    reason: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    made_by: Mapped[str]
    made_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (sa.Index("objections_by_item", "assessment_id", "admin_code", "item_no"),)


class AssessmentAnswerRow(Base):
    """The city's answer to an objection; `score` are the points that then hold."""

    __tablename__ = "assessment_answers"

    objection_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey(AssessmentObjectionRow.id), primary_key=True
    )
    admin_code: Mapped[str] = mapped_column(_CODE)
    verdict: Mapped[str]
    reason: Mapped[str]
    score: Mapped[float | None]
    account_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    made_by: Mapped[str]
    made_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())


class AssessmentScoreRow(Base):
    """The points of a township for an item, with the figure they come from; a later line supersedes an earlier one."""

    __tablename__ = "assessment_scores"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    assessment_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(AssessmentRow.id))
    admin_code: Mapped[str] = mapped_column(_CODE)
    item_no: Mapped[int]
    value: Mapped[float | None]
    numerator: Mapped[float | None]
    denominator: Mapped[float | None]
    with_data: Mapped[int]
    units: Mapped[int]
    share: Mapped[float | None]
    score: Mapped[float | None]
    basis: Mapped[str]
    objection_id: Mapped[int | None] = mapped_column(
        sa.BigInteger, sa.ForeignKey(AssessmentObjectionRow.id), unique=True
    )
    supersedes: Mapped[int | None] = mapped_column(
        sa.BigInteger, sa.ForeignKey("xiangtu.assessment_scores.id"), unique=True
    )
    made_by: Mapped[str]
    made_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.Index(
            "assessment_scores_first",
            "assessment_id",
            "admin_code",
            "item_no",
            unique=True,
            postgresql_where=sa.text("supersedes IS NULL"),
        ),
    )


class InspectionRow(Base):
    """A draw: what was drawn from, by which strata and weights of risk, and the seed that draws it again."""

    __tablename__ = "inspections"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    name: Mapped[str] = mapped_column(unique=True)
    subject: Mapped[str]
    strata: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    weights: Mapped[dict[str, Any]]
    number: Mapped[int]
    seed: Mapped[str]
    as_of: Mapped[dt.date]
    population_digest: Mapped[str]
    sample_digest: Mapped[str]
    synthetic: Mapped[bool] = mapped_column(server_default=sa.false())
    made_in: Mapped[int] = mapped_column(sa.BigInteger)
    account_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    made_by: Mapped[str]
    made_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())


class InspectionUnitRow(Base):
    """A village or project of the list that was drawn from; position in CGCS2000 degrees."""

    __tablename__ = "inspection_units"

    inspection_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey(InspectionRow.id), primary_key=True
    )
    unit_id: Mapped[str] = mapped_column(primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    name: Mapped[str]
    place: Mapped[str]
    stratum: Mapped[str]
    signals: Mapped[dict[str, Any]]
    size: Mapped[float]
    probability: Mapped[float]
    drawn: Mapped[bool]
    lon: Mapped[float | None]
    lat: Mapped[float | None]


class InspectionFindingRow(Base):
    """What inspectors found at a unit that was drawn; a correction is another line."""

    __tablename__ = "inspection_findings"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    inspection_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(InspectionRow.id))
    unit_id: Mapped[str]
    admin_code: Mapped[str] = mapped_column(_CODE)
    visited_on: Mapped[dt.date]
    verdict: Mapped[str]
    finding: Mapped[str] = mapped_column(server_default="")
    mend_by: Mapped[dt.date | None]
    supersedes: Mapped[int | None] = mapped_column(
        sa.BigInteger, sa.ForeignKey("xiangtu.inspection_findings.id"), unique=True
    )
    account_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    made_by: Mapped[str]
    made_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["inspection_id", "unit_id"],
            ["xiangtu.inspection_units.inspection_id", "xiangtu.inspection_units.unit_id"],
        ),
        sa.Index(
            "inspection_findings_first",
            "inspection_id",
            "unit_id",
            unique=True,
            postgresql_where=sa.text("supersedes IS NULL"),
        ),
    )
