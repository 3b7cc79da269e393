"""Line of sight over the elevation grid: which people see a base station within its reach."""

import geopandas as gpd
import numpy as np
import shapely

from analysis.coverage import in_reach, share_of_settlements
from analysis.figures import additive
from analysis.grid import Grid
from analysis.measures import Local, measure
from analysis.results import Parts
from analysis.territory import BoolArray, FloatArray, IntArray, Territory, Where
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
    reached, unknown = _reached(
        elevation,
        shapely.get_coordinates(stations.geometry),
        shapely.get_coordinates(settlements.geometry),
        in_reach(territory, stations, settlements, distance_m, where),
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

    def each(values: FloatArray | IntArray) -> FloatArray:
        return np.repeat(values, inside)

    share = (np.arange(inside.sum()) - each(firsts) + 1) / each(inside + 1)
    lon = each(start[:, 0]) + share * each(end[:, 0] - start[:, 0])
    lat = each(start[:, 1]) + share * each(end[:, 1] - start[:, 1])
    bulge = each(apart_m**2 / (2 * REFRACTION * EARTH_M)) * share * (1 - share)
    above = each(foot) + share * each(head - foot) - bulge - grid.bilinear(lon, lat)
    return np.minimum.reduceat(above, firsts)  # NaN wins


def _reached(
    grid: Grid,
    stations: FloatArray,
    settlements: FloatArray,
    pairs: tuple[IntArray, IntArray, FloatArray],
    heights_m: tuple[float, float],
) -> tuple[BoolArray, BoolArray]:
    """Which settlements see a station, and of which it is unknown.

    Stations are tried nearest first, all settlements at once, so that most need one line. Which are tried, and in
    what order, changes nothing: a settlement is reached if it sees any, and given up only after all.
    """
    settlement, station, apart_m = pairs
    reached, doubtful = np.zeros((2, len(settlements)), dtype=bool)

    def look(tried: IntArray) -> None:
        ends = stations[station[tried]], settlements[settlement[tried]]
        clear = clearance_m(grid, *ends, apart_m[tried], *heights_m)
        reached[settlement[tried[clear >= 0]]] = True
        doubtful[settlement[tried[np.isnan(clear)]]] = True

    look(_nearest_of_each(settlement, apart_m))
    rest = np.flatnonzero(~reached[settlement])
    rest = rest[np.lexsort((apart_m[rest], settlement[rest]))]
    rank = np.arange(len(rest)) - np.searchsorted(settlement[rest], settlement[rest])
    first, many = 1, 1
    while (rank >= first).any():
        look(rest[(rank >= first) & (rank < first + many) & ~reached[settlement[rest]]])
        first, many = first + many, 2 * many
    return reached, doubtful & ~reached


def _nearest_of_each(settlement: IntArray, apart_m: FloatArray) -> IntArray:
    """The shortest pair of each settlement; pairs come ordered by settlement."""
    starts = np.flatnonzero(np.diff(settlement, prepend=-1))
    if not len(starts):
        return starts
    least_m = np.repeat(np.minimum.reduceat(apart_m, starts), np.diff(starts, append=len(settlement)))
    shortest = np.flatnonzero(apart_m == least_m)
    return shortest[np.diff(settlement[shortest], prepend=-1) > 0]
