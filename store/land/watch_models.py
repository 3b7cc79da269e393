"""Models of the acceptances of consolidation projects and of the farmland watch; areas in mu and in m²."""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.orm import Mapped, mapped_column

from store.models import Base
from store.tables import SRID

_CODE, _MU = sa.String(12), sa.Numeric(16, 4)
_POSTING = "xiangtu.quota_postings.id"


class ConsolidationAcceptance(Base):
    """That a consolidation project was accepted, and the postings of what it brought; only added.

    `round` counts acceptances of a project: the next one follows when the postings of the last are reversed. `opening`
    marks those of projects that were accepted before the ledger began.
    """

    __tablename__ = "consolidation_acceptances"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    project_no: Mapped[str]
    round: Mapped[int] = mapped_column(sa.Integer, server_default="1")
    admin_code: Mapped[str] = mapped_column(_CODE)
    accepted_on: Mapped[dt.date]
    new_farmland_mu: Mapped[Decimal] = mapped_column(_MU)
    saved_mu: Mapped[Decimal] = mapped_column(_MU)
    remark: Mapped[str] = mapped_column(server_default="")
    reference: Mapped[str] = mapped_column(server_default="")
    posting_id: Mapped[int | None] = mapped_column(sa.BigInteger, sa.ForeignKey(_POSTING), unique=True)
    farmland_posting_id: Mapped[int | None] = mapped_column(
        sa.BigInteger, sa.ForeignKey(_POSTING), unique=True
    )
    opening: Mapped[bool] = mapped_column(server_default=sa.false())
    made_by: Mapped[str]
    made_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    account_id: Mapped[int | None] = mapped_column(sa.BigInteger)

    __table_args__ = (sa.UniqueConstraint("project_no", "round", name="acceptances_once"),)


class FarmlandRun(Base):
    """One comparison of two editions in a county, with the balance of its farmland."""

    __tablename__ = "farmland_runs"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    source: Mapped[str]
    edition_before: Mapped[str]
    edition_after: Mapped[str]
    versions: Mapped[dict[str, Any]]
    balance: Mapped[dict[str, Any]]
    tolerance: Mapped[dict[str, Any]]
    synthetic: Mapped[bool] = mapped_column(server_default=sa.false())
    made_by: Mapped[str]
    made_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.Index(
            "farmland_runs_by_editions", "source", "edition_before", "edition_after", "admin_code", "id"
        ),
    )


class FarmlandChangeRow(Base):
    """A piece of land that was farmland and is not any more, and what was said of it."""

    __tablename__ = "farmland_changes"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(FarmlandRun.id))
    admin_code: Mapped[str] = mapped_column(_CODE)
    change: Mapped[str]
    class_before: Mapped[str]
    class_after: Mapped[str]
    patch_before: Mapped[str | None]
    patch_after: Mapped[str | None]
    area_m2: Mapped[float]
    sliver: Mapped[bool]
    geom: Mapped[Any] = mapped_column(Geometry("POLYGON", srid=SRID, spatial_index=False))
    digest: Mapped[str]
    verdict: Mapped[str] = mapped_column(server_default="open")
    reason: Mapped[str] = mapped_column(server_default="")
    judged_by: Mapped[str | None]
    judged_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")

    __table_args__ = (
        sa.UniqueConstraint("run_id", "digest", name="farmland_changes_once"),
        sa.Index("farmland_changes_by_place", "run_id", "admin_code"),
    )
