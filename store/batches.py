"""Import batches: begun before the first row, ended with counts or with the sentence of the failure."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from base.errors import XiangtuError
from i18n import tr
from store.bulk import Merged, copy_frame
from store.models import SCHEMA, ImportBatch, ImportFinding, LayerVersion

INTERRUPTED = "doctor.import_interrupted"
_LOCK_CLASS = 0x7869616E
"""Class of the advisory locks that say "this batch's process lives" ("xian" in ASCII)."""


@dataclass(frozen=True)
class NewBatch:
    """What is known of a batch when it begins."""

    feature_id: str
    file_name: str
    file_sha256: str
    handed_by: str | None = None
    synthetic: bool = False
    as_of: dt.date | None = None
    account_id: int | None = None


@dataclass(frozen=True)
class RowCounts:
    """Rows of a batch by what became of them."""

    rows_read: int
    repaired: int
    rejected: int
    warned: int


@contextmanager
def running(engine: sa.Engine, batch: NewBatch) -> Iterator[int]:
    """Begin a batch and mark its process as alive while the context lasts; gives the batch's id.

    If the context ends with an error the batch is ended as failed with that error's sentence, and the error
    goes on; if the process is told to stop (SIGTERM, Ctrl-C), with a sentence that says so.
    """
    with engine.connect() as guard:
        batch_id = _begin(guard, batch)
        try:
            yield batch_id
        except Exception as error:
            fail(engine, batch_id, _told(error))
            raise
        except BaseException:
            fail(engine, batch_id, tr(INTERRUPTED, "zh"))
            raise
        finally:
            if not guard.closed and not guard.invalidated:
                guard.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK_CLASS, _short(batch_id))))
                guard.commit()


def _told(error: Exception) -> str:
    """What everyone may read of a failure: never a statement or a row, which others' values stand in."""
    if isinstance(error, XiangtuError):
        return str(error)
    diagnosis = getattr(getattr(error, "orig", None), "diag", None)
    primary = getattr(diagnosis, "message_primary", None)
    return tr("error.unexpected", "zh") + (f"（{primary}）" if primary else "")


def _begin(connection: sa.Connection, batch: NewBatch) -> int:
    values = {
        "feature_id": batch.feature_id,
        "file_name": batch.file_name,
        "file_sha256": batch.file_sha256,
        "handed_by": batch.handed_by,
        "synthetic": batch.synthetic,
        "as_of": batch.as_of,
        "account_id": batch.account_id,
    }
    batch_id = connection.execute(
        sa.insert(ImportBatch).values(values).returning(ImportBatch.id)
    ).scalar_one()
    connection.execute(sa.select(sa.func.pg_advisory_lock(_LOCK_CLASS, _short(batch_id))))
    connection.commit()
    return batch_id


def _short(batch_id: int) -> int:
    """The second, 32-bit key of an advisory lock."""
    return batch_id % 2**31


def finish(
    connection: sa.Connection,
    batch_id: int,
    counts: RowCounts,
    merged: Merged,
    crs: str,
    encoding: str | None,
) -> None:
    """End a batch as done, within the transaction of its rows."""
    connection.execute(
        sa.update(ImportBatch)
        .where(ImportBatch.id == batch_id)
        .values(
            state="done",
            finished_at=sa.func.clock_timestamp(),
            crs=crs or None,
            encoding=encoding,
            rows_read=counts.rows_read,
            repaired=counts.repaired,
            rejected=counts.rejected,
            warned=counts.warned,
            inserted=merged.inserted,
            updated=merged.updated,
            unchanged=merged.unchanged,
        )
    )


def fail(engine: sa.Engine, batch_id: int, sentence: str) -> None:
    """End a batch as failed, in a transaction of its own."""
    with engine.begin() as connection:
        connection.execute(
            sa.update(ImportBatch)
            .where(ImportBatch.id == batch_id, ImportBatch.state == "running")
            .values(state="failed", finished_at=sa.func.clock_timestamp(), error=sentence)
        )


def fail_abandoned(engine: sa.Engine) -> list[int]:
    """End the running batches whose process is gone (killed, machine restarted); returns their ids."""
    ended = []
    sentence = tr(INTERRUPTED, "zh")
    with engine.begin() as connection:
        ids = connection.scalars(sa.select(ImportBatch.id).where(ImportBatch.state == "running")).all()
        for batch_id in ids:
            free = connection.scalar(
                sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK_CLASS, _short(batch_id)))
            )
            if free:
                connection.execute(
                    sa.update(ImportBatch)
                    .where(ImportBatch.id == batch_id)
                    .values(state="failed", finished_at=sa.func.clock_timestamp(), error=sentence)
                )
                ended.append(batch_id)
    return ended


def store_findings(connection: sa.Connection, batch_id: int, findings: pd.DataFrame) -> None:
    """COPY the findings of a batch.

    Parameters
    ----------
    findings : columns ``row_no``, ``column_title``, ``value``, ``rule``, ``remedy``, ``message_zh``,
        ``message_en``.
    """
    target = f"{SCHEMA}.{ImportFinding.__tablename__}"
    copy_frame(connection, target, findings.assign(batch_id=batch_id))


def bump_version(connection: sa.Connection, feature_id: str) -> int:
    """Raise the version of a feature type's data and return it.

    The first version is the time in seconds: browsers keep tiles by version for a year, so that a database
    made anew must not count through the versions of the one before.
    """
    begun = sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.BigInteger)
    statement = insert(LayerVersion).values(feature_id=feature_id, version=begun, updated_at=sa.func.now())
    raised = statement.on_conflict_do_update(
        index_elements=[LayerVersion.feature_id],
        set_={"version": LayerVersion.version + 1, "updated_at": sa.func.now()},
    ).returning(LayerVersion.version)
    version: int = connection.execute(raised).scalar_one()
    return version
