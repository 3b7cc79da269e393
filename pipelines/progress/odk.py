"""Submissions of the field form become monthly reports: read safely, judged one by one, each taken once.

A submission of ODK Collect, ODK Central or KoboToolbox is known by its instance ID, and so is its report: the same one
handed in twice, by two people's exports or in two formats, is one report.
"""

import json
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from base.errors import XiangtuError
from base.settings import settings
from i18n import LANGUAGES, Text, tr
from pipelines.import_.sandbox import check_size, run_confined
from pipelines.progress.odk_answers import Wrong, report_of
from pipelines.progress.odk_errors import refused
from pipelines.progress.odk_reader import INSTANCES_FILE, media_name
from pipelines.progress.photo import PhotoRefused, read_photo
from pipelines.progress.xlsform import FORM_ID, PHOTOS
from store.progress.field_projects import FieldProject, field_projects
from store.progress.photos import NewPhoto
from store.progress.reports import NewReport, submit

_READER = "pipelines.progress.odk_reader"
_MOST_UNPACKED = 4
"""Photos hardly pack: an archive of them unpacks to little more than itself."""


class Outcome(StrEnum):
    """What becomes, or became, of a submission."""

    NEW = "new"
    ALREADY = "already"
    REFUSED = "refused"


@dataclass(frozen=True)
class Submission:
    """An instance as it came: `answers` by question, `photos` by the name that the answer gives."""

    file: str
    answers: Mapping[str, str]
    photos: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def instance(self) -> str:
        """Its instance ID, "" if it has none."""
        said = next(
            (self.answers[n] for n in ("instanceID", "KEY", "__id", "_uuid") if self.answers.get(n)), ""
        )
        return said.removeprefix("uuid:").strip()

    @property
    def key(self) -> uuid.UUID:
        """The submission key of its report: the instance ID itself, or one made of it if it is no UUID."""
        try:
            return uuid.UUID(self.instance)
        except ValueError:
            return uuid.uuid5(uuid.NAMESPACE_URL, f"{FORM_ID}/{self.instance}")


@dataclass(frozen=True)
class Finding:
    """What is wrong with an answer, and the mend; `refuses` if the submission is not taken for it."""

    file: str
    instance: str
    question: Text | None
    value: str
    message: Text
    refuses: bool


@dataclass(frozen=True)
class Judged:
    """A submission with its report, if it makes one, and what becomes of it."""

    submission: Submission
    outcome: Outcome
    report: NewReport | None = None
    project: FieldProject | None = None
    photos: int = 0
    report_id: int | None = None


@dataclass(frozen=True)
class FieldReport:
    """What an upload holds, or what was taken of it."""

    judged: tuple[Judged, ...]
    findings: tuple[Finding, ...]

    def number(self, outcome: Outcome) -> int:
        """How many submissions have an outcome."""
        return sum(one.outcome is outcome for one in self.judged)


def read_submissions(path: Path, name: str) -> list[Submission]:
    """Read an upload in a process of its own.

    Parameters
    ----------
    path : the file as it was put; `name` as its owner calls it, whose suffix claims the format: .zip of instances with
        their media, or of a CSV with its media; .xml, .csv, .json.

    Raises
    ------
    SubmissionsRefused, FileRefused : it is taken for no submissions; nothing of it was read.
    """
    limits = settings()
    check_size(path, limits)
    with tempfile.TemporaryDirectory(prefix="xiangtu-field-") as made:
        folder = Path(made)
        (folder / "upload").write_bytes(path.read_bytes())
        task: dict[str, object] = {
            "file": "upload",
            "suffix": Path(name).suffix.lower(),
            "name": Path(name).name,
            "memory_mb": limits.read_memory_mb,
            "timeout_s": limits.read_timeout_s,
            "largest_total": limits.upload_limit_mb * 2**20 * _MOST_UNPACKED,
        }
        run_confined(_READER, folder, task, limits, {}, refused)
        return list(_read(folder))


def _read(folder: Path) -> Iterator[Submission]:
    told = json.loads((folder / INSTANCES_FILE).read_text("utf-8"))
    media: dict[str, str] = told["media"]
    for one in told["instances"]:
        home = str(Path(one["file"]).parent)
        photos = {}
        for number in range(1, PHOTOS + 1):
            answer = one["answers"].get(f"photo_{number}")
            kept = None if answer is None else _kept(media_name(answer), home, media)
            if answer is not None and kept is not None:
                photos[answer] = (folder / kept).read_bytes()
        yield Submission(one["file"], one["answers"], photos)


def _kept(name: str, home: str, media: Mapping[str, str]) -> str | None:
    """Our file of a photo: beside its instance first, then of that name anywhere if there is but one."""
    beside = [
        ours
        for theirs, ours in media.items()
        if media_name(theirs) == name and str(Path(theirs).parent) == home
    ]
    anywhere = [ours for theirs, ours in media.items() if media_name(theirs) == name]
    return beside[0] if beside else anywhere[0] if len(anywhere) == 1 else None


def look(
    connection: sa.Connection, submissions: Sequence[Submission], prefixes: Sequence[str]
) -> FieldReport:
    """Judge submissions as `take` would, and write nothing.

    Parameters
    ----------
    connection : for the person who hands in, in a transaction that can write.
    prefixes : codes of the places that the person reports for.
    """
    trial = connection.begin_nested()
    try:
        return take(connection, submissions, prefixes)
    finally:
        trial.rollback()


def take(
    connection: sa.Connection, submissions: Sequence[Submission], prefixes: Sequence[str]
) -> FieldReport:
    """Hand in all submissions that can be taken, each whole or not at all; the others are told with their reasons."""
    projects = {one.code: one for one in field_projects(connection, prefixes)}
    findings: list[Finding] = []
    read = [_judge(one, projects, findings) for one in submissions]
    order = sorted(range(len(read)), key=lambda at: _when(read[at][0]))
    done: dict[int, Judged] = {at: _handed_in(connection, *read[at], findings) for at in order}
    return FieldReport(tuple(done[at] for at in range(len(read))), tuple(findings))


def _when(judged: Judged) -> tuple[str, str, str]:
    """Months of a project one after the other, as each is judged by the one before."""
    report = judged.report
    if report is None:
        return "", "", ""
    return str(report.project_id), report.period.isoformat(), judged.submission.answers.get("end", "")


def _judge(
    one: Submission, projects: Mapping[str, FieldProject], findings: list[Finding]
) -> tuple[Judged, list[NewPhoto]]:
    found, report = report_of(one.answers, one.key, projects)
    if not one.instance:
        found.append(Wrong("instance", ""))
    photos = []
    for number in range(1, PHOTOS + 1):
        name = one.answers.get(f"photo_{number}")
        if name is None:
            continue
        if name not in one.photos:
            found.append(Wrong("photo_missing", media_name(name), f"photo_{number}"))
            continue
        try:
            photos.append(_placed(read_photo(media_name(name), one.photos[name]), one.answers))
        except PhotoRefused as error:
            findings.append(_told(one, f"photo_{number}", media_name(name), error, refuses=False))
    for wrong in found:
        question = _question(wrong.question)
        words = Text(
            *(tr(f"fieldforms.wrong.{wrong.reason}", lang, value=wrong.value) for lang in ("zh", "en"))
        )
        findings.append(Finding(one.file, one.instance, question, wrong.value, words, True))
    project = projects.get(one.answers.get("project", ""))
    outcome = Outcome.REFUSED if found or report is None else Outcome.NEW
    return Judged(one, outcome, report if outcome is Outcome.NEW else None, project, len(photos)), photos


def _question(name: str) -> Text | None:
    """A question of the form in words; None for what is no question."""
    if not name:
        return None
    key, _, number = name.partition("_") if name.startswith("photo_") else (name, "", "")
    zh, en = (
        tr(f"fieldforms.label.{key}", lang, **({"number": number} if number else {})) for lang in LANGUAGES
    )
    return Text(zh, en)


def _placed(photo: NewPhoto, answers: Mapping[str, str]) -> NewPhoto:
    """A photo that says no place has that of the form: the phone's own camera writes none into pictures of forms."""
    place = position(answers)
    if photo.lon is not None or place is None:
        return photo
    return replace(photo, lon=place[0], lat=place[1])


def position(answers: Mapping[str, str]) -> tuple[float, float] | None:
    """Longitude and latitude (degrees, WGS 84) where the form was filled in; None if it does not say."""
    parts = answers.get("place", "").split()[:2] or [
        answers.get("place_latitude", ""),
        answers.get("place_longitude", ""),
    ]
    try:
        lat, lon = (float(part) for part in parts)
    except ValueError:
        return None
    return (lon, lat) if abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0, 0) else None


def _handed_in(
    connection: sa.Connection, judged: Judged, photos: Sequence[NewPhoto], findings: list[Finding]
) -> Judged:
    if judged.report is None:
        return judged
    one = judged.submission
    try:
        with connection.begin_nested():
            made = submit(connection, judged.report, photos)
    except XiangtuError as error:
        findings.append(_told(one, "", judged.report.period.strftime("%Y-%m"), error, refuses=True))
        return replace(judged, outcome=Outcome.REFUSED)
    if made.differs:
        words = Text(*(tr("fieldforms.differs", lang, number=made.report_id) for lang in ("zh", "en")))
        findings.append(Finding(one.file, one.instance, None, "", words, False))
    return replace(judged, outcome=Outcome.ALREADY if made.already else Outcome.NEW, report_id=made.report_id)


def _told(one: Submission, question: str, value: str, error: XiangtuError, *, refuses: bool) -> Finding:
    words = Text(error.sentence("zh"), error.sentence("en"))
    return Finding(one.file, one.instance, _question(question), value, words, refuses)
