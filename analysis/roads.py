"""Roads: hardened length inside each village, and how near natural villages are to a hardened road."""

from collections.abc import Mapping
from operator import is_
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from analysis.coverage import share_of_settlements
from analysis.figures import additive, observed
from analysis.measures import Local, measure
from analysis.nearest import Indexed, Nearby
from analysis.results import Observations, Parts
from analysis.territory import (
    BoolArray,
    FloatArray,
    IntArray,
    ObjectArray,
    Territory,
    need_columns,
    of_places,
    totals,
)
from layers import AdminLevel

SEARCH_M = 5_000.0
"""How far beyond a county's border roads are looked for; see `distances_to_hardened`."""
_MANY_ROADS = 200
"""Changed roads from which measuring all distances anew is the shorter way."""
_NO_LESS = 1 - 1e-9
"""Of a gap between boxes: what lies in them is no nearer to each other, whatever was rounded."""


def farthest_hardened_m(
    territory: Territory, roads: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame, *, hardened: list[str]
) -> FloatArray:
    """Distance from the natural village of each unit that lies farthest from a hardened road, metres.

    Returns
    -------
    Shape (units,); 0 without a natural village, infinite where the frame has no hardened road.
    """
    metres = distances_to_hardened(territory, roads, settlements, hardened)
    places = territory.places(settlements)
    farthest = np.zeros(len(territory.codes))
    np.maximum.at(farthest, places[places >= 0], metres[places >= 0])
    return farthest


def felt_by_distance(
    territory: Territory,
    before: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    *,
    hardened: list[str],
    **_: Any,
) -> BoolArray | None:
    """Which natural villages lie at another distance from the nearest hardened road; `analysis.measures.Local.felt`.

    A road that is hardened now can only lower a distance, to its own; one that is no more, only raise that which it
    gave. `distances_to_hardened` finds the outcome.

    Returns
    -------
    Shape (settlements,), to the last digit; None if the lines are not the same.
    """
    return territory.shared(_felt_by_distance, territory, before, roads, settlements, tuple(hardened))


def felt_by_length(
    territory: Territory,
    before: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    *,
    road_classes: list[str],
    hardened: list[str],
) -> BoolArray | None:
    """Which units hold a part of a road that counts in another way; `analysis.measures.Local.felt`.

    Returns
    -------
    Shape (units,); None if the lines are not the same.
    """
    if not territory.shared(same_lines, before, roads):
        return None
    classes = tuple(road_classes)
    unit, line, length_m = territory.shared(_counted_inside, territory, before, classes)
    was, now = _counted(territory, before, classes), _counted(territory, roads, classes)
    other = territory.matching(before, {"surface": hardened}) != territory.matching(
        roads, {"surface": hardened}
    )
    felt = np.zeros(len(territory.codes), dtype=bool)
    felt[unit[(other | ~now)[line]]] = True
    if (was != now).any():
        left = now[line]
        units = territory.metres(territory.units)
        come = lengths_inside(units, indexed_roads(territory, roads), now & ~was)
        felt[come[0]] = True
        unit, line, length_m = (
            np.concatenate([a[left], b]) for a, b in zip((unit, line, length_m), come, strict=True)
        )
        order = np.lexsort((line, unit))
        unit, line, length_m = unit[order], line[order], length_m[order]
    territory.hold((unit, line, length_m), _counted_inside, territory, roads, classes)
    return felt


def _near_hardened(arguments: Mapping[str, Any]) -> Local:
    return Local(AdminLevel.TOWNSHIP, within_m=float(arguments["distance_m"]), felt=felt_by_distance)


def _nearest_hardened(_: Mapping[str, Any]) -> Local:
    return Local(AdminLevel.TOWNSHIP, within_m=SEARCH_M, farthest=farthest_hardened_m, felt=felt_by_distance)


@measure(
    lambda a: (("road_class", "surface"),),
    reaches_m=lambda _: 0.0,
    local=lambda _: Local(within_m=0.0, felt=felt_by_length),
)
def hardened_share(
    territory: Territory, roads: gpd.GeoDataFrame, *, road_classes: list[str], hardened: list[str]
) -> Parts:
    """Hardened length over the length of roads of known surface, inside each unit's boundary.

    Roads are cut at the boundaries, so a road counts where it lies, whatever unit it is filed under.

    Parameters
    ----------
    roads : lines with ``road_class`` and ``surface``, in the units' CRS.
    road_classes : administrative classes counted (GB/T 917; ``C`` is village roads).
    hardened : surfaces that count as hardened (cement and asphalt).

    Returns
    -------
    Parts in metres; NaN where no road of those classes and known surface lies in the unit.

    Raises
    ------
    CrsMismatch : the roads' CRS is not the units'.
    """
    need_columns(roads, ("road_class", "surface"))
    is_hardened = territory.matching(roads, {"surface": hardened})
    unit, line, length_m = territory.shared(_counted_inside, territory, roads, tuple(road_classes))
    count = len(territory.codes)
    known_m = totals(unit, length_m, count)
    hardened_m = totals(unit, length_m * is_hardened[line], count)
    return additive(territory, hardened_m, np.where(known_m > 0, known_m, np.nan))


@measure(
    lambda a: (("surface",), _settlement_columns(a["min_households"], a["weight"])),
    reaches_m=lambda a: max(SEARCH_M, float(a["distance_m"])),
    local=_near_hardened,
)
def share_near_hardened(
    territory: Territory,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    *,
    distance_m: float,
    hardened: list[str],
    min_households: int,
    weight: str | None,
) -> Parts:
    """Share of natural villages, or of their people, within a distance of a hardened road.

    Parameters
    ----------
    roads : lines with ``surface`` and ``admin_code``, those of neighbours near the border included.
    settlements : points with ``admin_code``, `weight` and, for `min_households`, ``households``.
    distance_m : largest distance that counts, metres in `Territory.metric_crs`.
    min_households : settlements below it are left out; above 0, so are those of unknown size.
    weight : column to weight by (``population`` for the Rural Access Index); None counts settlements.

    Returns
    -------
    Parts in settlements or weights; NaN where the township reported no road or the unit has no settlement
    that counts.

    Raises
    ------
    CrsMismatch : the frames differ in CRS.

    Source: SDG 9.1.1 metadata (Rural Access Index), adapted to settlements and to straight distances.
    """
    metres = distances_to_hardened(territory, roads, settlements, hardened)
    large = None if min_households <= 0 else territory.numbers(settlements, "households") >= min_households
    return share_of_settlements(
        territory, settlements, metres <= distance_m, weight=weight, layer=roads, counted=large
    )


@measure(lambda a: (("surface",), ()), reaches_m=lambda _: SEARCH_M, local=_nearest_hardened)
def mean_distance_to_hardened(
    territory: Territory, roads: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame, *, hardened: list[str]
) -> Parts:
    """Mean distance from natural villages to the nearest hardened road.

    Returns
    -------
    Parts: sum of metres over settlements; NaN where the township reported no road, no hardened road is in
    reach, or the unit has no settlement.
    """
    metres = _where_reported(territory, roads, settlements, hardened)
    settled = territory.counts(settlements, ~np.isnan(metres))
    return additive(territory, territory.sums(settlements, metres), settled)


@measure(lambda a: (("surface",), ()), reaches_m=lambda _: SEARCH_M, local=_nearest_hardened)
def distance_to_hardened(
    territory: Territory, roads: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame, *, hardened: list[str]
) -> Observations:
    """Distance of each natural village to the nearest hardened road, metres.

    Returns
    -------
    One observation for each settlement; none where the township reported no road.
    """
    return observed(territory, settlements, _where_reported(territory, roads, settlements, hardened))


def distances_to_hardened(
    territory: Territory, roads: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame, hardened: list[str]
) -> FloatArray:
    """Straight distance from each settlement to the nearest hardened road, metres; computed once for a run.

    A road beyond the county counts when it is in the frame. Frames that end `SEARCH_M` beyond the county give
    the true nearest road wherever one lies within that distance.

    Returns
    -------
    Shape (settlements,); infinite where the frame has no hardened road.
    """
    need_columns(roads, ("surface",))
    return territory.shared(_distances, territory, roads, settlements, tuple(hardened))


def indexed_roads(territory: Territory, roads: gpd.GeoDataFrame) -> Indexed:
    """All roads in metres with their spatial index, made once for a run."""
    return territory.shared(_indexed_roads, territory, roads)


def carry_index(territory: Territory, before: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> None:
    """Have `indexed_roads` find for a frame what it gives for another with the same lines."""
    territory.hold(indexed_roads(territory, before), _indexed_roads, territory, roads)


def indexed_hardened(territory: Territory, roads: gpd.GeoDataFrame, hardened: list[str]) -> Indexed:
    """Hardened roads in metres with their spatial index, made once for a run."""
    return territory.shared(_indexed_hardened, territory, roads, tuple(hardened))


def roads_near(territory: Territory, roads: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame) -> Nearby:
    """The roads close to each settlement, measured once for a run."""
    return territory.shared(_roads_near, territory, roads, settlements)


def lengths_inside(
    units: ObjectArray, indexed: Indexed, counted: BoolArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Length of every line inside every unit that it crosses.

    Lines wholly inside one unit, most of them, are taken at their full length and never cut. A line that runs
    along a border is shared between its sides, so that no line counts for more than its length.

    Parameters
    ----------
    units : polygons in the CRS of the lines, which become prepared.
    indexed, counted : the lines, and which of them are looked at.

    Returns
    -------
    Place of the unit, place of the line, and metres, one entry for each meeting, ordered by unit and line.
    """
    lines = indexed.features
    full_m = shapely.length(lines)
    unit, line, inside = _meetings(units, indexed, counted)
    inner = np.zeros(len(lines), dtype=bool)
    inner[line[inside]] = True
    inner &= np.bincount(line, minlength=len(lines)) == 1

    cut = ~inner[line]
    piece_m = full_m[line]
    piece_m[cut] = shapely.length(shapely.intersection(lines[line[cut]], units[unit[cut]]))
    covered_m = totals(line, piece_m, len(lines))
    excess = np.divide(full_m, covered_m, out=np.ones_like(full_m), where=covered_m > full_m)
    return unit, line, piece_m * excess[line]


def _meetings(
    units: ObjectArray, indexed: Indexed, counted: BoolArray
) -> tuple[IntArray, IntArray, BoolArray]:
    """Each unit with each line that meets it, ordered by both, and whether the line is wholly in its inside."""
    lines = indexed.features
    unit, line = indexed.tree.query(units)
    unit, line = unit[counted[line]], line[counted[line]]
    shapely.prepare(units)
    inside = shapely.contains_properly(units[unit], lines[line])
    met = inside.copy()
    met[~inside] = shapely.intersects(units[unit[~inside]], lines[line[~inside]])
    unit, line, inside = unit[met], line[met], inside[met]
    order = np.lexsort((line, unit))
    return unit[order], line[order], inside[order]


def _where_reported(
    territory: Territory, roads: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame, hardened: list[str]
) -> FloatArray:
    """Distances; NaN where the township reported no road, or no hardened road is in reach."""
    metres = distances_to_hardened(territory, roads, settlements, hardened)
    places = territory.places(settlements)
    known: BoolArray = (places >= 0) & np.isfinite(metres)
    known[known] = territory.reported(roads)[places[known]]
    return np.where(known, metres, np.nan)


def same_lines(before: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> bool:
    """Whether two frames have the same objects as lines, one by one."""
    lines_before, lines = before.geometry.to_numpy(), roads.geometry.to_numpy()
    return len(lines_before) == len(lines) and all(map(is_, lines_before, lines))


@of_places(2)
def _distances(
    territory: Territory, roads: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame, hardened: tuple[str, ...]
) -> FloatArray:
    among = (
        territory.matching(roads, {"surface": hardened}),
        indexed_hardened(territory, roads, list(hardened)),
    )
    point, _, apart_m = roads_near(territory, roads, settlements).nearest(among=among)
    metres = np.full(len(settlements), np.inf)
    metres[point] = apart_m
    return metres


def _felt_by_distance(
    territory: Territory,
    before: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    hardened: tuple[str, ...],
) -> BoolArray | None:
    if not territory.shared(same_lines, before, roads):
        return None
    known = territory.shared(_distances, territory, before, settlements, hardened)
    is_hardened = territory.matching(roads, {"surface": hardened})
    other = np.flatnonzero(is_hardened != territory.matching(before, {"surface": hardened}))
    if len(other) > _MANY_ROADS:
        return np.asarray(known != territory.shared(_distances, territory, roads, settlements, hardened))
    points, corners = territory.metres(settlements), territory.shared(_corners, territory, settlements)
    metres, lost = known.copy(), np.zeros(len(known), dtype=bool)
    for line, better in zip(territory.metres(roads)[other], is_hardened[other], strict=True):
        near = np.flatnonzero(_gaps_m(corners, shapely.bounds(line)) * _NO_LESS <= known)
        apart_m = shapely.distance(line, points[near])
        if better:
            metres[near] = np.fmin(metres[near], apart_m)
        else:
            lost[near] |= apart_m <= known[near]
    if lost.any():
        again = np.flatnonzero(lost)
        metres[again] = np.inf
        nearby = Nearby.of(points[again], indexed_hardened(territory, roads, list(hardened)))
        point, _, apart_m = nearby.nearest()
        metres[again[point]] = apart_m
    territory.hold(metres, _distances, territory, roads, settlements, hardened)
    return np.asarray(metres != known)


def _counted(territory: Territory, roads: gpd.GeoDataFrame, road_classes: tuple[str, ...]) -> BoolArray:
    """Roads whose length counts: of a class and of known surface."""
    in_class = territory.matching(roads, {"road_class": road_classes})
    known: BoolArray = roads["surface"].notna().to_numpy()
    return in_class & known


def _counted_inside(
    territory: Territory, roads: gpd.GeoDataFrame, road_classes: tuple[str, ...]
) -> tuple[IntArray, IntArray, FloatArray]:
    units, indexed = territory.metres(territory.units), indexed_roads(territory, roads)
    return lengths_inside(units, indexed, _counted(territory, roads, road_classes))


@of_places(1)
def _indexed_roads(territory: Territory, roads: gpd.GeoDataFrame) -> Indexed:
    return Indexed(territory.metres(roads))


def _indexed_hardened(territory: Territory, roads: gpd.GeoDataFrame, hardened: tuple[str, ...]) -> Indexed:
    chosen = territory.matching(roads, {"surface": hardened})
    return Indexed(territory.metres(roads)[chosen])


@of_places(1)
def _corners(territory: Territory, settlements: gpd.GeoDataFrame) -> FloatArray:
    return np.asarray(shapely.bounds(territory.metres(settlements)), dtype=float)


def _gaps_m(corners: FloatArray, box: FloatArray) -> FloatArray:
    """How far boxes are from another one; NaN for those of nothing."""
    (west, south, east, north), (left, low, right, high) = corners.T, box
    across, along = np.maximum(left - east, west - right), np.maximum(low - north, south - high)
    return np.asarray(np.hypot(np.maximum(across, 0.0), np.maximum(along, 0.0)))


@of_places(1, 2)
def _roads_near(territory: Territory, roads: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame) -> Nearby:
    return Nearby.of(territory.metres(settlements), indexed_roads(territory, roads))


def _settlement_columns(min_households: int, weight: str | None) -> tuple[str, ...]:
    return (*(("households",) if min_households > 0 else ()), *((weight,) if weight else ()))
