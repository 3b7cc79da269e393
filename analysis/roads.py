"""Roads: hardened length inside each village, and how near natural villages are to a hardened road."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.coverage import share_of_settlements
from analysis.figures import additive, observed
from analysis.measures import measure
from analysis.results import Observations, Parts
from analysis.territory import Territory, need_columns

FloatArray = np.ndarray[tuple[int], np.dtype[np.float64]]

SEARCH_M = 5_000.0
"""How far beyond a county's border roads are looked for; see `distances_to_hardened`."""


@measure(lambda a: (("road_class", "surface"),), reaches_m=lambda _: 0.0)
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
    counted = (roads["road_class"].isin(road_classes) & roads["surface"].notna()).to_numpy()
    lines = territory.in_metres(roads).to_numpy()[counted]
    is_hardened = roads["surface"].isin(hardened).to_numpy()[counted]
    pieces = lengths_inside(territory.in_metres(territory.units).to_numpy(), lines)
    codes = territory.codes.to_numpy()[pieces["unit"]]
    known_m = pieces["length_m"].groupby(codes).sum()
    hardened_m = pieces["length_m"].where(is_hardened[pieces["line"]], 0.0).groupby(codes).sum()
    return additive(territory, hardened_m, known_m)


@measure(
    lambda a: (("surface",), _settlement_columns(a["min_households"], a["weight"])),
    reaches_m=lambda a: max(SEARCH_M, float(a["distance_m"])),
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
    large = np.ones(len(settlements), dtype=bool)
    if min_households > 0:
        need_columns(settlements, ("households",))
        large = (settlements["households"] >= min_households).fillna(False).to_numpy(dtype=bool)
    return share_of_settlements(
        territory, settlements[large], metres[large] <= distance_m, weight, territory.reported(roads)
    )


@measure(lambda a: (("surface",), ()), reaches_m=lambda _: SEARCH_M)
def mean_distance_to_hardened(
    territory: Territory, roads: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame, *, hardened: list[str]
) -> Parts:
    """Mean distance from natural villages to the nearest hardened road.

    Returns
    -------
    Parts: sum of metres over settlements; NaN where the township reported no road, no hardened road is in
    reach, or the unit has no settlement.
    """
    found = distance_to_hardened(territory, roads, settlements, hardened=hardened).frame
    by_unit = found["value"].groupby(found["admin_code"])
    return additive(territory, by_unit.sum(), by_unit.size().astype(float))


@measure(lambda a: (("surface",), ()), reaches_m=lambda _: SEARCH_M)
def distance_to_hardened(
    territory: Territory, roads: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame, *, hardened: list[str]
) -> Observations:
    """Distance of each natural village to the nearest hardened road, metres.

    Returns
    -------
    One observation for each settlement; none where the township reported no road.
    """
    metres = distances_to_hardened(territory, roads, settlements, hardened)
    reported = settlements["admin_code"].map(territory.reported(roads)).eq(True)
    known = (reported & np.isfinite(metres)).to_numpy()
    return observed(territory, settlements["admin_code"][known], pd.Series(metres[known]))


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


def lengths_inside(
    units: "np.ndarray[tuple[int], np.dtype[np.object_]]",
    lines: "np.ndarray[tuple[int], np.dtype[np.object_]]",
) -> pd.DataFrame:
    """Length of every line inside every unit that it crosses.

    Lines wholly inside one unit, most of them, are taken at their full length and never cut. A line that runs
    along a border is halved between its two sides, so that no line counts for more than its length.

    Parameters
    ----------
    units, lines : geometries in one metric CRS.

    Returns
    -------
    Integer columns ``unit`` and ``line`` (positions) and ``length_m``, sorted; pieces of no length left out.
    """
    tree = shapely.STRtree(lines)
    full_m = shapely.length(lines)
    unit, line = tree.query(units, predicate="intersects")
    times_met = np.bincount(line, minlength=len(lines))
    inner_line = tree.query(units, predicate="contains_properly")[1]
    inner = np.zeros(len(lines), dtype=bool)
    inner[inner_line[times_met[inner_line] == 1]] = True

    whole = inner[line]
    piece_m = full_m[line]
    piece_m[~whole] = shapely.length(shapely.intersection(lines[line[~whole]], units[unit[~whole]]))
    covered_m = np.bincount(line, weights=piece_m, minlength=len(lines))
    excess = np.divide(full_m, covered_m, out=np.ones_like(full_m), where=covered_m > full_m)
    pieces = pd.DataFrame({"unit": unit, "line": line, "length_m": piece_m * excess[line]})
    return pieces[pieces["length_m"] > 0].sort_values(["unit", "line"], ignore_index=True)


def _distances(
    territory: Territory, roads: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame, hardened: tuple[str, ...]
) -> FloatArray:
    lines = territory.in_metres(roads)[roads["surface"].isin(hardened)].to_numpy()
    points = territory.in_metres(settlements).to_numpy()
    metres = np.full(len(points), np.inf)
    found, nearest = shapely.STRtree(lines).query_nearest(points, return_distance=True, all_matches=False)
    metres[found[0]] = nearest
    return metres


def _settlement_columns(min_households: int, weight: str | None) -> tuple[str, ...]:
    return (*(("households",) if min_households > 0 else ()), *((weight,) if weight else ()))
