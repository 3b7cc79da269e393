"""Plots of land: cells of a bent lattice over the whole city, the same whoever asks for them.

Neighbours share corners and edges exactly, so plots neither overlap nor leave gaps; a cell is known by two numbers and
its shape, like the chance that goes with it, is a function of these and the seed.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from pipelines.demo.mesh import IntArray
from pipelines.demo.plane import FloatArray, to_degrees

SIDE_M = 150.0
_CORNER_JITTER, _MIDDLE_JITTER = 0.2, 0.07
"""Shares of a side by which corners and the middles of edges are moved at most."""
_HALF = 1 << 20
"""More cells than there are from the middle to any edge."""
_CORNERS = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])


@dataclass(frozen=True)
class Lattice:
    """The lattice of a seed; cells are rows of (column, row), counted in sides from the middle of the city."""

    seed: int

    def chance(self, cells: IntArray, purpose: int) -> FloatArray:
        """A number of 0–1 for each cell and purpose."""
        mixed = np.zeros(len(cells), dtype=np.uint64)
        with np.errstate(over="ignore"):
            for part in (cells[:, 0], cells[:, 1], np.full(len(cells), self.seed * 1000 + purpose)):
                mixed = _mixed(mixed ^ part.astype(np.int64).view(np.uint64))
        return (mixed >> np.uint64(11)).astype(float) / float(1 << 53)

    def around(self, metres: FloatArray, reach: int) -> IntArray:
        """Cells within `reach` cells of any of the points (n, 2), each once, in order."""
        home = np.floor(metres / SIDE_M).astype(np.int64)
        steps = np.arange(-reach, reach + 1)
        offsets = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        near = (home[:, None] + offsets[None]).reshape(-1, 2)
        numbers = np.unique((near[:, 0] + _HALF) * 2 * _HALF + near[:, 1] + _HALF)
        return np.column_stack([numbers // (2 * _HALF) - _HALF, numbers % (2 * _HALF) - _HALF])

    def centres_m(self, cells: IntArray) -> FloatArray:
        """Middles of the cells, (n, 2) metres."""
        return self._ring_m(cells).mean(axis=1)

    def polygons(self, cells: IntArray) -> npt.NDArray[np.object_]:
        """The cells as polygons in degrees."""
        return _polygons(self._ring_m(cells))

    def halves(self, cells: IntArray) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
        """The cells cut in two between the middles of their lower and upper edge."""
        ring = self._ring_m(cells)
        return _polygons(ring[:, [0, 1, 5, 6, 7]]), _polygons(ring[:, [1, 2, 3, 4, 5]])

    def _ring_m(self, cells: IntArray) -> FloatArray:
        """Corners and middles of edges in turn, (n, 8, 2)."""
        corners = np.stack([self._node(cells + step) for step in _CORNERS], axis=1)
        middles = (corners + np.roll(corners, -1, axis=1)) / 2
        for side, (step, purpose) in enumerate((((0, 0), 4), ((1, 0), 6), ((0, 1), 4), ((0, 0), 6))):
            middles[:, side] += self._moved(cells + np.array(step), purpose, _MIDDLE_JITTER)
        return np.stack([corners, middles], axis=2).reshape(len(cells), 8, 2)

    def _node(self, nodes: IntArray) -> FloatArray:
        return nodes * SIDE_M + self._moved(nodes, 2, _CORNER_JITTER)

    def _moved(self, places: IntArray, purpose: int, share: float) -> FloatArray:
        chances = [self.chance(places, purpose), self.chance(places, purpose + 1)]
        return (np.column_stack(chances) - 0.5) * 2 * share * SIDE_M


def _polygons(rings_m: FloatArray) -> npt.NDArray[np.object_]:
    degrees = to_degrees(rings_m.reshape(-1, 2)).reshape(rings_m.shape)
    return np.asarray(shapely.polygons(degrees), dtype=object)


def _mixed(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
