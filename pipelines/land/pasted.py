"""Coordinates pasted as text, and shapes drawn on the map, as files that the import takes.

Nothing is written here: whatever comes from a page goes through `pipelines.import_.import_file` like a department's
file, with the same checks, findings and history.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely

from analysis.ellipsoid import areas_m2
from pipelines.import_.boundary_text import HEADINGS, Fault, FaultKind, closed, is_boundary_text, parse
from pipelines.import_.crs import Bounds, CrsChoice, find_crs
from pipelines.import_.folding import fold_width, without_unseen
from pipelines.import_.geometry import read_coordinate
from pipelines.import_.ring_nesting import ON_EDGE_M, Ring, RingsCross, nest, wkb

MOST_LINES = 20_000
SUFFIX = ".geojson"
"""Of files made by `feature_file` and `feature_files`."""
_ON_EDGE_DEG = 1e-8
_DIGITS = 10
"""Of degrees: a hundredth of a millimetre."""
_GAPS = re.compile(r"[,，;；\t ]+")


@dataclass(frozen=True)
class Pasted:
    """What a pasted text holds.

    Attributes
    ----------
    frame : one row for each parcel, EPSG:4490: the attributes of the bureau's format (``地块编号``, ``地块名称``, …; no
        columns for bare coordinates), ``area_m2`` (ellipsoidal) and the geometry. Empty if there is a fault.
    crs : the coordinate system used; its `sentence` says how it was found. None with a fault.
    faults : what is wrong, line by line.
    """

    frame: gpd.GeoDataFrame
    crs: CrsChoice | None
    faults: tuple[Fault, ...]


@dataclass
class _Parcel:
    line: int
    values: tuple[str, ...]
    polygons: Sequence[Sequence[Ring]] = field(default_factory=list)


def read_pasted(text: str, *, crs: str | None = None, city: Bounds | None = None) -> Pasted:
    """Read the bureau's text of boundary points, or bare lines of coordinates of one parcel.

    Bare lines are ``X,Y``, ``point,X,Y`` or ``point,ring,X,Y``, apart by commas, semicolons, tabs or blanks; metres in
    either order, or degrees. A blank line or another ring number begins the next ring; rings are closed if they are
    not. Holes and further parts are told by where rings lie.

    Parameters
    ----------
    crs : ``EPSG:n``, ``GCJ02``, ``BD09``, as the person states; found out if not given.
    city : bounds in degrees that a found system must land in.

    Raises
    ------
    FileRefused : the coordinate system is unknown, or none fits the coordinates.
    """
    if text.count("\n") >= MOST_LINES:
        return _faulty([Fault(MOST_LINES, FaultKind.TOO_LONG, {"limit": MOST_LINES})])
    if is_boundary_text(text):
        read = parse(text)
        if read.faults:
            return _faulty(read.faults)
        parcels = [_Parcel(p.line, p.values, p.polygons) for p in read.parcels]
        return _placed(parcels, HEADINGS, crs, read.crs, city)
    rings, faults = _bare_rings(text)
    if not faults and not rings:
        faults = [Fault(1, FaultKind.NOTHING)]
    if faults:
        return _faulty(faults)
    first = rings[0][0]
    degrees = max(float(np.abs(ring).max()) for _, ring in rings) <= 180
    try:
        polygons = nest([ring for _, ring in rings], _ON_EDGE_DEG if degrees else ON_EDGE_M)
    except RingsCross:
        return _faulty([Fault(first, FaultKind.RINGS_CROSS)])
    return _placed([_Parcel(first, (), polygons)], (), crs, None, city)


def feature_file(geometry: shapely.Geometry, attributes: Mapping[str, object]) -> bytes:
    """One feature as a GeoJSON file for the import.

    Parameters
    ----------
    geometry : EPSG:4490.
    attributes : by field name (``parcel_no``, ``parcel_kind``, …, ``admin_code`` if it is known); None is left out.
    """
    return feature_files([geometry], [attributes])


def feature_files(
    geometries: Sequence[shapely.Geometry], attributes: Sequence[Mapping[str, object]]
) -> bytes:
    """Several features as one GeoJSON file for the import; as `feature_file`."""
    names = dict.fromkeys(name for row in attributes for name, value in row.items() if value is not None)
    features = [
        {
            "type": "Feature",
            "properties": {name: _plain(row.get(name)) for name in names},
            "geometry": json.loads(shapely.to_geojson(shapely.transform(shape, _rounded))),
        }
        for shape, row in zip(geometries, attributes, strict=True)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    return text.encode("utf-8")


def _rounded(xy: np.ndarray) -> np.ndarray:
    return np.round(xy, _DIGITS)


def _plain(value: object) -> object:
    """A value as JSON has it: numbers and yes/no as they are, everything else in its own words."""
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _faulty(faults: Sequence[Fault]) -> Pasted:
    empty = gpd.GeoDataFrame({"area_m2": np.array([], dtype=float)}, geometry=[], crs=4490)
    return Pasted(empty, None, tuple(faults))


def _placed(
    parcels: Sequence[_Parcel],
    headings: tuple[str, ...],
    stated: str | None,
    in_text: str | None,
    city: Bounds | None,
) -> Pasted:
    """Bring the parcels to EPSG:4490 and check that they are areas."""
    shapes = shapely.from_wkb([wkb(parcel.polygons) for parcel in parcels])
    x, y = shapely.get_coordinates(shapes).T
    choice = find_crs(x, y, stated=stated, in_file=in_text, file_origin="[属性描述]", city=city)
    shapes = shapely.transform(shapes, lambda xy: np.column_stack(choice.to_stored(xy[:, 0], xy[:, 1])))
    crossing = [
        Fault(parcel.line, FaultKind.CROSSES_ITSELF, {"where": _where(shape)})
        for parcel, shape in zip(parcels, shapes, strict=True)
        if not shapely.is_valid(shape)
    ]
    if crossing:
        return _faulty(crossing)
    columns = {heading: [parcel.values[i] for parcel in parcels] for i, heading in enumerate(headings)}
    areas = areas_m2(shapes)
    return Pasted(gpd.GeoDataFrame({**columns, "area_m2": areas}, geometry=shapes, crs=4490), choice, ())


def _where(shape: shapely.Geometry) -> str:
    """Longitude and latitude that GEOS names as the place where a shape is no area."""
    numbers = re.findall(r"-?\d+(?:\.\d+)?", shapely.is_valid_reason(shape))
    return ", ".join(f"{float(number):.6f}" for number in numbers[-2:]) or "-"


def _bare_rings(text: str) -> tuple[list[tuple[int, Ring]], list[Fault]]:
    """First line and closed points of each ring, and what is wrong; points in the order in which they are written."""
    faults: list[Fault] = []
    rings: list[tuple[int, list[tuple[float, float]]]] = []
    ring_name, ended = "", True
    for number, raw in enumerate(text.splitlines(), start=1):
        line = without_unseen(fold_width(raw)).strip()
        if not line:
            ended = True
            continue
        cells = [cell for cell in _GAPS.split(line) if cell]
        if not 2 <= len(cells) <= 4:
            faults.append(Fault(number, FaultKind.LINE_CELLS, {"found": len(cells)}))
            continue
        read = [read_coordinate(cell) for cell in cells[-2:]]
        unread = next((cell for cell, value in zip(cells[-2:], read, strict=True) if value is None), None)
        if unread is not None:
            faults.append(Fault(number, FaultKind.LINE_NUMBER, {"found": unread[:30]}))
            continue
        # X is the northing and comes first; what is the other way round is found out with the system.
        named = cells[1] if len(cells) == 4 else ""
        if ended or named != ring_name:
            rings.append((number, []))
        ring_name, ended = named, False
        rings[-1][1].append((float(read[1] or 0.0), float(read[0] or 0.0)))
    found = [(line, _closed(np.array(points, dtype=float))) for line, points in rings]
    for number, (line, ring) in enumerate(found, start=1):
        if len(np.unique(ring, axis=0)) < 3:
            faults.append(Fault(line, FaultKind.RING_SHORT, {"ring": number}))
    return found, sorted(faults, key=lambda fault: fault.line)


def _closed(points: Ring) -> Ring:
    degrees = float(np.abs(points).max()) <= 180
    if len(points) > 1 and (np.array_equal(points[0], points[-1]) or (not degrees and closed(points))):
        points = points.copy()
        points[-1] = points[0]
        return points
    return np.vstack([points, points[:1]])
