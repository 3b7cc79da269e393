"""The nearest features of points, found by boxes around the points before anything is searched."""

import numpy as np
import shapely

from analysis.territory import BoolArray, FloatArray, IntArray, ObjectArray

_SAMPLE = 64
_LEAST_LOOK_M = 50.0
_WITHIN = 0.999
"""Of a box: a feature nearer than that has its bounds in it whatever was rounded."""


def nearest(
    points: ObjectArray, features: ObjectArray, tree: shapely.STRtree, most_m: float | None = None
) -> tuple[IntArray, IntArray, FloatArray]:
    """The nearest feature of each point; where several are equally near, all of them.

    Distances are those of `shapely.distance`. Most points have a feature close by: those whose bounds meet a box
    around the point are all measured at once. Only points with nothing in their box have the tree searched, which
    takes ten times as long for each.

    Parameters
    ----------
    points, features : in one metric CRS. A missing or empty one has no nearest, nor is any point's.
    tree : the index of `features`.
    most_m : how far features are looked for; None does not end the search.

    Returns
    -------
    Position of the point, of the feature, and metres between them; ordered by point, then by feature.
    """
    few = len(points) <= 4 * _SAMPLE
    point, feature, metres, settled = _none(len(points)) if few else _close_by(points, features, tree, most_m)
    rest = np.flatnonzero(~settled)
    found, far_m = tree.query_nearest(points[rest], max_distance=most_m, return_distance=True)
    point = np.concatenate([point, rest[found[0]]])
    feature, metres = np.concatenate([feature, found[1]]), np.concatenate([metres, far_m])
    order = np.lexsort((feature, point))
    return point[order], feature[order], metres[order]


def _close_by(
    points: ObjectArray, features: ObjectArray, tree: shapely.STRtree, most_m: float | None
) -> tuple[IntArray, IntArray, FloatArray, BoolArray]:
    """The nearest features of the points that have one in their box, and which points these are."""
    look_m = _look_m(points, tree, most_m)
    xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])  # NaN where it is no point
    placed = np.flatnonzero(np.isfinite(xy).all(axis=1))
    # A diagonal has the bounds of the box, and takes half the time to make.
    diagonals = shapely.linestrings(np.stack([xy[placed] - look_m, xy[placed] + look_m], axis=1))
    met, feature = tree.query(diagonals)
    point = placed[met]
    metres = shapely.distance(features[feature], points[point])
    least_m = np.full(len(points), np.inf)
    np.minimum.at(least_m, point, metres)
    settled = least_m <= look_m * _WITHIN
    if most_m is not None:
        settled &= least_m <= most_m
    kept = settled[point] & (metres == least_m[point])
    return point[kept], feature[kept], metres[kept], settled


def _none(points: int) -> tuple[IntArray, IntArray, FloatArray, BoolArray]:
    nothing = np.empty(0, dtype=np.intp)
    return nothing, nothing, np.empty(0), np.zeros(points, dtype=bool)


def _look_m(points: ObjectArray, tree: shapely.STRtree, most_m: float | None) -> float:
    """Half a side of the boxes: as far as most of a sample of the points have to their nearest feature."""
    sample = points[:: max(1, len(points) // _SAMPLE)]
    _, metres = tree.query_nearest(sample, max_distance=most_m, return_distance=True, all_matches=False)
    near_m: list[float] = np.sort(metres)[: len(metres) * 4 // 5].tolist()
    return max(_LEAST_LOOK_M, near_m[-1]) if near_m else _LEAST_LOOK_M
