"""A triangular mesh of a county whose border edges are exactly the county's own.

Villages are unions of triangles, so that they tile the county without gap or overlap, and villages on both
sides of a county border share the border's vertices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial import Delaunay, cKDTree

from pipelines.demo.plane import FloatArray, to_degrees, to_metres

IntArray = npt.NDArray[np.int64]
_MAX_REFINEMENTS = 40


class MeshNotConforming(ArithmeticError):
    """A county border does not appear in its mesh: the border polygons are not what they should be."""


@dataclass(frozen=True)
class Mesh:
    """Triangles of one county.

    Attributes
    ----------
    nodes_m : (n, 2) metres of the plane. The first `border_count` nodes are the border ring, in order.
    lonlat : (n, 2) degrees of the same nodes, rounded; border nodes exactly as in the county's polygon.
    triangles : (t, 3) node indices.
    neighbours : (t, 3) triangle opposite to each node, -1 across the border.
    """

    nodes_m: FloatArray
    lonlat: FloatArray
    border_count: int
    triangles: IntArray
    neighbours: IntArray

    @cached_property
    def centres_m(self) -> FloatArray:
        """Centroids of the triangles, (t, 2) metres."""
        return self.nodes_m[self.triangles].mean(axis=1)

    @cached_property
    def areas_m2(self) -> FloatArray:
        """Plane areas of the triangles."""
        a, b, c = (self.nodes_m[self.triangles[:, i]] for i in range(3))
        return (
            np.abs((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])) / 2
        )

    def graph(
        self, centres_m: FloatArray, resistance: FloatArray, together: IntArray | None = None
    ) -> csr_matrix:
        """Sparse graph of neighbouring triangles, weighted by distance times mean `resistance`.

        `centres_m` are the places of the triangles between which distances are taken.
        With `together` (a label for each triangle) only triangles of one label are joined.
        """
        start, side = np.nonzero(self.neighbours >= 0)
        end = self.neighbours[start, side]
        if together is not None:
            same = together[start] == together[end]
            start, end = start[same], end[same]
        length = np.hypot(*(centres_m[start] - centres_m[end]).T) + 1.0
        weight = length * (resistance[start] + resistance[end]) / 2
        return coo_matrix((weight, (start, end)), shape=(len(self.triangles),) * 2).tocsr()


def refined_borders(polygons: Mapping[str, shapely.Polygon]) -> dict[str, shapely.Polygon]:
    """Add vertices on long border edges until every edge has an empty circle on its diameter.

    Such edges stay edges of a Delaunay triangulation. The work looks at the borders of all counties at once
    and splits each shared edge once, so that neighbours go on sharing all vertices. The shape is unchanged but
    for rounding.

    Raises
    ------
    MeshNotConforming : the refinement does not end.
    """
    rings = {code: shapely.get_coordinates(shapely.get_exterior_ring(p))[:-1] for code, p in polygons.items()}
    for _ in range(_MAX_REFINEMENTS):
        split = _midpoints_of_crowded_edges(rings)
        if not split:
            return {code: shapely.polygons(ring) for code, ring in rings.items()}
        rings = {code: _with_midpoints(ring, split) for code, ring in rings.items()}
    raise MeshNotConforming("county borders cannot be refined")


def make_mesh(border: shapely.Polygon, spots_m: FloatArray) -> Mesh:
    """Triangulate a county from its refined border and the interior points `spots_m`.

    Raises
    ------
    MeshNotConforming : a border edge is missing from the triangulation.
    """
    ring = shapely.get_coordinates(shapely.get_exterior_ring(border))[:-1]
    ring_m = to_metres(ring)
    spots_m = spots_m[_clear_of_border(spots_m, ring_m)]
    inside = shapely.contains_xy(shapely.polygons(ring_m), spots_m[:, 0], spots_m[:, 1])
    spots = to_degrees(spots_m[inside])
    lonlat = np.concatenate([ring, spots])
    nodes_m = np.concatenate([ring_m, to_metres(spots)])
    triangulation = Delaunay(nodes_m)
    triangles = triangulation.simplices.astype(np.int64)
    centres = nodes_m[triangles].mean(axis=1)
    kept = shapely.contains_xy(shapely.polygons(ring_m), centres[:, 0], centres[:, 1])
    number = np.where(kept, np.cumsum(kept) - 1, -1)
    neighbours = triangulation.neighbors[kept]
    neighbours = np.where(neighbours >= 0, number[neighbours], -1)
    mesh = Mesh(nodes_m, lonlat, len(ring), triangles[kept], neighbours.astype(np.int64))
    if np.count_nonzero(mesh.neighbours < 0) != len(ring):
        raise MeshNotConforming("a border edge is missing from the mesh")
    return mesh


def jittered_spots(
    rng: np.random.Generator, bounds_m: tuple[float, ...], spacing_m: FloatArray
) -> FloatArray:
    """Irregular points over a box whose spacing follows a raster of wanted spacings.

    Parameters
    ----------
    bounds_m : west, south, east, north of the box in metres.
    spacing_m : (rows, columns) raster over the box, row 0 in the south.

    Returns
    -------
    (n, 2) metres. Spacings are rounded to steps of √2.
    """
    west, south, east, north = bounds_m
    rows, columns = spacing_m.shape
    level = np.round(2 * np.log2(spacing_m)).astype(int)
    spots = []
    for step in np.unique(level):
        gap = 2.0 ** (step / 2)
        x = np.arange(west, east, gap)
        y = np.arange(south, north, gap * 0.866)
        grid_x, grid_y = np.meshgrid(x, y)
        grid_x = grid_x + (np.arange(len(y)) % 2)[:, None] * gap / 2
        points = np.column_stack([grid_x.ravel(), grid_y.ravel()])
        points += rng.uniform(-0.33, 0.33, points.shape) * gap
        row = np.clip((points[:, 1] - south) / (north - south) * rows, 0, rows - 1).astype(int)
        column = np.clip((points[:, 0] - west) / (east - west) * columns, 0, columns - 1).astype(int)
        spots.append(points[level[row, column] == step])
    return np.concatenate(spots)


def _midpoints_of_crowded_edges(rings: Mapping[str, FloatArray]) -> dict[tuple[float, ...], FloatArray]:
    """Midpoints of edges that have another border vertex in their diameter circle, by sorted end points."""
    starts = np.concatenate(list(rings.values()))
    ends = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings.values()])
    starts_m, ends_m = to_metres(starts), to_metres(ends)
    middle, radius = (starts_m + ends_m) / 2, np.hypot(*(ends_m - starts_m).T) / 2
    tree = cKDTree(np.unique(np.concatenate([starts_m, ends_m]), axis=0))
    nearest = tree.query(middle)[0]
    crowded = (nearest < radius * 0.999) & (radius > 0.5)
    middles = np.round((starts[crowded] + ends[crowded]) / 2, 8)
    edges = zip(starts[crowded].tolist(), ends[crowded].tolist(), strict=True)
    return {_edge_key(a, b): middle for (a, b), middle in zip(edges, middles, strict=True)}


def _edge_key(start: list[float], end: list[float]) -> tuple[float, ...]:
    low, high = sorted((tuple(start), tuple(end)))
    return low + high


def _with_midpoints(ring: FloatArray, split: Mapping[tuple[float, ...], FloatArray]) -> FloatArray:
    vertices: list[FloatArray] = []
    corners = ring.tolist()
    for vertex, start, end in zip(ring, corners, corners[1:] + corners[:1], strict=True):
        vertices.append(vertex)
        middle = split.get(_edge_key(start, end))
        if middle is not None:
            vertices.append(middle)
    return np.array(vertices)


def _clear_of_border(spots_m: FloatArray, ring_m: FloatArray) -> npt.NDArray[np.bool_]:
    """True for points outside the diameter circle of every border edge, with some room to spare."""
    ends = np.roll(ring_m, -1, axis=0)
    middle, radius = (ring_m + ends) / 2, np.hypot(*(ends - ring_m).T) / 2
    clear = np.ones(len(spots_m), dtype=bool)
    near = cKDTree(spots_m).query_ball_point(middle, radius * 1.15 + 1.0)
    clear[np.fromiter((i for spots in near for i in spots), dtype=np.int64)] = False
    return clear
