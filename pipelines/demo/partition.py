"""How a county falls into townships and villages: regions that grow from their seats over the terrain.

A region grows along the cheapest way, steep ground being dear, so that borders follow ridges as real ones do.
Growth along shortest paths keeps every region in one piece; villages grow inside their township only.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from layers import AdminKind
from pipelines.demo.mesh import IntArray, Mesh, jittered_spots, make_mesh
from pipelines.demo.places import County, Township
from pipelines.demo.plane import FloatArray, to_degrees, to_metres
from pipelines.demo.randomness import stream
from pipelines.demo.terrain import Terrain

_RASTER_M = 500.0
_LLOYD_ROUNDS = 7
_SMOOTHING_ROUNDS = 2


@dataclass(frozen=True)
class Partition:
    """A county cut into villages.

    Attributes
    ----------
    mesh : the triangles.
    township_of, village_of : label of each triangle: position in `County.townships`, and position in the list of
        all villages of the county in the order of townships and their villages.
    townships, villages : polygons in EPSG:4490 degrees in the order of the labels.
    seats, centres : (n, 2) degrees: seat of each township, centre of each village.
    """

    mesh: Mesh
    township_of: IntArray
    village_of: IntArray
    townships: tuple[shapely.Geometry, ...]
    villages: tuple[shapely.Geometry, ...]
    seats: FloatArray
    centres: FloatArray


def partition_county(
    county: County, border: shapely.Polygon, terrain: Terrain, seed: int, spots: float
) -> Partition:
    """Cut a county into its townships and villages, about `spots` mesh points to a village."""
    rng = stream(seed, "partition", county.code)
    seats_m = _seats(county, border, terrain)
    mesh = make_mesh(border, _spots(county, border, seats_m, spots, rng))
    centres = to_degrees(mesh.centres_m)
    slope = terrain.slope_at(centres)
    bent_m = terrain.bent(mesh.centres_m)
    resistance = 1 + slope / 9 + rng.uniform(0, 0.7, len(slope))
    nearest_triangle = cKDTree(mesh.centres_m)
    seat_triangles = nearest_triangle.query(seats_m)[1]
    township_of = _grow(mesh.graph(bent_m, resistance), seat_triangles, _head_starts(county))
    appeal = mesh.areas_m2 * np.exp(-slope / 12)
    seeds = [
        _village_seeds(mesh, np.flatnonzero(township_of == i), appeal, seats_m[i], township, rng)
        for i, township in enumerate(county.townships)
    ]
    village_seeds = np.concatenate(seeds)
    village_of = _grow(
        mesh.graph(bent_m, resistance, together=township_of), village_seeds, np.zeros(len(village_seeds))
    )
    lonlat = _smoothed(mesh, village_of, len(village_seeds))
    villages = _outlines(mesh, lonlat, village_of, len(village_seeds))
    townships = _outlines(mesh, lonlat, township_of, len(county.townships))
    return Partition(
        mesh, township_of, village_of, townships, villages, to_degrees(mesh.centres_m[seat_triangles]),
        to_degrees(mesh.centres_m[village_seeds]),
    )  # fmt: skip


def _seats(county: County, border: shapely.Polygon, terrain: Terrain) -> FloatArray:
    """Seats in metres; units without a known seat (estates, reserve) get high ground far from the others."""
    known = [t.seat for t in county.townships if t.seat is not None]
    taken = to_metres(known)
    west, south, east, north = shapely.bounds(border)
    candidates = np.stack(
        np.meshgrid(np.linspace(west, east, 60), np.linspace(south, north, 60)), -1
    ).reshape(-1, 2)
    room = shapely.buffer(border, -0.02)
    candidates = candidates[shapely.contains_xy(room, candidates[:, 0], candidates[:, 1])]
    height = terrain.elevation_at(candidates)
    seats = []
    for township in county.townships:
        if township.seat is not None:
            seats.append(to_metres(township.seat))
            continue
        gap = np.minimum(cKDTree(taken).query(to_metres(candidates))[0], 14_000)
        best = to_metres(candidates[np.argmax(gap + 4 * height)])
        taken = np.vstack([taken, best])
        seats.append(best)
    return np.array(seats)


def _head_starts(county: County) -> FloatArray:
    """Cost in metres before each township starts to grow: large ones first, estates late."""
    count = np.array([len(t.villages) for t in county.townships], dtype=float)
    other = np.array([t.kind is AdminKind.OTHER for t in county.townships])
    share = np.sqrt(count / count[~other].mean())
    return np.where(other & (count < 3), 12_000.0, np.clip(9_000 - 5_000 * share, 1, 9_000))


def _spots(
    county: County, border: shapely.Polygon, seats_m: FloatArray, spots: float, rng: np.random.Generator
) -> FloatArray:
    """Interior mesh points, dense where villages will be small."""
    outline = shapely.transform(border, to_metres)
    bounds = tuple(shapely.bounds(outline).tolist())
    x = np.arange(bounds[0], bounds[2] + _RASTER_M, _RASTER_M)
    y = np.arange(bounds[1], bounds[3] + _RASTER_M, _RASTER_M)
    cells = np.stack(np.meshgrid(x, y), -1)
    flat = cells.reshape(-1, 2)
    gaps = np.hypot(*(flat[:, None, :] - seats_m[None, :, :]).transpose(2, 0, 1)) + _head_starts(county) / 2
    nearest = gaps.argmin(axis=1)
    inside = shapely.contains_xy(outline, flat[:, 0], flat[:, 1])
    area = np.bincount(nearest[inside], minlength=len(seats_m)) * _RASTER_M**2 + _RASTER_M**2
    count = np.array([len(t.villages) for t in county.townships])
    wanted = np.sqrt(area / np.maximum(count, 5) / spots / 0.866)[nearest]
    near_seat = 1 - 0.45 * np.exp(-((cKDTree(seats_m).query(flat)[0] / 3500) ** 2))
    return jittered_spots(rng, bounds, (wanted * near_seat).reshape(cells.shape[:2]))


def _grow(graph: csr_matrix, sources: IntArray, head_starts: FloatArray) -> IntArray:
    """Label each node with the position of the source that reaches it first."""
    count = graph.shape[0]
    gates = np.arange(len(sources)) + count
    gate_edges = coo_matrix(
        (np.maximum(head_starts, 1e-3), (gates, sources)), shape=(count + len(sources),) * 2
    )
    grown = csr_matrix(
        (graph.data, graph.indices, np.append(graph.indptr, np.full(len(sources), graph.indptr[-1]))),
        shape=gate_edges.shape,
    )
    _, _, source = dijkstra(
        grown + gate_edges.tocsr(), indices=gates, min_only=True, return_predecessors=True
    )
    return source[:count].astype(np.int64) - count


def _village_seeds(
    mesh: Mesh,
    members: IntArray,
    appeal: FloatArray,
    seat_m: FloatArray,
    township: Township,
    rng: np.random.Generator,
) -> IntArray:
    """Triangles from which the villages of a township grow: evenly over its habitable land, denser at the seat.

    Communities take the seeds nearest to the seat, the one named after the township first.
    """
    count = len(township.villages)
    points = mesh.centres_m[members]
    from_seat = np.hypot(*(points - seat_m).T)
    weight = appeal[members] * (1 + 7 * np.exp(-((from_seat / 2600) ** 2)))
    seeds = points[rng.choice(len(members), count, replace=False, p=weight / weight.sum())]
    seeds[0] = seat_m
    for _ in range(_LLOYD_ROUNDS):
        owner = cKDTree(seeds).query(points)[1]
        mass = np.bincount(owner, weight, minlength=count)
        means = np.column_stack([np.bincount(owner, weight * points[:, i], minlength=count) for i in (0, 1)])
        seeds = np.where(mass[:, None] > 0, means / np.maximum(mass, 1e-9)[:, None], seeds)
        seeds[0] = seat_m
    chosen = _distinct_nearest(points, seeds)
    by_distance = chosen[np.argsort(from_seat[chosen], kind="stable")]
    triangles = np.empty(count, dtype=np.int64)
    triangles[_town_first(township)] = members[by_distance]
    return triangles


def _town_first(township: Township) -> IntArray:
    """Villages in the order in which they get the seeds nearest to the seat."""
    stem = township.name.rstrip("镇乡街道").removesuffix("瑶族")
    rank = [
        (not v.name.startswith(stem), v.kind is not AdminKind.COMMUNITY)
        if v.kind is AdminKind.COMMUNITY
        else (True, True)
        for v in township.villages
    ]
    return np.array(sorted(range(len(rank)), key=lambda i: (rank[i], i)))


def _distinct_nearest(points: FloatArray, seeds: FloatArray) -> IntArray:
    """For each seed the nearest point that no earlier seed took."""
    nearest = cKDTree(points).query(seeds, k=min(len(seeds), len(points)))[1].reshape(len(seeds), -1)
    taken: dict[int, None] = {}
    for candidates in nearest.tolist():
        taken[next(c for c in candidates if c not in taken)] = None
    return np.array(list(taken))


def _edges_between(mesh: Mesh, label: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Mesh edges that part two labels or lie on the border: node, node, triangle on one side.

    An edge inside the county comes twice, once for the triangle on each side.
    """
    triangle, side = np.nonzero(np.ones_like(mesh.neighbours, dtype=bool))
    other = mesh.neighbours[triangle, side]
    parting = (other < 0) | (label[triangle] != label[other])
    triangle, side = triangle[parting], side[parting]
    start = mesh.triangles[triangle, (side + 1) % 3]
    end = mesh.triangles[triangle, (side + 2) % 3]
    return start, end, triangle


def _smoothed(mesh: Mesh, village_of: IntArray, villages: int) -> FloatArray:
    """Node positions in degrees after smoothing village borders; junctions and the county border stay.

    Where smoothing would break a polygon, its nodes go back to where they were.
    """
    start, end, _ = _edges_between(mesh, village_of)
    degree = np.bincount(start, minlength=len(mesh.nodes_m)) + np.bincount(end, minlength=len(mesh.nodes_m))
    # each inner edge is listed from both sides, so a node in the middle of a border has four ends
    free = (degree == 4) & (np.arange(len(degree)) >= mesh.border_count)
    moved = mesh.nodes_m.copy()
    for _ in range(_SMOOTHING_ROUNDS):
        mean = np.zeros_like(moved)
        for axis in (0, 1):
            np.add.at(mean[:, axis], start, moved[end, axis])
            np.add.at(mean[:, axis], end, moved[start, axis])
        moved[free] = 0.5 * moved[free] + 0.5 * mean[free] / degree[free, None]
    while True:
        lonlat = np.where(free[:, None], to_degrees(moved), mesh.lonlat)
        broken = ~_sound(mesh, lonlat, village_of, villages)
        if not broken.any():
            return lonlat
        free = free.copy()
        free[np.unique(mesh.triangles[broken[village_of]])] = False


def _sound(mesh: Mesh, lonlat: FloatArray, village_of: IntArray, villages: int) -> np.ndarray:
    outlines = np.array(_outlines(mesh, lonlat, village_of, villages))
    edges = shapely.coverage_invalid_edges(outlines)
    return shapely.is_valid(outlines) & shapely.is_empty(edges) & (shapely.get_type_id(outlines) == 3)


def _outlines(mesh: Mesh, lonlat: FloatArray, label: IntArray, count: int) -> tuple[shapely.Geometry, ...]:
    """Polygons of all labels from the mesh edges around them."""
    start, end, triangle = _edges_between(mesh, label)
    owner = label[triangle]
    order = np.argsort(owner, kind="stable")
    ends = np.stack([lonlat[start[order]], lonlat[end[order]]], axis=1)
    segments = shapely.linestrings(ends)
    bundles = shapely.multilinestrings(segments, indices=owner[order])
    if len(bundles) != count:
        raise ValueError("a unit has no land")
    return tuple(shapely.normalize(shapely.build_area(bundles)))
