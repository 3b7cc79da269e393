"""Models of the ledger of construction-land quota; areas in mu. The rules are triggers: `docs/quota-ledger.md`."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from store.models import Base

_CODE, _AMOUNT = sa.String(12), sa.Numeric(16, 4)


class QuotaAccount(Base):
    """Where quota can be: of which unit, kind, bucket, lot of savings and parcel."""

    __tablename__ = "quota_accounts"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    kind: Mapped[str]
    bucket: Mapped[str]
    lot: Mapped[str] = mapped_column(server_default="")
    parcel_no: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (sa.UniqueConstraint("admin_code", "kind", "bucket", "lot", "parcel_no"),)


class QuotaBalance(Base):
    """What an account holds of the actual book at the end of all days; the row that postings lock."""

    __tablename__ = "quota_balances"

    account_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey(QuotaAccount.id), primary_key=True, autoincrement=False
    )
    admin_code: Mapped[str] = mapped_column(_CODE)
    amount_mu: Mapped[Decimal] = mapped_column(_AMOUNT, server_default="0")
    postings: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")


class QuotaPosting(Base):
    """One entry of the ledger; `admin_code` is the unit that covers all its lines."""

    __tablename__ = "quota_postings"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    admin_code: Mapped[str] = mapped_column(_CODE)
    book: Mapped[str]
    entry: Mapped[str]
    kind: Mapped[str]
    effective_on: Mapped[dt.date]
    purpose: Mapped[str | None]
    reason: Mapped[str] = mapped_column(server_default="")
    reference: Mapped[str] = mapped_column(server_default="")
    reverses_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    fulfils_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    closes_id: Mapped[int | None] = mapped_column(
        sa.BigInteger, sa.Computed("coalesce(reverses_id, fulfils_id)", persisted=True)
    )
    made_by: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    made_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    made_in: Mapped[str] = mapped_column(server_default="0")
    opening: Mapped[bool] = mapped_column(server_default=sa.false())

    __table_args__ = (sa.Index("quota_postings_by_unit", "admin_code", "id"),)


class QuotaLine(Base):
    """What a posting adds to or takes from an account; unit, book and day are the posting's."""

    __tablename__ = "quota_lines"

    posting_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey(QuotaPosting.id), primary_key=True, autoincrement=False
    )
    account_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey(QuotaAccount.id), primary_key=True, autoincrement=False
    )
    admin_code: Mapped[str] = mapped_column(_CODE)
    book: Mapped[str]
    effective_on: Mapped[dt.date]
    amount_mu: Mapped[Decimal] = mapped_column(_AMOUNT)

    __table_args__ = (sa.Index("quota_lines_by_account", "account_id", "effective_on"),)
