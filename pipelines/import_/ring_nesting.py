"""Which ring is a hole of which: even-odd by where rings lie, without shapely, for the reading process."""

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ring = npt.NDArray[np.float64]
"""(n, 2) coordinates, the last equal to the first."""
ON_EDGE_M = 0.001
_MOST_TESTED = 200
_AT_ONCE = 4_000_000


class RingsCross(ValueError):
    """Two rings cross, or one is there twice."""


def nest(rings: Sequence[Ring], on_edge: float = ON_EDGE_M) -> list[list[Ring]]:
    """Put rings together to polygons: a ring in an even number of others is an outline, the others are holes.

    Parameters
    ----------
    rings : closed rings, in any order and sense of turning.
    on_edge : a point this near to a ring lies on it, in the unit of the rings.

    Returns
    -------
    for each polygon its outline and then its holes, outlines in the order of `rings`.

    Raises
    ------
    RingsCross : a ring lies partly in another.
    """
    count = len(rings)
    holds = np.zeros((count, count), dtype=bool)
    boxes = np.array([[*ring.min(axis=0), *ring.max(axis=0)] for ring in rings])
    for inner in range(count):
        meets = (boxes[:, :2] <= boxes[inner, 2:]).all(axis=1) & (boxes[:, 2:] >= boxes[inner, :2]).all(
            axis=1
        )
        for outer in np.flatnonzero(meets):
            if outer != inner:
                holds[outer, inner] = _contains(rings[outer], rings[inner], on_edge)
    depth = holds.sum(axis=0)
    polygons: dict[int, list[Ring]] = {i: [rings[i]] for i in range(count) if depth[i] % 2 == 0}
    for hole in np.flatnonzero(depth % 2 == 1):
        around = [i for i in np.flatnonzero(holds[:, hole]) if depth[i] == depth[hole] - 1]
        if len(around) != 1:
            raise RingsCross
        polygons[around[0]].append(rings[hole])
    return list(polygons.values())


def wkb(polygons: Sequence[Sequence[Ring]]) -> bytes:
    """Polygons as WKB of a multi polygon."""
    parts = [struct.pack("<BII", 1, 6, len(polygons))]
    for polygon in polygons:
        parts.append(struct.pack("<BII", 1, 3, len(polygon)))
        for ring in polygon:
            parts += [struct.pack("<I", len(ring)), np.ascontiguousarray(ring, dtype="<f8").tobytes()]
    return b"".join(parts)


def _contains(outer: Ring, inner: Ring, on_edge: float) -> bool:
    """Whether the inner ring lies in the outer one; corners and edges may touch."""
    places = np.concatenate([inner[:-1], (inner[:-1] + inner[1:]) / 2])
    if len(places) > _MOST_TESTED:
        places = places[np.linspace(0, len(places) - 1, _MOST_TESTED).astype(int)]
    side = _sides(outer, places, on_edge)
    inside, outside = bool((side > 0).any()), bool((side < 0).any())
    if inside == outside:
        raise RingsCross
    return inside


def _sides(ring: Ring, places: Ring, on_edge: float) -> npt.NDArray[np.int8]:
    """1 for places inside of a ring, -1 outside, 0 on its edge."""
    start, end = ring[:-1], ring[1:]
    step = max(1, _AT_ONCE // len(start))
    found = [_sides_at_once(start, end, places[i : i + step], on_edge) for i in range(0, len(places), step)]
    return np.concatenate(found)


def _sides_at_once(start: Ring, end: Ring, places: Ring, on_edge: float) -> npt.NDArray[np.int8]:
    along, to = end - start, places[:, None, :] - start[None]
    length = np.maximum((along**2).sum(axis=1), 1e-18)
    at = np.clip((to * along).sum(axis=2) / length, 0, 1)
    away = np.hypot(*(to - at[..., None] * along).transpose(2, 0, 1))
    y = places[:, 1][:, None]
    crossed = (start[:, 1] > y) != (end[:, 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = start[:, 0] + (y - start[:, 1]) / along[:, 1] * along[:, 0]
    inside = (crossed & (places[:, 0][:, None] < x)).sum(axis=1) % 2 == 1
    side = np.where(inside, 1, -1).astype(np.int8)
    side[(away <= on_edge).any(axis=1)] = 0
    return side
