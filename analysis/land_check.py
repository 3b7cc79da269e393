"""Parcels laid over what limits them: every piece in conflict with its area, share and width; pure, in degrees.

Overlays are made on stored coordinates, whose edges are straight in longitude and latitude, and measured on the
ellipsoid (`analysis.ellipsoid`): pieces and rest add up to the parcel. A parcel that lies wholly inside one shape is
its own piece and is not cut.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from analysis.ellipsoid import CGCS2000, FloatArray, areas_m2

Shapes = NDArray[np.object_]
Indices = NDArray[np.intp]

NOISE_M2 = 1e-4
"""Pieces below this are arithmetic: coordinates are delivered to the millimetre."""
_THREADS = 2
_AT_ONCE = 2_000
_CORNERS = 128


@dataclass(frozen=True)
class Tolerance:
    """From what on an overlap is more than two surveys of the same line that differ.

    Attributes
    ----------
    area_m2 : pieces smaller than this are slivers.
    width_m : and those that are narrower on average.
    """

    area_m2: float = 5.0
    width_m: float = 0.5


@dataclass(frozen=True)
class Pieces:
    """Parts of parcels that lie on something; arrays of one length, one entry for each pair that overlaps.

    Attributes
    ----------
    parcel, other : positions in what was laid over each other.
    geometry : polygons or multi polygons, EPSG:4490.
    area_m2 : ellipsoidal.
    share : of the parcel's area, 0 to 1.
    width_m : mean width: twice the area over the length of the outline.
    sliver : below the tolerance; kept, and shown apart.
    """

    parcel: Indices
    other: Indices
    geometry: Shapes
    area_m2: FloatArray
    share: FloatArray
    width_m: FloatArray
    sliver: NDArray[np.bool_]

    def __len__(self) -> int:
        """Number of pieces."""
        return len(self.parcel)

    def where(self, wanted: NDArray[Any]) -> "Pieces":
        """The pieces of a mask, or of positions."""
        return Pieces(
            self.parcel[wanted],
            self.other[wanted],
            self.geometry[wanted],
            self.area_m2[wanted],
            self.share[wanted],
            self.width_m[wanted],
            self.sliver[wanted],
        )


def overlay(
    parcels: Shapes,
    others: Shapes,
    tolerance: Tolerance | None = None,
    *,
    parcel_m2: FloatArray | None = None,
) -> Pieces:
    """Cut parcels with other shapes.

    Parameters
    ----------
    parcels, others : polygons or multi polygons, EPSG:4490, valid; None and empty ones meet nothing.
    parcel_m2 : areas of the parcels, if they are known.

    Returns
    -------
    pieces by parcel, then by the other shape; those that share a line or a point only are no pieces. Parcels laid over
    themselves give every pair once each way, and each parcel its own whole.
    """
    whole = areas_m2(parcels) if parcel_m2 is None else parcel_m2
    cut = _cut(parcels, others)
    return _measured(whole, cut.parcel, cut.other, cut.shapes, tolerance, inside=cut.whole)


def outside(
    parcels: Shapes,
    homes: Indices,
    villages: Shapes,
    tolerance: Tolerance | None = None,
    *,
    parcel_m2: FloatArray | None = None,
) -> Pieces:
    """The parts of parcels beyond their own village, by the village that they lie in.

    Parameters
    ----------
    homes : for each parcel the position of its village, -1 if that has no boundary: then nothing is outside.
    villages : their boundaries, EPSG:4490.

    Returns
    -------
    pieces; `other` is -1 for what lies in no village at all.
    """
    whole = areas_m2(parcels) if parcel_m2 is None else parcel_m2
    housed = np.flatnonzero(homes >= 0)
    shapely.prepare(villages[np.unique(homes[housed])])
    leaving = housed[~shapely.covers(villages[homes[housed]], parcels[housed])]
    beyond = shapely.difference(parcels[leaving], villages[homes[leaving]])
    cut = _cut(beyond, villages, lambda place, other: homes[leaving[place]] != other)
    nowhere = beyond.copy()
    for i, shape in zip(cut.parcel, cut.shapes, strict=True):
        nowhere[i] = shapely.difference(nowhere[i], shape)
    parcel = np.r_[leaving[cut.parcel], leaving]
    neighbour = np.r_[cut.other, np.full(len(leaving), -1)]
    shapes = np.r_[cut.shapes, _polygons(nowhere)]
    order = np.lexsort((neighbour, parcel))
    return _measured(whole, parcel[order], neighbour[order], shapes[order], tolerance)


@dataclass(frozen=True)
class _Cut:
    parcel: Indices
    other: Indices
    shapes: Shapes
    whole: NDArray[np.bool_]


@dataclass(frozen=True)
class Reach:
    """Parcels within reach of points: the pieces, and how far each parcel is from the point.

    Attributes
    ----------
    distance_m : geodesic, 0 for a parcel that the point lies in; one entry for each piece.
    """

    pieces: Pieces
    distance_m: FloatArray


def within_reach(
    parcels: Shapes,
    points: Shapes,
    radius_m: FloatArray,
    tolerance: Tolerance | None = None,
    *,
    parcel_m2: FloatArray | None = None,
) -> Reach:
    """Cut parcels with circles about points.

    Parameters
    ----------
    points : EPSG:4490; a multi point counts as its centre.
    radius_m : NaN or 0 for a point without reach, which meets only the parcel that it lies in, as a piece of no area.

    Returns
    -------
    pieces and distances. Circles have 128 corners and the area of the true circle.
    """
    whole = areas_m2(parcels) if parcel_m2 is None else parcel_m2
    radius = np.nan_to_num(radius_m, nan=0.0)
    x, y = (np.asarray(part, dtype=float) for part in (shapely.get_x(points), shapely.get_y(points)))
    circles = _circles(x, y, np.maximum(radius, 0.01))
    cut = _cut(parcels, circles)
    pieces = _measured(whole, cut.parcel, cut.other, cut.shapes, tolerance, inside=cut.whole, least_m2=0.0)
    distance = _distances_m(parcels[pieces.parcel], x[pieces.other], y[pieces.other])
    near = (radius[pieces.other] > 0) | (distance == 0)
    # A point that lies in the parcel is in it, however small its circle.
    pieces = replace(pieces, sliver=pieces.sliver & (distance > 0))
    return Reach(pieces.where(near), distance[near])


def united_m2(count: int, pieces: Sequence[Pieces]) -> FloatArray:
    """Area of each of `count` parcels that any of the pieces covers, m²; what lies on two of them counts once."""
    parcel = np.concatenate([p.parcel for p in pieces] or [np.array([], dtype=np.intp)])
    shapes = np.concatenate([p.geometry for p in pieces] or [np.array([], dtype=object)])
    order = np.argsort(parcel, kind="stable")
    parcel, shapes = parcel[order], shapes[order]
    united = np.full(count, None, dtype=object)
    owners, first, number = np.unique(parcel, return_index=True, return_counts=True)
    united[owners] = shapes[first]
    for owner, start, several in zip(owners[number > 1], first[number > 1], number[number > 1], strict=True):
        united[owner] = shapely.union_all(shapes[start : start + several])
    return np.nan_to_num(areas_m2(united))


def _cut(
    parcels: Shapes, others: Shapes, wanted: Callable[[Indices, Indices], NDArray[np.bool_]] | None = None
) -> _Cut:
    """Pairs that have an area in common, what that is, and where it is the whole parcel.

    GEOS works without Python's lock, so over threads. What is prepared is built while it is asked: each of the others
    is asked by one thread only.

    Parameters
    ----------
    wanted : which pairs of those whose bounding boxes meet to look at; all if not given.
    """
    parcel, other = shapely.STRtree(others).query(parcels)
    if wanted is not None:
        asked = wanted(parcel, other)
        parcel, other = parcel[asked], other[asked]
    order = np.argsort(other, kind="stable")
    parcel, other = parcel[order], other[order]
    ends = np.flatnonzero(np.r_[other[1:] != other[:-1], True]) + 1 if len(other) else np.array([], dtype=int)
    ends = ends[np.r_[ends[:-1] // _AT_ONCE != ends[1:] // _AT_ONCE, True]] if len(ends) else ends

    def some(start: int, end: int) -> _Cut:
        own, its = parcel[start:end], other[start:end]
        shapely.prepare(others[its])
        meets = shapely.intersects(others[its], parcels[own])
        own, its = own[meets], its[meets]
        whole = shapely.covers(others[its], parcels[own])
        common = parcels[own]
        common[~whole] = _polygons(shapely.intersection(common[~whole], others[its[~whole]]))
        real = ~shapely.is_missing(common)
        return _Cut(own[real], its[real], common[real], whole[real])

    with ThreadPoolExecutor(_THREADS) as threads:
        done = list(threads.map(some, np.r_[0, ends[:-1]].astype(int), ends))
    if not done:
        none = np.array([], dtype=np.intp)
        return _Cut(none, none, np.array([], dtype=object), np.array([], dtype=bool))
    parcel, other, shapes, whole = (
        np.concatenate(column)
        for column in zip(*((d.parcel, d.other, d.shapes, d.whole) for d in done), strict=True)
    )
    order = np.lexsort((other, parcel))
    return _Cut(parcel[order], other[order], shapes[order], whole[order])


def _polygons(shapes: Shapes) -> Shapes:
    """The same with lines and points left out of collections; None where no polygon is left."""
    cleaned = shapes.copy()
    kind = shapely.get_type_id(shapes)
    cleaned[~np.isin(kind, (3, 6, 7)) | shapely.is_empty(shapes)] = None
    for i in np.flatnonzero(kind == 7):
        parts = shapely.get_parts(shapes[i])
        areas = parts[shapely.get_dimensions(parts) == 2]
        cleaned[i] = shapely.union_all(areas) if len(areas) else None
    return cleaned


def _measured(
    whole_m2: FloatArray,
    parcel: Indices,
    other: Indices,
    shapes: Shapes,
    tolerance: Tolerance | None,
    *,
    inside: NDArray[np.bool_] | None = None,
    least_m2: float = NOISE_M2,
) -> Pieces:
    """Pieces with their figures; where a parcel lies `inside` its area is known."""
    limit = tolerance or Tolerance()
    area = whole_m2[parcel]
    cut = np.ones(len(shapes), dtype=bool) if inside is None else ~inside
    area[cut] = areas_m2(shapes[cut])
    real = area >= least_m2
    parcel, other, shapes, area = parcel[real], other[real], shapes[real], area[real]
    width = 2 * area / np.maximum(_outlines_m(shapes), 1e-9)
    share = np.minimum(area / whole_m2[parcel], 1.0)
    sliver = (area < limit.area_m2) | (width < limit.width_m)
    return Pieces(parcel, other, shapes, area, share, width, sliver)


def _metres_a_degree(latitude: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Length of a degree of longitude and of latitude at some latitudes, m."""
    e2 = CGCS2000.e2
    curve = 1 - e2 * np.sin(np.radians(latitude)) ** 2
    across = CGCS2000.a / np.sqrt(curve)
    along = CGCS2000.a * (1 - e2) / curve**1.5
    return np.radians(across * np.cos(np.radians(latitude))), np.radians(along)


def _outlines_m(shapes: Shapes) -> FloatArray:
    """Length of each outline, holes included, m, to a ten-thousandth."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(xy):
        return np.zeros(len(shapes))
    same = ring[1:] == ring[:-1]
    east, north = _metres_a_degree((xy[1:, 1] + xy[:-1, 1]) / 2)
    steps = np.hypot((xy[1:, 0] - xy[:-1, 0]) * east, (xy[1:, 1] - xy[:-1, 1]) * north)
    own = owner[part[ring[1:][same]]]
    return np.bincount(own, weights=steps[same], minlength=len(shapes)).astype(np.float64)


@cache
def _geod() -> Geod:
    return Geod(a=CGCS2000.a, rf=CGCS2000.rf)


def _circles(x: FloatArray, y: FloatArray, radius_m: FloatArray) -> Shapes:
    """Circles about points as polygons of the same area."""
    if not len(x):
        return np.array([], dtype=object)
    turn = 2 * np.pi / _CORNERS
    reach = radius_m * np.sqrt(turn / np.sin(turn))
    azimuth = np.arange(_CORNERS) * 360.0 / _CORNERS
    each = np.repeat(np.arange(len(x)), _CORNERS)
    lon, lat, _ = _geod().fwd(x[each], y[each], np.tile(azimuth, len(x)), reach[each])
    return np.asarray(shapely.polygons(np.c_[lon, lat].reshape(len(x), _CORNERS, 2)), dtype=object)


def _distances_m(shapes: Shapes, x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance of each shape from the point beside it, m; 0 if it lies inside."""
    if not len(shapes):
        return np.zeros(0)
    east, north = _metres_a_degree(y)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    plane = np.c_[(xy[:, 0] - x[owner]) * east[owner], (xy[:, 1] - y[owner]) * north[owner]]
    moved = shapely.set_coordinates(shapes.copy(), plane)
    line = shapely.shortest_line(shapely.points(np.zeros((len(shapes), 2))), moved)
    ends = shapely.get_coordinates(line).reshape(-1, 2, 2)[:, 1]
    _, _, metres = _geod().inv(x, y, x + ends[:, 0] / east, y + ends[:, 1] / north)
    return np.where((ends == 0).all(axis=1), 0.0, metres)
