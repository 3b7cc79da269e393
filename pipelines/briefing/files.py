"""Briefings as files: the three kinds of documents, and a month's run over many places."""

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from base.errors import XiangtuError
from base.journal import journal
from pipelines.briefing.drawn import drawn
from pipelines.briefing.errors import NotWritten
from pipelines.briefing.gather import Place
from pipelines.briefing.model import Briefing
from pipelines.briefing.pdf import as_pdf
from pipelines.briefing.slides import as_pptx
from pipelines.briefing.word import as_docx

log = journal("pipelines.briefing")


class Format(StrEnum):
    """Kinds of documents; the value is the ending of the file's name."""

    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"


@dataclass(frozen=True)
class Written:
    """What became of one place's briefing: its files, or why there are none."""

    admin_code: str
    place: str
    paths: tuple[Path, ...] = ()
    failure: str = ""


def documents(told: Briefing, formats: Collection[Format]) -> dict[Format, bytes]:
    """The documents asked for; pictures are drawn once for those that need pixels.

    Raises
    ------
    FontMissing : the machine has no Chinese font.
    """
    made: dict[Format, bytes] = {}
    if Format.PDF in formats:
        made[Format.PDF] = as_pdf(told)
    if Format.DOCX in formats or Format.PPTX in formats:
        pictures = drawn(told)
        if Format.DOCX in formats:
            made[Format.DOCX] = as_docx(told, pictures)
        if Format.PPTX in formats:
            made[Format.PPTX] = as_pptx(told, pictures)
    return made


def write_all(
    places: Sequence[Place],
    tell: Callable[[str], Briefing],
    formats: Collection[Format],
    folder: Path,
) -> Iterator[Written]:
    """Write the briefings of places one after another; one that fails is told of and does not stop the others.

    Parameters
    ----------
    tell : puts the briefing of a place together, by code.
    folder : made if it is missing; files that are there are replaced, each in one step.

    Yields
    ------
    What became of each place, in their order.

    Raises
    ------
    NotWritten : the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritten(path=folder, detail=error.strerror or error) from error
    for place in places:
        code, name = place.admin_code, place.name
        try:
            told = tell(code)
            made = documents(told, formats)
            paths = tuple(put(folder / f"{told.stem}.{kind}", content) for kind, content in made.items())
        except XiangtuError as error:
            yield Written(code, name, failure=str(error))
        except Exception as error:
            # Whatever is wrong with one place must not cost the other eighty-four their month.
            log.exception("briefing_failed", admin_code=code)
            yield Written(code, name, failure=f"{type(error).__name__}: {error}")
        else:
            yield Written(code, name, paths)


def put(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all.

    Raises
    ------
    NotWritten : the folder does not take it.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".briefing-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise NotWritten(path=path, detail=error.strerror or error) from error
    return path
