"""The bureau's text of boundary points 界址点坐标 (TXT): parcels with their shapes, in the system of the header."""

import pyarrow as pa

from i18n import Text
from pipelines.import_ import encoding
from pipelines.import_.boundary_text import HEADER, HEADINGS, BoundaryText, Fault, parse
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.raw_table import GEOMETRY, ROW, RawTable
from pipelines.import_.readers import ReadRequest
from pipelines.import_.ring_nesting import wkb

_MOST_TOLD = 12
_HECTARES = "公顷"


def read_boundary_txt(request: ReadRequest) -> RawTable:
    """Read a whole text as a table of parcels; rows are counted by the lines at which parcels begin.

    Raises
    ------
    FileRefused : of an unknown encoding, or with a fault: then it is refused as a whole, with every fault's line.
    """
    data = request.path.read_bytes()
    name = encoding.of_text(data, request.encoding)
    read = parse(data.decode(name))
    if read.faults:
        raise FileRefused(Refusal.BOUNDARY_FAULTS, count=len(read.faults), faults=told(read.faults))
    return _table(read, name.removesuffix("-sig"))


def told(faults: tuple[Fault, ...]) -> Text:
    """The first faults, one sentence after the other."""
    texts = [fault.text for fault in faults[:_MOST_TOLD]]
    more = "…" if len(faults) > _MOST_TOLD else ""
    return Text("".join(t.zh for t in texts) + more, " ".join([*(t.en for t in texts), more]).strip())


def _table(read: BoundaryText, text_encoding: str) -> RawTable:
    columns: dict[str, pa.Array] = {
        f"c{i}": pa.array([parcel.values[i] for parcel in read.parcels], pa.large_string())
        for i in range(len(HEADINGS))
    }
    columns[ROW] = pa.array([parcel.line for parcel in read.parcels], pa.int64())
    columns[GEOMETRY] = pa.array([wkb(parcel.polygons) for parcel in read.parcels], pa.large_binary())
    return RawTable(
        columns=pa.table(columns),
        headings=HEADINGS,
        units=(_HECTARES, *(None for _ in HEADINGS[1:])),
        encoding=text_encoding,
        crs=read.crs,
        crs_origin=HEADER if read.crs else None,
    )
