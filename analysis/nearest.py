"""The nearest features of points, found by boxes around the points before anything is searched."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from analysis.territory import BoolArray, FloatArray, IntArray, ObjectArray

_SAMPLE = 64
_FEW = 256
"""So many points are searched for in the time that a sample and boxes take."""
_LEAST_LOOK_M = 50.0
_WITHIN = 0.999
"""Of a box: a feature nearer than that has its bounds in it whatever was rounded."""


@dataclass(frozen=True, eq=False)
class Indexed:
    """Features in a metric CRS with their spatial index; a missing or empty one is never found."""

    features: ObjectArray

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The index, made when it is first asked for."""
        return shapely.STRtree(self.features)


@dataclass(frozen=True, eq=False)
class Nearby:
    """Points, and how far from them the features are whose bounds meet a box around the point.

    Most points have a feature close by, so that all in their box are measured at once. Only a point with nothing in
    its box has the tree searched, which takes ten times as long.

    Attributes
    ----------
    points : in the CRS of the features; a missing or empty one has no nearest feature.
    look_m : half a side of the boxes; a nearest feature farther than that is not among the pairs.
    point, feature, metres : the pairs.
    """

    points: ObjectArray
    indexed: Indexed
    look_m: float
    point: IntArray
    feature: IntArray
    metres: FloatArray

    @classmethod
    def of(cls, points: ObjectArray, indexed: Indexed) -> "Nearby":
        """Measure what is close by; few points are not looked around for."""
        if len(points) <= _FEW:
            nothing = np.empty(0, dtype=np.intp)
            return cls(points, indexed, 0.0, nothing, nothing, np.empty(0))
        look_m = _look_m(points, indexed.tree)
        bounds = shapely.bounds(points)  # NaN where there is none
        placed = np.flatnonzero(np.isfinite(bounds).all(axis=1))
        corners = bounds[placed].reshape(-1, 2, 2)
        corners[:, 0] -= look_m
        corners[:, 1] += look_m
        diagonals = shapely.linestrings(
            corners
        )  # have the bounds of the boxes, and take half the time to make
        met, feature = indexed.tree.query(diagonals)
        point = placed[met]
        return cls(
            points,
            indexed,
            look_m,
            point,
            feature,
            shapely.distance(indexed.features[feature], points[point]),
        )

    def nearest(
        self, most_m: float | None = None, among: tuple[BoolArray, Indexed] | None = None
    ) -> tuple[IntArray, IntArray, FloatArray]:
        """The nearest feature of each point; where several are equally near, all of them.

        Parameters
        ----------
        most_m : how far features are looked for; None does not end the search.
        among : which features count, and these indexed in the same order; None counts all.

        Returns
        -------
        Position of the point, of the feature among all, and metres between them as `shapely.distance` has them;
        ordered by point, then by feature.
        """
        point, feature, metres = self.point, self.feature, self.metres
        if among is not None:
            kept = among[0][feature]
            point, feature, metres = point[kept], feature[kept], metres[kept]
        least_m = np.full(len(self.points), np.inf)
        np.minimum.at(least_m, point, metres)
        settled = least_m <= min(self.look_m * _WITHIN, np.inf if most_m is None else most_m)
        kept = settled[point] & (metres == least_m[point])
        rest = np.flatnonzero(~settled)
        tree = self.indexed.tree if among is None else among[1].tree
        (searched, found), far_m = tree.query_nearest(
            self.points[rest], max_distance=most_m, return_distance=True
        )
        found = found if among is None else np.flatnonzero(among[0])[found]
        point = np.concatenate([point[kept], rest[searched]])
        feature, metres = np.concatenate([feature[kept], found]), np.concatenate([metres[kept], far_m])
        order = np.lexsort((feature, point))
        return point[order], feature[order], metres[order]


def _look_m(points: ObjectArray, tree: shapely.STRtree) -> float:
    """Half a side of the boxes: as far as most of a sample of the points have to their nearest feature."""
    sample = points[:: max(1, len(points) // _SAMPLE)]
    _, metres = tree.query_nearest(sample, return_distance=True, all_matches=False)
    near_m: list[float] = np.sort(metres)[: len(metres) * 4 // 5].tolist()
    return max(_LEAST_LOOK_M, near_m[-1]) if near_m else _LEAST_LOOK_M
