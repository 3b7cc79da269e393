"""Geometry of a file: from coordinates or WKB to valid shapes in EPSG:4490 of the kind that is stored."""

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from i18n import Text, tr
from layers import FeatureType, Geometry, Remedy
from pipelines.import_.crs import NO_CRS, Bounds, CrsChoice, CrsOrigin, find_crs
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.findings import Check, Findings, sentence
from pipelines.import_.folding import fold_width, without_unseen

MOST_VERTICES = 1_000_000
MOST_CROSSINGS = 5_000
"""A shape that crosses itself more often is not mended: the work grows with the square of its vertices."""
_SAMPLE = 5_000
_SAMPLED_SEGMENTS = 200
_TRIED_AT_ONCE = 1_000_000
_NAMES = {
    Geometry.POINT: Text("点", "points"),
    Geometry.LINE: Text("线", "lines"),
    Geometry.POLYGON: Text("面", "polygons"),
}
_DIMENSION = {Geometry.POINT: 0, Geometry.LINE: 1, Geometry.POLYGON: 2}
_SIDE = r"(?:东经|北纬|[东北EN])?\s*:?\s*"
_DEGREES = re.compile(
    _SIDE + r"(\d{1,3})\s*[°度]\s*(?:(\d{1,2}(?:\.\d+)?)\s*['′’分]\s*)?"
    r"(?:(\d{1,2}(?:\.\d+)?)\s*(?:[\"″”秒]|'')\s*)?[EN]?"
)
_DECORATED = re.compile(_SIDE + r"([-+]?\d+(?:\.\d+)?)\s*[°度]?[EN]?")


@dataclass(frozen=True)
class Shapes:
    """Geometry by row in EPSG:4490 (None where a row is rejected) and the coordinate system that was used."""

    geometries: np.ndarray
    crs: CrsChoice


def from_columns(x: pa.Array, y: pa.Array, titles: tuple[str, str], findings: Findings) -> np.ndarray:
    """Points from two text columns, in whatever system they are; rows without coordinates are rejected."""
    (xs, bad_x), (ys, bad_y) = _coordinates(x), _coordinates(y)
    column = "、".join(titles)
    unreadable = np.flatnonzero(bad_x | bad_y)
    x_texts, y_texts = x.to_pylist(), y.to_pylist()
    findings.rows(
        Check.COORDINATES_UNREADABLE,
        Remedy.REJECT,
        unreadable,
        sentence(Check.COORDINATES_UNREADABLE),
        column=column,
        value=lambda i: f"{x_texts[unreadable[i]]}, {y_texts[unreadable[i]]}",
    )
    missing = (np.isnan(xs) | np.isnan(ys) | ((xs == 0) & (ys == 0))) & ~(bad_x | bad_y)
    findings.rows(
        Check.COORDINATES_EMPTY,
        Remedy.REJECT,
        np.flatnonzero(missing),
        sentence(Check.COORDINATES_EMPTY),
        column=column,
    )
    points = np.full(len(xs), None, dtype=object)
    usable = ~findings.rejected & np.isfinite(xs) & np.isfinite(ys)
    points[usable] = shapely.points(xs[usable], ys[usable])
    return points


def read_coordinate(text: str) -> float | None:
    """Read one coordinate: a number, ``113°12′30″``, ``E113.2``; None if it is neither."""
    plain = without_unseen(fold_width(text)).upper().replace(",", "")
    if match := _DECORATED.fullmatch(plain):
        return float(match[1])
    if match := _DEGREES.fullmatch(plain):
        degrees, minutes, seconds = (float(part or 0) for part in match.groups())
        return degrees + minutes / 60 + seconds / 3600 if minutes < 60 and seconds < 60 else None
    return None


def _coordinates(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of a text column (NaN for empty), and which texts could not be read."""
    texts = column.fill_null("")
    plain = pc.match_substring_regex(texts, r"^[-+]?\d+(\.\d+)?$")
    settled = pc.if_else(plain, texts, pa.scalar("nan", texts.type)).cast(pa.float64())
    numbers = settled.to_numpy(zero_copy_only=False).copy()
    bad = np.zeros(len(numbers), dtype=bool)
    for i in np.flatnonzero(~plain.to_numpy(zero_copy_only=False)):
        text = texts[i].as_py()
        if text in ("", "/", "-", "无", "—"):
            continue
        value = read_coordinate(text)
        if value is None:
            bad[i] = True
        else:
            numbers[i] = value
    return numbers, bad


def from_wkb(column: pa.ChunkedArray, findings: Findings) -> np.ndarray:
    """Shapes of a WKB column in two dimensions; null, empty, damaged and endless ones are rejected."""
    raw = np.array(column.to_pylist(), dtype=object)
    shapes = shapely.from_wkb(raw, on_invalid="ignore")
    absent = np.array([value is None for value in raw], dtype=bool)
    damaged = shapely.is_missing(shapes) & ~absent
    if damaged.any():
        mended = shapely.from_wkb(raw[damaged], on_invalid="fix")
        rows = np.flatnonzero(damaged)
        saved = ~shapely.is_missing(mended)
        shapes[rows[saved]] = mended[saved]
        text = sentence(Check.GEOMETRY_REPAIRED)
        findings.rows(Check.GEOMETRY_REPAIRED, Remedy.REPAIR, rows[saved], text)
        text = sentence(Check.GEOMETRY_UNREADABLE)
        findings.rows(Check.GEOMETRY_UNREADABLE, Remedy.REJECT, rows[~saved], text)
    empty = absent | shapely.is_empty(shapes)
    findings.rows(Check.GEOMETRY_EMPTY, Remedy.REJECT, np.flatnonzero(empty), sentence(Check.GEOMETRY_EMPTY))
    counts = shapely.get_num_coordinates(shapes)
    huge = np.flatnonzero(counts > MOST_VERTICES)
    findings.rows(
        Check.GEOMETRY_HUGE,
        Remedy.REJECT,
        huge,
        sentence(Check.GEOMETRY_HUGE, limit=MOST_VERTICES),
        value=lambda i: int(counts[huge[i]]),
    )
    if shapely.has_z(shapes).any() or shapely.has_m(shapes).any():
        findings.note(Check.Z_DROPPED, remedy=Remedy.REPAIR)
        shapes = shapely.force_2d(shapes)
    shapes[findings.rejected] = None
    _reject_infinite(shapes, findings)
    return shapes


def _reject_infinite(shapes: np.ndarray, findings: Findings) -> None:
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    rows = np.unique(owner[~np.isfinite(xy).all(axis=1)])
    findings.rows(Check.GEOMETRY_UNREADABLE, Remedy.REJECT, rows, sentence(Check.GEOMETRY_UNREADABLE))
    shapes[rows] = None


def check_kind(shapes: np.ndarray, feature: FeatureType, findings: Findings) -> np.ndarray:
    """Turn shapes into the stored kind: points single, lines and polygons multi.

    Raises
    ------
    FileRefused : most shapes are of another kind (a file of lines for a layer of points).
    """
    wanted = _DIMENSION[feature.geometry]
    present = ~shapely.is_missing(shapes)
    kinds = shapely.get_type_id(shapes)
    mixed = kinds == 7
    dimensions = shapely.get_dimensions(shapes)
    wrong = present & ~mixed & (dimensions != wanted)
    if present.any() and wrong.sum() > present.sum() / 2:
        found = next(g for g, d in _DIMENSION.items() if d == np.bincount(dimensions[wrong]).argmax())
        raise FileRefused(
            Refusal.WRONG_GEOMETRY,
            feature=feature.title,
            wanted=_NAMES[feature.geometry],
            found=_NAMES[found],
        )
    findings.rows(
        Check.GEOMETRY_TYPE,
        Remedy.REJECT,
        np.flatnonzero(wrong),
        sentence(Check.GEOMETRY_TYPE, wanted=_NAMES[feature.geometry]),
    )
    shapes[wrong] = None
    _take_apart(shapes, np.flatnonzero(present & mixed), wanted, feature, findings)
    if feature.geometry is Geometry.POINT:
        return _single_points(shapes, findings)
    return _as_multi(shapes, wanted)


def _take_apart(
    shapes: np.ndarray, rows: np.ndarray, wanted: int, feature: FeatureType, findings: Findings
) -> None:
    """Keep the parts of the wanted kind of a collection."""
    kept: list[int] = []
    lost: list[int] = []
    for row in rows:
        parts = _flat_parts(shapes[row], wanted)
        shapes[row] = _collected(parts, wanted) if len(parts) else None
        (kept if len(parts) else lost).append(row)
    wanted_name = _NAMES[feature.geometry]
    findings.rows(
        Check.GEOMETRY_PARTS, Remedy.REPAIR, kept, sentence(Check.GEOMETRY_PARTS, wanted=wanted_name)
    )
    findings.rows(Check.GEOMETRY_TYPE, Remedy.REJECT, lost, sentence(Check.GEOMETRY_TYPE, wanted=wanted_name))


def _flat_parts(shape: shapely.Geometry, dimension: int) -> np.ndarray:
    """Simple parts of one dimension, collections opened all the way down."""
    parts = np.array([shape], dtype=object)
    while np.isin(shapely.get_type_id(parts), (4, 5, 6, 7)).any():
        parts = shapely.get_parts(parts)
    return parts[(shapely.get_dimensions(parts) == dimension) & ~shapely.is_empty(parts)]


def _collected(parts: np.ndarray, dimension: int) -> shapely.Geometry:
    make = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[dimension]
    return make(parts)


def _single_points(shapes: np.ndarray, findings: Findings) -> np.ndarray:
    multi = shapely.get_type_id(shapes) == 4
    several = np.flatnonzero(multi & (shapely.get_num_geometries(shapes) > 1))
    wanted = _NAMES[Geometry.POINT]
    findings.rows(Check.GEOMETRY_TYPE, Remedy.REJECT, several, sentence(Check.GEOMETRY_TYPE, wanted=wanted))
    shapes[multi] = shapely.get_geometry(shapes[multi], 0)
    shapes[several] = None
    return shapes


def _as_multi(shapes: np.ndarray, dimension: int) -> np.ndarray:
    single = np.flatnonzero(np.isin(shapely.get_type_id(shapes), (1, 2, 3)))
    if dimension == 1:
        rings = single[shapely.get_type_id(shapes[single]) == 2]
        for row in rings:
            shapes[row] = shapely.LineString(shapes[row])
    make = shapely.multilinestrings if dimension == 1 else shapely.multipolygons
    if len(single):
        shapes[single] = make(shapes[single], indices=np.arange(len(single)))
    return shapes


def to_stored(
    shapes: np.ndarray,
    *,
    stated: str | None,
    in_file: str | None,
    file_origin: str | None,
    city: Bounds | None,
    findings: Findings,
) -> Shapes:
    """Find the coordinate system and bring shapes to EPSG:4490.

    Raises
    ------
    FileRefused : the system is unknown and cannot be guessed.
    """
    xy, _owner = shapely.get_coordinates(shapes, return_index=True)
    if not len(xy):
        return Shapes(shapes, NO_CRS)
    # (0, 0) is what a missing coordinate looks like; it must not spoil the guess.
    telling = xy[(xy != 0).any(axis=1)]
    sample = telling if len(telling) else xy
    sample = sample[:: max(1, len(sample) // _SAMPLE)]
    choice = find_crs(
        sample[:, 0], sample[:, 1], stated=stated, in_file=in_file, file_origin=file_origin, city=city
    )
    moved = shapely.transform(shapes, lambda x, y: choice.to_stored(x, y), interleaved=False)
    _tell(choice, findings)
    _reject_infinite(moved, findings)
    return Shapes(moved, choice)


def _tell(choice: CrsChoice, findings: Findings) -> None:
    if choice.overruled:
        findings.note(Check.CRS_OVERRULED, claimed=choice.overruled, used=choice.label)
    elif choice.origin is CrsOrigin.GUESSED:
        findings.note(Check.CRS_GUESSED, used=choice.label)
    if choice.swapped:
        findings.note(Check.AXES_SWAPPED, remedy=Remedy.REPAIR)
    if choice.old_datum:
        findings.note(Check.CRS_OLD_DATUM, datum=choice.old_datum)


def mend(shapes: np.ndarray, feature: FeatureType, findings: Findings) -> np.ndarray:
    """Make polygons valid (bow-ties, touching rings) and reject shapes without extent."""
    if feature.geometry is Geometry.POINT:
        return shapes
    if feature.geometry is Geometry.POLYGON:
        invalid = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_valid(shapes))
        invalid = invalid[~_reject_tangled(shapes, invalid, findings)]
        reasons = shapely.is_valid_reason(shapes[invalid])
        valid = shapely.make_valid(shapes[invalid], method="structure", keep_collapsed=False)
        for row, shape in zip(invalid, valid, strict=True):
            shapes[row] = _collected(_flat_parts(shape, 2), 2)
        saved = ~shapely.is_empty(shapes[invalid])
        findings.rows(
            Check.GEOMETRY_REPAIRED,
            Remedy.REPAIR,
            invalid[saved],
            sentence(Check.GEOMETRY_REPAIRED),
            value=lambda i: reasons[saved][i],
        )
    extent = shapely.area(shapes) if feature.geometry is Geometry.POLYGON else shapely.length(shapes)
    flat = np.flatnonzero(~shapely.is_missing(shapes) & ~(extent > 0))
    findings.rows(Check.GEOMETRY_DEGENERATE, Remedy.REJECT, flat, sentence(Check.GEOMETRY_DEGENERATE))
    shapes[flat] = None
    return shapes


def _reject_tangled(shapes: np.ndarray, invalid: np.ndarray, findings: Findings) -> np.ndarray:
    """Reject shapes that cross themselves too often to be mended; True at those places of `invalid`."""
    crossings = np.array([estimated_crossings(shape) for shape in shapes[invalid]], dtype=float)
    tangled = crossings > MOST_CROSSINGS
    said = (tr("import.geometry.tangled", lang, limit=MOST_CROSSINGS) for lang in ("zh", "en"))
    findings.rows(Check.GEOMETRY_HUGE, Remedy.REJECT, invalid[tangled], Text(*said))
    shapes[invalid[tangled]] = None
    return tangled


def estimated_crossings(shape: shapely.Geometry) -> float:
    """About how often the outlines of a polygon cross each other or themselves.

    A sample of segments is tried against all, so that time and memory grow with the vertices only; counting
    ends as soon as the estimate is beyond `MOST_CROSSINGS`. Segments that merely touch do not count.
    """
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shape)), return_index=True)
    segments = ring[1:] == ring[:-1]
    starts, ends = xy[:-1][segments], xy[1:][segments]
    count = len(starts)
    if count * (count - 1) / 2 <= MOST_CROSSINGS:
        return 0.0
    sampled = np.random.default_rng(0).permutation(count)[:_SAMPLED_SEGMENTS]
    scale = count / len(sampled) / 2
    met = 0
    step = max(1, _TRIED_AT_ONCE // count)
    for first in range(0, len(sampled), step):
        some = sampled[first : first + step]
        a, b = starts[some, None], ends[some, None]
        apart = _side(a, b, starts) * _side(a, b, ends) < 0
        apart &= _side(starts, ends, a) * _side(starts, ends, b) < 0
        met += int(apart.sum())
        if met * scale > MOST_CROSSINGS:
            break
    return met * scale


def _side(start: np.ndarray, end: np.ndarray, point: np.ndarray) -> np.ndarray:
    """On which side of a directed line a point lies: -1, 0 or 1."""
    along, across = end - start, point - start
    return np.sign(along[..., 0] * across[..., 1] - along[..., 1] * across[..., 0])
