"""Line of sight over the elevation grid: which people see a base station within its reach."""

import geopandas as gpd
import numpy as np
import shapely

from analysis.coverage import share_of_settlements
from analysis.figures import additive
from analysis.grid import Grid
from analysis.measures import Local, measure
from analysis.results import Parts
from analysis.territory import BoolArray, FloatArray, IntArray, Territory, Where, matching
from layers import AdminLevel

EARTH_M = 6_371_000.0
REFRACTION = 4 / 3
"""Radio waves bend with the Earth as if its radius were a third larger in a standard atmosphere (ITU-R P.834)."""
_SAMPLES_AT_ONCE = 500_000


@measure(
    lambda a: (tuple(a["where"]), ("population",)),
    reaches_m=lambda a: float(a["distance_m"]),
    local=lambda a: Local(AdminLevel.TOWNSHIP, within_m=float(a["distance_m"])),
)
def share_in_sight(
    territory: Territory,
    stations: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    elevation: Grid | None,
    *,
    distance_m: float,
    where: Where,
    mast_m: float,
    receiver_m: float,
) -> Parts:
    """Share of people in natural villages that a station reaches: near enough, and no ground in between.

    Parameters
    ----------
    stations : points, also those of neighbours within `distance_m` of the border; with ``admin_code`` and the columns
        of `where`.
    settlements : points with ``admin_code`` and ``population``, in the CRS of `stations`.
    elevation : ground, metres, as far as the stations lie; None if no raster is loaded.
    distance_m : largest distance that counts, metres in `Territory.metric_crs`.
    where : allowed values of the stations' columns.
    mast_m, receiver_m : heights above ground of the antennas of a station and of a settlement.

    Returns
    -------
    Parts in people; NaN without an elevation grid, where the township reported no station, or where the unit has no
    settlement of known number. A settlement is left out where it is unknown whether it is reached: no station is seen,
    and towards one in reach the grid has no data.

    Raises
    ------
    CrsMismatch : the frames differ in CRS.
    """
    if elevation is None:
        return additive(territory, np.full(len(territory.codes), np.nan))
    chosen = matching(stations, where)
    masts = territory.in_metres(stations).to_numpy()[chosen]
    places = territory.in_metres(settlements).to_numpy()
    settlement, station = shapely.STRtree(masts).query(places, predicate="dwithin", distance=distance_m)
    apart_m = shapely.distance(places[settlement], masts[station])
    reached, unknown = _reached(
        elevation,
        shapely.get_coordinates(stations.geometry)[chosen],
        shapely.get_coordinates(settlements.geometry),
        (settlement, station, apart_m),
        (mast_m, receiver_m),
    )
    return share_of_settlements(
        territory, settlements, reached, weight="population", layer=stations, counted=~unknown
    )


def clearance_m(
    grid: Grid, start: FloatArray, end: FloatArray, apart_m: FloatArray, start_m: float, end_m: float
) -> FloatArray:
    """How far the straight line between two antennas passes above the ground where it passes lowest.

    The ground is sampled at most every half cell, with what the Earth bulges between the ends, less refraction.
    The ends themselves are no obstacle. The Fresnel zone, trees and buildings are not looked at.

    Parameters
    ----------
    grid : elevation, metres.
    start, end : shape (pairs, 2), degrees in EPSG:4490.
    apart_m : shape (pairs,), distances in metres, a few tens of kilometres at most.
    start_m, end_m : heights of the antennas above ground, metres.

    Returns
    -------
    Shape (pairs,), metres; 0 or more is in sight. Infinite where no sample lies between the ends; NaN where the grid
    has no data somewhere along the line.
    """
    foot, head = grid.bilinear(*start.T) + start_m, grid.bilinear(*end.T) + end_m
    width_m, height_m = grid.cell_m((start[:, 1] + end[:, 1]) / 2)
    steps = np.ceil(apart_m / (np.minimum(width_m, height_m) / 2)).astype(np.intp)
    clear = np.where(np.isnan(foot) | np.isnan(head), np.nan, np.inf)
    open_ = np.flatnonzero((steps > 1) & ~np.isnan(clear))
    cuts = np.searchsorted(np.cumsum(steps[open_]), np.arange(0, steps[open_].sum(), _SAMPLES_AT_ONCE))
    for pairs in np.split(open_, cuts[1:]):
        if len(pairs):
            line = (start[pairs], end[pairs], apart_m[pairs], foot[pairs], head[pairs])
            clear[pairs] = _lowest(grid, line, steps[pairs] - 1)
    return clear


def _lowest(grid: Grid, line: tuple[FloatArray, ...], inside: IntArray) -> FloatArray:
    """Least height of each line above its ground, at `inside` samples evenly between its ends."""
    start, end, apart_m, foot, head = line
    firsts = np.cumsum(inside) - inside
    pair = np.repeat(np.arange(len(inside)), inside)
    share = (np.arange(len(pair)) - firsts[pair] + 1) / (inside[pair] + 1)
    lon = start[pair, 0] + share * (end - start)[pair, 0]
    lat = start[pair, 1] + share * (end - start)[pair, 1]
    bulge = (apart_m**2 / (2 * REFRACTION * EARTH_M))[pair] * share * (1 - share)
    above = foot[pair] + share * (head - foot)[pair] - bulge - grid.bilinear(lon, lat)
    return np.minimum.reduceat(above, firsts)  # NaN wins


def _reached(
    grid: Grid,
    stations: FloatArray,
    settlements: FloatArray,
    pairs: tuple[IntArray, IntArray, FloatArray],
    heights_m: tuple[float, float],
) -> tuple[BoolArray, BoolArray]:
    """Which settlements see a station, and of which it is unknown.

    Stations are tried nearest first, all settlements at once, so that most need one or two lines.
    """
    settlement, station, apart_m = pairs
    order = np.lexsort((apart_m, settlement))
    settlement, station, apart_m = settlement[order], station[order], apart_m[order]
    rank = np.arange(len(order)) - np.searchsorted(settlement, settlement)
    reached, doubtful = np.zeros((2, len(settlements)), dtype=bool)
    for tried in np.split(np.argsort(rank, kind="stable"), np.cumsum(np.bincount(rank))[:-1]):
        now = tried[~reached[settlement[tried]]]
        ends = stations[station[now]], settlements[settlement[now]]
        clear = clearance_m(grid, *ends, apart_m[now], *heights_m)
        reached[settlement[now[clear >= 0]]] = True
        doubtful[settlement[now[np.isnan(clear)]]] = True
    return reached, doubtful & ~reached
