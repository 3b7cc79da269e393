"""Reports begun and not handed in: one for each account, project and month, kept on the server with their photos.

A draft is made when its form is opened and holds the key of the submission from then on: whatever happens to the
browser, the line or the server, the report that comes of it is one.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from base.months import month_of
from store.errors import NotAllowed
from store.progress.photos import NewPhoto
from store.progress.report_errors import TooManyPhotos
from store.progress.reports import MOST_PHOTOS

_COLUMNS = "name, content, thumbnail, width, height, sha256, phash, taken_at, lon, lat"


@dataclass(frozen=True)
class Draft:
    """A draft; `content` is what the form holds by the names of its fields, without the key. The time is UTC."""

    project_id: int
    period: dt.date
    submission_key: UUID
    content: Mapping[str, Any]
    changed_at: dt.datetime


@dataclass(frozen=True)
class DraftPicture:
    """A photo of a draft without its full picture; `thumbnail` JPEG."""

    id: int
    name: str
    thumbnail: bytes
    taken_at: dt.datetime | None
    lon: float | None
    lat: float | None


def begin(connection: sa.Connection, project_id: int, period: dt.date, content: Mapping[str, Any]) -> Draft:
    """The draft of the person's for a project and month; made with `content` and a new key if there is none.

    Raises
    ------
    NotAllowed : the person reports nothing.
    """
    period = month_of(period)
    connection.execute(
        sa.text(
            "INSERT INTO xiangtu.report_drafts (account_id, project_id, period, admin_code, content) "
            "SELECT access.account(), id, :period, admin_code, CAST(:content AS jsonb) FROM xiangtu.projects "
            "WHERE id = :project ON CONFLICT (account_id, project_id, period) DO NOTHING"
        ),
        {"project": project_id, "period": period, "content": _text(uuid4(), content)},
    )
    made = draft(connection, project_id, period)
    if made is None:
        raise NotAllowed()
    return made


def draft(connection: sa.Connection, project_id: int, period: dt.date) -> Draft | None:
    """The person's draft for a project and month, None if there is none."""
    row = connection.execute(
        sa.text(
            "SELECT project_id, period, content, changed_at FROM xiangtu.report_drafts "
            "WHERE account_id = access.account() AND project_id = :project AND period = :period"
        ),
        {"project": project_id, "period": month_of(period)},
    ).one_or_none()
    return None if row is None else _draft(row)


def drafts(connection: sa.Connection) -> list[Draft]:
    """All drafts of the person's, the last changed first."""
    rows = connection.execute(
        sa.text(
            "SELECT project_id, period, content, changed_at FROM xiangtu.report_drafts "
            "WHERE account_id = access.account() ORDER BY changed_at DESC"
        )
    )
    return [_draft(row) for row in rows]


def save(connection: sa.Connection, seen: Draft, content: Mapping[str, Any]) -> dt.datetime | None:
    """Keep what the form holds now; when that was. None if the draft was handed in or dropped meanwhile."""
    saved: dt.datetime | None = connection.scalar(
        sa.text(
            "UPDATE xiangtu.report_drafts SET content = CAST(:content AS jsonb), changed_at = clock_timestamp() "
            "WHERE account_id = access.account() AND project_id = :project AND period = :period "
            "AND content ->> 'key' = :key RETURNING changed_at"
        ),
        {**_of(seen), "content": _text(seen.submission_key, content), "key": str(seen.submission_key)},
    )
    return saved


def drop(connection: sa.Connection, seen: Draft) -> None:
    """Throw a draft away, with its photos."""
    connection.execute(
        sa.text(
            "DELETE FROM xiangtu.report_drafts WHERE account_id = access.account() AND project_id = :project "
            "AND period = :period"
        ),
        _of(seen),
    )


def add_photo(connection: sa.Connection, seen: Draft, photo: NewPhoto) -> None:
    """Keep a photo with the draft; the same file twice is one.

    Raises
    ------
    TooManyPhotos : the draft has as many as a report takes.
    NotAllowed : the draft is gone.
    """
    known = len(pictures(connection, seen))
    if known >= MOST_PHOTOS:
        raise TooManyPhotos(most=MOST_PHOTOS, number=known + 1)
    connection.execute(
        sa.text(
            f"INSERT INTO xiangtu.report_draft_photos (account_id, project_id, period, admin_code, {_COLUMNS}) "
            "SELECT account_id, project_id, period, admin_code, :name, :content, :thumbnail, :width, :height, :sha256, "
            ":phash, CAST(:taken_at AS timestamptz), CAST(:lon AS double precision), CAST(:lat AS double precision) "
            "FROM xiangtu.report_drafts WHERE account_id = access.account() AND project_id = :project "
            "AND period = :period ON CONFLICT (account_id, project_id, period, sha256) DO NOTHING"
        ),
        {**_of(seen), **photo.__dict__},
    )


def drop_photo(connection: sa.Connection, photo_id: int) -> None:
    """Take a photo out of the draft."""
    connection.execute(sa.text("DELETE FROM xiangtu.report_draft_photos WHERE id = :id"), {"id": photo_id})


def pictures(connection: sa.Connection, seen: Draft) -> list[DraftPicture]:
    """The draft's photos as thumbnails, in the order in which they came."""
    rows = connection.execute(
        sa.text(f"SELECT id, name, thumbnail, taken_at, lon, lat {_PHOTOS_OF_DRAFT}"),
        _of(seen),
    )
    return [DraftPicture(**{**row._mapping, "thumbnail": bytes(row.thumbnail)}) for row in rows]


def photos(connection: sa.Connection, seen: Draft) -> Sequence[NewPhoto]:
    """The draft's photos whole, to be handed in."""
    rows = connection.execute(sa.text(f"SELECT {_COLUMNS} {_PHOTOS_OF_DRAFT}"), _of(seen))
    return [
        NewPhoto(**{**row._mapping, "content": bytes(row.content), "thumbnail": bytes(row.thumbnail)})
        for row in rows
    ]


_PHOTOS_OF_DRAFT = (
    "FROM xiangtu.report_draft_photos WHERE account_id = access.account() AND project_id = :project "
    "AND period = :period ORDER BY id"
)


def _of(seen: Draft) -> dict[str, object]:
    return {"project": seen.project_id, "period": seen.period}


def _text(key: UUID, content: Mapping[str, Any]) -> str:
    return json.dumps({**content, "key": str(key)}, ensure_ascii=False)


def _draft(row: Any) -> Draft:
    held = dict(row.content)
    key = UUID(held.pop("key"))
    return Draft(row.project_id, row.period, key, held, row.changed_at)
