"""Coverage: the share of natural villages, or of their people, that a service reaches."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.figures import Where, additive
from analysis.measures import measure
from analysis.results import Parts
from analysis.territory import Territory, matching, need_columns


@measure(lambda a: (tuple(a["where"]), _weights(a["weight"])), reaches_m=lambda _: 0.0)
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
    chosen = areas.geometry[matching(areas, where)].to_numpy()
    tree = shapely.STRtree(settlements.geometry.to_numpy())
    inside = np.zeros(len(settlements), dtype=bool)
    inside[tree.query(chosen, predicate="intersects")[1]] = True
    return share_of_settlements(territory, settlements, inside, weight, territory.reported(areas))


@measure(lambda a: (tuple(a["where"]), _weights(a["weight"])), reaches_m=lambda a: float(a["distance_m"]))
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
    chosen = territory.in_metres(facilities)[matching(facilities, where)].to_numpy()
    points = territory.in_metres(settlements).to_numpy()
    near = np.zeros(len(points), dtype=bool)
    near[shapely.STRtree(chosen).query_nearest(points, max_distance=distance_m, all_matches=False)[0]] = True
    return share_of_settlements(territory, settlements, near, weight, territory.reported(facilities))


def share_of_settlements(
    territory: Territory,
    settlements: pd.DataFrame,
    reached: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    weight: str | None,
    reported: "pd.Series[bool]",
) -> Parts:
    """Parts of "reached over all" from a mask over the settlements.

    Parameters
    ----------
    reached : shape (settlements,), True for those that the service reaches.
    reported : by unit, whether the service's layer was reported there.
    """
    need_columns(settlements, _weights(weight))
    counted = pd.Series(1.0, index=settlements.index)
    weights = counted if weight is None else settlements[weight].astype(float)
    by_unit = settlements["admin_code"]
    all_of_unit = weights.groupby(by_unit).sum(min_count=1)
    reached_of_unit = weights.where(reached, 0.0).where(weights.notna()).groupby(by_unit).sum(min_count=1)
    return additive(territory, reached_of_unit.reindex(territory.codes).where(reported), all_of_unit)


def _weights(weight: str | None) -> tuple[str, ...]:
    return () if weight is None else (weight,)
