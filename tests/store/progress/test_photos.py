"""Photos of reports: how far from the project, used before, kept for a correction."""

import io
from decimal import Decimal

import pytest
import sqlalchemy as sa
from PIL import Image, ImageEnhance
from pyproj import Geod

from pipelines.progress.photo import read_photo
from store.progress import photos
from store.progress import report_errors as errors
from tests.photographed import photo, scene
from tests.reported import MONTH, PLACE, Office, new_report, put_project

_ELLIPSOID = Geod(a=6378137.0, rf=298.257222101)
FAR = (113.55, 23.93)


def _changed(seed: int) -> bytes:
    """The picture of a seed, half the size, brighter, saved badly."""
    made = io.BytesIO()
    ImageEnhance.Brightness(scene(seed).resize((400, 300))).enhance(1.15).save(made, "JPEG", quality=35)
    return made.getvalue()


def test_the_distance_is_that_on_the_ellipsoid(office: Office, project: int) -> None:
    taken = [read_photo("远.jpg", photo(1, at=FAR)), read_photo("无.jpg", photo(2))]
    done = office.submit("clerk", new_report(project, 5), tuple(taken))
    with office.looking("leader") as connection:
        far, nowhere = photos.photos(connection, [done.report_id])
    _, _, metres = _ELLIPSOID.inv(*PLACE, *FAR)
    assert far.distance_m == pytest.approx(metres, rel=1e-6)
    assert nowhere.distance_m is None
    assert (far.lon, far.lat) == pytest.approx(FAR, abs=1e-6)


def test_a_photo_used_before_is_found_with_its_report(office: Office, project: int) -> None:
    with office.owner.begin() as connection:
        other = put_project(connection, name="供水管网")
    first = office.submit("clerk", new_report(other, 5, period=MONTH), (read_photo("a.jpg", photo(4)),))
    again = office.submit(
        "clerk", new_report(project, 5), (read_photo("b.jpg", _changed(4)), read_photo("c.jpg", photo(9)))
    )
    with office.looking("county") as connection:
        (found,) = photos.repeated(connection, [again.report_id])
        assert photos.repeated(connection, [first.report_id]) == [], "the earlier one is not to blame"
    assert (found.earlier_report_id, found.project_name, found.period) == (first.report_id, "供水管网", MONTH)
    assert found.report_id == again.report_id and found.bits <= photos.SAME_WITHIN_BITS


def test_a_correction_keeps_its_photos_and_is_not_suspected(office: Office, project: int) -> None:
    first = office.submit(
        "clerk",
        new_report(project, 5),
        (read_photo("a.jpg", photo(4, at=FAR)), read_photo("b.jpg", photo(5))),
    )
    with office.looking("clerk") as connection:
        one, two = photos.photos(connection, [first.report_id])
    kept = new_report(project, 6, supersedes=first.report_id, kept_photos=(one.id,))
    second = office.submit("clerk", kept, (read_photo("c.jpg", photo(6)),))
    with office.looking("clerk") as connection:
        now = photos.photos(connection, [second.report_id])
        assert [p.name for p in now] == ["a.jpg", "c.jpg"]
        assert now[0].distance_m == one.distance_m
        assert photos.repeated(connection, [second.report_id]) == []
    third = new_report(project, 7, supersedes=second.report_id, kept_photos=(two.id,))
    with pytest.raises(errors.PhotoNotOfReport):
        office.submit("clerk", third)
    assert office.count("xiangtu.progress_reports") == 2


def test_more_photos_than_a_report_takes_are_refused(office: Office, project: int) -> None:
    many = tuple(read_photo(f"{n}.jpg", photo(n, size=(64, 48))) for n in range(10))
    with pytest.raises(errors.TooManyPhotos):
        office.submit("clerk", new_report(project, 5), many)
    assert office.count("xiangtu.progress_reports") == 0


def test_pictures_are_read_whole_and_small(office: Office, project: int) -> None:
    taken = read_photo("a.jpg", photo(4))
    done = office.submit("clerk", new_report(project, Decimal(5)), (taken, taken))
    with office.looking("leader") as connection:
        (one,) = photos.photos(connection, [done.report_id])
        assert photos.picture(connection, one.id, thumbnail=False) == (taken.content, taken.sha256)
        small = photos.picture(connection, one.id, thumbnail=True)
        assert small is not None and Image.open(io.BytesIO(small[0])).size == (320, 240)
        assert photos.picture(connection, one.id + 1, thumbnail=True) is None
    with office.app.connect() as connection:
        connection.execute(sa.text("SELECT set_config('xiangtu.user', '', true)"))
        assert photos.picture(connection, one.id, thumbnail=True) is None
