"""What may be attached to a step of a review: known kinds, known by content, without anything that runs.

Pictures are made anew without what a camera adds (position, device, thumbnails); the other kinds stay byte for byte
as they came, since their digest may be part of a signature.
"""

import io
import re
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from PIL import Image, ImageOps, UnidentifiedImageError

from store.land.review_errors import (
    FileActive,
    FileDamaged,
    FileKindUnknown,
    FileTooLarge,
    FileUnlikeName,
    TooManyFiles,
)

LARGEST_BYTES = 10 * 1024 * 1024
MOST_FILES = 10
_MOST_PIXELS = 40_000_000
_LONGEST_NAME = 120
_MOST_ENTRIES, _MOST_UNPACKED, _MOST_RATIO = 2_000, 100 * 1024 * 1024, 200
_OFFICE = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "txt": "text/plain",
}
"""Media types by the endings of file names."""
_MAIN_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_ACTIVE_PDF = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)(?![A-Za-z])"
)
_ACTIVE_PART = re.compile(r"(vbaProject|activeX|embeddings/|oleObject|externalLinks/|macrosheets/)", re.I)
_REMOTE_TEMPLATE = re.compile(rb"attachedTemplate[^>]*TargetMode\s*=\s*[\"']External", re.I)
_NO_LETTER = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069/\\:*?\"<>|]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Attachment:
    """A file that was looked at by `accepted`: its name, media type and content."""

    name: str
    media_type: str
    content: bytes


def accepted(name: str, content: bytes) -> Attachment:
    """Look at a file and return it in the form in which it is kept.

    Parameters
    ----------
    name : as the person's machine has it; what a file system could misread is taken out.

    Raises
    ------
    FileTooLarge : over `LARGEST_BYTES`, or a picture over 40 million pixels.
    FileKindUnknown : none of `MEDIA_TYPES`.
    FileUnlikeName : the content is of another kind, or of two at once.
    FileDamaged : it cannot be read, or has a password.
    FileActive : it holds macros, scripts or files within it.
    """
    name = _plain_name(name)
    if len(content) > LARGEST_BYTES:
        raise _too_large(name, len(content))
    ending = PurePosixPath(name).suffix.removeprefix(".").lower()
    if ending not in MEDIA_TYPES:
        raise FileKindUnknown(name=name)
    if ending in ("jpg", "jpeg", "png"):
        content = _picture(name, content, "PNG" if ending == "png" else "JPEG")
        if len(content) > LARGEST_BYTES:
            raise _too_large(name, len(content))
    elif ending == "pdf":
        _look_at_pdf(name, content)
    elif ending == "txt":
        content = _text(name, content)
    else:
        _look_at_office(name, content, _MAIN_PART[ending])
    return Attachment(name, MEDIA_TYPES[ending], content)


def require_few(files: "tuple[Attachment, ...]") -> None:
    """Refuse more files than a step takes.

    Raises
    ------
    TooManyFiles : there are more than `MOST_FILES`.
    """
    if len(files) > MOST_FILES:
        raise TooManyFiles(most=MOST_FILES, number=len(files))


def _too_large(name: str, size: int) -> FileTooLarge:
    return FileTooLarge(name=name, size_mb=f"{size / 1024**2:.1f}", most_mb=LARGEST_BYTES // 1024**2)


def _plain_name(name: str) -> str:
    plain = _NO_LETTER.sub("_", name.strip()).strip(". ") or "_"
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(plain) <= _LONGEST_NAME:
        return plain[:_LONGEST_NAME]
    return f"{stem[: _LONGEST_NAME - len(ending) - 1]}.{ending[:10]}"


def _picture(name: str, content: bytes, kind: str) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
                if picture.format != kind:
                    raise FileUnlikeName(name=name)
                if picture.width * picture.height > _MOST_PIXELS:
                    raise _too_large(name, len(content))
                upright = ImageOps.exif_transpose(picture)
                kept = upright.convert(_mode(upright, kind))
    except UnidentifiedImageError as error:
        raise FileUnlikeName(name=name) from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _too_large(name, len(content)) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise FileDamaged(name=name) from error
    kept.info = {}
    made = io.BytesIO()
    kept.save(made, kind, **({"quality": 90} if kind == "JPEG" else {"optimize": False}))
    return made.getvalue()


def _mode(picture: Image.Image, kind: str) -> str:
    if picture.mode in ("1", "L"):
        return "L"
    transparent = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    return "RGBA" if kind == "PNG" and transparent else "RGB"


def _look_at_pdf(name: str, content: bytes) -> None:
    if not content.startswith(b"%PDF-"):
        raise FileUnlikeName(name=name)
    end = content.rfind(b"%%EOF")
    # What stands behind the end, or lets the file open as an archive, too, makes it two files in one.
    if end < 0:
        raise FileDamaged(name=name)
    if content[end + 5 :].strip(b"\r\n\t \x00") or zipfile.is_zipfile(io.BytesIO(content)):
        raise FileUnlikeName(name=name)
    # Names may be written with #xx for letters.
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), content)
    if _ACTIVE_PDF.search(plain):
        raise FileActive(name=name)
    if b"/Encrypt" in plain:
        raise FileDamaged(name=name)


def _look_at_office(name: str, content: bytes, main_part: str) -> None:
    if not content.startswith(b"PK\x03\x04"):
        raise FileUnlikeName(name=name)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
            names = {entry.filename for entry in entries}
            # The archive fills the file: nothing stands before it or behind it.
            whole = min((entry.header_offset for entry in entries), default=1) == 0
            if "[Content_Types].xml" not in names or main_part not in names or not whole or packed.comment:
                raise FileUnlikeName(name=name)
            if any(entry.flag_bits & 1 for entry in entries):
                raise FileDamaged(name=name)
            unpacked = sum(entry.file_size for entry in entries)
            if (
                len(entries) > _MOST_ENTRIES
                or unpacked > _MOST_UNPACKED
                or unpacked > _MOST_RATIO * max(len(content), 10_000)
            ):
                raise _too_large(name, unpacked)
            if any(_ACTIVE_PART.search(entry) for entry in names):
                raise FileActive(name=name)
            if b"macroEnabled" in packed.read("[Content_Types].xml") or any(
                _REMOTE_TEMPLATE.search(packed.read(entry)) for entry in names if entry.endswith(".rels")
            ):
                raise FileActive(name=name)
            if packed.testzip() is not None:
                raise FileDamaged(name=name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise FileDamaged(name=name) from error
    if content[-22:-18] != b"PK\x05\x06":
        raise FileUnlikeName(name=name)


def _text(name: str, content: bytes) -> bytes:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            raise FileUnlikeName(name=name)
        if not text.strip():
            raise FileDamaged(name=name)
        return text.encode("utf-8")
    raise FileUnlikeName(name=name)
