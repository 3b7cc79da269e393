"""The bureau's text of boundary points 界址点坐标 (TXT): header, parcels, and their rings point by point.

X is the northing and Y the easting, each ring repeats its first point, and rings after the first are holes or further
parts: which of the two follows from where they lie. Every fault is told with its line. The reading process needs this
module, so it knows neither shapely nor pandas.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from i18n import Text, tr
from pipelines.import_.folding import fold_width, without_unseen
from pipelines.import_.ring_nesting import Ring, RingsCross, nest

HEADER, PARCELS = "[属性描述]", "[地块坐标]"
MOST_FAULTS = 50
"""Faults told of one text; who has more mends these first."""
DATUMS = {
    "CGCS2000": ("2000国家大地坐标系", ("2000",)),
    "Xian 1980": ("1980西安坐标系", ("80",)),
    "Beijing 1954": ("1954北京坐标系", ("54",)),
}
"""Name in the header, and what tells it among its spellings."""
_EPSG = {
    # zone 25 with prefix, meridian 75° without; the same for bands of 6°: zone 13
    ("CGCS2000", 3): (4513, 4534),
    ("Xian 1980", 3): (2349, 2370),
    ("Beijing 1954", 3): (2401, 2422),
    ("CGCS2000", 6): (4491, 4502),
    ("Xian 1980", 6): (2327, 2338),
    ("Beijing 1954", 6): (21413, 21453),
}
_FIRST_ZONE = {3: 25, 6: 13}
_LAST_ZONE = {3: 45, 6: 23}
_SAME_M = 0.0005
_NUMBER = re.compile(r"[-+]?\d{1,12}(\.\d{1,12})?")
_PUNCTUATION = str.maketrans({"＠": "@", "［": "[", "］": "]", "【": "[", "】": "]"})
_FEWEST_COMMAS = 3
_KINDS = ("面", "线", "点")


class FaultKind(StrEnum):
    """What can be wrong with a text, pasted ones included; the sentence of each is ``import.boundary.<value>``."""

    NO_SECTION = "no_section"
    NO_PARCELS = "no_parcels"
    HEADER_LINE = "header_line"
    DATUM_UNKNOWN = "datum_unknown"
    BAND_UNKNOWN = "band_unknown"
    PROJECTION_UNKNOWN = "projection_unknown"
    UNIT_UNKNOWN = "unit_unknown"
    ZONE_UNKNOWN = "zone_unknown"
    POINT_WITHOUT_PARCEL = "point_without_parcel"
    MARK_MISSING = "mark_missing"
    FIELDS_FEW = "fields_few"
    NOT_AREA = "not_area"
    PARCEL_EMPTY = "parcel_empty"
    COUNT_UNREADABLE = "count_unreadable"
    COUNT_DIFFERS = "count_differs"
    POINT_FIELDS = "point_fields"
    NUMBER_UNREADABLE = "number_unreadable"
    RING_NUMBER = "ring_number"
    RING_ORDER = "ring_order"
    RING_OPEN = "ring_open"
    RING_SHORT = "ring_short"
    RINGS_CROSS = "rings_cross"
    SWAPPED = "swapped"
    OUT_OF_RANGE = "out_of_range"
    ZONE_DIFFERS = "zone_differs"
    LINE_CELLS = "line_cells"
    LINE_NUMBER = "line_number"
    NOTHING = "nothing"
    TOO_LONG = "too_long"
    CROSSES_ITSELF = "crosses_itself"


@dataclass(frozen=True)
class Fault:
    """Something wrong at a line of the text, counted from 1."""

    line: int
    kind: FaultKind
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> Text:
        """The sentence, with the line and the mend."""
        zh, en = (
            tr(f"import.boundary.{self.kind}", lang, line=self.line, **self.values) for lang in ("zh", "en")
        )
        return Text(zh, en)


@dataclass(frozen=True)
class Parcel:
    """A parcel of the text.

    Attributes
    ----------
    values : its attributes in the order of `HEADINGS`.
    polygons : for each part its outline and then its holes: easting (with the zone, if the text writes it) and
        northing in metres.
    """

    line: int
    values: tuple[str, ...]
    polygons: tuple[tuple[Ring, ...], ...]


HEADINGS = ("地块面积", "地块编号", "地块名称", "图形属性", "图幅号", "地块用途", "地类编码")
"""What stands behind the number of points in the line of a parcel; the area is in hectares."""


@dataclass(frozen=True)
class BoundaryText:
    """A text as it was read.

    Attributes
    ----------
    header : what the header says, by key.
    crs : ``EPSG:n`` by datum, band and zone; None if the header leaves one of them open.
    faults : what is wrong; the parcels are whole only if there is nothing.
    """

    header: Mapping[str, str]
    crs: str | None
    parcels: tuple[Parcel, ...]
    faults: tuple[Fault, ...]


def is_boundary_text(text: str) -> bool:
    """Whether a text is in this format, by its section headings."""
    plain = text.translate(_PUNCTUATION)
    return HEADER in plain or PARCELS in plain


def parse(text: str) -> BoundaryText:
    """Read a whole text; faults are collected, not raised."""
    return _Reading().read(text)


def parse_point(cells: list[str]) -> tuple[float, float] | str:
    """Two numbers of a line of coordinates, or the cell that is none."""
    numbers = []
    for cell in cells:
        plain = without_unseen(fold_width(cell)).strip()
        if not _NUMBER.fullmatch(plain):
            return cell.strip()
        numbers.append(float(plain))
    return numbers[0], numbers[1]


def closed(xy: Ring) -> bool:
    """Whether a ring ends where it begins, to half a millimetre."""
    return bool(np.abs(xy[0] - xy[-1]).max() <= _SAME_M)


@dataclass
class _Open:
    """The parcel that is being read."""

    line: int
    declared: int | None
    values: tuple[str, ...]
    points: int = 0
    rings: list[tuple[int, int, list[tuple[float, float]], list[int]]] = field(default_factory=list)
    """Number, first line, points and the lines of each."""
    told: set[FaultKind] = field(default_factory=set)


class _Reading:
    """One pass over the lines."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.header: dict[str, str] = {}
        self.header_lines: dict[str, int] = {}
        self.parcels: list[Parcel] = []
        self.open: _Open | None = None
        self.datum: str | None = None
        self.band: int | None = None
        self.zone: int | None = None
        self.prefixed: bool | None = None
        self.prefix: int | None = None

    def read(self, text: str) -> BoundaryText:
        section, last = "", 0
        for number, raw in enumerate(text.splitlines(), start=1):
            line = without_unseen(raw.translate(_PUNCTUATION)).strip()
            if not line:
                continue
            last = number
            if line.startswith("[") and line.endswith("]"):
                section = line
                if line == PARCELS:
                    self._read_header()
            elif section == PARCELS:
                self._body(number, line)
            elif section == HEADER:
                self._header_line(number, line)
            elif not section:
                self._fault(number, FaultKind.HEADER_LINE, text=line[:40])
        self._close()
        if section != PARCELS and not self.parcels:
            self._fault(max(last, 1), FaultKind.NO_SECTION)
        elif not self.parcels and not self.faults:
            self._fault(last, FaultKind.NO_PARCELS)
        faults = tuple(sorted(self.faults, key=lambda fault: fault.line))[:MOST_FAULTS]
        return BoundaryText(self.header, self._crs(), tuple(self.parcels), faults)

    def _fault(self, line: int, kind: FaultKind, **values: object) -> None:
        self.faults.append(Fault(line, kind, values))

    def _once(self, line: int, kind: FaultKind, **values: object) -> None:
        """A fault that is told of the first line of a parcel only."""
        told = self.open.told if self.open else set()
        if kind not in told:
            told.add(kind)
            self._fault(line, kind, **values)

    # The header -----------------------------------------------------------------------------------------------

    def _header_line(self, number: int, line: str) -> None:
        key, equals, value = fold_width(line).partition("=")
        if not equals:
            self._fault(number, FaultKind.HEADER_LINE, text=line[:40])
            return
        self.header[key.strip()] = value.strip()
        self.header_lines[key.strip()] = number

    def _read_header(self) -> None:
        stated = {key: value for key, value in self.header.items() if value}
        if "坐标系" in stated:
            self.datum = _datum(stated["坐标系"])
            if self.datum is None:
                known = "、".join(name for name, _ in DATUMS.values())
                self._header_fault("坐标系", FaultKind.DATUM_UNKNOWN, known=known)
        if "几度分带" in stated:
            digits = re.sub(r"\D", "", stated["几度分带"])
            self.band = int(digits) if digits in ("3", "6") else None
            if self.band is None:
                self._header_fault("几度分带", FaultKind.BAND_UNKNOWN)
        if "投影类型" in stated and not stated["投影类型"].replace("-", "").startswith("高斯"):
            self._header_fault("投影类型", FaultKind.PROJECTION_UNKNOWN)
        if "计量单位" in stated and stated["计量单位"].casefold() not in ("米", "m", "meter", "metre"):
            self._header_fault("计量单位", FaultKind.UNIT_UNKNOWN)
        if "带号" in stated:
            self._read_zone(stated["带号"])

    def _header_fault(self, key: str, kind: FaultKind, **values: object) -> None:
        self._fault(self.header_lines[key], kind, found=self.header[key][:40], **values)

    def _read_zone(self, stated: str) -> None:
        digits = re.sub(r"\D", "", stated)
        zone = int(digits) if digits and len(digits) <= 2 else 0
        if self.band is None:
            self.band = next((band for band in (3, 6) if _FIRST_ZONE[band] <= zone <= _LAST_ZONE[band]), None)
        if self.band is None or not _FIRST_ZONE[self.band] <= zone <= _LAST_ZONE[self.band]:
            self._header_fault("带号", FaultKind.ZONE_UNKNOWN)
            return
        self.zone = zone

    def _crs(self) -> str | None:
        zone = self.zone or self.prefix
        if zone is None or self.datum is None or self.prefixed is None:
            return None
        band = self.band or (3 if zone >= _FIRST_ZONE[3] else 6)
        if not _FIRST_ZONE[band] <= zone <= _LAST_ZONE[band]:
            return None
        first = _EPSG[self.datum, band][0 if self.prefixed else 1]
        return f"EPSG:{first + zone - _FIRST_ZONE[band]}"

    # Parcels and points ---------------------------------------------------------------------------------------

    def _body(self, number: int, line: str) -> None:
        if line.count(",") < _FEWEST_COMMAS:
            line = line.replace("，", ",")  # otherwise it belongs to a name
        cells = [cell.strip() for cell in line.split(",")]
        if "@" in line:
            self._parcel_line(number, cells)
        elif len(cells) >= 5 and (cells[4] in _KINDS or len(cells) >= 8):
            self._fault(number, FaultKind.MARK_MISSING)
            self._parcel_line(number, cells)
        elif self.open is None:
            if not self.faults or self.faults[-1].kind is not FaultKind.POINT_WITHOUT_PARCEL:
                self._fault(number, FaultKind.POINT_WITHOUT_PARCEL)
        else:
            self._point_line(self.open, number, cells)

    def _parcel_line(self, number: int, cells: list[str]) -> None:
        self._close()
        if "@" in cells[-1]:
            cells = [*cells[:-1], cells[-1].replace("@", "").strip()]
        cells = [cell.replace("@", "") for cell in cells]
        if len(cells) < 5:
            self._fault(number, FaultKind.FIELDS_FEW, found=len(cells))
        cells += [""] * (len(HEADINGS) + 1 - len(cells))
        count = fold_width(cells[0])
        declared = int(count) if count.isascii() and count.isdigit() and len(count) < 8 else None
        if declared is None:
            self._fault(number, FaultKind.COUNT_UNREADABLE, found=cells[0][:20])
        if cells[4] and cells[4] != "面":
            self._fault(number, FaultKind.NOT_AREA, found=cells[4][:20])
        values = cells[1 : len(HEADINGS) + 1]
        if re.fullmatch(r"0+(\.0+)?", fold_width(values[0])):
            values[0] = ""  # an area of nothing is one that nobody filled in
        self.open = _Open(number, declared, tuple(values))

    def _point_line(self, parcel: _Open, number: int, cells: list[str]) -> None:
        parcel.points += 1
        while len(cells) > 4 and not cells[-1]:
            cells.pop()
        if len(cells) != 4:
            self._once(number, FaultKind.POINT_FIELDS, found=len(cells))
            return
        ring = fold_width(cells[1])
        if not (ring.isascii() and ring.isdigit() and 0 < int(ring) < 100_000):
            self._once(number, FaultKind.RING_NUMBER, found=cells[1][:20])
            return
        read = parse_point(cells[2:])
        if isinstance(read, str):
            self._once(number, FaultKind.NUMBER_UNREADABLE, found=read[:30])
            return
        northing, easting = read
        if not self._plausible(number, northing, easting):
            return
        self._into_ring(parcel, number, int(ring), (easting, northing))

    def _into_ring(self, parcel: _Open, line: int, ring: int, point: tuple[float, float]) -> None:
        current = parcel.rings[-1] if parcel.rings else None
        if current is None or current[0] != ring:
            expected = 1 if current is None else current[0] + 1
            if ring != expected:
                self._once(line, FaultKind.RING_ORDER, found=ring, expected=expected)
            parcel.rings.append((ring, line, [], []))
        parcel.rings[-1][2].append(point)
        parcel.rings[-1][3].append(line)

    def _plausible(self, line: int, northing: float, easting: float) -> bool:
        """Whether northing and easting are what they are called, in the zone that the header names."""
        if northing >= 1e7 or (1e6 <= easting < 1e7 and 1e5 <= northing < 1e6):
            self._once(line, FaultKind.SWAPPED, x=f"{northing:.3f}", y=f"{easting:.3f}")
            return False
        prefix = int(easting // 1e6)
        if not (northing > 0 and (1e5 <= easting < 1e6 or 13 <= prefix <= 45)):
            self._once(line, FaultKind.OUT_OF_RANGE, x=f"{northing:.3f}", y=f"{easting:.3f}")
            return False
        if self.prefixed is None:
            self.prefixed, self.prefix = prefix > 0, prefix or None
        stated = (self.zone or self.prefix or 0) if self.prefixed else 0
        if prefix != stated:
            self._once(line, FaultKind.ZONE_DIFFERS, found=prefix or "-", stated=stated or "-")
            return False
        return True

    def _close(self) -> None:
        """End the parcel that is being read and check it as a whole."""
        parcel, self.open = self.open, None
        if parcel is None:
            return
        if not parcel.points:
            self._fault(parcel.line, FaultKind.PARCEL_EMPTY)
            return
        if parcel.declared is not None and parcel.declared not in (
            parcel.points,
            parcel.points - len(parcel.rings),
        ):
            # Some count the point that closes a ring, some do not.
            self._fault(parcel.line, FaultKind.COUNT_DIFFERS, declared=parcel.declared, found=parcel.points)
        damaged = bool(parcel.told)
        rings = list(self._rings(parcel, damaged=damaged))
        polygons: list[list[Ring]] = []
        if not damaged and len(rings) == len(parcel.rings):
            try:
                polygons = nest(rings)
            except RingsCross:
                self._fault(parcel.line, FaultKind.RINGS_CROSS)
        self.parcels.append(Parcel(parcel.line, parcel.values, tuple(map(tuple, polygons))))

    def _rings(self, parcel: _Open, *, damaged: bool) -> Iterator[Ring]:
        """The rings that are closed and have three corners; where a line could not be read they may be open."""
        for number, line, points, lines in parcel.rings:
            xy = np.array(points, dtype=float)
            if len(xy) == 1 or not closed(xy):
                if not damaged:
                    self._fault(lines[-1], FaultKind.RING_OPEN, ring=number, first=line)
                continue
            if len(np.unique(xy, axis=0)) < 3:
                self._fault(line, FaultKind.RING_SHORT, ring=number)
                continue
            xy[-1] = xy[0]
            yield xy


def _datum(stated: str) -> str | None:
    """The datum that the words mean; None if they mean none or several."""
    found = [datum for datum, (_, marks) in DATUMS.items() if any(mark in stated for mark in marks)]
    return found[0] if len(found) == 1 else None
