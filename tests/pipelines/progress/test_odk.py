"""Submissions of the field form: read safely in each form that they come in, judged, taken once each."""

import csv
import datetime as dt
import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from base.settings import settings
from i18n import Text
from pipelines.import_.errors import FileRefused
from pipelines.progress import odk
from pipelines.progress.odk import FieldReport, Outcome, Submission, position, read_submissions
from pipelines.progress.odk_errors import SubmissionsRefused
from pipelines.progress.xlsform import FORM_ID, milestone_choice
from store.embedded import Cluster
from store.engine import make_engine
from store.progress import report_errors as errors
from store.progress.field_projects import field_projects, to_take_along
from store.progress.reports import reports
from store.protection import APP
from tests.photographed import photo
from tests.reported import FOREIGN, TOWN, Office, new_report, put_project

FIRST, SECOND = "7f1c1f9e-6f0c-4c39-9d3e-2d8d5d1c0a01", "7f1c1f9e-6f0c-4c39-9d3e-2d8d5d1c0a02"
CODE = "XM-441821-2026-0001"
ANSWERS = {
    "start": "2026-10-20T09:00:00.000+08:00", "end": "2026-10-20T09:05:00.000+08:00", "county": "441821",
    "township": "441821100", "project": CODE, "period": "2026-10-01", "percent": "35.5", "paid_wan": "12.3456",
    "milestones": f"{CODE}_1 {CODE}_2", "note": "路基完成 <两公里> & 桥涵", "place": "23.9 113.5 80.0 4.5",
}  # fmt: skip


def xml(answers: dict[str, str], instance: str = FIRST, form: str = FORM_ID, head: str = "") -> bytes:
    """An instance as ODK Collect writes it."""
    from xml.sax.saxutils import escape

    told = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in answers.items())
    return (
        f"<?xml version='1.0' ?>{head}<data xmlns:orx='http://openrosa.org/xforms' id='{form}' version='1'>{told}"
        f"<orx:meta><orx:instanceID>uuid:{instance}</orx:instanceID></orx:meta></data>"
    ).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def table(rows: list[dict[str, str]], delimiter: str = ",") -> bytes:
    made = io.StringIO()
    writer = csv.DictWriter(
        made, list(dict.fromkeys(name for row in rows for name in row)), delimiter=delimiter
    )
    writer.writeheader()
    writer.writerows(rows)
    return made.getvalue().encode("utf-8-sig")


def read(folder: Path, name: str, content: bytes) -> list[Submission]:
    path = folder / "put"
    path.write_bytes(content)
    return read_submissions(path, name)


_NO_PLACE = {name: value for name, value in ANSWERS.items() if name != "place"}
CENTRAL = {**_NO_PLACE, "place-Latitude": "23.9", "place-Longitude": "113.5",
           "meta-instanceID": f"uuid:{FIRST}", "KEY": f"uuid:{FIRST}"}  # fmt: skip
KOBO_CSV = {**_NO_PLACE, "_place_latitude": "23.9", "_place_longitude": "113.5",
            "_id": "7", "_uuid": FIRST}  # fmt: skip
KOBO_JSON = {**{f"part/{n}" if n == "note" else n: v for n, v in ANSWERS.items()}, "_id": 7,
             "meta/instanceID": f"uuid:{FIRST}", "_xform_id_string": FORM_ID, "_attachments": [{"x": 1}]}  # fmt: skip
ODATA = {**ANSWERS, "percent": 35.5, "place": {"type": "Point", "coordinates": [113.5, 23.9, 80]},
         "meta": {"instanceID": f"uuid:{FIRST}"}, "__id": f"uuid:{FIRST}"}  # fmt: skip
FORMS = {
    "instance.xml": xml(ANSWERS),
    "instances.zip": zipped({"2026-10-20/form.xml": xml(ANSWERS)}),
    "central.csv": table([CENTRAL]),
    "central.csv.zip": zipped({"form.csv": table([CENTRAL])}),
    "kobo.csv": table([KOBO_CSV], ";"),
    "kobo.json": json.dumps({"count": 1, "results": [KOBO_JSON]}).encode(),
    "odata.json": json.dumps({"value": [ODATA]}).encode(),
}


@pytest.mark.parametrize("name", FORMS)
def test_each_form_of_an_export_says_the_same(tmp_path: Path, name: str) -> None:
    (one,) = read(tmp_path, name, FORMS[name])
    assert one.key == uuid.UUID(FIRST)
    for question in ("project", "period", "percent", "paid_wan", "milestones", "note"):
        assert one.answers[question] == ANSWERS[question], question
    assert position(one.answers) == (113.5, 23.9)


@pytest.mark.parametrize("odd", ["\x00", "\ud83d"])
def test_what_no_database_keeps_is_left_out_of_answers(tmp_path: Path, odd: str) -> None:
    told = {**KOBO_JSON, "part/note": f"路基{odd}完成", f"x{odd}": "1"}
    (one,) = read(tmp_path, "a.json", json.dumps([told]).encode())
    assert one.answers["note"] == "路基完成"
    assert one.key == uuid.UUID(FIRST)


def test_media_are_found_beside_their_instance(tmp_path: Path) -> None:
    """Two phones each call their photo the same; a third instance names one that is not there."""
    content = zipped(
        {
            "a/a.xml": xml(ANSWERS | {"photo_1": "1.jpg"}),
            "a/1.jpg": photo(1),
            "b/b.xml": xml(ANSWERS | {"photo_1": "1.jpg"}, SECOND),
            "b/1.jpg": photo(2),
            "c/c.xml": xml(ANSWERS | {"photo_1": "9.jpg"}, str(uuid.uuid4())),
        }
    )
    first, second, third = read(tmp_path, "x.zip", content)
    assert first.photos == {"1.jpg": photo(1)} and second.photos == {"1.jpg": photo(2)} and third.photos == {}


LAUGHS = "<!DOCTYPE d [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
FILE_ENTITY = "<!DOCTYPE d [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.xml", xml({"note": "x"}, head=LAUGHS).replace(b">x<", b">&b;<")),
        ("x.xml", xml({"note": "x"}, head=FILE_ENTITY).replace(b">x<", b">&f;<")),
        ("x.xml", xml({"note": "x"}, head="<!DOCTYPE data SYSTEM 'http://127.0.0.1:9/x.dtd'>")),
        ("x.xml", b"<data><note>"),
        ("x.xml", b"<data>" + b"<a>" * 100_000),
        ("x.json", b"[" * 100_000),
        ("x.json", b"[]"),
        ("x.csv", b"project,percent\n"),
        ("x.pdf", b"%PDF-1.7"),
        ("x.zip", zipped({"../../x.xml": xml(ANSWERS)})),
        ("x.zip", zipped({"readme.txt": b"x"})),
        ("x.zip", zipped({"a.zip": zipped({"b.xml": xml(ANSWERS)})})),
        ("x.zip", b"PK\x03\x04 no more"),
    ],
)
def test_what_is_no_submission_is_refused_with_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises((SubmissionsRefused, FileRefused)) as refused:
        read(tmp_path, name, content)
    for lang in ("zh", "en"):
        said = refused.value.sentence(lang)
        assert said and "root:" not in said and "{" not in said


@pytest.fixture
def office(cluster: Cluster, database: sa.Engine) -> Iterator[Office]:
    app = make_engine(cluster.url(str(database.url.database), user=APP), settings())
    with database.begin() as connection:
        put_project(connection)
        put_project(connection, FOREIGN, name="外乡镇项目")
    yield Office(database, app)
    app.dispose()


def handed_in(
    office: Office, submissions: list[Submission], who: str = "clerk", way: str = "take"
) -> FieldReport:
    with office.as_(who) as connection:
        done: FieldReport = getattr(odk, way)(connection, submissions, [TOWN])
    return done


def submission(instance: str = FIRST, photos: dict[str, bytes] | None = None, **answers: str) -> Submission:
    told = {**ANSWERS, "instanceID": f"uuid:{instance}", **answers}
    return Submission("甲.zip/x.xml", {n: v for n, v in told.items() if v}, photos or {})


def test_a_submission_is_one_report_whatever_it_comes_in_and_how_often(
    office: Office, tmp_path: Path
) -> None:
    looked = handed_in(office, read(tmp_path, "instance.xml", FORMS["instance.xml"]), way="look")
    assert [one.outcome for one in looked.judged] == [Outcome.NEW]
    assert office.count("xiangtu.progress_reports") == 0, "a look writes nothing"
    outcomes = []
    for name, content in FORMS.items():
        (done,) = handed_in(office, read(tmp_path, name, content)).judged
        outcomes.append((done.outcome, done.report_id))
    assert outcomes[0][0] is Outcome.NEW
    assert set(outcomes[1:]) == {(Outcome.ALREADY, outcomes[0][1])}
    with office.looking("clerk") as connection:
        (report,) = reports(connection)
    assert report.submission_key == uuid.UUID(FIRST) and report.channel == "odk"
    assert (report.percent, report.paid_yuan, report.milestones) == (
        Decimal("35.50"),
        Decimal(123_456),
        (1, 2),
    )
    assert report.note == ANSWERS["note"] and report.period.isoformat() == "2026-10-01"


def test_photos_come_along_with_the_place_of_the_form(office: Office) -> None:
    own = photo(3, at=(113.51, 23.91))
    done = handed_in(
        office,
        [submission(photos={"1.jpg": photo(2), "2.jpg": own}, photo_1="1.jpg", photo_2="2.jpg")],
    )
    assert (done.judged[0].outcome, done.judged[0].photos, done.findings) == (Outcome.NEW, 2, ())
    with office.owner.connect() as connection:
        rows = connection.execute(sa.text("SELECT lon, lat FROM xiangtu.progress_photos ORDER BY lon")).all()
    assert [(round(lon, 3), round(lat, 3)) for lon, lat in rows] == [(113.5, 23.9), (113.51, 23.91)]


@pytest.mark.parametrize(
    ("answers", "question", "value"),
    [
        ({"project": "XM-441826-2026-0002"}, "项目", "XM-441826-2026-0002"),
        ({"project": ""}, "项目", ""),
        ({"period": "20261"}, "填报月份", "20261"),
        ({"percent": "100.5"}, "形象进度（%）", "100.5"),
        ({"percent": "NaN"}, "形象进度（%）", "NaN"),
        ({"percent": "1e2"}, "形象进度（%）", "1e2"),
        ({"paid_wan": "-1"}, "累计支付（万元）", "-1"),
        ({"paid_wan": "一万"}, "累计支付（万元）", "一万"),
        ({"milestones": milestone_choice(CODE, 9)}, "已完成的节点", milestone_choice(CODE, 9)),
        ({"photo_1": "没有.jpg"}, "现场照片 1", "没有.jpg"),
        ({"__form": "other"}, None, "other"),
        ({"instanceID": ""}, None, ""),
        ({"period": "2999-01-01"}, None, "2999-01"),
    ],
)
def test_a_wrong_answer_is_named_and_nothing_is_taken(
    office: Office, answers: dict[str, str], question: str | None, value: str
) -> None:
    done = handed_in(office, [submission(**answers)])
    assert [one.outcome for one in done.judged] == [Outcome.REFUSED]
    (found,) = done.findings
    assert found.file == "甲.zip/x.xml" and found.refuses
    assert found.instance == ("" if answers.get("instanceID") == "" else FIRST)
    assert (None if found.question is None else found.question.zh, found.value) == (question, value)
    assert found.message.zh and found.message.en
    assert office.count("xiangtu.progress_reports") == 0


def test_sound_ones_are_taken_and_each_other_is_told_why(office: Office) -> None:
    """Months come in any order; a fall has its reason; a second report of a month, and a spoilt photo, are told."""
    done = handed_in(
        office,
        [
            submission(SECOND, period="2026-11-01", percent="40"),
            submission(str(uuid.uuid4()), period="2026-11-01", percent="41"),
            submission(FIRST, photos={"1.jpg": b"no photo"}, photo_1="1.jpg"),
            submission(str(uuid.uuid4()), period="2026-09-01", percent="20"),
        ],
    )
    assert [one.outcome for one in done.judged] == [
        Outcome.NEW, Outcome.REFUSED, Outcome.NEW, Outcome.NEW
    ]  # fmt: skip
    assert done.number(Outcome.NEW) == 3
    refusing = [one for one in done.findings if one.refuses]
    assert len(refusing) == 1 and "已有月报" in refusing[0].message.zh
    spoilt = [one for one in done.findings if not one.refuses]
    assert [one.value for one in spoilt] == ["1.jpg"]
    again = handed_in(office, [submission(SECOND, period="2026-11-01", percent="44")])
    assert again.judged[0].outcome is Outcome.ALREADY and "第一次" in again.findings[0].message.zh
    fallen = handed_in(office, [submission(str(uuid.uuid4()), period="2026-08-01", percent="30")])
    assert fallen.judged[0].outcome is Outcome.REFUSED
    assert office.count("xiangtu.progress_reports") == 3


def test_projects_of_the_form_are_those_that_one_reports(office: Office) -> None:
    office.submit("clerk", new_report(1, 25))
    with office.looking("clerk") as connection:
        (one,) = field_projects(connection, [TOWN])
        assert field_projects(connection, []) == []
    assert (one.code, one.percent, one.milestones[0]) == (CODE, Decimal("25.00"), (1, "开工"))


def end_project(office: Office, project: int, happened_on: str) -> None:
    """Accept a finished project on a day."""
    with office.owner.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.project_states (project_id, admin_code, before, after, happened_on, changed_by) "
                "SELECT id, admin_code, 'finished', 'accepted', :day, 't' FROM xiangtu.projects WHERE id = :id"
            ),
            {"id": project, "day": happened_on},
        )


def test_a_form_is_taken_for_months_up_to_the_end_of_a_project_as_on_the_page(office: Office) -> None:
    """It was taken away before the project was accepted on 12 October; what it brings later is judged by month."""
    with office.owner.begin() as connection:
        ended = put_project(connection, name="完了", state="finished")
        put_project(connection, name="还在储备", state="planned")
    end_project(office, ended, "2026-10-12")
    with office.looking("clerk") as connection:
        known = field_projects(connection, [TOWN])
    assert [one.name for one in to_take_along(known, dt.date(2026, 10, 1))] == ["进村道路", "完了"]
    assert [one.name for one in to_take_along(known, dt.date(2026, 11, 1))] == ["进村道路"]
    code = next(one.code for one in known if one.name == "完了")
    done = handed_in(
        office,
        [
            submission(FIRST, project=code, period="2026-10-01", percent="100", milestones=""),
            submission(SECOND, project=code, period="2026-11-01", percent="100", milestones=""),
        ],
    )
    assert [one.outcome for one in done.judged] == [Outcome.NEW, Outcome.REFUSED]
    (told,) = done.findings
    with pytest.raises(errors.ProjectEnded) as form:
        office.submit("clerk", new_report(ended, 100))
    assert told.message == Text(form.value.sentence("zh"), form.value.sentence("en"))
    assert "2026-10" in told.message.zh and "已验收" in told.message.zh
