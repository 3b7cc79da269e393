"""The process that opens submissions of field forms: ``python -m pipelines.progress.odk_reader``.

It confines itself as the readers of uploads do, and leaves ``instances.json`` and the media under names of our own.
"""

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.import_ import reader_process
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.progress.odk_errors import Reason, SubmissionsRefused

INSTANCES_FILE = "instances.json"
MOST_INSTANCES = 500
_MEDIA = {".jpg", ".jpeg", ".png", ".heic", ".heif"}
_TABLES = {".xml", ".csv", ".json"}
_LONGEST = 20_000
"""Characters of an answer; longer ones are no answers to this form."""
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""What JSON and CSV can hold, and no text of a database."""
_PART = re.compile(r"_?(?P<name>[a-z]+)[-_](?P<part>Latitude|Longitude|latitude|longitude)")
"""A position in two columns: Central's ``place-Latitude``, Kobo's ``_place_latitude``."""

Answers = dict[str, str]


def main() -> int:
    """Read one upload; the exit code is 0 for instances, 3 for a refusal."""
    task = json.load(sys.stdin)
    reader_process.limit(task["memory_mb"], task["timeout_s"])
    isolated = reader_process.leave_network()
    folder = Path()
    try:
        if task["run_as"] is not None:
            _load()
            reader_process.leave_root(*task["run_as"])
            isolated = isolated or reader_process.leave_network()
        confined = json.dumps({"isolated": isolated, "user": os.geteuid()})
        (folder / reader_process.CONFINEMENT_FILE).write_text(confined)
        found = read(folder / task["file"], task["suffix"], task["name"], folder, task["largest_total"])
        (folder / INSTANCES_FILE).write_text(json.dumps(found, ensure_ascii=False), "utf-8")
    except (FileRefused, SubmissionsRefused) as refused:
        return reader_process.refuse(folder, refused.reason, refused.values)
    except MemoryError:
        return reader_process.refuse(folder, Refusal.MEMORY, {"limit_mb": task["memory_mb"]})
    return 0


def _load() -> None:
    """Import what is needed while the libraries can still be read."""
    import lxml.etree  # noqa: F401

    import pipelines.import_.archives  # noqa: F401


def read(path: Path, suffix: str, name: str, folder: Path, largest_total: int) -> dict[str, Any]:
    """Instances of an upload and its media.

    Parameters
    ----------
    suffix, name : of the upload as it was called.
    folder : where media are put, as ``media-0`` and so on.

    Returns
    -------
    ``instances``: ``file``, ``answers`` (last part of a question's path to its text); ``media``: name to our file.

    Raises
    ------
    SubmissionsRefused : no form of submissions, damaged, or too many.
    FileRefused : an archive that is damaged or unsafe.
    """
    media: dict[str, str] = {}
    if suffix == ".zip":
        instances = list(_of_zip(path, folder, largest_total, media))
    elif suffix in _TABLES:
        instances = [{"file": name, "answers": one} for one in _of_file(suffix, path.read_bytes())]
    else:
        raise SubmissionsRefused(Reason.FORMAT, suffix=suffix or "-")
    if not instances:
        raise SubmissionsRefused(Reason.NONE)
    if len(instances) > MOST_INSTANCES:
        raise SubmissionsRefused(Reason.TOO_MANY, count=len(instances), limit=MOST_INSTANCES)
    return {"instances": instances, "media": media}


def _of_zip(path: Path, folder: Path, largest_total: int, media: dict[str, str]) -> Iterator[dict[str, Any]]:
    from pipelines.import_.archives import extract, members

    found = members(path, largest_total)
    wanted: dict[str, Path] = {}
    for number, member in enumerate(found):
        if member.suffix in _MEDIA:
            # Two instances may each have a photo of the same name in a folder of their own.
            media[member.name] = f"media-{number}"
            wanted[member.info.filename] = folder / f"media-{number}"
    tables = [member for member in found if member.suffix in _TABLES]
    wanted |= {member.info.filename: folder / f"table-{n}" for n, member in enumerate(tables)}
    extract(path, wanted)
    for number, member in enumerate(tables):
        content = (folder / f"table-{number}").read_bytes()
        (folder / f"table-{number}").unlink()
        for answers in _of_file(member.suffix, content):
            yield {"file": member.name, "answers": answers}


def _of_file(suffix: str, content: bytes) -> Iterable[Answers]:
    return {".xml": _of_xml, ".csv": _of_csv, ".json": _of_json}[suffix](content)


def _of_xml(content: bytes) -> Iterator[Answers]:
    """An instance as Collect writes it; a document type, and with it entities of any kind, is refused."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SubmissionsRefused(Reason.DAMAGED, detail=str(error)[:200]) from error
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise SubmissionsRefused(Reason.DOCTYPE)
    answers: Answers = {"__form": root.get("id") or etree.QName(root).localname}
    if root.get("version"):
        answers["__version"] = str(root.get("version"))
    for element in root.iter():
        if isinstance(element.tag, str) and len(element) == 0:
            _put(answers, etree.QName(element).localname, element.text)
    if "instanceID" not in answers and root.get("instanceID"):
        answers["instanceID"] = str(root.get("instanceID"))
    yield answers


def _of_csv(content: bytes) -> Iterator[Answers]:
    """A table of Central (commas) or Kobo (semicolons); headings are paths of questions."""
    text = (
        content.decode("utf-8-sig", errors="strict")
        if _is_utf8(content)
        else content.decode("gb18030", "replace")
    )
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    csv.field_size_limit(_LONGEST * 10)
    try:
        for row in csv.DictReader(io.StringIO(text), delimiter=delimiter):
            answers: Answers = {}
            for head, value in row.items():
                if isinstance(head, str) and isinstance(value, str):
                    _put(answers, head, value)
            yield answers
    except csv.Error as error:
        raise SubmissionsRefused(Reason.DAMAGED, detail=str(error)[:200]) from error


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True


def _of_json(content: bytes) -> Iterator[Answers]:
    """Submissions of Kobo's (``results``) or Central's (``value``) interface, or a list of them."""
    try:
        told = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise SubmissionsRefused(Reason.DAMAGED, detail=str(error)[:200]) from error
    if isinstance(told, dict):
        told = next((told[name] for name in ("results", "value") if isinstance(told.get(name), list)), [told])
    for one in told if isinstance(told, list) else []:
        if isinstance(one, dict):
            answers: Answers = {}
            _flatten(answers, one)
            yield answers


def _flatten(answers: Answers, told: dict[str, Any], depth: int = 0) -> None:
    for name, value in told.items():
        if (
            isinstance(value, dict)
            and value.get("type") == "Point"
            and isinstance(value.get("coordinates"), list)
        ):
            lon, lat, *_ = [*value["coordinates"], None, None]
            _put(answers, name, f"{lat} {lon}")
        elif isinstance(value, dict) and depth < 5:
            _flatten(answers, value, depth + 1)
        elif isinstance(value, str | int | float):
            _put(answers, name, str(value))


def _put(answers: Answers, head: str, value: str | None) -> None:
    """Keep an answer under the last part of its question's path; the first one that says something stands."""
    head, value = _NO_TEXT.sub("", head), _NO_TEXT.sub("", value or "")
    if not value.strip():
        return
    name = head.strip().rsplit("/", 1)[-1].removeprefix("meta-")
    if (part := _PART.fullmatch(name)) is not None:
        name = f"{part['name']}_{part['part'].lower()}"
    if not answers.get(name):
        answers[name] = value.strip()[:_LONGEST]


def media_name(answer: str) -> str:
    """The file that an answer names, without folders."""
    return PurePosixPath(answer.replace("\\", "/")).name


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
