"""What slopes do to roads: dearer metres, longer ways, and the least-cost way over an elevation grid.

A metre of road at grade g (rise over run) costs ``1 + 35·g²`` flat metres, g counted up to the largest grade of
12 % (JTG 2111-2019, small-traffic rural roads, the steepest allowed): 1.13 at 6 %, 1.5 at 12 %. Ground steeper
than that is climbed by a new road in bends, so that its length is the rise over 12 %.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyproj
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from shapely.geometry.base import BaseGeometry

from analysis.grid import Grid
from analysis.territory import STORED_CRS, FloatArray, IntArray, ObjectArray

MAX_GRADE = 0.12
GRADE_WEIGHT = 35.0
STEP_M = 100.0
"""How far apart the heights along a line are read."""
_WINDOW_CELLS = 80
_MOVES = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1))
"""Half of the 16 neighbours (a queen's and a knight's moves); the graph is undirected."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """What lies along lines, cumulated from their starts at samples; lines one after another.

    Attributes
    ----------
    first : (lines + 1,) place of each line's first sample.
    along_m : distance from the line's start; `flat_m` flat metres that cost as much, `built_m` metres built with
        bends, `rise_m` metres climbed up or down.
    """

    first: IntArray
    along_m: FloatArray
    flat_m: FloatArray
    built_m: FloatArray
    rise_m: FloatArray

    def between(self, line: int, start_m: float, end_m: float) -> FloatArray:
        """Flat, built and rise metres of a stretch of a line."""
        part = slice(self.first[line], self.first[line + 1])
        ends = [start_m, end_m]
        return np.array(
            [
                np.diff(np.interp(ends, self.along_m[part], values[part]))[0]
                for values in (self.flat_m, self.built_m, self.rise_m)
            ]
        )


@dataclass(frozen=True, eq=False)
class Terrain:
    """Elevation under a metric CRS; flat where `grid` is None or has no data."""

    grid: Grid | None
    crs: pyproj.CRS

    def heights(self, xy: FloatArray) -> FloatArray:
        """Metres above the sea at (n, 2) metres; NaN where unknown."""
        if self.grid is None:
            return np.full(len(xy), np.nan)
        lon, lat = self._to_degrees.transform(xy[:, 0], xy[:, 1])
        return self.grid.bilinear(np.asarray(lon), np.asarray(lat))

    def to_degrees(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape in metres as one in degrees."""
        degrees: BaseGeometry = shapely.transform(
            shape, lambda xy: np.column_stack(self._to_degrees.transform(xy[:, 0], xy[:, 1]))
        )
        return degrees

    def to_metres(self, lonlat: FloatArray) -> FloatArray:
        """(n, 2) degrees as metres."""
        x, y = self._to_degrees.transform(lonlat[:, 0], lonlat[:, 1], direction="INVERSE")
        return np.column_stack([x, y])

    def profiles(self, lines: ObjectArray, *, is_new: bool) -> Profiles:
        """Heights along lines (metres); only a new road can be given bends."""
        length_m = shapely.length(lines)
        pieces = np.maximum(np.ceil(length_m / STEP_M), 1).astype(np.intp) if self.grid is not None else 1
        pieces = np.broadcast_to(pieces, length_m.shape)
        first = np.concatenate([[0], np.cumsum(pieces + 1)]).astype(np.intp)
        line = np.repeat(np.arange(len(lines)), pieces + 1)
        place = np.arange(first[-1]) - first[line]
        along_m = length_m[line] * place / pieces[line]
        run_m = np.diff(along_m, prepend=0.0)
        run_m[first[:-1]] = 0.0
        rise_m = np.zeros(len(along_m))
        if self.grid is not None and len(lines):
            heights = self.heights(
                shapely.get_coordinates(shapely.line_interpolate_point(lines[line], along_m))
            )
            rise_m = np.abs(np.nan_to_num(np.diff(heights, prepend=np.nan)))
            rise_m[first[:-1]] = 0.0
        built_m = np.maximum(run_m, rise_m / MAX_GRADE) if is_new else run_m
        flat_m = built_m * steepness(np.divide(rise_m, run_m, out=np.zeros_like(run_m), where=run_m > 0))
        return Profiles(first, along_m, *(_cumulated(v, first, line) for v in (flat_m, built_m, rise_m)))

    def least_cost_ways(self, start_xy: FloatArray, goals_xy: FloatArray) -> list[shapely.LineString | None]:
        """Ways from a place to others over the grid by their flat metres, found among 16 neighbours of each cell.

        The window is half as large again as what it has to hold, its cells coarsened to at most 80 by 80.

        Returns
        -------
        For each goal a line in metres that starts and ends at the very places; None where there is no data.
        """
        if self.grid is None:
            return [None] * len(goals_xy)
        window = self._window(self.grid, np.vstack([start_xy[None], goals_xy]))
        if window is None:
            return [None] * len(goals_xy)
        xy, height, at = window
        graph = _neighbours(xy, height)
        _, before = dijkstra(graph, directed=False, indices=at[0], return_predecessors=True)
        flat = xy.reshape(-1, 2)
        ways: list[shapely.LineString | None] = []
        for goal_xy, cell in zip(goals_xy, at[1:], strict=True):
            cells = _walk(before.astype(np.intp), int(cell), int(at[0]))
            inner = flat[cells[1:-1]] if cells else None
            ways.append(None if inner is None else shapely.LineString([start_xy, *inner, goal_xy]))
        return ways

    def _window(self, grid: Grid, xy: FloatArray) -> tuple[FloatArray, FloatArray, IntArray] | None:
        """Cell centres in metres (rows, columns, 2), heights, and the cells that hold the places."""
        lon, lat = map(np.asarray, self._to_degrees.transform(xy[:, 0], xy[:, 1]))
        row, column = grid.cells(lon, lat)
        if (row < 0).any():
            return None
        margin = int(max(np.ptp(row), np.ptp(column)) // 2) + 3
        rows = slice(max(int(row.min()) - margin, 0), min(int(row.max()) + margin + 1, grid.values.shape[0]))
        columns = slice(
            max(int(column.min()) - margin, 0), min(int(column.max()) + margin + 1, grid.values.shape[1])
        )
        stride = max(1, -(-max(rows.stop - rows.start, columns.stop - columns.start) // _WINDOW_CELLS))
        kept_rows = np.arange(rows.start, rows.stop, stride)
        kept_columns = np.arange(columns.start, columns.stop, stride)
        height = grid.values[np.ix_(kept_rows, kept_columns)]
        centre_lon, centre_lat = np.meshgrid(
            grid.west + (kept_columns + 0.5) * grid.step_lon, grid.north - (kept_rows + 0.5) * grid.step_lat
        )
        x, y = self._to_degrees.transform(centre_lon, centre_lat, direction="INVERSE")
        at_row = np.clip((row - rows.start + stride // 2) // stride, 0, len(kept_rows) - 1)
        at_column = np.clip((column - columns.start + stride // 2) // stride, 0, len(kept_columns) - 1)
        return np.dstack([x, y]), height, (at_row * len(kept_columns) + at_column).astype(np.intp)

    @cached_property
    def _to_degrees(self) -> pyproj.Transformer:
        return pyproj.Transformer.from_crs(self.crs, STORED_CRS, always_xy=True)


def steepness(grade: FloatArray) -> FloatArray:
    """Flat metres that cost as much as a metre at that grade (rise over run), the steepest being 12 %."""
    return 1.0 + GRADE_WEIGHT * np.minimum(grade, MAX_GRADE) ** 2


def _cumulated(values: FloatArray, first: IntArray, line: IntArray) -> FloatArray:
    total = np.cumsum(values)
    return total - total[first[:-1]][line] if len(values) else total


def _neighbours(xy: FloatArray, height: FloatArray) -> csr_matrix:
    """The graph of cells, undirected, each edge once; cells without data have no edge."""
    rows, columns = height.shape
    number = np.arange(rows * columns).reshape(rows, columns)
    starts, ends, costs = [], [], []
    for down, right in _MOVES:
        left, far_left = max(0, -right), max(0, right)
        here = (slice(0, rows - down), slice(left, columns - far_left))
        there = (slice(down, rows), slice(left + right, columns - far_left + right))
        run_m = np.hypot(*np.moveaxis(xy[there] - xy[here], -1, 0))
        grade = np.abs(height[there] - height[here]) / run_m
        cost = run_m * np.maximum(1.0, grade / MAX_GRADE) * steepness(grade)
        known = ~np.isnan(cost)
        starts.append(number[here][known])
        ends.append(number[there][known])
        costs.append(cost[known])
    return csr_matrix(
        (np.concatenate(costs), (np.concatenate(starts), np.concatenate(ends))),
        shape=(rows * columns, rows * columns),
    )


def _walk(before: IntArray, end: int, start: int) -> list[int]:
    """Cells from start to end; empty where no way leads there."""
    cells = [end]
    while cells[-1] != start:
        previous = int(before[cells[-1]])
        if previous < 0:
            return []
        cells.append(previous)
    return cells[::-1]
