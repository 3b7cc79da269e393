"""A file as it was read: text or typed columns under their source headings, and geometry as WKB."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather

GEOMETRY = "geometry_wkb"
ROW = "source_row"


@dataclass(frozen=True)
class Remark:
    """Something a reader noticed: a `Check` with the values of its sentence."""

    check: str
    row_no: int | None = None
    column: str | None = None
    value: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class RawTable:
    """What every reader returns.

    Attributes
    ----------
    columns : one Arrow column for each heading, named ``c0``, ``c1``, … (headings may repeat), and
        `source_row`, the row number in the source counting its heading rows; `geometry_wkb` if there is one.
    headings : source headings, as written.
    units : unit that a unit row states for each column.
    encoding : text encoding, as found.
    crs : WKT or ``EPSG:n`` of the geometry, if the file states one.
    crs_origin : where that statement stands, for instance ``.prj``.
    """

    columns: pa.Table
    headings: tuple[str, ...]
    units: tuple[str | None, ...]
    encoding: str | None = None
    crs: str | None = None
    crs_origin: str | None = None
    cut_headings: bool = False
    """Headings are cut at 10 bytes, as dBase does."""
    remarks: tuple[Remark, ...] = ()

    @property
    def source_rows(self) -> np.ndarray:
        """Row numbers in the source, shape (rows,)."""
        return self.columns[ROW].to_numpy()

    @property
    def has_geometry(self) -> bool:
        """Whether the file carries geometry of its own."""
        return GEOMETRY in self.columns.column_names

    def save(self, folder: Path) -> None:
        """Write the table into `folder`, for the process that asked for it."""
        pyarrow.feather.write_feather(self.columns, folder / "table.arrow", compression="uncompressed")
        told = {
            "headings": self.headings,
            "units": self.units,
            "encoding": self.encoding,
            "crs": self.crs,
            "crs_origin": self.crs_origin,
            "cut_headings": self.cut_headings,
            "remarks": [asdict(remark) for remark in self.remarks],
        }
        (folder / "table.json").write_text(json.dumps(told, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "RawTable":
        """Read what `save` wrote; the columns are copied out of the file, which may be removed then."""
        told = json.loads((folder / "table.json").read_text("utf-8"))
        return cls(
            columns=pyarrow.feather.read_table(folder / "table.arrow", memory_map=False),
            headings=tuple(told["headings"]),
            units=tuple(told["units"]),
            encoding=told["encoding"],
            crs=told["crs"],
            crs_origin=told["crs_origin"],
            cut_headings=told["cut_headings"],
            remarks=tuple(Remark(**remark) for remark in told["remarks"]),
        )
