"""The parts of a dBase file that GDAL leaves us to judge: field names, lengths, and the text's encoding."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipelines.import_ import encoding
from pipelines.import_.errors import FileRefused, Refusal

_HEADER = struct.Struct("<BBBBIHH")
_FIELD_BYTES = 32
_NAME_BYTES = 10
_LOOKED_AT = 200_000
"""Field values looked at for the encoding, those with bytes beyond ASCII only."""


@dataclass(frozen=True)
class DbaseHeader:
    """What the header says: records, header and record length in bytes, and the fields."""

    records: int
    header_bytes: int
    record_bytes: int
    names: tuple[bytes, ...]
    types: tuple[str, ...]
    widths: tuple[int, ...]


def read_header(path: Path) -> DbaseHeader:
    """Read the header of a .dbf file.

    Raises
    ------
    FileRefused : the header is cut short or contradicts itself.
    """
    data = path.read_bytes()[: 32 + 2048 * _FIELD_BYTES]
    if len(data) < 33:
        raise FileRefused(Refusal.UNREADABLE, detail=".dbf")
    _, _, _, _, records, header_bytes, record_bytes = _HEADER.unpack(data[: _HEADER.size])
    names, types, widths = [], [], []
    for start in range(32, min(header_bytes, len(data)) - 1, _FIELD_BYTES):
        descriptor = data[start : start + _FIELD_BYTES]
        if descriptor[:1] in (b"\r", b"") or len(descriptor) < _FIELD_BYTES:
            break
        names.append(descriptor[:11].split(b"\x00")[0])
        types.append(chr(descriptor[11]))
        wide = descriptor[16] + (descriptor[17] << 8 if types[-1] == "C" else 0)
        widths.append(wide)
    if sum(widths) + 1 != record_bytes:
        raise FileRefused(Refusal.UNREADABLE, detail=".dbf")
    return DbaseHeader(records, header_bytes, record_bytes, tuple(names), tuple(types), tuple(widths))


def records_present(path: Path, header: DbaseHeader) -> int:
    """How many whole records the file really holds."""
    return (path.stat().st_size - header.header_bytes) // max(1, header.record_bytes)


def detect_encoding(path: Path, header: DbaseHeader, stated: str | None) -> tuple[str, bool]:
    """Encoding of names and text values.

    Parameters
    ----------
    stated : what the .cpg file or the person says.

    Returns
    -------
    the encoding, and whether `stated` was believed.
    """
    values = [(name, len(name) >= _NAME_BYTES) for name in header.names]
    count = min(header.records, records_present(path, header))
    if count > 0:
        body = np.memmap(path, np.uint8, "r", header.header_bytes, (count, header.record_bytes))
        start = 1
        for kind, width in zip(header.types, header.widths, strict=True):
            if kind == "C" and width:
                values += _beyond_ascii(body[:, start : start + width])
            start += width
    return encoding.of_fields(values, stated)


def _beyond_ascii(cells: np.ndarray) -> list[tuple[bytes, bool]]:
    rows = np.flatnonzero((cells >= 0x80).any(axis=1))[:_LOOKED_AT]
    if not len(rows):
        return []
    chosen = np.ascontiguousarray(cells[rows]).view(f"S{cells.shape[1]}").ravel()
    return [
        (value.rstrip(b" \x00"), len(value.rstrip(b" \x00")) >= cells.shape[1] - 1)
        for value in np.unique(chosen)
    ]
