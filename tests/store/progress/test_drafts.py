"""Drafts: one key from the opening of the form on, kept through everything, gone with the report."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from pipelines.progress.photo import read_photo
from store import identity
from store.engine import changing
from store.errors import NotAllowed
from store.progress import drafts, reports
from store.progress import report_errors as errors
from tests.photographed import photo
from tests.reported import MONTH, PLACE, TODAY, Office, new_report

PHOTOS = [read_photo(f"{n}.jpg", photo(n, at=PLACE, size=(320, 240))) for n in range(1, 12)]


def test_a_draft_keeps_its_key(office: Office, project: int) -> None:
    with office.as_("clerk") as connection:
        first = drafts.begin(connection, project, dt.date(2026, 11, 17), {"percent": "5"})
        again = drafts.begin(connection, project, MONTH, {"percent": "9"})
        assert again == first and first.content == {"percent": "5"} and first.period == MONTH
        saved = drafts.save(connection, first, {"percent": "6", "note": "“引号”"})
        assert saved is not None and saved > first.changed_at
        now = drafts.draft(connection, project, MONTH)
        assert now is not None and now.content == {"percent": "6", "note": "“引号”"}
        assert now.submission_key == first.submission_key
        assert drafts.drafts(connection) == [now]


def test_a_form_opened_many_times_at_once_has_one_key(office: Office, project: int) -> None:
    ready, secret = threading.Barrier(8), office.secret("clerk")

    def begin(_: int) -> UUID:
        ready.wait()
        with identity.acting(secret), changing(office.app) as connection:
            return drafts.begin(connection, project, MONTH, {}).submission_key

    with ThreadPoolExecutor(8) as hands:
        assert len(set(hands.map(begin, range(8)))) == 1


def test_a_draft_that_was_handed_in_is_saved_no_more(office: Office, project: int) -> None:
    with office.as_("clerk") as connection:
        begun = drafts.begin(connection, project, MONTH, {})
        for one in PHOTOS[:2]:
            drafts.add_photo(connection, begun, one)
        drafts.add_photo(connection, begun, PHOTOS[0])
        assert len(drafts.pictures(connection, begun)) == 2
    with office.as_("clerk") as connection:
        new = new_report(project, 5, submission_key=begun.submission_key)
        done = reports.submit(connection, new, drafts.photos(connection, begun), today=TODAY)
    with office.as_("clerk") as connection:
        assert reports.report(connection, done.report_id).photos == 2
        assert drafts.save(connection, begun, {"note": "晚了"}) is None
        assert drafts.pictures(connection, begun) == []
        next_one = drafts.begin(connection, project, MONTH, {})
        assert drafts.save(connection, begun, {"note": "晚了"}) is None
        assert next_one.submission_key != begun.submission_key


def test_a_refused_report_leaves_the_draft_and_its_photos(office: Office, project: int) -> None:
    with office.as_("clerk") as connection:
        begun = drafts.begin(connection, project, MONTH, {})
        drafts.add_photo(connection, begun, PHOTOS[0])
    with pytest.raises(errors.PercentOutside), office.as_("clerk") as connection:
        new = new_report(project, 101, submission_key=begun.submission_key)
        reports.submit(connection, new, drafts.photos(connection, begun), today=TODAY)
    with office.looking("clerk") as connection:
        assert drafts.draft(connection, project, MONTH) == begun
        assert len(drafts.pictures(connection, begun)) == 1


def test_photos_of_a_draft_are_few_and_go_with_it(office: Office, project: int) -> None:
    with office.as_("clerk") as connection:
        begun = drafts.begin(connection, project, MONTH, {})
        for one in PHOTOS[:9]:
            drafts.add_photo(connection, begun, one)
        with pytest.raises(errors.TooManyPhotos):
            drafts.add_photo(connection, begun, PHOTOS[9])
        shown = drafts.pictures(connection, begun)
        assert (shown[0].name, shown[0].lon) == ("1.jpg", pytest.approx(PLACE[0]))
        drafts.drop_photo(connection, shown[0].id)
        assert len(drafts.pictures(connection, begun)) == 8
        drafts.drop(connection, begun)
        assert drafts.draft(connection, project, MONTH) is None
    assert office.count("xiangtu.report_draft_photos") == 0


def test_a_draft_outlives_a_report_that_it_was_not_made_into(office: Office, project: int) -> None:
    """Submissions from the field come in under the same account: what was typed into the form meanwhile is kept."""
    with office.as_("clerk") as connection:
        begun = drafts.begin(connection, project, MONTH, {"note": "写了半页"})
        drafts.add_photo(connection, begun, PHOTOS[0])
    for who in ("clerk", "other_clerk"):
        with office.looking(who) as connection:
            known = reports.reports_of(connection, project)
        last = known[-1].id if known else None
        office.submit(who, new_report(project, 5, channel="odk", supersedes=last))
    with office.looking("clerk") as connection:
        assert drafts.draft(connection, project, MONTH) == begun
        assert len(drafts.pictures(connection, begun)) == 1


def test_who_does_not_report_has_no_draft(office: Office, project: int) -> None:
    with pytest.raises(NotAllowed), office.as_("county") as connection:
        drafts.begin(connection, project, MONTH, {})
