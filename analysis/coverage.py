"""Coverage: the share of natural villages, or of their people, that a service reaches."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.figures import additive
from analysis.measures import Local, measure
from analysis.nearest import Indexed, Nearby
from analysis.results import Parts
from analysis.territory import (
    BoolArray,
    FloatArray,
    IntArray,
    ObjectArray,
    Territory,
    Where,
)
from layers import AdminLevel


@measure(
    lambda a: (tuple(a["where"]), _weights(a["weight"])),
    reaches_m=lambda _: 0.0,
    local=lambda _: Local(AdminLevel.TOWNSHIP, within_m=0.0),
)
def share_inside(
    territory: Territory,
    areas: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    *,
    weight: str | None,
    where: Where,
) -> Parts:
    """Share of natural villages, or of their people, inside polygons such as service areas.

    Parameters
    ----------
    areas : polygons, may overlap, may belong to neighbours; with ``admin_code`` and the columns of `where`.
    settlements : points with ``admin_code`` and `weight`, in the CRS of `areas`. A point on an outline is
        inside.
    weight : column to weight by (``population``); None counts settlements.
    where : allowed values of the areas' columns.

    Returns
    -------
    Parts in settlements or weights; NaN where the township reported no area at all or the unit has no
    settlement with a known weight.

    Raises
    ------
    CrsMismatch : the frames differ in CRS.
    """
    territory.check_crs(areas, settlements)
    area, settlement = territory.shared(_met, areas, settlements)
    inside = np.zeros(len(settlements), dtype=bool)
    inside[settlement[territory.matching(areas, where)[area]]] = True
    return share_of_settlements(territory, settlements, inside, weight=weight, layer=areas)


@measure(
    lambda a: (tuple(a["where"]), _weights(a["weight"])),
    reaches_m=lambda a: float(a["distance_m"]),
    local=lambda a: Local(AdminLevel.TOWNSHIP, within_m=float(a["distance_m"])),
)
def share_within_distance(
    territory: Territory,
    facilities: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    *,
    distance_m: float,
    weight: str | None,
    where: Where,
) -> Parts:
    """Share of natural villages, or of their people, within a distance of a facility, as the crow flies.

    Parameters
    ----------
    facilities : points, lines or polygons, also those of neighbours within `distance_m` of the border; with
        ``admin_code`` and the columns of `where`.
    settlements : points with ``admin_code`` and `weight`, in the CRS of `facilities`.
    distance_m : largest distance that counts, metres in `Territory.metric_crs`.
    weight, where : as in `share_inside`.

    Returns
    -------
    Parts in settlements or weights; NaN where the township reported no facility at all or the unit has no
    settlement with a known weight.

    Raises
    ------
    CrsMismatch : the frames differ in CRS.
    """
    settlement, _, _ = in_reach(territory, facilities, settlements, distance_m, where)
    near = np.zeros(len(settlements), dtype=bool)
    near[settlement] = True
    return share_of_settlements(territory, settlements, near, weight=weight, layer=facilities)


def in_reach(
    territory: Territory,
    facilities: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    distance_m: float,
    where: Where,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Each settlement with each facility that is no farther from it than a distance; looked for once in a run.

    Returns
    -------
    Row of the settlement, row of the facility, and metres between them; ordered by settlement.
    """
    chosen = tuple((column, tuple(values)) for column, values in sorted(where.items()))
    return territory.shared(_in_reach, territory, facilities, settlements, distance_m, chosen)


def nearest_m(points: ObjectArray, features: ObjectArray, within_m: float | None = None) -> FloatArray:
    """Distance from each point to the nearest feature, in metres of a metric CRS.

    Parameters
    ----------
    within_m : how far features are looked for; None or 0 does not end the search.

    Returns
    -------
    Shape (points,); infinite where there is no feature.
    """
    metres = np.full(len(points), np.inf)
    point, _, apart_m = Nearby.of(points, Indexed(features)).nearest(within_m or None)
    metres[point] = apart_m
    return metres


def share_of_settlements(
    territory: Territory,
    settlements: pd.DataFrame,
    reached: BoolArray,
    *,
    weight: str | None,
    layer: pd.DataFrame,
    counted: BoolArray | None = None,
) -> Parts:
    """Parts of "reached over all" from a mask over the settlements.

    Parameters
    ----------
    reached : shape (settlements,), True for those that the service reaches.
    layer : the service's features, which tell where it was reported.
    counted : shape (settlements,), those that count at all; None counts all.
    """
    weights = np.ones(len(settlements)) if weight is None else territory.numbers(settlements, weight)
    everyone = territory.sums(settlements, weights, counted)
    covered = territory.sums(settlements, weights * reached, counted)
    return additive(territory, np.where(territory.reported(layer), covered, np.nan), everyone)


def _met(areas: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame) -> tuple[IntArray, IntArray]:
    """Rows of each area and each settlement in it."""
    tree = shapely.STRtree(settlements.geometry.to_numpy())
    area, settlement = tree.query(areas.geometry.to_numpy(), predicate="intersects")
    return area, settlement


def _in_reach(
    territory: Territory,
    facilities: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    distance_m: float,
    where: tuple[tuple[str, tuple[str, ...]], ...],
) -> tuple[IntArray, IntArray, FloatArray]:
    chosen = np.flatnonzero(territory.matching(facilities, dict(where)))
    features = territory.metres(facilities)[chosen]
    points = territory.metres(settlements)
    point, feature = shapely.STRtree(features).query(points, predicate="dwithin", distance=distance_m)
    return point, chosen[feature], shapely.distance(points[point], features[feature])


def _weights(weight: str | None) -> tuple[str, ...]:
    return () if weight is None else (weight,)
