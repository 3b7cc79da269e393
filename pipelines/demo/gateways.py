"""Where trunk roads cross from one county of the city into another.

The gateways depend on the real borders and seats only. Both counties of a pair lead a road to the same point,
whichever counties are generated, so that the networks of neighbours join.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import shapely

from pipelines.demo.places import County
from pipelines.demo.plane import FloatArray, to_metres
from pipelines.demo.terrain import Terrain

_SPACING_M = 14_000.0
_MOST = 3
_SHORTEST_BORDER_M = 6_000.0
_TRUNKS = {
    ("441802", "441803"): "G107", ("441802", "441821"): "S252", ("441802", "441881"): "G240",
    ("441803", "441823"): "G107", ("441803", "441881"): "S347", ("441821", "441881"): "G106",
    ("441823", "441825"): "S260", ("441823", "441826"): "G107", ("441823", "441881"): "G358",
    ("441823", "441882"): "S114", ("441825", "441826"): "G323", ("441825", "441882"): "S263",
    ("441826", "441882"): "G323",
}  # fmt: skip
"""Numbers of the main road between two counties; real numbers, made-up courses."""


@dataclass(frozen=True)
class Gateway:
    """A border vertex where a road crosses; `road_no` is the number of the road on both sides."""

    lonlat: tuple[float, float]
    road_no: str


def find_gateways(
    counties: tuple[County, ...], borders: Mapping[str, shapely.Polygon], terrain: Terrain
) -> dict[str, tuple[Gateway, ...]]:
    """Gateways of each county, by six-digit prefix: up to three for each neighbour, the main one first."""
    found: dict[str, list[Gateway]] = {county.prefix: [] for county in counties}
    seats = {c.prefix: to_metres([t.seat for t in c.townships if t.seat is not None]) for c in counties}
    for one, other in combinations(counties, 2):
        shared = shapely.intersection(borders[one.code].boundary, borders[other.code].boundary)
        vertices = np.unique(shapely.get_coordinates(shapely.get_parts(shared)), axis=0)
        if len(vertices) < 2 or shapely.length(shared) * 105_000 < _SHORTEST_BORDER_M:
            continue
        effort = _effort(vertices, seats[one.prefix], seats[other.prefix], terrain)
        for rank, vertex in enumerate(_spread(to_metres(vertices), effort)):
            number = _TRUNKS.get((one.prefix, other.prefix), "S260") if rank == 0 else ""
            gateway = Gateway((float(vertices[vertex, 0]), float(vertices[vertex, 1])), number)
            found[one.prefix].append(gateway)
            found[other.prefix].append(gateway)
    return {prefix: tuple(gateways) for prefix, gateways in found.items()}


def _effort(lonlat: FloatArray, near: FloatArray, far: FloatArray, terrain: Terrain) -> FloatArray:
    """How hard it is to cross at each vertex: far from the seats on both sides, high up."""
    metres = to_metres(lonlat)
    gaps = [
        np.hypot(*(metres[:, None, :] - seats[None, :, :]).transpose(2, 0, 1)).min(axis=1)
        for seats in (near, far)
    ]
    return gaps[0] + gaps[1] + 15 * terrain.elevation_at(lonlat)


def _spread(metres: FloatArray, effort: FloatArray) -> list[int]:
    """Positions of the easiest vertices that keep their distance from one another."""
    chosen: list[int] = []
    for vertex in np.argsort(effort, kind="stable").tolist():
        if all(np.hypot(*(metres[vertex] - metres[other])) > _SPACING_M for other in chosen):
            chosen.append(vertex)
        if len(chosen) == _MOST:
            break
    return chosen
