"""Base stations: sites that bring the most people into reach who have no signal (maximal covering).

Source: Church, R. and ReVelle, C. (1974), The maximal covering location problem, Papers of the Regional Science
Association 32, 101-118; greedy choice reaches at least 1 - 1/e of the best (Nemhauser, Wolsey and Fisher 1978).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial import cKDTree

from analysis.coverage import nearest_m
from analysis.grid import Grid
from analysis.proposals.covering import cover
from analysis.proposals.demand import Lacking, estimates, lacking, priced, reported_at
from analysis.proposals.model import Candidate, Proposal
from analysis.proposals.terrain import Terrain
from analysis.territory import BoolArray, FloatArray, IntArray, Territory, matching
from layers import indicator
from layers.codes import CandidateKind, Need

Sees = Callable[[FloatArray, FloatArray, FloatArray], BoolArray]
"""Line of sight between pairs of places: (pairs, 2) sites and (pairs, 2) natural villages in degrees (EPSG:4490), and
(pairs,) metres between them, to whether each pair sees each other."""


@dataclass(frozen=True)
class Radio:
    """A radio generation: the technologies that give it, how far they reach, and what a station costs."""

    need: Need
    technologies: tuple[str, ...]
    reach_m: float
    kind: CandidateKind
    price: str


def _radio(kind: CandidateKind, price: str, indicator_id: str) -> Radio:
    """The generation as the indicator counts it, so that who is in need there is who is served here."""
    declared = indicator(indicator_id).arguments
    return Radio(kind.need, tuple(declared["where"]["technology"]), declared["distance_m"], kind, price)


FOUR_G = _radio(CandidateKind.BASE_STATION_4G, "station_4g", "people_in_4g_share")
FIVE_G = _radio(CandidateKind.BASE_STATION_5G, "station_5g", "people_in_5g_share")


def propose_stations(
    territory: Territory,
    stations: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    elevation: Grid | None,
    unit_yuan: Mapping[str, float],
    *,
    radio: Radio,
    relocation: frozenset[str] = frozenset(),
    min_people: float = 100.0,
    sees: Sees | None = None,
) -> Proposal:
    """Propose stations for the people whom ``people_in_4g_share`` or ``people_in_5g_share`` counts as out of reach.

    Parameters
    ----------
    stations : points with ``technology``, neighbours' within reach of the border included.
    settlements : as for roads.
    elevation : metres above the sea; with it the highest place within half the reach of a village without signal is
        a possible site beside the villages themselves.
    unit_yuan : price of ``station_4g`` or ``station_5g``.
    min_people : no station is proposed that would bring fewer people into reach than that, given those before.
    sees : line of sight that a station needs to serve a village; None asks for none.

    Returns
    -------
    Stations in the order in which they gain most. Each serves everybody in its reach, so that demands are shared
    and any of them may be built alone; the assumption ``marginal_people`` tells what it adds to those before.
    Left without: villages that no site reaches (``no_site``), those with too few people (``too_few_people``),
    and those of townships that reported no station (``not_reported``).

    Raises
    ------
    CrsMismatch, MissingColumn, MissingPrice.
    """
    (yuan,) = priced(unit_yuan, radio.price)
    chosen = territory.in_metres(stations)[matching(stations, {"technology": radio.technologies})].to_numpy()
    points = territory.in_metres(settlements).to_numpy()
    people, _, _ = estimates(settlements)
    covered = nearest_m(points, chosen) <= radio.reach_m
    reported = reported_at(territory, stations, settlements)
    villages = lacking(territory, settlements, ~covered & reported & (people > 0), radio.need, relocation)
    unknown = lacking(territory, settlements, ~covered & ~reported & (people > 0), radio.need, relocation)
    terrain = Terrain(elevation, territory.metric_crs)
    everyone = lacking(territory, settlements, np.ones(len(settlements), dtype=bool), radio.need, relocation)
    sites = _sites(villages, everyone, terrain, radio.reach_m)
    reaches = _reaches(sites, villages, radio.reach_m, sees)
    order = cover(reaches, villages.people, min_people)
    served = np.zeros(len(villages), dtype=bool)
    candidates = []
    for site in order.tolist():
        reached = reaches.indices[reaches.indptr[site] : reaches.indptr[site + 1]]
        gain = float(villages.people[reached[~served[reached]]].sum())
        served[reached] = True
        candidates.append(
            _candidate(villages, sites, site, np.sort(reached), radio, yuan, gain, terrain, sees is not None)
        )
    reachable = np.asarray(reaches.sum(axis=0)).ravel() > 0
    return Proposal(
        tuple(candidates),
        (
            *(
                villages.without(place, "too_few_people" if reachable[place] else "no_site")
                for place in np.flatnonzero(~served).tolist()
            ),
            *(unknown.without(place, "not_reported") for place in range(len(unknown))),
        ),
    )


@dataclass(frozen=True, eq=False)
class _Sites:
    """Possible sites: metres and degrees, the village beside which each is, and whether it is a height above it."""

    xy: FloatArray
    lonlat: FloatArray
    beside: tuple[str, ...]
    names: tuple[str, ...]
    high: BoolArray


def _sites(villages: Lacking, everyone: Lacking, terrain: Terrain, reach_m: float) -> _Sites:
    """Every village within reach of one without signal, and the heights near those without."""
    near = np.zeros(0, dtype=np.intp)
    if len(villages):
        metres, _ = cKDTree(villages.xy).query(everyone.xy, distance_upper_bound=reach_m)
        near = np.flatnonzero(np.isfinite(np.asarray(metres)))
    at, lonlat = _heights_near(villages, terrain, reach_m / 2)
    xy = terrain.to_metres(lonlat)
    return _Sites(
        np.vstack([everyone.xy[near], xy]),
        np.vstack([everyone.lonlat[near], lonlat]),
        (*(everyone.numbers[i] for i in near), *(villages.numbers[i] for i in at)),
        (*(everyone.names[i] for i in near), *(villages.names[i] for i in at)),
        np.concatenate([np.zeros(len(near), dtype=bool), np.ones(len(at), dtype=bool)]),
    )


def _heights_near(villages: Lacking, terrain: Terrain, radius_m: float) -> tuple[IntArray, FloatArray]:
    """The highest cell within a radius of each village: place of the village and (n, 2) degrees, each cell once."""
    grid = terrain.grid
    if grid is None or not len(villages):
        return np.zeros(0, dtype=np.intp), np.zeros((0, 2))
    row, column = grid.cells(villages.lonlat[:, 0], villages.lonlat[:, 1])
    down = max(1, int(radius_m / (grid.step_lat * 111_000)))
    across = max(1, int(radius_m / (grid.step_lon * 111_000 * np.cos(np.radians(villages.lonlat[0, 1])))))
    places, cells = [], []
    for place in np.flatnonzero(row >= 0).tolist():
        top, left = max(row[place] - down, 0), max(column[place] - across, 0)
        window = grid.values[top : row[place] + down + 1, left : column[place] + across + 1]
        i, j = np.indices(window.shape)
        inside = ((i + top - row[place]) / down) ** 2 + ((j + left - column[place]) / across) ** 2 <= 1
        height = np.where(inside & ~np.isnan(window), window, -np.inf)
        best = int(np.argmax(height))
        if np.isfinite(height.flat[best]):
            places.append(place)
            cells.append((top + best // window.shape[1], left + best % window.shape[1]))
    if not cells:
        return np.zeros(0, dtype=np.intp), np.zeros((0, 2))
    once, first = np.unique(np.array(cells), axis=0, return_index=True)
    lonlat = np.column_stack(
        [grid.west + (once[:, 1] + 0.5) * grid.step_lon, grid.north - (once[:, 0] + 0.5) * grid.step_lat]
    )
    return np.array(places, dtype=np.intp)[first], lonlat


def _reaches(sites: _Sites, villages: Lacking, reach_m: float, sees: Sees | None) -> csr_matrix:
    """(sites, villages): 1 where the site would serve the village."""
    shape = (len(sites.xy), len(villages))
    if not len(villages):
        return csr_matrix(shape)
    near = np.asarray(cKDTree(villages.xy).query_ball_point(sites.xy, reach_m, return_sorted=True))
    site = np.repeat(np.arange(len(near)), [len(those) for those in near])
    village = np.concatenate([np.asarray(those, dtype=np.intp) for those in near])
    if sees is not None:
        apart_m = np.hypot(*(sites.xy[site] - villages.xy[village]).T)
        seen = sees(sites.lonlat[site], villages.lonlat[village], apart_m)
        site, village = site[seen], village[seen]
    return coo_matrix((np.ones(len(site)), (site, village)), shape=shape).tocsr()


def _candidate(
    villages: Lacking,
    sites: _Sites,
    site: int,
    reached: IntArray,
    radio: Radio,
    yuan: float,
    gain: float,
    terrain: Terrain,
    is_seen: bool,
) -> Candidate:
    codes = np.array(villages.codes)[reached]
    people = {code: villages.people[reached][codes == code].sum() for code in sorted(set(codes))}
    relocated = villages.people[reached][villages.relocation[reached]].sum()
    assumptions: dict[str, float | str] = {"reach_m": radio.reach_m, "marginal_people": gain}
    assumptions["line_of_sight" if is_seen else "no_line_of_sight"] = 1.0
    if sites.high[site]:
        height = terrain.heights(sites.xy[site : site + 1])[0]
        assumptions["on_height_m"] = float(height)
    if villages.estimated[reached].any():
        assumptions["people_estimated"] = 1.0
    generation = "5G" if radio.need is Need.MOBILE_5G else "4G"
    return Candidate(
        no=f"S{generation}-{sites.beside[site]}{'H' if sites.high[site] else ''}",
        kind=radio.kind,
        admin_code=max(people, key=lambda code: (people[code], code)),
        name=f"{sites.names[site]}{'高地' if sites.high[site] else ''}新建 {generation} 基站",
        geometry=shapely.Point(sites.lonlat[site]),
        size=1.0,
        unit="stations",
        cost_yuan=yuan,
        cost_parts={radio.price: (1.0, yuan)},
        served=tuple(villages.served(place) for place in reached.tolist()),
        assumptions=assumptions,
        relocation=bool(2 * relocated > villages.people[reached].sum()),
    )
