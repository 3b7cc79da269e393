"""Shares of people by the population raster: where a service reaches the cells in which they live."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from analysis.figures import additive
from analysis.grid import Grid
from analysis.measures import Local, measure
from analysis.nearest import Indexed
from analysis.results import Parts
from analysis.roads import SEARCH_M, indexed_hardened, indexed_roads, same_lines
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
    local=lambda a: Local(AdminLevel.TOWNSHIP, within_m=float(a["distance_m"]), felt=felt_by_cells),
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
    if population is None:
        return additive(territory, np.full(len(territory.codes), np.nan))
    near = territory.shared(_near_hardened, territory, roads, population, distance_m, tuple(hardened))
    return _share_of(territory, roads, population, near)


def felt_by_cells(
    territory: Territory,
    before: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    population: Grid | None,
    *,
    distance_m: float,
    hardened: list[str],
) -> BoolArray | None:
    """Which units have cells that a hardened road is near now but was not, or the other way round.

    See `analysis.measures.Local.felt`; `share_near_hardened` finds which cells those are now.

    Returns
    -------
    Shape (units,); None if the lines are not the same.
    """
    if not territory.shared(same_lines, before, roads):
        return None
    felt = np.zeros(len(territory.codes), dtype=bool)
    if population is None:
        return felt
    surfaces = {"surface": hardened}
    was, now = territory.matching(before, surfaces), territory.matching(roads, surfaces)
    known = territory.shared(_near_hardened, territory, before, population, distance_m, tuple(hardened))
    xy, near, lines = (
        territory.shared(peopled, territory, population).xy,
        known.copy(),
        territory.metres(roads),
    )
    better, worse = lines[now & ~was], lines[was & ~now]
    open_ = np.flatnonzero(~near & _around(xy, better, distance_m))
    near[open_] = within(xy[open_], Indexed(better), distance_m)
    open_ = np.flatnonzero(near & _around(xy, worse, distance_m))
    if len(open_):
        corners = np.array([xy[open_].min(axis=0) - distance_m, xy[open_].max(axis=0) + distance_m])
        found = indexed_roads(territory, roads).tree.query(shapely.box(*corners.ravel()))
        near[open_] = within(xy[open_], Indexed(lines[np.sort(found[now[found]])]), distance_m)
    territory.hold(near, _near_hardened, territory, roads, population, distance_m, tuple(hardened))
    felt[territory.shared(peopled, territory, population).unit[near != known]] = True
    return felt


def peopled(territory: Territory, population: Grid) -> Peopled:
    """People of the territory by cells; a cell lies in the unit that holds its centre."""
    count = len(territory.codes)
    unit = holding(territory.units.geometry.to_numpy(), population)
    known = (unit >= 0) & ~np.isnan(population.values)
    place, people = unit[known], population.values[known]
    everyone = totals(place, people, count)
    everyone[np.bincount(place, minlength=count) == 0] = np.nan
    row, column = np.nonzero(known & (population.values > 0))
    lon, lat = population.centres()
    xy = territory.xy_m(lon[column], lat[row])
    return Peopled(everyone, xy, unit[row, column], population.values[row, column])


def holding(polygons: ObjectArray, grid: Grid) -> IntArray:
    """Which polygon holds the centre of each cell, where they overlap the last of them.

    Each edge crosses the middles of some rows; between the first and the second crossing of a row, the third and the
    fourth, is the inside. A line of longitude through a centre counts as west of it, one of latitude as north, as GDAL
    has it.

    Parameters
    ----------
    polygons : EPSG:4490, holes and several parts included; a missing or empty one holds nothing.

    Returns
    -------
    Position of the polygon, -1 for none; shape (rows, columns).
    """
    rows, columns = grid.values.shape
    held = np.full(rows * columns, -1, dtype=np.intp)
    polygon, row, column = _crossings(polygons, grid)
    # In one number, so that one sort puts them in order.
    crossing = np.sort((polygon * rows + row) * (columns + 1) + column)
    start, cells = crossing[0::2], crossing[1::2] - crossing[0::2]
    line, column = np.divmod(start, columns + 1)
    polygon, row = np.divmod(line, rows)
    nth = np.arange(cells.sum()) - np.repeat(np.cumsum(cells) - cells, cells)
    held[np.repeat(row * columns + column, cells) + nth] = np.repeat(polygon, cells)
    return held.reshape(rows, columns)


def _crossings(polygons: ObjectArray, grid: Grid) -> tuple[IntArray, IntArray, IntArray]:
    """Polygon, row, and first column whose centre is east of it, of where outlines cross the middles of rows."""
    rows, columns = grid.values.shape
    there = np.flatnonzero(~(shapely.is_missing(polygons) | shapely.is_empty(polygons)))
    parts, place = shapely.get_parts(polygons[there], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    x, y = (points[:, 0] - grid.west) / grid.step_lon, (grid.north - points[:, 1]) / grid.step_lat
    first = np.flatnonzero(ring[1:] == ring[:-1])
    upper, lower = np.where(y[first] < y[first + 1], (first, first + 1), (first + 1, first))
    top, bottom = (np.clip(np.ceil(y[end] - 0.5), 0, rows).astype(np.intp) for end in (upper, lower))
    edge = np.repeat(np.arange(len(first)), bottom - top)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(bottom - top) - bottom, bottom - top)
    upper, lower = upper[edge], lower[edge]
    at = x[upper] + (row + 0.5 - y[upper]) * (x[lower] - x[upper]) / (y[lower] - y[upper])
    column = np.clip(np.floor(at + 0.5), 0, columns).astype(np.intp)
    return there[place[part[ring[first[edge]]]]], row, column


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
    return _share_of(territory, layer, population, within(cells.xy, indexed, distance_m))


def _share_of(territory: Territory, layer: gpd.GeoDataFrame, population: Grid, near: BoolArray) -> Parts:
    """Parts by the cells with people that are near the service."""
    cells = territory.shared(peopled, territory, population)
    covered = totals(cells.unit[near], cells.people[near], len(territory.codes))
    return additive(territory, np.where(territory.reported(layer), covered, np.nan), cells.everyone)


def _near_hardened(
    territory: Territory,
    roads: gpd.GeoDataFrame,
    population: Grid,
    distance_m: float,
    hardened: tuple[str, ...],
) -> BoolArray:
    """Which cells with people are near a hardened road."""
    xy = territory.shared(peopled, territory, population).xy
    return within(xy, indexed_hardened(territory, roads, list(hardened)), distance_m)


def _around(xy: FloatArray, features: ObjectArray, distance_m: float) -> BoolArray:
    """Points in a box that holds all that is within a distance of a feature."""
    if not len(features):
        return np.zeros(len(xy), dtype=bool)
    west, south, east, north = shapely.total_bounds(features)
    inside: BoolArray = (
        (xy[:, 0] >= west - distance_m) & (xy[:, 0] <= east + distance_m)
        & (xy[:, 1] >= south - distance_m) & (xy[:, 1] <= north + distance_m)
    )  # fmt: skip
    return inside
