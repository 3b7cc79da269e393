"""Shares of people by the population raster: where a service reaches the cells in which they live."""

import warnings
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from rasterio import Affine
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from scipy.spatial import cKDTree

from analysis.figures import additive
from analysis.grid import Grid
from analysis.measures import Local, measure
from analysis.nearest import Indexed
from analysis.results import Parts
from analysis.roads import SEARCH_M, indexed_hardened
from analysis.territory import (
    BoolArray,
    FloatArray,
    IntArray,
    ObjectArray,
    Territory,
    Where,
    totals,
)
from layers import AdminLevel

# In threads other than the first, rasterio says so of the array that it is about to give a place.
warnings.filterwarnings("ignore", category=NotGeoreferencedWarning, module="rasterio.features")
_VERTICES_A_SEARCH = 50
"""So many vertices are put into an index in the time that one point's search among lines takes."""


@dataclass(frozen=True, eq=False)
class Peopled:
    """People of a territory by cells.

    Attributes
    ----------
    everyone : people of each unit, shape (units,); NaN where no cell of known number has its centre in the unit.
    xy : centres of the cells with people, metres in `Territory.metric_crs`, shape (cells, 2).
    unit, people : place in `Territory.codes` and number of people of each such cell.
    """

    everyone: FloatArray
    xy: FloatArray
    unit: IntArray
    people: FloatArray


@measure(
    lambda a: (tuple(a["where"]),),
    reaches_m=lambda a: float(a["distance_m"]),
    local=lambda a: Local(AdminLevel.TOWNSHIP, within_m=float(a["distance_m"])),
)
def share_within_distance(
    territory: Territory,
    facilities: gpd.GeoDataFrame,
    population: Grid | None,
    *,
    distance_m: float,
    where: Where,
) -> Parts:
    """Share of people within a distance of a facility, as the crow flies, by the population raster.

    Parameters
    ----------
    facilities : points, lines or polygons, also those of neighbours within `distance_m` of the border; with
        ``admin_code`` and the columns of `where`.
    population : people of each cell, as far as the units reach; None if no raster is loaded. A cell's people live at
        its centre and count for the unit that holds it.
    distance_m : largest distance that counts, metres in `Territory.metric_crs`.

    Returns
    -------
    Parts in people; NaN without a raster, where the township reported no facility, or where no cell of known number
    lies in the unit.

    Raises
    ------
    CrsMismatch : the facilities' CRS is not the units'.
    """
    chosen = territory.metres(facilities)[territory.matching(facilities, where)]
    return _share(territory, facilities, population, Indexed(chosen), distance_m)


@measure(
    lambda _: (("surface",),),
    reaches_m=lambda a: max(SEARCH_M, float(a["distance_m"])),
    local=lambda a: Local(AdminLevel.TOWNSHIP, within_m=float(a["distance_m"])),
)
def share_near_hardened(
    territory: Territory,
    roads: gpd.GeoDataFrame,
    population: Grid | None,
    *,
    distance_m: float,
    hardened: list[str],
) -> Parts:
    """Share of people within a distance of a hardened road, by the population raster (Rural Access Index).

    Parameters
    ----------
    roads : lines with ``surface`` and ``admin_code``, those of neighbours near the border included.
    population, distance_m : as in `share_within_distance`.
    hardened : surfaces that count (cement and asphalt).

    Returns
    -------
    Parts in people, NaN as in `share_within_distance`.

    Raises
    ------
    CrsMismatch : the roads' CRS is not the units'.

    Source: SDG 9.1.1 metadata (Rural Access Index), which weighs by a population raster.
    """
    return _share(territory, roads, population, indexed_hardened(territory, roads, hardened), distance_m)


def peopled(territory: Territory, population: Grid) -> Peopled:
    """People of the territory by cells; a cell lies in the unit that holds its centre."""
    rows, columns = population.values.shape
    across = Affine(population.step_lon, 0, population.west, 0, -population.step_lat, population.north)
    count = len(territory.codes)
    shapes = [(shape, place + 1) for place, shape in _as_geojson(territory.units.geometry.to_numpy())]
    unit = np.zeros((rows, columns), dtype="int32")
    if count and unit.size:
        rasterize(shapes, out=unit, transform=across)
    known = (unit > 0) & ~np.isnan(population.values)
    place, people = unit[known].astype(np.intp) - 1, population.values[known]
    everyone = totals(place, people, count)
    everyone[np.bincount(place, minlength=count) == 0] = np.nan
    row, column = np.nonzero(known & (population.values > 0))
    lon, lat = population.centres()
    xy = territory.xy_m(lon[column], lat[row])
    return Peopled(everyone, xy, unit[row, column].astype(np.intp) - 1, population.values[row, column])


def _as_geojson(polygons: ObjectArray) -> list[tuple[int, dict[str, Any]]]:
    """Position and GeoJSON of each part of polygons, as `rasterize` takes it; shapely's own is ten times slower."""
    there = np.flatnonzero(~(shapely.is_missing(polygons) | shapely.is_empty(polygons)))
    parts, place = shapely.get_parts(polygons[there], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    listed = points.tolist()
    in_rings = _runs(listed, ring, len(rings))
    in_parts = _runs(in_rings, part, len(parts))
    return [
        (unit, {"type": "Polygon", "coordinates": outline})
        for unit, outline in zip(there[place].tolist(), in_parts, strict=True)
    ]


def _runs(items: list[Any], owner: IntArray, owners: int) -> list[list[Any]]:
    """The items of each owner, where they come in the order of their owners."""
    ends = np.cumsum(np.bincount(owner, minlength=owners)).tolist()
    return [items[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=False)]


def within(xy: FloatArray, indexed: Indexed, distance_m: float) -> BoolArray:
    """Which points lie within a distance of a feature, both in metres.

    Most points are decided by squares of the plane, most others by the nearest vertex: near it is near enough, and
    farther from it than the distance and half the longest edge is too far. Only those in between are measured to the
    lines themselves.

    Returns
    -------
    Shape (points,).
    """
    features = indexed.features
    if not len(features) or not len(xy):
        return np.zeros(len(xy), dtype=bool)
    vertices, feature = shapely.get_coordinates(features, return_index=True)
    near = _beside_a_vertex(xy, vertices, distance_m)
    open_ = np.flatnonzero(~near)
    if len(open_) > len(vertices) // _VERTICES_A_SEARCH:
        edges = np.hypot(*np.diff(vertices, axis=0).T)[np.diff(feature) == 0]
        solid = shapely.get_dimensions(features).max() > 1
        doubt_m = np.inf if solid else edges.max(initial=0.0) / 2
        vertex_m, _ = cKDTree(vertices, compact_nodes=False, balanced_tree=False).query(
            xy[open_], distance_upper_bound=np.nextafter(distance_m + doubt_m, np.inf)
        )
        near[open_] = vertex_m <= distance_m
        open_ = (
            open_[(vertex_m > distance_m) & (vertex_m <= distance_m + doubt_m)] if doubt_m > 0 else open_[:0]
        )
    if len(open_):
        points = shapely.points(xy[open_])
        (found, _), metres = indexed.tree.query_nearest(
            points, max_distance=np.nextafter(distance_m, np.inf), return_distance=True, all_matches=False
        )
        near[open_[found]] = metres <= distance_m
    return near


def _beside_a_vertex(xy: FloatArray, vertices: FloatArray, distance_m: float) -> BoolArray:
    """Points in a square with a vertex or beside one, squares being so small that nothing in two is farther apart.

    Others may be near too. Where the squares would be more than the points and vertices, nobody is looked at.
    """
    near = np.zeros(len(xy), dtype=bool)
    side_m = distance_m / np.sqrt(8) * (1 - 1e-9)
    low = np.minimum(*(np.array([column.min() for column in points.T]) for points in (xy, vertices)))
    high = np.maximum(*(np.array([column.max() for column in points.T]) for points in (xy, vertices)))
    if side_m < 1 or np.prod((high - low) / side_m + 3) > len(xy) + len(vertices):
        return near
    columns, rows = ((high - low) / side_m).astype(np.intp) + 3  # an empty one all around
    column, row = ((vertices - low) / side_m).astype(np.intp).T + 1
    full = np.zeros((rows, columns), dtype=bool)
    full[row, column] = True
    wide = full.copy()
    wide[:, 1:] |= full[:, :-1]
    wide[:, :-1] |= full[:, 1:]
    beside = wide.copy()
    beside[1:] |= wide[:-1]
    beside[:-1] |= wide[1:]
    column, row = ((xy - low) / side_m).astype(np.intp).T + 1
    return np.asarray(beside[row, column])


def _share(
    territory: Territory,
    layer: gpd.GeoDataFrame,
    population: Grid | None,
    indexed: Indexed,
    distance_m: float,
) -> Parts:
    if population is None:
        return additive(territory, np.full(len(territory.codes), np.nan))
    cells = territory.shared(peopled, territory, population)
    near = within(cells.xy, indexed, distance_m)
    covered = totals(cells.unit[near], cells.people[near], len(territory.codes))
    return additive(territory, np.where(territory.reported(layer), covered, np.nan), cells.everyone)
