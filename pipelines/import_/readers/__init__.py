"""Readers: one for each file format, all giving a `RawTable`. A new format is one entry here.

Readers run in the reading process only (`pipelines.import_.reader_process`): what they open was made by a
stranger.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from i18n import Text, tr
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.raw_table import RawTable

_ZIP_MAGIC = b"PK\x03\x04"
_GPKG_MAGIC = b"SQLite format 3\x00"
_BINARY_MAGIC = (
    _ZIP_MAGIC,
    _GPKG_MAGIC,
    b"%PDF",
    b"\xd0\xcf\x11\xe0",
    b"\x7fELF",
    b"Rar!",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
)
_HEAD = 4096
_BOUNDARY_MARKS = ("[属性描述]", "[地块坐标]")
_BOUNDARY_ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")


@dataclass(frozen=True)
class ReadRequest:
    """What a reader is asked for.

    Attributes
    ----------
    path : copy of the upload in the reading process's own folder.
    suffix : suffix of the upload, lower case with its dot.
    layer : layer, sheet or shapefile to read; None for the only or best one.
    encoding : text encoding stated by the person.
    headings : folded headings that the feature type knows, for finding the heading row.
    units : folded units, for recognising a unit row.
    needed : for each field that a file must have, its folded headings; tells a sheet of data from a guide.
    largest_total : bytes that an archive may unpack to.
    """

    path: Path
    suffix: str
    layer: str | None
    encoding: str | None
    headings: frozenset[str]
    units: frozenset[str]
    largest_total: int
    needed: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class Format:
    """A file format: how it is told by its content, and where its reader is (``module:function``)."""

    name: str
    suffixes: tuple[str, ...]
    recognise: Callable[[bytes], bool]
    reader: str

    def load(self) -> Callable[[ReadRequest], RawTable]:
        """Load the reader with its libraries, without opening the file."""
        module, function = self.reader.split(":")
        reader: Callable[[ReadRequest], RawTable] = getattr(import_module(f"{__name__}.{module}"), function)
        return reader


def detail(name: str, **values: object) -> Text:
    """Why a file is unreadable, in our own words; to go into the sentence of that refusal."""
    return Text(*(tr(f"import.detail.{name}", lang, **values) for lang in ("zh", "en")))


def _is_zip(head: bytes) -> bool:
    return head.startswith(_ZIP_MAGIC)


def _is_geopackage(head: bytes) -> bool:
    return head.startswith(_GPKG_MAGIC) and head[68:72] in (b"GPKG", b"GP10", b"GP11")


def _is_geojson(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def _is_boundary_text(head: bytes) -> bool:
    return any(mark.encode(name) in head for mark in _BOUNDARY_MARKS for name in _BOUNDARY_ENCODINGS)


def _is_table_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not head.startswith(_BINARY_MAGIC) and b"\x00" not in head and not head.lstrip().startswith(b"<")


FORMATS = (
    Format("Shapefile", (".zip",), _is_zip, "vector:read_zipped_shapefile"),
    Format("GeoPackage", (".gpkg",), _is_geopackage, "vector:read_geopackage"),
    Format("GeoJSON", (".geojson", ".json"), _is_geojson, "vector:read_geojson"),
    Format("Excel", (".xlsx",), _is_zip, "excel:read_workbook"),
    Format("界址点 TXT", (".txt",), _is_boundary_text, "boundary_txt:read_boundary_txt"),
    Format("CSV", (".csv", ".txt", ".tsv"), _is_table_text, "delimited:read_delimited"),
)


def format_of(suffix: str, path: Path) -> Format:
    """Return the format that a suffix claims, after checking that the content agrees.

    Raises
    ------
    FileRefused : no such format, an empty file, or content of another kind (a VRT called ``.geojson``).
    """
    candidates = [candidate for candidate in FORMATS if suffix in candidate.suffixes]
    if candidates:
        with path.open("rb") as source:
            head = source.read(_HEAD)
        if not head.strip(b"\x00 \t\r\n"):
            raise FileRefused(Refusal.EMPTY_FILE)
        for candidate in candidates:
            if candidate.recognise(head):
                return candidate
        raise FileRefused(Refusal.CONTENT_MISMATCH, format=candidates[-1].name, suffix=suffix)
    known = " ".join(dict.fromkeys(s for f in FORMATS for s in f.suffixes))
    raise FileRefused(Refusal.UNKNOWN_FORMAT, suffix=suffix or "-", known=known)
