"""Attachments: what is taken, in which form it is kept, and what is refused in which words."""

import io
import zipfile

import numpy as np
import openpyxl
import pytest
from PIL import Image

from store.land.attachments import LARGEST_BYTES, MEDIA_TYPES, accepted
from store.land.review_errors import (
    BadFile,
    FileActive,
    FileDamaged,
    FileKindUnknown,
    FileTooLarge,
    FileUnlikeName,
)

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n"
    b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
)


def _picture(kind: str, size: tuple[int, int] = (40, 20), **given: object) -> bytes:
    made = io.BytesIO()
    grain = np.arange(size[0] * size[1] * 3, dtype=np.uint32).astype(np.uint8).reshape(size[1], size[0], 3)
    Image.fromarray(grain).save(made, kind, **given)  # type: ignore[arg-type]
    return made.getvalue()


def _zip(parts: dict[str, bytes], comment: bytes = b"") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
        packed.comment = comment
    return made.getvalue()


def _docx(extra: dict[str, bytes] | None = None, types: bytes = b"<Types/>") -> bytes:
    return _zip({"[Content_Types].xml": types, "word/document.xml": b"<w:document/>"} | (extra or {}))


def _xlsx() -> bytes:
    made = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "面积"
    book.save(made)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [("决议.pdf", PDF), ("决议.PDF", PDF), ("表.docx", _docx()), ("表.xlsx", _xlsx()),
     ("说明.txt", "四至范围".encode())],
)  # fmt: skip
def test_documents_are_kept_byte_for_byte(name: str, content: bytes) -> None:
    kept = accepted(name, content)
    assert (kept.name, kept.content) == (name, content)
    assert kept.media_type == MEDIA_TYPES[name.rpartition(".")[2].lower()]


def test_text_of_old_machines_becomes_utf8() -> None:
    assert accepted("a.txt", "四至范围".encode("gb18030")).content == "四至范围".encode()
    assert accepted("a.txt", "四至范围".encode("utf-8-sig")).content == "四至范围".encode()


@pytest.mark.parametrize(("ending", "kind"), [("jpg", "JPEG"), ("JPEG", "JPEG"), ("png", "PNG")])
def test_pictures_are_made_anew_without_what_a_camera_adds(ending: str, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0110] = "SECRET-CAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x0112] = 6
    dirty = _picture(kind, exif=exif) + b"<script>alert(1)</script>PK\x03\x04"
    kept = accepted(f"现场.{ending}", dirty)
    assert b"SECRET-CAMERA" not in kept.content and b"<script>" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as picture:
        assert picture.format == kind
        assert picture.size == (20, 40), "turned upright, since the note that it lies is gone"
        assert not dict(picture.getexif())


def test_a_picture_with_holes_keeps_them() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (4, 4), (1, 2, 3, 0)).save(made, "PNG")
    with Image.open(io.BytesIO(accepted("a.png", made.getvalue()).content)) as picture:
        assert picture.mode == "RGBA"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/规划.txt", "_.._etc_规划.txt"),
        ("C:\\文件\\规划.txt", "C__文件_规划.txt"),
        ("a\u202etxt.exe.txt", "a_txt.exe.txt"),
        ("a\x00b\n.txt", "a_b_.txt"),
        ("长" * 300 + ".txt", "长" * 116 + ".txt"),
    ],
)
def test_names_that_a_file_system_could_misread(name: str, kept: str) -> None:
    assert accepted(name, b"x").name == kept


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("a.exe", b"MZ", FileKindUnknown), ("a", b"x", FileKindUnknown), ("a.svg", b"<svg/>", FileKindUnknown),
        ("a.html", b"<p>", FileKindUnknown), ("a.docm", _docx(), FileKindUnknown), ("", b"x", FileKindUnknown),
        ("a.pdf", b"<html><script>1</script>%PDF-1.4 %%EOF", FileUnlikeName),
        ("a.pdf", b"\n" + PDF, FileUnlikeName),
        ("a.pdf", PDF + b"<script>1</script>", FileUnlikeName),
        ("a.pdf", PDF + _docx(), FileUnlikeName),
        ("a.pdf", b"%PDF-1.4\n" + _docx() + b"\n%%EOF", FileUnlikeName),
        ("a.pdf", b"%PDF-1.4 nothing", FileDamaged),
        ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog/Encrypt 5 0 R"), FileDamaged),
        ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(1)>>"), FileActive),
        ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/J#61vaScript>>"), FileActive),
        ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFiles 3 0 R>>"), FileActive),
        ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/Launch>>"), FileActive),
        ("a.jpg", _picture("PNG"), FileUnlikeName), ("a.png", _picture("JPEG"), FileUnlikeName),
        ("a.png", PDF, FileUnlikeName), ("a.jpg", b"GIF89a", FileUnlikeName), ("a.jpg", b"", FileUnlikeName),
        ("a.jpg", _picture("JPEG", (400, 300))[:600], FileDamaged),
        ("a.docx", PDF, FileUnlikeName), ("a.docx", _xlsx(), FileUnlikeName), ("a.xlsx", _docx(), FileUnlikeName),
        ("a.docx", b"MZ" + _docx(), FileUnlikeName), ("a.docx", _docx() + b"MZ", FileUnlikeName),
        ("a.docx", _docx()[:-30], FileDamaged),
        ("a.docx", _zip({"[Content_Types].xml": b"", "word/document.xml": b""}, b"x"), FileUnlikeName),
        ("a.docx", _docx({"word/vbaProject.bin": b"x"}), FileActive),
        ("a.docx", _docx({"word/embeddings/oleObject1.bin": b"x"}), FileActive),
        ("a.docx", _docx({"word/activeX/activeX1.xml": b"x"}), FileActive),
        ("a.docx", _docx(types=b"application/vnd.ms-word.document.macroEnabled.main+xml"), FileActive),
        ("a.docx", _docx({"word/_rels/settings.xml.rels":
            b'<R Type="x/attachedTemplate" Target="http://x" TargetMode="External"/>'}), FileActive),
        ("a.docx", _docx({"bomb.xml": b"0" * 30_000_000}), FileTooLarge),
        ("a.txt", b"", FileDamaged), ("a.txt", b"  \n", FileDamaged), ("a.txt", b"MZ\x00\x01", FileUnlikeName),
        ("a.txt", b"\xff\xfe\x00\xd8", FileUnlikeName),
        ("a.txt", b"x" * (LARGEST_BYTES + 1), FileTooLarge), ("a.pdf", b"x" * (LARGEST_BYTES + 1), FileTooLarge),
        ("a.png", _picture("PNG", (8001, 5001)), FileTooLarge),
    ],
)  # fmt: skip
def test_what_is_refused(name: str, content: bytes, refusal: type[BadFile]) -> None:
    with pytest.raises(BadFile) as refused:
        accepted(name, content)
    assert type(refused.value) is refusal, refused.value
    for sentence in (refused.value.sentence("zh"), refused.value.sentence("en")):
        assert "{" not in sentence


def test_a_damaged_entry_of_an_office_file() -> None:
    book = bytearray(_docx())
    at = book.index(b"word/document.xml") + len("word/document.xml")
    book[at : at + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(FileDamaged):
        accepted("a.docx", bytes(book))


def test_a_file_of_the_largest_size_is_taken() -> None:
    assert len(accepted("a.txt", b"x" * LARGEST_BYTES).content) == LARGEST_BYTES
