"""Photos of reports: kept with them, found again when the same one is used twice."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from store.progress.report_errors import PhotoNotOfReport
from store.queries import query
from store.tables import SRID

SAME_WITHIN_BITS = 6
"""Perceptual hashes of 64 bits that differ in no more are taken for the same picture."""


@dataclass(frozen=True)
class NewPhoto:
    """A photo that was looked at: JPEG without metadata, its thumbnail, and what the camera had said of it.

    Attributes
    ----------
    content, thumbnail : JPEG, the long side up to 1600 and 320 pixels; `width`, `height` of the former.
    sha256 : of the file as it came, in hexadecimal; phash : perceptual hash of 64 bits, 16 hexadecimal digits.
    taken_at : UTC; lon, lat : degrees, CGCS2000. None where the file says nothing.
    """

    name: str
    content: bytes
    thumbnail: bytes
    width: int
    height: int
    sha256: str
    phash: str
    taken_at: dt.datetime | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True)
class Photo:
    """A photo of a report without its pixels; `distance_m` from the project's place, geodesic, None if unknown."""

    id: int
    report_id: int
    admin_code: str
    name: str
    width: int
    height: int
    sha256: str
    phash: str
    taken_at: dt.datetime | None
    lon: float | None
    lat: float | None
    distance_m: float | None


@dataclass(frozen=True)
class Repeated:
    """A photo that resembles one of another project or month that came before it.

    `bits` of 64 in which the hashes differ; the earlier photo with its report, project and month.
    """

    photo_id: int
    report_id: int
    bits: int
    earlier_photo_id: int
    earlier_report_id: int
    project_code: str
    project_name: str
    period: dt.date


_COLUMNS = "name, content, thumbnail, width, height, sha256, phash, taken_at, lon, lat"


def add_photos(connection: sa.Connection, report_id: int, photos: Sequence[NewPhoto]) -> None:
    """Add photos to a report that was just handed in; the same file twice is one."""
    for one in photos:
        connection.execute(query("progress_photo_add"), {"report": report_id, "srid": SRID, **one.__dict__})


def keep_photos(connection: sa.Connection, from_report: int, to_report: int, ids: Sequence[int]) -> None:
    """Let photos of a report hold for the one that corrects it, too.

    Raises
    ------
    PhotoNotOfReport : one of them belongs to another report.
    """
    kept = connection.execute(
        sa.text(
            f"INSERT INTO xiangtu.progress_photos (report_id, admin_code, {_COLUMNS}, distance_m) "
            f"SELECT :to, admin_code, {_COLUMNS}, distance_m FROM xiangtu.progress_photos "
            "WHERE report_id = :from AND id = ANY (:ids) ORDER BY id"
        ),
        {"to": to_report, "from": from_report, "ids": list(ids)},
    )
    if kept.rowcount != len(set(ids)):
        raise PhotoNotOfReport()


def photos(connection: sa.Connection, report_ids: Sequence[int]) -> list[Photo]:
    """Photos of some reports, in the order in which they came."""
    rows = connection.execute(
        sa.text(
            "SELECT id, report_id, admin_code, name, width, height, sha256, phash, taken_at, lon, lat, distance_m "
            "FROM xiangtu.progress_photos WHERE report_id = ANY (:ids) ORDER BY id"
        ),
        {"ids": list(report_ids)},
    )
    return [Photo(**row._mapping) for row in rows]


def repeated(connection: sa.Connection, report_ids: Sequence[int]) -> list[Repeated]:
    """Photos of some reports that were used before in another project or month: the nearest for each of them."""
    rows = connection.execute(
        query("progress_photos_repeated"), {"ids": list(report_ids), "within": SAME_WITHIN_BITS}
    )
    return [Repeated(**row._mapping) for row in rows]


def picture(connection: sa.Connection, photo_id: int, *, thumbnail: bool) -> tuple[bytes, str] | None:
    """The JPEG of a photo, or its thumbnail, with a tag that changes with it; None if the person may not see it."""
    column = "thumbnail" if thumbnail else "content"
    row = connection.execute(
        sa.text(f"SELECT {column} AS picture, sha256 FROM xiangtu.progress_photos WHERE id = :id"),
        {"id": photo_id},
    ).one_or_none()
    return None if row is None else (bytes(row.picture), str(row.sha256))
