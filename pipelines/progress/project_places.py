"""Where the projects of a sheet lie: a point by two columns, a line or an area by one."""

from dataclasses import replace

import numpy as np
import shapely

from layers import Geometry
from pipelines.import_ import geometry
from pipelines.import_.findings import Findings
from pipelines.import_.folding import comparable
from pipelines.import_.headings import Role
from pipelines.import_.placing import Stated, place_rows
from pipelines.import_.register import Register
from pipelines.import_.values import BLANKS
from pipelines.progress.cells import CellFault, read_wkt
from pipelines.progress.sheet_import import OpenSheet, SheetOptions, words

_EXTENT = {1: Geometry.LINE, 2: Geometry.POLYGON}
"""What is mended, by dimension."""


def place_projects(
    opened: OpenSheet, register: Register, options: SheetOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Place of each row in the register, and its point, line or area where it gives one (EPSG:4490)."""
    findings = opened.findings
    points = _points(opened)
    written = _shapes(opened, points)
    shapes, label = np.full(len(points), None, dtype=object), ""
    for given in (points, written):
        rows = np.flatnonzero(~shapely.is_missing(given))
        if not len(rows):
            continue
        some = Findings(findings.source_rows[rows])
        # What is pasted as text comes from another program than the columns: it may say the northing last where they
        # say it first, or be in another system, which is told. Else it is of theirs.
        stored = geometry.to_stored(
            given[rows],
            stated=options.crs,
            in_file=label or None,
            file_origin=opened.title("wkt"),
            city=register.bounds,
            findings=some,
        )
        shapes[rows], label = stored.geometries, label or stored.crs.label
        findings.absorb(some, rows)
    _mend(opened, shapes)
    said = Stated(*(opened.text(role) for role in (Role.CODE, Role.COUNTY, Role.TOWNSHIP, Role.VILLAGE)))
    located = shapes if not shapely.is_missing(shapes).all() else None
    return place_rows(said, located, opened.headings, opened.sheet, register, findings, label), shapes


def _points(opened: OpenSheet) -> np.ndarray:
    """The points of the two columns as they are written."""
    findings = opened.findings
    points = np.full(len(findings.source_rows), None, dtype=object)
    x, y = opened.text(Role.X), opened.text(Role.Y)
    if x is None or y is None:
        return points
    rows = np.flatnonzero(
        [not (_blank(a) and _blank(b)) for a, b in zip(x.to_pylist(), y.to_pylist(), strict=True)]
    )
    if len(rows):
        some = Findings(findings.source_rows[rows])
        titles = tuple(m.heading for r in (Role.X, Role.Y) if (m := opened.headings.of(r)) is not None)
        points[rows] = geometry.from_columns(x.take(rows), y.take(rows), (titles[0], titles[1]), some)
        findings.absorb(some, rows)
    return points


def _shapes(opened: OpenSheet, points: np.ndarray) -> np.ndarray:
    """The shapes of their column as they are written; points beside them are taken out of `points`.

    What cannot be read leaves its row out.
    """
    shapes = np.full(len(points), None, dtype=object)
    for row, cell in enumerate(opened.values["wkt"]):
        text = words(cell)
        if _blank(text):
            continue
        try:
            shape = read_wkt(text)
        except CellFault as fault:
            opened.reject(row, "wkt", fault.kind, fault.part)
            points[row] = None
            continue
        if points[row] is not None and shape.geom_type != "Point":
            opened.warn(row, "wkt", "wkt_holds")
        shapes[row], points[row] = shape, None
    return shapes


def _mend(opened: OpenSheet, shapes: np.ndarray) -> None:
    """Areas that cross themselves are mended, and told; lines and areas without extent leave their rows out."""
    dimensions = shapely.get_dimensions(shapes)
    for dimension, kind in _EXTENT.items():
        rows = np.flatnonzero(dimensions == dimension)
        if len(rows):
            some = Findings(opened.findings.source_rows[rows])
            shapes[rows] = geometry.mend(shapes[rows], replace(opened.sheet, geometry=kind), some)
            opened.findings.absorb(some, rows)


def _blank(text: str | None) -> bool:
    return text is None or not text or comparable(text) in BLANKS
