"""Models of the library followed: states, milestones and links of projects; reports, checks, photos, drafts."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.models import Base
from store.plan_models import ProjectRow

_CODE = sa.String(12)


class ProjectStateRow(Base):
    """A change of a project's state; never changed itself."""

    __tablename__ = "project_states"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(ProjectRow.id))
    admin_code: Mapped[str] = mapped_column(_CODE)
    before: Mapped[str]
    after: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    happened_on: Mapped[dt.date]
    changed_by: Mapped[str]
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (sa.Index("project_states_by_project", "project_id", "id"),)


class ProjectMilestone(Base):
    """A milestone; those of one project weigh 100 together."""

    __tablename__ = "project_milestones"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(ProjectRow.id))
    admin_code: Mapped[str] = mapped_column(_CODE)
    no: Mapped[int]
    name: Mapped[str]
    weight: Mapped[Decimal] = mapped_column(sa.Numeric(5, 2))
    planned_on: Mapped[dt.date]

    __table_args__ = (sa.UniqueConstraint("project_id", "no"),)


class ProjectLink(Base):
    """A feature of a layer that a project builds or mends, by feature type and key."""

    __tablename__ = "project_links"

    project_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(ProjectRow.id), primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    feature: Mapped[str] = mapped_column(primary_key=True)
    feature_key: Mapped[str] = mapped_column(primary_key=True)


class ProgressReport(Base):
    """A monthly report; a correction is another one that supersedes it."""

    __tablename__ = "progress_reports"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    submission_key: Mapped[uuid.UUID] = mapped_column(unique=True)
    project_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(ProjectRow.id))
    admin_code: Mapped[str] = mapped_column(_CODE)
    period: Mapped[dt.date]
    reported_on: Mapped[dt.date]
    percent: Mapped[Decimal] = mapped_column(sa.Numeric(5, 2))
    paid_yuan: Mapped[Decimal] = mapped_column(sa.Numeric(14, 0))
    milestones: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer), server_default="{}")
    note: Mapped[str] = mapped_column(server_default="")
    fall_reason: Mapped[str] = mapped_column(server_default="")
    supersedes: Mapped[int | None] = mapped_column(
        sa.BigInteger, sa.ForeignKey("xiangtu.progress_reports.id"), unique=True
    )
    channel: Mapped[str]
    synthetic: Mapped[bool] = mapped_column(server_default=sa.false())
    account_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    reported_by: Mapped[str]
    submitted_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.clock_timestamp())

    __table_args__ = (
        sa.Index(
            "progress_reports_first",
            "project_id",
            "period",
            unique=True,
            postgresql_where=sa.text("supersedes IS NULL"),
        ),
        sa.Index("progress_reports_by_code", "admin_code", "period"),
    )


class ProgressCheck(Base):
    """What the county said of a report."""

    __tablename__ = "progress_checks"

    report_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(ProgressReport.id), primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    verdict: Mapped[str]
    remark: Mapped[str] = mapped_column(server_default="")
    account_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    checked_by: Mapped[str]
    checked_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.clock_timestamp())


class Pictured:
    """A photo as it is kept: resized, without metadata; position (CGCS2000 degrees) and time as it stated them."""

    name: Mapped[str]
    content: Mapped[bytes]
    thumbnail: Mapped[bytes]
    width: Mapped[int]
    height: Mapped[int]
    sha256: Mapped[str]
    phash: Mapped[str]
    taken_at: Mapped[dt.datetime | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]


class ProgressPhoto(Pictured, Base):
    """A photo of a report; `distance_m` from the project's place, geodesic."""

    __tablename__ = "progress_photos"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    report_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(ProgressReport.id))
    admin_code: Mapped[str] = mapped_column(_CODE)
    distance_m: Mapped[float | None]

    __table_args__ = (
        sa.UniqueConstraint("report_id", "sha256"),
        sa.Index("progress_photos_by_hash", "phash"),
    )


class ReportDraft(Base):
    """A report that somebody began and has not handed in."""

    __tablename__ = "report_drafts"

    account_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    project_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(ProjectRow.id), primary_key=True)
    period: Mapped[dt.date] = mapped_column(primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    content: Mapped[dict[str, Any]]
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.clock_timestamp())


class DraftPhoto(Pictured, Base):
    """A photo of a draft; goes with it."""

    __tablename__ = "report_draft_photos"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.BigInteger)
    project_id: Mapped[int] = mapped_column(sa.BigInteger)
    period: Mapped[dt.date]
    admin_code: Mapped[str] = mapped_column(_CODE)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["account_id", "project_id", "period"],
            [f"xiangtu.report_drafts.{name}" for name in ("account_id", "project_id", "period")],
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("account_id", "project_id", "period", "sha256"),
    )
