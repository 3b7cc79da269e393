"""Models of reviews of parcels, their steps and files. The rules are triggers: `docs/parcel-reviews.md`."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.land.quota_models import QuotaPosting
from store.models import Base

_CODE = sa.String(12)


class ReviewTransition(Base):
    """A step of the machine, as `analysis.parcel_review.TRANSITIONS` has it."""

    __tablename__ = "review_transitions"

    before: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(primary_key=True)
    office: Mapped[str]
    after: Mapped[str]
    remark_needed: Mapped[bool]


class ParcelReview(Base):
    """Where a parcel stands; changed by the trigger of its steps and by nothing else."""

    __tablename__ = "parcel_reviews"

    parcel_no: Mapped[str] = mapped_column(primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    state: Mapped[str] = mapped_column(server_default="draft")
    round: Mapped[int] = mapped_column(server_default="0")
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    due_on: Mapped[dt.date | None]
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    submitter: Mapped[int | None] = mapped_column(sa.BigInteger)
    submitters: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    examiners: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger), server_default="{}")
    parcel_digest: Mapped[str | None]
    posting_id: Mapped[int | None] = mapped_column(sa.BigInteger, sa.ForeignKey(QuotaPosting.id))

    __table_args__ = (
        sa.Index("parcel_reviews_waiting", "state", "due_on"),
        sa.Index("parcel_reviews_by_code", "admin_code"),
    )


class ReviewStep(Base):
    """One step that somebody took, with what that person saw; never changed."""

    __tablename__ = "review_steps"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    parcel_no: Mapped[str] = mapped_column(sa.ForeignKey(ParcelReview.parcel_no))
    admin_code: Mapped[str] = mapped_column(_CODE)
    version: Mapped[int] = mapped_column(sa.BigInteger)
    round: Mapped[int]
    action: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    account_id: Mapped[int] = mapped_column(sa.BigInteger)
    account_name: Mapped[str]
    made_by: Mapped[str]
    roles: Mapped[str]
    at: Mapped[dt.datetime]
    remark: Mapped[str | None]
    due_on: Mapped[dt.date | None]
    parcel_digest: Mapped[str | None]
    area_mu: Mapped[Decimal] = mapped_column(sa.Numeric(16, 2))
    check_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    posting_id: Mapped[int | None] = mapped_column(sa.BigInteger, sa.ForeignKey(QuotaPosting.id), unique=True)
    record_id: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    made_in: Mapped[str]

    __table_args__ = (
        sa.UniqueConstraint("parcel_no", "version"),
        sa.Index("review_steps_by_account", "account_id", "parcel_no"),
    )


class ReviewFileRow(Base):
    """A file that came with a step; never changed."""

    __tablename__ = "review_files"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    step_id: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey(ReviewStep.id))
    parcel_no: Mapped[str]
    admin_code: Mapped[str] = mapped_column(_CODE)
    name: Mapped[str]
    media_type: Mapped[str]
    content: Mapped[bytes]
    size: Mapped[int] = mapped_column(
        sa.Integer, sa.Computed("octet_length(content)", persisted=True), nullable=False
    )
    sha256: Mapped[str] = mapped_column(
        sa.Text, sa.Computed("encode(sha256(content), 'hex')", persisted=True), nullable=False
    )

    __table_args__ = (sa.Index("review_files_by_step", "step_id"),)
