"""Ellipsoidal areas of polygons in degrees (TD/T 1055-2019: areas of land are areas on the ellipsoid, never planar).

An edge is what the stored geometry says it is: straight in longitude and latitude, as in TD/T 1055-2019 and its
formula of 椭球面积 (国土调查办发〔2008〕32号). So pieces of an overlay add up to the whole, whatever cuts them.

The area between the equator and an edge is its width in longitude times the mean, along the edge, of

    S(B) = a²(1-e²) · ∫₀ᴮ cos t / (1 - e² sin² t)² dt  =  a²(1-e²) · Σ (k+1)/(2k+1) · e²ᵏ · sin²ᵏ⁺¹ B

which is the standard's series before its rearrangement by multiples of B. The mean is Simpson's of both ends and the
middle; an edge that spans more than a degree of latitude is parted first, which keeps Simpson's error below 1e-9 of
the area. Sums are taken from the first point of each ring, so that a plot of some metres loses no digits.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_TERMS = 7
"""Terms of the series: the next one is below 1e-15 of S."""
_LONGEST_DEGREES = 1.0


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid of revolution.

    Attributes
    ----------
    a : semi-major axis, m.
    rf : reciprocal of the flattening.
    """

    a: float
    rf: float

    @property
    def e2(self) -> float:
        """Square of the first eccentricity."""
        return (2 - 1 / self.rf) / self.rf


CGCS2000 = Ellipsoid(a=6378137.0, rf=298.257222101)


def areas_m2(polygons: NDArray[np.object_], ellipsoid: Ellipsoid = CGCS2000) -> FloatArray:
    """Area of each polygon or multi polygon on the ellipsoid, holes taken off.

    Parameters
    ----------
    polygons : shape (n,), coordinates in degrees (EPSG:4490), longitude first; None allowed. Of anything else than
        polygons the area is 0.

    Returns
    -------
    shape (n,), m², NaN for None.
    """
    areas = np.where(shapely.is_missing(polygons), np.nan, 0.0)
    parts, owner = shapely.get_parts(polygons, return_index=True)
    plane = shapely.get_dimensions(parts) == 2
    parts, owner = parts[plane], owner[plane]
    rings, part = shapely.get_rings(parts, return_index=True)
    if not len(rings):
        return areas
    enclosed = _ring_areas(rings, ellipsoid)
    hole = np.r_[False, part[1:] == part[:-1]]
    sums = np.bincount(owner[part], weights=np.where(hole, -enclosed, enclosed), minlength=len(areas))
    return areas + sums


def _ring_areas(rings: NDArray[np.object_], ellipsoid: Ellipsoid) -> FloatArray:
    """Area that each closed ring encloses, m², whichever way it runs; rings of no points enclose nothing."""
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    longitude, latitude, ring = _parted(xy[:, 0], xy[:, 1], ring)
    enclosed = np.zeros(len(rings))
    if not len(ring):
        return enclosed
    first = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]])
    size = np.diff(np.r_[first, len(ring)])
    strip = strip_m2(latitude, ellipsoid)
    middle = strip_m2((latitude[1:] + latitude[:-1]) / 2, ellipsoid)
    base = np.repeat(strip[first], size)
    # The step from the last point of a ring to the first of the next is no edge.
    width = np.where(ring[1:] == ring[:-1], np.radians(longitude[1:] - longitude[:-1]), 0.0)
    above = (strip[:-1] - base[:-1]) + 4 * (middle - base[:-1]) + (strip[1:] - base[:-1])
    enclosed[ring[first]] = np.abs(np.add.reduceat(np.r_[width * above / 6, 0.0], first))
    return enclosed


def strip_m2(latitude: FloatArray, ellipsoid: Ellipsoid = CGCS2000) -> FloatArray:
    """S(B): area between the equator and a latitude in degrees, m² for each radian of longitude."""
    sine = np.sin(np.radians(latitude))
    square = ellipsoid.e2 * sine * sine
    series = np.full_like(sine, (_TERMS + 1) / (2 * _TERMS + 1))
    for k in range(_TERMS - 1, -1, -1):
        series *= square
        series += (k + 1) / (2 * k + 1)
    return ellipsoid.a**2 * (1 - ellipsoid.e2) * sine * series


def _parted(
    longitude: FloatArray, latitude: FloatArray, ring: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, NDArray[np.intp]]:
    """The same rings with points between, where an edge spans more than a degree of latitude."""
    rise = np.where(ring[1:] == ring[:-1], np.abs(np.diff(latitude)), 0.0)
    if not len(rise) or rise.max() <= _LONGEST_DEGREES:
        return longitude, latitude, ring
    pieces = np.maximum(np.ceil(rise / _LONGEST_DEGREES), 1).astype(np.intp)
    start = np.repeat(np.arange(len(rise)), pieces)
    step = np.arange(len(start)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    share = step / pieces[start]
    return (
        np.r_[longitude[start] + share * (longitude[start + 1] - longitude[start]), longitude[-1:]],
        np.r_[latitude[start] + share * (latitude[start + 1] - latitude[start]), latitude[-1:]],
        np.r_[ring[start], ring[-1:]],
    )
